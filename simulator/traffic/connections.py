"""Connections to the target: HTTP/1.1 kept alive, one request at a time on each, as many as are needed to a bound."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import ssl
from typing import Protocol

import httptools

from simulator.traffic.address import Address
from simulator.traffic.pacing import now_ns
from simulator.traffic.whys import ENDED_BEFORE, ENDED_WITHIN, NO_HTTP, TIMED_OUT, TOO_LONG, UNREACHED

LARGEST_REPLY = 16 << 20
"""Bytes of a reply that are taken; of a longer one it is only said that it is too long."""

_OPENING = 128  # connections that are being made at a time
_PAUSE_SECONDS = 0.1  # after one that could not be made
_DELIMITED = re.compile(rb"\n(content-length|transfer-encoding)[ \t]*:", re.IGNORECASE)
_OK_INTERIM = 200  # statuses below it announce a reply


class Sent(Protocol):
    """A call that is under way: ``sent`` is when it was written to a connection, in ``now_ns``."""

    sent: int


class Owner(Protocol):
    """Whom a pool tells what becomes of calls and connections."""

    def freed(self, line: Connection) -> None:
        """Take a connection that can be sent on."""

    def answered(self, call: Sent, status: int, body: bytes, at_ns: int) -> None:
        """Take a whole reply."""

    def broken(self, call: Sent, why: str, at_ns: int, *, answered: bool) -> None:
        """Take a call that gets no reply; ``answered`` tells that what came was none."""

    def wanting(self) -> int:
        """Return how many calls wait for a connection."""

    def unreached(self, why: str) -> None:
        """Take that no connection can be made just now, and there is none."""


class Connection(asyncio.Protocol):
    """A connection with at most one call under way."""

    def __init__(self, pool: Pool) -> None:
        self._pool: Pool | None = pool
        self.call: Sent | None = None
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []
        self._start_reply()
        self.on_body = self._parts.append  # what the parser calls, without a step between
        self._parser = httptools.HttpResponseParser(self)

    def _start_reply(self) -> None:
        self._head, self._has_head, self._size, self._length = b"", False, 0, 0
        self._whole = self._keep = False
        self._parts.clear()

    @property
    def alive(self) -> bool:
        """Tell whether the connection has begun and not ended."""
        return self._transport is not None

    def send(self, call: Sent, request: bytes) -> None:
        """Send a request; the pool's owner is told how it ends."""
        self.call = call
        assert self._transport is not None
        self._transport.write(request)

    def drop(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def give_up(self) -> None:
        """End the connection and the call that waits on it: nobody waits any longer."""
        call, pool = self.call, self._pool
        self.call = None
        self.drop()
        if call is not None and pool is not None:
            pool.owner.broken(call, TIMED_OUT, now_ns(), answered=False)

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Take bytes of a reply."""
        at_ns = now_ns()
        if self.call is None:  # nobody asked anything
            self.eof_received()
            self.drop()
            return
        self._size += len(data)
        if not self._has_head:
            self._head += data
        broken = self._feed(data) if self._size <= LARGEST_REPLY else TOO_LONG
        if self._whole:
            self._finish(self._keep and not broken, at_ns)
        elif broken:
            self._break(broken, at_ns)

    def eof_received(self) -> None:
        """Be sent on no more; the transport closes itself."""
        if self._pool is not None:
            self._pool.unusable(self)

    def connection_lost(self, problem: Exception | None) -> None:
        """End the call that waits, if one does."""
        pool, self._pool, self._transport = self._pool, None, None
        if pool is not None:
            pool.lost(self)
            if self.call is not None:
                self._ended_early(pool, problem)
        del self.on_body, self._parser  # they hold each other

    # What the parser calls.

    def on_headers_complete(self) -> None:
        """Note that the head is there."""
        self._has_head = True

    def on_message_complete(self) -> None:
        """Note that a reply is whole, unless it only says that one is to come."""
        if self._parser.get_status_code() < _OK_INTERIM:
            self._has_head = False
        elif not self._whole:
            self._whole, self._keep = True, self._parser.should_keep_alive()
            self._length = len(self._parts)
        else:  # a second reply to one request
            self._keep = False

    def _feed(self, data: bytes) -> str:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as problem:
            return f"{NO_HTTP}: {str(problem)[:80]}"
        return ""

    def _finish(self, keep: bool, at_ns: int) -> None:
        call, pool = self.call, self._pool
        assert call is not None and pool is not None
        body = self._parts[0] if self._length == 1 else b"".join(self._parts[: self._length])
        status = self._parser.get_status_code()
        self.call = None
        self._start_reply()
        if keep:
            pool.owner.freed(self)
        else:
            self.drop()
        pool.owner.answered(call, status, body, at_ns)

    def _break(self, why: str, at_ns: int) -> None:
        call, pool = self.call, self._pool
        self.call = None
        self.drop()
        assert call is not None and pool is not None
        pool.owner.broken(call, why, at_ns, answered=True)

    def _ended_early(self, pool: Pool, problem: Exception | None) -> None:
        call, self.call, at_ns = self.call, None, now_ns()
        assert call is not None
        if self._has_head and problem is None and not _DELIMITED.search(self._head.partition(b"\r\n\r\n")[0]):
            pool.owner.answered(call, self._parser.get_status_code(), b"".join(self._parts), at_ns)
            return
        why = ENDED_WITHIN if self._size else ENDED_BEFORE
        pool.owner.broken(call, f"{why}: {problem}" if problem else why, at_ns, answered=False)


class Pool:
    """Makes connections as they are wanted, up to ``bound``; ``free`` are those that can be sent on, last used last."""

    def __init__(self, to: Address, owner: Owner, bound: int, connect_seconds: float) -> None:
        self.owner, self.free = owner, list[Connection]()
        self._to, self._bound, self._seconds = to, bound, connect_seconds
        self._trusted: ssl.SSLContext | None = to.trusted()
        self._lines: set[Connection] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._pausing: asyncio.TimerHandle | None = None
        self.made = 0

    async def warm(self, number: int) -> None:
        """Make some connections before the run; that none can be made is found out in the run."""
        self._want_to(min(number, self._bound))
        if self._opening:
            await asyncio.wait(self._opening)

    def want(self, waiting: int) -> None:
        """See that a connection is being made for each of the calls that wait, as far as the bound allows."""
        self._want_to(min(waiting, self._bound - len(self._lines)))

    def give_up_before(self, moment_ns: int) -> None:
        """End the calls that were sent before a moment."""
        for line in [each for each in self._lines if each.call is not None and each.call.sent <= moment_ns]:
            line.give_up()

    def take_calls(self) -> list[Sent]:
        """Return the calls under way; nothing more is told of them."""
        calls = []
        for line in self._lines:
            call, line.call = line.call, None
            if call is not None:
                calls.append(call)
        return calls

    def unusable(self, line: Connection) -> None:
        """Send no more on a connection that the target is ending."""
        if line in self.free:
            self.free.remove(line)

    def lost(self, line: Connection) -> None:
        """Forget a connection that has ended."""
        self._lines.discard(line)
        self.unusable(line)
        self._loop.call_soon(self._want_more)

    async def close(self) -> None:
        """End all connections; calls that wait are told nothing."""
        if self._pausing:
            self._pausing.cancel()
        for task in self._opening:
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        self.take_calls()
        for line in self._lines:
            line.drop()
        while self._lines:
            await asyncio.sleep(0)

    def _want_to(self, number: int) -> None:
        while self._pausing is None and len(self._opening) < min(number, _OPENING):
            task = self._loop.create_task(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    def _want_more(self) -> None:
        self.want(self.owner.wanting())

    def _resume(self) -> None:
        self._pausing = None
        self._want_more()

    async def _open(self) -> None:
        to, name = self._to, self._to.host if self._trusted else None
        make = self._loop.create_connection(
            lambda: Connection(self), to.host, to.port, ssl=self._trusted, server_hostname=name
        )
        try:
            _, line = await asyncio.wait_for(make, self._seconds)
        except (OSError, TimeoutError) as problem:
            self._not_made(problem)
            return
        if not line.alive:
            self._not_made(ConnectionResetError(errno.ECONNRESET, ""))
            return
        self.made += 1
        self._lines.add(line)
        self.owner.freed(line)

    def _not_made(self, problem: OSError | TimeoutError) -> None:
        """Pause, lest a target that is gone is called without end; calls fail only where no connection is left."""
        if self._pausing is None:
            self._pausing = self._loop.call_later(_PAUSE_SECONDS, self._resume)
        if not self._lines:
            plain = isinstance(problem, ConnectionError) and problem.errno
            said = os.strerror(plain) if plain else str(problem) or "timed out"
            self.owner.unreached(f"{UNREACHED}: {said[:100]}")
