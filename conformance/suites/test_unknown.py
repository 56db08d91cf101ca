"""Unknown outcomes: what nobody heard the end of is neither done nor undone until somebody asks again."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient, VisitClient, judged
from conformance.setting import AWAY, HERE, HOME

PLACES = (AWAY, HERE, HOME)
LATE = 1.6
"""Seconds that an answer from above is late: beyond the patience of a system whose waits are short for its tests."""
MANY = 12
"""How often in a row something happens: beyond what a system tries again of its own accord."""
FAULTS = (("request_lost", 1), ("request_lost", MANY), ("reply_lost", 1), ("reply_lost", MANY), ("cut", MANY))
NAMES = [f"{what}-{'once' if times == 1 else 'on'}" for what, times in FAULTS]
STEPS = (("inpatient", "2401"), ("inpatient", "2304"), ("outpatient", "2207"), ("pharmacy", "2102"))


def break_it(case: CaseClient, infno: str, what: str, times: int, seconds: float = 0.0) -> None:
    """Let something happen to the next calls upwards."""
    for _ in range(times):
        case.break_upwards(infno, what, seconds)


def asked_again(case: CaseClient, visit: VisitClient, infno: str) -> None:
    """Send a step whose outcome may be unknown, and once more when the way is clear."""
    judged(visit.send(infno))
    case.do("mend")
    again = visit.again()
    case.expect(infno, "/infcode", 0, again.infcode, again.line)


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
    visit = case.visit(HERE, care=care)
    visit.before(infno)
    break_it(case, infno, what, times)
    asked_again(case, visit, infno)
    for rest in visit.plan[visit.plan.index(infno) + 1 :]:
        visit.succeeds(rest)
    visit.succeeds("5206")


@verifies(
    zh="上级平台答复过迟，城市可报结果未知，再问须得到已发生的结果，不得另办一次。",
    en="Where the answer from above is too late, asking again gives what has happened, and nothing is done twice.",
)
@pytest.mark.parametrize(("care", "infno"), STEPS, ids=[each[1] for each in STEPS])
def test_an_answer_that_comes_too_late(case: CaseClient, care: str, infno: str) -> None:
    visit = case.visit(HERE, care=care)
    visit.before(infno)
    break_it(case, infno, "slow", 1, LATE)
    asked_again(case, visit, infno)
    visit.succeeds("5206")


@verifies(
    zh="撤销的结果未知时，再问须得到已撤销的结果；撤销不得办两次。",
    en="When the outcome of a cancellation is unknown, asking again gives it, and it is not made twice.",
)
@pytest.mark.parametrize("what", ["request_lost", "reply_lost"])
@pytest.mark.parametrize("care", ["inpatient", "outpatient"])
def test_the_outcome_of_a_cancellation_is_unknown(case: CaseClient, care: str, what: str) -> None:
    visit = case.visit(HERE, care=care)
    visit.settled()
    break_it(case, visit.cancels, what, MANY)
    asked_again(case, visit, visit.cancels)
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
    visit = case.visit(where, care=care)
    visit.before(infno)
    visit.send(infno, fault="reply_lost")
    again = visit.again()
    case.expect(infno, "/infcode", 0, again.infcode, again.line)
    for rest in visit.plan[visit.plan.index(infno) + 1 :]:
        visit.succeeds(rest)
    visit.succeeds("5203")
    visit.succeeds("5206")


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
    visit = case.visit(HERE, care=care)
    visit.before(infno)
    break_it(case, infno, what, MANY)
    judged(visit.send(infno))
    case.do("mend")
    undone = visit.reverse()
    case.expect("2601", "/infcode", 0, undone.infcode, undone.line)
    late = visit.repeat(infno)
    case.expect(infno, "/infcode", True, late.infcode not in {0, None}, late.line)
    visit.succeeds(infno)
    visit.succeeds("5206")


@verifies(
    zh="冲正本身结果未知时，再问同一冲正，得到同一结果。",
    en="A reversal whose own outcome is unknown is asked again, and has the same outcome.",
)
@pytest.mark.parametrize("what", ["request_lost", "reply_lost"])
def test_the_outcome_of_a_reversal_is_unknown(case: CaseClient, what: str) -> None:
    visit = case.visit(HERE)
    visit.settled()
    settles, msgid = visit.last
    break_it(case, "2601", what, MANY)
    judged(case.do("reverse_that", 1, settles, msgid))
    case.do("mend")
    again = visit.again()
    case.expect("2601", "/infcode", 0, again.infcode, again.line)
    visit.succeeds("5206")
    visit.succeeds(settles)


@verifies(
    zh="因前一笔结果未知而暂不能办的，不是终局拒绝：同一msgid其后再发，须能办成。",
    en="What had to wait for an unknown outcome is not refused for good: under the same msgid it is done later.",
)
def test_what_had_to_wait_is_done_later(case: CaseClient) -> None:
    visit = case.visit(HERE)
    visit.before("2304")
    break_it(case, "2304", "reply_lost", MANY)
    judged(visit.send("2304"))
    unknown = visit.last
    visit.rejects("2405")
    waiting = visit.last[1]
    case.do("mend")
    visit.reverse_that(*unknown)
    visit.succeeds("2405", {"head/msgid": waiting})
