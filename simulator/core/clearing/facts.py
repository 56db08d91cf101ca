"""The facts of clearing: what was decided or came in. State changes only by folding them."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.core.clearing.orders import Line, Order
from simulator.core.clearing.papers import IN_PROVINCE_SHEET, Debt, PaperSheet, Voucher
from simulator.core.clearing.sums import ClaimRow
from simulator.core.platform.message import Message


class InstitutionApplied(NamedTuple):
    """Fact: an institution applied for the money of a month (3203); the rows it covers by ``setl_id``."""

    event: str
    hospital: str
    month: str
    clr_type: str
    on: dt.date
    setl_ids: tuple[str, ...]


class InstitutionWithdrew(NamedTuple):
    """Fact: an institution withdrew its application (3204)."""

    event: str


class InstitutionPaid(NamedTuple):
    """Fact: an institution was paid for applications, with what changed since, by orders of one document (一单拨付)."""

    hospital: str
    events: tuple[str, ...]
    changes: tuple[str, ...]
    orders: tuple[Order, ...]
    voucher: Voucher


class InstitutionOffset(NamedTuple):
    """Fact: what an institution is due for applications is settled without a transfer: it owes as much or more.

    ``rest`` is what it owes on balance, negative or nothing, by the lines of its next payment.
    """

    hospital: str
    events: tuple[str, ...]
    changes: tuple[str, ...]
    on: dt.date
    rest: tuple[Line, ...]


class Held(NamedTuple):
    """Fact: settlements are held back from clearing (``held``), as they are in dispute, or let in again."""

    setl_ids: tuple[str, ...]
    held: bool


class Applied(NamedTuple):
    """Fact: a member applied for the clearing of a month (C101) by a ``kind`` of sheet.

    ``items`` and ``changes`` are what it covers, ``earlier`` is the application that this one corrects.
    """

    event: str
    month: str
    on: dt.date
    rows: tuple[ClaimRow, ...]
    items: tuple[str, ...]
    changes: tuple[str, ...]
    earlier: Applied | None
    kind: str = IN_PROVINCE_SHEET

    @property
    def versions(self) -> tuple[Applied, ...]:
        """Return the application and those it has corrected, the last first."""
        return (self, *(self.earlier.versions if self.earlier is not None else ()))


class Replaced(NamedTuple):
    """Fact: an application is void: it was refused, a corrected one takes its place, or its sheet stands without it."""

    event: str


class Listed(NamedTuple):
    """Fact: a sheet that counts as confirmed holds these settlements and changes of an application, for good."""

    number: str
    event: str
    items: tuple[str, ...]
    changes: tuple[str, ...]


class SetAside(NamedTuple):
    """Fact: these settlements and changes are too late to be declared (P75-49): the insured place does not pay them."""

    month: str
    on: dt.date
    items: tuple[str, ...]
    changes: tuple[str, ...]


class PageTaken(NamedTuple):
    """Fact: a page of a member's application came in."""

    event: str
    member: str
    month: str
    on: dt.date
    page: int
    pages: int
    rows: tuple[ClaimRow, ...]


class SheetTaken(NamedTuple):
    """Fact: a sheet (C102), or a part of it, came in; one under a known number corrects what it says."""

    sheet: PaperSheet


class SheetMade(NamedTuple):
    """Fact: a sheet was made and sent to the members."""

    sheet: PaperSheet
    members: tuple[str, ...]


class Stamped(NamedTuple):
    """Fact: one of the four departments dealt with a sheet (JS-4.3)."""

    number: str
    department: str
    officer: str
    at: dt.datetime


class Judged(NamedTuple):
    """Fact: a member's answer to a sheet: ``confirm``, ``dispute`` with its reason, or ``lapse`` for silence."""

    number: str
    member: str
    answer: str
    on: dt.date
    reason: str = ""


class Sealed(NamedTuple):
    """Fact: an organisation sealed a paper; ``complete`` with the last seal it needs."""

    number: str
    organisation: str
    on: dt.date
    complete: bool


class Closed(NamedTuple):
    """Fact: nothing is owed by a sheet any more."""

    number: str
    on: dt.date


class Document(NamedTuple):
    """A sheet handed to finance (P101): what is to be paid to whom."""

    number: str
    source_no: str
    sheet_type: str
    month: str
    sealed_on: dt.date
    on: dt.date
    debts: tuple[Debt, ...]

    @property
    def amount(self) -> int:
        """Return the fen of the document."""
        return sum(debt.amount for debt in self.debts)


class Handed(NamedTuple):
    """Fact: a document was handed to finance."""

    document: Document


class DocumentChecked(NamedTuple):
    """Fact: finance accepted a document or returned it for correction (JL-4.2c)."""

    number: str
    accepted: bool
    on: dt.date
    reason: str


class OrderSent(NamedTuple):
    """Fact: finance paid an order; the voucher is the bank's."""

    order: Order
    voucher: Voucher


class OrderTaken(NamedTuple):
    """Fact: an order was announced to finance, which waits for the money."""

    order: Order


class OrderNoted(NamedTuple):
    """Fact: an order passed through the agency's platform on its way from or to the agency's own finance."""

    order: Order


class OrderReceived(NamedTuple):
    """Fact: the money of an order arrived at the bank."""

    voucher: Voucher


class VoucherSent(NamedTuple):
    """Fact: finance returned a voucher to its agency (JL-4.2f)."""

    dfr_id: str
    on: dt.date


class VoucherTaken(NamedTuple):
    """Fact: the agency got a voucher back from its finance, and booked it."""

    voucher: Voucher
    on: dt.date


class InstitutionCopied(NamedTuple):
    """Fact: the province keeps the copy of an order to an institution (JL-4.1d)."""

    order: Order


class Pooled(NamedTuple):
    """Fact: an area's money was pooled upward (P204), by pooling area and insurance; ``order`` is what paid it."""

    number: str
    kind: str
    source_no: str
    member: str
    order: str
    on: dt.date
    rows: tuple[tuple[str, str, int], ...]

    @property
    def amount(self) -> int:
        """Return the fen pooled."""
        return sum(amount for _, _, amount in self.rows)

    def by_insurance(self) -> dict[str, int]:
        """Return the fen pooled by insurance."""
        found: dict[str, int] = {}
        for _, insutype, amount in self.rows:
            found[insutype] = found.get(insutype, 0) + amount
        return found


def pooled_in(asked: Message, on: dt.date) -> Pooled:
    """Return what a P204 reports."""
    data, rows = asked.block("data"), asked.rows("colctlist")
    parts = tuple((row["insu_admdvs"], row["insutype"], row["colct_amt"]) for row in rows)
    number, kind, source_no, member = (data[name] for name in ("colct_no", "colct_type", "souc_sn", "admdvs"))
    return Pooled(number, kind, source_no, member, rows[0]["dfr_id"], on, parts)


class Covered(NamedTuple):
    """Fact: a late payer's share of a sheet is covered by its prepaid money, until it pays."""

    source_no: str
    member: str
    amounts: tuple[tuple[str, int], ...]
    on: dt.date


class QuotaIssued(NamedTuple):
    """Fact: a prepaid quota of the year was set, or raised by a call (P201, P203)."""

    number: str
    kind: str
    year: int
    member: str
    on: dt.date
    pay_by: dt.date
    rows: tuple[QuotaRow, ...]


class QuotaRow(NamedTuple):
    """A quota by insurance: base, quota and what was carried over, in fen."""

    insutype: str
    base: int
    quota: int
    carried: int

    @property
    def due(self) -> int:
        """Return what is to be paid; negative: what comes back (P75-32)."""
        return self.quota - self.carried


class Warned(NamedTuple):
    """Fact: a member was warned that its prepaid money is used up to a line (P202)."""

    number: str
    level: str
    on: dt.date


class YearSettled(NamedTuple):
    """Fact: the prepaid money of a year was settled: what is left, by member and insurance (P75-32)."""

    year: int
    kind: str
    balances: tuple[tuple[str, str, int], ...]
