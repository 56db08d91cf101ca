"""The three hosts: the core's own loop, SimPy's network of the world, and the sandbox's server over real HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import http.client
import json
import random
import secrets
import threading
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import schemas
from simulator.core.network.relay import Relay
from simulator.core.platform.effects import Effect, Reply, Send
from simulator.core.platform.message import Key, Message
from simulator.core.platform.node import Node
from simulator.inputs.gateways import SCHEMES
from simulator.inputs.platforms import Ground
from simulator.inputs.scenarios import load_scenario
from simulator.inputs.wire import Wire
from simulator.sandbox.app import business_app
from simulator.sandbox.clock import Clock
from simulator.sandbox.journal import HANDLE, Reader
from simulator.sandbox.population import opening, population
from simulator.sandbox.roles import all_nodes
from simulator.sandbox.sandbox import Sandbox
from simulator.sandbox.server import listen, server_for
from simulator.world.clock import SECOND_MS
from simulator.world.setting import Setting
from simulator.world.stations import Packet
from tests.contract.playing import Hop, hop

_WIRE = Wire(schemas.load())


class Bare:
    """The core alone: handle a message, carry out the effects, one exchange within another."""

    def __init__(self, ground: Ground, start: dt.datetime) -> None:
        self._relay = Relay(all_nodes(ground, start.date()))
        self.nodes = self._relay.nodes
        self.hops: list[Hop] = []
        people(self.nodes, ground, start)
        for code, action in opening(ground.network, ground.pack, start.date()):
            self._relay.act(start, code, action)
        self._relay.hops.clear()

    def ask(self, now: dt.datetime, city: str, asked: Message) -> Message:
        reply = self._relay.ask(now, city, asked)
        assert reply is not None
        self._hear()
        return reply

    def act(self, now: dt.datetime, at: str, action: Any) -> None:
        self._relay.act(now, at, action)
        self._hear()

    def _hear(self) -> None:
        self.hops += [hop(_WIRE, *each) for each in self._relay.hops]
        self._relay.hops.clear()


class Simulated:
    """The world's stations, counters and mail. Messages take the time they take; platforms are told the script's."""

    def __init__(self, ground: Ground, start: dt.datetime, folder: Path) -> None:
        scenario = load_scenario("jiangsu-2016", overrides=["platform.stall_share=0"])
        changed = {"pack": ground.pack, "catalogue": ground.catalogue, "beyond_catalogue": ground.beyond_catalogue}
        end = start.date() + dt.timedelta(days=60)
        self._setting = Setting(
            dataclasses.replace(scenario, start=start.date(), end=end, calendar=ground.calendar, **changed),
            seed=1,
            folder=folder,
        )
        self.nodes = self._setting.nodes
        self.hops: list[Hop] = []
        self._now = start
        self._clock = self._setting.clock
        self._clock.now = lambda: self._now  # type: ignore[method-assign]  # what the platforms are told
        self._askers: dict[tuple[str, Key], str] = {}
        self._answerers: dict[tuple[str, Key], str] = {}
        people(self.nodes, ground, start)
        for code, action in opening(ground.network, ground.pack, start.date()):
            self._setting.mail.act(code, action)
        for code, node in self.nodes.items():
            self._listen(code, node)

    def ask(self, now: dt.datetime, city: str, asked: Message) -> Message:
        self._until(now)
        self._askers[city, asked.key] = asked.party
        packet = Packet(asked.msgid, random.Random(asked.msgid), whole=True)
        answer = self._setting.counters[asked.party].ask(packet, asked)
        self._clock.env.run(until=answer)
        self._clock.env.run(until=self._clock.ms() + SECOND_MS)  # what it set off beside the answer
        reply: Message = answer.value
        self.hops.append(hop(_WIRE, city, asked.party, reply))
        return reply

    def act(self, now: dt.datetime, at: str, action: Any) -> None:
        self._until(now)
        self._setting.mail.act(at, action)

    def stop_listening(self) -> None:
        """Leave the platforms as they are when nobody listens."""
        for node in self.nodes.values():
            del node.handle, node.act

    def _until(self, now: dt.datetime) -> None:
        if self._clock.at(now) > self._clock.ms():
            self._clock.env.run(until=self._clock.at(now))
        self._now = now

    def _listen(self, code: str, node: Node) -> None:
        """Hear what a platform is given, and note whom it asks and answers."""
        handle, act = node.handle, node.act

        def given(now: dt.datetime, message: Message) -> tuple[Effect, ...]:
            start = (self._answerers if message.is_reply else self._askers)[code, message.key]
            self.hops.append(hop(_WIRE, start, code, message))
            return noted(handle(now, message))

        def noted(effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
            for effect in effects:
                if isinstance(effect, Send):
                    self._askers[effect.to, effect.message.key] = code
                elif isinstance(effect, Reply):
                    self._answerers[self._askers[code, effect.message.key], effect.message.key] = code
            return effects

        node.handle = given  # type: ignore[method-assign]
        node.act = lambda now, action: noted(act(now, action))  # type: ignore[method-assign]


class Served:
    """A sandbox behind a socket of this machine; its clock stands still but for what the script says."""

    def __init__(self, sandbox: Sandbox, loop: asyncio.AbstractEventLoop, port: int) -> None:
        self._sandbox, self._loop, self._port = sandbox, loop, port
        self.nodes = sandbox.engine.host.nodes
        self._read = sandbox.store.last().seq  # type: ignore[union-attr]
        self.hops: list[Hop] = []

    def ask(self, now: dt.datetime, city: str, asked: Message) -> Message:
        self._sandbox.clock.set(now)
        party = self._sandbox.directory.parties[asked.party]
        scheme, nonce = SCHEMES[party.scheme], secrets.token_hex(16)
        headers = scheme.headers(party.key_id, party.secret, asked.infno, time.time(), nonce)
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        with contextlib.closing(line):
            line.request("POST", f"/{asked.infno}", _WIRE.encode(asked), headers)
            told = line.getresponse()
            assert told.status == http.HTTPStatus.OK
            body = told.read()
        self._hear()
        self.hops.append(Hop(city, asked.party, body))
        parsed = schemas.parse(body)
        assert isinstance(parsed, dict)
        return _WIRE.decode_reply(asked, parsed)

    def act(self, now: dt.datetime, at: str, action: Any) -> None:
        self._sandbox.clock.set(now)
        self._await(self._sandbox.engine.act(at, action))
        self._hear()

    def _await(self, doing: Coroutine[Any, Any, Any]) -> None:
        asyncio.run_coroutine_threadsafe(doing, self._loop).result(60)

    def _hear(self) -> None:
        """Read in the journal what platforms were sent."""
        reader = Reader(self._sandbox.store)
        for entry in self._sandbox.store.entries(self._read):
            self._read = entry.seq
            if entry.kind == HANDLE:
                self.hops.append(hop(_WIRE, entry.sender, entry.node, reader.what(entry)))


@contextlib.contextmanager
def served(ground: Ground, start: dt.datetime, folder: Path) -> Iterator[Served]:
    """Serve a sandbox from a thread of this process."""
    failures: list[Any] = []
    sandbox = Sandbox(ground, folder / "yidi.db", clock=Clock(start, lambda: start), failed=failures.append)
    loop, up = asyncio.new_event_loop(), threading.Event()
    bound = listen("127.0.0.1", 0)
    server = server_for(business_app(sandbox), sandbox.limits, sandbox.closed)

    async def work() -> None:
        await sandbox.start()
        up.set()
        await server.serve(sockets=[bound])
        await sandbox.stop()

    thread = threading.Thread(target=loop.run_until_complete, args=(work(),))
    thread.start()
    try:
        assert up.wait(60)
        yield Served(sandbox, loop, bound.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(60)
        loop.close()
        assert not failures


def people(nodes: Any, ground: Ground, start: dt.datetime) -> None:
    """Tell platforms of the invented people."""
    for code, fact in population(ground.network, start.date()):
        nodes[code].fold(fact)


def readable(one: Hop) -> tuple[str, str, Any]:
    """Return a hop as a failed comparison should show it."""
    return one.start, one.end, json.loads(one.text)
