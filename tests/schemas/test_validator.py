"""Two validators, one verdict: on valid examples, on broken ones, and on generated mutations of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schemas
from schemas.findings.wording import pointer
from schemas.validator import MOST, WordedValidator

REGISTRY = schemas.load("v1")
MESSAGES = [(infno, way) for infno in REGISTRY.transactions for way in ("request", "response")]
RESOURCES = jsonschema_rs.Registry([(uri, REGISTRY.resources.contents(uri)) for uri in REGISTRY.resources])
RULES = {rule.id for rule in REGISTRY.rules} | {"decimals", "date"}
DROP = object()


def example(infno: str, way: str) -> Any:
    return schemas.parse(REGISTRY.examples[infno, way])


@cache
def engines(infno: str, way: str) -> tuple[Any, Any]:
    schema = REGISTRY.schema(infno, way)
    worded = WordedValidator(schema, registry=REGISTRY.resources)
    return worded, jsonschema_rs.Draft202012Validator(schema, registry=RESOURCES)


def assert_one_verdict(infno: str, way: str, message: Any) -> tuple[schemas.Finding, ...]:
    worded, fast = engines(infno, way)
    errors = list(worded.iter_errors(message))
    paths = {tuple(error.absolute_path) for error in errors}
    assert paths == {tuple(error.instance_path) for error in fast.iter_errors(message)}
    validator = REGISTRY.validator(infno, way)
    findings = validator.check(message)
    assert validator.is_valid(message) is (findings == ())
    assert_nothing_is_lost(errors, findings)
    assert len({(finding.pointer, finding.keyword) for finding in findings}) == len(findings)
    for finding in findings:
        assert finding.zh.endswith("。")
        assert finding.zh.count("。") == 1
        assert finding.en.endswith(".")
        assert "schemas" not in finding.en
    return findings


def assert_nothing_is_lost(errors: list[Any], findings: tuple[schemas.Finding, ...]) -> None:
    """Every place where plain `jsonschema` sees an error has a finding, and the others break a named rule."""
    if findings and findings[-1].keyword == "more":
        return
    wrong = {pointer(path) for error in errors for path in places_of(error)}
    assert wrong <= {finding.pointer for finding in findings}
    assert all(finding.keyword in RULES for finding in findings if finding.pointer not in wrong)


def places_of(error: Any) -> list[tuple[str | int, ...]]:
    path = tuple(error.absolute_path)
    if error.validator == "required":
        return [(*path, name) for name in error.validator_value if name not in error.instance]
    if error.validator == "additionalProperties":
        return [(*path, name) for name in error.instance if name not in error.schema["properties"]]
    return [path]


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from places(member, (*path, key))


def changed(message: Any, path: tuple[str | int, ...], value: Any) -> Any:
    message = copy.deepcopy(message)
    if not path:
        return message if value is DROP else value
    parent = message
    for part in path[:-1]:
        parent = parent[part]
    if value is DROP:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return message


MUTATIONS: dict[str, Callable[[Any], Any]] = {
    "drop": lambda _: DROP,
    "null": lambda _: None,
    "text": lambda _: "zz",
    "empty text": lambda _: "",
    "new line": lambda _: "\n",
    "number": lambda _: 5,
    "negative": lambda old: -old if isinstance(old, int | Decimal) else -1,
    "whole decimal": lambda _: Decimal("1.0"),
    "a power": lambda _: Decimal("1E+3"),
    "too many decimals": lambda _: Decimal("1.2345678"),
    "trailing zeros": lambda _: Decimal("1.20000000"),
    "at the bound": lambda _: 10**14,
    "just below the bound": lambda _: Decimal("99999999999999.99"),
    "far over the bound": lambda _: 10**39,
    "true": lambda _: True,
    "list": lambda _: [],
    "object": lambda _: {},
    "object in list": lambda old: [old],
    "too long": lambda old: f"{old}{'长' * 4001}",
    "one longer": lambda old: f"{old}0",
    "rare character": lambda _: "𠮷",
    "full width": lambda old: str(old).translate({48 + digit: 0xFF10 + digit for digit in range(10)}),
    "trailing new line": lambda old: f"{old}\n",
    "leading space": lambda old: f" {old}",
    "impossible date": lambda _: "2016-02-30",
    "impossible time": lambda _: "2016-02-30 08:00:00",
    "zero": lambda _: 0,
    "refused": lambda _: -1,
    "extra field": lambda old: {**old, "foo_bar": 1} if isinstance(old, dict) else old,
    # At most as many again: three rounds of a hundred times as many would be a message of 206 MB.
    "many rows": lambda old: (old * 101)[:1001] if isinstance(old, list) else old,
}


@pytest.mark.parametrize(("infno", "way"), MESSAGES)
def test_every_example_is_valid(infno: str, way: str):
    assert assert_one_verdict(infno, way, example(infno, way)) == ()


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize(("infno", "way"), [("2301", "request"), ("1101", "request"), ("2303", "response")])
def test_one_verdict_on_each_place_of_a_message(infno: str, way: str, mutation: str):
    message = example(infno, way)
    every = list(places(message))
    for path in every[:: 1 + len(every) // 25]:
        assert_one_verdict(infno, way, changed(message, path, MUTATIONS[mutation](value_at(message, path))))


def value_at(message: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        message = message[part]
    return message


@given(st.data())
@settings(max_examples=3000, deadline=None)
def test_one_verdict_on_mutated_messages(data: st.DataObject):
    infno, way = data.draw(st.sampled_from(MESSAGES))
    message = example(infno, way)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(message))))
        mutation = data.draw(st.sampled_from(sorted(MUTATIONS)))
        message = changed(message, path, MUTATIONS[mutation](value_at(message, path)))
    assert_one_verdict(infno, way, message)


def finding_at(infno: str, way: str, path: tuple[str | int, ...], value: Any) -> tuple[str, str] | None:
    """The one finding of the schema or of a field's own rule; None where there is none."""
    findings = assert_one_verdict(infno, way, changed(example(infno, way), path, value))
    schema = [finding for finding in findings if finding.keyword not in RULES]
    of_fields = [finding for finding in findings if finding.keyword in {"decimals", "date"}]
    assert len([*schema, *of_fields]) <= 1, findings
    return next(((each.pointer, each.keyword) for each in [*schema, *of_fields]), None)


DATA = ("input", "data")
LINE = ("input", "feedetail", 1)


@pytest.mark.parametrize(
    ("infno", "path", "value", "keyword"),
    [
        ("2304", (*DATA, "psn_no"), DROP, "required"),
        ("2304", (*DATA, "psn_no"), "", "minLength"),
        ("2304", (*DATA, "psn_no"), None, "type"),
        ("2304", (*DATA, "psn_no"), 5, "type"),
        ("2304", (*DATA, "psn_no"), "1" * 31, "maxLength"),
        ("2304", (*DATA, "psn_no"), "𠮷" * 30, None),
        ("2304", (*DATA, "certno"), DROP, None),
        ("2304", (*DATA, "certno"), "", None),
        ("2304", (*DATA, "certno"), None, "type"),
        ("2304", (*DATA, "insutype"), "", "enum"),
        ("2304", (*DATA, "insutype"), "31", "enum"),
        ("2304", (*DATA, "insutype"), 310, "enum"),
        ("2304", (*DATA, "psn_type"), "", None),
        ("2304", (*DATA, "dscgTime"), "", None),
        ("2304", (*DATA, "dscgTime"), "\n", "pattern"),
        ("2304", (*DATA, "dscgTime"), "2026-03-12\n", "pattern"),
        ("2304", (*DATA, "dscgTime"), "2026-02-30", "date"),
        ("2304", (*DATA, "dscgTime"), "２026-02-28", "pattern"),
        ("2304", (*DATA, "medfee_sumamt"), Decimal("1.234"), "decimals"),
        ("2304", (*DATA, "medfee_sumamt"), Decimal("1.230"), None),
        ("2304", (*DATA, "medfee_sumamt"), -5, None),
        ("2304", (*DATA, "medfee_sumamt"), 10**14, "exclusiveMaximum"),
        ("2304", (*DATA, "medfee_sumamt"), Decimal("-99999999999999.99"), None),
        ("2304", (*DATA, "medfee_sumamt"), "12.00", "type"),
        ("2304", (*DATA, "medfee_sumamt"), Decimal("NaN"), "type"),
        ("2304", ("insuplc_admdvs",), "", None),
        ("2304", ("insuplc_admdvs",), "\n", "pattern"),
        ("2304", ("insuplc_admdvs",), DROP, None),
        ("2304", ("mdtrtarea_admvs",), "", "pattern"),
        ("2304", ("enc_type",), "SM4", None),
        ("2304", ("pay_loc",), "", None),
        ("2304", ("pay_loc",), "9", "enum"),
        ("2304", ("fixmedins_code",), "C32010000000", None),
        ("2304", ("fixmedins_code",), "X32010000000", "pattern"),
        ("2304", ("msgid",), "a" * 30, "pattern"),
        ("2304", ("infno",), "2303", "const"),
        ("2304", ("input",), None, "type"),
        ("2304", ("input",), {}, "required"),
        ("2304", DATA, [], "type"),
        ("2301", ("input", "feedetail"), [], "minItems"),
        ("2301", (*LINE, "feedetl_sn"), "0002", None),
        ("2301", (*LINE, "feedetl_sn"), "12\n", "pattern"),
        ("2301", (*LINE, "feedetl_sn"), 10**15, "maximum"),
        ("2301", (*LINE, "feedetl_sn"), Decimal("1.0"), None),
        ("2301", (*LINE, "feedetl_sn"), Decimal("1.5"), "type"),
        ("2301", (*LINE, "cnt"), Decimal("-1.2345"), None),
        ("2301", (*LINE, "cnt"), Decimal("1.23456"), "decimals"),
        ("2301", (*LINE, "pric"), Decimal("1.234567"), None),
        ("2302", ("input", "data", 0, "feedetl_sn"), "0000", None),
        ("3201", (*DATA, "fixmedins_setl_cnt"), -1, None),
        ("3202", (*DATA, "fixmedins_setl_cnt"), -1, "minimum"),
        ("3201", (*DATA, "fixmedins_setl_cnt"), "1", "type"),
        ("1101", (*DATA, "mdtrt_cert_type"), "01", None),
    ],
)  # fmt: skip
def test_a_request_with_one_change(infno: str, path: tuple[str | int, ...], value: Any, keyword: str | None):
    pointer = "".join(f"/{part}" for part in path)
    found = finding_at(infno, "request", path, value)
    if value == {}:
        pointer += "/data"
    assert found == (None if keyword is None else (pointer, keyword))


def test_an_unknown_field_is_found_at_its_own_place():
    assert finding_at("2304", "request", (*DATA, "foo"), 1) == ("/input/data/foo", "additionalProperties")
    assert finding_at("2304", "request", ("foo",), 1) == ("/foo", "additionalProperties")
    assert finding_at("2304", "request", ("input", "a/b~c"), 1) == ("/input/***", "additionalProperties")


def fee_lines(count: int) -> list[Any]:
    line = example("2301", "request")["input"]["feedetail"][0]
    return [{**line, "feedetl_sn": str(number)} for number in range(count)]


def test_a_hundred_lines_are_allowed_and_no_more():
    assert finding_at("2301", "request", ("input", "feedetail"), fee_lines(100)) is None
    assert finding_at("2301", "request", ("input", "feedetail"), fee_lines(101)) == ("/input/feedetail", "maxItems")


def test_a_card_needs_its_identification_code():
    card = changed(example("1101", "request"), (*DATA, "mdtrt_cert_type"), "03")
    for message in (card, changed(card, (*DATA, "card_sn"), DROP)):
        (finding,) = assert_one_verdict("1101", "request", message)
        assert finding.pointer == "/input/data/card_sn"
    assert assert_one_verdict("1101", "request", changed(card, (*DATA, "card_sn"), "0123")) == ()


REFUSAL = {"infcode": -1, "inf_refmsgid": "320100202603121020000000000001", "err_msg": "未找到人员"}


@pytest.mark.parametrize("infno", REGISTRY.transactions)
def test_a_refusal_needs_its_reason_and_no_output(infno: str):
    for more in ({}, {"output": None}, {"output": {}}, {"infcode": -9999}):
        assert assert_one_verdict(infno, "response", {**REFUSAL, **more}) == ()
    for wrong in ({"err_msg": ""}, {"infcode": 1}):
        assert len(assert_one_verdict(infno, "response", {**REFUSAL, **wrong})) == 1
    (missing,) = assert_one_verdict(infno, "response", changed(REFUSAL, ("err_msg",), DROP))
    assert (missing.pointer, missing.keyword) == ("/err_msg", "required")


@pytest.mark.parametrize("infno", REGISTRY.transactions)
def test_a_success_needs_its_output_where_there_is_one(infno: str):
    success = {"infcode": 0, "inf_refmsgid": REFUSAL["inf_refmsgid"]}
    bare = not REGISTRY.body(infno, "response").required
    for message in (success, {**success, "output": None}, {**success, "output": {}}):
        assert bool(assert_one_verdict(infno, "response", message)) is not bare


def test_a_wrong_status_code_is_the_only_finding():
    assert finding_at("2304", "response", ("infcode",), "0") == ("/infcode", "type")


def test_a_cancellation_may_carry_fields_of_unknown_type():
    for value in ("x", 5, Decimal("1.5"), True):
        assert finding_at("2305", "response", ("output", "setlinfo", 0, "age"), value) is None
    assert finding_at("2305", "response", ("output", "setlinfo", 0, "age"), None) is not None


def test_findings_come_in_the_order_of_the_rows():
    rows = [{**line, "cnt": "x"} for line in fee_lines(11)]
    message = changed(example("2301", "request"), ("input", "feedetail"), rows)
    pointers = [finding.pointer for finding in REGISTRY.validator("2301", "request").check(message)]
    assert pointers == [f"/input/feedetail/{index}/cnt" for index in range(11)]


def test_no_more_than_a_hundred_findings_are_listed_and_the_last_says_so():
    rows = [{**line, "cnt": "x"} for line in fee_lines(100)]
    message = changed(example("2301", "request"), ("input", "feedetail"), rows)
    findings = REGISTRY.validator("2301", "request").check(message)
    assert len(findings) == MOST
    assert all(each.keyword == "type" for each in findings)
    findings = REGISTRY.validator("2301", "request").check({**message, "zz": 1})
    assert len(findings) == MOST + 1
    assert findings[-1].keyword == "more"
    assert findings[-1].pointer == ""


def test_a_wrong_row_among_ten_thousand_good_ones_is_found():
    message = example("2001", "response")
    rows = message["output"]["trtinfo"] * 10_000
    rows[-1] = {**rows[-1], "psn_no": ""}
    path = ("output", "trtinfo")
    found = REGISTRY.validator("2001", "response").check(changed(message, path, rows))
    assert [each.pointer for each in found if each.keyword not in RULES] == [f"/output/trtinfo/{len(rows) - 1}/psn_no"]


def test_a_whole_decimal_is_an_integer_behind_every_reference():
    assert finding_at("9001", "response", ("infcode",), Decimal("0.0")) is None
    refused = {**REFUSAL, "infcode": Decimal("-1.0")}
    assert assert_one_verdict("9001", "response", refused) == ()
    assert finding_at("9001", "response", ("infcode",), Decimal("NaN")) == ("/infcode", "type")


def test_a_lone_surrogate_that_was_never_parsed_gives_one_verdict():
    for name in ("psn_name", "insutype", "dscgTime"):
        message = changed(example("2304", "request"), (*DATA, name), "\ud800" * 10)
        validator = REGISTRY.validator("2304", "request")
        assert validator.is_valid(message) is (validator.check(message) == ())


def test_a_float_is_refused_by_both():
    message = changed(example("2304", "request"), (*DATA, "medfee_sumamt"), 0.1)
    for method in (REGISTRY.validator("2304", "request").check, REGISTRY.validator("2304", "request").is_valid):
        with pytest.raises(TypeError, match="Decimal"):
            method(message)
