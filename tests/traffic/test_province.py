"""A city under load with the province played behind it: its own time apart from its waiting, and what it told apart."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
from pathlib import Path

import pytest

from simulator.inputs.errors import InputError
from simulator.inputs.platforms import ground_of
from simulator.inputs.scenarios import load_scenario
from simulator.traffic.address import Address
from simulator.traffic.compiling import compile_schedule
from simulator.traffic.findings import FORWARDED
from simulator.traffic.judging import judge
from simulator.traffic.player import play
from simulator.traffic.preparing import prepare
from simulator.traffic.province import listening, mirror, own_times
from simulator.traffic.resolving import KEEPS
from simulator.traffic.schedule import Schedule
from simulator.traffic.target import Target, of_ready
from simulator.traffic.totals import reconcile
from tests.traffic.serving import served, today

CITY, DELAY_MS = "320300", 30


@pytest.fixture(scope="module")
def schedule() -> Schedule:
    return compile_schedule(load_scenario("spring-festival-peak"), rate=15, seconds=1, compress=500, city=CITY)


def waiting_for(ready_city: str = CITY, port: int = 0) -> Target:
    nowhere = Address.of("http://127.0.0.1:1")
    return Target(ground_of("jiangsu-2023"), nowhere, nowhere, "city", ready_city, by_hand=True, port=port)


def test_the_citys_own_time_is_told_apart_and_what_it_tells_is_held_against_us(
    schedule: Schedule, tmp_path: Path
) -> None:
    day = today()
    with contextlib.ExitStack() as stack:
        above = stack.enter_context(listening(schedule, waiting_for(), day=day, delay_ms=DELAY_MS))
        ready = stack.enter_context(served(tmp_path, "--role", "city", "--admdvs", CITY, "--upstream", above.url))
        target = of_ready(ready, code=CITY)
        prepared = prepare(schedule, target, day=day)
        measured = play(
            prepared.scripts,
            prepared.address,
            prepared.parties,
            seconds=1,
            connections=8,
            wait_seconds=10,
            keeps=KEEPS,
        )
        assert measured.visits_finished == len(schedule.visits), measured.ends
        assert judge(prepared, measured.samples) == []
        assert reconcile(prepared, measured).agrees
        heard = above.heard()
    assert heard.unread == 0
    times = own_times(prepared, measured, heard)
    assert len(times) == measured.ended  # every call of a visit is passed on
    assert min(own.waited_us for own in times) > 900 * DELAY_MS
    assert all(0 < own.own_us == own.took_us - own.waited_us for own in times)
    assert mirror(prepared, measured, heard) == []

    first = measured.settled[0]
    key = next(key for key in heard.calls if key[0] == "2304")
    wrong = heard._replace(calls={at: each for at, each in heard.calls.items() if at != key})
    assert [each.kind for each in mirror(prepared, measured, wrong)] == [FORWARDED]
    more = first._replace(
        reply=first.reply.replace(b'"balc":', b'"hosp_part_amt":0.01,"balc":', 1).replace(
            b'"hosp_part_amt":0.00,', b"", 1
        )
    )
    found = mirror(prepared, dataclasses.replace(measured, settled=(more,)), heard)
    assert [(each.kind, each.pointer) for each in found] == [(FORWARDED, "/output/setlinfo/hosp_part_amt")]


def test_an_address_that_is_taken_is_refused(schedule: Schedule) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        target = waiting_for(port=taken.getsockname()[1])
        with pytest.raises(InputError, match="cannot be listened at"), listening(schedule, target, day=today()):
            pass
