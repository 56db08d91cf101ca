"""Correct variants: references that look unusual and are right, so that no case may fail them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from conformance.mutants import texts
from conformance.mutants.mutant import VARIANT, Mutant, Patch
from conformance.mutants.texts import Number, Tree
from simulator.core.platform.refusals import REFUSALS
from simulator.core.values.stamps import digits
from simulator.core.visits import answers
from simulator.core.visits.requests import opened
from simulator.sandbox.front import JSON, Answer

_BUSINESS = "simulator.sandbox.business"
_PIECE = 97  # bytes


def _reversed(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _reversed(tree[name]) for name in reversed(tree)}
    return [_reversed(each) for each in tree] if isinstance(tree, list) else tree


def _shortest(name: str, value: Any) -> Any:
    if not isinstance(value, Number):
        return value
    short = value.rstrip("0").rstrip(".")
    return Number("0" if short in {"", "-0"} else short)


def _one_decimal(name: str, value: Any) -> Any:
    return Number(value[:-1]) if isinstance(value, Number) and value.endswith("0") and value[-2] != "." else value


def _with_zeros(name: str, value: Any) -> Any:
    return Number(f"{value}00") if isinstance(value, Number) else value


def _empties_left_out(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _empties_left_out(each) for name, each in tree.items() if each != "" or name == "err_msg"}
    return [_empties_left_out(each) for each in tree] if isinstance(tree, list) else tree


def _spaced(text: bytes) -> bytes:
    tree = texts.parsed(text)
    marked = texts.changed(tree, lambda name, value: f"\0{value}\0" if isinstance(value, Number) else value)
    spaced = json.dumps(marked, ensure_ascii=False, indent=3, separators=(" , ", " : "))
    return f" \r\n{spaced}\n\t".replace('"\\u0000', "").replace('\\u0000"', "").encode()


def _escaped(text: bytes) -> bytes:
    return "".join(each if each < "\x7f" else json.dumps(each)[1:-1] for each in text.decode()).encode()


def _other_words(tree: Tree) -> None:
    if tree["infcode"] != 0:
        tree["err_msg"] = "业务校验未通过，请核对后重试。"


def _kind_words(tree: Tree) -> None:
    if tree["infcode"] == 0:
        tree["err_msg"] = "成功"


def _other_codes(tree: Tree) -> None:
    """Tell the same refusals by codes of one's own, those that may pass apart from those that will not."""
    passing = {refusal.code for refusal in REFUSALS.values() if refusal.passing}
    if tree["infcode"] not in {0, *passing}:
        tree["infcode"] = -1


def _replies(change: Any) -> Patch:
    """Return a patch of how an answer is given to the server: ``change`` gets ``send``, the answer and its head."""

    def make(old: Any) -> Any:
        async def reply(send: Any, answer: Answer, *, close: bool, more: bool = False) -> None:
            length = (b"content-length", str(len(answer.body)).encode())
            head = [(b"content-type", JSON.encode()), length]
            await change(send, answer, head, more)

        return reply

    return Patch(f"{_BUSINESS}:_reply", make)


async def _whole(send: Any, answer: Answer, head: Any, more: bool) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": head})
    await send({"type": "http.response.body", "body": answer.body, "more_body": more})


async def _chunked(send: Any, answer: Answer, head: Any, more: bool) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": head[:1]})
    for first in range(0, len(answer.body), _PIECE):
        await send({"type": "http.response.body", "body": answer.body[first : first + _PIECE], "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": more})


async def _closing(send: Any, answer: Answer, head: Any, more: bool) -> None:
    await _whole(send, answer, [*head, (b"connection", b"close")], more)


async def _named_otherwise(send: Any, answer: Answer, head: Any, more: bool) -> None:
    (_, kind), (_, length) = head
    more_of_it = [(b"X-Powered-By", b"platform/3.1"), (b"Set-Cookie", b"JSESSIONID=0123456789; Path=/; HttpOnly")]
    await _whole(send, answer, [(b"Content-Type", kind), (b"CONTENT-LENGTH", length), *more_of_it], more)


async def _plain_json(send: Any, answer: Answer, head: Any, more: bool) -> None:
    await _whole(send, answer, [(b"content-type", b"application/json"), head[1]], more)


def _slower(old: Any) -> Any:
    async def answer_to(*about: Any, **more: Any) -> Any:
        await asyncio.sleep(0.2)
        return await old(*about, **more)

    return answer_to


def _slow_to_start(old: Any) -> Any:
    async def start(self: Any) -> None:
        await asyncio.sleep(1.0)
        await old(self)

    return start


def _visit_numbers(form: str) -> Patch:
    """Return a patch of the numbers of visits: ``form`` is filled with the area, the time and the serial number."""

    def make(old: Any) -> Any:
        def complete(self: Any, turn: Any, asked: Any, step: Any, reply: Any) -> Any:
            area, serial = asked.treatment_area, self._visit_serial + 1
            number = form.format(area=area, at=digits(turn.now), serial=serial)
            turn.record(opened(self.name, number, asked, asked.insured_area))
            return turn.ok(asked, **answers.opened_blocks(asked, number))

        return complete

    return Patch("simulator.core.visits.treatment:Treatment._complete_opening", make)


def _settlement_numbers(form: str) -> Patch:
    def make(old: Any) -> Any:
        return lambda self, area, at: form.format(area=area, at=digits(at), serial=self._settled + 1)

    return Patch("simulator.core.visits.insured:Insured.next_setl_id", make)


_EXERCISED_BY = {"starts-slowly": ("*killed_after_a_reply_was_lost*",)}
"""Cases beside the short selection in which a variant is unusual at all."""

VARIANTS = tuple(
    Mutant(name, VARIANT, zh, en, patches, _EXERCISED_BY.get(name, ()))
    for name, zh, en, patches in (
        ("fields-reversed", "字段顺序相反。", "Fields stand in reverse order.", (texts.tree(_reversed),)),
        (
            "empties-left-out",
            "空的可选字段不出现。",
            "Optional fields with nothing in them are left out.",
            (texts.tree(_empties_left_out),),
        ),
        (
            "shortest-numbers",
            "金额写成最短形式，如12、12.5。",
            "Amounts are as short as can be: 12, 12.5.",
            (texts.values(_shortest),),
        ),
        (
            "one-decimal",
            "能省则省一位小数，如12.0。",
            "Amounts have one decimal where that is enough: 12.0.",
            (texts.values(_one_decimal),),
        ),
        (
            "trailing-zeros",
            "金额带多余的零，如12.5000。",
            "Amounts bear zeros they do not need: 12.5000.",
            (texts.values(_with_zeros),),
        ),
        (
            "spaced-json",
            "JSON带缩进和多余空白。",
            "JSON is indented, with blanks wherever they may be.",
            (texts.body(_spaced),),
        ),
        (
            "escaped-text",
            "非ASCII字符写成\\uXXXX。",
            "Text is escaped as \\uXXXX, with surrogate pairs beyond the first plane.",
            (texts.body(_escaped),),
        ),
        (
            "other-words",
            "拒绝的文字不同。",
            "Refusals are worded otherwise.",
            (texts.tree(_other_words),),
        ),
        (
            "words-of-success",
            "成功时err_msg也有文字。",
            "A success has words in err_msg too.",
            (texts.tree(_kind_words),),
        ),
        (
            "other-codes",
            "业务拒绝一律用代码-1。",
            "Refusals for good all have the code -1.",
            (texts.tree(_other_codes),),
        ),
        ("chunked", "答复分块发送。", "Replies come in chunks.", (_replies(_chunked),)),
        (
            "closing",
            "每次答复后关闭连接。",
            "The connection is closed after each reply.",
            (_replies(_closing),),
        ),
        (
            "other-headers",
            "响应头大小写不同，并多出几个。",
            "Response headers are written in other cases, with some more.",
            (_replies(_named_otherwise),),
        ),
        (
            "no-charset",
            "Content-Type不带charset。",
            "The content type names no charset.",
            (_replies(_plain_json),),
        ),
        (
            "slower",
            "每次答复慢0.2秒。",
            "Each reply takes 0.2 seconds longer.",
            (Patch(f"{texts.FRONT}.answer_to", _slower),),
        ),
        (
            "starts-slowly",
            "启动慢一秒。",
            "It takes a second longer to start.",
            (Patch("simulator.sandbox.sandbox:Sandbox.start", _slow_to_start),),
        ),
        (
            "short-numbers",
            "就诊号、结算号很短。",
            "Visits and settlements have short numbers.",
            (_visit_numbers("{serial}"), _settlement_numbers("{serial}")),
        ),
        (
            "long-numbers",
            "就诊号、结算号接近长度上限。",
            "Visits and settlements have numbers nearly as long as may be.",
            (
                _visit_numbers("JZ{at}-{serial:010d}"),
                _settlement_numbers("{at:.14}_{area}_{serial:06d}"),
            ),
        ),
    )
)
