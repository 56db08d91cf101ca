"""What was on disk is not forgotten in silence when the write-ahead log is damaged; what was not yet, is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.sandbox.journal import Damaged, checked
from simulator.sandbox.sqlite import SqliteStore
from simulator.sandbox.wal import lost_after

FRAME = 24 + 4096


class Crashed:
    """The files of a journal as a kill leaves them."""

    def __init__(self, path: Path, entries: list[Any]) -> None:
        self.path, self.entries = path, entries
        self.log, self.index = path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")

    def change(self, change: Callable[[bytes], bytes]) -> None:
        self.log.write_bytes(change(self.log.read_bytes()))

    def read(self) -> list[Any]:
        store = SqliteStore(self.path)
        try:
            return list(checked(store.entries()))
        finally:
            store.close()


@pytest.fixture
def crashed(town: Any, tmp_path: Path) -> Crashed:
    """A journal of a settled stay, a batch an entry, copied while its process holds it open."""
    town.play.stay().settled()
    store = SqliteStore(tmp_path / "yidi.db")
    for entry in town.book.entries:
        store.write([entry])
    (tmp_path / "copy").mkdir()
    for end in ("", "-wal", "-shm"):
        shutil.copy(f"{store.path}{end}", tmp_path / "copy")
    store.close()
    return Crashed(tmp_path / "copy" / "yidi.db", town.book.entries)


def flipped(at: int) -> Callable[[bytes], bytes]:
    return lambda text: text[:at] + bytes([text[at] ^ 4]) + text[at + 1 :]


def test_a_kill_loses_nothing(crashed: Crashed) -> None:
    assert lost_after(crashed.path) is None
    assert crashed.read() == crashed.entries


@pytest.mark.parametrize("share", [0.0, 0.02, 0.4, 0.8, 0.999])
@pytest.mark.parametrize("how", ["cut", "flipped"])
def test_what_was_on_disk_is_missed_every_time(crashed: Crashed, how: str, share: float) -> None:
    at = int(share * crashed.log.stat().st_size)
    crashed.change(flipped(at) if how == "flipped" else lambda text: text[: max(at, 1)])
    left = lost_after(crashed.path)
    assert left is not None
    assert left < len(crashed.entries)
    for read_only in (False, True, False):
        with pytest.raises(
            Damaged, match=rf"entry {left + 1} of the journal and those after it .* yidi\.db-wal"
        ) as told:
            SqliteStore(crashed.path, read_only=read_only)
        assert told.value.seq == left + 1
        assert "yidi.db-wal was damaged or cut off" in str(told.value)
        assert "yidi.db-wal损坏" in told.value.zh


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_log_alone_tells_of_damage_before_its_last_transaction(crashed: Crashed, share: float) -> None:
    crashed.index.unlink()
    crashed.change(flipped(int(share * crashed.log.stat().st_size)))
    with pytest.raises(Damaged, match="were on disk and are lost"):
        crashed.read()


def test_an_end_that_nobody_was_told_of_is_cut(crashed: Crashed) -> None:
    crashed.index.unlink()
    crashed.change(lambda text: text[:-FRAME] + bytes(FRAME))  # a power cut before the last frame was on disk
    assert crashed.read() == crashed.entries[:-1]


def test_frames_of_a_transaction_that_was_not_finished_are_cut(crashed: Crashed) -> None:
    begun = bytearray(crashed.log.read_bytes()[-FRAME:])
    begun[4:8] = bytes(4)  # no mark of an end
    crashed.change(lambda text: text + bytes(begun))
    assert crashed.read() == crashed.entries


def test_a_log_that_began_anew_is_whole(town: Any, tmp_path: Path) -> None:
    town.play.stay().settled()
    store = SqliteStore(tmp_path / "yidi.db")
    run: Any = store._writer
    run.execute("PRAGMA wal_autocheckpoint = 20")
    (tmp_path / "copy").mkdir()
    for entry in town.book.entries:
        store.write([entry])
        for end in ("", "-wal", "-shm"):
            shutil.copy(f"{store.path}{end}", tmp_path / "copy")
        assert lost_after(tmp_path / "copy" / "yidi.db") is None, entry.seq
    store.close()


def test_a_journal_killed_before_it_had_tables_is_begun(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "yidi.db")
    run: Any = store._writer
    run.executescript("DROP TABLE entries; DROP TABLE messages; DROP TABLE subjects; DROP TABLE meta")
    (tmp_path / "copy").mkdir()
    for end in ("", "-wal", "-shm"):
        shutil.copy(f"{store.path}{end}", tmp_path / "copy")
    assert lost_after(tmp_path / "copy" / "yidi.db") is None
    store.close()
