"""Chinese reality: rare characters, old and foreign certificates and full-width punctuation pass as they are."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.setting import BETWEEN, IN, OUT
from conformance.suites.shapes.onward import TEXTS, texts

PLACES = (BETWEEN, OUT, IN)
SHAPES = ("rare_name", "one_character", "long_name", "old_card", "hong_kong_permit", "passport")


@core
@verifies(
    "P75-24",
    "JS-3.1d",
    zh="生僻字姓名、长姓名、十五位旧身份证号、港澳通行证、护照，转发和返回都不变。",
    en="Rare and long names, identity numbers of 15 digits, permits and passports are the same on either side.",
)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("where", PLACES)
def test_people_of_every_kind(case: CaseClient, where: str, shape: str) -> None:
    visit = case.visit(where, shape)
    info = visit.until("1101")
    base, known = info.output["baseinfo"], visit.facts
    case.expect("1101", "/output/baseinfo/psn_name", known["name"], base["psn_name"], info.line)
    case.expect("1101", "/output/baseinfo/certno", known["certno"], base["certno"], info.line)
    visit.settled_from("2401")


@core
@verifies(
    "JS-3.1d",
    "JS-3.2b",
    zh="诊断、科室等文字中的生僻字、标点、全角空格照样传送。",
    en="Rare characters, punctuation and full-width spaces in names of wards and diagnoses are passed on.",
)
@pytest.mark.parametrize("text", TEXTS)
def test_texts_are_kept(case: CaseClient, text: str) -> None:
    texts(case.visit(BETWEEN), text)
