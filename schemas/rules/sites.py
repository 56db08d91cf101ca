"""The place where a rule is bound, and how it gets at the fields it names.

A rule names a field by its name in the block ("enddate"), in a block within it ("setlinfo.fund_pay_sumamt"), or in
the head ("head.insuplc_admdvs"); characters of a text by their offsets ("msgid[12:26]"). A block within that is a
list counts only when it has exactly one row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from schemas.rules.model import Path, Row
from schemas.values import Block, Field

_REFERENCE = re.compile(r"(?P<names>\w+(?:\.\w+)*)(?:\[(?P<start>\d+):(?P<stop>\d+)\])?")

Get = Callable[[Row, Row], object]
"""Fetches a value from a row and the whole message; None where it is absent."""


class Unfit(LookupError):
    """A rule names a field that this block does not have: it does not bind here."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that a rule names: how to get its value from a row, where it stands in the row, and what it is."""

    get: Get
    tail: Path
    field: Field

    @property
    def name(self) -> str:
        """The name of the field."""
        return self.field.name


@dataclass(frozen=True, slots=True)
class Site:
    """A block a rule may bind to, with the head and the code tables. The head is a block too, named ""."""

    block: Block
    head: Mapping[str, Field]
    codes: Mapping[str, Mapping[str, str]]

    def field(self, text: str) -> Reference:
        """Return the field a rule names; raises Unfit where the block has none."""
        parts = _REFERENCE.fullmatch(text)
        if parts is None:
            raise ValueError(f"{text} names no field")
        *inner, last = parts["names"].split(".")
        found = self._in_head(last) if inner == ["head"] else self._in_block(inner, last)
        if parts["start"] is None:
            return found
        return replace(found, get=_cut(found.get, int(parts["start"]), int(parts["stop"])))

    def fields(self, names: list[str]) -> tuple[Reference, ...]:
        """Return the fields a rule names, all of which the block must have."""
        return tuple(self.field(name) for name in names)

    def known(self, names: list[str]) -> tuple[Reference, ...]:
        """Return those of the fields that the block has."""
        return tuple(self.field(name) for name in names if name in self.block.fields)

    def rows(self, name: str) -> Block:
        """Return the list a rule names; raises Unfit where the block has none."""
        found = self.block.blocks.get(name)
        if found is None or not found.list:
            raise Unfit(name)
        return found

    def _in_head(self, name: str) -> Reference:
        if name not in self.head:
            raise Unfit(name)
        return Reference(lambda row, message: message.get(name), ("head", name), self.head[name])

    def _in_block(self, inner: list[str], name: str) -> Reference:
        block, steps = self.block, list[str | int]()
        for part in inner:
            if part not in block.blocks:
                raise Unfit(part)
            block = block.blocks[part]
            steps.extend([part, 0] if block.list else [part])
        if name not in block.fields:
            raise Unfit(name)
        get = _through(tuple(steps), name) if steps else _plain(name)
        return Reference(get, (*steps, name), block.fields[name])


def _plain(name: str) -> Get:
    return lambda row, message: row.get(name)


def _through(steps: Path, name: str) -> Get:
    def get(row: Row, message: Row) -> object:
        value: object = row
        for step in steps:
            if isinstance(step, str):
                value = value.get(step) if isinstance(value, dict) else None
            else:
                value = value[0] if isinstance(value, list) and len(value) == 1 else None
        return value.get(name) if isinstance(value, dict) else None

    return get


def _cut(get: Get, start: int, stop: int) -> Get:
    def cut(row: Row, message: Row) -> object:
        value = get(row, message)
        return value[start:stop] if isinstance(value, str) and len(value) >= stop else None

    return cut
