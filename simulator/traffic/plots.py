"""The charts of the load report in one language, from ``load.json``: few rows however long the run was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.outputs import curves
from simulator.outputs.charts import PALETTE, Spec
from simulator.outputs.curves import DASHES, at_least
from simulator.outputs.texts import Say
from simulator.traffic.figures import band_us
from simulator.traffic.limits import Figures, seconds_of

_MOST_LINES = 6  # transactions with a curve of their own: the most frequent
_POINTS = 300  # of a time line
_COLUMNS = 100  # of a heat map
_OUTCOMES = ("ok", "refused", "malformed", "unknown", "unsent")


def plots(say: Say, made: Figures) -> dict[str, Spec]:
    """Return the charts by name; one that would be empty is left out."""
    charts: dict[str, Spec] = {}
    parts = lines_of(say, made)
    if parts and made["overall"]["latency"]["count"]:
        charts["curve"] = _curve(say, made)
    if len(made["line"]) > 1:
        charts["line"] = _line(say, made["line"])
        charts["flight"] = _flight(say, made["line"])
    if any(row["bands"] for row in made["line"]):
        charts["heat"] = _heat(say, made["line"])
    if made["capacity"] and made["capacity"]["steps"]:
        charts["climb"] = _climb(say, made["capacity"])
    return charts


def lines_of(say: Say, made: Figures) -> Sequence[tuple[str, str, str]]:
    """Return name, colour and dash (as SVG has it) of each line of the percentile plot."""
    chosen = [say("lat.all"), *(_named(say, row["infno"]) for row in _frequent(made))]
    return [
        (name, PALETTE[place], " ".join(map(str, DASHES[place])) if place else "") for place, name in enumerate(chosen)
    ]


def flows_of(say: Say) -> Sequence[tuple[str, str, str]]:
    """Return name, colour and dash of each line of the time line."""
    names = [say(f"line.{each}") for each in ("offered", "started", "completed")]
    return [
        (name, PALETTE[place], " ".join(map(str, DASHES[place])) if place else "") for place, name in enumerate(names)
    ]


def _named(say: Say, infno: str) -> str:
    return f"{infno} {say.name('transaction', infno)}"


def _frequent(made: Figures) -> list[Any]:
    answered = [row for row in made["by_infno"] if row["latency"]["count"]]
    most = sorted(answered, key=lambda row: (-row["latency"]["count"], row["infno"]))[:_MOST_LINES]
    return sorted(most, key=lambda row: str(row["infno"]))


def _curve(say: Say, made: Figures) -> Spec:
    parts = [name for name, _, _ in lines_of(say, made)]
    all_times = [made["overall"]["latency"], *(row["latency"] for row in _frequent(made))]
    rows = [
        {
            "part": part,
            "tail": round(100 / (100 - percent), 6),
            "value": at_least(value / 1000),
            "name": f"p{percent:.9g}",
        }
        for part, times in zip(parts, all_times, strict=True)
        for percent, value in times["curve"]
    ]
    titles = {"x": say("lat.axis_tail"), "value": say("lat.axis_time"), "part": say("lat.transaction")}
    return curves.percentiles(rows, parts=parts, titles=titles)


def _line(say: Say, line: Sequence[Figures]) -> Spec:
    parts = [name for name, _, _ in flows_of(say)]
    rows = [
        {"second": begin, "part": part, "value": round(value, 2)}
        for begin, seconds in _together(line, _POINTS)
        for part, value in zip(parts, _flows(seconds), strict=True)
    ]
    titles = {"x": say("lat.axis_second"), "value": say("line.requests"), "part": say("line.part")}
    return curves.seconds(rows, parts=parts, titles=titles)


def _flows(seconds: Sequence[Figures]) -> tuple[float, float, float]:
    """Return requests due, sent and completed a second."""
    ended = sum(row[outcome] for row in seconds for outcome in _OUTCOMES)
    offered, started = (sum(row[name] for row in seconds) for name in ("offered", "started"))
    return offered / len(seconds), started / len(seconds), ended / len(seconds)


def _flight(say: Say, line: Sequence[Figures]) -> Spec:
    part = say("line.in_flight")
    rows = [
        {"second": begin, "part": part, "value": max(row["in_flight"] for row in seconds)}
        for begin, seconds in _together(line, _POINTS)
    ]
    return curves.seconds(rows, parts=[part], titles={"x": say("lat.axis_second"), "value": part, "part": part})


def _heat(say: Say, line: Sequence[Figures]) -> Spec:
    rows = []
    for begin, seconds in _together(line, _COLUMNS):
        counts: dict[int, int] = {}
        for band, count in (pair for row in seconds for pair in row["bands"]):
            counts[band] = counts.get(band, 0) + count
        rows += [_cell(begin, len(seconds), band, count) for band, count in sorted(counts.items())]
    titles = {"x": say("lat.axis_second"), "y": say("lat.axis_time"), "value": say("lat.answers")}
    return curves.heat(rows, titles=titles)


def _cell(begin: int, width: int, band: int, count: int) -> Mapping[str, Any]:
    low, high = band_us(band)
    return {
        "second": begin,
        "until": begin + width,
        "low": at_least(low / 1000),
        "high": at_least(high / 1000),
        "span": f"{seconds_of(low)} – {seconds_of(high)}",
        "value": count,
    }


def _climb(say: Say, capacity: Figures) -> Spec:
    rows = [
        {
            "rate": step["rate"],
            "value": at_least(step["p99"] / 1000),
            "state": step["state"],
            "name": say(f"climb.{step['state']}"),
        }
        for step in capacity["steps"]
    ]
    titles = {"x": say("climb.rate"), "value": "p99", "part": say("climb.state")}
    return curves.climb(rows, titles=titles, held=capacity["held"])


def _together(line: Sequence[Figures], most: int) -> Iterator[tuple[int, Sequence[Figures]]]:
    """Yield seconds of the line in at most so many groups, each with its first second."""
    width = -(-len(line) // most)
    for begin in range(0, len(line), width):
        yield begin, line[begin : begin + width]
