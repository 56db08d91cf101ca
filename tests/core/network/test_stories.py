"""Stories read like a jurist's file — who, where, when, the bill, what was refused and why — and hold to the fen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.core import invariants as inv
from simulator.core.clearing.sheet import balance_sheet

from .stories import MINISTRY, PLACES, Story, read

FILES = sorted((Path(__file__).parents[2] / "situations" / "stories").glob("*.toml"))


def cases() -> list[Any]:
    return [pytest.param(read(path), id=path.stem) for path in FILES]


@pytest.mark.parametrize("told", cases())
def test_a_story_goes_as_it_is_told(told: dict[str, Any]) -> None:
    story = Story(told).play()
    cities = story.registry.cities
    for one in cities:
        for other in cities:
            payable = story.nodes[one].books.balance("payable", other)
            assert inv.books_mirror(payable, story.nodes[other].books.balance("receivable", one))
    for code in (*PLACES, MINISTRY):
        for month in {key[0] for key in story.nodes[code].monthly.under()}:
            assert inv.sheet_is_zero(balance_sheet(month, story.nodes[code].monthly.under(month), cities))
    assert all(inv.posting_balances(entry) for entry in story.relay.postings)


@pytest.mark.parametrize("told", cases())
def test_a_story_says_what_it_is_about_and_why(told: dict[str, Any]) -> None:
    assert told["title"]["zh"]
    assert told["title"]["en"]
    assert told["basis"]
    steps = [*told["step"], *told.get("then", ())]
    assert any("refused" in step or step.get("gives") for step in steps)
