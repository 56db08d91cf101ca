"""How institutions come in over a run: open by month and, on the days of the targets, by area; what holds them back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from simulator.inputs.institutions import COVERAGES, Counted, covered
from simulator.inputs.scenarios import Scenario
from simulator.study.frames import Frames

_DAY = dt.timedelta(days=1)
_PAST_A_MONTH = 32 * _DAY


def openings(scenario: Scenario, measure: str, day: dt.date) -> Mapping[str, Counted]:
    """Return, by pooling area, how many of its designated institutions are open on a day, by a measure of targets."""
    network = scenario.network
    return {area: covered(network.institutions_of(area), measure, day) for area in network.registry.areas}


def onboarding(scenario: Scenario, frames: Frames) -> Mapping[str, Any]:
    """Return how the institutions of a scenario, as it was lived, came in, as the summary has it."""
    rows = frames.scan("institutions").collect()
    left = rows.filter(pl.col("reason") != "").group_by("area", "reason").agg(pl.len().alias("institutions"))
    return {
        "curve": curve(scenario),
        "targets": [
            {
                "target": target.id,
                "day": min(target.by, scenario.end).isoformat(),
                "areas": [
                    {"area": area, **counted._asdict()}
                    for area, counted in openings(scenario, target.measure, min(target.by, scenario.end)).items()
                ],
            }
            for target in scenario.targets
            if target.measure in COVERAGES
        ],
        "tests": {"made": int(rows["tests"].sum()), "failed": int(rows["failed"].sum())},
        "left": left.sort("area", "reason").to_dicts(),
    }


def curve(scenario: Scenario) -> Sequence[Mapping[str, Any]]:
    """Return how many institutions were open by each measure at the end of each month."""
    every = list(scenario.network.institutions.values())
    return [
        {"day": end.isoformat(), **{name: covered(every, name, end)._asdict() for name in COVERAGES}}
        for end in month_ends(scenario)
    ]


def month_ends(scenario: Scenario) -> Sequence[dt.date]:
    """Return the last day of each month of a scenario, the last one being that of the scenario."""
    ends, on = [], scenario.start
    while on <= scenario.end:
        on = (on.replace(day=1) + _PAST_A_MONTH).replace(day=1)
        ends.append(min(on - _DAY, scenario.end))
    return ends
