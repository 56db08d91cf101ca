"""Charts: small Vega-Lite specifications made with Altair from tables that are aggregated already.

Every kind takes rows with the members it names and titles in the language of the reader. Width is that of the column
the chart stands in; colours tell apart for colour-blind readers and never carry a meaning alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

Rows = Sequence[Mapping[str, Any]]
Spec = Mapping[str, Any]

PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc6677", "#56b4e9", "#aa4499", "#999999")
"""Fills for parts of a whole, in the order of the legend (after Okabe and Ito, and Tol)."""

PAID, WAITING = "#0072b2", "#e69f00"
ABOVE, BELOW = "#2a6f97", "#c8641e"

_NEUTRAL = "#f6f3ec"
_INK, _QUIET, _LINE = "#1f2933", "#52606d", "#d9dee3"
_FONT = "'Noto Sans CJK SC','Noto Sans SC','PingFang SC','Microsoft YaHei','Segoe UI',system-ui,sans-serif"
_ROW = 24

CONFIG: Mapping[str, Any] = {
    "font": _FONT,
    "background": None,
    "view": {"stroke": None},
    "axis": {
        "labelColor": _QUIET,
        "titleColor": _QUIET,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": _LINE,
        "domainColor": _LINE,
        "tickColor": _LINE,
        "labelLimit": 160,
    },
}
"""What all charts share; given to the chart library once."""


def grid(
    rows: Rows, *, xs: Sequence[str], ys: Sequence[str], titles: Mapping[str, str], middle: float | None = None
) -> Spec:
    """Return a heat map of ``x``, ``y``, ``value``, ``label`` and ``strong`` (white text), titled x, y and value.

    With a ``middle`` (a share) the colours part there; without one they go from light to dark. Labels go where cells
    are too narrow for them.
    """
    base = drawn(rows).encode(
        x=alt.X("x:N", sort=list(xs), title=titles["x"], axis=alt.Axis(orient="top", labelAngle=-45, domain=False)),
        y=alt.Y("y:N", sort=list(ys), title=None, axis=alt.Axis(domain=False, ticks=False)),
        tooltip=[tip("y", titles["y"]), tip("x", titles["x"]), tip("tip", titles["value"])],
    )
    scale = (
        alt.Scale(range=["#eef3f7", "#0b4f7d"], domainMin=0, interpolate="rgb")
        if middle is None
        else alt.Scale(
            range=[BELOW, _NEUTRAL, ABOVE], domain=[middle - 0.35, middle, middle + 0.35], clamp=True, interpolate="rgb"
        )
    )
    cells = base.mark_rect(stroke="white", strokeWidth=1).encode(
        color=alt.Color("value:Q", scale=scale, legend=None),
    )
    narrow = f"width < {len(xs) * 30} ? 0 : width < {len(xs) * 44} ? 9 : 11"
    labels = base.mark_text(fontSize=alt.ExprRef(narrow)).encode(
        text="label:N",
        color=alt.condition("datum.strong", alt.value("white"), alt.value(_INK)),
    )
    return specified(cells + labels, height=len(ys) * _ROW)


def ruled_bars(rows: Rows, *, titles: Mapping[str, str], rule: float | None) -> Spec:
    """Return bars of shares in the order given, with a rule to reach, and with their interval where they have one.

    Members: ``name``, ``value``, ``label`` and ``above`` (on or above the rule); with an interval ``low``, ``high`` and
    ``range`` besides, in all rows or in none.
    """
    ranged = all("range" in row for row in rows)
    y = _named(rows)
    x_axis = alt.Axis(format="%", tickCount=5, title=titles["value"])
    bars = (
        drawn(rows)
        .mark_bar(height=14)
        .encode(
            x=alt.X("value:Q", axis=x_axis, scale=alt.Scale(domainMin=0, domainMax=1)),
            y=y,
            color=alt.condition("datum.above", alt.value(ABOVE), alt.value(BELOW)),
            tooltip=[
                tip("name", titles["name"]),
                tip("label", titles["value"]),
                *([tip("range", titles["range"])] if ranged else []),
            ],
        )
    )
    spans = drawn(rows).mark_rule(strokeWidth=1.5, color=_INK).encode(x="low:Q", x2="high:Q", y=y)
    words = drawn(rows).mark_text(align="right", fontSize=12, color=_INK).encode(x=alt.datum(1.0), y=y, text="label:N")
    layers = [bars, *([spans] if ranged else []), words]
    if rule is not None:
        layers.append(alt.Chart().mark_rule(strokeDash=[5, 4], strokeWidth=2, color=_INK).encode(x=alt.datum(rule)))
    return specified(alt.layer(*layers), height=len(rows) * _ROW)


def bars(rows: Rows, *, titles: Mapping[str, str], signed: bool = False) -> Spec:
    """Return horizontal bars of ``name``, ``value`` and ``label`` in the order given; ``signed`` ones go both ways."""
    y = _named(rows)
    color = alt.condition("datum.value < 0", alt.value(BELOW), alt.value(ABOVE)) if signed else alt.value(ABOVE)
    tips = [tip("name", titles["name"]), tip("label", titles["value"])]
    x = alt.X(
        "value:Q", title=titles["value"], axis=alt.Axis(tickCount=5), scale=_padded(rows, 0.34 if signed else 0.24)
    )
    base = drawn(rows).encode(y=y, x=x, tooltip=tips)
    shapes = base.mark_bar(height=14).encode(color=color)
    right = base.transform_filter("datum.value >= 0").mark_text(align="left", dx=5, color=_INK).encode(text="label:N")
    left = base.transform_filter("datum.value < 0").mark_text(align="right", dx=-5, color=_INK).encode(text="label:N")
    return specified(alt.layer(shapes, right, *([left] if signed else [])), height=len(rows) * _ROW)


def stacked(
    rows: Rows, *, xs: Sequence[str], parts: Sequence[str], colors: Sequence[str], titles: Mapping[str, str]
) -> Spec:
    """Return upright bars of ``x``, ``part``, ``order`` and ``value``, stacked in the order of the parts."""
    chart = (
        drawn(rows)
        .mark_bar(stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X(
                "x:N",
                sort=list(xs),
                title=titles["x"],
                axis=alt.Axis(labelAngle=-45 if max(map(len, xs)) > 5 else 0, labelOverlap="greedy", labelSeparation=4),
            ),
            y=alt.Y("value:Q", title=titles["value"], axis=alt.Axis(tickCount=5)),
            color=alt.Color("part:N", scale=alt.Scale(domain=list(parts), range=list(colors)), legend=None),
            order=alt.Order("order:Q"),
            tooltip=[tip("x", titles["x"]), tip("part", titles["part"]), tip("label", titles["value"])],
        )
    )
    return specified(chart, height=260)


def steps(rows: Rows, *, titles: Mapping[str, str], level: int, day: str | None) -> Spec:
    """Return a step line of ``day`` (ISO) and ``value`` up to a ``level``, with one ``day`` marked."""
    x = alt.X("day:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(format="%Y-%m", tickCount=5))
    y = alt.Y("value:Q", title=titles["value"], scale=alt.Scale(domain=[0, level]), axis=alt.Axis(tickCount=6))
    tips = [tip("day", titles["x"]), tip("value", titles["value"])]
    line = drawn(rows).mark_line(interpolate="step-after", strokeWidth=2.5, color=ABOVE).encode(x=x, y=y)
    dots = drawn(rows).mark_point(filled=True, size=28, color=ABOVE).encode(x=x, y=y, tooltip=tips)
    whole = alt.Chart().mark_rule(strokeDash=[5, 4], color=_INK).encode(y=alt.datum(level))
    layers = [line, dots, whole]
    if day is not None:
        marked = drawn([{"mark": day}])
        mark_x = alt.X("mark:T", scale=alt.Scale(type="utc"))
        layers.append(marked.mark_rule(strokeDash=[2, 3], strokeWidth=2, color=BELOW).encode(x=mark_x))
        text = marked.mark_text(align="right", dx=-6, dy=-10, color=BELOW, fontSize=12, text=day)
        layers.append(text.encode(x=mark_x, y=alt.datum(0, type="quantitative")))
    return specified(alt.layer(*layers), height=240)


def ranges(rows: Rows, *, titles: Mapping[str, str]) -> Spec:
    """Return three marks a row on one line: ``name`` with ``p50``, ``p95`` and ``p99``."""
    y = _named(rows)
    base = drawn(rows)
    tips = [tip("name", titles["name"]), *(tip(each, each) for each in ("p50", "p95", "p99"))]
    lines = base.mark_rule(color="#9aa5b1", strokeWidth=2).encode(x="p50:Q", x2="p99:Q", y=y)
    marks = [
        base.mark_point(filled=True, size=70, shape=shape, color=color, opacity=1).encode(
            x=alt.X(f"{field}:Q", title=titles["value"], scale=alt.Scale(domainMin=0), axis=alt.Axis(tickCount=5)),
            y=y,
            tooltip=tips,
        )
        for field, shape, color in (
            ("p50", "circle", ABOVE),
            ("p95", "square", PALETTE[1]),
            ("p99", "triangle-up", BELOW),
        )
    ]
    return specified(alt.layer(lines, *marks), height=len(rows) * _ROW)


def whiskers(rows: Rows, *, titles: Mapping[str, str], share: bool, rule: float | None = None) -> Spec:
    """Return a point a row on its interval: ``name``, ``value``, ``low``, ``high``, ``label``, ``range``.

    With ``share`` the axis is that of a probability; a ``rule`` is what intervals are seen against, such as nought.
    """
    y = _named(rows)
    scale = alt.Scale(domain=[0, 1]) if share else alt.Undefined
    x = alt.X("value:Q", title=titles["value"], axis=alt.Axis(format="%", tickCount=5), scale=scale)
    tips = [tip("name", titles["name"]), tip("label", titles["value"]), tip("range", titles["range"])]
    spans = drawn(rows).mark_rule(strokeWidth=2.5, color="#9aa5b1").encode(x=x.copy(), x2="high:Q", y=y)
    spans.encoding.x.shorthand = "low:Q"
    points = drawn(rows).mark_point(filled=True, size=80, color=ABOVE, opacity=1).encode(x=x, y=y, tooltip=tips)
    layers = [spans, points]
    if rule is not None:
        layers.append(alt.Chart().mark_rule(strokeDash=[5, 4], strokeWidth=2, color=_INK).encode(x=alt.datum(rule)))
    return specified(alt.layer(*layers), height=max(len(rows), 2) * _ROW)


def pairs(rows: Rows, *, titles: Mapping[str, str]) -> Spec:
    """Return two points a row on a line from 0 to 1: ``name``, ``a`` (circle), ``b`` (square), ``label``."""
    y = _named(rows)
    x = alt.X("a:Q", title=titles["value"], axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1]))
    tips = [tip("name", titles["name"]), tip("label", titles["value"])]
    base = drawn(rows)
    lines = base.mark_rule(strokeWidth=2, color="#9aa5b1").encode(x=x, x2="b:Q", y=y)
    circles = base.mark_point(size=80, shape="circle", color=ABOVE, strokeWidth=2).encode(x="a:Q", y=y, tooltip=tips)
    squares = base.mark_point(filled=True, size=70, shape="square", color=BELOW, opacity=1)
    return specified(alt.layer(lines, squares.encode(x="b:Q", y=y, tooltip=tips), circles), height=len(rows) * _ROW)


def band(rows: Rows, *, titles: Mapping[str, str], rule: float | None) -> Spec:
    """Return a line of shares over ``x`` with a band: ``value``, ``low``, ``high``, ``label``, ``range``."""
    xs = [row["x"] for row in rows]
    x = alt.X("x:N", sort=xs, title=titles["x"], axis=alt.Axis(labelAngle=-45, labelOverlap="greedy"))
    scale = alt.Scale(domainMin=0, domainMax=1)
    y = alt.Y("low:Q", title=titles["value"], axis=alt.Axis(format="%", tickCount=5), scale=scale)
    tips = [tip("x", titles["x"]), tip("label", titles["value"]), tip("range", titles["range"])]
    area = drawn(rows).mark_area(color=PALETTE[4], opacity=0.45).encode(x=x, y=y, y2="high:Q")
    line = drawn(rows).mark_line(color=ABOVE, strokeWidth=2).encode(x=x, y="value:Q")
    ends = drawn(rows).mark_rule(color=ABOVE, strokeWidth=1.5).encode(x=x, y="low:Q", y2="high:Q")
    dots = drawn(rows).mark_point(filled=True, size=50, color=ABOVE, opacity=1).encode(x=x, y="value:Q", tooltip=tips)
    layers = [area, line, ends, dots]
    if rule is not None:
        layers.append(alt.Chart().mark_rule(strokeDash=[5, 4], strokeWidth=2, color=_INK).encode(y=alt.datum(rule)))
    return specified(alt.layer(*layers), height=240)


def drawn(rows: Rows) -> alt.Chart:
    """Return a chart of rows without a mark."""
    return alt.Chart(alt.InlineData([dict(row) for row in rows]))


def _named(rows: Rows) -> alt.Y:
    """Return the axis of names, in the order of the rows."""
    names = [row["name"] for row in rows]
    return alt.Y("name:N", sort=names, title=None, axis=alt.Axis(domain=False, ticks=False, labelPadding=6))


def _padded(rows: Rows, share: float) -> alt.Scale:
    """Return a scale with room beside the bars for their labels, a share of its length."""
    values = [row["value"] for row in rows]
    low, high = min(0, *values), max(0, *values)
    room = (high - low) * share or 1
    return alt.Scale(domain=[low - room if low < 0 else 0, high + room], nice=False)


def tip(field: str, title: str) -> alt.Tooltip:
    """Return what is shown of a member when it is pointed at."""
    return alt.Tooltip(f"{field}:N", title=title)


def specified(chart: alt.Chart | alt.LayerChart | alt.FacetChart, *, height: int) -> Spec:
    """Return the specification alone: the schema's address and Altair's defaults are left out."""
    sized = chart.properties(
        width="container", height=height, autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
    )
    made = sized.to_dict()
    return {key: value for key, value in made.items() if key not in {"$schema", "config"}}
