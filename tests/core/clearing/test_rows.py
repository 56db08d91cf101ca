"""Which settlements can be claimed, and with what."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.clearing import actions as do
from simulator.core.clearing.facts import Held
from simulator.core.disputes.ticket import Adjusted
from simulator.core.reconciliation.facts import MonthClosed
from simulator.core.reconciliation.split import SplitConfirmed

NANJING, XUZHOU = "320100", "320300"
FIRST, SECOND = "H32019900001", "H32019900002"
MONTH, TODAY = "2023-09", dt.date(2023, 10, 12)


def adjust(bench: Any, row: Any, amount: int, month: str = "202309") -> None:
    bench.fold(NANJING, Adjusted("T1", row.setl_id, month, NANJING, row.insured_city, amount))


def amounts(found: Any) -> list[tuple[str, str, int]]:
    return [(row.area, row.month, row.sums.claimed) for row in found.rows]


@pytest.fixture
def rows(bench: Any) -> Any:
    return bench.city(NANJING).rows


def test_nothing_is_claimed_before_its_institution_was_paid(bench: Any, rows: Any) -> None:
    bench.settle(FIRST, "320399", 1_000)
    bench.settle(SECOND, "320399", 50)
    bench.settle(FIRST, "320199", 7)
    bench.on("2023-10-09")
    assert rows.claims(MONTH, TODAY).rows == ()
    assert bench.apply_3203(FIRST, MONTH).succeeded
    assert rows.claims(MONTH, TODAY).rows == ()
    bench.act(NANJING, do.PayInstitutions(MONTH))
    (row,) = rows.claims(MONTH, TODAY).rows  # the local bill is claimed of nobody
    assert (row.insured, row.sums.claimed, row.paid_on) == (XUZHOU, 1_000, dt.date(2023, 10, 9))


def test_a_row_of_the_application_is_paid_for_when_its_last_bill_is(bench: Any, rows: Any) -> None:
    bench.settle(FIRST, "320399", 1_000)
    bench.settle(SECOND, "320399", 50)
    for day, hospital in (("2023-10-09", FIRST), ("2023-10-11", SECOND)):
        bench.on(day).apply_3203(hospital, MONTH)
        bench.act(NANJING, do.PayInstitutions(MONTH))
    (row,) = rows.claims(MONTH, TODAY).rows
    assert (row.sums.claimed, row.paid_on) == (1_050, dt.date(2023, 10, 11))


def test_a_refund_goes_back_at_once(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000, at="2023-08-30")
    bench.on("2023-09-11")
    bench.apply("2023-08")
    bench.cancel(row, "2023-09-12")
    found = rows.claims(MONTH, TODAY)
    assert amounts(found) == [("320399", MONTH, -1_000)]
    assert found.rows[0].paid_on == TODAY  # nothing had to be paid first
    assert found.items == (f"{row.setl_id}R",)


def test_what_was_declined_or_held_back_is_left_out(bench: Any, rows: Any) -> None:
    settled = [bench.settle(FIRST, "320399", amount) for amount in (1_000, 200, 30)]
    bench.on("2023-10-09")
    bench.pay_institutions(MONTH)
    flags = ((settled[0].setl_id, True), (settled[1].setl_id, False))
    bench.fold(NANJING, SplitConfirmed("1", FIRST, MONTH, flags))
    assert amounts(rows.claims(MONTH, TODAY)) == [("320399", MONTH, 1_030)]
    bench.act(NANJING, do.Exclude((settled[0].setl_id,)))
    assert amounts(rows.claims(MONTH, TODAY)) == [("320399", MONTH, 30)]


def test_where_the_pack_says_so_only_what_is_confirmed_and_level_is_claimed(make_bench: Any) -> None:
    bench = make_bench({"clearing.rules.reconciled_first": True})
    settled = [bench.settle(FIRST, "320399", amount) for amount in (1_000, 200)]
    bench.on("2023-10-09")
    bench.pay_institutions(MONTH)
    bench.fold(NANJING, SplitConfirmed("1", FIRST, MONTH, ((settled[0].setl_id, True),)))
    assert bench.act(NANJING, do.ApplyClearing(MONTH)).startswith("not_level_yet")
    bench.fold(NANJING, MonthClosed(NANJING, MONTH, dt.date(2023, 10, 9)))
    assert not bench.act(NANJING, do.ApplyClearing(MONTH))
    (asked,) = bench.requests("C101")
    assert asked.block("data")["fund_appy_sum"] == 1_000


def test_a_deduction_lowers_the_claim_of_its_bill(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000)
    bench.deduct(row, 300, "KK1")
    assert rows.claims(MONTH, TODAY).rows == ()  # with its bill, and that is not paid yet
    bench.on("2023-10-09")
    bench.pay_institutions(MONTH)
    (found,) = rows.claims(MONTH, TODAY).rows
    assert (found.sums.cleared, found.sums.deducted, found.sums.claimed) == (1_000, 300, 700)


def test_a_deduction_after_the_claim_goes_with_the_next_month(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000)
    bench.on("2023-10-09")
    bench.apply(MONTH)
    bench.deduct(row, 300, "KK1")
    assert amounts(rows.claims("2023-10", dt.date(2023, 11, 9))) == [("320399", "2023-10", -300)]
    bench.deduct(row, -300, "KK2")  # given back; it waits until the institution has it
    assert amounts(rows.claims("2023-10", dt.date(2023, 11, 9))) == [("320399", "2023-10", -300)]


def test_a_corrected_application_takes_its_deductions_along(bench: Any, rows: Any) -> None:
    row, other = bench.settle(FIRST, "320399", 1_000), bench.settle(FIRST, "320599", 80)
    bench.deduct(row, 300, "KK1")
    bench.on("2023-10-09").apply(MONTH)
    assert rows.changes["KK1"].claim == "QS3201002023090001"
    bench.act(NANJING, do.Exclude((other.setl_id,)))
    assert not bench.act(NANJING, do.ApplyClearing(MONTH))
    assert rows.changes["KK1"].claim == "QS3201002023090002"
    bench.act(NANJING, do.Exclude((row.setl_id,)))
    bench.act(NANJING, do.Release((other.setl_id,)))
    assert not bench.act(NANJING, do.ApplyClearing(MONTH))
    assert rows.changes["KK1"].claim == ""  # a deduction stays with its bill
    (asked,) = [each for each in bench.requests("C101") if each.block("data")["clr_appy_evt_id"].endswith("3")]
    assert (asked.block("data")["fund_appy_sum"], asked.block("data")["ded_sumamt"]) == (80, 0)


def test_a_correction_frees_only_what_it_replaces(bench: Any, rows: Any) -> None:
    old, new = bench.settle(FIRST, "320399", 1_000, at="2023-08-10"), bench.settle(FIRST, "320399", 80)
    for row, number in ((old, "KK1"), (new, "KK2")):
        bench.deduct(row, 30, number)
    bench.on("2023-09-11").apply("2023-08")
    bench.on("2023-10-09").apply(MONTH)
    bench.act(NANJING, do.Exclude((new.setl_id,)))
    bench.act(NANJING, do.ApplyClearing(MONTH))
    assert (rows.changes["KK1"].claim, rows.changes["KK2"].claim) == ("QS3201002023080001", "")


def test_the_deduction_of_a_local_bill_is_nobodys_claim(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320199", 1_000)
    bench.deduct(row, 300, "KK1")
    bench.on("2023-10-09")
    bench.pay_institutions(MONTH)
    assert rows.claims(MONTH, TODAY).rows == ()


def test_a_correction_is_claimed_as_of_its_month_and_not_before(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000, cash=500)
    bench.on("2023-10-09")
    bench.apply(MONTH)
    adjust(bench, row, -120, "202310")
    assert rows.claims(MONTH, TODAY).rows == ()
    (found,) = rows.claims("2023-10", dt.date(2023, 11, 9)).rows
    assert (found.month, found.sums.claimed, found.sums.cash, found.sums.medfee) == ("2023-10", -120, 120, 0)


def test_a_correction_upward_waits_until_the_institution_has_it(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000)
    bench.on("2023-10-09")
    bench.apply(MONTH)
    adjust(bench, row, 120, "202310")
    assert rows.claims("2023-10", dt.date(2023, 11, 9)).rows == ()
    bench.settle(FIRST, "320399", 5, at="2023-10-20")
    bench.on("2023-11-06")
    bench.pay_institutions("2023-10")
    assert amounts(rows.claims("2023-10", dt.date(2023, 11, 9))) == [("320399", "2023-10", 125)]


def test_what_is_about_an_unknown_bill_or_another_city_changes_nothing(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000)
    adjust(bench, row._replace(setl_id="nobody"), 5)
    bench.fold(NANJING, Adjusted("T1", row.setl_id, "202309", XUZHOU, NANJING, 5))
    bench.fold(XUZHOU, Adjusted("T1", row.setl_id, "202309", NANJING, XUZHOU, 5))
    assert not rows.changes
    assert not bench.city(XUZHOU).rows.changes


def test_months_long_past_are_put_away(bench: Any, rows: Any) -> None:
    old = bench.settle(FIRST, "320399", 1_000, at="2023-04-30")
    new = bench.settle(FIRST, "320399", 50, at="2023-05-01")
    bench.on("2023-09-30")
    bench.deduct(old, 10, "KK1")
    bench.deduct(new, 5, "KK2")
    assert bench.apply_3203(FIRST, "2023-04").succeeded
    rows.drop_before("2023-09-15")
    assert rows.find(old.setl_id) is None
    assert rows.find(new.setl_id) is not None
    assert set(rows.changes) == {"KK2"}
    assert not rows.waiting
    assert rows.not_applied(FIRST, "2023-04", "21") == ()
    bench.fold(NANJING, Held((old.setl_id,), True))
    assert rows.find(new.setl_id).held is False
