"""A list of steps made as short as it can be and still fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def shrunk(steps: Sequence[Any], fails: Callable[[Sequence[Any]], bool], tries: int) -> list[Any]:
    """Return a part of the steps that fails too: larger and then smaller pieces are left out, from the end."""
    kept, size = list(steps), max(len(steps) // 2, 1)
    while size and tries:
        start = len(kept)
        while start > 0 and tries:
            start -= size
            without = kept[: max(start, 0)] + kept[start + size :]
            tries -= 1
            if fails(without):
                kept = without
        size //= 2
    return kept
