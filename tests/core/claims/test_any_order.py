"""Whatever order the staff and the hospital do things in, the fund pays for a stay once and the books say why."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.core.claims.case import (
    AddPapers,
    CheckClaim,
    CollectRefund,
    DecideClaim,
    OpenClaim,
    PayClaim,
    RefuseClaim,
    Reimburse,
    ReverseClaim,
    WithdrawClaim,
)
from simulator.core.claims.claim import Claim
from simulator.core.claims.lifecycle import DECIDED, PAID
from simulator.core.invariants import books_mirror, posting_balances, settled_once

NANJING, XUZHOU, HOSPITAL, FUND = "320100", "320300", "H32019900001", 1_346_010
PAPERS = ("identity", "receipt", "itemised_bill", "discharge_summary")
CLAIMS = ("SG1", "SG2")
STEPS = {
    "add": lambda claim: AddPapers(claim, PAPERS[2:]),
    "check": CheckClaim,
    "decide": DecideClaim,
    "pay": PayClaim,
    "refuse": lambda claim: RefuseClaim(claim, "x"),
    "withdraw": WithdrawClaim,
    "reverse": lambda claim: ReverseClaim(claim, "x"),
    "collect": lambda claim: CollectRefund(claim, FUND),
}
MOVES = st.one_of(
    st.tuples(st.sampled_from(["open", "open half", *STEPS, "in one step"]), st.sampled_from(CLAIMS)),
    st.tuples(st.sampled_from(["settle", "cancel", "restore"]), st.just("")),
)


class Story:
    """One stay, discharged and unsettled, and two claims for it."""

    def __init__(self, paper: Any) -> None:
        self.paper, self.play = paper, paper.play
        self.stay = self.play.stay()
        for reply in (self.stay.admit(), self.stay.upload_bill(), self.stay.discharge()):
            assert reply.succeeded
        self.day = self.play.now.date()

    def move(self, does: str, claim: str) -> None:
        hospital = {"settle": self.stay.settle, "cancel": self.cancel, "restore": self.restore}
        if does in hospital:
            hospital[does]()
            return
        self.paper.act(self.action(does, claim))

    def action(self, does: str, claim: str) -> Any:
        dossier = self.paper.dossier(claim, begin=self.day, end=self.day)
        if does.startswith("open"):
            return OpenClaim(dossier, PAPERS[:2] if does == "open half" else PAPERS)
        if does == "in one step":
            totals = self.play.insured.insured.visits.find(self.stay.mdtrt_id).totals()
            filed = "retired_resettlement"
            return Reimburse(Claim(claim, "P1", HOSPITAL, "tertiary", "320199", filed, self.day, self.day, totals))
        return STEPS[does](claim)  # type: ignore[operator]

    def cancel(self) -> None:
        self.stay.about("2305")

    def restore(self) -> None:
        if "2305" in self.stay.sent:
            self.stay.reverse(self.stay.sent["2305"])

    def check(self) -> None:
        """The invariants after every move."""
        play, insured = self.play, self.play.insured
        direct = insured.insured.visits.find(self.stay.mdtrt_id).settlement
        cases = [case for case in insured.claims.cases.values() if case.state in {DECIDED, PAID}]
        in_one_step = sum(number not in insured.claims.cases for number in insured.claims._granted.rows)
        paid_for = int(direct is not None) + len(cases) + in_one_step
        assert paid_for <= 1
        assert all(case.notices <= 1 for case in insured.claims.cases.values())
        owed = sum(case.owed for case in insured.claims.cases.values())
        books = insured.books
        assert books.balance("benefit_expense", "320399") == FUND * paid_for
        assert books.balance("receivable", "P1") == owed
        assert books.balance("payable", "P1") == -FUND * sum(case.state == DECIDED for case in cases)
        assert books_mirror(books.balance("payable", NANJING), play.treatment.books.balance("receivable", XUZHOU))
        assert insured.insured.year_of("P1", 2016).stays == paid_for
        rows = [fact.row for code, fact in play.relay.facts if hasattr(fact, "row") and code == XUZHOU]
        assert settled_once(rows)
        assert all(posting_balances(posting) for posting in play.relay.postings)


@given(moves=st.lists(MOVES, min_size=1, max_size=14))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_stay_is_paid_for_once_in_any_order(make_play: Any, paper_of: Any, moves: list[tuple[str, str]]) -> None:
    story = Story(paper_of(make_play()))
    for does, claim in moves:
        story.move(does, claim)
        story.check()
