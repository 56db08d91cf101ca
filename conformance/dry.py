"""A run without a target: a core platform in this process stands where the system under test would.

It shows beforehand which people a run will make, and lets suites be tried without a server. Nothing leaves the process;
the bench hears the platform's calls as it hears those of a system under test, signatures and all.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import schemas
from conformance.evidence import Chain
from conformance.files import FETCH
from conformance.people import filed_fact, filing_told, person_told
from conformance.wire import LOST, RESTART, SET_CLOCK, Call, Live, Told, signed
from schemas.profiles import relaxed
from simulator.core.filing.facts import Filed
from simulator.core.network.city import City
from simulator.core.network.router import Router
from simulator.core.platform.effects import Effect, Reply, Send
from simulator.core.platform.message import Message
from simulator.core.platform.node import Node
from simulator.core.values.people import Person
from simulator.core.visits.insured import Enrolled
from simulator.inputs.packed_files import NotPacked, packed
from simulator.inputs.platforms import Ground
from simulator.inputs.wire import Wire as Encoding
from simulator.sandbox.gate import Denied, Gate
from simulator.sandbox.parties import Party

_Heard = Callable[[str, Mapping[str, str], bytes], Told]


class DryPlatform:
    """A platform of a ground, by its code; ``own`` is what it signs with, ``gate`` knows who may call it.

    ``heard`` answers its calls; it is given when there is somebody to hear them.
    """

    def __init__(self, ground: Ground, code: str, own: Party, gate: Gate, today: dt.date) -> None:
        self._node: Node = {**ground.cities(today), **ground.routers(today)}[code]
        self._people: dict[str, Person] = {}
        self._own, self._gate = own, gate
        self._registry = schemas.load()
        self._encoding = Encoding(self._registry)
        self._lock = threading.RLock()
        self.heard: _Heard = lambda path, headers, body: Told(0, b"")
        self.hooks: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
            "load_people": self._load_people,
            "load_filings": self._load_filings,
            SET_CLOCK: lambda said: {},  # it goes by the time it is called at
            RESTART: lambda said: {},
        }

    def answer(self, now: dt.datetime, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes, str]:
        """Answer a call as a system under test does: HTTP status (0: nothing), body, and why there is none."""
        if isinstance(self._gate.check({name.lower(): each for name, each in headers.items()}, time.time()), Denied):
            return 401, b"", ""
        if self._registry.check_text(None, "request", body):
            return 400, b"", ""
        sent = relaxed(schemas.parse(body), self._registry.profile)
        assert isinstance(sent, dict)
        try:
            asked = self._encoding.decode_request(sent)
        except NotPacked:
            return 400, b"", ""
        with self._lock:
            reply = self._perform(now, asked, self._node.handle(now, asked))
            if reply is None:
                return 0, b"", "no answer"
            fetches = isinstance(self._node, City) and asked.infno == FETCH and reply.succeeded
            kept = self._node.files.fetched(asked, now) if fetches else None  # type: ignore[attr-defined]  # a city's
        return 200, self._encoding.encode(reply) if kept is None else packed(kept.text, kept.name), ""

    def _perform(self, now: dt.datetime, asked: Message, effects: tuple[Effect, ...]) -> Message | None:
        answer: Message | None = None
        for effect in effects:
            if isinstance(effect, Send):
                found = self._perform(now, asked, self._sent(now, effect))
                answer = found or answer
            elif isinstance(effect, Reply) and effect.message.key == asked.key:
                answer = effect.message
        return answer

    def _sent(self, now: dt.datetime, sent: Send) -> tuple[Effect, ...]:
        message = sent.message
        told = self.heard(
            f"/{sent.to}/{message.infno}", signed(self._own, message.infno), self._encoding.encode(message)
        )
        open_ = self._node.forwarded(message.key)
        if told.status == 200 and told.fault != "cut":  # HTTP's "OK"
            body = schemas.parse(told.body)
            assert isinstance(body, dict)
            return self._node.handle(now, self._encoding.decode_reply(message, body))
        if open_ is None or message.party == self._node.party:
            return ()  # asked again some day
        return self._node.wake(open_.until, message.key)

    def _load_people(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        for row in said["people"]:
            person = self._people[row["psn_no"]] = person_told(row)
            if isinstance(self._node, City):
                self._node.fold(Enrolled(person))
        return {"people": len(said["people"])}

    def _load_filings(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        for row in said["filings"]:
            fact = filed_fact(filing_told(row))
            if isinstance(self._node, Router) and isinstance(fact, Filed):
                fact = fact._replace(person=self._people[row["psn_no"]])
            self._node.fold(fact)
        return {"filings": len(said["filings"])}


class Dry(Live):
    """The wire to a :class:`DryPlatform`, at noon of a day or at the time that a case has set."""

    def __init__(self, chain: Chain, city: DryPlatform, day: dt.date) -> None:
        noon = dt.datetime.combine(day, dt.time(12))
        super().__init__(chain, city.hooks, clock=lambda: noon)
        self._city = city

    def wait(self, seconds: float) -> None:
        """Let time pass at once."""
        self._ahead += dt.timedelta(seconds=seconds)

    def _sent(self, call: Call, headers: Mapping[str, str]) -> tuple[int, bytes, str]:
        told = self._city.answer(self.clock(), headers, call.body)
        return (0, b"", LOST) if call.fault == "reply_lost" else told
