"""Mutants that are wrong in what they pass on, or in how they sign it."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from conformance.mutants import texts
from conformance.mutants.mutant import WIRE, Mutant, Patch
from simulator.core.platform.message import Message
from simulator.core.visits.lifecycle import SETTLES
from simulator.inputs.gateways import SCHEMES
from simulator.sandbox.front import JSON


def _fen_more(message: Message) -> Message:
    data = message.blocks.get("data")
    if message.infno in SETTLES and not isinstance(data, tuple) and data is not None and "medfee_sumamt" in data:
        return message.with_fields("data", {"medfee_sumamt": data["medfee_sumamt"] + 1})
    return message


def _in_rows(message: Message, block: str, change: Callable[[Any], dict[str, Any]]) -> Message:
    rows = message.blocks.get(block)
    if not isinstance(rows, tuple):
        return message
    new = tuple(MappingProxyType({**row, **change(row)}) for row in rows)
    return message._replace(blocks=MappingProxyType({**message.blocks, block: new}))


def _line_fen_less(message: Message) -> Message:
    return _in_rows(message, "feedetail", lambda row: {"det_item_fee_sumamt": row["det_item_fee_sumamt"] - 1})


def _own_operator(message: Message) -> Message:
    return message.with_head(opter="platform", opter_name="市平台")


def _own_msgid(message: Message) -> Message:
    other = message.msgid[:-4] + f"{9999 - int(message.msgid[-4:]):04d}"
    return message._replace(key=message.key._replace(msgid=other))


def _totals_left_out(old: Any) -> Any:
    return lambda self, turn, asked, totals, step: (asked, step)


def marked(value: Any) -> Any:
    """Return a value with each character that takes four bytes turned into a question mark."""
    if isinstance(value, str):
        return "".join("?" if ord(each) > 0xFFFF else each for each in value)
    if isinstance(value, tuple):
        return tuple(map(marked, value))
    return MappingProxyType({name: marked(each) for name, each in value.items()}) if hasattr(value, "items") else value


def _rare_passed_on_as_marks(message: Message) -> Message:
    return message._replace(blocks=marked(message.blocks))


def _signed(change: Callable[[Any, str], dict[str, str]]) -> Patch:
    def make(old: Any) -> Any:
        return lambda self, infno: {"content-type": JSON, **change(self.peer.sign, infno)}

    return Patch(f"{texts.LINK}._signed", make)


def _old_signature(sign: Any, infno: str) -> dict[str, str]:
    at = time.time() - 3600
    return SCHEMES[sign.scheme].headers(sign.key_id, sign.secret, infno, at, f"{time.time_ns():032x}")


def _one_nonce(sign: Any, infno: str) -> dict[str, str]:
    return SCHEMES[sign.scheme].headers(sign.key_id, sign.secret, infno, time.time(), "0" * 32)


MUTANTS = tuple(
    Mutant(name, WIRE, zh, en, patches, expected)
    for name, zh, en, patches, expected in (
        (
            "bill-a-fen-more",
            "转发结算时总额多出一分。",
            "The bill is a fen higher when it is passed on.",
            (texts.passed_on(_fen_more),),
            ("*is_settled*here*",),
        ),
        (
            "line-a-fen-less",
            "转发明细时每条少一分。",
            "Each line is a fen lower when it is passed on.",
            (texts.passed_on(_line_fen_less),),
            ("*is_settled*here*",),
        ),
        (
            "class-totals-left-out",
            "转发结算时未加四类费用合计。",
            "The four class totals are not added to a bill that is passed on.",
            (Patch("simulator.core.visits.treatment_bills:Bills._with_totals", _totals_left_out),),
            ("*is_settled*here*",),
        ),
        (
            "passed-on-under-own-msgid",
            "转发时另编msgid。",
            "What is passed on bears a new msgid.",
            (texts.passed_on(_own_msgid),),
            ("*is_settled*here*",),
        ),
        (
            "passed-on-by-own-operator",
            "转发时经办人改为平台自己的。",
            "The operator is replaced by the platform's own when a message is passed on.",
            (texts.passed_on(_own_operator),),
            ("*is_settled*here*",),
        ),
        (
            "rare-characters-lost-on-the-way",
            "转发时扩展区汉字变成问号。",
            "Characters of Extension B become question marks when a message is passed on.",
            (texts.passed_on(_rare_passed_on_as_marks),),
            ("*names_of_every_kind*here-rare*",),
        ),
        (
            "calls-unsigned",
            "向上级发送的报文未签名。",
            "What is sent upwards is not signed.",
            (_signed(lambda sign, infno: {}),),
            ("*is_settled*here*",),
        ),
        (
            "calls-signed-an-hour-ago",
            "向上级发送的报文签名时间早一小时。",
            "What is sent upwards is signed for an hour ago.",
            (_signed(_old_signature),),
            ("*is_settled*here*",),
        ),
        (
            "calls-with-one-nonce",
            "向上级发送的报文每次用同一随机串。",
            "Every call upwards bears the same nonce.",
            (_signed(_one_nonce),),
            ("*is_settled*here*",),
        ),
    )
)
