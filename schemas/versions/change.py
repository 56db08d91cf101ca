"""One change between two versions."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.values import Name


@dataclass(frozen=True, slots=True)
class Change:
    """One change, and whether it breaks those who were built for the old version.

    `where` is a place in a message (`2304 request /input/data/psn_no`), a shared definition (`codes.json med_type`) or
    a file. `sender` says whether it breaks who builds the message, `receiver` who reads it. `keyword` is the JSON
    Schema keyword, or `property`, `message`, `rule`, `columns`, `text`, `file`. `touches` are the places that a change
    of a definition or file reaches; empty where `where` is the place.
    """

    where: str
    what: Name
    sender: bool
    receiver: bool
    keyword: str
    touches: tuple[str, ...] = ()

    @property
    def breaking(self) -> bool:
        """Whether it breaks anyone."""
        return self.sender or self.receiver
