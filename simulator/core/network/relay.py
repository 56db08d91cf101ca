"""The simplest host: it carries messages between platforms at once and keeps what they ask to be kept.

Nothing waits, so nothing times out. It is how a case is worked without a clock: by a test, or by an oracle.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from simulator.core.platform.books import Posting
from simulator.core.platform.effects import Effect, Post, Record, Reply, Send
from simulator.core.platform.message import Message
from simulator.core.platform.node import Node


class Relay:
    """Platforms by code; ``facts`` and ``postings`` grow as messages are asked, ``hops`` are (from, to, message)."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.nodes = nodes
        self.facts: list[tuple[str, Any]] = []
        self.postings: list[Posting] = []
        self.hops: list[tuple[str, str, Message]] = []

    def ask(self, now: dt.datetime, to: str, message: Message, *, by: str = "") -> Message | None:
        """Deliver a request and return the reply; None when the platform is still working on the same request."""
        self.hops.append((by or message.party, to, message))
        reply = self._perform(now, to, self.nodes[to].handle(now, message))
        if reply is not None:
            self.hops.append((to, by or message.party, reply))
        return reply

    def act(self, now: dt.datetime, at: str, action: Any) -> None:
        """Let the staff of a platform carry out an action; what comes of it is carried too."""
        self._perform(now, at, self.nodes[at].act(now, action))

    def _perform(self, now: dt.datetime, at: str, effects: tuple[Effect, ...]) -> Message | None:
        answer: Message | None = None
        for effect in effects:
            if isinstance(effect, Send):
                reply = self.ask(now, effect.to, effect.message, by=at)
                if reply is not None:
                    answer = self._perform(now, at, self.nodes[at].handle(now, reply))
            elif isinstance(effect, Reply):
                answer = effect.message
            elif isinstance(effect, Post):
                self.postings.append(effect.posting)
            elif isinstance(effect, Record):
                self.facts.append((at, effect.fact))
        return answer
