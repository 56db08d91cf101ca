"""The player keeps to its schedule, whatever the target does: latencies are those a model works out."""

from __future__ import annotations

import asyncio
import heapq
import multiprocessing
import time

import pytest

from simulator.traffic.address import Credentials
from simulator.traffic.calls import Call, Script
from simulator.traffic.measuring import CPU_LIMIT
from simulator.traffic.pacing import Alarm, now_ns
from simulator.traffic.player import play
from simulator.traffic.seen import OK
from simulator.traffic.selftest import plain_server
from simulator.traffic.workers import WorkerLost
from tests.traffic.conftest import Asked, call, ended, http, played, serving, visits

GOOD = b'{"infcode":0}'
SLACK_MS = 25.0  # the machine's own doing, in tests beside others


def model(due_ms: list[float], service_ms: list[float], connections: int) -> list[float]:
    """Latencies from due to answered of calls in turn, over so many connections: a queue with servers."""
    free = [0.0] * connections
    latencies = []
    for due, service in zip(due_ms, service_ms, strict=True):
        begin = max(due, heapq.heappop(free))
        heapq.heappush(free, begin + service)
        latencies.append(begin + service - due)
    return latencies


@pytest.mark.parametrize("connections", [1, 3])
def test_latencies_are_those_of_the_model(connections: int) -> None:
    """A stall of 300 ms in the middle: every call that was due meanwhile has waited, though it could not be sent."""
    service = [300.0 if each == 10 else 5.0 + each % 7 for each in range(60)]

    async def known(asked: Asked) -> None:
        await asyncio.sleep(service[int(asked.body)] / 1000)
        await asked.say(http(GOOD))

    scripts = [
        Script(each, each * 10_000, (call(parts=(b"%d" % each,)),), {}, sampled=True) for each in range(len(service))
    ]
    with serving(known) as target:
        measured = played(scripts, target.address, connections=connections)
    wanted = model([each.due_us / 1000 for each in scripts], service, connections)
    got = [(seen.answered_ns - seen.due_ns) / 1e6 for seen in measured.samples]
    assert ended(measured) == {(OK, 0): len(service)}
    assert [seen.due_ns for seen in measured.samples] == [each.due_us * 1000 for each in scripts]
    late = [ours - theirs for ours, theirs in zip(got, wanted, strict=True)]
    assert min(late) > -2
    assert sorted(late)[len(late) // 2] < SLACK_MS * (1 if connections > 1 else 4)


def test_arrivals_do_not_wait_for_answers() -> None:
    async def slowly(asked: Asked) -> None:
        await asyncio.sleep(0.3)
        await asked.say(http(GOOD))

    with serving(slowly) as target:
        measured = played(visits(20, 5_000), target.address, connections=20)
        assert measured.seconds < 1.0  # one after the other they would take six
    assert measured.line[0].started == 20
    assert measured.overall.get_min_value() > 299_000


def test_workers_play_one_schedule_together() -> None:
    with serving() as target:
        told: list[int] = []
        scripts = [
            Script(each, each * 10_000, (call(parts=(b"%d" % each,)),), {}, sampled=each % 10 == 0)
            for each in range(120)
        ]
        measured = played(scripts, target.address, workers=2, told=lambda progress: told.append(progress.offered))
        asked = [int(each.body) for each in target.asked]
    assert sorted(asked) == list(range(120))
    assert ended(measured) == {(OK, 0): 120}
    assert (measured.visits_begun, measured.visits_finished, len(measured.cpu)) == (120, 120, 2)
    assert [seen.visit for seen in measured.samples] == list(range(0, 120, 10))
    assert [second.offered for second in measured.line] == [100, 20]
    assert len(told) == 1
    assert abs(told[0] - 100) <= 10
    # Interleaved as the schedule says: both began at the same moment.
    assert sum(abs(place - number) for place, number in enumerate(asked)) / 120 < 5


def test_a_worker_that_dies_is_said() -> None:
    with serving() as target:
        begun = time.monotonic()

        def stop() -> bool:
            if time.monotonic() - begun > 0.3:
                for child in multiprocessing.active_children():
                    child.kill()
            return False

        with pytest.raises(WorkerLost, match="ended without a word"):
            played(visits(200, 10_000), target.address, workers=2, stop=stop)
    assert not multiprocessing.active_children()


def test_stop_ends_all_workers_with_what_was_seen() -> None:
    with serving() as target:
        measured = played(visits(1000, 10_000), target.address, workers=2, stop=lambda: len(target.asked) > 20)
    assert measured.stopped
    assert measured.offered == measured.ended
    assert 20 < measured.ended < 500


def test_an_alarm_rings_at_its_moment() -> None:
    async def rung(alarm_after_ns: int) -> int:
        ringing: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        alarm = Alarm(lambda: ringing.done() or ringing.set_result(now_ns()))
        wanted = now_ns() + alarm_after_ns
        alarm.set(wanted + 10**10)
        alarm.set(wanted)
        late = await asyncio.wait_for(ringing, 5) - wanted
        alarm.close()
        return late

    late = sorted(asyncio.run(rung(300_000 + 137_000 * each)) for each in range(15))
    assert late[0] >= 0
    assert late[7] < 5_000_000


@pytest.mark.slow
def test_twenty_thousand_a_second() -> None:
    """None is dropped and the generator has time left; how late calls are is the machine's as well."""
    body = b'{"infno":"2304","x":"' + b"x" * 700 + b'"}'
    scripts = [Script(each, each * 50, (Call("2304", "H1", 0, (body,)),), {}) for each in range(100_000)]
    with plain_server() as (_, address):
        signed = {"H1": Credentials("x-tif", "key", "secret")}
        measured = play(scripts, address, signed, seconds=5, connections=256, wait_seconds=5)
    assert ended(measured) == {(OK, 0): 100_000}
    assert measured.cpu[0] < CPU_LIMIT
