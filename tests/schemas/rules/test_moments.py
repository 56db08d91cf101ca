"""Days and times stand in order, and digits are times that exist."""

from __future__ import annotations

from typing import Any

import pytest

LAYOUT = {"data": "a b"}
ORDER = {"kind": "order", "first": "a", "last": "b"}


@pytest.mark.parametrize(
    ("first", "last", "holds"),
    [
        ("2026-03-01", "2026-03-01", True),
        ("2026-03-02", "2026-03-01", False),
        ("2026-03-01 10:00:00", "2026-03-01 09:59:59", False),
        ("2026-03-01 10:00:00", "2026-03-01", True),
        ("2026-03-01", "2026-03-01 00:00:00", True),
        ("2026-03-02 00:00:00", "2026-03-01", False),
        ("20260301100000001", "20260301100000000", False),
        ("20260301100000000", "20260301100000000", True),
    ],
)
def test_one_time_is_not_after_another(judge: Any, first: str, last: str, holds: bool):
    found = judge(ORDER, LAYOUT, {"data": {"a": first, "b": last}})
    assert [path for path, _ in found] == ([] if holds else [("data", "b")])


@pytest.mark.parametrize(
    "value", [None, "", "-", "soon", 20260301, [], {}, True, "2026/03/01", "２０２６-03-01", "\ud800"]
)
def test_what_is_not_written_as_a_time_is_not_judged(judge: Any, value: object):
    for row in ({"a": value, "b": "2000-01-01"}, {"a": "2000-01-01", "b": value}, {"a": value, "b": value}):
        assert judge(ORDER, LAYOUT, {"data": row}) == []


def test_a_day_with_dashes_is_not_compared_with_one_of_digits(judge: Any):
    assert judge(ORDER, LAYOUT, {"data": {"a": "20260301", "b": "2026-02-01"}}) == []


def test_times_are_quoted_unless_they_are_personal(judge: Any):
    row = {"data": {"a": "2026-03-02", "b": "2026-03-01"}}
    assert judge(ORDER, LAYOUT, row) == [(("data", "b"), "is 2026-03-01, before a 2026-03-02")]
    assert judge(ORDER, {"data": "a! b"}, row) == [(("data", "b"), "is before a")]


BEFORE = {"kind": "order", "list": "rows", "first": "a", "last": "data.b"}


def test_a_day_of_each_row_is_not_after_another(judge: Any):
    rows = [{"a": "2026-03-01"}, {"a": "2026-03-02"}, {"a": "2026-03-03"}, {"a": ""}, {}, 5]
    found = judge(BEFORE, {"data": "b", "rows[]": "a"}, {"data": {"b": "2026-03-02"}, "rows": rows})
    assert found == [(("rows", 2, "a"), "is after b")]


@pytest.mark.parametrize(("data", "rows"), [(None, [{"a": "2026-03-01"}]), ({"b": "2026-03-02"}, None), ({}, [{}])])
def test_without_a_row_or_a_day_nothing_is_compared(judge: Any, data: object, rows: object):
    assert judge(BEFORE, {"data": "b", "rows[]": "a"}, {"data": data, "rows": rows}) == []


def test_digits_that_are_too_many_are_left_to_the_schema(judge: Any):
    rule = {"kind": "moment", "field": "a"}
    assert judge(rule, {"data": "a:6"}, {"data": {"a": "202613"}}) != []
    assert judge(rule, {"data": "a:6"}, {"data": {"a": "2026131"}}) == []


@pytest.mark.parametrize(
    ("digits", "holds"),
    [
        ("20260228235959", True),
        ("20260229000000", False),
        ("20260228240000", False),
        ("20260228006000", False),
        ("20260228000060", False),
        ("20260228235959999", True),
        ("20260228", True),
        ("20260230", False),
        ("202612", True),
        ("202613", False),
        ("000012", False),
        ("2026022", False),
        ("2026022823595x", False),
        ("２０２６０２", False),
        ("\ud800" * 6, False),
        ("", True),
        (None, True),
        (202613, True),
    ],
)
def test_digits_are_a_time_that_exists(judge: Any, digits: object, holds: bool):
    found = judge({"kind": "moment", "field": "a"}, LAYOUT, {"data": {"a": digits}})
    assert found == ([] if holds else [(("data", "a"), "does not hold a time that exists")])


@pytest.mark.parametrize(
    ("text", "holds"), [("H1234567890120260228235959", True), ("H1234567890120260230235959", False), ("H12", True)]
)
def test_the_time_may_stand_inside_a_text(judge: Any, text: str, holds: bool):
    assert (judge({"kind": "moment", "field": "a[12:26]"}, LAYOUT, {"data": {"a": text}}) == []) is holds
