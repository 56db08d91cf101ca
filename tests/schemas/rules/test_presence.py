"""Fields are filled where they must be, and codes go together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

LAYOUT = {"data": "a b c n"}
NEEDS = {"kind": "needs", "all": ["b", "c"]}
EMPTY = [None, "", [], {}]


def judged(judge: Any, rule: dict[str, Any], row: dict[str, object], **more: Any) -> list[str]:
    return [path[-1] for path, _ in judge(rule, LAYOUT, {"data": row}, **more)]


@pytest.mark.parametrize("empty", EMPTY)
def test_fields_are_filled(judge: Any, empty: object):
    assert judge(NEEDS, LAYOUT, {"data": {"b": empty, "c": "x"}}) == [(("data", "b"), "is missing")]
    assert judged(judge, NEEDS, {"b": empty}) == ["b", "c"]
    assert judged(judge, NEEDS, {"b": 0, "c": False}) == []


@pytest.mark.parametrize("empty", EMPTY)
def test_one_of_several_fields_is_filled(judge: Any, empty: object):
    rule = {"kind": "needs", "any": ["b", "c"]}
    assert judge(rule, LAYOUT, {"data": {"b": empty}}) == [(("data", "b"), "is missing, and so is every one of b, c")]
    assert judged(judge, rule, {"b": empty, "c": "x"}) == []


def test_what_the_schema_requires_is_not_asked_for_again(judge: Any, planning: Any):
    assert judge(NEEDS, {"data": "b* c"}, {"data": {}}) == [(("data", "c"), "is missing")]
    assert not planning([NEEDS], {"data": "b* c*"}).bound
    assert not planning([{"kind": "needs", "any": ["b", "c"]}], {"data": "b c*"}).bound


@pytest.mark.parametrize(
    ("when", "row", "applies"),
    [
        ({"field": "a", "in": ["1", "2"]}, {"a": "2"}, True),
        ({"field": "a", "in": ["1", "2"]}, {"a": 2}, True),
        ({"field": "a", "in": ["1", "2"]}, {"a": "3"}, False),
        ({"field": "a", "in": ["1", "2"]}, {}, False),
        ({"field": "a", "in": ["1"]}, {"a": True}, False),
        ({"field": "a", "in": ["1"]}, {"a": ["1"]}, False),
        ({"field": "a", "not_in": ["0"]}, {"a": -1}, True),
        ({"field": "a", "not_in": ["0"]}, {"a": 0}, False),
        ({"field": "a", "not_in": ["0"]}, {}, False),
        ({"field": "a", "not_in": ["0"]}, {"a": ""}, False),
        ({"field": "a", "filled": True}, {"a": "x"}, True),
        ({"field": "a", "filled": True}, {"a": ""}, False),
        ({"field": "a", "filled": False}, {}, True),
        ({"field": "a", "filled": False}, {"a": 0}, False),
        ({"field": "a[1:3]", "in": ["23"]}, {"a": "1234"}, True),
        ({"field": "a[1:3]", "in": ["23"]}, {"a": "12"}, False),
        ({"field": "n", "negative": True}, {"n": -1}, True),
        ({"field": "n", "negative": True}, {"n": Decimal("-0.01")}, True),
        ({"field": "n", "negative": True}, {"n": 0}, False),
        ({"field": "n", "negative": True}, {"n": "-1"}, False),
        ({"inside": "a", "key": "K", "in": ["1"]}, {"a": '{"K":"1"}'}, True),
        ({"inside": "a", "key": "K", "in": ["1"]}, {"a": '{"K":1}'}, True),
        ({"inside": "a", "key": "K", "in": ["1"]}, {"a": '{"K":'}, False),
        ({"inside": "a", "key": "K", "filled": True}, {"a": "K"}, False),
    ],
)
def test_a_rule_is_judged_under_its_conditions(judge: Any, when: object, row: dict[str, object], applies: bool):
    assert judged(judge, {**NEEDS, "when": [when]}, row) == (["b", "c"] if applies else [])


def test_all_conditions_must_hold(judge: Any):
    rule = {**NEEDS, "when": [{"field": "a", "in": ["1"]}, {"field": "n", "negative": True}]}
    assert judged(judge, rule, {"a": "1", "n": -1}) == ["b", "c"]
    assert judged(judge, rule, {"a": "1", "n": 1}) == []


@pytest.mark.parametrize(
    ("insured", "applies"), [("320300", True), ("320100", False), ("", False), (None, False), ([], False)]
)
def test_a_call_is_cross_region_when_the_areas_differ(judge: Any, insured: object, applies: bool):
    head = {"insuplc_admdvs": insured, "mdtrtarea_admvs": "320100"}
    rule = {**NEEDS, "when": [{"head": "cross_region"}]}
    assert judged(judge, rule, {}, head=head) == (["b", "c"] if applies else [])


AMONG = {"kind": "among", "field": "a", "in": ["01", "02"]}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("01", None),
        ("", None),
        (None, None),
        (["01"], None),
        ("13", 'is "13"'),
        (1, 'is "1"'),
        ("0" * 99, "is another value"),
        ("\ud800", "is another value"),
    ],
)
def test_a_code_is_one_of_a_list(judge: Any, value: object, words: str | None):
    assert judge(AMONG, LAYOUT, {"data": {"a": value}}) == ([(("data", "a"), words)] if words else [])


def test_a_text_that_is_too_long_is_left_to_the_schema(judge: Any):
    layout = {"data": "a:2 b:2"}
    assert judge(AMONG, layout, {"data": {"a": "13"}}) != []
    assert judge(AMONG, layout, {"data": {"a": "130"}}) == []
    rule = {"kind": "same", "field": "a", "as": "b"}
    assert judge(rule, layout, {"data": {"a": "12", "b": "13"}}) != []
    assert judge(rule, layout, {"data": {"a": "120", "b": "13"}}) == []
    assert judge(rule, layout, {"data": {"a": "12", "b": "130"}}) == []


def test_a_personal_code_is_not_quoted(judge: Any):
    assert judge(AMONG, {"data": "a!"}, {"data": {"a": "13"}}) == [(("data", "a"), "is another value")]


SAME = {"kind": "same", "field": "a", "as": "head.fixmedins_code"}


@pytest.mark.parametrize(("value", "holds"), [("H1x", True), ("H1X", True), ("H2X", False), ("", True), ([], True)])
def test_a_field_repeats_the_head(judge: Any, value: object, holds: bool):
    found = judge(SAME, LAYOUT, {"data": {"a": value}}, head={"fixmedins_code": "H1X"})
    assert found == ([] if holds else [(("data", "a"), "differs from fixmedins_code of the head")])


def test_a_field_repeats_a_part_of_another(judge: Any):
    rule = {"kind": "same", "field": "a[0:2]", "as": "b[1:3]"}
    assert judged(judge, rule, {"a": "H1000", "b": "xH1"}) == []
    assert judged(judge, rule, {"a": "H2000", "b": "xH1"}) == ["a"]
    assert judged(judge, rule, {"a": "H2000", "b": "xH"}) == []


def test_a_field_is_another_than_the_head(judge: Any):
    rule = {**SAME, "differs": True}
    head = {"fixmedins_code": "H1"}
    assert judge(rule, LAYOUT, {"data": {"a": "H1"}}, head=head) == [
        (("data", "a"), "is the same as fixmedins_code of the head")
    ]
    assert judge(rule, LAYOUT, {"data": {"a": "H2"}}, head=head) == []


@pytest.mark.parametrize(
    ("a", "b", "holds"), [("0", "9", True), ("1", "1", True), ("0", "1", False), ("1", "9", False)]
)
def test_two_conditions_hold_together_or_not_at_all(judge: Any, a: str, b: str, holds: bool):
    rule = {"kind": "pair", "one": [{"field": "a", "in": ["0"]}], "other": [{"field": "b", "in": ["9"]}], "at": "b"}
    assert judged(judge, rule, {"a": a, "b": b}) == ([] if holds else ["b"])
