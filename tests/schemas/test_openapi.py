"""One OpenAPI document says the same as the schemas, needs nothing else, and is what OpenAPI tools expect."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from typer.testing import CliRunner

import schemas
from schemas.commands import app
from schemas.openapi import openapi
from schemas.openapi.components import component_name

Json = dict[str, Any]
Verdict = Callable[[object], bool]

RUN = CliRunner()
URN = "urn:yidi:openapi"


@pytest.fixture(scope="module")
def document(registry: schemas.Registry) -> Json:
    return openapi(registry)


@pytest.fixture(scope="module")
def judged(document: Json) -> Callable[[str], Verdict]:
    """Return the verdict of a component of the document by its name."""
    resources = jsonschema_rs.Registry([(URN, {"components": document["components"]})])

    def verdict(name: str) -> Verdict:
        schema = {"$ref": f"{URN}#/components/schemas/{name}"}
        return jsonschema_rs.Draft202012Validator(schema, registry=resources).is_valid

    return verdict


@pytest.fixture(scope="module")
def originals(registry: schemas.Registry) -> Callable[[str], Verdict]:
    """Return the verdict of the schema of a message by its name, such as `2304.request`."""
    contents = [(uri, registry.resources.contents(uri)) for uri in registry.resources]
    resources = jsonschema_rs.Registry(contents)

    def verdict(name: str) -> Verdict:
        infno, way = name.split(".")
        schema = registry.schema(infno, way)  # type: ignore[arg-type]
        return jsonschema_rs.Draft202012Validator(schema, registry=resources).is_valid

    return verdict


def parts(value: Any) -> Iterator[Json]:
    """Every object in a document."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(each)


def operations(document: Json) -> dict[str, Json]:
    return {path.removeprefix("/"): item["post"] for path, item in document["paths"].items()}


def broken(message: Any) -> Iterator[None]:
    """Break a message at one place after the other, in each of several ways, and mend it again."""
    members = list(message) if isinstance(message, dict) else range(len(message))
    for member in members:
        whole = message[member]
        for wrong in (None, "", "完" * 50_000, 10**20, -1, [], {"surprise": 1}):
            message[member] = wrong
            yield
        if isinstance(message, dict):
            del message[member]
            yield
        message[member] = whole
        if isinstance(whole, dict):
            whole["surprise"] = "1"
            yield
            del whole["surprise"]
        if isinstance(whole, dict | list):
            yield from broken(whole)


def test_it_is_an_openapi_document(document: Json):
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_each_transaction_is_one_operation(document: Json, registry: schemas.Registry):
    found = operations(document)
    assert list(found) == list(registry.transactions)
    assert all(set(item) == {"post"} for item in document["paths"].values())
    assert found["2304"]["operationId"] == "inpatientSettlement2304"
    ids = [each["operationId"] for each in found.values()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[a-z][A-Za-z]*[0-9A-Z]{4,6}", each) for each in ids)


def test_an_operation_says_what_it_is_for_in_both_languages(document: Json, registry: schemas.Registry):
    for infno, each in operations(document).items():
        known = registry.transactions[infno]
        assert each["summary"] == f"{known.name.en} {known.name.zh}"
        assert each["x-yidi-title"] == {"zh": known.name.zh, "en": known.name.en}
        texts = [known.purpose, known.when, known.sender, known.receiver, *known.notes]
        for text in (text for name in texts for text in (name.zh, name.en)):
            assert text[1:].rstrip(".。") in each["description"], (infno, text)


def test_tags_are_the_groups_and_each_is_described(document: Json):
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    for infno, each in operations(document).items():
        (tag,) = each["tags"]
        assert infno in tags[tag]
    assert "住院" in tags["service/inpatient fees & settlement"]


def test_what_this_project_proposes_is_marked(document: Json, registry: schemas.Registry):
    for infno, each in operations(document).items():
        proposal = registry.transactions[infno].proposal
        assert each["x-yidi-proposal"] is proposal
        assert ("proposal of this project" in each["description"]) is proposal
        assert ("本项目（yidi）的建议" in each["description"]) is proposal


def test_every_reference_leads_into_the_document(document: Json):
    references = [part["$ref"] for part in parts(document) if "$ref" in part]
    assert len(references) > 1000
    for reference in set(references):
        assert reference.startswith("#/components/")
        target = document
        for name in reference.removeprefix("#/").split("/"):
            target = target[name]
    assert not [part for part in parts(document["components"]["schemas"]) if {"$id", "$schema", "$defs"} & set(part)]


def test_only_notes_stand_beside_a_reference(document: Json):
    """Swagger UI shows what stands beside a reference instead of what it leads to."""
    for part in parts(document["components"]["schemas"]):
        if "$ref" in part:
            assert all(key in {"$ref", "title", "description"} or key.startswith("x-") for key in part)


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("https://yidi.invalid/schemas/v1/common.json#/$defs/amount", "amount"),
        ("https://yidi.invalid/schemas/v1/codes.json#/$defs/med_type", "code.med_type"),
        ("https://yidi.invalid/schemas/v1/blocks.json#/$defs/line", "blocks.line"),
        ("https://yidi.invalid/schemas/v1/envelope.request.json", "envelope.request"),
        ("https://yidi.invalid/schemas/v1/messages/2304.request.json", "2304.request"),
    ],
)
def test_components_are_named_after_files_and_definitions(uri: str, name: str, document: Json):
    assert component_name(uri) == name
    assert name in document["components"]["schemas"] or name == "blocks.line"


def test_titles_descriptions_and_annotations_survive(document: Json, registry: schemas.Registry):
    def notes(schema: Any) -> Counter[str]:
        rows = (item for part in parts(schema) for item in part.items())
        return Counter(json.dumps(row) for row in rows if row[0].startswith("x-") and row[0] != "x-enumDescriptions")

    for infno, way in ((infno, way) for infno in registry.transactions for way in ("request", "response")):
        component = document["components"]["schemas"][f"{infno}.{way}"]
        assert notes(component) == notes(registry.schema(infno, way))  # type: ignore[arg-type]
    data = document["components"]["schemas"]["2304.request"]["properties"]["input"]["properties"]["data"]
    certificate = data["properties"]["mdtrt_cert_type"]
    assert certificate["$ref"] == "#/components/schemas/code.mdtrt_cert_type"
    assert certificate["title"] == registry.dictionary["mdtrt_cert_type"].zh
    assert certificate["description"] == registry.dictionary["mdtrt_cert_type"].en
    assert document["components"]["schemas"]["amount"]["x-yidi-decimals"] == 2
    codes = document["components"]["schemas"]["code.gend_or_empty"]
    assert codes["x-enumDescriptions"].keys() == set(codes["enum"])
    assert codes["x-enumDescriptions"]["1"] == "男 male"


def test_a_code_table_says_the_type_of_its_codes(document: Json):
    types = {"string": str, "integer": int}
    tables = [each for name, each in document["components"]["schemas"].items() if name.startswith("code.")]
    for table in (table for table in tables if "type" in table):
        assert all(isinstance(code, types[table["type"]]) for code in table.get("enum", ()))
    assert sum("type" in table for table in tables) > 100


def test_examples_are_those_of_the_registry_to_the_last_digit(document: Json, registry: schemas.Registry):
    found = {}
    for infno, each in operations(document).items():
        for way, carrier in (("request", each["requestBody"]), ("response", each["responses"]["200"])):
            examples = carrier["content"]["application/json"]["examples"]
            if "invented" in examples:
                found[infno, way] = schemas.parse(json.dumps(examples["invented"]["value"]))
    assert found == {
        key: schemas.parse(text) for key, text in registry.examples.items() if key[0] in registry.transactions
    }


def test_every_example_is_valid_and_each_break_gets_the_verdict_of_the_original(
    registry: schemas.Registry, judged: Callable[[str], Verdict], originals: Callable[[str], Verdict]
):
    for (infno, way), text in registry.examples.items():
        name = f"{infno}.{way}"
        here, there = judged(name), originals(name)
        message = schemas.parse(text)
        assert here(message), name
        verdicts = Counter()
        for _ in broken(message):
            verdicts[here(message)] += 1
            assert here(message) == there(message), (name, message)
        assert verdicts[False] > 10, name


def test_a_refusal_is_a_good_reply_to_every_transaction(
    document: Json, registry: schemas.Registry, judged: Callable[[str], Verdict]
):
    refusal = document["components"]["examples"]["refusal"]["value"]
    assert refusal["infcode"] != 0
    for infno, each in operations(document).items():
        verdict = judged(f"{infno}.response")
        assert verdict(refusal)
        assert not verdict({**refusal, "err_msg": ""})
        assert not verdict({**refusal, "output": {"result": {}}})
        examples = each["responses"]["200"]["content"]["application/json"]["examples"]
        assert examples["refusal"] == {"$ref": "#/components/examples/refusal"}
        assert set(each["responses"]) == {"200", "401", "default"}
        assert registry.check_text(infno, "response", json.dumps(refusal)) == ()


def test_the_same_message_may_come_as_plain_text_and_files_come_beside(document: Json):
    found = operations(document)
    for infno, each in found.items():
        text = each["requestBody"]["content"]["text/plain"]["schema"]
        assert text["contentSchema"]["$ref"] == f"#/components/schemas/{infno}.request"
    form = found["9101"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["jsonStr", "file"]
    assert form["properties"]["jsonStr"]["contentSchema"]["$ref"] == "#/components/schemas/9101.request"
    assert set(found["9102"]["responses"]["200"]["content"]) == {"application/json", "application/octet-stream"}
    assert set(found["2304"]["requestBody"]["content"]) == {"application/json", "text/plain"}
    assert set(found["2304"]["responses"]["200"]["content"]) == {"application/json"}


def test_either_gateway_or_none_is_enough(document: Json):
    assert document["security"] == [{"x_tif": []}, {"_api_": []}, {}]
    schemes = document["components"]["securitySchemes"]
    headers = [header for scheme in schemes.values() for header in scheme["x-yidi-headers"]]
    parameters = document["components"]["parameters"]
    assert {*parameters, *(scheme["name"] for scheme in schemes.values())} == set(headers)
    for each in operations(document).values():
        assert [part["$ref"].rpartition("/")[2] for part in each["parameters"]] == list(parameters)
    for parameter in parameters.values():
        assert (parameter["in"], parameter["required"]) == ("header", False)
        assert re.search(parameter["schema"]["pattern"], parameter["example"])


def test_the_worked_examples_are_signed_as_the_formulas_say(document: Json):
    schemes = document["components"]["securitySchemes"]
    secret, headers = schemes["x_tif"]["x-yidi-example"].values()
    time, nonce = headers["x-tif-timestamp"], headers["x-tif-nonce"]
    assert len(nonce) == 32
    assert headers["x-tif-signature"] == hashlib.sha256((time + secret + nonce + time).encode()).hexdigest()
    secret, headers = schemes["_api_"]["x-yidi-example"].values()
    names = ("_api_access_key", "_api_name", "_api_timestamp", "_api_version")
    text = "&".join(f"{name}={headers[name]}" for name in names)
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
    assert headers["_api_signature"] == base64.b64encode(digest).decode()


def test_the_gateway_refuses_with_its_own_texts(document: Json, judged: Callable[[str], Verdict]):
    content = document["components"]["responses"]["gatewayRefusal"]["content"]["application/json"]
    bodies = [example["value"] for example in content["examples"].values()]
    assert {body["code"] for body in bodies} == {401}
    assert bodies[0]["message"] == "缺少服务网关的请求头!"
    assert len({body["message"] for body in bodies}) == 4
    assert all(map(judged("gateway.refusal"), bodies))


def test_the_head_of_the_document_names_version_status_and_both_addresses(document: Json, registry: schemas.Registry):
    info = document["info"]
    assert (info["version"], info["x-yidi-status"]) == ("v1-draft", "draft")
    assert openapi(registry, status="released")["info"]["version"] == "v1"
    assert info["license"] == {"name": "Apache License 2.0", "identifier": "Apache-2.0"}
    for said in (
        "callService",
        "infcode",
        "strict",
        "x-yidi-proposal",
        "All examples are invented",
        "所有示例均为虚构",
    ):
        assert said in info["description"]
    assert [address["path"] for address in document["x-yidi-addresses"]] == [
        "/{infno}",
        "/fsi/api/rsfComIfsService/callService",
    ]


def test_a_document_is_made_anew_and_belongs_to_the_caller(document: Json, registry: schemas.Registry):
    spoilt = openapi(registry)
    for part in list(parts(spoilt)):
        part.clear()
    assert openapi(registry) == document


def test_the_command_prints_the_document_the_same_on_every_run(document: Json):
    printed = RUN.invoke(app, ["openapi"])
    assert printed.exit_code == 0
    assert json.loads(printed.stdout)["paths"] == document["paths"]
    assert RUN.invoke(app, ["openapi", "--json"]).stdout == printed.stdout
    command = [sys.executable, "-c", "from schemas.commands import app; app(['openapi'])"]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONIOENCODING": "utf-8"}
    again = subprocess.run(command, capture_output=True, check=True, env=environment, cwd=Path(__file__).parents[2])
    assert again.stdout.decode() == printed.stdout


def test_the_command_writes_a_file_whole_and_says_so_in_one_line(tmp_path: Path, document: Json):
    file = tmp_path / "openapi.json"
    file.write_text("old", encoding="utf-8")
    link = tmp_path / "link.json"
    link.symlink_to(file)
    result = RUN.invoke(app, ["openapi", "--out", str(link)])
    assert (result.exit_code, result.stdout) == (0, f"{link}: {len(document['paths'])} operations\n")
    assert file.read_text(encoding="utf-8") == RUN.invoke(app, ["openapi"]).stdout
    assert link.is_symlink()
    assert "个交易" in RUN.invoke(app, ["openapi", "--out", str(file), "--lang", "zh"]).stdout
    told = json.loads(RUN.invoke(app, ["openapi", "--out", str(file), "--json"]).stdout)
    assert told == {"file": str(file), "operations": len(document["paths"])}
    assert sorted(tmp_path.iterdir()) == [link, file]


def test_a_file_that_cannot_be_written_is_one_sentence_and_exit_code_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    for target in (tmp_path / "file" / "openapi.json", tmp_path, Path(os.devnull)):
        result = RUN.invoke(app, ["openapi", "--out", str(target)])
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1), target
        assert f"{target} cannot be written" in result.stderr
    assert not Path(os.devnull).is_file()
    file = tmp_path / "openapi.json"
    file.write_text("old", encoding="utf-8")
    monkeypatch.setattr(Path, "replace", _full_disk)
    result = RUN.invoke(app, ["openapi", "--out", str(file), "--json"])
    assert (result.exit_code, "cannot be written" in json.loads(result.stdout)["error"]["en"]) == (2, True)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "openapi.json"]
    assert file.read_text(encoding="utf-8") == "old"


def _full_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")
