"""A load generator for one kind of server: requests made beforehand, replies looked at only as far as need be.

It keeps to one core. ``closed`` keeps a number of connections busy; ``open_loop`` sends at given times whatever comes
back, and counts latency from the time a request was due.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import uvloop

_GIVE_UP_SECONDS = 120


class Measured(NamedTuple):
    """How it went: seconds in all, latencies in seconds, and how many replies were not as wanted."""

    seconds: float
    latencies: tuple[float, ...]
    wrong: int

    @property
    def rate(self) -> float:
        """Return replies a second."""
        return len(self.latencies) / self.seconds

    def at(self, share: float) -> float:
        """Return a quantile of the latencies, in milliseconds."""
        return 1000 * sorted(self.latencies)[min(int(share * len(self.latencies)), len(self.latencies) - 1)]


class _Line(asyncio.Protocol):
    """A connection with one request under way at a time."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._text = b""
        self._due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._load.connected(self)

    def send(self, request: bytes, due: float) -> None:
        self._due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._text += data
        head, found, body = self._text.partition(b"\r\n\r\n")
        if not found:
            return
        if b"ransfer-" in head:
            whole = body.endswith(b"0\r\n\r\n")
        else:
            whole = len(body) >= int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if whole:
            self._text = b""
            good = head.startswith(b"HTTP/1.1 200") and self._load.wanted in body
            self._load.answered(self, time.perf_counter() - self._due, good, head + body)

    def connection_lost(self, problem: Exception | None) -> None:
        self._load.lost()


class _Load:
    def __init__(self, requests: Sequence[bytes], lines: int, wanted: bytes) -> None:
        self.wanted = wanted
        self._left = deque(requests)
        self._all, self._lines = len(requests), lines
        self._free: list[_Line] = []
        self._due: deque[tuple[bytes, float]] = deque()
        self._latencies: list[float] = []
        self.wrong = 0
        self.example = b""
        self._loop = asyncio.get_running_loop()
        self._up: asyncio.Future[None] = self._loop.create_future()
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._pulling = False

    async def run(self, host: str, port: int, rate: float) -> Measured:
        made = [await self._loop.create_connection(lambda: _Line(self), host, port) for _ in range(self._lines)]
        await self._up
        begun = time.perf_counter()
        if rate:
            await self._arrive(rate, random.Random(1))
        else:
            self._pulling = True
            for line in list(self._free):
                self._next(line)
        await asyncio.wait_for(self._done, _GIVE_UP_SECONDS)
        measured = Measured(time.perf_counter() - begun, tuple(self._latencies), self.wrong)
        self.wrong = -1
        for transport, _ in made:
            transport.close()
        return measured

    async def _arrive(self, rate: float, chance: random.Random) -> None:
        """Send at random times, as people come: a request that finds no free connection waits, and that counts."""
        due = time.perf_counter()
        while self._left:
            due += chance.expovariate(rate)
            if due > time.perf_counter():
                await asyncio.sleep(due - time.perf_counter())
            self._due.append((self._left.popleft(), due))
            if self._free:
                self._free.pop().send(*self._due.popleft())

    def connected(self, line: _Line) -> None:
        self._free.append(line)
        if len(self._free) == self._lines and not self._up.done():
            self._up.set_result(None)

    def answered(self, line: _Line, seconds: float, good: bool, text: bytes) -> None:
        self._latencies.append(seconds)
        if not good:
            self.wrong += 1
            self.example = self.example or text
        if self._pulling:
            self._next(line)
        elif self._due:
            line.send(*self._due.popleft())
        else:
            self._free.append(line)
        if len(self._latencies) == self._all:
            self._done.set_result(None)

    def lost(self) -> None:
        if self.wrong >= 0 and not self._done.done():
            self._done.set_exception(ConnectionError(f"the server hung up; {self.example[:500]!r}"))

    def _next(self, line: _Line) -> None:
        if self._left:
            line.send(self._left.popleft(), time.perf_counter())


def closed(address: tuple[str, int], requests: Sequence[bytes], *, lines: int, wanted: bytes) -> Measured:
    """Send requests as fast as ``lines`` connections take them, one at a time each; a reply must hold ``wanted``."""
    return open_loop(address, requests, 0, lines=lines, wanted=wanted)


def open_loop(
    address: tuple[str, int], requests: Sequence[bytes], rate: float, *, lines: int, wanted: bytes
) -> Measured:
    """Send requests at random times, ``rate`` a second on average, over at most ``lines`` connections."""

    async def whole() -> Measured:
        load = _Load(requests, lines, wanted)
        measured = await load.run(*address, rate)
        if measured.wrong:
            raise SystemExit(f"{measured.wrong} replies of {len(requests)} were not as wanted: {load.example[:1000]!r}")
        return measured

    return uvloop.run(whole())
