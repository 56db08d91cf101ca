"""The life of a visit is its table: what is not in it is not allowed."""

from __future__ import annotations

import pytest

from simulator.core.visits.lifecycle import (
    ADMITTED,
    DISCHARGED,
    NEW,
    SETTLED,
    VISIT_EVENTS,
    WITHDRAWN,
    next_state,
    transitions,
)

STATES = (NEW, ADMITTED, DISCHARGED, SETTLED, WITHDRAWN)
ALLOWED = {
    (NEW, "2401", ADMITTED),
    (ADMITTED, "2301", ADMITTED),
    (ADMITTED, "2302", ADMITTED),
    (ADMITTED, "2402", DISCHARGED),
    (ADMITTED, "2404", WITHDRAWN),
    (ADMITTED, "2601/2401", WITHDRAWN),
    (DISCHARGED, "2303", DISCHARGED),
    (DISCHARGED, "2304", SETTLED),
    (DISCHARGED, "2405", ADMITTED),
    (DISCHARGED, "2601/2305", SETTLED),
    (SETTLED, "2305", DISCHARGED),
    (SETTLED, "2601/2304", DISCHARGED),
}


def test_exactly_the_written_transitions_are_allowed() -> None:
    table = transitions(discharge_first=True)
    found = {(s, e, next_state(table, s, e)) for s in STATES for e in VISIT_EVENTS if next_state(table, s, e)}
    assert found == ALLOWED


def test_a_pack_may_let_a_visit_settle_before_discharge() -> None:
    strict, free = transitions(discharge_first=True), transitions(discharge_first=False)
    assert next_state(strict, ADMITTED, "2304") is None
    assert next_state(free, ADMITTED, "2304") == SETTLED
    assert next_state(free, ADMITTED, "2303") == ADMITTED
    assert set(strict) < set(free)


@pytest.mark.parametrize("event", sorted(VISIT_EVENTS))
def test_a_withdrawn_visit_stays_withdrawn(event: str) -> None:
    assert next_state(transitions(discharge_first=False), WITHDRAWN, event) is None
