"""Each limit by itself: too slow, too long, too many, and what is judged beside the process that decides."""

from __future__ import annotations

import asyncio
import http.client
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import schemas
from simulator.core.network.hospital import Desk
from simulator.core.platform.refusals import REFUSALS
from simulator.sandbox.app import business_app
from simulator.sandbox.clock import Clock, machine
from simulator.sandbox.gate import FULL, REPLAYED, Nonces
from simulator.sandbox.judging import Bench, Busy, Verdict, judge
from simulator.sandbox.limits import Bucket, Limits, for_this_process
from simulator.sandbox.logs import Log
from simulator.sandbox.operation import Operation
from simulator.sandbox.sandbox import Sandbox
from simulator.sandbox.server import listen, server_for
from tests.sandbox.control_client import ground
from tests.sandbox.serving import WIRE, Caller, serving

_TIGHT = Limits(connections=20, head=8 << 10, head_seconds=0.3, body=200_000, body_seconds=0.4, reading_seconds=0.4)
_EXAMPLE = schemas.load().examples["1101", "request"].encode()


class Port:
    """A business port with tight limits, and what was said of those turned away."""

    def __init__(self, at: tuple[str, int], sandbox: Sandbox, closed: list[str]) -> None:
        self.at, self.sandbox, self.closed = at, sandbox, closed

    def caller(self) -> Caller:
        caller = Caller.__new__(Caller)
        caller.party = next(iter(self.sandbox.directory.parties.values()))
        return caller

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*self.at)

    async def say(self, *pieces: bytes) -> bytes:
        """Send pieces; return all that comes back until the connection is closed."""
        reader, writer = await self.open()
        for piece in pieces:
            writer.write(piece)
        try:
            return await asyncio.wait_for(reader.read(), 10)
        finally:
            writer.close()


def on_a_port(tmp_path: Path, story: Callable[[Port], Awaitable[None]], limits: Limits = _TIGHT) -> None:
    """Serve with limits in this process, and let a story happen."""

    async def whole() -> None:
        closed: list[str] = []
        failed: list[Any] = []
        operation = Operation(limits, Log())
        sandbox = Sandbox(ground(), tmp_path / "yidi.db", clock=Clock(), failed=failed.append, operation=operation)
        await sandbox.start()
        bound = listen("127.0.0.1", 0)
        server = server_for(business_app(sandbox), limits, lambda why, address: closed.append(why))
        running = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            await story(Port(bound.getsockname(), sandbox, closed))
        finally:
            server.should_exit = True
            await running
            await sandbox.stop()
            assert not failed

    asyncio.run(whole())


def _head(port: Port, *lines: str) -> bytes:
    signed = port.caller().headers("1101")
    rows = ["POST /1101 HTTP/1.1", "host: x", *lines, *(f"{name}: {value}" for name, value in signed.items())]
    return ("\r\n".join(rows) + "\r\n\r\n").encode()


def test_a_slow_head_is_answered_and_closed(tmp_path: Path) -> None:
    async def story(port: Port) -> None:
        begun = time.monotonic()
        assert (await port.say(b"POST /1101 HT")).startswith(b"HTTP/1.1 408")
        assert await port.say() == b""  # nothing was said: nothing is answered
        assert await port.say(b"\r\n\r\n") == b""
        assert time.monotonic() - begun < 5
        assert port.closed == ["head too slow"]

    on_a_port(tmp_path, story)


def test_a_long_head_is_answered_and_closed(tmp_path: Path) -> None:
    async def story(port: Port) -> None:
        assert (await port.say(b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 5_000)).startswith(b"HTTP/1.1 431")
        assert port.closed == ["head too large"]

    on_a_port(tmp_path, story)


def test_what_is_no_http_is_answered_and_closed(tmp_path: Path) -> None:
    async def story(port: Port) -> None:
        assert (await port.say(b"\x16\x03\x01\x00")).startswith(b"HTTP/1.1 400")
        assert port.closed == ["no HTTP"]

    on_a_port(tmp_path, story)


def test_connections_beyond_the_most_are_turned_away(tmp_path: Path) -> None:
    async def story(port: Port) -> None:
        held = [await port.open() for _ in range(_TIGHT.connections)]
        await asyncio.sleep(0)
        assert (await port.say()).startswith(b"HTTP/1.1 503")
        assert port.closed == ["too many connections"]
        for _, writer in held:
            writer.close()

    on_a_port(tmp_path, story, _TIGHT._replace(head_seconds=5))


def test_a_slow_or_long_body_is_answered(tmp_path: Path) -> None:
    async def story(port: Port) -> None:
        slow = await port.say(_head(port, "content-length: 10"), b"{")
        assert slow.startswith(b"HTTP/1.1 408")
        assert "报文未按时到齐".encode() in slow
        long = await port.say(_head(port, "content-length: 200001"), b" " * 200_001)
        assert (long[:12], "报文过大".encode() in long) == (b"HTTP/1.1 413", True)
        chunk = b"%x\r\n%b\r\n" % (150_000, b" " * 150_000)
        assert (await port.say(_head(port, "transfer-encoding: chunked"), chunk, chunk)).startswith(b"HTTP/1.1 413")
        outcomes = [seen.outcome for seen in port.sandbox.observer.latest({})]
        assert outcomes == ["too large", "too large", "too slow"]

    on_a_port(tmp_path, story)


def test_bodies_that_are_too_much_together_are_sent_again_later(tmp_path: Path) -> None:
    async def story(port: Port) -> None:
        reader, writer = await port.open()
        writer.write(_head(port, "content-length: 60000") + b" " * 59_000)
        await asyncio.sleep(0.1)
        much = await port.say(_head(port, "content-length: 60000"), b" " * 60_000)
        assert much.startswith(b"HTTP/1.1 429")
        writer.write(b" " * 1_000)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")  # who came first is served
        writer.close()

    on_a_port(tmp_path, story, _TIGHT._replace(bodies=100_000, body_seconds=5))


def test_an_answer_that_nobody_reads_is_let_go_of(tmp_path: Path) -> None:
    async def story(port: Port) -> None:
        line = socket.create_connection(port.at)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        line.sendall(b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n" * 5)
        for _ in range(100):
            if "answer unread" in port.closed:
                break
            await asyncio.sleep(0.1)
        assert "answer unread" in port.closed
        line.close()

    on_a_port(tmp_path, story)


def test_bytes_after_an_answer_do_not_keep_a_connection(tmp_path: Path) -> None:
    async def story(port: Port) -> None:
        reader, writer = await port.open()
        writer.write(b"GET /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n")
        begun = time.monotonic()
        while not reader.at_eof() and time.monotonic() - begun < 5:
            writer.write(b" ")
            await asyncio.sleep(0.05)
            reader._buffer.clear()  # type: ignore[attr-defined]  # what was answered is of no interest
        assert time.monotonic() - begun < 3
        writer.close()

    on_a_port(tmp_path, story)


def test_a_party_beyond_its_rate_is_asked_to_wait(tmp_path: Path) -> None:
    async def story(port: Port) -> None:
        caller, codes = port.caller(), []
        for _ in range(4):
            answer = await port.sandbox.front.answer("1101", caller.headers("1101"), b"{")
            codes.append(answer.outcome)
        assert codes == ["-105", "-105", str(REFUSALS["too_many"].code), str(REFUSALS["too_many"].code)]

    on_a_port(tmp_path, story, _TIGHT._replace(rate=2))


def test_a_fault_of_ours_is_an_unknown_outcome_and_is_counted(tmp_path: Path) -> None:
    async def story(port: Port) -> None:
        async def fail(*_: Any) -> Any:
            raise KeyError("110101199001011234")

        port.sandbox.engine.ask = fail  # type: ignore[method-assign]
        caller = port.caller()
        party, places = caller.party, ground().network.national
        message = Desk(places.institutions[party.code], "320100").sign_in(machine())
        answer = await port.sandbox.front.answer("9001", caller.headers("9001"), WIRE.encode(message))
        assert (answer.status, answer.outcome, answer.infno) == (500, "fault", "9001")
        assert 'yidi_calls_total{infno="9001",result="fault"} 1.0' in port.sandbox.metrics.text().decode()

    on_a_port(tmp_path, story)


def test_a_large_honest_message_is_taken(tmp_path: Path) -> None:
    """One that is judged beside the process is answered like any other, and refused in the same words."""
    with serving(tmp_path) as server:
        caller = Caller(server)
        message = WIRE.encode(caller.desk.sign_in(machine()))
        padded = message[:-1] + b" " * 100_000 + b"}"
        assert caller.post("9001", padded).json["infcode"] == 0
        wrong = _EXAMPLE.replace(b'"msgid"', b'"msgi"')
        short, long = caller.post("1101", wrong), caller.post("1101", wrong + b" " * 100_000)
        assert short.json["err_msg"] == long.json["err_msg"]
        assert (short.json["infcode"], "msgi" in short.json["err_msg"]) == (-105, True)
        line = http.client.HTTPConnection(server.at)
        line.request("POST", "/1101", b" " * (3 << 20), caller.headers("1101"))
        assert line.getresponse().status == 413
        line.close()


def test_the_bench_says_what_judging_at_once_says() -> None:
    async def story() -> None:
        bench = Bench("strict", seconds=30)
        try:
            for infno, body in (
                ("1101", _EXAMPLE),
                ("", _EXAMPLE),
                ("2304", _EXAMPLE),
                ("", b"{"),
                ("1101", b"[]"),
                ("8888", b'{"infno": "8888"}'),
                ("1101", _EXAMPLE.replace(b'"opter"', b'"opter_"')),
            ):
                assert await bench.judge("one", infno, body) == judge(schemas.load(), infno, body).verdict
        finally:
            await bench.close()

    asyncio.run(story())


def test_what_takes_too_long_to_judge_is_refused_and_the_next_one_is_judged() -> None:
    async def story() -> None:
        bench = Bench("strict", seconds=0.0)
        assert await bench.judge("one", "1101", _EXAMPLE) == Verdict("", "报文过于复杂，请分成多个报文发送")
        bench._seconds = 30
        assert await bench.judge("one", "1101", _EXAMPLE) == Verdict("1101", "")
        await bench.close()

    asyncio.run(story())


def test_nobody_has_more_judged_than_a_share() -> None:
    async def story() -> None:
        bench = Bench("strict", seconds=30)
        waiting = [asyncio.create_task(bench.judge("one", "1101", _EXAMPLE)) for _ in range(4)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await bench.judge("one", "1101", _EXAMPLE)
        assert (await bench.judge("another", "1101", _EXAMPLE)).wrong == ""
        assert len(await asyncio.gather(*waiting)) == 4
        await bench.close()

    asyncio.run(story())


def test_a_bucket_fills_and_takes_on_debt() -> None:
    bucket = Bucket(2.0, 4.0)
    assert [bucket.takes(0.0) for _ in range(5)] == [True, True, True, True, False]
    assert (bucket.takes(0.5), bucket.takes(0.5)) == (True, False)
    bucket.spend(10.0, 10.0)
    assert (bucket.left(10.0), bucket.left(12.0), bucket.left(100.0)) == (-6.0, -2.0, 4.0)


def test_nonces_are_kept_while_their_time_may_be_accepted() -> None:
    nonces = Nonces(most=2)
    assert nonces.takes("a", "1", until=300.0, now=0.0) == ""
    assert nonces.takes("b", "1", until=300.0, now=0.0) == ""
    assert nonces.takes("a", "1", until=320.0, now=299.0) == REPLAYED
    assert nonces.takes("a", "2", until=300.0, now=300.0) == FULL
    assert nonces.takes("a", "1", until=700.0, now=331.0) == ""


def test_no_more_connections_are_taken_than_the_process_may_open_files() -> None:
    assert for_this_process(Limits(connections=10)).connections == 10
    assert for_this_process(Limits(connections=10**9)).connections < 10**9
