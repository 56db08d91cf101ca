"""The journal: what reached the platforms, in one order, with what they decided; hash-chained, never changed.

It is the truth. A platform's state is what the facts of its entries fold to; nothing is decided a second time. An
entry is known by its digest, which covers its own content, the messages first written with it and the digest of the
entry before it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from simulator.core.platform.effects import Effect
from simulator.core.platform.message import Key, Message
from simulator.sandbox.codec import Messages, UnknownValue, decode, decode_message, encode

FORMAT = 1
FIRST_DIGEST = bytes(32)

HANDLE, ACT, WAKE, LEARN = "handle", "act", "wake", "learn"
_NO_KEY = Key("", "")


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
    outside (``learn``).
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
        return self.what if isinstance(self.what, Key) else _NO_KEY


class Entry(NamedTuple):
    """A call as it is kept: ``what`` was given and the ``effects`` it had are texts of the codec.

    ``serial`` is the platform's count of replies afterwards; ``messages`` are those first written with this entry.
    """

    seq: int
    now: dt.datetime
    node: str
    kind: str
    sender: str
    key: Key
    serial: int
    what: bytes
    effects: bytes
    messages: tuple[Kept, ...]
    digest: bytes


class Damaged(Exception):
    """The journal is not what was written; ``seq`` is the first entry that is wrong."""

    def __init__(self, seq: int, why: str) -> None:
        self.seq = seq
        super().__init__(f"entry {seq} of the journal {why}")


class CannotWrite(OSError):
    """A batch could not be written, and none of it is kept; the state in memory is ahead of the disk: stop."""


class Taken(Exception):
    """Another process writes to this journal; ``where`` it is kept."""

    def __init__(self, where: str) -> None:
        self.where = where
        super().__init__(f"another process serves from {where}: stop it first, or choose another place with --db")


class Store(Protocol):
    """Where a journal is kept. A batch is written whole or not at all."""

    def write(self, entries: Iterable[Entry]) -> None:
        """Write a batch durably; raises CannotWrite, and then none of it is kept."""

    def last(self) -> Entry | None:
        """Return the newest entry."""

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Return the entries after a sequence number, in order."""

    def message(self, number: int) -> Kept:
        """Return a message by its number; raises KeyError."""

    def last_message(self) -> int:
        """Return the highest number of a message, 0 where there is none."""


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
        head = (seq, call.now, call.node, call.kind, call.sender, call.key, serial)
        made = Entry(*head, what, came, tuple(new), b"")
        self.seq, self.digest = seq, digest_of(made, self.digest)
        return made._replace(digest=self.digest)

    def follow(self, entry: Entry) -> None:
        """Go on after an entry that was read back."""
        self.seq, self.digest = entry.seq, entry.digest
        if entry.messages:
            self._messages.written = entry.messages[-1].number


def digest_of(entry: Entry, before: bytes) -> bytes:
    """Return the SHA-256 of an entry and of the digest before it."""
    digest = hashlib.sha256(before)
    parts = (str(entry.seq), entry.now.isoformat(), entry.node, entry.kind, entry.sender, *entry.key, str(entry.serial))
    for text in (*(part.encode() for part in parts), entry.what, entry.effects):
        digest.update(b"%d:" % len(text) + text)  # with its length, so that no two entries read alike
    for kept in entry.messages:
        digest.update(b"%d:%d:" % (kept.number, len(kept.text)) + kept.text)
    return digest.digest()


def checked(entries: Iterable[Entry], seq: int = 0, digest: bytes = FIRST_DIGEST) -> Iterator[Entry]:
    """Return the entries that follow ``seq``, each checked; raises Damaged at the first that is wrong."""
    for entry in entries:
        if entry.seq != seq + 1:
            raise Damaged(seq + 1, "is missing")
        if entry.digest != digest_of(entry, digest):
            raise Damaged(entry.seq, "does not match its digest: it was changed after it was written")
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

    def _read(self, entry: Entry, text: bytes) -> Any:
        for kept in entry.messages:
            if kept.number not in self._known:
                self._known[kept.number] = decode_message(kept.text)
        try:
            return decode(text, self._message)
        except (UnknownValue, KeyError) as problem:
            raise Damaged(entry.seq, f"cannot be read: {problem}") from problem

    def _message(self, number: int) -> Message:
        known = self._known.get(number)
        if known is None:
            known = self._known[number] = decode_message(self._store.message(number).text)
        return known
