"""What became of each month, told at the end of a run: when it was closed, its institutions paid, its sheets made,
confirmed and paid, and whether all of that was in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from simulator.core.clearing.deadlines import (
    CONFIRM,
    CROSS_PROVINCE,
    HAND,
    IN_PLACE,
    IN_PROVINCE,
    PROVINCE_TRANSFER,
    TRANSFER,
    Kept,
)
from simulator.core.clearing.facts import Closed, InstitutionPaid
from simulator.core.clearing.house import House, Issue
from simulator.world.clearing import sheet_number
from simulator.world.setting import Setting

_PAYING = frozenset({HAND, TRANSFER, PROVINCE_TRANSFER, IN_PLACE})


class Institutions(NamedTuple):
    """What institutions were paid for a month, in fen, by how many orders, and on which days."""

    orders: int
    amount: int
    first: dt.date
    last: dt.date


class Sheet(NamedTuple):
    """What became of one sheet; amounts are fen, a day is None while the step is open.

    ``claimed`` is what cities claim of one another by it, ``moved`` what it says is to be paid (net inside a province),
    ``paid`` how much of that its payees have. ``steps`` counts the steps with a day set for them that were done,
    ``late`` those done after their day, ``overdue`` the parties that still owe or are owed something past the last day.
    """

    month: str
    kind: str
    number: str
    applied: dt.date
    made: dt.date
    confirmed: dt.date | None
    confirm_by: dt.date
    paid_on: dt.date | None
    pay_by: dt.date
    claimed: int
    moved: int
    paid: int
    steps: int
    late: int
    overdue: int

    @property
    def kept(self) -> bool | None:
        """Tell whether all was done in time; None where nothing is late and something is still open."""
        if self.late or self.overdue:
            return False
        return None if self.paid_on is None else True


class Chronicle:
    """Follows payments through a run."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._closed: dict[tuple[str, str], dt.date] = {}  # by who owes nothing by a sheet any more
        self.institutions: dict[str, Institutions] = {}  # by month
        setting.mail.follow(Closed, self._hear_closed)
        setting.mail.follow(InstitutionPaid, self._hear_paid)

    def sheets(self) -> Iterator[Sheet]:
        """Yield the sheets of the province's cities, then those across provinces, by month."""
        setting = self._setting
        own = setting.province
        for month in setting.months():
            issue = own.clearing.house.issues.get(sheet_number(own.code, month))
            if issue is not None:
                yield self._told(own.clearing.house, issue, IN_PROVINCE, (own.code,))
        for month in setting.months() if setting.ministry is not None else ():
            assert setting.ministry is not None
            house = setting.ministry.clearing.house
            issue = house.issues.get(sheet_number(setting.ministry.code, month))
            if issue is not None:
                yield self._told(house, issue, CROSS_PROVINCE, ())

    def steps(self) -> Iterator[tuple[str, str, Kept]]:
        """Yield who had to do which step of which paper: (code, number, when it was due and done).

        A step that was not done counts where it is still owed: whoever claims nothing has nothing to declare, and who
        owes nothing has nothing to hand over.
        """
        for code, office in self._offices().items():
            for number in office.diary.days:
                open_ = (code, number) not in self._closed
                for kept in office.diary.timetable(number):
                    if kept.done is not None or kept.due.step == CONFIRM or (open_ and kept.due.step in _PAYING):
                        yield code, number, kept

    def _told(self, house: House, issue: Issue, kind: str, above: Iterable[str]) -> Sheet:
        sheet, nodes = issue.sheet, self._offices()
        cities = [code for code in self._setting.cities if sheet.base in nodes[code].member.cases]
        parties = dict.fromkeys((*house.members, *cities, *above))
        times = [kept for code in parties for kept in nodes[code].diary.timetable(sheet.base)]
        answered = [self._answered(nodes, code, sheet.base) for code in house.members]
        closed = [self._closed.get((code, sheet.base)) for code in parties]
        open_ = sum(day is None for day in closed)
        applied = [nodes[code].member.applications.get(sheet.month) for code in house.members]
        return Sheet(
            sheet.month,
            kind,
            sheet.number,
            max(application.on for application in applied if application is not None),
            sheet.on,
            max(day for day in answered if day is not None) if house.final(issue) else None,
            sheet.confirm_by,
            None if open_ else max(day for day in closed if day is not None),
            sheet.pay_by,
            sum(pair.sums.claimed for pair in sheet.pairs),
            sum(out for code in house.members for out, _ in house.due_of(issue, code).values()),
            sum(nodes[code].agency.received(sheet.base) for code in cities),
            sum(kept.done is not None for kept in times),
            sum(kept.late for kept in times),
            open_ if sheet.pay_by < self._setting.scenario.end else 0,
        )

    def _offices(self) -> Mapping[str, Any]:
        platforms: dict[str, Any] = {**self._setting.cities, **self._setting.provinces}
        return {code: node.clearing for code, node in platforms.items()}

    def _answered(self, nodes: Mapping[str, Any], code: str, base: str) -> dt.date | None:
        found: dt.date | None = nodes[code].diary.days.get(base, {}).get(CONFIRM)
        return found

    # -- what is heard ------------------------------------------------------------------------------------------

    def _hear_closed(self, code: str, fact: Closed) -> None:
        self._closed[code, fact.number] = fact.on

    def _hear_paid(self, code: str, fact: InstitutionPaid) -> None:
        month, voucher = fact.orders[0].month, fact.voucher
        known = self.institutions.get(month) or Institutions(0, 0, voucher.on, voucher.on)
        self.institutions[month] = Institutions(
            known.orders + 1, known.amount + voucher.amount, known.first, voucher.on
        )
