"""Reads and edits places of messages, and makes up valid values for the places that an example leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .constraints import Json, Path

Shape = Mapping[Path, Mapping[str, Any]]
"""All keywords that apply to each place of a message, whatever schema objects they stand in; 0 is any row."""

# One valid text for each pattern of the interface.
TEXTS = (
    *("2026-03-02", "2026-03-02 10:20:30", "320100", "H32010000001", "320100202603121010000000000001", "202603"),
    *("H32010000001202603121020000007", "20260312101000120", "1"),
)


def get(message: Json, place: Path) -> Json:
    """Return the value at a place; raises LookupError where there is none."""
    for part in place:
        if not isinstance(message, dict if isinstance(part, str) else list):
            raise LookupError(place)
        message = message[part]
    return message


def has(message: Json, place: Path) -> bool:
    """Whether a message has a value at a place."""
    try:
        get(message, place)
    except LookupError:
        return False
    return True


def put(message: Json, place: Path, value: Json) -> Json:
    """Return a message with another value at a place, the rest shared with the old one."""
    if not place:
        return value
    first, *rest = place
    copy = message.copy()
    copy[first] = put(message[first] if rest else None, tuple(rest), value)
    return copy


def drop(message: Json, place: Path) -> Json:
    """Return a message without the member at a place."""
    *parent, name = place
    return put(message, tuple(parent), {key: each for key, each in get(message, tuple(parent)).items() if key != name})


def shortened(message: Json) -> Json:
    """Return a message in which every list has its first row only."""
    if isinstance(message, dict):
        return {name: shortened(member) for name, member in message.items()}
    return [shortened(row) for row in message[:1]] if isinstance(message, list) else message


def completed(shape: Shape, message: Json, place: Path) -> Iterator[Json]:
    """Yield messages with a value at a place that the message leaves out: with all it may hold, then with the least."""
    known = next(place[:length] for length in range(len(place), -1, -1) if has(message, place[:length]))
    parent, name = known, place[len(known)]
    for whole in (True, False):
        value = sample(shape, (*parent, name), whole, place)
        if isinstance(name, str) and isinstance(get(message, parent), dict):
            yield put(message, (*parent, name), value)
        elif name == 0 and get(message, parent) == []:
            yield put(message, parent, [value])


def sample(shape: Shape, place: Path, whole: bool = True, towards: Path = ()) -> Json:
    """Return a value for a place, valid where that can be told.

    An object has all its members, or those required and those on the way `towards` a place.
    """
    keywords = shape[place]
    if "enum" in keywords:
        return next(code for code in keywords["enum"] if code != "")
    if "const" in keywords:
        return keywords["const"]
    types = keywords.get("type", "object")
    kind = types if isinstance(types, str) else types[0]
    if kind == "object":
        inner = {each[-1]: each for each in shape if each[:-1] == place and len(each) > len(place)}
        wanted = {name for name in inner if whole or name in keywords.get("required", ()) or inner[name] == towards}
        wanted |= {towards[len(place)]} if towards[: len(place)] == place and len(towards) > len(place) else set()
        return {name: sample(shape, inner[name], whole, towards) for name in inner if name in wanted}
    if kind == "array":
        return [sample(shape, (*place, 0), whole, towards)] * max(1, keywords.get("minItems", 0))
    if kind == "string":
        return _text(keywords)
    return {"number": 1, "integer": min(1, keywords.get("maximum", 1)), "boolean": True}[kind]


def _text(keywords: Mapping[str, Any]) -> str:
    shortest = "例" * max(1, keywords.get("minLength", 0))
    fitting = (each for each in (shortest, *TEXTS) if re.search(keywords.get("pattern", ""), each))
    return next(fitting, shortest)
