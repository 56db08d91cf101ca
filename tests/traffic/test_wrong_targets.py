"""Targets that are wrong about money now and then are found, and the very settlement is named."""

from __future__ import annotations

import dataclasses

import pytest

from simulator.inputs.scenarios import load_scenario
from simulator.traffic.address import Address
from simulator.traffic.compiling import compile_schedule
from simulator.traffic.findings import ALTERED, DIFFERS, EXTRA, LOST
from simulator.traffic.judging import check_amounts, judge
from simulator.traffic.measuring import Measured
from simulator.traffic.player import play
from simulator.traffic.preparing import Prepared, prepare
from simulator.traffic.resolving import KEEPS, REVERSED, SETTLED
from simulator.traffic.schedule import Schedule
from simulator.traffic.target import Target
from simulator.traffic.totals import reconcile
from tests.traffic.serving import Wrong, before, error_inside, loses, one_fen, today

EVERY, SECONDS = 20, 0.6


@pytest.fixture(scope="module")
def schedule() -> Schedule:
    scenario = load_scenario("spring-festival-peak")
    return compile_schedule(scenario, rate=75, seconds=SECONDS, compress=500, arrivals="uniform")


def played(province: Target, schedule: Schedule, take: int, wrong: Wrong) -> tuple[Prepared, Measured]:
    """Play a take through a wrong target; it is asked afterwards without it."""
    with before(province.address.url, wrong) as url:
        prepared = prepare(schedule, province._replace(address=Address.of(url)), take=take, day=today())
        scripts, to, parties = prepared.scripts, prepared.address, prepared.parties

        measured = play(scripts, to, parties, seconds=SECONDS, connections=16, wait_seconds=10, keeps=KEEPS)
    return prepared._replace(address=province.address), measured


def test_a_right_target_is_found_right(province: Target, schedule: Schedule) -> None:
    prepared, measured = played(province, schedule, 1, lambda call: call.passed())
    assert measured.visits_finished == len(schedule.visits)
    assert judge(prepared, measured.samples) == []
    assert check_amounts(prepared, measured.settled) == []
    found = reconcile(prepared, measured)
    assert found.agrees, found.findings
    assert found.ours.rows == sum(visit.steps[-1].infno == "2304" for visit in schedule.visits) > 0


def test_a_settlement_that_is_not_kept_is_named(province: Target, schedule: Schedule) -> None:
    prepared, measured = played(province, schedule, 2, loses(EVERY))
    found = reconcile(prepared, measured)
    lost = [each for each in found.findings if each.kind == LOST]
    assert len(found.findings) == len(lost) == len(schedule.visits) // EVERY > 0
    assert all("LOST" in each.en and "LOST" in each.zh and each.visit >= 0 for each in lost)


def test_one_fen_is_named_by_the_core_and_by_the_totals(province: Target, schedule: Schedule) -> None:
    prepared, measured = played(province, schedule, 3, one_fen(EVERY))
    assert check_amounts(prepared, measured.settled) == []  # it adds up all the same
    judged = judge(prepared, measured.samples)
    assert {(each.kind, each.infno) for each in judged} == {(DIFFERS, "2304")}
    assert "/output/setlinfo/fund_pay_sumamt" in {each.pointer for each in judged}
    found = reconcile(prepared, measured)
    altered = {each.visit for each in found.findings if each.kind == ALTERED}
    assert altered == {each.visit for each in judged}
    assert len(altered) == len(schedule.visits) // EVERY > 0


def test_what_became_of_a_settlement_is_found_out_before_adding_up(province: Target, schedule: Schedule) -> None:
    prepared, measured = played(province, schedule, 4, error_inside(EVERY))
    malformed = measured.outcomes("2304")["malformed"]
    assert malformed == len(schedule.visits) // EVERY > 0
    found = reconcile(prepared, measured)
    assert [each.how for each in found.resolved] == [SETTLED] * malformed
    assert found.agrees, found.findings


def test_what_nobody_watched_is_reversed_and_adds_nothing(province: Target, schedule: Schedule) -> None:
    prepared, measured = played(province, schedule, 5, error_inside(EVERY))
    blind = tuple(script._replace(sampled=False) for script in prepared.scripts)
    unseen = dataclasses.replace(measured, samples=(), examples=())
    known = {(kept.visit, kept.step) for kept in measured.settled}
    found = reconcile(prepared._replace(scripts=blind), unseen)
    missing = sum(
        call.infno == "2304" and (script.number, step) not in known
        for script in blind
        for step, call in enumerate(script.calls)
    )
    assert [each.how for each in found.resolved] == [REVERSED] * missing
    assert missing > 0
    assert found.agrees, found.findings


def test_an_extra_settlement_is_named(province: Target, schedule: Schedule) -> None:
    prepared, measured = played(province, schedule, 6, lambda call: call.passed())
    untold = next(kept for kept in measured.settled if schedule.visits[kept.visit].steps[kept.step].infno == "2304")
    rest = tuple(kept for kept in measured.settled if kept.visit != untold.visit)
    found = reconcile(prepared, dataclasses.replace(measured, settled=rest))
    assert {(each.kind, each.visit) for each in found.findings} == {(EXTRA, untold.visit)}


def test_a_target_that_has_gone_is_said_to_have(province: Target, schedule: Schedule) -> None:
    prepared, measured = played(province, schedule, 7, lambda call: call.passed())
    found = reconcile(prepared._replace(address=Address.of("http://127.0.0.1:9")), measured)
    assert found.stopped is not None
    assert "3201" in found.stopped[1]
    assert not found.agrees
