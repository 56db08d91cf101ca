"""Fee lines split into four classes that sum to the line (the lines of the worked example)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.benefit.bill import ClassTotals, classify, first_share, totals_of
from simulator.core.catalogue.items import Item

PARTS = {  # amount, own expense, over limit, first pay, in scope
    "drug-a": (37_500, 0, 0, 0, 37_500),
    "drug-b": (120_960, 0, 0, 12_096, 108_864),
    "treatment-a": (720_000, 0, 0, 0, 720_000),
    "material-b": (820_000, 0, 70_000, 75_000, 675_000),
    "material-c": (98_000, 98_000, 0, 0, 0),
    "bed-a": (54_000, 0, 13_500, 0, 40_500),
    "herb-b": (4_115, 0, 0, 412, 3_703),
}


def test_the_lines_of_the_worked_example_split_as_by_hand(make_lines: Any, example_bill: Any) -> None:
    lines = make_lines(example_bill)
    assert {line.item.code: line[4:9] for line in lines} == PARTS
    totals = totals_of(lines)
    assert totals == ClassTotals(98_000, 83_500, 87_508, 1_585_567)
    assert totals.bill == 1_854_575


def test_no_lines_make_an_empty_bill() -> None:
    assert totals_of(()) == (0, 0, 0, 0)


def test_the_share_paid_first_is_all_of_class_c(make_lines: Any, example_bill: Any) -> None:
    shares = {line.item.code: first_share(line) for line in make_lines(example_bill)}
    assert (shares["material-c"], shares["drug-b"], shares["drug-a"]) == (10_000, 1_000, 0)


@pytest.mark.parametrize(("price", "over"), [(44_000_000, 0), (45_000_000, 0), (45_010_000, 1)])
def test_only_what_is_above_the_cap_is_over_limit(catalogue: Any, price: int, over: int) -> None:
    assert classify("1", catalogue.items["bed-a"], price, 10_000).over_limit == over


items = st.builds(
    Item,
    code=st.just("x"),
    zh=st.just("x"),
    level=st.sampled_from(["01", "02", "03"]),
    charge_type=st.just("09"),
    price=st.just(0),
    cap=st.none() | st.integers(0, 10**10),
    first_share=st.integers(0, 10_000),
    valid_from=st.none(),
    valid_to=st.none(),
)


@given(items, st.integers(0, 10**10), st.integers(0, 10**8))
def test_the_parts_sum_to_the_line_are_never_negative_and_a_refund_mirrors_them(
    item: Item, price: int, quantity: int
) -> None:
    line = classify("1", item, price, quantity)
    assert line.own_expense + line.over_limit + line.first_pay + line.in_scope == line.amount
    assert min(line[4:9]) >= 0
    refund = classify("2", item, price, -quantity, refund_of="1")
    assert tuple(refund[4:9]) == tuple(-part for part in line[4:9])
    assert refund.refund_of == "1"
