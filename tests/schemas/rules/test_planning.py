"""Rules bind where they fit, and run on whatever comes from outside."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schemas
from schemas.rules import Plan, plan

ORDER = {"kind": "order", "first": "a", "last": "b"}


def bound(made: Plan) -> list[tuple[str, ...]]:
    return [path for _, path in made.bound]


def test_a_rule_binds_to_every_block_that_has_its_fields_at_any_depth(planning: Any):
    layout = {"one": "a b", "two": "a", "three[]": {"": "c", "four": {"": "b", "five[]": "a b c"}}}
    made = planning([ORDER], layout)
    assert bound(made) == [("input", "one"), ("input", "three", "four", "five")]
    assert [rule.id for rule in made.rules] == ["this-rule"]
    early, late = {"a": "2026-01-01", "b": "2026-01-02"}, {"a": "2026-01-02", "b": "2026-01-01"}
    body = {"one": late, "three": [{}, {"four": {"five": [early, late]}}]}
    assert [breach.path for breach in made.broken({"input": body})] == [
        ("input", "one", "b"),
        ("input", "three", 1, "four", "five", 1, "b"),
    ]


def test_the_body_is_a_block_too(planning: Any):
    assert bound(planning([ORDER], {"": "a b", "one": "c"})) == [("input",)]


def test_a_rule_binds_to_the_head_only_where_it_says_so(planning: Any):
    rule = {"kind": "among", "field": "infno", "in": ["9999"]}
    assert bound(planning([rule], {"one": "infno"})) == [("input", "one")]
    made = planning([{**rule, "where": {"blocks": [""]}}], {"one": "infno"})
    assert bound(made) == [()]
    assert [breach.path for breach in made.broken({"infno": "1101"})] == [("infno",)]


@pytest.mark.parametrize(
    ("where", "binds"),
    [
        ({"direction": "request"}, True),
        ({"direction": "response"}, False),
        ({"infnos": ["9999"]}, True),
        ({"infnos": ["99", "1"]}, True),
        ({"infnos": ["9998"]}, False),
        ({"blocks": ["one"]}, True),
        ({"blocks": ["two"]}, False),
        ({"has": ["c"]}, True),
        ({"has": ["d"]}, False),
        ({"without": ["d"]}, True),
        ({"without": ["c"]}, False),
    ],
)
def test_a_rule_binds_only_where_it_may(planning: Any, where: object, binds: bool):
    assert bound(planning([{**ORDER, "where": where}], {"one": "a b c"})) == ([("input", "one")] if binds else [])


def test_a_rule_does_not_bind_where_a_condition_cannot_be_read(planning: Any):
    assert bound(planning([{**ORDER, "when": [{"field": "no", "in": ["1"]}]}], {"one": "a b"})) == []


def test_a_name_that_is_no_field_is_a_mistake_in_the_data(planning: Any):
    with pytest.raises(ValueError, match="names no field"):
        planning([{**ORDER, "first": "a["}], {"one": "a b"})


@pytest.mark.parametrize("message", [None, [], "text", 5, {}, {"input": None}, {"input": []}, {"input": {"one": 5}}])
def test_a_message_of_a_wrong_shape_is_passed_over(planning: Any, message: object):
    assert list(planning([ORDER], {"one": "a b"}).broken(message)) == []


def test_a_floating_number_is_refused_where_decimals_matter(registry: schemas.Registry):
    with pytest.raises(TypeError, match="Decimal"):
        plan_of(registry, "2304", "response").broken({"output": {"setlinfo": {"medfee_sumamt": 1.5}}})


# -- anything may stand anywhere -------------------------------------------------------------------------------


def plan_of(registry: schemas.Registry, infno: str, direction: schemas.Direction) -> Plan:
    body = registry.body(infno, direction)
    return plan(infno, direction, registry.head(direction), body, registry.rules, {"yes_no": {"0": "", "1": ""}})


HOSTILE: list[object] = [
    *(None, True, "", "\ud800", "0" * 5000, "{", '{"TRUM_FLAG":1}', "[" * 500, "2026-02-30", "２０２６-03-01"),
    *(0, -1, 10**6000, Decimal("1E+40"), Decimal("-1E-999999"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity")),
    *([], {}, [[]], [None, 5, "x", {}], {"a": {"a": []}}, [{"feedetl_sn": []}] * 3),
]
BUSY = [
    *(("2301", "request"), ("2301", "response"), ("2304", "request"), ("2304", "response"), ("2305", "response")),
    *(("2401", "request"), ("4101", "request"), ("2102", "request"), ("3101", "request"), ("3261", "request")),
    *(("2601", "request"), ("3260", "response"), ("2206", "request"), ("5203", "response"), ("3203", "request")),
]


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


def put(message: Any, path: tuple[Any, ...], value: object) -> None:
    *most, last = path
    for key in most:
        message = message[key]
    message[last] = value


def at(message: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        message = message[key]
    return message


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_nothing_hostile_breaks_the_rules(data: st.DataObject):
    registry = schemas.load("v1")
    infno, direction = data.draw(st.sampled_from(BUSY))
    message = copy.deepcopy(schemas.parse(registry.examples[infno, direction]))
    for _ in range(data.draw(st.integers(1, 4))):
        spots = [path for path in places(message) if path]
        put(message, data.draw(st.sampled_from(spots)), copy.deepcopy(data.draw(st.sampled_from(HOSTILE))))
    for breach in plan_of(registry, infno, direction).broken(message):
        assert isinstance(at(message, breach.path[:-1]), dict | list)
        (breach.received.zh + breach.received.en).encode()
        assert len(breach.received.en) < 200
