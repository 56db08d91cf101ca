"""Working days around National Day 2016: holiday 1-7 October, make-up workdays on Saturday 8 and Sunday 9."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.values.calendar import WorkCalendar

D = dt.date
AUTUMN = WorkCalendar(
    D(2016, 1, 1),
    D(2016, 12, 31),
    frozenset(D(2016, 10, day) for day in range(1, 8)),
    frozenset({D(2016, 10, 8), D(2016, 10, 9)}),
)


def test_holidays_are_not_workdays_and_makeup_weekends_are() -> None:
    assert not any(AUTUMN.is_workday(D(2016, 10, day)) for day in range(1, 8))
    assert AUTUMN.is_workday(D(2016, 10, 8))
    assert AUTUMN.is_workday(D(2016, 10, 9))
    assert not AUTUMN.is_workday(D(2016, 10, 15))
    assert AUTUMN.is_workday(D(2016, 10, 14))


def test_a_plain_weekend_is_no_holiday() -> None:
    assert AUTUMN.is_holiday(D(2016, 10, 3))
    assert not AUTUMN.is_holiday(D(2016, 10, 15))


@pytest.mark.parametrize(
    ("trigger", "count", "due"),
    [
        (D(2016, 9, 30), 0, D(2016, 9, 30)),
        (D(2016, 9, 30), 1, D(2016, 10, 8)),
        (D(2016, 9, 30), 2, D(2016, 10, 9)),
        (D(2016, 9, 30), 3, D(2016, 10, 10)),
        (D(2016, 10, 3), 1, D(2016, 10, 8)),
        (D(2016, 10, 14), 1, D(2016, 10, 17)),
    ],
)
def test_the_count_starts_on_the_day_after_the_trigger(trigger: dt.date, count: int, due: dt.date) -> None:
    assert AUTUMN.add_workdays(trigger, count) == (due, False)


def test_a_deadline_beyond_the_published_years_is_provisional() -> None:
    assert AUTUMN.add_workdays(D(2016, 12, 30), 1) == (D(2017, 1, 2), True)
    assert AUTUMN.add_workdays(D(2015, 12, 31), 1) == (D(2016, 1, 1), True)
    assert not AUTUMN.published(D(2017, 1, 1))


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        AUTUMN.add_workdays(D(2016, 10, 1), -1)


def test_workdays_between_counts_the_last_day_and_not_the_first() -> None:
    assert AUTUMN.workdays_between(D(2016, 9, 30), D(2016, 10, 10)) == 3
    assert AUTUMN.workdays_between(D(2016, 10, 10), D(2016, 10, 10)) == 0
    assert AUTUMN.workdays_between(D(2016, 10, 10), D(2016, 10, 1)) == 0


@given(st.dates(D(2016, 9, 1), D(2016, 11, 30)), st.integers(0, 30))
def test_adding_and_counting_agree(trigger: dt.date, count: int) -> None:
    assert AUTUMN.workdays_between(trigger, AUTUMN.add_workdays(trigger, count).day) == count
