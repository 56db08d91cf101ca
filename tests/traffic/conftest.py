"""A target of these tests' own: a server in a thread that answers as it is told, to the byte."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from simulator.traffic.address import Address, Credentials
from simulator.traffic.calls import Call, Script
from simulator.traffic.measuring import Measured
from simulator.traffic.player import play
from simulator.traffic.target import Target as Province
from simulator.traffic.target import of_ready
from tests.traffic.serving import served

GOOD = b'{"infcode":0,"err_msg":"","output":{"mdtrt_id":"M1","setl_id":"S1"}}'
PARTIES = {"H1": Credentials("none", "", "")}


def http(body: bytes, status: int = 200, *heads: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", *heads, "", ""]
    return "\r\n".join(lines).encode() + body


class Asked:
    """A request on a connection: its path and body, how many came before it; and a way to answer."""

    def __init__(self, path: str, head: bytes, body: bytes, number: int, writer: asyncio.StreamWriter) -> None:
        self.path, self.head, self.body, self.number, self._writer = path, head, body, number, writer

    async def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()
            await asyncio.sleep(0.002 if len(pieces) > 1 else 0)

    def close(self) -> None:
        """End the connection when all is sent."""
        self._writer.close()

    def hang_up(self) -> None:
        self._writer.transport.abort()


Answering = Callable[[Asked], Awaitable[Any]]


async def good(asked: Asked) -> None:
    await asked.say(http(GOOD))


class Target:
    """The server; ``asked`` is all it was asked, in order."""

    def __init__(self, answering: Answering, trusted: ssl.SSLContext | None) -> None:
        self._answering, self._ssl = answering, trusted
        self.asked: list[Asked] = []
        self.lines = 0
        self.tasks: list[Any] = []
        self.port = 0
        self.ca = ""

    @property
    def address(self) -> Address:
        return Address.of(f"{'https' if self._ssl else 'http'}://localhost:{self.port}", ca=self.ca)

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._line, "localhost", 0, ssl=self._ssl, backlog=2048)
        self.port = self.server.sockets[0].getsockname()[1]

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines += 1
        self.tasks.append(asyncio.current_task())
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                body = await reader.readexactly(length)
                asked = Asked(head.split()[1].decode(), head, body, len(self.asked), writer)
                self.asked.append(asked)
                await self._answering(asked)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            return
        finally:
            writer.transport.abort()


@contextmanager
def serving(answering: Answering = good, trusted: ssl.SSLContext | None = None) -> Iterator[Target]:
    """Serve in a thread until the block ends."""
    loop, target = asyncio.new_event_loop(), Target(answering, trusted)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def end() -> None:
        this = asyncio.current_task()
        while asyncio.all_tasks() - {this, *target.tasks}:  # a server that closes loses what it is just accepting
            await asyncio.sleep(0.002)
        target.server.close()
        while asyncio.all_tasks() - {this}:
            for task in target.tasks:
                task.cancel()
            await asyncio.sleep(0.002)
        for _ in range(5):  # transports end in turns of the loop
            await asyncio.sleep(0)

    asyncio.run_coroutine_threadsafe(target.start(), loop).result(10)
    try:
        yield target
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture
def target() -> Iterator[Target]:
    """A target that answers everything at once with success."""
    with serving() as target:
        yield target


def call(infno: str = "2304", gap_us: int = 0, **more: Any) -> Call:
    return Call(infno, "H1", gap_us, **{"parts": (b"{}",), **more})


def visits(number: int, every_us: int, *calls: Call, **more: Any) -> list[Script]:
    """Return visits at uniform arrivals."""
    return [Script(each, each * every_us, calls or (call(),), {}, **more) for each in range(number)]


def played(scripts: list[Script], address: Address, **more: Any) -> Measured:
    how: dict[str, Any] = {"seconds": 0.0, "connections": 8, "wait_seconds": 2.0, **more}
    return play(scripts, address, PARTIES, **how)


def ended(measured: Measured) -> dict[tuple[str, int], int]:
    """Return how many calls ended in which way, with which code."""
    return {(outcome, code): count for (_, outcome, code), count in measured.ends.items()}


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """A whole sandbox province, for all who come with people of their own."""
    with served(tmp_path_factory.mktemp("province")) as ready:
        yield of_ready(ready)
