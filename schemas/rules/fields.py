"""The two rules that come from the fields themselves.

`decimals`: an amount has at most 2 decimals, a quantity 4, a unit price 6. `multipleOf` is not used for this, because
validators compute it in binary. `date`: a date exists; a pattern lets 2016-02-30 pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial

from schemas.rules.numbers import is_multiple, quoted, unit_of
from schemas.values import Field, Name

FieldRule = tuple[str, str, Callable[[object], bool], Callable[[object], Name]]
"""Name of the field, of the rule, whether a value keeps it, and the words for one that does not."""


def field_rules(fields: Mapping[str, Field]) -> tuple[FieldRule, ...]:
    """Return the rules of the fields of one block."""
    rules: list[FieldRule] = []
    for field in fields.values():
        if field.kind in {"date", "datetime"}:
            rules.append((field.name, "date", exists, partial(_no_day, quote=not field.personal)))
        elif field.decimals:
            rules.append((field.name, "decimals", _fits(field.decimals), partial(_too_fine, quote=not field.personal)))
    return tuple(rules)


def has_decimals(value: object, *, at_most: int) -> bool:
    """Whether a number has at most so many decimals; trailing zeros do not count, other values pass."""
    return _fits(at_most)(value)


def _fits(at_most: int) -> Callable[[object], bool]:
    unit = unit_of(at_most)

    def fits(value: object) -> bool:
        if isinstance(value, Decimal):
            return not value.is_finite() or is_multiple(value, unit) or not _surplus(value, at_most)
        if isinstance(value, float):
            raise TypeError("a float is not exact: read the message with schemas.parse, which gives Decimal")
        return True

    return fits


def _surplus(value: Decimal, at_most: int) -> bool:
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # the number is finite
    return exponent < -at_most and any(digits[exponent + at_most :])


def exists(value: object) -> bool:
    """Whether the first ten characters of a text are a day of the calendar; "" and other values pass."""
    if not isinstance(value, str) or not value:
        return True
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True


def _no_day(value: object, *, quote: bool) -> Name:
    day = str(value)[:10]
    if quote and day.replace("-", "").isdecimal() and day.isascii():
        return Name(f"是不存在的日期{day}", f"is {day}, a day that does not exist")
    return Name("是不存在的日期", "is a day that does not exist")


def _too_fine(value: object, *, quote: bool) -> Name:
    if quote and isinstance(value, Decimal):
        return Name(f"是{quoted(value)}，小数位过多", f"is {quoted(value)}, which has too many decimals")
    return Name("小数位过多", "has too many decimals")
