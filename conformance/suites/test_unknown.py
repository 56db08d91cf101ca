"""Unknown outcomes: what nobody heard the end of is neither done nor undone until somebody asks again."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient, judged
from conformance.setting import AWAY, HERE, HOME
from conformance.suites.shapes import losses
from conformance.suites.shapes.losses import FAULTS, NAMES, STEPS

PLACES = (AWAY, HERE, HOME)
LATE = 1.6
"""Seconds that an answer from above is late: beyond the patience of a system whose waits are short for its tests."""


@core
@verifies(
    "JS-3.1d",
    zh="上级平台的请求或应答丢失、中断，城市既不报成功也不报终局失败；同一msgid再问，得到正确结果。",
    en="Where request or reply is lost above, a city tells neither success nor final failure; asked again it is right.",
)
@pytest.mark.parametrize(("what", "times"), FAULTS, ids=NAMES)
@pytest.mark.parametrize(("care", "infno"), STEPS, ids=[each[1] for each in STEPS])
def test_a_break_above_leaves_the_outcome_unknown(
    case: CaseClient, care: str, infno: str, what: str, times: int
) -> None:
    losses.broken_beyond(case, case.visit(HERE, care=care), infno, what, times)


@verifies(
    zh="上级平台答复过迟，城市可报结果未知，再问须得到已发生的结果，不得另办一次。",
    en="Where the answer from above is too late, asking again gives what has happened, and nothing is done twice.",
)
@pytest.mark.parametrize(("care", "infno"), STEPS, ids=[each[1] for each in STEPS])
def test_an_answer_that_comes_too_late(case: CaseClient, care: str, infno: str) -> None:
    losses.too_late(case, case.visit(HERE, care=care), infno, LATE)


@verifies(
    zh="撤销的结果未知时，再问须得到已撤销的结果；撤销不得办两次。",
    en="When the outcome of a cancellation is unknown, asking again gives it, and it is not made twice.",
)
@pytest.mark.parametrize("what", ["request_lost", "reply_lost"])
@pytest.mark.parametrize("care", ["inpatient", "outpatient"])
def test_the_outcome_of_a_cancellation_is_unknown(case: CaseClient, care: str, what: str) -> None:
    visit = case.visit(HERE, care=care)
    visit.settled()
    losses.break_it(case, visit.cancels, what, losses.MANY)
    losses.asked_again(case, visit, visit.cancels)
    visit.succeeds("5206")
    visit.succeeds(visit.settles)


@core
@verifies(
    zh="城市已办成、应答在返回途中丢失的，同一msgid再问得到原答复，只办一次。",
    en="When a city's own reply is lost after it has committed, asking again gives that reply, and it is done once.",
)
@pytest.mark.parametrize(
    ("care", "infno"),
    [("inpatient", "2401"), ("inpatient", "2301"), ("inpatient", "2304"), ("outpatient", "2207"), ("pharmacy", "2102")],
    ids=lambda value: value if value.isdigit() else "",
)
@pytest.mark.parametrize("where", PLACES)
def test_our_reply_is_lost_after_it_was_done(case: CaseClient, where: str, care: str, infno: str) -> None:
    losses.own_reply_lost(case, case.visit(where, care=care), infno, "5203", "5206")


@core
@verifies(
    zh="撤销的应答丢失后再问，仍答已撤销，账户与累计不再变动。",
    en="A cancellation whose reply was lost is still a cancellation when asked again; account and totals move once.",
)
@pytest.mark.parametrize("care", ["inpatient", "outpatient", "pharmacy"])
@pytest.mark.parametrize("where", PLACES)
def test_the_reply_to_a_cancellation_is_lost(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    visit.settled()
    visit.send(visit.cancels, fault="reply_lost")
    again = visit.again()
    case.expect(visit.cancels, "/infcode", 0, again.infcode, again.line)
    visit.succeeds("5206")


@core
@verifies(
    zh="结果未知的结算冲正后，不论当时是否办成，都算没有发生，可重新结算。",
    en="A settlement of unknown outcome that is reversed has not happened, done or not, and can be made again.",
)
@pytest.mark.parametrize("what", ["request_lost", "reply_lost"])
@pytest.mark.parametrize(("care", "infno"), STEPS[1:], ids=[each[1] for each in STEPS[1:]])
def test_an_unknown_settlement_is_reversed(case: CaseClient, care: str, infno: str, what: str) -> None:
    losses.reversed_while_open(case, case.visit(HERE, care=care), infno, what)


@verifies(
    zh="冲正本身结果未知时，再问同一冲正，得到同一结果。",
    en="A reversal whose own outcome is unknown is asked again, and has the same outcome.",
)
@pytest.mark.parametrize("what", ["request_lost", "reply_lost"])
def test_the_outcome_of_a_reversal_is_unknown(case: CaseClient, what: str) -> None:
    losses.reversal_open(case, case.visit(HERE), what)


@verifies(
    zh="因前一笔结果未知而暂不能办的，不是终局拒绝：同一msgid其后再发，须能办成。",
    en="What had to wait for an unknown outcome is not refused for good: under the same msgid it is done later.",
)
def test_what_had_to_wait_is_done_later(case: CaseClient) -> None:
    visit = case.visit(HERE)
    visit.before("2304")
    losses.break_it(case, "2304", "reply_lost", losses.MANY)
    judged(visit.send("2304"))
    unknown = visit.last
    visit.rejects("2405")
    waiting = visit.last[1]
    case.do("mend")
    visit.reverse_that(*unknown)
    visit.succeeds("2405", {"head/msgid": waiting})
