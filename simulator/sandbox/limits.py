"""How much one caller may ask of a sandbox, and how long it may take about it."""

from __future__ import annotations

import contextlib
import resource
from typing import NamedTuple

_SPARE_FILES = 200  # for the journal, the snapshots and the links to platforms elsewhere


class Limits(NamedTuple):
    """Sizes in bytes, times in seconds; whoever goes beyond one is turned away, and nobody else notices."""

    connections: int = 4096
    head: int = 64 << 10
    head_seconds: float = 10.0
    idle_seconds: float = 75.0
    """How long a connection may be kept open between two calls."""
    body: int = 2 << 20
    body_seconds: float = 10.0
    bodies: int = 64 << 20
    """Of all bodies that are on their way in together."""
    reading_seconds: float = 30.0
    """How long a caller may leave an answer unread."""
    calls: int = 2000
    """Worked on at a time."""
    rate: float = 5000.0
    """Calls a second, of each party."""
    grace_seconds: int = 5
    """How long calls that are under way may take when the process is told to end."""


class Bucket:
    """Lets ``rate`` a second through, and ``most`` at once after a pause; seconds are the caller's."""

    def __init__(self, rate: float, most: float | None = None) -> None:
        self._rate = rate
        self._most = rate if most is None else most
        self._left, self._at = self._most, 0.0

    def left(self, now: float) -> float:
        """Return how much may pass at ``now``; below zero after a debt."""
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        return self._left

    def spend(self, now: float, amount: float) -> None:
        """Note that something passed, whether it might or not."""
        self._left = self.left(now) - amount

    def takes(self, now: float, amount: float = 1) -> bool:
        """Let something through; tell whether it might pass."""
        if self.left(now) < amount:
            return False
        self._left -= amount
        return True


def for_this_process(limits: Limits) -> Limits:
    """Return limits that this process can keep: it opens as many files as it may, and no more connections than that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):  # it then stays as it is
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    most = limits.connections if soft == resource.RLIM_INFINITY else max(soft - _SPARE_FILES, 16)
    return limits._replace(connections=min(limits.connections, most))
