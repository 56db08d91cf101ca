"""Very many values of a kind as columns: a settlement row has a hundred parts, and most are like those of the next.

Written one by one, each part of each row would be an object of the file; as columns they are few, and made again
without a step of ours for each.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

_AS_IT_IS, _ROWS, _GAPS = "", "rows", "gaps"
_WRITE: Mapping[type, tuple[str, Callable[[Any], Any]]] = {
    dt.date: ("days", dt.date.toordinal),
    dt.datetime: ("times", dt.datetime.isoformat),
}
_READ: Mapping[str, Callable[[Any], Any]] = {"days": dt.date.fromordinal, "times": dt.datetime.fromisoformat}
_NONE = type(None)


def packed(values: Sequence[Any]) -> tuple[Any, ...]:
    """Return values of one kind, named tuples or of any other, as columns."""
    kinds = set(map(type, values))
    if len(kinds - {_NONE}) != 1:
        return _AS_IT_IS, tuple(values)
    (kind,) = kinds - {_NONE}
    known = _WRITE.get(kind)
    if known is None and not hasattr(kind, "_fields"):
        return _AS_IT_IS, tuple(values)
    if _NONE in kinds:
        gaps = [value is None for value in values]
        return _GAPS, gaps, packed([value for value in values if value is not None])
    if known is not None:
        return known[0], tuple(map(known[1], values))
    return _ROWS, kind, len(values), [packed(column) for column in zip(*values, strict=True)]


def unpacked(columns: tuple[Any, ...]) -> Iterable[Any]:
    """Return the values of columns, in their order."""
    how, *what = columns
    if how == _AS_IT_IS:
        values: Iterable[Any] = what[0]
    elif how == _ROWS:
        kind, number, parts = what
        rows = zip(*map(unpacked, parts), strict=True) if parts else repeat((), number)
        values = map(tuple.__new__, repeat(kind), rows)
    elif how == _GAPS:
        values = _with_gaps(what[0], unpacked(what[1]))
    else:
        values = map(_READ[how], what[0])
    return values


def _with_gaps(gaps: Iterable[bool], values: Iterable[Any]) -> Iterator[Any]:
    left = iter(values)
    return (None if gap else next(left) for gap in gaps)
