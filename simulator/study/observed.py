"""What is seen of one replication: every figure that experiments speak of, exactly, as whole numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from simulator.study.frames import Frames

SHARE, FEN, STAYS, DAYS, MS = "share", "fen", "stays", "days", "ms"


class Kind(NamedTuple):
    """A kind of figure: its unit, and whether a part of which a replication says nothing counts as nought there."""

    unit: str
    absent_is_nought: bool = False


KINDS: Mapping[str, Kind] = {
    "rate": Kind(SHARE),
    "rate_by_city": Kind(SHARE),
    "rate_by_month": Kind(SHARE),
    "rate_cross_province": Kind(SHARE),
    "discharges": Kind(STAYS),
    "not_direct": Kind(STAYS),
    "not_yet_paid": Kind(STAYS),
    "reasons": Kind(STAYS, absent_is_nought=True),
    "advanced": Kind(FEN),
    "advanced_by_city": Kind(FEN, absent_is_nought=True),
    "advanced_waiting": Kind(FEN),
    "reimbursed": Kind(FEN),
    "wait_median": Kind(DAYS),
    "wait_p90": Kind(DAYS),
    "money": Kind(FEN),
    "cleared": Kind(FEN),
    "clearing_difference": Kind(FEN, absent_is_nought=True),
    "latency_p50": Kind(MS),
    "latency_p95": Kind(MS),
    "latency_p99": Kind(MS),
    "duties_kept": Kind(SHARE),
    "duty_kept": Kind(SHARE),
    "obligation": Kind(SHARE),
}
"""The kinds of figures, in the order in which they are told."""

_LEADING = {
    "rate",
    "rate_cross_province",
    "advanced",
    "advanced_waiting",
    "wait_median",
    "wait_p90",
    "money",
    "cleared",
}
_LEADING_PARTS = {("duties_kept", ""), ("latency_p95", "2304")}

SCHEMA: Mapping[str, pl.DataType] = {
    "run": pl.Int32(),
    "figure": pl.String(),
    "part": pl.String(),
    "value": pl.Int64(),
    "out_of": pl.Int64(),
}
"""The columns of the table ``replications``."""


def is_leading(figure: str, part: str) -> bool:
    """Tell whether a figure is one of those that matter most."""
    return figure in _LEADING or (figure, part) in _LEADING_PARTS


class Seen(NamedTuple):
    """One figure of one replication; a share is ``value`` of ``out_of``, for other units ``out_of`` is None.

    ``part`` is the city, month, reason, field, transaction, duty or row it is about, empty for all together.
    """

    run: int
    figure: str
    part: str
    value: int
    out_of: int | None = None

    @property
    def number(self) -> float:
        """Return it as one number."""
        return self.value if self.out_of is None else self.value / self.out_of


def observed(run: int, summary: Mapping[str, Any], frames: Frames) -> Sequence[Seen]:
    """Return every figure of a replication, from its summary and tables; a share of nothing is left out."""
    parts = (_rates(summary), _stays(summary, frames), _money(summary), _times(summary), _kept(summary, frames))
    told = (each for part in parts for each in part)
    return [Seen(run, *each) for each in told if each[3] != 0]


_Told = tuple[str, str, int, int | None]


def _rates(summary: Mapping[str, Any]) -> Iterator[_Told]:
    def rate(figure: str, part: str, row: Mapping[str, Any]) -> _Told:
        return figure, part, row["direct"], row["discharges"]

    yield rate("rate", "", summary["rate"])
    yield from (rate("rate_by_city", row["city"], row) for row in summary["by_city"])
    yield from (rate("rate_by_month", row["month"], row) for row in summary["by_month"])
    yield rate("rate_cross_province", "", summary["cross_province"]["rate"])


def _stays(summary: Mapping[str, Any], frames: Frames) -> Iterator[_Told]:
    advanced = summary["advanced"]
    yield "discharges", "", summary["rate"]["discharges"], None
    yield "not_direct", "", advanced["stays"], None
    yield "not_yet_paid", "", summary["rate"]["not_yet_paid"], None
    yield from (("reasons", row["reason"], row["stays"], None) for row in summary["reasons"])
    yield "advanced", "", advanced["bill"], None
    by_city = frames.stays.filter(~pl.col("direct")).group_by("insured_city").agg(pl.col("bill").sum())
    yield from (("advanced_by_city", str(city), int(bill), None) for city, bill in by_city.sort("insured_city").rows())
    yield "advanced_waiting", "", advanced["waiting_bill"], None
    yield "reimbursed", "", advanced["reimbursed"], None
    for figure, name in (("wait_median", "days_median"), ("wait_p90", "days_p90")):
        if advanced[name] is not None:
            yield figure, "", advanced[name], None


def _money(summary: Mapping[str, Any]) -> Iterator[_Told]:
    yield from (("money", name, fen, None) for name, fen in summary["money"].items())
    differences: dict[str, int] = {}
    cleared = 0
    for line in (line for sheet in summary["clearing"] for line in sheet["lines"]):
        cleared += line["collects"]
        differences[line["city"]] = differences.get(line["city"], 0) + line["difference"]
    yield "cleared", "", cleared, None
    yield from (("clearing_difference", city, fen, None) for city, fen in sorted(differences.items()))


def _times(summary: Mapping[str, Any]) -> Iterator[_Told]:
    for share in ("p50", "p95", "p99"):
        yield from ((f"latency_{share}", row["infno"], row[share], None) for row in summary["latency_ms"])


def _kept(summary: Mapping[str, Any], frames: Frames) -> Iterator[_Told]:
    """Yield what was kept of what was done or due: duties together and one by one, and the cases of each row."""
    judged = frames.scan("duties").filter(pl.col("kept").is_not_null())
    counted = judged.group_by("duty").agg(pl.col("kept").sum().cast(pl.Int64), all=pl.len().cast(pl.Int64))
    duties = [(str(duty), int(kept), int(every)) for duty, kept, every in counted.sort("duty").collect().rows()]
    yield "duties_kept", "", sum(kept for _, kept, _ in duties), sum(every for _, _, every in duties)
    yield from (("duty_kept", duty, kept, every) for duty, kept, every in duties)
    for row in summary["obligations"]:
        yield "obligation", row["row"], row["kept"], row["kept"] + row["broken"]
