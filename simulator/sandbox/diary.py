"""The diary of the visits that the control API plays: kept in the journal, so that a restart finds them.

A hospital's computer knows what it has asked and been told. What a visit wishes, each request before it leaves and each
answer is noted in an entry that reaches no platform; notes are in the journal's order, so a request that is on disk
has its note before it. They are read back when a visit is looked for that is not at hand, and not at a start.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from simulator.core.platform.message import Key
from simulator.sandbox.engine import Engine
from simulator.sandbox.journal import PLAYED, Damaged, Entry, Reader, checked
from simulator.sandbox.wrong import Wrong

BEGUN = "begun"
"""The first note of a visit: hospital and wish."""
CALLED = "called"
"""The note of a name that somebody else gave a visit."""


class Diary:
    """The notes of an engine's journal, as entries of the platform ``at``."""

    def __init__(self, engine: Engine, at: str) -> None:
        self._engine, self._at = engine, at
        self._reader = Reader(engine.store)

    def note(self, number: str, kind: str, *what: Any) -> None:
        """Note something of a visit; it is on disk no later than whatever is asked next."""
        self._engine.note(self._at, (number, kind, *what))

    def name(self, name: str, number: str) -> None:
        """Note what somebody else calls a visit."""
        self.note(f"{CALLED} {name}", CALLED, number)

    def number_of(self, name: str) -> str:
        """Return the number of the visit that somebody else calls so, empty where there is none; raises Wrong."""
        found = self._read(f"{CALLED} {name}")
        return str(found[-1][1]) if found else ""

    async def kept(self) -> None:
        """Return when what was noted is on disk."""
        await self._engine.noted()

    def noting(self, number: str) -> Any:
        """Return what notes something of one visit."""
        return partial(self.note, number)

    def notes(self, number: str) -> list[tuple[Any, ...]]:
        """Return the notes of a visit in order, each without its number; none where there is no such visit.

        Raises Wrong where the journal cannot be read there.
        """
        found = self._read(number)
        return found if found and found[0][0] == BEGUN else []

    def last(self) -> int:
        """Return the number of the newest visit, 0 where there is none: they are numbered without a gap."""
        known, beyond = 0, 1
        while self._entries(f"S{beyond}"):
            known, beyond = beyond, 2 * beyond
        while beyond - known > 1:
            middle = (known + beyond) // 2
            known, beyond = (middle, beyond) if self._entries(f"S{middle}") else (known, middle)
        return known

    def _read(self, number: str) -> list[tuple[Any, ...]]:
        try:
            return [self._reader.what(self._checked(entry))[1:] for entry in self._entries(number)]
        except Damaged as problem:
            raise Wrong(problem.zh, str(problem)) from problem

    def _entries(self, number: str) -> tuple[Entry, ...]:
        return self._engine.store.about(Key(PLAYED, number), self._at)

    def _checked(self, entry: Entry) -> Entry:
        return next(checked((entry,), entry.seq - 1, self._engine.store.digest(entry.seq - 1)))
