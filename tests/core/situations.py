"""What every worked situation says of itself, whoever plays it: by which pack, where, and on what it rests.

A situation under ``tests/situations`` is read by a jurist, not run by one: its cities, hospital levels and bases stand
in its file. Each runner holds a file to :func:`held`, and what it settles to :func:`rested_on`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from schemas.requirements import load_requirements
from simulator.core.benefit.rules import rules_for
from simulator.core.benefit.settlement import Settlement
from simulator.core.values.areas import LEVELS
from simulator.core.values.parameters import PolicyPack
from simulator.inputs.packs import load_pack

_FIGURES = (
    "deductible",
    "repeat_factors",
    "repeat_step",
    "tiers",
    "bonus",
    "cut",
    "aid",
    "large",
    "second",
    "civil",
    "enterprise",
)


class Place(NamedTuple):
    """A city by its code, the pooling area its hospitals lie in, and its province."""

    city: str
    area: str
    province: str


PLACES: Mapping[str, Place] = {
    "南京": Place("320100", "320199", "320000"),
    "无锡": Place("320200", "320299", "320000"),
    "徐州": Place("320300", "320399", "320000"),
    "苏州": Place("320500", "320599", "320000"),
    "长春": Place("220100", "220199", "220000"),
    "吉林市": Place("220200", "220299", "220000"),
    "四平": Place("220300", "220399", "220000"),
}
NAMES = {place.city: name for name, place in PLACES.items()}


def held(case: Mapping[str, Any]) -> PolicyPack:
    """Hold a situation to its head: titles, a pack, places and levels that are known, a basis that exists.

    ``basis`` are ids of requirement rows, or of the pack's assumptions where no row states the figure.
    """
    pack = load_pack(case["pack"])
    assert case["title"]["zh"] and case["title"]["en"]
    assert case["basis"]
    assert set(case["basis"]) <= {*load_requirements().rows, *pack.assumptions}, case["basis"]
    where = case["where"]
    assert set(where) == {"insured", "treatment", "level"}
    assert where["insured"] and where["treatment"] and where["level"]
    assert set(where["insured"]) | set(where["treatment"]) <= set(PLACES), where
    assert set(where["level"]) <= set(LEVELS), where
    return pack


def rested_on(pack: PolicyPack, rows: Sequence[Settlement]) -> set[str]:
    """Return on what the figures rest that decide who paid what in some settlements: clauses and assumptions."""
    found = set()
    for row in rows:
        assert row.inputs is not None
        figures = rules_for(pack, row.inputs.where).figures
        paid = row.shares
        took_part = {
            "repeat_factors": row.inputs.year.stays > 0,
            "repeat_step": row.inputs.year.stays > 0,
            "large": paid.hifob_pay != 0,
            "second": paid.hifmi_pay != 0,
        }
        for name in _FIGURES:
            if name in figures and took_part.get(name, True):
                basis = figures[name].record.basis
                found.add(basis.clause or basis.assumption)
    return found
