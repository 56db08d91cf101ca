"""The journal in one SQLite file: write-ahead log, every batch on disk before anybody hears of it.

One connection writes, another reads, so that whoever reads never waits for the disk. Snapshots stand in files beside
the database: writing one does not hold up the journal, and losing one costs time and nothing else.
"""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import os
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from simulator.core.platform.message import Key
from simulator.sandbox.journal import (
    FIRST_DIGEST,
    FORMAT,
    CannotWrite,
    Damaged,
    Entry,
    Kept,
    Taken,
    Unreachable,
    cannot_write,
    other_format,
)
from simulator.sandbox.wal import lost_after

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
  seq INTEGER PRIMARY KEY, now TEXT NOT NULL, node TEXT NOT NULL, kind TEXT NOT NULL, sender TEXT NOT NULL,
  party TEXT NOT NULL, msgid TEXT NOT NULL, serial INTEGER NOT NULL, subjects TEXT NOT NULL, what BLOB NOT NULL,
  effects BLOB NOT NULL, digest BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS entries_by_key ON entries (msgid, party, node);
CREATE TABLE IF NOT EXISTS messages (
  number INTEGER PRIMARY KEY, seq INTEGER NOT NULL, party TEXT NOT NULL, msgid TEXT NOT NULL, text BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS messages_by_entry ON messages (seq);
CREATE TABLE IF NOT EXISTS subjects (
  subject TEXT NOT NULL, node TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (subject, node, seq)) WITHOUT ROWID;
"""
_PAGE = 500
_ROWS_AT_ONCE = 64  # of at most twelve values: SQLite takes a thousand in any version
_SNAPSHOTS_KEPT = 2


class SqliteStore:
    """A journal in a file. One process writes; others may read while it does (``read_only``).

    Raises Taken where another process writes to the file, Damaged where the file is no journal of ours, and OSError.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.scratch = path.absolute().parent
        self._lock = None if read_only else _own(path)
        self._open: list[sqlite3.Connection] = []
        try:
            self._expect_whole()
            self._writer = None if read_only else self._prepared()
            self._reader = self._connect("ro")
            self._expect_format()
        except sqlite3.DatabaseError as problem:
            self.close()
            raise self._unreadable(problem) from problem
        except Damaged:
            self.close()
            raise

    def write(self, entries: Iterable[Entry]) -> None:
        """Write a batch durably; raises CannotWrite, and then none of it is kept."""
        batch = list(entries)
        with self._writing() as run:
            _insert(run, "messages", [kept for e in batch for kept in e.messages])
            _insert(run, "entries", list(map(_row, batch)))
            _insert(run, "subjects", [(subject, e.node, e.seq) for e in batch for subject in e.subjects])

    def last(self) -> Entry | None:
        """Return the newest entry."""
        (newest,) = self._rows("SELECT max(seq) FROM entries")[0]
        return None if newest is None else self._page(newest - 1, 1)[0]

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Return the entries after a sequence number, in order."""
        size = _PAGE
        while True:
            try:
                page = self._page(after, size)
            except Damaged as problem:
                if size == 1:
                    words = str(problem).removeprefix("the journal "), problem.zh.removeprefix("日志")
                    raise Damaged(after + 1, *words) from problem
                size = 1  # to find out which entry it is
                continue
            yield from page
            if not page:
                return
            after = page[-1].seq

    def _page(self, after: int, size: int) -> list[Entry]:
        rows = self._rows("SELECT * FROM entries WHERE seq > ? ORDER BY seq LIMIT ?", after, size)
        if not rows:
            return []
        texts: dict[int, list[Kept]] = {}
        query = "SELECT * FROM messages WHERE seq BETWEEN ? AND ? ORDER BY number"
        for row in self._rows(query, rows[0][0], rows[-1][0]):
            texts.setdefault(row[1], []).append(Kept(*row))
        return [_entry(row, tuple(texts.get(row[0], ()))) for row in rows]

    def about(self, key: Key, node: str) -> tuple[Entry, ...]:
        """Return the entries of a message or its deadlines at a platform, in order."""
        query = "SELECT seq FROM entries WHERE msgid = ? AND party = ? AND node = ? ORDER BY seq"
        return self._each(self._rows(query, key.msgid, key.party, node))

    def of(self, subject: str, node: str) -> tuple[Entry, ...]:
        """Return the entries found by a visit or person at a platform, in order."""
        query = "SELECT seq FROM subjects WHERE subject = ? AND node = ? ORDER BY seq"
        return self._each(self._rows(query, subject, node))

    def digest(self, seq: int) -> bytes:
        """Return the digest of an entry, that before all entries for 0; raises KeyError."""
        rows = self._rows("SELECT digest FROM entries WHERE seq = ?", seq) if seq else [(FIRST_DIGEST,)]
        if not rows:
            raise KeyError(seq)
        return bytes(rows[0][0])

    def message(self, number: int) -> Kept:
        """Return a message by its number; raises KeyError."""
        rows = self._rows("SELECT * FROM messages WHERE number = ?", number)
        if not rows:
            raise KeyError(number)
        return Kept(*rows[0])

    def last_message(self) -> int:
        """Return the highest number of a message, 0 where there is none."""
        return int(self._rows("SELECT coalesce(max(number), 0) FROM messages")[0][0])

    def indexed(self) -> Generator[tuple[str, str, int], None, None]:
        """Return all that entries are found by: (subject, platform, sequence number), by number and subject."""
        yield from self._reader.execute("SELECT subject, node, seq FROM subjects ORDER BY seq, subject")

    def meta(self) -> dict[str, str]:
        """Return what was said of the journal when it was made, by name."""
        return dict(self._rows("SELECT name, value FROM meta"))

    def set_meta(self, values: Mapping[str, str]) -> None:
        """Say what the journal is; raises CannotWrite."""
        with self._writing() as run:
            run.executemany("INSERT OR REPLACE INTO meta VALUES (?,?)", values.items())

    def clear(self) -> None:
        """Forget everything: the journal begins anew. Raises CannotWrite."""
        with self._writing() as run:
            for table in ("entries", "messages", "subjects"):
                run.execute(f"DELETE FROM {table}")
            run.execute("DELETE FROM meta WHERE name <> 'format'")
        for file in self._snapshot_files():
            file.unlink(missing_ok=True)

    def keep_snapshot(self, seq: int, file: Path) -> None:
        """Take a snapshot over from a file, and drop all but the newest two; raises CannotWrite."""
        try:
            file.replace(self._snapshot_file(seq))
            for old in self._snapshot_files()[_SNAPSHOTS_KEPT:]:
                old.unlink(missing_ok=True)
        except OSError as problem:
            en, zh = f"a snapshot of {self.path} cannot be written: {problem}", f"{self.path}的快照无法写入：{problem}"
            raise CannotWrite(problem.errno or errno.EIO, en, zh) from problem

    def snapshots(self) -> Iterator[tuple[int, bytes]]:
        """Return the snapshots with their sequence numbers, the newest first."""
        for file in self._snapshot_files():
            yield int(file.name.rpartition("-")[2]), file.read_bytes()

    def close(self) -> None:
        """Let go of the file."""
        for run in reversed(self._open):  # the one that writes last: only it can tidy up
            run.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _prepared(self) -> sqlite3.Connection:
        run = self._connect("rwc")
        run.execute("PRAGMA journal_mode = WAL")
        run.execute("PRAGMA synchronous = FULL")
        run.executescript(_TABLES)
        run.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (str(FORMAT),))
        return run

    def _connect(self, mode: str) -> sqlite3.Connection:
        where = f"{self.path.absolute().as_uri()}?mode={mode}"
        run = sqlite3.connect(where, uri=True, isolation_level=None, check_same_thread=False)
        self._open.append(run)
        run.execute("PRAGMA busy_timeout = 5000")
        return run

    def _expect_whole(self) -> None:
        """Refuse a journal of which some was on disk that SQLite would now forget in silence."""
        last = lost_after(self.path)
        if last is not None:
            log = f"{self.path.name}-wal"
            raise Damaged(
                last + 1,
                f"and those after it were on disk and are lost: {log} was damaged or cut off; restore a backup",
                f"及其后各条曾已落盘而今缺失：{log}损坏或被截断，请从备份恢复",
            )

    def _expect_format(self) -> None:
        ((written,),) = self._reader.execute("SELECT value FROM meta WHERE name = 'format'").fetchall()
        if written != str(FORMAT):
            raise other_format(self.path, written)

    def _writing(self) -> _Transaction:
        assert self._writer is not None
        return _Transaction(self._writer, self.path)

    def _rows(self, query: str, *given: object) -> list[tuple[Any, ...]]:
        try:
            return self._reader.execute(query, given).fetchall()
        except sqlite3.DatabaseError as problem:
            raise self._unreadable(problem) from problem

    def _each(self, numbers: Iterable[tuple[int]]) -> tuple[Entry, ...]:
        return tuple(self._page(seq - 1, 1)[0] for (seq,) in numbers)

    def _unreadable(self, problem: Exception) -> Damaged:
        return Damaged(
            0, f"cannot be read from {self.path}: SQLite says: {problem}", f"{self.path}无法读取，SQLite说：{problem}"
        )

    def _snapshot_file(self, seq: int) -> Path:
        return self.path.with_name(f"{self.path.name}-snapshot-{seq:012d}")

    def _snapshot_files(self) -> list[Path]:
        names = f"{self.path.name}-snapshot-"
        return sorted((file for file in self.scratch.iterdir() if file.name.startswith(names)), reverse=True)


class _Transaction:
    """All or nothing of what is written within."""

    def __init__(self, run: sqlite3.Connection, path: Path) -> None:
        self._run, self._path = run, path

    def __enter__(self) -> sqlite3.Connection:
        try:
            self._run.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as problem:
            raise self._failed(problem) from problem
        return self._run

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> None:
        try:
            if problem is None:
                self._run.execute("COMMIT")
                return
        except sqlite3.Error as late:
            problem = late
        if self._run.in_transaction:
            self._run.execute("ROLLBACK")
        if isinstance(problem, sqlite3.Error):
            raise self._failed(problem) from problem

    def _failed(self, problem: Exception) -> CannotWrite:
        return cannot_write(self._path, problem)


def _own(path: Path) -> int:
    """Take the file for this process until it ends, however it ends."""
    try:
        handle = os.open(f"{path}-owner", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise Unreachable(str(path), problem.strerror or str(problem)) from problem
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        os.close(handle)
        raise Taken(str(path)) from problem
    return handle


def _row(entry: Entry) -> tuple[object, ...]:
    subjects = " ".join(entry.subjects)
    head = (entry.seq, entry.now.isoformat(), *entry[2:5], *entry.key, entry.serial, subjects)
    return (*head, entry.what, entry.effects, entry.digest)


def _entry(row: tuple[Any, ...], messages: tuple[Kept, ...]) -> Entry:
    seq, now, node, kind, sender, party, msgid, serial, subjects, what, effects, digest = row
    head = (seq, dt.datetime.fromisoformat(now), node, kind, sender, Key(party, msgid), serial)
    return Entry(*head, tuple(subjects.split()), what, effects, messages, digest)


def _insert(run: sqlite3.Connection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows, many with one statement: the thread that decides goes on meanwhile, and is disturbed once."""
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        some = rows[first : first + _ROWS_AT_ONCE]
        one = f"({','.join('?' * len(some[0]))})"
        run.execute(f"INSERT INTO {table} VALUES {','.join([one] * len(some))}", [each for row in some for each in row])
