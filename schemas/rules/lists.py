"""Kinds of rules on the rows of a list; they bind to the block that holds the list.

`distinct`  a key occurs once                     `one`     exactly (or at most, or at least) one row has a code
`count`     a number is the number of the rows    `refers`  a field of each row occurs in another block or list
Where a row has no readable key the row is passed over. Each kind takes one list, or several of which a block has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.rules.model import Check, Found, Row, Rule
from schemas.rules.numbers import quoted
from schemas.rules.sites import Site, Unfit, listed
from schemas.rules.texts import code_of
from schemas.values import Block, Field, Name


def bind_distinct(rule: Rule, site: Site) -> Check:
    """Parameters: `list`, and `key`, the fields that together occur once."""
    rows, key = _list(site, rule, "key")

    def check(row: Row, message: Row) -> list[Found]:
        seen: dict[tuple[str, ...], int] = {}
        repeated = []
        for index, each in _rows(row, rows):
            codes = _codes(each, key)
            if codes is not None and (first := seen.setdefault(codes, index)) != index:
                words = Name(f"与第{first + 1}行重复", f"is the same as in row {first + 1}")
                repeated.append(Found((rows.name, index, key[-1].name), words))
        return repeated

    return check


def bind_one(rule: Rule, site: Site) -> Check:
    """Parameters: `list`, `field` and its codes `in`; `least` (1 unless told) and `most` (1) rows have one of them.

    `per` names fields: there are at most so many rows for each of their values.
    """
    given = rule.parameters
    rows, (field, *per) = _list(site, rule, "field", "per")
    codes, least, most = frozenset(given["in"]), given.get("least", 1), given.get("most", 1)
    table = site.codes.get(field.code or "")
    none = Name("没有这样的行", "has no such row")

    def check(row: Row, message: Row) -> list[Found]:
        first: dict[tuple[str, ...] | None, list[int]] = {}
        surplus = []
        found, readable = listed(row, rows), 0
        for index, each in _rows(row, rows):
            code = _code(each, field)
            readable += code is not None and (table is None or code in table)
            if code in codes:
                places = first.setdefault(_codes(each, per), [])
                places.append(index)
                if len(places) > most:
                    words = Name(f"与第{places[0] + 1}行并存", f"is so in row {places[0] + 1} already")
                    surplus.append(Found((rows.name, index, field.name), words))
        if found is not None and readable == len(found) and sum(map(len, first.values())) < least:
            surplus.append(Found((rows.name,), none))
        return surplus

    return check


def bind_count(rule: Rule, site: Site) -> Check:
    """Parameters: `number` and `list`; with `by` and `in` only the rows with one of these codes count."""
    given = rule.parameters
    total = site.field(given["number"])
    rows, by = _list(site, rule, "by")
    codes = frozenset(given.get("in", ()))

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        said, found = total.number(row, message), listed(row, rows, left_out=True)
        if said is None or found is None:
            return ()
        here = sum(_code(each, by[0]) in codes for _, each in _rows(row, rows)) if by else len(found)
        if said == here:
            return ()
        return (
            Found(total.tail, Name(f"是{quoted(said)}，而有{here}行", f"is {quoted(said)}, while there are {here}")),
        )

    return check


def bind_refers(rule: Rule, site: Site) -> Check:
    """Parameters: `list`, `field`, and `to`: a field of another block or list ("drugdetail.feedetl_sn"), or of this."""
    rows, (field,) = _list(site, rule, "field")
    *inner, name = rule.parameters["to"].split(".")
    other = site.block.blocks.get(inner[0]) if inner else site.block
    if other is None or name not in other.fields:
        raise Unfit(name)
    target = other.fields[name]
    words = Name(f"不是 {other.name} 中的 {name}", f"is no {name} of {other.name}")

    def check(row: Row, message: Row) -> list[Found]:
        named = [each for _, each in _rows(row, other)] if inner else [row]
        known = {code for each in named if (code := _code(each, target)) is not None}
        if not known:
            return []
        return [
            Found((rows.name, index, field.name), words)
            for index, each in _rows(row, rows)
            if (code := _code(each, field)) is not None and code not in known
        ]

    return check


def _list(site: Site, rule: Rule, *parameters: str) -> tuple[Block, list[Field]]:
    """Return the list a rule names and the fields of its rows that the parameters name."""
    rows = site.rows(rule.parameters["list"])
    names: list[str] = []
    for parameter in parameters:
        given: Any = rule.parameters.get(parameter, [])
        names.extend([given] if isinstance(given, str) else given)
    for name in names:
        if name not in rows.fields:
            raise Unfit(name)
    return rows, [rows.fields[name] for name in names]


def _rows(row: Row, block: Block) -> Iterator[tuple[int, Row]]:
    """Return the rows of a list that are objects, or a block as its own only row."""
    rows = listed(row, block) or () if block.list else (row.get(block.name),)
    return ((index, each) for index, each in enumerate(rows) if isinstance(each, dict))


def _code(row: Row, field: Field) -> str | None:
    return code_of(row.get(field.name), field.length)


def _codes(row: Row, fields: list[Field]) -> tuple[str, ...] | None:
    codes = tuple(code for field in fields if (code := _code(row, field)) is not None)
    return codes if len(codes) == len(fields) else None
