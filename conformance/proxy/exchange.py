"""One exchange on the link: what was asked, what was answered, and how it went."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

UPSTREAM_AWAY, UPSTREAM_SLOW, UPSTREAM_BROKE = "upstream away", "upstream slow", "upstream broke"
CALLER_GONE, OUR_FAULT = "caller gone", "our fault"
"""Why an exchange has no whole reply: nobody was there to call, no answer in time, an answer cut off, a caller gone."""

WHYS = {
    UPSTREAM_AWAY: ("连不上上游", "the upstream could not be reached"),
    UPSTREAM_SLOW: ("上游未在时限内答复", "the upstream did not answer in time"),
    UPSTREAM_BROKE: ("上游中途断开", "the upstream broke off"),
    OUR_FAULT: ("本工具出错", "a fault of this tool"),
    CALLER_GONE: ("调用方在答复之前断开", "the caller left before it was answered"),
}


class Copy(NamedTuple):
    """A copy of a body: its bytes (None: more than are held), how many there were, content type and encoding."""

    content: bytes | None
    size: int
    kind: str
    encoding: str = ""


class Exchange(NamedTuple):
    """An exchange; ``status`` is 0 where the other side gave no reply, ``why`` then says why it did not."""

    at: dt.datetime
    seconds: float
    method: str
    path: str
    asked: Copy
    status: int
    told: Copy
    why: str = ""

    @property
    def held(self) -> bool:
        """Tell whether both bodies are at hand."""
        return self.asked.content is not None and self.told.content is not None


class Copying:
    """Copies a body as it goes by, up to a limit of bytes."""

    def __init__(self, most: int, headers: Mapping[str, str]) -> None:
        self._most, self._headers = most, headers
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        """Take a part."""
        self._size += len(part)
        if self._size <= self._most:
            self._parts.append(part)
        else:
            self._parts.clear()

    def copy(self) -> Copy:
        """Return what came."""
        content = b"".join(self._parts) if self._size <= self._most else None
        encoding = self._headers.get("content-encoding", "").strip().lower()
        return Copy(content, self._size, self._headers.get("content-type", ""), encoding)
