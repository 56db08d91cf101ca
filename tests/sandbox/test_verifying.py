"""A whole journal is found whole, and platforms decide what they decided; the first thing that is wrong is named."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from simulator.core.network.router import Passed
from simulator.sandbox.codec import Messages, encode
from simulator.sandbox.journal import FIRST_DIGEST, Damaged, Entry, Reader, digest_of
from simulator.sandbox.sqlite import SqliteStore
from simulator.sandbox.verifying import Differs, recompute, verify
from tests.core.conftest import bare_nodes


def no_progress(seq: int) -> None:
    """Say nothing."""


@pytest.fixture
def stored(town: Any, tmp_path: Path) -> Any:
    """A journal of stays of every fate, and the file it is in."""
    stay = town.play.stay().settled()
    stay.about("2305")
    stay.settle()
    town.play.stay("resident").settled().reverse(stay.sent["2304"])
    town.play.stay("local").settled()
    with closing(SqliteStore(tmp_path / "yidi.db")) as store:
        store.write(town.book.entries)
    return town, tmp_path / "yidi.db"


@pytest.fixture
def bare(stored: Any) -> Any:
    """Platforms without a past."""
    network = stored[0].play.net
    return bare_nodes(network.pack, network.catalogue)


def test_a_whole_journal_is_told_as_it_is(stored: Any) -> None:
    town, path = stored
    seen: list[int] = []
    with closing(SqliteStore(path, read_only=True)) as store:
        sound = verify(store, seen.append)
    messages = sum(len(entry.messages) for entry in town.book.entries)
    assert sound == (len(seen), messages, town.book.entries[-1].digest.hex())


def test_an_empty_journal_is_whole(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "new.db")) as store:
        assert verify(store, no_progress) == (0, 0, "")
        assert recompute(store, {}, no_progress) == 0


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE entries SET sender = 'X' WHERE seq = 9", "entry 9 of the journal does not match its digest"),
        ("DELETE FROM entries WHERE seq = 9", "entry 9 of the journal is missing"),
        ("UPDATE messages SET text = x'78' WHERE number = 3", "of the journal does not match its digest"),
        ("DELETE FROM subjects WHERE seq = (SELECT max(seq) FROM subjects)", "is not found by what it is about"),
        ("UPDATE subjects SET node = '320000' WHERE subject LIKE 'S3%'", "is not found by what it is about"),
        ("INSERT INTO subjects VALUES ('S9', '320100', 2)", "entry 2 of the journal is not found by what it is about"),
        ("INSERT INTO subjects VALUES ('S9', '320100', 99999)", "is missing, but something of it is there"),
        ("INSERT INTO messages VALUES (99999, 99999, '', '', '')", "is missing, but something of it is there"),
        ("DELETE FROM entries WHERE seq > 30", "entry 31 of the journal is missing, but something of it is there"),
    ],
)
def test_the_first_thing_that_is_wrong_is_named(stored: Any, change: str, why: str) -> None:
    with closing(SqliteStore(stored[1])) as store:
        run: Any = store._writer
        run.execute(change)
        with pytest.raises(Damaged, match=why) as told:
            verify(store, no_progress)
    assert told.value.zh.startswith(f"日志第{told.value.seq}条")


def test_messages_out_of_their_order_are_found(stored: Any) -> None:
    town, path = stored
    entries = _chained(town.book.entries, _renumbered)
    path.unlink()
    with closing(SqliteStore(path)) as store:
        store.write(entries)
        with pytest.raises(Damaged, match="has a message out of its order"):
            verify(store, no_progress)


def test_new_platforms_decide_the_same(stored: Any, bare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    town, path = stored
    monkeypatch.setattr("simulator.sandbox.verifying._TRIM_EVERY", 3)
    monkeypatch.setattr("simulator.sandbox.archive.AT_HAND", 0)
    with closing(SqliteStore(path, read_only=True)) as store:
        assert recompute(store, bare, no_progress) == len(town.book.entries)
    assert [node.serial for node in bare.values()] == [node.serial for node in town.host.nodes.values()]


def test_an_effect_that_was_forged_with_its_chain_comes_out_differently(stored: Any, bare: Any) -> None:
    town, path = stored
    reader = Reader(_Shelf(town.book.entries))  # type: ignore[arg-type]
    forged = next(e.seq for e in town.book.entries if any(isinstance(fact, Passed) for fact in reader.facts(e)))

    def shortened(entry: Entry) -> Entry:
        if entry.seq != forged:
            return entry
        return entry._replace(effects=encode(reader.effects(entry)[:-1], Messages(10**6), lambda *_: None))

    path.unlink()
    with closing(SqliteStore(path)) as store:
        store.write(_chained(town.book.entries, shortened))
        with pytest.raises((Differs, Damaged)) as told:
            recompute(store, bare, no_progress)
    assert told.value.seq == forged
    assert str(forged) in told.value.zh


def test_a_changed_time_comes_out_differently(stored: Any, bare: Any) -> None:
    town, path = stored
    late = next(entry.seq for entry in town.book.entries if entry.kind == "handle" and entry.node == "320300")

    def moved(entry: Entry) -> Entry:
        return entry._replace(now=entry.now.replace(year=2017)) if entry.seq == late else entry

    path.unlink()
    with closing(SqliteStore(path)) as store:
        store.write(_chained(town.book.entries, moved))
        verify(store, no_progress)
        with pytest.raises(Differs, match=rf"entry {late} comes out differently at 320300 \(handle ") as told:
            recompute(store, bare, no_progress)
    assert "they part at effect" in str(told.value)
    assert "重算结果不同" in told.value.zh


def test_an_entry_of_a_platform_that_is_not_there_is_said(stored: Any, bare: Any) -> None:
    del bare["320300"]
    with (
        closing(SqliteStore(stored[1], read_only=True)) as store,
        pytest.raises(Damaged, match="is of platform 320300, which is not there"),
    ):
        recompute(store, bare, no_progress)


class _Shelf:
    """The messages of entries, as a store finds them."""

    def __init__(self, entries: list[Entry]) -> None:
        self._kept = {kept.number: kept for entry in entries for kept in entry.messages}

    def message(self, number: int) -> Any:
        return self._kept[number]


def _chained(entries: list[Entry], change: Callable[[Entry], Entry]) -> list[Entry]:
    """Change entries, and make the digests fit again, as whoever forges a journal would."""
    before, made = FIRST_DIGEST, []
    for entry in map(change, entries):
        before = digest_of(entry, before)
        made.append(entry._replace(digest=before))
    return made


def _renumbered(entry: Entry) -> Entry:
    return entry._replace(messages=tuple(kept._replace(number=kept.number + 1) for kept in entry.messages))
