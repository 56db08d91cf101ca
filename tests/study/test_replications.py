"""Several replications: the same bytes on any number of workers, all tables joined, nothing left when it ends early."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

import yidi
from simulator.inputs.scenarios import load_scenario
from simulator.study import replications, run
from simulator.study.experiment import by_figure
from simulator.study.intervals import spread, wilson
from simulator.study.observed import KINDS, Seen
from simulator.study.replications import WorkerDied
from simulator.study.run import Options, simulate
from tests.study.test_run import validator

DAYS, SCALE, NUMBER = 20, 0.0005, 3
SCENARIO = load_scenario("jiangsu-2016").shortened(DAYS)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three replications on two workers."""
    return simulate(SCENARIO, Options(SCALE, 1, replications=NUMBER, workers=2), tmp_path_factory.mktemp("two")).folder


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same one after another in this process."""
    told: list[int] = []
    folder = tmp_path_factory.mktemp("one")
    simulate(SCENARIO, Options(SCALE, 1, replications=NUMBER, workers=1), folder, told.append)
    assert told == list(range(1, NUMBER * DAYS + 1))
    return folder


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first replication alone."""
    return simulate(SCENARIO, Options(SCALE, 1), tmp_path_factory.mktemp("single")).folder


def summary(folder: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((folder / "summary.json").read_bytes())
    return found


def ended(folder: Path) -> pl.DataFrame:
    """The stays inside the province that a rate counts."""
    within = pl.col("discharged_at").is_not_null() & (pl.col("scheme") != "ncms") & ~pl.col("cross_province")
    return pl.read_parquet(folder / "stays.parquet").filter(within)


def test_one_worker_and_two_leave_the_same_bytes(one: Path, two: Path) -> None:
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(path.name for path in two.iterdir())
    assert {"summary.json", "report.html", "stays.parquet", "replications.parquet", "targets.parquet"} <= {*names}
    assert [name for name in names if (one / name).read_bytes() != (two / name).read_bytes()] == []


def test_the_tables_hold_all_replications_the_first_as_if_alone(two: Path, single: Path) -> None:
    for path in single.glob("*.parquet"):
        alone, every = pl.read_parquet(path), pl.read_parquet(two / path.name)
        assert every.filter(pl.col("run") == 0).equals(alone), path.name
        assert every["run"].is_sorted()
    stays = pl.read_parquet(two / "stays.parquet")
    assert set(stays["run"]) == set(range(NUMBER))
    assert len({tuple(rows["visit"]) for _, rows in stays.group_by("run")}) == NUMBER  # other chance, other stays


def test_the_summary_is_that_of_the_first_and_what_all_come_to(two: Path, single: Path) -> None:
    every, alone = summary(two), summary(single)
    assert {name: value for name, value in every.items() if name != "experiment"} == alone
    assert [error.message for error in validator("summary").iter_errors(every)] == []
    provenance = json.loads((two / "provenance.json").read_bytes())
    assert [error.message for error in validator("provenance").iter_errors(provenance)] == []
    assert provenance["replications"] == NUMBER
    assert "replications" not in json.loads((single / "provenance.json").read_bytes())


def test_a_mean_is_that_of_the_rows_of_the_tables(two: Path) -> None:
    stays = pl.read_parquet(two / "stays.parquet").filter(
        pl.col("discharged_at").is_not_null() & (pl.col("scheme") != "ncms") & ~pl.col("cross_province")
    )
    rates = [
        (rows["outcome"] == "direct").sum() / rows.height for _, rows in stays.group_by("run", maintain_order=True)
    ]
    advanced = [
        rows.filter(pl.col("outcome") != "direct")["bill"].sum()
        for _, rows in stays.group_by("run", maintain_order=True)
    ]
    figures = {(row["figure"], row["part"]): row for row in summary(two)["experiment"]["figures"]}
    expected = spread(rates)
    assert figures["rate", ""]["mean"] == round(expected.mean, 6)
    assert figures["rate", ""]["low"] == round(expected.low or 0, 6)
    assert figures["rate", ""]["high"] == round(expected.high or 0, 6)
    assert figures["advanced", ""]["mean"] == round(sum(advanced) / NUMBER)
    assert sum(row["mean"] for (name, _), row in figures.items() if name == "advanced_by_city") == pytest.approx(
        sum(advanced) / NUMBER, abs=13
    )
    assert {name for name, _ in figures} <= set(KINDS)


def test_a_probability_is_the_share_of_replications_that_met_it(two: Path) -> None:
    table = pl.read_parquet(two / "targets.parquet")
    for row in summary(two)["experiment"]["targets"]:
        city = {"together": "", "every": "every"}.get(row["scope"], row["city"])
        rows = table.filter(
            (pl.col("target") == row["target"]) & (pl.col("city") == city) & pl.col("met").is_not_null()
        )
        met = int(rows["met"].sum())
        assert (row["met"], row["observations"]) == (met, rows.height)
        if row["low"] is not None:
            assert (row["low"], row["high"]) == pytest.approx(wilson(met, rows.height), abs=1e-6)
    assert {row["scope"] for row in summary(two)["experiment"]["targets"]} == {"together", "every", "city"}


def test_of_a_city_the_target_has_been_met_since_the_day_told(two: Path) -> None:
    """Counted again from the stays: the rate stands at 50 % on every evening from that day on, not on the last one."""
    stays = ended(two)
    rows = pl.read_parquet(two / "targets.parquet").filter(pl.col("target") == "settlement-rate")
    seen = 0
    for run_, _, city, met, first, since in rows.filter(pl.col("city").str.len_chars() == 6).rows():
        own = stays.filter((pl.col("run") == run_) & (pl.col("insured_city") == city)).sort("discharged_at")
        days = own.group_by(day=pl.col("discharged_at").dt.date()).agg(pl.col("outcome"))
        good, direct, every = {}, 0, 0
        for day, outcomes in days.sort("day").rows():
            direct, every = direct + outcomes.count("direct"), every + len(outcomes)
            good[day] = 2 * direct >= every
        if not good:
            assert met is None
            continue
        assert met == list(good.values())[-1]
        assert first == next((day for day, held in good.items() if held), None)
        last_bad = max((day for day, held in good.items() if not held), default=None)
        expected = next((day for day in good if last_bad is None or day > last_bad), None)
        assert since == expected
        seen += 1
    assert seen > 5


def test_a_reason_that_a_replication_does_not_have_counts_as_nought_a_rate_does_not() -> None:
    seen = [Seen(0, "reasons", "not_filed", 4), Seen(2, "reasons", "not_filed", 2), Seen(0, "rate", "", 1, 2)]
    found = by_figure(seen, 3)
    assert found["reasons", "not_filed"] == {0: 4, 1: 0, 2: 2}
    assert found["rate", ""] == {0: 0.5}


def test_the_page_shows_intervals_only_where_there_are_several(two: Path, single: Path) -> None:
    several, alone = ((folder / "report.html").read_text(encoding="utf-8") for folder in (two, single))
    assert "One replication was played" in alone
    assert "只模拟了一次" in alone
    assert "Wilson" not in alone
    assert '"rate_band"' not in alone
    assert "One replication was played" not in several
    for sign in ("Probability and day of each target", "达到目标的概率和日期", '"rate_band"', '"outlook"'):
        assert sign in several
    assert len(several.encode()) < 5_000_000


# --- ends before its time


def test_a_worker_that_dies_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "summary.json").write_text("old")
    monkeypatch.setattr(replications, "_play_in_worker", _dies)
    with pytest.raises(WorkerDied):
        simulate(SCENARIO, Options(SCALE, 1, replications=2, workers=2), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]
    assert (tmp_path / "summary.json").read_text() == "old"
    assert not multiprocessing.active_children()


def _dies(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_dies_is_one_sentence_and_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise WorkerDied

    monkeypatch.setattr(run, "play_all", broken)
    line = ["simulate", "jiangsu-2016", "--days", "2", "--replications", "2", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(yidi.app, line)
    assert done.exit_code == 4
    assert done.stderr.count("\n") == 1
    assert "a worker process ended" in done.stderr


@pytest.mark.parametrize("option", [("--replications", "0"), ("--workers", "0")])
def test_numbers_that_cannot_be_are_refused(option: tuple[str, str]) -> None:
    done = CliRunner().invoke(yidi.app, ["simulate", "jiangsu-2016", *option])
    assert done.exit_code == 2
    assert option[0] in done.stderr


@pytest.fixture
def started(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Many replications by the command, on two workers, in a group of processes of their own."""
    line = [sys.executable, "-m", "yidi", "simulate", "jiangsu-2016", "--scale", "0.0005"]
    line += ["--replications", "40", "--workers", "2", "--out", str(tmp_path / "out")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    process = subprocess.Popen(line, env=env, start_new_session=True, stderr=subprocess.PIPE)
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_ctrl_c_ends_all_at_once_and_leaves_nothing(started: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """The signal reaches the whole group, as from a keyboard, once both workers write."""
    out = tmp_path / "out"
    deadline = time.monotonic() + 60
    while len(list(out.glob(".part-*/runs/*/parts"))) < 2:
        assert time.monotonic() < deadline, "the workers did not begin"
        assert started.poll() is None
        time.sleep(0.05)
    os.killpg(started.pid, signal.SIGINT)
    _, said = started.communicate(timeout=30)
    assert started.returncode == 130
    assert said.decode().strip() == "yidi simulate: interrupted; nothing was written."
    assert list(out.iterdir()) == []  # and no worker is left: standard error, which they share, has come to its end
