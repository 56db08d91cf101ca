"""A journal in a file: what a file system and a disk may do to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.sandbox.journal import CannotWrite, Damaged, checked
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


def test_a_full_disk_keeps_none_of_a_batch(stored: Any, path: Path) -> None:
    store = SqliteStore(path)
    run: Any = store._writer
    pages = run.execute("PRAGMA page_count").fetchone()[0]
    run.execute(f"PRAGMA max_page_count = {pages}")
    big = stored[-1]._replace(seq=stored[-1].seq + 1, messages=(), effects=b"x" * 10**6)
    small = big._replace(effects=b"[]", subjects=())
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
    with pytest.raises(Damaged, match=f"cannot be read from {path}: SQLite says: "):
        list(checked(SqliteStore(path).entries()))


def test_a_page_that_cannot_be_read_is_told_by_its_entry(stored: Any, path: Path) -> None:
    raw = bytearray(path.read_bytes())
    wanted = next(e for e in stored[20:] if len(e.effects) > 500 and raw.count(e.effects) == 1)
    page = raw.index(wanted.effects) // 4096 * 4096
    raw[page : page + 8] = b"\xff" * 8
    path.write_bytes(raw)
    read = []
    with pytest.raises(Damaged, match="of the journal cannot be read from") as told:
        read.extend(checked(SqliteStore(path).entries()))
    assert 1 < told.value.seq <= wanted.seq


def test_what_is_no_journal_is_said(path: Path) -> None:
    path.write_text("not a database, and long enough to be taken for one " * 40, encoding="utf-8")
    with pytest.raises(Damaged, match="file is not a database"):
        SqliteStore(path)
    with pytest.raises(Damaged, match="file is not a database"):
        SqliteStore(path, read_only=True)


def test_a_snapshot_that_cannot_be_kept_is_said(path: Path, tmp_path: Path) -> None:
    store = SqliteStore(path)
    with pytest.raises(CannotWrite, match=f"a snapshot of {path} cannot be written"):
        store.keep_snapshot(1, tmp_path / "nowhere")
    store.close()
