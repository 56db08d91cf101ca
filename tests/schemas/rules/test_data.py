"""The rules of version v1 are well formed, rest on something, and bind somewhere; the examples keep them all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, get_args

import pytest

import schemas
from schemas.rules import KINDS, Plan

ENTRIES: list[dict[str, Any]] = json.loads((files("schemas") / "v1" / "rules.json").read_text(encoding="utf-8"))
IDS = [entry["id"] for entry in ENTRIES]
COMMON = {"id", "kind", "says", "cure", "basis"}
CONDITIONS = [{"field", "in"}, {"field", "not_in"}, {"field", "filled"}, {"field", "negative"}, {"head"}]
CONDITIONS += [{"inside", "key", "in"}, {"inside", "key", "filled"}]
WHERE = {"direction", "infnos", "blocks", "has", "without"}
PLACE = re.compile(r"[HNGJ] (envelope|[0-9]{4})")


@pytest.fixture(scope="module")
def plans() -> dict[tuple[str, schemas.Direction], Plan]:
    registry = schemas.load("v1")
    return {
        (infno, direction): registry.validator(infno, direction).plan
        for infno in registry.transactions
        for direction in get_args(schemas.Direction)
    }


def test_every_rule_has_a_name_of_its_own():
    assert sorted(IDS) == sorted(set(IDS))
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", each) for each in IDS)
    assert not {"decimals", "date", "json", "required", "type", "enum", "pattern"} & set(IDS)


@pytest.mark.parametrize("entry", ENTRIES, ids=IDS)
def test_a_rule_names_its_kind_and_parameters_rightly(entry: dict[str, Any]):
    kind = KINDS[entry["kind"]]
    parameters = entry.keys() - COMMON - {"where", "when"}
    assert entry.keys() >= COMMON
    assert kind.required <= parameters <= kind.required | kind.optional
    assert entry.get("where", {}).keys() <= WHERE
    conditions = [*entry.get("when", []), *entry.get("then", []), *entry.get("one", []), *entry.get("other", [])]
    assert all(set(each) in CONDITIONS for each in conditions if isinstance(each, dict))
    assert entry["kind"] != "needs" or ("all" in entry) != ("any" in entry)


@pytest.mark.parametrize("entry", ENTRIES, ids=IDS)
def test_a_rule_speaks_both_languages_in_clauses(entry: dict[str, Any]):
    for words in (entry["says"], entry["cure"]):
        assert set(words) == {"zh", "en"}
        assert re.search("[\u4e00-\u9fff]", words["zh"])
        assert words["en"].isascii()
        assert all(each == each.strip() and not each.endswith((".", "。")) for each in words.values())


@pytest.mark.parametrize("entry", ENTRIES, ids=IDS)
def test_a_rule_rests_on_a_requirement_or_on_the_interface_text(entry: dict[str, Any]):
    known = set(schemas.load_requirements().rows)
    assert entry["basis"]
    assert all(each in known or PLACE.fullmatch(each) for each in entry["basis"])


@pytest.mark.parametrize("rule", IDS)
def test_a_rule_binds_to_a_message(plans: dict[Any, Plan], rule: str):
    assert any(rule == each.id for made in plans.values() for each in made.rules)


def test_every_list_and_total_that_a_rule_names_is_judged_somewhere(plans: dict[Any, Plan]):
    registry = schemas.load("v1")
    judged = set()
    for (infno, direction), made in plans.items():
        body = registry.body(infno, direction)
        for rule, _ in made.bound:
            named = rule.parameters.get("list")
            if isinstance(named, list):
                rows = next(each for each in named if each in body.blocks)
                judged.add((rule.id, rows))
                block = body.blocks[rule.parameters.get("block", "data")]
                judged.update(
                    (rule.id, str(each))
                    for each in rule.parameters.get("fields", ())
                    if total(each, block, body.blocks[rows])
                )
    for entry in ENTRIES:
        if isinstance(entry.get("list"), list):
            assert {(entry["id"], str(each)) for each in [*entry["list"], *entry.get("fields", [])]} <= judged


def total(names: Any, block: Any, rows: Any) -> bool:
    """Whether a message has a total and what it sums."""
    of_block, of_row = (names, names) if isinstance(names, str) else names
    return of_block in block.fields and of_row in rows.fields


def test_what_the_kind_needs_leaves_to_the_schema_may_not_be_empty(plans: dict[Any, Plan]):
    registry = schemas.load("v1")
    for key in plans:
        message = schemas.parse(registry.examples[key])
        for block, row in rows_of(registry.body(*key), message.get(schemas.values.BODY[key[1]])):
            for name in block.fields.keys() & NEEDED:
                if block.fields[name].required and name in row:
                    kept, row[name] = row[name], ""
                    assert not registry.validator(*key).is_valid(message), (key, block.name, name)
                    row[name] = kept


NEEDED = {name for entry in ENTRIES if entry["kind"] == "needs" for name in entry.get("all", entry.get("any"))}


def rows_of(block: Any, value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each block of an example with each of its rows."""
    for row in value if isinstance(value, list) else [value]:
        if isinstance(row, dict):
            yield block, row
            for inner in block.blocks.values():
                yield from rows_of(inner, row.get(inner.name))


def test_every_transaction_a_rule_names_exists():
    known = tuple(schemas.load("v1").transactions)
    for entry in ENTRIES:
        for named in entry.get("where", {}).get("infnos", []):
            assert any(infno.startswith(named) for infno in known)


def test_the_examples_keep_every_rule(plans: dict[Any, Plan]):
    registry = schemas.load("v1")
    for key, text in registry.examples.items():
        assert (key, list(plans[key].broken(schemas.parse(text)))) == (key, [])
