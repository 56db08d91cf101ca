"""The life of a visit as tables: (state, event) → state. Nothing else changes a visit's state.

An event is a transaction number; ``2304+`` is the settlement of a part of a stay (中途结算), ``2305+`` its
cancellation, and ``2601/N`` the reversal (冲正) of transaction N. A pair that is not in the table is not allowed. Each
kind of visit has its table; what opens a visit and what may be reversed is read off the tables.

Discharge precedes settlement, unless the pack says otherwise. Of an outpatient visit each charge batch is settled by
itself, so settling does not change its state; a purchase at a pharmacy is born settled.
"""

from __future__ import annotations

from collections.abc import Mapping

from simulator.core.benefit.rules import INPATIENT, OUTPATIENT, PHARMACY

NEW = "new"
ADMITTED = "admitted"  # 在院
DISCHARGED = "discharged"  # 出院办理
BILLED = "billed"  # 已结算，未办理出院
SETTLED = "settled"  # 已结算
REGISTERED = "registered"  # 已挂号
SEEN = "seen"  # 已上传就诊信息
RETURNED = "returned"  # 购药已撤销
WITHDRAWN = "withdrawn"  # 入院、挂号撤销 or 冲正

PART = "+"  # of an event that is about a part of a stay
REVERSAL = "2601/"

Table = Mapping[tuple[str, str], str]
Tables = Mapping[str, Table]

_STAY: Table = {
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
_PARTS: Table = {
    (ADMITTED, "2303+"): ADMITTED,
    (ADMITTED, "2304+"): ADMITTED,
    **{(state, event): state for state in (ADMITTED, DISCHARGED) for event in ("2305+", "2601/2304+", "2601/2305+")},
}
_BEFORE_DISCHARGE: Table = {
    (ADMITTED, "2303"): ADMITTED,
    (ADMITTED, "2304"): BILLED,
    (ADMITTED, "2601/2305"): BILLED,
    (BILLED, "2305"): ADMITTED,
    (BILLED, "2601/2304"): ADMITTED,
    (BILLED, "2402"): SETTLED,
}
_REGISTRATION: Table = {
    (NEW, "2201"): REGISTERED,
    (REGISTERED, "2202"): WITHDRAWN,
    (REGISTERED, "2203"): SEEN,
    (SEEN, "2202"): WITHDRAWN,
    **{(SEEN, event): SEEN for event in ("2203", "2204", "2205", "2206", "2207", "2208", "2601/2207", "2601/2208")},
}
_PURCHASE: Table = {
    (NEW, "2101"): NEW,
    (NEW, "2102"): SETTLED,
    (SETTLED, "2103"): RETURNED,
    (SETTLED, "2601/2102"): WITHDRAWN,
    (RETURNED, "2601/2103"): SETTLED,
}


def transitions(*, discharge_first: bool) -> Tables:
    """Return the table of each kind of visit for a pack; ``discharge_first`` demands 2402 before 2303 and 2304."""
    stay = {**_STAY, **_PARTS}
    return {
        INPATIENT: stay if discharge_first else {**stay, **_BEFORE_DISCHARGE},
        OUTPATIENT: _REGISTRATION,
        PHARMACY: _PURCHASE,
    }


def next_state(table: Table, state: str, event: str) -> str | None:
    """Return the state after an event, or None when the event is not allowed in this state."""
    return table.get((state, event))


def reversal_of(infno: str, *, part: bool = False) -> str:
    """Return the event that the reversal of a transaction is; ``part``: it was about a part of a stay."""
    return f"{REVERSAL}{infno}{PART * part}"


_PAIRS = [(kind, *pair) for kind, table in transitions(discharge_first=False).items() for pair in table.items()]

VISIT_EVENTS = frozenset(event for _, (_, event), _ in _PAIRS)
OPENS = frozenset(event for _, (state, event), after in _PAIRS if state == NEW != after)
BORN: Mapping[str, str] = {kind: after for kind, (state, _), after in _PAIRS if state == NEW != after}
"""The state in which a visit of each kind begins."""
REVERSIBLE = frozenset(event.removeprefix(REVERSAL).removesuffix(PART) for event in VISIT_EVENTS if REVERSAL in event)
"""What 2601 may reverse: the national list (P75-45)."""
KIND_OF: Mapping[str, str] = {event: kind for kind, (_, event), _ in _PAIRS if event.isdigit()}
"""The kind of visit a transaction belongs to."""
CANCELS: Mapping[str, str] = {"2103": "2102", "2208": "2207", "2305": "2304"}
"""What cancels a settlement, and what settled it."""
SETTLES = frozenset(CANCELS.values())
TRIES = frozenset({"2101", "2206", "2303"})
"""What computes a bill and changes nothing."""
