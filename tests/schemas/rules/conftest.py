"""Messages made of a few words, to judge one rule at a time."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

import pytest

from schemas.rules import Plan, plan, read_rules
from schemas.values import Block, Direction, Field, Name

Layout = Mapping[str, Any]
"""Blocks by name, "[]" after it for a list, each with its fields as a text ("a b! c", "!" for a personal one).

A mapping in place of the text holds fields under "" and the blocks within.
"""
NOTHING = Name("", "")
HEAD = "infno msgid mdtrtarea_admvs insuplc_admdvs fixmedins_code inf_time"


class Judge(Protocol):
    """Judges a body by one rule, and returns path and words of each breach."""

    def __call__(
        self,
        rule: Mapping[str, Any],
        layout: Layout,
        body: object,
        /,
        *,
        head: Mapping[str, object] = ...,
        codes: Mapping[str, Mapping[str, str]] = ...,
    ) -> list[tuple[tuple[str | int, ...], str]]: ...


def field(name: str, kind: Any = "string", *, decimals: int | None = None) -> Field:
    plain = name.rstrip("!")
    return Field(plain, "", "", kind, decimals, None, False, None, "H", NOTHING, False, NOTHING, plain != name)


def fields(names: str) -> Mapping[str, Field]:
    return MappingProxyType({each.rstrip("!"): field(each) for each in names.split()})


def block(name: str, inside: Any) -> Block:
    given = {"": inside} if isinstance(inside, str) else inside
    blocks = [block(each, within) for each, within in given.items() if each]
    plain = name.removesuffix("[]")
    return Block(
        plain,
        "",
        "",
        plain != name,
        True,
        None,
        None,
        fields(given.get("", "")),
        MappingProxyType({each.name: each for each in blocks}),
        NOTHING,
    )


def rule(entry: Mapping[str, Any]) -> dict[str, Any]:
    words = {"zh": "应当如此", "en": "it must be so"}
    return {"id": "this-rule", "says": words, "cure": words, "basis": ["H 1101"], **entry}


def planned(
    entries: list[Mapping[str, Any]],
    layout: Layout,
    *,
    infno: str = "9999",
    direction: Direction = "request",
    codes: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> Plan:
    rules = read_rules([rule(each) for each in entries])
    return plan(infno, direction, fields(HEAD + " input"), block("input", layout), rules, codes)


@pytest.fixture
def planning() -> Any:
    """The function `planned`: makes the plan of a message from rules and a layout."""
    return planned


@pytest.fixture
def judge() -> Judge:
    def judged(
        rule: Mapping[str, Any],
        layout: Layout,
        body: object,
        /,
        *,
        head: Mapping[str, object] = MappingProxyType({}),
        codes: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    ) -> list[tuple[tuple[str | int, ...], str]]:
        made = planned([rule], layout, codes=codes)
        assert made.bound, "the rule does not bind"
        found = list(made.broken({**head, "input": body}))
        assert all(each.received.zh for each in found)
        return [(each.path[1:], each.received.en) for each in found]

    return judged
