"""A host keeps everything, lets nothing out before, and finds itself again from what it kept."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.core.platform.message import Key
from simulator.core.visits.insured import Enrolled
from simulator.sandbox.host import Host
from simulator.sandbox.journal import HANDLE, LEARN, WAKE, Call, Damaged, Reader, Scribe, checked
from tests.core.conftest import WARD


class Shelf:
    """The messages of entries, as a store finds them."""

    def __init__(self, entries: Any) -> None:
        self.kept = {kept.number: kept for entry in entries for kept in entry.messages}

    def message(self, number: int) -> Any:
        return self.kept[number]


def restored(make_host: Any, entries: Any) -> Any:
    host, book = make_host()
    host.restore(entries, Reader(Shelf(entries)))
    return host, book


def test_a_stay_through_a_host_is_the_stay_of_the_core(town: Any, bare_relay: Any, state_of: Any) -> None:
    for play in (town.play, bare_relay):
        stay = play.stay().settled()
        assert stay.about("2305").succeeded
    assert state_of(town.host) == bare_relay.state()


def test_a_host_finds_itself_again_from_its_entries(town: Any, make_host: Any, state_of: Any) -> None:
    stay = town.play.stay().settled()
    host, _ = restored(make_host, town.book.entries)
    assert state_of(host) == state_of(town.host)
    assert [node.serial for node in host.nodes.values()] == [node.serial for node in town.host.nodes.values()]
    reply = next(each.message for each in reversed(town.book.leaving) if each.message.infno == "2304")
    again: list[Any] = []
    host._keep = lambda entries, leaving: again.extend(leaving)
    host.give(Call(town.play.tick(), "320100", HANDLE, "H32019900001", stay.sent["2304"]))
    assert [each.message for each in again] == [reply]


def test_the_chain_goes_on_after_a_restart(town: Any, make_host: Any) -> None:
    town.play.stay().settled()
    half = len(town.book.entries) // 2
    host, book = restored(make_host, town.book.entries[:half])
    host.give(Call(town.play.tick(), "320100", WAKE, "", Key("H", "1")))
    assert book.entries == []  # nothing came of it
    host.give(Call(town.play.now, "320100", LEARN, "control", Enrolled(town.play.net.people["local"])))
    whole = [*town.book.entries[:half], *book.entries]
    assert [entry.seq for entry in checked(whole)] == list(range(1, half + 2))


def test_what_was_under_way_is_waited_for_again(town: Any, make_host: Any) -> None:
    stay = town.play.stay()
    town.host.nodes.pop("320300")  # the city of insurance is elsewhere, and silent
    now = town.play.tick()
    assert town.play.relay.ask(now, "320100", stay.desk.admit(now, stay.person, now, WARD)) is None
    (leaving,) = [each for each in town.book.leaving if each.to == "320300"]
    host, book = restored(make_host, town.book.entries)
    assert {(code, key) for _, code, key in book.alarms} == {
        ("320100", leaving.message.key),
        ("320000", leaving.message.key),
    }
    when = min(when for when, code, _ in book.alarms if code == "320000")
    host.give(Call(when, "320000", WAKE, "", leaving.message.key))
    (answer,) = [each for each in book.leaving if each.to == "H32019900001"]
    assert answer.message.infcode == -191  # told on to whoever had asked before the restart


def test_a_platform_that_fails_half_way_tears_the_host(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    torn: list[Call] = []
    town.host.torn = torn.append
    kept, stay = len(town.book.entries), town.play.stay()
    sent = town.play.desk.person_info(town.play.tick(), stay.person)

    def fail(turn: Any, asked: Any, *rest: Any) -> None:
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patched:
        patched.setattr(town.host.nodes["320100"], "decide", fail)
        call = Call(town.play.now, "320100", HANDLE, "H32019900001", sent)
        with pytest.raises(RuntimeError):
            town.host.give(call)
        assert not torn, "nothing was taken in yet: the platform serves on"
    kept = len(town.book.entries)
    monkeypatch.setattr(town.host.nodes["320100"], "complete", fail)  # on the way back, after two platforms decided
    with pytest.raises(RuntimeError):
        town.host.give(call)
    assert [each.kind for each in torn] == [HANDLE]
    assert len(town.book.entries) == kept, "nothing of a chain is kept, as it is not whole"


@pytest.mark.parametrize("field", ["now", "node", "kind", "sender", "key", "serial", "what", "effects", "digest"])
def test_a_changed_entry_is_found(town: Any, field: str) -> None:
    town.play.stay().admit()
    entries = list(town.book.entries)
    wrong, other = entries[4], next(entry for entry in reversed(entries) if entry.node == "320100")
    assert getattr(wrong, field) != getattr(other, field)
    entries[4] = wrong._replace(**{field: getattr(other, field)})
    with pytest.raises(Damaged, match="entry 5 of the journal does not match"):
        list(checked(entries))


def test_a_changed_message_and_a_missing_entry_are_found(town: Any) -> None:
    entries = list(town.book.entries)
    at = next(number for number, entry in enumerate(entries) if entry.messages)
    kept = entries[at].messages[0]
    changed = entries[at]._replace(messages=(kept._replace(text=kept.text.replace(b"H", b"I", 1)),))
    with pytest.raises(Damaged, match=f"entry {at + 1} of"):
        list(checked([*entries[:at], changed, *entries[at + 1 :]]))
    with pytest.raises(Damaged, match="entry 3 of the journal is missing"):
        list(checked([*entries[:2], *entries[3:]]))


def test_an_entry_nobody_can_read_is_said(town: Any) -> None:
    entry = town.book.entries[0]._replace(what=b'{"!":"gone.Fact","v":[]}')
    with pytest.raises(Damaged, match=r"entry 1 of the journal cannot be read: gone\.Fact"):
        Reader(Shelf(())).what(entry)  # type: ignore[arg-type]


def test_a_host_starts_empty() -> None:
    assert Host({}, Scribe(), lambda *_: None, lambda *_: None).restore([], Reader(Shelf(()))) == 0  # type: ignore[arg-type]
