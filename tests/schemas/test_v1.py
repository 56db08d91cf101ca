"""The data of version v1 are well formed, complete, and written so that two validators agree on them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

ROOT = files("schemas") / "v1"
DATA: dict[str, Any] = {
    entry.name: json.loads(entry.read_text(encoding="utf-8"))
    for entry in ROOT.iterdir()
    if entry.name.endswith(".json")
}
SCHEMAS = {name: content for name, content in DATA.items() if "$schema" in content}
TRANSACTIONS = [
    *("9001", "9002", "1101", "2001", "2301", "2302", "2303", "2304", "2305"),
    *("2401", "2402", "2404", "2405", "2601", "3201", "3202", "5203"),
]
DECIMALS = {"amount": 2, "quantity": 4, "price": 6, "ratio": 4, "age": 1}


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a schema."""
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(child)


def test_every_transaction_has_a_request_and_a_response():
    expected = {f"{infno}.{way}.json" for infno in TRANSACTIONS for way in ("request", "response")}
    expected |= {"envelope.request.json", "envelope.response.json", "common.json", "codes.json"}
    assert set(SCHEMAS) == expected
    assert list(DATA["transactions.json"]["transactions"]) == TRANSACTIONS


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_by_its_meta_schema(name: str):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_keeps_the_rules_on_which_validators_agree(name: str):
    for node in nodes(SCHEMAS[name]):
        assert "multipleOf" not in node
        assert "format" not in node
        assert "unevaluatedProperties" not in node
        if isinstance(node.get("pattern"), str):
            assert isinstance(node["maxLength"], int)
            assert not re.search(r"\\[dDwWsSpPbB]", node["pattern"])
            assert node["pattern"].endswith("$(?!\\n)") or node["minLength"] == node["maxLength"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_property_stands_in_the_dictionary_in_both_languages(name: str):
    for node in nodes(SCHEMAS[name]):
        for key in node.get("properties", {}):
            entry = DATA["dictionary.json"][key]
            assert re.search("[\u4e00-\u9fff]", entry["zh"])
            assert entry["en"].isascii()
            assert entry["en"] == entry["en"].strip() != ""


def test_the_dictionary_has_no_word_that_is_not_used():
    used = {key for schema in SCHEMAS.values() for node in nodes(schema) for key in node.get("properties", {})}
    assert set(DATA["dictionary.json"]) == used


def test_the_numbers_of_common_carry_their_decimals_and_bounds():
    for name, decimals in DECIMALS.items():
        schema = DATA["common.json"]["$defs"][name]
        assert schema["x-yidi-decimals"] == decimals
        assert schema["exclusiveMaximum"] == 10 ** (schema["x-yidi-digits"] - decimals)
        assert schema.get("minimum", -schema["exclusiveMaximum"]) in {0, schema.get("exclusiveMinimum", 0)} or (
            schema["exclusiveMinimum"] == -schema["exclusiveMaximum"]
        )


def test_an_optional_code_differs_from_the_required_one_by_the_empty_text_only():
    tables = DATA["codes.json"]["$defs"]
    for name, table in tables.items():
        if name.endswith("_or_empty"):
            assert table["enum"] == ["", *tables[name.removesuffix("_or_empty")]["enum"]]
        elif name != "infcode":
            assert table["enum"] == list(table["x-yidi-labels"])


def test_the_blocks_in_the_catalogue_are_those_of_the_schemas():
    for infno, row in DATA["transactions.json"]["transactions"].items():
        for way, body in (("request", "input"), ("response", "output")):
            properties = SCHEMAS[f"{infno}.{way}.json"]["properties"][body]["properties"]
            assert {key: {"list": block["type"] == "array"} for key, block in properties.items()} == row["blocks"][way]


def test_every_field_names_its_sources():
    for schema in SCHEMAS.values():
        for node in nodes(schema):
            for key, field in node.get("properties", {}).items():
                if "$ref" in field or (field.get("type") in ("string", "integer") and "not" not in field):
                    assert re.fullmatch("[HNG]+|local", field["x-yidi-sources"]), key


def test_a_field_that_only_some_sources_have_is_optional():
    for schema in SCHEMAS.values():
        for node in nodes(schema):
            for key, field in node.get("properties", {}).items():
                note = field.get("x-yidi-note", "")
                if "edition" in note or "sources differ" in note:
                    assert key not in node.get("required", []), key


def test_identity_numbers_in_examples_are_impossible_but_have_the_right_check_digit():
    weights = [pow(2, 17 - place, 11) for place in range(17)]
    found = set()
    for entry in (ROOT / "examples").iterdir():
        if entry.name.endswith(".json"):
            found |= set(re.findall(r'"certno": "([^"]+)"', entry.read_text(encoding="utf-8")))
    assert found
    for number in found:
        assert number.startswith("99")
        total = sum(int(digit) * weight for digit, weight in zip(number[:17], weights, strict=True))
        assert number[17] == "10X98765432"[total % 11]
