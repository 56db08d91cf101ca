"""The settlements a treatment city has to pay and to claim: which are applied for, paid, held back, deducted from.

It is kept row by row, so that a payment, an application and a sheet can be traced to the settlements they hold
(JL-7.1b). In-city rows are paid like the others (JL-4.3b) and claimed of nobody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from simulator.core.audit.facts import Deducted
from simulator.core.benefit.settlement import Settlement
from simulator.core.clearing.choice import Choice, Doubts
from simulator.core.clearing.deadlines import declarable
from simulator.core.clearing.facts import (
    Applied,
    Held,
    InstitutionApplied,
    InstitutionOffset,
    InstitutionPaid,
    InstitutionWithdrew,
    Listed,
    Replaced,
    SetAside,
)
from simulator.core.clearing.items import Change, Claims, Item, Place, place_of
from simulator.core.clearing.months import expanded, month_of, months_between
from simulator.core.clearing.orders import Line
from simulator.core.clearing.owed import Owed
from simulator.core.clearing.sums import NO_SUMS, Sums, sums_of
from simulator.core.disputes.ticket import Adjusted
from simulator.core.platform.office import Office
from simulator.core.reconciliation.facts import Corrected
from simulator.core.reconciliation.rows import NCMS, TREATMENT_SIDE, clearing_type
from simulator.core.values.parameters import PolicyPack
from simulator.core.visits.visits import TREATMENT, Settled

_KEPT_MONTHS = 4  # a month is declared in the next, at most two later (P75-49), and answered in the one after that


class Rows(Office):
    """The settlement rows of one treatment city, by month; NCMS rows are not among them (JL-7.3)."""

    def __init__(self, city: str, pack: PolicyPack, doubts: Doubts) -> None:
        self._city = city
        self._pack = pack
        self._doubts = doubts
        self._months: dict[str, dict[str, Item]] = {}
        self._by_hospital: dict[tuple[str, str], list[Item]] = {}
        self._families: dict[str, list[Item]] = {}  # of a settlement: it, what takes it back, and what restores it
        self._before: dict[str, int] = {}  # fen of settlements put away that something took back since
        self._put_away: dict[str, Place] = {}
        self._places: dict[Place, Place] = {}  # one of each kind
        self._pending: dict[str, Settlement] = {}  # rows of a correction, until it says what they are for
        self.waiting: dict[str, InstitutionApplied] = {}  # institutions' applications that are not paid yet
        self.changes: dict[str, Change] = {}
        self.rest: dict[str, tuple[Line, ...]] = {}  # what institutions owe on balance, until their next payment
        self.owed = Owed(city)
        self._adjusted = 0
        self.folds = {
            Settled: self._fold_settled,
            Corrected: self._fold_corrected,
            InstitutionApplied: self._fold_applied_for,
            InstitutionWithdrew: self._fold_withdrew,
            InstitutionPaid: self._fold_paid,
            InstitutionOffset: self._fold_offset,
            Deducted: self._fold_deducted,
            Adjusted: self._fold_adjusted,
            Held: self._fold_held,
            Applied: self._fold_claimed,
            Listed: self._fold_listed,
            Replaced: self._fold_replaced,
            SetAside: self._fold_aside,
        }

    def find(self, setl_id: str) -> Item | None:
        """Return a settlement that is not done with, None for one that is not known or put away."""
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
        """Return the settlements that an institution's application covers; one that a correction took out is not."""
        known = self.waiting[event]
        items = self._months.get(known.month, {})
        return tuple(items[setl_id] for setl_id in known.setl_ids if setl_id in items)

    def changes_to_pay(self, hospital: str) -> tuple[str, ...]:
        """Return the changes that no payment to an institution has taken in yet."""
        return tuple(
            number for number, change in self.changes.items() if not change.paid and change.place.hospital == hospital
        )

    @property
    def set_aside(self) -> tuple[str, ...]:
        """Return the settlements and changes that were too late to be declared and stay this city's (P75-49)."""
        late = [item.row.setl_id for item in self.items() if item.aside]
        return (*late, *(number for number, change in self.changes.items() if change.aside))

    # -- claiming -----------------------------------------------------------------------------------------------

    def claims(
        self,
        month: str,
        on: dt.date,
        *,
        again: str = "",
        bound: frozenset[str] = frozenset(),
        asked: Callable[[str], bool] = lambda insured: True,
    ) -> Claims:
        """Return what can be claimed with the application of a month: its rows, and late ones of the months before.

        ``again`` is an application that this one would replace, ``bound`` names settlements and changes that another
        application may turn out to have claimed, ``asked`` tells which insured cities it is about.
        """
        in_time = cache(lambda each: declarable(self._pack, self._city, each, month, on))
        choice = Choice(month, again, bound, in_time=in_time, barred=self._barred())
        for each, items in sorted(self._months.items()):
            for item in items.values() if each <= month else ():
                if item.remote and asked(item.row.insured_city) and item.root not in self._families:
                    choice.add((item,), 0)
        listed = self._listed_changes()
        for root, family in self._families.items():
            if family[0].remote and asked(family[0].row.insured_city):
                choice.add(family, self._before.get(root, 0) + listed.get(root, 0))
        for number, change in self.changes.items():
            if asked(change.place.insured) and change.claimable(self._city):
                choice.join(number, change)
        return choice.claims(self._city, on)

    def _barred(self) -> Callable[[Item], bool]:
        visits, settlements = cache(self._doubts.visits), cache(self._doubts.settlements)

        def barred(item: Item) -> bool:
            row, month = item.row, item.month
            doubtful = row.mdtrt_id in visits(month) or row.setl_id in settlements(month_of(row.at))
            return item.held or doubtful or self._doubts.left_out(row)

        return barred

    def _listed_changes(self) -> Mapping[str, int]:
        """Return what changes have added on sheets that stand, by the settlement they are about."""
        found: dict[str, int] = {}
        for change in self.changes.values():
            if change.item is not None and change.listed:
                found[change.item.root] = found.get(change.item.root, 0) + change.sums.cleared
        return found

    def in_pair(self, applied: Applied, insured: str, insutype: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the settlements and changes of an application that a pair of cities and an insurance is made of."""
        pair = insured, insutype
        items = (self.find(setl_id) for setl_id in applied.items)
        places = ((item.row.setl_id, place_of(item.row)) for item in items if item is not None)
        changes = ((number, self.changes[number].place) for number in applied.changes)
        return (
            tuple(setl_id for setl_id, place in places if (place.insured, place.insutype) == pair),
            tuple(number for number, place in changes if (place.insured, place.insutype) == pair),
        )

    def days_to_payment(self, month: str) -> tuple[int, ...]:
        """Return for each paid settlement of a month the days from discharge to payment, sorted (JL-4.1e)."""
        paid = (
            (item.paid_on - item.row.end).days for item in self.items(month) if item.paid_on and not item.row.refund
        )
        return tuple(sorted(paid))

    # -- putting away -------------------------------------------------------------------------------------------

    def drop_before(self, day: str) -> None:
        """Forget the settlements of months long past that are done with; the host has kept them.

        What is not paid, or stands on no sheet, stays; so does where a settlement belonged, for a deduction or a
        correction that comes later (P75-50).
        """
        old = [month for month in self._months if months_between(month, day[:7]) > _KEPT_MONTHS]
        for month in old:
            gone = {id(item): item for item in self._months[month].values() if self._done_with(item, day)}
            for item in gone.values():
                self._put_away[item.row.setl_id] = self._placed(place_of(item.row))
                self._families.pop(item.root, None)
                del self._months[month][item.row.setl_id]
            for place in {(month, item.row.hospital) for item in gone.values()}:
                self._by_hospital[place] = [item for item in self._by_hospital[place] if id(item) not in gone]
        self.changes = {number: each for number, each in self.changes.items() if not self._change_done_with(each)}
        self._months = {month: items for month, items in self._months.items() if items}
        self._by_hospital = {place: items for place, items in self._by_hospital.items() if items}

    def _done_with(self, item: Item, day: str) -> bool:
        family = self._families.get(item.root, [item])
        return all(each.finished and months_between(each.month, day[:7]) > _KEPT_MONTHS for each in family)

    def _change_done_with(self, change: Change) -> bool:
        return change.finished(self._city) and change.setl_id in self._put_away

    def _placed(self, place: Place) -> Place:
        return self._places.setdefault(place, place)

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_settled(self, fact: Settled) -> None:
        row = fact.row
        if not fact.visit_id or row.insutype == NCMS:
            return
        if fact.role != TREATMENT:
            self.owed.settled(row, correction=fact.correction)
        elif fact.correction:
            self._pending[row.setl_id] = row
        else:
            self._put(row, month_of(row.at))

    def _put(self, row: Settlement, month: str) -> None:
        known = self.find(row.setl_id)
        if known is not None:  # a number is given once: this is how the row reads now
            known.row = row
            return
        root, family = row.setl_id, None
        if row.init_setl_id:
            about = self.find(row.init_setl_id)
            root = about.root if about is not None else row.init_setl_id
            family = self._families.setdefault(root, [] if about is None else [about])
            if about is None and not family:  # it was paid and claimed, and put away
                self._before[root] = -min(row.shares.cleared, 0)
        item = Item(row, month, root)
        if family is not None:
            family.append(item)
        self._keep(item)

    def _keep(self, item: Item) -> None:
        self._months.setdefault(item.month, {})[item.row.setl_id] = item
        self._by_hospital.setdefault((item.month, item.row.hospital), []).append(item)

    def _remove(self, item: Item) -> None:
        del self._months[item.month][item.row.setl_id]
        self._by_hospital[item.month, item.row.hospital].remove(item)

    def _fold_corrected(self, fact: Corrected) -> None:
        """Set right what a reconciliation found: the rows of a correction belong to the month of what they correct.

        Where no money has moved, a row that was taken back was never due, and one put in its place takes its place.
        Otherwise the difference is a change: it goes into the next payment and the next claim.
        """
        month, number = fact.mismatch.day[:7], fact.mismatch.setl_id
        if fact.side != TREATMENT_SIDE:
            self.owed.corrected(month, number)
            return
        placed = self._pending.pop(number, None)
        for strike in [self._pending.pop(each) for each in fact.strikes if each in self._pending]:
            item = self.find(strike.init_setl_id)
            if item is None or not item.untouched:
                self._differ(strike, placed, item, month)
            elif placed is not None:
                item.row = placed
            else:
                self._remove(item)
                self._leave_family(item)
            placed = None
        entered = self.find(number)
        if entered is not None and entered.month != month and not fact.strikes:
            self._remove(entered)
            entered.month = month
            self._keep(entered)

    def _leave_family(self, item: Item) -> None:
        family = self._families.get(item.root, [item])
        family.remove(item)
        if not family:
            self._families.pop(item.root, None)

    def _differ(self, strike: Settlement, placed: Settlement | None, item: Item | None, month: str) -> None:
        """Note what a correction changes about a settlement that was paid, claimed or put away."""
        number, sums = strike.setl_id, sums_of(strike)
        if placed is not None and place_of(placed) == place_of(strike):
            sums = sums.add(sums_of(placed))
        elif placed is not None:
            self._change(f"{number}/{placed.setl_id}", placed.setl_id, sums_of(placed), month, place_of(placed))
        if item is not None:
            month = item.month
        self._change(number, strike.init_setl_id, sums, month, place_of(strike))

    def _fold_applied_for(self, fact: InstitutionApplied) -> None:
        self.waiting[fact.event] = fact
        for item in self.covered(fact.event):
            item.application = fact.event

    def _fold_withdrew(self, fact: InstitutionWithdrew) -> None:
        for item in self.covered(fact.event):
            item.application = ""
        del self.waiting[fact.event]

    def _fold_paid(self, fact: InstitutionPaid) -> None:
        self._settle(fact.events, fact.changes, fact.voucher.on)
        self.rest.pop(fact.hospital, None)

    def _fold_offset(self, fact: InstitutionOffset) -> None:
        self._settle(fact.events, fact.changes, fact.on)
        self.rest[fact.hospital] = fact.rest

    def _settle(self, events: tuple[str, ...], changes: tuple[str, ...], on: dt.date) -> None:
        for event in events:
            for item in self.covered(event):
                item.paid_on = on
            del self.waiting[event]
        for number in changes:
            self.changes[number].paid = True

    def _fold_deducted(self, fact: Deducted) -> None:
        deduction = fact.deduction
        self._change(deduction.ded_no, deduction.setl_id, NO_SUMS._replace(deducted=deduction.amount), "")

    def _fold_adjusted(self, fact: Adjusted) -> None:
        month = expanded(fact.month)
        if fact.treatment_city == self._city:
            funds = (fact.amount, *NO_SUMS.funds[1:])
            self._adjusted += 1
            number = f"{fact.ticket_id}/{fact.setl_id}/{self._adjusted}"
            self._change(number, fact.setl_id, NO_SUMS._replace(funds=funds, cash=-fact.amount), month)
        else:
            self.owed.add(month, fact.treatment_city, fact.amount)

    def _change(self, number: str, setl_id: str, sums: Sums, month: str, place: Place | None = None) -> None:
        item = self.find(setl_id)
        where = place or (place_of(item.row) if item is not None else self._put_away.get(setl_id))
        if where is not None:
            self.changes[number] = Change(setl_id, self._placed(where), item, sums, month)

    def _fold_held(self, fact: Held) -> None:
        for item in map(self.find, fact.setl_ids):
            if item is not None:
                item.held = fact.held

    def _fold_claimed(self, fact: Applied) -> None:
        self._claim(fact.items, fact.changes, fact.event)

    def _claim(self, items: tuple[str, ...], changes: tuple[str, ...], event: str, *, listed: bool = False) -> None:
        wanted = frozenset(items)
        for kept in self._months.values():
            for setl_id in kept.keys() & wanted:
                kept[setl_id].claim, kept[setl_id].listed = event, listed
        for number in changes:
            self.changes[number].claim, self.changes[number].listed = event, listed

    def _fold_listed(self, fact: Listed) -> None:
        self._claim(fact.items, fact.changes, fact.event, listed=True)

    def _fold_replaced(self, fact: Replaced) -> None:
        for item in self.items():
            if item.claim == fact.event:
                item.claim = ""
        for change in self.changes.values():
            if change.claim == fact.event:
                change.claim = ""

    def _fold_aside(self, fact: SetAside) -> None:
        wanted = frozenset(fact.items)
        for kept in self._months.values():
            for setl_id in kept.keys() & wanted:
                kept[setl_id].aside = True
        for number in fact.changes:
            self.changes[number].aside = True
