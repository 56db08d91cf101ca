"""A claim on paper from the counter to the bank, and every way it may end otherwise."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.settlement import Settlement
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
from simulator.core.claims.claim import NOT_FILED, BillLine, Claim
from simulator.core.claims.lifecycle import (
    CHECKED,
    COMPLETE,
    DECIDED,
    INCOMPLETE,
    PAID,
    REFUSED,
    REVERSED,
    WITHDRAWN,
)
from simulator.core.claims.service import OnTime
from simulator.core.filing.facts import Left
from simulator.core.invariants import posting_balances
from simulator.core.visits.visits import Billed, Settled

DAY = dt.date(2016, 10, 10)
FUND, BILL = 1_346_010, 1_854_575
EXPENSE, BANK, OWED, DUE = "benefit_expense", "bank", "payable", "receivable"
CLAIM = Claim(
    "C1",
    "P1",
    "H32019900001",
    "tertiary",
    "320199",
    "retired_resettlement",
    dt.date(2016, 10, 1),
    dt.date(2016, 10, 9),
    ClassTotals(98_000, 83_500, 87_508, 1_585_567),
)


def outcomes(play: Any) -> list[tuple[str, int, str]]:
    """The M102 that were sent: result, fund, description."""
    asked = [message for _, to, message in play.relay.hops if message.infno == "M102" and to == "320000"]
    data = [message.block("data") for message in asked if not message.is_reply]
    return [(each["manl_reim_rslt"], each["fund_pay_sumamt"], each["rslt_dscr"]) for each in data]


def test_a_claim_goes_from_papers_to_payment(paper: Any) -> None:
    case = paper.open()
    assert (case.state, case.verdict, case.complete, case.notices) == (COMPLETE, "0", DAY, 0)
    assert case.totals == ClassTotals(98_000, 83_500, 87_508, 1_585_567)
    assert paper.act(CheckClaim("SG1")).state == CHECKED
    assert paper.balances() == {}
    assert paper.act(DecideClaim("SG1")).state == DECIDED
    assert paper.balances() == {(EXPENSE, "320399"): FUND, (OWED, "P1"): -FUND}
    case = paper.act(PayClaim("SG1"))
    assert (case.state, case.ended) == (PAID, DAY)
    assert paper.balances() == {(EXPENSE, "320399"): FUND, (BANK, "320399"): -FUND}
    assert outcomes(paper.play) == [("1", FUND, "")]
    assert all(posting_balances(posting) for posting in paper.play.relay.postings)


def test_the_settlement_of_a_claim_is_a_manual_row_that_touches_no_clearing(paper: Any) -> None:
    paper.paid()
    row = next(fact.row for _, fact in paper.play.relay.facts if isinstance(fact, Settled))
    assert (row.setl_id, row.kind, row.mdtrt_id, row.settled_by) == ("MSG1", "manual", "SG1", "")
    assert (row.treatment_city, row.begin, row.end) == ("320100", dt.date(2016, 10, 1), dt.date(2016, 10, 9))
    assert (row.shares.acct_pay, row.shares.psn_cash_pay) == (0, BILL - FUND)
    insured = paper.play.insured
    assert (insured.insured.year_of("P1", 2016).stays, insured.insured.balance_of("P1")) == (1, 300_000)
    assert not insured.monthly["insured"].under()
    assert not paper.play.province.monthly.under()


def test_missing_papers_are_told_once_and_all_at_once(paper: Any) -> None:
    case = paper.open(papers=("receipt", "receipt"))
    assert (case.state, case.told) == (INCOMPLETE, ("identity", "itemised_bill", "discharge_summary"))
    case = paper.act(AddPapers("SG1", ("identity",)))
    assert (case.state, case.told, case.notices) == (INCOMPLETE, ("identity", "itemised_bill", "discharge_summary"), 1)
    assert not [hop for hop in paper.play.relay.hops if hop[2].infno == "M101"]
    paper.play.now += dt.timedelta(days=3)
    case = paper.act(AddPapers("SG1", ("receipt", "itemised_bill", "discharge_summary")))
    assert (case.state, case.complete, case.notices) == (COMPLETE, dt.date(2016, 10, 13), 1)
    assert [each.day.day for each in case.papers] == [10, 10, 13, 13]
    assert paper.act(AddPapers("SG1", ("identity",))) == ("case_not_now", "SG1", COMPLETE, "add")


def test_a_repeated_claim_changes_nothing_and_another_under_its_number_is_declined(paper: Any) -> None:
    first = paper.open()
    assert paper.open() is None
    other = paper.dossier(invoices=("INV-9",))
    assert paper.open(other) == ("case_number_used", "SG1")
    assert paper.office.cases == {"SG1": first}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"psn_no": "P9"}, ("unknown_person",)),
        ({"hospital": "H9"}, ("unknown_institution", "H9")),
        ({"reason": "lazy"}, ("no_manual_case", "lazy")),
        ({"hospital": "县医院", "reason": "emergency_elsewhere"}, ("no_manual_case", "emergency_elsewhere")),
        ({"claim_id": ""}, ("case_unclear", "", "number")),
        ({"claim_id": "S" * 23}, ("case_unclear", "S" * 23, "number")),
        ({"begin": dt.date(2016, 10, 10)}, ("case_unclear", "SG1", "begin, end")),
        ({"end": dt.date(2016, 10, 11)}, ("case_unclear", "SG1", "begin, end")),
        (
            {
                "begin": dt.date(2015, 12, 30),
                "end": dt.date(2015, 12, 31),
                "bill": (BillLine("drug-a", 12_500_000, 10_000, dt.date(2015, 12, 30)),),
            },
            ("item_not_yet_valid", "1", "drug-a"),
        ),
        ({"invoices": ()}, ("case_unclear", "SG1", "invoices")),
        ({"invoices": ("INV1", "")}, ("case_unclear", "SG1", "invoices")),
        ({"invoices": ("INV1,INV2",)}, ("case_unclear", "SG1", "invoices")),
        ({"invoices": ("I" * 201,)}, ("case_unclear", "SG1", "invoices")),
        ({"dispute": "T" * 23}, ("case_unclear", "SG1", "number")),
        ({"bill": ()}, ("case_unclear", "SG1", "bill")),
        ({"bill": (BillLine("gold", 1, 1, dt.date(2016, 10, 9)),)}, ("item_unmapped", "1", "gold")),
        ({"care": "outpatient"}, ("case_unclear", "SG1", "care")),
    ],
)
def test_what_no_claim_can_be_made_of_is_declined(paper: Any, changes: Any, problem: Any) -> None:
    assert paper.open(paper.dossier(**changes)) == problem
    assert paper.office.cases == {}


def test_a_paper_nobody_knows_is_declined(paper: Any) -> None:
    assert paper.open(papers=("identity", "letter")) == ("case_unclear", "SG1", "letter")
    paper.open(papers=("identity",))
    assert paper.act(AddPapers("SG1", ("letter",))) == ("case_unclear", "SG1", "letter")


@pytest.mark.parametrize(
    "action",
    [
        AddPapers("SG9", ()),
        CheckClaim("SG9"),
        DecideClaim("SG9"),
        PayClaim("SG9"),
        RefuseClaim("SG9", "x"),
        WithdrawClaim("SG9"),
        ReverseClaim("SG9", "x"),
        CollectRefund("SG9", 1),
    ],
)
def test_a_case_that_does_not_exist_is_declined(paper: Any, action: Any) -> None:
    assert paper.act(action) == ("unknown_case", "SG9")


def test_a_refusal_says_why(paper: Any) -> None:
    paper.paid()
    paper.open(paper.dossier("SG2", psn_no="P2", hospital="H32019900002"))
    for words in ("", "长" * 501):
        assert paper.act(RefuseClaim("SG2", words)) == ("case_unclear", "SG2", "words")
        assert paper.act(ReverseClaim("SG1", words)) == ("case_unclear", "SG1", "words")
    assert paper.act(RefuseClaim("SG2", "长" * 500)).state == REFUSED


def test_steps_out_of_order_are_declined(paper: Any) -> None:
    paper.open()
    assert paper.act(DecideClaim("SG1")) == ("case_not_now", "SG1", COMPLETE, "decide")
    assert paper.act(PayClaim("SG1")) == ("case_not_now", "SG1", COMPLETE, "pay")
    assert paper.act(ReverseClaim("SG1", "x")) == ("case_not_now", "SG1", COMPLETE, "reverse")
    assert paper.act(CollectRefund("SG1", 1)) == ("case_not_now", "SG1", COMPLETE, "collect")
    paper.act(CheckClaim("SG1"))
    assert paper.act(CheckClaim("SG1")) == ("case_not_now", "SG1", CHECKED, "check")


def test_a_paid_claim_is_not_paid_again(paper: Any) -> None:
    paper.paid()
    balances = paper.balances()
    assert paper.act(PayClaim("SG1")) == ("case_not_now", "SG1", PAID, "pay")
    assert paper.act(RefuseClaim("SG1", "x")) == ("case_not_now", "SG1", PAID, "refuse")
    assert paper.balances() == balances


def test_the_hospitals_part_stands_in_the_row_and_nobody_books_it(make_play: Any, paper_of: Any) -> None:
    paper = paper_of(make_play(benefit__employee__over_limit_by_hospital=4_000))
    paper.paid()
    (row,) = [fact.row for _, fact in paper.play.relay.facts if isinstance(fact, Settled)]
    assert row.shares.hosp_part_amt == 33_400  # 40 % of 835.00 above the price caps
    assert row.shares.psn_cash_pay == BILL - FUND - 33_400
    assert paper.balances() == {(EXPENSE, "320399"): FUND, (BANK, "320399"): -FUND}


# --- paid once


def test_care_settled_directly_is_refused_at_the_counter(paper: Any) -> None:
    stay = paper.play.stay().settled()
    on = paper.play.now.date()
    case = paper.open(paper.dossier(begin=on, end=on))
    assert (case.state, case.refusal, case.ended) == (REFUSED, "already_settled", on)
    assert stay.setl_id in case.words
    assert not outcomes(paper.play)  # it was never registered


def test_a_cancelled_settlement_may_be_claimed_by_hand(paper: Any) -> None:
    stay = paper.play.stay().settled()
    assert stay.about("2305").succeeded
    on = paper.play.now.date()
    assert paper.paid(paper.dossier(begin=on, end=on)).state == PAID


def test_a_restored_settlement_may_not(paper: Any) -> None:
    stay = paper.play.stay().settled()
    stay.about("2305")
    stay.reverse(stay.sent["2305"])
    on = paper.play.now.date()
    assert paper.open(paper.dossier(begin=on, end=on)).refusal == "already_settled"


@pytest.mark.parametrize("step", ["check", "decide", "pay"])
def test_care_settled_directly_meanwhile_is_refused_at_every_later_step(paper: Any, step: str) -> None:
    play, on = paper.play, paper.play.now.date()
    steps = {"check": CheckClaim("SG1"), "decide": DecideClaim("SG1"), "pay": PayClaim("SG1")}
    paper.open(paper.dossier(begin=on, end=on))
    for name, action in steps.items():
        if name == step:
            break
        paper.act(action)
    before = play.insured.books.balance(EXPENSE, "320399")
    play.insured.insured.paid_by_hand = lambda *stay: ""  # as if direct settlement did not look
    play.stay().settled()
    direct = play.insured.books.balance(EXPENSE, "320399") - before
    case = paper.act(steps[step])
    assert (case.state, case.refusal) == (REFUSED, "already_settled")
    assert outcomes(play) == [("3", 0, case.words)]
    assert play.insured.books.balance(EXPENSE, "320399") == direct  # what was granted by hand is taken back
    assert play.insured.books.balance(OWED, "P1") == 0
    assert play.insured.insured.year_of("P1", 2016).stays == 1


def test_an_invoice_is_claimed_once_whoever_brings_it(paper: Any) -> None:
    paper.open()
    lines = paper.dossier().bill[:1]
    again = paper.dossier("SG2", psn_no="P2", invoices=("INV-SG1",), bill=lines, end=dt.date(2016, 10, 2))
    case = paper.open(again)
    assert (case.state, case.refusal) == (REFUSED, "already_claimed")
    assert "SG1" in case.words


def test_a_stay_is_claimed_once_whatever_the_invoice(paper: Any) -> None:
    paper.paid()
    assert paper.open(paper.dossier("SG2", begin=dt.date(2016, 10, 8))).refusal == "already_claimed"
    later = paper.dossier("SG3", begin=dt.date(2016, 10, 9), end=dt.date(2016, 10, 10))
    assert paper.open(later).state == COMPLETE  # it begins on the day the first ended


@pytest.mark.parametrize("end", [RefuseClaim("SG1", "票据系伪造"), WithdrawClaim("SG1")])
def test_what_was_not_paid_may_be_claimed_again(paper: Any, end: Any) -> None:
    paper.open()
    paper.act(end)
    assert paper.open(paper.dossier("SG2", invoices=("INV-SG1",))).verdict == "0"


def test_paid_for_finds_a_claim_that_was_granted(paper: Any) -> None:
    other = row_elsewhere(paper)
    row = other._replace(hospital="H32019900001", begin=dt.date(2016, 10, 3), end=dt.date(2016, 10, 5))
    assert row.inputs is not None
    visit = row._replace(inputs=row.inputs._replace(where=row.inputs.where._replace(care="outpatient")))
    paper.open()
    paper.act(CheckClaim("SG1"))
    assert found(paper, row) == ""
    paper.act(DecideClaim("SG1"))
    assert found(paper, row) == "MSG1"
    assert [found(paper, each) for each in (other, row._replace(psn_no="P2"), visit)] == ["", "", ""]
    assert found(paper, visit, "INV-SG1") == "MSG1"  # whatever it is, its invoice was paid
    paper.act(PayClaim("SG1"))
    assert found(paper, row) == "MSG1"
    paper.act(ReverseClaim("SG1", "重复"))
    assert found(paper, row) == ""


def row_elsewhere(paper: Any) -> Settlement:
    """A direct settlement of the same person at another hospital."""
    stay = paper.play.stay("retired", "H32019900002").settled()
    row: Settlement = paper.play.insured.insured.visits.find(stay.mdtrt_id).settlement
    return row


def found(paper: Any, row: Settlement, *invoices: str) -> Any:
    return paper.office.paid_for(row, Billed(invoices=invoices))


def test_a_cancelled_settlement_is_not_restored_once_its_stay_was_reimbursed_by_hand(paper: Any) -> None:
    stay, on = paper.play.stay().settled(), paper.play.now.date()
    stay.about("2305")
    paper.paid(paper.dossier(begin=on, end=on))
    assert stay.reverse(stay.sent["2305"]).infcode == -164
    assert paper.play.insured.books.balance(OWED, "320100") == 0


@pytest.mark.parametrize("infno", ["2303", "2304"])
def test_a_stay_that_was_reimbursed_by_hand_is_not_settled_directly(paper: Any, infno: str) -> None:
    play = paper.play
    stay, on = play.stay(), play.now.date()
    for reply in (stay.admit(), stay.upload_bill(), stay.discharge()):
        assert reply.succeeded
    paper.paid(paper.dossier(begin=on, end=on))
    balances = paper.balances()
    reply = stay.say(stay.bill_request(infno))
    assert (reply.infcode, reply.head["err_msg"]) == (-232, "已手工报销（MSG1），不得重复报销")
    assert paper.balances() == balances
    assert not play.treatment.books.balances()
    paper.act(ReverseClaim("SG1", "应联网结算"))
    assert stay.settle().succeeded


def test_a_claim_of_another_city_is_found_by_the_province(paper: Any) -> None:
    paper.open()
    twin = paper.play.net.people["retired"]._replace(psn_no="N1", insured_area="320199")
    paper.enrol(twin, "320100")
    paper.play.act(OpenClaim(paper.dossier("SG8", psn_no="N1"), ("identity", "receipt", "itemised_bill")), at="320100")
    paper.play.act(AddPapers("SG8", ("discharge_summary",)), at="320100")
    office = paper.play.treatment.claims
    assert office.cases["SG8"].verdict == "1"
    paper.play.act(CheckClaim("SG8"), at="320100")
    assert (office.cases["SG8"].state, office.cases["SG8"].refusal) == (REFUSED, "already_claimed")
    assert outcomes(paper.play)[0][0] == "2"
    assert paper.act(CheckClaim("SG1")).state == CHECKED


def test_a_claim_waits_for_the_province(paper: Any) -> None:
    city = paper.play.insured
    city.act(paper.play.now, OpenClaim(paper.dossier(), ("identity", "receipt", "itemised_bill", "discharge_summary")))
    assert paper.act(CheckClaim("SG1")) == ("case_not_now", "SG1", "unanswered", "check")


def test_a_refused_registration_leaves_the_case_as_it_is(paper: Any) -> None:
    paper.play.province.answers.pop("M101")
    assert paper.open().verdict == ""
    assert paper.act(RefuseClaim("SG1", "无法查重")).state == REFUSED


# --- not paid after all


def test_a_granted_claim_that_is_withdrawn_leaves_no_trace_in_books_and_year(paper: Any) -> None:
    paper.open()
    paper.act(CheckClaim("SG1"))
    paper.act(DecideClaim("SG1"))
    case = paper.act(WithdrawClaim("SG1"))
    assert (case.state, case.words) == (WITHDRAWN, "参保人撤回")
    assert paper.balances() == {}
    assert paper.play.insured.insured.year_of("P1", 2016).stays == 0
    assert outcomes(paper.play) == [("2", 0, "参保人撤回")]


def test_a_claim_withdrawn_before_its_papers_were_complete_is_nobody_elses_matter(paper: Any) -> None:
    paper.open(papers=())
    assert paper.act(WithdrawClaim("SG1")).state == WITHDRAWN
    assert not paper.play.relay.hops[len(paper.play.net.desks) * 2 :]


def test_a_claim_paid_in_error_is_reversed_by_its_mirror_and_the_money_asked_back(paper: Any) -> None:
    paper.paid()
    case = paper.act(ReverseClaim("SG1", "票据系伪造"))
    assert (case.state, case.owed, case.ended) == (REVERSED, FUND, DAY)
    assert paper.balances() == {(DUE, "P1"): FUND, (BANK, "320399"): -FUND}
    rows = [fact.row for _, fact in paper.play.relay.facts if isinstance(fact, Settled)]
    assert [(row.setl_id, row.init_setl_id, row.shares.fund_pay_sumamt) for row in rows] == [
        ("MSG1", "", FUND),
        ("MSG1R1", "MSG1", -FUND),
    ]
    assert paper.play.insured.insured.year_of("P1", 2016).basic_paid == 0
    assert outcomes(paper.play)[-1] == ("2", 0, "票据系伪造")
    assert paper.act(CollectRefund("SG1", FUND + 1)) == ("case_unclear", "SG1", "amount")
    assert paper.act(CollectRefund("SG1", 0)) == ("case_unclear", "SG1", "amount")
    assert paper.act(CollectRefund("SG1", 1_000_000)).owed == 346_010
    assert paper.act(CollectRefund("SG1", 346_010)).owed == 0
    assert paper.balances() == {}


def test_a_payment_in_error_is_reported_to_the_province(paper: Any) -> None:
    paper.paid()
    paper.act(ReverseClaim("SG1", "票据系伪造"))
    data = next(hop[2].block("data") for hop in paper.play.relay.hops if hop[2].infno == "S301")
    assert (data["excp_id"], data["excp_type"], data["rlts_no"]) == ("YC320300SG1", "2", "MSG1")
    assert (data["involv_amt"], data["plan_date"]) == (FUND, "2016-11-07")
    assert "P1" not in data["abn_info"]


# --- in one step


def test_a_priced_claim_is_paid_in_one_step_once(paper: Any) -> None:
    paper.act(Reimburse(CLAIM))
    assert paper.play.insured.books.balances() == {(EXPENSE, "320399"): FUND, (BANK, "320399"): -FUND}
    assert paper.play.act(Reimburse(CLAIM)) == []
    assert paper.balances() == {(EXPENSE, "320399"): FUND, (BANK, "320399"): -FUND}
    assert not outcomes(paper.play)


def test_in_one_step_too_only_care_that_somebody_pays_for_is_paid(paper: Any) -> None:
    before = paper.balances()
    assert paper.act(Reimburse(CLAIM._replace(care="outpatient"))) == ("care_not_open", "outpatient")
    early = CLAIM._replace(begin=dt.date(2015, 10, 1), end=dt.date(2015, 10, 9))
    assert paper.act(Reimburse(early))[0] == "rules_not_in_force"
    paper.tell("320300", Left("P1", CLAIM.end, "moved"))
    assert paper.act(Reimburse(CLAIM)) == ("cover_moved", CLAIM.end.isoformat())
    assert paper.balances() == before


def test_in_one_step_too_care_is_paid_once(paper: Any) -> None:
    paper.act(Reimburse(CLAIM))
    again = CLAIM._replace(claim_id="C2", begin=dt.date(2016, 10, 5))
    assert paper.act(Reimburse(again)) == ("already_claimed", "C1")
    assert paper.open(paper.dossier("SG2")).refusal == "already_claimed"
    assert paper.open(paper.dossier("C1")) == ("case_number_used", "C1")
    row = row_elsewhere(paper)._replace(hospital="H32019900001", begin=CLAIM.begin, end=CLAIM.end)
    assert found(paper, row) == "MC1"


def test_in_one_step_neither_an_unknown_person_nor_a_case_of_the_counter_is_paid(paper: Any) -> None:
    assert paper.act(Reimburse(CLAIM._replace(psn_no="P9"))) == ("unknown_person",)
    paper.open(paper.dossier("C1"))
    assert paper.act(Reimburse(CLAIM)) == ("case_number_used", "C1")


# --- service time


def test_the_share_on_time_counts_what_was_paid_or_refused(paper: Any) -> None:
    first, last = dt.date(2016, 10, 1), dt.date(2016, 12, 31)
    paper.paid()
    paper.act(ReverseClaim("SG1", "重复"))
    paper.open(paper.dossier("SG2"))
    paper.open(paper.dossier("SG3", psn_no="P2", reason=NOT_FILED))
    paper.open(paper.dossier("SG4", psn_no="P3"), papers=())
    paper.act(RefuseClaim("SG4", "无票据"))  # its papers were never complete
    paper.play.now = dt.datetime(2016, 11, 8, 9)  # the 21st working day
    for claim in ("SG2", "SG3"):
        paper.act(RefuseClaim(claim, "x"))
    assert paper.office.service(first, last) == OnTime(3, 1, 0)
    assert paper.office.service(first, dt.date(2016, 10, 31)) == OnTime(1, 1, 0)
    paper.open(paper.dossier("SG5"))
    paper.act(WithdrawClaim("SG5"))
    assert paper.office.service(first, last) == OnTime(3, 1, 0)


def test_folding_the_facts_into_fresh_platforms_gives_the_same_state(
    paper: Any, fresh_nodes: Any, picture_of: Any
) -> None:
    paper.paid()
    paper.act(ReverseClaim("SG1", "重复"))
    paper.act(CollectRefund("SG1", 10))
    paper.open(paper.dossier("SG2"))
    paper.act(Reimburse(CLAIM._replace(claim_id="C3", psn_no="P2")))
    nodes = fresh_nodes()
    for posting in paper.play.relay.postings:
        if posting.org in nodes:
            nodes[posting.org].books.post(posting)
    for code, fact in paper.play.relay.facts:
        nodes[code].fold(fact)
    assert {code: picture_of(node) for code, node in nodes.items()} == paper.play.state()
