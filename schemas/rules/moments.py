"""Kinds of rules on days and times.

`order`   one day or time is not after another    `moment`  the digits of a text are a time that exists
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from schemas.rules.fields import exists
from schemas.rules.model import Check, Found, Row, Rule
from schemas.rules.sites import Reference, Site, listed
from schemas.values import Name

_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2})?|[0-9]{6,17}")
_DAY = 10
_LENGTHS = frozenset({6, 8, 14, 17})


def bind_order(rule: Rule, site: Site) -> Check:
    """Parameters: `first` and `last`; where either is only a day, only the days are compared.

    With `list`, `first` is a field of each of its rows.
    """
    last = site.field(rule.parameters["last"])
    if "list" in rule.parameters:
        return _rows_before(rule, site, last)
    first = site.field(rule.parameters["first"])
    words = _words(first, last)

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        late = _disordered(first.get(row, message), last.get(row, message))
        return () if late is None else (Found(last.tail, words(*late)),)

    return check


def bind_moment(rule: Rule, site: Site) -> Check:
    """Parameters: `field`, whose characters are digits: 6 (month), 8 (day), 14 (second) or 17 (millisecond).

    A text that is too short for the characters named, or an empty one, is passed over.
    """
    field = site.field(rule.parameters["field"])
    words = Name("所含时间不存在", "does not hold a time that exists")

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        digits = field.code(row, message)
        if digits is None or not isinstance(field.get(row, message), str) or _is_time(digits):
            return ()
        return (Found(field.tail, words),)

    return check


def _rows_before(rule: Rule, site: Site, last: Reference) -> Check:
    rows = site.rows(rule.parameters["list"])
    first = replace(site, block=rows).field(rule.parameters["first"])

    def check(row: Row, message: Row) -> Iterator[Found]:
        for index, each in enumerate(listed(row, rows) or ()):
            start = first.get(each, message) if isinstance(each, dict) else None
            if _disordered(start, last.get(row, message)) is not None:
                words = Name(f"晚于 {last.name}", f"is after {last.name}")
                yield Found((rows.name, index, *first.tail), words)

    return check


def _disordered(start: object, end: object) -> tuple[str, str] | None:
    """Return two days or times that stand in the wrong order, as they were compared; None where nothing is wrong."""
    if not isinstance(start, str) or not isinstance(end, str) or not start or not end:
        return None
    if len(start) != len(end):
        start, end = start[:_DAY], end[:_DAY]
    if start <= end or not _WRITTEN.fullmatch(start) or not _WRITTEN.fullmatch(end):
        return None
    # A day with dashes and one of digits only cannot be compared as texts.
    return None if ("-" in start) is not ("-" in end) else (start, end)


def _is_time(digits: str) -> bool:
    if not (digits.isascii() and digits.isdigit() and len(digits) in _LENGTHS):
        return False
    day = digits[6:8] or "01"
    hour, minute, second = digits[8:10] or "00", digits[10:12] or "00", digits[12:14] or "00"
    return exists(f"{digits[:4]}-{digits[4:6]}-{day}") and hour < "24" and minute < "60" and second < "60"


def _words(first: Reference, last: Reference) -> Callable[[str, str], Name]:
    if first.field.personal or last.field.personal:
        plain = Name(f"早于 {first.name}", f"is before {first.name}")
        return lambda start, end: plain
    return lambda start, end: Name(f"是{end}，早于 {first.name} 的{start}", f"is {end}, before {first.name} {start}")
