"""The back office over a run: every night reconciled and audited, every month closed, cleared and paid in its days."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl

from simulator.core.clearing.sheet import TOGETHER
from simulator.inputs.scenarios import Scenario
from simulator.world.clock import HOUR_MS
from simulator.world.model import World

CLEARED = ["2016-05", "2016-06", "2016-07", "2016-08", "2016-09", "2016-10"]


def connected(world: Any, day: dt.date) -> int:
    """How many cities have an area that is connected on a day."""
    registry = world.scenario.network.national
    return len({area.city for area in registry.areas.values() if registry.connected(area.code, day)})


# --- reconciliation


def test_every_connected_city_reports_both_its_roles_every_night_and_once_a_month(either: Any) -> None:
    world = either.world
    days = [world.scenario.start + dt.timedelta(days=number) for number in range(world.days)]
    nightly = sum(2 * connected(world, day) for day in days)
    monthly = sum(2 * connected(world, day) for day in days if (day + dt.timedelta(days=1)).day == 1)
    assert world.mail.requests["R101"] >= nightly + monthly
    assert world.office.nights.counts["missed"] == 0


def test_what_the_province_found_level_is_what_the_table_says(either: Any) -> None:
    nights, table = either.world.office.nights, either.table("reconciliation")
    assert table["level"].all()
    assert nights.counts["level"] + nights.counts["corrected"] >= table.height > 100
    assert nights.left_open() == 0


def test_every_month_is_closed_by_its_day(either: Any) -> None:
    nights = either.world.office.nights
    for month in (*CLEARED, "2016-11"):
        closed = nights.closed_on(month)
        assert closed is not None
        assert closed <= nights.due(month) == dt.date(2016, int(month[5:]) + 1, 3)
    assert nights.closed_on("2016-12") is None


def test_a_row_the_province_has_lost_is_found_and_entered_the_same_night(scenario: Scenario, tmp_path: Path) -> None:
    world = World(scenario.shortened(25), scale=0.002, seed=1, folder=tmp_path)
    lost: list[str] = []

    def lose(event: Any) -> None:
        """Once there are settlements, the province forgets them all, a few minutes before midnight."""
        if lost or not world.province.monthly.under():
            world.clock.call(24 * HOUR_MS, lose)
            return
        log = world.province.reconciliation._log
        lost.extend(row.setl_id for day, pair in list(log.held()) for row in log.rows(day, pair))
        for day, pair in list(log.held()):
            log.drop(day, pair)
        for tally in (world.province.daily, world.province.monthly):
            tally.drop(lambda span: True)

    world.clock.call(24 * HOUR_MS - HOUR_MS // 4, lose)
    world.run()
    assert lost
    counts = world.office.nights.counts
    assert counts["not_level"] == counts["corrected"] > 0
    assert world.office.nights.left_open() == 0
    assert world.auditor.clean, world.auditor.cases


# --- clearing


def test_each_sheet_is_what_passed_in_its_month(whole: Any) -> None:
    """The papers of the agencies come to the balance that the auditor reads from what passed through the province."""
    office = whole.world.office
    passed = {
        sheet.month: {line.city: line for line in sheet.lines if line.insutype == TOGETHER} for sheet in office.sheets
    }
    house = whole.world.province.clearing.house
    assert [issue.sheet.month for issue in house.issues.values()] == CLEARED
    for issue in house.issues.values():
        for city, line in passed[issue.sheet.month].items():
            mine = [each for each in issue.sheet.lines if each.city == city]
            assert (sum(each.collects for each in mine), sum(each.pays for each in mine)) == (line.collects, line.pays)


def test_every_sheet_is_made_confirmed_and_paid_in_time_and_the_last_month_is_open(either: Any) -> None:
    sheets, calendar = list(either.world.office.chronicle.sheets()), either.world.scenario.calendar
    assert [sheet.month for sheet in sheets] == CLEARED
    for sheet in sheets:
        assert sheet.kept, sheet
        assert sheet.applied <= sheet.made
        assert sheet.confirmed is not None
        assert sheet.paid_on is not None
        assert sheet.made < sheet.confirmed <= sheet.confirm_by
        assert sheet.confirmed < sheet.paid_on <= sheet.pay_by
        assert sheet.paid == sheet.moved > 0
        days = (sheet.applied, sheet.made, sheet.confirmed, sheet.paid_on)
        assert all(calendar.is_workday(day) for day in days)
    assert (sheets[2].made, sheets[2].month) == (dt.date(2016, 8, 19), "2016-07")  # the 20th and 21st are a weekend


def test_institutions_are_paid_on_working_days_before_anything_is_claimed(either: Any) -> None:
    office = either.world.office
    calendar = either.world.scenario.calendar
    applied = {sheet.month: sheet.applied for sheet in office.chronicle.sheets()}
    for month, paid in office.chronicle.institutions.items():
        closed = office.nights.closed_on(month)
        assert closed is not None
        assert closed < paid.first
        assert month not in applied or paid.last <= applied[month]
        assert calendar.is_workday(paid.first)
        assert calendar.is_workday(paid.last)
    ledger = either.table("ledger").filter(pl.col("org").str.starts_with("H") & (pl.col("account") == "bank"))
    assert ledger["amount"].sum() == sum(paid.amount for paid in office.chronicle.institutions.values())


def test_all_applications_of_institutions_go_over_the_network_and_are_taken(whole: Any) -> None:
    sent = whole.table("events").filter(pl.col("infno") == "3203")
    replies = sent.filter(pl.col("leg") == "city-hospital")
    assert (replies["infcode"] == 0).all()
    orders = sum(paid.orders for paid in whole.world.office.chronicle.institutions.values())
    assert replies["msgid"].n_unique() >= orders > 100  # what comes to nothing is not paid


def test_a_run_that_ends_in_the_middle_of_a_months_clearing_shows_it_open(run_of: Any) -> None:
    run = run_of(days=35, scale=0.004)  # to 27 June: the sheet of May is confirmed, and not paid
    (sheet,) = run.world.office.chronicle.sheets()
    assert sheet.month == "2016-05"
    assert sheet.confirmed == dt.date(2016, 6, 23)
    assert (sheet.paid_on, sheet.paid, sheet.kept) == (None, 0, None)
    assert sheet.moved > 0
    assert run.world.auditor.clean


# --- audit


def test_every_bill_is_reviewed_the_night_after_and_none_is_left(either: Any) -> None:
    audited = either.world.office.nights.audited
    rows = either.table("settlements").filter(pl.col("kind") == "direct")
    cancelled = rows.filter(pl.col("refund"))["init_setl_id"]
    in_force = rows.filter(~pl.col("refund") & ~pl.col("setl_id").is_in(cancelled.implode()))
    assert audited.bills(cross=True) == in_force.height > 50
    assert audited.bills(cross=False) == 0  # the world has travellers only
    assert all(city.audit.audit.waiting == 0 for city in either.world.cities.values())
    assert 8 * 60 < (audited.median_minutes(cross=True) or 0) < 24 * 60


def test_honest_bills_break_no_rule_of_items_whatever_the_catalogue_restricts(december: Any) -> None:
    """What is left are stays that follow one another by chance; quantities, sexes and diagnoses fit."""
    audited = december.world.office.nights.audited
    assert audited.bills(cross=True) > 50
    assert {audited.rules[rule].concerns for rule in audited.findings} <= {"visit"}


# --- the messages


def test_every_message_between_offices_is_as_its_schema_says(whole: Any) -> None:
    requests = whole.world.mail.requests
    assert {"R101", "R103", "P103", "C101", "C102", "C103", "P101", "P102", "P104", "P204"} <= requests.keys()
    assert whole.world.auditor.messages > 2 * sum(requests.values())
    assert whole.world.auditor.findings == 0
