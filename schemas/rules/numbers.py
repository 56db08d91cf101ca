"""Exact arithmetic on numbers that came from outside: `int` and `Decimal`, never `float`, of a bounded size."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal

Number = int | Decimal

# The longest number of the interface has 16 digits; what is longer is reported by the schema and passed over here.
_MOST_DIGITS = 30
_LIMIT = 10**_MOST_DIGITS
# Wide enough for the exact product of two such numbers with their decimals. Without traps nothing can raise.
_CONTEXT = Context(prec=160, rounding=ROUND_HALF_UP, traps=[])
_add, _multiply, _quantize = _CONTEXT.add, _CONTEXT.multiply, _CONTEXT.quantize


def number(value: object) -> Number | None:
    """Return a value that is an exact number of a bounded size, else None; true and false are no numbers."""
    if isinstance(value, Decimal):
        return value if value.is_finite() and -_MOST_DIGITS < value.adjusted() < _MOST_DIGITS else None
    return value if type(value) is int and -_LIMIT < value < _LIMIT else None


def added(numbers: Iterable[Number]) -> Number:
    """Return the exact sum."""
    total: Number = 0
    for each in numbers:
        total = total + each if type(total) is int and type(each) is int else _add(total, each)
    return total


def negated(value: Number) -> Number:
    """Return a number with the other sign, exactly: the minus of Decimal would round."""
    return value.copy_negate() if isinstance(value, Decimal) else -value


def multiplied(left: Number, right: Number, unit: Decimal) -> Decimal:
    """Return the product rounded half-up to a unit; a negative product is the mirror of the positive."""
    return _quantize(_multiply(left, right), unit)


def unit_of(places: int) -> Decimal:
    """Return the unit of the last of so many decimals: 0.01 for two."""
    return Decimal((0, (1,), -places))


def is_multiple(value: Decimal, unit: Decimal) -> bool:
    """Whether rounding to a unit changes nothing; False also where the number is too long to tell."""
    return _quantize(value, unit) == value


def within(part: Number, whole: Number) -> bool:
    """Whether a part is no more than its whole; of a negative whole (a refund), no less."""
    return part <= whole if whole >= 0 else part >= whole


def quoted(value: Number) -> str:
    """Return a number as people write it; one with very many digits is shortened."""
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return text if len(text) <= 2 * _MOST_DIGITS else f"{text[:_MOST_DIGITS]}…"
