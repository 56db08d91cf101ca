"""Why a call did not end well: a fixed vocabulary, each word with its sentence in Chinese and English.

``Seen.why`` is one of these words, with a detail after a colon where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Words(NamedTuple):
    """A sentence for people, in both languages."""

    zh: str
    en: str


UNREACHED, NONE_FREE, NO_VALUE = "unreached", "none-free", "no-value"
TIMED_OUT, ENDED_BEFORE, ENDED_WITHIN, RUN_OVER = "timed-out", "ended-before", "ended-within", "run-over"
STATUS, NO_HTTP, TOO_LONG, NO_REPLY, LACKS = "status", "no-http", "too-long", "no-reply", "lacks"

WHYS: Mapping[str, Words] = MappingProxyType(
    {
        UNREACHED: Words("连不上对方", "no connection could be made"),
        NONE_FREE: Words("等不到空闲连接", "no connection was free in time"),
        NO_VALUE: Words("缺少填入报文的值", "a value that goes into the request was never told"),
        TIMED_OUT: Words("等候超时未见应答", "not answered in time"),
        ENDED_BEFORE: Words("应答之前连接已断", "the connection ended before a reply"),
        ENDED_WITHIN: Words("应答未完连接已断", "the connection ended in the middle of the reply"),
        RUN_OVER: Words("运行结束时尚未应答", "not answered when the run was over"),
        STATUS: Words("HTTP状态不是200", "the HTTP status is not 200"),
        NO_HTTP: Words("应答不是HTTP", "the answer is no HTTP"),
        TOO_LONG: Words("应答过长", "the reply is too long"),
        NO_REPLY: Words("应答不是接口报文", "the reply is no message of the interface"),
        LACKS: Words("应答成功但缺少应有的值", "a success that lacks a value it must tell"),
    }
)


def words_of(why: str) -> Words:
    """Return the sentence for ``Seen.why``, its detail after it."""
    word, _, detail = why.partition(": ")
    said = WHYS[word]
    return Words(f"{said.zh}（{detail}）", f"{said.en} ({detail})") if detail else said
