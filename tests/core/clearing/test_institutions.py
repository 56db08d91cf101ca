"""Institutions first: 3203, 3204, one payment for local and visitors' bills, deductions and refunds."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

import schemas
from simulator.core.clearing import actions as do
from simulator.core.clearing.facts import InstitutionOffset, InstitutionPaid
from simulator.core.clearing.orders import agency_account
from simulator.core.disputes.ticket import Adjusted
from simulator.core.platform.books import BANK, PAYABLE, RECEIVABLE, posting, treatment_legs
from simulator.inputs.wire import Wire

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
FIRST, SECOND = "H32019900001", "H32019900002"
MONTH = "2023-09"
DIFFERS, NOTHING, NOT_OPEN, UNKNOWN = -221, -222, -223, -226


@pytest.fixture
def paying(bench: Any) -> Any:
    """A hospital in 南京 with a visitor's bill of 1050.00, a resident's of 300.00 and a local one of 400.00."""
    bench.settle(FIRST, "320399", 100_000, 5_000, 20_000, ended="2023-09-13")
    bench.settle(FIRST, "320381", 30_000, insutype="390", ended="2023-09-20")
    bench.settle(FIRST, "320199", 40_000, ended="2023-09-25")
    return bench.on("2023-10-09")


def event_of(reply: Any) -> str:
    assert reply.succeeded, reply.head["err_msg"]
    return str(reply.block("result")["clr_appy_evt_id"])


def test_an_application_names_the_months_totals_to_the_fen(paying: Any) -> None:
    assert event_of(paying.apply_3203(FIRST, MONTH)) == "320100231009000001"


def test_applications_and_their_withdrawal_are_complete_messages(paying: Any) -> None:
    event = event_of(paying.apply_3203(FIRST, MONTH))
    assert paying.withdraw_3204(FIRST, event).succeeded
    known = schemas.load()
    wire = Wire(known)
    for _, _, message in paying.relay.hops:
        if message.infno in {"3203", "3204"}:
            direction: schemas.Direction = "response" if message.is_reply else "request"
            assert not list(known.check_text(message.infno, direction, wire.encode(message)))


@pytest.mark.parametrize(
    "field", ["psntime", "medfee_sumamt", "med_sumfee", "fund_appy_sum", "acct_pay", "cash_payamt"]
)
def test_a_total_that_differs_by_one_is_refused(paying: Any, field: str) -> None:
    amounts = {"psntime": 3, "medfee_sumamt": 195_000, "med_sumfee": 195_000}
    amounts |= {"fund_appy_sum": 170_000, "acct_pay": 5_000, "cash_payamt": 20_000}
    reply = paying.apply_3203(FIRST, MONTH, **{field: amounts[field] + 1})
    assert reply.infcode == DIFFERS
    assert field in reply.head["err_msg"]
    assert paying.apply_3203(FIRST, MONTH, **{field: amounts[field]}).succeeded


def test_a_month_is_applied_for_when_it_is_over_and_whole(paying: Any) -> None:
    assert paying.apply_3203(FIRST, MONTH, enddate="2023-09-29").infcode == NOT_OPEN
    assert paying.on("2023-09-30").apply_3203(FIRST, MONTH).infcode == NOT_OPEN
    assert paying.on("2023-10-01").apply_3203(FIRST, MONTH).succeeded


def test_there_is_nothing_to_apply_for_twice(paying: Any) -> None:
    assert paying.apply_3203(SECOND, MONTH).infcode == NOTHING
    assert paying.apply_3203(FIRST, MONTH, "11").infcode == NOTHING  # no outpatient bills
    event_of(paying.apply_3203(FIRST, MONTH))
    assert paying.apply_3203(FIRST, MONTH).infcode == NOTHING


def test_each_clearing_type_is_applied_for_by_itself_and_paid_together(paying: Any) -> None:
    paying.settle(FIRST, "320399", 700, med_type="11")
    event_of(paying.apply_3203(FIRST, MONTH, "11"))
    event_of(paying.apply_3203(FIRST, MONTH, "21"))
    assert not paying.act(NANJING, do.PayInstitutions(MONTH))
    (order,) = paying.requests("P103")
    assert {row["clr_type"] for row in order.rows("dfrdetl")} == {"11", "21"}
    assert order.block("data")["dfr_sumamt"] == 175_700


def test_an_application_can_be_withdrawn_until_it_is_paid_and_only_by_its_own(paying: Any) -> None:
    event = event_of(paying.apply_3203(FIRST, MONTH))
    assert paying.withdraw_3204(SECOND, event).infcode == UNKNOWN
    assert paying.withdraw_3204(FIRST, event).succeeded
    assert paying.withdraw_3204(FIRST, event).infcode == UNKNOWN
    assert not paying.act(NANJING, do.PayInstitutions(MONTH))
    assert not paying.facts(InstitutionPaid)
    event = event_of(paying.apply_3203(FIRST, MONTH))
    assert not paying.act(NANJING, do.PayInstitutions(MONTH))
    assert paying.withdraw_3204(FIRST, event).infcode == UNKNOWN


def test_local_and_visitors_bills_are_paid_with_one_order(paying: Any) -> None:
    event_of(paying.apply_3203(FIRST, MONTH))
    assert not paying.act(NANJING, do.PayInstitutions(MONTH))
    (order,) = paying.requests("P103")
    data = order.block("data")
    assert (data["dfr_obj"], data["dfr_obj_code"], data["dfr_sumamt"]) == ("2", FIRST, 175_000)
    lines = {(row["insu_admdvs"], row["insutype"], row["out_flag"]): row["dfr_amt"] for row in order.rows("dfrdetl")}
    expected = {("320199", "310", "0"): 40_000, ("320381", "390", "1"): 30_000, ("320399", "310", "1"): 105_000}
    assert lines == expected
    funds = [(row["fund_pay_type"], row["fund_payamt"]) for row in order.rows("fundsbit")]
    assert sorted(funds) == [("310100", 40_000), ("310100", 100_000), ("310200", 5_000), ("390100", 30_000)]
    assert paying.province.pool.copies[data["dfr_id"]].amount == 175_000


def test_the_payment_is_booked_and_the_bank_says_the_same(paying: Any) -> None:
    event_of(paying.apply_3203(FIRST, MONTH))
    paying.act(NANJING, do.PayInstitutions(MONTH))
    account = agency_account(NANJING)
    assert paying.balance(NANJING, BANK, account) == -175_000
    assert paying.city(NANJING).institutions.bank.balance == -175_000
    assert paying.balance(NANJING, PAYABLE, FIRST) == 0
    assert paying.balance(NANJING, PAYABLE, NANJING) == paying.balance(NANJING, RECEIVABLE, NANJING) == 0
    assert paying.balance(NANJING, RECEIVABLE, XUZHOU) == 135_000
    desk = paying.desk(FIRST)
    assert desk.books.balance(RECEIVABLE, NANJING) == 175_000
    desk.paid(paying.now, "BJ1", 175_000)
    assert desk.books.balance(RECEIVABLE, NANJING) == 0
    assert desk.books.total(BANK) == 175_000


def test_only_the_institutions_named_are_paid(paying: Any) -> None:
    paying.settle(SECOND, "320399", 900)
    for hospital in (FIRST, SECOND):
        event_of(paying.apply_3203(hospital, MONTH))
    paying.act(NANJING, do.PayInstitutions(MONTH, (SECOND,)))
    assert [fact.hospital for fact in paying.facts(InstitutionPaid)] == [SECOND]
    paying.act(NANJING, do.PayInstitutions("2023-08"))  # of September is not of August
    paying.act(NANJING, do.PayInstitutions(MONTH))
    assert [fact.hospital for fact in paying.facts(InstitutionPaid)] == [SECOND, FIRST]


def test_a_row_that_comes_late_into_a_month_is_applied_for_by_itself(paying: Any) -> None:
    event_of(paying.apply_3203(FIRST, MONTH))
    paying.settle(FIRST, "320399", 60)
    event_of(paying.apply_3203(FIRST, MONTH))
    paying.act(NANJING, do.PayInstitutions(MONTH))
    (paid,) = paying.facts(InstitutionPaid)
    assert paid.voucher.amount == 175_060


def test_bills_that_deductions_outweigh_count_as_paid_and_can_be_claimed(bench: Any) -> None:
    """A deduction on a local bill eats a visitor's: nothing is left to transfer, and all is settled."""
    local = bench.settle(FIRST, "320199", 900, at="2023-08-10")
    bench.on("2023-09-11").pay_institutions("2023-08")
    bench.on("2023-09-20").deduct(local, 800, "KK1")
    bench.settle(FIRST, "320399", 500)
    bench.settle(FIRST, "320199", 20)
    bench.on("2023-10-09").apply(MONTH)
    (offset,) = bench.facts(InstitutionOffset)
    assert sum(line.amount for line in offset.rest) == 500 + 20 - 800
    assert len(bench.facts(InstitutionPaid)) == 1
    assert [row.sums.claimed for row in bench.city(NANJING).member.applications[MONTH].rows] == [500]
    assert bench.balance(NANJING, PAYABLE, FIRST) == 280
    assert bench.balance(NANJING, RECEIVABLE, NANJING) == 0
    bench.settle(FIRST, "320599", 300, at="2023-10-06")
    bench.on("2023-11-09").pay_institutions("2023-10")
    assert bench.facts(InstitutionPaid)[-1].voucher.amount == 20
    assert bench.balance(NANJING, PAYABLE, FIRST) == 0
    assert not bench.city(NANJING).rows.rest


def test_refunds_beyond_what_is_due_wait_for_the_next_payment(bench: Any) -> None:
    row = bench.settle(FIRST, "320399", 8_000, at="2023-08-03")
    bench.on("2023-09-04")
    bench.pay_institutions("2023-08")
    bench.cancel(row, "2023-09-05")
    bench.settle(FIRST, "320399", 1_000, at="2023-09-06")
    bench.on("2023-10-09")
    bench.pay_institutions("2023-09")
    assert len(bench.facts(InstitutionPaid)) == 1  # 1,000 - 8,000 fen is nothing to pay
    bench.settle(FIRST, "320399", 9_500, at="2023-10-06")
    bench.on("2023-11-09")
    bench.pay_institutions("2023-10")
    assert bench.facts(InstitutionPaid)[-1].voucher.amount == 2_500
    assert bench.balance(NANJING, PAYABLE, FIRST) == 0


def test_a_correction_after_a_dispute_is_paid_with_the_next_order(paying: Any) -> None:
    """The answer to a dispute gives the institution 12.00 yuan more of one bill, and takes 5.00 of the local one."""
    visitor, _, local = (item.row for item in paying.city(NANJING).rows.items(MONTH))
    for row, amount in ((visitor, 1_200), (local, -500)):
        paying.fold(NANJING, Adjusted("T1", row.setl_id, "202309", NANJING, row.insured_city, amount))
        paying.post(posting(NANJING, paying.now, "T1", treatment_legs(row.insured_city, FIRST, "320199", amount)))
    event_of(paying.apply_3203(FIRST, MONTH))
    paying.act(NANJING, do.PayInstitutions(MONTH))
    (paid,) = paying.facts(InstitutionPaid)
    assert paid.voucher.amount == 175_700
    assert paying.balance(NANJING, PAYABLE, FIRST) == 0
    assert paying.balance(NANJING, RECEIVABLE, NANJING) == 0


def test_the_hospital_books_a_deduction_as_no_revenue(paying: Any) -> None:
    desk = paying.desk(FIRST)
    entry = desk.deducted(paying.now, "KK1", 300)
    assert sum(leg.amount for leg in entry.legs) == 0
    assert desk.books.balance(RECEIVABLE, NANJING) == 174_700


def test_the_days_from_discharge_to_payment_are_reported(paying: Any) -> None:
    rows = paying.city(NANJING).rows
    assert rows.days_to_payment(MONTH) == ()
    event_of(paying.apply_3203(FIRST, MONTH))
    paying.act(NANJING, do.PayInstitutions(MONTH))
    assert rows.days_to_payment(MONTH) == (14, 19, 26)  # discharged on the 25th, 20th and 13th, paid on 9 October
    assert dt.date(2023, 10, 9) - dt.date(2023, 9, 13) == dt.timedelta(days=26)


def test_settlements_that_are_not_known_cannot_be_kept_out(paying: Any) -> None:
    known = next(paying.city(NANJING).rows.items(MONTH)).row.setl_id
    assert paying.act(NANJING, do.Exclude((known, "nobody"))) == "unknown_document nobody"
    assert not next(paying.city(NANJING).rows.items(MONTH)).held
    assert not paying.act(NANJING, do.Exclude((known,)))
    assert next(paying.city(NANJING).rows.items(MONTH)).held
    assert not paying.act(NANJING, do.Release((known,)))
    assert not next(paying.city(NANJING).rows.items(MONTH)).held
