"""A sandbox put together: platforms, journal, clock, parties and the front of the business port."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import schemas
from simulator.inputs.platforms import Ground
from simulator.sandbox import garbage
from simulator.sandbox.clock import Clock
from simulator.sandbox.configuration import settled_start
from simulator.sandbox.engine import Engine
from simulator.sandbox.faults import Faults
from simulator.sandbox.front import Answer, Front
from simulator.sandbox.gate import Gate
from simulator.sandbox.journal import Entry, Store
from simulator.sandbox.keeper import EVERY
from simulator.sandbox.logs import Log
from simulator.sandbox.metrics import Metrics
from simulator.sandbox.observer import Answered, Observer
from simulator.sandbox.operation import Operation
from simulator.sandbox.parties import CITY, HOSPITAL, Directory, Party
from simulator.sandbox.population import opening, population
from simulator.sandbox.roles import EVERYTHING, Role
from simulator.sandbox.stores import open_store
from simulator.sandbox.views import signed_in
from simulator.sandbox.wrong import Said

READY_MADE = ((HOSPITAL, "320100"), (CITY, "320300"))  # a hospital in 南京 and the platform of 徐州


def configuration(ground: Ground) -> tuple[Any, ...]:
    """Return the objects that platforms share and no snapshot of them holds."""
    shared = (ground.network.national, ground.pack, ground.catalogue, ground.beyond_catalogue, ground.calendar)
    return tuple(each for each in shared if each is not None)


class Sandbox:
    """Everything a server needs, made and restored; :meth:`start` sets it going on the running event loop."""

    def __init__(
        self,
        ground: Ground,
        database: str | Path | Store,
        *,
        clock: Clock,
        seed: str = "1",
        profile: str = "strict",
        failed: Callable[[Exception], None],
        watch: Callable[[Entry], None] = lambda entry: None,
        elsewhere: Mapping[str, Any] | None = None,
        every: int = EVERY,
        operation: Operation = Operation(),  # noqa: B008  # a value that nobody changes
        role: Role = EVERYTHING,
        parties: Iterable[Party] | None = None,
    ) -> None:
        self.ground, self.clock, self.role = ground, clock, role
        self._elsewhere = elsewhere or {}
        self.observer = Observer()
        self.limits, self.log = operation.limits, operation.log or Log()
        self.metrics = Metrics(self._gauges())
        self.store = open_store(database) if isinstance(database, str | Path) else database

        def engine() -> Engine:
            start = self.first_day = settled_start(self.store, ground, clock.now().date(), role)
            made = Engine(
                role.nodes(ground, start),
                self.store,
                clock,
                elsewhere=self._elsewhere,
                failed=failed,
                watch=watch,
                committed=self.metrics.committed,
                shared=configuration(ground),
                every=every,
            )
            made.host.faults = Faults(seed)
            return made

        self._new_engine = engine
        self.engine = engine()
        known = role.parties(ground, seed) if parties is None else tuple(parties)
        self.directory = Directory(known, ground.network.national, role.below(ground.network))
        gate, registry = Gate(self.directory, unsigned=operation.unsigned), schemas.load(profile=profile)
        self.front = Front(self.engine, gate, registry, limits=self.limits, told=self.answered)
        self.folded = self.engine.restore()
        self.began_here = self.engine.host.seq == 0  # the journal began with this process
        self.shut_down: Callable[[], None] = _told_nobody

    async def start(self) -> None:
        """Begin to serve; an empty journal begins with the invented population."""
        self.engine.start()
        if self.engine.host.seq == 0:
            await self.populate()

    async def populate(self) -> None:
        """Let an empty journal begin with the invented population and money on the cities' accounts."""
        network, today, here = self.ground.network, self.clock.now().date(), self.engine.host.nodes
        facts = (each for each in population(network, today) if each[0] in here)
        actions = (each for each in opening(network, self.ground.pack, today) if each[0] in here)
        await self.engine.tell_all(facts, actions)

    async def reset(self) -> None:
        """Forget everything and begin anew, at the time it is; calls that are under way are not answered."""
        self.front.pause()
        await self.engine.stop()
        self.store.clear()
        self.engine = self._new_engine()
        self.folded = self.engine.restore()
        self.began_here = True
        self.engine.start()
        await self.populate()
        garbage.begin_anew()
        self.front.serve(self.engine)

    @property
    def problem(self) -> Said | None:
        """Return why the sandbox takes no calls, None while it does."""
        if self.engine.broken:
            return Said(
                "正在结束：日志无法写入，或某平台中途出错",
                "ends: its journal cannot be written, or a platform failed half-way",
            )
        return Said("正在重新开始", "begins anew") if self.front.paused else None

    def ready_made(self, wanted: Iterable[tuple[str, str]]) -> tuple[Party, ...]:
        """Return the first party of each (role, city), where there is one."""
        city_of = self.ground.network.national.city_of
        parties = tuple(self.directory.parties.values())
        found = (next((p for p in parties if (p.role, city_of(p.area) or p.area) == each), None) for each in wanted)
        return tuple(each for each in found if each is not None)

    def answered(self, answer: Answer, seconds: float) -> None:
        """Note that a call was answered, for console, logs and metrics."""
        seen = Answered(answer.infno, answer.party, answer.outcome, answer.asked, answer.reply)
        self.observer.note(self.clock.now(), seen, seconds, self.engine.waiting)
        self.metrics.call(answer, seconds)
        self.log.call(answer, seconds)

    def closed(self, why: str, address: str) -> None:
        """Note that a connection was turned away before there was a call."""
        self.metrics.closed(why)
        self.log.say("turned away", level="warning", why=why, came_from=address)

    def _gauges(self) -> dict[str, tuple[str, Callable[[], float]]]:
        return {
            "yidi_ready": ("Whether calls are taken.", lambda: not self.problem),
            "yidi_queue_depth": ("Calls that wait for their answer.", lambda: self.engine.waiting),
            "yidi_journal_sequence": ("The newest entry of the journal.", lambda: self.engine.host.seq),
            "yidi_parties_signed_in": ("Hospitals signed in.", lambda: len(signed_in(self.engine.host.nodes))),
            "yidi_log_lines_left_out": ("Lines that came faster than they were taken.", lambda: self.log.dropped),
        }

    async def stop(self) -> None:
        """Write what is left and let go of the database."""
        await self.front.close()
        await self.engine.stop()
        for link in self._elsewhere.values():
            await link.close()
        self.store.close()


def _told_nobody() -> None:
    """Do nothing: nobody has said how this sandbox ends."""
