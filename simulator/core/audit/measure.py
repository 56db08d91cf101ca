"""How good the rules are: precision and recall of findings against a known truth, as exact counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from simulator.core.values.money import WHOLE_RATE, half_up


class Score(NamedTuple):
    """Counts of (bill, rule): truly broken and found, found although not broken, broken and not found."""

    hits: int = 0
    false: int = 0
    missed: int = 0

    @property
    def precision(self) -> int | None:
        """Return the share of findings that are true, in basis points; None where there is no finding."""
        found = self.hits + self.false
        return half_up(self.hits * WHOLE_RATE, found) if found else None

    @property
    def recall(self) -> int | None:
        """Return the share of what was broken that was found, in basis points; None where nothing was broken."""
        broken = self.hits + self.missed
        return half_up(self.hits * WHOLE_RATE, broken) if broken else None

    def plus(self, other: Score) -> Score:
        """Return the counts of both together."""
        return Score(self.hits + other.hits, self.false + other.false, self.missed + other.missed)


def measure(judged: Iterable[tuple[Collection[str], Collection[str]]]) -> Mapping[str, Score]:
    """Return the score of each rule from (rules truly broken, rules found) of each bill."""
    scores: dict[str, Score] = {}
    for truth, found in judged:
        for rule in {*truth, *found}:
            one = Score(rule in truth and rule in found, rule not in truth, rule not in found)
            scores[rule] = scores.get(rule, Score()).plus(Score(*map(int, one)))
    return scores


def together(scores: Mapping[str, Score]) -> Score:
    """Return the score of all rules together."""
    whole = Score()
    for score in scores.values():
        whole = whole.plus(score)
    return whole
