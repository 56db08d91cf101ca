"""Until when a dispute is answered and confirmed, by the packs."""

from __future__ import annotations

import datetime as dt

import pytest

from simulator.core.disputes.deadlines import Deadlines
from simulator.core.disputes.ticket import BILL_CHECK, FILING, OTHER, SYSTEM
from simulator.core.values.calendar import DueDay
from simulator.inputs.packs import load_pack
from simulator.inputs.workdays import work_calendar


def deadlines(pack: str) -> Deadlines:
    return Deadlines(load_pack(pack), work_calendar(), "320300")


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        (SYSTEM, dt.date(2023, 9, 28)),
        (FILING, dt.date(2023, 10, 7)),  # a Saturday worked for the holiday of 29 September to 6 October
        (OTHER, dt.date(2023, 10, 17)),  # 8 October, a Sunday, is worked too
        (BILL_CHECK, dt.date(2023, 10, 26)),
    ],
)
def test_days_to_answer_what_was_asked_before_the_national_holiday(kind: str, due: dt.date) -> None:
    assert deadlines("jiangsu-2023").answer_by(kind, dt.date(2023, 9, 27)) == DueDay(due, False)


def test_a_bill_check_is_answered_in_the_next_month_even_at_the_turn_of_a_year() -> None:
    found = deadlines("jiangsu-2023")
    assert found.answer_by(BILL_CHECK, dt.date(2023, 12, 31)).day == dt.date(2024, 1, 26)
    assert found.answer_by(BILL_CHECK, dt.date(2024, 1, 1)).day == dt.date(2024, 2, 26)
    assert found.answer_by(BILL_CHECK, dt.date(2023, 1, 31)).day == dt.date(2023, 2, 26)  # a Sunday; no shift


def test_five_working_days_to_confirm_a_check_ten_until_silence_confirms() -> None:
    found, day = deadlines("jiangsu-2023"), dt.date(2023, 9, 26)
    assert found.confirm_by(BILL_CHECK, day).day == dt.date(2023, 10, 9)
    assert found.confirm_by(OTHER, day).day == found.silent_by(day).day == dt.date(2023, 10, 16)


def test_only_the_pack_of_2023_checks_large_bills() -> None:
    assert deadlines("jiangsu-2023").large(dt.date(2023, 6, 1)) == 3_000_000
    assert deadlines("jilin-2019").large(dt.date(2019, 6, 1)) is None
    assert deadlines("jiangsu-2016").large(dt.date(2016, 6, 1)) is None


def test_beyond_the_published_calendar_a_deadline_is_provisional() -> None:
    found, day = deadlines("jiangsu-2023"), dt.date(2099, 6, 1)
    assert found.answer_by(BILL_CHECK, day) == DueDay(dt.date(2099, 7, 26), True)
    assert found.answer_by(SYSTEM, day).provisional
