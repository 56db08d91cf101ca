"""Two results side by side: every figure with its difference and interval, every target with both probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.study.changes import changes
from simulator.study.experiment import Numbers, by_figure, chances, rounded
from simulator.study.intervals import LEVEL, Spread, discoveries, paired, spread, unpaired
from simulator.study.observed import KINDS, is_leading
from simulator.study.reaching import EVERY, TOGETHER, Reached
from simulator.study.sides import Side, pairable

FORMAT = "yidi/compare/1"
_P_PLACES = 6


def compare(a: Side, b: Side) -> Mapping[str, Any]:
    """Return the comparison as its published schema (``compare.schema.json``) wants it; differences are b less a."""
    together = pairable(a, b)
    common = min(a.replications, b.replications)
    figures = _figures(a, b, common if together else None)
    return {
        "format": FORMAT,
        "a": _told(a),
        "b": _told(b),
        "window": a.summary["window"],
        "scale": a.summary["scale"],
        "paired": together,
        "replications": common,
        "level": LEVEL,
        "inputs": _inputs(a, b),
        "figures": figures,
        "targets": _targets(a, b, common if together else None),
        "stand": sum(row["stands"] for row in figures),
        "clean": a.clean and b.clean,
    }


def _told(side: Side) -> Mapping[str, Any]:
    return {
        "name": side.name,
        "scenario": side.summary["scenario"],
        "seed": side.summary["seed"],
        "replications": side.replications,
        "settings": list(side.provenance["overrides"]),
        "yidi": side.provenance["yidi"],
    }


def _inputs(a: Side, b: Side) -> Mapping[str, Any]:
    """Return what differs: key by key where both scenarios are known, else by the files and settings of the runs."""
    known = a.scenario is not None and b.scenario is not None
    told = changes(a.scenario, b.scenario) if a.scenario is not None and b.scenario is not None else ()
    old, new = ({**side.provenance["inputs"], **side.provenance.get("calibration", {})} for side in (a, b))
    files = sorted(name for name in old | new if old.get(name) != new.get(name))
    return {"known": known, "changes": [each._asdict() for each in told], "files": files}


# -- figures ----------------------------------------------------------------------------------------------------------


def _figures(a: Side, b: Side, common: int | None) -> Sequence[Mapping[str, Any]]:
    """Return every figure of both sides; ``common`` replications are paired, with None the two are held apart."""
    sides = [by_figure(side.seen, common or side.replications) for side in (a, b)]
    names = [name for name in dict.fromkeys([*sides[0], *sides[1]]) if _both(name, sides)]
    order = {figure: place for place, figure in enumerate(KINDS)}
    names.sort(key=lambda name: (order[name[0]], name[1]))
    found = []
    for name in names:
        one, other = (
            _numbers(side, name, common or each.replications) for side, each in zip(sides, (a, b), strict=True)
        )
        if common is None or one.keys() & other.keys():
            found.append((name, *_difference(one, other, paired_up=common is not None)))
    return [_row(*each, stands=stands) for each, stands in zip(found, _stand(found), strict=True)]


def _stand(found: Sequence[tuple[tuple[str, str], Spread, Spread, Spread]]) -> Sequence[bool]:
    """Tell which differences stand: the figures that matter most are looked at together, and so are all others.

    What is the same in every pair tells nothing and is not counted among those looked at.
    """
    stand = [False] * len(found)
    for family in (True, False):
        chances_of = [
            difference.p if is_leading(*name) is family and (difference.mean or difference.sd != 0) else None
            for name, _, _, difference in found
        ]
        stand = [old or new for old, new in zip(stand, discoveries(chances_of), strict=True)]
    return stand


def _both(name: tuple[str, str], sides: Sequence[Mapping[tuple[str, str], Numbers]]) -> bool:
    return KINDS[name[0]].absent_is_nought or all(name in side for side in sides)


def _numbers(side: Mapping[tuple[str, str], Numbers], name: tuple[str, str], replications: int) -> Numbers:
    return side.get(name, dict.fromkeys(range(replications), 0.0))


def _difference(one: Numbers, other: Numbers, *, paired_up: bool) -> tuple[Spread, Spread, Spread]:
    if not paired_up:
        early, late = list(one.values()), list(other.values())
        return spread(early), spread(late), unpaired(early, late)
    runs = sorted(one.keys() & other.keys())
    early, late = [one[run] for run in runs], [other[run] for run in runs]
    return spread(early), spread(late), paired(early, late)


def _row(name: tuple[str, str], one: Spread, other: Spread, difference: Spread, *, stands: bool) -> Mapping[str, Any]:
    unit = KINDS[name[0]].unit
    return {
        "figure": name[0],
        "part": name[1],
        "unit": unit,
        "observations": difference.number,
        "a": rounded(one.mean, unit),
        "b": rounded(other.mean, unit),
        "difference": rounded(difference.mean, unit),
        **{end: rounded(getattr(difference, end), unit) for end in ("sd", "low", "high")},
        "p": None if difference.p is None else round(difference.p, _P_PLACES),
        "stands": stands,
    }


# -- targets ----------------------------------------------------------------------------------------------------------


def _targets(a: Side, b: Side, common: int | None) -> Sequence[Mapping[str, Any]]:
    """Return each target that both have, with its probability on either side and how many pairs came to differ."""
    told = [_chances(side, common) for side in (a, b)]
    met = [_met(side, common) for side in (a, b)]
    rows = []
    for key, row in told[0].items():
        if key in told[1]:
            pairs = [(met[0][one], met[1][one]) for one in met[0].keys() & met[1].keys() if one[0] == key]
            rows.append(
                {
                    **{name: row[name] for name in ("target", "scope", "city", "by", "due")},
                    "a": _side(row),
                    "b": _side(told[1][key]),
                    "only_a": sum(one and not other for one, other in pairs) if common else None,
                    "only_b": sum(other and not one for one, other in pairs) if common else None,
                }
            )
    return rows


_Key = tuple[str, str, str | None]


def _chances(side: Side, common: int | None) -> Mapping[_Key, Mapping[str, Any]]:
    rows = [row for row in side.reached if common is None or row.run < common]
    told = chances(side.summary, rows)
    return {(row["target"], row["scope"], row["city"]): row for row in told}


def _met(side: Side, common: int | None) -> Mapping[tuple[_Key, int], bool]:
    rows: Sequence[Reached] = [row for row in side.reached if row.met is not None]
    scopes = {TOGETHER: "together", EVERY: "every"}
    keys = [(row.target, scopes.get(row.city, "city"), None if row.city in scopes else row.city) for row in rows]
    return {
        (key, row.run): bool(row.met) for key, row in zip(keys, rows, strict=True) if common is None or row.run < common
    }


def _side(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: row[name] for name in ("observations", "met", "probability", "low", "high", "first_on", "since")}
