"""A journal in memory, for tests: nothing outlives the process, and a fork of the process has a journal of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path

from simulator.core.platform.message import Key
from simulator.sandbox.journal import FIRST_DIGEST, FORMAT, Entry, Kept

_SNAPSHOTS_KEPT = 2


class MemoryStore:
    """Keeps a journal as the stores on disk do, as long as the process lives."""

    def __init__(self) -> None:
        self.scratch = Path(tempfile.gettempdir())
        self._meta = {"format": str(FORMAT)}
        self._forget()

    def _forget(self) -> None:
        self._entries: list[Entry] = []
        self._messages: dict[int, Kept] = {}
        self._about: dict[tuple[Key, str], list[int]] = {}
        self._of: dict[tuple[str, str], list[int]] = {}
        self._snapshots: list[tuple[int, bytes]] = []

    def write(self, entries: Iterable[Entry]) -> None:
        """Keep a batch."""
        for entry in entries:
            self._messages.update((kept.number, kept) for kept in entry.messages)
            self._entries.append(entry)
            self._about.setdefault((entry.key, entry.node), []).append(entry.seq)
            for subject in entry.subjects:
                self._of.setdefault((subject, entry.node), []).append(entry.seq)

    def last(self) -> Entry | None:
        """Return the newest entry."""
        return self._entries[-1] if self._entries else None

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Return the entries after a sequence number, in order."""
        while after < len(self._entries):
            yield self._entries[after]
            after += 1

    def about(self, key: Key, node: str) -> tuple[Entry, ...]:
        """Return the entries of a message or its deadlines at a platform, in order."""
        return self._each(self._about.get((key, node), ()))

    def of(self, subject: str, node: str) -> tuple[Entry, ...]:
        """Return the entries found by a visit or person at a platform, in order."""
        return self._each(self._of.get((subject, node), ()))

    def digest(self, seq: int) -> bytes:
        """Return the digest of an entry, that before all entries for 0; raises KeyError."""
        if not 0 <= seq <= len(self._entries):
            raise KeyError(seq)
        return self._entries[seq - 1].digest if seq else FIRST_DIGEST

    def message(self, number: int) -> Kept:
        """Return a message by its number; raises KeyError."""
        return self._messages[number]

    def last_message(self) -> int:
        """Return the highest number of a message, 0 where there is none."""
        return max(self._messages, default=0)

    def indexed(self) -> Generator[tuple[str, str, int], None, None]:
        """Return all that entries are found by: (subject, platform, sequence number), by number and subject."""
        for entry in self.entries():
            for subject in sorted(entry.subjects):
                yield subject, entry.node, entry.seq

    def meta(self) -> dict[str, str]:
        """Return what was said of the journal when it was made, by name."""
        return dict(self._meta)

    def set_meta(self, values: Mapping[str, str]) -> None:
        """Say what the journal is."""
        self._meta.update(values)

    def clear(self) -> None:
        """Forget everything: the journal begins anew."""
        self._forget()
        self._meta = {"format": str(FORMAT)}

    def keep_snapshot(self, seq: int, file: Path) -> None:
        """Take a snapshot over from a file, and drop all but the newest two."""
        self._snapshots = sorted([(seq, file.read_bytes()), *self._snapshots], reverse=True)[:_SNAPSHOTS_KEPT]
        file.unlink()

    def snapshots(self) -> Iterator[tuple[int, bytes]]:
        """Return the snapshots with their sequence numbers, the newest first."""
        return iter(self._snapshots)

    def close(self) -> None:
        """Let go of nothing: who holds the journal may go on reading it."""

    def _each(self, numbers: Iterable[int]) -> tuple[Entry, ...]:
        return tuple(self._entries[seq - 1] for seq in numbers)
