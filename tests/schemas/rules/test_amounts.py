"""Sums, products and steps are exact."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

SUM = {"kind": "sum", "total": "t", "terms": ["a", "b"], "optional": ["c"]}
ROW = {"data": "t a b c d"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"t": 3, "a": 1, "b": 2}, None),
        ({"t": 3, "a": 1, "b": 2, "c": ""}, None),
        ({"t": Decimal("0.30"), "a": Decimal("0.1"), "b": Decimal("0.2"), "c": 0}, None),
        ({"t": 4, "a": 1, "b": 2}, "is 4, while the others give 3"),
        ({"t": Decimal("0.31"), "a": Decimal("0.1"), "b": Decimal("0.2")}, "is 0.31, while the others give 0.3"),
        ({"t": -3, "a": -1, "b": -1, "c": -2}, "is -3, while the others give -4"),
        ({"t": 10**29 + 1, "a": 10**29, "b": Decimal("1E-20")}, f"is {10**29 + 1}, while"),
    ],
)
def test_a_total_is_the_sum_of_its_terms(judge: Any, row: dict[str, object], words: str | None):
    found = judge(SUM, ROW, {"data": row})
    assert [path for path, _ in found] == ([("data", "t")] if words else [])
    assert all(said.startswith(words) for _, said in found)


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"a": 1, "b": 2},
        {"t": 9, "a": 1},
        {"t": 9, "a": 1, "b": ""},
        {"t": 9, "a": 1, "b": "2"},
        {"t": 9, "a": 1, "b": 2, "c": "x"},
        {"t": "9", "a": 1, "b": 2},
        {"t": 9, "a": 1, "b": 2.5},
        {"t": True, "a": 1, "b": 2},
        {"t": 9, "a": [], "b": {}},
        {"t": 9, "a": 10**5000, "b": 2},
        {"t": Decimal("1E+40"), "a": 1, "b": 2},
        {"t": Decimal("1E-999999"), "a": 1, "b": 2},
        {"t": Decimal("NaN"), "a": Decimal("sNaN"), "b": Decimal("Infinity")},
    ],
)
def test_a_sum_is_not_judged_without_its_parts(judge: Any, row: dict[str, object]):
    assert judge(SUM, ROW, {"data": row}) == []


@pytest.mark.parametrize(("total", "holds"), [(3, True), (4, True), (2, False), (-3, True), (-4, True), (-2, False)])
def test_a_part_stays_within_its_whole_also_in_a_refund(judge: Any, total: int, holds: bool):
    parts = {"a": 1, "b": 2} if total > 0 else {"a": -1, "b": -2}
    assert (judge({**SUM, "relation": "<="}, ROW, {"data": {"t": total, **parts}}) == []) is holds


@pytest.mark.parametrize(("total", "holds"), [(3, True), (7, True), (11, True), (15, True), (8, False)])
def test_editions_may_count_a_term_in_or_out(judge: Any, total: int, holds: bool):
    rule = {"kind": "sum", "total": "t", "terms": ["a", "b"], "may_include": ["c", "d", "not there"]}
    assert (judge(rule, ROW, {"data": {"t": total, "a": 1, "b": 2, "c": 4, "d": 8}}) == []) is holds


@pytest.mark.parametrize(("total", "holds"), [(1, True), (6, True), (7, False)])
def test_another_sum_may_do_as_well(judge: Any, total: int, holds: bool):
    rule = {"kind": "sum", "total": "t", "terms": ["a"], "or": ["b", "c"]}
    assert (judge(rule, ROW, {"data": {"t": total, "a": 1, "b": 2, "c": 4}}) == []) is holds


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"t": 3, "a": 5, "b": 2}, None),
        ({"t": Decimal("-0.01"), "a": Decimal("0.01"), "b": Decimal("0.02")}, None),
        ({"t": 7, "a": 5, "b": -2}, None),
        ({"t": Decimal(10**28 + 1), "a": 0, "b": Decimal(-(10**28) - 1)}, None),
        ({"t": 3, "a": 5, "b": 3}, "is 3, while the others give 2"),
        ({"t": 9, "a": 5}, None),
    ],
)
def test_some_terms_are_subtracted(judge: Any, row: dict[str, object], words: str | None):
    rule = {"kind": "sum", "total": "t", "terms": ["a"], "minus": ["b"]}
    assert [said for _, said in judge(rule, ROW, {"data": row})] == ([words] if words else [])


def test_a_sum_of_nothing_does_not_bind(planning: Any):
    assert not planning([{"kind": "sum", "total": "t", "terms": [], "optional": ["e"]}], ROW).bound


def test_terms_that_are_all_0_were_left_out(judge: Any):
    rule = {"kind": "sum", "total": "t", "terms": [], "optional": ["a", "b"], "unless_zero": True}
    assert judge(rule, ROW, {"data": {"t": 5, "a": 0, "b": 0}}) == []
    assert judge(rule, ROW, {"data": {"t": 5}}) == []
    assert judge(rule, ROW, {"data": {"t": 5, "a": 1, "b": 0}}) == [(("data", "t"), "is 5, while the others give 1")]


def test_an_amount_that_may_be_personal_is_not_quoted(judge: Any):
    (found,) = judge(SUM, {"data": "t a! b"}, {"data": {"t": 12345, "a": 1, "b": 2}})
    assert found == (("data", "t"), "is not what the other amounts give")


PRODUCT = {"kind": "product", "total": "t", "factors": ["a", "b"], "places": 2}


@pytest.mark.parametrize(
    ("total", "left", "right", "holds"),
    [
        ("2345.67", "10", "234.567", True),
        ("0.01", "0.1", "0.05", True),
        ("-0.01", "-0.1", "0.05", True),
        ("0.00", "0.1", "0.049999", True),
        ("2.67", "1", "2.675", False),
        ("2.68", "1", "2.675", True),
        ("99999999999999.99", "999999999999.9999", "100.000001", False),
        ("99999999999999.99", "100", "999999999999.999900", True),
    ],
)
def test_a_line_is_rounded_half_up(judge: Any, total: str, left: str, right: str, holds: bool):
    row = {"t": Decimal(total), "a": Decimal(left), "b": Decimal(right)}
    assert (judge(PRODUCT, ROW, {"data": row}) == []) is holds


def test_a_product_may_be_rounded_to_ten_thousands(judge: Any):
    rule = {**PRODUCT, "places": -4}
    assert judge(rule, ROW, {"data": {"t": 1230000, "a": Decimal("0.2"), "b": 6172839}}) == []
    assert judge(rule, ROW, {"data": {"t": 1234567, "a": Decimal("0.2"), "b": 6172839}}) != []


def test_a_total_with_too_many_decimals_is_left_to_the_rule_on_decimals(judge: Any):
    row = {"t": Decimal("2.675"), "a": 1, "b": Decimal("2.675")}
    found = judge(PRODUCT, {"data": "t.2 a b"}, {"data": row})
    assert found == [(("data", "t"), "is 2.675, which has too many decimals")]


@pytest.mark.parametrize("value", [None, "1", True, 1.5, [], 10**400, Decimal("1E+40"), Decimal("NaN")])
def test_a_product_of_what_is_no_number_is_not_judged(judge: Any, value: object):
    for row in ({"t": value, "a": 1, "b": 2}, {"t": 5, "a": value, "b": 2}, {"t": 5, "a": 1, "b": value}):
        assert judge(PRODUCT, ROW, {"data": row}) == []


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        *((1, True), (101, True), (Decimal("201.0"), True), (0, False), (100, False), (-99, False)),
        *(("5", True), (Decimal("1.5"), True), (True, True), (10**60, True), (None, True)),
    ],
)
def test_a_page_begins_after_hundreds(judge: Any, value: object, holds: bool):
    rule = {"kind": "step", "field": "t", "first": 1, "step": 100}
    assert (judge(rule, ROW, {"data": {"t": value}}) == []) is holds


@pytest.mark.parametrize(("value", "holds"), [(101, True), (100, False), (-1, True), (9999, False), (10000, True)])
def test_a_number_out_of_its_bounds_is_left_to_the_schema(judge: Any, value: int, holds: bool):
    rule = {"kind": "step", "field": "t", "first": 1, "step": 100}
    assert (judge(rule, {"data": "t#4"}, {"data": {"t": value}}) == []) is holds
