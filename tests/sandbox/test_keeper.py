"""A start from a snapshot is a start from the journal, only sooner; a snapshot that does not fit costs time alone."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.core.platform.message import Message
from simulator.sandbox.clock import Clock
from simulator.sandbox.engine import Engine
from simulator.sandbox.journal import CannotWrite, Damaged
from simulator.sandbox.keeper import Keeper, code_digest
from simulator.sandbox.stores import open_store
from tests.core.conftest import CALENDAR, MORNING, Play, bare_nodes, picture, small_network

Script = Callable[[Engine, "Played"], Awaitable[None]]


class Played:
    """The small network's stays through an engine, from outside the event loop's thread."""

    def __init__(self, engine: Engine) -> None:
        self.network, self.facts = small_network()
        self.play = Play.__new__(Play)
        self.play.net = self.network._replace(nodes=engine.host.nodes)
        self.play.now, self.play.desk = MORNING, self.network.desks["H32019900001"]
        self.play.relay = self  # type: ignore[assignment]
        for desk in self.network.desks.values():
            desk._serial = engine.host.seq  # numbers go on after those of the session before
        self._engine, self._loop = engine, asyncio.get_running_loop()

    def ask(self, now: Any, to: str, message: Message) -> Message:
        asking = self._engine.ask(to, message.party, message)
        return asyncio.run_coroutine_threadsafe(asking, self._loop).result(20)

    async def begin(self) -> None:
        """Enrol the people and sign in."""
        await self._engine.learn_all(self.facts)
        await self.on(lambda play: [self._sign_in(desk) for desk in self.network.desks.values()])

    def _sign_in(self, desk: Any) -> None:
        desk.sign_no = self.play.ask(desk.sign_in(self.play.now)).block("signinoutb")["sign_no"]

    async def on(self, script: Callable[[Play], Any]) -> Any:
        """Run a script of stays, which waits for each reply."""
        return await asyncio.to_thread(script, self.play)


def run(place: str, script: Script, *, every: int = 10**9, stop: bool = True) -> tuple[Any, int, int]:
    """Start an engine on a store, run a script, and stop; return its state, the entries folded and its last entry.

    The state is without what is closed: that is in the journal alone.
    """

    async def session() -> tuple[Any, int, int]:
        network, _ = small_network()
        nodes = bare_nodes(network.pack, network.catalogue)
        first = nodes["320100"]
        store = open_store(place)
        failed: list[CannotWrite] = []
        engine = Engine(
            nodes,
            store,
            Clock(MORNING),
            elsewhere={},
            failed=failed.append,
            shared=[first.registry, first.pack, first.catalogue, CALENDAR],
            every=every,
        )
        try:
            folded = engine.restore()
            engine.start()
            await script(engine, Played(engine))
            if stop:
                await engine.stop()
            else:
                await asyncio.to_thread(engine._committer.finish)  # type: ignore[union-attr]
            assert failed == []
            engine._archive._at_hand = 0
            for _ in range(2):
                engine._archive.trim(engine.host.seq)
            return {code: picture(node) for code, node in nodes.items()}, folded, engine.host.seq
        finally:
            store.close()

    return asyncio.run(session())


async def three_stays(engine: Engine, played: Played) -> None:
    await played.begin()
    await played.on(lambda play: [play.stay().settled(), play.stay("resident").settled().about("2305")])
    await played.on(lambda play: play.stay().admit())


async def nothing(engine: Engine, played: Played) -> None:
    """Serve nobody."""


@pytest.fixture
def stopped(place: str) -> tuple[Any, int]:
    """The state and last entry of a journal with a snapshot of its last entry."""
    state, _, seq = run(place, three_stays)
    return state, seq


def test_after_a_clean_stop_nothing_is_folded(stopped: Any, place: str) -> None:
    _, folded, seq = run(place, nothing)
    assert (folded, seq) == (0, stopped[1])


def test_a_journal_goes_on_from_a_snapshot(stopped: Any, place: str) -> None:
    async def another(engine: Engine, played: Played) -> None:
        await played.on(lambda play: [played._sign_in(play.desk), play.stay("resident").settled().about("2305")])

    run(place, another, stop=False)
    state, folded, seq = run(place, nothing, stop=False)
    assert folded == seq - stopped[1] > 0
    _changed(lambda text: b"", place)
    again, everything, _ = run(place, nothing, stop=False)
    assert everything == seq
    assert again == state


def _changed(change: Callable[[bytes], bytes], place: str) -> None:
    """Put a changed snapshot in the place of the last."""
    store = open_store(place)
    seq, text = next(iter(store.snapshots()))
    file = store.scratch / "changed"
    file.write_bytes(change(text))
    if place.startswith("postgresql"):
        store._writer.execute("DELETE FROM snapshots")  # type: ignore[attr-defined]
    store.keep_snapshot(seq, file)
    store.close()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text[:-5], "it does not match its SHA-256"),
        (lambda text: text[:-9] + b"x" + text[-8:], "it does not match its SHA-256"),
        (lambda text: b"something else", "it does not say of which entry it is"),
        (lambda text: text.replace(b'"digest":"', b'"digest":"0', 1), "it is of another journal"),
        (lambda text: text.replace(code_digest().encode(), b"0" * 64), "it was made by another version"),
    ],
)
def test_a_snapshot_that_does_not_fit_is_passed_over(
    stopped: Any, place: str, change: Any, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    _changed(change, place)
    with caplog.at_level(logging.WARNING):
        _, folded, seq = run(place, nothing, stop=False)
    assert (folded, seq) == (stopped[1], stopped[1])
    (said,) = caplog.messages
    assert said.startswith(f"the snapshot of entry {seq} is not used: {why}")


def test_a_snapshot_of_an_entry_that_was_lost_is_passed_over(place: str, caplog: pytest.LogCaptureFixture) -> None:
    run(place, three_stays)
    store = open_store(place)
    file = store.scratch / "lost"
    file.write_bytes(next(text for _, text in store.snapshots()))
    store.keep_snapshot(10**6, file)
    store.close()
    with caplog.at_level(logging.WARNING):
        _, folded, _ = run(place, nothing, stop=False)
    assert folded == 0  # the older one is good
    assert caplog.messages[0].startswith("the snapshot of entry 1000000 is not used: the journal has no such entry")


def test_a_snapshot_is_taken_while_the_host_goes_on(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.sandbox.engine._LOOK_AFTER", 10)
    monkeypatch.setattr("simulator.sandbox.keeper._REST", 0)
    monkeypatch.setattr("simulator.sandbox.keeper._REST_SECONDS", 0)

    async def busy(engine: Engine, played: Played) -> None:
        await three_stays(engine, played)
        for _ in range(2):
            await engine._keeper._at_work  # type: ignore[misc]
            await played.on(lambda play: play.stay("local").settled())
        await engine._keeper._at_work  # type: ignore[misc]

    state, _, seq = run(place, busy, every=20, stop=False)
    store = open_store(place)
    taken = [number for number, _ in store.snapshots()]
    store.close()
    assert len(taken) == 2
    again, folded, _ = run(place, nothing, stop=False)
    assert folded == seq - taken[0] < seq
    assert again == state


def test_a_snapshot_that_cannot_be_written_is_said_and_no_more(
    place: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("simulator.sandbox.engine._LOOK_AFTER", 10)
    monkeypatch.setattr(Keeper, "_room", lambda self: Path("/nowhere/at/all"))
    with caplog.at_level(logging.WARNING):
        _, _, seq = run(place, three_stays, every=30)
    assert any("was not kept: [Errno 256] the process that takes it ended with 256" in each for each in caplog.messages)
    assert caplog.messages[-1].startswith(f"the snapshot of entry {seq} was not kept: [Errno 2]")


def test_the_clock_goes_on_from_the_last_entry(place: str) -> None:
    async def late(engine: Engine, played: Played) -> None:
        await played.begin()
        engine.advance(MORNING.replace(hour=20))
        await engine.learn("320100", played.facts[0][1]) if played.facts[0][0] == "320100" else None
        await engine.learn_all(played.facts[:1])

    run(place, late)

    async def look(engine: Engine, played: Played) -> None:
        assert engine.clock.now() >= MORNING.replace(hour=20)

    run(place, look)


def test_every_morning_platforms_forget_what_is_long_done_with(place: str) -> None:
    async def overnight(engine: Engine, played: Played) -> None:
        await played.begin()
        engine.advance(MORNING.replace(day=11))
        await asyncio.sleep(0.01)
        await engine._on_disk()
        kinds = [entry.kind for entry in engine.store.entries()]
        assert kinds[-len(engine.host.nodes) :] == ["forget"] * len(engine.host.nodes)

    state, _, _ = run(place, overnight, stop=False)
    again, _, _ = run(place, nothing, stop=False)
    assert again == state


def test_a_changed_entry_after_the_snapshot_stops_the_start(stopped: Any, place: str) -> None:
    async def another(engine: Engine, played: Played) -> None:
        await engine.learn_all(played.facts[:3])

    _, _, seq = run(place, another, stop=False)
    store: Any = open_store(place)
    store._writer.execute(f"UPDATE entries SET serial = serial + 1 WHERE seq = {seq}")
    store.close()
    with pytest.raises(Damaged, match=f"entry {seq} of the journal does not match its digest"):
        run(place, nothing)


def test_a_clock_that_is_set_back_goes_on_from_there_after_a_restart(place: str) -> None:
    async def there_and_back(engine: Engine, played: Played) -> None:
        await played.begin()
        own = engine.clock.now()
        await engine.advanced(MORNING.replace(year=MORNING.year + 2))
        await engine.learn_all(played.facts[:1])
        engine.set_back()
        await engine.caught_up()
        assert own <= engine.clock.now() < own + dt.timedelta(minutes=5)
        assert engine.next_alarm is not None
        assert engine.next_alarm < own + dt.timedelta(days=2), "the next morning is tomorrow's, not that of years later"

    run(place, there_and_back, stop=False)

    async def look(engine: Engine, played: Played) -> None:
        assert engine.clock.now() < MORNING.replace(year=MORNING.year + 1)

    run(place, look)
