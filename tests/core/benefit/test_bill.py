"""Fee lines split into four classes that sum to the line (the lines of the worked example)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.benefit.bill import ClassTotals, Line, classify, first_share, refund, totals_of
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


def test_a_class_below_nothing_makes_totals_unsound() -> None:
    assert ClassTotals(0, 0, 0, 0).sound
    assert not ClassTotals(-1, 0, 0, 1).sound
    assert ClassTotals(1, 2, 3, 4).plus(ClassTotals(0, 0, 0, 6)) == ClassTotals(1, 2, 3, 10)


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
    mirror = classify("2", item, price, -quantity, refund_of="1")
    assert tuple(mirror[4:9]) == tuple(-part for part in line[4:9])
    assert mirror.refund_of == "1"
    assert refund("2", line, [], -quantity) == mirror


def drug(price: int, share: int = 0, cap: int | None = None) -> Item:
    return Item("b", "b", "02", "09", price, cap, share, dt.date(2016, 1, 1), None)


def pieces(line: Line, *quantities: int) -> list[Line]:
    """Refund a line piece by piece, as long as it can be; the line and its refunds."""
    found = [line]
    for number, quantity in enumerate(quantities, 2):
        back = refund(str(number), line, found[1:], quantity)
        if back is None:
            break
        found.append(back)
    return found


def test_a_refund_in_pieces_comes_to_nothing_in_every_class() -> None:
    # 0.05 twice, of which 10 % are paid first: 0.01 of 0.10. What stands after the first piece is split as 0.05 is.
    line, one, two = pieces(classify("1", drug(50_000, 1_000), 50_000, 20_000), -10_000, -10_000)
    assert [each[4:9] for each in (line, one, two)] == [(10, 0, 0, 1, 9), (-5, 0, 0, 0, -5), (-5, 0, 0, -1, -4)]
    assert [totals_of(lines).bill for lines in ([line, one], [line, one, two])] == [5, 0]
    assert totals_of([line, one, two]) == (0, 0, 0, 0)


def test_pieces_whose_amounts_do_not_come_to_that_of_the_line_are_refused() -> None:
    # 0.055 twice is 0.11, once 0.06, and 0.06 twice would be more than was charged; 0.054 twice is 0.11, once 0.05.
    dear, cheap = (classify("1", drug(price), price, 20_000) for price in (55_000, 54_000))
    assert [len(pieces(line, -10_000, -10_000)) for line in (dear, cheap)] == [2, 2]
    assert [len(pieces(line, -20_000)) for line in (dear, cheap)] == [2, 2]
    assert refund("9", dear, [], -20_001) is None


def test_no_more_than_what_stands_of_a_line_is_left_in_scope() -> None:
    # 0.11, all under the cap as it is rounded; once 0.06, under the cap 0.05. The 0.05 that stand are, all of them.
    line, one = pieces(classify("1", drug(55_000, cap=54_000), 55_000, 20_000), -10_000)
    assert (line[4:9], one[4:9]) == ((11, 0, 0, 0, 11), (-6, 0, 0, 0, -6))


@given(items, st.integers(0, 10**6), st.integers(0, 10**6), st.lists(st.integers(1, 10**6), max_size=6))
def test_no_class_of_a_line_falls_below_nothing_however_it_is_refunded(
    item: Item, price: int, quantity: int, back: list[int]
) -> None:
    found = pieces(classify("1", item, price, quantity), *(-each for each in back))
    for count in range(1, len(found) + 1):
        left = totals_of(found[:count])
        assert left.sound
        assert left.bill == sum(line.amount for line in found[:count])
    if sum(line.quantity for line in found) == 0:
        assert totals_of(found) == (0, 0, 0, 0)
