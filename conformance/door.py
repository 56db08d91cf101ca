"""The door to a system under test: many cases at a time, or one alone that disturbs all others."""

from __future__ import annotations

import threading
from typing import NamedTuple

Whose = tuple[str, int]
"""An attempt at a case: name and number."""


class Gone(Exception):
    """Who asked to be let in is no more there."""


class _Guest(NamedTuple):
    worker: str
    alone: bool


class Door:
    """Lets attempts in. Who wants to be alone waits for all inside, and whoever comes later waits for it.

    An attempt is of a worker, and leaves with it. May be called from many threads.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside: dict[Whose, _Guest] = {}
        self._waiting = 0  # who want to be alone
        self._gone: set[str] = set()

    def enter(self, whose: Whose, worker: str, *, alone: bool) -> None:
        """Wait until an attempt may begin; raises Gone where its worker has left meanwhile."""
        with self._changed:
            self._waiting += alone
            try:
                self._changed.wait_for(lambda: worker in self._gone or self._is_free(alone=alone))
                if worker in self._gone:
                    raise Gone(worker)
                self._inside[whose] = _Guest(worker, alone)
            finally:
                self._waiting -= alone
                self._changed.notify_all()

    def leave(self, whose: Whose) -> None:
        """Let go of an attempt."""
        with self._changed:
            self._inside.pop(whose, None)
            self._changed.notify_all()

    def close_to(self, worker: str) -> tuple[Whose, ...]:
        """Let nobody of a worker in any more; return its attempts that are inside, which have to leave."""
        with self._changed:
            self._gone.add(worker)
            self._changed.notify_all()
            return tuple(whose for whose, guest in self._inside.items() if guest.worker == worker)

    def _is_free(self, *, alone: bool) -> bool:
        if alone:
            return not self._inside
        return not self._waiting and not any(guest.alone for guest in self._inside.values())
