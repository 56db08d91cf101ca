"""Named random streams: the only source of chance.

A stream is named by seed, replication, kind, id and purpose, and derived by hash. Adding one entity changes no other,
two scenarios share common random numbers, and one person's story can be told again alone.
"""

from __future__ import annotations

import hashlib
import random

_BYTES = 16
_SHARE_BITS = 64


class Streams:
    """The streams of one replication of one seed."""

    def __init__(self, seed: int, replication: int = 0) -> None:
        self._prefix = f"yidi/{seed}/{replication}/"

    def stream(self, kind: str, entity: object, purpose: str) -> random.Random:
        """Return a fresh generator for one purpose of one entity; the same name gives the same numbers."""
        return random.Random(int.from_bytes(self._digest(kind, entity, purpose), "big"))

    def share(self, kind: str, entity: object, purpose: str) -> float:
        """Return one number in [0, 1) for one purpose of one entity, without making a generator."""
        digest = self._digest(kind, entity, purpose)
        return (int.from_bytes(digest[: _SHARE_BITS // 8], "big") >> 11) / (1 << 53)

    def _digest(self, kind: str, entity: object, purpose: str) -> bytes:
        name = f"{self._prefix}{kind}/{entity}/{purpose}"
        return hashlib.blake2b(name.encode(), digest_size=_BYTES).digest()
