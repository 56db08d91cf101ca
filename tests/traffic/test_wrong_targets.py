"""Targets that are wrong about money now and then are found, and the very settlement is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulator.inputs.scenarios import load_scenario
from simulator.traffic.address import Address
from simulator.traffic.compiling import compile_schedule
from simulator.traffic.findings import ALTERED, DIFFERS, LOST
from simulator.traffic.judging import check_amounts, judge
from simulator.traffic.measuring import Measured
from simulator.traffic.player import play
from simulator.traffic.preparing import Prepared, prepare
from simulator.traffic.resolving import KEEPS, SETTLED
from simulator.traffic.schedule import Schedule
from simulator.traffic.target import Target, of_ready
from simulator.traffic.totals import reconcile
from tests.traffic.serving import Wrong, before, error_inside, loses, one_fen, served, today

EVERY, SECONDS = 20, 1.5


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with served(tmp_path_factory.mktemp("yidi")) as ready:
        yield of_ready(ready)


@pytest.fixture(scope="module")
def schedule() -> Schedule:
    scenario = load_scenario("spring-festival-peak")
    return compile_schedule(scenario, rate=30, seconds=SECONDS, compress=500, arrivals="uniform")


def played(target: Target, schedule: Schedule, take: int, wrong: Wrong) -> tuple[Prepared, Measured]:
    """Play a take through a wrong target; it is asked afterwards without it."""
    with before(target.address.url, wrong) as url:
        prepared = prepare(schedule, target._replace(address=Address.of(url)), take=take, day=today())
        scripts, to, parties = prepared.scripts, prepared.address, prepared.parties

        measured = play(scripts, to, parties, seconds=SECONDS, connections=16, wait_seconds=10, keeps=KEEPS)
    return prepared._replace(address=target.address), measured


def test_a_right_target_is_found_right(target: Target, schedule: Schedule) -> None:
    prepared, measured = played(target, schedule, 1, lambda call: call.passed())
    assert measured.visits_finished == len(schedule.visits)
    assert judge(prepared, measured.samples) == []
    assert check_amounts(prepared, measured.settled) == []
    found = reconcile(prepared, measured)
    assert found.agrees, found.findings
    assert found.ours.rows == sum(visit.steps[-1].infno == "2304" for visit in schedule.visits) > 0


def test_a_settlement_that_is_not_kept_is_named(target: Target, schedule: Schedule) -> None:
    prepared, measured = played(target, schedule, 2, loses(EVERY))
    found = reconcile(prepared, measured)
    lost = [each for each in found.findings if each.kind == LOST]
    assert len(found.findings) == len(lost) == len(schedule.visits) // EVERY > 0
    assert all("LOST" in each.en and "LOST" in each.zh and each.visit >= 0 for each in lost)


def test_one_fen_is_named_by_the_core_and_by_the_totals(target: Target, schedule: Schedule) -> None:
    prepared, measured = played(target, schedule, 3, one_fen(EVERY))
    assert check_amounts(prepared, measured.settled) == []  # it adds up all the same
    judged = judge(prepared, measured.samples)
    assert {(each.kind, each.infno) for each in judged} == {(DIFFERS, "2304")}
    assert "/output/setlinfo/fund_pay_sumamt" in {each.pointer for each in judged}
    found = reconcile(prepared, measured)
    altered = {each.visit for each in found.findings if each.kind == ALTERED}
    assert altered == {each.visit for each in judged}
    assert len(altered) == len(schedule.visits) // EVERY > 0


def test_what_became_of_a_settlement_is_found_out_before_adding_up(target: Target, schedule: Schedule) -> None:
    prepared, measured = played(target, schedule, 4, error_inside(EVERY))
    malformed = measured.outcomes("2304")["malformed"]
    assert malformed == len(schedule.visits) // EVERY > 0
    found = reconcile(prepared, measured)
    assert [each.how for each in found.resolved] == [SETTLED] * malformed
    assert found.agrees, found.findings
