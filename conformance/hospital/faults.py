"""What may happen to a call of a hospital on its way to its city and back."""

from __future__ import annotations

from collections.abc import Mapping

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
BUSY = "系统繁忙，请稍后再试"


def refusal(asked: Message, city: str, stamp: str) -> Message:
    """Return a refusal in the place of the city's answer, as the interface has it (``infcode`` -1)."""
    head: Mapping[str, str] = {
        "inf_refmsgid": f"{city}{stamp[:14]}{asked.msgid[-10:]}",
        "refmsg_time": stamp,
        "respond_time": stamp,
        "err_msg": BUSY,
    }
    return reply_to(asked, head, {}, infcode=-1)
