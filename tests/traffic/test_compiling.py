"""Schedules: of the world's own visits, the same for the same seed, and a file that is whole or refused."""

from __future__ import annotations

import datetime as dt
import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.inputs.errors import InputError
from simulator.inputs.scenarios import Scenario, load_scenario
from simulator.traffic.compiling import busiest_day, compile_schedule
from simulator.traffic.schedule import AWAY, Schedule, make_schedule, read_schedule, write_schedule

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("spring-festival-peak")


@pytest.fixture(scope="module")
def schedule(scenario: Scenario) -> Schedule:
    return compile_schedule(scenario, rate=50, seconds=4, compress=10)


def test_the_busiest_day_is_the_first_after_the_holiday(scenario: Scenario) -> None:
    assert busiest_day(scenario) == dt.date(2017, 2, 3)


def test_visits_are_whole_and_in_order(scenario: Scenario, schedule: Schedule) -> None:
    registry = scenario.network.national
    assert 150 < len(schedule.visits) < 250
    assert [visit.number for visit in schedule.visits] == list(range(len(schedule.visits)))
    dues = [visit.due_us for visit in schedule.visits]
    assert dues == sorted(dues)
    assert dues[-1] < 4_000_000
    for visit in schedule.visits:
        infnos = [step.infno for step in visit.steps]
        assert infnos[:4] == ["1101", "2401", "2301", "2402"]
        assert "2304" in infnos
        assert registry.open_for_visitors(visit.hospital, dt.date(2017, 2, 3))
        assert registry.city_of(visit.insured) != registry.city_of(registry.institutions[visit.hospital].area)
        assert visit.steps[0].gap_us == 0 < min(step.gap_us for step in visit.steps[1:])


def test_more_seconds_add_visits_and_change_none(scenario: Scenario, schedule: Schedule) -> None:
    longer = compile_schedule(scenario, rate=50, seconds=6, compress=10)
    assert longer.visits[: len(schedule.visits)] == schedule.visits
    assert len(longer.visits) > len(schedule.visits)


def test_gaps_shrink_with_compression_and_visits_stay(scenario: Scenario, schedule: Schedule) -> None:
    slower = compile_schedule(scenario, rate=50, seconds=4, compress=1)
    for fast, slow in zip(schedule.visits, slower.visits, strict=True):
        assert fast._replace(steps=()) == slow._replace(steps=())
        assert all(abs(10 * a.gap_us - b.gap_us) <= 5 for a, b in zip(fast.steps, slow.steps, strict=True))


def test_uniform_arrivals_are_even(scenario: Scenario) -> None:
    visits = compile_schedule(scenario, rate=40, seconds=1, arrivals="uniform").visits
    assert [visit.due_us for visit in visits] == [25_000 * number for number in range(40)]


def test_a_day_has_its_own_curve(scenario: Scenario) -> None:
    whole = compile_schedule(scenario, rate=None, seconds=None, compress=1440, scale=0.5)
    by_hour = [sum(visit.due_us // 2_500_000 == hour for visit in whole.visits) for hour in range(24)]
    assert by_hour.index(max(by_hour)) in {9, 10, 11}
    assert sum(by_hour[:6]) < by_hour[10]
    from_nine = compile_schedule(scenario, rate=None, seconds=2.5, compress=1440, scale=0.5)
    assert from_nine.head.begin == "09:00:00"
    assert {visit.name for visit in from_nine.visits} == {
        visit.name for visit in whole.visits if visit.due_us // 2_500_000 == 9
    }


def test_a_holiday_has_fewer(scenario: Scenario) -> None:
    counts = [
        len(compile_schedule(scenario, rate=None, seconds=None, compress=1440, scale=0.2, day=day).visits)
        for day in (dt.date(2017, 1, 28), dt.date(2017, 2, 3))
    ]
    assert counts[0] < 0.7 * counts[1]


@pytest.mark.parametrize("side", ["here", "away"])
def test_a_city_gets_its_own_at_the_full_rate(scenario: Scenario, side: str) -> None:
    registry = scenario.network.national
    visits = compile_schedule(scenario, rate=50, seconds=1, arrivals="uniform", city="320300", side=side).visits
    assert len(visits) == 50
    places = {visit.insured if side == AWAY else registry.institutions[visit.hospital].area for visit in visits}
    assert {registry.city_of(place) for place in places} == {"320300"}


def test_the_file_gives_the_schedule_back(schedule: Schedule, tmp_path: Path) -> None:
    write_schedule(schedule, tmp_path / "one")
    write_schedule(schedule, tmp_path / "two")
    assert read_schedule(tmp_path / "one") == schedule
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_the_same_bytes_in_another_process_place_and_language(schedule: Schedule, tmp_path: Path) -> None:
    program = (
        "from simulator.inputs.scenarios import load_scenario\n"
        "from simulator.traffic.compiling import compile_schedule\n"
        "print(compile_schedule(load_scenario('spring-festival-peak'), rate=50, seconds=4, compress=10).digest)"
    )
    strange = {"PYTHONHASHSEED": "7", "TZ": "America/Lima", "LC_ALL": "C", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], env=os.environ | strange, capture_output=True, check=True)
    assert done.stdout.decode().strip() == schedule.digest


def test_another_seed_is_another_schedule(scenario: Scenario, schedule: Schedule) -> None:
    assert compile_schedule(scenario, rate=50, seconds=4, compress=10, seed=2).digest != schedule.digest


def test_what_is_no_schedule_is_refused(schedule: Schedule, tmp_path: Path) -> None:
    path = tmp_path / "schedule"
    write_schedule(schedule, path)
    whole = path.read_bytes()
    lines = gzip.decompress(whole).splitlines(keepends=True)
    newer = lines[0].replace(b'"version":1', b'"version":2')
    changed = lines[3].replace(b'"nights":', b'"nights":1')
    for content, said in (
        (b"", "no schedule"),
        (b"not packed", "no schedule"),
        (whole[: len(whole) // 2], "damaged"),
        (gzip.compress(b'{"some":"thing"}\n{}\n'), "no schedule"),
        (gzip.compress(b"".join([newer, *lines[1:]])), "version 2"),
        (gzip.compress(b"".join(lines[:-2])), "damaged"),
        (gzip.compress(b"".join([*lines[:3], changed, *lines[4:]])), "damaged"),
        (gzip.compress(b"".join([lines[0], b"{}\n", *lines[2:]])), "damaged"),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=said):
            read_schedule(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_schedule(tmp_path / "nowhere")
    with pytest.raises(InputError, match="cannot be written"):
        write_schedule(schedule, tmp_path / "nowhere" / "deep")
    assert make_schedule(schedule.head, schedule.visits) == schedule


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ({"rate": 0.0, "seconds": 1}, "rate"),
        ({"rate": 5, "seconds": None}, "rate"),
        ({"rate": 5, "seconds": -1}, "seconds"),
        ({"rate": 5, "seconds": 1, "compress": 0}, "compress"),
        ({"rate": 5, "seconds": 1, "arrivals": "day"}, "arrivals"),
        ({"rate": None, "seconds": 1, "arrivals": "poisson"}, "arrivals"),
        ({"rate": 5, "seconds": 1, "day": dt.date(2016, 6, 1)}, "day"),
        ({"rate": 5, "seconds": 1, "city": "990100"}, "city"),
    ],
)
def test_what_cannot_be_compiled_is_refused(scenario: Scenario, asked: dict[str, object], key: str) -> None:
    with pytest.raises(InputError) as caught:
        compile_schedule(scenario, **asked)  # type: ignore[arg-type]  # what a user may ask for
    assert caught.value.key == key


def test_care_that_the_pack_does_not_open_is_refused() -> None:
    mixed = "traffic.care_mix={inpatient=0.5,outpatient=0.5}"
    with pytest.raises(InputError) as caught:
        compile_schedule(load_scenario("spring-festival-peak", overrides=[mixed]), rate=5, seconds=1)
    assert caught.value.key == "traffic.care_mix.outpatient"
