"""Sums over rows are exact."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

ROWS = {"kind": "rows", "list": "rows", "field": "amt"}


@pytest.mark.parametrize(
    ("rows", "holds"),
    [
        ([{"amt": 1}, {"amt": Decimal("1.5")}, {"amt": Decimal("0.50")}], True),
        ([{"amt": 1}, {"amt": 1}], False),
        ([], False),
        ([{"amt": 9}, {"amt": "1"}], True),
        ([{"amt": 9}, 5], True),
        ({"amt": 9}, True),
        (None, True),
    ],
)
def test_a_total_is_the_sum_over_rows(judge: Any, rows: object, holds: bool):
    rule = {**ROWS, "total": "one.t"}
    found = judge(rule, {"one": "t", "rows[]": "amt code"}, {"one": {"t": 3}, "rows": rows})
    assert [path for path, _ in found] == ([] if holds else [("one", "t")])


@pytest.mark.parametrize(
    ("codes", "holds"), [("A", True), ("AX", True), ("AA", False), ("XX", False), ("AD", True), ("AAD", True)]
)
def test_rows_may_be_left_out_or_stop_the_rule_by_their_code(judge: Any, codes: str, holds: bool):
    rule = {**ROWS, "total": "one.t", "by": "code", "except": ["X"], "unless": ["D"]}
    rows = [{"amt": 1, "code": code} for code in codes]
    assert (judge(rule, {"one": "t", "rows[]": "amt code"}, {"one": {"t": 1}, "rows": rows}) == []) is holds


def test_rows_may_count_only_by_their_code(judge: Any):
    rule = {**ROWS, "total": "one.t", "by": "code", "in": ["A", "3"]}
    rows = [{"amt": 1, "code": "A"}, {"amt": 2, "code": 3}, {"amt": 4, "code": "B"}, {"amt": 8}]
    assert judge(rule, {"one": "t", "rows[]": "amt code"}, {"one": {"t": 3}, "rows": rows}) == []


@pytest.mark.parametrize(("totals", "path"), [([3], ("one", 0, "t")), ([3, 3], None), ([], None)])
def test_a_block_that_is_a_list_counts_only_with_one_row(judge: Any, totals: list[int], path: object):
    rule = {**ROWS, "total": "one.t"}
    body = {"one": [{"t": each} for each in totals], "rows": [{"amt": 1}]}
    assert [found[0] for found in judge(rule, {"one[]": "t", "rows[]": "amt code"}, body)] == ([path] if path else [])


TOTALS = {"kind": "totals", "block": "one", "list": ["many", "rows"], "fields": ["n", ["t", "amt"], ["x", "y"]]}
LAYOUT = {"one": "n t!", "rows[0-2]?": "n amt"}


@pytest.mark.parametrize(
    ("rows", "paths"),
    [
        ([{"n": 1, "amt": 2}, {"n": 2, "amt": 3}], []),
        ([{"n": 1, "amt": 2}, {"n": 1, "amt": 3}], ["n"]),
        ([{"n": 1, "amt": 2}], ["n", "t"]),
        ([], ["n", "t"]),
        ([{"n": 3, "amt": 2}, {"n": "0", "amt": 2}], ["t"]),
        ([{"n": 3, "amt": 2}, {"n": 0}], []),
        ([{"n": 1}, 5], []),
        ([{"n": 1}] * 3, []),
        (None, []),
        ({}, []),
    ],
)
def test_every_total_of_a_block_is_a_sum_over_rows(judge: Any, rows: object, paths: list[str]):
    found = judge(TOTALS, LAYOUT, {"one": {"n": 3, "t": 5}, "rows": rows})
    assert [path for path, _ in found] == [("one", path) for path in paths]


def test_a_list_that_is_left_out_sums_to_nothing(judge: Any):
    assert judge(TOTALS, LAYOUT, {"one": {"n": 0, "t": 5}}) == [(("one", "t"), "is not what the other amounts give")]


def test_totals_without_a_total_do_not_bind(planning: Any):
    assert not planning([TOTALS], {"one": "x", "rows[]": "n amt"}).bound
    assert not planning([TOTALS], {"one": "n t"}).bound


def test_rows_that_the_schema_refuses_are_not_summed(judge: Any):
    rule = {**ROWS, "total": "one.t"}
    for rows in ([], [{"amt": 1}] * 3):
        assert judge(rule, {"one": "t", "rows[1-2]": "amt code"}, {"one": {"t": 9}, "rows": rows}) == []
