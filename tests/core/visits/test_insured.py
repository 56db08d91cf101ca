"""The city of insurance: it knows people and filings, computes, and checks what the treatment city says."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.benefit.receipt import receipt
from simulator.core.benefit.rules import YearSoFar
from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.filing.types import LONG_TERM_WORK
from simulator.core.network.hospital import Ward
from simulator.core.platform.refusals import REFUSALS
from simulator.core.visits.insured import AccountFrozen, Enrolled, Insured

XUZHOU = "320300"
WARD = Ward("D1", "内科", "DR1", "李医生", "12", "I10.x00", "高血压")


def at_city(play: Any, message: Any) -> Any:
    """Hand a message to the city of insurance as if it came through the province, past the checks on the way."""
    return play.relay.ask(play.now, XUZHOU, message.with_head(sender_admdvs="320100"))


def admission(play: Any, who: str, **changes: Any) -> Any:
    desk = play.desk
    message = desk.admit(play.tick(), play.net.people[who], play.now, WARD)
    return message.with_fields("mdtrtinfo", changes)


@pytest.mark.parametrize("changes", [{"certno": "nobody"}, {"psn_name": "别人"}])
def test_a_person_is_known_by_certificate_and_name(play: Any, changes: Any) -> None:
    asked = play.desk.person_info(play.tick(), play.net.people["retired"])
    assert play.ask(asked.with_fields("data", changes)).infcode == -121


def test_an_admission_of_an_unknown_person_is_refused(play: Any) -> None:
    play.province.fold(Filed(Filing("P99", LONG_TERM_WORK, "320399", "320100", dt.date(2016, 1, 1), None)))
    assert play.ask(admission(play, "retired", psn_no="P99")).infcode == -121


def test_an_admission_under_another_insurance_is_refused(play: Any) -> None:
    reply = play.ask(admission(play, "retired", insutype="390"))
    assert reply.infcode == -123
    assert "390" in reply.head["err_msg"]


def test_without_a_valid_filing_there_is_no_direct_settlement(play: Any) -> None:
    assert at_city(play, admission(play, "unfiled")).infcode == -122
    assert at_city(play, admission(play, "retired", begntime="2015-12-31 23:59:59")).infcode == -122


def test_a_stay_in_ones_own_city_needs_no_filing(play: Any) -> None:
    stay = play.stay("local").settled()
    row = play.treatment.insured.visits.find(stay.mdtrt_id).settlement
    assert row.inputs.where.filing_type == ""


def test_a_second_admission_waits_until_the_first_is_known_or_reversed(play: Any) -> None:
    stay = play.stay()
    stay.admit()
    assert play.stay().admit().infcode == -135
    assert play.stay("retired", "H32019900002").admit().succeeded
    stay.upload_bill()
    assert play.stay().admit().succeeded


def test_a_query_of_a_visit_never_heard_of_does_not_take_over_the_open_one(play: Any) -> None:
    stay = play.stay()
    stay.admit()
    assert stay.about("5203", setl_id="x", mdtrt_id="nowhere").infcode == -154
    assert stay.upload_bill().succeeded


def test_a_query_needs_the_settlement_in_force_and_its_person(play: Any) -> None:
    stay = play.stay().settled()
    assert stay.about("5203", setl_id="other").infcode == -154
    stay.person = play.net.people["worker"]
    assert stay.about("5203").infcode == -154
    stay.person = play.net.people["retired"]
    stay.about("2305")
    assert stay.about("5203").infcode == -154


def test_class_totals_that_differ_from_the_lines_are_refused(play: Any) -> None:
    stay = play.stay()
    stay.admit()
    stay.upload_bill()
    stay.discharge()
    asked = stay.bill_request()
    right = {
        "fulamt_ownpay_amt": 98_000,
        "overlmt_selfpay": 83_500,
        "preselfpay_amt": 87_508,
        "inscp_scp_amt": 1_585_567,
    }
    assert at_city(play, asked).infcode == -152
    wrong = asked._replace(key=asked.key._replace(msgid="w")).with_fields("data", {**right, "preselfpay_amt": 87_509})
    assert at_city(play, wrong).infcode == -152
    fine = asked._replace(key=asked.key._replace(msgid="f")).with_fields("data", right)
    assert at_city(play, fine).succeeded


def test_a_bill_that_differs_is_refused_here_too(play: Any) -> None:
    stay = play.stay()
    stay.admit()
    stay.upload_bill()
    stay.discharge()
    assert at_city(play, stay.bill_request(bill=1)).infcode == -151


def test_only_the_settlement_in_force_can_be_cancelled(play: Any) -> None:
    stay = play.stay().settled()
    other = play.desk.about_visit(play.tick(), "2305", stay.person, stay.mdtrt_id, setl_id="other")
    assert at_city(play, other).infcode == -154


def test_a_transaction_it_does_not_know_is_refused(play: Any) -> None:
    assert at_city(play, play.desk.about_visit(play.tick(), "9999", play.net.people["retired"], "V")).infcode == -104


def test_the_account_is_used_only_when_asked_for(play: Any) -> None:
    stay = play.stay().settled(use_account=False)
    assert play.insured.insured.balance_of("P1") == 300_000
    row = play.insured.insured.visits.find(stay.mdtrt_id).settlement
    assert (row.shares.acct_pay, row.shares.psn_cash_pay) == (0, 508_565)


def test_a_referred_stay_gets_less(play: Any) -> None:
    person = play.net.people["unfiled"]
    filed = Filed(Filing(person.psn_no, "referral", person.insured_area, "320199", play.now.date(), play.now.date()))
    play.province.fold(filed)
    play.insured.fold(filed)
    stay = play.stay("unfiled").settled()
    row = play.insured.insured.visits.find(stay.mdtrt_id).settlement
    assert row.inputs.where.filing_type == "referral"
    assert row.shares.pool_prop_selfpay == 7_600


def test_a_year_begins_anew_and_a_cancellation_goes_back_to_its_own_year(play: Any) -> None:
    play.now = dt.datetime(2016, 12, 31, 23, 59)
    stay = play.stay().settled(use_account=False)
    assert play.insured.insured.year_of("P1", 2016).stays == 1
    assert play.insured.insured.year_of("P1", 2017).stays == 0
    play.now = dt.datetime(2017, 1, 2, 9, 0)
    assert stay.about("2305").succeeded
    assert play.insured.insured.year_of("P1", 2016) == YearSoFar()
    assert play.insured.insured.year_of("P1", 2017) == YearSoFar()
    assert stay.settle(use_account=False).succeeded
    assert play.insured.insured.year_of("P1", 2017).stays == 1


def test_someone_never_enrolled_has_nothing(play: Any) -> None:
    assert play.insured.insured.balance_of("P99") == 0
    play.insured.fold(Enrolled(play.net.people["retired"]._replace(psn_no="P99", balance=7)))
    assert play.insured.insured.balance_of("P99") == 7


def test_what_was_reimbursed_by_hand_is_neither_settled_nor_put_back(play: Any) -> None:
    stay = play.stay().settled()
    assert stay.about("2305").succeeded
    play.insured.insured.paid_by_hand = lambda row, billed: f"M-{row.psn_no}-{row.begin}"
    reply = stay.settle()
    assert reply.infcode == REFUSALS["already_claimed"].code
    assert f"M-P1-{play.now.date()}" in reply.head["err_msg"]
    assert stay.reverse(stay.sent["2305"]).infcode == REFUSALS["later_steps"].code
    play.insured.insured.paid_by_hand = lambda row, billed: ""
    assert stay.reverse(stay.sent["2305"]).succeeded


def test_a_family_account_gives_what_the_own_one_has_not(make_play: Any) -> None:
    play = make_play(benefit__employee__account_family=True)
    child = play.net.people["worker"]._replace(family="P1")
    play.net.people["worker"] = child
    play.insured.fold(Enrolled(child))
    stay = play.stay("worker").settled()
    row = play.insured.insured.visits.find(stay.mdtrt_id).settlement
    # 5,685.87 are left to the person: 500.00 of the own account, 3,000.00 of the family's, the rest in cash.
    assert (row.shares.acct_pay, row.shares.acct_mulaid_pay) == (350_000, 300_000)
    assert [play.insured.insured.balance_of(who) for who in ("P2", "P1")] == [0, 0]
    assert stay.about("2305").succeeded
    assert [play.insured.insured.balance_of(who) for who in ("P2", "P1")] == [50_000, 300_000]
    other = play.stay("retired", "H32019900002").settled()
    assert stay.reverse(stay.sent["2305"]).infcode == REFUSALS["later_steps"].code
    assert other.about("2305").succeeded
    assert stay.reverse(stay.sent["2305"]).succeeded


def test_a_frozen_account_pays_nothing_and_the_receipt_says_so(make_play: Any) -> None:
    play = make_play(benefit__employee__account_family=True)
    child = play.net.people["worker"]._replace(family="P1")
    play.net.people["worker"] = child
    insured = play.insured.insured
    for fact in (Enrolled(child), AccountFrozen("P2"), AccountFrozen("P1")):
        play.insured.fold(fact)
    stay = play.stay("worker").settled()
    info = insured.visits.find(stay.mdtrt_id).settlement
    assert (info.shares.fund_pay_sumamt, info.shares.acct_pay, info.shares.psn_cash_pay) == (1_286_188, 0, 568_387)
    assert stay.sent["2304"].block("data")["acct_used_flag"] == "1"
    steps = {step.key: step[1:4] for step in receipt(play.net.pack, info.inputs).steps}
    assert (steps["account_frozen"], steps["account"]) == ((50_000, 50_000, 0), (0, 0, 0))
    assert (steps["family_frozen"], steps["family"]) == ((300_000, 300_000, 0), (0, 0, 0))
    assert [insured.balance_of(who) for who in ("P2", "P1")] == [50_000, 300_000]

    assert stay.about("2305").succeeded
    play.insured.fold(AccountFrozen("P1", frozen=False))  # the own account stays frozen, the family's pays
    assert stay.settle().block("setlinfo")["acct_mulaid_pay"] == 300_000
    row = insured.visits.find(stay.mdtrt_id).settlement
    keys = [step.key for step in receipt(play.net.pack, row.inputs).steps]
    assert keys[-4:] == ["account_frozen", "account", "family", "cash"]
    assert stay.about("2305").succeeded  # what goes back is taken in
    play.insured.fold(AccountFrozen("P1"))
    assert stay.reverse(stay.sent["2305"]).infcode == REFUSALS["later_steps"].code  # from a frozen account
    play.insured.fold(AccountFrozen("P1", frozen=False))
    assert stay.reverse(stay.sent["2305"]).succeeded


def test_without_a_claims_desk_nothing_was_reimbursed_by_hand(play: Any) -> None:
    stay = play.stay().settled()
    row, billed = play.insured.insured.visits.find(stay.mdtrt_id).bills[stay.setl_id]
    assert Insured(play.insured).paid_by_hand(row, billed) == ""
