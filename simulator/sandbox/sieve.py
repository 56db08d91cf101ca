"""Tells what is certainly not among very many texts, in ten bits for each (a Bloom filter).

It stands before the look-ups in a journal: a new message is told from an old one without asking the database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

_BITS = 1 << 20
_MOST = 100_000  # texts in one segment: of those never put in, one in a hundred and fifty is taken for one that was
_PROBES = 7


class Sieve:
    """A set of texts that may take a text for its own, and never denies one; it grows by segments."""

    def __init__(self, segments: Iterable[bytes] = (), filled: int = 0) -> None:
        self._segments = [bytearray(each) for each in segments]
        self._filled = filled  # texts in the last segment

    def add(self, text: str) -> None:
        """Put a text in."""
        if not self._segments or self._filled >= _MOST:
            self._segments.append(bytearray(_BITS // 8))
            self._filled = 0
        self._filled += 1
        segment = self._segments[-1]
        for place in _places(text):
            segment[place >> 3] |= 1 << (place & 7)

    def __contains__(self, text: str) -> bool:
        """Tell whether a text may have been put in; False is certain."""
        if not self._segments:
            return False
        places = _places(text)
        return any(all(segment[place >> 3] >> (place & 7) & 1 for place in places) for segment in self._segments)

    def state(self) -> tuple[tuple[bytes, ...], int]:
        """Return what it was made with, as it is now."""
        return tuple(map(bytes, self._segments)), self._filled


def _places(text: str) -> tuple[int, ...]:
    number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big")
    first, step = number >> 64, number & 0xFFFF_FFFF_FFFF_FFFF | 1
    return tuple((first + step * each) % _BITS for each in range(_PROBES))
