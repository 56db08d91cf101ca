"""What is down, late or lost: told apart, kept open, and neither done twice nor undone until somebody asks again."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.setting import BETWEEN, IN, OUT
from conformance.suites.shapes import losses
from conformance.suites.shapes.again import must_succeed
from conformance.suites.shapes.losses import FAULTS, NAMES, STEPS

PLACES = (BETWEEN, OUT, IN)
LATE = 2.6
"""Seconds that an answer from beyond is late: beyond the patience of a system whose waits are short for its tests."""
UNKNOWN, DOWN = -191, -192
"""What whoever asked is told: no answer in time, or nothing was sent."""


@core
@verifies(
    "JS-3.1d",
    zh="下一平台的请求或应答丢失、中断，省平台既不报成功也不报终局失败；同一msgid再问，得到正确结果。",
    en="Where request or reply is lost beyond, neither success nor final failure is told; asked again it is right.",
)
@pytest.mark.parametrize(("what", "times"), FAULTS, ids=NAMES)
@pytest.mark.parametrize(("care", "infno"), STEPS[:3], ids=[each[1] for each in STEPS[:3]])
def test_a_break_beyond_leaves_the_outcome_unknown(
    case: CaseClient, care: str, infno: str, what: str, times: int
) -> None:
    losses.broken_beyond(case, case.visit(BETWEEN, care=care), infno, what, times)


@core
@verifies(
    "JS-3.1d",
    zh="等不到答复的，答复“结果未知”（-191）；被对方网关拒之门外、没有送出的，答复-192。",
    en="Where no answer comes, -191 is told, outcome unknown; where a gateway turned it away, -192, nothing sent.",
)
@pytest.mark.parametrize(("what", "code"), [("request_lost", UNKNOWN), ("reply_lost", UNKNOWN), ("denied", DOWN)])
@pytest.mark.parametrize("where", PLACES)
def test_down_is_told_from_late(case: CaseClient, where: str, what: str, code: int) -> None:
    visit = case.visit(where)
    visit.before("2304")
    step = losses.left_open(case, visit, "2304", what)
    case.expect("2304", "/infcode", code, step.infcode, step.line)
    must_succeed(case, visit.again())
    visit.succeeds("5206")


@core
@verifies(
    zh="没有送出的不算发生：同一msgid随后可以办成，也可以不办。",
    en="What was not sent has not happened: it is carried out later under the same msgid, or something else is.",
)
@pytest.mark.parametrize("infno", ["2401", "2301", "2402"])
def test_what_was_not_sent_has_not_happened(case: CaseClient, infno: str) -> None:
    visit = case.visit(BETWEEN)
    visit.before(infno)
    losses.left_open(case, visit, infno, "denied")
    visit.again()
    visit.settled_from(visit.plan[visit.plan.index(infno) + 1])


@core
@verifies(
    "JS-3.1d",
    zh="迟到的答复要留存：再问时原样传回，不得另办一次。",
    en="A late answer is kept: asked again it comes back as it was, and nothing is done twice.",
)
@pytest.mark.parametrize("infno", ["2401", "2304"])
@pytest.mark.parametrize("where", PLACES)
def test_an_answer_that_comes_too_late(case: CaseClient, where: str, infno: str) -> None:
    losses.too_late(case, case.visit(where), infno, LATE)


@core
@verifies(
    zh="省平台的答复在返回途中丢失的，同一msgid再问得到原答复，只办一次。",
    en="When the province's own reply is lost on its way back, asking again gives that reply, and it is done once.",
)
@pytest.mark.parametrize(("care", "infno"), STEPS, ids=[each[1] for each in STEPS])
@pytest.mark.parametrize("where", PLACES)
def test_our_reply_is_lost_after_it_was_done(case: CaseClient, where: str, care: str, infno: str) -> None:
    losses.own_reply_lost(case, case.visit(where, care=care), infno, "5206")


@core
@verifies(
    zh="结果未知的结算冲正后，不论当时是否办成，都算没有发生，可重新结算；原报文迟到即拒绝。",
    en="A settlement of unknown outcome that is reversed has not happened; it is made again, and the old one refused.",
)
@pytest.mark.parametrize("what", ["request_lost", "reply_lost"])
@pytest.mark.parametrize(("care", "infno"), STEPS[1:3], ids=[each[1] for each in STEPS[1:3]])
def test_an_unknown_settlement_is_reversed(case: CaseClient, care: str, infno: str, what: str) -> None:
    losses.reversed_while_open(case, case.visit(BETWEEN, care=care), infno, what)


@verifies(
    zh="冲正本身结果未知时，再问同一冲正，得到同一结果。",
    en="A reversal whose own outcome is unknown is asked again, and has the same outcome.",
)
@pytest.mark.parametrize("what", ["request_lost", "reply_lost", "denied"])
def test_the_outcome_of_a_reversal_is_unknown(case: CaseClient, what: str) -> None:
    losses.reversal_open(case, case.visit(BETWEEN), what)
