"""The suite of the interface as it is published: version v1 with its examples and named rules."""

from __future__ import annotations

from functools import cache
from typing import get_args

import schemas
from schemas import reading
from schemas.rules import Plan, Rule, plan
from schemas.values import Direction

from .suite import Suite

VERSION = "v1"
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
SHARED = ("envelope.request.json", "envelope.response.json", "common.json", "codes.json")
MESSAGES = tuple(
    f"{reading.MESSAGES}{infno}.{direction}.json"
    for infno in schemas.load(VERSION).transactions
    for direction in DIRECTIONS
)


@cache
def published() -> Suite:
    """Return the suite of the interface, made once a process, with schemas of its own that may be changed."""
    files = {name: file for name, file in reading.read_files(VERSION).items() if "$schema" in file}
    examples = {
        f"{reading.MESSAGES}{infno}.{direction}.json": schemas.parse(text)
        for (infno, direction), text in schemas.load(VERSION).examples.items()
    }
    return Suite(files, examples, {name: plan_of(name) for name in MESSAGES})


def plan_of(name: str, without: Rule | None = None, instead: Rule | None = None) -> Plan:
    """Return the named rules of a message by the name of its schema: less one, or with another in its place."""
    registry = schemas.load(VERSION)
    infno, direction, _ = name.removeprefix(reading.MESSAGES).split(".")
    way: Direction = "request" if direction == "request" else "response"
    rules = (instead if rule is without else rule for rule in registry.rules)
    kept = tuple(rule for rule in rules if rule is not None)
    return plan(infno, way, registry.head(way), registry.body(infno, way), kept, _codes())


@cache
def _codes() -> dict[str, dict[str, str]]:
    tables = schemas.load(VERSION).tables
    return {table: {code: label.zh for code, label in each.labels.items()} for table, each in tables.items()}
