"""Disputes: owned by the insured city, answered by the treatment city, ended one way or another."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.claims.case import OpenClaim
from simulator.core.claims.claim import IN_DOUBT, BillLine, Dossier
from simulator.core.disputes.ticket import (
    AnswerTicket,
    AskBillCheck,
    CloseTicket,
    InDoubt,
    ObjectToAnswer,
    OpenTicket,
    ReviewTickets,
    Ruling,
)
from simulator.core.invariants import books_mirror, posting_balances
from simulator.core.platform.refusals import REFUSALS

NANJING, XUZHOU, PROVINCE, HOSPITAL = "320100", "320300", "320000", "H32019900001"
DAY = dt.date(2016, 10, 10)
CLEARED, BILL, FUND = 1_646_010, 1_854_575, 1_346_010
PAPERS = ("identity", "receipt", "itemised_bill", "discharge_summary")


def correct(adjust: int, setl_id: str, **changes: Any) -> AnswerTicket:
    """An answer that corrects one settlement."""
    action = AnswerTicket("T1", "corrected", "经核查属实", (Ruling(setl_id, "corrected", adjust),))
    return action._replace(**changes)


def mirrored(play: Any) -> bool:
    payable = play.insured.books.balance("payable", NANJING)
    receivable = play.treatment.books.balance("receivable", XUZHOU)
    return books_mirror(payable, receivable)


# --- a doubt and its answer


def test_a_doubt_is_asked_explained_and_confirmed(matter: Any) -> None:
    ticket = matter.opened()
    assert (ticket.owner, ticket.treatment_city, ticket.state) == (XUZHOU, NANJING, "asked")
    assert (ticket.due.day, ticket.due.provisional) == (dt.date(2016, 10, 24), False)
    asked = matter.sent("C104")[0]
    assert (asked["dspt_rea"], asked["dspt_sumamt"], asked["rpl_ddln_date"]) == ("7", 60_000, "2016-10-24")
    assert matter.states() == ("asked", "asked")
    matter.act(AnswerTicket("T1", "explained", "按床位等级收费"), at=NANJING)
    assert matter.states() == ("answered", "answered")
    ticket = matter.ticket()
    assert (ticket.outcome, ticket.answer, ticket.answered) == ("explained", "按床位等级收费", DAY)
    ticket = matter.act(CloseTicket("T1"))
    assert (ticket.state, ticket.closed, ticket.silent) == ("closed", DAY, False)
    assert mirrored(matter.play)
    assert matter.play.insured.disputes.adjustments("201610") == {}


def test_every_ticket_has_an_owner_and_its_dates(matter: Any) -> None:
    matter.opened()
    matter.opened("T2", kind="filing", doubts=())
    matter.opened("T3", kind="system")
    owned = [ticket for ticket in matter.play.insured.disputes.tickets.values() if ticket.owner == XUZHOU]
    assert [(ticket.opened.date(), ticket.due.day.day) for ticket in owned] == [(DAY, 24), (DAY, 12), (DAY, 11)]


def test_the_insured_city_may_explain_by_itself(matter: Any) -> None:
    assert matter.opened(ask=False).state == "open"
    assert not matter.sent("C104")
    matter.act(AnswerTicket("T1", "explained", "按政策解释"))
    assert matter.act(CloseTicket("T1")).state == "closed"


def test_a_doubt_about_no_settlement_stays_with_the_insured_city(matter: Any) -> None:
    assert matter.opened(kind="filing", doubts=()).state == "open"
    ticket = matter.act(AnswerTicket("T1", "corrected", "已补传备案"))
    assert (ticket.state, ticket.outcome, ticket.rulings) == ("answered", "corrected", ())


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"kind": "weather"}, "kind"),
        ({"reason": "large_bill"}, "reason"),
        ({"reason": "amount"}, "sheet"),
        ({"words": ""}, "words"),
        ({"ticket_id": ""}, "number"),
        ({"ticket_id": "T" * 23}, "number"),
    ],
)
def test_what_is_no_ticket_is_declined(matter: Any, changes: dict[str, str], problem: str) -> None:
    number = changes.get("ticket_id", "T1")
    assert matter.opened(**{"ticket_id": number, **changes}) == ("case_unclear", number, problem)
    assert not matter.play.insured.disputes.tickets


def test_a_number_is_used_once(matter: Any) -> None:
    matter.opened()
    assert matter.opened() == ("case_number_used", "T1")


def test_a_dispute_of_a_sheet_names_it(matter: Any) -> None:
    matter.opened(reason="amount", sheet="QSD201610")
    asked = matter.sent("C104")[0]
    assert (asked["dspt_rea"], asked["clr_sht_no"], asked["setlym"]) == ("2", "QSD201610", "201610")
    everywhere = [node.disputes for node in matter.play.net.nodes.values()]
    assert [each.disputed("201610") for each in everywhere] == [{matter.row.setl_id}] * 3
    assert [each.disputed("201611") for each in everywhere] == [frozenset()] * 3
    matter.act(AnswerTicket("T1", "explained", "核对无误"), at=NANJING)
    assert [each.disputed("201610") for each in everywhere] == [frozenset()] * 3


# --- corrections


def test_a_correction_lowers_what_both_cities_have_in_their_books(matter: Any) -> None:
    matter.opened()
    matter.act(correct(-60_000, matter.row.setl_id), at=NANJING)
    insured, treatment = matter.play.insured.books, matter.play.treatment.books
    assert insured.balance("payable", NANJING) == -(CLEARED - 60_000)
    assert insured.balance("benefit_expense", "320399") == FUND - 60_000
    assert treatment.balance("receivable", XUZHOU) == CLEARED - 60_000
    assert treatment.balance("payable", HOSPITAL) == -(CLEARED - 60_000)
    assert mirrored(matter.play)
    assert all(posting_balances(posting) for posting in matter.play.relay.postings)


def test_a_correction_goes_into_the_month_it_names(matter: Any) -> None:
    matter.opened()
    matter.act(correct(-60_000, matter.row.setl_id, month="201611"), at=NANJING)
    for code in (XUZHOU, NANJING, PROVINCE):
        disputes = matter.play.net.nodes[code].disputes
        assert disputes.adjustments("201611") == {(NANJING, XUZHOU): -60_000}
        assert disputes.adjustments("201610") == {}
    assert matter.play.province.disputes.corrections("201611") == {matter.row.setl_id: -60_000}
    assert matter.sent("C105")[0]["adj_setlym"] == "201611"


def test_without_a_month_the_present_one_takes_a_correction_up(matter: Any) -> None:
    matter.opened()
    matter.act(correct(-60_000, matter.row.setl_id), at=NANJING)
    assert matter.ticket().adjust_month == "201610"


def test_an_objection_asks_again_and_the_second_answer_replaces_the_first(matter: Any) -> None:
    matter.opened()
    matter.act(correct(-60_000, matter.row.setl_id), at=NANJING)
    ticket = matter.act(ObjectToAnswer("T1", "应扣1000元"))
    assert (ticket.state, ticket.words) == ("asked", "应扣1000元")
    assert matter.states() == ("asked", "asked")
    matter.play.now = dt.datetime(2016, 11, 3, 9)
    matter.act(correct(-100_000, matter.row.setl_id), at=NANJING)
    assert matter.play.insured.books.balance("payable", NANJING) == -(CLEARED - 100_000)
    assert mirrored(matter.play)
    for code in (XUZHOU, NANJING, PROVINCE):
        disputes = matter.play.net.nodes[code].disputes
        assert disputes.adjustments("201610") == {(NANJING, XUZHOU): -60_000}
        assert disputes.adjustments("201611") == {(NANJING, XUZHOU): -40_000}


def test_an_answer_that_takes_a_correction_back_names_a_month_too(matter: Any) -> None:
    matter.opened()
    matter.act(correct(-60_000, matter.row.setl_id), at=NANJING)
    matter.act(ObjectToAnswer("T1", "更正有误"))
    matter.act(AnswerTicket("T1", "explained", "原更正撤回"), at=NANJING)
    assert matter.ticket().adjust_month == "201610"
    assert matter.play.province.disputes.adjustments("201610") == {(NANJING, XUZHOU): 0}
    assert matter.play.insured.books.balance("payable", NANJING) == -CLEARED
    assert mirrored(matter.play)


def test_a_settlement_cancelled_and_settled_anew_carries_its_own_amounts(matter: Any) -> None:
    matter.opened()
    assert matter.stay.about("2305").succeeded
    rulings = (Ruling(matter.row.setl_id, "corrected", 0, f"{matter.row.setl_id}R1"),)
    matter.act(AnswerTicket("T1", "corrected", "已撤销重结", rulings), at=NANJING)
    assert matter.stay.settle().succeeded
    assert matter.act(CloseTicket("T1")).state == "closed"
    assert matter.play.province.disputes.adjustments("201610") == {}
    assert mirrored(matter.play)
    assert matter.play.insured.books.balance("payable", NANJING) == -CLEARED


def test_a_doubt_inside_one_city_is_corrected_in_both_its_roles(play: Any, matter_of: Any) -> None:
    matter = matter_of(play)
    stay = play.stay("local").settled()
    row = play.treatment.insured.visits.find(stay.mdtrt_id).settlement
    before = play.treatment.books.balance("payable", HOSPITAL)
    expense = play.treatment.books.balance("benefit_expense", "320199")
    action = OpenTicket("T1", "other", "费用有疑义", (InDoubt(row, 60_000),))
    assert matter.act(action, at=NANJING).state == "open"
    assert not matter.sent("C104")
    matter.act(correct(-60_000, row.setl_id), at=NANJING)
    assert play.treatment.books.balance("payable", HOSPITAL) == before + 60_000
    assert play.treatment.books.balance("benefit_expense", "320199") == expense - 60_000
    assert play.treatment.disputes.adjustments("201610") == {}  # nothing to clear
    assert matter.act(ObjectToAnswer("T1", "再查"), at=NANJING).state == "open"
    matter.act(AnswerTicket("T1", "explained", "维持"), at=NANJING)
    assert play.treatment.books.balance("payable", HOSPITAL) == before
    assert matter.act(CloseTicket("T1"), at=NANJING).state == "closed"


def test_a_lost_reply_is_asked_for_again_and_the_correction_booked_once(matter: Any, make_wire: Any) -> None:
    matter.opened()
    play, now = matter.play, matter.play.now
    wire = make_wire(play.net.nodes)
    wire.perform(NANJING, play.treatment.act(now, correct(-60_000, matter.row.setl_id)))
    wire.deliver(now)
    wire.deliver(now)
    wire.lose()
    assert play.insured.books.balance("payable", NANJING) == -(CLEARED - 60_000)
    assert play.treatment.books.balance("receivable", XUZHOU) == CLEARED  # the answer is on its way
    for minute in range(1, 9):
        wire.ring(now + dt.timedelta(minutes=minute))
        wire.deliver_all(now + dt.timedelta(minutes=minute))
    assert mirrored(play)
    for node in play.net.nodes.values():
        assert node.disputes.adjustments("201610") == {(NANJING, XUZHOU): -60_000}


# --- reimbursed on the papers


def claim_of(matter: Any, claim_id: str = "SG1", **changes: Any) -> OpenClaim:
    row = matter.row
    dossier = Dossier(
        claim_id,
        row.psn_no,
        HOSPITAL,
        "320199",
        row.begin,
        row.end,
        ("INV1",),
        tuple(BillLine(line.item.code, line.price, line.quantity, row.begin) for line in matter.stay.lines.values()),
        IN_DOUBT,
        dispute="T1",
    )
    return OpenClaim(dossier._replace(**changes), PAPERS)


def test_a_doubt_is_reimbursed_on_the_papers_once_the_settlement_is_cancelled(matter: Any) -> None:
    matter.opened()
    matter.act(AnswerTicket("T1", "reimbursed", "请按手工报销办理"), at=NANJING)
    assert matter.act(CloseTicket("T1")) == ("case_unclear", "T1", "claim")
    assert matter.act(CloseTicket("T1", claim_of(matter, dispute="T9"))) == ("case_unclear", "T1", "claim")
    matter.act(CloseTicket("T1", claim_of(matter)))
    assert matter.play.insured.claims.cases["SG1"].refusal == "already_settled"
    assert matter.ticket().state == "answered"  # the settlement still stands
    assert matter.stay.about("2305").succeeded
    assert matter.act(CloseTicket("T1", claim_of(matter, "SG2"))).state == "closed"
    case = matter.play.insured.claims.cases["SG2"]
    assert (case.state, case.dossier.dispute) == ("complete", "T1")
    assert matter.sent("M101")[0]["dspt_id"] == "T1"


# --- answers that do not fit


def test_an_answer_that_does_not_fit_its_ticket_is_declined(matter: Any) -> None:
    matter.opened()
    setl_id = matter.row.setl_id

    def answer(outcome: str, *rulings: Ruling) -> Any:
        return matter.act(AnswerTicket("T1", outcome, "x", rulings), at=NANJING)

    assert answer("corrected", Ruling("A1", "corrected", -1)) == ("case_unclear", "T1", "rulings")
    assert answer("corrected") == ("case_unclear", "T1", setl_id)  # by how much?
    assert answer("corrected", Ruling(setl_id, "corrected", -1, "R1")) == ("case_unclear", "T1", setl_id)
    assert answer("explained", Ruling(setl_id, "explained", -1)) == ("case_unclear", "T1", setl_id)
    assert answer("explained", Ruling(setl_id, "corrected", -1)) == ("case_unclear", "T1", "outcome")
    assert answer("perhaps") == ("case_unclear", "T1", "outcome")
    assert matter.act(AnswerTicket("T1", "explained", ""), at=NANJING) == ("case_unclear", "T1", "words")
    wrong_month = correct(-1, setl_id, month="2016-11")
    assert matter.act(wrong_month, at=NANJING) == ("case_unclear", "T1", "month")
    too_much = Ruling(setl_id, "corrected", -CLEARED - 1)
    assert answer("corrected", too_much) == ("adjustment_too_large", setl_id, "-16460.11")
    assert matter.states() == ("asked", "asked")
    assert answer("corrected", Ruling(setl_id, "corrected", -CLEARED)).state == "answered"


def test_only_the_city_whose_turn_it_is_answers(matter: Any) -> None:
    matter.opened()
    assert matter.act(AnswerTicket("T1", "explained", "x")) == ("case_not_now", "T1", "asked", "answer")
    matter.act(AnswerTicket("T1", "explained", "x"), at=NANJING)
    assert matter.act(AnswerTicket("T1", "explained", "x"), at=NANJING) == ("case_not_now", "T1", "answered", "answer")
    assert matter.act(AnswerTicket("T9", "explained", "x")) == ("unknown_case", "T9")


def test_only_the_owner_closes_and_objects(matter: Any) -> None:
    matter.opened()
    assert matter.act(CloseTicket("T1")) == ("case_not_now", "T1", "asked", "confirm")
    assert matter.act(ObjectToAnswer("T1", "x")) == ("case_not_now", "T1", "asked", "object")
    assert matter.act(CloseTicket("T1"), at=NANJING) == ("unknown_case", "T1")
    assert matter.act(ObjectToAnswer("T1", "x"), at=NANJING) == ("unknown_case", "T1")


# --- messages that are refused


def ask_again(matter: Any, infno: str, **fields: Any) -> int:
    """Send a C104 or C105 like the last one, changed, under a new number; return what is answered."""
    last = [hop[2] for hop in matter.play.relay.hops if hop[2].infno == infno and not hop[2].is_reply][-1]
    msgid = f"{last.msgid[:-4]}{9000 + len(matter.play.relay.hops)}"
    again = last._replace(key=last.key._replace(msgid=msgid)).with_fields("data", fields)
    to = XUZHOU if infno == "C105" else NANJING
    reply = matter.play.ask(again, to=to)
    code: int = reply.infcode
    return code


def code_of(name: str) -> int:
    return REFUSALS[name].code


def test_a_question_out_of_turn_is_refused(matter: Any) -> None:
    matter.opened()
    assert ask_again(matter, "C104") == code_of("case_not_now")
    matter.act(AnswerTicket("T1", "explained", "x"), at=NANJING)
    assert ask_again(matter, "C104", insuplc_admdvs="320500") == code_of("case_number_used")


def test_a_question_about_a_hospital_nobody_knows_comes_back(matter: Any) -> None:
    row = matter.row._replace(hospital="H9")
    ticket = matter.opened(doubts=(InDoubt(row, 1),))
    assert (ticket.state, "T1" in matter.play.treatment.disputes.tickets) == ("open", False)
    assert matter.act(AnswerTicket("T1", "explained", "机构已撤销")).state == "answered"


def test_an_answer_out_of_turn_is_refused(matter: Any) -> None:
    matter.opened()
    matter.act(AnswerTicket("T1", "explained", "x"), at=NANJING)
    assert ask_again(matter, "C105") == code_of("case_not_now")
    assert ask_again(matter, "C105", dspt_id="T9") == code_of("unknown_case")
    assert ask_again(matter, "C105", mdtrtarea_admvs="320500") == code_of("unknown_case")


def test_an_answer_that_corrects_too_much_is_refused_and_is_the_treatment_citys_again(matter: Any) -> None:
    matter.opened()
    theirs = matter.ticket(NANJING)
    larger = theirs._replace(doubts=(theirs.doubts[0]._replace(cleared=BILL * 2),))
    matter.play.treatment.disputes.tickets["T1"] = larger
    matter.act(correct(-BILL, matter.row.setl_id), at=NANJING)
    assert matter.states() == ("asked", "asked")
    assert matter.play.treatment.books.balance("receivable", XUZHOU) == CLEARED
    assert mirrored(matter.play)


def test_an_answer_refused_after_the_ticket_was_closed_in_silence_changes_nothing(matter: Any) -> None:
    matter.opened()
    matter.play.insured.disputes.tickets.pop("T1")
    city = matter.play.treatment
    effects = city.act(matter.play.now, AnswerTicket("T1", "explained", "x"))
    city.act(dt.datetime(2016, 11, 8, 9), ReviewTickets())
    assert matter.ticket(NANJING).state == "closed"
    matter.play.relay._perform(matter.play.now, NANJING, effects)
    assert matter.ticket(NANJING).state == "closed"


# --- checks of large bills


def test_a_check_of_a_large_bill(matter_of: Any, make_play: Any) -> None:
    matter = matter_of(
        make_play(
            disputes__bill_check__at_least=BILL,
            disputes__bill_check__answer_day=26,
            disputes__bill_check__confirm_workdays=5,
        )
    )
    ticket = matter.act(AskBillCheck("T1", "请核查", (matter.row,)))
    assert (ticket.kind, ticket.due.day, ticket.amount) == ("bill_check", dt.date(2016, 11, 26), BILL)  # a Saturday
    asked = matter.sent("C104")[0]
    assert (asked["dspt_rea"], asked["rpl_ddln_date"]) == ("6", "2016-11-26")
    assert matter.ticket(NANJING).kind == "bill_check"
    matter.act(AnswerTicket("T1", "explained", "住院真实，费用合规"), at=NANJING)
    ticket = matter.ticket()
    assert (ticket.confirm_by.day, ticket.silent_by.day) == (dt.date(2016, 10, 17), dt.date(2016, 10, 24))
    assert matter.act(CloseTicket("T1")).closed == DAY


def test_a_smaller_bill_is_not_checked(matter_of: Any, make_play: Any) -> None:
    matter = matter_of(make_play(disputes__bill_check__at_least=BILL + 1))
    problem = ("bill_too_small", matter.row.setl_id, "18545.75")
    assert matter.act(AskBillCheck("T1", "请核查", (matter.row,))) == problem


def test_only_stays_are_checked_and_only_where_the_pack_says_so(matter: Any, matter_of: Any, make_play: Any) -> None:
    unclear = ("case_unclear", "T1", "bill_check")
    assert matter.act(AskBillCheck("T1", "请核查", (matter.row,))) == unclear
    checked = matter_of(make_play(disputes__bill_check__at_least=1))
    assert checked.act(AskBillCheck("T1", "请核查", ())) == unclear
    inputs = checked.row.inputs
    visit = checked.row._replace(inputs=inputs._replace(where=inputs.where._replace(care="outpatient")))
    for row in (visit, checked.row._replace(inputs=None)):
        assert checked.act(AskBillCheck("T1", "请核查", (row,))) == ("case_unclear", "T1", row.setl_id)


# --- what the days bring


def test_a_late_answer_is_reported_once_a_round(matter: Any) -> None:
    matter.opened()
    matter.play.now = dt.datetime(2016, 10, 24, 9)
    matter.act(ReviewTickets())
    assert not matter.sent("S301")
    matter.play.now = dt.datetime(2016, 10, 25, 9)
    for code in (XUZHOU, XUZHOU, NANJING):
        matter.act(ReviewTickets(), at=code)
    report = matter.sent("S301")
    said = [(each["excp_id"], each["excp_type"], each["involv_amt"]) for each in report]
    assert said == [("YC320300T1", "9", 60_000)]
    assert matter.ticket().reported == dt.date(2016, 10, 25)
    matter.act(AnswerTicket("T1", "explained", "x"), at=NANJING)
    matter.act(ObjectToAnswer("T1", "再查"))
    matter.play.now = dt.datetime(2016, 11, 9, 9)
    matter.act(ReviewTickets())
    assert len(matter.sent("S301")) == 2


def test_a_late_filing_issue_and_a_late_fault_are_reported_as_such(matter: Any) -> None:
    matter.opened("T1", kind="filing", doubts=())
    matter.opened("T2", kind="system")
    matter.play.now = dt.datetime(2016, 10, 13, 9)
    matter.act(ReviewTickets())
    assert [each["excp_type"] for each in matter.sent("S301")] == ["4", "3"]


def test_silence_confirms_after_ten_working_days_in_both_cities(matter: Any) -> None:
    matter.opened()
    matter.act(AnswerTicket("T1", "explained", "x"), at=NANJING)
    for day, states in ((24, ("answered", "answered")), (25, ("closed", "closed"))):
        matter.play.now = dt.datetime(2016, 10, day, 9)
        for code in (XUZHOU, NANJING):
            matter.act(ReviewTickets(), at=code)
        assert matter.states() == states
    for code in (XUZHOU, NANJING):
        assert (matter.ticket(code).silent, matter.ticket(code).closed) == (True, dt.date(2016, 10, 25))


# --- whole


def test_every_message_of_disputes_is_complete_by_its_schema(
    matter_of: Any, make_play: Any, wrong_messages: Any
) -> None:
    matter = matter_of(
        make_play(
            disputes__bill_check__at_least=1,
            disputes__bill_check__answer_day=26,
            disputes__bill_check__confirm_workdays=5,
        )
    )
    matter.opened(reason="twice", sheet="QSD201610")
    matter.act(correct(-60_000, matter.row.setl_id), at=NANJING)
    matter.act(ObjectToAnswer("T1", "再查"))
    matter.act(AskBillCheck("T2", "请核查", (matter.row,)))
    matter.play.now = dt.datetime(2016, 12, 1, 9)
    matter.act(ReviewTickets())
    matter.act(AnswerTicket("T2", "explained", "属实"), at=NANJING)
    matter.act(AnswerTicket("T1", "explained", "维持"), at=NANJING)
    hops = matter.play.relay.hops
    assert {"C104", "C105", "S301"} <= {hop[2].infno for hop in hops}
    assert wrong_messages(hops) == []


def test_folding_the_facts_into_fresh_platforms_gives_the_same_state(
    matter: Any, fresh_nodes: Any, picture_of: Any
) -> None:
    matter.opened()
    matter.act(correct(-60_000, matter.row.setl_id), at=NANJING)
    matter.act(ObjectToAnswer("T1", "再查"))
    matter.opened("T2", kind="filing", doubts=())
    nodes = fresh_nodes()
    for posting in matter.play.relay.postings:
        if posting.org in nodes:
            nodes[posting.org].books.post(posting)
    for code, fact in matter.play.relay.facts:
        nodes[code].fold(fact)
    assert {code: picture_of(node) for code, node in nodes.items()} == matter.play.state()
