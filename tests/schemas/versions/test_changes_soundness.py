"""No message contradicts a verdict: what `diff` calls compatible, no generated message finds otherwise.

Once with schemas made up of every keyword, once with the real ones, narrowed in one place and shown by an example.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas.versions import compare
from schemas.versions.folders import Version, read_version

NAME = "messages/2304.request.json"
LEAVES: list[Any] = ["", "1", "a", "ab", "abc", 0, 1, 2, 1.5, -1, None, True]
TEXTS = st.sampled_from(["", "1", "a", "ab", "abc"])
SMALL = st.integers(min_value=0, max_value=3)
TYPES = st.sampled_from(["string", "number", "integer", "object", "array", "null", "boolean"])

instances = st.recursive(
    st.sampled_from(LEAVES),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from("xyz"), below, max_size=3),
    max_leaves=6,
)


def schemas_of(below: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A schema with some of the keywords that this project uses, and a few that it does not."""
    keywords: dict[str, st.SearchStrategy[Any]] = {
        "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
        "enum": st.lists(st.sampled_from(LEAVES), min_size=1, max_size=4, unique_by=repr),
        "const": st.sampled_from(LEAVES),
        "pattern": st.sampled_from(["^[0-9]*$", "^a", "b"]),
        "required": st.lists(st.sampled_from("xyz"), max_size=2, unique=True),
        "properties": st.dictionaries(st.sampled_from("xyz"), below, max_size=3),
        "patternProperties": st.dictionaries(st.sampled_from("xy"), below, min_size=1, max_size=1),
        **dict.fromkeys(("additionalProperties", "items", "not", "if", "then", "else", "contains"), below),
        **{key: st.lists(below, min_size=1, max_size=2) for key in ("allOf", "anyOf", "oneOf", "prefixItems")},
        **dict.fromkeys(("maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"), SMALL),
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minContains"), SMALL),
        "uniqueItems": st.booleans(),
        "$ref": st.sampled_from(["../common.json#/$defs/one", "../common.json#/$defs/two"]),
    }
    # Few keywords at a time, else hardly any message is valid.
    chosen = st.lists(st.sampled_from(sorted(keywords)), min_size=0, max_size=4, unique=True)
    return chosen.flatmap(lambda keys: st.fixed_dictionaries({key: keywords[key] for key in keys}))


# Definitions refer to nothing, so that they cannot form a ring.
definitions = st.fixed_dictionaries(
    {}, optional={"type": TYPES, "maxLength": SMALL, "minimum": SMALL, "enum": st.just(["a", "ab", 1])}
)
schemas = schemas_of(st.booleans() | schemas_of(st.booleans() | definitions))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Two schemas, mostly near one another, and the definitions they share."""
    before = draw(schemas)
    after = dict(before)
    for key, value in draw(schemas).items():
        after[key] = value
    for key in draw(st.lists(st.sampled_from(sorted(after)), max_size=2)) if after else []:
        after.pop(key, None)
    old = {"one": draw(definitions), "two": draw(definitions)}
    new = old if draw(st.booleans()) else {"one": draw(definitions), "two": draw(definitions)}
    return before, after, old, new


def version(schema: Any, definitions: dict[str, Any]) -> Version:
    files = {
        "transactions.json": {"transactions": {}},
        "common.json": {"$schema": "", "$defs": definitions},
        NAME: {"$schema": "", **schema},
    }
    return Version("any", files)


def judge(schema: Any, definitions: dict[str, Any]) -> Draft202012Validator:
    """The same with its definitions inside, for `jsonschema`."""

    def inside(here: Any) -> Any:
        if isinstance(here, list):
            return [inside(each) for each in here]
        if isinstance(here, dict):
            return {key: inside(value) for key, value in here.items()}
        return here.removeprefix("../common.json") if isinstance(here, str) else here

    return Draft202012Validator({**inside(schema), "$defs": definitions})


@settings(max_examples=150, deadline=None)
@given(pair=pairs(), messages=st.lists(instances, min_size=20, max_size=40))
def test_no_message_contradicts_a_verdict(pair: Any, messages: list[Any]):
    before, after, old, new = pair
    changes = compare(version(before, old), version(after, new))
    was, now = judge(before, old), judge(after, new)
    for message in [*messages, *LEAVES, {}, [], {"x": "a"}, {"x": 1, "y": "ab"}, ["a"], [1, 1]]:
        valid_before, valid_now = was.is_valid(message), now.is_valid(message)
        if valid_before and not valid_now:
            assert any(each.sender for each in changes), (message, changes)
        if valid_now and not valid_before:
            assert any(each.receiver for each in changes), (message, changes)


# What hardly any value passes; where an example has a value at all, it is refused.
NARROWING: list[dict[str, Any]] = [
    {"maxLength": 0, "maxItems": 0, "maxProperties": 0, "maximum": -(10**15)},
    {"minLength": 10**6, "minItems": 10**6, "minProperties": 10**6, "minimum": 10**15},
    {"pattern": "^never$", "required": ["never"], "multipleOf": 10**15},
    {"enum": ["never"]},
    {"const": "never"},
    {"type": "boolean"},
    {"not": {}},
    {"anyOf": [{"const": "never"}]},
    {"allOf": [False]},
    {"if": True, "then": {"enum": ["never"]}},
    {"items": False, "additionalProperties": False, "properties": {}},
]


@cache
def real() -> Version:
    return read_version("v1")


def spots_of(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where schemas stand in a schema, itself included."""
    if isinstance(schema, dict):
        yield path
        for key in ("properties", "$defs"):
            for name, each in schema.get(key, {}).items():
                yield from spots_of(each, (*path, key, name))
        if "items" in schema:
            yield from spots_of(schema["items"], (*path, "items"))


@cache
def narrowable() -> list[tuple[str, str, tuple[str, ...]]]:
    """Every place of the real schemas: message, file, path."""
    examples = {file.removeprefix("examples/") for file in real().files if file.startswith("examples/")}
    messages = [file for file in real().messages.values() if file.removeprefix("messages/") in examples]
    own = [(message, message, path) for message in messages for path in spots_of(real().files[message])]
    return own + [
        (message, file, path)
        for message in messages
        for file in (f"envelope.{message.split('.')[1]}.json", "common.json")
        for path in spots_of(real().files[file])
    ]


def is_valid(version: Version, message: str) -> bool:
    """Whether the example of a message is valid, as `jsonschema-rs` says."""
    pairs = [(each["$id"], each) for each in version.schemas.values()]
    validator = jsonschema_rs.Draft202012Validator(version.files[message], registry=jsonschema_rs.Registry(pairs))
    return bool(validator.is_valid(real().files[message.replace("messages/", "examples/")]))


@settings(max_examples=150, deadline=None)
@given(data=st.data(), narrowing=st.sampled_from(NARROWING))
def test_what_makes_a_real_message_invalid_breaks_its_senders(data: st.DataObject, narrowing: dict[str, Any]):
    message, file, path = data.draw(st.sampled_from(narrowable()))
    shared = {name: real().files[name] for name in real().schemas if "messages/" not in name}
    before = Version("A", {"transactions.json": {}, **shared, message: real().files[message]})
    after = Version("B", copy.deepcopy(dict(before.files)))
    here = after.files[file]
    for step in path:
        here = here[step]
    here.update(copy.deepcopy(narrowing))
    if is_valid(before, message) and not is_valid(after, message):
        assert any(each.sender for each in compare(before, after))
    if is_valid(after, message) and not is_valid(before, message):
        assert any(each.receiver for each in compare(before, after))
