"""The same message again: the same answer; another body under its number: refused; what was taken back stays so."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.setting import BETWEEN, IN, OUT
from conformance.suites.shapes.again import CARE, TWICE, barred, cancelled, other_bodies, twice_at_once, undone_for_good

PLACES = (BETWEEN, OUT, IN)
UNDONE = (("inpatient", "2401"), ("inpatient", "2304"), ("inpatient", "2305"), ("pharmacy", "2102"))


@core
@verifies(
    "JS-3.2b",
    zh="每一步原样重发，都得到与首次相同的答复。",
    en="Every step sent again gets the answer that it got first.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", PLACES)
def test_every_step_sent_again_is_answered_alike(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    visit.succeeds("9001")
    for infno in (*visit.plan[1:], visit.cancels):
        visit.succeeds(infno)
        visit.repeat(infno)
    visit.succeeds("5206")


@core
@verifies(
    "JS-3.2b",
    zh="用过的msgid带另一报文体的，拒绝，不转发；原报文重发仍得原答复。",
    en="Another body under a used msgid is refused and goes nowhere, and the first body still gets its answer.",
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
def test_a_used_number_on_another_transaction_is_refused(case: CaseClient) -> None:
    visit = case.visit(BETWEEN)
    visit.until("2301")
    visit.rejects("2402", {"head/msgid": visit.last[1]})
    visit.settled_from("2402")


@core
@verifies(
    "JS-3.2b",
    zh="同一报文同时到达两次，只办理一次。",
    en="A message that arrives twice at the same moment is carried out once.",
)
@pytest.mark.parametrize(("care", "steps"), TWICE, ids=CARE)
@pytest.mark.parametrize("where", [BETWEEN, OUT])
def test_a_message_arriving_twice_at_once_counts_once(
    case: CaseClient, where: str, care: str, steps: tuple[str, ...]
) -> None:
    twice_at_once(case.visit(where, care=care), steps, "5206")


@core
@verifies(
    zh="结算撤销后，原结算报文重发被拒绝，绝不再答“成功”。",
    en="After the cancellation the old settlement sent again is refused, never answered with its old success.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", PLACES)
def test_a_cancelled_settlement_sent_again_is_refused(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    cancelled(case, visit)
    visit.succeeds("5206")


@core
@verifies(
    zh="冲正已发生的业务，使其如同没有发生；原报文再来即拒绝。",
    en="The reversal of what happened undoes it, and the original is refused when it comes again.",
)
@pytest.mark.parametrize(("care", "infno"), UNDONE, ids=[each[1] for each in UNDONE])
@pytest.mark.parametrize("where", PLACES)
def test_what_happened_is_undone(case: CaseClient, where: str, care: str, infno: str) -> None:
    undone_for_good(case, case.visit(where, care=care), infno)


@core
@verifies(
    zh="冲正尚未到达的业务也成功，并就此禁止：原报文迟到即拒绝，不转发。",
    en="The reversal of what has not come succeeds and bars it: the original is refused when it arrives, goes nowhere.",
)
@pytest.mark.parametrize(("care", "infno"), UNDONE, ids=[each[1] for each in UNDONE])
def test_what_has_not_happened_is_barred(case: CaseClient, care: str, infno: str) -> None:
    barred(case, case.visit(BETWEEN, care=care), infno)
