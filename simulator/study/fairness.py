"""Whether two kinds of institutions are treated alike: a rank test within groups that are alike otherwise (JL-6.1b).

Think of runners ranked in each heat by itself: if one team's places add up to more than chance would bring about, its
runners are slower. This is van Elteren's form of Wilcoxon's test, with equal weights and corrected for ties.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Ranked(NamedTuple):
    """What a rank test found: the members of either side, and the chance of so large a difference; 1 without one."""

    ones: int
    others: int
    chance: float


def rank_test(groups: Iterable[tuple[Sequence[float], Sequence[float]]]) -> Ranked:
    """Compare two sides within each group; a group of one side alone says nothing and is left out."""
    above, spread, ones, others = 0.0, 0.0, 0, 0
    for one, other in groups:
        if one and other:
            ranks = _ranks([*one, *other])
            every = len(ranks)
            above += sum(ranks[: len(one)]) - len(one) * (every + 1) / 2
            mean = (every + 1) / 2
            spread += len(one) * len(other) / (every * (every - 1)) * sum((rank - mean) ** 2 for rank in ranks)
            ones, others = ones + len(one), others + len(other)
    chance = math.erfc(abs(above) / math.sqrt(2 * spread)) if spread else 1.0
    return Ranked(ones, others, chance)


def _ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of each value from 1, equal ones sharing the mean of theirs."""
    counted = Counter(values)
    rank, below = {}, 0
    for value in sorted(counted):
        rank[value] = below + (counted[value] + 1) / 2
        below += counted[value]
    return [rank[value] for value in values]
