"""Whole visits, from sign-in to settlement and back, in each of the places a city can stand to them."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.setting import AWAY, HERE, HOME

PLACES = (AWAY, HERE, HOME)
CARE = ("inpatient", "outpatient", "pharmacy")


@core
@verifies(
    "JS-3.1d",
    zh="一次就医从登记到结算逐条办成，金额分毫不差。",
    en="A visit goes from admission to settlement, right to the fen.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", PLACES)
def test_a_visit_is_settled(case: CaseClient, where: str, care: str) -> None:
    case.visit(where, care=care).settled()


@core
@verifies(
    zh="撤销结算后一切如初，并可重新结算。",
    en="A cancelled settlement leaves everything as before, and can be settled again.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_cancelled_settlement_can_be_made_again(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.settled()
    visit.succeeds(visit.cancels)
    visit.succeeds(visit.settles)


@core
@verifies(
    "JS-3.2b",
    zh="重发同一msgid得到同一答复，不会重复结算。",
    en="The same msgid sent again gets the same answer, and nothing is settled twice.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", PLACES)
def test_a_settlement_sent_again_is_not_made_twice(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    first = visit.settled()
    again = visit.repeat(visit.settles)
    if where != AWAY:  # what a step of a visit away tells here is what the city of treatment makes of it
        case.expect(visit.settles, "/output", first.output, again.output, again.line)


@core
@verifies(
    zh="同时进行的两次就诊各有各的就诊号和结算号，互不影响。",
    en="Two visits at the same time have numbers of their own, and neither touches the other.",
)
@pytest.mark.parametrize("where", PLACES)
def test_two_visits_do_not_touch_each_other(case: CaseClient, where: str) -> None:
    one, other = case.visit(where), case.visit(where, yuan=7_000)
    for infno in one.plan:
        one.succeeds(infno)
        other.succeeds(infno)
    one.succeeds(one.cancels)
    other.repeat(other.settles)
