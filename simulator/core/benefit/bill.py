"""Fee lines and the four class totals of a bill.

Each line splits, in this order, into the part outside the list (丙类自费), the part over the price cap (超限价), the
first self-pay of class B (乙类先行自付) taken on what is left, and the part in scope. The four sum to the line.

A refund takes back what its line gave (P75-45): by the entry that classified the line, the one of the day of the fee
(JS-3.2a), and in step with what is left of the line, so that a line refunded in pieces comes to nothing in every class.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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

    @property
    def sound(self) -> bool:
        """Tell whether no class is below nothing: lines and what they refund cannot sum to less (P75-A9).

        Whoever takes class totals as they are stated asks this before computing with them.
        """
        return min(self) >= 0

    def plus(self, other: ClassTotals) -> ClassTotals:
        """Return the class totals of two bills together."""
        return ClassTotals(*(one + more for one, more in zip(self, other, strict=True)))


NO_TOTALS = ClassTotals(0, 0, 0, 0)
TOTAL_FIELDS = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")


def classify(sn: str, item: Item, price: int, quantity: int, *, refund_of: str = "") -> Line:
    """Price one line and split it by class; a negative quantity (of a whole line refunded) gives the exact mirror."""
    amount = line_amount(price, quantity)
    parts = _split(item, price, abs(quantity), abs(amount))
    if quantity < 0:
        parts = -parts[0], -parts[1], -parts[2], -parts[3]
    return Line(sn, item, price, quantity, amount, *parts, refund_of)


def refund(sn: str, line: Line, earlier: Sequence[Line], quantity: int) -> Line | None:
    """Return the line that refunds ``quantity`` (below 0) of a line, of which ``earlier`` lines refunded some already.

    It costs the price times the quantity, as every line does (P75-A9), and takes from each class what the line loses:
    what stands afterwards is split as if only that had been charged. None where more than is left would be refunded,
    or where the amounts of the pieces, each rounded, do not come to that of the line: then the pieces are to be
    cancelled and refunded in one.
    """
    amount = line_amount(line.price, quantity)
    units = line.quantity + sum(each.quantity for each in earlier)
    fen = line.amount + sum(each.amount for each in earlier)
    left, worth = units + quantity, fen + amount
    if left < 0 or worth < 0 or (left == 0 and worth != 0):
        return None
    before, after = _split(line.item, line.price, units, fen), _split(line.item, line.price, left, worth)
    own, over, first, scope = (new - old for old, new in zip(before, after, strict=True))
    return Line(sn, line.item, line.price, quantity, amount, own, over, first, scope, line.sn)


def _split(item: Item, price: int, quantity: int, amount: int) -> tuple[int, int, int, int]:
    """Split an amount, none below nothing, by class: own expense, over the cap, first self-pay, in scope."""
    if item.level == CLASS_C:
        return amount, 0, 0, 0
    # What is left of a refunded line may be a fen less than its quantity is worth: no more than all of it is in scope.
    over = 0 if item.cap is None or price <= item.cap else amount - min(line_amount(item.cap, quantity), amount)
    first = share_of(amount - over, item.first_share)
    return 0, over, first, amount - over - first


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
