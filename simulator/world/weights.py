"""Weighted choices."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Mapping
from typing import Generic, TypeVar

T = TypeVar("T")


class Weights(Generic[T]):
    """A fixed set of weighted choices, picked by a number in [0, 1)."""

    def __init__(self, choices: Mapping[T, float]) -> None:
        self.choices = tuple(choices)
        self._sums = tuple(itertools.accumulate(choices.values()))

    def weight(self, choice: T) -> float:
        """Return the share of a choice among all."""
        place = self.choices.index(choice)
        return (self._sums[place] - (self._sums[place - 1] if place else 0.0)) / self._sums[-1]

    def pick(self, chance: float) -> T:
        """Return the choice that ``chance`` falls on."""
        return self.choices[min(bisect.bisect_right(self._sums, chance * self._sums[-1]), len(self.choices) - 1)]
