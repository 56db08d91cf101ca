"""The life of a visit is its table: what is not in it is not allowed."""

from __future__ import annotations

import pytest

from simulator.core.benefit.rules import INPATIENT, OUTPATIENT, PHARMACY
from simulator.core.platform.transactions import FORWARDED
from simulator.core.visits.lifecycle import (
    ADMITTED,
    BILLED,
    BORN,
    CANCELS,
    DISCHARGED,
    KIND_OF,
    NEW,
    OPENS,
    REGISTERED,
    RETURNED,
    REVERSIBLE,
    SEEN,
    SETTLED,
    SETTLES,
    VISIT_EVENTS,
    WITHDRAWN,
    next_state,
    reversal_of,
    transitions,
)

STATES = (NEW, ADMITTED, DISCHARGED, BILLED, SETTLED, REGISTERED, SEEN, RETURNED, WITHDRAWN)
STAY = {
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
PARTS = {
    (ADMITTED, "2303+", ADMITTED),
    (ADMITTED, "2304+", ADMITTED),
    (ADMITTED, "2305+", ADMITTED),
    (ADMITTED, "2601/2304+", ADMITTED),
    (ADMITTED, "2601/2305+", ADMITTED),
    (DISCHARGED, "2305+", DISCHARGED),
    (DISCHARGED, "2601/2304+", DISCHARGED),
    (DISCHARGED, "2601/2305+", DISCHARGED),
}
BEFORE_DISCHARGE = {
    (ADMITTED, "2303", ADMITTED),
    (ADMITTED, "2304", BILLED),
    (ADMITTED, "2601/2305", BILLED),
    (BILLED, "2305", ADMITTED),
    (BILLED, "2601/2304", ADMITTED),
    (BILLED, "2402", SETTLED),
}
REGISTRATION = {
    (NEW, "2201", REGISTERED),
    (REGISTERED, "2202", WITHDRAWN),
    (REGISTERED, "2203", SEEN),
    (SEEN, "2202", WITHDRAWN),
    (SEEN, "2203", SEEN),
    (SEEN, "2204", SEEN),
    (SEEN, "2205", SEEN),
    (SEEN, "2206", SEEN),
    (SEEN, "2207", SEEN),
    (SEEN, "2208", SEEN),
    (SEEN, "2601/2207", SEEN),
    (SEEN, "2601/2208", SEEN),
}
PURCHASE = {
    (NEW, "2101", NEW),
    (NEW, "2102", SETTLED),
    (SETTLED, "2103", RETURNED),
    (SETTLED, "2601/2102", WITHDRAWN),
    (RETURNED, "2601/2103", SETTLED),
}


@pytest.mark.parametrize(
    ("kind", "discharge_first", "allowed"),
    [
        (INPATIENT, True, STAY | PARTS),
        (INPATIENT, False, STAY | PARTS | BEFORE_DISCHARGE),
        (OUTPATIENT, True, REGISTRATION),
        (PHARMACY, True, PURCHASE),
    ],
)
def test_exactly_the_written_transitions_are_allowed(
    kind: str, discharge_first: bool, allowed: set[tuple[str, str, str]]
) -> None:
    table = transitions(discharge_first=discharge_first)[kind]
    found = {(s, e, next_state(table, s, e)) for s in STATES for e in VISIT_EVENTS if next_state(table, s, e)}
    assert found == allowed


@pytest.mark.parametrize("kind", [INPATIENT, OUTPATIENT, PHARMACY])
@pytest.mark.parametrize("event", sorted(VISIT_EVENTS))
def test_a_withdrawn_visit_stays_withdrawn(kind: str, event: str) -> None:
    assert next_state(transitions(discharge_first=False)[kind], WITHDRAWN, event) is None


def test_what_opens_a_visit_and_what_it_is_then_follows_from_the_tables() -> None:
    assert {"2102", "2201", "2401"} == OPENS
    assert BORN == {INPATIENT: ADMITTED, OUTPATIENT: REGISTERED, PHARMACY: SETTLED}


def test_the_national_list_of_reversible_transactions_follows_from_the_tables() -> None:
    assert {"2102", "2103", "2207", "2208", "2304", "2305", "2401"} == REVERSIBLE


def test_every_settlement_can_be_cancelled_and_both_reversed() -> None:
    assert set(CANCELS) | SETTLES == REVERSIBLE - {"2401"}
    for kind, table in transitions(discharge_first=True).items():
        for cancels, settles in CANCELS.items():
            settled = {after for (_, event), after in table.items() if event == settles}
            cancelled = {next_state(table, state, cancels) for state in settled}
            assert len(settled) == len(cancelled) == (KIND_OF[settles] == kind)
            for state in settled:
                undone = next_state(table, state, reversal_of(settles))
                assert undone is not None
                assert next_state(table, str(next_state(table, state, cancels)), reversal_of(cancels)) == state


def test_every_transaction_of_a_visit_is_passed_on() -> None:
    assert set(KIND_OF) <= FORWARDED
    assert KIND_OF["2304"] == INPATIENT
    assert KIND_OF["2101"] == PHARMACY
    assert not any("/" in event or "+" in event for event in KIND_OF)
