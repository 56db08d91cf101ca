"""The insured side of a city: it is sent what the province passes on, and answers to the fen."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import schemas
from simulator.inputs.errors import InputError
from simulator.inputs.scenarios import load_scenario
from simulator.traffic.away import prepare_away
from simulator.traffic.compiling import compile_schedule
from simulator.traffic.judging import check_amounts, judge
from simulator.traffic.player import play
from simulator.traffic.resolving import KEEPS
from simulator.traffic.schedule import Schedule
from simulator.traffic.target import Target, of_ready
from simulator.traffic.totals import reconcile
from tests.traffic.serving import served, today

CITY = "320300"


@pytest.fixture(scope="module")
def schedule() -> Schedule:
    scenario = load_scenario("spring-festival-peak", overrides=["traffic.cancelled_share=0.3"])
    return compile_schedule(scenario, rate=15, seconds=1, compress=500, city=CITY, side="away")


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    nowhere = ("--upstream", "http://127.0.0.1:9")
    with served(tmp_path_factory.mktemp("yidi"), "--role", "city", "--admdvs", CITY, *nowhere) as ready:
        yield of_ready(ready, code=CITY)


def test_a_city_is_sent_what_the_province_passes_on(schedule: Schedule, target: Target) -> None:
    prepared = prepare_away(schedule, target, day=today())
    registry = schemas.load()
    for script in prepared.scripts:
        for call in script.calls:
            assert not registry.check_text(call.infno, "request", call.body({"setl_id": b"A1"}))
            assert call.holes == (("setl_id",) if call.infno == "2305" else ())
    assert prepare_away(schedule, target, day=today()).scripts == prepared.scripts
    measured = play(
        prepared.scripts, prepared.address, prepared.parties, seconds=1, connections=8, wait_seconds=10, keeps=KEEPS
    )
    assert measured.visits_finished == len(schedule.visits), measured.ends
    assert measured.outcomes("2305")["ok"] > 0
    assert judge(prepared, measured.samples) == []
    assert check_amounts(prepared, measured.settled) == []
    assert reconcile(prepared, measured).sides == ()

    settled = next(seen for seen in measured.samples if seen.infno == "2304")
    wrong = settled._replace(reply=re.sub(rb'"balc":[0-9.]+', b'"balc":12345.67', settled.reply))
    visit = [wrong if seen is settled else seen for seen in measured.samples if seen.visit == settled.visit]
    assert [(each.pointer, each.got) for each in judge(prepared, visit)] == [("/output/setlinfo/balc", "12345.67")]


def test_a_schedule_of_others_is_refused(schedule: Schedule, target: Target) -> None:
    here = compile_schedule(load_scenario("spring-festival-peak"), rate=2, seconds=1, city=CITY)
    for each, at in ((here, target), (schedule, target._replace(code="320100"))):
        with pytest.raises(InputError, match="side away"):
            prepare_away(each, at)
