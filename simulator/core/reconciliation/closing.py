"""When a month may be closed (P75-41): each of its days level or explained, and the month's totals the log's."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.core.reconciliation.compare import totals_level
from simulator.core.reconciliation.facts import CaseReported, MadeGood, MonthClosed
from simulator.core.reconciliation.log import Intake, Log, Report, city_of
from simulator.core.reconciliation.messages import Span
from simulator.core.reconciliation.results import Results, days_of, month_of, month_span
from simulator.core.reconciliation.rows import CITY_SIDES, Pair


class Closing:
    """What a province knows of its cities' months."""

    def __init__(self, log: Log, intake: Intake, results: Results) -> None:
        self._log = log
        self._intake = intake
        self._results = results
        self._named: dict[str, tuple[str, Pair]] = {}  # what a number given to cities is about
        self._explained: set[str] = set()  # numbers that special cases were reported about
        self._excused: set[tuple[str, Pair]] = set()  # month, pair: rows that make good another month
        self._closed: set[tuple[str, str]] = set()  # city, month
        self.cases: dict[str, CaseReported] = {}

    def closed(self, month: str, cities: Iterable[str]) -> bool:
        """Tell whether one of these has closed a month."""
        return any((city, month) in self._closed for city in cities)

    def problem(self, city: str, month: str) -> str:
        """Return the first day that keeps a city's month from being closed, in words; empty where none does."""
        first = self._intake.first_day(city)
        if not first:
            return "无日对账"
        for day in days_of(month):
            if first <= day and not self._sent(day, city) and _run(city, day) not in self._explained:
                return f"{day}未报"
            for pair in sorted(pair for pair in self.pairs(day) if city in pair):
                standing = self._results.of(day, pair)
                if standing is None or not (standing.good or self._is_explained(day, pair)):
                    return f"{day}{pair[0]}与{pair[1]}未对平"
        return ""

    def unlike(self, city: str, month: str, side: str) -> str:
        """Return which pair's totals of the month, as the city reported them, are not the log's; empty where none.

        A pair with a day that is explained, or with rows that make good another month, is not expected to be alike.
        """
        span = month_span(month)
        report = self._intake.report(span, city, side)
        if report is None:
            return "未报月总额"
        days = days_of(month)
        pairs = {pair for day in days for pair in self.pairs(day) if city_of(pair, side) == city}
        for pair in sorted(pairs | report.pairs()):
            standings = [self._results.of(day, pair) for day in days]
            excused = any(standing is not None and not standing.good for standing in standings)
            if not excused and (month, pair) not in self._excused and not self.logged(span, pair, report):
                return f"{pair[0]}与{pair[1]}月总额不符"
        return ""

    def pairs(self, day: str) -> set[Pair]:
        """Return the pairs that the log or a city has rows of on a day, or that had when they were compared."""
        return self._log.pairs(day) | self._intake.pairs(day) | self._results.pairs(day)

    def logged(self, span: Span, pair: Pair, report: Report) -> bool:
        """Tell whether a city's totals of a pair are the log's."""
        return totals_level(report.groups(pair), None, self._log.totals(span, pair))

    def name(self, number: str, day: str, pair: Pair) -> None:
        """Remember what a number given to cities is about."""
        self._named[number] = day, pair

    def fold_made_good(self, fact: MadeGood) -> None:
        """Apply :class:`MadeGood`."""
        self._excused.add((month_of(fact.day), fact.pair))

    def fold_case(self, fact: CaseReported) -> None:
        """Apply :class:`CaseReported`."""
        self.cases[fact.excp_id] = fact
        self._explained.add(fact.number)

    def fold_closed(self, fact: MonthClosed) -> None:
        """Apply :class:`MonthClosed`."""
        self._closed.add((fact.city, fact.month))

    def _sent(self, day: str, city: str) -> bool:
        return all(self._intake.report(Span(day, day), city, side) is not None for side in CITY_SIDES)

    def _is_explained(self, day: str, pair: Pair) -> bool:
        if any(self._named.get(number) == (day, pair) for number in self._explained):
            return True
        return any(_run(city, day) in self._explained for city in pair)


def _run(city: str, day: str) -> str:
    return f"DZ{city}{day.replace('-', '')}"
