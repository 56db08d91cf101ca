"""What the player is given: the visits of a schedule as requests that are ready but for what only replies can tell."""

from __future__ import annotations

from typing import NamedTuple


class Call(NamedTuple):
    """A request: the pieces of its body around its holes, so that sending it is one join.

    ``parts`` are one more than ``holes``; a hole is named by the field whose value an earlier reply of the same visit,
    or the preparation of the run, has told. ``learns`` are the fields whose first value in the reply is kept for the
    calls after it. ``gap_us`` is how long the hospital takes for it after the reply before; 0 for the first.
    """

    infno: str
    party: str
    gap_us: int
    parts: tuple[bytes, ...]
    holes: tuple[str, ...] = ()
    learns: tuple[str, ...] = ()

    def body(self, known: dict[str, bytes]) -> bytes:
        """Return the body with its holes filled; raises KeyError for a value nobody has told."""
        if not self.holes:
            return self.parts[0]
        pieces = [self.parts[0]]
        for hole, part in zip(self.holes, self.parts[1:], strict=True):
            pieces += known[hole], part
        return b"".join(pieces)


class Script(NamedTuple):
    """A visit to be played: ``due_us`` is when it arrives, from the beginning of the run; its calls follow each other.

    ``known`` is what the preparation has told of it. Replies of a ``sampled`` visit are kept whole and judged.
    """

    number: int
    due_us: int
    calls: tuple[Call, ...]
    known: dict[str, bytes]
    sampled: bool = False
