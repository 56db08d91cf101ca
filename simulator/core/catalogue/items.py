"""The provincial catalogue (三个目录) as far as a settlement needs it: class, first self-pay share, price cap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

CLASS_A, CLASS_B, CLASS_C = "01", "02", "03"  # chrgitm_lv: 甲, 乙, 丙


class Item(NamedTuple):
    """A catalogue item: prices in millionths of a yuan, ``first_share`` (先行自付比例) in basis points.

    ``cap`` is the price limit, None where there is none. Valid on ``valid_from`` to ``valid_to``, both inclusive.
    """

    code: str
    zh: str
    level: str
    charge_type: str
    price: int
    cap: int | None
    first_share: int
    valid_from: dt.date
    valid_to: dt.date | None


class Catalogue(NamedTuple):
    """One version of the library: items by code."""

    version: str
    items: Mapping[str, Item]

    def find(self, code: str, day: dt.date) -> Item | None:
        """Return the item valid on ``day``, or None when the code is unknown or its validity does not hold the day."""
        item = self.items.get(code)
        if item is None or day < item.valid_from or (item.valid_to is not None and day > item.valid_to):
            return None
        return item
