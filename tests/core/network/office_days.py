"""What the offices do while visits go on: people, filings, claims on paper, reconciliation.

The staff of every platform act at any moment, sensibly or not; their messages share the wire with the hospitals'.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from simulator.core.claims.case import (
    CheckClaim,
    CollectRefund,
    DecideClaim,
    OpenClaim,
    PayClaim,
    Reimburse,
    ReverseClaim,
    WithdrawClaim,
)
from simulator.core.claims.claim import NO_CARD, BillLine, Claim, Dossier
from simulator.core.clearing.months import later
from simulator.core.filing.actions import CancelFiling, ChangeFiling, CheckFilings, ClearInvalid, File
from simulator.core.filing.declarations import CHRONIC, Declaration, Declared
from simulator.core.filing.facts import Filed, Left
from simulator.core.filing.filing import Filing
from simulator.core.filing.types import LONG_TERM_RESIDENCE, LONG_TERM_WORK
from simulator.core.reconciliation.facts import CloseMonth, Correct, ReconcileDay
from simulator.core.visits.insured import Enrolled

from ..visits.playing import HYPERTENSION
from .cases import HOSPITALS, NANJING, PLATFORMS, PROVINCE, XUZHOU, Stay, some
from .clinic_days import Clinics

PAPERS = ("identity", "receipt", "itemised_bill", "discharge_summary")


class Offices(Clinics):
    """The staff of the platforms, and everyone insured."""

    def __init__(self, play: Any, wire: Any, picture: Any) -> None:
        super().__init__(play, wire, picture)
        self.first_day = play.now.date()
        self.people.append("unfiled")
        visitor = play.net.people["local"]
        away = Filed(Filing(visitor.psn_no, LONG_TERM_WORK, visitor.insured_area, XUZHOU, self.first_day, None))
        chronic = Declaration("D1", CHRONIC, "P1", "310", HYPERTENSION.code, HYPERTENSION.name, self.first_day)
        for at, fact in ((NANJING, away), (PROVINCE, away), (XUZHOU, Declared(chronic))):
            self.wire.know(at, fact)

    def act(self, at: str, action: Any) -> None:
        self.wire.act(self.play.tick(), at, action)

    @property
    def xuzhou(self) -> Any:
        return self.nodes[XUZHOU]

    @property
    def last_month(self) -> str:
        return later(f"{self.play.now:%Y-%m}", -1)

    # -- people and their filings -----------------------------------------------------------------------------------

    @rule(number=st.integers(1, 3), resident=st.booleans())
    def somebody_is_enrolled(self, number: int, resident: bool) -> None:
        """A newcomer, or one known by that number who is entered again."""
        name = f"newcomer {number}"
        kind = "resident" if resident else "worker"
        fresh = self.play.net.people[kind]._replace(psn_no=f"P10{number}", certno=f"CERT10{number}")
        person = self.play.net.people.setdefault(name, fresh)
        if name not in self.people:
            self.people.append(name)
            self.wire.know(XUZHOU, Enrolled(person))

    @rule(number=st.integers(1, 3), reason=st.sampled_from(("moved", "died", "returned")))
    def somebody_leaves(self, number: int, reason: str) -> None:
        if f"newcomer {number}" in self.people:
            self.wire.know(XUZHOU, Left(f"P10{number}", self.play.now.date(), reason))

    @rule(
        pick=some,
        kind=st.sampled_from((LONG_TERM_WORK, LONG_TERM_RESIDENCE)),
        place=st.sampled_from((NANJING, "320199", PROVINCE, XUZHOU)),
        calm=st.booleans(),
    )
    def file(self, pick: int, kind: str, place: str, calm: bool) -> None:
        person = self.play.net.people[self.people[pick % len(self.people)]]
        self.act(XUZHOU, File(person.psn_no, kind, place))
        self.calm(calm)

    def filings(self) -> list[Any]:
        """The filings made at the window, as 徐州 has them now."""
        return [each for each in self.xuzhou.filings.book.current() if each.sn.startswith("BA")]

    @rule(pick=some, change=st.booleans(), place=st.sampled_from((NANJING, "320199")), calm=st.booleans())
    @precondition(lambda self: self.filings())
    def change_or_cancel_a_filing(self, pick: int, change: bool, place: str, calm: bool) -> None:
        known = self.filings()[pick % len(self.filings())]
        kind = (LONG_TERM_WORK, LONG_TERM_RESIDENCE)[pick % 2]
        self.act(XUZHOU, ChangeFiling(known.sn, kind, place) if change else CancelFiling(known.sn))
        self.calm(calm)

    @rule(clear=st.booleans())
    @precondition(lambda self: self.filings())
    def check_filings(self, clear: bool) -> None:
        today = self.play.now.date()
        self.act(XUZHOU, ClearInvalid(today) if clear else CheckFilings(today))

    # -- claims on paper --------------------------------------------------------------------------------------------

    @rule(pick=some, where=st.sampled_from(HOSPITALS), days=st.integers(0, 3), at_once=st.booleans())
    def claim(self, pick: int, where: str, days: int, at_once: bool) -> None:
        """Hand in the papers of a stay that ended a few days ago, or today."""
        names = [name for name in self.people if name != "local"]
        person = self.play.net.people[names[pick % len(names)]]
        end = self.play.now.date() - dt.timedelta(days=days)
        begin, number = end - dt.timedelta(days=pick % 3), f"SG{len(self.xuzhou.claims.cases) + 1}"
        bill = (BillLine("drug-a", 12_500_000, 4_000_000, end),)
        if at_once:
            visit = next((self.visit(stay) for stay in self.known(Stay) if stay.person is person), None)
            totals = visit.totals() if visit is not None and visit.lines else None
            if totals is not None:
                level = self.play.net.registry.institutions[where].level
                care = ("320199", LONG_TERM_WORK, begin, end)
                self.act(XUZHOU, Reimburse(Claim(f"X{pick % 9}", person.psn_no, where, level, *care, totals)))
            return
        papers = PAPERS if pick % 4 else PAPERS[:2]
        dossier = Dossier(number, person.psn_no, where, "320199", begin, end, (f"INV{pick % 9}",), bill, NO_CARD)
        self.act(XUZHOU, OpenClaim(dossier, papers))

    @rule(pick=some, step=st.sampled_from(("check", "decide", "pay", "pay", "withdraw", "reverse", "collect")))
    @precondition(lambda self: self.xuzhou.claims.cases)
    def work_on_a_claim(self, pick: int, step: str) -> None:
        cases = sorted(self.xuzhou.claims.cases)
        number = cases[pick % len(cases)]
        actions = {
            "check": (CheckClaim(number),),
            "decide": (CheckClaim(number), DecideClaim(number)),
            "pay": (CheckClaim(number), DecideClaim(number), PayClaim(number)),
            "withdraw": (WithdrawClaim(number),),
            "reverse": (ReverseClaim(number, "重复"),),
            "collect": (CollectRefund(number, pick % 10_000),),
        }
        self.calm(pick % 2 == 0)
        for action in actions[step]:
            self.act(XUZHOU, action)

    # -- reconciliation ---------------------------------------------------------------------------------------------

    @rule(at=st.sampled_from(PLATFORMS), back=st.integers(0, 2), calm=st.booleans())
    def reconcile(self, at: str, back: int, calm: bool) -> None:
        """Report or compare a day while messages are still on their way."""
        day = max(self.play.now.date() - dt.timedelta(days=back), self.first_day)
        self.act(at, ReconcileDay(day))
        self.calm(calm)

    @rule(pick=some, at=st.sampled_from(PLATFORMS), calm=st.booleans())
    @precondition(lambda self: any(self.nodes[code].reconciliation.results.mismatches() for code in PLATFORMS))
    def correct(self, pick: int, at: str, calm: bool) -> None:
        found = self.nodes[at].reconciliation.results.mismatches()
        if found:
            self.act(at, Correct(found[pick % len(found)]))
            self.calm(calm)

    @rule(at=st.sampled_from(PLATFORMS))
    @precondition(lambda self: self.last_month >= "2016-10")
    def close_a_month(self, at: str) -> None:
        self.act(at, CloseMonth(self.last_month))

    @rule(pick=some)
    def evening(self, pick: int) -> None:
        """At rest both cities report what they have not; then every day compared so far stands level."""
        self.come_to_rest(pick)
        compared = (self.nodes[code].reconciliation.results.under("") for code in PLATFORMS)
        for day in sorted({day for found in compared for day, _, _ in found}):
            self.report(day)
        for code in (XUZHOU, NANJING, PROVINCE):
            self.act(code, ReconcileDay(self.play.now.date()))
            self.quiet()
        for code in PLATFORMS:
            for day, pair, standing in self.nodes[code].reconciliation.results.under(""):
                assert standing.good, (code, day, pair, standing)

    def report(self, day: str) -> None:
        """Let the cities report a day that they have not reported, or whose report did not come in."""
        for code in (XUZHOU, NANJING):
            if not self.nodes[code].reconciliation._answered(day):
                self.act(code, ReconcileDay(dt.date.fromisoformat(day)))
        self.quiet()

    # -- at rest ----------------------------------------------------------------------------------------------------

    def quiet(self) -> None:
        """Let also what platforms ask of their own accord be asked again until it is answered."""
        super().quiet()
        while self.wire.flying or self.wire.alarms:
            self.wire.deliver_all(self.play.tick(1))
            if self.wire.alarms:
                first = min(alarm[0] for alarm in self.wire.alarms)
                self.play.now = max(self.play.now, first) + dt.timedelta(seconds=1)
                self.wire.ring(self.play.now)
        self.hear()

    def agree(self) -> None:
        super().agree()
        self.copies_agree()

    def copies_agree(self) -> None:
        """Whoever was told of a filing has it as the city of insurance has it."""
        book = self.xuzhou.filings.book
        for mine in self.filings():
            upload = book.upload(mine.sn)
            assert not upload.waiting, mine.sn
            assert not upload.refusal, (mine.sn, upload.refusal)
            if mine.sn in book.found:
                continue  # found invalid and not cleared yet: told when it is
            for code in {PROVINCE, *upload.known_by}:
                theirs = self.nodes[code].filings.book.latest(mine.sn)
                assert theirs is not None, (code, mine.sn)
                assert _said(theirs) == _said(mine), code


def _said(filing: Any) -> tuple[Any, ...]:
    """What a filing says that others are told."""
    return (
        filing.psn_no,
        filing.filing_type,
        filing.target,
        filing.begin,
        filing.end,
        filing.ended,
        filing.version,
        filing.valid,
    )
