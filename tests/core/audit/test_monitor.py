"""What is watched of institutions: mean bill, growth, reimbursement rate (P75-54)."""

from __future__ import annotations

import datetime as dt

from simulator.core.audit.facts import Reviewed
from simulator.core.audit.monitor import Watched, coverage, median_lag, watch
from simulator.core.benefit.settlement import DIRECT, Settlement
from simulator.core.benefit.shares import Shares

NO_SHARES = Shares(*(0 for _ in Shares._fields))


def bill(hospital: str, month: int, amount: int, fund: int, *, refund: bool = False) -> Settlement:
    at = dt.datetime(2016, month, 9, 12, 0)
    shares = NO_SHARES._replace(medfee_sumamt=amount, fund_pay_sumamt=fund)
    areas = ("320199", "320399", "320100", "320300")
    row = Settlement(
        "S1", "", False, DIRECT, "V1", "P1", "310", hospital, *areas, at.date(), at.date(), at, "m1", shares, None
    )
    return row.cancelled("S2", at) if refund else row


def test_mean_growth_and_rate_by_institution_and_month() -> None:
    """100.00 and 200.00 in September: mean 150.00; 180.00 in October: 20 % more. Paid 210.00 of 300.00: 70 %."""
    rows = [
        bill("A", 9, 10_000, 7_000),
        bill("A", 9, 20_000, 14_000),
        bill("A", 10, 18_000, 9_000),
        bill("B", 10, 3, 1),
    ]
    assert watch(rows) == (
        Watched("A", "2016-09", 2, 30_000, 21_000, 15_000, None, 7_000),
        Watched("A", "2016-10", 1, 18_000, 9_000, 18_000, 2_000, 5_000),
        Watched("B", "2016-10", 1, 3, 1, 3, None, 3_333),
    )


def test_growth_is_over_the_month_before_and_no_other() -> None:
    rows = [bill("A", 8, 10_000, 0), bill("A", 10, 20_000, 0)]
    assert [each.growth for each in watch(rows)] == [None, None]


def test_a_cancelled_bill_takes_itself_off_its_month() -> None:
    rows = [bill("A", 9, 10_000, 7_000), bill("A", 9, 20_000, 9_000), bill("A", 9, 20_000, 9_000, refund=True)]
    assert watch(rows) == (Watched("A", "2016-09", 1, 10_000, 7_000, 10_000, None, 7_000),)
    nothing_left = [bill("A", 9, 10_000, 7_000), bill("A", 9, 10_000, 7_000, refund=True), bill("A", 10, 500, 0)]
    assert watch(nothing_left)[0] == Watched("A", "2016-09", 0, 0, 0, None, None, None)
    assert watch(nothing_left)[1].growth is None


def test_nothing_settled_is_covered_whole_and_has_no_lag() -> None:
    assert coverage([], []) == 10_000
    assert median_lag([], cross=True) is None


def test_the_median_of_an_even_number_lies_between() -> None:
    at = dt.datetime(2016, 10, 1)
    hours = [Reviewed("S", "H", True, True, at, at + dt.timedelta(hours=lag), "1", 0) for lag in (1, 2, 4, 9)]
    assert median_lag(hours, cross=True) == dt.timedelta(hours=3)
    assert median_lag(hours, cross=False) is None
    assert median_lag([hours[0]._replace(own=False)], cross=True) is None
