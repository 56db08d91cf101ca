"""The back office: statements, months, paper claims."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest


def test_every_hospital_that_settled_sends_its_statement_that_evening(whole: Any) -> None:
    sent = whole.table("events").filter((pl.col("infno") == "3201") & (pl.col("direction") == "request"))
    settled = whole.table("settlements").filter((pl.col("kind") == "direct") & ~pl.col("refund"))
    in_time = settled.filter(pl.col("at").dt.time() < dt.time(22, 25))
    want = set(in_time.select(pl.col("hospital"), day=pl.col("at").dt.date()).rows())
    have = set(sent.select(pl.col("from"), day=pl.col("sent_at").dt.date()).rows())
    assert want <= have
    assert (sent["sent_at"].dt.time() >= dt.time(22, 30)).all()
    assert sent["msgid"].is_unique().all()


def test_statements_are_level_or_unanswered(either: Any) -> None:
    said = either.world.office.statements
    sent = either.table("events").filter((pl.col("infno") == "3201") & (pl.col("direction") == "request"))
    assert said["not_level"] == 0
    assert said["level"] > 50
    assert said["level"] + said["unanswered"] == sent["msgid"].n_unique()


def test_claims_are_paid_in_the_morning_of_a_working_day_after_the_papers_came(whole: Any) -> None:
    paid = whole.table("stays").filter(pl.col("paid_at").is_not_null())
    calendar = whole.world.scenario.calendar
    assert paid.height > 50
    assert (paid["outcome"] == "manual").all()
    assert set(paid["paid_at"].dt.time()) == {dt.time(10)}
    assert all(calendar.is_workday(day) for day in paid["paid_at"].dt.date())
    waited = (paid["paid_at"] - paid["discharged_at"]).dt.total_days()
    assert waited.min() >= 1  # type: ignore[operator]


def test_claims_wait_as_long_as_the_scenario_says(run_of: Any) -> None:
    quick = run_of("manual.collect_days=0", "manual.service_workdays=1", "manual.service_spread=0", days=60)
    manual = quick.table("stays").filter(pl.col("outcome") == "manual")
    last = manual["discharged_at"].max() - dt.timedelta(days=7)  # type: ignore[operator]
    assert manual.filter((pl.col("discharged_at") < last) & pl.col("paid_at").is_null()).is_empty()
    waited = manual.select((pl.col("paid_at").dt.date() - pl.col("discharged_at").dt.date()).dt.total_days())
    assert waited.to_series().drop_nulls().max() <= 5  # type: ignore[operator]


def test_the_benefit_of_a_claim_on_paper_uses_no_account_and_pays_the_insured_area(whole: Any) -> None:
    rows = whole.table("settlements").filter(pl.col("kind") == "manual")
    assert rows["acct_pay"].sum() == 0
    assert (rows["setl_id"] == "M" + rows["mdtrt_id"]).all()
    bank = whole.table("ledger").filter((pl.col("account") == "bank") & (pl.col("counterparty") == pl.col("area")))
    bank = bank.filter(~pl.col("org").str.starts_with("H"))
    assert set(bank["ref"]) <= set(rows["setl_id"])


@pytest.mark.parametrize("days", [20, 11, 8])
def test_every_month_of_a_run_is_cleared_once(run_of: Any, days: int) -> None:
    run = run_of(days=days, scale=0.01)
    assert_cleared(run)


@pytest.mark.parametrize("days", [9, 10])
def test_every_month_of_a_run_that_ends_early_in_the_next_is_cleared_once(run_of: Any, days: int) -> None:
    assert_cleared(run_of(days=days, scale=0.01))


def assert_cleared(run: Any) -> None:
    direct = run.table("settlements").filter(pl.col("kind") == "direct")
    owed = direct["fund_pay_sumamt"].sum() + direct["acct_pay"].sum()
    months = [sheet.month for sheet in run.world.office.sheets]
    last = run.world.scenario.end
    assert direct.height > 5
    assert months == (["2016-05", "2016-06"] if last.month == 6 else ["2016-05"])
    assert run.table("clearing")["cleared"].sum() == owed
    assert run.world.auditor.checked["sheet_is_zero"] == len(months)
