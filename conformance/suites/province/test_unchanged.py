"""What passes through is the same on either side: requests, refusals and answers, to the letter and the fen."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.setting import BETWEEN, IN, OUT
from conformance.suites.shapes.onward import OPTIONAL, REFUSED, optional_fields, refusal_comes_back

PLACES = (BETWEEN, OUT, IN)
SHAPES = ("worker", "retired", "resident", "poor", "civil_servant", "one_fen")
MANY_LINES = 120  # in two messages: one takes a hundred


@core
@verifies(
    "JS-3.1a",
    "JS-3.2b",
    zh="可填的头部和数据项，转发时一字不改。",
    en="Optional fields of head and blocks are passed on to the letter.",
)
@pytest.mark.parametrize(("infno", "changed"), OPTIONAL, ids=range(len(OPTIONAL)))
@pytest.mark.parametrize("where", [BETWEEN, OUT])
def test_optional_fields_are_passed_on(case: CaseClient, where: str, infno: str, changed: Mapping[str, str]) -> None:
    optional_fields(case.visit(where), infno, changed)


@core
@verifies(
    "JS-3.1d",
    zh="各类人员的结算，请求与答复的各项金额、各基金分段分文不变。",
    en="Settlements of people of every kind keep each amount and each fund's part, on the way there and back.",
)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("where", PLACES)
def test_amounts_stay_as_they_are(case: CaseClient, where: str, shape: str) -> None:
    visit = case.visit(where, shape, yuan=12_345)
    visit.settled()
    visit.succeeds("5203")
    visit.succeeds("5206")


@core
@verifies(
    "JS-3.1d",
    "JS-3.4f",
    zh="参保地的拒绝原样传回：状态码和原因都不改。",
    en="A refusal of the city of insurance comes back as it is, code and reason.",
)
@pytest.mark.parametrize(("infno", "changed"), REFUSED, ids=[each[0] for each in REFUSED])
@pytest.mark.parametrize("where", PLACES)
def test_a_refusal_comes_back_as_it_is(case: CaseClient, where: str, infno: str, changed: Mapping[str, str]) -> None:
    visit = case.visit(where)
    visit.until("1101")
    refusal_comes_back(case, visit, infno, changed)
    visit.settled_from("2401")


@verifies(
    "JS-3.1d",
    zh="一百条明细的报文原样转发：一条不少，数量、单价不变，小数位数不同的也一样。",
    en="An upload of a hundred lines is passed on whole: none is lost, and quantities and prices are what they were.",
)
@pytest.mark.parametrize("where", PLACES)
def test_many_lines_are_passed_on(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("2401")
    visit.charge(*({"price": f"1.{number:03d}", "quantity": f"{1 + number % 7}.5"} for number in range(MANY_LINES)))
    visit.succeeds("2301")
    visit.settled_from("2301")
