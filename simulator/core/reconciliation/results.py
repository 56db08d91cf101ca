"""The results a platform keeps of each day and pair of cities, and when a month may be closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from simulator.core.reconciliation.compare import Mismatch
from simulator.core.reconciliation.facts import BAD, CORRECTED, GOOD, LEVEL, DayCompared
from simulator.core.reconciliation.messages import Span
from simulator.core.reconciliation.rows import Pair
from simulator.core.values.parameters import PolicyPack

_DAY = dt.timedelta(days=1)


class Standing(NamedTuple):
    """How a pair stands for a day: the number of the last comparison, since when it is not level, and what is open."""

    number: str
    since: dt.datetime
    result: str
    mismatches: tuple[Mismatch, ...]
    in_all: int

    @property
    def good(self) -> bool:
        """Tell whether the sides agree."""
        return self.result in GOOD


class Results:
    """The standings of one platform."""

    def __init__(self) -> None:
        self._days: dict[str, dict[Pair, Standing]] = {}
        self._bad: set[tuple[str, Pair]] = set()

    def fold(self, fact: DayCompared) -> None:
        """Apply :class:`DayCompared`: another part of the last comparison, or a new one."""
        before = self.of(fact.day, fact.pair)
        if fact.result in GOOD:
            self._bad.discard((fact.day, fact.pair))
        else:
            self._bad.add((fact.day, fact.pair))
        since = fact.at if before is None or before.good else before.since
        earlier = before.mismatches if before is not None and before.number == fact.number else ()
        self._days.setdefault(fact.day, {})[fact.pair] = Standing(
            fact.number, since, fact.result, (*earlier, *fact.mismatches), fact.in_all
        )

    def of(self, day: str, pair: Pair) -> Standing | None:
        """Return how a pair stands for a day, None where it was never compared."""
        return self._days.get(day, {}).get(pair)

    def level_result(self, day: str, pair: Pair) -> str:
        """Return what a comparison without differences is: level, or corrected where there were some before."""
        return CORRECTED if self.was_bad(day, pair) else LEVEL

    def was_bad(self, day: str, pair: Pair) -> bool:
        """Tell whether a comparison has found a pair not level."""
        before = self.of(day, pair)
        return before is not None and before.result in BAD

    def under(self, span: str) -> Iterator[tuple[str, Pair, Standing]]:
        """Yield day, pair and standing of the days that begin with ``span``: a day, a month, or nothing for all."""
        for day in sorted(day for day in self._days if day.startswith(span)):
            for pair, standing in sorted(self._days[day].items()):
                yield day, pair, standing

    def not_good(self) -> list[tuple[str, Pair, Standing]]:
        """Return day, pair and standing wherever the sides do not agree, in order."""
        return [(day, pair, self._days[day][pair]) for day, pair in sorted(self._bad)]

    def pairs(self, day: str) -> set[Pair]:
        """Return the pairs that were compared for a day."""
        return set(self._days.get(day, ()))

    def mismatches(self) -> tuple[Mismatch, ...]:
        """Return what the last comparisons found and nobody has corrected yet, by day."""
        return tuple(mismatch for _, _, standing in self.not_good() for mismatch in standing.mismatches)

    def drop_before(self, day: str) -> None:
        """Forget the days before ``day`` on which all sides agree."""
        for old in [old for old in self._days if old < day]:
            left = {pair: standing for pair, standing in self._days[old].items() if not standing.good}
            if left:
                self._days[old] = left
            else:
                del self._days[old]


def month_of(day: str) -> str:
    """Return the month of a day, both ISO text."""
    return day[:7]


def days_of(month: str) -> list[str]:
    """Return the days of a month."""
    day = dt.date.fromisoformat(f"{month}-01")
    days: list[str] = []
    while month_of(day.isoformat()) == month:
        days.append(day.isoformat())
        day += _DAY
    return days


def days_between(first: str, end: str) -> list[str]:
    """Return the days from ``first`` on, before ``end``."""
    start = dt.date.fromisoformat(first)
    return [(start + _DAY * step).isoformat() for step in range((dt.date.fromisoformat(end) - start).days)]


def days_in(span: Span) -> list[str]:
    """Return the days of a span."""
    return [*days_between(span.begin, span.end), span.end]


def month_span(month: str) -> Span:
    """Return the days of a month as the span of its last run."""
    days = days_of(month)
    return Span(days[0], days[-1])


def month_due(pack: PolicyPack, month: str, city: str) -> dt.date:
    """Return the day by which a month must be closed: a day of the next month, holiday or not (P75-41)."""
    first_of_next = dt.date.fromisoformat(days_of(month)[-1]) + _DAY
    return first_of_next.replace(day=_number(pack, "reconciliation.month_close_day", first_of_next, city))


def day_due(pack: PolicyPack, day: str, city: str) -> dt.datetime:
    """Return when a day's totals must be in: so many hours after the day's end."""
    after = dt.date.fromisoformat(day) + _DAY
    hours = _number(pack, "reconciliation.day_due_hours", after, city)
    return dt.datetime.combine(after, dt.time()) + dt.timedelta(hours=hours)


def report_workdays(pack: PolicyPack, day: dt.date, city: str) -> int:
    """Return how many working days there are to set something right before it is a special case (JL-4.1c)."""
    return _number(pack, "reconciliation.report_workdays", day, city)


def keep_from(day: str) -> str:
    """Return the first day that is kept at ``day`` in any case: that of the month before.

    A month that was never closed is let go after that, as no clearing waits longer than two months (P75-49).
    """
    first = dt.date.fromisoformat(f"{month_of(day)}-01")
    return (first - _DAY).replace(day=1).isoformat()


def _number(pack: PolicyPack, name: str, day: dt.date, city: str) -> int:
    value = pack.at(name, day, city).value
    assert isinstance(value, int)
    return value
