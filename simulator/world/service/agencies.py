"""The staff of the filing desks (经办人员): one queue a city, served in the opening hours of working days.

Staff follows the scale of a run, one at least: at a small scale people hardly wait for one another, and the load of
the staff, which is reckoned against the unrounded number, still is what it would be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator
from typing import Any, NamedTuple

import simpy

from simulator.core.values.calendar import WorkCalendar
from simulator.inputs.scenarios import Scenario
from simulator.world.clock import DAY_MS, HOUR_MS, Clock

MINUTE_MS = 60_000
_DAY = dt.timedelta(days=1)
_MILLION = 1_000_000

Steps = Generator[Any, Any, Any]


class Served(NamedTuple):
    """How long somebody waited for staff and was served by it, in milliseconds."""

    waited: int
    worked: int


class Agency:
    """The desks of a city; ``staff`` is how many there would be at this scale, ``busy_ms`` how long they worked."""

    def __init__(self, scenario: Scenario, clock: Clock, city: str, scale: float) -> None:
        insured = scenario.network.insured[city]
        hours = scenario.table("service.open_hours")
        self.staff = scenario.number("service.staff_per_million") * insured / _MILLION * scale
        self.busy_ms = 0
        self._clock = clock
        self._calendar: WorkCalendar = scenario.calendar
        self._first = scenario.start
        self._from_ms, self._to_ms = int(hours["from"]) * HOUR_MS, int(hours["to"]) * HOUR_MS
        self._desks = simpy.Resource(clock.env, max(round(self.staff), 1))

    def open_ms(self, days: int) -> int:
        """Return how long the desks are open in so many days from the start."""
        worked = sum(self._works(day) for day in range(days))
        return worked * (self._to_ms - self._from_ms)

    def open_at(self, ms: int, chance: float = 0.0) -> int:
        """Return the moment itself if the desks are open then, else one of the next open day, the first by default."""
        day, time = divmod(ms, DAY_MS)
        if self._works(day) and time < self._to_ms:
            if time >= self._from_ms:
                return ms
        else:
            day += 1
        while not self._works(day):
            day += 1
        return day * DAY_MS + self._from_ms + int(chance * (self._to_ms - self._from_ms))

    def next_day(self, ms: int, chance: float) -> int:
        """Return a moment of the next day on which the desks are open."""
        return self.open_at((ms // DAY_MS) * DAY_MS + self._to_ms, chance)

    def serve(self, minutes: float) -> Steps:
        """Wait for staff and be served; return :class:`Served`. What has begun is ended, also past closing time."""
        clock, came = self._clock, self._clock.ms()
        with self._desks.request() as turn:
            yield turn
            opens = self.open_at(clock.ms())
            if opens > clock.ms():
                yield clock.env.timeout(opens - clock.ms())
            waited, took = clock.ms() - came, int(minutes * MINUTE_MS)
            yield clock.env.timeout(took)
            self.busy_ms += took
        return Served(waited, took)

    def _works(self, day: int) -> bool:
        return self._calendar.is_workday(self._first + day * _DAY)
