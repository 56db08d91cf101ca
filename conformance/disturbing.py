"""A case that sets the clock of the system under test or has it killed and started again, which others would feel.

It has the system to itself: while it is on the bench no other case is. The time it goes on at is the one it has set,
as :meth:`Wire.now` notes it; when it ends the clock is set back, whatever the case came to. A restart need not keep the
time that was set: it is set anew.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from conformance.offices import Offices
from conformance.setting import Step
from conformance.visit import Visit
from conformance.wire import RESTART, SET_CLOCK, Answer, Call
from simulator.core.platform.message import Message
from simulator.core.values.parameters import NotInForce
from simulator.inputs.hooks import HookFailed

KILLED = "killed"
"""What may happen to a call: the system is killed while it is under way, and its answer, if there is one, is lost."""
_EVE, _TURN_SECONDS = dt.timedelta(seconds=1), 1.3
_AROUND, _YEARS = dt.timedelta(days=5), 9  # at most from a leap year to the next, over a year like 2100
_TURNING = frozenset({1, 2, 3, 9, 10, 12})
"""Months in which other cases set the clock to a day on which a calendar turns, or go on from one."""
_MONTHS_AHEAD = range(2, 14)
DAYS = {"leap_day": (2, 29), "year_end": (12, 31), "october": (10, 1)}
"""Days on which a calendar turns: the month and the day of it."""


class Disturbing(Offices):
    """A case that may set the clock, and kill."""

    _clock_is_set = False

    # -- the clock ------------------------------------------------------------------------------------------------

    def set_clock(self, when: str) -> str:
        """Set the clock of the system to a time (ISO), and go on from it; return that day.

        Raises ValueError for a time that is past, and HookFailed.
        """
        if dt.datetime.fromisoformat(when) < (now := self._now()):
            raise ValueError(f"a case goes forward: {when} is before {now.isoformat()}")
        try:
            self._wire.hook(self.name, self.attempt, SET_CLOCK, {"now": when})
        except HookFailed:
            self._clock_is_set = True  # or not: it is set back for sure
            raise
        self._clock_is_set = True
        return self._go_on()

    def advance(self, days: int = 0, hours: int = 0) -> str:
        """Set the clock forward by so much; return the day."""
        when = self._now() + dt.timedelta(days=days, hours=hours)
        return self.set_clock(when.isoformat())

    def turn_day(self) -> str:
        """Set the clock to the last second of the day and let it pass midnight by itself; return the new day."""
        midnight = dt.datetime.combine(self._now().date() + dt.timedelta(days=1), dt.time())
        self.set_clock((midnight - _EVE).isoformat())
        self._wire.wait(_TURN_SECONDS)
        return self._go_on()

    def put_back(self) -> None:
        """Set the clock back to what it would be, where it was set and has not been; raises HookFailed."""
        if self._clock_is_set:
            self._wire.hook(self.name, self.attempt, SET_CLOCK, {"now": None})
            self._clock_is_set = False

    def next_day(self, name: str) -> str:
        """Return the next of :data:`DAYS` whose eve is to come; empty where no rules are in force around it."""
        days = (self.today + dt.timedelta(days=ahead) for ahead in range(2, _YEARS * 366))
        found = next(day for day in days if (day.month, day.day) == DAYS[name])
        around = (found - _AROUND, found + _AROUND)
        return found.isoformat() if all(map(self._in_force, around)) else ""

    def own_month(self) -> str:
        """Return the first day of a month to come that is the case's own; empty where no rules are in force then.

        It follows from the seed, the case and the attempt. With an institution of its own in it, nothing of another
        case stands among what is applied for.
        """
        months = [_month_after(self.today, ahead) for ahead in _MONTHS_AHEAD]
        fitting = [each for each in months if each.month not in _TURNING]
        place = int.from_bytes(hashlib.sha256(f"month {self._whose}".encode()).digest()[:4])
        found = fitting[place % len(fitting)]
        return found.isoformat() if all(map(self._in_force, (found, _month_after(found, 2)))) else ""

    def _in_force(self, day: dt.date) -> bool:
        try:
            self._setting.ground.pack.at("process.wait_seconds.city", day, self._setting.subject)
        except NotInForce:
            return False
        return True

    def _go_on(self) -> str:
        self.today = self._now().date()
        return self.today.isoformat()

    # -- kill and start again -------------------------------------------------------------------------------------

    def restart(self) -> None:
        """Have the system killed and started again; what it had told is as before, and nothing else."""
        self._wire.hook(self.name, self.attempt, RESTART, {})
        self._set_again()

    def _set_again(self) -> None:
        """Set the clock once more where it was set: a system that starts anew need not keep it."""
        if self._clock_is_set:
            self.set_clock(self._now().isoformat())

    def _sent(self, now: dt.datetime, visit: Visit, asked: Message, fault: str) -> Step:
        step = super()._sent(now, visit, asked, fault)
        if fault == KILLED:  # asked again, it may not know yet what it waits for
            self.stage.expect_late(asked.key)
        return step

    def _call(self, now: dt.datetime, by: str, message: Message) -> Answer:
        if self._fault != KILLED:
            return super()._call(now, by, message)
        self._keys.add(message.key)
        party, url = self._setting.party(by), self._setting.address(by, message.infno)
        body = self._encoding.encode(message)
        call = Call(party, message.infno, body, url, fault=KILLED, seconds=self._setting.seconds)
        self.stage.called.clear()
        above = any(fault.infno == message.infno for fault in self.stage.faults)
        return self._wire.killed(self.name, self.attempt, now, call, self.stage.called if above else None)


def _month_after(day: dt.date, months: int) -> dt.date:
    """Return the first day of a month that is so many months after that of a day."""
    years, month = divmod(day.month - 1 + months, 12)
    return dt.date(day.year + years, month + 1, 1)


__all__ = ["DAYS", "KILLED", "Disturbing"]
