"""The other built-in scenarios, some weeks of each: clean, the same everywhere, and what their reports say."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from simulator.inputs.scenarios import Scenario, load_scenario
from simulator.study.opening import openings
from simulator.study.run import Options, Result, simulate
from simulator.world.model import World

from .test_run import validator

OTHER = "990100"
SMALL_HOUSES = "demand.level_mix={tertiary=0.5, secondary=0.25, primary=0.25}"
AROUND_NEW_YEAR = ("start=2019-12-05", "end=2020-01-10", SMALL_HOUSES)
SIX_WEEKS = ("start=2023-01-18", "end=2023-03-01")
ELSEWHERE = """
import sys
from pathlib import Path
from tests.study.test_built_in_scenarios import lived
print(lived(sys.argv[1], Path(sys.argv[2])))
"""


@pytest.fixture(scope="module")
def jilin(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Five weeks around New Year: three targets are due, NCMS merges, a month is closed."""
    made = tmp_path_factory.mktemp("jilin")
    return simulate(load_scenario("jilin-2019", overrides=AROUND_NEW_YEAR), Options(0.003, 1, check_all=True), made)


@pytest.fixture(scope="module")
def jiangsu(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Six weeks, in which January is closed, split by its institutions and cleared up to the sheets."""
    made = tmp_path_factory.mktemp("jiangsu")
    return simulate(load_scenario("jiangsu-2023", overrides=SIX_WEEKS), Options(0.0005, 1, check_all=True), made)


@pytest.fixture(params=["jilin", "jiangsu"])
def either(request: pytest.FixtureRequest) -> Result:
    found: Result = request.getfixturevalue(request.param)
    return found


def stays(result: Result) -> pl.DataFrame:
    return pl.read_parquet(result.folder / "stays.parquet")


def page(result: Result) -> str:
    return (result.folder / "report.html").read_text(encoding="utf-8")


def lived(name: str, folder: Path) -> str:
    """Return what a digest of all tables of a fortnight is."""
    world = World(load_scenario(name).shortened(14), scale=0.002, seed=3, folder=folder / "parts")
    world.run()
    world.recorder.finish(folder)
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.parquet")):
        digest.update(pl.read_parquet(file).write_json().encode())
    return digest.hexdigest()


# --- both


def test_no_invariant_is_broken_and_stays_are_settled_in_the_province_and_both_ways_across(either: Result) -> None:
    assert either.clean
    checks: Any = either.summary["checks"]["invariants"]
    assert [name for name, row in checks.items() if row["broken"]] == []
    direct = stays(either).filter(pl.col("outcome") == "direct")
    inside = direct.filter(~pl.col("cross_province"))
    outward, inward = (direct.filter(pl.col(name) == OTHER) for name in ("treatment_city", "insured_city"))
    assert min(inside.height, outward.height, inward.height) > 0


def test_the_page_says_that_the_benefit_figures_are_placeholders(either: Result) -> None:
    benefits = either.summary["basis"]["benefits"]
    assert benefits["assumed"] == benefits["all"] > 0
    said = page(either)
    assert f"No benefit figure (deductibles, ratios, caps) is official text: all {benefits['all']}" in said
    assert f"全部{benefits['all']}项都是占位假设" in said


@pytest.mark.parametrize("name", ["jilin-2019", "jiangsu-2023"])
def test_another_hash_seed_and_time_zone_give_the_same_tables(name: str, tmp_path: Path) -> None:
    env = os.environ | {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"}
    env["PYTHONPATH"] = os.pathsep.join(each for each in sys.path if each)
    asked = [sys.executable, "-c", ELSEWHERE, name, str(tmp_path / "elsewhere")]
    with subprocess.Popen(asked, env=env, stdout=subprocess.PIPE, text=True) as elsewhere:
        here = lived(name, tmp_path / "here")
        there, _ = elsewhere.communicate(timeout=120)
    assert elsewhere.returncode == 0
    assert there.strip() == here


# --- Jilin


def opened_in(result: Result) -> Scenario:
    """Return the scenario with the institutions as the table of a run has them."""
    scenario = load_scenario("jilin-2019", overrides=AROUND_NEW_YEAR)
    known = scenario.network.institutions
    like = next(iter(known.values()))
    rows = pl.read_parquet(result.folder / "institutions.parquet").to_dicts()
    lived = {
        row["code"]: known.get(row["code"], like)._replace(
            area=row["area"],
            inpatient=row["inpatient"],
            designated_on=row["designated_on"],
            opened_on=row["opened_in"],
            across_on=row["opened_cross"],
        )
        for row in rows
    }
    return dataclasses.replace(scenario, network=dataclasses.replace(scenario.network, institutions=lived))


def test_each_area_that_is_behind_is_named_for_each_target(jilin: Result) -> None:
    scenario = opened_in(jilin)
    told = {target["id"]: target for target in jilin.summary["targets"]}
    assert [told[name]["verdict"] for name in ("cross-province", "inpatient", "other")] == ["missed"] * 3
    assert told["all"]["verdict"] == "open"
    for target in scenario.targets:
        by_area = openings(scenario, target.measure, min(target.by, scenario.end))
        below = [area for area, (have, all_of) in by_area.items() if have * 10_000 < (target.value or 0) * all_of]
        assert told[target.id]["cities_below"] == below
        together = [sum(part) for part in zip(*by_area.values(), strict=True)]
        assert told[target.id]["reached"] == round(together[0] / together[1], 4)
    assert "229900" not in told["inpatient"]["cities_below"]  # what the province manages is open
    assert "公主岭市" in page(jilin)


def test_what_every_area_has_opened_is_kept() -> None:
    scenario = load_scenario("jilin-2019", overrides=AROUND_NEW_YEAR)
    opened = {
        code: each._replace(opened_on=scenario.start, across_on=scenario.start if each.inpatient else None)
        for code, each in scenario.network.institutions.items()
    }
    done = dataclasses.replace(scenario, network=dataclasses.replace(scenario.network, institutions=opened))
    for target in scenario.targets:
        behind, ahead = (openings(each, target.measure, target.by).values() for each in (scenario, done))
        assert all(counted.open == counted.all for counted in ahead)
        assert not all(counted.open == counted.all for counted in behind)


def test_hospitals_open_inside_the_province_only_refuse_those_who_come_from_another(jilin: Result) -> None:
    network = load_scenario("jilin-2019").network
    inside_only = [each.code for each in network.institutions.values() if each.opened_on and not each.across_on]
    theirs = (
        pl.col("hospital").is_in(inside_only) & (pl.col("scheme") != "ncms") & pl.col("discharged_at").is_not_null()
    )
    ended = stays(jilin).filter(theirs)
    crossing = ended.filter(pl.col("cross_province"))
    assert set(crossing["outcome"]) == {"manual"}
    assert "direct" in set(ended.filter(~pl.col("cross_province"))["outcome"])


def test_ncms_ends_with_the_year(jilin: Result) -> None:
    months = stays(jilin).filter(pl.col("scheme") == "ncms")["admitted_at"].dt.strftime("%Y-%m")
    assert set(months) == {"2019-12"}


def test_the_provincial_pool_settles_and_clears_as_a_treatment_city(jilin: Result) -> None:
    assert "229900" in set(stays(jilin)["treatment_city"])
    rows = [line for sheet in jilin.summary["clearing"] for line in sheet["lines"] if line["city"] == "229900"]
    assert sum(row["collects"] for row in rows) > 0


# --- Jiangsu of 2023


def test_nobody_is_in_ncms_and_who_has_not_filed_settles_directly(jiangsu: Result) -> None:
    assert jiangsu.summary["ncms_stays"] == 0
    assert jiangsu.summary["targets"] == []
    assert "no_filing" not in {row["reason"] for row in jiangsu.summary["reasons"]}
    assert jiangsu.summary["rate"]["rate"] > 0.9


def test_institutions_confirm_their_month_before_it_is_claimed_where_the_pack_asks_for_it(
    jiangsu: Result, jilin: Result
) -> None:
    def number(result: Result, infno: str) -> int:
        events = pl.read_parquet(result.folder / "events.parquet")
        return events.filter((pl.col("infno") == infno) & (pl.col("direction") == "reply"))["msgid"].n_unique()

    assert number(jiangsu, "3260") == number(jiangsu, "3261") > 0
    assert number(jilin, "3203") > 0
    assert number(jilin, "3260") == 0
    sheets = {sheet["kind"]: sheet for sheet in jiangsu.summary["back_office"]["sheets"]}
    assert {kind: (sheet["month"], sheet["made_on"]) for kind, sheet in sheets.items()} == {
        "in_province": ("2023-01", "2023-02-28"),
        "cross_province": ("2023-01", "2023-02-28"),
    }
    assert all(sheet["claimed"] > 0 for sheet in sheets.values())


def test_a_page_without_targets_says_so_and_one_with_them_does_not(jiangsu: Result, jilin: Result) -> None:
    assert "The scenario sets no target." in page(jiangsu)
    assert "The scenario sets no target." not in page(jilin)
    assert all("open before the window" in page(each) for each in (jiangsu, jilin))


def test_the_summary_is_as_its_published_form_says(either: Result) -> None:
    said = json.loads((either.folder / "summary.json").read_bytes())
    assert [error.message for error in validator("summary").iter_errors(said)] == []
