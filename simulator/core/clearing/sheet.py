"""The monthly clearing balance sheet of all cities (清算平衡总表, P75-A10).

Rows are cities, columns what a city collects, pays and the difference, for employees, residents and together; the
differences of all cities sum to zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from simulator.core.reconciliation.totals import Totals

TOGETHER = "all"


class SheetLine(NamedTuple):
    """One city and insurance type (or ``all``): fen to collect from and to pay to other cities, and the difference."""

    city: str
    insutype: str
    collects: int
    pays: int

    @property
    def difference(self) -> int:
        """Return what the city is owed on balance; negative when it owes."""
        return self.collects - self.pays


class Sheet(NamedTuple):
    """The balance sheet of a month: one line a city and insurance type."""

    month: str
    lines: tuple[SheetLine, ...]


def balance_sheet(month: str, cleared: Mapping[tuple[str, ...], Totals], cities: Iterable[str]) -> Sheet:
    """Make the sheet of a month from totals keyed (treatment city, insured city, insutype)."""
    amounts = {key: totals.cleared for key, totals in cleared.items()}
    kinds = sorted({insutype for _, _, insutype in cleared})
    both = {(one, other, TOGETHER): 0 for one, other, _ in amounts}
    for (one, other, _), amount in amounts.items():
        both[one, other, TOGETHER] += amount
    return Sheet(month, sheet_lines(amounts | both, cities, (*kinds, TOGETHER)))


def sheet_lines(
    amounts: Mapping[tuple[str, ...], int], cities: Iterable[str], kinds: Iterable[str]
) -> tuple[SheetLine, ...]:
    """Return a line for each city and kind from fen keyed (who collects, who pays, kind); the differences sum to 0."""
    collects: dict[tuple[str, str], int] = {}
    pays: dict[tuple[str, str], int] = {}
    for (treatment, insured, kind), amount in amounts.items():
        collects[treatment, kind] = collects.get((treatment, kind), 0) + amount
        pays[insured, kind] = pays.get((insured, kind), 0) + amount
    kinds = tuple(kinds)
    return tuple(
        SheetLine(city, kind, collects.get((city, kind), 0), pays.get((city, kind), 0))
        for city in sorted(cities)
        for kind in kinds
    )
