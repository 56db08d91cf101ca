"""Filing lived: who asks when, through which channel, with how many trips, and what comes of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from simulator.inputs.administration import NOTHING
from simulator.world.model import World
from simulator.world.service.fading import Fading
from simulator.world.travellers import FILES

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def filings(whole: Any) -> pl.DataFrame:
    table: pl.DataFrame = whole.table("filings")
    return table


def test_who_files_does_so_before_the_stay_and_by_an_open_channel(whole: Any, filings: pl.DataFrame) -> None:
    assert set(filings["channel"]) == {"window", "phone"}
    made = filings.filter(pl.col("filing") != "")
    assert made.height > 100
    assert (made["done"] >= made["asked"]).all()
    assert made["in_time"].mean() > 0.9  # type: ignore[operator]  # there are some
    opened = {
        duty["owner"]: duty["done"] for duty in whole.table("duties").filter(pl.col("duty") == "window").to_dicts()
    }
    phoned = filings.filter(pl.col("channel") == "phone").to_dicts()
    assert all(each["asked"].date() >= opened[each["city"]] for each in phoned)


def test_a_window_costs_a_trip_for_each_time_papers_are_brought_and_a_call_none(filings: pl.DataFrame) -> None:
    for each in filings.filter(pl.col("done").is_not_null()).to_dicts():
        assert each["trips"] == (1 + each["document_requests"] if each["channel"] == "window" else 0)


def test_what_is_filed_is_told_to_the_place_of_treatment(whole: Any, filings: pl.DataFrame) -> None:
    for each in filings.filter(pl.col("filing") != "").to_dicts():
        if each["target"] in whole.world.cities:
            assert whole.world.cities[each["target"]].filings.book.latest(each["filing"]) is not None
            upload = whole.world.cities[each["city"]].filings.book.upload(each["filing"])
            assert upload.state == "accepted"


def test_the_kind_of_traveller_says_what_is_filed(whole: Any, filings: pl.DataFrame) -> None:
    assert all(FILES[kind] == filed for kind, filed in filings.select("kind", "type").rows())
    stays = whole.table("stays")
    assert set(stays["kind"]) == set(FILES)
    ages = {str(kind): (low, high) for kind, low, high in stays.group_by("kind").agg(
        low=pl.col("age").min(), high=pl.col("age").max()).rows()}  # fmt: skip
    assert ages["newborn"] == (0, 0)
    assert ages["student"][0] >= 6
    assert ages["student"][1] <= 23
    assert ages["resettled"][0] >= 59


def test_a_stay_without_a_filing_that_covers_it_is_refused_and_one_with_is_not(whole: Any) -> None:
    late = whole.table("filings").filter(~pl.col("in_time"))
    assert late.height > 0
    reasons = whole.table("stays").filter(pl.col("outcome") == "manual")["reason"]
    assert "not_filed" in set(reasons)


def test_service_is_given_in_opening_hours_of_working_days(whole: Any, filings: pl.DataFrame) -> None:
    calendar = whole.world.scenario.calendar
    once = filings.filter((pl.col("document_requests") == 0) & ~pl.col("error") & pl.col("done").is_not_null())
    begun = once.select(at=pl.col("done") - pl.duration(minutes=pl.col("minutes")))["at"]
    assert all(calendar.is_workday(at.date()) and 8 <= at.hour <= 17 for at in begun)  # minutes are rounded
    answered = whole.table("enquiries").filter(pl.col("answered").is_not_null())["answered"]
    assert all(calendar.is_workday(at.date()) for at in answered)


def test_people_wait_for_one_another_where_there_is_too_little_staff(run_of: Callable[..., Any]) -> None:
    slow = "service.minutes={window=200, phone=200, web=200, app=200}"
    usual, busy = (run_of(*settings, days=40, scale=0.003, name=name) for name, settings in
                   (("usual", ()), ("busy", (slow,))))  # fmt: skip
    assert busy.table("filings")["waited"].mean() > 10 * usual.table("filings")["waited"].mean()
    assert busy.table("staff")["busy_minutes"].sum() > 5 * usual.table("staff")["busy_minutes"].sum()


def test_publicity_raises_who_files(run_of: Callable[..., Any]) -> None:
    often = "service.awareness={start=0.5, gain=0.9, half_days=90, power=0.4}"
    never = "service.awareness={start=0.5, gain=0, half_days=30, power=1}"
    raised, faded = (run_of(setting, days=90, scale=0.002, name=name).table("filings").height
                     for name, setting in (("often", often), ("never", never)))  # fmt: skip
    assert raised > 1.3 * faded


def test_who_is_on_a_list_is_flagged_and_aid_pays(run_of: Callable[..., Any]) -> None:
    listed = "people.aid_share={registered_poor=0.2, key_aid=0.2}"
    run = run_of(listed, "people.unflagged_share=0.25", days=60, scale=0.003)
    people = run.table("aid_recipients")
    assert set(people["kind"]) == {"registered_poor", "key_aid"}
    assert 0.1 < people["flagged_on"].null_count() / people.height < 0.4
    flagged = set(people.filter(pl.col("flagged_on").is_not_null())["psn_no"])
    settled = run.table("settlements")
    marked = settled.filter(pl.col("in_identities") == "poor")
    assert marked["maf_pay"].sum() > 0
    assert set(marked["psn_no"]) <= flagged
    assert settled.filter(pl.col("in_identities") == "")["maf_pay"].sum() == 0


def test_doubts_are_taken_up_answered_and_closed_and_the_books_agree(run_of: Callable[..., Any]) -> None:
    run = run_of("service.dispute_share=1", "service.corrected_share=0.5", days=60, scale=0.002)
    tickets = run.table("tickets")
    assert set(tickets["outcome"]) == {"", "explained", "corrected"}
    assert (tickets.filter(pl.col("outcome") == "corrected")["corrected"] < 0).all()
    settled = run.table("settlements").select("setl_id", "insured_city")
    assert (tickets.join(settled, on="setl_id")["owner"] == tickets.join(settled, on="setl_id")["insured_city"]).all()
    assert run.world.auditor.clean


def test_a_scenario_without_a_service_files_by_chance_and_serves_nobody(scenario: Any, tmp_path: Any) -> None:
    left = {key: each for key, each in scenario.figures.items() if not key.startswith(("service.", "people.kinds"))}
    plain = dataclasses.replace(scenario.shortened(30), figures=left)
    world = World(plain, scale=0.002, seed=1, folder=tmp_path / "parts")
    world.run()
    world.recorder.finish(tmp_path)
    tables = {name: pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("filings", "enquiries", "stays")}
    assert tables["filings"].is_empty()
    assert tables["enquiries"].is_empty()
    assert set(tables["stays"]["kind"]) == {""}
    assert (tables["stays"]["outcome"] == "direct").sum() > 20
    assert world.auditor.clean


def test_where_no_office_owes_publicity_people_know_as_much_as_before(scenario: Any, tmp_path: Any) -> None:
    alone = dataclasses.replace(scenario.shortened(10), administration=NOTHING)
    world = World(alone, scale=0.001, seed=1, folder=tmp_path)
    world.run()
    area = next(iter(alone.network.registry.areas))
    assert world.service.openings.filing_factor(area) == 1.0
    assert all(world.service.openings.is_open(channel, area) for channel in ("window", "phone", "hospital_end"))


def test_a_level_rises_by_efforts_and_is_halved_in_its_time() -> None:
    level = Fading(0.5, 0.1, 90)
    assert level.at("a", 0) == 0.5
    assert level.at("a", 90 * DAY_MS) == 0.25
    level.lift("a", 90 * DAY_MS)
    assert level.at("a", 90 * DAY_MS) == pytest.approx(0.325)
    assert level.at("a", 180 * DAY_MS) == pytest.approx(0.1625)
    assert level.at("b", 0) == 0.5
