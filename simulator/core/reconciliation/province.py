"""The daily three-way reconciliation as the province drives it (P75-41, JL-4.1a).

Its log is the third side. Once both cities of a pair have reported a day's totals, the three are compared; where they
differ, the cities are asked for their rows (an R103 that is not level and names no row), the rows are compared, and the
result says what differs and what is to be done. A city of another province that does not report here is taken at the
word of the log. The province takes in the special cases (S301), and closes the months.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from simulator.core.network.router import Passed, Router
from simulator.core.platform.message import Message
from simulator.core.platform.node import Answered, Forwarded
from simulator.core.platform.office import Office, declining
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.closing import Closing
from simulator.core.reconciliation.comparison import Comparison
from simulator.core.reconciliation.facts import (
    MISSING,
    CaseReported,
    CloseMonth,
    Correct,
    Corrected,
    DayCompared,
    MadeGood,
    MonthClosed,
    ReconcileDay,
    RowsAsked,
    RowsReceived,
    RunMissed,
    TotalsReceived,
)
from simulator.core.reconciliation.lately import Lately
from simulator.core.reconciliation.letters import Letters
from simulator.core.reconciliation.log import Intake, Log, city_of
from simulator.core.reconciliation.messages import (
    Found,
    Span,
    pair_in,
    read_groups,
    read_rows,
    span_in,
)
from simulator.core.reconciliation.own_log import LogCorrector
from simulator.core.reconciliation.results import (
    Results,
    day_due,
    days_of,
    keep_from,
    month_of,
    month_span,
)
from simulator.core.reconciliation.rows import (
    CITY_SIDES,
    Pair,
    Row,
)


class ThreeWay(Office):
    """The reconciliation desk of a province."""

    def __init__(self, province: Router) -> None:
        self._province = province
        self._log = Log()
        self._intake = Intake()
        self._corrector = LogCorrector(province, self._log, self._intake)
        self._lately = Lately(province)
        self.results = Results()
        self._closing = Closing(self._log, self._intake, self.results)
        self._letters = Letters()
        self._comparison = Comparison(province, self._log, self._intake, self.results, self._closing)
        self._missed: set[tuple[str, str, str]] = set()  # day, city, side
        self.started: dict[str, str] = {}  # the first day each city reported: it reconciles daily since (JL-4.1b)
        self.answers = {"R101": self._take_totals, "R102": self._take_rows, "S301": self._take_case}
        self.does = declining({ReconcileDay: self._reconcile, Correct: self._correct, CloseMonth: self._close})
        self.folds = {
            Passed: self._fold_passed,
            TotalsReceived: self._fold_totals,
            Forwarded: self._lately.fold_forwarded,
            RowsReceived: self._intake.fold_rows,
            RowsAsked: self._comparison.fold_asked,
            DayCompared: self._fold_compared,
            Corrected: self._log.fold_corrected,
            MadeGood: self._comparison.fold_made_good,
            RunMissed: lambda fact: self._missed.add((fact.day, fact.city, fact.side)),
            CaseReported: self._closing.fold_case,
            MonthClosed: self._closing.fold_closed,
            Answered: self._letters.fold,
        }

    # -- what others ask ----------------------------------------------------------------------------------------

    @property
    def cases(self) -> Mapping[str, CaseReported]:
        """Return the special cases reported, by number."""
        return self._closing.cases

    def month_closed(self, month: str, city: str = "") -> bool:
        """Tell whether a month (``yyyy-MM``) is closed, for one city or, without one, for all."""
        return self._closing.closed(month, (city or self._province.code,))

    def rows(self, day: str, pair: Pair) -> tuple[Row, ...]:
        """Return the log's rows of a day and pair."""
        return self._log.rows(day, pair)

    def copy_of(self, city: str, day: str) -> tuple[Row, ...]:
        """Return the copy of a city's rows of a day (JS-3.3a)."""
        pairs = sorted(pair for pair in self._log.pairs(day) if city in pair)
        return tuple(row.told for pair in pairs for row in self._log.rows(day, pair))

    def missed(self, day: str) -> tuple[tuple[str, str], ...]:
        """Return the cities, with the side, that had not sent a day's totals when they were due."""
        return tuple(sorted((city, side) for each, city, side in self._missed if each == day))

    def drop_before(self, day: str) -> None:
        """Forget what was held of days before ``day`` whose month is closed, or that nobody can wait for."""
        limit = keep_from(day)
        for old, pair in list(self._log.held()):
            standing = self.results.of(old, pair)
            settled = standing is None or standing.good
            if old < limit or (old < day and settled and self.month_closed(month_of(old))):
                self._log.drop(old, pair)
                self._intake.drop_rows(old, pair)
        self._intake.drop_reports(limit)
        self._lately.drop_before(limit)
        self._comparison.drop_before(limit)
        self.results.drop_before(limit)
        self._province.retire(self._letters.before(limit))

    # -- totals and rows come in --------------------------------------------------------------------------------

    def _take_totals(self, turn: Turn, asked: Message) -> Message:
        """R101: keep a page; with the last one, answer whether it is level, and compare the pairs that are complete."""
        data, span = asked.block("data"), span_in(asked.block("data"))
        city, side = data["setl_optins"], data["role"]
        daily = span.begin == span.end
        if not daily and span != month_span(month_of(span.begin)):
            return turn.refuse(asked, "unknown_run", data["stmt_bchno"])
        if daily and self.month_closed(month_of(span.begin), city):
            return turn.refuse(asked, "month_closed", month_of(span.begin))
        page, sent = (data["page_num"], data["pages"]), str(asked.head["inf_time"])
        turn.record(TotalsReceived(city, side, data["stmt_bchno"], *span, *page, read_groups(asked), sent))
        report = self._intake.report(span, city, side)
        reason = ""
        if report is not None and daily:
            pairs = sorted(pair for pair in self._closing.pairs(span.begin) if city_of(pair, side) == city)
            off = [pair for pair in pairs if not self._closing.logged(span, pair, report)]
            reason = f"{len(off)}对地区与平台不符" if off else ""
            for pair in pairs:
                if self._comparison.reported(span.begin, pair) is not None:
                    self._comparison.compare(turn, span.begin, pair)
        elif report is not None:
            reason = self._close_city(turn, city, side, month_of(span.begin))
        info = {"stmt_bchno": data["stmt_bchno"], "stmt_rslt": "1" if reason else "0", "stmt_rslt_dscr": reason[:200]}
        return turn.ok(asked, stmtinfo=info)

    def _take_rows(self, turn: Turn, asked: Message) -> Message:
        """R102: keep a page of rows; when all of both cities are in, compare them."""
        data = asked.block("data")
        day, pair, side, batch = data["stmt_begndate"], pair_in(data), data["role"], data["stmt_bchno"]
        if batch != self._intake.batch(day, data["setl_optins"], side):
            return turn.refuse(asked, "unknown_run", batch)
        rows = read_rows(asked)
        turn.record(RowsReceived(side, batch, day, pair, data["page_num"], data["pages"], rows))
        reported = self._comparison.reported(day, pair)
        if reported is not None and not self._comparison.without_rows(day, pair, reported):
            self._comparison.compare(turn, day, pair)
        return turn.ok(asked, stmtinfo={"stmt_bchno": batch, "totalrow": len(rows)})

    def _take_case(self, turn: Turn, asked: Message) -> Message:
        """S301: keep a special case (JL-4.1c); what it is about counts as explained."""
        data = asked.block("data")
        number, done = data.get("rlts_no", ""), bool(data.get("done_date"))
        turn.record(CaseReported(data["admdvs"], data["excp_id"], number, (), done))
        return turn.ok(asked, result={"excp_id": data["excp_id"]})

    # -- a day, a correction, a month ---------------------------------------------------------------------------

    def _reconcile(self, turn: Turn, action: ReconcileDay) -> None:
        """Compare again what changed, and note who has not sent a day's totals when they are due.

        Raises Refused for a day that has not come.
        """
        day = action.day.isoformat()
        if action.day > turn.now.date():
            raise Refused("not_over", day)
        for changed, pair in sorted(self._comparison.changed):
            if self._comparison.reported(changed, pair) is not None:
                self._comparison.compare(turn, changed, pair)
        if turn.now < day_due(self._province.pack, day, self._province.code):
            return
        for city in self._expected(day):
            for side in CITY_SIDES:
                there = self._intake.report(Span(day, day), city, side) is not None
                if not there and (day, city, side) not in self._missed:
                    turn.record(RunMissed(city, side, day))
        for pair in sorted(self._closing.pairs(day)):
            standing, reported = self.results.of(day, pair), self._comparison.reported(day, pair)
            if standing is None and (reported is None or self._comparison.without_rows(day, pair, reported)):
                blank = reported or dict.fromkeys(CITY_SIDES)
                self._comparison.conclude(turn, Found(day, pair, MISSING, self._comparison.totals(day, pair, blank)))

    def _expected(self, day: str) -> list[str]:
        """Return the province's cities with an area that is connected on a day."""
        registry, on = self._province.registry, dt.date.fromisoformat(day)
        connected = {area.city for area in registry.areas.values() if registry.connected(area.code, on)}
        return sorted(city for city in connected if self._comparison.own(city))

    def _correct(self, turn: Turn, action: Correct) -> None:
        """Set the log right, and compare again where the day is open; in a closed month new rows are dated now.

        Raises Refused where it is not the log that is wrong, or where the bill has moved since the cities reported.
        """
        mismatch = action.mismatch
        if self._lately.since(mismatch, mismatch.insured_city):
            raise Refused("cannot_correct", mismatch.setl_id, "其后又有业务，待重新对账")
        pair = mismatch.pair

        def late(day: str) -> bool:
            return self._closing.closed(month_of(day), pair)

        for day in self._corrector.correct(turn, mismatch, late=late):
            if not late(day) and self._comparison.reported(day, pair) is not None:
                self._comparison.compare(turn, day, pair)

    def _close(self, turn: Turn, action: CloseMonth) -> None:
        """Close a month once each city has closed it; raises Refused with those that have not."""
        month, today = action.month, turn.now.date().isoformat()
        if month_of(today) <= month:
            raise Refused("not_over", month)
        left = [city for city in self._expected(days_of(month)[-1]) if not self.month_closed(month, city)]
        if left:
            raise Refused("not_level_yet", month, "、".join(left))
        if not self.month_closed(month):
            turn.record(MonthClosed(self._province.code, month, turn.now.date()))

    def _close_city(self, turn: Turn, city: str, side: str, month: str) -> str:
        """Judge a city's run over a month, and close it when those of both roles are good; return what is not."""
        if self.month_closed(month, city):
            return ""
        days = self._closing.problem(city, month)
        unlike = {each: self._closing.unlike(city, month, each) for each in CITY_SIDES}
        if not days and not any(unlike.values()):
            turn.record(MonthClosed(city, month, turn.now.date()))
        return days or unlike[side]

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_passed(self, fact: Passed) -> None:
        self._log.fold_passed(fact)
        self._comparison.fold_passed(fact)

    def _fold_totals(self, fact: TotalsReceived) -> None:
        if fact.begin == fact.end:
            self.started[fact.city] = min(self.started.get(fact.city, fact.begin), fact.begin)
        self._intake.fold_totals(fact)
        self._lately.fold_totals(fact)

    def _fold_compared(self, fact: DayCompared) -> None:
        self._comparison.fold_compared(fact)
        self.results.fold(fact)
