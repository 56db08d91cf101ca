"""A member of a clearing house: what it applies for, the sheets it gets, and its answers to them.

A city is a member of its province; a province is one of the ministry, for care in other provinces. A case is one sheet
of one month; the four departments of JS-4.3 each leave their time on it before it is answered.
"""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.actions import ApplyClearing, Confirm, Lapse, Stamp
from simulator.core.clearing.facts import Applied, Closed, Judged, Replaced, Sealed, SheetTaken, Stamped
from simulator.core.clearing.months import compact, first_day, last_day
from simulator.core.clearing.orders import in_parts
from simulator.core.clearing.papers import IN_PROVINCE_SHEET, Pair, PaperSheet, balances, base_of, sheet_in
from simulator.core.clearing.rows import Claims
from simulator.core.clearing.source import Paper, Source, paper_of
from simulator.core.clearing.sums import NO_SUMS, ClaimRow, Sums, total
from simulator.core.platform.message import Message
from simulator.core.platform.node import Node, Turn
from simulator.core.platform.office import Office, declining
from simulator.core.platform.refusals import Refused
from simulator.core.values.money import yuan
from simulator.core.values.stamps import written

_CONFIRMED = frozenset({life.CONFIRMED, life.SEALED, life.CLOSED})
DEPARTMENTS = {"1": "行政", "2": "经办机构", "3": "信息中心", "4": "规划财务"}  # clr_dept_type


class Stamping(NamedTuple):
    """Who of a department dealt with a sheet, and when."""

    officer: str
    at: dt.datetime


class Case:
    """One sheet as its receiver keeps it: the sheet with all its parts, the state, the departments' times."""

    __slots__ = ("sheet", "stamps", "state")

    def __init__(self, sheet: PaperSheet) -> None:
        self.sheet = sheet
        self.state = life.ON_SHEET
        self.stamps: dict[str, Stamping] = {}

    @property
    def complete(self) -> bool:
        """Tell whether all four departments have left their time (JS-4.3); a case that lapsed may be incomplete."""
        return self.stamps.keys() == DEPARTMENTS.keys()

    def take(self, sheet: PaperSheet) -> None:
        """Take a further part of the sheet, or the sheet as corrected."""
        if sheet.revision > self.sheet.revision:
            self.sheet, self.state, self.stamps = sheet, life.ON_SHEET, {}
        else:
            new = tuple(pair for pair in sheet.pairs if pair not in self.sheet.pairs)
            self.sheet = sheet._replace(pairs=(*self.sheet.pairs, *new))


class Member(Office, Source):
    """The clearing desk of a member; ``above`` is its clearing house."""

    def __init__(self, node: Node, above: str) -> None:
        self._node = node
        self.above = above
        self.applications: dict[str, Applied] = {}  # the one in force by month
        self._given: dict[str, int] = {}
        self.cases: dict[str, Case] = {}  # by the number of the first sheet
        self.settle: Callable[[Turn, str], None] = _nothing_to_settle
        self.answers = {"C102": self._take}
        self.hears = {"C101": self._hear_application, "C103": self._hear_answer}
        self.does = declining(
            {ApplyClearing: self._apply, Stamp: self._stamp, Confirm: self._answer, Lapse: self._lapse}
        )
        self.folds = {
            Applied: self._fold_applied,
            Replaced: self._fold_replaced,
            SheetTaken: self._fold_taken,
            Stamped: self._fold_stamped,
            Judged: self._fold_judged,
            Sealed: self._fold_sealed,
            Closed: self._fold_closed,
        }

    # -- what kinds of members decide ---------------------------------------------------------------------------

    @abstractmethod
    def claims(self, month: str, on: dt.date, again: str) -> Claims:
        """Return what can be claimed with the application of a month; ``again`` is one it would replace."""

    @abstractmethod
    def mine(self, city: str) -> bool:
        """Tell whether a city of a pair is on this member's side."""

    @abstractmethod
    def book(self, turn: Turn, sheet: PaperSheet, gone: Iterable[Pair], new: Iterable[Pair]) -> None:
        """Book the pairs that came with a sheet, and take back those that a correction removed."""

    def may_apply(self, month: str) -> None:  # a province may at any time
        """Raise Refused where a month cannot be applied for yet."""

    def check(self, case: Case) -> None:
        """Raise Refused where a sheet is not what this member's own papers say."""
        held: dict[tuple[str, str, str], Sums] = {}
        applied = self.applications.get(case.sheet.month)
        for row in applied.rows if applied is not None else ():
            key = (row.treatment, row.insured, row.insutype)
            held[key] = held.get(key, NO_SUMS).add(row.sums)
        for pair in case.sheet.pairs:
            own = held.get(pair[:3], NO_SUMS)
            if self.mine(pair.treatment) and own.claimed != pair.sums.claimed:
                raise Refused("amount_differs", case.sheet.number, yuan(pair.sums.claimed), yuan(own.claimed))

    # -- applying -----------------------------------------------------------------------------------------------

    def state(self, month: str, sheet_type: str = IN_PROVINCE_SHEET) -> str:
        """Return the state of a month's case: before its sheet, whether it has been applied for."""
        for case in self._of(month):
            if case.sheet.kind == sheet_type:
                return case.state
        return life.APPLIED if month in self.applications else life.COLLECTED

    def _of(self, month: str) -> tuple[Case, ...]:
        return tuple(case for case in self.cases.values() if case.sheet.month == month)

    def _apply(self, turn: Turn, action: ApplyClearing) -> None:
        """Apply for a month's clearing (C101) once it is over; while its sheets are open, correct the application.

        A correction lists every row of the application it replaces, with nothing where nothing is left.
        """
        month, today = action.month, turn.now.date()
        if today <= last_day(month):
            raise Refused("month_not_open", month)
        self.may_apply(month)
        for case in self._of(month):
            if (case.state, life.APPLY) not in life.CASE:
                raise Refused("document_not_now", case.sheet.number, case.state, "C101")
        earlier = self.applications.get(month)
        found = self.claims(month, today, earlier.event if earlier else "")
        rows = found.rows + (_emptied(earlier.rows, found.rows) if earlier else ())
        if not rows:
            raise Refused("nothing_due", month)
        event = f"QS{self._node.code}{compact(month)}{self._given.get(month, 0) + 1:04d}"
        if earlier is not None:
            turn.record(Replaced(earlier.event))
        turn.record(Applied(event, month, today, rows, found.items, found.changes, earlier))
        self._send(turn, event, month, rows)

    def _send(self, turn: Turn, event: str, month: str, rows: tuple[ClaimRow, ...]) -> None:
        pages = in_parts(rows)
        whole = {"pages": len(pages), "data_cnt": len(rows)}
        for number, page in enumerate(pages, 1):
            data = self._page(event, month, turn.now.date(), page) | {"page_num": number} | whole
            listed = [row.block(place) for place, row in enumerate(page, 1)]
            turn.ask(self.above, "C101", {"data": data, "clrlist": listed})

    def _page(self, event: str, month: str, on: dt.date, rows: tuple[ClaimRow, ...]) -> dict[str, Any]:
        sums = total(row.sums for row in rows)
        return {
            "clr_appy_evt_id": event,
            "setlym": compact(month),
            "mdtrtarea_admvs": self._node.code,
            "begndate": first_day(min(row.month for row in rows)).isoformat(),
            "enddate": last_day(month).isoformat(),
            "clr_appy_date": on.isoformat(),
            "medfee_sumamt": sums.medfee,
            "clr_sumamt": sums.cleared,
            "ded_sumamt": sums.deducted,
            "fund_appy_sum": sums.claimed,
            "totalrow": len(rows),
        }

    def _hear_application(self, turn: Turn, asked: Message, reply: Message) -> None:
        """A refused application is void, and what it had replaced is in force again."""
        event = asked.block("data")["clr_appy_evt_id"]
        known = next((each for each in self.applications.values() if each.event == event), None)
        if reply.succeeded or known is None:
            return
        turn.record(Replaced(event))
        if known.earlier is not None:
            turn.record(known.earlier)

    # -- the sheet ----------------------------------------------------------------------------------------------

    def _take(self, turn: Turn, asked: Message) -> Message:
        """C102: take a sheet in and book it; a correction is refused once the sheet has been confirmed."""
        sheet = sheet_in(asked)
        known = self.cases.get(sheet.base)
        before: tuple[Pair, ...] = ()
        if known is not None:
            before = known.sheet.pairs
            if sheet.revision > known.sheet.revision and (known.state, life.TAKE) not in life.CASE:
                return turn.refuse(asked, "document_not_now", sheet.number, known.state, "C102")
        if known is None or sheet.revision >= known.sheet.revision:
            turn.record(SheetTaken(sheet))
            after = self.cases[sheet.base].sheet.pairs
            gone = tuple(pair for pair in before if pair not in after)
            self.book(turn, sheet, gone, tuple(pair for pair in after if pair not in before))
        return turn.ok(asked, result={"clr_sht_no": sheet.number, "clr_stas": "30"})

    def case(self, number: str) -> Case:
        """Return the case of a sheet; raises Refused for a number that is not known."""
        found = self.cases.get(base_of(number))
        if found is None:
            raise Refused("unknown_document", number)
        return found

    def _stamp(self, turn: Turn, action: Stamp) -> None:
        """Note that a department has dealt with the sheet; it does so once for each version of it (JS-4.3)."""
        case = self.case(action.number)
        if case.state != life.ON_SHEET or action.department in case.stamps:
            raise Refused("document_not_now", action.number, case.state, DEPARTMENTS[action.department])
        turn.record(Stamped(case.sheet.base, action.department, action.officer, turn.now.replace(microsecond=0)))

    def _answer(self, turn: Turn, action: Confirm) -> None:
        """Answer a sheet (C103): with all four departments' times (JS-4.3), and confirmed only where it is right."""
        case = self.case(action.number)
        if (case.state, life.DISPUTE if action.reason else life.CONFIRM) not in life.CASE:
            raise Refused("document_not_now", action.number, case.state, "C103")
        missing = [name for code, name in DEPARTMENTS.items() if code not in case.stamps]
        if missing:
            raise Refused("incomplete", action.number, "、".join(missing))
        if not action.reason:
            self.check(case)
        stamps = sorted(case.stamps.items(), key=lambda each: (each[1].at, each[0]))
        data = {
            "clr_sht_no": case.sheet.number,
            "setlym": compact(case.sheet.month),
            "admdvs": self._node.code,
            "cnfm_flag": "0" if action.reason else "1",
            "diff_amt": sum(one - other for one, other in balances(case.sheet.pairs, self.mine).values()),
            "cnfm_time": written(turn.now),
        }
        data |= {"nocnfm_rea": action.reason} if action.reason else {"seal_date": f"{stamps[-1][1].at:%Y-%m-%d}"}
        departments = [
            {"seqno": place, "dept_type": code, "opter_name": stamp.officer, "opt_time": written(stamp.at)}
            for place, (code, stamp) in enumerate(stamps, 1)
        ]
        turn.ask(self.above, "C103", {"data": data, "deptlist": departments})

    def _hear_answer(self, turn: Turn, asked: Message, reply: Message) -> None:
        """The answer counts once the house has taken it."""
        data = asked.block("data")
        if reply.succeeded:
            answer = life.CONFIRM if data["cnfm_flag"] == "1" else life.DISPUTE
            on = dt.date.fromisoformat(data["cnfm_time"][:10])
            base = base_of(data["clr_sht_no"])
            turn.record(Judged(base, self._node.code, answer, on, data.get("nocnfm_rea", "")))
            self.settle(turn, base)

    def _lapse(self, turn: Turn, action: Lapse) -> None:
        """A sheet that was not answered by its day counts as confirmed (P75-57)."""
        case = self.case(action.number)
        if (case.state, life.LAPSE) not in life.CASE or turn.now.date() <= case.sheet.confirm_by:
            raise Refused("document_not_now", action.number, case.state, life.LAPSE)
        turn.record(Judged(case.sheet.base, self._node.code, life.LAPSE, turn.now.date()))
        self.settle(turn, case.sheet.base)

    # -- as a paper to be paid ----------------------------------------------------------------------------------

    def paper(self, number: str) -> Paper | None:
        """Return the kind and month of a sheet."""
        found = self.cases.get(base_of(number))
        return None if found is None else paper_of(found.sheet)

    def unready(self, number: str) -> str:
        """Only a confirmed sheet is sealed and paid."""
        state = self.case(number).state
        return "" if state in _CONFIRMED else state

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_applied(self, fact: Applied) -> None:
        self.applications[fact.month] = fact
        self._given[fact.month] = self._given.get(fact.month, 0) + 1

    def _fold_replaced(self, fact: Replaced) -> None:
        for month in [month for month, each in self.applications.items() if each.event == fact.event]:
            del self.applications[month]

    def _fold_taken(self, fact: SheetTaken) -> None:
        known = self.cases.get(fact.sheet.base)
        if known is None:
            self.cases[fact.sheet.base] = Case(fact.sheet)
        else:
            known.take(fact.sheet)

    def _fold_stamped(self, fact: Stamped) -> None:
        self.cases[fact.number].stamps[fact.department] = Stamping(fact.officer, fact.at)

    def _fold_judged(self, fact: Judged) -> None:
        if fact.member == self._node.code:
            self._move(fact.number, fact.answer)

    def _fold_sealed(self, fact: Sealed) -> None:
        if fact.complete and fact.number in self.cases:
            self._move(fact.number, life.SEAL)

    def _fold_closed(self, fact: Closed) -> None:
        if fact.number in self.cases:
            self._move(fact.number, life.SETTLE)

    def _move(self, number: str, event: str) -> None:
        case = self.cases[number]
        case.state = life.CASE[case.state, event]


def _emptied(earlier: Iterable[ClaimRow], rows: Iterable[ClaimRow]) -> tuple[ClaimRow, ...]:
    """Return the rows that an earlier application had and the new one has not, with nothing in them."""
    kept = {row[:6] for row in rows}
    return tuple(row._replace(sums=NO_SUMS) for row in earlier if row[:6] not in kept)


def _nothing_to_settle(turn: Turn, number: str) -> None:
    """Do nothing: what a member does after its answer until it is told better."""
