"""Killed and started again: nothing that was told is forgotten, nothing happens twice."""

from __future__ import annotations

import pytest

from conformance.clauses import alone, verifies
from conformance.client import CaseClient, VisitClient
from conformance.setting import AWAY, HERE, HOME
from conformance.suites.shapes.again import refused_again
from conformance.suites.test_reconciliation import day_of, result

PLACES = (AWAY, HERE, HOME)
HELD = 3.0
"""Seconds that an answer from above is held back: the system is killed long before."""
SETTLEMENTS = (("inpatient", "2304"), ("pharmacy", "2102"))


def used_up(visit: VisitClient) -> dict[str, int]:
    """Return the accumulators of a visit's person (5206), by their kind."""
    return {row["cum_type_code"]: row["cum"] for row in visit.succeeds("5206").output["cuminfo"]}


def as_before(case: CaseClient, visit: VisitClient, infno: str) -> None:
    """Send the last request again; it must succeed, as the model has it."""
    again = visit.again()
    case.expect(infno, "/infcode", 0, again.infcode, again.line)


def in_the_end(case: CaseClient, visit: VisitClient, infno: str) -> None:
    """Send a request again that was under way when the system was killed: unknown once more, perhaps, then done."""
    if visit.again().infcode:
        as_before(case, visit, infno)


@alone
@verifies(
    zh="每两步之间被杀死重启，就医照常进行到结算：签到、登记、明细都在。",
    en="Killed and started again between every two steps, a stay goes on to its settlement: nothing of it is lost.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_restart_between_every_two_steps(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    for infno in visit.plan:
        visit.succeeds(infno)
        case.restart()
    visit.succeeds("5203")
    visit.succeeds("5206")


@alone
@verifies(
    zh="结算正待上级答复时被杀死：重启后同一msgid再问，得到已办成的结果，只办一次。",
    en="Killed while a settlement waits for the answer from above: asked again after the restart it is done, once.",
)
@pytest.mark.parametrize("what", ["slow", "request_lost", "reply_lost"])
@pytest.mark.parametrize(("care", "infno"), SETTLEMENTS, ids=[each[1] for each in SETTLEMENTS])
def test_killed_while_the_platform_above_is_asked(case: CaseClient, care: str, infno: str, what: str) -> None:
    visit = case.visit(HERE, care=care)
    visit.before(infno)
    case.break_upwards(infno, what, HELD if what == "slow" else 0.0)
    visit.send(infno, fault="killed")
    in_the_end(case, visit, infno)
    visit.succeeds("5203")
    visit.succeeds("5206")
    visit.succeeds(visit.cancels)


@alone
@verifies(
    zh="结算进行中被杀死，无论当时是否办成，重启后同一msgid再问都办成且只办一次。",
    en="Killed while it settles, committed or not: asked again after the restart it is done, and done once.",
)
@pytest.mark.parametrize(("care", "infno"), SETTLEMENTS, ids=[each[1] for each in SETTLEMENTS])
@pytest.mark.parametrize("where", [AWAY, HOME])
def test_killed_in_the_middle_of_a_settlement(case: CaseClient, where: str, care: str, infno: str) -> None:
    visit = case.visit(where, care=care)
    visit.before(infno)
    visit.send(infno, fault="killed")
    in_the_end(case, visit, infno)
    visit.succeeds("5203")
    visit.succeeds("5206")


@alone
@verifies(
    zh="撤销进行中被杀死，重启后再问仍只撤销一次，累计还原。",
    en="Killed while it cancels: asked again after the restart it is cancelled once, and the year is as before.",
)
@pytest.mark.parametrize("where", PLACES)
def test_killed_in_the_middle_of_a_cancellation(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.settled()
    visit.send(visit.cancels, fault="killed")
    in_the_end(case, visit, visit.cancels)
    assert not any(used_up(visit).values())
    visit.succeeds(visit.settles)


@alone
@verifies(
    zh="结算已办成而应答丢失，随后被杀死重启：同一msgid再问，仍得原答复。",
    en="A settlement was done, its reply lost, the system killed: asked again it gives the reply that was lost.",
)
@pytest.mark.parametrize("where", PLACES)
def test_killed_after_a_reply_was_lost(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.before("2304")
    visit.send("2304", fault="reply_lost")
    case.restart()
    as_before(case, visit, "2304")
    visit.succeeds("5206")


@alone
@verifies(
    zh="重启后，此前每一条报文重发都得到原答复；用过的msgid配另一报文体仍被拒绝。",
    en="After a restart each earlier message gets the answer it got; another body under a used msgid is refused.",
)
@pytest.mark.parametrize("where", PLACES)
def test_what_was_answered_is_remembered(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    told = {infno: visit.succeeds(infno).output for infno in visit.plan}
    case.restart()
    for infno, output in told.items():
        if where != AWAY:
            again = visit.repeat(infno)
            case.expect(infno, "/output", output, again.output, again.line)
        elif infno != "9001":  # which stays with the city of treatment, as what the others tell is its wording
            visit.repeat(infno)
    refused_again(case, visit, "2304", {"data/medfee_sumamt": 1})


@alone
@verifies(
    zh="重启后年度累计、个人账户、备案都在：下一次住院的起付线和账户余额接着算。",
    en="After a restart accumulators, account and filing are there: the next stay goes on from them.",
)
@pytest.mark.parametrize("where", PLACES)
def test_what_a_person_has_used_up_is_remembered(case: CaseClient, where: str) -> None:
    visit = case.visit(where, "retired")
    visit.settled()
    before = used_up(visit)
    assert any(before.values())
    case.restart()
    case.expect("5206", "/output/cuminfo", before, used_up(visit))
    second = case.visit(where, like=visit.number)
    second.settled()
    second.succeeds("5206")


@alone
@verifies(
    zh="重启前的结算，重启后可以冲正；原报文再来即拒绝，累计还原。",
    en="What was settled before a restart is reversed after it; the original is refused, the year is as before.",
)
@pytest.mark.parametrize("where", PLACES)
def test_what_was_settled_before_is_reversed(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.settled()
    case.restart()
    undone = visit.reverse()
    case.expect("2601", "/infcode", 0, undone.infcode, undone.line)
    case.restart()
    refused_again(case, visit, "2304")
    assert not any(used_up(visit).values())
    visit.succeeds("2304")


@alone
@verifies(
    zh="冲正先到、原报文未到时被杀死重启：冲正所留的禁止仍在，原报文迟到即拒绝。",
    en="A reversal came before its original, then a restart: the original is still barred when it arrives.",
)
@pytest.mark.parametrize("where", PLACES)
def test_what_was_barred_stays_barred(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.before("2304")
    visit.word("2304")
    barred = visit.last[1]
    undone = visit.reverse()
    case.expect("2601", "/infcode", 0, undone.infcode, undone.line)
    case.restart()
    visit.rejects("2304", {"head/msgid": barred})
    visit.succeeds("2304")


@alone
@verifies(
    "JL-4.1a",
    "P75-41",
    zh="重启后医院当日对总账仍相符：重启前的结算一笔不少。",
    en="After a restart the totals of an institution's day are level still: no settlement is missing.",
)
def test_the_totals_of_a_day_are_remembered(case: CaseClient) -> None:
    visit, totals = day_of(case, "resident", "outpatient")
    case.restart()
    result(case, visit, totals, "0")
    visit.succeeds(visit.cancels)
