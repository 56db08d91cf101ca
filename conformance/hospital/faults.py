"""What may happen to a call of a hospital on its way to its city and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.core.platform.message import Message, reply_to

REQUEST_LOST, REPLY_LOST, CUT, SLOW, HOLLOW, PAGE, DOWN, REFUSED = (
    "request_lost",
    "reply_lost",
    "cut",
    "slow",
    "hollow",
    "page",
    "down",
    "refused",
)
"""The request never arrives; the reply is lost, breaks off, comes late, has no output, is a web page; the way is out of
order (HTTP 503); the city refuses (-1). Only when it comes late or is a refusal does the hospital have an answer."""
HEARD = frozenset({"", SLOW, REFUSED})
NOT_TAKEN = frozenset({REQUEST_LOST, DOWN})
"""Faults with which the city has not taken the request."""
UNAVAILABLE = 503
PAGE_TEXT = b"<html><body><h1>504 Gateway Time-out</h1></body></html>"
HELD = "held"
"""The answer comes late, and the hospital is not there any more: it was killed meanwhile."""
NOT_ADDING, ANOTHER_BILL, ANOTHER_PERSON, ANOTHER_VISIT, ANOTHER_REQUEST = (
    "not_adding",
    "another_bill",
    "another_person",
    "another_visit",
    "another_request",
)
"""An answer that cannot be to what was asked: its amounts do not add up, or come to another bill by one fen; it is that
of another person, visit or ``msgid``."""
BUSY = "系统繁忙，请稍后再试"


def _more(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    return lambda info: {name: info[name] + 1 for name in names if name in info}


_OTHERS: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    NOT_ADDING: _more(("fund_pay_sumamt",)),
    ANOTHER_BILL: _more(("medfee_sumamt", "fulamt_ownpay_amt", "psn_part_amt", "psn_cash_pay")),
    ANOTHER_PERSON: lambda info: {"psn_no": _another(info["psn_no"]), "certno": _another(info["certno"])},
    ANOTHER_VISIT: lambda info: {"mdtrt_id": _another(info["mdtrt_id"]), "setl_id": _another(info["setl_id"])},
    ANOTHER_REQUEST: lambda info: {"medins_setl_id": _another(info["medins_setl_id"])},
}
SPOILT = frozenset(_OTHERS)


def spoilt(what: str, reply: Message) -> Message:
    """Return the answer to a settlement or a trial as one that cannot be it; a refusal stays as it is."""
    if what not in SPOILT or not reply.succeeded:
        return reply
    return reply.with_fields("setlinfo", _OTHERS[what](reply.block("setlinfo")))


def _another(number: str) -> str:
    """Return a number that differs in its last digit but three: neither a check digit nor the end of a row of them."""
    at = len(number) - 4
    return f"{number[:at]}{(int(number[at]) + 1) % 10 if number[at].isdigit() else 0}{number[at + 1 :]}"


def refusal(asked: Message, city: str, stamp: str) -> Message:
    """Return a refusal in the place of the city's answer, as the interface has it (``infcode`` -1)."""
    head: Mapping[str, str] = {
        "inf_refmsgid": f"{city}{stamp[:14]}{asked.msgid[-10:]}",
        "refmsg_time": stamp,
        "respond_time": stamp,
        "err_msg": BUSY,
    }
    return reply_to(asked, head, {}, infcode=-1)
