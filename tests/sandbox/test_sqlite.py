"""A journal in a file: what is written is there after anything, and what is damaged is said."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simulator.sandbox.journal import CannotWrite, Damaged, Reader, Taken, checked
from simulator.sandbox.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "yidi.db"


@pytest.fixture
def stored(town: Any, path: Path) -> Any:
    """The entries of a settled stay in a file, closed."""
    town.play.stay().settled()
    store = SqliteStore(path)
    store.write(town.book.entries)
    store.close()
    return town.book.entries


def test_a_journal_is_read_back_as_it_was_written(stored: Any, path: Path) -> None:
    store = SqliteStore(path, read_only=True)
    assert list(checked(store.entries())) == stored
    assert list(store.entries(after=5)) == stored[5:]
    assert store.last() == stored[-1]
    assert store.last_message() == max(kept.number for entry in stored for kept in entry.messages)


def test_an_empty_journal_has_no_last_entry(path: Path) -> None:
    store = SqliteStore(path)
    assert (store.last(), store.last_message(), list(store.entries())) == (None, 0, [])


def test_long_journals_are_read_page_by_page(stored: Any, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.sandbox.sqlite._PAGE", 3)
    assert list(SqliteStore(path, read_only=True).entries()) == stored


def test_a_host_is_restored_from_a_file(stored: Any, path: Path, town: Any, make_host: Any, state_of: Any) -> None:
    store = SqliteStore(path)
    host, _ = make_host()
    assert host.restore(store.entries(), Reader(store)) == len(stored)
    assert state_of(host) == state_of(town.host)


def test_what_is_known_of_a_message_is_found_by_its_key(stored: Any, path: Path) -> None:
    key = next(entry.key for entry in reversed(stored) if entry.key.msgid)
    found = SqliteStore(path, read_only=True).about(key)
    assert list(found) == [entry for entry in stored if entry.key == key]
    assert {entry.node for entry in found} == {"320100", "320000", "320300"}


def test_a_message_that_is_not_there_is_a_key_error(stored: Any, path: Path) -> None:
    store = SqliteStore(path, read_only=True)
    assert store.message(1).number == 1
    with pytest.raises(KeyError):
        store.message(10**6)


def test_a_second_writer_is_told_so_and_may_come_after_the_first(path: Path) -> None:
    first = SqliteStore(path)
    with pytest.raises(Taken, match=f"another process serves from {path}"):
        SqliteStore(path)
    first.close()
    SqliteStore(path).close()


def test_a_killed_writer_leaves_the_file_free(path: Path) -> None:
    code = (
        "import sys, os, signal; from pathlib import Path; from simulator.sandbox.sqlite import SqliteStore;"
        "store = SqliteStore(Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == -9
    SqliteStore(path).close()


def test_a_full_disk_keeps_none_of_a_batch(stored: Any, path: Path) -> None:
    store = SqliteStore(path)
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    big = stored[-1]._replace(seq=stored[-1].seq + 1, messages=(), effects=b"x" * 10**6)
    small = big._replace(effects=b"[]")
    with pytest.raises(CannotWrite, match=rf"the journal {path} cannot be written: .*full"):
        store.write([small, big._replace(seq=big.seq + 1)])
    assert store.last() == stored[-1]
    store.write([small])
    assert store.last() == small


def test_a_flipped_bit_is_found_with_its_entry(stored: Any, path: Path) -> None:
    raw = path.read_bytes()
    number, wanted = next((e.seq, e.effects) for e in stored if len(e.effects) > 500 and raw.count(e.effects) == 1)
    path.write_bytes(raw.replace(wanted, bytes([wanted[0] ^ 1]) + wanted[1:]))
    with pytest.raises(Damaged, match=f"entry {number} of the journal does not match its digest"):
        list(checked(SqliteStore(path).entries()))


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_truncated_file_is_found(stored: Any, path: Path, keep: float) -> None:
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * keep)])
    with pytest.raises(Damaged, match=f"cannot be read from {path}"):
        list(checked(SqliteStore(path).entries()))


def test_what_is_no_journal_is_said(path: Path) -> None:
    path.write_text("not a database, and long enough to be taken for one " * 40, encoding="utf-8")
    with pytest.raises(Damaged, match="file is not a database"):
        SqliteStore(path)
    path.unlink()
    SqliteStore(path).close()
    with sqlite3.connect(path) as other:
        other.execute("UPDATE meta SET value = '99'")
    with pytest.raises(Damaged, match="it is of format 99, this version reads 1"):
        SqliteStore(path)
