"""An office: one desk of a platform, with its own messages, actions and state.

A platform is a set of offices over one set of books. An office says what it answers (requests of others), what it
hears (replies to requests the platform made itself), what it notes (exchanges between others that passed through), what
its staff can be told to do, and which facts change it; several
offices may follow the same fact. The platform routes by these tables and knows no office by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from simulator.core.platform.refusals import Refused

if TYPE_CHECKING:
    from simulator.core.platform.message import Message
    from simulator.core.platform.turn import Turn

_NONE: Mapping[Any, Any] = MappingProxyType({})

Answers = Mapping[str, Callable[["Turn", "Message"], "Message"]]
Hears = Mapping[str, Callable[["Turn", "Message", "Message"], None]]
Does = Mapping[type, Callable[["Turn", Any], Any]]
Folds = Mapping[type, Callable[[Any], None]]


class Office:
    """The tables of one office; a subclass fills those it needs.

    ``answers``: transaction → reply to a request meant for this platform. ``hears``: transaction → act on the final
    reply to a request of this platform's own. ``notes``: transaction → keep what passed between two others, once it
    succeeded. ``does``: action type → carry it out. ``folds``: fact type → apply it, without deciding anything.
    """

    answers: Answers = _NONE
    hears: Hears = _NONE
    notes: Hears = _NONE
    does: Does = _NONE
    folds: Folds = _NONE

    def drop_before(self, day: str) -> None:
        """Forget what is done with before ``day`` (ISO text); the host has kept it."""


def declining(does: Does) -> Does:
    """Return the same actions such that one that raises Refused is declined; it must raise before it records."""
    return {action: _declining(carry_out) for action, carry_out in does.items()}


def _declining(carry_out: Callable[[Turn, Any], Any]) -> Callable[[Turn, Any], None]:
    def carried_out(turn: Turn, action: Any) -> None:
        try:
            carry_out(turn, action)
        except Refused as problem:
            turn.decline(action, problem.name, *problem.found)

    return carried_out
