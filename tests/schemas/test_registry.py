"""One registry a version, with everything one may ask of the interface."""

from __future__ import annotations

import json

import jsonschema
import pytest

import schemas


def test_a_version_is_loaded_once(registry: schemas.Registry):
    assert schemas.load("v1") is schemas.load("v1")
    assert registry.version == "v1"
    with pytest.raises(schemas.SchemaError):
        schemas.load("v0")


def test_a_transaction_has_names_and_parties(registry: schemas.Registry):
    settlement = registry.transactions["2304"]
    assert (settlement.name.zh, settlement.name.en) == ("住院结算", "Inpatient settlement")
    assert settlement.receiver.en == "local insurance bureau"


def test_codes_have_labels_in_both_languages(registry: schemas.Registry):
    assert registry.tables["insutype"].labels["310"].zh == "职工基本医疗保险"
    assert registry.tables["naty"].labels["56"].zh == "基诺族"
    assert registry.tables["gend"].labels["1"] == schemas.Name("男", "male")
    assert registry.dictionary["psn_no"] == schemas.Name("人员编号", "person number")


def test_a_schema_is_a_copy(registry: schemas.Registry):
    registry.schema("2304", "request").clear()
    assert registry.schema("2304", "request")


def test_plain_jsonschema_can_use_schema_and_resources(
    registry: schemas.Registry, examples: dict[tuple[str, str], str]
):
    for (infno, way), text in examples.items():
        plain = jsonschema.Draft202012Validator(registry.schema(infno, way), registry=registry.resources)
        assert plain.is_valid(schemas.parse(text))
        assert not plain.is_valid({})


def test_unknown_transactions_and_directions_are_refused(registry: schemas.Registry):
    with pytest.raises(schemas.SchemaError, match="there are F101, S101, R101 and others: yidi schema list"):
        registry.schema("f101x", "request")
    with pytest.raises(schemas.SchemaError, match="request or response"):
        registry.body("2304", "sideways")  # type: ignore[arg-type]
    with pytest.raises(schemas.SchemaError):
        registry.head("sideways")  # type: ignore[arg-type]


def test_a_request_names_its_transaction(registry: schemas.Registry, examples: dict[tuple[str, str], str]):
    for infno in registry.transactions:
        assert registry.check_text(None, "request", examples[infno, "request"]) == ()


def test_a_reply_needs_its_transaction_named(registry: schemas.Registry, examples: dict[tuple[str, str], str]):
    with pytest.raises(schemas.SchemaError):
        registry.check_text(None, "response", examples["2304", "response"])
    assert registry.check_text("2304", "response", examples["2304", "response"]) == ()


@pytest.mark.parametrize(("infno", "keyword"), [("0000", "enum"), (5, "enum"), ([], "enum"), (None, "required")])
def test_an_unknown_transaction_in_the_head_is_a_finding(registry: schemas.Registry, infno: object, keyword: str):
    findings = registry.check_text(None, "request", json.dumps({"infno": infno}))
    (finding,) = (each for each in findings if each.pointer == "/infno")
    of_the_head = [each for each in findings if each is not finding]
    assert finding.keyword == keyword
    assert "1101" in finding.zh
    assert "1101" in finding.en
    assert {each.keyword for each in of_the_head} == {"required"}


def test_another_transaction_than_expected_is_a_finding(registry, examples):
    findings = registry.check_text("2405", "request", examples["2404", "request"])
    assert [(each.pointer, each.keyword) for each in findings] == [("/infno", "const")]


@pytest.mark.parametrize("text", ["[]", "5", '"x"', "null", "true"])
def test_a_message_that_is_no_object_is_one_finding(registry: schemas.Registry, text: str):
    (finding,) = registry.check_text(None, "request", text)
    assert (finding.pointer, finding.keyword) == ("", "type")


def test_a_text_that_is_no_json_is_one_finding(registry: schemas.Registry):
    (finding,) = registry.check_text(None, "request", '{"infno":')
    assert (finding.pointer, finding.keyword) == ("", "json")
    assert (finding.line, finding.column) == (1, 10)
