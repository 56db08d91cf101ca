"""What can be found wrong on a link, and how it is said in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from simulator.core.values.money import yuan

CALLER, UPSTREAM = "caller", "upstream"
"""Whose a finding is: of the side that calls, or of the side that answers."""
WRONG, NOTE = "wrong", "note"
"""A breach, or something worth knowing that nobody need have done wrong."""

SCHEMA = "schema"
STATUS, UNANSWERED = "http-status", "unanswered"
REUSED, REUSED_ACCEPTED, ANSWER_DIFFERS, REFMSGID = (
    "msgid-reused",
    "msgid-accepted",
    "answer-differs",
    "refmsgid-reused",
)
SUM, STATED, LINES, TRIAL, MIRROR = "sum", "bill-stated", "bill-lines", "trial", "mirror"
SETL_ID, STEP, UNDONE = "setl-id-reused", "step", "undone-accepted"
NOT_SEEN, OTHER = "reversal-unseen", "reversal-other"

SIDES: Mapping[str, tuple[str, str]] = {CALLER: ("调用方", "caller"), UPSTREAM: ("上游", "upstream")}
TITLES: Mapping[str, tuple[str, str]] = {
    SCHEMA: ("报文不合规范", "breaks the schema"),
    STATUS: ("HTTP状态表示对方故障", "the HTTP status says that the other side failed"),
    UNANSWERED: ("没有收到完整的答复", "no whole reply came"),
    REUSED: ("报文ID已用于别的内容", "the msgid was used for something else before"),
    REUSED_ACCEPTED: ("报文ID已用于别的内容，却被接受", "accepted though its msgid was used for something else before"),
    ANSWER_DIFFERS: ("同一报文再次发送，答复不同", "the same message sent again was answered otherwise"),
    REFMSGID: ("接收方报文ID已用于别的答复", "the inf_refmsgid was used for another reply"),
    SUM: ("报文内的金额对不上", "the amounts inside the message do not add up"),
    STATED: ("答复中的金额与所报金额不同", "the reply has another amount than was stated"),
    LINES: ("费用明细之和不等于结算金额", "the lines uploaded do not sum to what was settled"),
    TRIAL: (
        "其间本链路未见变化，结算与预结算却不同",
        "differs from the trial, and nothing seen on this link changed since",
    ),
    MIRROR: ("撤销不是原结算的相反数", "the cancellation is not the settlement with the opposite sign"),
    SETL_ID: ("结算ID已用于另一笔结算", "the setl_id was given to another settlement before"),
    STEP: ("就诊的当前状态不允许这一步，却被接受", "accepted though the state of the visit does not allow it"),
    UNDONE: ("已被冲正的报文又被接受", "accepted though it had been reversed"),
    NOT_SEEN: ("冲正所指的报文未在本链路见到", "reverses a message that was not seen on this link"),
    OTHER: ("冲正所写的交易编号与原报文不同", "names another transaction than the message it reverses"),
}


class Finding(NamedTuple):
    """One finding: the code, whose it is, how grave, the place (transaction and JSON pointer), both sides, the line."""

    code: str
    side: str
    level: str
    infno: str
    place: str
    expected: str
    received: str
    zh: str
    en: str
    line: int = 0


def finding(  # noqa: PLR0917  # the two sides are read in this order
    code: str,
    side: str,
    infno: str,
    place: str = "",
    expected: str | int = "",
    received: str | int = "",
    *,
    level: str = WRONG,
) -> Finding:
    """Return a finding in words; whole numbers are fen."""
    should, was = (yuan(each) if isinstance(each, int) else each for each in (expected, received))
    zh, en = TITLES[code]
    if should:
        zh, en = f"{zh}：应为{should}，实为{was or '空'}", f"{en}: expected {should}, received {was or 'nothing'}"
    elif was:
        zh, en = f"{zh}：{was}", f"{en}: {was}"
    return Finding(code, side, level, infno, place, should, was, zh, en)
