"""Fee lines by words."""

from __future__ import annotations

import datetime as dt

import pytest

from conformance.bills import KINDS, When, charged, found
from simulator.core.catalogue.items import CLASS_A, CLASS_B
from simulator.inputs.platforms import ground_of

DAY = dt.date(2026, 11, 20)
WHEN = When(ground_of("jiangsu-2023").catalogue_of("320300"), DAY, "tertiary")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_in_the_catalogue_of_the_day(kind: str) -> None:
    item = found(WHEN, kind)
    assert WHEN.catalogue.problem(item.code, DAY) == ""
    assert KINDS[kind](item)


@pytest.mark.parametrize(
    ("kind", "day", "problem"),
    (
        ("unknown", DAY, "item_unmapped"),
        ("expired", DAY, "item_expired"),
        ("to_come", dt.date(2018, 1, 1), "item_not_yet_valid"),
    ),
)
def test_what_is_not_in_the_catalogue_of_the_day(kind: str, day: dt.date, problem: str) -> None:
    when = WHEN._replace(day=day)
    assert when.catalogue.problem(found(when, kind).code, day) == problem


def test_a_kind_that_there_is_not() -> None:
    with pytest.raises(KeyError):
        found(WHEN, "d")


def test_lines_are_numbered_on_and_priced() -> None:
    first = charged(WHEN, [{"item": "a", "price": "12.34", "quantity": "1.5"}, {"item": "capped_b", "over": "1"}])
    assert [line.sn for line in first] == ["1", "2"]
    assert (first[0].item.level, first[0].amount) == (CLASS_A, 1851)
    assert (first[1].item.level, first[1].over_limit) == (CLASS_B, 100)
    later = charged(WHEN, [{"refunds": 1, "quantity": "-0.5"}, {"refunds": 1, "quantity": -9}], first)
    assert [(line.sn, line.refund_of, line.amount) for line in later] == [("3", "1", -617), ("4", "1", -11106)]
