"""The desk that pays a treatment city's institutions: 3203, 3204, one payment for local and cross-region bills.

Institutions come first: what was not paid here cannot be claimed of another city (JL-4.1d). How promptly they are paid
is told by the days of the orders (``InstitutionPaid``), in each month's report (JL-4.3a).
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.core.clearing.actions import Exclude, PayInstitutions, Release
from simulator.core.clearing.bank import Account
from simulator.core.clearing.facts import (
    Held,
    InstitutionApplied,
    InstitutionOffset,
    InstitutionPaid,
    InstitutionWithdrew,
)
from simulator.core.clearing.items import Item, Place, place_of
from simulator.core.clearing.months import compact, expanded, first_day, last_day
from simulator.core.clearing.orders import (
    BY_APPLICATIONS,
    TO_INSTITUTION,
    Line,
    Order,
    agency_account,
    institution_account,
    lines_of,
    parts,
)
from simulator.core.clearing.papers import TRANSFERRED_VOUCHER, Voucher
from simulator.core.clearing.rows import Rows
from simulator.core.clearing.sums import Sums, sums_of, total
from simulator.core.platform.books import Leg, in_city_legs, institution_legs, posting
from simulator.core.platform.message import Message
from simulator.core.platform.office import Office, declining
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.values.areas import Registry
from simulator.core.values.money import yuan


class Institutions(Office):
    """The payment desk of one treatment city."""

    def __init__(self, city: str, registry: Registry, rows: Rows, above: str) -> None:
        self._city = city
        self._registry = registry
        self._rows = rows
        self._above = above
        self._given = 0
        self._orders = 0
        self.bank = Account(agency_account(city))
        self.answers = {"3203": self._apply, "3204": self._withdraw}
        self.does = declining(
            {
                PayInstitutions: self._pay,
                Exclude: self._exclude,
                Release: self._release,
            }
        )
        self.folds = {
            InstitutionApplied: self._fold_applied,
            InstitutionPaid: self._fold_paid,
        }

    # -- applications -------------------------------------------------------------------------------------------

    def _apply(self, turn: Turn, asked: Message) -> Message:
        """3203: the totals of a month and clearing type must be those of the city's rows, to the fen."""
        data = asked.block("data")
        month, today = expanded(data["setlym"]), turn.now.date()
        if today <= last_day(month) or (data["begndate"], data["enddate"]) != _bounds(month):
            return turn.refuse(asked, "month_not_open", data["setlym"])
        items = self._rows.not_applied(asked.party, month, data["clr_type"])
        if not items:
            return turn.refuse(asked, "nothing_due", data["setlym"])
        held = total(sums_of(item.row) for item in items)
        for field, amount in _totals(held).items():
            if data[field] != amount:
                return turn.refuse(asked, "amount_differs", field, _worded(field, data[field]), _worded(field, amount))
        event = f"{self._city}{today:%y%m%d}{self._given + 1:06d}"
        ids = tuple(item.row.setl_id for item in items)
        turn.record(InstitutionApplied(event, asked.party, month, data["clr_type"], today, ids))
        return turn.ok(asked, result={"clr_appy_evt_id": event})

    def _withdraw(self, turn: Turn, asked: Message) -> Message:
        """3204: an application may be withdrawn until it is paid."""
        event = asked.block("data")["clr_appy_evt_id"]
        known = self._rows.waiting.get(event)
        if known is None or known.hospital != asked.party:
            return turn.refuse(asked, "unknown_document", event)
        turn.record(InstitutionWithdrew(event))
        return turn.ok(asked)

    # -- payment ------------------------------------------------------------------------------------------------

    def _pay(self, turn: Turn, action: PayInstitutions) -> None:
        """Pay every institution that applied for the month or before and has not been paid, each with one order.

        Where refunds and deductions leave nothing to transfer, the bills are settled against them all the same, and
        what the institution owes still comes off its next payment.
        """
        waiting: dict[str, list[str]] = {}
        for event, known in self._rows.waiting.items():
            if known.month <= action.month and known.hospital in (action.hospitals or {known.hospital}):
                waiting.setdefault(known.hospital, []).append(event)
        for hospital, events in sorted(waiting.items()):
            self._pay_one(turn, action.month, hospital, tuple(events))

    def _pay_one(self, turn: Turn, month: str, hospital: str, events: tuple[str, ...]) -> None:
        items = [item for event in events for item in self._rows.covered(event)]
        changes = self._rows.changes_to_pay(hospital)
        lines = self._lines(items, changes, self._rows.rest.get(hospital, ()))
        legs = in_city_legs(self._city, self._local(items, changes))
        if sum(line.amount for line in lines) > 0:
            self._transfer(turn, self._order(turn, month, hospital, events, lines), events, changes, legs)
            return
        turn.record(InstitutionOffset(hospital, events, changes, turn.now.date(), lines))
        if any(leg.amount for leg in legs):
            turn.post(posting(self._city, turn.now, events[0], legs))

    def _order(self, turn: Turn, month: str, hospital: str, events: tuple[str, ...], lines: tuple[Line, ...]) -> Order:
        number = f"BJ{self._city}{compact(month)}{self._orders + 1:06d}"
        return Order(
            dfr_id=number,
            document=number,
            source=BY_APPLICATIONS,
            source_no=events[0],
            month=month,
            payee_kind=TO_INSTITUTION,
            payee=hospital,
            payee_name=self._registry.institutions[hospital].zh,
            account=institution_account(hospital),
            payer=self._city,
            on=turn.now.date(),
            lines=lines,
        )

    def _transfer(
        self, turn: Turn, whole: Order, events: tuple[str, ...], changes: tuple[str, ...], local: tuple[Leg, ...]
    ) -> None:
        hospital, number, amount = whole.payee, whole.dfr_id, whole.amount
        voucher_no = f"YHPZ{self._city}{whole.on:%Y%m%d}{self._orders + 1:06d}"
        voucher = Voucher(number, events[0], TRANSFERRED_VOUCHER, voucher_no, amount, whole.on)
        area = self._registry.institutions[hospital].area
        legs = (*institution_legs(self._city, hospital, area, agency_account(self._city), amount), *local)
        orders = tuple(parts(whole))
        turn.record(InstitutionPaid(hospital, events, changes, orders, voucher))
        turn.post(posting(self._city, turn.now, number, legs))
        for order in orders:
            turn.ask(self._above, "P103", order.blocks())

    def _lines(self, items: Iterable[Item], changes: Iterable[str], rest: Iterable[Line]) -> tuple[Line, ...]:
        due: dict[tuple[str, str, str, str, bool], list[tuple[str, int]]] = {}
        for item in items:
            due.setdefault(self._key(place_of(item.row)), []).extend(sums_of(item.row).split(item.row.insutype))
        for change in (self._rows.changes[number] for number in changes):
            due.setdefault(self._key(change.place), []).extend(change.sums.split(change.place.insutype))
        for line in rest:
            due.setdefault(line[:5], []).extend(line.funds)
        return lines_of(due)

    def _key(self, place: Place) -> tuple[str, str, str, str, bool]:
        return place.area, place.insured, place.insutype, place.clr_type, place.insured != self._city

    def _local(self, items: Iterable[Item], changes: Iterable[str]) -> int:
        """Return what of a payment the city owes itself."""
        found = (self._rows.changes[number] for number in changes)
        return sum(item.cleared for item in items if not item.remote) + sum(
            change.sums.cleared for change in found if not change.remote(self._city)
        )

    # -- disputes -----------------------------------------------------------------------------------------------

    def _exclude(self, turn: Turn, action: Exclude) -> None:
        """Keep disputed settlements out (P75-57); one that is not known here is refused, and nothing is kept out."""
        for setl_id in action.setl_ids:
            if self._rows.find(setl_id) is None:
                raise Refused("unknown_document", setl_id)
        turn.record(Held(action.setl_ids, True))

    def _release(self, turn: Turn, action: Release) -> None:
        turn.record(Held(action.setl_ids, False))

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_applied(self, fact: InstitutionApplied) -> None:
        self._given += 1

    def _fold_paid(self, fact: InstitutionPaid) -> None:
        self._orders += 1
        self.bank.book(fact.voucher)


def _totals(held: Sums) -> dict[str, int]:
    """Return the totals of 3203 as the rows have them."""
    return {
        "psntime": max(held.rows, 0),
        "medfee_sumamt": held.medfee,
        "med_sumfee": held.medfee,
        "fund_appy_sum": held.fund,
        "acct_pay": held.account,
        "cash_payamt": held.cash,
    }


def _bounds(month: str) -> tuple[str, str]:
    return first_day(month).isoformat(), last_day(month).isoformat()


def _worded(field: str, value: int) -> str:
    return str(value) if field == "psntime" else yuan(value)
