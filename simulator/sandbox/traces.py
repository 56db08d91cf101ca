"""The way of a message or a visit across the tiers, read back from the journal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from simulator.core.platform.effects import Reply
from simulator.core.platform.message import Key, Message
from simulator.inputs.wire import Wire
from simulator.outputs.masking import masked
from simulator.sandbox.diagram import Leg
from simulator.sandbox.journal import HANDLE, Entry, Reader, Store

_MOST_ENTRIES = 2000


class Said(NamedTuple):
    """A message as the page of a trace shows it: where it went, and its text with personal data masked."""

    leg: Leg
    message: Message
    text: str


class Trace(NamedTuple):
    """Everything said about a visit or under a key; ``parties`` in order of appearance, hospitals first."""

    parties: tuple[str, ...]
    said: tuple[Said, ...]
    more: bool


class Tracer:
    """Finds traces; ``nodes`` are the platforms of this process."""

    def __init__(self, store: Store, wire: Wire, nodes: Iterable[str], personal: Collection[str]) -> None:
        self._personal = personal
        self._store = store
        self._wire = wire
        self._nodes = tuple(nodes)

    def of_key(self, key: Key) -> Trace:
        """Return what was said under a key."""
        return self._trace(entry for node in self._nodes for entry in self._store.about(key, node))

    def of_visit(self, visit: str) -> Trace:
        """Return what was said about a visit."""
        first = [entry for node in self._nodes for entry in self._store.of(visit, node)]
        keys = sorted({entry.key for entry in first if entry.key.msgid})[:_MOST_ENTRIES]
        return self._trace(entry for key in keys for node in self._nodes for entry in self._store.about(key, node))

    def _trace(self, found: Iterable[Entry]) -> Trace:
        entries = sorted({entry.seq: entry for entry in found}.items())
        said = tuple(self._said([entry for _, entry in entries[:_MOST_ENTRIES]]))
        order: dict[str, None] = {}
        for each in said:
            order.setdefault(each.leg.start if not each.leg.reply else each.leg.end)
            order.setdefault(each.leg.end if not each.leg.reply else each.leg.start)
        return Trace(tuple(order), said, len(entries) > _MOST_ENTRIES)

    def _said(self, entries: list[Entry]) -> Iterator[Said]:
        reader = Reader(self._store)
        askers: dict[tuple[str, Key], str] = {}
        for entry in entries:
            if entry.kind == HANDLE:
                what: Message = reader.what(entry)
                if not what.is_reply:
                    askers[entry.node, what.key] = entry.sender
                yield self._one(entry, entry.sender, entry.node, what)
            for effect in reader.effects(entry):
                if isinstance(effect, Reply):
                    asker = askers.get((entry.node, effect.message.key), "")
                    if asker and asker not in self._nodes:  # replies between platforms arrive in entries of their own
                        yield self._one(entry, entry.node, asker, effect.message)

    def _one(self, entry: Entry, start: str, end: str, message: Message) -> Said:
        refused = message.is_reply and not message.succeeded
        label = f"{message.infno} {message.infcode}" if message.is_reply else message.infno
        leg = Leg(start, end, label, message.is_reply, refused, entry.seq, f"{entry.now:%H:%M:%S.%f}"[:-3])
        whole: Mapping[str, Any] = orjson.loads(self._wire.encode(message))
        return Said(leg, message, orjson.dumps(masked(whole, self._personal), option=orjson.OPT_INDENT_2).decode())
