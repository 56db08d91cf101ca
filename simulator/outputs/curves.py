"""Charts of times: curves over seconds, percentiles, heat maps of latency, capacity.

Times are milliseconds and stand on a logarithmic axis, since their tails are what is looked for. Lines are told apart
by colour and by dash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from simulator.outputs.charts import ABOVE, BELOW, PALETTE, Rows, Spec, drawn, specified, tip

DASHES: tuple[tuple[int, int], ...] = ((1, 0), (7, 3), (2, 2), (10, 3), (4, 4), (1, 3), (12, 2))
"""The dashes of lines, in the order of the legend; the first is none."""

STATES: Mapping[str, tuple[str, str]] = {
    "held": (ABOVE, "circle"),
    "broken": (BELOW, "cross"),
    "void": ("#8a94a0", "square"),
}
"""Colour and shape of a step of a climb."""

_TIMES = (0.01, 0.1, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
_LEAST_MS = 0.01  # what is quicker stands here: a logarithm has no zero
_INK = "#1f2933"


def percentiles(rows: Rows, *, parts: Sequence[str], titles: Mapping[str, str]) -> Spec:
    """Return a line for each ``part`` of ``value`` (ms) over ``tail``, which is 1/(1-p): 2 is p50, 100 is p99.

    ``name`` is the percentile as it is shown.
    """
    most = max((row["tail"] for row in rows), default=100)
    ticks = [10**power for power in range(7) if 10**power <= most * 1.01]
    words = "datum.value == 1 ? 'p0' : 'p' + format((1 - 1 / datum.value) * 100, '.9~g')"
    x = alt.X(
        "tail:Q",
        title=titles["x"],
        scale=alt.Scale(type="log", domain=[1, max(most, 10)], nice=False),
        axis=alt.Axis(values=ticks, labelExpr=words, grid=True),
    )
    line = (
        drawn(rows)
        .mark_line(strokeWidth=2, interpolate="step-after")
        .encode(
            x=x,
            y=alt.Y("value:Q", title=titles["value"], scale=_log(), axis=_times()),
            color=_colour(parts),
            strokeDash=_dash(parts),
            tooltip=[tip("part", titles["part"]), tip("name", titles["x"]), tip("value", titles["value"])],
        )
    )
    return specified(line, height=300)


def seconds(rows: Rows, *, parts: Sequence[str], titles: Mapping[str, str]) -> Spec:
    """Return a line for each ``part`` of ``value`` over ``second``."""
    line = (
        drawn(rows)
        .mark_line(strokeWidth=1.6, interpolate="step-after")
        .encode(
            x=alt.X("second:Q", title=titles["x"], axis=alt.Axis(tickMinStep=1, tickCount=8), scale=_tight()),
            y=alt.Y("value:Q", title=titles["value"], scale=alt.Scale(domainMin=0), axis=alt.Axis(tickCount=5)),
            color=_colour(parts),
            strokeDash=_dash(parts),
            tooltip=[tip("second", titles["x"]), tip("part", titles["part"]), tip("value", titles["value"])],
        )
    )
    return specified(line, height=240 if len(parts) > 1 else 140)


def heat(rows: Rows, *, titles: Mapping[str, str]) -> Spec:
    """Return cells of ``value`` from ``second`` to ``until`` and from ``low`` to ``high`` (ms), dark where many."""
    cells = (
        drawn(rows)
        .mark_rect()
        .encode(
            x=alt.X("second:Q", title=titles["x"], axis=alt.Axis(tickMinStep=1, tickCount=8), scale=_tight()),
            x2="until:Q",
            y=alt.Y("low:Q", title=titles["y"], scale=_log(), axis=_times()),
            y2="high:Q",
            color=alt.Color(
                "value:Q",
                legend=None,
                scale=alt.Scale(type="symlog", range=["#d6e4ee", "#0b4f7d", "#1f1233"], domainMin=1, interpolate="rgb"),
            ),
            tooltip=[tip("second", titles["x"]), tip("span", titles["y"]), tip("value", titles["value"])],
        )
    )
    return specified(cells, height=260)


def climb(rows: Rows, *, titles: Mapping[str, str], held: float | None) -> Spec:
    """Return steps of a climb: ``rate``, ``value`` (p99 in ms), ``state`` and ``name`` of it; a rule at what held."""
    states = list(STATES)
    dots = (
        drawn(rows)
        .mark_point(filled=True, size=90, opacity=0.9)
        .encode(
            x=alt.X("rate:Q", title=titles["x"], axis=alt.Axis(tickCount=6), scale=alt.Scale(domainMin=0)),
            y=alt.Y("value:Q", title=titles["value"], scale=_log(), axis=_times()),
            color=alt.Color("state:N", legend=None, scale=_of(states, [STATES[each][0] for each in states])),
            shape=alt.Shape("state:N", legend=None, scale=_of(states, [STATES[each][1] for each in states])),
            tooltip=[tip("rate", titles["x"]), tip("value", titles["value"]), tip("name", titles["part"])],
        )
    )
    if held is None:
        return specified(dots, height=260)
    rule = alt.Chart().mark_rule(strokeDash=[5, 4], strokeWidth=2, color=_INK).encode(x=alt.datum(held))
    return specified(alt.layer(dots, rule), height=260)


def at_least(milliseconds: float) -> float:
    """Return a time for a logarithmic axis, in milliseconds to three figures."""
    return float(f"{max(milliseconds, _LEAST_MS):.3g}")


def _log() -> alt.Scale:
    return alt.Scale(type="log", nice=False)


def _times() -> alt.Axis:
    """Return an axis of times: milliseconds below one second, seconds from it on."""
    words = "datum.value >= 1000 ? format(datum.value / 1000, '~g') + ' s' : format(datum.value, '~g') + ' ms'"
    every = [each * step for each in _TIMES for step in (1, 2, 5)]
    return alt.Axis(values=every, labelExpr=words, labelOverlap="greedy", labelSeparation=6)


def _tight() -> alt.Scale:
    return alt.Scale(domainMin=0, nice=False)


def _of(names: Sequence[str], values: Sequence[Any]) -> alt.Scale:
    return alt.Scale(domain=list(names), range=list(values))


def _colour(parts: Sequence[str]) -> alt.Color:
    return alt.Color("part:N", legend=None, scale=_of(parts, PALETTE[: len(parts)]))


def _dash(parts: Sequence[str]) -> alt.StrokeDash:
    return alt.StrokeDash("part:N", legend=None, scale=_of(parts, [list(each) for each in DASHES[: len(parts)]]))
