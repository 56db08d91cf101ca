"""The world as a whole: who comes, who lies where, and what a changed figure leaves alone."""

from __future__ import annotations

import dataclasses
from typing import Any

import polars as pl
import pytest

from simulator.world.model import World


def test_everybody_is_treated_in_another_city(either: Any) -> None:
    stays = either.table("stays")
    assert (stays["insured_city"] != stays["treatment_city"]).all()
    assert stays["insured_city"].n_unique() == 13
    areas = either.world.scenario.network.registry.areas
    assert all(areas[area].city == city for area, city in stays.select("insured_area", "insured_city").rows())
    assert all(areas[area].city == city for area, city in stays.select("treatment_area", "treatment_city").rows())


def test_every_stay_is_written_once_and_lies_in_the_window(either: Any) -> None:
    stays, scenario = either.table("stays"), either.world.scenario
    assert stays["visit"].is_unique().all()
    assert (stays["admitted_at"].dt.date() >= scenario.start).all()
    ended = stays.filter(pl.col("discharged_at").is_not_null())
    assert (ended["discharged_at"].dt.date() <= scenario.end).all()
    assert (ended["discharged_at"] > ended["admitted_at"]).all()


def test_nobody_lies_in_two_beds(stalled: Any) -> None:
    """The stays of one person by their settlement rows, direct and manual, never overlap."""
    rows = stalled.table("settlements").filter(~pl.col("refund")).sort("psn_no", "begin", "end")
    stays = rows.unique(["psn_no", "begin", "end"], maintain_order=True)
    overlap = stays.filter(pl.col("begin") < pl.col("end").shift(1).over("psn_no"))
    assert overlap.is_empty()
    assert stays["psn_no"].n_unique() < stays.height


def test_only_the_five_kinds_of_people_of_basic_insurance_and_ncms_come(whole: Any) -> None:
    stays = whole.table("stays")
    assert set(stays.select("scheme", "psn_type").rows()) >= {
        ("employee", "11"),
        ("employee", "12"),
        ("resident", "15"),
    }
    assert set(stays["scheme"]) == {"employee", "resident", "ncms"}
    assert set(stays.filter(pl.col("scheme") == "ncms")["outcome"]) <= {"ncms", "in_hospital"}


def test_the_share_of_ncms_is_about_what_the_scenario_says(whole: Any) -> None:
    stays = whole.table("stays")
    assert (stays["scheme"] == "ncms").mean() == pytest.approx(0.30, abs=0.06)


def test_ncms_stays_send_no_message(whole: Any) -> None:
    ncms = whole.table("stays").filter(pl.col("scheme") == "ncms")["visit"]
    assert whole.table("events").filter(pl.col("visit").is_in(ncms.implode())).is_empty()


def test_the_number_of_stays_follows_the_scale(run_of: Any) -> None:
    small, large = run_of(scale=0.001, name="small"), run_of(scale=0.004, name="large")
    ratio = large.table("stays").height / small.table("stays").height
    assert ratio == pytest.approx(4, rel=0.35)


def test_a_rate_changed_alone_leaves_who_comes_when_and_where_as_it_was(run_of: Any) -> None:
    before = run_of("refusal.cash_share=0", days=60, name="before").table("stays").sort("visit")
    after = run_of("refusal.cash_share=0.5", days=60, name="after").table("stays").sort("visit")
    told = ["visit", "scheme", "psn_type", "insured_area", "treatment_area", "hospital", "admitted_at"]
    assert before.select(told).equals(after.select(told))
    ended = pl.col("discharged_at").is_not_null()
    assert (
        before.filter(ended)
        .select("visit", "discharged_at", "bill")
        .equals(after.filter(ended).select("visit", "discharged_at", "bill"))
    )
    cash = pl.col("reason") == "patient_paid_cash"
    assert before.filter(cash).is_empty()
    # A rate only turns stays over to its own reason: whoever does not pay cash fares as before.
    rest = after.filter(~cash).select("visit", "outcome", "reason")
    same = before.join(rest, on=["visit", "outcome", "reason"], how="semi")
    assert same.height == rest.height < after.height


def test_an_added_platform_delay_leaves_every_bill_as_it_was(run_of: Any) -> None:
    told = ["visit", "hospital", "admitted_at", "bill", "insured_area"]
    quick = run_of("platform.latency_ms=1", name="quick").table("stays").sort("visit")
    slow = run_of("platform.latency_ms=2000", name="slow").table("stays").sort("visit")
    assert quick.select(told).equals(slow.select(told))


def test_a_run_of_fewer_days_is_the_beginning_of_a_longer_one(run_of: Any, whole: Any) -> None:
    first = run_of(days=120).table("stays").filter(pl.col("discharged_at").is_not_null())
    columns = ["visit", "outcome", "reason", "bill"]
    again = whole.table("stays").join(first.select("visit"), on="visit", how="semi")
    assert first.select(columns).sort("visit").equals(again.select(columns).sort("visit"))


def test_a_day_with_nobody_leaves_whole_empty_tables(run_of: Any) -> None:
    run = run_of(days=1, scale=1e-9)
    assert run.world.auditor.clean
    cities = len(run.world.scenario.network.registry.cities)
    there = {
        "ledger": 4 * len(run.world.cities),  # the fund's money, at agency and finance
        "duties": len(run.world.duties.all),  # offices owe without patients too
        "library": cities,
        "staff": cities,
    }
    for name, table in run.world.recorder.tables.items():
        assert (run.table(name).height, table.rows) == (there.get(name, 0),) * 2, name


def test_the_world_counts_its_days_and_tells_them(scenario: Any, tmp_path: Any) -> None:
    short = dataclasses.replace(scenario, end=scenario.start.replace(day=28))
    told: list[int] = []
    world = World(short, scale=0.0005, seed=1, folder=tmp_path)
    world.run(told.append)
    assert told == list(range(1, world.days + 1)) == [1, 2, 3, 4, 5]


def test_another_replication_is_another_run_and_says_its_number(scenario: Any, tmp_path: Any) -> None:
    short = dataclasses.replace(scenario, end=scenario.start.replace(day=30))
    visits = []
    for replication in (0, 1):
        world = World(short, scale=0.002, seed=1, folder=tmp_path / f"p{replication}", replication=replication)
        world.run()
        folder = tmp_path / f"r{replication}"
        folder.mkdir()
        world.recorder.finish(folder)
        stays = pl.read_parquet(folder / "stays.parquet")
        assert set(stays["run"]) == {replication}
        visits.append(stays.drop("run"))
    assert not visits[0].equals(visits[1])
