"""The State Council calendar as a value: public holidays and make-up workdays (调休)."""

from __future__ import annotations

import datetime as dt
from functools import cache

from chinese_calendar import constants  # type: ignore[import-untyped]  # ships no types

from simulator.core.values.calendar import WorkCalendar


@cache
def work_calendar() -> WorkCalendar:
    """Return holidays and make-up workdays from 2004 to the end of the last published year.

    Source: the package `chinesecalendar`, which copies the yearly notices of the State Council. It lists as holidays
    all days off around a holiday, weekends among them, and as workdays the weekends that are worked.
    """
    holidays = frozenset(constants.holidays)
    makeup = frozenset(constants.workdays)
    return WorkCalendar(
        first=dt.date(min(holidays).year, 1, 1),
        last=dt.date(max(holidays).year, 12, 31),
        holidays=holidays,
        makeup_workdays=makeup,
    )
