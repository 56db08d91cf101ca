"""The player against targets that behave in every way a target can: each call ends in a word, the run in a whole."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from simulator.traffic import connections, playing
from simulator.traffic.address import Address
from simulator.traffic.measuring import Progress
from simulator.traffic.seen import MALFORMED, OK, REFUSED, UNKNOWN, UNSENT
from simulator.traffic.whys import words_of
from tests.sandbox.certificates import issued
from tests.traffic.conftest import GOOD, Answering, Asked, call, ended, http, played, serving, visits

HTML = http(b"<html><body>502 Bad Gateway</body></html>", 200, "content-type: text/html")
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(GOOD), GOOD)


def saying(*pieces: bytes, hang_up: bool = False) -> Answering:
    async def answer(asked: Asked) -> None:
        await asked.say(*pieces)
        if hang_up:
            asked.close()

    return answer


async def reset(asked: Asked) -> None:
    asked.hang_up()


async def never(asked: Asked) -> None:
    await asyncio.sleep(60)


WELL: dict[str, Answering] = {
    "whole": saying(http(GOOD)),
    "chunked": saying(CHUNKED),
    "byte by byte": saying(*(bytes([each]) for each in http(GOOD))),
    "continue first": saying(b"HTTP/1.1 100 Continue\r\n\r\n" + http(GOOD)),
    "continue by itself": saying(b"HTTP/1.1 100 Continue\r\n\r\n", http(GOOD)),
    "closed after": saying(http(GOOD, 200, "connection: close"), hang_up=True),
    "closed without a word": saying(http(GOOD), hang_up=True),
    "until the end": saying(b"HTTP/1.0 200 OK\r\n\r\n" + GOOD, hang_up=True),
    "text as the code": saying(http(GOOD.replace(b":0", b': "0"'))),
    "twice": saying(http(GOOD) + http(GOOD)),
    "more than announced": saying(http(GOOD) + b"}}}"),
}


@pytest.mark.parametrize("how", WELL)
def test_a_good_reply_is_read_however_it_comes(how: str) -> None:
    with serving(WELL[how]) as target:
        measured = played(visits(5, 5_000), target.address)
    assert ended(measured) == {(OK, 0): 5}
    assert measured.overall.get_total_count() == 5
    assert (measured.visits_begun, measured.visits_finished) == (5, 5)


BADLY: dict[str, tuple[Answering, str, int, str]] = {
    "refused": (saying(http(b'{"infcode":-1,"err_msg":"no"}')), REFUSED, -1, ""),
    "an error inside 200": (saying(http(b'{"err_msg":"no","infcode":"1001"}')), REFUSED, 1001, ""),
    "HTML": (saying(HTML), MALFORMED, 200, "no-reply"),
    "nothing": (saying(http(b"")), MALFORMED, 200, "no-reply"),
    "cut JSON": (saying(http(GOOD[:-1])), MALFORMED, 200, "no-reply"),
    "a code further down": (saying(http(b'{"output":{"infcode":0}}')), MALFORMED, 200, "no-reply"),
    "unavailable": (saying(http(GOOD, 503)), MALFORMED, 503, "status"),
    "switching": (saying(b"HTTP/1.1 101 X\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n"), MALFORMED, 0, "no-http"),
    "no HTTP": (saying(b"220 ready\r\n"), MALFORMED, 0, "no-http"),
    "huge": (saying(http(b" " * (1 << 18))), MALFORMED, 0, "too-long"),
    "reset": (reset, UNKNOWN, 0, "ended-before"),
    "half a head": (saying(b"HTTP/1.1 200 OK\r\nconte", hang_up=True), UNKNOWN, 0, "ended-within"),
    "half a reply": (saying(http(GOOD)[:-9], hang_up=True), UNKNOWN, 0, "ended-within"),
    "half a chunk": (saying(CHUNKED[:-9], hang_up=True), UNKNOWN, 0, "ended-within"),
    "less than announced": (saying(http(GOOD)[:-9]), UNKNOWN, 0, "timed-out"),
    "no answer": (never, UNKNOWN, 0, "timed-out"),
}


@pytest.mark.parametrize("how", BADLY)
def test_a_bad_reply_has_its_word_and_ends_the_visit(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LARGEST_REPLY", 1 << 18)
    answering, outcome, code, why = BADLY[how]
    with serving(answering) as target:
        measured = played(visits(3, 5_000, call("2304"), call("2305")), target.address, wait_seconds=0.3)
    assert ended(measured) == {(outcome, code): 3}
    assert measured.not_reached == {"2305": 3}
    assert (measured.visits_begun, measured.visits_finished) == (3, 0)
    assert [seen.why.partition(":")[0] for seen in measured.examples] == [why] * 3
    assert all(seen.request == b"{}" for seen in measured.examples)
    if why:
        assert words_of(measured.examples[0].why).zh


def test_an_idle_connection_that_ends_is_replaced() -> None:
    with serving(saying(http(GOOD), hang_up=True)) as target:
        measured = played(visits(5, 30_000), target.address, connections=1)
    assert ended(measured) == {(OK, 0): 5}
    assert measured.connections == 5


def test_one_connection_serves_many_and_the_bound_holds() -> None:
    async def slowly(asked: Asked) -> None:
        await asyncio.sleep(0.02)
        await asked.say(http(GOOD))

    with serving(slowly) as target:
        measured = played(visits(20, 100), target.address, connections=3)
        assert (measured.connections, target.lines) == (3, 3)
    assert ended(measured) == {(OK, 0): 20}
    assert measured.waited >= 17


def test_nobody_is_there() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = Address.of(f"http://127.0.0.1:{bound.getsockname()[1]}")
        measured = played(visits(50, 10_000, call(), call()), address)
    assert ended(measured) == {(UNSENT, 0): 50}
    assert measured.not_reached == {"2304": 50}
    assert measured.examples[0].why == "unreached: Connection refused"
    assert measured.examples[0].sent_ns == 0
    assert measured.overall.get_total_count() == 0
    assert measured.seconds < 1.5


def test_a_name_nobody_knows() -> None:
    measured = played(visits(3, 1000), Address.of("http://nowhere.invalid"), wait_seconds=1)
    assert ended(measured) == {(UNSENT, 0): 3}


def test_one_that_never_answers_ends_in_bounded_time() -> None:
    with serving(never) as target:
        begun = time.monotonic()
        measured = played(visits(40, 5_000), target.address, connections=4, wait_seconds=0.5)
        assert time.monotonic() - begun < 2.5
    assert ended(measured) == {(UNKNOWN, 0): 8, (UNSENT, 0): 32} or measured.ended == 40
    assert measured.given_up + sum(seen.why == "run-over" for seen in measured.examples) >= 8
    assert measured.overall.get_min_value() >= 499_000  # what was waited for in vain counts with all its time
    assert measured.saturated()


def test_one_that_dies_in_the_middle(tmp_path: Path) -> None:
    plain = subprocess.Popen(
        [sys.executable, "-m", "simulator.traffic.plain_server", "--seconds", "0.05"], stdout=subprocess.PIPE, text=True
    )
    assert plain.stdout is not None
    address = Address.of(f"http://127.0.0.1:{plain.stdout.readline().strip()}")
    try:
        measured = played(visits(1200, 1_000), address, connections=100, told=lambda told: plain.kill())
    finally:
        plain.kill()
        plain.wait(10)
        plain.stdout.close()
    ends = ended(measured)
    assert ends[OK, 0] > 500
    assert ends[UNKNOWN, 0] > 5  # under way when it died
    assert ends[UNSENT, 0] > 50  # due after it had
    assert measured.ended == measured.offered == 1200
    assert {words_of(seen.why).en for seen in measured.examples}


def test_steps_follow_each_other_with_their_gap_and_what_was_learnt() -> None:
    async def numbered(asked: Asked) -> None:
        await asked.say(http(b'{"infcode":0,"output":{"mdtrt_id":"M%d"}}' % asked.number))

    steps = (
        call("2201", parts=(b'{"p":"', b'"}'), holes=("psn_no",), learns=("mdtrt_id",)),
        call("2304", 30_000, parts=(b'{"m":"', b'","p":"', b'"}'), holes=("mdtrt_id", "psn_no")),
    )
    scripts = [each._replace(known={"psn_no": b"P1"}, sampled=True) for each in visits(1, 0, *steps)]
    with serving(numbered) as target:
        measured = played(scripts, target.address)
        assert [(each.path, each.body) for each in target.asked] == [
            ("/2201", b'{"p":"P1"}'),
            ("/2304", b'{"m":"M0","p":"P1"}'),
        ]
    first, second = measured.samples
    assert second.due_ns - first.answered_ns == 30_000_000
    assert (second.request, second.outcome) == (b'{"m":"M0","p":"P1"}', OK)
    assert scripts[0].known == {"psn_no": b"P1"}
    assert [(kept.visit, kept.step) for kept in measured.settled] == [(0, 1)]
    assert measured.visits.get_total_count() == 1


def test_a_success_that_lacks_what_it_must_tell_is_malformed() -> None:
    steps = call("2201", learns=("psn_no",)), call()
    with serving() as target:
        measured = played(visits(1, 0, *steps), target.address)
    assert ended(measured) == {(MALFORMED, 200): 1}
    assert measured.examples[0].why == "lacks: psn_no"


def test_a_value_nobody_told_is_said() -> None:
    with serving() as target:
        measured = played(visits(1, 0, call(parts=(b"", b""), holes=("psn_no",))), target.address)
    assert measured.examples[0].why == "no-value: psn_no"
    assert ended(measured) == {(UNSENT, 0): 1}


def test_every_settlement_that_was_not_confirmed_is_kept_with_its_request() -> None:
    async def some(asked: Asked) -> None:
        if asked.body.endswith(b"0"):
            asked.hang_up()
        else:
            await asked.say(http(GOOD))

    scripts = [each._replace(calls=(call(parts=(b"%d" % each.number,)),)) for each in visits(100, 1_000)]
    with serving(some) as target:
        measured = played(scripts, target.address)
        others = played(scripts, target.address, keeps=frozenset({"2305"}))
    assert [(seen.visit, seen.request) for seen in measured.unsettled] == [(n, b"%d" % n) for n in range(0, 100, 10)]
    assert [kept.visit for kept in measured.settled] == [n for n in range(100) if n % 10]
    assert (others.unsettled, others.settled, len(others.examples)) == ((), (), 5)


def test_one_schedule_is_sent_twice_in_the_same_order_with_the_same_bytes() -> None:
    scripts = [
        each._replace(calls=(call(parts=(b"a%d" % each.number,)), call(gap_us=2_500, parts=(b"b%d" % each.number,))))
        for each in visits(40, 1_000)
    ]

    def sent() -> list[bytes]:
        with serving() as target:
            assert ended(played(scripts[::-1], target.address)) == {(OK, 0): 80}
            return [asked.body for asked in target.asked if asked.body.startswith(b"a")]

    assert sent() == sent() == [b"a%d" % number for number in range(40)]


def test_a_run_in_another_thread() -> None:
    seen: list[int] = []
    with serving() as target:
        thread = threading.Thread(target=lambda: seen.append(played(visits(5, 1_000), target.address).ended))
        thread.start()
        thread.join(10)
    assert seen == [5]


def test_ctrl_c_ends_with_what_was_seen() -> None:
    def interrupt() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    with serving() as target:
        threading.Timer(0.3, interrupt).start()
        before = signal.getsignal(signal.SIGINT)
        measured = played(visits(1000, 10_000), target.address)
        assert signal.getsignal(signal.SIGINT) is before
    assert measured.stopped
    assert measured.seconds < 2
    assert 10 < measured.offered == measured.ended < 300


def test_stop_ends_a_run_whose_calls_are_under_way() -> None:
    with serving(never) as target:
        measured = played(visits(3, 1000, call(), call()), target.address, stop=lambda: len(target.asked) == 3)
    assert ended(measured) == {(UNKNOWN, 0): 3}
    assert {seen.why for seen in measured.examples} == {"run-over"}
    assert measured.overall.get_total_count() == 0  # they were not waited for to the end


def test_every_second_is_told() -> None:
    told: list[Progress] = []
    with serving() as target:
        measured = played(visits(22, 50_000), target.address, told=told.append)
    assert [each.second.number for each in told] == [0]
    assert (told[0].second, told[0].seconds) == (measured.line[0], 1.05)
    assert [second.offered for second in measured.line] == [20, 2]


def test_tls(tmp_path: Path) -> None:
    made = issued(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    with serving(trusted=context) as target:
        target.ca = str(made.authority)
        assert ended(played(visits(5, 5_000), target.address)) == {(OK, 0): 5}
        stranger = played(visits(2, 5_000), target.address._replace(ca=""))
        assert ended(stranger) == {(UNSENT, 0): 2}
        assert "certificate" in stranger.examples[0].why.lower()


def test_connections_that_come_and_go_leave_nothing_behind() -> None:
    """The collector is off in a run: what formed a circle would stay."""
    with serving(saying(http(GOOD, 200, "connection: close"), hang_up=True)) as target:
        gc.collect()
        played(visits(200, 1_000), target.address)
        left = sum(isinstance(each, connections.Connection) for each in gc.get_objects())
    assert left < 10


def test_what_cannot_be_played_is_refused() -> None:
    address = Address.of("http://127.0.0.1:1")
    with pytest.raises(ValueError, match="has no calls"):
        played([visits(1, 0)[0]._replace(calls=())], address)
    with pytest.raises(ValueError, match="no credentials for H2"):
        played(visits(1, 0, call()._replace(party="H2")), address)
    with pytest.raises(ValueError, match="each needs at least one"):
        played(visits(1, 0), address, workers=3, connections=2)


def test_nothing_to_play() -> None:
    measured = played([], Address.of("http://127.0.0.1:1"))
    assert (measured.offered, measured.ended, measured.void_reason(), measured.saturated()) == (0, 0, None, None)


def test_what_goes_wrong_with_who_is_told_ends_the_run() -> None:
    def told(progress: Progress) -> None:
        raise RuntimeError("the bar broke")

    with serving() as target, pytest.raises(RuntimeError, match="the bar broke"):
        played(visits(300, 10_000), target.address, told=told)


def test_what_goes_wrong_inside_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(body: bytes) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(playing, "infcode_of", broken)
    with serving() as target, pytest.raises(ZeroDivisionError):
        played(visits(300, 10_000), target.address)
