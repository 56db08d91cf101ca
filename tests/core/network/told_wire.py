"""A wire that tells what it does, so that a counterexample is printed as a list of messages and of what staff did."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import note

from simulator.core.platform.turn import Declined

_LENGTH = 110  # of what an action holds


def telling(wire: type) -> type:
    """Return a wire that notes each message it carries or loses, each alarm and each action, one line each.

    Hypothesis prints notes for the shrunk counterexample only.
    """

    class ToldWire(wire):  # type: ignore[misc]  # the wire is a class of the shared fixtures
        """The wire with a voice."""

        def __init__(self, nodes: Any) -> None:
            super().__init__(nodes)
            self._carried: set[tuple[str, str, Any, bool]] = set()

        def deliver(self, now: dt.datetime, index: int = 0) -> Any:
            flight = self.flying[index]
            leg = flight.start, flight.end, flight.message.key, flight.message.is_reply
            note(f"{_at(now)} {_line(flight)}{' again' if leg in self._carried else ''}")
            self._carried.add(leg)
            return super().deliver(now, index)

        def lose(self, index: int = 0) -> Any:
            flight = super().lose(index)
            note(f"lost {_line(flight)}")
            return flight

        def ring(self, now: dt.datetime) -> int:
            given_up: int = super().ring(now)
            if given_up:
                note(f"{_at(now)} {given_up} deadlines have passed")
            return given_up

        def act(self, now: dt.datetime, at: str, action: Any) -> None:
            """Let the staff of a platform carry out an action."""
            said = ", ".join(str(part) for part in action)
            note(f"{_at(now)} {at} acts: {type(action).__name__}({said[:_LENGTH]})")
            before = len(self.facts)
            self.perform(at, self.nodes[at].act(now, action))
            for _, fact in self.facts[before:]:
                if isinstance(fact, Declined):
                    note(f"{_at(now)} {at} declines: {fact.name} {', '.join(fact.found)}")

        def know(self, at: str, fact: Any) -> None:
            """Let a platform learn a fact from outside the network."""
            note(f"{at} learns: {type(fact).__name__}({str(fact)[:_LENGTH]})")
            self.nodes[at].fold(fact)
            self.facts.append((at, fact))

    return ToldWire


def _at(now: dt.datetime) -> str:
    return f"{now:%m-%d %H:%M:%S}"


def _line(flight: Any) -> str:
    message = flight.message
    what = f"reply {message.infcode}" if message.is_reply else "request"
    return f"{flight.start} → {flight.end} {message.infno} {what} msgid …{message.msgid[-4:]}"
