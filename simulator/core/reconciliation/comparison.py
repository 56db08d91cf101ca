"""How a province compares the three sides of a pair and day, and tells both cities what it finds (P75-41, JL-4.1a)."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.core.network.router import Passed, Router
from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.closing import Closing
from simulator.core.reconciliation.compare import Mismatch, compare_rows, made_good, totals_level
from simulator.core.reconciliation.facts import (
    CORRECTED,
    GOOD,
    NOT_LEVEL,
    DayCompared,
    MadeGood,
    RowsAsked,
)
from simulator.core.reconciliation.log import Intake, Log, city_of
from simulator.core.reconciliation.messages import Found, Result, Span, paged, reason_for, result_blocks
from simulator.core.reconciliation.results import Results, month_of
from simulator.core.reconciliation.rows import CITY_SIDES, PLATFORM_SIDE, SIDES, Figures, Group, Pair, Row
from simulator.core.reconciliation.totals import Totals, sum_of

Reported = Mapping[str, Mapping[Group, Figures] | None]
"""What the cities of a pair reported, by side; None for a city beyond the province that does not report here."""


class Comparison:
    """The comparisons of one province: its log, what the cities sent, and what came of it."""

    def __init__(self, province: Router, log: Log, intake: Intake, results: Results, closing: Closing) -> None:
        self._province = province
        self._log = log
        self._intake = intake
        self._results = results
        self._closing = closing
        self._numbers: dict[str, int] = {}  # comparisons so far, by day
        self.changed: set[tuple[str, Pair]] = set()  # passed after the comparison
        self._asked: set[tuple[str, Pair]] = set()  # told that they are not level, and nothing since
        self._made_good: set[tuple[str, Pair, str, tuple[str, bool]]] = set()  # day, pair, side, row

    def drop_before(self, limit: str) -> None:
        """Forget the days before ``limit`` (ISO text)."""
        for held in (self.changed, self._asked):
            held.difference_update([each for each in held if each[0] < limit])

    def reported(self, day: str, pair: Pair) -> Reported | None:
        """Return what both cities reported of a pair, None while one that must has not."""
        found: dict[str, Mapping[Group, Figures] | None] = {}
        for side in CITY_SIDES:
            report = self._intake.report(Span(day, day), city_of(pair, side), side)
            if report is None and self.own(city_of(pair, side)):
                return None
            found[side] = None if report is None else report.groups(pair)
        return found

    def without_rows(self, day: str, pair: Pair, reported: Reported) -> list[str]:
        """Return the sides whose rows have not come in since their last totals."""
        return [
            side for side in CITY_SIDES if reported[side] is not None and self._intake.listing(day, pair, side) is None
        ]

    def compare(self, turn: Turn, day: str, pair: Pair) -> None:
        """Compare a pair whose cities have reported: by totals, and by rows where those differ and are in."""
        reported = self.reported(day, pair)
        assert reported is not None
        insured, treatment = (reported[side] for side in CITY_SIDES)
        totals = self.totals(day, pair, reported)
        if totals_level(treatment, insured, self._log.totals(Span(day, day), pair)):
            standing = self._results.of(day, pair)
            if standing is None or not standing.good or (day, pair) in self._asked:  # otherwise both know
                self.conclude(turn, Found(day, pair, self._results.level_result(day, pair), totals))
            return
        asked = self.without_rows(day, pair, reported)
        if asked:
            number = self._number(day)
            turn.record(RowsAsked(number, day, pair))
            result = Result(number, day, pair, turn.now, False, reason_for(totals), totals, (), 0)
            for side in asked:
                self._tell(turn, side, result)
            return
        left, excused = self._sides(turn, day, pair, reported)
        mismatches = compare_rows(day, pair, left)
        level = excused and not mismatches
        mismatches = self._known(turn, mismatches)
        outcome = self._results.level_result(day, pair) if level else NOT_LEVEL
        self.conclude(turn, Found(day, pair, outcome, totals, mismatches))

    def _known(self, turn: Turn, mismatches: tuple[Mismatch, ...]) -> tuple[Mismatch, ...]:
        """Leave out what hangs on an answer that this platform has not got, and ask for that again.

        A city that took back what it alone seems to hold would take it back while the others learn of it.
        """
        waiting = self._province.unanswered() if mismatches else {}
        names = {name for mismatch in mismatches for name in (mismatch.mdtrt_id, mismatch.msgid)}
        for found in (each for name in sorted(names & waiting.keys()) for each in waiting[name]):
            self._province.forward(turn, found.request, found.to, found.outgoing, found.prepared)
        return tuple(each for each in mismatches if not {each.mdtrt_id, each.msgid} & waiting.keys())

    def totals(self, day: str, pair: Pair, reported: Reported) -> dict[str, Totals]:
        """Return the totals of each side; a city that does not report here is taken at the word of the log."""
        logged = sum_of(self._log.totals(Span(day, day), pair).values())
        sides = {PLATFORM_SIDE: logged}
        for side in CITY_SIDES:
            groups = reported[side]
            sides[side] = logged if groups is None else sum_of(figures.totals for figures in groups.values())
        return sides

    def _sides(self, turn: Turn, day: str, pair: Pair, reported: Reported) -> tuple[dict[str, tuple[Row, ...]], bool]:
        """Return the rows of each side but those that make good a closed month, and whether there are such rows."""
        logged = self._log.rows(day, pair)
        rows = {PLATFORM_SIDE: logged}
        for side in CITY_SIDES:
            listing = self._intake.listing(day, pair, side)
            rows[side] = logged if reported[side] is None or listing is None else listing.rows
        mine = (mismatch for mismatch in self._results.mismatches() if mismatch.pair == pair)
        earlier = [mismatch for mismatch in mine if self._closing.closed(month_of(mismatch.day), pair)]
        excused = False
        left: dict[str, tuple[Row, ...]] = {}
        causes: dict[str, set[Mismatch]] = {}
        for side in SIDES:
            known = tuple(row for row in rows[side] if (day, pair, side, row.key) not in self._made_good)
            left[side], found = made_good(known, side, earlier)
            excused = excused or len(left[side]) < len(rows[side])
            for row, cause in found:
                turn.record(MadeGood(day, pair, side, row.key, cause))
                causes.setdefault(cause.day, set()).add(cause)
        for earlier_day, settled in sorted(causes.items()):
            self._reopen(turn, earlier_day, pair, settled)
        return left, excused

    def _reopen(self, turn: Turn, day: str, pair: Pair, settled: set[Mismatch]) -> None:
        """Tell a pair how a day of a closed month stands now that some of it has been made good."""
        standing = self._results.of(day, pair)
        assert standing is not None
        rest = tuple(mismatch for mismatch in standing.mismatches if mismatch not in settled)
        reported = self.reported(day, pair) or dict.fromkeys(CITY_SIDES)
        outcome = NOT_LEVEL if rest else CORRECTED
        self.conclude(turn, Found(day, pair, outcome, self.totals(day, pair, reported), rest))

    def conclude(self, turn: Turn, found: Found) -> None:
        """Keep a result and tell both cities, in as many messages as the differences need."""
        day, pair, outcome = found.day, found.pair, found.outcome
        number, in_all = self._number(day), len(found.rest)
        turn.record(DayCompared(number, day, pair, turn.now, outcome, found.rest, in_all))
        for _, part in paged(found.rest):
            level = outcome in GOOD
            result = Result(number, day, pair, turn.now, level, found.reason, found.totals, tuple(part), in_all)
            for side in CITY_SIDES:
                self._tell(turn, side, result)

    def _tell(self, turn: Turn, side: str, result: Result) -> None:
        city = city_of(result.pair, side)
        if self.own(city) or self._intake.batch(result.day, city, side):
            treatment, insured = result.pair
            turn.ask(city, "R103", result_blocks(result), treatment=treatment, insured=insured)

    def _number(self, day: str) -> str:
        serial = self._numbers.get(day, 0) + 1
        return f"DZ{self._province.code}{day.replace('-', '')}{serial % 10_000:04d}"

    def own(self, city: str) -> bool:
        """Tell whether a city is of this province, or of none."""
        return self._province.registry.province_of(city) in {"", self._province.code}

    # -- folds --------------------------------------------------------------------------------------------------

    def fold_passed(self, fact: Passed) -> None:
        """Apply :class:`Passed`."""
        if self._results.of(fact.row.day, fact.row.pair) is not None:
            self.changed.add((fact.row.day, fact.row.pair))

    def fold_compared(self, fact: DayCompared) -> None:
        """Apply :class:`DayCompared`."""
        self._count(fact.number, fact.day, fact.pair)
        for each in (self.changed, self._asked):
            each.discard((fact.day, fact.pair))

    def fold_asked(self, fact: RowsAsked) -> None:
        """Apply :class:`RowsAsked`."""
        self._count(fact.number, fact.day, fact.pair)
        self._asked.add((fact.day, fact.pair))

    def _count(self, number: str, day: str, pair: Pair) -> None:
        self._numbers[day] = self._numbers.get(day, 0) + 1
        self._closing.name(number, day, pair)

    def fold_made_good(self, fact: MadeGood) -> None:
        """Apply :class:`MadeGood`."""
        self._made_good.add((fact.day, fact.pair, fact.side, fact.row))
        self._closing.fold_made_good(fact)
