"""What a rule is, what it finds, and how it is read from `rules.json`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from schemas.values import Name

Path = tuple[str | int, ...]
Row = dict[str, object]
"""An object of a message as it was parsed: the message itself, its body, a block or a row of a list."""


class Found(NamedTuple):
    """A breach as a check sees it: `tail` leads from the row that was checked to the value."""

    tail: Path
    received: Name


Check = Callable[[Row, Row], Iterable[Found]]
"""Looks at one row, with the whole message at hand for its head; empty when nothing is wrong."""


class Breach(NamedTuple):
    """A value that breaks a rule.

    `path` leads to it, or to where it should stand. `rule` is an id of `rules.json`, or "decimals" or "date".
    `received` goes on from the name of the field ("is 5, while ..."); values that may be personal are not quoted.
    """

    path: Path
    rule: str
    received: Name


@dataclass(frozen=True, slots=True)
class Where:
    """Where a rule may bind; empty means anywhere, but in the head only where `blocks` names it ("").

    `infnos` are numbers of transactions or their beginnings, `blocks` names of blocks; the block must have the fields
    of `has` and none of `without`, besides those that the rule itself names.
    """

    direction: str
    infnos: tuple[str, ...]
    blocks: frozenset[str]
    has: frozenset[str]
    without: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A named rule: `says` is a clause on what must hold, `cure` what to do about a breach.

    `basis` are ids of requirement rows ("P75-A9") or places of the interface text ("H 2304": the edition's letter and
    the transaction, or "H envelope"). `when` are conditions under which it is judged, `parameters` those of its kind.
    """

    id: str
    kind: str
    says: Name
    cure: Name
    basis: tuple[str, ...]
    where: Where
    when: tuple[Mapping[str, Any], ...]
    parameters: Mapping[str, Any]


def read_rules(entries: list[dict[str, Any]]) -> tuple[Rule, ...]:
    """Return the rules of `rules.json` in their order."""
    return tuple(_rule(entry) for entry in entries)


_COMMON = frozenset({"id", "kind", "says", "cure", "basis", "where", "when"})


def _rule(entry: dict[str, Any]) -> Rule:
    return Rule(
        id=entry["id"],
        kind=entry["kind"],
        says=Name(**entry["says"]),
        cure=Name(**entry["cure"]),
        basis=tuple(entry["basis"]),
        where=_where(**entry.get("where", {})),
        when=tuple(MappingProxyType(condition) for condition in entry.get("when", ())),
        parameters=MappingProxyType({key: value for key, value in entry.items() if key not in _COMMON}),
    )


def _where(
    *,
    direction: str = "",
    infnos: Iterable[str] = (),
    blocks: Iterable[str] = (),
    has: Iterable[str] = (),
    without: Iterable[str] = (),
) -> Where:
    return Where(direction, tuple(infnos), frozenset(blocks), frozenset(has), frozenset(without))
