"""The lenient profile takes what clients in the field send, and only that; findings still point into the text."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

import schemas
from schemas.profiles import as_sent, overlaid, read_profile, relaxed
from schemas.reading import read_files
from schemas.values import BODY

STRICT, LENIENT = schemas.load(), schemas.load(profile="lenient")
FILES = read_files("v1")


def message(infno: str, way: str, **members: Any) -> dict[str, Any]:
    return {**json.loads(STRICT.examples[infno, way]), **members}


def capital(infno: str, way: str) -> dict[str, Any]:
    sent = message(infno, way)
    return {name.capitalize() if name in {"input", "output"} else name: value for name, value in sent.items()}


REQUESTS = {
    "Input for input": capital("2304", "request"),
    "a hexadecimal msgid": message("2304", "request", msgid="0af3" * 7 + "c1"),
    "a longer institution code": message("2304", "request", fixmedins_code="H320100000010000"),
    "the text null in the head": message("2304", "request", dev_no="null", insuplc_admdvs="null"),
}
RESPONSES = {
    "Output for output": capital("2304", "response"),
    "a text for infcode": message("2304", "response", infcode="0"),
    "a refusal with a text for infcode": {**message("9001", "response", infcode="-1", err_msg="x"), "output": None},
    "a positive code of failure": {**message("9001", "response", infcode=1, err_msg="x"), "output": None},
    "the text null": message("2304", "response", err_msg="null"),
}
SENT = [("request", name, sent) for name, sent in REQUESTS.items()]
SENT += [("response", name, sent) for name, sent in RESPONSES.items()]


@pytest.mark.parametrize(("way", "sent"), [row[::2] for row in SENT], ids=[row[1] for row in SENT])
def test_what_clients_are_seen_to_send_is_good_for_the_lenient_profile_only(way: schemas.Direction, sent: Any):
    text = json.dumps(sent, ensure_ascii=False)
    assert LENIENT.check_text("2304", way, text) == ()
    if "null" not in text:
        assert STRICT.check_text("2304", way, text)


def test_the_text_null_is_no_value():
    sent = message("2304", "request")
    sent["input"]["data"]["psn_no"] = "null"
    text = json.dumps(sent)
    assert STRICT.check_text(None, "request", text) == ()
    (found,) = LENIENT.check_text(None, "request", text)
    assert (found.pointer, found.keyword) == ("/input/data/psn_no", "required")
    assert text[found.column - 1 :].startswith('"null"')


@pytest.mark.parametrize(
    ("infno", "way", "change", "pointers"),
    [
        ("2304", "request", {"msgid": "x" * 30}, ["/msgid"]),
        ("2304", "request", {"msgid": "0af3" * 7}, ["/msgid"]),
        ("2304", "request", {"INPUT": {}}, ["/INPUT"]),
        ("2304", "request", {"Input": {}}, ["/Input"]),
        ("2304", "response", {"infcode": "zero", "err_msg": "x"}, ["/infcode"]),
        ("2304", "response", {"infcode": "10000", "err_msg": "x"}, ["/infcode"]),
        ("2304", "response", {"infcode": "1", "err_msg": "x"}, ["/output"]),
        ("2304", "response", {"infcode": "-1", "err_msg": "x"}, ["/output"]),
        ("2304", "response", {"infcode": "-1", "err_msg": "x", "output": None, "inf_refmsgid": "9"}, ["/inf_refmsgid"]),
    ],
)
def test_the_lenient_profile_finds_everything_else(
    infno: str, way: schemas.Direction, change: Any, pointers: list[str]
):
    found = LENIENT.check_text(infno, way, json.dumps(message(infno, way, **change)))
    assert [each.pointer for each in found] == pointers


def test_pointers_and_places_are_those_of_the_text():
    sent = capital("2301", "request")
    sent["Input"]["feedetail"][0]["cnt"] = "x"
    del sent["Input"]["feedetail"][1]["pric"]
    text = json.dumps(sent, indent=1, ensure_ascii=False)
    wrong, missing = LENIENT.check_text(None, "request", text)
    assert (wrong.pointer, missing.pointer) == ("/Input/feedetail/0/cnt", "/Input/feedetail/1/pric")
    assert '"cnt": "x"' in text.split("\n")[wrong.line - 1]
    assert text.split("\n")[missing.line - 1].strip() == "{"


def test_both_spellings_at_once_are_not_mended():
    sent = {"Input": 1, "input": 2}
    assert relaxed(sent, LENIENT.profile) == sent
    assert as_sent(("Input",), sent, LENIENT.profile) == ("Input",)
    assert as_sent(("input", "a"), {"Input": {}}, LENIENT.profile) == ("Input", "a")
    assert as_sent(("input", "a"), {}, LENIENT.profile) == ("input", "a")


def test_the_strict_profile_changes_nothing():
    sent = message("2304", "request", dev_no="null")
    assert relaxed(sent, STRICT.profile) is sent
    assert overlaid(FILES, STRICT.profile) == FILES


def test_a_profile_leaves_the_files_and_the_message_as_they_are():
    files, sent = copy.deepcopy(FILES), message("2304", "request", dev_no="null")
    before = copy.deepcopy(sent)
    assert overlaid(FILES, LENIENT.profile) != FILES
    relaxed(sent, LENIENT.profile)
    assert (files, before) == (FILES, sent)


def test_every_example_is_good_for_both():
    for (infno, way), text in STRICT.examples.items():
        assert LENIENT.check_text(infno, way, text) == STRICT.check_text(infno, way, text)


def test_the_data_name_what_there_is():
    rules = {rule["id"] for rule in FILES["rules.json"]}
    for name in FILES["profiles.json"]:
        profile = read_profile(FILES, name)
        assert profile.without_rules <= rules
        assert profile.definitions.keys() <= FILES["common.json"]["$defs"].keys()


def test_signature_fields_are_optional_in_any_profile():
    for way in BODY:
        assert not {"cainfo", "signtype", "sign_no"} & set(FILES[f"envelope.{way}.json"]["required"])


def test_an_unknown_profile_is_refused():
    with pytest.raises(schemas.SchemaError, match="strict, lenient"):
        schemas.load(profile="loose")
    assert schemas.load("v1") is schemas.load(profile="strict")
