"""Settlements that patients doubt (结算疑义): the city of insurance takes them up and asks the city of treatment.

The tickets are the core's; what the simulation decides is who doubts, when the answer comes, and which it is.
"""

from __future__ import annotations

import datetime as dt
from math import log
from typing import Any

from simulator.core.benefit.settlement import DIRECT, Settlement
from simulator.core.disputes import ticket as say
from simulator.core.disputes.ticket import (
    Adjusted,
    AnswerTicket,
    CloseTicket,
    InDoubt,
    OpenTicket,
    Ruling,
    Ticket,
    TicketKept,
)
from simulator.core.platform.effects import Post
from simulator.world.clock import HOUR_MS
from simulator.world.duties import Duties
from simulator.world.setting import Setting

SOLVE = "solve"
_AT_WORK_MS = 11 * HOUR_MS
_WORDS = "参保人对结算金额有疑义"
_EXPLAINED, _CORRECTED = "已向参保人解释结算明细", "多计费用已更正"
_DAYS_TO_DOUBT = 5
_WRONG = 100  # a correction takes a hundredth of what is cleared off


class Doubts:
    """The tickets of a run; each is known by its number as the city that owns it has it."""

    def __init__(self, setting: Setting, duties: Duties) -> None:
        scenario = setting.scenario
        self._setting = setting
        self._clock = setting.clock
        self._duties = duties
        self._share = scenario.number("service.dispute_share")
        self._workdays = scenario.number("service.dispute_workdays")
        self._corrected = scenario.number("service.corrected_share")
        self.tickets: dict[str, Ticket] = {}
        setting.mail.follow(TicketKept, self._kept)
        setting.mail.follow(Adjusted, self._adjusted)
        setting.on_settled.append(self._settled)

    def close(self) -> None:
        """Write every ticket as it stands."""
        add = self._setting.recorder["tickets"].add
        for each in self.tickets.values():
            add(
                self._setting.replication,
                each.ticket_id,
                each.kind,
                each.reason,
                each.owner,
                each.treatment_city,
                each.doubts[0].setl_id if each.doubts else "",
                each.amount,
                each.opened.date(),
                each.due.day,
                each.answered,
                each.closed,
                each.outcome,
                sum(amount for _, amount in each.booked),
            )

    def _settled(self, row: Settlement) -> None:
        """Draw whether the patient doubts a settlement inside the province, and let it be taken up some days later."""
        own = self._setting.scenario.network.is_own
        if row.kind != DIRECT or row.refund or not own(row.treatment_city) or not own(row.insured_city):
            return
        if self._chance(row, "asks") < self._share:
            self._on_workday(1 + int(self._chance(row, "days") * _DAYS_TO_DOUBT), self._open, row)

    def _open(self, event: Any) -> None:
        row: Settlement = event.value
        number = f"Y{row.setl_id[-20:]}"
        amount = row.shares.cleared // _WRONG
        doubt = InDoubt(row, amount)
        self._setting.mail.act(row.insured_city, OpenTicket(number, say.OTHER, _WORDS, (doubt,)))
        if number not in self.tickets:
            return  # the settlement has been taken back meanwhile
        self._duties.call(SOLVE, row.insured_area, number)
        days = round(-log(1.0 - self._chance(row, "answer")) * self._workdays)
        self._on_workday(max(days, 1), self._answer, row)

    def _answer(self, event: Any) -> None:
        row: Settlement = event.value
        ticket = self.tickets[f"Y{row.setl_id[-20:]}"]
        amount = ticket.amount if self._chance(row, "outcome") < self._corrected else 0
        outcome = say.CORRECTED if amount else say.EXPLAINED
        rulings = (Ruling(row.setl_id, outcome, -amount),)
        words = _CORRECTED if amount else _EXPLAINED
        self._setting.mail.act(ticket.treatment_city, AnswerTicket(ticket.ticket_id, outcome, words, rulings))
        self._on_workday(1, self._confirm, ticket.ticket_id)

    def _confirm(self, event: Any) -> None:
        number: str = event.value
        self._setting.mail.act(self.tickets[number].owner, CloseTicket(number))

    def _kept(self, code: str, fact: TicketKept) -> None:
        if code == fact.ticket.owner:
            self.tickets[fact.ticket.ticket_id] = fact.ticket

    def _adjusted(self, code: str, fact: Adjusted) -> None:
        """Have the hospital book what its city books: it is paid as much less."""
        if code == fact.treatment_city:
            doubts = {each.setl_id: each for each in self.tickets[fact.ticket_id].doubts}
            desk = self._setting.desks[doubts[fact.setl_id].hospital]
            booked = desk.corrected(self._clock.now(), f"{fact.ticket_id}/{fact.setl_id}", fact.amount)
            self._setting.keep(desk.institution.code, Post(booked))

    def _on_workday(self, days: int, act: Any, value: Any) -> None:
        """Have something happen so many working days from now; nothing happens after the run."""
        today = self._clock.now().date()
        day = self._setting.scenario.calendar.add_workdays(today, days).day
        at = self._clock.at(dt.datetime.combine(day, dt.time())) + _AT_WORK_MS
        self._clock.call(at - self._clock.ms(), act, value)

    def _chance(self, row: Settlement, purpose: str) -> float:
        return self._setting.streams.share("doubt", row.setl_id, purpose)
