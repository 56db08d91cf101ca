"""Chinese reality: rare characters, names of every length, old identity numbers, permits, full-width digits."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient, VisitClient
from conformance.setting import AWAY, HERE, HOME
from conformance.suites.shapes.onward import TEXTS, texts

PLACES = (AWAY, HERE, HOME)
NAMES = ("rare_name", "one_character", "long_name")
CERTIFICATES = ("hong_kong_permit", "macau_permit", "taiwan_permit", "residence_permit", "green_card", "passport")
_WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


def settled_by_certificate(case: CaseClient, visit: VisitClient) -> None:
    """Look a person up, who must be found under the number of the certificate, and settle."""
    info = visit.until("1101")
    case.expect("1101", "/output/baseinfo/certno", visit.facts["certno"], info.output["baseinfo"]["certno"], info.line)
    visit.settled_from(visit.plan[2])


@core
@verifies(
    "P75-24",
    "JS-3.2b",
    zh="扩展B区生僻字、单字、长姓名的参保人照常查到并结算，姓名一字不差。",
    en="People with rare (Extension B), one-character or very long names are found and settled, to the letter.",
)
@pytest.mark.parametrize("shape", NAMES)
@pytest.mark.parametrize("where", PLACES)
def test_names_of_every_kind(case: CaseClient, where: str, shape: str) -> None:
    visit = case.visit(where, shape)
    info = visit.until("1101")
    case.expect(
        "1101", "/output/baseinfo/psn_name", visit.facts["name"], info.output["baseinfo"]["psn_name"], info.line
    )
    for infno in visit.plan[2:]:
        settled = visit.succeeds(infno)
    row = settled.output["setlinfo"]
    name = (row[0] if isinstance(row, list) else row).get("psn_name")
    case.expect(visit.settles, "/output/setlinfo/psn_name", visit.facts["name"], name, settled.line)


@core
@verifies(
    "P75-24",
    zh="十五位旧身份证号的参保人照常查到并结算。",
    en="A person known by an identity number of 15 digits is found and settled.",
)
@pytest.mark.parametrize("where", PLACES)
def test_an_identity_number_of_fifteen_digits(case: CaseClient, where: str) -> None:
    visit = case.visit(where, "old_card")
    settled_by_certificate(case, visit)


@core
@verifies(
    "P75-24",
    zh="持港澳台通行证、居住证、外国人永久居留证、护照的参保人照常查到并结算。",
    en="Holders of permits of Hong Kong, Macau and Taiwan, of residence permits and passports are found and settled.",
)
@pytest.mark.parametrize("shape", CERTIFICATES)
@pytest.mark.parametrize("where", PLACES)
def test_other_certificates(case: CaseClient, where: str, shape: str) -> None:
    visit = case.visit(where, shape)
    settled_by_certificate(case, visit)


@core
@verifies(
    "P75-24",
    zh="姓名与证件不符的，查无此人：多字、少字、异体、繁体都算不符。",
    en="A name that is not the one on the certificate finds nobody: one character more, fewer, or another form of it.",
)
@pytest.mark.parametrize("name", ["李李", "孛", "季", "Li", "李 "])
@pytest.mark.parametrize("where", [HERE, HOME])
def test_a_name_that_differs(case: CaseClient, where: str, name: str) -> None:
    visit = case.visit(where, "one_character")
    visit.until("9001")
    visit.refused("1101", {"data/psn_name": name})
    visit.succeeds("1101")


@verifies(
    "P75-24",
    "JS-3.2b",
    zh="全角数字不是证件号码。",
    en="Full-width digits are no identity number.",
)
@pytest.mark.parametrize("where", PLACES)
def test_full_width_digits(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("9001")
    wide = visit.facts["certno"].translate(_WIDE)
    body = visit.word("1101", {"data/certno": wide, "data/mdtrt_cert_no": wide})
    visit.turned_away(body, "1101", "an identity number in full-width digits")
    visit.succeeds("1101")


@verifies(
    "JS-3.2b",
    zh="全角数字不是金额、代码或日期。",
    en="Full-width digits are no amount, code or date.",
)
@pytest.mark.parametrize(
    ("field", "value"),
    [("med_type", "２１"), ("begntime", "２０２３－０５－０１ ０８:００:００"), ("insutype", "３１０")],
)
def test_full_width_codes(case: CaseClient, field: str, value: str) -> None:
    visit = case.visit(HERE)
    visit.until("1101")
    visit.turned_away(visit.word("2401", {f"mdtrtinfo/{field}": value}), "2401", f"{field} in full-width digits")
    visit.succeeds("2401")


@verifies(
    "JS-3.1d",
    "JS-3.2b",
    zh="诊断、科室等文字中的生僻字、标点、全角空格照样传送。",
    en="Rare characters, punctuation and full-width spaces in names of wards and diagnoses are passed on.",
)
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("where", [HERE, HOME])
def test_texts_are_kept(case: CaseClient, where: str, text: str) -> None:
    texts(case.visit(where), text)
