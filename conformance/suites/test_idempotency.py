"""The same message again: the same answer, whatever happened in between; another body under its number: refused."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient, VisitClient
from conformance.setting import AWAY, HERE, HOME
from conformance.suites.shapes.again import CARE, CHANGED, TWICE, cancelled, other_bodies, twice_at_once

PLACES = (AWAY, HERE, HOME)


def told(visit: VisitClient, where: str) -> tuple[str, ...]:
    """Return the steps of a visit that come to the city under test: sign-in stays with the city of treatment."""
    return tuple(each for each in visit.plan if where != AWAY or each != "9001")


@core
@verifies(
    "JS-3.2b",
    zh="每一步原样重发（含9001、1101和试算），都得到与首次相同的答复。",
    en="Every step sent again, sign-in, queries and trials included, gets the answer that it got first.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", PLACES)
def test_every_step_sent_again_is_answered_alike(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    for infno in (*visit.plan, visit.cancels):
        first = visit.succeeds(infno)
        if infno in {*told(visit, where), visit.cancels}:
            again = visit.repeat(infno)
            if where != AWAY:  # what a step of a visit away tells here is what the city of treatment makes of it
                case.expect(infno, "/output", first.output, again.output, again.line)


@verifies(
    "JS-3.2b",
    zh="全部业务办完后再重发此前每一条报文，答复不变，也不产生新的业务。",
    en="When all is done, each earlier message sent again is answered as before, and nothing new comes of it.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", PLACES)
def test_old_messages_come_again_after_the_settlement(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    visit.settled()
    for infno in reversed(told(visit, where)):
        visit.repeat(infno)
    visit.succeeds("5206")
    visit.succeeds("5203")


@core
@verifies(
    "JS-3.2b",
    zh="用过的msgid带另一报文体的，拒绝；原报文重发仍得原答复。",
    en="Another body under a used msgid is refused, and the first body still gets its answer.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", PLACES)
def test_another_body_under_a_used_number_is_refused(case: CaseClient, where: str, care: str) -> None:
    other_bodies(case, case.visit(where, care=care))


@verifies(
    "JS-3.2b",
    zh="用过的msgid改作另一交易的，拒绝。",
    en="A used msgid on another transaction is refused.",
)
@pytest.mark.parametrize("where", [HERE, HOME])
def test_a_used_number_on_another_transaction_is_refused(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("2301")
    visit.refused("2402", {"head/msgid": visit.last[1]})
    visit.succeeds("2402")
    visit.succeeds("2303")


@core
@verifies(
    "JS-3.2b",
    zh="同一报文同时到达两次，只办理一次。",
    en="A message that arrives twice at the same moment is carried out once.",
)
@pytest.mark.parametrize(("care", "steps"), TWICE, ids=CARE)
@pytest.mark.parametrize("where", PLACES)
def test_a_message_arriving_twice_at_once_counts_once(
    case: CaseClient, where: str, care: str, steps: tuple[str, ...]
) -> None:
    twice_at_once(case.visit(where, care=care), steps, "5206", "5203")


@core
@verifies(
    zh="结算撤销后，原结算报文重发被拒绝，绝不再答“成功”。",
    en="After the cancellation the old settlement sent again is refused, never answered with its old success.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", PLACES)
def test_a_cancelled_settlement_sent_again_is_refused(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    again = cancelled(case, visit)
    case.expect(visit.settles, "/err_msg", True, bool(again.err_msg), again.line)
    visit.succeeds("5206")


@verifies(
    "JS-3.2b",
    zh="拒绝要有负的交易状态码和原因。",
    en="A refusal has a negative status code and says why.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_refusal_says_why(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("2401")
    refused = visit.repeat("2401", CHANGED["2401"])
    case.expect("2401", "/infcode", True, (refused.infcode or 0) < 0, refused.line)
    case.expect("2401", "/err_msg", True, bool(refused.err_msg.strip()), refused.line)
