"""What faults keep back: messages on their way, known to the journal until they go on.

The note of a fault says for how long it keeps a message back, and another note (``let_on``) that it went on. What was
noted and has not gone on is on its way still, whether the process was the same all the time or not: it goes on when it
would have, exactly once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from simulator.core.platform.message import Key, Message

LET_ON = "let_on"

_Leg = tuple[str, str, Key, bool]


class Note(NamedTuple):
    """What a rule did to a message ``at`` … ``to``: ``ms`` is how long it keeps it back, 0 where it does not."""

    now: dt.datetime
    rule: str
    do: str
    at: str
    to: str
    message: Message
    ms: int = 0


class Held(NamedTuple):
    """A message that a rule keeps back ``until`` then."""

    rule: str
    at: str
    to: str
    message: Message
    until: dt.datetime


class KeptBack:
    """The messages that are kept back, by leg and key; it is what the notes of a journal fold to."""

    def __init__(self, held: Iterable[Held] = ()) -> None:
        self._held: dict[_Leg, list[Held]] = {}
        for each in held:
            self._held.setdefault(_leg(each.at, each.to, each.message), []).append(each)

    def __len__(self) -> int:
        """Return how many messages are kept back."""
        return sum(map(len, self._held.values()))

    def due(self) -> list[Held]:
        """Return the messages in the order in which they go on."""
        return sorted((each for many in self._held.values() for each in many), key=lambda each: each.until)

    def holds(self, at: str, to: str, message: Message) -> Held | None:
        """Return what is known of a message that is kept back on a leg, None where it is not."""
        many = self._held.get(_leg(at, to, message), ())
        return next((each for each in many if each.message == message), None)

    def fold(self, note: Note) -> None:
        """Take in a note: a message is kept back, or has gone on."""
        leg = _leg(note.at, note.to, note.message)
        if note.ms:
            until = note.now + dt.timedelta(milliseconds=note.ms)
            self._held.setdefault(leg, []).append(Held(note.rule, note.at, note.to, note.message, until))
        elif note.do == LET_ON:
            gone = self.holds(note.at, note.to, note.message)
            if gone is not None:
                self._held[leg].remove(gone)
                if not self._held[leg]:
                    del self._held[leg]


def _leg(at: str, to: str, message: Message) -> _Leg:
    return at, to, message.key, message.is_reply
