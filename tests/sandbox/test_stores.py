"""What is written is there after anything, in a file and in a database alike."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.core.platform.message import Key
from simulator.sandbox.journal import FIRST_DIGEST, FORMAT, Damaged, Reader, Store, Taken, checked, subjects_of
from simulator.sandbox.stores import is_postgres, open_store


@pytest.fixture
def stored(town: Any, place: str) -> Any:
    """The entries of a settled stay, written and closed."""
    town.play.stay().settled()
    store = open_store(place)
    store.write(town.book.entries[:7])
    store.write(town.book.entries[7:])
    store.close()
    return town.book.entries


@pytest.fixture
def store(stored: Any, place: str) -> Iterator[Store]:
    """The same entries, to be read."""
    opened = open_store(place, read_only=True)
    yield opened
    opened.close()


def test_a_journal_is_read_back_as_it_was_written(stored: Any, store: Store) -> None:
    assert list(checked(store.entries())) == stored
    assert list(store.entries(after=5)) == stored[5:]
    assert store.last() == stored[-1]
    assert store.last_message() == max(kept.number for entry in stored for kept in entry.messages)
    assert [store.digest(seq) for seq in (0, 1, len(stored))] == [FIRST_DIGEST, stored[0].digest, stored[-1].digest]


def test_an_empty_journal_has_no_last_entry(place: str) -> None:
    store = open_store(place)
    assert (store.last(), store.last_message(), list(store.entries()), list(store.snapshots())) == (None, 0, [], [])
    store.write([])
    store.close()


def test_long_journals_are_read_page_by_page(stored: Any, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{type(store).__module__}._PAGE", 3)
    assert list(store.entries()) == stored


def test_a_host_is_restored_from_a_store(stored: Any, store: Store, town: Any, make_host: Any, state_of: Any) -> None:
    host, _ = make_host()
    assert host.restore(store.entries(), Reader(store)) == len(stored)
    assert state_of(host) == state_of(town.host)


def test_what_is_known_of_a_message_is_found_by_its_key_and_platform(stored: Any, store: Store) -> None:
    key = next(entry.key for entry in reversed(stored) if entry.key.msgid)
    for node in ("320100", "320000", "320300", "320500"):
        assert list(store.about(key, node)) == [e for e in stored if e.key == key and e.node == node]
    assert store.about(Key("H", "\x00 '\""), "320100") == ()


def test_entries_are_found_by_visit_and_person(stored: Any, store: Store, town: Any) -> None:
    subject = next(each for entry in stored for each in entry.subjects if each.startswith("S"))
    reader = Reader(store)
    for node in ("320100", "320300", "320000"):
        assert list(store.of(subject, node)) == [e for e in stored if subject in e.subjects and e.node == node]
    opened = store.of(town.play.net.people["retired"].psn_no, "320300")
    assert [fact.psn_no for fact in reader.facts(opened[0]) if hasattr(fact, "admission")]
    assert all(entry.subjects == subjects_of(reader.facts(entry)) for entry in stored)
    assert list(store.indexed()) == [(each, entry.node, entry.seq) for entry in stored for each in entry.subjects]


def test_a_message_or_entry_that_is_not_there_is_a_key_error(stored: Any, store: Store) -> None:
    assert store.message(1).number == 1
    for look in (store.message, store.digest):
        with pytest.raises(KeyError):
            look(10**6)


def test_what_a_journal_is_stays_with_it(place: str) -> None:
    store = open_store(place)
    assert store.meta() == {"format": str(FORMAT)}
    store.set_meta({"pack": "一", "start": "2024-05-06"})
    store.set_meta({"pack": "二"})
    store.close()
    again = open_store(place)
    assert again.meta() == {"format": str(FORMAT), "pack": "二", "start": "2024-05-06"}
    again.close()


def test_the_newest_two_snapshots_are_kept(place: str) -> None:
    store = open_store(place)
    for seq in (5, 1000, 20):
        file = store.scratch / f"snapshot-in-the-making-{seq}"
        file.write_bytes(b"%d" % seq)
        store.keep_snapshot(seq, file)
        assert not file.exists()
    assert list(store.snapshots()) == [(1000, b"1000"), (20, b"20")]
    store.close()


def test_a_second_writer_is_told_so_and_may_come_after_the_first(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.sandbox.postgres._LOCK_PATIENCE_SECONDS", 0.1)
    first = open_store(place)
    with pytest.raises(Taken, match="another process serves from"):
        open_store(place)
    first.close()
    open_store(place).close()


def test_a_killed_writer_leaves_the_journal_free(place: str) -> None:
    code = (
        "import sys, os, signal; from simulator.sandbox.stores import open_store;"
        "store = open_store(sys.argv[1]); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code, place], check=False).returncode == -9
    open_store(place).close()


def test_a_journal_of_another_format_is_said(place: str) -> None:
    store = open_store(place)
    store.set_meta({"format": "99"})
    store.close()
    with pytest.raises(Damaged, match=f"it is of format 99, this version reads {FORMAT}"):
        open_store(place)


def test_a_place_is_a_file_or_a_database() -> None:
    assert is_postgres("postgresql://localhost/yidi")
    assert not is_postgres("yidi.db")
    assert not is_postgres(str(Path("/postgresql/yidi.db")))
