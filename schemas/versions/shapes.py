"""What a message may look like at one place, all that applies there put together.

Picture a form held against the light with its overlays: head, message and shared definitions show as one. A shape is
a set of statements (maxLength is 30; psn_no is required), each with the spot in the files where it is written, and the
shapes of the places below. All statements of a shape hold at once, so two shapes can be compared one by one.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import chain
from typing import Any, NamedTuple

# JSON types. A whole number is an integer too, so where numbers are allowed both names stand.
TYPES = frozenset({"string", "number", "integer", "object", "array", "boolean", "null"})


class Spot(NamedTuple):
    """A schema inside a file: file name and the parts of a JSON pointer."""

    file: str
    pointer: tuple[str, ...]

    def down(self, *parts: str) -> Spot:
        """Return a spot below this one."""
        return Spot(self.file, (*self.pointer, *parts))


class Statement(NamedTuple):
    """One thing a schema says about a value, and where it says so."""

    keyword: str
    value: Hashable
    spot: Spot


@dataclass(frozen=True, slots=True)
class Shape:
    """All that is said about one place of a message. `others` and `rows` are None where nothing is said."""

    spots: tuple[Spot, ...] = ()
    statements: frozenset[Statement] = frozenset()
    members: Mapping[str, Shape] = field(default_factory=dict)
    others: Shape | None = None
    rows: Shape | None = None
    cases: Mapping[str, tuple[Shape, Shape]] = field(default_factory=dict)

    def said(self, keyword: str) -> frozenset[Any]:
        """Return the values said under a keyword."""
        return frozenset(each.value for each in self.statements if each.keyword == keyword)

    @property
    def said_types(self) -> frozenset[str]:
        """The JSON types that the keyword `type` leaves."""
        return reduce(frozenset.__and__, self.said("type"), TYPES)

    @property
    def types(self) -> frozenset[str]:
        """The JSON types a value may have, listed values considered; none where nothing may stand."""
        codes = self.codes
        if codes is None:
            return self.said_types
        return self.said_types & frozenset(chain.from_iterable(map(_types_of, codes)))

    @property
    def codes(self) -> frozenset[str] | None:
        """The only values allowed, each as JSON text; None where they are not listed."""
        lists = self.said("enum")
        return reduce(frozenset.__and__, lists) if lists else None

    def member(self, name: str) -> Shape:
        """Return the shape of a member, named or not."""
        return self.members.get(name) or self.others or ANYTHING


ANYTHING = Shape()

# What an absent condition asks: nothing, whether it holds or not.
NO_CASE = (ANYTHING, ANYTHING)


def merge(one: Shape, two: Shape) -> Shape:
    """Return the shape of what satisfies both."""
    pairs = {key: (one.cases.get(key, NO_CASE), two.cases.get(key, NO_CASE)) for key in {**one.cases, **two.cases}}
    return Shape(
        spots=tuple(dict.fromkeys(one.spots + two.spots)),
        statements=one.statements | two.statements,
        members={name: merge(one.member(name), two.member(name)) for name in {**one.members, **two.members}},
        others=_merge_optional(one.others, two.others),
        rows=_merge_optional(one.rows, two.rows),
        cases={key: (merge(a[0], b[0]), merge(a[1], b[1])) for key, (a, b) in pairs.items()},
    )


_TYPE_OF = {dict: ("object",), list: ("array",), str: ("string",), bool: ("boolean",), type(None): ("null",)}


def _types_of(code: str) -> tuple[str, ...]:
    value = json.loads(code)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ("number", "integer") if float(value).is_integer() else ("number",)
    return _TYPE_OF[type(value)]


def _merge_optional(one: Shape | None, two: Shape | None) -> Shape | None:
    return merge(one, two) if one and two else one or two
