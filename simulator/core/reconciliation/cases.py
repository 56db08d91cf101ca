"""Special cases (特殊情况) of reconciliation, which a city reports to the province with S301 (JL-4.1c).

A run that failed or was missed, and every difference not corrected by the end of the next working day, is reported
once; and once more, under the same number, when it is over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.facts import CaseReported
from simulator.core.reconciliation.messages import Case, case_blocks
from simulator.core.values.calendar import WorkCalendar

_CURE = "查明原因，更正后重新对账"


class Open(NamedTuple):
    """Something that is open: what it is (``part``), the run it belongs to, and the last day it need not be reported.

    ``amount`` is the fen concerned.
    """

    part: str
    number: str
    since: dt.datetime
    due: dt.date
    text: str
    amount: int


class Cases:
    """The cases one city has reported."""

    def __init__(self, city: str, province: str, calendar: WorkCalendar) -> None:
        self._city = city
        self._province = province
        self._calendar = calendar
        self.reported: dict[str, CaseReported] = {}  # the last report of each case, by excp_id
        self._parts: set[str] = set()

    def report(self, turn: Turn, found: Iterable[Open]) -> None:
        """Report what is open, overdue and not reported, one case for each run; and the cases that are over."""
        still: set[str] = set()
        overdue: dict[str, list[Open]] = {}
        for each in found:
            still.add(each.part)
            if each.part not in self._parts and turn.now.date() > each.due:
                overdue.setdefault(each.number, []).append(each)
        for number, parts in overdue.items():
            self._send(turn, self._new(turn.now, number, parts), tuple(each.part for each in parts))
        for reported in list(self.reported.values()):
            if not reported.done and not still.intersection(reported.about):
                self._send(turn, self._over(turn.now, reported), reported.about)

    def explains(self, part: str) -> bool:
        """Tell whether something has been reported."""
        return part in self._parts

    def fold(self, fact: CaseReported) -> None:
        """Apply :class:`CaseReported`."""
        self.reported[fact.excp_id] = fact
        self._parts.update(fact.about)

    def _send(self, turn: Turn, case: Case, about: tuple[str, ...]) -> None:
        turn.record(CaseReported(self._city, case.excp_id, case.number, about, case.done is not None))
        turn.ask(self._province, "S301", case_blocks(case))

    def _new(self, now: dt.datetime, number: str, parts: list[Open]) -> Case:
        head = f"YC{self._city}{now:%Y%m}"
        excp_id = f"{head}{1 + sum(known.startswith(head) for known in self.reported):04d}"
        since, text = min(each.since for each in parts), "；".join(each.text for each in parts)
        amount, plan = sum(each.amount for each in parts), self._calendar.add_workdays(now.date(), 1).day
        return Case(excp_id, self._city, number, since, now, text, amount, _CURE, plan)

    def _over(self, now: dt.datetime, reported: CaseReported) -> Case:
        today = now.date()
        return Case(reported.excp_id, self._city, reported.number, now, now, "已处理完毕", 0, _CURE, today, today)
