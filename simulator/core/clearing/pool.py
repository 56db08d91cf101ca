"""The province's account of what its areas have pooled upward (P204), and its copies of what institutions were paid.

An area's money here is never below nothing, and is in before the province transfers for it (JL-4.2i).
"""

from __future__ import annotations

from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.agency import Agency
from simulator.core.clearing.facts import InstitutionCopied, Pooled, pooled_in
from simulator.core.clearing.house import House
from simulator.core.clearing.orders import Order, order_in
from simulator.core.clearing.papers import CLEARING_MONEY, PREPAID_MONEY, base_of
from simulator.core.clearing.prepaid import Prepaid
from simulator.core.platform.books import CLEARING, POOLED, PREPAID, between_legs, posting
from simulator.core.platform.message import Message
from simulator.core.platform.node import Node
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn
from simulator.core.values.money import yuan


class Pool(Office):
    """The pooling desk of a province."""

    def __init__(self, node: Node, house: House, prepaid: Prepaid, agency: Agency) -> None:
        self._node = node
        self._house = house
        self._prepaid = prepaid
        self._agency = agency
        self._orders: set[str] = set()
        self.copies: dict[str, Order] = {}  # orders to institutions, by their number
        self.answers = {"P204": self._take, "P103": self._copy}
        self.folds = {Pooled: self._fold_pooled, InstitutionCopied: self._fold_copied}

    def balance(self, member: str) -> int:
        """Return an area's money in the provincial account: what is pooled and what is prepaid, in fen."""
        return -sum(self._node.books.balance(account, member) for account in (POOLED, PREPAID))

    def _take(self, turn: Turn, asked: Message) -> Message:
        """P204: an area reports what it has pooled; the money must be in, and be what the paper asks for."""
        pooled = pooled_in(asked, turn.now.date())
        pooled = pooled._replace(source_no=base_of(pooled.source_no))
        if pooled.kind == CLEARING_MONEY and pooled.source_no in self._house.issues:
            due = self._house.missing(self._house.issues[pooled.source_no], pooled.member)
        elif pooled.kind == PREPAID_MONEY and self._prepaid.knows(pooled.source_no, pooled.member):
            due = self._prepaid.due(pooled.source_no)
        else:
            return turn.refuse(asked, "unknown_document", pooled.source_no)
        if pooled.order in self._orders:
            return turn.refuse(asked, "document_not_now", pooled.order, life.REPORTED, "P204")
        for insutype, amount in pooled.by_insurance().items():
            if amount > due.get(insutype, 0):
                return turn.refuse(asked, "amount_differs", insutype, yuan(amount), yuan(due.get(insutype, 0)))
        held = -self._node.books.balance(POOLED, pooled.member)
        if held < pooled.amount:
            return turn.refuse(asked, "not_covered", pooled.member, yuan(pooled.amount - held))
        turn.record(pooled)
        target = PREPAID if pooled.kind == PREPAID_MONEY else CLEARING
        legs = between_legs(POOLED, target, pooled.member, self._node.code, pooled.amount)
        turn.post(posting(self._node.code, turn.now, pooled.number, legs))
        self._agency.settle(turn, pooled.source_no)
        return turn.ok(asked, result={"colct_no": pooled.number, "balc": self.balance(pooled.member)})

    def _copy(self, turn: Turn, asked: Message) -> Message:
        """P103 of a treatment city's agency: keep the copy of what an institution was paid (JL-4.1d, JL-4.3b)."""
        order = order_in(asked)
        turn.record(InstitutionCopied(order))
        return turn.ok(asked, result={"dfr_id": order.dfr_id})

    def _fold_pooled(self, fact: Pooled) -> None:
        self._orders.add(fact.order)

    def _fold_copied(self, fact: InstitutionCopied) -> None:
        self.copies[fact.order.dfr_id] = fact.order
