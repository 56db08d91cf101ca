"""What is seen of a call: the words for how it ended, and one row for each call that was due."""

from __future__ import annotations

from typing import NamedTuple

OK, REFUSED, MALFORMED, UNKNOWN, UNSENT = "ok", "refused", "malformed", "unknown", "unsent"
"""How a call ended: answered with infcode 0; with another; with what is no reply of the interface, or a status that is
not 200; sent and never answered (the outcome is unknown); never sent, as no connection could be had."""
OUTCOMES = (OK, REFUSED, MALFORMED, UNKNOWN, UNSENT)


class Seen(NamedTuple):
    """One call: when it was due, sent and answered, in nanoseconds from the beginning of the run.

    The first call of a visit is due when the visit arrives, whatever the target does; a later one when the hospital
    has taken its time after the reply before. ``sent_ns`` and ``answered_ns`` are 0 where that never was. ``code`` is
    the infcode, the HTTP status of a malformed reply, or 0. ``reply`` is kept of sampled visits only.
    """

    infno: str
    visit: int
    step: int
    due_ns: int
    sent_ns: int
    answered_ns: int
    outcome: str
    code: int
    why: str = ""
    request: bytes = b""
    reply: bytes = b""
