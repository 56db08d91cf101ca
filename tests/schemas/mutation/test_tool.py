"""The mutation tool itself: it finds what is redundant or cannot be tested, and nothing else."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

import schemas
from schemas.rules import Plan, Rule, plan

from .constraints import Node, UnknownKeyword, looser
from .interface import MESSAGES, plan_of, published
from .judge import judged, survivors
from .rules_judge import rule_survivors
from .suite import BadExample, Suite

MESSAGE = "messages/made_up.json"
SIGNED = "messages/9001.response.json"


def suite(example: Any, properties: dict[str, Any], **keywords: Any) -> Suite:
    """A suite of one message."""
    schema = {"$id": "https://yidi.invalid/made_up.json", "type": "object", "properties": properties, **keywords}
    return Suite({MESSAGE: schema}, {MESSAGE: example})


def alive(suite: Suite) -> set[str]:
    """The keywords that survive, each behind the name of its member."""
    found = [survivor.constraint for survivor in survivors(suite, MESSAGE)]
    return {"/".join((*map(str, each.node.path[1:]), each.entry or each.keyword)) for each in found}


SOUND = {
    "code": {"enum": ["1", "2"]},
    "day": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "maxLength": 10},
    "name": {"type": "string", "minLength": 1, "maxLength": 5},
    "amount": {"type": "number", "minimum": 0, "exclusiveMaximum": 100},
    "rows": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"type": "object", "additionalProperties": False}},
}
EXAMPLE = {"code": "1", "day": "2026-03-02", "name": "试例", "amount": 1, "rows": [{}]}


def test_a_sound_schema_has_no_survivors():
    assert not alive(suite(EXAMPLE, SOUND, required=["code", "rows"], additionalProperties=False))


def test_each_constraint_is_counted_once_and_each_entry_of_required():
    found = suite(EXAMPLE, {"code": {"enum": ["1"]}, "name": {"type": "string"}}, required=["code", "name"])
    assert [str(each).partition("#/")[2] for each in found.constraints(MESSAGE)] == [
        *("type", "required/code", "required/name", "properties/code/enum", "properties/name/type"),
    ]


def test_members_that_the_example_leaves_out_are_made_up():
    assert not alive(suite({}, SOUND))


@pytest.mark.parametrize(
    ("member", "value", "redundant"),
    [
        ({"type": "string", "enum": ["1", "2"]}, "1", "type"),
        ({"enum": ["1", "2"], "maxLength": 1}, "1", "maxLength"),
        ({"pattern": "^[0-9]{6}$", "minLength": 6, "type": "string"}, "320100", "minLength"),
        ({"pattern": r"^([0-9]{6})?$(?!\n)", "maxLength": 6, "type": "string"}, "320100", "maxLength"),
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": -1}, 1, "exclusiveMinimum"),
        ({"const": "1", "enum": ["1", "2"]}, "1", "enum"),
        ({"type": "array", "minItems": 1, "items": {"type": "string"}, "maxItems": 0}, None, "minItems"),
    ],
)
def test_a_redundant_constraint_survives(member: dict[str, Any], value: Any, redundant: str):
    assert f"member/{redundant}" in alive(suite({} if value is None else {"member": value}, {"member": member}))


def test_a_length_beside_a_pattern_is_killed_by_a_line_break():
    assert not alive(suite({"area": "320100"}, {"area": {"type": "string", "pattern": "^[0-9]{6}$", "maxLength": 6}}))


def test_a_constraint_that_no_valid_message_meets_survives():
    never = {"type": "string", "pattern": "^no text that the tool knows$"}
    assert alive(suite({}, {"member": never})) == {"member/type", "member/pattern"}


def test_the_part_behind_a_condition_that_never_holds_survives():
    condition = {"properties": {"code": {"const": "9"}}, "required": ["code"]}
    found = suite({"code": "1"}, {"code": {"enum": ["1"]}}, **{"if": condition, "then": {"required": ["name"]}})
    assert [survivor.constraint.entry for survivor in survivors(found, MESSAGE)] == ["name"]


@pytest.mark.parametrize(
    ("keyword", "argument", "value", "members"),
    [
        ("maxLength", 5, "六个字的文本", {"maxLength": 6}),
        ("minItems", 2, [1], {"minItems": 1}),
        ("minimum", 0, -1, {"minimum": -1}),
        ("exclusiveMaximum", 10, 10, {"exclusiveMaximum": 11, "maximum": 10}),
        ("enum", ["1"], "~", {"enum": ["1", "~"]}),
        ("const", "1", "~", {"const": "~"}),
        ("type", "string", True, {"type": ["string", "boolean"]}),
        ("pattern", "^a$", "b.", {"pattern": r"^a$|^b\.$"}),
        ("additionalProperties", False, {}, {}),
    ],
)
def test_loosening_accepts_the_value_and_no_more(keyword: str, argument: Any, value: Any, members: dict[str, Any]):
    assert looser(keyword, argument, value) == members


def test_the_schemas_are_as_before_when_all_is_judged():
    found = suite(EXAMPLE, copy.deepcopy(SOUND), required=["code"])
    before = json.dumps(found.files)
    survivors(found, MESSAGE)
    assert json.loads(json.dumps(found.files)) == json.loads(before)


def test_a_keyword_without_mutants_is_refused():
    with pytest.raises(UnknownKeyword, match="uniqueItems"):
        suite({}, {"rows": {"type": "array", "uniqueItems": True}})


def test_an_invalid_example_is_refused():
    with pytest.raises(BadExample, match="'x' is not one of"):
        alive(suite({"code": "x"}, SOUND))


def twin_of(rule: Rule) -> Rule:
    return replace(rule, id=f"twin of {rule.id}")


def test_a_rule_that_another_implies_survives():
    registry = schemas.load()
    rule = next(rule for rule, path in plan_of(SIGNED).bound if rule.kind == "order")
    twins = (*registry.rules, twin_of(rule))

    def plan_with(old: Rule, new: Rule | None) -> Plan:
        kept = tuple(each for each in twins if each is not old) + (() if new is None else (new,))
        head, body = registry.head("response"), registry.body("9001", "response")
        return plan("9001", "response", head, body, kept, {})

    nobody = twin_of(rule)
    whole = published()
    double = Suite(
        {name: {**file, "$schema": ""} for name, file in whole.files.items()},
        {SIGNED: schemas.parse(registry.examples["9001", "response"])},
        {SIGNED: plan_with(nobody, None)},
    )
    found = "\n".join(rule_survivors(double, SIGNED, plan_with))
    assert found.count(rule.id) == 2
    assert f"twin of {rule.id} at" in found


def test_a_bound_of_a_shared_file_is_judged_through_any_message():
    amount = Node("common.json", ("$defs", "amount"))
    found = [each for each in published().constraints("common.json") if each.node == amount]
    assert {each.keyword for each in found} == {"type", "exclusiveMinimum", "exclusiveMaximum"}
    assert not any(judged(published(), each) for each in found)
    assert len(published().hosts(amount)) > len(MESSAGES)
