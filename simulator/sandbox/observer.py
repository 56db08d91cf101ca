"""What a sandbox shows of itself: the latest calls, and how many there were, how long they took and how they ended."""

from __future__ import annotations

import datetime as dt
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from simulator.core.platform.message import Key, Message
from simulator.core.platform.refusals import BY_CODE
from simulator.outputs.masking import mask_name, mask_number

_KEPT = 2000
_SLICE_SECONDS, _SLICES = 5, 180  # a quarter of an hour of charts


class Answered(NamedTuple):
    """A call and how it ended; request and reply are None where it was turned away before it was a message."""

    infno: str
    party: str
    outcome: str
    asked: Message | None = None
    reply: Message | None = None


class Seen(NamedTuple):
    """A call as the console lists it: ``masked`` is shown, ``person`` is for the filter and ``visit`` for the link.

    ``party`` is who called, ``sender`` whose message it was: a platform passes on what hospitals send.
    """

    number: int
    at: dt.datetime
    infno: str
    party: str
    msgid: str
    person: str
    masked: str
    visit: str
    outcome: str
    said: str
    milliseconds: float
    sender: str

    @property
    def succeeded(self) -> bool:
        """Tell whether the call was answered with success."""
        return self.outcome == "0"


class Slice(NamedTuple):
    """A few seconds of calls: when they began (Unix-like seconds), how many by outcome, and their milliseconds.

    ``waiting`` is how many others waited for an answer when each was answered.
    """

    begun: int
    outcomes: Counter[str]
    milliseconds: list[float]
    waiting: list[int]

    def quantile(self, share: float) -> float:
        """Return a quantile of the milliseconds, 0 where there were no calls."""
        ordered = sorted(self.milliseconds)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


class Observer:
    """Keeps the latest calls and a quarter of an hour of figures."""

    def __init__(self) -> None:
        self.total: Counter[tuple[str, str]] = Counter()  # by transaction and outcome
        self.calls: Counter[str] = Counter()  # by party
        self._seen: deque[Seen] = deque(maxlen=_KEPT)
        self._slices: deque[Slice] = deque(maxlen=_SLICES)
        self._number = 0

    def note(self, at: dt.datetime, answer: Answered, seconds: float, waiting: int = 0) -> None:
        """Note an answered call, and how many others wait for their answer."""
        self._number += 1
        milliseconds = 1000 * seconds
        infno, party, outcome, asked, reply = answer
        person = first_of(asked, "psn_no") or first_of(reply, "psn_no")
        masked = " ".join(filter(None, (mask_number(person), mask_name(first_of(asked, "psn_name")))))
        visit = first_of(asked, "mdtrt_id") or first_of(reply, "mdtrt_id")
        msgid, sender = asked.msgid if asked else "", asked.party if asked else ""
        said = _said(outcome, reply)
        self._seen.append(
            Seen(self._number, at, infno, party, msgid, person, masked, visit, outcome, said, milliseconds, sender)
        )
        self.total[infno, outcome] += 1
        self.calls[party] += 1
        self._slice(at).outcomes[outcome] += 1
        self._slices[-1].milliseconds.append(milliseconds)
        self._slices[-1].waiting.append(waiting)

    def latest(self, wanted: Mapping[str, str], most: int = 100) -> list[Seen]:
        """Return the latest calls that fit: ``infno``, ``party``, ``person`` (number or end of it), ``result``."""
        return [seen for seen, _ in zip(self._fitting(wanted), range(most), strict=False)]

    def keys_about(self, visit: str) -> set[Key]:
        """Return the keys of the latest calls about a visit, those that changed nothing among them."""
        return {Key(seen.sender, seen.msgid) for seen in self._seen if seen.visit == visit and seen.msgid}

    def slices(self, now: dt.datetime) -> tuple[Slice, ...]:
        """Return the figures of the quarter of an hour before a time, oldest first, those without calls as well."""
        last, known = _begun(now), {each.begun: each for each in self._slices}
        spans = range(last - (_SLICES - 1) * _SLICE_SECONDS, last + 1, _SLICE_SECONDS)
        return tuple(known.get(begun, Slice(begun, Counter(), [], [])) for begun in spans)

    def _fitting(self, wanted: Mapping[str, str]) -> Iterator[Seen]:
        infno, party, person, result = (wanted.get(name, "").strip() for name in _FILTERS)
        for seen in reversed(self._seen):
            if infno and seen.infno != infno:
                continue
            if party and party not in seen.party:
                continue
            if person and not seen.person.endswith(person):
                continue
            if result and (result == "0") != seen.succeeded:
                continue
            yield seen

    def _slice(self, at: dt.datetime) -> Slice:
        begun = _begun(at)
        if not self._slices or self._slices[-1].begun != begun:
            self._slices.append(Slice(begun, Counter(), [], []))
        return self._slices[-1]


def _begun(at: dt.datetime) -> int:
    return int(at.timestamp()) // _SLICE_SECONDS * _SLICE_SECONDS


_FILTERS = ("infno", "party", "person", "result")


def _said(outcome: str, reply: Message | None) -> str:
    if outcome == "0":
        return ""
    code = int(outcome) if outcome.lstrip("-").isdigit() else 0
    name = BY_CODE[code].name if code in BY_CODE else outcome
    text = str(reply.head.get("err_msg", "")) if reply else ""
    return f"{name} {text}".strip()


def first_of(message: Message | None, field: str) -> str:
    """Return a field from the first block that has it."""
    if message is None:
        return ""
    for block in message.blocks.values():
        for row in block if isinstance(block, tuple) else (block,):
            value: Any = row.get(field) if hasattr(row, "get") else None
            if value:
                return str(value)
    return ""
