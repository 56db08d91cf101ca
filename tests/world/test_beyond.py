"""Stays over the ministry: both ways, from the day it connects, and apart from the figures of the province."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl

from simulator.inputs.scenarios import Scenario
from simulator.world.model import World

OTHER = "990100"
OPENS = dt.date(2016, 12, 12)


def test_stays_go_both_ways_from_the_day_the_ministry_connects(december: Any) -> None:
    stays = december.table("stays")
    crossing = stays.filter(pl.col("cross_province"))
    assert (crossing["admitted_at"].dt.date() >= OPENS).all()
    assert set(crossing.filter(pl.col("treatment_city") == OTHER)["insured_city"]) <= set(
        december.world.scenario.network.registry.cities
    )
    inward = crossing.filter(pl.col("insured_city") == OTHER)
    outward = crossing.filter(pl.col("treatment_city") == OTHER)
    assert inward.height + outward.height == crossing.height
    assert min(inward.height, outward.height) > 20
    assert "direct" in set(inward["outcome"])
    assert "direct" in set(outward["outcome"])
    inside = stays.filter(~pl.col("cross_province"))
    assert OTHER not in {*inside["insured_city"], *inside["treatment_city"]}


def test_their_messages_pass_both_provinces_and_the_ministry_and_no_others_do(december: Any) -> None:
    stays = december.table("stays")
    crossing = stays.filter(pl.col("cross_province"))["visit"]
    events = december.table("events")
    over = events.filter(pl.col("leg").str.contains("ministry"))
    assert set(over["leg"]) == {"province-ministry", "ministry-province"}
    assert set(over["visit"]) <= set(crossing)
    settled = stays.filter(pl.col("cross_province") & (pl.col("outcome") == "direct"))["visit"]
    assert set(settled) <= set(over.filter(pl.col("infno") == "2304")["visit"])


def test_the_sheet_of_the_cities_is_theirs_alone_and_both_sum_to_zero(december: Any) -> None:
    office, cities = december.world.office, december.world.scenario.network.registry.cities
    assert {line.city for sheet in office.sheets for line in sheet.lines} == set(cities)
    (between,) = office.cross_province
    assert {line.city for line in between.lines if line.difference} > {OTHER}
    assert december.world.auditor.clean


def test_every_platform_on_the_way_holds_the_same_month(december: Any) -> None:
    world = december.world
    totals = [
        {pair: summed for pair, summed in router.monthly.under("2016-12").items() if OTHER in pair[:2]}
        for router in world.routers.values()
    ]
    assert totals[0]
    assert totals[0] == totals[1] == totals[2]


def test_what_happens_inside_the_province_is_the_same_without_it(
    december: Any, december_scenario: Scenario, tmp_path: Path
) -> None:
    network = dataclasses.replace(december_scenario.network, national=december_scenario.network.registry, beyond=None)
    alone = dataclasses.replace(december_scenario, network=network, beyond_catalogue=None)
    world = World(alone, scale=0.003, seed=1, folder=tmp_path / "parts")
    world.run()
    world.recorder.finish(tmp_path)
    columns = ("visit", "hospital", "admitted_at", "bill")
    inside = december.table("stays").filter(~pl.col("cross_province")).select(columns).sort("visit")
    assert pl.read_parquet(tmp_path / "stays.parquet").select(columns).sort("visit").equals(inside)
