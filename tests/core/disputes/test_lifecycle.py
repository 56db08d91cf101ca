"""The table of a ticket's life."""

from __future__ import annotations

from simulator.core.disputes import lifecycle as life


def test_every_state_is_reached_and_a_closed_ticket_stays_closed() -> None:
    states = {state for (state, _), after in life.TRANSITIONS.items() for state in (state, after)}
    assert states == {life.NEW, *life.TRANSITIONS.values()}
    assert not [pair for pair in life.TRANSITIONS if pair[0] == life.CLOSED]


def test_a_ticket_is_closed_only_with_an_answer() -> None:
    assert [state for (state, _), after in life.TRANSITIONS.items() if after == life.CLOSED] == [life.ANSWERED]
    assert life.next_state(life.ASKED, life.CONFIRM) is None
