"""Running totals of settlements: by day for the three-way reconciliation, by month for the clearing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from simulator.core.settlement import Settlement


class Totals(NamedTuple):
    """Number and fen of a group of settlement rows; a cancelling row counts -1."""

    rows: int = 0
    medfee: int = 0
    fund: int = 0
    account: int = 0

    def add(self, other: Totals) -> Totals:
        """Return the sum of both."""
        return Totals(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def negated(self) -> Totals:
        """Return the mirror: what a cancelling row adds."""
        return Totals(*(-part for part in self))

    @property
    def cleared(self) -> int:
        """Return what is cleared between cities for the group (``fund_pay_sumamt + acct_pay``)."""
        return self.fund + self.account


NOTHING = Totals()


def totals_of_row(row: Settlement) -> Totals:
    """Return what one settlement row adds to its groups."""
    shares = row.shares
    return Totals(row.sign, shares.medfee_sumamt, shares.fund_pay_sumamt, shares.acct_pay)


class Tally:
    """Totals under keys, as a mapping that starts every group at nothing; groups that return to nothing vanish."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, ...], Totals] = {}

    def add(self, key: tuple[str, ...], totals: Totals) -> None:
        """Add totals to a group."""
        summed = self._groups.get(key, NOTHING).add(totals)
        if summed == NOTHING:
            self._groups.pop(key, None)
        else:
            self._groups[key] = summed

    def group(self, key: tuple[str, ...]) -> Totals:
        """Return the totals of a group, nothing when it has no row."""
        return self._groups.get(key, NOTHING)

    def under(self, *prefix: str) -> Mapping[tuple[str, ...], Totals]:
        """Return the groups whose key starts with ``prefix``, keyed by the rest of it, sorted."""
        size = len(prefix)
        return {key[size:]: self._groups[key] for key in sorted(self._groups) if key[:size] == prefix}

    def drop_before(self, first: str) -> None:
        """Forget groups whose first key part sorts before ``first``; the host has kept them."""
        for key in [key for key in self._groups if key[0] < first]:
            del self._groups[key]
