"""Mutants that are wrong on the wire: how they write, how and when they answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from conformance.mutants import texts
from conformance.mutants.mutant import WIRE, Mutant, Patch
from conformance.mutants.passing import marked
from conformance.mutants.texts import Number, Tree
from simulator.core.visits.lifecycle import SETTLES
from simulator.sandbox.front import JSON, Answer

_BUSINESS = "simulator.sandbox.business"
_TOO_LONG = 11.0  # seconds, longer than anybody here waits


# -- how it is written -----------------------------------------------------------------------------------------------


def _amounts(change: Callable[[Number], Any]) -> Patch:
    return texts.values(lambda name, value: change(value) if isinstance(value, Number) else value)


def _of(names: str, change: Callable[[Any], Any]) -> Patch:
    wanted = frozenset(names.split())
    return texts.values(lambda name, value: change(value) if name in wanted else value)


def _output(change: Callable[[Tree], Any]) -> Patch:
    def of(tree: Tree) -> None:
        if isinstance(tree.get("output"), dict):
            change(tree["output"])

    return texts.tree(of)


def _extra_field(output: Tree) -> None:
    for block in output.values():
        for row in block if isinstance(block, list) else [block]:
            row["local_remark"] = "1"


def _noise(value: Number) -> Number:
    return Number(f"{value}0000000000004")


def _slash_dates(value: Any) -> Any:
    return str(value).replace("-", "/")


def _words_of_gender(value: Any) -> Any:
    return {"1": "男", "2": "女"}.get(str(value), value)


# -- how and when it is answered -------------------------------------------------------------------------------------


def _in_gb18030(text: bytes) -> bytes:
    return text.decode().encode("gb18030")


def _refused_as_500(found: Answer) -> Answer:
    return found if found.outcome == "0" else found._replace(status=500)


def _slow(seconds: float, *infnos: str) -> Patch:
    def make(old: Any) -> Any:
        async def answer_to(*about: Any, **more: Any) -> Answer:
            found: Answer = await old(*about, **more)
            if found.infno in infnos:
                await asyncio.sleep(seconds)
            return found

        return answer_to

    return Patch(f"{texts.FRONT}.answer_to", make)


class _Cut(Exception):
    """The connection was closed in the middle of an answer."""


def _cut(old: Any) -> Any:
    async def reply(send: Any, answer: Answer, *, close: bool, more: bool = False) -> None:
        if answer.infno not in SETTLES:
            await old(send, answer, close=close, more=more)
            return
        length = (b"content-length", str(len(answer.body)).encode())
        head = [(b"content-type", JSON.encode()), length]
        await send({"type": "http.response.start", "status": answer.status, "headers": head})
        half = answer.body[: len(answer.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        raise _Cut

    return reply


def _as_text(value: Any) -> Any:
    return str(value)


def _infcode_as_text(tree: Tree) -> None:
    tree["infcode"] = str(tree["infcode"])


def _twice(text: bytes) -> bytes:
    return text.replace(b'{"infcode":', b'{"infcode":0,"infcode":', 1)


def _without_reference(tree: Tree) -> None:
    tree.pop("inf_refmsgid", None)


def _success_told_in_words(tree: Tree) -> None:
    tree["infcode"] = 1 if tree["infcode"] == 0 else tree["infcode"]


def _refusals_as_success(tree: Tree) -> None:
    tree["infcode"] = 0


def _rows_lost(output: Tree) -> None:
    for name, block in output.items():
        if isinstance(block, list) and len(block) > 1:
            output[name] = block[:-1]


MUTANTS = tuple(
    Mutant(name, WIRE, zh, en, patches, expected)
    for name, zh, en, patches, expected in (
        (
            "rare-characters-lost",
            "答复中扩展区汉字变成问号。",
            "Characters of Extension B become question marks in replies.",
            (texts.values(lambda name, value: marked(value) if type(value) is str else value),),
            ("*names_of_every_kind*rare*",),
        ),
        (
            "names-cut",
            "姓名截为十个字。",
            "Names are cut at ten characters.",
            (_of("psn_name", lambda value: str(value)[:10]),),
            ("*names_of_every_kind*long*",),
        ),
        (
            "gb18030-as-utf-8",
            "答复实为GB18030，却标为UTF-8。",
            "Replies are written in GB18030 and labelled UTF-8.",
            (texts.body(_in_gb18030),),
            ("*is_settled*",),
        ),
        (
            "byte-order-mark",
            "答复开头带BOM。",
            "Replies begin with a byte order mark.",
            (texts.body(lambda text: b"\xef\xbb\xbf" + text),),
            ("*is_settled*",),
        ),
        (
            "extra-field",
            "答复多出接口没有的字段。",
            "Replies have a field that the interface does not know.",
            (_output(_extra_field),),
            ("*is_settled*",),
        ),
        (
            "amounts-as-text",
            "金额写成字符串。",
            "Amounts are written as text.",
            (_amounts(_as_text),),
            ("*is_settled*",),
        ),
        (
            "amounts-with-three-decimals",
            "金额带三位小数。",
            "Amounts have three decimals, the last of them not 0.",
            (_amounts(lambda value: Number(f"{value}1")),),
            ("*is_settled*",),
        ),
        (
            "float-noise",
            "金额带浮点误差。",
            "Amounts show the noise of binary floats.",
            (_amounts(_noise),),
            ("*is_settled*",),
        ),
        (
            "amounts-in-fen",
            "金额以分为单位。",
            "Amounts are told in fen.",
            (_amounts(lambda value: Number(value.replace(".", "") + ".00")),),
            ("*is_settled*",),
        ),
        (
            "infcode-as-text",
            "infcode写成字符串。",
            "The infcode is text.",
            (texts.tree(_infcode_as_text),),
            ("*is_settled*",),
        ),
        (
            "infcode-of-success-1",
            "成功时infcode为1。",
            "Success has infcode 1.",
            (texts.tree(_success_told_in_words),),
            ("*is_settled*",),
        ),
        (
            "refusals-as-success",
            "拒绝时infcode为0，只在err_msg中说明。",
            "A refusal has infcode 0 and is told in words only.",
            (texts.tree(_refusals_as_success),),
            ("*refusal_says_why*",),
        ),
        (
            "infcode-twice",
            "答复中infcode出现两次。",
            "The infcode stands twice in a reply.",
            (texts.body(_twice),),
            ("*is_settled*",),
        ),
        (
            "reference-left-out",
            "答复没有inf_refmsgid。",
            "Replies have no inf_refmsgid.",
            (texts.tree(_without_reference),),
            ("*is_settled*",),
        ),
        (
            "funds-left-out",
            "结算答复没有基金分项。",
            "The reply to a settlement has no split by fund.",
            (_output(lambda output: output.pop("setldetail", None)),),
            ("*is_settled*away*",),
        ),
        (
            "last-row-lost",
            "列表答复少最后一条。",
            "The last row of a list is lost.",
            (_output(_rows_lost),),
            ("*is_settled*",),
        ),
        (
            "null-for-nothing",
            "空字段写成null。",
            "What is empty is written as null.",
            (texts.values(lambda name, value: None if value == "" else value),),
            ("*is_settled*",),
        ),
        (
            "gender-in-words",
            "性别写成汉字而非代码。",
            "The gender is a word instead of a code.",
            (_of("gend", _words_of_gender),),
            ("*is_settled*",),
        ),
        (
            "dates-with-slashes",
            "日期用斜杠分隔。",
            "Dates are written with slashes.",
            (_of("setl_time brdy begndate sign_time", _slash_dates),),
            ("*is_settled*",),
        ),
        (
            "refusals-as-http-500",
            "拒绝时HTTP状态为500。",
            "A refusal has HTTP status 500.",
            (texts.answer(_refused_as_500),),
            ("*refusal_says_why*",),
        ),
        (
            "too-slow",
            "结算答复超过等待时限。",
            "A settlement is answered after everybody has stopped waiting.",
            (_slow(_TOO_LONG, *SETTLES),),
            ("*is_settled*pharmacy*",),
        ),
        (
            "answer-cut",
            "结算答复发到一半连接即断开。",
            "The connection closes in the middle of the reply to a settlement.",
            (Patch(f"{_BUSINESS}:_reply", _cut),),
            ("*is_settled*pharmacy*",),
        ),
    )
)
