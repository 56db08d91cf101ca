"""Says in a sentence what was wrong, in Chinese and English, amounts in yuan as the interface writes them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import schemas
from conformance.hospital.duties import CLAIMED, NUMBERED, ORDER, REFUSED, SENT, TWICE, UNRESOLVED
from conformance.stage import (
    ACCEPTED,
    DIFFERS,
    FORWARDED,
    NO_ANSWER,
    NOT_ASKED,
    NOT_FORWARDED,
    SCHEMA,
    SIGNATURE,
    STATUS,
    Wrong,
)
from schemas.values import Block

KINDS: Mapping[str, tuple[str, str]] = {
    NUMBERED: ("报文ID不合规定", "is not numbered as it must be"),
    SENT: ("上送内容与应有的不同", "was not sent as it must be"),
    ORDER: ("先后次序不对", "was sent out of order"),
    TWICE: ("已结算又再结算", "was settled again while it stands settled"),
    UNRESOLVED: ("上一笔结果未知，未重发原报文也未冲正", "was sent while the outcome before it is unknown"),
    REFUSED: ("上送的请求只能被拒绝", "could only be refused"),
    CLAIMED: ("医院所说与实际不符", "is not what the hospital says of it"),
    SCHEMA: ("报文不合规范", "breaks the schema"),
    DIFFERS: ("答复与应有的不同", "differs from what it must be"),
    FORWARDED: ("转发时被改动", "was changed on forwarding"),
    NOT_FORWARDED: ("没有转发", "was not passed on"),
    NOT_ASKED: ("无人要求而发出", "was sent on unasked"),
    NO_ANSWER: ("没有答复", "was not answered"),
    STATUS: ("HTTP状态不对", "was answered with the wrong HTTP status"),
    SIGNATURE: ("发出时签名不合约定", "was sent on with a signature not as agreed"),
    ACCEPTED: ("本应拒绝却被接受", "was accepted and must be refused"),
}


def said(wrong: Wrong) -> tuple[str, str]:
    """Return a finding as a sentence in Chinese and one in English."""
    zh, en = KINDS.get(wrong.kind, (wrong.kind, wrong.kind))
    where = f"{wrong.infno} {wrong.place}".strip()
    expected, received = in_yuan(wrong, wrong.expected), in_yuan(wrong, wrong.received)
    if wrong.zh and wrong.en:
        return f"{where}：{zh}：{wrong.zh}", f"{where}: {en}: {wrong.en}"
    return (
        f"{where}：{zh}：应为{expected or '空'}，实为{received or '空'}",
        f"{where}: {en}: expected {expected or 'nothing'}, received {received or 'nothing'}",
    )


def in_yuan(wrong: Wrong, value: str) -> str:
    """Return a figure with its decimals where the field has any; else the value as it is."""
    decimals = _decimals(wrong)
    return value if decimals is None or not value.lstrip("-").isdigit() else str(Decimal(value).scaleb(-decimals))


def _decimals(wrong: Wrong) -> int | None:
    side, *path = [each for each in wrong.place.split("/") if each and not each.isdigit()] or [""]
    direction = {"output": "response", "input": "request"}.get(side)
    if wrong.kind not in {DIFFERS, FORWARDED, SENT} or direction is None or not path:
        return None
    layout: Block | None = schemas.load().body(wrong.infno, "response" if direction == "response" else "request")
    for block in path[:-1]:
        layout = layout.blocks.get(block) if layout is not None else None
    field = layout.fields.get(path[-1]) if layout is not None else None
    return None if field is None else field.decimals
