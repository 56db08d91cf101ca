"""The settlements a treatment city has to pay and to claim: which are applied for, paid, held back, deducted from.

It is kept row by row, so that a payment, an application and a sheet can be traced to the settlements they hold
(JL-7.1b). In-city rows are paid like the others (JL-4.3b) and claimed of nobody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from simulator.core.audit.facts import Deducted
from simulator.core.benefit.settlement import Settlement
from simulator.core.clearing.deadlines import declarable
from simulator.core.clearing.facts import (
    Applied,
    Held,
    InstitutionApplied,
    InstitutionPaid,
    InstitutionWithdrew,
    Replaced,
)
from simulator.core.clearing.months import expanded, month_of, months_between
from simulator.core.clearing.sums import NO_SUMS, ClaimRow, Sums, sums_of
from simulator.core.disputes.ticket import Adjusted
from simulator.core.platform.office import Office
from simulator.core.reconciliation.correction import STRUCK
from simulator.core.reconciliation.facts import Corrected
from simulator.core.reconciliation.rows import NCMS, TREATMENT_SIDE, clearing_type
from simulator.core.values.parameters import PolicyPack
from simulator.core.visits.visits import INSURED, TREATMENT, Settled

_RowKey = tuple[str, str, str, str, str]  # insured city, pooling area, insurance, clearing type, month of the bills
_KEPT_MONTHS = 4  # a month is declared in the next, at most two later (P75-49), and answered in the one after that


class Item:
    """A settlement row on its way: the institution's application, the day it was paid, the claim it went into."""

    __slots__ = ("application", "claim", "held", "paid_on", "row")

    def __init__(self, row: Settlement) -> None:
        self.row = row
        self.application = ""
        self.paid_on: dt.date | None = None
        self.claim = ""
        self.held = False

    @property
    def remote(self) -> bool:
        """Tell whether another city has to pay for it."""
        return self.row.treatment_city != self.row.insured_city

    @property
    def claimable(self) -> bool:
        """Tell whether it may be claimed: not yet claimed, not held, and its institution paid first (JL-4.1d).

        A refund has nothing to pay first: what the insured place paid too much goes back at once.
        """
        first = self.paid_on is not None or self.row.shares.cleared <= 0
        return self.remote and first and not self.held and not self.claim


class Change:
    """What changes a settlement afterwards: an audit's deduction, or a correction after a dispute.

    It goes into a payment to the institution and into a claim, each once. A correction is claimed as of ``month``, and
    not with an earlier one; a deduction with its settlement, or as of the month that is cleared next.
    """

    __slots__ = ("claim", "item", "month", "paid", "sums")

    def __init__(self, item: Item, sums: Sums, month: str) -> None:
        self.item = item
        self.sums = sums
        self.month = month
        self.paid = False
        self.claim = ""

    @property
    def claimable(self) -> bool:
        """Tell whether it may be claimed: what an institution gets more is paid first, what it loses need not be."""
        return self.item.remote and (self.paid or self.sums.claimed <= 0)


class Claims(NamedTuple):
    """What can be claimed for a month: the rows of the application, and the settlements and changes they cover."""

    rows: tuple[ClaimRow, ...]
    items: tuple[str, ...]
    changes: tuple[str, ...]


class Rows(Office):
    """The settlement rows of one treatment city, by month; NCMS rows are not among them (JL-7.3).

    ``left_out`` tells of a row that its institution has declined, or not confirmed where it has to (3261).
    """

    def __init__(self, city: str, pack: PolicyPack, left_out: Callable[[Settlement], bool]) -> None:
        self._city = city
        self._pack = pack
        self._left_out = left_out
        self._months: dict[str, dict[str, Item]] = {}
        self._by_hospital: dict[tuple[str, str], list[Item]] = {}
        self.waiting: dict[str, InstitutionApplied] = {}  # institutions' applications that are not paid yet
        self.changes: dict[str, Change] = {}
        self.owed_by_area: dict[tuple[str, str], dict[str, int]] = {}  # (month, insutype) → area → fen, as insured city
        self.owed_to: dict[tuple[str, str], int] = {}  # (month, treatment city) → fen, as insured city
        self.folds = {
            Settled: self._fold_settled,
            Corrected: self._fold_corrected,
            InstitutionApplied: self._fold_applied_for,
            InstitutionWithdrew: self._fold_withdrew,
            InstitutionPaid: self._fold_paid,
            Deducted: self._fold_deducted,
            Adjusted: self._fold_adjusted,
            Held: self._fold_held,
            Applied: self._fold_claimed,
            Replaced: self._fold_replaced,
        }

    def find(self, setl_id: str) -> Item | None:
        """Return a settlement of the last months, None for one that is not known or put away."""
        for items in self._months.values():
            if setl_id in items:
                return items[setl_id]
        return None

    def items(self, month: str = "") -> Iterator[Item]:
        """Yield the settlements of a month, or of all."""
        for each, items in self._months.items():
            if not month or each == month:
                yield from items.values()

    def not_applied(self, hospital: str, month: str, clr_type: str) -> tuple[Item, ...]:
        """Return the settlements of an institution that no application covers yet."""
        return tuple(
            item
            for item in self._by_hospital.get((month, hospital), ())
            if not item.application and clearing_type(item.row) == clr_type
        )

    def covered(self, event: str) -> tuple[Item, ...]:
        """Return the settlements covered by an institution's application that is not paid yet."""
        known = self.waiting[event]
        return tuple(self._months[known.month][setl_id] for setl_id in known.setl_ids)

    def changes_to_pay(self, hospital: str) -> tuple[str, ...]:
        """Return the changes that no payment to an institution has taken in yet."""
        return tuple(
            number
            for number, change in self.changes.items()
            if not change.paid and change.item.row.hospital == hospital
        )

    def claims(self, month: str, on: dt.date, *, again: str = "") -> Claims:
        """Return what can be claimed with the application of a month: its rows, and late ones of the months before.

        ``again`` is an application that this one would replace.
        """
        taken: dict[str, Item] = {}
        for each, items in sorted(self._months.items()):
            if declarable(self._pack, self._city, each, month, on):
                taken |= {setl_id: item for setl_id, item in items.items() if self._open(item, again)}
        changes = {
            number: change for number, change in self.changes.items() if self._joins(change, month, again, taken)
        }
        rows: dict[_RowKey, tuple[Sums, dt.date]] = {}
        for item in taken.values():
            _join(rows, item.row, month_of(item.row.at), sums_of(item.row), item.paid_on or on)
        for change in changes.values():
            row = change.item.row
            own = month_of(row.at) if row.setl_id in taken else month
            _join(rows, row, change.month or own, change.sums, change.item.paid_on or on)
        listed = tuple(ClaimRow(self._city, *key, paid_on, sums) for key, (sums, paid_on) in sorted(rows.items()))
        return Claims(listed, tuple(taken), tuple(changes))

    def _open(self, item: Item, again: str) -> bool:
        fresh = item.claimable or (bool(again) and item.claim == again and not item.held)
        return fresh and not self._left_out(item.row)

    def _joins(self, change: Change, month: str, again: str, taken: Mapping[str, Item]) -> bool:
        """Tell whether a change goes into a claim: with its settlement, or after it."""
        free = change.claim in {"", again} and change.claimable and change.month <= month
        return free and (change.item.row.setl_id in taken or change.item.claim not in {"", again})

    def days_to_payment(self, month: str) -> tuple[int, ...]:
        """Return for each paid settlement of a month the days from discharge to payment, sorted (JL-4.1e)."""
        paid = (
            (item.paid_on - item.row.end).days for item in self.items(month) if item.paid_on and not item.row.refund
        )
        return tuple(sorted(paid))

    def drop_before(self, day: str) -> None:
        """Forget months too long past to be declared; the host has kept them."""
        for month in [month for month in self._months if months_between(month, day[:7]) > _KEPT_MONTHS]:
            gone = self._months.pop(month)
            self.changes = {
                each: change for each, change in self.changes.items() if change.item.row.setl_id not in gone
            }
            self.waiting = {event: known for event, known in self.waiting.items() if known.month != month}
            for key in [key for key in self._by_hospital if key[0] == month]:
                del self._by_hospital[key]

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_settled(self, fact: Settled) -> None:
        row = fact.row
        if not fact.visit_id or row.insutype == NCMS:
            return
        month = month_of(row.at)
        if fact.role == TREATMENT:
            item = self._months.setdefault(month, {})[row.setl_id] = Item(row)
            self._by_hospital.setdefault((month, row.hospital), []).append(item)
        elif fact.role == INSURED and row.treatment_city != row.insured_city:
            areas = self.owed_by_area.setdefault((month, row.insutype), {})
            areas[row.insured_area] = areas.get(row.insured_area, 0) + row.shares.cleared
            key = month, row.treatment_city
            self.owed_to[key] = self.owed_to.get(key, 0) + row.shares.cleared

    def _fold_corrected(self, fact: Corrected) -> None:
        """Let go of what was never due: a row that a reconciliation took back in its month, and what took it back.

        A row put in another's place bears its number, and stays. What is taken back later stands for itself.
        """
        month = fact.mismatch.day[:7]
        items = self._months.get(month, {})
        gone = [items.pop(number) for number in fact.strikes if fact.side == TREATMENT_SIDE and number in items]
        for strike in gone:
            if fact.how == STRUCK:
                items.pop(strike.row.init_setl_id, None)
            place = month, strike.row.hospital
            left = self._by_hospital[place]
            self._by_hospital[place] = [item for item in left if items.get(item.row.setl_id) is item]

    def _fold_applied_for(self, fact: InstitutionApplied) -> None:
        self.waiting[fact.event] = fact
        for item in self.covered(fact.event):
            item.application = fact.event

    def _fold_withdrew(self, fact: InstitutionWithdrew) -> None:
        for item in self.covered(fact.event):
            item.application = ""
        del self.waiting[fact.event]

    def _fold_paid(self, fact: InstitutionPaid) -> None:
        for event in fact.events:
            for item in self.covered(event):
                item.paid_on = fact.voucher.on
            del self.waiting[event]
        for number in fact.changes:
            self.changes[number].paid = True

    def _fold_deducted(self, fact: Deducted) -> None:
        deduction = fact.deduction
        self._change(deduction.ded_no, deduction.setl_id, NO_SUMS._replace(deducted=deduction.amount), "")

    def _fold_adjusted(self, fact: Adjusted) -> None:
        if fact.treatment_city == self._city:
            funds = (fact.amount, *NO_SUMS.funds[1:])
            number = f"{fact.ticket_id}/{fact.setl_id}/{len(self.changes)}"
            self._change(number, fact.setl_id, NO_SUMS._replace(funds=funds, cash=-fact.amount), expanded(fact.month))

    def _change(self, number: str, setl_id: str, sums: Sums, month: str) -> None:
        item = self.find(setl_id)
        if item is not None:
            self.changes[number] = Change(item, sums, month)

    def _fold_held(self, fact: Held) -> None:
        for setl_id in fact.setl_ids:
            item = self.find(setl_id)
            if item is not None:
                item.held = fact.held

    def _fold_claimed(self, fact: Applied) -> None:
        wanted = frozenset(fact.items)
        for items in self._months.values():
            for setl_id in items.keys() & wanted:
                items[setl_id].claim = fact.event
        for number in fact.changes:
            self.changes[number].claim = fact.event

    def _fold_replaced(self, fact: Replaced) -> None:
        for item in self.items():
            if item.claim == fact.event:
                item.claim = ""
        for change in self.changes.values():
            if change.claim == fact.event:
                change.claim = ""


def _join(rows: dict[_RowKey, tuple[Sums, dt.date]], row: Settlement, month: str, sums: Sums, on: dt.date) -> None:
    """Add to the row of an application; it is paid for when the last of its settlements is."""
    key = (row.insured_city, row.insured_area, row.insutype, clearing_type(row), month)
    known, paid_on = rows.get(key, (NO_SUMS, on))
    rows[key] = known.add(sums), max(paid_on, on)
