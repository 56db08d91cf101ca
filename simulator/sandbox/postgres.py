"""The journal in a PostgreSQL database: a transaction a batch, and a lock of the database for the one that writes.

One connection writes, another reads, a third takes snapshots, so that none waits for another. Texts that came from
outside are kept as bytes: PostgreSQL's own texts cannot hold every character.
"""

from __future__ import annotations

import datetime as dt
import logging
import tempfile
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

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

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entries (
  seq BIGINT PRIMARY KEY, now TIMESTAMP NOT NULL, node TEXT NOT NULL, kind TEXT NOT NULL, sender BYTEA NOT NULL,
  party BYTEA NOT NULL, msgid BYTEA NOT NULL, serial BIGINT NOT NULL, subjects BYTEA NOT NULL, what BYTEA NOT NULL,
  effects BYTEA NOT NULL, digest BYTEA NOT NULL);
CREATE INDEX IF NOT EXISTS entries_by_key ON entries (msgid, party, node);
CREATE TABLE IF NOT EXISTS messages (
  number BIGINT PRIMARY KEY, seq BIGINT NOT NULL, party BYTEA NOT NULL, msgid BYTEA NOT NULL, text BYTEA NOT NULL);
CREATE INDEX IF NOT EXISTS messages_by_entry ON messages (seq);
CREATE TABLE IF NOT EXISTS subjects (
  subject BYTEA NOT NULL, node TEXT NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (subject, node, seq));
CREATE TABLE IF NOT EXISTS snapshots (seq BIGINT PRIMARY KEY, state BYTEA NOT NULL);
"""
_ENTRIES = """
INSERT INTO entries SELECT * FROM unnest(
  %b::bigint[], %b::timestamp[], %b::text[], %b::text[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bigint[],
  %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[])
"""
_MESSAGES = """
INSERT INTO messages SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bytea[], %b::bytea[], %b::bytea[])
"""
_SUBJECTS = "INSERT INTO subjects SELECT * FROM unnest(%b::bytea[], %b::text[], %b::bigint[])"
_LOCK = 0x7969_6469  # "yidi"; a lock of this number belongs to the database it is taken in
_PAGE = 500
_SNAPSHOTS_KEPT = 2
logging.getLogger("psycopg").addHandler(logging.NullHandler())  # what it warns of is raised too, and told in a sentence
_LOCK_PATIENCE_SECONDS = 3.0  # the server may need a moment to notice that the process before was killed


class PostgresStore:
    """A journal in a database of its own. One process writes; others may read while it does (``read_only``).

    Raises Taken where another process writes to it, Damaged where it is no journal of ours, and Unreachable.
    """

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.place = _without_password(url)
        self.scratch = Path(tempfile.gettempdir())
        self._url = url
        self._reading = threading.Lock()
        self._open: list[psycopg.Connection] = []
        try:
            self._writer = None if read_only else self._prepared()
            self._reader = self._connect()
            self._expect_format()
        except Damaged:
            self.close()
            raise
        except psycopg.OperationalError as problem:
            raise Unreachable(self.place, _said(problem)) from problem
        except psycopg.Error as problem:
            raise self._unreadable(problem) from problem

    def write(self, entries: Iterable[Entry]) -> None:
        """Write a batch durably; raises CannotWrite, and then none of it is kept."""
        batch = list(entries)
        if not batch:
            return
        kept = [_kept_row(each) for entry in batch for each in entry.messages]
        found = [(subject.encode(), e.node, e.seq) for e in batch for subject in e.subjects]
        steps = ((_MESSAGES, kept), (_ENTRIES, list(map(_row, batch))), (_SUBJECTS, found))
        assert self._writer is not None
        try:
            with self._writer.pipeline(), self._writer.transaction():
                for query, rows in steps:
                    if rows:
                        columns = [list(column) for column in zip(*rows, strict=True)]
                        self._writer.execute(query, columns, prepare=True)
        except psycopg.Error as problem:
            raise self._unwritten(problem) from problem

    def last(self) -> Entry | None:
        """Return the newest entry."""
        (newest,) = self._rows("SELECT max(seq) FROM entries")[0]
        return None if newest is None else self._page(newest - 1, 1)[0]

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Return the entries after a sequence number, in order."""
        while page := self._page(after, _PAGE):
            yield from page
            after = page[-1].seq

    def _page(self, after: int, size: int) -> list[Entry]:
        rows = self._rows("SELECT * FROM entries WHERE seq > %s ORDER BY seq LIMIT %s", after, size)
        if not rows:
            return []
        texts: dict[int, list[Kept]] = {}
        query = "SELECT * FROM messages WHERE seq BETWEEN %s AND %s ORDER BY number"
        for row in self._rows(query, rows[0][0], rows[-1][0]):
            texts.setdefault(row[1], []).append(_kept(row))
        return [_entry(row, tuple(texts.get(row[0], ()))) for row in rows]

    def about(self, key: Key, node: str) -> tuple[Entry, ...]:
        """Return the entries of a message or its deadlines at a platform, in order."""
        query = "SELECT seq FROM entries WHERE msgid = %s AND party = %s AND node = %s ORDER BY seq"
        return self._each(self._rows(query, key.msgid.encode(), key.party.encode(), node))

    def of(self, subject: str, node: str) -> tuple[Entry, ...]:
        """Return the entries found by a visit or person at a platform, in order."""
        query = "SELECT seq FROM subjects WHERE subject = %s AND node = %s ORDER BY seq"
        return self._each(self._rows(query, subject.encode(), node))

    def digest(self, seq: int) -> bytes:
        """Return the digest of an entry, that before all entries for 0; raises KeyError."""
        rows = self._rows("SELECT digest FROM entries WHERE seq = %s", seq) if seq else [(FIRST_DIGEST,)]
        if not rows:
            raise KeyError(seq)
        return bytes(rows[0][0])

    def message(self, number: int) -> Kept:
        """Return a message by its number; raises KeyError."""
        rows = self._rows("SELECT * FROM messages WHERE number = %s", number)
        if not rows:
            raise KeyError(number)
        return _kept(rows[0])

    def last_message(self) -> int:
        """Return the highest number of a message, 0 where there is none."""
        return int(self._rows("SELECT coalesce(max(number), 0) FROM messages")[0][0])

    def indexed(self) -> Generator[tuple[str, str, int], None, None]:
        """Return all that entries are found by: (subject, platform, sequence number), by number and subject."""
        with psycopg.connect(self._url) as run, run.cursor("indexed") as rows:
            rows.execute("SELECT subject, node, seq FROM subjects ORDER BY seq, subject")
            for subject, node, seq in rows:
                yield bytes(subject).decode(), node, seq

    def meta(self) -> dict[str, str]:
        """Return what was said of the journal when it was made, by name."""
        return dict(self._rows("SELECT name, value FROM meta"))

    def set_meta(self, values: Mapping[str, str]) -> None:
        """Say what the journal is; raises CannotWrite."""
        query = "INSERT INTO meta VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        assert self._writer is not None
        try:
            with self._writer.transaction(), self._writer.cursor() as run:
                run.executemany(query, list(values.items()))
        except psycopg.Error as problem:
            raise self._unwritten(problem) from problem

    def clear(self) -> None:
        """Forget everything: the journal begins anew. Raises CannotWrite."""
        assert self._writer is not None
        try:
            with self._writer.transaction(), self._writer.cursor() as run:
                run.execute("TRUNCATE entries, messages, subjects, snapshots")
                run.execute("DELETE FROM meta WHERE name <> 'format'")
        except psycopg.Error as problem:
            raise self._unwritten(problem) from problem

    def keep_snapshot(self, seq: int, file: Path) -> None:
        """Take a snapshot over from a file, and drop all but the newest two; raises CannotWrite."""
        try:
            with psycopg.connect(self._url) as run:
                run.execute("INSERT INTO snapshots VALUES (%s, %b) ON CONFLICT DO NOTHING", (seq, file.read_bytes()))
                old = "SELECT seq FROM snapshots ORDER BY seq DESC OFFSET %s"
                run.execute(f"DELETE FROM snapshots WHERE seq IN ({old})", (_SNAPSHOTS_KEPT,))
        except psycopg.Error as problem:
            raise self._unwritten(problem) from problem
        file.unlink(missing_ok=True)

    def snapshots(self) -> Iterator[tuple[int, bytes]]:
        """Return the snapshots with their sequence numbers, the newest first."""
        for (seq,) in self._rows("SELECT seq FROM snapshots ORDER BY seq DESC"):
            ((state,),) = self._rows("SELECT state FROM snapshots WHERE seq = %s", seq)
            yield seq, bytes(state)

    def close(self) -> None:
        """Let go of the database."""
        for run in self._open:
            run.close()

    def _connect(self) -> psycopg.Connection:
        self._open.append(psycopg.connect(self._url, autocommit=True))
        return self._open[-1]

    def _prepared(self) -> psycopg.Connection:
        run = self._connect()
        given_up = time.monotonic() + _LOCK_PATIENCE_SECONDS
        while not _locked(run):
            if time.monotonic() > given_up:
                self.close()
                raise Taken(self.place)
            time.sleep(0.05)
        run.execute("SET synchronous_commit = on")
        run.execute(_TABLES)
        run.execute("INSERT INTO meta VALUES ('format', %s) ON CONFLICT DO NOTHING", (str(FORMAT),))
        return run

    def _expect_format(self) -> None:
        written = self.meta().get("format")
        if written != str(FORMAT):
            raise other_format(self.place, written)

    def _rows(self, query: str, *given: object) -> list[tuple[Any, ...]]:
        try:
            with self._reading:
                return self._reader.execute(query, given, binary=True).fetchall()
        except psycopg.Error as problem:
            raise self._unreadable(problem) from problem

    def _each(self, numbers: Iterable[tuple[Any, ...]]) -> tuple[Entry, ...]:
        return tuple(self._page(seq - 1, 1)[0] for (seq,) in numbers)

    def _unreadable(self, problem: Exception) -> Damaged:
        said = _said(problem)
        return Damaged(0, f"cannot be read from {self.place}: {said}", f"{self.place}无法读取：{said}")

    def _unwritten(self, problem: Exception) -> CannotWrite:
        return cannot_write(self.place, _said(problem))


def _locked(run: psycopg.Connection) -> bool:
    row = run.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
    return row is not None and bool(row[0])


def _said(problem: Exception) -> str:
    return " ".join(str(problem).split())


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url.partition("?")[0]
    return f"{parts.scheme}://{parts.netloc.replace(f':{parts.password}@', '@')}{parts.path}"


def _row(entry: Entry) -> tuple[Any, ...]:
    texts = (part.encode() for part in (entry.sender, *entry.key))
    subjects = " ".join(entry.subjects).encode()
    tail = (entry.serial, subjects, entry.what, entry.effects, entry.digest)
    return (entry.seq, entry.now, entry.node, entry.kind, *texts, *tail)


def _kept_row(kept: Kept) -> tuple[Any, ...]:
    return kept.number, kept.seq, kept.party.encode(), kept.msgid.encode(), kept.text


def _kept(row: tuple[Any, ...]) -> Kept:
    number, seq, party, msgid, text = row
    return Kept(number, seq, bytes(party).decode(), bytes(msgid).decode(), bytes(text))


def _entry(row: tuple[Any, ...], messages: tuple[Kept, ...]) -> Entry:
    seq, now, node, kind, sender, party, msgid, serial, subjects, what, effects, digest = row
    at: dt.datetime = now
    sender, party, msgid, subjects = (bytes(each).decode() for each in (sender, party, msgid, subjects))
    parts = tuple(subjects.split()), bytes(what), bytes(effects), messages, bytes(digest)
    return Entry(seq, at, node, kind, sender, Key(party, msgid), serial, *parts)
