"""A paper claim's life as a table: (state, event) → state. Nothing else changes a claim's state (JL-6.3b, JL-6.6c).

The papers are told once: no event leads back from complete papers to missing ones, so that a case can never ask twice.
"""

from __future__ import annotations

from collections.abc import Mapping

NEW = "new"
INCOMPLETE = "incomplete"  # 材料不全，已一次性告知
COMPLETE = "complete"  # 已受理
CHECKED = "checked"  # 已复核
DECIDED = "decided"  # 已审定
PAID = "paid"  # 已支付
REFUSED = "refused"  # 不予报销
WITHDRAWN = "withdrawn"  # 参保人撤回
REVERSED = "reversed"  # 已支付，查有误后冲销追回

OPEN, ADD, COMPLETING, CHECK, DECIDE, PAY = "open", "add", "completing", "check", "decide", "pay"
REFUSE, WITHDRAW, REVERSE, COLLECT = "refuse", "withdraw", "reverse", "collect"

_UNDER_WAY = (INCOMPLETE, COMPLETE, CHECKED, DECIDED)

TRANSITIONS: Mapping[tuple[str, str], str] = {
    (NEW, OPEN): INCOMPLETE,
    (NEW, COMPLETING): COMPLETE,
    (NEW, REFUSE): REFUSED,
    (INCOMPLETE, ADD): INCOMPLETE,
    (INCOMPLETE, COMPLETING): COMPLETE,
    (COMPLETE, CHECK): CHECKED,
    (CHECKED, DECIDE): DECIDED,
    (DECIDED, PAY): PAID,
    (PAID, REVERSE): REVERSED,
    (REVERSED, COLLECT): REVERSED,
    **{(state, REFUSE): REFUSED for state in _UNDER_WAY},
    **{(state, WITHDRAW): WITHDRAWN for state in _UNDER_WAY},
}

UNPAID = frozenset({REFUSED, WITHDRAWN, REVERSED})  # nothing was paid, or it is asked back


def next_state(state: str, event: str) -> str | None:
    """Return the state after an event, or None when the event is not allowed in this state."""
    return TRANSITIONS.get((state, event))
