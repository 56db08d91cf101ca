"""Messages made of a few words, to judge one rule at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

import pytest

from schemas.rules import Plan, plan, read_rules
from schemas.values import Block, Direction, Field, Name

Layout = Mapping[str, Any]
"""Blocks by name, each with its fields as a text; a mapping in its place holds fields under "" and the blocks within.

A block is written `rows[]` for a list, `rows[1-3]` with its bounds, `rows[]?` where it may be left out. A field is
written `a`, `a!` (personal), `a*` (required), `a:8` (of at most 8 characters), `a#4` (a whole number of 4 digits),
`a.2` (of 2 decimals), `a=yes_no` (a code).
"""
_FIELD = re.compile(
    r"(?P<name>\w+)(?P<personal>!)?(?P<required>\*)?"
    r"(:(?P<length>\d+)|#(?P<digits>\d+))?(\.(?P<decimals>\d+))?(=(?P<code>\w+))?"
)
_BLOCK = re.compile(r"(?P<name>\w+)(?P<list>\[((?P<least>\d+)-(?P<most>\d+))?\])?(?P<optional>\?)?")

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


def field(text: str) -> Field:
    said = _matched(_FIELD, text)
    kind: Any = "integer" if said["digits"] else "string"
    length, decimals = _number(said["length"] or said["digits"]), _number(said["decimals"])
    required, personal = bool(said["required"]), bool(said["personal"])
    return Field(
        name=said["name"],
        zh="",
        en="",
        kind=kind,
        decimals=decimals,
        length=length,
        required=required,
        code=said["code"],
        sources="H",
        basis="",
        note=NOTHING,
        uncertain=False,
        form=NOTHING,
        personal=personal,
    )


def fields(names: str) -> Mapping[str, Field]:
    made = [field(each) for each in names.split()]
    return MappingProxyType({each.name: each for each in made})


def block(text: str, inside: Any) -> Block:
    given = {"": inside} if isinstance(inside, str) else inside
    blocks = [block(each, within) for each, within in given.items() if each]
    said = _matched(_BLOCK, text)
    return Block(
        said["name"],
        "",
        "",
        bool(said["list"]),
        not said["optional"],
        _number(said["least"]),
        _number(said["most"]),
        fields(given.get("", "")),
        MappingProxyType({each.name: each for each in blocks}),
        NOTHING,
    )


def _matched(pattern: re.Pattern[str], text: str) -> Mapping[str, str]:
    said = pattern.fullmatch(text)
    assert said is not None, text
    return said.groupdict()


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


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
