"""The tables behind the report page: aggregated in polars from a result folder, in codes and fen, no language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from simulator.study.frames import Frames

WAIT_BINS = 12
"""Waits are counted in steps of ten days; the last step is open."""

_STEP_DAYS = 10
_REASONS_SHOWN = 6


class Cell(NamedTuple):
    """Discharges of a city and month, and how many of them were settled directly; no city: the province."""

    city: str
    month: str
    discharges: int
    direct: int


class Waits(NamedTuple):
    """Stays by wait: (bin, paid, still waiting), and the Kaplan-Meier median in days (None: not reached)."""

    bins: Sequence[tuple[int, int, int]]
    median: int | None


class Queue(NamedTuple):
    """What a tier of platforms received, and how long messages stood in its queue (milliseconds)."""

    tier: str
    hops: int
    waited: int
    mean: float
    p99: int
    most: int


class Figures(NamedTuple):
    """Everything the page shows that the summary does not hold."""

    months: Sequence[str]
    cells: Sequence[Cell]
    reasons_by_month: Mapping[tuple[str, str], int]
    top_reasons: Sequence[str]
    waits: Waits
    advanced_by_month: Mapping[tuple[str, bool], int]
    flow: Mapping[tuple[str, str], int]
    queues: Sequence[Queue]
    sides: tuple[int, int]


def figures(frames: Frames, start: dt.date, end: dt.date) -> Figures:
    """Aggregate the tables of a result folder for the page."""
    unsettled = frames.stays.filter(~pl.col("direct"))
    reasons = _reasons(unsettled)
    top = _largest(reasons)
    return Figures(
        months=months_between(start, end),
        cells=_cells(frames.stays),
        reasons_by_month=reasons,
        top_reasons=top,
        waits=_waits(unsettled, end),
        advanced_by_month=_advanced(unsettled),
        flow=_flow(frames),
        queues=_queues(frames),
        sides=_sides(frames),
    )


def months_between(start: dt.date, end: dt.date) -> Sequence[str]:
    """Return the months of a window, such as ``2016-05``."""
    first, last = start.year * 12 + start.month - 1, end.year * 12 + end.month - 1
    return [f"{number // 12}-{number % 12 + 1:02d}" for number in range(first, last + 1)]


def bin_days(number: int) -> tuple[int, int]:
    """Return the first and the last day of a step of waits."""
    return number * _STEP_DAYS, number * _STEP_DAYS + _STEP_DAYS - 1


def _cells(stays: pl.DataFrame) -> Sequence[Cell]:
    def counted(*keys: str) -> list[dict[str, Any]]:
        grouped = stays.group_by(keys).agg(pl.len().alias("all"), pl.col("direct").sum().alias("directly"))
        return grouped.sort(keys).to_dicts()

    cities = [
        Cell(row["insured_city"], row["month"], row["all"], row["directly"]) for row in counted("insured_city", "month")
    ]
    return [*cities, *(Cell("", row["month"], row["all"], row["directly"]) for row in counted("month"))]


def _reasons(unsettled: pl.DataFrame) -> Mapping[tuple[str, str], int]:
    counted = unsettled.group_by("month", "reason").agg(pl.len().alias("stays")).sort("month", "reason")
    return {(row["month"], row["reason"]): row["stays"] for row in counted.to_dicts()}


def _largest(reasons: Mapping[tuple[str, str], int]) -> Sequence[str]:
    sums: dict[str, int] = {}
    for (_, reason), stays in reasons.items():
        sums[reason] = sums.get(reason, 0) + stays
    return sorted(sums, key=lambda reason: (-sums[reason], reason))[:_REASONS_SHOWN]


def _waits(unsettled: pl.DataFrame, end: dt.date) -> Waits:
    closing = dt.datetime.combine(end + dt.timedelta(days=1), dt.time())
    days = unsettled.select(
        days=((pl.col("paid_at").fill_null(closing) - pl.col("discharged_at")).dt.total_seconds() // 86_400),
        paid=pl.col("paid"),
    )
    counted = days.group_by("days").agg(pl.col("paid").sum().alias("paid"), (~pl.col("paid")).sum().alias("waiting"))
    by_day = [(int(day), int(paid), int(waiting)) for day, paid, waiting in counted.sort("days").rows()]
    bins = [[number, 0, 0] for number in range(WAIT_BINS)]
    for day, paid, waiting in by_day:
        row = bins[min(day // _STEP_DAYS, WAIT_BINS - 1)]
        row[1] += paid
        row[2] += waiting
    return Waits([(number, paid, waiting) for number, paid, waiting in bins], _kaplan_meier_median(by_day))


def _kaplan_meier_median(by_day: Sequence[tuple[int, int, int]]) -> int | None:
    """Return the day by which half are paid, those still waiting counted for as long as they were seen."""
    at_risk = sum(paid + waiting for _, paid, waiting in by_day)
    left = 1.0
    for day, paid, waiting in by_day:
        left *= 1 - paid / at_risk
        if left <= 0.5:
            return day
        at_risk -= paid + waiting
    return None


def _advanced(unsettled: pl.DataFrame) -> Mapping[tuple[str, bool], int]:
    summed = unsettled.group_by("month", "paid").agg(pl.col("advanced").sum()).sort("month", "paid")
    return {(row["month"], row["paid"]): int(row["advanced"]) for row in summed.to_dicts()}


def _flow(frames: Frames) -> Mapping[tuple[str, str], int]:
    summed = (
        frames.scan("clearing")
        .group_by("treatment_city", "insured_city")
        .agg(pl.col("cleared").sum())
        .sort("treatment_city", "insured_city")
        .collect()
    )
    return {(treatment, insured): int(cleared) for treatment, insured, cleared in summed.rows()}


def _queues(frames: Frames) -> Sequence[Queue]:
    """Group hops by the tier that received them; hospitals have no queue of their own."""
    waits = pl.col("queue_ms")
    grouped = (
        frames.scan("events")
        .with_columns(tier=pl.col("leg").str.split("-").list.last())
        .filter(pl.col("tier") != "hospital")
        .group_by("tier")
        .agg(
            hops=pl.len(),
            waited=(waits > 0).sum(),
            total=waits.cast(pl.Int64).sum(),
            p99=waits.quantile(0.99, interpolation="higher").cast(pl.Int64),
            most=waits.max(),
        )
        .sort("tier")
        .collect()
    )
    return [
        Queue(row["tier"], row["hops"], row["waited"], row["total"] / row["hops"], row["p99"], row["most"])
        for row in grouped.to_dicts()
    ]


def _sides(frames: Frames) -> tuple[int, int]:
    """Return how many daily comparisons of a pair of cities agree, and how many do not."""
    table = frames.scan("reconciliation").select(level=pl.col("level").sum(), all=pl.len()).collect()
    level, compared = (int(value or 0) for value in table.row(0))
    return level, compared - level
