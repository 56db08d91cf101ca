"""A run and its folder: the same seed gives the same bytes, wherever and whenever it is run."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import referencing
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # ships no types

import simulator
import simulator.study.run
from simulator.inputs.scenarios import Scenario, load_scenario
from simulator.outputs.files import folder_digest
from simulator.study.run import Options, Result, simulate
from simulator.world.recorder import SCHEMAS

DAYS, SCALE = 90, 0.001
TABLES = ("events", "messages", "stays", "ledger", "reconciliation", "clearing", "settlements", "claims")
TABLES = (*TABLES, "duties", "reports", "circulars", "filings", "enquiries")
FILES = {*(f"{name}.parquet" for name in (*SCHEMAS, "settlements")), "summary.json", "provenance.json", "report.html"}

ELSEWHERE = f"""
import sys, time
new_year = 4102444800.0  # the first day of 2100
localtime, gmtime = time.localtime, time.gmtime
time.time, time.time_ns = lambda: new_year, lambda: int(new_year) * 10**9
time.localtime = lambda seconds=None: localtime(new_year if seconds is None else seconds)
time.gmtime = lambda seconds=None: gmtime(new_year if seconds is None else seconds)
import datetime
assert datetime.date.today().year in (2099, 2100), datetime.date.today()
import yidi
sys.argv = ["yidi", "simulate", "jiangsu-2016", "--days", "{DAYS}", "--scale", "{SCALE}", "--out", sys.argv[1]]
yidi.main()
"""


def scenario_of(*settings: str) -> Scenario:
    scenario = load_scenario("jiangsu-2016", overrides=settings)
    return scenario.shortened(DAYS)


def run(folder: Path, *settings: str, seed: int = 1, check_all: bool = False) -> Result:
    return simulate(scenario_of(*settings), Options(SCALE, seed, check_all, overrides=settings), folder)


def tables(folder: Path) -> dict[str, pl.DataFrame]:
    return {name: pl.read_parquet(folder / f"{name}.parquet") for name in TABLES}


def validator(name: str) -> Any:
    """The published form of a file, with the parts it refers to."""
    folder = files("schemas") / "files"
    forms = [json.loads(entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".json")]
    resources = ((form["$id"], referencing.Resource.from_contents(form)) for form in forms)
    registry: referencing.Registry[Any] = referencing.Registry().with_resources(resources)
    form = next(form for form in forms if form["$id"].endswith(f"/{name}.schema.json"))
    return Draft202012Validator(form, registry=registry)


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in this process."""
    return run(tmp_path_factory.mktemp("first")).folder


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run by the command: another hash seed, time zone and locale, no UTF-8 by default, in the year 2100."""
    folder = tmp_path_factory.mktemp("elsewhere")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    env |= {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Kiritimati", "LANG": "C", "LC_ALL": "C"}
    env |= {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "utf-8"}
    env["PYTHONPATH"] = os.pathsep.join(each for each in sys.path if each)
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(folder)], env=env, cwd=folder.parent, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return folder


@pytest.fixture
def no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the page out, for tests that look at tables."""
    monkeypatch.setattr(simulator.study.run, "build_report", lambda *_, **__: "")


# --- determinism


def test_the_same_seed_gives_the_same_rows_wherever_and_whenever(first: Path, elsewhere: Path) -> None:
    other = tables(elsewhere)
    for name, table in tables(first).items():
        assert table.height > 0, name
        assert table.schema == other[name].schema
        assert table.equals(other[name]), name


@pytest.mark.parametrize("name", ["summary.json", "provenance.json", "report.html"])
def test_the_same_seed_gives_the_same_bytes_wherever_and_whenever(first: Path, elsewhere: Path, name: str) -> None:
    assert (first / name).read_bytes() == (elsewhere / name).read_bytes()


@pytest.mark.usefixtures("no_page")
def test_a_second_run_in_one_process_is_not_touched_by_the_first(first: Path, tmp_path: Path) -> None:
    again = run(tmp_path).folder
    other = tables(again)
    assert all(table.equals(other[name]) for name, table in tables(first).items())
    assert (first / "summary.json").read_bytes() == (again / "summary.json").read_bytes()


@pytest.mark.usefixtures("no_page")
def test_another_seed_differs(first: Path, tmp_path: Path) -> None:
    other = tables(run(tmp_path, seed=2).folder)
    assert not any(table.equals(other[name]) for name, table in tables(first).items())


@pytest.mark.usefixtures("no_page")
def test_checking_every_visit_changes_nothing_but_what_is_kept(first: Path, tmp_path: Path) -> None:
    result = run(tmp_path, check_all=True)
    checked, sampled = tables(result.folder), tables(first)
    for name in set(TABLES) - {"messages"}:
        assert checked[name].equals(sampled[name]), name
    kept = checked["messages"].filter(pl.col("seq").is_in(sampled["messages"]["seq"].implode()))
    assert kept.equals(sampled["messages"])
    assert checked["messages"].height == checked["events"].height
    said = json.loads((first / "summary.json").read_bytes())
    same = set(said) - {"messages", "checks"}
    assert {key: result.summary[key] for key in same} == {key: said[key] for key in same}
    assert result.summary["checks"]["invariants"] == said["checks"]["invariants"]


@pytest.mark.usefixtures("no_page")
def test_a_changed_rate_does_not_change_which_stays_arrive(first: Path, tmp_path: Path) -> None:
    changed = pl.read_parquet(run(tmp_path, "refusal.cash_share=0.2").folder / "stays.parquet").sort("visit")
    before = pl.read_parquet(first / "stays.parquet").sort("visit")
    told = ["visit", "scheme", "psn_type", "insured_area", "treatment_area", "hospital", "level", "admitted_at"]
    assert changed.select(told).equals(before.select(told))
    assert not changed.select("outcome", "reason").equals(before.select("outcome", "reason"))
    cash = "patient_paid_cash"
    assert (changed["reason"] == cash).sum() > (before["reason"] == cash).sum()


def calls_of(part: str) -> Iterator[tuple[str, ast.AST]]:
    root = Path(simulator.__file__).parent
    for path in sorted((root / part).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield f"simulator/{path.relative_to(root)}", node


@pytest.mark.parametrize("part", ["core", "inputs", "outputs", "world", "study"])
def test_nothing_a_run_uses_asks_for_the_date_or_for_chance_of_its_own(part: str) -> None:
    """What the faked date of the other run cannot reach: ``datetime.now`` reads the system's clock directly."""
    asks = {"today", "utcnow", "fromtimestamp", "utcfromtimestamp", "ctime", "getrandbits", "SystemRandom"}
    clocks, allowed = {"datetime", "dt", "date"}, {("simulator/study/commands.py", "time")}
    allowed.add(("simulator/outputs/files.py", "secrets"))  # names of temporary files
    found = []
    for file, node in calls_of(part):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value).rpartition(".")[2]
            if node.attr in asks or (node.attr == "now" and owner in clocks):
                found.append((file, ast.unparse(node)))
            if owner == "random" and node.attr != "Random":
                found.append((file, ast.unparse(node)))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hash":
            found.append((file, ast.unparse(node)))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
            modules = {"time", "secrets", "uuid", "locale"}
            found += [(file, name) for name in names if name in modules and (file, name) not in allowed]
    assert found == []


# --- the folder


def test_the_folder_holds_the_files_of_the_manual_and_nothing_else(first: Path) -> None:
    assert {entry.name for entry in first.iterdir()} == FILES


@pytest.mark.usefixtures("no_page")
def test_a_run_into_an_existing_folder_replaces_its_own_files_and_keeps_foreign_ones(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "summary.json").write_text("mine")
    (tmp_path / "summary.json").write_text("old")
    (tmp_path / "stays.parquet").write_bytes(b"old")
    run(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == (tmp_path / "mine" / "summary.json").read_text() == "mine"
    assert json.loads((tmp_path / "summary.json").read_bytes())["seed"] == 1
    assert pl.read_parquet(tmp_path / "stays.parquet").height > 0
    assert {entry.name for entry in tmp_path.iterdir()} == {*FILES, "notes.txt", "mine"}


def test_a_run_that_fails_leaves_the_folder_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(simulator.study.run, "build_report", broken)
    (tmp_path / "summary.json").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["summary.json"]
    assert (tmp_path / "summary.json").read_text() == "old"


# --- provenance


@pytest.fixture(scope="session")
def provenance(first: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((first / "provenance.json").read_bytes())
    return found


def test_the_provenance_is_as_its_published_form_says(provenance: Mapping[str, Any]) -> None:
    assert [error.message for error in validator("provenance").iter_errors(provenance)] == []


@pytest.mark.parametrize(
    "change",
    [
        {"seed": "1"},
        {"seed": 1.5},
        {"scale": 0},
        {"check": "some"},
        {"inputs": {}},
        {"inputs": {"a": "0" * 64, "b": "0" * 64, "c": "0" * 64, "d": "0" * 63}},
        {"schemas": {}},
        {"dependencies": {}},
        {"dependencies": {"polars": 1}},
        {"overrides": ["seed"]},
        {"made_at": "2016-05-24"},
        {"scenario": ""},
    ],
)
def test_a_wrong_provenance_is_refused_by_its_form(provenance: Mapping[str, Any], change: dict[str, Any]) -> None:
    assert not validator("provenance").is_valid({**provenance, **change})
    assert all(
        not validator("provenance").is_valid({key: provenance[key] for key in provenance if key != left_out})
        for left_out in provenance
    )


def test_the_provenance_names_every_input_with_its_hash_and_every_setting(
    provenance: Mapping[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = scenario_of()
    assert provenance["inputs"] == dict(scenario.digests)
    assert provenance["schemas"] == {"v1": folder_digest(files("schemas").joinpath("v1"))}
    assert (provenance["seed"], provenance["scale"], provenance["check"]) == (1, SCALE, "sample")
    monkeypatch.setattr(simulator.study.run, "build_report", lambda *_, **__: "")
    settings = ("refusal.cash_share=0", "platform.latency_ms=5")
    folder = run(tmp_path, *settings, seed=9, check_all=True).folder
    other = json.loads((folder / "provenance.json").read_bytes())
    assert (other["overrides"], other["seed"], other["check"]) == (list(settings), 9, "all")
    assert other["inputs"] == provenance["inputs"]


def test_the_digest_of_a_folder_sees_names_and_contents_of_its_json_files_only(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("1")
    before = folder_digest(tmp_path)
    (tmp_path / "notes.txt").write_text("2")
    assert folder_digest(tmp_path) == before
    (tmp_path / "b.json").write_text("1")
    more = folder_digest(tmp_path)
    (tmp_path / "b.json").rename(tmp_path / "c.json")
    renamed = folder_digest(tmp_path)
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "d.json").write_text("1")
    assert len({before, more, renamed, folder_digest(tmp_path)}) == 4


def test_the_scenario_of_spring_festival_runs_over_the_holiday(tmp_path: Path) -> None:
    spring = load_scenario("spring-festival-peak").shortened(22)  # to 6 February, past the month's end
    result = simulate(spring, Options(0.0005, 1), tmp_path)
    assert result.summary["targets"] == []
    assert not any(each["broken"] for each in result.summary["checks"]["invariants"].values())
    assert {"scenarios/spring-festival-peak.toml", "scenarios/jiangsu-2016.toml"} <= set(
        json.loads((tmp_path / "provenance.json").read_text())["inputs"]
    )
