"""The audit of the treatment city on the small network: queue, findings, answers, decisions, deductions.

The worked example bills 14 of drug-b at 86.40, and at most ten are allowed in a stay. Four are questioned: 345.60, of
which 90 % or 311.04 are in scope. The fund paid 13,460.10 of 15,855.67 in scope, so its share is
311.04 × 13,460.10 ÷ 15,855.67 = 264.0463…, half-up 264.05.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.audit.case import Restriction
from simulator.core.audit.desk import AuditDesk
from simulator.core.audit.docket import (
    CONFIRMED,
    DECLINED,
    DEDUCTED,
    DROPPED,
    FOUND,
    LAPSED,
    PLEADED,
    RETURNED,
)
from simulator.core.audit.facts import (
    Adopt,
    Clear,
    Decide,
    Deducted,
    Found,
    Offset,
    Plead,
    ReviewDay,
    Reviewed,
    Suspected,
    Told,
)
from simulator.core.audit.monitor import coverage, median_lag
from simulator.core.audit.rules import in_force
from simulator.core.platform.turn import Declined

NANJING, XUZHOU = "320100", "320300"
DAY = dt.date(2016, 10, 10)
QUESTIONED, DEDUCTION = 34_560, 26_405
FUND, CLEARED = 1_346_010, 1_646_010


def review(play: Any, day: dt.date = DAY) -> list[Any]:
    play.tick(3600)
    return play.act(ReviewDay(day), at=NANJING)


def only(facts: list[Any], kind: type) -> Any:
    (fact,) = [fact for fact in facts if isinstance(fact, kind)]
    return fact


def decide(play: Any, find_id: str, *, confirmed: bool = True, plead: bool = True) -> list[Any]:
    if plead:
        play.act(Plead(find_id, "确需用药"), at=NANJING)
    return play.act(Decide(find_id, confirmed, "无医嘱依据"), at=NANJING)


def state(play: Any, find_id: str) -> str:
    return str(play.treatment.audit.audit.docket.entries[find_id].state)


def asked(play: Any, infno: str, to: str) -> list[Any]:
    return [
        message for _, end, message in play.relay.hops if end == to and message.infno == infno and not message.is_reply
    ]


# -- review -----------------------------------------------------------------------------------------------------


def test_nothing_is_audited_before_a_rule_set_is_adopted(play: Any) -> None:
    stay = play.stay().settled()
    assert review(play) == []
    audit = play.treatment.audit
    assert audit.audit.pending == {}
    assert audit.rulebook.version == ""
    assert audit.rulebook.on(DAY) == ()
    assert stay.setl_id not in audit.audit.reviewed


def test_bills_of_its_own_institutions_wait_until_they_are_reviewed(audited: Any, stay_of_nine_days: Any) -> None:
    stay_of_nine_days(audited)
    assert audited.treatment.audit.audit.waiting == 1
    assert audited.insured.audit.audit.waiting == 0  # another place audits it
    review(audited)
    assert audited.treatment.audit.audit.waiting == 0


def test_a_finding_carries_rule_version_lines_amount_and_evidence(audited: Any, stay_of_nine_days: Any) -> None:
    stay = stay_of_nine_days(audited)
    facts = review(audited)
    found = only(facts, Found)
    finding = found.finding
    assert found.find_id == "SH320100201610000001"
    assert (finding.rule_id, finding.rule_version, finding.severity) == ("units-over-stay", "1", 2)
    assert (finding.setl_id, finding.mdtrt_id, finding.psn_no) == (stay.setl_id, stay.mdtrt_id, "P1")
    assert [tuple(row) for row in finding.rows] == [("2", "drug-b", QUESTIONED, 31_104)]
    assert finding.evidence == ((("code", "drug-b"), ("day", "2016-10-10"), ("limit", "10"), ("units", "14")),)
    assert finding.zh == "自2016-10-10起项目drug-b共收费14，每次就诊限量10"
    assert finding.en == "from 2016-10-10 on: 14 of item drug-b, at most 10 in a visit"
    assert found.due == dt.date(2016, 10, 17)  # five working days after Monday 10 October


def test_the_insured_place_is_told_at_once(audited: Any, stay_of_nine_days: Any, wrong_messages: Any) -> None:
    stay = stay_of_nine_days(audited)
    facts = review(audited)
    told = only(facts, Told)
    assert (told.find_id, told.treatment_city, told.rule_id) == ("SH320100201610000001", NANJING, "units-over-stay")
    assert told.rows == ((stay.setl_id, QUESTIONED),)
    (message,) = asked(audited, "A101", XUZHOU)
    assert message.block("data")["chk_admdvs"] == NANJING  # JL-6.1d: the place of treatment is responsible
    assert message.block("data")["vola_evid"] == "code=drug-b，day=2016-10-10，limit=10，units=14"
    assert audited.province.audits.findings["SH320100201610000001"].amount == QUESTIONED
    assert wrong_messages(audited.relay.hops) == []


def test_all_bills_are_reviewed_in_one_queue_with_one_lag(audited: Any, stay_of_nine_days: Any) -> None:
    """JL-6.2d, JL-6.2e: every bill of a visitor, with the same lag as a local one."""
    stays = [stay_of_nine_days(audited, who) for who in ("retired", "local", "worker")]
    reviews = [fact for fact in review(audited) if isinstance(fact, Reviewed)]
    assert [each.setl_id for each in reviews] == [stay.setl_id for stay in stays]
    assert [each.cross for each in reviews] == [True, False, True]
    settled = [stay.setl_id for stay in stays]
    assert coverage(settled, reviews) == 10_000
    assert coverage([*settled, "another"], reviews) == 7_500
    assert median_lag(reviews, cross=True) == dt.timedelta(hours=1, seconds=20)
    assert median_lag(reviews, cross=False) == dt.timedelta(hours=1, seconds=20)
    assert review(audited) == []  # once


def test_a_local_finding_is_told_to_nobody(audited: Any, stay_of_nine_days: Any) -> None:
    stay_of_nine_days(audited, "local")
    assert only(review(audited), Found).finding.rule_id == "units-over-stay"
    assert asked(audited, "A101", "320000") == []


def test_bills_of_later_days_wait(audited: Any, stay_of_nine_days: Any) -> None:
    stay_of_nine_days(audited)
    assert review(audited, dt.date(2016, 10, 9)) == []
    assert len(audited.treatment.audit.audit.pending) == 1


def test_a_bill_cancelled_before_its_review_is_not_reviewed(audited: Any, stay_of_nine_days: Any) -> None:
    stay_of_nine_days(audited).about("2305")
    assert review(audited) == []


def test_a_bill_cancelled_and_settled_again_is_reviewed_with_its_lines(audited: Any, stay_of_nine_days: Any) -> None:
    stay = stay_of_nine_days(audited)
    stay.about("2305")
    stay.settle()
    assert only(review(audited), Found).finding.setl_id == stay.setl_id


def test_a_bill_whose_cancelling_was_reversed_is_reviewed_with_its_lines(audited: Any, stay_of_nine_days: Any) -> None:
    stay = stay_of_nine_days(audited)
    stay.about("2305")
    stay.reverse(stay.sent["2305"])
    found = only(review(audited), Found)
    assert found.finding.setl_id == f"{stay.setl_id}R2"
    decided = decide(audited, found.find_id)
    assert only(decided, Deducted).deduction.funds == (("310100", DEDUCTION),)


# -- answers and decisions --------------------------------------------------------------------------------------


def test_a_finding_is_decided_after_the_answer_or_once_its_time_is_over(audited: Any, stay_of_nine_days: Any) -> None:
    stay_of_nine_days(audited)
    find_id = only(review(audited), Found).find_id
    (early,) = decide(audited, find_id, plead=False)
    assert isinstance(early, Declined)
    assert (early.name, early.found) == ("answer_time_left", (find_id, "2016-10-17"))
    assert state(audited, find_id) == FOUND
    audited.now = dt.datetime(2016, 10, 17, 23, 0)
    assert isinstance(decide(audited, find_id, plead=False)[0], Declined)
    audited.now = dt.datetime(2016, 10, 18, 0, 0)
    decide(audited, find_id, confirmed=False, plead=False)
    assert state(audited, find_id) == DROPPED


def test_an_answer_is_noted_and_opens_the_decision(audited: Any, stay_of_nine_days: Any) -> None:
    stay_of_nine_days(audited)
    find_id = only(review(audited), Found).find_id
    audited.act(Plead(find_id, "确需用药"), at=NANJING)
    assert state(audited, find_id) == PLEADED
    assert list(audited.treatment.audit.audit.docket.open()) != []
    audited.act(Decide(find_id, False, "理由成立"), at=NANJING)
    assert state(audited, find_id) == DROPPED
    assert list(audited.treatment.audit.audit.docket.open()) == []
    assert asked(audited, "A102", "320000") == []


@pytest.mark.parametrize("action", [Plead, Decide])
def test_what_is_not_open_is_declined(audited: Any, stay_of_nine_days: Any, action: type) -> None:
    def carry_out(find_id: str) -> Any:
        (fact,) = audited.act(action(find_id, *(("x",) if action is Plead else (True, "x"))), at=NANJING)
        return fact

    assert carry_out("SH0").name == "unknown_finding"
    stay_of_nine_days(audited)
    find_id = only(review(audited), Found).find_id
    decide(audited, find_id, confirmed=False)
    declined = carry_out(find_id)
    assert (declined.name, declined.found) == ("finding_not_open", (find_id, DROPPED))


# -- deductions -------------------------------------------------------------------------------------------------


def test_a_deduction_offsets_the_bill_on_three_sides(audited: Any, stay_of_nine_days: Any, wrong_messages: Any) -> None:
    """P75-50: the institution is owed less, and the three sides know the same sum."""
    stay = stay_of_nine_days(audited)
    find_id = only(review(audited), Found).find_id
    facts = decide(audited, find_id)
    deduction = only(facts, Deducted).deduction
    assert (deduction.ded_no, deduction.find_id, deduction.setl_id) == ("KK320100201610000001", find_id, stay.setl_id)
    assert deduction.taken == (("2", 31_104),)
    assert deduction.funds == (("310100", DEDUCTION),)
    assert deduction.month == "201610"
    assert state(audited, find_id) == DEDUCTED
    assert audited.treatment.audit.audit.deducted("201610") == {(XUZHOU, "310"): DEDUCTION}
    assert audited.province.audits.deducted("201610") == {(NANJING, XUZHOU, "310"): DEDUCTION}
    assert audited.insured.audit.offsets.offset("201610") == {(NANJING, "310"): DEDUCTION}
    assert audited.insured.audit.offsets.deducted_from(stay.setl_id) == DEDUCTION
    assert audited.insured.audit.offsets.offset("201611") == audited.treatment.audit.audit.deducted("201611") == {}
    books = audited.treatment.books
    assert books.balance("payable", "H32019900001") == -(CLEARED - DEDUCTION)
    assert books.balance("deduction", XUZHOU) == -DEDUCTION
    assert books.balance("receivable", XUZHOU) == CLEARED  # what is claimed of it is this less the deduction
    (message,) = asked(audited, "A102", XUZHOU)
    assert message.rows("dedlist")[0]["ded_rea"] == "超次限量收费：无医嘱依据"
    assert wrong_messages(audited.relay.hops) == []


def test_a_local_deduction_is_final_at_once(audited: Any, stay_of_nine_days: Any) -> None:
    stay = stay_of_nine_days(audited, "local")
    find_id = only(review(audited), Found).find_id
    row = audited.treatment.treatment.visits.find(stay.mdtrt_id).settlement.shares
    due = (2 * 31_104 * row.fund_pay_sumamt + 1_585_567) // (2 * 1_585_567)
    facts = decide(audited, find_id)
    assert only(facts, Deducted).deduction.amount == due
    assert asked(audited, "A102", "320000") == []
    assert audited.treatment.books.balance("payable", "H32019900001") == -(row.cleared - due)


def test_clearing_may_book_and_close_months_itself(audited: Any, stay_of_nine_days: Any) -> None:
    audit = audited.treatment.audit.audit
    booked: list[tuple[str, int]] = []
    audit.book = lambda turn, deduction: booked.append((deduction.month, deduction.amount))
    audit.month_closed = lambda month: month in {"201610", "201611", "201612"}
    stay_of_nine_days(audited)
    decide(audited, only(review(audited), Found).find_id)
    assert booked == [("201701", DEDUCTION)]
    assert audited.treatment.books.balance("deduction", XUZHOU) == 0


def test_what_the_insured_city_refuses_is_not_deducted(audited: Any, stay_of_nine_days: Any) -> None:
    """Xuzhou did not hear of the finding, so that it does not know what the deduction is about."""
    stay_of_nine_days(audited)
    find_id = only(review(audited), Found).find_id
    audited.insured.audit.offsets.told.clear()
    facts = decide(audited, find_id)
    assert state(audited, find_id) == DECLINED
    assert facts[-1].infcode == -242
    assert audited.treatment.books.balance("payable", "H32019900001") == -CLEARED
    assert audited.treatment.audit.audit.deducted("201610") == {}


def test_a_rule_that_only_flags_deducts_nothing(audited: Any, stay_of_nine_days: Any, small_library: Any) -> None:
    flagging = tuple(rule._replace(effect="flag") for rule in small_library.rules)
    audited.act(Adopt(small_library._replace(rules=flagging)), at=NANJING)
    stay_of_nine_days(audited)
    find_id = only(review(audited), Found).find_id
    decide(audited, find_id)
    assert state(audited, find_id) == CONFIRMED
    assert asked(audited, "A102", "320000") == []


def test_findings_of_a_cancelled_bill_lapse(audited: Any, stay_of_nine_days: Any) -> None:
    stay = stay_of_nine_days(audited)
    find_id = only(review(audited), Found).find_id
    stay.about("2305")
    assert state(audited, find_id) == LAPSED


def test_what_was_deducted_from_a_bill_cancelled_later_is_given_back(
    audited: Any, stay_of_nine_days: Any, wrong_messages: Any
) -> None:
    stay = stay_of_nine_days(audited)
    find_id = only(review(audited), Found).find_id
    decide(audited, find_id)
    stay.about("2305")
    assert state(audited, find_id) == DEDUCTED
    audited.now = dt.datetime(2016, 11, 2, 9, 0)
    back = only(review(audited, dt.date(2016, 11, 1)), Deducted).deduction
    assert (back.ded_no, back.month, back.amount) == ("KK320100201611000002", "201611", -DEDUCTION)
    assert state(audited, find_id) == RETURNED
    books = audited.treatment.books
    assert books.balance("payable", "H32019900001") == books.balance("deduction", XUZHOU) == 0
    assert audited.insured.audit.offsets.deducted_from(stay.setl_id) == 0
    assert review(audited, dt.date(2016, 11, 2)) == []  # once
    assert wrong_messages(audited.relay.hops) == []


# -- suspected impostors ----------------------------------------------------------------------------------------


def at_two_places(play: Any, stay_of_nine_days: Any) -> list[Any]:
    """The same person settled at two hospitals within seconds."""
    stay_of_nine_days(play)
    second = play.stay("retired", "H32019900002")
    began = dt.datetime(2016, 10, 10, 9, 0)
    replies = (second.admit(began), second.upload_bill(), second.discharge(), second.settle(use_account=False))
    assert all(reply.succeeded for reply in replies)
    return review(play)


def test_a_suspected_impostor_stops_and_is_reported(audited: Any, stay_of_nine_days: Any, wrong_messages: Any) -> None:
    """P75-24: the suspicion goes to the province, and nothing more is settled until it is cleared."""
    suspected = only(at_two_places(audited, stay_of_nine_days), Suspected)
    assert (suspected.psn_no, suspected.due) == ("P1", dt.date(2016, 10, 24))
    (report,) = asked(audited, "S301", "320000")
    assert report.block("data")["excp_type"] == "5"
    assert "P1" not in report.block("data")["abn_info"]
    refused = audited.stay().admit()
    assert refused.infcode == -241
    assert audited.stay("worker").admit().succeeded
    audited.act(Clear(suspected.excp_id, False, "本人就医，时间录入有误"), at=NANJING)
    assert audited.stay().admit().succeeded
    assert asked(audited, "S301", "320000")[-1].block("data")["done_date"] == "2016-10-10"
    assert wrong_messages(audited.relay.hops) == []


def test_the_insured_city_watches_bills_from_elsewhere_only_for_impostors(audited: Any, stay_of_nine_days: Any) -> None:
    at_two_places(audited, stay_of_nine_days)
    facts = audited.act(ReviewDay(DAY), at=XUZHOU)
    watched = [fact for fact in facts if isinstance(fact, Reviewed)]
    assert [each.own for each in watched] == [False, False]
    assert only(facts, Suspected).psn_no == "P1"
    assert [fact for fact in facts if isinstance(fact, Found)] == []
    assert coverage([], watched) == 10_000


# -- the facts say all ------------------------------------------------------------------------------------------


def test_replayed_facts_give_the_same_state(
    audited: Any, stay_of_nine_days: Any, fresh_nodes_with: Any, picture_of: Any
) -> None:
    at_two_places(audited, stay_of_nine_days)
    entries = audited.treatment.audit.audit.docket.entries
    for find_id in list(entries):
        decide(audited, find_id)
    audited.act(ReviewDay(DAY), at=XUZHOU)
    assert {entry.state for entry in entries.values()} >= {DEDUCTED}
    nodes = fresh_nodes_with(audited.net.pack, audited.net.catalogue)
    for code, fact in audited.relay.facts:
        nodes[code].fold(fact)
    for code in (NANJING, XUZHOU):
        offices = zip(nodes[code].audit.offices, audited.net.nodes[code].audit.offices, strict=True)
        assert all(picture_of(again) == picture_of(office) for again, office in offices)
    assert picture_of(nodes["320000"].audits) == picture_of(audited.province.audits)
    assert [each for each in audited.relay.facts if isinstance(each[1], Offset)]


# -- forgetting -------------------------------------------------------------------------------------------------


def test_what_is_done_with_is_forgotten_and_what_is_open_is_not(audited: Any, stay_of_nine_days: Any) -> None:
    stay = stay_of_nine_days(audited)
    open_one = stay_of_nine_days(audited, "worker")
    first, second = (fact for fact in review(audited) if isinstance(fact, Found))
    decide(audited, first.find_id)
    audit = audited.treatment.audit.audit
    audited.treatment.drop_before("2016-10-10")
    assert set(audit.docket.entries) == {first.find_id, second.find_id}
    audited.treatment.drop_before("2016-10-11")
    assert set(audit.docket.entries) == {second.find_id}
    assert set(audit._history.bills) == {open_one.setl_id}
    assert audit.deducted("201610") == {(XUZHOU, "310"): DEDUCTION}  # the sums stay
    assert stay.setl_id not in audit.reviewed
    decide(audited, second.find_id, confirmed=False)
    audited.treatment.drop_before("2016-10-11")
    assert audit._history.bills == {}
    audited.insured.drop_before("2016-10-11")
    assert len(audited.insured.audit.audit.pending) == 2  # not looked at yet: kept


def test_a_finding_done_with_goes_and_one_of_the_same_bill_that_is_open_stays(
    audited: Any, stay_of_nine_days: Any, small_library: Any
) -> None:
    both = {"drug-b": Restriction(per_stay=100_000), "drug-a": Restriction(gender="2")}
    audited.act(Adopt(small_library._replace(restrictions=both)), at=NANJING)
    stay_of_nine_days(audited)
    first, second = (fact.find_id for fact in review(audited) if isinstance(fact, Found))
    decide(audited, first, confirmed=False)
    audited.treatment.drop_before("2016-10-11")
    assert set(audited.treatment.audit.audit.docket.entries) == {second}
    assert len(audited.treatment.audit.audit._history.bills) == 1
    decide(audited, second)
    audited.treatment.drop_before("2016-10-11")
    assert audited.treatment.audit.audit.docket.entries == {}
    assert audited.treatment.audit.audit._history.bills == {}


def test_by_itself_the_audit_takes_every_month_for_open(play: Any) -> None:
    assert AuditDesk(play.treatment, "320000").audit.month_closed("201610") is False


def test_a_rule_whose_figure_the_pack_does_not_give_is_not_applied(small_library: Any, pack: Any) -> None:
    active = {each.rule.id for each in in_force(small_library, pack, DAY, NANJING)}
    assert active == {rule.id for rule in small_library.rules if not rule.figures}
