"""The relay carries bytes as they are, and says whose it is where no answer comes."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from conformance.proxy.exchange import CALLER_GONE, UPSTREAM_AWAY, UPSTREAM_BROKE, UPSTREAM_SLOW, Exchange
from conformance.proxy.relay import Link, Relay

ALL_BYTES = bytes(range(256))
SECONDS = 5.0


class Wire:
    """A relay before an upstream that says raw bytes; ``heard`` are the raw calls it got, ``told`` the exchanges."""

    def __init__(self, answer: bytes | None, *, seconds: float = SECONDS, most: int = 1 << 20) -> None:
        self._answer, self._seconds, self._most = answer, seconds, most
        self.heard: list[bytes] = []
        self.told: list[Exchange] = []
        self.over, self.hung_up = asyncio.Event(), asyncio.Event()

    async def __aenter__(self) -> Wire:
        self._upstream = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._upstream.sockets[0].getsockname()[1]
        relay = Relay(Link(f"http://127.0.0.1:{port}/fsi/api", self._seconds, self._most), self._tell)
        self._runner = web.AppRunner(
            relay.application(), access_log=None, auto_decompress=False, handler_cancellation=True, shutdown_timeout=1
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        self._upstream.close()

    def _tell(self, exchange: Exchange) -> None:
        self.told.append(exchange)
        self.over.set()

    def go_away(self) -> None:
        self._upstream.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b""
            if not head:
                break
            self.heard.append(head + await _body(head, reader))
            if self._answer is None:  # it keeps silent until the other side hangs up
                await reader.read()
                self.hung_up.set()
                break
            writer.write(self._answer)
            await writer.drain()
            if b"cut" in head:
                break
            if await _at_end(reader):
                break
        writer.close()

    async def say(self, call: bytes) -> bytes:
        """Send raw bytes on a new connection; return all that comes until it is closed."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(call)
        answer = await asyncio.wait_for(reader.read(), SECONDS)
        writer.close()
        await asyncio.wait_for(self.over.wait(), SECONDS)
        return answer


async def _at_end(reader: asyncio.StreamReader) -> bool:
    try:
        first = await reader.readexactly(1)
    except asyncio.IncompleteReadError:
        return True
    reader._buffer[:0] = first  # type: ignore[attr-defined]  # put back: it begins the next call
    return False


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    if b"chunked" in head.lower():
        return await reader.readuntil(b"0\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return await reader.readexactly(int(line[15:]))
    return b""


def call(path: str, body: bytes = b"", *more: str) -> bytes:
    head = [f"POST {path} HTTP/1.1", "Host: city", "Connection: close", *more, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode() + body


def answer(body: bytes, *more: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 Fine", *more, f"Content-Length: {len(body)}", "", ""]).encode() + body


def run(wire: Callable[[], Wire], do: Callable[[Wire], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        async with wire() as ready:
            await do(ready)

    asyncio.run(all_of_it())


def test_bytes_headers_and_address_pass_as_they_are() -> None:
    body = gzip.compress(b"body") + ALL_BYTES

    async def do(wire: Wire) -> None:
        headers = ("X-TIF-Signature: ab", "x-Twice: 1", "x-Twice: 2", "Content-Encoding: gzip", "X-Drop: 1")
        got = await wire.say(call("/2304%2F?a=%7e", body, *headers, "Connection: X-Drop", "Content-Type: a/b; c=D"))
        head, _, sent = wire.heard[0].partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        assert sent == body
        assert lines[0] == "POST /fsi/api/2304%2F?a=%7e HTTP/1.1"
        kept = [each for each in lines[1:] if not each.startswith("Host")]
        assert kept == [*headers[:-1], "Content-Type: a/b; c=D", f"Content-Length: {len(body)}"]
        head, _, told = got.partition(b"\r\n\r\n")
        assert told == ALL_BYTES
        assert head.decode().split("\r\n") == [
            "HTTP/1.1 200 Fine",
            "X-Odd: Ä",
            "Content-Encoding: gzip",
            "Content-Length: 256",
            "Connection: close",
        ]
        seen = wire.told[0]
        assert (seen.asked.content, seen.told.content, seen.path) == (body, ALL_BYTES, "/2304%2F?a=%7e")
        assert (seen.method, seen.status, seen.why, seen.asked.kind) == ("POST", 200, "", "a/b; c=D")

    run(lambda: Wire(answer(ALL_BYTES, "X-Odd: Ä", "Content-Encoding: gzip", "Keep-Alive: timeout=9")), do)


def test_chunks_pass_both_ways_whatever_their_number() -> None:
    chunks = b"3\r\nabc\r\n100\r\n" + ALL_BYTES + b"\r\n0\r\n\r\n"
    head = b"POST /9102 HTTP/1.1\r\nHost: city\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"

    async def do(wire: Wire) -> None:
        got = await wire.say(head + chunks)
        assert b"Transfer-Encoding: chunked" in wire.heard[0]
        assert (wire.told[0].asked.content, wire.told[0].told.content) == (b"abc" + ALL_BYTES, b"abc" + ALL_BYTES)
        assert b"Transfer-Encoding: chunked" in got and got.endswith(b"\r\n0\r\n\r\n")

    run(lambda: Wire(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks), do)


def test_a_connection_carries_many_calls() -> None:
    async def do(wire: Wire) -> None:
        first, last = call("/1", b"one").replace(b"Connection: close\r\n", b""), call("/2", b"two")
        got = await wire.say(first + last)
        assert got.count(b"HTTP/1.1 200 Fine") == 2
        assert [each.path for each in wire.told] == ["/1", "/2"]

    run(lambda: Wire(answer(b"ok")), do)


def test_a_body_longer_than_is_held_passes_whole_and_is_not_copied() -> None:
    body = ALL_BYTES * 4096

    async def do(wire: Wire) -> None:
        got = await wire.say(call("/9101", body))
        assert wire.heard[0].endswith(body) and got.endswith(body)
        seen = wire.told[0]
        assert (seen.asked.content, seen.asked.size, seen.told.content, seen.held) == (None, len(body), None, False)

    run(lambda: Wire(answer(body), most=1000), do)


@pytest.mark.parametrize(("away", "status", "why"), [(True, 502, UPSTREAM_AWAY), (False, 504, UPSTREAM_SLOW)])
def test_an_upstream_that_does_not_answer_is_named_and_nothing_is_answered_for_it(
    away: bool, status: int, why: str
) -> None:
    async def do(wire: Wire) -> None:
        if away:
            wire.go_away()
        got = await wire.say(call("/2304", b"{}"))
        said = json.loads(got.partition(b"\r\n\r\n")[2])
        assert got.startswith(f"HTTP/1.1 {status} ".encode())
        assert (said["code"], said["from"]) == (status, "yidi proxy") and "infcode" not in said
        assert "上游" in said["message"] and "upstream" in said["message"]
        assert (wire.told[0].status, wire.told[0].why) == (0, why)

    run(lambda: Wire(None, seconds=0.2), do)


def test_an_answer_that_breaks_off_breaks_off_for_the_caller_too() -> None:
    async def do(wire: Wire) -> None:
        got = b""
        with contextlib.suppress(ConnectionResetError):
            got = await wire.say(call("/cut"))
        assert len(got.partition(b"\r\n\r\n")[2]) < 100  # and no chunk or length that would make it look whole
        await asyncio.wait_for(wire.over.wait(), SECONDS)
        assert (wire.told[0].status, wire.told[0].why) == (200, UPSTREAM_BROKE)

    run(lambda: Wire(answer(b"x" * 100)[:-90]), do)


def test_a_caller_that_leaves_is_noted_and_the_upstream_hears_of_it() -> None:
    async def do(wire: Wire) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", wire.port)
        writer.write(call("/2304", b"{}"))
        while not wire.heard:
            await asyncio.sleep(0.001)
        writer.close()
        await asyncio.wait_for(wire.hung_up.wait(), SECONDS)
        await asyncio.wait_for(wire.over.wait(), SECONDS)
        assert (wire.told[0].status, wire.told[0].why) == (0, CALLER_GONE)

    run(lambda: Wire(None), do)
