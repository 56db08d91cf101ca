"""Hosts platforms in one process behind one journal: performs what they ask, and lets nothing out before it is kept.

A call of a platform is carried out at once, and so is everything it sets off among the platforms of this process; the
entries go to disk together, and only then what leaves the process leaves: replies to those outside, messages to
platforms elsewhere. A crash in between loses both, so that nobody was told what is not kept.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from simulator.core.platform.effects import Effect, Post, Record, Reply, Send, WakeAt
from simulator.core.platform.message import Key, Message
from simulator.core.platform.node import Node
from simulator.sandbox.journal import ACT, HANDLE, LEARN, WAKE, Call, Entry, Reader, Scribe, checked


class Outgoing(NamedTuple):
    """What leaves the process once it is kept: a message of platform ``at`` to a party, or to a platform elsewhere."""

    at: str
    to: str
    message: Message


class Host:
    """Platforms by code. ``keep`` gets a batch of entries and what may leave after it; ``alarm`` sets a deadline."""

    def __init__(
        self,
        nodes: Mapping[str, Node],
        scribe: Scribe,
        keep: Callable[[list[Entry], list[Outgoing]], None],
        alarm: Callable[[dt.datetime, str, Key], None],
    ) -> None:
        self.nodes = nodes
        self._scribe = scribe
        self._keep = keep
        self._alarm = alarm
        self._askers: dict[tuple[str, Key], str] = {}
        self._calls: deque[Call] = deque()

    @property
    def seq(self) -> int:
        """Return the number of the last entry."""
        return self._scribe.seq

    def give(self, call: Call) -> tuple[Effect, ...]:
        """Carry out a call and all it sets off, and hand the entries over to be kept; return the call's own effects.

        A call that comes to nothing, such as a deadline that was met, is not kept. Raises KeyError for a platform that
        is not here, and for an action its staff does not know.
        """
        entries: list[Entry] = []
        leaving: list[Outgoing] = []
        first = effects = self._carry_out(call)
        while True:
            for effect in effects:
                self._perform(call, effect, leaving)
            if effects or call.kind == LEARN:
                entries.append(self._scribe.entry(call, effects, self.nodes[call.node].serial))
            if not self._calls:
                break
            call = self._calls.popleft()
            effects = self._carry_out(call)
        self._keep(entries, leaving)
        return first

    def restore(self, entries: Iterable[Entry], reader: Reader) -> int:
        """Bring the platforms to where a journal leaves them, deciding nothing; return the number of entries folded.

        Raises Damaged.
        """
        number = 0
        for entry in checked(entries, self._scribe.seq, self._scribe.digest):
            number += 1
            node = self.nodes[entry.node]
            what, effects = reader.what(entry), reader.effects(entry)
            self._note_asker(entry.node, entry.kind, entry.sender, what)
            if entry.kind == LEARN:
                node.fold(what)
            fold(node, effects)
            for effect in effects:
                if isinstance(effect, Reply):
                    self._askers.pop((entry.node, effect.message.key), None)
            node.serial = entry.serial
            self._scribe.follow(entry)
        for code, node in self.nodes.items():
            for forwarded in node.waiting():
                self._alarm(forwarded.until, code, forwarded.request.key)
        return number

    def _carry_out(self, call: Call) -> tuple[Effect, ...]:
        node = self.nodes[call.node]
        self._note_asker(call.node, call.kind, call.sender, call.what)
        if call.kind == HANDLE:
            return node.handle(call.now, call.what)
        if call.kind == ACT:
            return node.act(call.now, call.what)
        if call.kind == WAKE:
            return node.wake(call.now, call.what)
        node.fold(call.what)
        return ()

    def _note_asker(self, node: str, kind: str, sender: str, what: Any) -> None:
        if kind == HANDLE and not what.is_reply:
            self._askers[node, what.key] = sender

    def _perform(self, call: Call, effect: Effect, leaving: list[Outgoing]) -> None:
        at = call.node
        if isinstance(effect, Send):
            self._pass(call, effect.to, effect.message, leaving)
        elif isinstance(effect, Reply):
            asker = self._askers.pop((at, effect.message.key), "")
            if asker:
                self._pass(call, asker, effect.message, leaving)
        elif isinstance(effect, WakeAt):
            self._alarm(effect.when, at, effect.about)

    def _pass(self, call: Call, to: str, message: Message, leaving: list[Outgoing]) -> None:
        if to in self.nodes:
            self._calls.append(Call(call.now, to, HANDLE, call.node, message))
        else:
            leaving.append(Outgoing(call.node, to, message))


def fold(node: Node, effects: Iterable[Effect]) -> None:
    """Apply what was decided once: facts and postings."""
    for effect in effects:
        if isinstance(effect, Record):
            node.fold(effect.fact)
        elif isinstance(effect, Post):
            node.books.post(effect.posting)
