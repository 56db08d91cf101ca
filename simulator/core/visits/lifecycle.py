"""The inpatient visit's life as a table: (state, event) → state. Nothing else changes a visit's state.

An event is a transaction number, or ``2601/N`` for the reversal (冲正) of transaction N. A pair that is not in the
table is not allowed. Discharge precedes settlement, unless the pack says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

NEW = "new"
ADMITTED = "admitted"  # 在院
DISCHARGED = "discharged"  # 出院办理
SETTLED = "settled"  # 已结算
WITHDRAWN = "withdrawn"  # 入院撤销 or 冲正

Table = Mapping[tuple[str, str], str]

TRANSITIONS: Table = {
    (NEW, "2401"): ADMITTED,
    (ADMITTED, "2301"): ADMITTED,
    (ADMITTED, "2302"): ADMITTED,
    (ADMITTED, "2402"): DISCHARGED,
    (ADMITTED, "2404"): WITHDRAWN,
    (ADMITTED, "2601/2401"): WITHDRAWN,
    (DISCHARGED, "2303"): DISCHARGED,
    (DISCHARGED, "2304"): SETTLED,
    (DISCHARGED, "2405"): ADMITTED,
    (DISCHARGED, "2601/2305"): SETTLED,
    (SETTLED, "2305"): DISCHARGED,
    (SETTLED, "2601/2304"): DISCHARGED,
}

SETTLE_ANY_TIME: Table = {
    **TRANSITIONS,
    (ADMITTED, "2303"): ADMITTED,
    (ADMITTED, "2304"): SETTLED,
}

VISIT_EVENTS = frozenset(event for _, event in TRANSITIONS)


def transitions(*, discharge_first: bool) -> Table:
    """Return the table for a pack; ``discharge_first`` demands 2402 before 2303 and 2304."""
    return TRANSITIONS if discharge_first else SETTLE_ANY_TIME


def next_state(table: Table, state: str, event: str) -> str | None:
    """Return the state after an event, or None when the event is not allowed in this state."""
    return table.get((state, event))
