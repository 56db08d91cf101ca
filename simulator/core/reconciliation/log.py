"""What the province holds for the daily reconciliation: its own log, and what the cities have sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from simulator.core.network.router import Passed
from simulator.core.reconciliation.facts import Corrected, RowsReceived, TotalsReceived
from simulator.core.reconciliation.messages import Span
from simulator.core.reconciliation.results import days_in
from simulator.core.reconciliation.rows import (
    INSURED_SIDE,
    NCMS,
    PLATFORM_SIDE,
    TREATMENT_SIDE,
    Figures,
    Group,
    Pair,
    Row,
    in_effect,
)
from simulator.core.reconciliation.totals import NOTHING, Totals


class Log:
    """The rows that passed through, by day and pair of cities; NCMS rows (380) are left out (JL-7.3)."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[Pair, list[Row]]] = {}
        self.strikes: set[str] = set()

    def rows(self, day: str, pair: Pair) -> tuple[Row, ...]:
        """Return the rows of a day and pair; those that only take others back are out, with what they take back."""
        return in_effect(self._rows.get(day, {}).get(pair, []), lambda row: row.totals, self.strikes)

    def all_of(self, pair: Pair) -> tuple[Row, ...]:
        """Return the rows of a pair, of all days that are kept."""
        return tuple(row for day in sorted(self._rows) for row in self.rows(day, pair))

    def pairs(self, day: str) -> set[Pair]:
        """Return the pairs with rows on a day."""
        return set(self._rows.get(day, ()))

    def totals(self, span: Span, pair: Pair) -> dict[tuple[str, str], Totals]:
        """Return the totals of a pair by insurance and clearing type."""
        sums: dict[tuple[str, str], Totals] = {}
        for day in days_in(span):
            for row in self.rows(day, pair):
                kind = row.insutype, row.clr_type
                sums[kind] = sums.get(kind, NOTHING).add(row.totals)
        return sums

    def fold_passed(self, fact: Passed) -> None:
        """Apply :class:`Passed`."""
        row = fact.row
        if row.insutype != NCMS:
            self._rows.setdefault(row.day, {}).setdefault(row.pair, []).append(row)

    def fold_corrected(self, fact: Corrected) -> None:
        """Apply :class:`Corrected`."""
        if fact.side == PLATFORM_SIDE:
            self.strikes.update(fact.strikes)

    def drop(self, day: str, pair: Pair) -> None:
        """Forget the rows of a day and pair."""
        pairs = self._rows.get(day, {})
        pairs.pop(pair, None)
        if not pairs:
            self._rows.pop(day, None)

    def held(self) -> Iterator[tuple[str, Pair]]:
        """Yield the days and pairs with rows."""
        for day, pairs in self._rows.items():
            for pair in pairs:
                yield day, pair


class Report(NamedTuple):
    """What a city has reported of one role for a span of days: its pages by number, of so many."""

    batch: str
    pages: int
    got: set[int]
    by_pair: dict[Pair, dict[Group, Figures]]

    @property
    def complete(self) -> bool:
        """Tell whether every page is in."""
        return len(self.got) == self.pages

    def groups(self, pair: Pair) -> dict[Group, Figures]:
        """Return the figures of a pair by group."""
        return self.by_pair.get(pair, {})

    def pairs(self) -> set[Pair]:
        """Return the pairs it is about."""
        return set(self.by_pair)

    def take(self, page: int, groups: Iterable[tuple[Group, Figures]]) -> None:
        """Take in a page."""
        self.got.add(page)
        for group, figures in groups:
            self.by_pair.setdefault(group.pair, {})[group] = figures


class Listing(NamedTuple):
    """The rows a city has sent of a pair and day, with the totals they belong to: pages by number, of so many."""

    batch: str
    pages: int
    got: dict[int, tuple[Row, ...]]

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return the rows of all pages."""
        return tuple(row for number in sorted(self.got) for row in self.got[number])


class Intake:
    """The last report of each city, role and span, and the last rows of each day, pair and role."""

    def __init__(self) -> None:
        self._reports: dict[Span, dict[tuple[str, str], Report]] = {}  # by city and side
        self._listings: dict[tuple[str, Pair, str], Listing] = {}

    def report(self, span: Span, city: str, side: str) -> Report | None:
        """Return a report that is complete, or None."""
        found = self._reports.get(span, {}).get((city, side))
        return found if found is not None and found.complete else None

    def batch(self, day: str, city: str, side: str) -> str:
        """Return the number of the last report of a day, complete or not; empty where there is none."""
        found = self._reports.get(Span(day, day), {}).get((city, side))
        return found.batch if found is not None else ""

    def listing(self, day: str, pair: Pair, side: str) -> Listing | None:
        """Return the rows of a day, pair and role that belong to the last report and are complete, or None."""
        found = self._listings.get((day, pair, side))
        if found is None or found.batch != self.batch(day, city_of(pair, side), side):
            return None
        return found if len(found.got) == found.pages else None

    def pairs(self, day: str) -> set[Pair]:
        """Return the pairs that complete reports of a day are about."""
        reports = self._reports.get(Span(day, day), {}).values()
        return {pair for report in reports if report.complete for pair in report.by_pair}

    def first_day(self, city: str) -> str:
        """Return the first day a city reported that is still kept, empty where there is none."""
        days = sorted(span.begin for span in self._reports if span.begin == span.end)
        return next((day for day in days if any(sender == city for sender, _ in self._reports[Span(day, day)])), "")

    def fold_totals(self, fact: TotalsReceived) -> None:
        """Apply :class:`TotalsReceived`; a higher number starts the report again, a lower one is past."""
        reports, sender = self._reports.setdefault(Span(fact.begin, fact.end), {}), (fact.city, fact.side)
        report = reports.get(sender)
        if report is not None and fact.batch < report.batch:
            return
        if report is None or report.batch != fact.batch:
            report = reports[sender] = Report(fact.batch, fact.pages, set(), {})
        report.take(fact.page, fact.groups)

    def fold_rows(self, fact: RowsReceived) -> None:
        """Apply :class:`RowsReceived`; a higher number starts the listing again, a lower one is past."""
        key = fact.day, fact.pair, fact.side
        listing = self._listings.get(key)
        if listing is not None and fact.batch < listing.batch:
            return
        if listing is None or listing.batch != fact.batch:
            listing = self._listings[key] = Listing(fact.batch, fact.pages, {})
        listing.got[fact.page] = fact.rows

    def drop_reports(self, before: str) -> None:
        """Forget the reports of spans that end before a day."""
        for old in [old for old in self._reports if old.end < before]:
            del self._reports[old]

    def drop_rows(self, day: str, pair: Pair) -> None:
        """Forget the rows the cities sent of a day and pair."""
        for side in (INSURED_SIDE, TREATMENT_SIDE):
            self._listings.pop((day, pair, side), None)


def city_of(pair: Pair, side: str) -> str:
    """Return the city that stands on a side of a pair."""
    return pair[0] if side == TREATMENT_SIDE else pair[1]
