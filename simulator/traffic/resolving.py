"""Finds out what became of settlements whose outcome is not known, before anybody adds up.

As a hospital does it: the same message again under its msgid, which a platform answers as it did or would have; and
where that is not to be had, a reversal (2601), after which there is nothing to add.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from simulator.core.platform.message import Key, Message, request
from simulator.core.platform.refusals import BY_CODE
from simulator.traffic.asking import Asking, Unanswered
from simulator.traffic.calls import Call
from simulator.traffic.measuring import Measured
from simulator.traffic.preparing import Prepared
from simulator.traffic.recording import Kept
from simulator.traffic.seen import MALFORMED, OK, REFUSED, UNKNOWN

KEEPS = frozenset({"2304", "2305", "2207", "2208", "2102", "2103"})
"""What settles and cancels: the player is to keep the replies of these."""
SETTLED, NOT_SETTLED, REVERSED, OPEN = "settled", "not settled", "reversed", "open"
"""What became of a settlement: it stands; it was refused; it was undone by a 2601; nobody could find out."""
_IN_VAIN = 3  # calls in a row that are not answered, before the target is taken to be gone


class Doubt(NamedTuple):
    """A settlement, or cancellation, of unknown outcome; ``request`` is its body, where that was kept."""

    visit: int
    step: int
    infno: str
    request: bytes


class Resolved(NamedTuple):
    """What became of one, and what was said about it."""

    doubt: Doubt
    how: str
    zh: str
    en: str


def doubts(prepared: Prepared, measured: Measured) -> list[Doubt]:
    """Return the settlements and cancellations whose outcome is not known.

    Of a visit that nobody watched only the replies of its settlements were kept; where some call of their kind has
    ended in doubt, each of them that has no reply may be the one.
    """
    doubted = {infno for infno, outcome, code in measured.ends if infno in KEEPS and _in_doubt(outcome, code)}
    if not doubted:
        return []
    watched = {(seen.visit, seen.step): seen for seen in (*measured.samples, *measured.examples)}
    ended = {seen.visit: seen for seen in watched.values() if seen.outcome != OK}
    known = {(kept.visit, kept.step) for kept in measured.settled}
    found = []
    for script in prepared.scripts:
        for step, call in enumerate(script.calls):
            if call.infno not in doubted or (script.number, step) in known:
                continue
            seen, end = watched.get((script.number, step)), ended.get(script.number)
            if seen is None and (script.sampled or (end is not None and end.step < step)):
                continue  # it was never sent
            if seen is None or _in_doubt(seen.outcome, seen.code):
                found.append(Doubt(script.number, step, call.infno, seen.request if seen is not None else b""))
            break
    return found


def resolve(prepared: Prepared, asking: Asking, found: Iterable[Doubt]) -> Iterator[tuple[Resolved, Kept | None]]:
    """Yield what became of each, and the reply of one that stands; raises Unanswered where the target is gone."""
    in_vain = 0
    for doubt in found:
        try:
            resolved = _resolve(prepared, asking, doubt)
            in_vain = 0
        except Unanswered as problem:
            in_vain += 1
            if in_vain == _IN_VAIN:
                raise
            resolved = Resolved(doubt, OPEN, problem.zh, problem.en), None
        yield resolved


def _resolve(prepared: Prepared, asking: Asking, doubt: Doubt) -> tuple[Resolved, Kept | None]:
    call = prepared.scripts[doubt.visit].calls[doubt.step]
    original = request(call.infno, Key(call.party, msgid_of(call)), {}, {})
    if doubt.request:
        try:
            answered = asking.send(original, doubt.request)
        except Unanswered:
            pass  # it is undone instead
        else:
            if answered.reply.succeeded:
                said = f"就诊{doubt.visit}的{call.infno}重发后确认已办", f"visit {doubt.visit}: {call.infno} stands"
                return Resolved(doubt, SETTLED, *said), Kept(doubt.visit, doubt.step, answered.body)
            if not _in_doubt(REFUSED, answered.reply.infcode or 0):
                said = f"就诊{doubt.visit}的{call.infno}被拒绝", f"visit {doubt.visit}: {call.infno} is refused"
                return Resolved(doubt, NOT_SETTLED, *said), None
    return _undone(prepared, asking, doubt, original), None


def _undone(prepared: Prepared, asking: Asking, doubt: Doubt, original: Message) -> Resolved:
    """Reverse what may have been done (2601)."""
    desk = prepared.wording.desks[original.party]
    signed = prepared.scripts[doubt.visit].known["sign_no"].decode()
    asked = desk.reverse(prepared.take.begin, prepared.traveller(doubt.visit).person, original)
    reply = asking.ask(asked._replace(head={**asked.head, "sign_no": signed})).reply
    if reply.succeeded:
        zh = f"就诊{doubt.visit}的{original.infno}已冲正（2601）"
        return Resolved(doubt, REVERSED, zh, f"visit {doubt.visit}: {original.infno} is reversed by 2601")
    said = reply.head.get("err_msg", "")
    zh = f"就诊{doubt.visit}的{original.infno}结果不明，冲正被拒绝：{said}"
    en = f"visit {doubt.visit}: nobody knows what became of {original.infno}; its reversal was refused: {said}"
    return Resolved(doubt, OPEN, zh, en)


def _in_doubt(outcome: str, code: int) -> bool:
    refusal = BY_CODE.get(code)
    return outcome in {UNKNOWN, MALFORMED} or (outcome == REFUSED and refusal is not None and refusal.passing)


def msgid_of(call: Call) -> str:
    """Return the msgid of a call, as it stands in the pieces of its body."""
    body: Mapping[str, str] = json.loads(b"".join(call.parts))
    return body["msgid"]
