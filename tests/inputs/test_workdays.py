"""The working-day calendar as a value."""

from __future__ import annotations

import datetime as dt

import pytest

from simulator.inputs import work_calendar


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (dt.date(2016, 9, 15), False),  # Mid-Autumn, a Thursday
        (dt.date(2016, 9, 18), True),  # Sunday made up for it
        (dt.date(2016, 10, 3), False),  # National Day week
        (dt.date(2016, 10, 8), True),  # Saturday made up for it
        (dt.date(2016, 10, 15), False),  # a plain Saturday
        (dt.date(2016, 10, 17), True),
    ],
)
def test_holidays_and_make_up_workdays_of_2016(day: dt.date, works: bool) -> None:
    assert work_calendar().is_workday(day) is works


def test_the_published_years_are_whole_and_hold_the_window_of_the_notices() -> None:
    calendar = work_calendar()
    assert calendar.first == dt.date(2004, 1, 1)
    assert (calendar.last.month, calendar.last.day) == (12, 31)
    assert calendar.published(dt.date(2019, 12, 31))


def test_a_deadline_inside_the_published_years_is_firm_and_beyond_them_provisional() -> None:
    calendar = work_calendar()
    assert calendar.add_workdays(dt.date(2016, 9, 30), 1).day == dt.date(2016, 10, 8)
    assert not calendar.add_workdays(dt.date(2016, 9, 30), 1).provisional
    assert calendar.add_workdays(calendar.last, 1).provisional


def test_it_agrees_with_the_package_it_comes_from_on_every_day_of_2016_and_2017() -> None:
    from chinese_calendar import is_workday  # type: ignore[import-untyped]  # ships no types

    days = (dt.date(2016, 1, 1) + dt.timedelta(days=step) for step in range(731))
    assert [day for day in days if work_calendar().is_workday(day) != is_workday(day)] == []
