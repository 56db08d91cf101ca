"""Is it the same care: what decides that, and the index that finds it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.claims.double import Care, PaidFor, same_care


def stay(number: str, first: int, last: int, *invoices: str, **changes: Any) -> Care:
    made = Care(number, "P1", "H1", dt.date(2016, 10, first), dt.date(2016, 10, last), True, invoices)
    return made._replace(**changes)


def visit(number: str, first: int, last: int, *invoices: str) -> Care:
    return stay(number, first, last, *invoices, inpatient=False)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (stay("A", 1, 5), stay("B", 4, 9), True),
        (stay("A", 1, 9), stay("B", 4, 5), True),
        (stay("A", 1, 5), stay("B", 5, 9), False),  # admitted again on the day of discharge
        (stay("A", 1, 5), stay("B", 1, 2), True),
        (stay("A", 1, 5), stay("B", 5, 5), True),
        (stay("A", 5, 5), stay("B", 5, 9), True),
        (stay("A", 1, 5), stay("B", 6, 9), False),
        (stay("A", 1, 5), stay("B", 1, 5, hospital="H2"), False),
        (stay("A", 1, 5), stay("B", 1, 5, person="P2"), False),
        (stay("A", 1, 5, "I1", "I2"), stay("B", 8, 9, "I2", person="P2"), True),
        (stay("A", 1, 5, "I1"), stay("B", 8, 9, "I1", hospital="H2"), False),
        (stay("A", 1, 5), visit("B", 5, 5), False),  # seen again on the day of discharge
        (visit("A", 1, 1), visit("B", 1, 1), True),
        (visit("A", 1, 1), visit("B", 2, 2), False),
        (visit("A", 1, 2), visit("B", 1, 1), True),  # settled the day after it was registered
        (visit("A", 1, 2), visit("B", 2, 3), True),
        (visit("A", 1, 9), visit("B", 4, 5), True),
        (visit("A", 1, 1, "I1"), visit("B", 1, 1), True),  # several batches may stand on one paper
        (visit("A", 1, 1, "I1"), visit("B", 1, 1, "I2"), False),  # two bills of one day
        (visit("A", 1, 1, "I1"), visit("B", 1, 1, "I1", "I2"), True),
    ],
)
def test_the_same_care(one: Care, other: Care, same: bool) -> None:
    assert same_care(one, other) is same
    assert same_care(other, one) is same


def test_the_index_finds_by_person_and_by_invoice_but_not_itself() -> None:
    index = PaidFor()
    index.put(stay("A", 1, 5, "I1"))
    index.put(stay("B", 2, 3))
    assert index.find(stay("C", 1, 3)) == ("A", "B")
    assert index.find(stay("C", 8, 9, "I1", person="P2")) == ("A",)
    assert index.find(stay("A", 1, 5, "I1")) == ("B",)
    assert ("A" in index, "C" in index) == (True, False)


def test_what_is_dropped_or_replaced_is_found_no_more() -> None:
    index = PaidFor()
    index.put(stay("A", 1, 5, "I1"))
    index.put(stay("B", 1, 5, "I1"))
    index.put(stay("A", 8, 9, "I2"))
    assert index.find(stay("C", 1, 3, "I1")) == ("B",)
    index.drop("B")
    index.drop("B")
    assert index.find(stay("C", 1, 3, "I1", "I2", person="P2")) == ("A",)
    index.drop("A")
    assert not any(vars(index).values())
