"""Running totals of settlements: by day for the three-way reconciliation, by month for the clearing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from simulator.core.benefit.settlement import Settlement


class Totals(NamedTuple):
    """Number and fen of a group of settlement rows; a cancelling row counts -1."""

    rows: int = 0
    medfee: int = 0
    fund: int = 0
    account: int = 0

    def add(self, other: Totals) -> Totals:
        """Return the sum of both."""
        return Totals(
            self.rows + other.rows, self.medfee + other.medfee, self.fund + other.fund, self.account + other.account
        )

    def negated(self) -> Totals:
        """Return the mirror: what a cancelling row adds."""
        return Totals(*(-part for part in self))

    @property
    def cleared(self) -> int:
        """Return what is cleared between cities for the group (``fund_pay_sumamt + acct_pay``)."""
        return self.fund + self.account


NOTHING = Totals()


def sum_of(parts: Iterable[Totals]) -> Totals:
    """Sum totals."""
    summed = NOTHING
    for part in parts:
        summed = summed.add(part)
    return summed


def totals_of_row(row: Settlement) -> Totals:
    """Return what one settlement row adds to its groups."""
    shares = row.shares
    return Totals(row.sign, shares.medfee_sumamt, shares.fund_pay_sumamt, shares.acct_pay)


class Tally:
    """Totals under keys whose first part is a day or a month; groups that return to nothing vanish."""

    def __init__(self) -> None:
        self._spans: dict[str, dict[tuple[str, ...], Totals]] = {}

    def add(self, key: tuple[str, ...], totals: Totals) -> None:
        """Add totals to a group."""
        groups = self._spans.setdefault(key[0], {})
        summed = groups.get(key[1:], NOTHING).add(totals)
        if summed == NOTHING:
            groups.pop(key[1:], None)
        else:
            groups[key[1:]] = summed

    def group(self, key: tuple[str, ...]) -> Totals:
        """Return the totals of a group, nothing when it has no row."""
        return self._spans.get(key[0], {}).get(key[1:], NOTHING)

    def spans(self) -> tuple[str, ...]:
        """Return the days or months that have groups, in order."""
        return tuple(sorted(span for span, groups in self._spans.items() if groups))

    def under(self, span: str | None = None) -> Mapping[tuple[str, ...], Totals]:
        """Return the groups of a day or month, keyed by the rest of their keys; without one, all under whole keys."""
        if span is not None:
            return dict(sorted(self._spans.get(span, {}).items()))
        whole = ((span, *rest) for span, groups in self._spans.items() for rest in groups)
        return {key: self.group(key) for key in sorted(whole)}

    def days(self, begin: str, end: str) -> list[str]:
        """Return the days or months from ``begin`` to ``end`` that have a group."""
        return sorted(span for span, groups in self._spans.items() if begin <= span <= end and groups)

    def drop_before(self, first: str) -> None:
        """Forget the days or months before ``first``; the host has kept them."""
        self.drop(lambda span: span < first)

    def drop(self, done_with: Callable[[str], bool]) -> None:
        """Forget the days or months that are done with; the host has kept them."""
        for span in [span for span in self._spans if done_with(span)]:
            del self._spans[span]
