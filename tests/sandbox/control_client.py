"""A whole sandbox with its control API in this process, called as ASGI without a socket."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from simulator.inputs.platforms import Ground, ground_of
from simulator.sandbox.app import business_app, control_app
from simulator.sandbox.clock import Clock
from simulator.sandbox.sandbox import Sandbox

START = dt.datetime(2024, 5, 6, 9)
_GROUND: dict[str, Ground] = {}


def ground(pack: str = "jiangsu-2023") -> Ground:
    """What platforms stand on, read once."""
    if pack not in _GROUND:
        _GROUND[pack] = ground_of(pack)
    return _GROUND[pack]


class Told(NamedTuple):
    """What a call was answered with."""

    status: int
    text: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return orjson.loads(self.text)

    @property
    def rows(self) -> list[Any]:
        return [orjson.loads(line) for line in self.text.splitlines()]


async def asgi(app: Any, method: str, path: str, body: bytes = b"", headers: Any = ()) -> Told:
    """Call an ASGI application; the caller has all the patience there is."""
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"sandbox"), (b"content-length", b"%d" % len(body)), *headers],
        "server": ("127.0.0.1", 1),
        "client": ("127.0.0.1", 2),
    }
    events = [{"type": "http.request", "body": body}]
    sent: list[Any] = []

    async def receive() -> Any:
        return events.pop(0) if events else await asyncio.Event().wait()

    async def send(event: Any) -> None:
        sent.append(event)

    await app(scope, receive, send)
    names = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Told(sent[0]["status"], b"".join(event.get("body", b"") for event in sent[1:]), names)


class Client:
    """The control port of a sandbox, and its business port."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._control, self._business = control_app(sandbox), business_app(sandbox)

    async def get(self, path: str) -> Told:
        return await asgi(self._control, "GET", path)

    async def delete(self, path: str) -> Told:
        return await asgi(self._control, "DELETE", path)

    async def post(self, path: str, body: Any = None) -> Told:
        text = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        return await asgi(self._control, "POST", path, text)

    async def did(self, path: str, body: Any = None) -> Any:
        """Post what must succeed; return its JSON."""
        told = await self.post(path, body)
        assert told.status == 200, told.text.decode()
        return told.json

    async def call(self, path: str, body: bytes, headers: Any) -> Told:
        """Call the business port."""
        return await asgi(self._business, "POST", path, body, headers)


def play(
    tmp_path: Path, story: Callable[[Client], Awaitable[Any]], *, start: dt.datetime = START, pack: str = "jiangsu-2023"
) -> Any:
    """Make a sandbox, let a story happen, and end it."""

    async def whole() -> Any:
        failures: list[Any] = []
        sandbox = Sandbox(ground(pack), tmp_path / "yidi.db", clock=Clock(start), failed=failures.append)
        await sandbox.start()
        try:
            return await story(Client(sandbox))
        finally:
            await sandbox.stop()
            assert not failures

    return asyncio.run(whole())
