"""Fee lines by national charge category (``med_chrgitm_type``): what a cross-province bill is told in (P75-35).

Each province has its own price list; between provinces a bill is told in fourteen national categories. Every fen of
the lines is in one of them, by class as well as in all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from simulator.core.benefit.bill import ClassTotals, Line

CATEGORIES = frozenset(f"{number:02d}" for number in range(1, 15))
OTHER = "14"  # 其他费: what no national category is known for


class FeeClass(NamedTuple):
    """The lines of one category: their amount and its split by class, in fen."""

    category: str
    amount: int
    totals: ClassTotals


def fee_classes(lines: Iterable[Line]) -> tuple[FeeClass, ...]:
    """Sum lines by national category, in order of the categories; a refund line lowers the category of its item."""
    sums: dict[str, list[int]] = {}
    for line in lines:
        charge = line.item.charge_type
        parts = sums.setdefault(charge if charge in CATEGORIES else OTHER, [0] * 5)
        for place, part in enumerate((line.amount, line.own_expense, line.over_limit, line.first_pay, line.in_scope)):
            parts[place] += part
    return tuple(FeeClass(category, parts[0], ClassTotals(*parts[1:])) for category, parts in sorted(sums.items()))
