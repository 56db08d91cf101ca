"""The sandbox's clock: the machine's time moved by an offset, in whole milliseconds.

It never goes backwards, but that a bench may undo what it has set (:meth:`Clock.set_back`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

BEIJING = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")


def machine() -> dt.datetime:
    """Return Beijing's time, as the interface writes times without a zone."""
    return dt.datetime.now(BEIJING).replace(tzinfo=None)


class Clock:
    """Tells the time; ``read`` is the machine's."""

    def __init__(self, start: dt.datetime | None = None, read: Callable[[], dt.datetime] = machine) -> None:
        self._read = read
        self._offset = self._own = dt.timedelta() if start is None else start - read()
        self._last = dt.datetime.min

    def now(self) -> dt.datetime:
        """Return the time, never before one that was told already."""
        told = self._read() + self._offset
        told = told.replace(microsecond=told.microsecond // 1000 * 1000)
        self._last = max(told, self._last)
        return self._last

    def set(self, when: dt.datetime) -> None:
        """Go on from ``when``; raises ValueError for a time before the present one."""
        now = self.now()
        if when < now:
            raise ValueError(f"{when:%Y-%m-%d %H:%M:%S} is before {now:%Y-%m-%d %H:%M:%S}: the clock only goes forward")
        self._offset = when - self._read()

    def set_back(self) -> None:
        """Go on from the time it would be if the clock had never been set, past or not."""
        self._offset, self._last = self._own, dt.datetime.min

    def seconds_until(self, when: dt.datetime) -> float:
        """Return how many seconds of the machine's time it takes until ``when``, 0 for what is past."""
        return max((when - self.now()).total_seconds(), 0.0)
