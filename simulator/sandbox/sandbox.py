"""A sandbox put together: platforms, journal, clock, parties and the front of the business port."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import schemas
from simulator.core.platform.node import Node
from simulator.inputs.catalogues import load_catalogue
from simulator.inputs.networks import load_network
from simulator.inputs.packs import load_pack
from simulator.inputs.platforms import Ground
from simulator.inputs.workdays import work_calendar
from simulator.sandbox.clock import Clock
from simulator.sandbox.configuration import settled_start
from simulator.sandbox.engine import Engine
from simulator.sandbox.faults import Faults
from simulator.sandbox.front import Answer, Front
from simulator.sandbox.gate import Gate
from simulator.sandbox.journal import CannotWrite, Entry
from simulator.sandbox.keeper import EVERY
from simulator.sandbox.observer import Answered, Observer
from simulator.sandbox.parties import Directory, Party, city_party, hospital_party
from simulator.sandbox.population import opening, population
from simulator.sandbox.stores import open_store


def ground_of(pack: str, network: str = "jiangsu", catalogue: str = "jiangsu-2023") -> Ground:
    """Read what a sandbox's platforms stand on. Raises InputError."""
    places = load_network(network)
    beyond = load_catalogue(places.beyond.catalogue) if places.beyond else None
    return Ground(places, load_pack(pack), load_catalogue(catalogue), beyond, work_calendar())


def all_nodes(ground: Ground, today: dt.date) -> dict[str, Node]:
    """Make every platform of the province and beyond, and the finance departments."""
    cities, routers = ground.cities(today), ground.routers(today)
    areas = {**cities, **{code: router for code, router in routers.items() if code.endswith("0000")}}
    nodes: dict[str, Node] = {**cities, **routers, **ground.finances(today, areas)}
    return nodes


def configuration(ground: Ground) -> tuple[Any, ...]:
    """Return the objects that platforms share and no snapshot of them holds."""
    shared = (ground.network.national, ground.pack, ground.catalogue, ground.beyond_catalogue, ground.calendar)
    return tuple(each for each in shared if each is not None)


def ready_parties(ground: Ground, seed: str) -> tuple[Party, ...]:
    """Return the credentials of every hospital and city, the same for the same seed."""
    registry = ground.network.national
    hospitals = (hospital_party(each.code, each.zh, each.area, seed) for each in registry.institutions.values())
    cities = (city_party(code, zh, seed) for code, (zh, _) in registry.cities.items())
    return (*hospitals, *cities)


class Sandbox:
    """Everything a server needs, made and restored; :meth:`start` sets it going on the running event loop."""

    def __init__(
        self,
        ground: Ground,
        database: str | Path,
        *,
        clock: Clock,
        seed: str = "1",
        profile: str = "strict",
        failed: Callable[[CannotWrite], None],
        watch: Callable[[Entry], None] = lambda entry: None,
        elsewhere: Mapping[str, Any] | None = None,
        every: int = EVERY,
    ) -> None:
        self.ground, self.clock = ground, clock
        self.observer = Observer()
        self.store = open_store(database)

        def engine() -> Engine:
            start = settled_start(self.store, ground, clock.now().date())
            made = Engine(
                all_nodes(ground, start),
                self.store,
                clock,
                elsewhere=elsewhere or {},
                failed=failed,
                watch=watch,
                shared=configuration(ground),
                every=every,
            )
            made.host.faults = Faults(seed)
            return made

        self._new_engine = engine
        self.engine = engine()
        self.directory = Directory(ready_parties(ground, seed), ground.network.national)
        self.front = Front(self.engine, Gate(self.directory), schemas.load(profile=profile), told=self.answered)
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
        self.front.serve(self.engine)

    @property
    def problem(self) -> str:
        """Return why the sandbox takes no calls, empty while it does."""
        return ""

    def ready_made(self, wanted: Iterable[tuple[str, str]]) -> tuple[Party, ...]:
        """Return the first party of each (role, city)."""
        city_of = self.ground.network.national.city_of
        parties = tuple(self.directory.parties.values())
        return tuple(next(p for p in parties if (p.role, city_of(p.area)) == each) for each in wanted)

    def answered(self, answer: Answer, seconds: float) -> None:
        """Note that a call was answered, for console, logs and metrics."""
        seen = Answered(answer.infno, answer.party, answer.outcome, answer.asked, answer.reply)
        self.observer.note(self.clock.now(), seen, seconds)

    async def stop(self) -> None:
        """Write what is left and let go of the database."""
        await self.engine.stop()
        self.store.close()


def _told_nobody() -> None:
    """Do nothing: nobody has said how this sandbox ends."""
