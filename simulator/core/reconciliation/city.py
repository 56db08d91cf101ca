"""The daily three-way reconciliation as a city does it (P75-41, JL-4.1a), in both its roles.

Hospitals first: their totals are compared with 3201. Then the city reports the day's totals of each role (R101), an
empty day too. The province answers a pair of cities with the result (R103); one that is not level and names no row
asks for the rows (R102). What is found is corrected on the side at fault, and the day is reported again. A month is
closed by a run that spans it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from simulator.core.benefit.settlement import Settlement
from simulator.core.platform.message import Message
from simulator.core.platform.node import Answered, Forwarded
from simulator.core.platform.office import Office, declining
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.cases import Cases, Open
from simulator.core.reconciliation.compare import Mismatch, may_be_pair, reporter
from simulator.core.reconciliation.correction import ASKED, Corrector, Held
from simulator.core.reconciliation.facts import (
    MISSING,
    NOT_LEVEL,
    ROWS_WANTED,
    CaseReported,
    CloseMonth,
    Correct,
    Corrected,
    DayCompared,
    MonthClosed,
    ReconcileDay,
    RowsSent,
    TotalsAnswered,
    TotalsSent,
)
from simulator.core.reconciliation.lately import Lately
from simulator.core.reconciliation.letters import Letters
from simulator.core.reconciliation.messages import (
    Run,
    Span,
    paged,
    read_result,
    rows_blocks,
    totals_blocks,
)
from simulator.core.reconciliation.office import Statements
from simulator.core.reconciliation.results import (
    Results,
    Standing,
    day_due,
    days_between,
    days_in,
    keep_from,
    month_due,
    month_of,
    month_span,
    report_workdays,
)
from simulator.core.reconciliation.rows import (
    CITY_SIDES,
    INSURED_SIDE,
    TREATMENT_SIDE,
    Pair,
    Row,
    between_cities,
    grouped,
    in_effect,
    row_of,
    taken_back_by,
)
from simulator.core.reconciliation.totals import totals_of_row
from simulator.core.values.money import yuan
from simulator.core.visits.facts import INSURED, TREATMENT, Settled
from simulator.core.visits.home import Home
from simulator.core.visits.role import Role

_SIDE_OF = {INSURED: INSURED_SIDE, TREATMENT: TREATMENT_SIDE}


class _Run:
    """One sending of a role's totals: what was sent, and how each page was answered."""

    __slots__ = ("answers", "sent")

    def __init__(self, sent: TotalsSent) -> None:
        self.sent = sent
        self.answers: dict[int, bool | None] = {}

    @property
    def answered(self) -> bool:
        """Tell whether the province has taken in all of it."""
        return len(self.answers) == self.sent.pages and None not in self.answers.values()

    @property
    def refused(self) -> bool:
        """Tell whether the province refused a page of it."""
        return None in self.answers.values()

    @property
    def level(self) -> bool:
        """Tell whether it was level against the province."""
        return self.answered and all(self.answers.values())


class Reconciliation(Office):
    """The reconciliation desk of a city; ``province`` is the platform it reconciles with."""

    def __init__(self, city: Home, statements: Statements, roles: Mapping[str, Role], province: str) -> None:
        self._city = city
        self._statements = statements
        self._province = province
        self._corrector = Corrector(city, {_SIDE_OF[name]: role for name, role in roles.items()})
        self._insured_rows: dict[str, list[Settlement]] = {}  # by day
        self._strikes: set[str] = set()
        self._runs: dict[tuple[Span, str], _Run] = {}  # the last of each span and side
        self._counts: dict[tuple[Span, str], int] = {}
        self._rows_sent: dict[tuple[str, Pair], str] = {}  # with which totals
        self._changed: set[str] = set()  # days whose rows changed after they were reported
        self._first = ""
        self.started = ""  # the first day that was ever reported: daily reconciliation is set up since then (JL-4.1b)
        self._months: set[str] = set()  # with a day reported
        self._closed: set[str] = set()
        self._letters = Letters()
        self._lately = Lately(city)
        self.results = Results()
        self.cases = Cases(city.code, province, city.calendar)
        self.answers = {"R103": self._take_result}
        self.hears = {"R101": self._heard_totals}
        self.does = declining({ReconcileDay: self._reconcile, Correct: self._correct, CloseMonth: self._close})
        self.folds = {
            Settled: self._fold_settled,
            Forwarded: self._lately.fold_forwarded,
            TotalsSent: self._fold_sent,
            TotalsAnswered: self._fold_answered,
            RowsSent: self._fold_rows_sent,
            DayCompared: self.results.fold,
            Corrected: self._fold_corrected,
            CaseReported: self.cases.fold,
            MonthClosed: self._fold_closed,
            Answered: self._letters.fold,
        }

    # -- what others ask ----------------------------------------------------------------------------------------

    def rows(self, side: str, day: str) -> tuple[Settlement, ...]:
        """Return the rows of a role and day that are reconciled between cities; rows that only take back are out."""
        held = self._insured_rows if side == INSURED_SIDE else self._statements.rows_by_day
        return in_effect([row for row in held.get(day, ()) if between_cities(row)], totals_of_row, self._strikes)

    def copied_upward(self, day: str) -> tuple[Row, ...]:
        """Return the rows of a day and both roles that the province's copy must have (JS-3.3a)."""
        return tuple(row_of(row).told for side in CITY_SIDES for row in self.rows(side, day))

    def month_closed(self, month: str) -> bool:
        """Tell whether a month (``yyyy-MM``) is closed to reconciliation."""
        return month in self._closed

    def drop_before(self, day: str) -> None:
        """Forget the rows and runs of days before ``day`` whose month is closed, or that nobody can wait for."""
        limit = keep_from(day)
        disputed = {each for each, _, _ in self.results.not_good()}

        def done_with(old: str) -> bool:
            return old < limit or (old < day and month_of(old) in self._closed and old not in disputed)

        self._insured_rows = {old: rows for old, rows in self._insured_rows.items() if not done_with(old)}
        self._statements.drop(done_with)
        self._runs = {key: run for key, run in self._runs.items() if not done_with(key[0].end)}
        self._rows_sent = {key: batch for key, batch in self._rows_sent.items() if not done_with(key[0])}
        self._changed = {old for old in self._changed if not done_with(old)}
        self._first = self._first and max(self._first, limit)
        self.results.drop_before(limit)
        self._lately.drop_before(limit)
        self._city.retire(self._letters.before(limit))

    # -- a day --------------------------------------------------------------------------------------------------

    def _reconcile(self, turn: Turn, action: ReconcileDay) -> None:
        """Report a day, and again earlier ones that changed or failed; then report the special cases.

        Before the totals are due, hospitals come first where the pack says so (P75-41). Raises Refused.
        """
        day, today = action.day.isoformat(), turn.now.date().isoformat()
        self._must_be_open(day)
        if day > today:
            raise Refused("not_over", day)
        behind = self._behind(turn, day)
        if behind:
            raise Refused("not_level_yet", day, "、".join(behind))
        refused = {span.begin for (span, _), run in self._runs.items() if run.refused and span.begin == span.end}
        again = {each for each in self._changed | refused if month_of(each) not in self._closed}
        for each in sorted({day, *again}):
            self._send_totals(turn, Span(each, each))
        self.cases.report(turn, self._open(turn.now))

    def _behind(self, turn: Turn, day: str) -> tuple[str, ...]:
        pack, city = self._city.pack, self._city.code
        first = pack.find("reconciliation.hospital_first", turn.now.date(), city)
        if first is None or not first.value or turn.now >= day_due(pack, day, city):
            return ()
        return self._statements.behind(day)

    def _must_be_open(self, day: str) -> None:
        if month_of(day) in self._closed:
            raise Refused("month_closed", month_of(day))

    def _send_totals(self, turn: Turn, span: Span) -> None:
        code = self._city.code
        for side in CITY_SIDES:
            count = self._counts.get((span, side), 0) + 1
            batch = f"DZ{code}{span.begin.replace('-', '')}{side}{count % 1000:03d}"
            if span.begin != span.end:
                batch = f"{batch}M"
            groups = grouped(row for day in days_in(span) for row in self.rows(side, day))
            pages = paged(tuple(groups.items()))
            turn.record(TotalsSent(batch, *span, side, len(pages)))
            for page, part in pages:
                turn.ask(self._province, "R101", totals_blocks(Run(batch, span, code, side), page, part))

    def _heard_totals(self, turn: Turn, asked: Message, reply: Message) -> None:
        data = asked.block("data")
        level = reply.block("stmtinfo")["stmt_rslt"] == "0" if reply.succeeded else None
        turn.record(TotalsAnswered(data["stmt_bchno"], data["page_num"], level))
        month = month_of(data["stmt_begndate"])
        if data["stmt_begndate"] != data["stmt_enddate"] and month not in self._closed:
            runs = [self._runs.get((month_span(month), side)) for side in CITY_SIDES]
            if all(run is not None and run.level for run in runs):
                turn.record(MonthClosed(self._city.code, month, turn.now.date()))

    def _take_result(self, turn: Turn, asked: Message) -> Message:
        """Keep what the province found; send the rows where it asks for them."""
        result = read_result(asked)
        if self._city.code not in result.pair:
            return turn.refuse(asked, "not_for_this_platform", self._city.code)
        day, pair = result.day, result.pair
        standing = self.results.of(day, pair)
        if standing is not None and result.number < standing.number:  # a later result has overtaken it
            return turn.ok(asked, result={"stmt_bchno": result.number, "cnfm_flag": "1"})
        side = TREATMENT_SIDE if pair[0] == self._city.code else INSURED_SIDE
        known = self._runs.get((Span(day, day), side))
        sent = None if known is None else known.sent.batch
        wanted = not result.level and not result.in_all and sent not in {None, self._rows_sent.get((day, pair))}
        if result.level:
            outcome = self.results.level_result(day, pair)
        elif result.in_all or self.results.was_bad(day, pair):
            outcome = NOT_LEVEL
        else:
            outcome = MISSING if sent is None else ROWS_WANTED if wanted else NOT_LEVEL
        turn.record(DayCompared(result.number, day, pair, result.at, outcome, result.mismatches, result.in_all))
        if wanted and sent is not None:
            self._send_rows(turn, Run(sent, Span(day, day), self._city.code, side), pair)
        return turn.ok(asked, result={"stmt_bchno": result.number, "cnfm_flag": "1"})

    def _send_rows(self, turn: Turn, run: Run, pair: Pair) -> None:
        """R102: send the rows of a pair and day."""
        day = run.span.begin
        held = self.rows(run.side, day)
        rows = [row_of(row) for row in held if (row.treatment_city, row.insured_city) == pair]
        turn.record(RowsSent(run.batch, day, pair))
        for page, part in paged(rows):
            turn.ask(self._province, "R102", rows_blocks(run, pair, page, part), treatment=pair[0], insured=pair[1])

    # -- correction ---------------------------------------------------------------------------------------------

    def _correct(self, turn: Turn, action: Correct) -> None:
        """Set right this side's part of a mismatch; the day is reported again at once where it is open.

        In a closed month nothing changes any more: the row that sets it right is dated now. Raises Refused where this
        side cannot do it by itself, or where the bill has moved since the report.
        """
        mismatch = action.mismatch
        if self._city.code not in mismatch.pair:
            raise Refused("not_for_this_platform", self._city.code)
        side = TREATMENT_SIDE if mismatch.treatment_city == self._city.code else INSURED_SIDE
        if self._lately.since(mismatch, self._city.code):
            raise Refused("cannot_correct", mismatch.setl_id, "其后又有业务，待重新对账")
        held = self._held(side, mismatch)
        serial = len(self._strikes) + 1
        how = self._corrector.correct(turn, mismatch, side, held, serial=serial, late=self._is_late)
        days = set() if how == ASKED else {mismatch.day, held.other_day} & {mismatch.day, *self._changed}
        for day in sorted(day for day in days if month_of(day) not in self._closed):
            self._send_totals(turn, Span(day, day))

    def _held(self, side: str, mismatch: Mismatch) -> Held:
        """Return what this side has of a mismatch, and at the city of insurance what takes it back, on whatever day."""
        rows = [row for row in self.rows(side, mismatch.day) if (row.setl_id, row.refund) == mismatch.key]
        if len(rows) != 1 or side != INSURED_SIDE or not may_be_pair(mismatch):
            return Held(rows)
        days = sorted(day for day in self._insured_rows if day >= mismatch.day)
        since = (row for day in days for row in self.rows(side, day))
        return Held(rows, taken_back_by(rows[0], since, totals_of_row))

    def _is_late(self, at: dt.datetime) -> bool:
        return month_of(at.date().isoformat()) in self._closed

    # -- special cases ------------------------------------------------------------------------------------------

    def _open(self, now: dt.datetime) -> Iterator[Open]:
        """Yield all that is open at this city: runs, differences it answers for, months."""
        today = now.date().isoformat()
        for day in self._not_answered(today):
            at = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(23, 59, 59))
            yield Open(f"{day}/run", self._run_number(day), at, self._grace(at), f"{day}对账总额未报或未被接收", 0)
        for day, pair, standing in self.results.not_good():
            yield from self._open_parts(day, pair, standing)
        for month in sorted(self._months - self._closed - {month_of(today)}):
            due = month_due(self._city.pack, month, self._city.code)
            at = dt.datetime.combine(due, dt.time(23, 59, 59))
            yield Open(f"{month}/close", self._run_number(f"{month}-01"), at, due, f"{month}月对账未按期结束", 0)

    def _open_parts(self, day: str, pair: Pair, standing: Standing) -> Iterator[Open]:
        side = TREATMENT_SIDE if pair[0] == self._city.code else INSURED_SIDE
        due, head = self._grace(standing.since), f"{day}/{pair[0]}/{pair[1]}"
        if not standing.in_all and side == TREATMENT_SIDE and (day, pair) in self._rows_sent:
            text = f"{day} {pair[0]}与{pair[1]}总额不符，无逐笔差异"
            yield Open(f"{head}/totals", standing.number, standing.since, due, text, 0)
        for mismatch in standing.mismatches:
            if reporter(mismatch) == side:
                text = f"{day} {pair[0]}与{pair[1]}结算{mismatch.setl_id}三方不符"
                amount = max(abs(mismatch.held(each)) for each in ("1", "2", "3"))
                part = f"{head}/{mismatch.setl_id}/{int(mismatch.refund)}"
                yield Open(part, standing.number, standing.since, due, f"{text}，涉及{yuan(amount)}元", amount)

    def _grace(self, since: dt.datetime) -> dt.date:
        days = report_workdays(self._city.pack, since.date(), self._city.code)
        return self._city.calendar.add_workdays(since.date(), days).day

    def _run_number(self, day: str) -> str:
        return f"DZ{self._city.code}{day.replace('-', '')}"

    # -- a month ------------------------------------------------------------------------------------------------

    def _close(self, turn: Turn, action: CloseMonth) -> None:
        """Send the run that spans a month; the month is closed once the province has found it level or explained.

        Raises Refused before the month is over, or while the province has not taken in each of its days.
        """
        month = action.month
        if month in self._closed:
            return
        if month_of(turn.now.date().isoformat()) <= month:
            raise Refused("not_over", month)
        left = [day for day in self._not_answered(turn.now.date().isoformat()) if month_of(day) == month]
        if left or month not in self._months:
            raise Refused("not_level_yet", month, "、".join(left) or "无日对账")
        self._send_totals(turn, month_span(month))

    def _not_answered(self, today: str) -> list[str]:
        """Return the days before today, since the first one reported, whose totals the province has not taken in."""
        if not self._first:
            return []
        return [
            day
            for day in days_between(self._first, today)
            if month_of(day) not in self._closed and not self._answered(day)
        ]

    def _answered(self, day: str) -> bool:
        runs = [self._runs.get((Span(day, day), side)) for side in CITY_SIDES]
        return all(run is not None and run.answered for run in runs)

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_settled(self, fact: Settled) -> None:
        row = fact.row
        if not fact.visit_id or not between_cities(row):
            return
        day = row.at.date().isoformat()
        if fact.role == INSURED:
            self._insured_rows.setdefault(day, []).append(row)
        if (Span(day, day), _SIDE_OF[fact.role]) in self._runs:
            self._changed.add(day)

    def _fold_sent(self, fact: TotalsSent) -> None:
        key = Span(fact.begin, fact.end), fact.side
        self._runs[key] = _Run(fact)
        self._counts[key] = self._counts.get(key, 0) + 1
        if fact.begin == fact.end:
            self._changed.discard(fact.begin)
            self._first = min(self._first or fact.begin, fact.begin)
            self.started = min(self.started or fact.begin, fact.begin)
            self._months.add(month_of(fact.begin))

    def _fold_answered(self, fact: TotalsAnswered) -> None:
        for run in self._runs.values():
            if run.sent.batch == fact.batch:
                run.answers[fact.page] = fact.level

    def _fold_rows_sent(self, fact: RowsSent) -> None:
        self._rows_sent[fact.day, fact.pair] = fact.batch

    def _fold_corrected(self, fact: Corrected) -> None:
        self._strikes.update(fact.strikes)

    def _fold_closed(self, fact: MonthClosed) -> None:
        self._closed.add(fact.month)
