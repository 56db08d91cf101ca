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
from simulator.core.platform.turn import HalfDone
from simulator.sandbox.faults import OVERTAKE, Fate, Faults, Passing
from simulator.sandbox.held import LET_ON, Held, KeptBack, Note
from simulator.sandbox.journal import (
    ACT,
    FAULT,
    FORGET,
    HANDLE,
    LEARN,
    PLAY,
    WAKE,
    Call,
    Entry,
    Reader,
    Scribe,
    checked,
)

_KEPT_ANYWAY = frozenset({LEARN, FORGET, PLAY})


class Outgoing(NamedTuple):
    """What leaves the process once it is kept: a message of platform ``at`` to a party, or to a platform elsewhere.

    A fault may slow a reply's body (``pace``, bytes a second), or lose the reply: then a party waits in vain.
    """

    at: str
    to: str
    message: Message
    pace: int = 0
    lost: bool = False


class Host:
    """Platforms by code. ``keep`` gets a batch of entries and what may leave after it; ``alarm`` sets a deadline.

    ``before`` is told of every message a platform is about to be given, ``torn`` where one failed so that what the
    platforms know is ahead of what is kept: nothing may be let out any more.

    ``faults`` are asked about every leg while there are rules; ``later`` is given what they delay, with its time.
    """

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
        self._notes: list[Note] = []
        self.faults = Faults()
        self.held = KeptBack()
        self.before: Callable[[Node, Message], None] = _nothing
        self.torn: Callable[[Call], None] = _nobody_hears
        self.later: Callable[[dt.datetime, Passing], None] = _at_no_time

    @property
    def seq(self) -> int:
        """Return the number of the last entry."""
        return self._scribe.seq

    @property
    def digest(self) -> bytes:
        """Return the digest of the last entry."""
        return self._scribe.digest

    @property
    def askers(self) -> Mapping[tuple[str, Key], str]:
        """Return who waits for the reply to a request, by platform and key."""
        return self._askers

    def begin_at(
        self, seq: int, digest: bytes, askers: Mapping[tuple[str, Key], str], held: Iterable[Held] = ()
    ) -> None:
        """Go on after an entry: the platforms have been given the state it left them in."""
        self._scribe.seq, self._scribe.digest = seq, digest
        self._askers, self.held = dict(askers), KeptBack(held)

    def give_all(self, calls: Iterable[Call]) -> list[tuple[Effect, ...]]:
        """Carry out calls one after another, and hand the entries of all over together: all are kept, or none.

        Return each call's own effects.
        """
        entries: list[Entry] = []
        leaving: list[Outgoing] = []
        found = []
        for call in calls:
            found.append(self._do(call, entries, leaving))
            self._carry_on(entries, leaving)
        self._keep(entries, leaving)
        return found

    def give(self, call: Call) -> tuple[Effect, ...]:
        """Carry out a call and all it sets off, and hand the entries over to be kept; return the call's own effects.

        A call that comes to nothing, such as a deadline that was met, is not kept. Raises KeyError for a platform that
        is not here, and for an action its staff does not know.
        """
        entries: list[Entry] = []
        leaving: list[Outgoing] = []
        first = self._do(call, entries, leaving)
        self._finish(entries, leaving)
        return first

    def enter(self, call: Call) -> None:
        """Take in an outer caller's request, or a reply from elsewhere: something may have happened on its way."""
        fate = self.faults.fate(call.now, call.sender, call.node, call.what, outer=False) if self.faults else None
        if fate is None:
            self.give(call)
            return
        leaving: list[Outgoing] = []
        self._befall(call.now, fate, leaving)
        if not fate.passing and not call.what.is_reply:
            leaving.append(Outgoing(call.node, call.sender, call.what, lost=True))
        self._finish([], leaving)

    def deliver(self, now: dt.datetime, passing: Passing) -> None:
        """Let go on what a fault had delayed."""
        leaving: list[Outgoing] = []
        self._note_let_on(now, passing)
        self._go(now, passing, leaving)
        self._finish([], leaving)

    def _do(self, call: Call, entries: list[Entry], leaving: list[Outgoing]) -> tuple[Effect, ...]:
        effects: tuple[Effect, ...] = ()
        try:
            effects = self._carry_out(call)
            waiting, self._calls = self._calls, deque()
            for effect in effects:
                self._perform(call, effect, leaving)
            self._calls += waiting  # what is set off comes before what waits: one exchange within another, in all hosts
            if effects or call.kind in _KEPT_ANYWAY:
                entries.append(self._scribe.entry(call, effects, self.nodes[call.node].serial))
        except Exception as fault:
            if effects or entries or isinstance(fault, HalfDone):  # what came before in this chain is not kept either
                self.torn(call)
            raise
        return effects

    def _finish(self, entries: list[Entry], leaving: list[Outgoing]) -> None:
        """Carry out what was set off, and hand everything over to be kept."""
        self._carry_on(entries, leaving)
        self._keep(entries, leaving)

    def _carry_on(self, entries: list[Entry], leaving: list[Outgoing]) -> None:
        self._write_notes(entries)
        while self._calls:
            self._do(self._calls.popleft(), entries, leaving)
            self._write_notes(entries)

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
            if entry.kind == FAULT:
                self.held.fold(Note(entry.now, entry.sender, *what))
            if entry.kind in _KEPT_ANYWAY:
                carry_out(node, entry.now, entry.kind, what)
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
            self.before(node, call.what)
        return carry_out(node, call.now, call.kind, call.what)

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
        if self.faults:
            outer = message.is_reply and to not in self.nodes
            fate = self.faults.fate(call.now, call.node, to, message, outer=outer)
            if fate is not None:
                self._befall(call.now, fate, leaving)
                return
        if to in self.nodes:
            self._calls.append(Call(call.now, to, HANDLE, call.node, message))
        else:
            leaving.append(Outgoing(call.node, to, message))

    # -- faults -------------------------------------------------------------------------------------------------

    def _befall(self, now: dt.datetime, fate: Fate, leaving: list[Outgoing]) -> None:
        longest = max((passing.after for passing in fate.passing), default=0)
        self._note(Note(now, fate.rule, fate.do, fate.at, fate.to, fate.message, longest))
        if fate.do == OVERTAKE:
            self._note_let_on(now, fate.passing[-1])
        for passing in fate.passing:
            if passing.after:
                self.later(now + dt.timedelta(milliseconds=passing.after), passing)
            else:
                self._go(now, passing, leaving)

    def _note_let_on(self, now: dt.datetime, passing: Passing) -> None:
        held = self.held.holds(*passing[1:4])
        if held is not None:
            self._note(Note(now, held.rule, LET_ON, *passing[1:4]))

    def _note(self, note: Note) -> None:
        self.held.fold(note)
        self._notes.append(note)

    def _go(self, now: dt.datetime, passing: Passing, leaving: list[Outgoing]) -> None:
        if passing.to in self.nodes:
            self._calls.append(Call(now, passing.to, HANDLE, passing.at, passing.message))
        else:
            leaving.append(Outgoing(*passing[1:6]))

    def _write_notes(self, entries: list[Entry]) -> None:
        """Note in the journal what was done to messages, after the entry that sent them off."""
        for note in self._notes:
            node = note.at if note.at in self.nodes else note.to
            call = Call(note.now, node, FAULT, note.rule, note[2:])
            entries.append(self._scribe.entry(call, (), self.nodes[node].serial))
        self._notes.clear()


def carry_out(node: Node, now: dt.datetime, kind: str, what: Any) -> tuple[Effect, ...]:
    """Let a platform do what a call asks of it; return what came of it."""
    if kind == HANDLE:
        return node.handle(now, what)
    if kind == ACT:
        return node.act(now, what)
    if kind == WAKE:
        return node.wake(now, what)
    if kind == LEARN:
        learn(node, what)
    elif kind == FORGET:
        node.drop_before(what)
    return ()


def _nothing(node: Node, asked: Message) -> None:
    """Prepare nothing."""


def _nobody_hears(call: Call) -> None:
    """Leave it to whoever catches what is raised."""


def _at_no_time(when: dt.datetime, passing: Passing) -> None:
    raise RuntimeError("this host has nobody who tells it the time")


def learn(node: Node, what: Any) -> None:
    """Tell a platform a fact, or several in a plain tuple."""
    for fact in what if type(what) is tuple else (what,):
        node.fold(fact)


def fold(node: Node, effects: Iterable[Effect]) -> None:
    """Apply what was decided once: facts and postings."""
    for effect in effects:
        if isinstance(effect, Record):
            node.fold(effect.fact)
        elif isinstance(effect, Post):
            node.books.post(effect.posting)
