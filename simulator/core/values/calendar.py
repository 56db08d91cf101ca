"""Working days by the State Council calendar, which enters as a value.

Deadlines of the notices count 工作日: the count starts on the day after the trigger, weekends count when they are
make-up workdays (调休), and a day past the last published year is a plain Monday-to-Friday guess, marked *provisional*.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

_DAY = dt.timedelta(days=1)
_SATURDAY = 5


class DueDay(NamedTuple):
    """A computed deadline; ``provisional`` when it rests on days that no calendar has been published for."""

    day: dt.date
    provisional: bool


class WorkCalendar(NamedTuple):
    """Holidays and make-up workdays between ``first`` and ``last``, both inclusive."""

    first: dt.date
    last: dt.date
    holidays: frozenset[dt.date]
    makeup_workdays: frozenset[dt.date]

    def published(self, day: dt.date) -> bool:
        """Tell whether the State Council calendar for ``day`` is known."""
        return self.first <= day <= self.last

    def is_holiday(self, day: dt.date) -> bool:
        """Tell whether ``day`` is a published public holiday (a plain weekend is not)."""
        return day in self.holidays

    def is_workday(self, day: dt.date) -> bool:
        """Tell whether ``day`` is a working day; beyond the published years Monday to Friday are."""
        if day in self.makeup_workdays:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def add_workdays(self, trigger: dt.date, count: int) -> DueDay:
        """Return the ``count``-th working day after ``trigger``; the trigger day itself never counts.

        Raises ValueError for a negative count.
        """
        if count < 0:
            raise ValueError(f"working days to add must not be negative, got {count}")
        day = trigger
        left = count
        while left:
            day += _DAY
            left -= self.is_workday(day)
        return DueDay(day, not (self.published(trigger) and self.published(day)))

    def workdays_between(self, trigger: dt.date, day: dt.date) -> int:
        """Count the working days after ``trigger`` up to and including ``day``; 0 when ``day`` is not later."""
        return sum(self.is_workday(trigger + _DAY * step) for step in range(1, (day - trigger).days + 1))
