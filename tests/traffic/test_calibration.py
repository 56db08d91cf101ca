"""A platform is calibrated from what a run has seen, simulated so, and held against another run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.inputs.calibrations import Calibration, read_calibration
from simulator.inputs.errors import InputError
from simulator.inputs.scenarios import load_scenario
from simulator.study.run import Options, simulate
from simulator.traffic.backtest import Predicted, errors, predict
from simulator.traffic.calibration import dumps, fitted
from simulator.traffic.calls import Call, Script
from simulator.traffic.compiling import compile_schedule
from simulator.traffic.figures import figures_of
from simulator.traffic.schedule import Schedule
from tests.traffic.made import MS, counts_of, measured, second
from tests.traffic.test_document import made

TEN_MS = {"2304": counts_of(*[10 * MS] * 200)}


def calibrated(folder: Path, capacity: float | None = None, **changed: Any) -> Calibration:
    run = measured([second(number, *[10 * MS] * 10) for number in range(20)], service_counts=TEN_MS)
    told = fitted(made(run), capacity=capacity) | changed
    (folder / "platform.json").write_bytes(dumps(told))
    return read_calibration(folder / "platform.json")


@pytest.fixture(scope="module")
def schedule() -> Schedule:
    return compile_schedule(load_scenario("spring-festival-peak"), rate=1, seconds=2, compress=500)


@pytest.mark.parametrize(
    ("capacity", "servers", "share"),
    [(None, 1, 1.0), (100.0, 1, 1.0), (250.0, 2, 0.8), (50.0, 1, 1.0), (400.0, 4, 1.0)],
)
def test_servers_follow_from_throughput_and_service_time(
    tmp_path: Path, capacity: float | None, servers: int, share: float
) -> None:
    found = calibrated(tmp_path, capacity)
    assert found.servers == servers
    assert found.busy_share == pytest.approx(share, abs=0.01)
    if capacity and capacity >= 100:
        assert found.servers / (found.busy_share * 0.010) == pytest.approx(capacity, rel=0.02)


def test_times_are_drawn_as_they_were_measured(tmp_path: Path) -> None:
    times = counts_of(*range(1 * MS, 101 * MS, MS))
    run = measured([second(0, *[10 * MS] * 100)], service_counts={"2304": times})
    (tmp_path / "p.json").write_bytes(dumps(fitted(made(run))))
    found = read_calibration(tmp_path / "p.json")
    drawn = sorted(found.draw_us("2304", number / 1000) for number in range(1000))
    assert drawn[500] == pytest.approx(50 * MS, rel=0.03)
    assert drawn[950] == pytest.approx(95 * MS, rel=0.03)
    assert drawn[0] >= 1 * MS
    assert drawn[-1] <= 100 * MS * 1.001
    assert found.draw_us("1101", 0.5) == found.draw_us("2304", 0.5)  # not measured: as the most frequent


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[", "is not JSON"),
        ("[]", "is no calibration"),
        ("{}", "is missing"),
        ({"servers": 0}, "below 1"),
        ({"busy_share": 0}, "not above 0"),
        ({"more": 1}, "unknown key"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_sentence(tmp_path: Path, text: Any, words: str) -> None:
    if isinstance(text, dict) and text:
        run = measured([second(0, *[10 * MS] * 10)], service_counts=TEN_MS)
        text = dumps(fitted(made(run)) | text).decode()
    (tmp_path / "p.json").write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_calibration(tmp_path / "p.json")


def test_a_run_nobody_answered_calibrates_nothing() -> None:
    with pytest.raises(ValueError, match="nothing was answered"):
        fitted(made(measured([second(0, offered=1)], service_counts={})))


def scripts(gap_us: int, number: int) -> list[Script]:
    return [Script(each, each * gap_us, (Call("2304", "H1", 0, (b"",)),), {}) for each in range(number)]


def test_a_platform_that_keeps_up_is_predicted_to_the_service_time(tmp_path: Path, schedule: Schedule) -> None:
    found = predict(scripts(20 * MS, 500), calibrated(tmp_path), schedule)
    assert found.p50 == pytest.approx(10 * MS, rel=0.01)
    assert found.p99 == pytest.approx(10 * MS, rel=0.01)
    assert found.throughput == pytest.approx(50, rel=0.01)


def test_a_platform_that_is_overrun_is_predicted_to_queue(tmp_path: Path, schedule: Schedule) -> None:
    found = predict(scripts(5 * MS, 400), calibrated(tmp_path), schedule)
    assert found.throughput == pytest.approx(100, rel=0.02)  # one server, ten milliseconds
    assert found.p50 == pytest.approx(200 * 5 * MS, rel=0.05)  # half of the backlog of the last
    two = predict(scripts(5 * MS, 400), calibrated(tmp_path, 200.0), schedule)
    assert two.throughput == pytest.approx(200, rel=0.02)


def test_errors_are_shares_of_what_was_measured(tmp_path: Path) -> None:
    figures = figures_of(measured([second(number, *[10 * MS] * 10) for number in range(20)]))
    right = figures["overall"]["latency"]
    found = errors(Predicted(10.5, right["p50"], 2 * right["p95"], 9 * right["p99"]), figures)
    assert [each.name for each in found] == ["throughput", "p50", "p95", "p99"]
    assert [each.error for each in found] == [0.05, 0.0, 1.0, 8.0]
    assert [each.kept for each in found] == [True, True, False, True]


def test_a_simulation_takes_the_measured_platform(tmp_path: Path) -> None:
    scenario = load_scenario("jiangsu-2016").shortened(15)
    calibration = calibrated(tmp_path)
    result = simulate(scenario, Options(0.001, 1, calibration=calibration), tmp_path / "out")
    assert result.clean
    rows = {row["infno"]: row for row in result.summary["latency_ms"]}
    assert 10 <= rows["1101"]["p50"] <= 20  # the measured ten, and a millisecond a hop
    provenance = json.loads((tmp_path / "out" / "provenance.json").read_bytes())
    assert provenance["calibration"] == {calibration.name: calibration.digest}
    assert "platform.json" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
