"""A member of a clearing house: what it applies for, the sheets it gets, and its answers to them.

A city is a member of its province; a province is one of the ministry, for care in other provinces. A case is one sheet
of one month; the four departments of JS-4.3 each leave their time on it before it is answered.
"""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.actions import Confirm, Lapse, Stamp
from simulator.core.clearing.applying import Applicant
from simulator.core.clearing.deadlines import CONFIRM, SHEET, Deadlines
from simulator.core.clearing.facts import Closed, Judged, Sealed, SheetTaken, Stamped
from simulator.core.clearing.months import compact
from simulator.core.clearing.papers import IN_PROVINCE_SHEET, TABLES, Pair, PaperSheet, balances, base_of, sheet_in
from simulator.core.clearing.source import Paper, Source, paper_of
from simulator.core.platform.message import Message
from simulator.core.platform.node import Node
from simulator.core.platform.office import declining
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.values.money import yuan
from simulator.core.values.stamps import written

_CONFIRMED = frozenset({life.CONFIRMED, life.SEALED, life.CLOSED})
DEPARTMENTS = {"1": "行政", "2": "经办机构", "3": "信息中心", "4": "规划财务"}  # clr_dept_type


class Stamping(NamedTuple):
    """Who of a department dealt with a sheet, and when."""

    officer: str
    at: dt.datetime


class Case:
    """One sheet as its receiver keeps it: the sheet with all its parts, the state, the departments' times.

    ``until`` is the last day before silence confirms it.
    """

    __slots__ = ("sheet", "stamps", "state", "until")

    def __init__(self, sheet: PaperSheet) -> None:
        self.sheet = sheet
        self.state = life.ON_SHEET
        self.stamps: dict[str, Stamping] = {}
        self.until = sheet.confirm_by

    @property
    def complete(self) -> bool:
        """Tell whether all four departments have left their time (JS-4.3); a case that lapsed may be incomplete."""
        return self.stamps.keys() == DEPARTMENTS.keys()

    def take(self, sheet: PaperSheet) -> None:
        """Take a further part of the sheet, or the sheet as corrected."""
        if sheet.revision > self.sheet.revision:
            self.sheet, self.state, self.stamps, self.until = sheet, life.ON_SHEET, {}, sheet.confirm_by
        else:
            new = tuple(pair for pair in sheet.pairs if pair not in self.sheet.pairs)
            self.sheet = sheet._replace(pairs=(*self.sheet.pairs, *new))


class Member(Applicant, Source):
    """The clearing desk of a member."""

    def __init__(self, node: Node, above: str, kinds: Sequence[str], deadlines: Deadlines) -> None:
        super().__init__(node, above, kinds)
        self._deadlines = deadlines
        self.cases: dict[str, Case] = {}  # by the number of the first sheet
        self.settle: Callable[[Turn, str], None] = nothing_to_settle
        self.answers = {"C102": self._take}
        self.hears = {**self.hears, "C103": self._hear_answer}
        self.does = {**self.does, **declining({Stamp: self._stamp, Confirm: self._answer, Lapse: self._lapse})}
        self.folds = {
            **self.folds,
            SheetTaken: self._fold_taken,
            Stamped: self._fold_stamped,
            Judged: self._fold_judged,
            Sealed: self._fold_sealed,
            Closed: self._fold_closed,
        }

    # -- what kinds of members decide ---------------------------------------------------------------------------

    @abstractmethod
    def book(self, turn: Turn, sheet: PaperSheet, gone: Iterable[Pair], new: Iterable[Pair]) -> None:
        """Book the pairs that came with a sheet, and take back those that a correction removed."""

    def check(self, case: Case) -> None:
        """Raise Refused where a sheet is not what this member's own papers say: each pair names an application."""
        for pair in case.sheet.pairs:
            own = self.claimed(pair) if self.mine(pair.treatment) else pair.sums
            if own.claimed != pair.sums.claimed:
                raise Refused("amount_differs", case.sheet.number, yuan(pair.sums.claimed), yuan(own.claimed))

    def state(self, month: str, sheet_type: str = IN_PROVINCE_SHEET) -> str:
        """Return the state of a month's case: before its sheet, whether it has been applied for."""
        return self.standing(month, sheet_type) or (life.APPLIED if month in self.applications else life.COLLECTED)

    def standing(self, month: str, kind: str) -> str:
        """Return the state of a month's sheet of a kind, empty where there is none."""
        cases = (case for case in self.cases.values() if (case.sheet.month, case.sheet.kind) == (month, kind))
        return next((case.state for case in cases), "")

    # -- the sheet ----------------------------------------------------------------------------------------------

    def _take(self, turn: Turn, asked: Message) -> Message:
        """C102: take a sheet in and book it; a correction is refused once the sheet has been confirmed."""
        sheet = sheet_in(asked)
        known = self.cases.get(sheet.base)
        before: tuple[Pair, ...] = ()
        if known is not None:
            before = known.sheet.pairs
            if sheet.revision > known.sheet.revision and not self.may_correct(known, sheet):
                return turn.refuse(asked, "document_not_now", sheet.number, known.state, "C102")
        if known is None or sheet.revision >= known.sheet.revision:
            turn.record(SheetTaken(sheet))
            after = self.cases[sheet.base].sheet.pairs
            gone = tuple(pair for pair in before if pair not in after)
            self.book(turn, sheet, gone, tuple(pair for pair in after if pair not in before))
        return turn.ok(asked, result={"clr_sht_no": sheet.number, "clr_stas": "30"})

    def may_correct(self, known: Case, sheet: PaperSheet) -> bool:
        """Tell whether a correction may be taken in: not of a sheet that this member has confirmed."""
        return (known.state, life.TAKE) in life.CASE

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
        """The answer counts once the house has taken it; word of one that was given up since may come late."""
        data = asked.block("data")
        answer = life.CONFIRM if data["cnfm_flag"] == "1" else life.DISPUTE
        base = base_of(data["clr_sht_no"])
        if reply.succeeded and (self.cases[base].state, answer) in life.CASE:
            on = dt.date.fromisoformat(data["cnfm_time"][:10])
            self._judge(turn, Judged(base, self._node.code, answer, on, data.get("nocnfm_rea", "")))

    def _lapse(self, turn: Turn, action: Lapse) -> None:
        """A sheet that was not answered by its day counts as confirmed (P75-57).

        So does one that was disputed, when the time for an answer is over and no correction has come: what is found
        later goes into a later month.
        """
        case = self.case(action.number)
        if (case.state, life.LAPSE) not in life.CASE or turn.now.date() <= case.until:
            raise Refused("document_not_now", action.number, case.state, life.LAPSE)
        self._judge(turn, Judged(case.sheet.base, self._node.code, life.LAPSE, turn.now.date()))

    def _judge(self, turn: Turn, fact: Judged) -> None:
        """Note an answer; once the sheet stands, hold the applications to it."""
        turn.record(fact)
        if self.case(fact.number).state in _CONFIRMED:
            self.conclude(turn, self.case(fact.number).sheet)
        self.settle(turn, fact.number)

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
            case = self.cases[fact.number]
            if case.state == life.DISPUTED:
                case.until = answer_by(self._deadlines, case.sheet, fact.on)

    def _fold_sealed(self, fact: Sealed) -> None:
        if fact.complete and fact.number in self.cases:
            self._move(fact.number, life.SEAL)

    def _fold_closed(self, fact: Closed) -> None:
        if fact.number in self.cases:
            self._move(fact.number, life.SETTLE)

    def _move(self, number: str, event: str) -> None:
        case = self.cases[number]
        case.state = life.CASE[case.state, event]


def answer_by(deadlines: Deadlines, sheet: PaperSheet, on: dt.date) -> dt.date:
    """Return the last day to answer what was sent on a day: a sheet, or a dispute of one (P75-57)."""
    found = deadlines.due(TABLES[sheet.kind], CONFIRM, sheet.month, {SHEET: on})
    return max(found.day, on) if found is not None else on


def nothing_to_settle(turn: Turn, number: str) -> None:
    """Do nothing: what a member or a house does after an answer until it is told better."""
