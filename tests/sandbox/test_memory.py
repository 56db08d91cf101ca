"""A journal in memory tells what one on disk tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.core.platform.message import Key
from simulator.sandbox.journal import FORMAT, Reader, Store
from simulator.sandbox.memory import MemoryStore
from simulator.sandbox.sqlite import SqliteStore


@pytest.fixture
def both(town: Any, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """The entries of a settled stay, in memory and in a file."""
    town.play.stay().settled()
    entries = town.book.entries
    stores = MemoryStore(), SqliteStore(tmp_path / "yidi.db")
    for store in stores:
        store.write(entries[:7])
        store.write(entries[7:])
        store.set_meta({"pack": "一"})
        for seq in (5, 1000, 20):
            file = store.scratch / f"yidi-test-{tmp_path.name}-{seq}"
            file.write_bytes(b"%d" % seq)
            store.keep_snapshot(seq, file)
            assert not file.exists()
    yield stores
    for store in stores:
        store.close()


def test_everything_that_can_be_asked_is_told_alike(both: tuple[Store, Store], town: Any) -> None:
    memory, file = both
    entries = town.book.entries
    assert list(memory.entries()) == list(file.entries()) == entries
    assert list(memory.entries(after=5)) == list(file.entries(after=5))
    assert (memory.last(), memory.last_message()) == (file.last(), file.last_message())
    for entry in entries:
        assert memory.about(entry.key, entry.node) == file.about(entry.key, entry.node)
        assert memory.digest(entry.seq) == file.digest(entry.seq)
        for subject in entry.subjects:
            assert memory.of(subject, entry.node) == file.of(subject, entry.node)
        for kept in entry.messages:
            assert memory.message(kept.number) == file.message(kept.number) == kept
    assert memory.digest(0) == file.digest(0)
    assert list(memory.indexed()) == list(file.indexed())
    assert memory.meta() == file.meta()
    assert list(memory.snapshots()) == list(file.snapshots()) == [(1000, b"1000"), (20, b"20")]


def test_what_is_not_there_is_told_alike(both: tuple[Store, Store], town: Any) -> None:
    for store in both:
        assert store.about(Key("H", "1"), "320100") == store.of("S1", "320100") == ()
        for look in (store.message, store.digest):
            with pytest.raises(KeyError):
                look(10**6)
        store.clear()
        assert (store.last(), store.last_message(), list(store.entries()), list(store.snapshots())) == (None, 0, [], [])
        assert store.meta() == {"format": str(FORMAT)}


def test_a_host_is_restored_from_it(both: tuple[Store, Store], town: Any, make_host: Any, state_of: Any) -> None:
    host, _ = make_host()
    assert host.restore(both[0].entries(), Reader(both[0])) == len(town.book.entries)
    assert state_of(host) == state_of(town.host)
