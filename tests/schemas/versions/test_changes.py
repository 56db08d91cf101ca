"""Every kind of change is found, told once, and judged as messages judge it.

The verdicts are held against `jsonschema-rs`: a pool of messages around a good one shows whether any message
became invalid (that breaks senders) or valid (that breaks receivers).
"""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from schemas.errors import SchemaError
from schemas.versions import Change, compare
from schemas.versions.folders import Version, read_folder, read_version

Files = dict[str, Any]
BASE = "https://yidi.invalid/schemas/v1/"
MESSAGE = "messages/2304.request.json"
DATA = "properties/input/properties/data"
FIELD = f"{DATA}/properties"
GONE = object()


def small() -> Files:
    """A version with one message, one reply and what they share."""
    files: Files = json.loads(Path(__file__).with_name("small.json").read_text(encoding="utf-8"))
    return files


def with_change(before: Files, file: str, pointer: str, value: object) -> Files:
    """A copy with one value set, or taken out."""
    after = copy.deepcopy(before)
    *steps, last = [part for part in pointer.split("/") if part]
    here = after[file]
    for step in steps:
        here = here[int(step)] if isinstance(here, list) else here[step]
    if value is GONE:
        del here[last]
    else:
        here[last] = value
    return after


def changes_of(before: Files, after: Files) -> tuple[Change, ...]:
    return compare(Version("A", before), Version("B", after))


def judge(content: Mapping[str, Any], message: str = MESSAGE) -> Callable[[object], bool]:
    """Whether a message is valid, as `jsonschema-rs` says."""
    pairs = [(each["$id"], each) for each in content.values() if isinstance(each, dict) and "$id" in each]
    return jsonschema_rs.Draft202012Validator(content[message], registry=jsonschema_rs.Registry(pairs)).is_valid


GOOD = {
    "infno": "2304",
    "sign_no": "s",
    "input": {
        "data": {
            "psn_no": "p",
            "medfee": 1,
            "balc": 1,
            "begn": "2024-01-01",
            "med_type": "11",
            "old_type": "",
            "area": "1",
            "flag": "0",
            "rows": [1],
        }
    },
}
VALUES = ["", "0", "1", "2", "11", "12", "21", "x", "ab", "abc", "abcd", "1234567", "a" * 50, "2305"]
VALUES += [0, 1, 2, 1.5, -1, 99.5, 100, 101, 200, None, True, {}, [], [1], [1, 2], [1, 1], [1, 2, 3], ["1"], [1.5]]  # type: ignore[list-item]


def pool(good: Mapping[str, Any] = GOOD) -> Iterator[object]:
    """A good message with each field taken out, or given each value; and with fields it does not know."""

    def around(here: Any) -> Iterator[Any]:
        yield from VALUES
        if isinstance(here, dict):
            for key in [*here, "new"]:
                rest = {name: value for name, value in here.items() if name != key}
                yield rest
                yield from ({**rest, key: value} for value in around(here.get(key)))

    yield good
    yield from around(good)
    for signed in ("x", "y"):
        yield from around({**good, "sign_no": signed})


POOL = [json.loads(text) for text in dict.fromkeys(map(json.dumps, pool()))]


def verdict(changes: tuple[Change, ...]) -> tuple[bool, bool]:
    return any(each.sender for each in changes), any(each.receiver for each in changes)


def shown_by(before: Files, after: Files) -> tuple[bool, bool]:
    """Whether some message became invalid, and whether some became valid."""
    old, new = judge(before), judge(after)
    pairs = [(old(message), new(message)) for message in POOL]
    return (True, False) in pairs, (False, True) in pairs


CASES: list[tuple[str, str, object, str, str]] = [
    # file, pointer, value, keyword told, words told
    (MESSAGE, f"{FIELD}/psn_no/maxLength", 2, "maxLength", "maximum length 3 → 2"),
    (MESSAGE, f"{FIELD}/psn_no/maxLength", 4, "maxLength", "maximum length 3 → 4"),
    (MESSAGE, f"{FIELD}/psn_no/maxLength", GONE, "maxLength", "maximum length 3 removed"),
    (MESSAGE, f"{FIELD}/psn_no/minLength", 2, "minLength", "minimum length 1 → 2"),
    (MESSAGE, f"{FIELD}/psn_no/minLength", 0, "minLength", "minimum length 1 removed"),
    (MESSAGE, f"{FIELD}/area/minLength", 2, "minLength", "minimum length 2 added"),
    (MESSAGE, f"{FIELD}/area/pattern", "^[a-z]*$", "pattern", "pattern ^[0-9]*$ → ^[a-z]*$"),
    (MESSAGE, f"{FIELD}/area/pattern", GONE, "pattern", "pattern ^[0-9]*$ removed"),
    (MESSAGE, f"{FIELD}/psn_no/pattern", "^[a-z]*$", "pattern", "pattern ^[a-z]*$ added"),
    (MESSAGE, f"{FIELD}/psn_no/type", ["string", "null"], "type", "type string → null | string"),
    (MESSAGE, f"{FIELD}/psn_no/type", "number", "type", "type string → number"),
    (MESSAGE, f"{FIELD}/psn_no/type", GONE, "type", "type string → any"),
    (MESSAGE, f"{FIELD}/rows/minItems", GONE, "minItems", "minimum of rows 1 removed"),
    (MESSAGE, f"{FIELD}/rows/maxItems", 1, "maxItems", "maximum of rows 2 → 1"),
    (MESSAGE, f"{FIELD}/rows/items/type", "number", "type", "type integer → number"),
    (MESSAGE, f"{FIELD}/rows/items", GONE, "type", "type integer → any"),
    (MESSAGE, f"{FIELD}/rows/uniqueItems", True, "uniqueItems", "condition uniqueItems True added"),
    (MESSAGE, f"{FIELD}/flag/enum", ["0"], "enum", "allowed value 1 removed"),
    (MESSAGE, f"{FIELD}/flag/enum", ["0", "1", "2"], "enum", "allowed value 2 added"),
    (MESSAGE, f"{FIELD}/flag/enum", GONE, "enum", "allowed value 0, 1 removed"),
    (MESSAGE, f"{FIELD}/flag/maxLength", GONE, "maxLength", "maximum length 3 removed"),
    (MESSAGE, f"{FIELD}/area/enum", ["1", "2"], "enum", "allowed value 1, 2 added"),
    (MESSAGE, f"{FIELD}/psn_no/not", {"const": "ab"}, "not", "condition not added"),
    (MESSAGE, f"{FIELD}/psn_no/anyOf", [{"maxLength": 1}, {"const": "ab"}], "anyOf", "condition anyOf added"),
    (MESSAGE, f"{FIELD}/psn_no/allOf", [{"maxLength": 1}], "maxLength", "maximum length 3 → 1"),
    (MESSAGE, f"{FIELD}/new", {"type": "string"}, "property", "field added"),
    (MESSAGE, f"{FIELD}/begn", GONE, "property", "field removed"),
    (MESSAGE, f"{FIELD}/psn_no", False, "property", "field removed"),
    (MESSAGE, f"{DATA}/required", ["psn_no"], "required", "field med_type is no longer required"),
    (MESSAGE, f"{DATA}/required", ["psn_no", "med_type", "area"], "required", "field area is now required"),
    (
        MESSAGE,
        f"{DATA}/additionalProperties",
        True,
        "additionalProperties",
        "fields that are not defined are now allowed",
    ),
    (MESSAGE, f"{DATA}/additionalProperties", {"type": "null"}, "additionalProperties", "now allowed"),
    (MESSAGE, f"{DATA}/minProperties", 9, "minProperties", "minimum of members 9 added"),
    (MESSAGE, f"{DATA}/maxProperties", 5, "maxProperties", "maximum of members 5 added"),
    (MESSAGE, "properties/infno/const", "2305", "enum", "allowed value 2305 added"),
    (MESSAGE, "then", GONE, "required", "field balc is no longer required"),
    (MESSAGE, "if", GONE, "required", "field balc is no longer required"),
    (MESSAGE, "if/properties/sign_no/const", "y", "required", "field balc is now required"),
    (MESSAGE, "else", {"properties": {"sign_no": {"minLength": 2}}}, "minLength", "minimum length 2 added"),
    ("codes.json", "$defs/med_type/enum", ["11", "21", "12"], "enum", "allowed value 12 added"),
    ("codes.json", "$defs/med_type/enum", ["11"], "enum", "allowed value 21 removed"),
    ("common.json", "$defs/amount/minimum", -1, "minimum", "minimum 0 → -1"),
    ("common.json", "$defs/amount/exclusiveMinimum", 0, "minimum", "minimum 0 → > 0"),
    ("common.json", "$defs/amount/maximum", 99, "maximum", "maximum < 100 → 99"),
    ("common.json", "$defs/amount/exclusiveMaximum", 200, "maximum", "maximum < 100 → < 200"),
    ("common.json", "$defs/amount/multipleOf", 1, "multipleOf", "condition multipleOf 1 added"),
    ("envelope.request.json", "properties/new", {"type": "string"}, "property", "field added"),
    ("envelope.request.json", "properties/sign_no", GONE, "property", "field removed"),
    ("envelope.request.json", "properties/sign_no/maxLength", 3, "maxLength", "maximum length 5 → 3"),
    ("envelope.request.json", "additionalProperties", GONE, "additionalProperties", "now allowed"),
    ("envelope.request.json", "required", ["infno", "input", "sign_no"], "required", "field sign_no is now required"),
]


@pytest.mark.parametrize(("file", "pointer", "value", "keyword", "words"), CASES)
def test_a_change_of_a_schema_is_found_and_judged_as_messages_judge_it(
    file: str, pointer: str, value: object, keyword: str, words: str
):
    before = small()
    after = with_change(before, file, pointer, value)
    changes = changes_of(before, after)
    assert any(each.keyword == keyword and words in each.what.en for each in changes), changes
    narrowed, widened = shown_by(before, after)
    assert verdict(changes) == (narrowed, widened)
    assert verdict(changes_of(after, before)) == (widened, narrowed)


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        (f"{FIELD}/area/pattern", "^[0-9a-z]*$"),  # wider, but nothing short of a proof would tell
        (f"{FIELD}/rows/contains", {"const": 1}),
        (f"{FIELD}/rows/prefixItems", [{"const": 1}]),
        (f"{DATA}/patternProperties", {"^x": {}}),
    ],
)
def test_where_the_judgement_is_in_doubt_both_break(pointer: str, value: object):
    assert verdict(changes_of(small(), with_change(small(), MESSAGE, pointer, value))) == (True, True)


def test_the_same_version_has_no_changes():
    assert changes_of(small(), small()) == ()


def test_a_change_says_where_it_is():
    (change,) = changes_of(small(), with_change(small(), MESSAGE, f"{FIELD}/rows/items/type", "number"))
    assert change.where == "2304 request /input/data/rows/*"
    (change,) = changes_of(small(), with_change(small(), MESSAGE, "then", GONE))
    assert change.where == "2304 request /input/data (sign_no = x)"


def test_a_code_of_a_shared_table_is_told_once_with_the_places_it_touches():
    after = with_change(small(), "codes.json", "$defs/med_type/enum", ["11", "21", "12"])
    after = with_change(after, "codes.json", "$defs/med_type_or_empty/enum", ["", "11", "21", "12"])
    (change,) = changes_of(small(), after)
    assert (change.where, change.what.zh) == ("codes.json med_type", "新增允许的取值 12")
    assert change.touches == ("2304 request /input/data/med_type", "2304 request /input/data/old_type")
    assert (change.sender, change.receiver) == (False, True)


def test_a_change_of_the_head_is_told_once():
    before = small()
    before["messages/2305.request.json"] = {
        **before[MESSAGE],
        "$id": f"{BASE}messages/2305.request.json",
        "properties": {"infno": {"const": "2305"}},
    }
    (change,) = changes_of(before, with_change(before, "envelope.request.json", "properties/new", {}))
    assert (change.where, change.keyword) == ("envelope.request.json /new", "property")
    assert change.touches == ("2304 request /new", "2305 request /new")


def test_a_field_that_refers_elsewhere_changes_itself_not_the_definition():
    after = with_change(small(), MESSAGE, f"{FIELD}/psn_no", {"$ref": "../codes.json#/$defs/med_type"})
    assert {each.where for each in changes_of(small(), after)} == {"2304 request /input/data/psn_no"}


def test_a_definition_that_is_new_did_not_change():
    after = with_change(small(), "codes.json", "$defs/area", {"type": "string", "enum": ["1", "2"]})
    after = with_change(after, MESSAGE, f"{FIELD}/area", {"$ref": "../codes.json#/$defs/area"})
    assert "2304 request /input/data/area" in {each.where for each in changes_of(small(), after)}
    assert "codes.json area" not in {each.where for each in changes_of(small(), after)}


def test_what_is_only_written_elsewhere_breaks_nobody():
    inline = small()["common.json"]["$defs"]["amount"]
    (change,) = changes_of(small(), with_change(small(), MESSAGE, f"{FIELD}/balc", inline))
    assert (change.where, change.what.en, change.breaking) == (MESSAGE, "written differently, means the same", False)


def test_a_definition_that_no_message_uses_breaks_nobody():
    (change,) = changes_of(small(), with_change(small(), "codes.json", "$defs/unused/enum", ["1", "2"]))
    assert (change.where, change.breaking) == ("codes.json", False)


def test_a_message_in_another_folder_is_the_same_message():
    before = small()
    after = small()
    after["2304.request.json"] = json.loads(json.dumps(after.pop(MESSAGE)).replace('"../', '"'))
    assert changes_of(before, after) == ()


@pytest.mark.parametrize(
    ("pointer", "value", "expected"),
    [
        ("$defs/amount/x-yidi-decimals", 1, (True, False)),
        ("$defs/amount/x-yidi-decimals", 3, (False, True)),
        ("$defs/amount/x-yidi-decimals", GONE, (False, True)),
        ("$defs/date/x-yidi-decimals", 2, (False, False)),
        ("$defs/date/x-yidi-kind", GONE, (False, True)),
        ("$defs/date/x-yidi-kind", "datetime", (False, False)),
        ("$defs/amount/x-yidi-kind", "date", (False, False)),
    ],
)
def test_decimals_and_days_are_judged(pointer: str, value: object, expected: tuple[bool, bool]):
    changes = changes_of(small(), with_change(small(), "common.json", pointer, value))
    assert verdict(changes) == expected


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        (f"{FIELD}/psn_no/title", "人员编号"),
        (f"{FIELD}/psn_no/x-yidi-note", "a note"),
        (f"{FIELD}/psn_no/x-yidi-sources", "HN"),
        ("description", "settle"),
    ],
)
def test_texts_break_nobody(pointer: str, value: object):
    (change,) = changes_of(small(), with_change(small(), MESSAGE, pointer, value))
    assert (change.where, change.keyword, change.breaking) == ("2304 request", "text", False)


def test_a_field_may_be_named_like_a_text():
    after = with_change(small(), MESSAGE, f"{FIELD}/title", {"type": "string"})
    assert [each.keyword for each in changes_of(small(), after)] == ["property"]


def test_labels_and_names_are_texts():
    after = with_change(small(), "codes.json", "$defs/med_type/x-yidi-labels", {"11": "普通门诊", "21": "住院"})
    after = with_change(after, "dictionary.json", "psn_no", {"zh": "人员号", "en": "person number"})
    after = with_change(after, "transactions.json", "transactions/2304/en", "settlement")
    found = {each.where: (each.keyword, each.breaking, each.touches) for each in changes_of(small(), after)}
    assert found == {
        "codes.json": ("text", False, ("$defs/med_type",)),
        "dictionary.json": ("text", False, ("psn_no",)),
        "transactions.json": ("text", False, ("2304",)),
    }


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], ("rule", False, True)),
        ([{"id": "sum", "kind": "sum", "parts": ["a"]}], ("rule", True, True)),
        (
            [{"id": "sum", "kind": "sum", "parts": ["a", "b"], "says": {"zh": "总和", "en": "sum"}}],
            ("text", False, False),
        ),
    ],
)
def test_named_rules_are_judged(rules: list[Any], expected: tuple[str, bool, bool]):
    (change,) = changes_of(small(), {**small(), "rules.json": rules})
    assert (change.keyword, change.sender, change.receiver) == expected
    assert change.where == "rules.json sum"


@pytest.mark.parametrize(("name", "sender"), [("other", False), ("a", True)])
def test_a_field_that_a_rule_speaks_of_makes_the_rule_bind(name: str, sender: bool):
    (change,) = changes_of(small(), with_change(small(), MESSAGE, f"{FIELD}/{name}", {"type": "string"}))
    assert (change.sender, change.receiver) == (sender, True)
    assert ("which a named rule speaks of" in change.what.en) == sender


@pytest.mark.parametrize(("infnos", "sender"), [([], True), (["2304"], True), (["F101"], False)])
def test_a_new_rule_breaks_senders_of_the_messages_it_binds(infnos: list[str], sender: bool):
    rules = [*small()["rules.json"], {"id": "more", "kind": "sum", "where": {"infnos": infnos}}]
    (change,) = changes_of(small(), {**small(), "rules.json": rules})
    assert (change.what.zh, change.sender, change.receiver) == ("新增命名规则 more", sender, False)


def test_a_message_that_comes_breaks_nobody_and_one_that_goes_breaks_both():
    more = {**small(), "messages/F101.request.json": small()[MESSAGE]}
    (added,) = changes_of(small(), more)
    assert (added.where, added.keyword, added.breaking) == ("F101 request", "message", False)
    (removed,) = changes_of(more, small())
    assert (removed.sender, removed.receiver) == (True, True)


def test_another_number_of_columns_breaks_both():
    after = with_change(small(), "transactions.json", "transactions/2304/columns", [{"zh": "列", "en": "column"}])
    change = changes_of(small(), after)[0]
    assert (change.keyword, change.sender, change.receiver) == ("columns", True, True)


def test_other_files_may_come_and_go():
    (change,) = changes_of(small(), {**small(), "flows.json": {}, "examples/2304.request.json": GOOD})[:1]
    assert (change.where, change.what.en, change.breaking) == ("examples/2304.request.json", "file added", False)


def test_breaking_changes_come_first():
    after = with_change(small(), "dictionary.json", "psn_no", {})
    after = with_change(after, MESSAGE, f"{FIELD}/psn_no/maxLength", 2)
    assert [each.breaking for each in changes_of(small(), after)] == [True, False]


@pytest.mark.parametrize(
    ("file", "pointer", "value", "hint"),
    [
        (MESSAGE, f"{FIELD}/balc/$ref", "../common.json#/$defs/nothing", "leads nowhere"),
        (MESSAGE, f"{FIELD}/balc/$ref", "nowhere.json", "leads nowhere"),
        ("common.json", "$defs/amount/$ref", "#/$defs/amount", "refers to itself"),
    ],
)
def test_a_reference_that_leads_nowhere_is_named(file: str, pointer: str, value: object, hint: str):
    with pytest.raises(SchemaError, match=hint):
        changes_of(small(), with_change(small(), file, pointer, value))


def test_a_folder_that_is_no_version_is_named(tmp_path: Path):
    for wrong, hint in [("v99", "the versions are v1"), (str(tmp_path), "transactions.json")]:
        with pytest.raises(SchemaError, match=hint):
            read_version(wrong)
    (tmp_path / "transactions.json").write_text("{", encoding="utf-8")
    with pytest.raises(SchemaError, match="cannot be read"):
        read_folder(tmp_path, "mine")


# The real version: one thing changed in a copy.


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("versions") / "v1"
    shutil.copytree(str(files("schemas") / "v1"), folder)
    return folder


@pytest.fixture(scope="module")
def real() -> Version:
    return read_version("v1")


def test_a_copy_of_the_real_version_has_no_changes(real: Version, copied: Path):
    assert compare(real, read_version(str(copied))) == ()


@pytest.mark.parametrize(
    ("change", "where", "expected"),
    [
        (("messages/2301.request.json", "properties/input/properties/feedetail/maxItems", 50), "2301 request", (1, 0)),
        (("messages/2304.response.json", "then/properties/output/required", ["setlinfo"]), "2304 response", (0, 1)),
        (("codes.json", "$defs/med_type/enum", ["11"]), "codes.json med_type", (1, 0)),
        (("common.json", "$defs/amount/x-yidi-decimals", 1), "common.json amount", (1, 0)),
        (("common.json", "$defs/msgid/pattern", "^[0-9]{30}$"), "common.json msgid", (1, 1)),
        (("envelope.request.json", "properties/opter/maxLength", 40), "envelope.request.json /opter", (0, 1)),
        (("envelope.request.json", "properties/trace_no", {}), "envelope.request.json /trace_no", (0, 1)),
        (("dictionary.json", "psn_no/zh", "人员号"), "dictionary.json", (0, 0)),
    ],
)
def test_one_change_of_the_real_version_is_one_change(
    real: Version, change: tuple[str, str, object], where: str, expected: tuple[int, int]
):
    (found,) = compare(real, Version("B", with_change(dict(real.files), *change)))
    assert found.where.startswith(where)
    assert (found.sender, found.receiver) == expected
