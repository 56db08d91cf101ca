"""The table of a claim's life."""

from __future__ import annotations

from simulator.core.claims import lifecycle as life

STATES = {state for pair in life.TRANSITIONS.items() for state in (pair[0][0], pair[1])}


def test_no_event_leads_from_complete_papers_back_to_missing_ones() -> None:
    before = {life.NEW, life.INCOMPLETE}
    assert not [
        (state, event) for (state, event), after in life.TRANSITIONS.items() if state not in before and after in before
    ]


def test_every_state_is_reached_and_what_was_paid_is_only_reversed() -> None:
    assert {life.NEW, *life.TRANSITIONS.values()} == STATES
    assert {event for state, event in life.TRANSITIONS if state == life.PAID} == {life.REVERSE}
    assert {event for state, event in life.TRANSITIONS if state == life.REVERSED} == {life.COLLECT}
    assert not [pair for pair in life.TRANSITIONS if pair[0] in {life.REFUSED, life.WITHDRAWN}]


def test_money_moves_only_after_a_check_and_a_decision() -> None:
    into_paid = [state for (state, _), after in life.TRANSITIONS.items() if after == life.PAID]
    into_decided = [state for (state, _), after in life.TRANSITIONS.items() if after == life.DECIDED]
    assert (into_paid, into_decided) == ([life.DECIDED], [life.CHECKED])
    assert life.next_state(life.COMPLETE, life.PAY) is None
