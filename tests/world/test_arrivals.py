"""Admissions: as many as the scenario says, on the days and at the hours it says."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest

from simulator.inputs.streams import Streams
from simulator.world.arrivals import Arrivals
from simulator.world.clock import DAY_MS, HOUR_MS

CITY = "320300"


@pytest.fixture(scope="module")
def arrivals(scenario: Any) -> Arrivals:
    return Arrivals(scenario, Streams(1), 0.1)


def number(of_day: dt.date, scenario: Any) -> int:
    return (of_day - scenario.start).days


def test_the_moments_of_a_day_lie_in_it_in_order(arrivals: Arrivals) -> None:
    for day in (0, 1, 100, 221):
        moments = arrivals.of_day(CITY, day)
        assert moments == sorted(moments)
        assert all(day * DAY_MS <= moment < (day + 1) * DAY_MS for moment in moments)
        assert moments


def test_a_day_is_the_same_whenever_and_in_whatever_order_it_is_asked_for(scenario: Any) -> None:
    one, other = (Arrivals(scenario, Streams(1), 0.1) for _ in range(2))
    forward = [one.of_day(CITY, day) for day in range(5)]
    backward = [other.of_day(CITY, day) for day in reversed(range(5))]
    assert forward == backward[::-1]
    assert one.of_day(CITY, 3) == forward[3]
    assert Arrivals(scenario, Streams(2), 0.1).of_day(CITY, 3) != forward[3]


def test_cities_have_their_own_moments(arrivals: Arrivals) -> None:
    assert set(arrivals.of_day("320100", 10)).isdisjoint(arrivals.of_day("320200", 10))


def test_stays_of_the_window_are_as_many_as_the_year_has_in_those_months(arrivals: Arrivals, scenario: Any) -> None:
    count = sum(len(arrivals.of_day(city, day)) for city in scenario.network.registry.cities for day in range(222))
    months = scenario.numbers("demand.month_factor")
    mean = sum(months) / 12
    ordinary = sum(months[(scenario.start + dt.timedelta(days=day)).month - 1] / mean for day in range(222))
    plain = scenario.number("demand.stays_per_year") * 0.1 / 365 * ordinary
    # Holidays take a little away, working Saturdays give a little back.
    assert 0.95 * plain < count < 1.01 * plain


def test_cities_share_by_their_insured(arrivals: Arrivals, scenario: Any) -> None:
    insured = scenario.network.insured
    counts = {city: sum(len(arrivals.of_day(city, day)) for day in range(60)) for city in insured}
    for city, people in insured.items():
        share = people / sum(insured.values())
        assert counts[city] / sum(counts.values()) == pytest.approx(share, rel=0.1)


@pytest.mark.parametrize(
    ("day", "like"),
    [
        (dt.date(2016, 10, 15), "demand.weekday_factor"),  # a Saturday
        (dt.date(2016, 10, 3), "demand.holiday_factor"),  # National Day week
    ],
)
def test_fewer_come_at_weekends_and_on_holidays(arrivals: Arrivals, scenario: Any, day: dt.date, like: str) -> None:
    def count(when: dt.date) -> int:
        return sum(len(arrivals.of_day(city, number(when, scenario))) for city in scenario.network.registry.cities)

    plain = count(dt.date(2016, 10, 12))
    factor = scenario.numbers(like)[day.weekday()] if "weekday" in like else scenario.number(like)
    assert abs(count(day) - factor * plain) < 5 * math.sqrt(plain)


def test_a_working_saturday_counts_as_a_working_day(arrivals: Arrivals, scenario: Any) -> None:
    cities = scenario.network.registry.cities
    made_up, plain = (
        sum(len(arrivals.of_day(city, number(day, scenario))) for city in cities)
        for day in (dt.date(2016, 10, 8), dt.date(2016, 10, 12))
    )
    assert abs(made_up - plain) < 5 * math.sqrt(plain)


def test_the_hours_have_the_weights_of_the_scenario(arrivals: Arrivals, scenario: Any) -> None:
    weights = scenario.numbers("demand.hour_weights")
    counts = [0] * 24
    for city in scenario.network.registry.cities:
        for day in range(30):
            for moment in arrivals.of_day(city, day):
                counts[moment % DAY_MS // HOUR_MS] += 1
    for hour, count in enumerate(counts):
        want = sum(counts) * weights[hour] / sum(weights)
        assert abs(count - want) < 5 * math.sqrt(want) + 1
