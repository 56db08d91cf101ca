"""Figures of experiments in words: names of kinds and parts, numbers with their unit, intervals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from simulator.outputs.texts import Say
from simulator.study.observed import DAYS, FEN, MS, SHARE

_TABLES = {"reasons": "reason", "money": "money_field"} | dict.fromkeys(
    ("latency_p50", "latency_p95", "latency_p99"), "transaction"
)
_OF_CITIES = frozenset({"rate_by_city", "advanced_by_city", "clearing_difference"})


def named(say: Say, figure: str, part: str, cities: Mapping[str, str], duties: Mapping[str, str]) -> str:
    """Return the name of a figure and its part; a part without a name in a table is told as it is."""
    name = say.name("figure", figure)
    if not part:
        return name
    if figure in _OF_CITIES:
        told = cities.get(part, part)
    elif figure == "rate_by_month":
        told = say.month(part)
    elif figure == "duty_kept":
        told = duties.get(part, part)
    elif figure in _TABLES:
        told = say.name(_TABLES[figure], part)
        told = f"{part} {told}" if _TABLES[figure] == "transaction" else told
    else:
        told = part
    return f"{name}{'：' if say.lang == 'zh' else ': '}{told}"


def number(say: Say, value: float | None, unit: str, *, signed: bool = False) -> str:
    """Return a statistic with its unit, a dash for None; ``signed`` ones say + too, shares are then points."""
    if value is None:
        return "–"
    if unit == FEN:
        text = say.money(round(value))
    elif unit == SHARE:
        text = (
            say.share(value, 2) if not signed else f"{value * 100:.2f} {'个百分点' if say.lang == 'zh' else 'points'}"
        )
    else:
        text = f"{value:,.1f}" if unit not in {DAYS, MS} else say(f"unit.{unit}", f"{value:,.1f}")
    text = text.replace("-", "−")
    return f"+{text}" if signed and value > 0 else text


def interval(say: Say, row: Mapping[str, Any], unit: str, *, signed: bool = False) -> str:
    """Return the interval of a row with its unit once where both ends have the same; a dash where it has none."""
    if row["low"] is None:
        return "–"
    low, high = (number(say, row[end], unit, signed=signed) for end in ("low", "high"))
    of_unit = re.search(r"[^0-9]*$", high)
    assert of_unit is not None  # it may be empty
    return f"{low.removesuffix(of_unit[0])}{'至' if say.lang == 'zh' else ' to '}{high}"


def short(say: Say, low: float | None, high: float | None) -> str:
    """Return an interval of a probability, whole per cents."""
    return "–" if low is None or high is None else f"{low * 100:.0f}–{say.share(high, 0)}"
