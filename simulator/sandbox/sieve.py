"""Tells what is certainly not among very many texts, in sixteen bits for each (a Bloom filter in words of 64 bits).

It stands before the look-ups in a journal: a new message is told from an old one without asking the database.
"""

from __future__ import annotations

import functools
import hashlib
from array import array
from collections.abc import Iterable

_WORDS = 1 << 14
_MOST = 1 << 16  # texts in the first segment; each further one has room for twice as many, so that they stay few
_PROBES = 6  # bits of one word: of those never put into a full segment, one in a hundred is taken for one that was


class Sieve:
    """A set of texts that may take a text for its own, and never denies one; it grows by segments."""

    def __init__(self, segments: Iterable[bytes] = (), filled: int = 0) -> None:
        self._segments = [array("Q", each) for each in segments]
        self._filled = filled  # texts in the last segment

    def add(self, text: str) -> None:
        """Put a text in."""
        if text in self:
            return
        if not self._segments or self._filled >= _MOST << len(self._segments) - 1:
            self._segments.append(array("Q", bytes(8 * _WORDS << len(self._segments))))
            self._filled = 0
        self._filled += 1
        segment = self._segments[-1]
        place, bits = _hashed(text)
        segment[place & len(segment) - 1] |= bits

    def __contains__(self, text: str) -> bool:
        """Tell whether a text may have been put in; False is certain."""
        place, bits = _hashed(text)
        for segment in self._segments:  # noqa: SIM110  # a generator takes half as long again
            if segment[place & len(segment) - 1] & bits == bits:
                return True
        return False

    def state(self) -> tuple[tuple[bytes, ...], int]:
        """Return what it was made with, as it is now."""
        return tuple(each.tobytes() for each in self._segments), self._filled


@functools.lru_cache(maxsize=64)  # every platform on the way of a message looks for the same one
def _hashed(text: str) -> tuple[int, int]:
    """Return the number of a word, and the bits in it."""
    number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=10).digest())
    bits = 0
    for _ in range(_PROBES):
        bits |= 1 << (number & 63)
        number >>= 6
    return number, bits
