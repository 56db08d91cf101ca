"""Fee lines and the four class totals of a bill.

Each line splits, in this order, into the part outside the list (丙类自费), the part over the price cap (超限价), the
first self-pay of class B (乙类先行自付) taken on what is left, and the part in scope. The four sum to the line.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from simulator.core.catalogue.items import CLASS_C, Item
from simulator.core.values.money import WHOLE_RATE, line_amount, share_of


class Line(NamedTuple):
    """A priced and classified fee line; price in millionths of a yuan, quantity in ten-thousandths, parts in fen."""

    sn: str
    item: Item
    price: int
    quantity: int
    amount: int
    own_expense: int
    over_limit: int
    first_pay: int
    in_scope: int
    refund_of: str = ""


class ClassTotals(NamedTuple):
    """The bill by class, in fen: field names of the interface are given by :data:`TOTAL_FIELDS`."""

    own_expense: int
    over_limit: int
    first_pay: int
    in_scope: int

    @property
    def bill(self) -> int:
        """Return the whole bill (``medfee_sumamt``)."""
        return self.own_expense + self.over_limit + self.first_pay + self.in_scope


TOTAL_FIELDS = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")


def classify(sn: str, item: Item, price: int, quantity: int, *, refund_of: str = "") -> Line:
    """Price one line and split it by class; a negative quantity (refund) gives the exact mirror."""
    amount = line_amount(price, quantity)
    if item.level == CLASS_C:
        return Line(sn, item, price, quantity, amount, amount, 0, 0, 0, refund_of)
    over = 0 if item.cap is None or price <= item.cap else amount - line_amount(item.cap, quantity)
    first = share_of(amount - over, item.first_share)
    return Line(sn, item, price, quantity, amount, 0, over, first, amount - over - first, refund_of)


def first_share(line: Line) -> int:
    """Return the share a person pays first on a line (``selfpay_prop``), in basis points: all of it in class C."""
    return WHOLE_RATE if line.item.level == CLASS_C else line.item.first_share


def totals_of(lines: Iterable[Line]) -> ClassTotals:
    """Sum lines into the four class totals."""
    own = over = first = scope = 0
    for line in lines:
        own += line.own_expense
        over += line.over_limit
        first += line.first_pay
        scope += line.in_scope
    return ClassTotals(own, over, first, scope)
