"""Months as clearing counts them: ISO text (``2016-10``) inside, six digits (``201610``) in messages."""

from __future__ import annotations

import datetime as dt

_MONTHS = 12


def month_of(day: dt.date) -> str:
    """Return the month of a day, such as ``2016-10``."""
    return day.isoformat()[:7]


def first_day(month: str) -> dt.date:
    """Return the first day of a month."""
    return dt.date.fromisoformat(f"{month}-01")


def last_day(month: str) -> dt.date:
    """Return the last day of a month."""
    return first_day(later(month, 1)) - dt.timedelta(days=1)


def later(month: str, count: int) -> str:
    """Return the month ``count`` months later; earlier where it is negative."""
    year, number = divmod(_number(month) + count, _MONTHS)
    return f"{year:04d}-{number + 1:02d}"


def months_between(earlier: str, month: str) -> int:
    """Return how many months a month is after an earlier one."""
    return _number(month) - _number(earlier)


def day_in(month: str, day: int) -> dt.date:
    """Return a day of a month by its number; a number past the end is the last day (月底)."""
    return min(first_day(month) + dt.timedelta(days=day - 1), last_day(month))


def compact(month: str) -> str:
    """Return a month as messages write it, such as ``201610``."""
    return month.replace("-", "")


def expanded(text: str) -> str:
    """Return a month of a message as it is written inside."""
    return f"{text[:4]}-{text[4:]}"


def _number(month: str) -> int:
    return int(month[:4]) * _MONTHS + int(month[5:]) - 1
