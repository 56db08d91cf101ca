"""Months and their days."""

from __future__ import annotations

import datetime as dt

import pytest

from simulator.core.clearing.months import (
    compact,
    day_in,
    expanded,
    first_day,
    last_day,
    later,
    month_of,
    months_between,
)


def test_a_month_has_a_first_and_a_last_day() -> None:
    assert month_of(dt.date(2024, 2, 29)) == "2024-02"
    assert (first_day("2024-02"), last_day("2024-02")) == (dt.date(2024, 2, 1), dt.date(2024, 2, 29))
    assert last_day("2023-12") == dt.date(2023, 12, 31)


@pytest.mark.parametrize(
    ("month", "count", "found"),
    [("2023-12", 1, "2024-01"), ("2023-01", -1, "2022-12"), ("2023-05", 0, "2023-05"), ("2023-11", 26, "2026-01")],
)
def test_months_are_counted_over_the_end_of_a_year(month: str, count: int, found: str) -> None:
    assert later(month, count) == found
    assert months_between(month, found) == count


def test_a_day_past_the_end_of_a_month_is_its_last() -> None:
    assert day_in("2023-02", 31) == dt.date(2023, 2, 28)
    assert day_in("2024-02", 31) == dt.date(2024, 2, 29)
    assert day_in("2023-09", 20) == dt.date(2023, 9, 20)


def test_messages_write_months_without_a_dash() -> None:
    assert (compact("2023-09"), expanded("202309")) == ("202309", "2023-09")
