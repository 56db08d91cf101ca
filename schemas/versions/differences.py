"""What differs between two shapes of one place, and whether it narrows or widens what may stand there.

A difference *narrows* when some value allowed before is refused after, and *widens* when some value allowed after was
refused before. Because all statements of a shape hold at once, each can be judged alone; where a judgement is in
doubt, it says that the difference narrows or widens.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from schemas.values import Name
from schemas.versions import wording
from schemas.versions.listed import all_pass
from schemas.versions.shapes import ANYTHING, NO_CASE, Shape, Spot, Statement

_NUMBERS = frozenset({"number", "integer"})

# Keyword of a bound → the types it speaks of, and whether the least (True) or the greatest bound holds.
_BOUNDS = {
    "maxLength": (frozenset({"string"}), True),
    "minLength": (frozenset({"string"}), False),
    "maximum": (_NUMBERS, True),
    "minimum": (_NUMBERS, False),
    "x-yidi-decimals": (_NUMBERS, True),
    "maxItems": (frozenset({"array"}), True),
    "minItems": (frozenset({"array"}), False),
    "maxProperties": (frozenset({"object"}), True),
    "minProperties": (frozenset({"object"}), False),
}

# Keywords of which each value is one more condition → the types they speak of, None for all.
_CONDITIONS = {
    "pattern": frozenset({"string"}),
    "date": frozenset({"string"}),
    "multipleOf": _NUMBERS,
    "uniqueItems": frozenset({"array"}),
    "required": frozenset({"object"}),
    "dependentRequired": frozenset({"object"}),
    "propertyNames": frozenset({"object"}),
    "not": None,
    "anyOf": None,
    "oneOf": None,
}

# Conditions whose text means nothing to a reader.
_LONG = frozenset({"not", "anyOf", "oneOf", "dependentRequired", "propertyNames", "date"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference at a place below two shapes. `spots` are the spots in the files that say it."""

    keyword: str
    what: Name
    narrows: bool
    widens: bool
    spots: frozenset[Spot]
    path: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


def differences(a: Shape, b: Shape) -> Iterator[Difference]:
    """Yield the differences of two shapes, those of the places below included."""
    if bool(a.types) != bool(b.types):
        yield _appeared(b) if b.types else _vanished(a)
    if not (a.types and b.types):
        return
    yield from _judged(a, b)
    yield from _of_cases(a, b)
    common = a.types & b.types
    if "object" in common:
        yield from _of_members(a, b)
    if "array" in common:
        yield from _below("*", a.rows or ANYTHING, b.rows or ANYTHING)


def _appeared(shape: Shape) -> Difference:
    return Difference("property", wording.added("property"), False, True, frozenset(shape.spots[:1]))


def _vanished(shape: Shape) -> Difference:
    return Difference("property", wording.removed("property"), True, False, frozenset(shape.spots[:1]))


def _judged(a: Shape, b: Shape) -> Iterator[Difference]:
    """Yield what is said here; where the values are listed, what cannot change the list neither narrows nor widens."""
    found = list(_said_here(a, b))
    narrows, widens = bool(found) and not all_pass(a, b), bool(found) and not all_pass(b, a)
    for each in found:
        yield replace(each, narrows=each.narrows and narrows, widens=each.widens and widens)


def _said_here(a: Shape, b: Shape) -> Iterator[Difference]:
    before, after = a.said_types, b.said_types
    if before != after and a.types != b.types:
        what = wording.changed("type", wording.shown_types(before), wording.shown_types(after))
        yield Difference("type", what, bool(before - after), bool(after - before), _spots(a, b, "type"))
    yield from _of_codes(a, b)
    common = a.types & b.types
    for keyword, (types, _) in _BOUNDS.items():
        if types & common:
            yield from _of_bound(a, b, keyword)
    for keyword, speaks_of in _CONDITIONS.items():
        if speaks_of is None or speaks_of & common:
            yield from _of_conditions(a, b, keyword)
    if a.said("odd") != b.said("odd"):
        yield Difference("odd", wording.changed("odd", "A", "B"), True, True, _spots(a, b, "odd"))


def _of_codes(a: Shape, b: Shape) -> Iterator[Difference]:
    before, after, spots = a.codes, b.codes, _spots(a, b, "enum")
    if before is None and after is not None:
        yield Difference("enum", wording.added("enum", wording.shown_codes(after)), True, False, spots)
    elif after is None and before is not None:
        yield Difference("enum", wording.removed("enum", wording.shown_codes(before)), False, True, spots)
    elif before is not None and after is not None:
        if after - before:
            yield Difference("enum", wording.added("enum", wording.shown_codes(after - before)), False, True, spots)
        if before - after:
            yield Difference("enum", wording.removed("enum", wording.shown_codes(before - after)), True, False, spots)


def _of_bound(a: Shape, b: Shape, keyword: str) -> Iterator[Difference]:
    before, after, spots = _tightest(a, keyword), _tightest(b, keyword), _spots(a, b, keyword)
    if before == after:
        return
    if before is None and after is not None:
        yield Difference(keyword, wording.added(keyword, wording.shown_bound(keyword, after)), True, False, spots)
    elif before is not None and after is None:
        yield Difference(keyword, wording.removed(keyword, wording.shown_bound(keyword, before)), False, True, spots)
    elif before is not None and after is not None:
        narrows = _stricter([before, after], keyword) == after
        what = wording.changed(keyword, wording.shown_bound(keyword, before), wording.shown_bound(keyword, after))
        yield Difference(keyword, what, narrows, not narrows, spots)


def _tightest(shape: Shape, keyword: str) -> tuple[Any, bool] | None:
    bounds = list(shape.said(keyword))
    return _stricter(bounds, keyword) if bounds else None


def _stricter(bounds: list[tuple[Any, bool]], keyword: str) -> tuple[Any, bool]:
    """Return the strictest bound; at one value, the one that is not itself allowed."""
    _, least = _BOUNDS[keyword]
    return min(bounds) if least else max(bounds, key=lambda bound: (bound[0], not bound[1]))


def _of_conditions(a: Shape, b: Shape, keyword: str) -> Iterator[Difference]:
    before, after = a.said(keyword), b.said(keyword)
    gone, new = sorted(before - after), sorted(after - before)
    if keyword != "required" and gone and new:
        what = wording.changed(keyword, _shown(keyword, gone), _shown(keyword, new))
        yield Difference(keyword, what, True, True, _spots(a, b, keyword))
        return
    for value in gone:
        spots = _spots(a, b, keyword, value)
        yield Difference(keyword, wording.removed(keyword, _shown(keyword, [value])), False, True, spots)
    for value in new:
        spots = _spots(a, b, keyword, value)
        yield Difference(keyword, wording.added(keyword, _shown(keyword, [value])), True, False, spots)


def _shown(keyword: str, values: list[Any]) -> str:
    if keyword in _LONG:
        return ""
    return ", ".join(values if keyword == "required" else [str(json.loads(value)) for value in values])


def _of_cases(a: Shape, b: Shape) -> Iterator[Difference]:
    for condition in sorted({**a.cases, **b.cases}):
        pairs = zip(a.cases.get(condition, NO_CASE), b.cases.get(condition, NO_CASE), ("", "¬"), strict=True)
        for before, after, sign in pairs:
            for each in differences(before, after):
                yield replace(each, conditions=(sign + wording.shown_condition(condition), *each.conditions))


def _of_members(a: Shape, b: Shape) -> Iterator[Difference]:
    for name in {**a.members, **b.members}:
        yield from _below(name, a.member(name), b.member(name))
    before, after = a.others or ANYTHING, b.others or ANYTHING
    if bool(before.types) == bool(after.types):
        yield from _below("*", before, after)
    else:
        what = wording.OTHERS_ALLOWED if after.types else wording.OTHERS_REFUSED
        spots = frozenset(Spot(spot.file, spot.pointer[:-1]) for spot in (before.spots + after.spots))
        yield Difference("additionalProperties", what, not after.types, bool(after.types), spots)


def _below(part: str, a: Shape, b: Shape) -> Iterator[Difference]:
    if a is not b:
        for each in differences(a, b):
            yield replace(each, path=(part, *each.path))


def _spots(a: Shape, b: Shape, keyword: str, value: object = None) -> frozenset[Spot]:
    """Return the spots of the statements that stand in one shape only."""

    def about(shape: Shape) -> set[Statement]:
        return {each for each in shape.statements if each.keyword == keyword and value in {None, each.value}}

    return frozenset(each.spot for each in about(a) ^ about(b))
