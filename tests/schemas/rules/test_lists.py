"""Rows occur once, are counted, and refer to what is there."""

from __future__ import annotations

from typing import Any

import pytest

ROWS = {"one": "n id", "rows[]": "a b code"}
DISTINCT = {"kind": "distinct", "list": "rows", "key": ["a", "b"]}


@pytest.mark.parametrize(
    ("rows", "repeated"),
    [
        ([("1", "x"), ("1", "y"), ("2", "x")], []),
        ([("1", "x"), ("2", "x"), (1, "x"), ("1", "x")], [2, 3]),
        ([("1", ""), ("1", "")], []),
        ([("1", None), ("1", []), ({}, "x"), (1.5, "x"), (10**5000, "x"), (True, "x"), (True, "x")], []),
    ],
)
def test_a_key_occurs_once(judge: Any, rows: list[tuple[object, object]], repeated: list[int]):
    found = judge(DISTINCT, ROWS, {"rows": [{"a": a, "b": b} for a, b in rows]})
    assert [path for path, _ in found] == [("rows", index, "b") for index in repeated]
    assert all(words == "is the same as in row 1" for _, words in found)


@pytest.mark.parametrize("rows", [None, {}, 5, "text", [], [5, None, [], "x"], {"a": "1", "b": "x"}])
def test_rows_of_a_wrong_shape_are_passed_over(judge: Any, rows: object):
    assert judge(DISTINCT, ROWS, {"rows": rows}) == []


def test_keys_and_rows_that_the_schema_refuses_are_passed_over(judge: Any):
    row = {"a": "12345", "b": "x"}
    assert judge(DISTINCT, {"rows[0-2]": "a b"}, {"rows": [row, row]}) != []
    assert judge(DISTINCT, {"rows[0-2]": "a b"}, {"rows": [row, row, row]}) == []
    assert judge(DISTINCT, {"rows[0-2]": "a:4 b"}, {"rows": [row, row]}) == []


ONE = {"kind": "one", "list": "rows", "field": "code", "in": ["1"]}


@pytest.mark.parametrize(
    ("codes", "paths"),
    [
        ("01", []),
        ("00", [("rows",)]),
        ("", [("rows",)]),
        ("101", [("rows", 2, "code")]),
        ("1101", [("rows", 1, "code"), ("rows", 3, "code")]),
    ],
)
def test_one_row_has_a_code(judge: Any, codes: str, paths: list[object]):
    found = judge(ONE, ROWS, {"rows": [{"code": code} for code in codes]})
    assert sorted(path for path, _ in found) == paths


def test_one_row_for_each_kind_has_a_code(judge: Any):
    rule = {**ONE, "per": ["a"]}
    rows = [{"a": "w", "code": "1"}, {"a": "c", "code": "1"}, {"a": "w", "code": "1"}]
    assert [path for path, _ in judge(rule, ROWS, {"rows": rows})] == [("rows", 2, "code")]


def test_no_row_need_have_the_code_where_none_is_asked_for(judge: Any):
    assert judge({**ONE, "least": 0}, ROWS, {"rows": [{"code": "0"}]}) == []


@pytest.mark.parametrize("rows", [None, {"code": "0"}, [{"code": None}], [{}], [{"code": "0"}, {"code": [1]}]])
def test_a_row_that_cannot_be_read_may_have_been_the_one(judge: Any, rows: object):
    assert judge(ONE, ROWS, {"rows": rows}) == []


@pytest.mark.parametrize("codes", ["", "000", "02"])
def test_rows_that_the_schema_refuses_may_have_held_the_one(judge: Any, codes: str):
    rows = [{"code": code} for code in codes]
    assert judge(ONE, {"rows[1-2]": "code=yes_no"}, {"rows": rows}, codes={"yes_no": {"0": "", "1": ""}}) == []
    assert judge(ONE, {"rows[1-2]": "code"}, {"rows": [{"code": "0"}, "x"]}) == []


COUNT = {"kind": "count", "number": "one.n", "list": "rows"}


@pytest.mark.parametrize(
    ("said", "rows", "holds"),
    [(2, [{}, {}], True), (3, [{}, {}], False), (0, [], True), ("3", [{}], True), (3, None, True), (1, {}, True)],
)
def test_a_number_counts_the_rows(judge: Any, said: object, rows: object, holds: bool):
    found = judge(COUNT, ROWS, {"one": {"n": said}, "rows": rows})
    assert found == ([] if holds else [(("one", "n"), "is 3, while there are 2")])


@pytest.mark.parametrize(
    ("said", "body", "holds"),
    [
        *((0, {}, True), (1, {}, False), (1, {"rows": None}, True), (9, {"rows": [{}] * 3}, True)),
        *((-1, {"rows": [{}]}, True), (99, {"rows": [{}]}, False), (100, {"rows": [{}]}, True)),
    ],
)
def test_a_list_may_be_left_out_and_then_has_no_rows(judge: Any, said: int, body: dict[str, object], holds: bool):
    found = judge(COUNT, {"one": "n#2", "rows[0-2]?": "a"}, {"one": {"n": said}, **body})
    assert [path for path, _ in found] == ([] if holds else [("one", "n")])


def test_a_list_that_must_be_there_is_missed_by_the_schema(judge: Any):
    assert judge(COUNT, ROWS, {"one": {"n": 1}}) == []


def test_a_rule_may_name_several_lists_of_which_a_message_has_one(judge: Any, planning: Any):
    rule = {**COUNT, "list": ["others", "rows", "more"]}
    assert judge(rule, ROWS, {"one": {"n": 3}, "rows": [{}, {}]}) == [(("one", "n"), "is 3, while there are 2")]
    assert not planning([rule], {"one": "n", "more": "a"}).bound


def test_only_rows_with_a_code_may_count(judge: Any):
    rule = {**COUNT, "by": "code", "in": ["0"]}
    rows = [{"code": "0"}, {"code": 0}, {"code": "1"}, {}]
    assert judge(rule, ROWS, {"one": {"n": 2}, "rows": rows}) == []
    assert judge(rule, ROWS, {"one": {"n": 3}, "rows": rows}) != []


REFERS = {"kind": "refers", "list": "rows", "field": "a", "to": "one.id"}


def test_rows_refer_to_a_block(judge: Any):
    body = {"one": {"id": "7"}, "rows": [{"a": "7"}, {"a": 7}, {"a": "8"}, {"a": ""}, {}, {"a": [7]}]}
    assert judge(REFERS, ROWS, body) == [(("rows", 2, "a"), "is no id of one")]


def test_rows_refer_to_a_list(judge: Any):
    layout = {"rows[]": "a", "others[]": "id"}
    body = {"others": [{"id": "1"}, {"id": "2"}], "rows": [{"a": "2"}, {"a": "3"}]}
    assert [path for path, _ in judge({**REFERS, "to": "others.id"}, layout, body)] == [("rows", 1, "a")]


def test_rows_refer_to_the_line_they_stand_in(judge: Any):
    layout = {"lines[]": {"": "id", "rows[]": "a"}}
    body = {"lines": [{"id": "1", "rows": [{"a": "1"}, {"a": "2"}]}]}
    assert [path for path, _ in judge({**REFERS, "to": "id"}, layout, body)] == [("lines", 0, "rows", 1, "a")]


@pytest.mark.parametrize("one", [None, {}, {"id": ""}, {"id": []}, 5, [{"id": "7"}]])
def test_where_nothing_can_be_referred_to_nothing_is_judged(judge: Any, one: object):
    assert judge(REFERS, ROWS, {"one": one, "rows": [{"a": "8"}]}) == []


def test_references_that_are_too_long_are_left_to_the_schema(judge: Any):
    layout = {"one": "id:2", "rows[]": "a:2"}
    assert judge(REFERS, layout, {"one": {"id": "12"}, "rows": [{"a": "13"}, {"a": "130"}]}) != []
    assert judge(REFERS, layout, {"one": {"id": "12"}, "rows": [{"a": "130"}]}) == []
    assert judge(REFERS, layout, {"one": {"id": "120"}, "rows": [{"a": "13"}]}) == []
