"""Until when a dispute is answered and confirmed (P75-56, P75-57); days from the packs, counted by the calendar."""

from __future__ import annotations

import datetime as dt

from simulator.core.disputes.ticket import BILL_CHECK
from simulator.core.values.calendar import DueDay, WorkCalendar
from simulator.core.values.parameters import PolicyPack


class Deadlines:
    """The deadlines of one city."""

    def __init__(self, pack: PolicyPack, calendar: WorkCalendar, city: str) -> None:
        self._pack, self._calendar, self._city = pack, calendar, city

    def answer_by(self, kind: str, today: dt.date) -> DueDay:
        """Return the last day to answer what is asked today.

        A bill check is answered by a day of the next month, a calendar day that no holiday moves; other issues in
        working days by their kind.
        """
        if kind != BILL_CHECK:
            return self._workdays(f"answer_workdays.{kind}", today)
        next_month = (today.replace(day=1) + dt.timedelta(days=31)).replace(day=1)
        return self.dated(next_month.replace(day=self._figure("bill_check.answer_day", today)))

    def confirm_by(self, kind: str, today: dt.date) -> DueDay:
        """Return the last day to confirm what was answered today in time."""
        return self._workdays("bill_check.confirm_workdays" if kind == BILL_CHECK else "silence_workdays", today)

    def silent_by(self, today: dt.date) -> DueDay:
        """Return the last day after which silence confirms what was answered today."""
        return self._workdays("silence_workdays", today)

    def dated(self, day: dt.date) -> DueDay:
        """Return a day set by date, provisional where the calendar does not reach."""
        return DueDay(day, not self._calendar.published(day))

    def large(self, today: dt.date) -> int | None:
        """Return from which bill on, in fen, a check may be asked; None where the pack knows no such check."""
        known = self._pack.find(f"disputes.{_LARGE}", today, self._city)
        return None if known is None else self._figure(_LARGE, today)

    def _workdays(self, name: str, today: dt.date) -> DueDay:
        return self._calendar.add_workdays(today, self._figure(name, today))

    def _figure(self, name: str, today: dt.date) -> int:
        value = self._pack.at(f"disputes.{name}", today, self._city).value
        assert isinstance(value, int)
        return value


_LARGE = "bill_check.at_least"
