"""Has this care been paid for already? The worst failure of manual reimbursement is to pay twice (P75-45).

One rule for every way of paying, directly or by hand, first the one or first the other. Two pieces of care are the same

- that name one invoice of the same institution, whoever brings it; or
- that are of the same institution, the same person and the same kind, a stay or not, and have days in common.

The days are those that the care lasted, for outpatient care from its registration to its settlement: they overlap, they
need not be equal, as a bill on paper may hold several charge batches, or name the day alone on which a visit began that
was settled on another. What was paid for it tells nothing apart either. A stay may begin on the day the one before it
ended. Other care of the same days is told apart by invoices alone, where both sides name theirs; where one does not,
it counts as the same: not paid until it is sorted out is better than paid twice.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple


class Care(NamedTuple):
    """Care that was, or is to be, paid for; ``number`` says by which settlement or claim.

    ``person`` is any key of a person: a ``psn_no`` inside a city, a ``certno`` across cities.
    """

    number: str
    person: str
    hospital: str
    begin: dt.date
    end: dt.date
    inpatient: bool
    invoices: tuple[str, ...] = ()


def same_care(one: Care, other: Care) -> bool:
    """Tell whether two are the same care, by the rule of this module."""
    if one.hospital != other.hospital:
        return False
    if frozenset(one.invoices) & frozenset(other.invoices):
        return True
    if one.person != other.person or one.inpatient != other.inpatient:
        return False
    if one.inpatient:
        return _overlap(one, other)
    told_apart = bool(one.invoices and other.invoices)
    return not told_apart and one.begin <= other.end and other.begin <= one.end


def _overlap(one: Care, other: Care) -> bool:
    """Tell whether two stays have days in common, beside one on which the one ended and the other began."""
    if one.begin == other.begin or one.end == other.end:
        return True
    return one.begin < other.end and other.begin < one.end


class PaidFor:
    """Care by number, found by person and by invoice."""

    def __init__(self) -> None:
        self._care: dict[str, Care] = {}
        self._by_person: dict[tuple[str, str], tuple[str, ...]] = {}
        self._by_invoice: dict[tuple[str, str], tuple[str, ...]] = {}

    def put(self, care: Care) -> None:
        """Remember care under its number, in place of what stood there."""
        self.drop(care.number)
        self._care[care.number] = care
        for keys, index in self._indexes(care):
            for key in keys:
                index[key] = (*index.get(key, ()), care.number)

    def drop(self, number: str) -> None:
        """Forget care: it is not paid for after all."""
        care = self._care.pop(number, None)
        if care is None:
            return
        for keys, index in self._indexes(care):
            for key in keys:
                left = tuple(each for each in index[key] if each != number)
                if left:
                    index[key] = left
                else:
                    del index[key]

    def find(self, care: Care) -> tuple[str, ...]:
        """Return the numbers, sorted, under which the same care stands already, itself apart."""
        numbers = {number for keys, index in self._indexes(care) for key in keys for number in index.get(key, ())}
        return tuple(sorted(each for each in numbers - {care.number} if same_care(care, self._care[each])))

    def _indexes(self, care: Care) -> tuple[tuple[list[tuple[str, str]], dict[tuple[str, str], tuple[str, ...]]], ...]:
        return (
            ([(care.hospital, care.person)], self._by_person),
            ([(care.hospital, number) for number in care.invoices], self._by_invoice),
        )

    def __contains__(self, number: str) -> bool:
        return number in self._care
