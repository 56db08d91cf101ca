"""A network that loses, doubles, delays and reorders HTTP calls between processes, by chance from a seed."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from simulator.inputs.gateways import SCHEMES, X_TIF

_HANGS = 0.5  # the share of losses in which nobody hangs up


class Odds(NamedTuple):
    """How likely each thing is to happen to a call; ``seconds`` is how long a delay is at most."""

    drop_request: float = 0.05
    drop_reply: float = 0.05
    duplicate: float = 0.05
    delay: float = 0.10
    reorder: float = 0.05
    seconds: float = 1.5


CALM = Odds(0, 0, 0, 0, 0)


class Call(NamedTuple):
    """A call as it came in: request line, headers as they were written, body."""

    first: str
    headers: Mapping[str, str]
    body: bytes

    def text(self) -> bytes:
        lines = [self.first, *(f"{name}: {value}" for name, value in self.headers.items()), "", ""]
        return "\r\n".join(lines).encode("latin-1") + self.body


class Chaos:
    """Ports that pass calls on to wherever they are to lead; ``secrets_of`` signs a copy of a call anew."""

    def __init__(self, seed: int, odds: Odds, secret_of: Callable[[str], str]) -> None:
        self.odds, self.happened = odds, Counter[str]()
        self._chance, self._secret_of = random.Random(seed), secret_of
        self._targets: dict[int, int] = {}
        self._next: dict[int, asyncio.Event] = {}
        self._servers: list[asyncio.Server] = []
        self._serving: set[Any] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def port(self) -> int:
        """Open a port that leads nowhere yet."""
        return self._do(self._listen())

    def lead(self, port: int, target: int) -> None:
        """Let a port lead to another on this machine; 0 closes the way: nobody answers."""
        self._targets[port] = target

    def heal(self) -> None:
        """Let everything through from now on."""
        self.odds = CALM

    def end(self) -> None:
        """Close all ports and hang up on everybody."""

        async def hang_up() -> int:
            for server in self._servers:
                server.close()
            calls = asyncio.all_tasks() - {asyncio.current_task()}
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            for server in self._servers:
                await server.wait_closed()
            return 0

        self._do(hang_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _do(self, work: Awaitable[int]) -> int:
        async def whole() -> int:
            return await work

        return asyncio.run_coroutine_threadsafe(whole(), self._loop).result(10)

    async def _listen(self) -> int:
        server = await asyncio.start_server(lambda *streams: self._serve(port, *streams), "127.0.0.1", 0)
        port: int = server.sockets[0].getsockname()[1]
        self._servers.append(server)
        self._next[port] = asyncio.Event()
        return port

    async def _serve(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._serving.add((task, writer))  # held, or nothing would hold a call that nobody waits for
        try:
            reply = await self._fate(port, await _read(reader))
            if reply is None:
                self.happened["hang"] += self._chance.random() < _HANGS and await _until_gone(reader)
            else:
                writer.write(reply)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the other end is gone, its process was killed, or all is over: so is this
        finally:
            self._serving.discard((task, writer))
            await _close(writer)

    async def _fate(self, port: int, call: Call) -> bytes | None:
        """Return what the caller gets, None for nothing."""
        luck, odds = self._chance.random(), self.odds
        for what, share in odds._asdict().items():
            if what == "seconds" or luck < share:
                break
            luck -= share
        self.happened[what] += 1
        earlier, self._next[port] = self._next[port], asyncio.Event()
        earlier.set()
        if what == "drop_request":
            return None
        if what == "delay":
            await asyncio.sleep(self._chance.uniform(0, odds.seconds))
        if what == "reorder":
            await asyncio.wait([asyncio.create_task(self._next[port].wait())], timeout=odds.seconds)
        if what == "duplicate":
            copy = self._copy(call)
            both = await asyncio.gather(self._pass(port, call), self._pass(port, copy))
            return both[self._chance.randrange(2)]
        reply = await self._pass(port, call)
        return None if what == "drop_reply" else reply

    def _copy(self, call: Call) -> Call:
        """Return a copy of a call: as it is, which a gateway must refuse, or signed anew as who retries does."""
        if self._chance.random() < 0.5:
            self.happened["replayed"] += 1
            return call
        key_id = call.headers["x-tif-paasid"]
        signed = SCHEMES[X_TIF].headers(key_id, self._secret_of(key_id), "", time.time(), secrets.token_hex(16))
        return call._replace(headers={**call.headers, **signed})

    async def _pass(self, port: int, call: Call) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._targets[port] or 1)
        try:
            writer.write(call.text())
            await writer.drain()
            return await reader.read()
        finally:
            await _close(writer)


async def _read(reader: asyncio.StreamReader) -> Call:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers["content-length"]))
    return Call(first, {**headers, "connection": "close"}, body)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _until_gone(reader: asyncio.StreamReader) -> bool:
    await reader.read()
    return True
