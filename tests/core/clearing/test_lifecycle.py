"""The tables of states lead to the end, and nothing leaves it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from simulator.core.clearing import lifecycle as life

TABLES = [(life.CASE, life.COLLECTED, life.CLOSED), (life.DOCUMENT, life.WITH_FINANCE, life.REPORTED)]
TABLES += [(life.ORDER, life.ANNOUNCED, life.REPORTED)]


@pytest.mark.parametrize(("table", "start", "end"), TABLES, ids=["case", "document", "order"])
def test_every_state_is_reached_and_the_end_is_final(
    table: Mapping[tuple[str, str], str], start: str, end: str
) -> None:
    reached = {start}
    while more := {to for (state, _), to in table.items() if state in reached} - reached:
        reached |= more
    assert end in reached
    assert reached == {state for state, _ in table} | set(table.values())
    assert not [event for state, event in table if state == end]


def test_what_was_returned_is_handed_over_anew_under_another_number() -> None:
    assert not [event for state, event in life.DOCUMENT if state == life.RETURNED]


def test_a_confirmed_sheet_is_not_taken_again_and_not_applied_for_again() -> None:
    closed = (life.CONFIRMED, life.SEALED, life.CLOSED)
    assert not [(state, event) for state in closed for event in (life.TAKE, life.APPLY) if (state, event) in life.CASE]
