"""The data of version v1 are well formed, complete, and written so that two validators agree on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from schemas.reading import MESSAGES, read_examples, read_files
from schemas.values import BODY

ROOT = files("schemas") / "v1"
DATA = read_files("v1")
SCHEMAS = {name: content for name, content in DATA.items() if "$schema" in content}
TRANSACTIONS: dict[str, Any] = DATA["transactions.json"]["transactions"]
# Notes of fields that not every source has or requires.
LOOSE = ("in the Hunan edition only", "not in the Hunan edition", "sources differ")
DECIMALS = {
    "amount": 2,
    "quantity": 4,
    "price": 6,
    "ratio": 4,
    "age": 1,
    "number_4_1": 1,
    "number_4_2": 2,
    "number_6_2": 2,
}


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a schema that says what a value is; a condition only says when."""
    if isinstance(value, dict):
        yield value
        value = [child for key, child in value.items() if key not in {"if", "then"}]
    for child in value if isinstance(value, list) else ():
        yield from nodes(child)


def names_in(schema: Any) -> set[str]:
    """Every name of a field or block in a schema."""
    return {key for node in nodes(schema) for key in node.get("properties", {})}


def test_every_transaction_has_a_request_and_a_response():
    expected = {f"{MESSAGES}{infno}.{way}.json" for infno in TRANSACTIONS for way in ("request", "response")}
    expected |= {"envelope.request.json", "envelope.response.json", "common.json", "codes.json"}
    assert set(SCHEMAS) == expected


def test_every_message_has_an_example():
    expected = {(infno, way) for infno in TRANSACTIONS for way in ("request", "response")}
    assert set(read_examples("v1")) == expected


def test_the_whole_national_interface_is_there():
    """77 transactions, 591 field names, 104 code tables and the 5 of the flags inside exp_content."""
    national = [infno for infno, row in TRANSACTIONS.items() if row["sources"] != "yidi"]
    assert len(national) == 77
    assert all(re.fullmatch("[1-9][0-9]{3}", infno) for infno in national)
    tables = DATA["codes.json"]["$defs"]
    published = [name for name, table in tables.items() if table.get("x-yidi-sources", "yidi") != "yidi"]
    assert len(published) == 104 + 5
    names = {key for infno in national for way in BODY for key in names_in(SCHEMAS[f"{MESSAGES}{infno}.{way}.json"])}
    assert len(names - {"infno", "input", "output"}) >= 591


def test_bureau_messages_have_one_letter_and_three_digits_and_a_basis():
    proposed = {infno: row for infno, row in TRANSACTIONS.items() if row["sources"] == "yidi"}
    assert len(proposed) >= 30
    for infno, row in proposed.items():
        assert re.fullmatch("[A-Z][0-9]{3}", infno)
        assert row["basis"]


def test_a_coded_field_has_its_table_and_nothing_else():
    for schema in SCHEMAS.values():
        for node in nodes(schema):
            if "$ref" in node and "/codes.json#" in node["$ref"]:
                assert all(key.startswith("x-yidi-") or key == "$ref" for key in node), node


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
            assert not re.search(r"\\[dDwWsSpPbB]", node["pattern"])
            # "$" lets a line break pass in Python: either the length or a look-ahead stops it.
            assert ("maxLength" in node) != node["pattern"].endswith("$(?!\\n)")


def test_every_note_has_its_chinese():
    written = [node["x-yidi-note"] for schema in SCHEMAS.values() for node in nodes(schema) if "x-yidi-note" in node]
    assert set(DATA["notes.json"]) == {part for note in written for part in note.split("; ")}
    assert all(re.search("[\u4e00-\u9fff]", chinese) for chinese in DATA["notes.json"].values())


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
        elif name not in {"infcode", "admdvs"}:
            assert table["enum"] == list(table["x-yidi-labels"])


def test_every_field_names_its_sources():
    for schema in SCHEMAS.values():
        for node in nodes(schema):
            for key, field in node.get("properties", {}).items():
                if "$ref" in field or field.get("type") in ("string", "integer"):
                    assert re.fullmatch("[HNG]+|local|yidi", field["x-yidi-sources"]), key


def test_a_field_that_only_some_sources_have_is_optional():
    for schema in SCHEMAS.values():
        for node in nodes(schema):
            for key, field in node.get("properties", {}).items():
                note = field.get("x-yidi-note", "")
                if any(words in note for words in LOOSE):
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
