"""Simulated time: SimPy counts whole milliseconds from midnight of the first day; the core sees dates and times."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable
from typing import Any

import simpy

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
SECOND_MS = 1_000
_MS = dt.timedelta(milliseconds=1)
_EPOCH = dt.datetime(1970, 1, 1)


class Clock:
    """The time of a run; ``env`` is its SimPy environment."""

    def __init__(self, first: dt.date) -> None:
        self.env = simpy.Environment(initial_time=0)
        self.start = dt.datetime.combine(first, dt.time())
        self.epoch_ms = (self.start - _EPOCH) // _MS

    def now(self) -> dt.datetime:
        """Return the present as the core sees it."""
        return self.start + dt.timedelta(0, 0, 0, self.env.now)  # milliseconds; by place, as this is asked often

    def ms(self) -> int:
        """Return the present in milliseconds since the start."""
        return int(self.env.now)

    def at(self, when: dt.datetime) -> int:
        """Return a moment in milliseconds since the start."""
        return (when - self.start) // _MS

    def moment(self, ms: int) -> dt.datetime:
        """Return the date and time of milliseconds since the start."""
        return self.start + dt.timedelta(milliseconds=ms)

    def call(self, delay_ms: int, act: Callable[[simpy.Event], None], value: Any = None) -> None:
        """Call ``act(event)`` after a delay, ``value`` being the event's: the cheapest event there is."""
        self.env.timeout(delay_ms, value).callbacks.append(act)


class Alarms:
    """Deadlines that are all the same time away, so that they fall due in the order they were set.

    One SimPy event stands for the earliest; those whose matter is settled are passed over without an event.
    """

    def __init__(self, clock: Clock, ring: Callable[[Any], None], pending: Callable[[Any], bool]) -> None:
        self._clock = clock
        self._ring = ring
        self._pending = pending
        self._due: deque[tuple[int, Any]] = deque()
        self._set = False

    def add(self, due_ms: int, about: Any) -> None:
        """Set a deadline, not earlier than any set before."""
        self._due.append((due_ms, about))
        if not self._set:
            self._set = True
            self._clock.call(due_ms - self._clock.ms(), self._fire)

    def _fire(self, _: Any) -> None:
        now = self._clock.ms()
        while self._due and self._due[0][0] <= now:
            _, about = self._due.popleft()
            self._ring(about)
        while self._due and not self._pending(self._due[0][1]):
            self._due.popleft()
        self._set = bool(self._due)
        if self._set:
            self._clock.call(self._due[0][0] - now, self._fire)
