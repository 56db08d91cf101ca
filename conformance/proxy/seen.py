"""Memory of what was seen, bounded: the oldest is forgotten first, and it is counted how much."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

_KeyT = TypeVar("_KeyT", bound=Hashable)
_ValueT = TypeVar("_ValueT")


class Seen(Generic[_KeyT, _ValueT]):
    """Keeps the latest ``most`` values."""

    def __init__(self, most: int) -> None:
        self._most, self._held = most, OrderedDict[_KeyT, _ValueT]()
        self.forgotten = 0

    def get(self, key: _KeyT) -> _ValueT | None:
        """Return what is held, None for nothing."""
        return self._held.get(key)

    def take(self, key: _KeyT) -> _ValueT | None:
        """Return what is held and hold it no longer."""
        return self._held.pop(key, None)

    def put(self, key: _KeyT, value: _ValueT) -> _ValueT:
        """Hold a value, as the latest."""
        self._held[key] = value
        self._held.move_to_end(key)
        if len(self._held) > self._most:
            self._held.popitem(last=False)
            self.forgotten += 1
        return value
