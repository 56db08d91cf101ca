"""When each step of clearing is due: a table of steps, with figures from the policy pack.

A step is due on a day of a month, a number of working days after another step, or the day before the next signing day.
Working days start on the day after the trigger. Figures are looked up on the last day of the month that is cleared:
a month is cleared by the rules it was lived under. A pack holds the figures of the steps its notice knows; a step
without a figure has no deadline there. In the province the steps are those of P75-47, across provinces those of P75-48
and, between the finance departments of two provinces, of JL-4.2b to JL-4.2f; that the money is in place before the next
signing day is JL-4.2a.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from simulator.core.clearing.months import day_in, last_day, later
from simulator.core.values.calendar import WorkCalendar
from simulator.core.values.parameters import Basis, PolicyPack, Record

_LAST_DAY = 31  # of a month, whatever its length
DAY, WORKDAYS, DAY_BEFORE = "day", "workdays", "day before"

IN_PROVINCE, CROSS_PROVINCE = "in_province", "cross_province"  # 省内, 跨省
PREPAID_IN_PROVINCE, PREPAID_CROSS_PROVINCE = "prepaid.in_province", "prepaid.cross_province"  # 预付金
PREPAID_CALL = "prepaid.call"  # 紧急调增

UPLOAD, SHEET, CONFIRM, NOTICE, SEAL, HAND = "upload", "sheet", "confirm", "notice", "seal", "hand"
TRANSFER, PROVINCE_TRANSFER, VOUCHER = "transfer", "province_transfer", "voucher"
RECEIVE, RECEIPT_VOUCHER, IN_PLACE = "receive", "receipt_voucher", "in_place"


CITY, PROVINCE, BOTH = "city", "province", ""


class Step(NamedTuple):
    """When a step is due: ``parameter`` gives the day or the number; ``months`` after the one cleared, or ``after``.

    ``month`` is the parameter of the month of the year in which the day is, where it is always the same one. ``who``
    has to keep it: a city, a province, or whichever of them pays.
    """

    name: str
    unit: str
    parameter: str
    after: str = ""
    months: int = 1
    who: str = BOTH
    month: str = ""


# The first row of a step whose figure the pack has is the one that counts.
STEPS = (
    Step(UPLOAD, DAY, "upload_day", who=CITY),  # 市经办机构申报
    Step(SHEET, DAY, "sheet_day", who=PROVINCE),  # 省级清算单、清算通知
    Step(CONFIRM, DAY, "confirm_day", who=CITY),  # 确认
    Step(CONFIRM, WORKDAYS, "confirm_workdays", SHEET, who=CITY),
    Step(NOTICE, DAY, "notice_day", who=PROVINCE),  # 月底下达清算通知
    Step(SEAL, DAY, "seal_day"),  # 签章之日: 最后一个签章的日期
    Step(HAND, WORKDAYS, "notice_to_hand_workdays", NOTICE),  # 提交财政
    Step(HAND, WORKDAYS, "sheet_to_hand_workdays", SHEET, who=CITY),
    Step(HAND, WORKDAYS, "seal_to_hand_workdays", SEAL),
    Step(TRANSFER, WORKDAYS, "transfer_workdays", HAND),  # 财政划拨
    Step(TRANSFER, WORKDAYS, "city_transfer_workdays", HAND, who=CITY),
    Step(TRANSFER, WORKDAYS, "pay_workdays", SHEET, who=CITY),
    Step(PROVINCE_TRANSFER, DAY, "province_pay_day", months=2, who=PROVINCE),  # 省级财政划拨
    Step(VOUCHER, WORKDAYS, "voucher_workdays", TRANSFER),  # 划拨凭证
    Step(RECEIPT_VOUCHER, WORKDAYS, "voucher_workdays", RECEIVE),  # 收款凭证
    Step(IN_PLACE, DAY_BEFORE, "seal_day", months=2),  # 下期签章之日前到位
)
# Prepaid money counts from the notice (of the quota, or an emergency call), in the month of the notice; JL-4.2b to
# JL-4.2f count from the last seal, for prepaid papers as for clearing sheets.
PREPAID_STEPS = (
    Step(HAND, WORKDAYS, "hand_workdays", NOTICE, who=CITY),
    Step(HAND, WORKDAYS, "seal_to_hand_workdays", SEAL),
    Step(TRANSFER, WORKDAYS, "transfer_workdays", HAND, who=CITY),
    Step(TRANSFER, WORKDAYS, "pay_workdays", NOTICE, who=CITY),
    Step(PROVINCE_TRANSFER, DAY, "province_pay_day", months=0, who=PROVINCE, month="province_pay_month"),
    Step(VOUCHER, WORKDAYS, "voucher_workdays", TRANSFER),
    Step(RECEIPT_VOUCHER, WORKDAYS, "voucher_workdays", RECEIVE),
)
TABLES = {
    IN_PROVINCE: STEPS,
    CROSS_PROVINCE: STEPS,
    PREPAID_IN_PROVINCE: PREPAID_STEPS,
    PREPAID_CROSS_PROVINCE: PREPAID_STEPS,
    PREPAID_CALL: PREPAID_STEPS,
}


class Due(NamedTuple):
    """The last day of a step, and what it rests on; provisional beyond the published calendar."""

    step: str
    day: dt.date
    basis: Basis
    provisional: bool


class Kept(NamedTuple):
    """A step with its last day and the day it was done, None while it is open."""

    due: Due
    done: dt.date | None

    @property
    def late(self) -> bool:
        """Tell whether the step was done after its last day; an open step is not late yet."""
        return self.done is not None and self.done > self.due.day


class Deadlines:
    """The deadlines of one area, by the pack and the calendar it lives under."""

    def __init__(self, pack: PolicyPack, calendar: WorkCalendar, city: str) -> None:
        self._pack = pack
        self._calendar = calendar
        self._city = city

    def due(self, kind: str, step: str, month: str, done: Mapping[str, dt.date]) -> Due | None:
        """Return when a step of a month's clearing is due, None where the pack sets no time for it.

        ``kind`` names the table and the folder of figures; ``done`` are the days of the steps done so far. A trigger
        that has not happened counts from its own last day; one that has neither gives no deadline.
        """
        found = self._row(kind, step, month)
        if found is None:
            return None
        row, record = found
        if row.unit != WORKDAYS:
            return self._on_day(kind, row, month, record)
        trigger, guessed = done.get(row.after), False
        if trigger is None:
            earlier = self.due(kind, row.after, month, done)
            if earlier is None:
                return None
            trigger, guessed = earlier.day, earlier.provisional
        day, provisional = self._calendar.add_workdays(trigger, _count(record))
        return Due(row.name, day, record.basis, provisional or guessed)

    def table(self, kind: str, month: str, done: Mapping[str, dt.date], who: str) -> tuple[Kept, ...]:
        """Return every step that a city or a province has to keep, in order, with the day it was done."""
        kept = []
        for name in dict.fromkeys(row.name for row in TABLES[kind]):
            found, due = self._row(kind, name, month), self.due(kind, name, month, done)
            if found is not None and due is not None and found[0].who in {BOTH, who}:
                kept.append(Kept(due, done.get(name)))
        return tuple(kept)

    def _row(self, kind: str, step: str, month: str) -> tuple[Step, Record] | None:
        for row in TABLES[kind]:
            if row.name == step:
                record = self._pack.find(f"clearing.{kind}.{row.parameter}", last_day(month), self._city)
                if record is not None:
                    return row, record
        return None

    def _on_day(self, kind: str, row: Step, month: str, record: Record) -> Due:
        """Return a fixed day; one on a holiday stays where it is unless the pack moves it to the next working day."""
        always = self._pack.find(f"clearing.{kind}.{row.month}", last_day(month), self._city) if row.month else None
        of = later(month, row.months) if always is None else f"{month[:4]}-{_count(always):02d}"
        day = day_in(of, _count(record))
        moves = self._pack.find("clearing.rules.shift_to_workday", last_day(month), self._city)
        provisional = False
        if moves is not None and moves.value:
            day, provisional = self._calendar.add_workdays(day - dt.timedelta(days=1), 1)
        before = dt.timedelta(days=row.unit == DAY_BEFORE)
        return Due(row.name, day - before, record.basis, provisional)


def _count(record: Record) -> int:
    assert isinstance(record.value, int)  # unit "count"
    return record.value


def declarable(pack: PolicyPack, city: str, bills: str, month: str, on: dt.date) -> bool:
    """Tell whether bills of one month may be declared on a day with the clearing of another (P75-49).

    A month is declared by a day of the next one. That may be late by a number of months, whatever month it is cleared
    with, and a year's bills may be declared until the year is closed. A pack without these figures sets no limit.
    """
    end = last_day(bills)
    if bills > month or on > last_declaration(pack, city, bills, end):
        return False
    closing = pack.find("clearing.rules.year_close_month", end, city)
    return closing is None or on <= last_day(f"{int(bills[:4]) + 1}-{_count(closing):02d}")


def last_declaration(pack: PolicyPack, city: str, bills: str, at: dt.date) -> dt.date:
    """Return the last day on which a month's bills may be declared, by the figures of a day (P75-49)."""
    delay = pack.find("clearing.rules.max_delay_months", at, city)
    if delay is None:
        return dt.date.max
    upload = pack.find(f"clearing.{IN_PROVINCE}.upload_day", at, city)
    return day_in(later(bills, 1 + _count(delay)), _count(upload) if upload is not None else _LAST_DAY)
