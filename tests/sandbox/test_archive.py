"""What is let go of is found again in the journal, and no platform can tell the difference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator.core.platform.message import Key, Message
from simulator.sandbox.archive import Archive, Paged
from simulator.sandbox.journal import Damaged, Entry, Reader, checked, digest_of
from simulator.sandbox.stores import open_store
from tests.core.conftest import Play


class Shelf:
    """The entries a host gave, as a store finds them."""

    def __init__(self, entries: list[Entry]) -> None:
        self.written = entries
        self.asked: list[Any] = []

    def about(self, key: Key, node: str) -> tuple[Entry, ...]:
        self.asked.append(key)
        return tuple(entry for entry in self.written if (entry.key, entry.node) == (key, node))

    def of(self, subject: str, node: str) -> tuple[Entry, ...]:
        self.asked.append(subject)
        return tuple(entry for entry in self.written if subject in entry.subjects and entry.node == node)

    def digest(self, seq: int) -> bytes:
        return self.written[seq - 1].digest

    def message(self, number: int) -> Any:
        return next(kept for entry in self.written for kept in entry.messages if kept.number == number)


@pytest.fixture
def paged(town: Any) -> Any:
    """A town that lets go of whatever is closed as soon as it may."""
    shelf = Shelf(town.book.entries)
    said: list[Damaged] = []
    archive: Any = Archive(town.host.nodes, shelf, lambda: town.host.seq, said.append, at_hand=0)  # type: ignore[arg-type]
    town.host.before = archive.before

    def forget() -> None:
        for _ in range(2):
            archive.trim(town.host.seq)

    return town, shelf, forget, said


def tables(town: Any) -> dict[str, Any]:
    city, home = town.host.nodes["320100"], town.host.nodes["320300"]
    return {
        "treatment": city.treatment.visits._visits,
        "insured": home.insured.visits._visits,
        "admitted": home.insured.visits._by_admission,
        "exchanges": home._exchanges,
        "passed": town.host.nodes["320000"]._passed,
    }


def sizes(town: Any) -> set[int]:
    return {len(table) for table in tables(town).values()}


def both(town: Any, bare: Play, forget: Callable[[], None], script: Callable[[Play], Any]) -> tuple[Any, Any]:
    """Play a script through the town, letting go of everything before each step, and through bare platforms."""
    ask = town.play.relay.ask

    def forgetful(now: Any, to: str, message: Message) -> Any:
        forget()
        return ask(now, to, message)

    town.play.relay.ask = forgetful
    return script(town.play), script(bare)


def cancelled_late(play: Play) -> list[Message]:
    stay = play.stay().settled()
    play.stay("resident").settled()
    return [stay.about("5203"), stay.about("2305"), stay.settle(), stay.about("2305")]


def reversed_twice(play: Play) -> list[Message]:
    stay = play.stay().settled()
    settled = stay.sent["2304"]
    replies = [stay.reverse(settled), stay.reverse(settled), stay.settle()]
    cancelled = stay.about("2305")
    return [*replies, cancelled, stay.reverse(stay.sent["2305"]), stay.about("5203")]


def undone(play: Play) -> list[Message]:
    stay = play.stay()
    admitted = stay.admit()
    other = play.stay("resident").settled()
    return [admitted, stay.reverse(stay.sent["2401"]), stay.admit(), stay.about("2404"), other.about("2305")]


def asked_again(play: Play) -> list[Any]:
    stay = play.stay().settled()
    stay.about("2305")
    return [play.ask(sent) for sent in stay.sent.values()]


def listed(play: Play) -> list[Message]:
    stay, _ = play.stay().settled(), play.stay("resident").settled()
    again = play.stay().settled()
    days = (play.now.date(), play.now.date())
    asked = [stay.desk.visits_between(play.tick(), stay.person, days, med_type="21") for _ in range(2)]
    return [*map(play.ask, asked), again.about("2305"), play.ask(stay.desk.in_hospital(play.tick(), "320300", days))]


def inside_a_city(play: Play) -> list[Message]:
    stay = play.stay("local").settled()
    return [stay.about("5203"), stay.about("2305"), stay.settle(), stay.reverse(stay.sent["2304"])]


@pytest.mark.parametrize("script", [cancelled_late, reversed_twice, undone, asked_again, listed, inside_a_city])
def test_a_platform_cannot_tell_what_was_let_go_of(paged: Any, bare_relay: Play, script: Callable[[Play], Any]) -> None:
    town, _, forget, said = paged
    forgetful, bare = both(town, bare_relay, forget, script)
    assert forgetful == bare
    assert said == []


def test_what_is_closed_leaves_memory_and_what_is_open_stays(paged: Any) -> None:
    town, _, forget, _ = paged
    stay = town.play.stay("resident")
    stay.admit()
    town.play.stay().settled()
    assert 0 not in sizes(town)
    forget()
    left = {name: len(table) for name, table in tables(town).items()}
    assert left == {"treatment": 1, "insured": 1, "admitted": 1, "exchanges": 0, "passed": 0}
    assert next(iter(tables(town)["insured"].values())).psn_no == stay.person.psn_no


def test_nothing_is_let_go_of_before_it_is_on_disk(paged: Any) -> None:
    town, shelf, _, _ = paged
    archive = town.host.before.__self__
    town.play.stay().settled()
    before = town.host.seq
    archive.trim(before)
    town.play.stay().settled()
    archive.trim(before - 1)
    assert 0 not in sizes(town)
    assert shelf.asked == []  # and nothing is looked for while nothing was let go of
    archive.trim(before)
    assert [len(table) for table in tables(town).values()] == [1, 1, 1, 4, 1]  # those of the second stay


def test_what_is_brought_back_is_one_visit_by_whichever_name(paged: Any) -> None:
    town, _, forget, _ = paged
    stay = town.play.stay().settled()
    forget()
    book = town.host.nodes["320300"].insured.visits
    by_admission = book.admitted_by(stay.sent["2401"].key)
    assert by_admission is book.find(stay.mdtrt_id) is not None
    forget()
    assert book.find(stay.mdtrt_id) is not by_admission
    assert book.admitted_by(stay.sent["2401"].key) is book.find(stay.mdtrt_id)
    assert book.find(stay.sent["2401"].msgid) is None  # the number it had before it was bound
    assert book.admitted_by(Key("H", "0")) is None


def test_a_corrected_log_row_is_found_as_corrected(paged: Any) -> None:
    town, _, forget, _ = paged
    from simulator.core.network.router import Passed
    from simulator.sandbox.journal import LEARN, Call

    stay = town.play.stay().settled()
    province, key = town.host.nodes["320000"], stay.sent["2304"].key
    row = province._passed[key].row
    corrected = Passed(key, row._replace(setl_id="corrected"), correction=True)
    town.host.give(Call(town.play.now, "320000", LEARN, "control", corrected))
    forget()
    assert province._passed[key] == corrected


def test_a_changed_entry_is_said_when_it_is_needed(paged: Any) -> None:
    town, shelf, forget, said = paged
    stay = town.play.stay().settled()
    forget()
    at = next(n for n, e in enumerate(shelf.written) if stay.mdtrt_id in e.subjects and e.node == "320300")
    wrong = shelf.written[at]._replace(sender="someone else")
    assert digest_of(wrong, shelf.digest(at)) != wrong.digest
    shelf.written[at] = wrong
    with pytest.raises(Damaged, match=f"entry {at + 1} of the journal does not match"):
        stay.about("2305")
    assert [problem.seq for problem in said] == [at + 1]


def test_a_table_looks_for_what_is_absent_once(place: str) -> None:
    looked: list[str] = []
    table = Paged({"a": 1}, lambda key: looked.append(key) or (2 if key == "b" else None), lambda key, value: True)
    assert (table.get("a"), table.get("b"), table.setdefault("b", 3), "b" in table) == (1, 2, 2, True)
    assert (table.get("c"), table.setdefault("c", 4), table.pop("d", 5), "e" in table) == (None, 4, 5, False)
    assert looked == ["b", "c", "c", "d", "e"]
    assert table.pop("a") == 1
    table.mark(0)
    table.let_go()
    assert (dict(table), table.get("c")) == ({}, None)
    table["open"] = 6
    table.mark(0)
    table._closed = lambda key, value: False
    assert list(table.at_hand_alone()) == [("open", 6)]
    assert list(table.closed()) == []
    table.let_go()
    assert dict(table) == {"open": 6}


def test_a_restart_looks_things_up_while_it_folds(town: Any, place: str, make_host: Any, state_of: Any) -> None:
    stay = town.play.stay().settled()
    middle = town.host.seq
    stay.about("2305")
    entries = town.book.entries
    store = open_store(place)
    store.write(entries)
    host, _ = make_host()
    archive = Archive(host.nodes, store, lambda: host.seq, lambda problem: None, at_hand=0)
    host.restore(entries[:middle], Reader(store))
    for _ in range(2):
        archive.trim(middle)
    host.restore(checked(store.entries(middle), middle, store.digest(middle)), Reader(store))
    visit = host.nodes["320300"].insured.visits.find(stay.mdtrt_id)
    kept = town.host.nodes["320300"].insured.visits.find(stay.mdtrt_id)
    assert (visit.state, visit.cancelled, visit.mirrors) == (kept.state, kept.cancelled, kept.mirrors)
    store.close()
