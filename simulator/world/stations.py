"""SimPy hosts for the platforms, and the network between them.

A platform has a number of servers and one queue, first come first served. It decides when it takes a message up; what
it sends then leaves when the service is over. As the service time is known when a message is taken up, a message that
waits for nothing is one event, that of its arrival. Everything random about it comes from the stream of its visit.
"""

from __future__ import annotations

import hashlib
import heapq
import random
from collections.abc import Callable, Mapping
from math import log
from typing import Any, NamedTuple

import simpy
from simpy.events import NORMAL

from simulator.core.platform.effects import Effect, Record, Reply, Send, WakeAt
from simulator.core.platform.message import Key, Message
from simulator.core.platform.node import Node
from simulator.core.visits.visits import Settled
from simulator.inputs.calibrations import Calibration
from simulator.inputs.wire import Wire
from simulator.world.auditor import Auditor
from simulator.world.clock import SECOND_MS, Alarms, Clock
from simulator.world.recorder import Table

_DIGEST = 16  # bytes of SHA-256 kept in the events table


class Pace(NamedTuple):
    """How fast the platforms and the network are: means in milliseconds; ``stall_share`` of requests take longer.

    With a ``calibration`` what was measured of a platform stands in place of ``service_ms`` and ``servers``: it was
    measured from the counter, so the whole of it is taken where a city takes up what a hospital asks, and the hops
    behind it take none. ``shared`` holds the servers of a province that was measured as one.
    """

    latency_ms: float
    service_ms: Mapping[str, float]
    servers: Mapping[str, int]
    stall_share: float
    stall_ms: int
    calibration: Calibration | None = None
    shared: list[int] | None = None

    def free(self, tier: str) -> list[int]:
        """Return when each server of a new station is free, in milliseconds: at once, or those of all together."""
        if self.calibration is None:
            return [0] * self.servers[tier]
        return [0] * self.calibration.servers if self.shared is None else self.shared


def pace_of(calibration: Calibration, wait_ms: int) -> Pace:
    """Return the pace of a measured platform: whoever got no answer waits longer than ``wait_ms``."""
    shared = [0] * calibration.servers if calibration.province else None
    return Pace(0.0, {}, {}, calibration.unknown_share, wait_ms + SECOND_MS, calibration, shared)


class Packet(simpy.Event):
    """A message under way: who sent it when, for which visit, and its text once for all the hops it makes.

    It is the SimPy event of its own arrival, and of being taken up where it has to wait: what is called is called with
    the packet.
    """

    __slots__ = (
        *("_ok", "callbacks", "digest", "message", "rng", "sender", "sent_ms", "service_ms", "size", "text", "visit"),
        "whole",
    )

    def __init__(self, visit: str, rng: random.Random, whole: bool, sender: str = "", sent_ms: int = 0) -> None:
        self._ok = True  # nothing goes wrong with an arrival
        self.visit = visit
        self.rng = rng
        self.whole = whole  # a chosen visit: bodies are kept and checked
        self.message: Message
        self.sender = sender
        self.sent_ms = sent_ms
        self.service_ms = 0  # from being taken up to the end of the service
        self.text = b""
        self.size = 0
        self.digest = ""


class Network:
    """Carries packets, records every hop, and keeps and checks the bodies of chosen visits."""

    def __init__(
        self, clock: Clock, pace: Pace, wire: Wire, auditor: Auditor, *, events: Table, messages: Table, run: int
    ) -> None:
        self.clock = clock
        self.pace = pace
        self._env = clock.env
        self._latency_ms = pace.latency_ms
        self._epoch_ms = clock.epoch_ms
        self.auditor = auditor
        self._wire = wire
        self._events = events
        self._messages = messages
        self._run = run
        self._seq = 0
        self._receivers: dict[str, Callable[[Any], None]] = {}
        self._legs: dict[tuple[str, str], str] = {}
        self._tier: dict[str, str] = {}

    def is_hospital(self, code: str) -> bool:
        """Tell whether an organisation that joined is a hospital."""
        return self._tier.get(code) == "hospital"

    def join(self, code: str, tier: str, receive: Callable[[Any], None]) -> None:
        """Connect an organisation; ``tier`` is hospital, city or province."""
        self._receivers[code] = receive
        self._tier[code] = tier

    def send(self, packet: Packet, message: Message, sender: str, to: str, after_ms: int = 0) -> None:
        """Send a message on: a new packet of the same visit; a body that came in goes out under the same digest."""
        onward = Packet(packet.visit, packet.rng, packet.whole, sender, int(self._env.now) + after_ms)
        onward.message = message
        if packet.size and packet.message.blocks is message.blocks:
            onward.size, onward.digest = packet.size, packet.digest
        else:
            body = self._wire.canonical(message)
            onward.size = len(body)
            onward.digest = hashlib.sha256(body).hexdigest()[: 2 * _DIGEST]
        if packet.whole and packet.size and packet.message is message:
            onward.text = packet.text
        elif packet.whole:
            onward.text = self._wire.encode(message)
            self.auditor.check_body(message, onward.text)
        delay = after_ms + 1 + int(-log(1.0 - packet.rng.random()) * self._latency_ms)
        onward.callbacks = [self._receivers[to]]
        self._env.schedule(onward, NORMAL, delay)

    def arrived(self, packet: Packet, at: str, queue_ms: int) -> None:
        """Record a hop, when it is known how long it waits."""
        message, sender = packet.message, packet.sender
        self._seq += 1
        leg = self._legs.get((sender, at)) or self._new_leg(sender, at)
        direction = "request" if message.infcode is None else "reply"
        sent = self._epoch_ms + packet.sent_ms
        self._events.add(
            self._run,
            self._seq,
            packet.visit,
            message.key.msgid,
            message.infno,
            leg,
            direction,
            sender,
            at,
            sent,
            self._epoch_ms + self._env.now,
            queue_ms,
            message.infcode,
            packet.size,
            packet.digest,
        )
        if packet.whole:
            self._messages.add(
                self._run,
                self._seq,
                packet.visit,
                message.key.msgid,
                message.infno,
                direction,
                sender,
                at,
                sent,
                packet.text.decode(),
            )

    def _new_leg(self, sender: str, at: str) -> str:
        leg = self._legs[sender, at] = f"{self._tier[sender]}-{self._tier[at]}"
        self.auditor.leg(self._tier[sender], self._tier[at])
        return leg


class Station:
    """A platform with servers and a queue."""

    def __init__(self, node: Node, tier: str, network: Network, keep: Callable[[str, Effect], None]) -> None:
        self.node = node
        self._network = network
        self._clock = network.clock
        self._keep = keep
        self._env = network.clock.env
        self._mean_ms = network.pace.service_ms.get(tier, 0.0)
        self._calibration = network.pace.calibration
        self._of_hospital = network.is_hospital
        self._stall_share, self._stall_ms = network.pace.stall_share, network.pace.stall_ms
        self._free = network.pace.free(tier)
        self._asked: dict[Key, list[Packet]] = {}
        self._alarms = Alarms(self._clock, self._ring, self._asked.__contains__)
        network.join(node.code, tier, self.receive)

    def receive(self, packet: Packet) -> None:
        """Queue a packet for the next free server; it is taken up at once where nothing keeps it."""
        now = int(self._env.now)
        chance = packet.rng.random
        if self._calibration is None:
            begin = max(now, self._free[0])
            service = 1 + int(-log(1.0 - chance()) * self._mean_ms)
            heapq.heapreplace(self._free, begin + service)
        else:
            begin, service = self._measured(packet, now, self._calibration)
        wait = begin - now
        self._network.arrived(packet, self.node.code, wait)
        packet.service_ms = service
        if packet.message.infcode is None and chance() < self._stall_share:
            wait += self._stall_ms  # the request hangs, on a lock say, but holds no server
        if wait:
            packet.callbacks = [self._serve]
            self._env.schedule(packet, NORMAL, wait)
        else:
            self._serve(packet)

    def _measured(self, packet: Packet, now: int, calibration: Calibration) -> tuple[int, int]:
        """Return when a message is taken up, and for how long it is served, as it was measured."""
        if packet.message.infcode is not None or not self._of_hospital(packet.sender):
            return now, 0
        begin = max(now, self._free[0])
        service = calibration.draw_us(packet.message.infno, packet.rng.random()) / 1000
        heapq.heapreplace(self._free, begin + round(service * calibration.busy_share))
        return begin, round(service)

    def _serve(self, packet: Packet) -> None:
        message = packet.message
        if message.infcode is None:
            self._asked.setdefault(message.key, []).append(packet)
        self._perform(packet, self.node.handle(self._clock.now(), message), packet.service_ms)

    def _ring(self, about: Key) -> None:
        effects = self.node.wake(self._clock.now(), about)
        if effects:
            self._perform(self._asked[about][0], effects, 0)

    def _perform(self, packet: Packet, effects: tuple[Effect, ...], after_ms: int) -> None:
        code = self.node.code
        for effect in effects:
            if type(effect) is Record:  # the kinds of effects have no kinds of their own, and there are very many
                if type(effect.fact) is Settled:
                    self._keep(code, effect)
            elif isinstance(effect, Send):
                self._network.send(packet, effect.message, code, effect.to, after_ms)
            elif isinstance(effect, Reply):
                for waiting in self._asked.pop(effect.message.key, ()):
                    self._network.send(packet, effect.message, code, waiting.sender, after_ms)
            elif isinstance(effect, WakeAt):
                self._alarms.add(self._clock.at(effect.when), effect.about)
            else:
                self._keep(code, effect)


class Counter:
    """A hospital's end of the network: it asks its city, and waits a limited time for the answer."""

    def __init__(self, code: str, city: str, network: Network, wait_seconds: int) -> None:
        self._code = code
        self._city = city
        self._network = network
        self._clock = network.clock
        self._wait_ms = wait_seconds * SECOND_MS
        self._waiting: dict[Key, Any] = {}
        self._alarms = Alarms(self._clock, self._give_up, self._is_waiting)
        network.join(code, "hospital", self._receive)

    def ask(self, packet: Packet, message: Message) -> Any:
        """Return a SimPy event that brings the reply, or None when none came in time."""
        event = self._clock.env.event()
        self._waiting[message.key] = event
        self._network.send(packet, message, self._code, self._city)
        self._alarms.add(self._clock.ms() + self._wait_ms, (message.key, event))
        return event

    def _receive(self, packet: Packet) -> None:
        self._network.arrived(packet, self._code, 0)
        event = self._waiting.pop(packet.message.key, None)
        if event is not None:
            event.succeed(packet.message)

    def _is_waiting(self, about: tuple[Key, Any]) -> bool:
        """Tell whether this very attempt is waited for: a later one under the same key has its own alarm."""
        key, event = about
        return self._waiting.get(key) is event

    def _give_up(self, about: tuple[Key, Any]) -> None:
        if self._is_waiting(about):
            self._waiting.pop(about[0]).succeed(None)
