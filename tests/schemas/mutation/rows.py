"""Lists with a row too many, in which the rows may have to differ so that no named rule notices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .constraints import Files, Json, Node, schema_at, target

# Other codes tried for a coded member of the new rows.
MOST_CODES = 3


def too_many(files: Files, node: Node, rows: list[Json]) -> Iterator[list[Json]]:
    """Yield lists that are one row too long.

    The new rows are like the last, or numbered in one member, or in all texts, or have another code besides.
    """
    missing = schema_at(files, node)["maxItems"] + 1 - len(rows)
    yield [*rows, *([rows[-1]] * missing)]
    if isinstance(rows[-1], dict):
        members = {name: _resolved(files, node / "items" / "properties" / name) for name in rows[-1]}
        for row in _variants(rows[-1], members):
            for chosen in _choices(row):
                yield [*rows, *(_numbered(row, chosen, number, members) for number in range(1, missing + 1))]


def _variants(row: Json, members: dict[str, Any]) -> Iterator[Json]:
    yield row
    for name, schema in members.items():
        others = [code for code in schema.get("enum", ()) if code != row[name]]
        yield from ({**row, name: code} for code in others[:MOST_CODES])


def _choices(row: Json) -> Iterator[set[str]]:
    """Yield the members to number: each number or text alone, then all texts."""
    scalars = [name for name, old in row.items() if isinstance(old, str) or type(old) is int]
    yield from ({name} for name in scalars)
    yield {name for name in scalars if isinstance(row[name], str)}


def _numbered(row: Json, chosen: set[str], number: int, members: dict[str, Any]) -> Json:
    return {**row, **{name: _own(row[name], number, members[name]) for name in chosen}}


def _own(old: Json, number: int, schema: dict[str, Any]) -> Json:
    """Return a number or text of its own for a row, in the same form as far as that can be told."""
    if isinstance(old, str):
        return str(int(old) + number).zfill(len(old)) if old.isdecimal() else f"{old[:-3]}{number:03}"
    return (old + number) % (schema.get("maximum", 10**9) + 1)


def _resolved(files: Files, node: Node) -> dict[str, Any]:
    led = target(files, node)
    return schema_at(files, node) if led is None else schema_at(files, led)
