"""What offices say to one another (局间报文), carried at once and in order, at the hour somebody does something.

Only what hospitals send runs over the network with its latencies: nobody waits at a counter for an office, and all that
offices decide rests on days. A reply therefore always comes, and no alarm is ever needed. The messages are counted by
transaction and not kept; the first of each transaction and one in so many are held against their schema, or all of
them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.core.platform.effects import Effect, Post, Record, Reply, Send
from simulator.core.platform.message import Message
from simulator.core.platform.node import Node
from simulator.core.visits.visits import Settled
from simulator.inputs.wire import Wire
from simulator.world.auditor import Auditor
from simulator.world.clock import Clock

_ONE_IN = 200  # messages of a transaction whose bodies are checked

Heard = Callable[[str, Any], None]
"""Told of a fact: the code of whoever decided it, and the fact."""


class Mail:
    """Platforms and finance departments by code or party; ``keep`` is told of postings and settlement rows."""

    def __init__(
        self,
        clock: Clock,
        nodes: Mapping[str, Node],
        wire: Wire,
        auditor: Auditor,
        keep: Callable[[str, Effect], None],
        *,
        check_all: bool,
    ) -> None:
        self._clock = clock
        self._nodes = nodes
        self._wire = wire
        self._auditor = auditor
        self._keep = keep
        self._every = 1 if check_all else _ONE_IN
        self.requests: dict[str, int] = {}
        self._handed_over = 0  # by who is no platform
        self._heard: dict[type, tuple[Heard, ...]] = {Settled: (lambda code, fact: keep(code, Record(fact)),)}

    def follow(self, kind: type, hear: Heard) -> None:
        """Let somebody be told of the facts of a kind, after those who are told already."""
        self._heard[kind] = (*self._heard.get(kind, ()), hear)

    def tell(self, code: str, fact: Any) -> None:
        """Tell whoever follows its kind of a fact."""
        for hear in self._heard.get(type(fact), ()):
            hear(code, fact)

    def act(self, code: str, action: Any) -> None:
        """Let the staff of a platform or finance department do something now; what comes of it is carried too."""
        self._perform(code, self._nodes[code].act(self._clock.now(), action))

    def ask(self, to: str, message: Message) -> Message:
        """Hand a platform a request of somebody who is no platform, such as a hospital's office; return its reply."""
        reply = self._perform(to, self._nodes[to].handle(self._clock.now(), message))
        assert reply is not None, f"{to} owes a reply to {message.infno} {message.msgid}"
        if self._handed_over % self._every == 0:
            self._check(message, reply)
        self._handed_over += 1
        self._nodes[to].retire((message.key,))
        return reply

    def _perform(self, code: str, effects: tuple[Effect, ...]) -> Message | None:
        """Carry out effects in order; return the reply among them: this platform's own, or one it passes on."""
        answer: Message | None = None
        for effect in effects:
            if type(effect) is Record:
                self.tell(code, effect.fact)
            elif isinstance(effect, Send):
                answer = self._exchange(code, effect.to, effect.message) or answer
            elif isinstance(effect, Reply):
                answer = effect.message
            elif isinstance(effect, Post):
                self._keep(code, effect)
        return answer

    def _exchange(self, sender: str, to: str, asked: Message) -> Message | None:
        """Deliver a request and hand its reply back; return what the sender then replies to whoever asked it.

        Both ends then forget the exchange: nothing that is carried here comes twice.
        """
        node, other, now = self._nodes[sender], self._nodes[to], self._clock.now()
        reply = self._perform(to, other.handle(now, asked))
        assert reply is not None, f"{to} owes {sender} a reply to {asked.infno} {asked.msgid}"
        if asked.party == node.party:
            self._count(asked, reply)
        answer = self._perform(sender, node.handle(now, reply))
        for end in (node, other):
            end.retire((asked.key,))
        return answer

    def _count(self, asked: Message, reply: Message) -> None:
        """Count an exchange where it began, and check both its bodies where it is one of the chosen."""
        number = self.requests.get(asked.infno, 0)
        self.requests[asked.infno] = number + 1
        if number % self._every == 0:
            self._check(asked, reply)

    def _check(self, *messages: Message) -> None:
        for message in messages:
            self._auditor.check_body(message, self._wire.encode(message))
