"""What several replications come to: each figure with its interval, each target with its probability and its days."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from simulator.study.intervals import LEVEL, Spread, spread, wilson
from simulator.study.obligations import BROKEN, KEPT, NOT_SEEN, OPEN, WARNED
from simulator.study.observed import KINDS, Seen
from simulator.study.reaching import EVERY, TOGETHER, Reached

QUANTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
PLACES = {"share": 6, "fen": 0, "stays": 2, "days": 2, "ms": 2}
"""Decimals of a mean by the unit of its figure; a mean of amounts is told to the fen."""

Numbers = Mapping[int, float]
"""A figure by replication."""


def experiment(
    seen: Sequence[Seen], reached: Sequence[Reached], summaries: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Return the part ``experiment`` of a summary, as its published schema wants it, over all replications."""
    return {
        "replications": len(summaries),
        "level": LEVEL,
        "figures": [
            {"figure": figure, "part": part, **told(spread(list(numbers.values())), KINDS[figure].unit)}
            for (figure, part), numbers in by_figure(seen, len(summaries)).items()
        ],
        "targets": chances(summaries[0], reached),
        "obligations": _obligations(summaries),
        "checks": _checks(summaries),
    }


def by_figure(seen: Iterable[Seen], replications: int) -> Mapping[tuple[str, str], Numbers]:
    """Return each figure and part with its number in each replication, in the order they are told.

    A replication that says nothing of a part counts as nought where that is what silence means, else it is left out.
    """
    found: dict[tuple[str, str], dict[int, float]] = {}
    for each in seen:
        found.setdefault((each.figure, each.part), {})[each.run] = each.number
    order = {figure: place for place, figure in enumerate(KINDS)}
    ordered = sorted(found, key=lambda name: (order[name[0]], name[1]))
    return {name: _filled(found[name], KINDS[name[0]].absent_is_nought, replications) for name in ordered}


def _filled(numbers: Numbers, absent_is_nought: bool, replications: int) -> Numbers:
    runs = range(replications)
    return {run: numbers.get(run, 0.0) for run in runs if absent_is_nought or run in numbers}


def told(found: Spread, unit: str) -> Mapping[str, Any]:
    """Return a mean and its interval as files have them, rounded to the decimals of the unit."""
    parts = {name: rounded(getattr(found, name), unit) for name in ("mean", "sd", "low", "high")}
    return {"unit": unit, "observations": found.number, **parts}


def rounded(number: float | None, unit: str) -> int | float | None:
    """Return a statistic with the decimals of its unit; whole fen for amounts."""
    places = PLACES[unit]
    return None if number is None else round(number, places) if places else round(number)


def chances(summary: Mapping[str, Any], reached: Sequence[Reached]) -> Sequence[Mapping[str, Any]]:
    """Return for each target and city how often it was met and by when, in the order of targets and network."""
    rows: dict[tuple[str, str], list[Reached]] = {}
    for each in reached:
        rows.setdefault((each.target, each.city), []).append(each)
    targets = {target["id"]: target for target in summary["targets"]}
    return [
        {
            "target": name,
            "scope": {TOGETHER: "together", EVERY: "every"}.get(city, "city"),
            "city": city if city not in {TOGETHER, EVERY} else None,
            "by": targets[name]["by"],
            "due": summary["window"]["to"] >= targets[name]["by"],
            **_chance(each, drawn=targets[name]["measure"] != "coverage"),
        }
        for (name, city), each in rows.items()
    ]


def _chance(rows: Sequence[Reached], *, drawn: bool) -> Mapping[str, Any]:
    """Return how many of the replications that could be counted met it, with Wilson's interval, and the days.

    What is not drawn by chance, such as the days on which areas connect, is the same in all and has no interval.
    """
    counted = [row for row in rows if row.met is not None]
    met = sum(bool(row.met) for row in counted)
    several = drawn and len(counted) > 1
    low, high = wilson(met, len(counted))
    return {
        "observations": len(counted),
        "met": met,
        "probability": round(met / len(counted), 6) if counted else None,
        "low": round(low, 6) if several else None,
        "high": round(high, 6) if several else None,
        "first_on": _quantiles([row.first_on for row in counted]),
        "since": _quantiles([row.since for row in counted]),
    }


def _quantiles(days: Sequence[dt.date | None]) -> Mapping[str, str | None]:
    """Return the days by which 10, 50 and 90 % of the replications had got there; null where fewer ever do."""
    ordered = sorted(day for day in days if day is not None)
    places = {name: max(math.ceil(share * len(days)), 1) - 1 for name, share in QUANTILES.items()}
    return {name: ordered[place].isoformat() if place < len(ordered) else None for name, place in places.items()}


def _obligations(summaries: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return for each row of the notice how many replications came to each verdict."""
    counted: dict[str, Counter[str]] = {}
    for summary in summaries:
        for row in summary["obligations"]:
            counted.setdefault(row["row"], Counter())[row["verdict"]] += 1
    verdicts = (KEPT, BROKEN, WARNED, OPEN, NOT_SEEN)
    return [{"row": row, **{verdict: found[verdict] for verdict in verdicts}} for row, found in counted.items()]


def _checks(summaries: Sequence[Mapping[str, Any]]) -> Mapping[str, int]:
    """Return what all replications together checked of themselves, and what they found."""
    checks = [summary["checks"] for summary in summaries]
    invariants = [each for check in checks for each in check["invariants"].values()]
    return {
        "checked": sum(each["checked"] for each in invariants),
        "broken": sum(each["broken"] for each in invariants),
        "messages_checked": sum(check["messages_checked"] for check in checks),
        "findings": sum(check["findings"] for check in checks),
    }
