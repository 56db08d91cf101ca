"""The daily three-way comparison (P75-41, JL-4.1a): totals of a pair of cities first, then row by row.

Everything here is a pure function of what the sides hold, for platforms and for whoever checks a platform.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from simulator.core.reconciliation.rows import (
    CITY_SIDES,
    INSURED_SIDE,
    PLATFORM_SIDE,
    SIDES,
    TREATMENT_SIDE,
    Figures,
    Group,
    Pair,
    Row,
)
from simulator.core.reconciliation.totals import NOTHING, Tally, Totals, sum_of

AMOUNTS_DIFFER, KIND_DIFFERS = "7", "8"  # stmt_diff_type: 金额不一致, 归属不一致
REVERSE, ENTER, BY_HAND = "1", "3", "4"  # stmt_dspo_way: 冲正, 补记, 人工核查
_LACKING = {  # stmt_diff_type: the sides that do not hold the row
    "1": (TREATMENT_SIDE, PLATFORM_SIDE),
    "2": (INSURED_SIDE, PLATFORM_SIDE),
    "3": (INSURED_SIDE, TREATMENT_SIDE),
    "4": (INSURED_SIDE,),
    "5": (TREATMENT_SIDE,),
    "6": (PLATFORM_SIDE,),
}
_KIND_OF = {frozenset(sides): kind for kind, sides in _LACKING.items()}

Sides = Mapping[str, tuple[Row, ...]]
"""The rows each side holds of a pair and day, by ``stmt_side``."""


class Difference(NamedTuple):
    """A pair of cities whose three sides differ on a day."""

    day: str
    treatment_city: str
    insured_city: str
    treatment: Totals
    province: Totals
    insured: Totals


class Mismatch(NamedTuple):
    """A row that the three sides do not hold alike, with the cleared fen each holds of it (0 where it has none).

    ``kind`` is ``stmt_diff_type``, ``way`` is ``stmt_dspo_way``, ``msgid`` that of the settling request.
    """

    day: str
    treatment_city: str
    insured_city: str
    setl_id: str
    refund: bool
    mdtrt_id: str
    msgid: str
    kind: str
    treatment: int
    insured: int
    platform: int
    way: str

    @property
    def key(self) -> tuple[str, bool]:
        """Return what makes the row the same row on every side."""
        return self.setl_id, self.refund

    @property
    def pair(self) -> Pair:
        """Return the pair of cities."""
        return self.treatment_city, self.insured_city

    def held(self, side: str) -> int:
        """Return the cleared fen a side holds of the row."""
        return {INSURED_SIDE: self.insured, TREATMENT_SIDE: self.treatment, PLATFORM_SIDE: self.platform}[side]


def compare_day(day: str, treatment: Tally, province: Tally, insured: Tally) -> tuple[Difference, ...]:
    """Compare the three sides of a day, pair by pair of cities; each tally is keyed (day, treatment, insured city)."""
    sides = [tally.under(day) for tally in (treatment, province, insured)]
    pairs = sorted({pair for side in sides for pair in side})
    return tuple(
        Difference(day, pair[0], pair[1], *(side.get(pair, NOTHING) for side in sides))
        for pair in pairs
        if len({side.get(pair, NOTHING) for side in sides}) > 1
    )


def totals_level(
    treatment: Mapping[Group, Figures] | None,
    insured: Mapping[Group, Figures] | None,
    platform: Mapping[tuple[str, str], Totals],
) -> bool:
    """Tell whether the sides of a pair have the same totals; a side that does not report here is None.

    The cities are compared in every figure, the split of the fund by kind and the pooling area included. The platform,
    which only logs, is compared by insurance and clearing type (its keys) in number, bill, fund and account.
    """
    cities = [side for side in (treatment, insured) if side is not None]
    if any(side != cities[0] for side in cities):
        return False
    logged = {kind: totals for kind, totals in platform.items() if totals != NOTHING}
    return all(as_logged(side) == logged for side in cities)


def as_logged(groups: Mapping[Group, Figures]) -> dict[tuple[str, str], Totals]:
    """Return a city's totals of a pair the way the platform keeps them: by insurance and clearing type."""
    sums: dict[tuple[str, str], Totals] = {}
    for group, figures in groups.items():
        kind = group.insutype, group.clr_type
        sums[kind] = sums.get(kind, NOTHING).add(figures.totals)
    return {kind: totals for kind, totals in sums.items() if totals != NOTHING}


def compare_rows(day: str, pair: Pair, sides: Sides) -> tuple[Mismatch, ...]:
    """Compare the rows of a pair and day; return what differs, in the order of the rows' numbers.

    A row entered twice on a side counts with the sum of both, so that it differs in its amounts. A settlement that
    comes to the same on every side differs in nothing, as in the totals: a side that never had it, nor its
    cancellation, has nothing to enter and nothing to cancel.
    """
    off = _unlike(sides)
    held: dict[tuple[str, bool], dict[str, list[Row]]] = {}
    for side in SIDES:
        for row in sides[side]:
            if row.settled in off:
                held.setdefault(row.key, {}).setdefault(side, []).append(row)
    found = (_mismatch(day, pair, held[key]) for key in sorted(held))
    return tuple(mismatch for mismatch in found if mismatch is not None)


def _unlike(sides: Sides) -> set[str]:
    """Return the settlements whose rows, with all that cancel or restore them, do not come to the same on each side."""
    sums: dict[tuple[str, str, str], dict[str, Totals]] = {}
    for side in SIDES:
        for row in sides[side]:
            mine = sums.setdefault((row.settled, row.insutype, row.clr_type), dict.fromkeys(SIDES, NOTHING))
            mine[side] = mine[side].add(row.totals)
    return {settled for (settled, _, _), mine in sums.items() if len(set(mine.values())) > 1}


def _mismatch(day: str, pair: Pair, held: Mapping[str, list[Row]]) -> Mismatch | None:
    kind = _KIND_OF.get(frozenset(SIDES).difference(held), "")
    if not kind:
        sums = {side: total_of(rows) for side, rows in held.items()}
        kinds = {side: (rows[0].insutype, rows[0].clr_type) for side, rows in held.items()}
        if len(set(sums.values())) > 1:
            kind, way = AMOUNTS_DIFFER, REVERSE if len(set(sums.values())) < len(SIDES) else BY_HAND
        elif len(set(kinds.values())) > 1:
            kind, way = KIND_DIFFERS, REVERSE if len(set(kinds.values())) < len(SIDES) else BY_HAND
        else:
            return None
    else:
        way = REVERSE if len(held) == 1 else ENTER
    row = next(held[side] for side in SIDES if side in held)[0]
    cleared = {side: total_of(held.get(side, ())).cleared for side in SIDES}
    return Mismatch(
        day,
        *pair,
        row.setl_id,
        row.refund,
        row.mdtrt_id,
        row.msgid,
        kind,
        cleared[TREATMENT_SIDE],
        cleared[INSURED_SIDE],
        cleared[PLATFORM_SIDE],
        way,
    )


def total_of(rows: Iterable[Row]) -> Totals:
    """Sum rows."""
    return sum_of(row.totals for row in rows)


def lacking(mismatch: Mismatch) -> tuple[str, ...]:
    """Return the sides that do not hold the row at all."""
    return _LACKING.get(mismatch.kind, ())


def duty(mismatch: Mismatch) -> tuple[str, ...]:
    """Return the sides that must correct it, by what a result tells of it; none where only people can say.

    A settlement that two sides hold is entered by the third; one that only one side holds is reversed there: what the
    others never had is undone, and no money comes of it. A cancellation that any side has carried out is carried out
    by all, since the money is no longer due. Where amounts differ, the side that two others contradict is wrong.
    """
    lacks = lacking(mismatch)
    if lacks:
        return lacks if mismatch.refund or len(lacks) == 1 else tuple(side for side in SIDES if side not in lacks)
    if mismatch.way == BY_HAND:
        return ()
    cleared = {side: mismatch.held(side) for side in SIDES}
    return tuple(side for side in SIDES if list(cleared.values()).count(cleared[side]) == 1)


def may_be_pair(mismatch: Mismatch) -> bool:
    """Tell whether a side that has taken the row back, on whatever day, takes both rows back instead of what is told.

    A row comes to be at the city of insurance and reaches the treatment city last. Where the answer was lost on the way
    and the step then reversed (2601), whoever had got it holds the row and the one that takes it back, and the
    treatment city neither: the two come to nothing, but on two days where midnight lies between.
    """
    return TREATMENT_SIDE in lacking(mismatch)


def taking_back(mismatch: Mismatch, row: Row) -> Mismatch:
    """Return the mismatch of the row that takes back the one of a mismatch, held by the same sides."""
    return mismatch._replace(
        day=row.day,
        setl_id=row.setl_id,
        refund=row.refund,
        treatment=-mismatch.treatment,
        insured=-mismatch.insured,
        platform=-mismatch.platform,
    )


def reporter(mismatch: Mismatch) -> str:
    """Return the side whose city reports a mismatch that is not corrected in time (S301): whoever must correct it.

    The treatment city reports where that is both, the platform, or not known.
    """
    cities = [side for side in duty(mismatch) if side in CITY_SIDES]
    return cities[0] if len(cities) == 1 else TREATMENT_SIDE


def made_good(
    rows: Iterable[Row], side: str, earlier: Iterable[Mismatch]
) -> tuple[tuple[Row, ...], tuple[tuple[Row, Mismatch], ...]]:
    """Take out the rows by which a side makes good, on a later day, mismatches of months that are closed.

    Such a row is the one that was missing, entered late, or takes back one that was too many. Returns the rows left,
    and each row taken out with the mismatch it belongs to.
    """
    known = tuple(earlier)
    left: list[Row] = []
    found: list[tuple[Row, Mismatch]] = []
    for row in rows:
        cause = next((mismatch for mismatch in known if _makes_good(row, side, mismatch)), None)
        if cause is None:
            left.append(row)
        else:
            found.append((row, cause))
    return tuple(left), tuple(found)


def _makes_good(row: Row, side: str, mismatch: Mismatch) -> bool:
    if row.key == mismatch.key:
        return side in lacking(mismatch) or not lacking(mismatch)
    takes_back = row.init_setl_id == mismatch.setl_id and row.refund != mismatch.refund
    return takes_back and row.totals.cleared == -mismatch.held(side)
