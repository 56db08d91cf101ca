"""Reversal (冲正, 2601): what happened is undone, what has not happened is barred for good."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.setting import AWAY, HERE, HOME
from conformance.suites.shapes.again import barred, before, must_be_refused, must_succeed, undone, undone_for_good

PLACES = (AWAY, HERE, HOME)
REVERSIBLE = (
    ("inpatient", "2401"),
    ("inpatient", "2304"),
    ("inpatient", "2305"),
    ("outpatient", "2207"),
    ("outpatient", "2208"),
    ("pharmacy", "2102"),
    ("pharmacy", "2103"),
)
NUMBERS = [infno for _, infno in REVERSIBLE]


@core
@verifies(
    zh="冲正已发生的业务，使其如同没有发生；原报文再来即拒绝。",
    en="The reversal of what happened undoes it, and the original is refused when it comes again.",
)
@pytest.mark.parametrize(("care", "infno"), REVERSIBLE, ids=NUMBERS)
@pytest.mark.parametrize("where", PLACES)
def test_what_happened_is_undone(case: CaseClient, where: str, care: str, infno: str) -> None:
    undone_for_good(case, case.visit(where, care=care), infno)


@core
@verifies(
    zh="冲正尚未到达的业务也成功，并就此禁止：原报文迟到即拒绝，什么也不发生。",
    en="The reversal of what has not come succeeds and bars it: the original is refused when it arrives.",
)
@pytest.mark.parametrize(("care", "infno"), REVERSIBLE, ids=NUMBERS)
@pytest.mark.parametrize("where", PLACES)
def test_what_has_not_happened_is_barred(case: CaseClient, where: str, care: str, infno: str) -> None:
    barred(case, case.visit(where, care=care), infno)


@verifies(
    zh="再次冲正同一业务得到首次的答复，不再变动。",
    en="A second reversal of the same gets the answer of the first, and nothing moves again.",
)
@pytest.mark.parametrize(("care", "infno"), REVERSIBLE[1:], ids=NUMBERS[1:])
@pytest.mark.parametrize("where", PLACES)
def test_a_second_reversal_changes_nothing(case: CaseClient, where: str, care: str, infno: str) -> None:
    visit = case.visit(where, care=care)
    before(visit, infno)
    visit.succeeds(infno)
    undone(case, visit)
    undone(case, visit)
    if where == AWAY:
        visit.repeat("2601")
    visit.succeeds("5206")


@verifies(
    zh="撤销冲正后，原结算仍有效，可再次撤销并重新结算。",
    en="When a cancellation is reversed the settlement stands again, and can be cancelled and made anew.",
)
@pytest.mark.parametrize("care", ["inpatient", "outpatient"])
@pytest.mark.parametrize("where", PLACES)
def test_a_cancellation_is_reversed_and_made_again(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    visit.settled()
    visit.succeeds(visit.cancels)
    undone(case, visit)
    visit.succeeds("5206")
    visit.succeeds("5203")
    visit.succeeds(visit.cancels)
    visit.succeeds(visit.settles)
    visit.succeeds("5206")


@verifies(
    zh="冲正不可再被冲正，不可冲正的交易不予冲正。",
    en="A reversal cannot be reversed, and neither can what is not on the list.",
)
@pytest.mark.parametrize("what", ["2601", "2301", "2402", "1101"])
@pytest.mark.parametrize("where", [HERE, HOME])
def test_what_cannot_be_reversed(case: CaseClient, where: str, what: str) -> None:
    visit = case.visit(where)
    msgids = {}
    for infno in visit.plan:
        visit.succeeds(infno)
        msgids[infno] = visit.last[1]
    reversal = visit.reverse_that("2304", msgids["2304"])
    must_succeed(case, reversal)
    msgids["2601"] = visit.last[1]
    refused = visit.reverse_that(what, msgids[what])
    must_be_refused(case, refused)
    visit.succeeds("2304")


@verifies(
    zh="已有后续业务的登记不得冲正。",
    en="An admission with later steps on it cannot be reversed.",
)
@pytest.mark.parametrize("where", PLACES)
def test_later_steps_stand_on_it(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.until("2401")
    admission = visit.last[1]
    visit.succeeds("2301")
    refused = visit.reverse_that("2401", admission)
    must_be_refused(case, refused)
    visit.succeeds("2402")


@verifies(
    zh="冲正不得指名他人的业务。",
    en="A reversal cannot name what was somebody else's.",
)
@pytest.mark.parametrize("where", [HERE, HOME])
def test_the_reversal_of_another_persons_settlement_is_refused(case: CaseClient, where: str) -> None:
    visit, other = case.visit(where), case.visit(where)
    visit.settled()
    settles, msgid = visit.last
    other.until("2401")
    psn_no = other.facts["psn_no"]
    refused = visit.reverse_that(settles, msgid, {"data/psn_no": psn_no})
    must_be_refused(case, refused)
    visit.succeeds("5203")
    visit.succeeds("5206")


@core
@verifies(
    "JS-3.2b",
    zh="冲正只能指名本机构自己的报文，他院的一律拒绝。",
    en="A reversal can only name a message of the institution's own; another's is refused.",
)
@pytest.mark.parametrize("where", [HERE, HOME])
def test_another_hospitals_message_cannot_be_reversed(case: CaseClient, where: str) -> None:
    visit, other = case.visit(where), case.visit(where, at="another")
    visit.settled()
    settles, msgid = visit.last
    other.until("2401")
    other.turned_away(other.word_reversal(settles, msgid), "2601", "a reversal of another hospital's message")
    visit.succeeds("5203")
    visit.succeeds(visit.cancels)
