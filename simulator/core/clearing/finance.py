"""A finance department (财政部门): a party and a node of its own beside its area's platform, with its own books.

It keeps the special fiscal account (财政专户). It checks what the agency hands over, transfers, receives by the sheet,
and returns the bank's vouchers (JL-4.2b to JL-4.2f). Finance of a city, of a province and of another province are
instances of one class.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.actions import CheckSheet, Endow, Receive, ReturnVoucher, Transfer
from simulator.core.clearing.bank import Account
from simulator.core.clearing.facts import (
    Document,
    DocumentChecked,
    Handed,
    OrderReceived,
    OrderSent,
    OrderTaken,
    VoucherSent,
)
from simulator.core.clearing.months import compact, expanded
from simulator.core.clearing.orders import (
    BY_CALL,
    BY_QUOTA,
    BY_SHEET,
    NO_CLEARING_TYPE,
    Line,
    Order,
    fiscal_account,
    fiscal_name,
    lines_of,
    order_in,
    parts,
)
from simulator.core.clearing.papers import (
    CALL_MARK,
    PREPAID_SHEET,
    RECEIPT_VOUCHER,
    TRANSFERRED_VOUCHER,
    Debt,
    Share,
    Voucher,
)
from simulator.core.clearing.parties import finance_of
from simulator.core.clearing.sums import basic_fund
from simulator.core.platform.books import bank_legs, posting
from simulator.core.platform.message import Message
from simulator.core.platform.node import Node
from simulator.core.platform.office import Office, declining
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.values.areas import Registry
from simulator.core.values.money import yuan
from simulator.core.values.parameters import PolicyPack
from simulator.core.values.stamps import written

ENDOWMENT = "endowment"


class Treasury(Office):
    """The desk of a finance department: documents in, orders out, orders in, vouchers back."""

    def __init__(self, node: Node, registry: Registry) -> None:
        self._node = node
        self._registry = registry
        self.documents: dict[str, Document] = {}
        self.states: dict[str, str] = {}  # of documents
        self.orders: dict[str, Order] = {}  # sent and announced
        self.coming: dict[str, str] = {}  # states of announced orders
        self.reported: dict[str, dt.date] = {}  # orders whose voucher the agency has
        self.account = Account(fiscal_account(node.code))
        self.answers = {"P101": self._take_document, "P103": self._take_order}
        self.hears = {"P104": self._hear_voucher}
        self.does = declining(
            {
                CheckSheet: self._check,
                Transfer: self._transfer,
                Receive: self._receive,
                ReturnVoucher: self._return_voucher,
                Endow: self._endow,
            }
        )
        self.folds = {
            Handed: self._fold_document,
            DocumentChecked: self._fold_checked,
            OrderSent: self._fold_sent,
            OrderTaken: self._fold_taken,
            OrderReceived: self._fold_received,
            VoucherSent: self._fold_reported,
        }

    def unreported(self) -> int:
        """Return what moved on the account and the agency has no voucher of (未达账项), in fen."""
        return sum(voucher.signed for dfr_id, voucher in self.account.vouchers.items() if dfr_id not in self.reported)

    # -- documents ----------------------------------------------------------------------------------------------

    def _take_document(self, turn: Turn, asked: Message) -> Message:
        """P101: take a sealed paper in; the 7 working days run from now (JL-4.2d)."""
        data = asked.block("data")
        if data["docno"] in self.documents:
            return turn.refuse(asked, "document_not_now", data["docno"], self.states[data["docno"]], "P101")
        debts = tuple(
            Debt(row["dfr_obj"], row["dfr_obj_code"], row["insutype"], row["dfr_amt"]) for row in asked.rows("dfrlist")
        )
        sealed = dt.date.fromisoformat(data["seal_date"])
        month, today = expanded(data["cashym"]), turn.now.date()
        document = Document(data["docno"], data["souc_sn"], data["clr_sht_type"], month, sealed, today, debts)
        turn.record(Handed(document))
        return turn.ok(asked, result={"docno": document.number, "rcv_date": today.isoformat()})

    def _document(self, number: str, event: str) -> Document:
        known = self.documents.get(number)
        if known is None:
            raise Refused("unknown_document", number)
        if (self.states[number], event) not in life.DOCUMENT:
            raise Refused("document_not_now", number, self.states[number], event)
        return known

    def _check(self, turn: Turn, action: CheckSheet) -> None:
        """Accept a document or return it for correction (P102); without this there is no transfer (JL-4.2c)."""
        document = self._document(action.document, life.RETURN if action.reason else life.ACCEPT)
        data = {
            "docno": document.number,
            "souc_sn": document.source_no,
            "fin_optins": self._node.code,
            "fin_chk_rslt": "2" if action.reason else "1",
            "chk_time": written(turn.now),
            "dfr_sumamt": document.amount,
        }
        if action.reason:
            data["retn_rea"] = action.reason
        turn.record(DocumentChecked(document.number, not action.reason, turn.now.date(), action.reason))
        turn.ask(self._node.code, "P102", {"data": data})

    # -- paying -------------------------------------------------------------------------------------------------

    def _transfer(self, turn: Turn, action: Transfer) -> None:
        """Pay an accepted document, an order for each payee; the sums are those of the document (JL-4.2d)."""
        document = self._document(action.document, life.TRANSFER)
        annex = action.annex or _plain(document, self._node.code)
        self._agree(document, annex)
        if document.amount > self.account.balance:
            lacking = yuan(document.amount - self.account.balance)
            raise Refused("not_covered", document.number, lacking)
        for payee in sorted({(debt.payee, debt.kind) for debt in document.debts}):
            for order in parts(self._order(turn, document, *payee, annex)):
                self._pay(turn, order)

    def _pay(self, turn: Turn, order: Order) -> None:
        voucher = self._voucher(turn, order, TRANSFERRED_VOUCHER)
        turn.record(OrderSent(order, voucher))
        legs = bank_legs(self.account.number, self._node.code, self._node.code, voucher.signed)
        turn.post(posting(self._node.party, turn.now, voucher.number, legs))
        turn.ask(order.payee, "P103", order.blocks(), treatment=order.payee, insured=self._node.code)

    def _agree(self, document: Document, annex: Iterable[Share]) -> None:
        shares: dict[tuple[str, str], int] = {}
        for share in annex:
            shares[share.payee, share.insutype] = shares.get((share.payee, share.insutype), 0) + share.amount
        debts = {(debt.payee, debt.insutype): debt.amount for debt in document.debts}
        if shares != debts:
            split = sum(share.amount for share in annex)
            raise Refused("amount_differs", document.number, yuan(split), yuan(document.amount))

    def _order(self, turn: Turn, document: Document, payee: str, kind: str, annex: Iterable[Share]) -> Order:
        split: dict[tuple[str, str, str, str, bool], list[tuple[str, int]]] = {}
        for share in annex:
            if share.payee == payee:
                key = (share.area, self._node.code, share.insutype, NO_CLEARING_TYPE, True)
                split.setdefault(key, []).append((share.fund, share.amount))
        lines: tuple[Line, ...] = lines_of(split)
        source = BY_SHEET
        if document.sheet_type == PREPAID_SHEET:
            source = BY_CALL if document.source_no.startswith(CALL_MARK) else BY_QUOTA
        return Order(
            dfr_id=f"BF{self._node.code}{compact(document.month)}{len(self.orders) + 1:04d}",
            document=document.number,
            source=source,
            source_no=document.source_no,
            month=document.month,
            payee_kind=kind,
            payee=payee,
            payee_name=fiscal_name(self._registry, payee),
            account=fiscal_account(payee),
            payer=self._node.code,
            on=turn.now.date(),
            lines=lines,
        )

    # -- receiving ----------------------------------------------------------------------------------------------

    def _take_order(self, turn: Turn, asked: Message) -> Message:
        """P103: money is on its way; it is received when the bank credits it."""
        order = order_in(asked)
        if order.dfr_id in self.orders:
            return turn.refuse(asked, "document_not_now", order.dfr_id, life.ANNOUNCED, "P103")
        turn.record(OrderTaken(order))
        return turn.ok(asked, result={"dfr_id": order.dfr_id})

    def _receive(self, turn: Turn, action: Receive) -> None:
        """Receive what the bank credits, by the sheet: received = sent = sheet (JL-4.2e)."""
        order = self.orders.get(action.dfr_id)
        state = self.coming.get(action.dfr_id)
        if order is None or state is None:
            raise Refused("unknown_document", action.dfr_id)
        if (state, life.RECEIVE) not in life.ORDER:
            raise Refused("document_not_now", action.dfr_id, state, life.RECEIVE)
        if action.amount != order.amount:
            raise Refused("amount_differs", action.dfr_id, yuan(action.amount), yuan(order.amount))
        voucher = self._voucher(turn, order, RECEIPT_VOUCHER)
        turn.record(OrderReceived(voucher))
        legs = bank_legs(self.account.number, self._node.code, self._node.code, voucher.signed)
        turn.post(posting(self._node.party, turn.now, voucher.number, legs))

    # -- vouchers -----------------------------------------------------------------------------------------------

    def _voucher(self, turn: Turn, order: Order, kind: str) -> Voucher:
        today = turn.now.date()
        number = f"YHPZ{self._node.code}{today:%Y%m%d}{len(self.account.vouchers) + 1:06d}"
        return Voucher(order.dfr_id, order.source_no, kind, number, order.amount, today)

    def _return_voucher(self, turn: Turn, action: ReturnVoucher) -> None:
        """Return the bank's voucher to the agency (P104), which books by it (JL-4.2f)."""
        voucher = self.account.vouchers.get(action.dfr_id)
        if voucher is None:
            raise Refused("unknown_document", action.dfr_id)
        if action.dfr_id in self.reported:
            raise Refused("document_not_now", action.dfr_id, life.REPORTED, life.VOUCHER)
        order = self.orders[action.dfr_id]
        data: dict[str, Any] = {
            "dfr_id": order.dfr_id,
            "souc_sn": order.source_no,
            "vchr_type": voucher.kind,
            "vchr_no": voucher.number,
            "vchr_amt": voucher.amount,
            "trns_date": voucher.on.isoformat(),
            "fdbk_date": turn.now.date().isoformat(),
            "fin_optins": self._node.code,
            "fin_acen_time": written(turn.now),
            "pay_acctname": fiscal_name(self._registry, order.payer),
            "pay_bankacct": fiscal_account(order.payer),
            "recv_acctname": order.payee_name,
            "recv_bankacct": order.account,
        }
        turn.ask(self._node.code, "P104", {"data": data}, treatment=order.payee, insured=order.payer)

    def _hear_voucher(self, turn: Turn, asked: Message, reply: Message) -> None:
        if reply.succeeded:
            turn.record(VoucherSent(asked.block("data")["dfr_id"], turn.now.date()))

    def _endow(self, turn: Turn, action: Endow) -> None:
        """Open the account with the fund's money."""
        today = turn.now.date()
        number = f"YHPZ{self._node.code}{today:%Y%m%d}000000"
        turn.record(OrderReceived(Voucher(ENDOWMENT, ENDOWMENT, RECEIPT_VOUCHER, number, action.amount, today)))
        turn.record(VoucherSent(ENDOWMENT, today))
        legs = bank_legs(self.account.number, self._node.code, self._node.code, action.amount)
        turn.post(posting(self._node.party, turn.now, ENDOWMENT, legs))

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_document(self, fact: Handed) -> None:
        self.documents[fact.document.number] = fact.document
        self.states[fact.document.number] = life.WITH_FINANCE

    def _fold_checked(self, fact: DocumentChecked) -> None:
        event = life.ACCEPT if fact.accepted else life.RETURN
        self.states[fact.number] = life.DOCUMENT[self.states[fact.number], event]

    def _fold_sent(self, fact: OrderSent) -> None:
        self.orders[fact.order.dfr_id] = fact.order
        self.account.book(fact.voucher)
        self.states[fact.order.document] = life.TRANSFERRED

    def _fold_taken(self, fact: OrderTaken) -> None:
        self.orders[fact.order.dfr_id] = fact.order
        self.coming[fact.order.dfr_id] = life.ANNOUNCED

    def _fold_received(self, fact: OrderReceived) -> None:
        self.account.book(fact.voucher)
        if fact.voucher.dfr_id in self.coming:
            self.coming[fact.voucher.dfr_id] = life.RECEIVED

    def _fold_reported(self, fact: VoucherSent) -> None:
        self.reported[fact.dfr_id] = fact.on
        state = self.coming.get(fact.dfr_id)
        if state is not None:
            self.coming[fact.dfr_id] = life.ORDER[state, life.VOUCHER]


def _plain(document: Document, area: str) -> tuple[Share, ...]:
    """Return a document without an annex as one share a debt, all of the basic fund or its prepaid money."""
    prepaid = document.sheet_type == PREPAID_SHEET
    return tuple(
        Share(
            debt.payee,
            area,
            debt.insutype,
            basic_fund(debt.insutype, prepaid=prepaid),
            debt.amount,
        )
        for debt in document.debts
    )


class Finance(Node):
    """The finance department of an area, beside the ``platform`` through which it reaches everyone."""

    title = "财政部门"

    def __init__(self, area: str, *, registry: Registry, pack: PolicyPack, platform: str, today: dt.date) -> None:
        wait = pack.at("process.wait_seconds.city", today, area).value
        super().__init__(area, wait_seconds=int(wait))  # type: ignore[arg-type]  # unit "count" is an int
        self.party = finance_of(area)
        self.platform = platform
        self.treasury = Treasury(self, registry)
        self.install(self.treasury)

    def next_hop(self, area: str) -> str:
        """Return the platform of its own area: finance reaches everyone through it."""
        return self.platform

    def decide(self, turn: Turn, asked: Message) -> None:
        """Answer what is for finance; it has no business with patients."""
        if asked.is_bureau:
            self.bureau(turn, asked)
        else:
            self.answer(turn, asked, turn.refuse(asked, "unknown_transaction", asked.infno))

    def complete(self, turn: Turn, asked: Message, prepared: Any, reply: Message) -> Message:
        """Return a reply as it is; finance passes nothing on."""
        return reply
