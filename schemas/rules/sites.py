"""The place where a rule is bound, and how it gets at the fields it names.

A rule names a field by its name in the block ("enddate"), in a block within it ("setlinfo.fund_pay_sumamt"), or in
the head ("head.insuplc_admdvs"); characters of a text by their offsets ("msgid[12:26]"). A block within that is a
list counts only when it has exactly one row.

What the schema refuses anyway is read as nothing, so that one mistake is one finding: a text that is too long, a
whole number out of its bounds, a list with too many rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from schemas.rules.model import Path, Row
from schemas.rules.numbers import Number, number
from schemas.rules.texts import code_of
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

    def code(self, row: Row, message: Row) -> str | None:
        """Return the value as a code; None where there is none, or one that the field cannot have."""
        return code_of(self.get(row, message), self.field.length)

    def number(self, row: Row, message: Row) -> Number | None:
        """Return the value as an exact number; None where there is none, or one that the field cannot have."""
        found, field = number(self.get(row, message)), self.field
        if found is None or field.kind != "integer" or field.length is None:
            return found
        return found if 0 <= found < 10**field.length else None


@dataclass(frozen=True, slots=True)
class Site:
    """A block a rule may bind to, with the head and the code tables. The head is a block too, named ""."""

    block: Block
    head: Mapping[str, Field]
    codes: Mapping[str, Collection[str]]

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

    def rows(self, names: str | list[str]) -> Block:
        """Return the list a rule names, or the first of several that the block has; raises Unfit where it has none."""
        for name in [names] if isinstance(names, str) else names:
            found = self.block.blocks.get(name)
            if found is not None and found.list:
                return found
        raise Unfit(str(names))

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


def listed(row: Row, block: Block, *, left_out: bool = False) -> list[Any] | None:
    """Return the rows of a list; None where there is none, or one that the schema refuses.

    With `left_out` a list that is left out, as it may be, has no rows.
    """
    found = row.get(block.name)
    if left_out and block.name not in row and not block.required:
        return []
    if not isinstance(found, list) or len(found) < (block.least or 0):
        return None
    return found if block.most is None or len(found) <= block.most else None


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
