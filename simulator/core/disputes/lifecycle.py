"""A ticket's life as a table: (state, event) → state, in the insured and in the treatment city alike (P75-57).

The insured city opens a ticket and either answers it itself or asks the treatment city; an answer is confirmed, by
word or by silence, or objected to and asked again.
"""

from __future__ import annotations

from collections.abc import Mapping

NEW = "new"
OPEN = "open"  # 参保地处理中
ASKED = "asked"  # 已转就医地
ANSWERED = "answered"  # 已答复，待确认
CLOSED = "closed"  # 已办结

KEEP, ASK, ANSWER, CONFIRM = "keep", "ask", "answer", "confirm"
OBJECT, REOPEN, NOT_TAKEN = "object", "reopen", "not_taken"

TRANSITIONS: Mapping[tuple[str, str], str] = {
    (NEW, KEEP): OPEN,
    (NEW, ASK): ASKED,
    (OPEN, ANSWER): ANSWERED,
    (ASKED, ANSWER): ANSWERED,
    (ASKED, NOT_TAKEN): OPEN,  # the treatment city refused to take it in
    (ANSWERED, NOT_TAKEN): ASKED,  # the insured city refused the answer
    (ANSWERED, OBJECT): ASKED,
    (ANSWERED, REOPEN): OPEN,
    (ANSWERED, CONFIRM): CLOSED,
}

WAITING = frozenset({OPEN, ASKED})  # for an answer


def next_state(state: str, event: str) -> str | None:
    """Return the state after an event, or None when the event is not allowed in this state."""
    return TRANSITIONS.get((state, event))
