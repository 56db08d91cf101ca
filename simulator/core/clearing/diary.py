"""On which day each step of a paper was done, beside the day it was due: what is late is found here, not refused."""

from __future__ import annotations

import datetime as dt

from simulator.core.clearing.agency import Agency
from simulator.core.clearing.deadlines import (
    CONFIRM,
    CROSS_PROVINCE,
    HAND,
    IN_PLACE,
    NOTICE,
    PROVINCE,
    PROVINCE_TRANSFER,
    RECEIPT_VOUCHER,
    RECEIVE,
    SEAL,
    SHEET,
    TRANSFER,
    UPLOAD,
    VOUCHER,
    Deadlines,
    Kept,
)
from simulator.core.clearing.facts import (
    Applied,
    Handed,
    Judged,
    OrderNoted,
    QuotaIssued,
    Sealed,
    SheetMade,
    SheetTaken,
    VoucherTaken,
)
from simulator.core.clearing.papers import TRANSFERRED_VOUCHER
from simulator.core.platform.office import Office


class Diary(Office):
    """The days of one agency's papers; a step done several times counts by the last."""

    def __init__(self, code: str, agency: Agency, deadlines: Deadlines, who: str) -> None:
        self._code = code
        self._agency = agency
        self._deadlines = deadlines
        self._who = who
        self._applied: dict[str, dt.date] = {}
        self.days: dict[str, dict[str, dt.date]] = {}
        self.folds = {
            Applied: self._fold_applied,
            SheetTaken: self._fold_taken,
            SheetMade: self._fold_made,
            Judged: self._fold_judged,
            Sealed: self._fold_sealed,
            Handed: self._fold_handed,
            OrderNoted: self._fold_noted,
            VoucherTaken: self._fold_voucher,
            QuotaIssued: self._fold_quota,
        }

    def timetable(self, number: str) -> tuple[Kept, ...]:
        """Return the steps of a paper that have a deadline here, with the day each was done."""
        paper = self._agency.paper(number)
        return self._deadlines.table(paper.table, paper.month, self.days.get(number, {}), self._who)

    def _on(self, number: str, step: str, day: dt.date) -> None:
        self.days.setdefault(number, {})[step] = day

    def _counts(self, number: str, payee: str) -> bool:
        """Tell whether money to a payee is what the days of a paper are about.

        Across provinces they are about money to another province (JL-4.2b to JL-4.2f); a province pays its own cities
        out of what comes in, whenever that is.
        """
        own = self._who == PROVINCE and self._agency.is_city(payee)
        return not own or self._agency.paper(number).table != CROSS_PROVINCE

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_applied(self, fact: Applied) -> None:
        self._applied[fact.month] = fact.on

    def _fold_taken(self, fact: SheetTaken) -> None:
        self._on(fact.sheet.base, SHEET, fact.sheet.on)
        if fact.sheet.month in self._applied:
            self._on(fact.sheet.base, UPLOAD, self._applied[fact.sheet.month])

    def _fold_made(self, fact: SheetMade) -> None:
        self._on(fact.sheet.base, SHEET, fact.sheet.on)

    def _fold_judged(self, fact: Judged) -> None:
        if fact.member == self._code:
            self._on(fact.number, CONFIRM, fact.on)

    def _fold_sealed(self, fact: Sealed) -> None:
        if fact.complete:
            self._on(fact.number, SEAL, fact.on)

    def _fold_handed(self, fact: Handed) -> None:
        document = fact.document
        if any(self._counts(document.source_no, debt.payee) for debt in document.debts):
            self._on(document.source_no, HAND, document.on)

    def _fold_noted(self, fact: OrderNoted) -> None:
        if fact.order.payer == self._code and self._counts(fact.order.source_no, fact.order.payee):
            for step in (TRANSFER, PROVINCE_TRANSFER, IN_PLACE):
                self._on(fact.order.source_no, step, fact.order.on)

    def _fold_voucher(self, fact: VoucherTaken) -> None:
        voucher = fact.voucher
        if voucher.kind == TRANSFERRED_VOUCHER:
            if self._counts(voucher.source_no, self._agency.orders[voucher.dfr_id].payee):
                self._on(voucher.source_no, VOUCHER, fact.on)
        else:
            self._on(voucher.source_no, RECEIVE, voucher.on)
            self._on(voucher.source_no, RECEIPT_VOUCHER, fact.on)

    def _fold_quota(self, fact: QuotaIssued) -> None:
        self._on(fact.number, NOTICE, fact.on)
