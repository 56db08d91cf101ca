"""Runs a host on an event loop: one thread decides, one writes, and whoever asked is told when it is on disk."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import errno
import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from simulator.core.platform.effects import Effect
from simulator.core.platform.message import Key, Message
from simulator.core.platform.node import Node
from simulator.sandbox.archive import Archive
from simulator.sandbox.clock import Clock
from simulator.sandbox.committer import Committer
from simulator.sandbox.faults import Passing
from simulator.sandbox.host import Host, Outgoing
from simulator.sandbox.journal import (
    ACT,
    FORGET,
    HANDLE,
    LEARN,
    PLAY,
    WAKE,
    Call,
    CannotWrite,
    Damaged,
    Entry,
    Reader,
    Scribe,
    Store,
)
from simulator.sandbox.keeper import EVERY, Keeper
from simulator.sandbox.snapshot import Frames
from simulator.sandbox.wrong import InBoth

_Waiting = tuple[str, str, Key]
_NOBODY: _Waiting = ("", "", Key("", ""))  # who waits for the disk, not for a reply
_LOOK_AFTER = 1000  # entries
_KEPT_DAYS = dt.timedelta(days=100)  # until the months they are in are cleared
_MORNING = dt.time(5)
_AT_ONCE = 200  # facts in one entry of the journal


class Lost(Exception):
    """A reply that a fault has taken away: whoever asked waits in vain."""


class Torn(InBoth):
    """A platform failed half-way: what is in memory is ahead of the journal, and only a new start mends it."""


class Ending(Exception):
    """The process is about to end: what it would say is not kept."""


class Upstream(Protocol):
    """The way to a platform elsewhere."""

    async def ask(self, at: str, message: Message) -> Message | None:
        """Send a request of platform ``at``; return its reply, None where the outcome is unknown."""

    async def close(self) -> None:
        """Let go of what the way has of the machine."""


class Engine:
    """Platforms of this process behind a store; ``elsewhere`` are those of others, ``failed`` ends the process.

    ``watch`` is told each entry once it is on disk, ``committed`` of each batch. ``shared`` is the configuration the
    platforms stand on; a snapshot is taken after ``every`` entries.
    """

    def __init__(
        self,
        nodes: Mapping[str, Node],
        store: Store,
        clock: Clock,
        *,
        elsewhere: Mapping[str, Upstream],
        failed: Callable[[Exception], None],
        watch: Callable[[Entry], None] = lambda entry: None,
        committed: Callable[[Sequence[Entry], float], None] = lambda entries, seconds: None,
        shared: Sequence[Any] = (),
        every: int = EVERY,
    ) -> None:
        self.clock = clock
        self.store = store
        self.host = Host(nodes, Scribe(messages=store.last_message()), self._keep, self._set_alarm)
        self._keeper = Keeper(self.host, Frames(nodes, shared), store, every=every)
        self._looked_after = 0
        self.broken = (
            False  # memory is ahead of the journal, which cannot be written or was left out: nothing is let out
        )
        self._elsewhere = elsewhere
        self._failed = failed
        self._watch = watch
        self._committed = committed
        self._waiting: dict[_Waiting, list[asyncio.Future[Message]]] = {}
        self.host.later = self._set_passing
        self.host.torn = self._tear
        self._paces: dict[_Waiting, int] = {}
        self._alarms: list[tuple[dt.datetime, int, Callable[[], None]]] = []
        self._alarms_set = 0
        self._ring: asyncio.TimerHandle | None = None
        self._errands: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._committer: Committer | None = None

    @property
    def waiting(self) -> int:
        """Return how many calls wait for their answer."""
        return sum(map(len, self._waiting.values()))

    @property
    def writing(self) -> bool:
        """Whether somebody waits only for the disk."""
        return bool(self._waiting.get(_NOBODY))

    @property
    def next_alarm(self) -> dt.datetime | None:
        """Return when the next alarm rings, None where none is set."""
        return self._alarms[0][0] if self._alarms else None

    def restore(self) -> int:
        """Bring the platforms to where the journal leaves them; return how many entries were folded. Raises Damaged.

        The clock goes on from the last entry where it is behind it.
        """
        self._keeper.restore()
        self._archive = Archive(
            self.host.nodes, self.store, lambda: self.host.seq, self._cannot_read, let_go=self._keeper.let_go
        )
        self._keeper.archive = self._archive
        self.host.before = self._archive.before
        folded = self.host.restore(self._read_back(), Reader(self.store))
        last = self.store.last()
        if last is not None and self.clock.now() < last.now:
            self.clock.set(last.now)
        return folded

    def _read_back(self) -> Iterator[Entry]:
        for entry in self.store.entries(self.host.seq):
            yield entry
            if entry.seq % _LOOK_AFTER == 0:
                self._archive.trim(self.host.seq)

    def start(self) -> None:
        """Begin to serve, on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._committer = Committer(self.store, self._loop.call_soon_threadsafe, self._fail, self._committed)
        self._committer.start()
        self._at(self._next_morning(), self._each_morning)
        self._wind()
        for held in self.host.held.due():  # its rule has ended with the process that it was kept back in
            self._set_passing(held.until, Passing(0, held.at, held.to, held.message))
        self._ask_again()

    async def stop(self) -> None:
        """Write what is left; whoever still waits is not answered."""
        if self._ring is not None:
            self._ring.cancel()
        for errand in self._errands:
            errand.cancel()
        for futures in self._waiting.values():
            for future in futures:
                _tell(future, Lost())
        if self._committer is not None:
            await asyncio.to_thread(self._committer.finish)
            if not self.broken:
                await self._keeper.stop()

    async def ask(self, at: str, sender: str, message: Message) -> Message:
        """Give a platform a request and return its reply, once it is on disk; raises Lost where a fault took it."""
        assert self._loop is not None
        if self.broken:
            raise Ending
        future: asyncio.Future[Message] = self._loop.create_future()
        place = (at, sender, message.key)
        self._waiting.setdefault(place, []).append(future)
        try:
            self.host.enter(Call(self.clock.now(), at, HANDLE, sender, message))
            return await future
        finally:
            waiting = self._waiting.get(place)
            if waiting is not None and future in waiting:
                waiting.remove(future)
                if not waiting:
                    del self._waiting[place]

    def pace(self, at: str, sender: str, message: Message) -> int:
        """Return at how many bytes a second a fault lets the reply to a request out, 0 where none does."""
        return self._paces.pop((at, sender, message.key), 0) if self._paces else 0

    async def act(self, at: str, action: Any) -> tuple[Effect, ...]:
        """Let the staff of a platform act; return what came of it there, once it is on disk."""
        return await self._kept(at, ACT, action)

    def note(self, at: str, what: tuple[Any, ...]) -> None:
        """Keep what reaches nobody: a note on a visit that is played."""
        self._give(at, PLAY, "control", what)

    async def noted(self) -> None:
        """Return when all notes are on disk, or nothing more is written."""
        if not self.broken:
            with contextlib.suppress(Ending, Lost):
                await self._on_disk()

    async def learn(self, at: str, fact: Any) -> None:
        """Tell a platform a fact from outside: a person, a filing."""
        await self._kept(at, LEARN, fact)

    async def learn_all(self, facts: Iterable[tuple[str, Any]]) -> None:
        """Tell platforms many facts, those of each platform in their order: (platform, fact)."""
        await self.tell_all(facts, ())

    async def act_all(self, actions: Iterable[tuple[str, Any]]) -> list[tuple[Effect, ...]]:
        """Let staff of platforms act one after another, (platform, action); return what came of each there."""
        return await self.tell_all((), actions)

    async def tell_all(
        self, facts: Iterable[tuple[str, Any]], actions: Iterable[tuple[str, Any]]
    ) -> list[tuple[Effect, ...]]:
        """Tell platforms facts and let their staff act; all of it is kept, or none. Return what came of each action."""
        now = self.clock.now()
        told: dict[str, list[Any]] = {}
        for at, fact in facts:
            told.setdefault(at, []).append(fact)
        learning = [
            Call(now, at, LEARN, "control", tuple(many[first : first + _AT_ONCE]))
            for at, many in told.items()
            for first in range(0, len(many), _AT_ONCE)
        ]
        acting = [Call(now, at, ACT, "control", action) for at, action in actions]
        effects = self.host.give_all([*learning, *acting])
        await self._on_disk()
        return effects[len(learning) :]

    def advance(self, when: dt.datetime) -> None:
        """Set the clock forward and ring what is due by then; raises ValueError for a time that is past."""
        self.clock.set(when)
        self._wind()

    async def advanced(self, when: dt.datetime) -> None:
        """Set the clock forward; return when what was due by then has rung and is on disk. Raises ValueError."""
        self.advance(when)
        await self.caught_up()

    def set_back(self) -> None:
        """Let the clock be as if it had never been set; a morning's work at once keeps that in the journal."""
        self.clock.set_back()
        self._alarms = sorted(each for each in self._alarms if each[2] != self._each_morning)
        self._each_morning()
        self._wind()

    async def caught_up(self) -> None:
        """Ring what is due by now; return when it and all that was given before is on disk."""
        self._rung()
        await self._on_disk()

    async def _kept(self, at: str, kind: str, what: Any) -> tuple[Effect, ...]:
        effects = self._give(at, kind, "control", what)
        await self._on_disk()
        return effects

    async def _on_disk(self) -> None:
        """Wait until everything given so far is on disk."""
        assert self._loop is not None
        done: asyncio.Future[Any] = self._loop.create_future()
        waiting = self._waiting.setdefault(_NOBODY, [])
        waiting.append(done)
        self._submit([], partial(_tell, done, None))
        try:
            await done
        finally:
            waiting.remove(done)

    def _give(self, at: str, kind: str, sender: str, what: Any) -> tuple[Effect, ...]:
        return self.host.give(Call(self.clock.now(), at, kind, sender, what))

    # -- what the host asks for -----------------------------------------------------------------------------------

    def _keep(self, entries: list[Entry], leaving: list[Outgoing]) -> None:
        if not self.broken:
            self._submit(entries, partial(self._let_out, entries, leaving))

    def _submit(self, entries: list[Entry], release: Callable[[], None]) -> None:
        assert self._committer is not None
        self._committer.submit(entries, release)

    def _let_out(self, entries: list[Entry], leaving: list[Outgoing]) -> None:
        for entry in entries:
            self._watch(entry)
        if entries and entries[-1].seq - self._looked_after >= _LOOK_AFTER:
            self._looked_after = entries[-1].seq
            self._archive.trim(entries[-1].seq)
            self._keeper.look()
        for at, to, message, pace, lost in leaving:
            if message.is_reply or lost:
                for future in self._waiting.pop((at, to, message.key), ()):
                    if pace:
                        self._paces[at, to, message.key] = pace
                    _tell(future, Lost() if lost else message)
            elif to in self._elsewhere:
                self._run(self._pass_on(at, to, message))

    def _set_alarm(self, when: dt.datetime, at: str, about: Key) -> None:
        self._at(when, partial(self._wake, at, about))

    def _set_passing(self, when: dt.datetime, passing: Passing) -> None:
        self._at(when, partial(self.let_on, passing))

    def let_on(self, passing: Passing) -> None:
        """Let a message go on that a fault has kept back, unless it has gone on already."""
        if not passing.held or self.host.faults.let_go(passing):
            self.host.deliver(self.clock.now(), passing)

    def _wake(self, at: str, about: Key) -> None:
        if at in self.host.nodes:
            self._give(at, WAKE, "", about)

    def _at(self, when: dt.datetime, ring: Callable[[], None]) -> None:
        self._alarms_set += 1
        heapq.heappush(self._alarms, (when, self._alarms_set, ring))
        if self._alarms[0][1] == self._alarms_set:
            self._wind()

    def _ask_again(self) -> None:
        """Ask platforms elsewhere again, under the same ``msgid``, what an earlier process had no answer to."""
        for at, node in self.host.nodes.items():
            for open_ in node.waiting():
                if open_.to in self._elsewhere:
                    self._run(self._pass_on(at, open_.to, open_.outgoing))

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
            heapq.heappop(self._alarms)[2]()
        self._wind()

    async def _pass_on(self, at: str, to: str, message: Message) -> None:
        reply = await self._elsewhere[to].ask(at, message)
        if reply is not None:
            self.host.enter(Call(self.clock.now(), at, HANDLE, to, reply))

    def _run(self, errand: Any) -> None:
        assert self._loop is not None
        task = self._loop.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    def _next_morning(self) -> dt.datetime:
        now = self.clock.now()
        return dt.datetime.combine(now.date() + dt.timedelta(days=now.time() >= _MORNING), _MORNING)

    def _each_morning(self) -> None:
        """Let platforms forget what is long done with: a journal entry like any other, as it may show."""
        now = self.clock.now()
        day = (now.date() - _KEPT_DAYS).isoformat()
        self.host.give_all([Call(now, code, FORGET, "", day) for code in self.host.nodes])
        self._at(self._next_morning(), self._each_morning)

    def _cannot_read(self, problem: Damaged) -> None:
        self._fail(CannotWrite(errno.EIO, problem.en, problem.zh))

    def _tear(self, call: Call) -> None:
        what = call.what.infno if isinstance(call.what, Message) else type(call.what).__name__
        zh = f"平台{call.node}办理{what}中途出错，是yidi的故障，日志中可见"
        en = f"platform {call.node} failed half-way through {what}, a fault of yidi that the log shows"
        self._fail(Torn(zh, en))

    def _fail(self, problem: Exception) -> None:
        """Let nothing out any more, and end: what is in memory is ahead of the disk."""
        self.broken = True
        for waiting in self._waiting.values():
            for future in waiting:
                _tell(future, Ending())
        self._failed(problem)


def _tell(future: asyncio.Future[Any], value: Any) -> None:
    if future.done():
        return
    if isinstance(value, Exception):
        future.set_exception(value)
    else:
        future.set_result(value)
