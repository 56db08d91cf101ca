"""`yidi load` and `yidi backtest` from the command line: one whole demonstration, and every way not to begin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import yidi
from simulator.inputs.scenarios import load_scenario
from simulator.traffic.compiling import compile_schedule
from simulator.traffic.limits import read_profile
from simulator.traffic.schedule import make_schedule, read_schedule, write_schedule
from simulator.traffic.spikes import more_seconds, spike_of, with_spike

FILES = {"load.json", "load.html", "load.hlog", "junit.xml", "schedule.ndjson.gz"}
SMALL = ("--rate", "5", "--duration", "2", "--compress", "500")


def said(*line: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(yidi.app, [str(each) for each in line])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result folder of a demonstration, its schedule kept and its sandbox calibrated."""
    out = tmp_path_factory.mktemp("load")
    kept = ("--save-schedule", out / "kept.gz", "--calibrate", out / "platform.json", "--junit", out / "also.xml")
    code, told, errors = said("load", "--demo", *SMALL, "--out", out / "made", *kept)
    assert code in {0, 4}, told + errors  # a busy machine makes the generator late, and it says so
    assert "verdict" in told
    return out


def document(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "made" / "load.json").read_bytes())
    return read


def test_a_demonstration_leaves_a_whole_folder(folder: Path) -> None:
    assert {path.name for path in (folder / "made").iterdir()} == FILES
    assert (folder / "also.xml").read_bytes() == (folder / "made" / "junit.xml").read_bytes()


def test_the_sandbox_answers_everything_and_its_money_agrees(folder: Path) -> None:
    made = document(folder)
    assert made["counts"]["ok"] == made["counts"]["offered"] > 20
    assert made["counts"]["visits_finished"] == made["counts"]["visits"] == made["findings"]["visits"]
    assert made["money"]["agrees"]
    assert made["money"]["sum"]["count"] > 0
    assert made["findings"]["count"] == 0
    assert {cause["verdict"] for cause in made["verdict"]["causes"]} <= {"void"}


def test_the_schedule_that_was_kept_is_the_one_that_was_played(folder: Path) -> None:
    kept = read_schedule(folder / "kept.gz")
    assert kept.digest == document(folder)["provenance"]["schedule"]
    assert (folder / "kept.gz").read_bytes() == (folder / "made" / "schedule.ndjson.gz").read_bytes()


def test_a_backtest_plays_a_kept_schedule_and_tells_every_error(folder: Path) -> None:
    line = ("backtest", folder / "kept.gz", "--calibration", folder / "platform.json", "--demo", "--json")
    code, told, errors = said(*line, "--out", folder / "back")
    made = json.loads(told)
    assert [row["name"] for row in made["errors"]] == ["throughput", "p50", "p95", "p99"], errors
    assert code == (4 if made["verdict"]["name"] == "void" else 0 if all(row["kept"] for row in made["errors"]) else 1)
    assert all(row["predicted"] > 0 and row["measured"] > 0 for row in made["errors"])
    assert (folder / "back" / "load.html").exists()


NO_TARGET = "--target", "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ((), 2, "name the platform to load"),
        (("--demo", *NO_TARGET), 2, "name the platform to load"),
        (("--target", "nowhere"), 2, "is no address"),
        ((*NO_TARGET, *SMALL), 3, "cannot be reached"),
        (("-c", "none.toml"), 2, "there is no such file"),
        (("--demo", "--scenario", "spring"), 2, "there is no built-in scenario"),
        (("--demo", "--profile", "nation"), 2, "national"),
        (("--demo", "--rate", "0"), 2, "visits a second"),
        (("--demo", "--wait", "0"), 2, "--wait 0 cannot be"),
        (("--demo", "--workers", "4", "--connections", "2"), 2, "fewer than --workers"),
        (("--demo", "--schedule", "none.gz"), 2, "cannot be read"),
        (("--demo", "--schedule", "x.gz", "--rate", "3"), 2, "--rate cannot stand beside --schedule"),
        (("--demo", "--spike", *SMALL), 2, "too short for a spike"),
        (("--demo", "--day", "soon"), 2, "is no date"),
        (("--demo", "--listen"), 2, "conformance.toml"),
        (("--demo", "--as", "city"), 2, "use province"),
        (("--demo", "--lang", "fr"), 2, "use zh or en"),
    ],
)
def test_what_cannot_begin_is_one_sentence(tmp_path: Path, line: tuple[str, ...], code: int, words: str) -> None:
    left, told, errors = said("load", *line, "--out", tmp_path / "out")
    assert (left, told) == (code, "")
    assert words in errors
    assert errors.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_backtest_without_a_calibration_is_one_sentence(tmp_path: Path) -> None:
    code, _, errors = said("backtest", "--demo")
    assert (code, "--calibration" in errors) == (2, True)


def test_a_schedule_of_nobody_is_nothing_to_play(tmp_path: Path) -> None:
    whole = compile_schedule(load_scenario("spring-festival-peak"), rate=2, seconds=1, compress=500)
    write_schedule(make_schedule(whole.head, ()), tmp_path / "none.gz")
    code, _, errors = said("load", "--demo", "--schedule", tmp_path / "none.gz", "--json")
    assert (code, "nothing to play" in errors) == (5, True)


def test_a_spike_is_twice_as_many_for_half_a_minute() -> None:
    limit = spike_of(read_profile("national"))
    scenario = load_scenario("spring-festival-peak")
    plain = compile_schedule(scenario, rate=1, seconds=150 + more_seconds(limit), compress=500, arrivals="uniform")
    made = with_spike(plain, limit)
    dues = [visit.due_us / 1_000_000 for visit in made.visits]
    assert made.head.seconds == 150
    assert dues == sorted(dues)
    assert dues[-1] < 150
    inside = sum(60 <= due < 90 for due in dues)
    assert abs(inside - 60) <= 1
    assert len(dues) - inside == pytest.approx(120, abs=2)
