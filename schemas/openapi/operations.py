"""Describes one transaction as an operation: what it is for, its request, its replies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.openapi import gateway
from schemas.openapi.components import SCHEMAS
from schemas.openapi.texts import PROPOSAL
from schemas.values import Direction, Name, Transaction

Json = dict[str, Any]
Examples = Mapping[tuple[str, str], str]

# The transactions that carry a file beside the message.
UPLOAD, DOWNLOAD = "9101", "9102"


def operation(transaction: Transaction, examples: Examples) -> Json:
    """Return the operation of a transaction; `examples` are texts of messages by number and direction."""
    return {
        "operationId": operation_id(transaction),
        "tags": [transaction.group],
        "summary": f"{transaction.name.en} {transaction.name.zh}",
        "description": "\n\n".join([*_told(transaction, "en"), *_told(transaction, "zh")]),
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in gateway.HEADERS],
        "requestBody": {"required": True, "content": _request(transaction.infno, examples)},
        "responses": {
            "200": _reply(transaction.infno, examples),
            "401": {"$ref": "#/components/responses/gatewayRefusal"},
            "default": {"$ref": "#/components/responses/unknownOutcome"},
        },
        **_annotations(transaction),
    }


def operation_id(transaction: Transaction) -> str:
    """Return a name that programs can use, such as `inpatientSettlement2304`."""
    words = re.sub(r"[^A-Za-z0-9]+", " ", transaction.name.en).split()
    name = "".join(word.capitalize() for word in words)
    return name[:1].lower() + name[1:] + transaction.infno


def refusal_example() -> Json:
    """Return a refusal in the form that is common to all transactions."""
    return {
        "summary": "A refusal 拒绝",
        "description": "Invented. HTTP says 200; infcode and err_msg say what is wrong. 虚构示例。",
        "value": {
            "infcode": -1,
            "inf_refmsgid": "320100202603121020000000000002",
            "refmsg_time": "20260312102000120",
            "respond_time": "20260312102000180",
            "err_msg": "区划990000未登记，请核对医保区划",
        },
    }


def unknown_outcome() -> Json:
    """Return what a caller must make of any other reply, and of none."""
    return {
        "description": (
            "No reply of the platform, such as an error of the network or of a server between: the outcome is unknown, "
            "neither done nor refused. Send the same message again with the same msgid, or reverse it with 2601.\n\n"
            "不是平台的应答，如网络或中间服务器出错：结果未知，既非成功也非拒绝。"
            "请以相同 msgid 重发原报文，或用2601冲正。"
        )
    }


def _request(infno: str, examples: Examples) -> Json:
    reference = {"$ref": f"{SCHEMAS}{infno}.request"}
    text = {"$ref": f"{SCHEMAS}json_text", "contentSchema": reference}
    content = {"application/json": _message(infno, "request", examples), "text/plain": {"schema": text}}
    return {**content, "multipart/form-data": _form(text)} if infno == UPLOAD else content


def _form(text: Json) -> Json:
    """Return the form with the message as text and the file."""
    file = {
        "title": "文件",
        "description": "the ZIP archive with one text file: UTF-8, fields separated by tabs, one record a line",
        "type": "string",
        "contentMediaType": "application/octet-stream",
    }
    return {
        "schema": {"type": "object", "properties": {"jsonStr": text, "file": file}, "required": ["jsonStr", "file"]}
    }


def _reply(infno: str, examples: Examples) -> Json:
    message = _message(infno, "response", examples)
    message["examples"]["refusal"] = {"$ref": "#/components/examples/refusal"}
    content = {"application/json": message}
    if infno == DOWNLOAD:
        content["application/octet-stream"] = {
            "schema": {"title": "ZIP 文件", "description": "the file, as a ZIP archive"}
        }
    return {
        "description": (
            "The reply, for success (infcode 0) and for refusal (infcode not 0, err_msg says why) alike.\n\n"
            "应答：成功（infcode 为0）和拒绝（infcode 非0，原因见 err_msg）均为 HTTP 200。"
        ),
        "content": content,
    }


def _message(infno: str, direction: Direction, examples: Examples) -> Json:
    found = {}
    if (infno, direction) in examples:
        found["invented"] = {"summary": "Invented 虚构示例", "value": json.loads(examples[infno, direction])}
    return {"schema": {"$ref": f"{SCHEMAS}{infno}.{direction}"}, "examples": found}


def _told(transaction: Transaction, lang: str) -> Iterator[str]:
    """Yield the paragraphs of a transaction's description in one language."""
    say = _PHRASES[lang]

    def of(name: Name) -> str:
        return name.zh if lang == "zh" else name.en

    if transaction.proposal:
        yield f"**{of(PROPOSAL)}**"
    purpose = [of(transaction.purpose), of(transaction.when)]
    yield _sentences(purpose, of(transaction.name), say["stop"], say["space"])
    yield say["parties"].format(of(transaction.sender), of(transaction.receiver))
    if transaction.forwarded:
        yield say["forwarded"]
    if transaction.undone_by:
        yield say["undone"].format(say["comma"].join(transaction.undone_by))
    if transaction.columns:
        yield say["columns"].format(len(transaction.columns))
    if transaction.notes:
        yield "\n".join(f"- {of(note)}" for note in transaction.notes)


_PHRASES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "stop": ".",
        "space": " ",
        "comma": ", ",
        "parties": "Sender: {}. Receiver: {}.",
        "forwarded": "Forwarded between the cities of treatment and of insurance.",
        "undone": "Cancelled by {}.",
        "columns": "The text file has {} columns, listed in `x-yidi-columns`.",
    },
    "zh": {
        "stop": "。",
        "space": "",
        "comma": "、",
        "parties": "发送方：{}。接收方：{}。",
        "forwarded": "在就医地与参保地之间转发。",
        "undone": "可由 {} 撤销。",
        "columns": "文本文件共{}列，见 `x-yidi-columns`。",
    },
}


def _sentences(texts: list[str], name: str, stop: str, space: str) -> str:
    """Join texts as sentences, each said once; the name stands in where there are none."""
    told = dict.fromkeys(text[0].upper() + text[1:].rstrip(".。") for text in texts if text)
    return space.join(text + stop for text in told or (name,))


def _annotations(transaction: Transaction) -> Json:
    """Return what OpenAPI has no word for; empty lists are left out."""
    lists = {
        "x-yidi-undone-by": list(transaction.undone_by),
        "x-yidi-refusals": list(transaction.refusals),
        "x-yidi-basis": list(transaction.basis),
        "x-yidi-columns": [_both(column) for column in transaction.columns],
    }
    return {
        "x-yidi-title": _both(transaction.name),
        "x-yidi-sender": _both(transaction.sender),
        "x-yidi-receiver": _both(transaction.receiver),
        "x-yidi-sources": transaction.sources,
        "x-yidi-proposal": transaction.proposal,
        "x-yidi-forwarded": transaction.forwarded,
        **{key: rows for key, rows in lists.items() if rows},
    }


def _both(name: Name) -> dict[str, str]:
    return {"zh": name.zh, "en": name.en}
