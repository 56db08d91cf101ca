"""Checks a journal from its first entry: is it what was written, and would the platforms decide the same again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import NamedTuple

from simulator.core.platform.effects import Effect, Record
from simulator.core.platform.message import Message
from simulator.core.platform.node import Node
from simulator.sandbox.archive import Archive
from simulator.sandbox.host import carry_out
from simulator.sandbox.journal import FAULT, HANDLE, Damaged, Entry, Reader, Store, checked
from simulator.sandbox.wrong import InBoth

_TRIM_EVERY = 1000
Progress = Callable[[int], None]


class Sound(NamedTuple):
    """A journal without damage: its entries and messages, and the digest of its last entry (hexadecimal)."""

    entries: int
    messages: int
    digest: str


class Differs(InBoth):
    """The platforms decide differently from what is kept; ``seq`` is the first entry where they do."""

    def __init__(self, entry: Entry, what: str, kept: tuple[Effect, ...], made: tuple[Effect, ...]) -> None:
        self.seq = entry.seq
        at, many = _first_difference(kept, made), (len(kept), len(made))
        here = f"{entry.node} ({entry.kind} {what})"
        zh = f"日志第{self.seq}条重算结果不同：{here}，效果{at + 1}；原有{many[0]}个效果，重算{many[1]}个"
        super().__init__(
            zh,
            f"entry {self.seq} comes out differently at {here}: kept {many[0]} effects, computed {many[1]};"
            f" they part at effect {at + 1}: {_name(kept, at)}, now {_name(made, at)}",
        )


def verify(store: Store, progress: Progress) -> Sound:
    """Check the whole chain, and that each entry is found by what it is about; raises Damaged."""
    with closing(store.indexed()) as rows:
        return _verified(store, _Index(rows), progress)


def _verified(store: Store, found: _Index, progress: Progress) -> Sound:
    messages, last = 0, None
    for entry in checked(store.entries()):
        for kept in entry.messages:
            messages += 1
            if (kept.number, kept.seq) != (messages, entry.seq):
                raise Damaged(entry.seq, "has a message out of its order", "的报文编号不连续")
        if found.of(entry.seq) != {(subject, entry.node) for subject in entry.subjects}:
            raise Damaged(entry.seq, "is not found by what it is about: the index was changed", "的索引与内容不符")
        last = entry
        progress(entry.seq)
    seq = last.seq if last else 0
    if store.last_message() != messages or found.rest():
        raise Damaged(seq + 1, "is missing, but something of it is there", "缺失，但有其残留")
    return Sound(seq, messages, last.digest.hex() if last else "")


def recompute(store: Store, nodes: Mapping[str, Node], progress: Progress) -> int:
    """Give new platforms every call again, and compare what comes of it; return the number of entries.

    Raises Damaged, and Differs at the first entry that comes out differently.
    """
    reader, done = Reader(store), 0

    def damaged(problem: Damaged) -> None:
        """Leave it to whoever catches it."""

    archive = Archive(nodes, store, lambda: done, damaged)
    for entry in checked(store.entries()):
        node = nodes.get(entry.node)
        if node is None:
            raise Damaged(
                entry.seq, f"is of platform {entry.node}, which is not there", f"属于不存在的平台{entry.node}"
            )
        what, kept = reader.what(entry), reader.effects(entry)
        if entry.kind == HANDLE:
            archive.before(node, what)
        made = () if entry.kind == FAULT else carry_out(node, entry.now, entry.kind, what)
        if made != kept:
            raise Differs(entry, what.infno if isinstance(what, Message) else type(what).__name__, kept, made)
        done = entry.seq
        if done % _TRIM_EVERY == 0:
            archive.trim(done)
        progress(done)
    return done


class _Index:
    """What entries are found by, read beside them."""

    def __init__(self, rows: Iterator[tuple[str, str, int]]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, seq: int) -> set[tuple[str, str]]:
        """Return what an entry is found by; entries are asked for in their order."""
        found = set()
        while self._next is not None and self._next[2] <= seq:
            subject, node, number = self._next
            found.add((subject, node if number == seq else f"{node}, entry {number}"))
            self._next = next(self._rows, None)
        return found

    def rest(self) -> bool:
        """Tell whether there is something of an entry that is not there."""
        return self._next is not None


def _first_difference(kept: tuple[Effect, ...], made: tuple[Effect, ...]) -> int:
    both = range(min(len(kept), len(made)))
    return next((number for number in both if kept[number] != made[number]), len(both))


def _name(effects: tuple[Effect, ...], at: int) -> str:
    """Return what kind of effect stands at a place: its content may be about a person."""
    if at >= len(effects):
        return "nothing"
    effect = effects[at]
    return (
        f"{type(effect).__name__} {type(effect.fact).__name__}" if isinstance(effect, Record) else type(effect).__name__
    )
