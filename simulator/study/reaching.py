"""When each city reached each target in one replication, and whether it had when its day came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from simulator.inputs.scenarios import Scenario, Target
from simulator.study.frames import Frames
from simulator.study.summary import holds

TOGETHER, EVERY = "", "every"
"""All cities taken together; every single city (as a verdict on the notice asks)."""

RATES = frozenset({"rate", "platform_rate"})

SCHEMA: Mapping[str, pl.DataType] = {
    "run": pl.Int32(),
    "target": pl.String(),
    "city": pl.String(),
    "met": pl.Boolean(),
    "first_on": pl.Date(),
    "since": pl.Date(),
}
"""The columns of the table ``targets``."""


class Reached(NamedTuple):
    """Whether a target was met by a city (or by all together, or by every one), None where nothing could be counted.

    ``first_on`` is the first day the measure stood at what is asked, counted from the start of the window; ``since``
    the day from which on it has stood there up to the end of the run. The first days count few stays, so that
    ``first_on`` may be a day of luck; ``since`` is the one to plan by.
    """

    run: int
    target: str
    city: str
    met: bool | None
    first_on: dt.date | None
    since: dt.date | None


class _Days(NamedTuple):
    met: bool | None
    first_on: dt.date | None = None
    since: dt.date | None = None


def reached(run: int, scenario: Scenario, summary: Mapping[str, Any], frames: Frames) -> Sequence[Reached]:
    """Return where each target stands after a replication, by city where it can be told by city."""
    told = {row["id"]: row for row in summary["targets"]}
    found: list[Reached] = []
    for target in scenario.targets:
        found += (Reached(run, target.id, who, *days) for who, days in _of(target, scenario, told[target.id], frames))
    return found


def _of(target: Target, scenario: Scenario, told: Mapping[str, Any], frames: Frames) -> Iterator[tuple[str, _Days]]:
    cities = scenario.network.registry.cities
    if target.measure in RATES:
        by_city = {city: _rate(target, frames.stays.filter(pl.col("insured_city") == city)) for city in cities}
        yield TOGETHER, _rate(target, frames.stays)
    elif target.measure == "coverage":
        by_city = {city: _coverage(target, scenario, city) for city in cities}
        yield TOGETHER, _coverage(target, scenario, None)
    else:
        day = told["reached_on"] and dt.date.fromisoformat(told["reached_on"])
        yield TOGETHER, _Days(bool(told["kept"]), day, day)  # one that was never reached is not met
        return
    yield EVERY, _every([days for days in by_city.values() if days.met is not None])
    yield from by_city.items()


def _every(cities: Sequence[_Days]) -> _Days:
    """Return when the last of the cities had reached it; a city without anything to count is not asked."""
    if not cities:
        return _Days(None)
    return _Days(
        all(each.met for each in cities),
        _last([each.first_on for each in cities]),
        _last([each.since for each in cities]),
    )


def _last(days: Sequence[dt.date | None]) -> dt.date | None:
    known = [day for day in days if day is not None]
    return max(known) if len(known) == len(days) else None


def _rate(target: Target, stays: pl.DataFrame) -> _Days:
    """Count discharges day by day from the start of the window (DESIGN 5): the rate as it stood each evening."""
    days = stays.group_by(day=pl.col("discharged_at").dt.date()).agg(
        direct=pl.col("direct").sum().cast(pl.Int64), every=pl.len().cast(pl.Int64)
    )
    counted: list[tuple[dt.date, tuple[int, int]]] = []
    direct = every = 0
    for day, one, all_of_day in days.sort("day").rows():
        direct, every = direct + one, every + all_of_day
        counted.append((day, (direct, every)))
    if not counted:
        return _Days(None)
    return _Days(holds((direct, every), target), *standing(counted, lambda parts: holds(parts, target)))


def _coverage(target: Target, scenario: Scenario, city: str | None) -> _Days:
    """Count the areas of a city, or all of them, connected on each day on which one connects."""
    areas = [area for area in scenario.network.registry.areas.values() if city in {None, area.city}]
    if not areas:
        return _Days(None)
    dates = sorted({max(area.connected_on, scenario.start) for area in areas if area.connected_on is not None})
    within = [day for day in dates if day <= scenario.end]

    def connected(day: dt.date) -> tuple[int, int]:
        return sum(area.connected_on is not None and area.connected_on <= day for area in areas), len(areas)

    met = holds(connected(min(target.by, scenario.end)), target)
    return _Days(met, *standing([(day, connected(day)) for day in within], lambda parts: holds(parts, target)))


def standing(
    counted: Sequence[tuple[dt.date, tuple[int, int]]], good: Callable[[tuple[int, int]], bool]
) -> tuple[dt.date | None, dt.date | None]:
    """Return the first day on which a measure was good, and the day since which it has been good to the end."""
    first = since = None
    for day, parts in counted:
        if good(parts):
            first, since = first or day, since or day
        else:
            since = None
    return first, since
