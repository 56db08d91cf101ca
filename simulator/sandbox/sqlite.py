"""The journal in one SQLite file: write-ahead log, every batch on disk before anybody hears of it."""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from simulator.core.platform.message import Key
from simulator.sandbox.journal import FORMAT, CannotWrite, Damaged, Entry, Kept, Taken

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
  seq INTEGER PRIMARY KEY, now TEXT NOT NULL, node TEXT NOT NULL, kind TEXT NOT NULL, sender TEXT NOT NULL,
  party TEXT NOT NULL, msgid TEXT NOT NULL, serial INTEGER NOT NULL, what BLOB NOT NULL, effects BLOB NOT NULL,
  digest BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS entries_by_key ON entries (msgid, party);
CREATE TABLE IF NOT EXISTS messages (
  number INTEGER PRIMARY KEY, seq INTEGER NOT NULL, party TEXT NOT NULL, msgid TEXT NOT NULL, text BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS messages_by_entry ON messages (seq);
CREATE TABLE IF NOT EXISTS snapshots (seq INTEGER PRIMARY KEY, digest BLOB NOT NULL, state BLOB NOT NULL);
"""
_PAGE = 500


class SqliteStore:
    """A journal in a file. One process writes; others may read while it does (``read_only``).

    Raises Taken where another process writes to the file, Damaged where the file is no journal of ours, and OSError.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._lock = None if read_only else _own(path)
        try:
            self._connection = self._connect(read_only)
        except sqlite3.DatabaseError as problem:
            self._release()
            raise Damaged(0, f"cannot be read from {path}: {problem}") from problem

    def write(self, entries: Iterable[Entry]) -> None:
        """Write a batch durably; raises CannotWrite, and then none of it is kept."""
        batch = list(entries)
        rows = [(e.seq, e.now.isoformat(), *e[2:5], *e.key, e.serial, e.what, e.effects, e.digest) for e in batch]
        texts = [kept for entry in batch for kept in entry.messages]
        run = self._connection
        try:
            run.execute("BEGIN IMMEDIATE")
            run.executemany("INSERT INTO messages VALUES (?,?,?,?,?)", texts)
            run.executemany("INSERT INTO entries VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows)
            run.execute("COMMIT")
        except sqlite3.Error as problem:
            if run.in_transaction:
                run.execute("ROLLBACK")
            raise CannotWrite(errno.EIO, f"the journal {self.path} cannot be written: {problem}") from problem

    def last(self) -> Entry | None:
        """Return the newest entry."""
        (newest,) = self._rows("SELECT max(seq) FROM entries").fetchone()
        return None if newest is None else next(self.entries(newest - 1))

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Return the entries after a sequence number, in order."""
        while True:
            page = self._rows("SELECT * FROM entries WHERE seq > ? ORDER BY seq LIMIT ?", after, _PAGE).fetchall()
            if not page:
                return
            first, after = page[0][0], page[-1][0]
            texts: dict[int, list[Kept]] = {}
            for row in self._rows("SELECT * FROM messages WHERE seq BETWEEN ? AND ? ORDER BY number", first, after):
                texts.setdefault(row[1], []).append(Kept(*row))
            for row in page:
                yield _entry(row, tuple(texts.get(row[0], ())))

    def about(self, key: Key) -> tuple[Entry, ...]:
        """Return the entries of a message or its deadlines, on every platform it came to, in order."""
        found = self._rows("SELECT seq FROM entries WHERE msgid = ? AND party = ? ORDER BY seq", key.msgid, key.party)
        return tuple(next(self.entries(seq - 1)) for (seq,) in found.fetchall())

    def message(self, number: int) -> Kept:
        """Return a message by its number; raises KeyError."""
        row = self._rows("SELECT * FROM messages WHERE number = ?", number).fetchone()
        if row is None:
            raise KeyError(number)
        return Kept(*row)

    def last_message(self) -> int:
        """Return the highest number of a message, 0 where there is none."""
        return int(self._rows("SELECT coalesce(max(number), 0) FROM messages").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
        self._release()

    def _connect(self, read_only: bool) -> sqlite3.Connection:
        mode = "ro" if read_only else "rwc"
        run = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
        )
        run.execute("PRAGMA busy_timeout = 5000")
        if not read_only:
            run.execute("PRAGMA journal_mode = WAL")
            run.execute("PRAGMA synchronous = FULL")
            run.executescript(_TABLES)
            run.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (str(FORMAT),))
        ((written,),) = run.execute("SELECT value FROM meta WHERE name = 'format'").fetchall()
        if written != str(FORMAT):
            raise sqlite3.DatabaseError(f"it is of format {written}, this version reads {FORMAT}")
        return run

    def _rows(self, query: str, *given: object) -> sqlite3.Cursor:
        try:
            return self._connection.execute(query, given)
        except sqlite3.DatabaseError as problem:
            raise Damaged(0, f"cannot be read from {self.path}: {problem}") from problem

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _own(path: Path) -> int:
    """Take the file for this process until it ends, however it ends."""
    handle = os.open(f"{path}-owner", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        os.close(handle)
        raise Taken(str(path)) from problem
    return handle


def _entry(row: tuple[object, ...], messages: tuple[Kept, ...]) -> Entry:
    seq, now, node, kind, sender, party, msgid, serial, what, effects, digest = row
    at = dt.datetime.fromisoformat(str(now))
    return Entry(seq, at, node, kind, sender, Key(party, msgid), serial, what, effects, messages, digest)  # type: ignore[arg-type]  # as the table says
