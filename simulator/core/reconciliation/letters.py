"""The reconciliation messages a platform has sent or answered: which of their exchanges it may forget, and when."""

from __future__ import annotations

from simulator.core.platform.message import Key
from simulator.core.platform.node import Answered

_MESSAGES = frozenset({"R101", "R102", "R103", "S301"})


class Letters:
    """The keys of answered messages, by the day they were written."""

    def __init__(self) -> None:
        self._keys: dict[str, set[Key]] = {}

    def fold(self, fact: Answered) -> None:
        """Apply :class:`Answered`."""
        asked = fact.request
        if asked.infno in _MESSAGES:
            self._keys.setdefault(str(asked.head["inf_time"])[:10], set()).add(asked.key)

    def before(self, day: str) -> list[Key]:
        """Take out the keys of the days before ``day``."""
        old = sorted(each for each in self._keys if each < day)
        return [key for each in old for key in sorted(self._keys.pop(each))]
