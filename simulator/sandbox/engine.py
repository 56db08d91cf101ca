"""Runs a host on an event loop: one thread decides, one writes, and whoever asked is told when it is on disk."""

from __future__ import annotations

import asyncio
import datetime as dt
import heapq
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Protocol

from simulator.core.platform.effects import Effect
from simulator.core.platform.message import Key, Message
from simulator.core.platform.node import Node
from simulator.sandbox.clock import Clock
from simulator.sandbox.committer import Committer
from simulator.sandbox.host import Host, Outgoing
from simulator.sandbox.journal import ACT, HANDLE, LEARN, WAKE, Call, CannotWrite, Entry, Reader, Scribe, Store

_Waiting = tuple[str, str, Key]


class Upstream(Protocol):
    """The way to a platform elsewhere."""

    async def ask(self, at: str, message: Message) -> Message | None:
        """Send a request of platform ``at``; return its reply, None where the outcome is unknown."""


class Engine:
    """Platforms of this process behind a store; ``elsewhere`` are those of others, ``failed`` ends the process.

    ``watch`` is told each entry once it is on disk.
    """

    def __init__(
        self,
        nodes: Mapping[str, Node],
        store: Store,
        clock: Clock,
        *,
        elsewhere: Mapping[str, Upstream],
        failed: Callable[[CannotWrite], None],
        watch: Callable[[Entry], None] = lambda entry: None,
    ) -> None:
        self.clock = clock
        self.store = store
        self.host = Host(nodes, Scribe(messages=store.last_message()), self._keep, self._set_alarm)
        self._elsewhere = elsewhere
        self._failed = failed
        self._watch = watch
        self._waiting: dict[_Waiting, list[asyncio.Future[Message]]] = {}
        self._alarms: list[tuple[dt.datetime, int, str, Key]] = []
        self._alarms_set = 0
        self._ring: asyncio.TimerHandle | None = None
        self._errands: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._committer: Committer | None = None

    def restore(self) -> int:
        """Bring the platforms to where the journal leaves them; return how many entries were folded."""
        return self.host.restore(self.store.entries(self.host.seq), Reader(self.store))

    def start(self) -> None:
        """Begin to serve, on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._committer = Committer(self.store, self._loop.call_soon_threadsafe, self._fail)
        self._committer.start()
        self._wind()

    async def stop(self) -> None:
        """Write what is left; whoever still waits is not answered."""
        if self._ring is not None:
            self._ring.cancel()
        for errand in self._errands:
            errand.cancel()
        if self._committer is not None:
            await asyncio.to_thread(self._committer.finish)

    async def ask(self, at: str, sender: str, message: Message) -> Message:
        """Give a platform a request and return its reply, once it is on disk."""
        assert self._loop is not None
        future: asyncio.Future[Message] = self._loop.create_future()
        place = (at, sender, message.key)
        self._waiting.setdefault(place, []).append(future)
        try:
            self._give(at, HANDLE, sender, message)
            return await future
        finally:
            waiting = self._waiting.get(place)
            if waiting is not None and future in waiting:
                waiting.remove(future)
                if not waiting:
                    del self._waiting[place]

    async def act(self, at: str, action: Any) -> tuple[Effect, ...]:
        """Let the staff of a platform act; return what came of it there, once it is on disk."""
        return await self._kept(at, ACT, action)

    async def learn(self, at: str, fact: Any) -> None:
        """Tell a platform a fact from outside: a person, a filing."""
        await self._kept(at, LEARN, fact)

    async def learn_all(self, facts: Iterable[tuple[str, Any]]) -> None:
        """Tell platforms many facts: (platform, fact)."""
        for at, fact in facts:
            self._give(at, LEARN, "control", fact)
        await self._on_disk()

    def advance(self, when: dt.datetime) -> None:
        """Set the clock forward and ring what is due by then; raises ValueError for a time that is past."""
        self.clock.set(when)
        self._wind()

    async def _kept(self, at: str, kind: str, what: Any) -> tuple[Effect, ...]:
        effects = self._give(at, kind, "control", what)
        await self._on_disk()
        return effects

    async def _on_disk(self) -> None:
        """Wait until everything given so far is on disk."""
        assert self._loop is not None
        done: asyncio.Future[None] = self._loop.create_future()
        self._submit([], partial(_tell, done, None))
        await done

    def _give(self, at: str, kind: str, sender: str, what: Any) -> tuple[Effect, ...]:
        return self.host.give(Call(self.clock.now(), at, kind, sender, what))

    # -- what the host asks for -----------------------------------------------------------------------------------

    def _keep(self, entries: list[Entry], leaving: list[Outgoing]) -> None:
        self._submit(entries, partial(self._let_out, entries, leaving))

    def _submit(self, entries: list[Entry], release: Callable[[], None]) -> None:
        assert self._committer is not None
        self._committer.submit(entries, release)

    def _let_out(self, entries: list[Entry], leaving: list[Outgoing]) -> None:
        for entry in entries:
            self._watch(entry)
        for at, to, message in leaving:
            if message.is_reply:
                for future in self._waiting.pop((at, to, message.key), ()):
                    _tell(future, message)
            elif to in self._elsewhere:
                self._run(self._pass_on(at, to, message))

    def _set_alarm(self, when: dt.datetime, at: str, about: Key) -> None:
        self._alarms_set += 1
        heapq.heappush(self._alarms, (when, self._alarms_set, at, about))
        if self._alarms[0][1] == self._alarms_set:
            self._wind()

    # -- time and errands -----------------------------------------------------------------------------------------

    def _wind(self) -> None:
        if self._loop is None or not self._alarms:
            return
        if self._ring is not None:
            self._ring.cancel()
        self._ring = self._loop.call_later(self.clock.seconds_until(self._alarms[0][0]), self._rung)

    def _rung(self) -> None:
        now = self.clock.now()
        while self._alarms and self._alarms[0][0] <= now:
            _, _, at, about = heapq.heappop(self._alarms)
            if at in self.host.nodes:
                self._give(at, WAKE, "", about)
        self._wind()

    async def _pass_on(self, at: str, to: str, message: Message) -> None:
        reply = await self._elsewhere[to].ask(at, message)
        if reply is not None:
            self._give(at, HANDLE, to, reply)

    def _run(self, errand: Any) -> None:
        assert self._loop is not None
        task = self._loop.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    def _fail(self, problem: CannotWrite) -> None:
        self._failed(problem)


def _tell(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)
