"""The way to one catalogue: how the number of unmapped own items must develop, and which openings break the rule.

Areas whose catalogue differs move to the provincial one step by step until the end of 2016: the monthly number of
unmapped items falls or stays and is nothing afterwards (JS-3.2d). Nobody may open an item without approval (JS-3.2f).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from simulator.core.values.money import WHOLE_RATE
from simulator.core.values.parameters import PolicyPack

ROSE, LEFT, OVER_PLAN = "rose", "left", "over_plan"


class Point(NamedTuple):
    """One report of an area (D102): the day it stands for, its unmapped items and all its items."""

    day: dt.date
    unmapped: int
    items: int


class Deviation(NamedTuple):
    """Where a curve leaves its way: the day, what happened (rose, left, over_plan), the number and the most allowed."""

    day: dt.date
    what: str
    unmapped: int
    allowed: int


class Violation(NamedTuple):
    """An item that was opened without approval: whose, which, since when, and the approval id it claims if any."""

    owner: str
    code: str
    zh: str
    opened_on: dt.date
    approval: str


def deviations(points: Sequence[Point], pack: PolicyPack, city: str) -> list[Deviation]:
    """Return where the curve of one area, in order of its days, is not as JS-3.2d and the pack's plan have it.

    The share ``catalogue.mapping.unmapped_allowed`` is a plan of the pack, where it has one.
    """
    found: list[Deviation] = []
    before: Point | None = None
    for point in points:
        if before is not None and point.unmapped > before.unmapped:
            found.append(Deviation(point.day, ROSE, point.unmapped, before.unmapped))
        if point.unmapped and mapping_required(pack, point.day, city):
            found.append(Deviation(point.day, LEFT, point.unmapped, 0))
        planned = pack.find("catalogue.mapping.unmapped_allowed", point.day, city)
        if planned is not None:
            allowed = point.items * int(planned.value) // WHOLE_RATE  # type: ignore[arg-type]  # unit "ratio" is an int
            if point.unmapped > allowed:
                found.append(Deviation(point.day, OVER_PLAN, point.unmapped, allowed))
        before = point
    return found


def unmapped_curve_ok(points: Sequence[Point], pack: PolicyPack, city: str) -> bool:
    """Tell whether a curve never rises and is nothing from the day on which mapping is required (JS-3.2d)."""
    return all(deviation.what == OVER_PLAN for deviation in deviations(points, pack, city))


def mapping_required(pack: PolicyPack, day: dt.date, city: str) -> bool:
    """Tell whether own items must be mapped on a day; a pack that says nothing does not demand it."""
    record = pack.find("catalogue.mapping.required", day, city)
    return record is not None and bool(record.value)


def approval_needed(pack: PolicyPack, opened_on: dt.date, today: dt.date, city: str) -> bool:
    """Tell whether an item opened on a day needs an approval (JS-3.2f); what is older is left to the transition."""
    record = pack.find("catalogue.mapping.approval_since", today, city)
    return record is not None and opened_on >= dt.date.fromisoformat(str(record.value))
