"""The journal: what reached the platforms, in one order, with what they decided; hash-chained, never changed.

It is the truth. A platform's state is what the facts of its entries fold to; nothing is decided a second time. An
entry is known by its digest, which covers its own content, the messages first written with it and the digest of the
entry before it.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson

from simulator.core.network.router import Passed
from simulator.core.platform.effects import Effect, Record
from simulator.core.platform.message import Key, Message
from simulator.core.visits.facts import Bound, Opened
from simulator.sandbox.codec import Messages, UnknownValue, decode, decode_message, encode
from simulator.sandbox.wrong import InBoth

FORMAT = 2
FIRST_DIGEST = bytes(32)

HANDLE, ACT, WAKE, LEARN, FAULT, FORGET, PLAY = "handle", "act", "wake", "learn", "fault", "forget", "play"
PLAYED = "stays"
"""Who the key of a visit that is played is of; its other part is the number of the visit."""
_NO_KEY = Key("", "")
_PIECE = 2047  # bytes: at more than these a hash lets other threads run first, and the one that decides would wait
_REMEMBERED = 1 << 14  # messages a reader keeps at hand


class Kept(NamedTuple):
    """A message as it is kept: its number, the entry it was first written with, its key and its text."""

    number: int
    seq: int
    party: str
    msgid: str
    text: bytes


class Call(NamedTuple):
    """What a platform is given: when, at which platform, in what way, by whom, and what.

    ``what`` is a message (``handle``), an action (``act``), the key a deadline is about (``wake``), or a fact told from
    outside (``learn``), or several in a plain tuple, or the day before which a platform forgets what is done with
    (``forget``). A ``fault`` reaches nobody: it notes what a rule (``sender``) did to a message on its way, as (what it
    did, from, to, message, milliseconds for which it is kept back); in old journals without the last. Nor does a
    ``play`` reach anybody: it is what the control API notes of a visit that it plays, as (number, kind, …).
    """

    now: dt.datetime
    node: str
    kind: str
    sender: str
    what: Any

    @property
    def key(self) -> Key:
        """Return the key of the message or deadline, empty for anything else."""
        if isinstance(self.what, Message):
            return self.what.key
        if self.kind == FAULT:
            key: Key = self.what[3].key
            return key
        if self.kind == PLAY:
            return Key(PLAYED, self.what[0])
        return self.what if isinstance(self.what, Key) else _NO_KEY


class Entry(NamedTuple):
    """A call as it is kept: ``what`` was given and the ``effects`` it had are texts of the codec.

    ``serial`` is the platform's count of replies afterwards; ``subjects`` are the visits and people it is found by;
    ``messages`` are those first written with this entry.
    """

    seq: int
    now: dt.datetime
    node: str
    kind: str
    sender: str
    key: Key
    serial: int
    subjects: tuple[str, ...]
    what: bytes
    effects: bytes
    messages: tuple[Kept, ...]
    digest: bytes


class Damaged(InBoth):
    """The journal is not what was written; ``seq`` is the first entry that is wrong, 0 where none can be named."""

    def __init__(self, seq: int, why: str, zh: str = "") -> None:
        self.seq = seq
        super().__init__(
            f"日志第{seq}条{zh or why}" if seq else f"日志{zh or why}",
            f"entry {seq} of the journal {why}" if seq else f"the journal {why}",
        )


class CannotWrite(OSError):
    """A batch could not be written, and none of it is kept; the state in memory is ahead of the disk: stop."""

    def __init__(self, number: int, en: str, zh: str = "") -> None:
        super().__init__(number, en)
        self.zh, self.en = zh or en, en


class Unfit(InBoth):
    """A journal that was made with another configuration than the one it is to be used with."""


class Taken(InBoth):
    """Another process writes to this journal; ``where`` it is kept."""

    def __init__(self, where: str) -> None:
        self.where = where
        super().__init__(
            f"另一进程正在使用{where}：请先停止它，或用 --db 另选位置",
            f"another process serves from {where}: stop it first, or choose another place with --db",
        )


class Unreachable(InBoth):
    """A journal that cannot be had: no such folder, no such database; ``where`` it is, without a password."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(
            f"{where}无法使用（{why}）：请检查位置和权限，或用 --db 另选位置",
            f"{where} cannot be reached ({why}): look at the place and its permissions, or choose another with --db",
        )


def other_format(where: object, written: str | None) -> Damaged:
    """Return what is wrong with a journal of another version's format."""
    return Damaged(
        0,
        f"cannot be read from {where}: it is of format {written}, this version reads {FORMAT};"
        " use the version that made it, or another --db",
        f"{where}无法读取：其格式为{written}，本版本读取{FORMAT}；请用写入它的版本，或另选 --db",
    )


def cannot_write(where: object, why: object) -> CannotWrite:
    """Return that a journal cannot be written."""
    return CannotWrite(errno.EIO, f"the journal {where} cannot be written: {why}", f"日志{where}无法写入：{why}")


class Store(Protocol):
    """Where a journal is kept. A batch is written whole or not at all.

    One thread writes; the methods that read may be called on another meanwhile. Reading raises Damaged where what is
    kept cannot be read at all.
    """

    scratch: Path
    """A folder for files on their way to :meth:`keep_snapshot`."""

    def write(self, entries: Iterable[Entry]) -> None:
        """Write a batch durably; raises CannotWrite, and then none of it is kept."""

    def last(self) -> Entry | None:
        """Return the newest entry."""

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Return the entries after a sequence number, in order."""

    def about(self, key: Key, node: str) -> tuple[Entry, ...]:
        """Return the entries of a message or its deadlines at a platform, in order."""

    def of(self, subject: str, node: str) -> tuple[Entry, ...]:
        """Return the entries found by a visit or person at a platform, in order."""

    def digest(self, seq: int) -> bytes:
        """Return the digest of an entry, that before all entries for 0; raises KeyError."""

    def message(self, number: int) -> Kept:
        """Return a message by its number; raises KeyError."""

    def last_message(self) -> int:
        """Return the highest number of a message, 0 where there is none."""

    def indexed(self) -> Generator[tuple[str, str, int], None, None]:
        """Return all that entries are found by: (subject, platform, sequence number), by number and subject."""

    def meta(self) -> dict[str, str]:
        """Return what was said of the journal when it was made, by name."""

    def set_meta(self, values: Mapping[str, str]) -> None:
        """Say what the journal is; raises CannotWrite."""

    def clear(self) -> None:
        """Forget everything: the journal begins anew. Raises CannotWrite."""

    def keep_snapshot(self, seq: int, file: Path) -> None:
        """Take a snapshot over from a file of :attr:`scratch`, and drop all but the newest two; raises CannotWrite."""

    def snapshots(self) -> Iterator[tuple[int, bytes]]:
        """Return the snapshots with their sequence numbers, the newest first."""

    def close(self) -> None:
        """Let go of the database."""


class Scribe:
    """Turns calls into chained entries; what it has written it can read back."""

    def __init__(self, seq: int = 0, digest: bytes = FIRST_DIGEST, messages: int = 0) -> None:
        self.seq = seq
        self.digest = digest
        self._messages = Messages(messages)

    def entry(self, call: Call, effects: tuple[Effect, ...], serial: int) -> Entry:
        """Return the next entry; raises UnknownValue where something in it is no value of the core."""
        new: list[Kept] = []
        seq = self.seq + 1

        def write(number: int, message: Message, text: bytes) -> None:
            new.append(Kept(number, seq, message.party, message.msgid, text))

        what = encode(call.what, self._messages, write)
        came = encode(effects, self._messages, write)
        head = (
            seq,
            call.now,
            call.node,
            call.kind,
            call.sender,
            call.key,
            serial,
            subjects_of((*learned(call.kind, call.what), *decided(effects))),
        )
        made = Entry(*head, what, came, tuple(new), b"")
        self.seq, self.digest = seq, digest_of(made, self.digest)
        return Entry(*made[:-1], self.digest)

    def follow(self, entry: Entry) -> None:
        """Go on after an entry that was read back."""
        self.seq, self.digest = entry.seq, entry.digest
        if entry.messages:
            self._messages.written = entry.messages[-1].number


def learned(kind: str, what: Any) -> tuple[Any, ...]:
    """Return the facts a call tells from outside."""
    if kind != LEARN:
        return ()
    return what if type(what) is tuple else (what,)


def decided(effects: Iterable[Effect]) -> Iterator[Any]:
    """Yield the facts among effects."""
    return (effect.fact for effect in effects if isinstance(effect, Record))


def subjects_of(facts: Iterable[Any]) -> tuple[str, ...]:
    """Return what an entry is found by: the visits its facts are about, whose they are, and corrected log rows."""
    found: set[str] = set()
    for fact in facts:
        if isinstance(fact, Bound):
            found.add(fact.mdtrt_id)
        elif isinstance(fact, Opened):
            found.add(fact.psn_no)
        elif isinstance(fact, Passed) and fact.correction:
            found.add(fact.key.msgid)
        found.add(getattr(fact, "visit_id", ""))
    return tuple(sorted(found - {""}))


def digest_of(entry: Entry, before: bytes) -> bytes:
    """Return the SHA-256 of an entry and of the digest before it."""
    lengths = (len(entry.what), len(entry.effects), [(kept.number, len(kept.text)) for kept in entry.messages])
    head = orjson.dumps((*entry[:5], *entry.key, entry.serial, entry.subjects, lengths))  # no two entries read alike
    whole = b"".join((before, head, entry.what, entry.effects, *[kept.text for kept in entry.messages]))
    digest = hashlib.sha256()
    for start in range(0, len(whole), _PIECE):
        digest.update(whole[start : start + _PIECE])
    return digest.digest()


def checked(entries: Iterable[Entry], seq: int = 0, digest: bytes = FIRST_DIGEST) -> Iterator[Entry]:
    """Return the entries that follow ``seq``, each checked; raises Damaged at the first that is wrong."""
    for entry in entries:
        if entry.seq != seq + 1:
            raise Damaged(seq + 1, "is missing", "缺失")
        if entry.digest != digest_of(entry, digest):
            raise Damaged(
                entry.seq,
                "does not match its digest: it was changed after it was written",
                "与其摘要不符：写入后被改动",
            )
        seq, digest = entry.seq, entry.digest
        yield entry


class Reader:
    """Reads the values of entries; messages that several of them share are read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[int, Message] = {}

    def what(self, entry: Entry) -> Any:
        """Return what an entry was about: a message, an action, a key or a fact."""
        return self._read(entry, entry.what)

    def effects(self, entry: Entry) -> tuple[Effect, ...]:
        """Return what came of an entry."""
        effects: tuple[Effect, ...] = self._read(entry, entry.effects)
        return effects

    def facts(self, entry: Entry) -> tuple[Any, ...]:
        """Return the facts of an entry: those told from outside, and those decided."""
        told = learned(entry.kind, self.what(entry)) if entry.kind == LEARN else ()
        return (*told, *decided(self.effects(entry)))

    def _read(self, entry: Entry, text: bytes) -> Any:
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        for kept in entry.messages:
            if kept.number not in self._known:
                self._known[kept.number] = decode_message(kept.text)
        try:
            return decode(text, self._message)
        except (UnknownValue, KeyError) as problem:
            raise Damaged(entry.seq, f"cannot be read: {problem}", f"无法读取：{problem}") from problem

    def _message(self, number: int) -> Message:
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = decode_message(self._store.message(number).text)
        return known
