"""The way of a message or a visit across the tiers, read back from the journal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

import schemas
from schemas.values import Direction, Finding
from simulator.core.benefit.settlement import Settlement
from simulator.core.platform.effects import Reply
from simulator.core.platform.message import Key, Message
from simulator.inputs.wire import Wire
from simulator.outputs.masking import masked
from simulator.sandbox.bills import rows_of
from simulator.sandbox.diagram import Leg
from simulator.sandbox.held import LET_ON
from simulator.sandbox.journal import FAULT, HANDLE, Entry, Reader, Store

_MOST_ENTRIES = 2000
_NEAR = 1000  # entries before and after a step, in which what changed nothing is looked for
_JUDGED = 200  # messages held against their schema


class Said(NamedTuple):
    """A message as the page of a trace shows it: where it went, and its text with personal data masked.

    ``findings`` are what is wrong with it by its schema and rules; ``fault`` what a rule did to it on its way.
    """

    leg: Leg
    message: Message
    text: str
    findings: tuple[Finding, ...] = ()
    fault: str = ""


class Trace(NamedTuple):
    """Everything said about a visit or under a key; ``parties`` in order of appearance, hospitals first.

    ``settled`` are the settlement rows decided meanwhile, at the place of insurance.
    """

    parties: tuple[str, ...]
    said: tuple[Said, ...]
    settled: tuple[Settlement, ...]
    more: bool


class Tracer:
    """Finds traces; ``nodes`` are the platforms of this process."""

    def __init__(
        self,
        store: Store,
        wire: Wire,
        registry: schemas.Registry,
        nodes: Iterable[str],
        personal: Collection[str],
    ) -> None:
        self._personal = personal
        self._store = store
        self._wire = wire
        self._registry = registry
        self._nodes = tuple(nodes)

    def of_key(self, key: Key) -> Trace:
        """Return what was said under a key."""
        return self._trace(self._about([key]))

    def of_visit(self, visit: str, seen: Iterable[Key] = ()) -> Trace:
        """Return what was said about a visit; ``seen`` are keys of requests that are known to be about it."""
        first = [entry for node in self._nodes for entry in self._store.of(visit, node)]
        keys = {*(entry.key for entry in first if entry.key.msgid), *seen}
        if first:
            keys.update(self._beside(visit, [entry.seq for entry in first]))
        return self._trace(self._about(sorted(keys)[:_MOST_ENTRIES]))

    def _about(self, keys: Iterable[Key]) -> Iterator[Entry]:
        return (entry for key in keys for node in self._nodes for entry in self._store.about(key, node))

    def _beside(self, visit: str, steps: list[int]) -> Iterator[Key]:
        """Yield the keys of requests that name a visit and changed nothing of it, so that no fact leads to them.

        A trial settlement (2303) is one, a refusal another.
        """
        wanted, last = b'"%b"' % visit.encode(), max(steps)
        for entry in self._store.entries(max(min(steps), last - _NEAR) - 1):
            if entry.seq > last + _NEAR:
                return
            if entry.kind == HANDLE and any(wanted in kept.text for kept in entry.messages):
                yield entry.key

    def _trace(self, found: Iterable[Entry]) -> Trace:
        entries = [entry for _, entry in sorted({entry.seq: entry for entry in found}.items())]
        shown = entries[:_MOST_ENTRIES]
        reader = Reader(self._store)
        said = tuple(self._said(reader, shown))
        order: dict[str, None] = {}
        for each in said:
            order.setdefault(each.leg.start if not each.leg.reply else each.leg.end)
            order.setdefault(each.leg.end if not each.leg.reply else each.leg.start)
        settled = tuple(row for entry in shown for row in rows_of(reader.facts(entry)))
        return Trace(tuple(order), said, settled, len(entries) > _MOST_ENTRIES)

    def _said(self, reader: Reader, entries: list[Entry]) -> Iterator[Said]:
        askers: dict[tuple[str, Key], str] = {}
        judge = Judge(self._registry)
        for entry in entries:
            if entry.kind == FAULT:
                do, start, end, message, *_ = reader.what(entry)
                if do != LET_ON:  # what comes of it stands in the entries that follow
                    yield self._one(entry, start, end, message, judge, fault=do)
            if entry.kind == HANDLE:
                what: Message = reader.what(entry)
                if not what.is_reply:
                    askers[entry.node, what.key] = entry.sender
                yield self._one(entry, entry.sender, entry.node, what, judge)
            for effect in reader.effects(entry):
                if isinstance(effect, Reply):
                    asker = askers.get((entry.node, effect.message.key), "")
                    if asker and asker not in self._nodes:  # replies between platforms arrive in entries of their own
                        yield self._one(entry, entry.node, asker, effect.message, judge)

    def _one(self, entry: Entry, start: str, end: str, message: Message, judge: Judge, *, fault: str = "") -> Said:
        refused = message.is_reply and not message.succeeded
        label = f"{message.infno} {message.infcode}" if message.is_reply else message.infno
        time = f"{entry.now:%H:%M:%S.%f}"[:-3]
        leg = Leg(start, end, f"{label} {fault}".rstrip(), message.is_reply, refused, entry.seq, time, bool(fault))
        sent = self._wire.encode(message)
        whole: Mapping[str, Any] = orjson.loads(sent)
        text = orjson.dumps(masked(whole, self._personal), option=orjson.OPT_INDENT_2).decode()
        return Said(leg, message, text, judge.findings(message, sent), fault)


class Judge:
    """Holds messages against their schema, each text once, and no more of them than a page has time for."""

    def __init__(self, registry: schemas.Registry) -> None:
        self._registry = registry
        self._known: dict[tuple[str, bytes], tuple[Finding, ...]] = {}

    def findings(self, message: Message, text: bytes) -> tuple[Finding, ...]:
        """Return what is wrong with a message; nothing is said of those beyond the first ones."""
        place = message.infno, text
        if place not in self._known and len(self._known) < _JUDGED:
            way: Direction = "response" if message.is_reply else "request"
            self._known[place] = self._registry.check_text(message.infno, way, text)
        return self._known.get(place, ())
