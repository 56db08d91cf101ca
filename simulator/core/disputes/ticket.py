"""A dispute over settlements (结算疑义), or a check of large bills (协查), and what staff can be told to do with it.

A ticket keeps the days on which it was opened, answered and ended, beside those it was due: whether what goes wrong in
direct settlement is solved promptly is told by them (JL-7.2).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from simulator.core.benefit.settlement import Settlement
from simulator.core.claims.case import OpenClaim
from simulator.core.values.calendar import DueDay

FILING, SYSTEM, OTHER = "filing", "system", "other"  # 备案类, 系统故障, 其他
ISSUES = (FILING, SYSTEM, OTHER)
BILL_CHECK = "bill_check"  # 大额协查
EXPLAINED, CORRECTED, REIMBURSED = "explained", "corrected", "reimbursed"  # 解释, 更正, 转手工报销
OUTCOMES = (EXPLAINED, CORRECTED, REIMBURSED)
NO_SETTLEMENT, AMOUNT, BENEFIT, TWICE, CHARGES = "no_settlement", "amount", "benefit", "twice", "charges"
OF_A_SHEET = frozenset({NO_SETTLEMENT, AMOUNT, BENEFIT, TWICE, CHARGES})
LARGE_BILL, DOUBT, ELSE = "large_bill", "doubt", "else"
OF_A_PERSON = frozenset({DOUBT, ELSE})


class Doubt(NamedTuple):
    """A settlement in dispute: its numbers, its hospital and pooling area on this side, and fen.

    ``bill`` is the whole bill, ``cleared`` what the cities clear for it, ``amount`` what is in doubt of it.
    """

    setl_id: str
    mdtrt_id: str
    psn_no: str
    hospital: str
    area: str
    settled: dt.datetime
    bill: int
    cleared: int
    amount: int


class Ruling(NamedTuple):
    """The outcome for one settlement; ``adjust`` is by how much the insured city owes more (negative: less), in fen.

    Where it was cancelled and settled anew, ``refd_setl_id`` is the cancelling row, which carries its own amounts.
    """

    setl_id: str
    outcome: str
    adjust: int = 0
    refd_setl_id: str = ""


class Ticket(NamedTuple):
    """A ticket: owner (the insured city, JL-6.5), when opened, due and closed (JS-3.1g), and its outcome.

    ``due`` is the last day to answer. Of an answer, ``confirm_by`` is the last day to confirm it in time and
    ``silent_by`` the last before silence confirms. ``booked`` are the corrections in the books, by settlement,
    and ``booked_by`` the ``msgid`` of the answer they come from;
    ``reported`` is the day a late answer was reported to the province.
    """

    ticket_id: str
    kind: str
    reason: str
    owner: str
    treatment_city: str
    words: str
    sheet: str
    month: str
    doubts: tuple[Doubt, ...]
    state: str
    opened: dt.datetime
    due: DueDay
    outcome: str = ""
    answer: str = ""
    answered: dt.date | None = None
    rulings: tuple[Ruling, ...] = ()
    adjust_month: str = ""
    confirm_by: DueDay | None = None
    silent_by: DueDay | None = None
    booked: tuple[tuple[str, int], ...] = ()
    booked_by: str = ""
    reported: dt.date | None = None
    closed: dt.date | None = None
    silent: bool = False

    @property
    def amount(self) -> int:
        """Return what is in doubt in all, in fen."""
        return sum(doubt.amount for doubt in self.doubts)


class TicketKept(NamedTuple):
    """Fact: a ticket stands as it says."""

    ticket: Ticket


class Adjusted(NamedTuple):
    """Fact: a correction of ``amount`` fen to what the insured city owes goes into the clearing of ``month``."""

    ticket_id: str
    setl_id: str
    month: str
    treatment_city: str
    insured_city: str
    amount: int


class InDoubt(NamedTuple):
    """A settlement row, as the host has kept it, and how much of it is in doubt (fen)."""

    row: Settlement
    amount: int


class OpenTicket(NamedTuple):
    """Action at the insured city: take in a doubt about settlements of one treatment city and one month.

    ``ask`` says whether the treatment city is to answer, where there is another; otherwise this city answers itself.
    """

    ticket_id: str
    kind: str
    words: str
    doubts: tuple[InDoubt, ...] = ()
    reason: str = DOUBT
    sheet: str = ""
    ask: bool = True


class AskBillCheck(NamedTuple):
    """Action at the insured city: ask the treatment city to check large bills (P75-56)."""

    ticket_id: str
    words: str
    rows: tuple[Settlement, ...]


class AnswerTicket(NamedTuple):
    """Action at the city that is to answer. Without ``rulings`` the outcome is that of every settlement.

    ``month`` (six digits) is the clearing month that takes up a correction, empty for the present one.
    """

    ticket_id: str
    outcome: str
    words: str
    rulings: tuple[Ruling, ...] = ()
    month: str = ""


class ObjectToAnswer(NamedTuple):
    """Action at the insured city: the answer will not do; it is to be given again."""

    ticket_id: str
    words: str


class CloseTicket(NamedTuple):
    """Action at the insured city: confirm the answer. One to be reimbursed by hand brings the claim."""

    ticket_id: str
    claim: OpenClaim | None = None


class ReviewTickets(NamedTuple):
    """Action of every day: report what is late, and let silence confirm."""


def changes(booked: tuple[tuple[str, int], ...], rulings: tuple[Ruling, ...]) -> Mapping[str, int]:
    """Return by settlement what is still to be booked so that the rulings stand (fen)."""
    before = dict(booked)
    return {each.setl_id: each.adjust - before.get(each.setl_id, 0) for each in rulings}
