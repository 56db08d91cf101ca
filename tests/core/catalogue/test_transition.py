"""The curve of unmapped items never rises and ends at the end of 2016; openings need approval from the notice on."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.catalogue.transition import (
    LEFT,
    OVER_PLAN,
    ROSE,
    Point,
    approval_needed,
    deviations,
    mapping_required,
    unmapped_curve_ok,
)
from simulator.inputs.packs import load_pack

D = dt.date
CITY, JULY = "320300", D(2016, 7, 25)


def curve(*unmapped: int, first: dt.date = JULY) -> list[Point]:
    """One report a month, of 200 items each."""
    months = [(first.month - 1 + number) for number in range(len(unmapped))]
    days = [D(first.year + month // 12, month % 12 + 1, first.day) for month in months]
    return [Point(day, count, 200) for day, count in zip(days, unmapped, strict=True)]


@pytest.fixture(scope="module")
def pack() -> Any:
    return load_pack("jiangsu-2016")


def test_a_curve_that_falls_or_stays_and_is_nothing_in_2017_is_good(pack: Any) -> None:
    good = curve(120, 100, 80, 60, 40, 20, 0)  # July 2016 to January 2017
    assert deviations(good, pack, CITY) == []
    assert unmapped_curve_ok(good, pack, CITY)
    assert unmapped_curve_ok(curve(10, 10, 10, 3, 3, 3, 0, 0), pack, CITY)
    assert unmapped_curve_ok([], pack, CITY)


def test_a_curve_that_rises_is_not(pack: Any) -> None:
    found = deviations(curve(10, 9, 11, 11), pack, CITY)
    assert [(each.day, each.what, each.unmapped, each.allowed) for each in found] == [(D(2016, 9, 25), ROSE, 11, 9)]
    assert not unmapped_curve_ok(curve(10, 9, 11, 11), pack, CITY)


def test_what_is_left_after_the_date_is_a_breach(pack: Any) -> None:
    points = curve(5, 5, 1, first=D(2016, 11, 30))[:1] + curve(1, 1, first=D(2016, 12, 31))
    assert [(each.day, each.what) for each in deviations(points, pack, CITY)] == [
        (D(2017, 1, 31), LEFT),
        (D(2017, 1, 31), OVER_PLAN),
    ]
    assert not unmapped_curve_ok(points, pack, CITY)


def test_more_than_planned_is_said_but_breaks_no_rule(pack: Any) -> None:
    points = curve(121, 101)  # of 200: 60 % planned in July, 50 % in August
    assert [(each.what, each.allowed) for each in deviations(points, pack, CITY)] == [
        (OVER_PLAN, 120),
        (OVER_PLAN, 100),
    ]
    assert unmapped_curve_ok(points, pack, CITY)


def test_mapping_is_required_from_the_first_day_of_2017_on(pack: Any) -> None:
    days = (D(2016, 12, 31), D(2017, 1, 1), D(2017, 12, 31))
    assert [mapping_required(pack, day, CITY) for day in days] == [False, True, True]


def test_what_was_opened_before_the_notice_needs_no_approval(pack: Any) -> None:
    opened = (D(2009, 3, 1), D(2016, 5, 23), D(2016, 5, 24), D(2016, 9, 1))
    assert [approval_needed(pack, day, D(2016, 10, 10), CITY) for day in opened] == [False, False, True, True]


def test_a_pack_that_says_nothing_demands_nothing(make_pack: Any) -> None:
    silent = make_pack()
    assert not mapping_required(silent, D(2016, 10, 10), CITY)
    assert not approval_needed(silent, D(2016, 10, 10), D(2016, 10, 10), CITY)
    assert [each.what for each in deviations(curve(1, 2), silent, CITY)] == [ROSE]
