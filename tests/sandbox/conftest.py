"""The small network of the core's tests behind a journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from simulator.core.platform.message import Message
from simulator.sandbox.host import Host, Outgoing
from simulator.sandbox.journal import HANDLE, LEARN, Call, Entry, Scribe
from tests.core.conftest import MORNING, Play, bare_nodes, picture, small_catalogue, small_network, small_pack
from tests.sandbox.databases import BINARIES, MISSING, Server, postgres_server


class Hosted:
    """A relay's face over a host, so that the stays of the core's tests are played through it."""

    def __init__(self, host: Host, book: Book) -> None:
        self.host, self.book = host, book

    def ask(self, now: Any, to: str, message: Message) -> Message | None:
        before = len(self.book.leaving)
        self.host.give(Call(now, to, HANDLE, message.party, message))
        replies = [each.message for each in self.book.leaving[before:] if each.to == message.party]
        return replies[-1] if replies else None


class Book(NamedTuple):
    """What a host gave to be kept."""

    entries: list[Entry]
    leaving: list[Outgoing]
    alarms: list[Any]


class Town(NamedTuple):
    """A play of stays through a host, and what it kept."""

    play: Play
    host: Host
    book: Book


@pytest.fixture
def make_host() -> Callable[..., tuple[Host, Book]]:
    """Make a host of bare platforms."""

    def make() -> tuple[Host, Book]:
        book = Book([], [], [])

        def keep(entries: list[Entry], leaving: list[Outgoing]) -> None:
            book.entries.extend(entries)
            book.leaving.extend(leaving)

        nodes = bare_nodes(small_pack(), small_catalogue())
        return Host(nodes, Scribe(), keep, lambda *alarm: book.alarms.append(alarm)), book

    return make


@pytest.fixture
def town(make_host: Any) -> Town:
    """The small network, its people enrolled and its hospitals signed in, through a host."""
    network, facts = small_network()
    host, book = make_host()
    for code, fact in facts:
        host.give(Call(MORNING, code, LEARN, "control", fact))
    play = Play.__new__(Play)
    play.net = network._replace(nodes=host.nodes)
    play.now, play.desk = MORNING, network.desks["H32019900001"]
    play.relay = Hosted(host, book)  # type: ignore[assignment]
    for desk in network.desks.values():
        desk.sign_no = play.ask(desk.sign_in(play.now)).block("signinoutb")["sign_no"]
    return Town(play, host, book)


@pytest.fixture
def state_of() -> Callable[[Host], dict[str, Any]]:
    """A full picture of what the platforms of a host keep."""
    return lambda host: {code: picture(node) for code, node in host.nodes.items()}


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of the tests' own; tests that ask for it are skipped where there is none."""
    if not BINARIES.exists():
        pytest.skip(MISSING)
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new journal may be kept, by each kind of store."""
    if request.param == "sqlite":
        return str(tmp_path / "yidi.db")
    server: Server = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture
def bare_relay() -> Play:
    """The same network without a journal."""
    return Play(*small_network())
