"""The sandbox without a socket: requests come over a pipe and get the bytes the server would give.

One process makes the sandbox and then only forks; each fork is a fresh province, so that a test gets one for the price
of a fork. Frames are a JSON object on one line, and the body of a request or reply after it. The plugin at the other
end (``yidi_pytest.py``) imports nothing of ours: the words of the frames are the only thing both know.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import gc
import os
import sys
import time
import traceback
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, NoReturn

import orjson

from simulator.inputs.errors import InputError
from simulator.inputs.platforms import ground_of
from simulator.sandbox.app import business_app, control_app
from simulator.sandbox.business import App
from simulator.sandbox.clock import Clock, machine
from simulator.sandbox.engine import Lost
from simulator.sandbox.memory import MemoryStore
from simulator.sandbox.parties import told_party
from simulator.sandbox.sandbox import READY_MADE, Sandbox

BUSINESS, CONTROL = "business", "control"
_FRESH, _BROKEN, _UNUSABLE = 3, 1, 2  # how a fork ends: for another one, by a fault; there is no province at all
_PATIENCE = dt.timedelta(minutes=5)  # of a caller who names none
_TURNS = 8  # of the event loop, in which whoever was answered asks again
_REAL_SECONDS = 0.005  # between two looks where it is the machine's time that passes


class Settings(NamedTuple):
    """What a province is made of; ``clock`` is where every test's clock begins, empty for the machine's time."""

    pack: str = "jiangsu-2023"
    clock: str = ""
    profile: str = "strict"
    seed: str = "1"


class Heard(NamedTuple):
    """A reply of HTTP: ``status`` 0 for none."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


_FAULT = Heard(500, (("content-type", "text/plain; charset=utf-8"),), b"Internal Server Error")


class Stopwatch:
    """The machine's time from when it is let go; until then it stands."""

    def __init__(self) -> None:
        self._at = machine()
        self._begun: float | None = None

    def let_go(self) -> None:
        """Begin to run."""
        self._begun = time.monotonic()

    def __call__(self) -> dt.datetime:
        """Return the time."""
        ran = 0.0 if self._begun is None else time.monotonic() - self._begun
        return self._at + dt.timedelta(seconds=ran)


class Twin:
    """Answers the frames of a pipe from a sandbox."""

    def __init__(self, sandbox: Sandbox, asked: Connection[Any, Any], told: Connection[Any, Any]) -> None:
        self._sandbox = sandbox
        self._asked, self._told = asked, told
        self._apps: dict[str, App] = {BUSINESS: business_app(sandbox), CONTROL: control_app(sandbox)}
        self._errands: set[asyncio.Task[Any]] = set()
        self._over: asyncio.Future[bool] | None = None

    async def serve(self) -> bool:
        """Answer until the other end is closed (False) or wants a fresh province (True)."""
        loop = asyncio.get_running_loop()
        self._over = loop.create_future()
        await self._sandbox.start()
        parties = [told_party(each) for each in self._sandbox.ready_made(READY_MADE)]
        self._send({"ready": True, "parties": parties})
        loop.add_reader(self._asked.fileno(), self._read)
        fresh = await self._over
        loop.remove_reader(self._asked.fileno())
        return fresh

    def _read(self) -> None:
        assert self._over is not None
        try:
            head, _, body = self._asked.recv_bytes().partition(b"\n")
        except EOFError:
            self._over.set_result(False)
            return
        asked = orjson.loads(head)
        if "fresh" in asked:
            self._over.set_result(True)
            return
        errand = asyncio.get_running_loop().create_task(self._answer(asked, body))
        self._errands.add(errand)
        errand.add_done_callback(self._done)

    def _done(self, errand: asyncio.Task[None]) -> None:
        self._errands.discard(errand)
        assert self._over is not None
        if not self._over.done() and not errand.cancelled() and (problem := errand.exception()):
            self._over.set_exception(problem)  # nobody would hear of it otherwise, and somebody waits

    async def _answer(self, asked: dict[str, Any], body: bytes) -> None:
        call = asyncio.create_task(heard(self._apps[asked["port"]], asked, body))
        self._errands.add(call)  # it goes on when nobody waits for it any more
        call.add_done_callback(self._errands.discard)
        patience = _PATIENCE if asked["patience"] is None else dt.timedelta(seconds=asked["patience"])
        until = self._sandbox.clock.now() + patience
        await self._wait(call, until)
        status, headers, text = call.result() if call.done() else Heard(0, (), b"")
        if not status and asked["patience"] is not None:
            await self._run_ahead(until)  # the caller has waited
        self._send({"id": asked["id"], "status": status, "headers": headers}, text)

    async def _wait(self, call: asyncio.Task[Heard], until: dt.datetime) -> None:
        """Wait for a call until a time; where only time can bring the reply, the clock goes ahead to its next alarm."""
        while not call.done():
            engine = self._sandbox.engine
            if not engine.waiting:
                await asyncio.wait({call}, timeout=_REAL_SECONDS)
                continue
            before = engine.host.seq
            await self._run_ahead()
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            if call.done() or engine.host.seq != before or engine.writing or not engine.waiting:
                continue
            when = engine.next_alarm
            if when is None or when > until:
                return
            await self._run_ahead(when)

    async def _run_ahead(self, when: dt.datetime | None = None) -> None:
        """Let the clock go to a time, now by default; return when everything given by then is done and kept."""
        engine = self._sandbox.engine
        try:
            if when is not None:
                with contextlib.suppress(ValueError):  # it has come by itself
                    engine.advance(when)
            await engine.caught_up()
        except Lost:  # the province was begun anew meanwhile
            await asyncio.sleep(0)

    def _send(self, head: dict[str, Any], body: bytes = b"") -> None:
        self._told.send_bytes(orjson.dumps(head) + b"\n" + body)


async def heard(app: App, asked: dict[str, Any], body: bytes) -> Heard:
    """Call an ASGI application as a server does; a caller of the business port who would wait for ever gives up."""
    path, _, query = asked["target"].partition("?")
    headers = {"host": "127.0.0.1", **{name.lower(): value for name, value in asked["headers"]}}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": asked["method"],
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        "server": ("127.0.0.1", 0),
        "client": ("127.0.0.1", 0),
    }
    events = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        if events:
            return events.pop()
        if asked["port"] == BUSINESS:
            return {"type": "http.disconnect"}
        return await asyncio.Event().wait()

    async def send(event: Any) -> None:
        sent.append(event)

    try:
        await app(scope, receive, send)
    except Exception:  # as a server does: it is told, and the caller hears of it
        traceback.print_exc()
        if not sent:
            return _FAULT
    if not sent:
        return Heard(0, (), b"")
    told = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in sent[0]["headers"])
    text = b"".join(event.get("body", b"") for event in sent[1:])
    return Heard(sent[0]["status"], told, b"" if asked["method"] == "HEAD" else text)


def made(settings: Settings, read: Stopwatch) -> Sandbox:
    """Return a populated sandbox that stands still; raises InputError, and ValueError for a clock that is no time."""
    clock = Clock(dt.datetime.fromisoformat(settings.clock), read) if settings.clock else Clock()
    ground, store = ground_of(settings.pack), MemoryStore()

    def sandbox() -> Sandbox:
        return Sandbox(ground, store, clock=clock, seed=settings.seed, profile=settings.profile, failed=_failed)

    asyncio.run(_populate(sandbox()))
    return sandbox()


async def _populate(sandbox: Sandbox) -> None:
    await sandbox.start()
    await sandbox.stop()


def _failed(problem: Exception) -> NoReturn:
    raise problem


def main(asked: Connection[Any, Any], told: Connection[Any, Any], settings: Settings) -> int:
    """Make a sandbox and answer from forks of it, one after another; return the exit code of the process."""
    watch = Stopwatch()
    try:
        twin = Twin(made(settings, watch), asked, told)
    except (InputError, ValueError) as problem:
        told.send_bytes(orjson.dumps({"problem": str(problem)}) + b"\n")
        return _UNUSABLE
    gc.freeze()
    while True:
        child = os.fork()
        if not child:
            _be_the_province(twin, watch)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code != _FRESH:
            return 0 if code == 0 else _BROKEN


def _be_the_province(twin: Twin, watch: Stopwatch) -> NoReturn:
    code = _BROKEN
    try:
        watch.let_go()
        code = _FRESH if asyncio.run(twin.serve()) else 0
    except BaseException:  # whatever it was: it is told, and nothing of the process that forks runs here
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(code)
