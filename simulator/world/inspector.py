"""The inspector: holds what the offices do with money against the invariants of clearing, as it happens."""

from __future__ import annotations

from typing import Any

from simulator.core import invariants
from simulator.core.clearing.facts import Applied, OrderReceived, SheetMade
from simulator.core.clearing.finance import Finance
from simulator.core.clearing.orders import Order, agency_account
from simulator.core.clearing.parties import finance_of
from simulator.core.platform.books import BANK, FISCAL, POOLED, PREPAID
from simulator.world.setting import Setting


class Inspector:
    """Hears of applications, sheets and receipts; looks at all accounts when asked."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._check = setting.auditor.check
        setting.mail.follow(Applied, self._applied)
        setting.mail.follow(SheetMade, self._made)
        setting.mail.follow(OrderReceived, self._received)

    def accounts(self) -> None:
        """Check that ledger = ledger = bank, that no area's money is below nothing, and what was paid ahead."""
        nodes: Any = self._setting.nodes
        for party, finance in self._setting.finances.items():
            treasury, agency = finance.treasury, nodes[finance.code].books.balance(FISCAL, party)
            sides = agency, finance.books.total(BANK), treasury.account.balance, treasury.unreported()
            self._check(invariants.ledgers_agree, party, *sides)
        for code, city in self._setting.cities.items():
            ledger, bank = city.books.balance(BANK, agency_account(code)), city.clearing.institutions.bank.balance
            self._check(invariants.ledgers_agree, f"{code} institutions", ledger, bank, bank, 0)
        for code, province in self._setting.provinces.items():
            members = province.clearing.house.members
            held = [-province.books.balance(account, member) for account in (POOLED, PREPAID) for member in members]
            self._check(invariants.never_negative, code, held)
            self._paid_ahead(code)

    def _paid_ahead(self, code: str) -> None:
        """Check what a province has paid by each sheet against what came in for it or is covered by prepaid money."""
        desks = self._setting.provinces[code].clearing
        paid: dict[str, int] = {}
        for order in self._setting.finances[finance_of(code)].treasury.orders.values():
            if order.payer == code:
                paid[order.source_no] = paid.get(order.source_no, 0) + order.amount
        for number in desks.house.issues:
            covered = sum(sum(desks.prepaid.covered(number, member).values()) for member in desks.house.members)
            sums = paid.get(number, 0), covered, desks.agency.received(number)
            self._check(invariants.within_prepaid, f"{code} {number}", *sums)

    # -- what is heard ------------------------------------------------------------------------------------------

    def _applied(self, code: str, fact: Applied) -> None:
        """Check that institutions were paid before their bills are claimed (JL-4.1d); a province claims for cities."""
        city = self._setting.cities.get(code)
        for setl_id in fact.items if city is not None else ():
            assert city is not None
            item = city.clearing.rows.find(setl_id)
            assert item is not None
            self._check(
                invariants.paid_first, f"{fact.event} {setl_id}", item.paid_on, item.row.shares.cleared, fact.on
            )

    def _made(self, code: str, fact: SheetMade) -> None:
        sheet = fact.sheet
        self._check(invariants.lines_are_zero, sheet.number, sheet.lines)
        self._check(invariants.apart_from_ncms, sheet.number, [pair.insutype for pair in sheet.pairs])

    def _received(self, party: str, fact: OrderReceived) -> None:
        """Check a payee's money once all orders of a document to it are in: sent = received = sheet (JL-4.2e)."""
        nodes: Any = self._setting.nodes
        order = nodes[party].treasury.orders.get(fact.voucher.dfr_id)
        if order is None:
            return  # the money of the opening
        sender: Finance = self._setting.finances[finance_of(order.payer)]
        orders = [each for each in sender.treasury.orders.values() if _beside(each, order)]
        sent = [sender.treasury.account.vouchers[each.dfr_id].amount for each in orders]
        vouchers = nodes[party].treasury.account.vouchers
        received = [vouchers[each.dfr_id].amount for each in orders if each.dfr_id in vouchers]
        if len(received) == len(sent):
            debts = nodes[order.payer].clearing.agency.documents[order.document].debts
            sheet = sum(debt.amount for debt in debts if (debt.kind, debt.payee) == (order.payee_kind, order.payee))
            self._check(invariants.received_as_sent, order.document, sum(sent), sum(received), sheet)


def _beside(one: Order, other: Order) -> bool:
    return (one.document, one.payer, one.payee_kind, one.payee) == (
        other.document,
        other.payer,
        other.payee_kind,
        other.payee,
    )
