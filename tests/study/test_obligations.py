"""Every row of a notice, kept in one variant of a scenario and broken in another, and the duties behind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest

from schemas.requirements import load_requirements
from simulator.inputs.scenarios import load_scenario
from simulator.study.every_check import CHECKS
from simulator.study.frames import Frames
from simulator.study.obligations import BROKEN, KEPT, NOT_SEEN, OPEN, WARNED, Case, Standing, standing
from simulator.study.summary import summarise
from simulator.world.model import World

ROWS = load_requirements().rows
SCALE = 0.0005


class Lived:
    """A run with every chance of being late set to one figure."""

    def __init__(self, folder: Path, late: int) -> None:
        duties = load_scenario("jiangsu-2016").administration.duties
        settings = [f"duty.{name}.late={late}" for name in duties] + [f"money.idle={late * 0.8}"]
        self.scenario = load_scenario("jiangsu-2016", overrides=settings)
        world = World(self.scenario, scale=SCALE, seed=1, folder=folder / "parts")
        world.run()
        world.recorder.finish(folder)
        summary = summarise(self.scenario, SCALE, 1, world, Frames(folder))
        self.duties = pl.read_parquet(folder / "duties.parquet")
        self.circulars = pl.read_parquet(folder / "circulars.parquet")
        self.found: Mapping[str, Mapping[str, object]] = {each["row"]: each for each in summary["obligations"]}


@pytest.fixture(scope="module")
def prompt(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return Lived(tmp_path_factory.mktemp("prompt"), 0)


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return Lived(tmp_path_factory.mktemp("late"), 1)


DUTIES = load_scenario("jiangsu-2016").administration.duties
CLAUSES = sorted({duty.clause for duty in DUTIES.values()})


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_duty_is_kept_by_prompt_offices_and_broken_by_late_ones(prompt: Lived, late: Lived, clause: str) -> None:
    binding = any(duty.due.binding for duty in DUTIES.values() if duty.clause == clause)
    called = all(duty.begins == "call" for duty in DUTIES.values() if duty.clause == clause)
    assert prompt.found[clause]["verdict"] == (NOT_SEEN if called else KEPT)
    assert late.found[clause]["verdict"] == (BROKEN if binding else WARNED)


def test_a_report_of_a_month_is_due_on_the_fifth_whatever_day_it_is(prompt: Lived) -> None:
    """5 October lies in the National Day holiday, and stays the day (decision 3)."""
    reports = prompt.duties.filter(pl.col("duty") == "monthly-report")
    assert set(reports["due"]) == {dt.date(2016, month, 5) for month in range(6, 13)}
    assert reports.group_by("period").len()["len"].to_list() == [13] * 7
    assert reports["kept"].all()


def test_two_late_reports_are_told_to_the_city_government(late: Lived) -> None:
    """JS-5.5: with all reports late, each city is told about from the second on."""
    told = late.duties.filter(pl.col("duty") == "inform-government")
    assert told.group_by("subject").len()["len"].to_list() == [6] * 13
    escalated = late.duties.filter((pl.col("duty") == "monthly-report") & pl.col("escalated").is_not_null())
    assert escalated["period"].unique().sort().to_list() == [f"2016-{month:02d}" for month in range(6, 12)]


def test_idle_desks_are_late_with_what_clearing_asks_of_them(prompt: Lived, late: Lived) -> None:
    """The steps of clearing are the core's own: what is late there is a chance of the desks, not of a duty."""
    steps = pl.col("duty").str.starts_with("clearing-") & ~pl.col("kept")
    assert late.duties.filter(steps).height > 10 * prompt.duties.filter(steps).height + 10


def test_a_circular_lists_all_cities_by_their_rates(prompt: Lived) -> None:
    for _, rows in prompt.circulars.group_by("month"):
        placed = rows.sort("place")
        assert placed["place"].to_list() == list(range(1, 14))
        rates = [row["direct"] / row["discharges"] if row["discharges"] else 0 for row in placed.to_dicts()]
        assert rates == sorted(rates, reverse=True)
        assert placed["reported"].all()


def test_a_city_that_has_not_reported_stands_last(late: Lived) -> None:
    early = late.circulars.filter(pl.col("month") == late.circulars["month"].min()).sort("place")
    reported = early["reported"].to_list()
    assert reported == sorted(reported, reverse=True)


def test_every_check_is_of_a_row() -> None:
    assert set(CHECKS) <= set(ROWS)


@pytest.mark.parametrize(
    ("row", "cases", "verdict"),
    [
        ("JS-2.5a", [], NOT_SEEN),
        ("JS-2.5a", [Case("a", "", None)], OPEN),
        ("JS-2.5a", [Case("a", "", None), Case("b", "", True)], KEPT),
        ("JS-2.5a", [Case("a", "", True), Case("b", "", False)], BROKEN),
        ("JS-2.5a", [Case("a", "", True), Case("b", "", False, binding=False)], WARNED),
        ("JS-3.1g", [Case("a", "", False)], WARNED),
    ],
)
def test_how_a_row_stands(row: str, cases: Sequence[Case], verdict: str) -> None:
    found: Callable[..., Standing] = standing
    assert found(ROWS[row], cases).verdict == verdict
