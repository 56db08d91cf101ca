"""The monthly clearing as the staff does it, on working days: from the institutions' money to the last voucher.

Once a month is closed to reconciliation its institutions apply (3203) on the next working day and are paid on the one
after (JL-4.1d). Cities apply, and sheets are made, on the day the policy pack sets for it, or the working day before
where that is none. Whatever follows is done on the next working day, one step a day: four departments' times, the
confirmation, seals, the way to finance, its check, the transfer, the receipt, the vouchers, the report upward. What a
run's end leaves unpaid stays open.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from simulator.core.clearing.actions import ApplyClearing, Endow, MakeSheet, PayInstitutions
from simulator.core.clearing.backlog import at_a_member, at_finance, payments
from simulator.core.clearing.deadlines import CROSS_PROVINCE, IN_PROVINCE, SHEET, UPLOAD, Deadlines
from simulator.core.clearing.facts import InstitutionPaid
from simulator.core.clearing.member import Member
from simulator.core.clearing.months import compact, first_day, last_day
from simulator.core.clearing.parties import finance_of
from simulator.core.network.hospital import Desk
from simulator.core.platform.effects import Post
from simulator.core.reconciliation.rows import clearing_type
from simulator.core.reconciliation.totals import Totals, sum_of, totals_of_row
from simulator.world.setting import Setting
from simulator.world.splits import Splits, asked_again
from simulator.world.stations import Packet

OPENING_FEN = 10**12
"""What each city's fund holds on its special fiscal account at the start (10 billion yuan): no payment waits for it.

No balance of a fund is published by city, and none changes anything that a run shows.
"""


class Clearing:
    """The clearing of all months of a run; ``months`` are closed to reconciliation, and their sheets not made yet."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.months: list[str] = []
        self._applying: dict[str, int] = {}  # month → mornings on which its institutions could apply
        self._splits = Splits(setting)
        setting.mail.follow(InstitutionPaid, self._paid)

    def open(self) -> None:
        """Open the accounts: agency and finance of every city begin with the same money."""
        for code in self._setting.cities:
            for who in (code, finance_of(code)):
                self._setting.mail.act(who, Endow(OPENING_FEN))

    def closed(self, month: str) -> None:
        """Begin with a month that is closed to reconciliation everywhere."""
        self.months.append(month)
        self._applying[month] = 0

    # -- a working day ------------------------------------------------------------------------------------------

    def morning(self) -> None:
        """Let institutions apply for the months that were just closed."""
        for month, before in list(self._applying.items()):
            waiting = self._by_desk(month) if before == 0 else self._by_city(month)
            for code, clr_type, totals in waiting:
                self._setting.clock.env.process(self._apply(code, month, clr_type, totals))
            self._applying[month] = before + 1
            if before:
                del self._applying[month]

    def work(self, today: dt.date) -> bool:
        """Do what there was to do when the day began, after what is due today; tell whether there was any of it."""
        jobs = [(who, action) for who, action in self._backlog() if not self._is_idle(who, today)]
        self._pay_institutions(today)
        self.months = [month for month in self.months if not self._declare(month, today)]
        for who, action in jobs:
            self._setting.mail.act(who, action)
        return bool(jobs)

    def _is_idle(self, who: str, today: dt.date) -> bool:
        """Tell whether a desk, or the finance department beside it, gets nothing done today."""
        finance = self._setting.finances.get(who)
        chance = self._setting.scenario.administration.idle.of(finance.code if finance else who)
        return chance > 0 and self._setting.streams.share("desk", f"{who}/{today}", "idle") < chance

    def _backlog(self) -> Iterator[tuple[str, Any]]:
        setting = self._setting
        for code, city in setting.cities.items():
            yield from at_a_member(code, city.clearing.member, city.clearing.agency)
        for code, province in setting.provinces.items():
            desks = province.clearing
            yield from at_a_member(code, desks.member, desks.agency)
            for number, issue in desks.house.issues.items():
                if number not in desks.member.cases and desks.house.final(issue):
                    yield from payments(code, desks.agency, number)
        for party, finance in setting.finances.items():
            beside = setting.cities.get(finance.code) or setting.provinces[finance.code]
            yield from at_finance(party, finance.treasury, beside.clearing.agency)

    # -- the institutions' money --------------------------------------------------------------------------------

    def _by_desk(self, month: str) -> Sequence[tuple[str, str, Totals]]:
        """Return what each institution's own books say it is owed for a month, by clearing type."""
        first, last = first_day(month).isoformat(), last_day(month).isoformat()
        found: list[tuple[str, str, Totals]] = []
        for code, desk in self._setting.desks.items():
            sums: dict[str, list[Totals]] = {}
            for day in desk.by_day.days(first, last):
                for (_, clr_type), totals in desk.by_day.under(day).items():
                    sums.setdefault(clr_type, []).append(totals)
            found += [(code, clr_type, sum_of(parts)) for clr_type, parts in sorted(sums.items())]
        return found

    def _by_city(self, month: str) -> Sequence[tuple[str, str, Totals]]:
        """Return what no application covers: what an institution could not get in, or did not know to be settled.

        It applies by the city's list, with which it has compared its own (3202).
        """
        sums: dict[tuple[str, str], list[Totals]] = {}
        for city in self._setting.cities.values():
            for item in city.clearing.rows.items(month):
                if not item.application:
                    key = item.row.hospital, clearing_type(item.row)
                    sums.setdefault(key, []).append(totals_of_row(item.row))
        return [(*key, sum_of(parts)) for key, parts in sorted(sums.items())]

    def _apply(self, code: str, month: str, clr_type: str, totals: Totals) -> Any:
        """3203 over the network, once signed in and the month is split, and sent again while it is not answered."""
        setting = self._setting
        desk: Desk = setting.desks[code]
        morning = self._applying.get(month, 0)
        name = f"{code}-{month}-{clr_type}-{morning}"
        rng = setting.streams.stream("application", name, "network")
        packet = Packet(name, rng, setting.chosen("application", name))
        today = setting.clock.now().date()
        if desk.signed_on != today:
            reply = yield setting.counters[code].ask(packet, desk.sign_in(setting.clock.now()))
            if reply is not None and reply.succeeded:
                desk.sign_no, desk.signed_on = reply.block("signinoutb")["sign_no"], today
        if self._splits.due(desk, month, morning):
            yield from self._splits.play(desk, packet, month)
        asked = desk.apply_clearing(setting.clock.now(), first_day(month), last_day(month), clr_type, totals)
        yield from asked_again(setting, code, packet, asked)

    def _pay_institutions(self, today: dt.date) -> None:
        """Pay institutions first (JL-4.1d): all that applied before today, local and other cities' bills together."""
        for code, city in self._setting.cities.items():
            months = [known.month for known in city.clearing.rows.waiting.values() if known.on < today]
            if months:
                self._setting.mail.act(code, PayInstitutions(max(months)))

    def _paid(self, code: str, fact: InstitutionPaid) -> None:
        """Let the institution book what its city paid into its bank."""
        at, voucher = self._setting.clock.now(), fact.voucher
        entry = self._setting.desks[fact.hospital].paid(at, voucher.dfr_id, voucher.amount)
        self._setting.keep(fact.hospital, Post(entry))

    # -- applications and sheets --------------------------------------------------------------------------------

    def _declare(self, month: str, today: dt.date) -> bool:
        """Apply for a month's clearing and make its sheets, each on its day (P75-47); tell whether that is all done."""
        setting = self._setting
        for code, city in setting.cities.items():
            if self._is_day(IN_PROVINCE, UPLOAD, month, code, today):
                self._apply_for(month, code, city.clearing.member)
        for code, province in setting.provinces.items():
            across = setting.ministry is not None and province.clearing.applications.of(month)
            if across and self._is_day(CROSS_PROVINCE, UPLOAD, month, code, today):
                self._apply_for(month, code, province.clearing.member)
        houses = [(IN_PROVINCE, code) for code in setting.provinces]
        houses += [(CROSS_PROVINCE, setting.ministry.code)] if setting.ministry is not None else []
        due = [(code, self._is_day(table, SHEET, month, code, today)) for table, code in houses]
        for code, come in due:
            if come:
                self._make(month, code)
        return all(come for _, come in due)

    def _make(self, month: str, code: str) -> None:
        """Make a house's sheet where somebody claims something of its kind: inside the province, or across."""
        setting, node = self._setting, self._setting.provinces.get(code) or self._setting.ministry
        assert node is not None
        desks, across = node.clearing, node is setting.ministry
        claims = (setting.crosses(row.treatment, row.insured) for _, row in desks.applications.of(month))
        if sheet_number(code, month) not in desks.house.issues and across in claims:
            setting.mail.act(code, MakeSheet(month))

    def _apply_for(self, month: str, code: str, member: Member) -> None:
        if month not in member.applications:
            self._setting.mail.act(code, ApplyClearing(month))

    def _is_day(self, table: str, step: str, month: str, code: str, today: dt.date) -> bool:
        """Tell whether the day of a step has come: the day set for it or the working day before; any where none is."""
        scenario = self._setting.scenario
        due = Deadlines(scenario.pack, scenario.calendar, code).due(table, step, month, {})
        if due is None:
            return True
        day = due.day
        while not scenario.calendar.is_workday(day):
            day -= dt.timedelta(days=1)
        return today >= day


def sheet_number(house: str, month: str) -> str:
    """Return the number of the sheet that a province or the ministry makes for a month."""
    return f"QSD{house}{compact(month)}"
