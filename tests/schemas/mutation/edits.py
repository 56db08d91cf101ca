"""Valid edits of a message: for a place, every value worth trying that its schema accepts.

They serve to break a named rule, and to mend the rules that another edit has broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from schemas.validator import WordedValidator

from .constraints import Json, Path
from .messages import Shape, drop, get, has, put, sample

# Keywords that speak of members and rows, which have edits of their own.
_INNER = {"$ref", "properties", "items", "required", "if", "then", "maxProperties", "minItems", "maxItems"}

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(.*)", re.DOTALL)
_MOST_CODES = 60
_STEPS = (Decimal("0.01"), 1)


def edits(
    shape: Shape, message: Json, place: Path, hints: Iterable[Json] = (), steps: Iterable[Any] = ()
) -> Iterator[Json]:
    """Yield messages that differ at one place, in the first row and in the last of each list on the way.

    `hints` are values to try besides the usual ones, `steps` numbers to add and to take away.
    """
    for actual in actual_places(message, place):
        keywords = shape[place]
        if not has(message, actual):
            yield put(message, actual, sample(shape, place))
            yield from (put(message, actual, hint) for hint in hints if fits(keywords, hint))
            continue
        value = get(message, actual)
        if isinstance(value, list):
            yield from (put(message, actual, rows) for rows in _other_rows(value))
        elif not isinstance(value, dict):
            others = (each for each in (*hints, *_others(keywords, value, steps)) if each != value)
            yield from (put(message, actual, each) for each in others if fits(keywords, each))
        if isinstance(actual[-1], str) and actual[-1] not in shape[place[:-1]].get("required", ()):
            yield drop(message, actual)


def actual_places(message: Json, place: Path) -> Iterator[Path]:
    """Yield a place in the first rows of the lists on the way, and in the last rows, where its parent exists."""
    for pick in (0, -1):
        actual: Path = ()
        for part in place:
            at = get(message, actual) if has(message, actual) else None
            index = len(at) - 1 if pick and isinstance(at, list) and part == 0 else part
            actual = (*actual, index)
        if (pick == 0 or actual != place) and _holds(message, actual):
            yield actual


def _holds(message: Json, place: Path) -> bool:
    """Whether a place exists, or at least the object in which it could."""
    within = bool(place) and isinstance(place[-1], str) and has(message, place[:-1])
    return has(message, place) or (within and isinstance(get(message, place[:-1]), dict))


def fits(keywords: Mapping[str, Any], value: Json) -> bool:
    """Whether the schema of one field accepts a value."""
    own = {keyword: argument for keyword, argument in keywords.items() if keyword not in _INNER}
    return bool(WordedValidator(own).is_valid(value))


def _other_rows(rows: list[Json]) -> Iterator[list[Json]]:
    if rows:
        yield from ([*rows, rows[-1]], rows[:1], rows[:-1], [])


def _others(keywords: Mapping[str, Any], value: Json, steps: Iterable[Any]) -> Iterator[Json]:
    if "enum" in keywords:
        yield from keywords["enum"][:_MOST_CODES]
    elif isinstance(value, str):
        yield from _other_texts(value)
        yield sample({(): keywords}, ())
    elif isinstance(value, int | Decimal):
        yield from _other_numbers(value, steps)


def _other_numbers(value: int | Decimal, steps: Iterable[Any]) -> Iterator[int | Decimal]:
    for step in (*steps, *_STEPS):
        yield value + step
        yield value - step
    yield from (0, -value, -1, 1)


def _other_texts(text: str) -> Iterator[str]:
    yield ""
    day = _DAY.fullmatch(text)
    if day:
        yield from _other_days(*day.groups())
    elif text:
        yield text[:-1] + ("1" if text[-1] != "1" else "2")
        yield ("1" if text[0] != "1" else "2") + text[1:]
        yield "9" * len(text)
    if text.isdigit():
        yield from (str(int(text) + 1).zfill(len(text)), f"{text[:4]}99{text[6:]}")


def _other_days(year: str, month: str, day: str, time: str) -> Iterator[str]:
    for years in (-1, 1, -30, 3):
        yield f"{int(year) + years}-{month}-{day}{time}"
    yield f"{year}-{month}-{'01' if day != '01' else '02'}{time}"
    yield f"{year}-{month}-{day}"
    if time:
        yield from (f"{year}-{month}-{day} 00:00:00", f"{year}-{month}-{day} 23:59:59")


def cut(text: Json, start: int, stop: int) -> Iterator[str]:
    """Yield texts that differ in a slice."""
    if isinstance(text, str) and len(text) >= stop:
        for filler in ("9", "0", "1"):
            yield text[:start] + filler * (stop - start) + text[stop:]
