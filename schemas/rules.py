"""The named rules: what JSON Schema cannot say exactly, checked on the parsed values.

`decimals`: an amount has at most 2 decimals, a quantity 4, a unit price 6. `multipleOf` is not used for this, because
validators compute it in binary. `date`: a date exists; a pattern lets 2016-02-30 pass.
Numbers must be `int` or `Decimal`; a float is refused with TypeError, because it has lost what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from schemas.values import Block, Field

Path = tuple[str | int, ...]
Rule = Callable[[object], bool]
Rules = tuple[tuple[str, str, Rule], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which rule applies to which field of one message: for the head, and for each block of the body."""

    head: Rules
    body: str
    blocks: tuple[tuple[str, Rules], ...]

    def broken(self, message: object) -> Iterator[tuple[Path, str]]:
        """Yield path and rule name of every value that breaks a rule; values of a wrong shape are passed over."""
        if not isinstance(message, dict):
            return
        yield from _broken((), message, self.head)
        body = message.get(self.body)
        if not isinstance(body, dict):
            return
        for block, rules in self.blocks:
            rows = body.get(block)
            if isinstance(rows, list):
                for index, row in enumerate(rows):
                    yield from _broken((self.body, block, index), row, rules)
            else:
                yield from _broken((self.body, block), rows, rules)


def plan(head: Mapping[str, Field], body: str, layout: Mapping[str, Block]) -> Plan:
    """Derive the plan of one message from its fields."""
    blocks = ((name, _rules(block.fields)) for name, block in layout.items())
    return Plan(_rules(head), body, tuple((name, rules) for name, rules in blocks if rules))


def has_decimals(value: object, *, at_most: int) -> bool:
    """Whether a number has at most so many decimals; trailing zeros do not count, other values pass."""
    if isinstance(value, float):
        raise TypeError("a float is not exact: read the message with schemas.parse, which gives Decimal")
    if not isinstance(value, Decimal) or not value.is_finite():
        return True
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or exponent >= -at_most:
        return True
    surplus = -exponent - at_most
    return not any(digits[-surplus:])


def exists(value: object) -> bool:
    """Whether the first ten characters of a text are a day of the calendar; "" and other values pass."""
    if not isinstance(value, str) or not value:
        return True
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True


def _rules(fields: Mapping[str, Field]) -> Rules:
    rules: list[tuple[str, str, Rule]] = []
    for field in fields.values():
        if field.kind in {"date", "datetime"}:
            rules.append((field.name, "date", exists))
        elif field.decimals:
            rules.append((field.name, "decimals", partial(has_decimals, at_most=field.decimals)))
    return tuple(rules)


def _broken(path: Path, row: object, rules: Rules) -> Iterator[tuple[Path, str]]:
    if not isinstance(row, dict):
        return
    for name, rule, holds in rules:
        if name in row and not holds(row[name]):
            yield (*path, name), rule
