"""Tells what is certainly not among very many texts, in ten bits for each (a Bloom filter).

It stands before the look-ups in a journal: a new message is told from an old one without asking the database.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable

_BITS = 1 << 20
_MOST = 100_000  # texts in the first segment; each further one has room for twice as many, so that they stay few
_PROBES = 7  # of those never put into a full segment, one in a hundred and fifty is taken for one that was
_HALF = 0xFFFF_FFFF


class Sieve:
    """A set of texts that may take a text for its own, and never denies one; it grows by segments."""

    def __init__(self, segments: Iterable[bytes] = (), filled: int = 0) -> None:
        self._segments = [bytearray(each) for each in segments]
        self._filled = filled  # texts in the last segment

    def add(self, text: str) -> None:
        """Put a text in."""
        if text in self:
            return
        if not self._segments or self._filled >= _MOST << len(self._segments) - 1:
            self._segments.append(bytearray((_BITS >> 3) << len(self._segments)))
            self._filled = 0
        self._filled += 1
        segment = self._segments[-1]
        place, step = _hashed(text)
        for _ in range(_PROBES):
            bit = place & (len(segment) << 3) - 1
            segment[bit >> 3] |= 1 << (bit & 7)
            place += step

    def __contains__(self, text: str) -> bool:
        """Tell whether a text may have been put in; False is certain."""
        for segment in self._segments:
            last = (len(segment) << 3) - 1
            place, step = _hashed(text)
            for _ in range(_PROBES):
                bit = place & last
                if not segment[bit >> 3] >> (bit & 7) & 1:
                    break
                place += step
            else:
                return True
        return False

    def state(self) -> tuple[tuple[bytes, ...], int]:
        """Return what it was made with, as it is now."""
        return tuple(map(bytes, self._segments)), self._filled


@functools.lru_cache(maxsize=64)  # every platform on the way of a message looks for the same one
def _hashed(text: str) -> tuple[int, int]:
    number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
    return number >> 32, number & _HALF | 1
