"""Deadlines come from a table of steps and the figures of the pack; the situations hold them to the three packs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.clearing.deadlines import (
    CITY,
    CONFIRM,
    HAND,
    IN_PLACE,
    IN_PROVINCE,
    NOTICE,
    PROVINCE,
    SEAL,
    SHEET,
    STEPS,
    TRANSFER,
    UPLOAD,
    VOUCHER,
    Deadlines,
    Due,
    Kept,
    declarable,
)
from simulator.core.values.parameters import Basis
from simulator.inputs.workdays import work_calendar

CITY_CODE = "320300"
MONTH = "2023-08"  # its sheet is due on Thursday 28 September 2023, the day before the October holiday begins


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture
def deadlines(make_pack: Any) -> Any:
    """Deadlines by the figures given, without the folder's name."""

    def make(**figures: Any) -> Deadlines:
        rules = {f"clearing__rules__{name[6:]}": value for name, value in figures.items() if name.startswith("rules_")}
        steps = {f"clearing__in_province__{n}": v for n, v in figures.items() if not n.startswith("rules_")}
        return Deadlines(make_pack(**rules, **steps), work_calendar(), CITY_CODE)

    return make


def test_a_fixed_day_is_of_the_next_month_and_stays_on_a_day_off(deadlines: Any) -> None:
    known = deadlines(sheet_day=30)
    due = known.due(IN_PROVINCE, SHEET, MONTH, {})
    assert due == Due(SHEET, day("2023-09-30"), Basis(assumption="A"), False)  # the October holiday has begun


def test_a_pack_may_move_a_fixed_day_to_the_next_working_day(deadlines: Any) -> None:
    known = deadlines(sheet_day=30, rules_shift_to_workday=True)
    assert known.due(IN_PROVINCE, SHEET, MONTH, {}).day == day("2023-10-07")  # a worked Saturday
    known = deadlines(sheet_day=30, rules_shift_to_workday=False)
    assert known.due(IN_PROVINCE, SHEET, MONTH, {}).day == day("2023-09-30")


def test_a_moved_day_beyond_the_published_calendar_is_provisional(deadlines: Any) -> None:
    known = deadlines(sheet_day=3, rules_shift_to_workday=True)
    assert known.due(IN_PROVINCE, SHEET, "2027-06", {}) == Due(SHEET, day("2027-07-05"), Basis(assumption="A"), True)


def test_working_days_start_after_the_trigger_as_it_happened(deadlines: Any) -> None:
    known = deadlines(sheet_day=28, pay_workdays=2)
    assert known.due(IN_PROVINCE, TRANSFER, MONTH, {SHEET: day("2023-09-27")}).day == day("2023-10-07")
    assert known.due(IN_PROVINCE, TRANSFER, MONTH, {SHEET: day("2023-09-28")}).day == day("2023-10-08")


def test_a_trigger_that_has_not_happened_counts_from_its_own_day(deadlines: Any) -> None:
    known = deadlines(sheet_day=28, sheet_to_hand_workdays=1, transfer_workdays=1, voucher_workdays=1)
    assert known.due(IN_PROVINCE, VOUCHER, MONTH, {}).day == day("2023-10-09")  # 7, 8 and 9 October


def test_a_guess_on_the_way_makes_what_follows_a_guess(deadlines: Any) -> None:
    known = deadlines(sheet_day=28, sheet_to_hand_workdays=5, transfer_workdays=0)
    due = known.due(IN_PROVINCE, TRANSFER, "2026-11", {})
    assert (due.day, due.provisional) == (day("2027-01-04"), True)


def test_a_step_without_a_figure_or_a_trigger_has_no_deadline(deadlines: Any) -> None:
    known = deadlines(transfer_workdays=7)
    assert known.due(IN_PROVINCE, UPLOAD, MONTH, {}) is None
    assert known.due(IN_PROVINCE, TRANSFER, MONTH, {}) is None  # nobody says when it is to be handed in
    assert known.due(IN_PROVINCE, TRANSFER, MONTH, {HAND: day("2023-10-08")}).day == day("2023-10-17")


def test_the_first_row_whose_figure_the_pack_has_counts(deadlines: Any) -> None:
    both = deadlines(sheet_day=1, confirm_day=25, confirm_workdays=10)
    assert both.due(IN_PROVINCE, CONFIRM, MONTH, {}).day == day("2023-09-25")


def test_money_is_in_place_on_the_day_before_the_next_signing_day(deadlines: Any) -> None:
    known = deadlines(seal_day=31)
    assert known.due(IN_PROVINCE, SEAL, MONTH, {}).day == day("2023-09-30")
    assert known.due(IN_PROVINCE, IN_PLACE, MONTH, {}).day == day("2023-10-30")


def test_a_table_holds_the_steps_of_whoever_has_to_keep_them(deadlines: Any) -> None:
    known = deadlines(upload_day=20, sheet_day=28, notice_day=31, seal_day=31)
    done = {UPLOAD: day("2023-09-21"), SHEET: day("2023-09-28")}
    of_city = {kept.due.step: kept for kept in known.table(IN_PROVINCE, MONTH, done, CITY)}
    assert set(of_city) == {UPLOAD, SEAL, IN_PLACE}
    assert of_city[UPLOAD].late
    assert not of_city[SEAL].late
    assert of_city[SEAL].done is None
    of_province = [kept.due.step for kept in known.table(IN_PROVINCE, MONTH, done, PROVINCE)]
    assert of_province == [SHEET, NOTICE, SEAL, IN_PLACE]


def test_a_step_done_on_its_day_is_not_late() -> None:
    due = Due(SHEET, day("2023-09-28"), Basis(assumption="A"), False)
    assert not Kept(due, day("2023-09-28")).late
    assert Kept(due, day("2023-09-29")).late


def test_every_step_waits_for_one_that_is_in_the_table() -> None:
    names = {step.name for step in STEPS} | {"receive"}
    assert all(step.after in names for step in STEPS if step.after)


@pytest.mark.parametrize(
    ("bills", "month", "on", "open_"),
    [
        ("2023-06", "2023-06", "2023-07-20", True),
        ("2023-06", "2023-08", "2023-09-20", True),
        ("2023-06", "2023-08", "2023-09-21", False),  # by the 20th of July, or two months late
        ("2023-06", "2023-06", "2023-12-15", False),  # whatever month it is to be cleared with
        ("2023-06", "2023-05", "2023-07-20", False),  # the month cleared is an earlier one
        ("2023-12", "2024-02", "2024-03-20", True),
    ],
)
def test_bills_are_declared_two_months_late_at_most_and_before_the_year_is_closed(
    make_pack: Any, bills: str, month: str, on: str, open_: bool
) -> None:
    rules = {"clearing__rules__max_delay_months": 2, "clearing__rules__year_close_month": 3}
    pack = make_pack(**rules, clearing__in_province__upload_day=20)
    assert declarable(pack, CITY_CODE, bills, month, day(on)) is open_


@pytest.mark.parametrize(("on", "open_"), [("2024-03-31", True), ("2024-04-01", False)])
def test_a_years_bills_are_declared_before_it_is_closed(make_pack: Any, on: str, open_: bool) -> None:
    pack = make_pack(clearing__rules__max_delay_months=3, clearing__rules__year_close_month=3)
    assert declarable(pack, CITY_CODE, "2023-12", "2024-02", day(on)) is open_


def test_without_a_day_to_declare_a_month_it_is_the_last_of_the_next(make_pack: Any) -> None:
    pack = make_pack(clearing__rules__max_delay_months=2)
    assert declarable(pack, CITY_CODE, "2023-11", "2023-12", day("2024-02-29"))
    assert not declarable(pack, CITY_CODE, "2023-11", "2023-12", day("2024-03-01"))


def test_a_pack_without_these_figures_sets_no_limit(make_pack: Any) -> None:
    assert declarable(make_pack(), CITY_CODE, "2020-01", "2023-09", day("2023-10-20"))
    assert not declarable(make_pack(), CITY_CODE, "2023-10", "2023-09", day("2023-10-20"))
