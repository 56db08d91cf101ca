"""Statistics over replications: Student's t for means and differences, Wilson for probabilities.

A replication is one observation of a figure, whatever the number of stays in it: stays of one run share its offices,
queues and days, and intervals over them would be too narrow. With fewer than two replications there is no interval.
Means and intervals are statistics, not amounts: they may be floats.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

LEVEL = 0.95
"""How often an interval covers what it is about."""

_Z = 1.96  # two-sided 95 % of the normal distribution


class Spread(NamedTuple):
    """The mean of ``number`` observations, their standard deviation, and the interval of the mean.

    ``sd``, ``low`` and ``high`` are None for a single observation; ``p`` is the chance of a mean this far from nought
    where the true one is nought (two-sided), None likewise.
    """

    number: int
    mean: float
    sd: float | None
    low: float | None
    high: float | None
    p: float | None


def spread(values: Sequence[float]) -> Spread:
    """Return mean, deviation and Student's interval of at least one observation; raises StatisticsError for none."""
    mean, number = statistics.mean(values), len(values)
    if number == 1:
        return Spread(1, mean, None, None, None, None)
    sd = statistics.stdev(values)
    return _around(number, mean, sd, sd / math.sqrt(number), number - 1)


def paired(before: Sequence[float], after: Sequence[float]) -> Spread:
    """Return the spread of the differences ``after - before``, pair by pair; raises ValueError for unequal lengths."""
    return spread([late - early for early, late in zip(before, after, strict=True)])


def unpaired(before: Sequence[float], after: Sequence[float]) -> Spread:
    """Return the difference of two means by Welch's test, degrees of freedom rounded down (a little too wide).

    ``number`` is that of the smaller sample; ``sd`` stays None, as there are no differences to deviate.
    """
    early, late = spread(before), spread(after)
    mean, number = late.mean - early.mean, min(early.number, late.number)
    if early.sd is None or late.sd is None:
        return Spread(number, mean, None, None, None, None)
    parts = [each.sd**2 / each.number for each in (early, late) if each.sd is not None]
    error = math.sqrt(sum(parts))
    if error == 0:
        return _around(number, mean, None, 0.0, 1)
    below = sum(part**2 / (each.number - 1) for part, each in zip(parts, (early, late), strict=True))
    return _around(number, mean, None, error, max(math.floor(sum(parts) ** 2 / below), 1))


def _around(number: int, mean: float, sd: float | None, error: float, freedom: int) -> Spread:
    """Return the interval of a mean by its standard error and the degrees of freedom."""
    half = student(freedom) * error
    # Equal to the last digit, as small counts can be: what signs alone tell (sign test), not certainty.
    equal = 2.0 ** (1 - number) if mean else 1.0
    p = equal if error == 0 else 1 - student_within(abs(mean) / error, freedom)
    return Spread(number, mean, sd, mean - half, mean + half, p)


def student_within(t: float, freedom: int) -> float:
    """Return the chance that Student's T lies within ±``t``, by its finite series (Abramowitz and Stegun 26.7.3/4)."""
    angle = math.atan2(t, math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term, total = (cosine if odd else 1.0), 0.0
    for step in range(2 + odd, freedom + 1, 2):
        total += term
        term *= cosine**2 * (step - 1) / step
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


@cache
def student(freedom: int, level: float = LEVEL) -> float:
    """Return the t within which Student's T lies with chance ``level``, found by halving; ``freedom`` is at least 1."""
    low, high = 0.0, 2.0
    while student_within(high, freedom) < level:
        low, high = high, high * 2
    while (middle := (low + high) / 2) not in {low, high}:
        low, high = (middle, high) if student_within(middle, freedom) < level else (low, middle)
    return high


def wilson(met: int, number: int) -> tuple[float, float]:
    """Return the 95 % interval of a probability seen ``met`` times in ``number`` (Wilson); (0, 1) for none seen."""
    if not number:
        return 0.0, 1.0
    share, part = met / number, _Z**2 / number
    middle = (share + part / 2) / (1 + part)
    half = _Z * math.sqrt(share * (1 - share) / number + part / (4 * number)) / (1 + part)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def discoveries(chances: Sequence[float | None], share: float = 1 - LEVEL) -> Sequence[bool]:
    """Tell which of many differences stand when all are looked at together (Benjamini and Hochberg).

    Of those that stand, at most ``share`` are expected to be chance; where nothing differs at all, any stands with that
    chance only. None (no interval) never stands.
    """
    ordered = sorted((p, place) for place, p in enumerate(chances) if p is not None)
    last = max((rank for rank, (p, _) in enumerate(ordered, 1) if p <= share * rank / len(ordered)), default=0)
    stand = {place for _, place in ordered[:last]}
    return [place in stand for place in range(len(chances))]
