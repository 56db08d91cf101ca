"""The agency's side of the chain with finance: seal, hand over, hear of the check, book the vouchers, pool upward.

JL-4.2: a fully sealed paper goes to finance in 3 working days, finance checks and transfers in 7, the bank's vouchers
come back in 5. The agency books what its vouchers say, and nothing before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.actions import Collect, Endow, HandToFinance, Seal
from simulator.core.clearing.deadlines import SEAL, Deadlines
from simulator.core.clearing.facts import (
    Closed,
    Document,
    DocumentChecked,
    Handed,
    OrderNoted,
    Pooled,
    Sealed,
    SheetTaken,
    VoucherTaken,
    pooled_in,
)
from simulator.core.clearing.months import compact, last_day, later
from simulator.core.clearing.orders import TO_TREATMENT_FINANCE, UPWARD, Order, fiscal_name, order_in
from simulator.core.clearing.papers import (
    CLEARING_MONEY,
    PREPAID_MONEY,
    TRANSFERRED_VOUCHER,
    Debt,
    Share,
    Voucher,
    base_of,
)
from simulator.core.clearing.parties import finance_of
from simulator.core.clearing.source import Paper, Source
from simulator.core.platform.books import CLEARING, FUND, POOLED, PREPAID, Leg, between_legs, moved_legs, posting
from simulator.core.platform.message import Message
from simulator.core.platform.node import Node
from simulator.core.platform.office import Office, declining
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.values.areas import Registry
from simulator.core.values.money import yuan
from simulator.core.values.parameters import PolicyPack

_ACCEPTED = frozenset({life.CHECKED, life.TRANSFERRED, life.REPORTED})


class Agency(Office):
    """The payment desk of one agency; ``sources`` are the offices whose papers it pays, ``above`` whom it pools to."""

    def __init__(self, node: Node, registry: Registry, pack: PolicyPack, deadlines: Deadlines, above: str) -> None:
        self._node = node
        self._registry = registry
        self._pack = pack
        self._deadlines = deadlines
        self._above = above
        self.sources: tuple[Source, ...] = ()
        self.seals: dict[str, dict[str, dt.date]] = {}
        self.documents: dict[str, Document] = {}
        self.states: dict[str, str] = {}
        self.orders: dict[str, Order] = {}
        self.vouchers: dict[str, Voucher] = {}
        self.pooled: dict[str, str] = {}  # an order, and the number it was reported upward by
        self._collections = 0
        self._out: dict[str, int] = {}
        self._in: dict[str, int] = {}
        self._closed: set[str] = set()
        self.answers = {"P102": self._take_check, "P104": self._take_voucher}
        self.hears = {"P101": self._hear_document, "P204": self._hear_pooled}
        self.notes = {"P103": self._note_order}
        self.does = declining({Seal: self._seal, HandToFinance: self._hand, Collect: self._collect, Endow: self._endow})
        self.folds = {
            Sealed: self._fold_sealed,
            Handed: self._fold_handed,
            DocumentChecked: self._fold_checked,
            OrderNoted: self._fold_noted,
            VoucherTaken: self._fold_voucher,
            Pooled: self._fold_pooled,
            Closed: self._fold_closed,
            SheetTaken: self._fold_taken,
        }

    def paper(self, number: str) -> Paper:
        """Return what a paper is; raises Refused for one that no office knows."""
        for source in self.sources:
            found = source.paper(number)
            if found is not None:
                return found
        raise Refused("unknown_document", number)

    def debts(self, number: str) -> tuple[Debt, ...]:
        """Return what is to be paid by a paper and is not with finance yet; what finance returned is open again."""
        base = base_of(number)
        under_way = {
            debt[:3]
            for document in self.documents.values()
            if document.source_no == base and self.states[document.number] != life.RETURNED
            for debt in document.debts
        }
        return tuple(debt for debt in self.all_debts(base) if debt[:3] not in under_way)

    def annex(self, document: str) -> tuple[Share, ...]:
        """Return a document's debts by pooling area and fund: it goes to finance with the document, on paper."""
        known = self.documents[document]
        return tuple(
            share for source in self._of(known.source_no) for share in source.annex(known.source_no, known.debts)
        )

    def received(self, number: str) -> int:
        """Return the fen that have come in by a paper: pooled from below, or paid from elsewhere."""
        return self._in.get(base_of(number), 0)

    def sealed_on(self, number: str) -> dt.date | None:
        """Return the day of the last seal (签章之日), None while seals are missing."""
        seals = self.seals.get(base_of(number), {})
        return None if self._unsealed(number) else max(seals.values())

    def settle(self, turn: Turn, number: str) -> None:
        """Close a sheet of which nothing is owed any more, on either side."""
        base = base_of(number)
        if base in self._closed or any(source.unready(base) for source in self._of(base)):
            return
        owed = sum(debt.amount for debt in self.all_debts(base))
        expected = sum(source.expects(base) for source in self._of(base))
        if (owed, expected) == (self._out.get(base, 0), self._in.get(base, 0)):
            turn.record(Closed(base, turn.now.date()))

    def _of(self, number: str) -> tuple[Source, ...]:
        return tuple(source for source in self.sources if source.paper(number) is not None)

    def all_debts(self, number: str) -> tuple[Debt, ...]:
        """Return what is to be paid by a paper, whatever was paid of it."""
        return tuple(debt for source in self._of(number) for debt in source.owes(number))

    # -- sealing and handing over -------------------------------------------------------------------------------

    def seals_needed(self, number: str) -> tuple[str, ...]:
        """Return whose seals a paper needs (签章齐全)."""
        value = self._pack.at("clearing.rules.seals", self._day(number), self._node.code).value
        return value if isinstance(value, tuple) else (value,)  # type: ignore[return-value]  # unit "text"

    def _day(self, number: str) -> dt.date:
        return last_day(self.paper(number).month)

    def _unsealed(self, number: str) -> tuple[str, ...]:
        seals = self.seals.get(base_of(number), {})
        return tuple(each for each in self.seals_needed(number) if each not in seals)

    def _seal(self, turn: Turn, action: Seal) -> None:
        """Note a seal; the last one needed makes the day of sealing from which the 3 working days run (JL-4.2b)."""
        base = base_of(action.number)
        missing = self._unsealed(base)
        if action.organisation not in missing:
            raise Refused("document_not_now", action.number, action.organisation, life.SEAL)
        for state in filter(None, (source.unready(base) for source in self._of(base))):
            raise Refused("document_not_now", action.number, state, life.SEAL)
        turn.record(Sealed(base, action.organisation, turn.now.date(), len(missing) == 1))

    def is_ready(self, number: str) -> bool:
        """Tell whether something of a paper may go to finance once it is sealed: a province waits for its shares."""
        return any(self._may_hand(base_of(number), debt) for debt in self.debts(number))

    def _may_hand(self, base: str, debt: Debt) -> bool:
        try:
            for source in self._of(base):
                source.may_hand(base, (debt,))
        except Refused:
            return False
        return True

    def is_city(self, code: str) -> bool:
        """Tell whether a payee is a city, of this province or another."""
        return code in self._registry.cities

    def _hand(self, turn: Turn, action: HandToFinance) -> None:
        """Hand a fully sealed paper to finance (P101); again, with a new number, what finance returned."""
        base = base_of(action.number)
        paper = self.paper(base)
        debts = tuple(debt for debt in self.debts(base) if debt.payee in (action.payees or {debt.payee}))
        if not debts:
            raise Refused("nothing_due", action.number)
        missing = self._unsealed(base)
        if missing:
            raise Refused("incomplete", action.number, "、".join(missing))
        for source in self._of(base):
            source.may_hand(base, debts)
        number = f"TJ{self._node.code}{compact(paper.month)}{len(self.documents) + 1:04d}"
        sealed = self.sealed_on(base)
        assert sealed is not None
        document = Document(number, base, paper.sheet_type, paper.month, sealed, turn.now.date(), debts)
        turn.record(Handed(document))
        turn.ask(self._node.code, "P101", self._blocks(document, paper))

    def _blocks(self, document: Document, paper: Paper) -> dict[str, Any]:
        code = self._node.code
        data = {
            "docno": document.number,
            "clr_sht_type": document.sheet_type,
            "souc_sn": document.source_no,
            "cashym": compact(document.month),
            "admdvs": code,
            "fin_optins": code,
            "seal_date": document.sealed_on.isoformat(),
            "sbm_date": document.on.isoformat(),
            "dfr_sumamt": document.amount,
            "totalrow": len(document.debts),
        }
        following = self._deadlines.due(paper.table, SEAL, later(document.month, 1), {})
        if following is not None:
            data["next_seal_date"] = following.day.isoformat()
        debts = [
            {
                "seqno": place,
                "dfr_obj": debt.kind,
                "dfr_obj_code": debt.payee,
                "dfr_obj_name": fiscal_name(self._registry, debt.payee),
                "insutype": debt.insutype,
                "dfr_amt": debt.amount,
            }
            for place, debt in enumerate(document.debts, 1)
        ]
        seals = [
            {"seqno": place, "seal_org_name": name, "seal_date": day.isoformat()}
            for place, (name, day) in enumerate(self.seals[document.source_no].items(), 1)
        ]
        return {"data": data, "dfrlist": debts, "seallist": seals}

    def _hear_document(self, turn: Turn, asked: Message, reply: Message) -> None:
        """A document that finance refused is as good as returned."""
        if not reply.succeeded:
            number = asked.block("data")["docno"]
            turn.record(DocumentChecked(number, False, turn.now.date(), str(reply.head["err_msg"])))

    def _take_check(self, turn: Turn, asked: Message) -> Message:
        """P102: finance accepts a document or returns it; what is returned is corrected and handed over anew."""
        data = asked.block("data")
        known = self.documents.get(data["docno"])
        if known is None:
            return turn.refuse(asked, "unknown_document", data["docno"])
        accepted = data["fin_chk_rslt"] == "1"
        if accepted and self.states[known.number] in _ACCEPTED:  # its order has overtaken it
            return turn.ok(asked, result={"docno": known.number})
        if (self.states[known.number], life.ACCEPT if accepted else life.RETURN) not in life.DOCUMENT:
            return turn.refuse(asked, "document_not_now", known.number, self.states[known.number], "P102")
        if data["dfr_sumamt"] != known.amount:
            return turn.refuse(asked, "amount_differs", known.number, yuan(data["dfr_sumamt"]), yuan(known.amount))
        turn.record(DocumentChecked(known.number, accepted, turn.now.date(), data.get("retn_rea", "")))
        return turn.ok(asked, result={"docno": known.number})

    # -- orders and vouchers ------------------------------------------------------------------------------------

    def _note_order(self, turn: Turn, asked: Message, reply: Message) -> None:
        """Keep an order that its own finance sent, or was sent.

        One that it sent says that it has accepted the document, also where word of that has not come yet (JL-4.2c).
        """
        order = order_in(asked)
        if order.payer == self._node.code and self.states.get(order.document) == life.WITH_FINANCE:
            turn.record(DocumentChecked(order.document, True, turn.now.date(), ""))
        if self._node.code in {order.payer, order.payee}:
            turn.record(OrderNoted(order))

    def _take_voucher(self, turn: Turn, asked: Message) -> Message:
        """P104: book what finance has paid or received: sent = received = sheet (JL-4.2e, JL-4.2f, JL-4.2j)."""
        data = asked.block("data")
        order = self.orders.get(data["dfr_id"])
        if order is None:
            return turn.refuse(asked, "unknown_document", data["dfr_id"])
        if order.dfr_id in self.vouchers:
            return turn.refuse(asked, "document_not_now", order.dfr_id, life.REPORTED, "P104")
        if data["vchr_amt"] != order.amount:
            return turn.refuse(asked, "amount_differs", order.dfr_id, yuan(data["vchr_amt"]), yuan(order.amount))
        voucher = Voucher(
            order.dfr_id,
            order.source_no,
            data["vchr_type"],
            data["vchr_no"],
            order.amount,
            dt.date.fromisoformat(data["trns_date"]),
        )
        turn.record(VoucherTaken(voucher, turn.now.date()))
        turn.post(posting(self._node.code, turn.now, voucher.number, self._legs(order, voucher)))
        self.settle(turn, order.source_no)
        return turn.ok(asked, result={"dfr_id": order.dfr_id, "vchr_no": voucher.number, "fin_dspo_flag": "1"})

    def _legs(self, order: Order, voucher: Voucher) -> tuple[Leg, ...]:
        """Return how a voucher is booked; both agencies use the same account for an order, so that they mirror."""
        account = POOLED if order.payee_kind == UPWARD else PREPAID if order.prepaid else CLEARING
        party = order.payee if voucher.kind == TRANSFERRED_VOUCHER else order.payer
        return moved_legs(account, party, self._node.code, finance_of(self._node.code), -voucher.signed)

    def _endow(self, turn: Turn, action: Endow) -> None:
        legs = moved_legs(FUND, self._node.code, self._node.code, finance_of(self._node.code), -action.amount)
        turn.post(posting(self._node.code, turn.now, "endowment", legs))

    # -- pooling upward -----------------------------------------------------------------------------------------

    def _collect(self, turn: Turn, action: Collect) -> None:
        """Report upward (P204) what finance has transferred by a paper and the bank's voucher proves (JL-4.2i)."""
        base = base_of(action.number)
        paper = self.paper(base)
        done = [
            order
            for order in self.orders.values()
            if order.source_no == base
            and order.payee_kind == UPWARD
            and order.payer == self._node.code
            and order.dfr_id in self.vouchers
            and order.dfr_id not in self.pooled
        ]
        if not done:
            raise Refused("nothing_due", action.number)
        for place, order in enumerate(done, 1):
            number = f"GJ{self._node.code}{compact(paper.month)}{self._collections + place:04d}"
            turn.ask(self._above, "P204", self._pooling(number, base, order, paper.pay_by))

    def _pooling(self, number: str, base: str, order: Order, by: dt.date) -> dict[str, Any]:
        voucher = self.vouchers[order.dfr_id]
        rows = [
            {
                "seqno": place,
                "insu_admdvs": line.area,
                "insutype": line.insutype,
                "colct_amt": line.amount,
                "dfr_id": order.dfr_id,
                "vchr_no": voucher.number,
                "trns_date": voucher.on.isoformat(),
            }
            for place, line in enumerate(order.lines, 1)
        ]
        data = {
            "colct_no": number,
            "colct_type": PREPAID_MONEY if order.prepaid else CLEARING_MONEY,
            "souc_sn": base,
            "cashym": compact(order.month),
            "admdvs": self._node.code,
            "colct_ddln_date": by.isoformat(),
            "colct_sumamt": order.amount,
            "totalrow": len(rows),
        }
        return {"data": data, "colctlist": rows}

    def _hear_pooled(self, turn: Turn, asked: Message, reply: Message) -> None:
        """The house has the money on the area's account: the debt, or the prepaid quota, is paid."""
        if not reply.succeeded:
            return
        pooled = pooled_in(asked, turn.now.date())
        turn.record(pooled)
        paid = PREPAID if pooled.kind == PREPAID_MONEY else CLEARING
        legs = between_legs(paid, POOLED, self._above, self._node.code, pooled.amount)
        turn.post(posting(self._node.code, turn.now, pooled.number, legs))
        self.settle(turn, pooled.source_no)

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_sealed(self, fact: Sealed) -> None:
        self.seals.setdefault(fact.number, {})[fact.organisation] = fact.on

    def _fold_handed(self, fact: Handed) -> None:
        self.documents[fact.document.number] = fact.document
        self.states[fact.document.number] = life.WITH_FINANCE

    def _fold_checked(self, fact: DocumentChecked) -> None:
        self._move(fact.number, life.ACCEPT if fact.accepted else life.RETURN)

    def _fold_noted(self, fact: OrderNoted) -> None:
        order = fact.order
        self.orders[order.dfr_id] = order
        if order.payer == self._node.code and self._whole(order, self.orders):
            self._move(order.document, life.TRANSFER)

    def _fold_voucher(self, fact: VoucherTaken) -> None:
        order, voucher = self.orders[fact.voucher.dfr_id], fact.voucher
        self.vouchers[order.dfr_id] = voucher
        if order.payer == self._node.code and self._whole(order, self.vouchers):
            self._move(order.document, life.VOUCHER)
        if order.payee_kind == TO_TREATMENT_FINANCE:
            side = self._out if voucher.kind == TRANSFERRED_VOUCHER else self._in
            side[order.source_no] = side.get(order.source_no, 0) + voucher.amount

    def _fold_pooled(self, fact: Pooled) -> None:
        mine = fact.member == self._node.code
        side = self._out if mine else self._in
        side[fact.source_no] = side.get(fact.source_no, 0) + fact.amount
        if mine:
            self._collections += 1
            self.pooled[fact.order] = fact.number

    def _fold_closed(self, fact: Closed) -> None:
        self._closed.add(fact.number)

    def _fold_taken(self, fact: SheetTaken) -> None:
        """Open a paper again by which nothing was due: it was corrected."""
        self._closed.discard(fact.sheet.base)

    def _whole(self, order: Order, done: Mapping[str, Any]) -> bool:
        """Tell whether all orders of a document have come as far as this one."""
        amounts = (
            each.amount for each in self.orders.values() if each.document == order.document and each.dfr_id in done
        )
        return sum(amounts) == self.documents[order.document].amount

    def _move(self, document: str, event: str) -> None:
        self.states[document] = life.DOCUMENT[self.states[document], event]
