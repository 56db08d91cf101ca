"""Fee lines by words: a case says what kind of item it wants, and the bench finds one in the catalogue of the day.

A row is a mapping with any of these, amounts and quantities as text or whole numbers:

| name | meaning |
|---|---|
| ``item`` | a kind of :data:`KINDS`, by default ``a`` |
| ``price`` | in yuan, by default the list price; ``over``: so many yuan above the price cap instead |
| ``quantity`` | by default 1; below nothing in a refund |
| ``refunds`` | the number of the line that it refunds |
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from simulator.core.benefit.bill import Line, classify, refund
from simulator.core.catalogue.items import CLASS_A, CLASS_B, CLASS_C, DRUGS, UNLIMITED, Catalogue, Item
from simulator.core.values.money import line_amount
from simulator.sandbox.bill_lines import MICRO, TEN_THOUSANDTHS, scaled

Rows = Sequence[Mapping[str, Any]]
_LISTED = MICRO * 20, MICRO * 5_000  # where a list price is of no account, one that is neither tiny nor huge
_TENTH = 1_000


class When(NamedTuple):
    """The catalogue a bill is made from, the day of its fees, and the level of the hospital."""

    catalogue: Catalogue
    day: dt.date
    level: str


def _plain(item: Item) -> bool:
    return item.list_type == DRUGS and item.limits == UNLIMITED and _LISTED[0] <= item.price < _LISTED[1]


KINDS: Mapping[str, Callable[[Item], bool]] = {
    "a": lambda item: _plain(item) and item.level == CLASS_A and item.cap is None,
    "b": lambda item: _plain(item) and item.level == CLASS_B and item.cap is None and item.first_share == _TENTH,
    "c": lambda item: _plain(item) and item.level == CLASS_C and item.cap is None,
    "capped_a": lambda item: item.limits == UNLIMITED and item.level == CLASS_A and item.cap is not None,
    "capped_b": lambda item: item.limits == UNLIMITED and item.level == CLASS_B and item.cap is not None,
    "capped_by_level": lambda item: item.level in {CLASS_A, CLASS_B} and bool(item.level_caps),
}
"""Kinds of items; ``expired``, ``to_come`` and ``unknown`` are not in the catalogue of the day."""
_ABSENT = {"expired": "item_expired", "to_come": "item_not_yet_valid"}
_UNKNOWN = "XZ99ZZZ999Z999999999999"


def charged(when: When, rows: Rows, before: Sequence[Line] = ()) -> tuple[Line, ...]:
    """Return the lines of rows, numbered on from those before; raises KeyError for a kind that there is not."""
    lines = list(before)
    for number, row in enumerate(rows, max((int(line.sn) for line in before), default=0) + 1):
        lines.append(_line(when, str(number), row, lines))
    return tuple(lines[len(before) :])


def _line(when: When, sn: str, row: Mapping[str, Any], earlier: Sequence[Line]) -> Line:
    quantity = scaled(row.get("quantity", 1), TEN_THOUSANDTHS, "quantity")
    of = str(row.get("refunds", ""))
    if of:
        return _refund(sn, next(line for line in earlier if line.sn == of), earlier, quantity)
    item = found(when, row.get("item", "a"))
    price = item.price
    if "price" in row:
        price = scaled(row["price"], MICRO, "price")
    elif "over" in row:
        price = (item.cap or 0) + scaled(row["over"], MICRO, "over")
    return classify(sn, item, price, quantity)


def _refund(sn: str, line: Line, earlier: Sequence[Line], quantity: int) -> Line:
    """Return a refund, one of too much as well: whoever gets it has to see that."""
    right = refund(sn, line, [each for each in earlier if each.refund_of == line.sn], quantity)
    amount = line_amount(line.price, quantity)
    return right or Line(sn, line.item, line.price, quantity, amount, 0, 0, 0, amount, line.sn)


def found(when: When, kind: str) -> Item:
    """Return the item of a kind with the first code; raises KeyError and LookupError."""
    catalogue, day, level = when
    if kind == "unknown":
        return _absent(_UNKNOWN, day)
    if kind in _ABSENT:
        codes = (code for code in sorted(catalogue.items) if catalogue.problem(code, day) == _ABSENT[kind])
        return _absent(next(codes), day)
    wanted = KINDS[kind]
    for code in sorted(catalogue.items):
        item = catalogue.find(code, day, level)
        if item is not None and wanted(item) and code not in catalogue.revised:
            return item
    raise LookupError(f"the catalogue has no item {kind} on {day}")


def _absent(code: str, day: dt.date) -> Item:
    return Item(code, code, CLASS_A, "09", 30 * MICRO, None, 0, day, None)
