"""Pseudonyms: the same under a key, never who it was, and of the form that the original had."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from conformance.proxy.fields import KEPT, PERSONAL
from conformance.proxy.pseudonyms import Pseudonyms
from conformance.proxy.rewriting import Rewriter
from schemas.profiles import relaxed
from simulator.inputs.people import check_digit
from simulator.outputs.masking import personal_fields

REGISTRY = schemas.load()
UNDER, OTHER = Pseudonyms(bytes(32)), Pseudonyms(bytes(31) + b"\1")
REWRITER = Rewriter(UNDER, REGISTRY)
EXAMPLES = sorted((Path(schemas.__file__).parent / "v1" / "examples").glob("*.json"))
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2026, 12, 31))


@given(st.integers(110000, 829999), DAYS, st.integers(0, 999), st.sampled_from("0123456789Xx"))
def test_an_identity_number_keeps_year_sex_and_whether_it_is_right(
    area: int, born: dt.date, number: int, last: str
) -> None:
    was = f"{area}{born:%Y%m%d}{number:03d}{last}"
    new = UNDER.identity(was)
    assert len(new) == 18 and new[:2] == "99" and new[:17].isdigit()
    assert new[6:10] == was[6:10] and dt.datetime.strptime(new[6:14], "%Y%m%d")
    assert int(new[16]) % 2 == int(was[16]) % 2
    assert (check_digit(new[:17]) == new[17].upper()) == (check_digit(was[:17]) == last.upper())
    assert new == UNDER.identity(was) != OTHER.identity(was)
    assert UNDER.born(f"{born}") == f"{new[6:10]}-{new[10:12]}-{new[12:14]}"


@given(st.integers(110000, 829999), st.dates(dt.date(1900, 1, 1), dt.date(1999, 12, 31)), st.integers(0, 999))
def test_the_old_number_of_a_person_and_the_new_one_stay_one_person(area: int, born: dt.date, number: int) -> None:
    old = f"{area}{born:%y%m%d}{number:03d}"
    body = f"{area}{born:%Y%m%d}{number:03d}"
    new, newer = UNDER.identity(old), UNDER.identity(body + check_digit(body))
    assert len(new) == 15 and new == newer[:6] + newer[8:17]


@given(st.text("张王欧阳丽华𠮷𡈽·MuratBek ", min_size=2, max_size=12).filter(str.strip))
def test_a_name_keeps_its_length_and_kinds_of_characters(name: str) -> None:
    new = UNDER.name(name)
    assert len(new) == len(name)
    for was, now in zip(name, new, strict=True):
        assert (was.isascii(), was.isalpha(), was.isupper()) == (now.isascii(), now.isalpha(), now.isupper())
        assert (ord(was) > 0xFFFF) == (ord(now) > 0xFFFF)
    assert not {*"张王欧阳"} & {new[0]}


@pytest.mark.parametrize("number", ["13812345678", "025-83212345", "+86 13812345678", "83212345", "00000000000"])
def test_a_telephone_number_keeps_its_form_and_cannot_be_called(number: str) -> None:
    new = UNDER.phone(number)
    assert [each if not each.isdigit() else "0" for each in new] == [
        each if not each.isdigit() else "0" for each in number
    ]
    assert "".join(filter(str.isdigit, new)).startswith("10" if number == "13812345678" else "00")


def test_other_numbers_and_days_keep_their_form() -> None:
    assert UNDER.number("32030000000000000001") != "32030000000000000001"
    assert UNDER.number("MZ2026-0001a").replace("-", "").isalnum()
    assert UNDER.identity("110101199002300000")[6:14] == "19900231"  # a day that never was stays one
    assert UNDER.born("1990-02-30") == "1990-02-31"
    assert UNDER.born("1962-03-14 00:00:00")[10:] == " 00:00:00"
    assert UNDER.of("name", " ") == " "


def test_every_personal_field_of_the_interface_has_its_place_in_one_table() -> None:
    assert not PERSONAL.keys() & KEPT
    assert personal_fields(REGISTRY) <= PERSONAL.keys() | KEPT


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_written_message_is_as_right_as_the_one_that_was_sent(path: Path) -> None:
    infno, way = path.stem.split(".")
    text = path.read_text(encoding="utf-8")
    written = REWRITER.message(text, REWRITER.known(text))
    assert REGISTRY.check_text(infno, way, written) == REGISTRY.check_text(infno, way, text)  # type: ignore[arg-type]
    assert "990000196203140019" not in written and "试例𠮷" not in written


def test_a_message_keeps_every_other_character_and_known_values_are_found_in_texts() -> None:
    text = (
        '{ "infno":"1101", "balc":12.50, "input":{"data":{"psn_name":"王小明","certno":"320102198003078519",'
        '"memo":"王小明（320102198003078519，13812345678）\\n\\u738b小明","tel":13812345678,"age":45,"unheard":"陈某",'
        '"in":"QUJD","mdtrt_cert_no":null,"psn_no":["a1",7]}}}'
    )
    known = REWRITER.known(text)
    written = REWRITER.message(text, known)
    data = json.loads(written)["input"]["data"]
    name, number = UNDER.name("王小明"), UNDER.identity("320102198003078519")
    assert data["memo"] == f"{name}（{number}，{UNDER.phone('13812345678')}）\n{name}"
    assert written.startswith('{ "infno":"1101", "balc":12.50, "input"') and '"age":45,' in written
    assert (data["tel"], data["in"], data["mdtrt_cert_no"]) == (int(UNDER.phone("13812345678")), "4 characters", None)
    assert data["unheard"] != "陈某" and data["psn_no"] != ["a1", 7]
    assert REWRITER.words("王小明 13812345678 320300260312000001", known) == (
        f"{name} {UNDER.phone('13812345678')} 320300260312000001"
    )
    assert not {"王小明", "320102198003078519", "13812345678", "陈某"} & {*filter(written.__contains__, known)}


def test_a_name_of_a_field_that_is_none_is_not_shown() -> None:
    written = REWRITER.message('{"王小明":1,"infno":"1101"}', {})
    assert "王小明" not in written and '"infno":"1101"' in written


def test_what_the_lenient_profile_renames_is_known() -> None:
    lenient = schemas.load(profile="lenient")
    text = '{"Input":{"data":{"psn_no":"null"}}}'
    assert relaxed(json.loads(text), lenient.profile)
    assert '"Input"' in Rewriter(UNDER, lenient).message(text, {})
