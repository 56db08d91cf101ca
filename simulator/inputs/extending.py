"""Scenarios that extend another: what a file says in place of its base, figure by figure.

Think of a sheet of amendments laid over a law: it is read together with the law, never alone, and each names the other.
A figure is one record and is replaced whole, so that no value stands on the basis of another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from simulator.inputs.errors import InputError
from simulator.inputs.toml import Document, Source, check, find, read_toml

EXTENDS = "extends"
_ITS_OWN = ("id", "zh", "en")
_PLACES = ("pack", "network", "catalogue", "administration")
_DEEP = 8


class Written(NamedTuple):
    """A scenario as written: its name in messages, its tables, SHA-256 by file, and the file each place stands in.

    ``said_in`` tells for ``pack``, ``network``, ``catalogue`` and ``administration`` from which file a path counts.
    """

    name: str
    data: dict[str, Any]
    digests: Mapping[str, str]
    said_in: Mapping[str, Source]


def read_scenario(source: Source, kind: str = "scenario", trail: tuple[str, ...] = ()) -> Written:
    """Read a scenario with what it extends; raises InputError.

    What is wrong with the base is laid to the base, and everything else to the file that extends it.
    """
    document = read_toml(source)
    if EXTENDS not in document.data:
        check(document.data, kind, document.name)
        return Written(document.name, document.data, _digest(document), dict.fromkeys(_PLACES, source))
    base = read_scenario(_base(source, document, trail), kind, (*trail, document.name))
    own = {key: value for key, value in document.data.items() if key != EXTENDS}
    for key in _ITS_OWN:
        if key not in own:
            raise InputError(document.name, key, "is missing", f"a scenario has an {key} of its own, also on a base")
    merged = _merged(base, own, document.name)
    check(merged, kind, document.name)
    said_in = {key: source if key in own else base.said_in[key] for key in _PLACES}
    return Written(document.name, merged, {**_digest(document), **base.digests}, said_in)


def _base(source: Source, document: Document, trail: tuple[str, ...]) -> Source:
    said = document.data[EXTENDS]
    if not isinstance(said, str):
        raise InputError(document.name, EXTENDS, "is no text", 'name a scenario: extends = "jiangsu-2016"')
    base = find("scenario", said, near=source)
    if base.name in (*trail, document.name):
        problem = f"leads back to {base.name}"
        raise InputError(document.name, EXTENDS, problem, "name a scenario that does not extend this one")
    if len(trail) >= _DEEP:
        raise InputError(
            document.name, EXTENDS, f"has more than {_DEEP} bases above it", "extend one nearer to the first"
        )
    return base


def _digest(document: Document) -> dict[str, str]:
    return {document.name: document.digest}


def _merged(base: Written, own: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the base with what a file says in its place: tables key by key, everything else whole."""
    given = own.get("assumptions")
    known = base.data["assumptions"]
    for key in sorted(given.keys() & known.keys()) if isinstance(given, Mapping) else ():
        raise InputError(name, f"assumptions.{key}", f"is declared in {base.name} too", "choose another id")
    merged = dict(base.data)
    for key, value in own.items():
        below = base.data.get(key)
        merged[key] = {**below, **value} if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    if isinstance(merged["assumptions"], Mapping):
        cited = _cited(merged)
        mine = given if isinstance(given, Mapping) else {}
        merged["assumptions"] = {
            key: each for key, each in merged["assumptions"].items() if key in mine or key in cited
        }
    return merged


def _cited(data: Mapping[str, Any]) -> set[str]:
    """Return the assumptions that figures rest on: a base's that nothing rests on any more is left out."""
    tables = (table for key, table in data.items() if key != "assumptions" and isinstance(table, Mapping))
    return {str(row.get("assumption")) for table in tables for row in table.values() if isinstance(row, Mapping)}
