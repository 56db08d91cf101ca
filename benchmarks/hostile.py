"""Texts that are as much work for the checker as possible, at any size.

The suite judges small ones for what is found, the benchmark a megabyte of each for how long it takes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import schemas

REGISTRY = schemas.load("v1")


def request(infno: str, **blocks: Any) -> str:
    message = json.loads(REGISTRY.examples[infno, "request"])
    return json.dumps({**message, "input": {**message["input"], **blocks}}, ensure_ascii=False)


def row(infno: str, block: str) -> dict[str, Any]:
    first: dict[str, Any] = json.loads(REGISTRY.examples[infno, "request"])["input"][block][0]
    return first


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"a": value}
    return value


LINE = row("2301", "feedetail")
# Name to a text of about so many bytes.
HOSTILE: dict[str, Callable[[int], str]] = {
    "empty rows": lambda size: request("2301", feedetail=[{}] * (size // 4)),
    "numbers for rows": lambda size: request("2301", feedetail=[1] * (size // 3)),
    "rows wrong in every field": lambda size: request("2301", feedetail=[{key: [] for key in LINE}] * (size // 800)),
    "rows that break a rule": lambda size: request("2301", feedetail=[LINE] * (size // 850)),
    "rows that break a rule, without a maximum": lambda size: request("4101", iteminfo=[{"amt": 0.001}] * (size // 17)),
    "unknown rows": lambda size: request("2301", feedetail=[{f"b{n}": 1} for n in range(size // 14)]),
    "unknown blocks": lambda size: request("2301", **{f"b{n}": 1 for n in range(size // 12)}),
    "unknown fields, nearly known": lambda size: request("2301", feedetail=[{f"cnt{n}": 1 for n in range(size // 13)}]),
    "long keys": lambda size: request("2301", **{"k" * 9_000 + str(n): 1 for n in range(size // 9_000)}),
    "long codes": lambda size: request("2301", feedetail=[{**LINE, "med_type": "3" * 9_000}] * (size // 9_900)),
    "a long text": lambda size: request("2301", feedetail=[{**LINE, "mdtrt_id": "长" * (size // 3)}]),
    "long numbers": lambda size: request("2301", feedetail=[{"cnt": 10**39}] * (size // 50)),
    "a number of a million digits": lambda size: '{"a":' + "1" * size + "}",
    "duplicate keys": lambda size: "{" + ",".join(['"a":0'] * (size // 6)) + "}",
    "a late duplicate key": lambda size: "{" + ",".join(f'"\\u0061{n}":0' for n in range(size // 16)) + ',"a0":1}',
    "open brackets": lambda size: "[" * size,
    "thirty deep, many times": lambda size: "[" + ",".join(["[" * 30 + "]" * 30] * (size // 61)) + "]",
    "deep rows": lambda size: request("2301", feedetail=[nested(27)] * (size // 170)),
    "good rows without a maximum": lambda size: request("4101", opspdiseinfo=[*[{}] * (size // 4), 1]),
    "nested rows without a maximum": lambda size: request(
        "3102", data={"patient_dtos": [{"fsi_encounter_dtos": [{"fsi_order_dtos": [{}]}]}] * (size // 60)}
    ),
    "line breaks": lambda size: '{"input":{"feedetail":[' + "{\n},\n" * (size // 5) + "1]}}",
}
