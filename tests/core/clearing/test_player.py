"""Months of clearing at random, at home and across provinces; a fault is printed as a short list of steps."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any

import pytest

from .chances import Chances
from .holding import Holding
from .player import Player
from .shrink import shrunk
from .steps import Calm, Healed, listed

MONTHS = ("2023-10", "2023-11", "2023-12", "2024-01")
QUIET = "2024-02"
RULES = {"clearing.prepaid.in_province.share": 9_000}
_TRIES = 400  # runs to shrink a fault
_SLOW_SECONDS = 300

Start = Callable[[], Player]


@pytest.fixture
def start(make_bench: Any, make_wire: Any) -> Callable[[bool], Start]:
    """Make what makes a player, at home or across provinces."""

    def starting(country: bool) -> Start:
        def player() -> Player:
            bench = make_bench(RULES, country=country)
            return Player(bench, make_wire(bench.nodes))

        return player

    return starting


def months(player: Player, rng: Random, rounds: int) -> Iterable[Any]:
    chances = Chances(player, rng)
    for month in MONTHS:
        yield from chances.month(month, rounds)
    yield from chances.healed(QUIET)


def play(player: Player, steps: Iterable[Any]) -> None:
    holding = Holding(player)
    for step in steps:
        player.play(step)
        holding.after_a_step()
        if isinstance(step, Calm):
            holding.at_rest()
    holding.at_the_end()


def problem(start: Start, steps: Sequence[Any]) -> str:
    """Return what is wrong after steps, empty where nothing is."""
    try:
        play(start(), steps)
    except Exception as found:
        return f"{type(found).__name__}: {found}"
    return ""


def kind_of(found: str) -> str:
    """Return what is wrong without numbers: the same fault of other bills."""
    return re.sub(r"[A-Z]*[0-9]\w*", "#", found)


def shortest(start: Start, steps: Sequence[Any]) -> list[Any]:
    """Return as few of the steps as fail alike; all is healed in the end, where it was."""
    end = next((place for place, step in enumerate(steps) if isinstance(step, Healed)), len(steps))
    kind = kind_of(problem(start, steps))
    alike = lambda some: kind_of(problem(start, [*some, *steps[end:]])) == kind  # noqa: E731
    return [*shrunk(steps[:end], alike, _TRIES), *steps[end:]]


def played(start: Start, seed: str, rounds: int) -> Player:
    """Play months at random; what goes wrong is shrunk, and said with its steps."""
    player = start()
    try:
        play(player, months(player, Random(seed), rounds))
    except Exception:
        steps = shortest(start, player.played)
        pytest.fail(f"seed {seed}: {problem(start, steps)}\n{listed(steps)}")
    return player


def replays(player: Player, picture_of: Any) -> None:
    """The facts in order give every platform's clearing its state back."""
    nodes = player.bench.fresh()
    for code, fact in player.wire.facts:
        nodes[code].fold(fact)
    for entry in player.wire.postings:
        for code, node in nodes.items():
            if entry.org == (node.party if node.party.endswith("00001") else code):
                node.books.post(entry)
    for code, node in nodes.items():
        assert picture_of(node) == picture_of(player.bench.nodes[code]), code


@pytest.mark.parametrize("country", [False, True])
def test_random_months_are_cleared_to_the_fen(start: Any, picture_of: Any, wrong_messages: Any, country: bool) -> None:
    player = played(start(country), f"{country} 1", 60)
    replays(player, picture_of)
    seen = {(each.key, each.is_reply): (begin, end, each) for begin, end, each in player.seen}
    assert wrong_messages(seen.values()) == []


@pytest.mark.slow
def test_many_random_months_are_cleared_to_the_fen(start: Any, capsys: Any) -> None:
    begin, steps, seed = time.process_time(), 0, 0
    while time.process_time() - begin < _SLOW_SECONDS:
        seed += 1
        steps += len(played(start(seed % 3 > 0), str(seed), 150 + seed % 4 * 100).played)
    with capsys.disabled():
        print(f"\n{steps} steps of {seed} clearings, and every fen was cleared once")
    assert steps > 10_000
