"""Months of clearing at random, at home and across provinces; what a fault needs to be found again is its seed."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from .player import Player

MONTHS = ("2023-09", "2023-10", "2023-11")


def played(make_bench: Any, make_wire: Any, seed: int, rounds: int) -> Player:
    """Months at random, and a quiet one at the end for what came too late for its own."""
    rng = Random(seed)
    bench = make_bench({"clearing.in_province.upload_day": 31}, country=rng.random() < 0.6)
    player = Player(bench, make_wire(bench.nodes), rng)
    for month in MONTHS:
        player.month(month, rounds)
    player.month("2023-12", 0)
    player.at_the_end()
    return player


def replays(player: Player, picture_of: Any) -> None:
    """The facts in order give every platform its state back."""
    nodes = player.bench.fresh()
    for code, fact in player.wire.facts:
        nodes[code].fold(fact)
    for entry in player.wire.postings:
        for code, node in nodes.items():
            if entry.org == (node.party if node.party.endswith("00001") else code):
                node.books.post(entry)
    for code, node in nodes.items():
        assert picture_of(node) == picture_of(player.bench.nodes[code]), code


@pytest.mark.parametrize("seed", range(6))
def test_random_months_are_cleared_to_the_fen(
    make_bench: Any, make_wire: Any, picture_of: Any, wrong_messages: Any, seed: int
) -> None:
    player = played(make_bench, make_wire, seed, 80)
    replays(player, picture_of)
    assert (
        wrong_messages({(each.key, each.is_reply): (start, end, each) for start, end, each in player.seen}.values())
        == []
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 300))
def test_many_random_months_are_cleared_to_the_fen(make_bench: Any, make_wire: Any, picture_of: Any, seed: int) -> None:
    replays(played(make_bench, make_wire, seed, 300), picture_of)
