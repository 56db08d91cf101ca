"""Fee lines for visits that the control API plays: the same for the same catalogue and wish, without chance."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from simulator.core.benefit.bill import Line, classify
from simulator.core.catalogue.items import CLASS_A, CLASS_B, CLASS_C, DRUGS, UNLIMITED, Catalogue, Item
from simulator.core.values.money import WHOLE_RATE
from simulator.sandbox.wrong import Wrong

MICRO, TEN_THOUSANDTHS = 1_000_000, 10_000
_MICRO_PER_FEN = MICRO // 100
_SHARES = ((CLASS_A, 7_000), (CLASS_B, 2_000), (CLASS_C, 1_000))  # of a bill, in basis points
_PRICES = range(20 * MICRO, 200 * MICRO)
_MOST_LINES = 2_000


def ordinary_bill(catalogue: Catalogue, wanted: int, day: dt.date, level: str) -> tuple[Line, ...]:
    """Return a bill of drugs that comes near so many fen: 70 % class A, 20 % class B, 10 % class C, at list prices."""
    lines = []
    for number, (klass, share) in enumerate(_SHARES, 1):
        code = _example(_Known(catalogue), klass)
        item = catalogue.find(code, day, level)
        if item is None:
            raise Wrong(f"目录当日没有{code}，请用lines给出明细", f"{code} is not in the catalogue then: give lines")
        units = max(wanted * share * _MICRO_PER_FEN // (item.price * WHOLE_RATE), 1)
        lines.append(classify(str(number), item, item.price, units * TEN_THOUSANDTHS))
    return tuple(lines)


def stated_bill(catalogue: Catalogue, rows: Iterable[Any], day: dt.date, level: str) -> tuple[Line, ...]:
    """Return the bill of rows ``code``, ``price`` (yuan) and ``quantity``; by default the list price, and one.

    A code that is not in the catalogue is sent all the same, so that a refusal can be seen. Raises Wrong.
    """
    lines = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping) or not isinstance(row.get("code"), str) or number > _MOST_LINES:
            raise Wrong(
                f"lines第{number}行须有code；至多{_MOST_LINES}行", f"line {number} needs a code; at most {_MOST_LINES}"
            )
        item = catalogue.find(row["code"], day, level) or _unknown(row["code"], day)
        price = item.price if "price" not in row else scaled(row["price"], MICRO, "price")
        quantity = scaled(row.get("quantity", 1), TEN_THOUSANDTHS, "quantity")
        if price <= 0 or quantity <= 0:
            raise Wrong(f"lines第{number}行的price和quantity须大于0", f"line {number}: price and quantity are above 0")
        lines.append(classify(str(number), item, price, quantity))
    return tuple(lines)


def scaled(value: Any, scale: int, name: str) -> int:
    """Return a number, or a text that says one, as a whole number of parts; raises Wrong."""
    try:
        number = Decimal(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else None
    except ArithmeticError:
        number = None
    parts = None if number is None or not number.is_finite() or abs(number) > 10**12 else number * scale
    if parts is None or parts != parts.to_integral_value():
        raise Wrong(f"{name}不是合规的数值", f"{name} is no number with the decimals allowed")
    return int(parts)


class _Known:
    """A catalogue by identity, for the cache."""

    __slots__ = ("catalogue",)

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and self.catalogue is other.catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)


@functools.lru_cache(maxsize=32)
def _example(known: _Known, klass: str) -> str:
    """Return the code of a drug of a class that nothing restricts, that has no price cap and was never changed."""
    catalogue = known.catalogue
    fitting = sorted(
        (item.price not in _PRICES, item.valid_to is not None, code)
        for code, item in catalogue.items.items()
        if (item.level, item.list_type) == (klass, DRUGS)
        and item.limits == UNLIMITED
        and item.cap is None
        and not item.level_caps
        and code not in catalogue.revised
    )
    if not fitting:
        raise Wrong(f"目录没有{klass}类的普通药品，请用lines给出明细", f"no plain drug of class {klass}: give lines")
    return fitting[0][-1]


def _unknown(code: str, day: dt.date) -> Item:
    return Item(code, code, CLASS_A, "09", 10 * MICRO, None, 0, day, None)
