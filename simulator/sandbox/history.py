"""The history of a sandbox as NDJSON: what was said, by whom to whom and when, and what befell it on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from simulator.core.platform.message import Message
from simulator.inputs.wire import Wire
from simulator.sandbox.journal import ACT, FAULT, HANDLE, LEARN, PLAY, Entry, Reader, Store


def history(store: Store, wire: Wire, first: int, last: int) -> Iterator[bytes]:
    """Yield a line for each entry from the first to the last: messages whole, as they went over the wire."""
    reader = Reader(store)
    for entry in store.entries(max(first, 1) - 1):
        if entry.seq > last:
            return
        yield orjson.dumps(_line(entry, reader.what(entry), wire)) + b"\n"


def _line(entry: Entry, what: Any, wire: Wire) -> dict[str, Any]:
    line: dict[str, Any] = {
        "seq": entry.seq,
        "at": entry.now.isoformat(" ", "milliseconds"),
        "kind": entry.kind,
        "to": entry.node,
    }
    if entry.kind == HANDLE:
        return {**line, "from": entry.sender, **_said(what, wire)}
    if entry.kind == FAULT:
        did, at, to, message, *ms = what
        kept_back = {"ms": ms[0]} if any(ms) else {}
        return {**line, "to": to, "from": at, "rule": entry.sender, "did": did, **kept_back, **_said(message, wire)}
    if entry.kind == ACT:
        return {**line, "action": type(what).__name__}
    if entry.kind == LEARN:
        return {**line, "facts": len(what) if type(what) is tuple else 1}
    if entry.kind == PLAY:
        about = {"infno": what[2].infno, "msgid": what[2].msgid} if isinstance(what[2], Message) else None
        return {**line, "stay": what[0], "step": what[1], **({"about": about} if about else {})}
    return line


def _said(message: Message, wire: Wire) -> dict[str, Any]:
    side = "reply" if message.is_reply else "request"
    return {"infno": message.infno, "msgid": message.msgid, side: orjson.Fragment(wire.encode(message))}
