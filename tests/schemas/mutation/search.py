"""Looks for a message that breaks what it is to break and keeps all other named rules: edit by edit, nearest first.

An edit that breaks a total breaks the sums above it too; the search mends those by further edits at the places that
the broken rules name. It is a best-first search: messages with fewer foreign breaches come first.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

from schemas.rules import Breach

from .bindings import Binding, Reach, names, reach
from .constraints import Json, Path
from .edits import actual_places, cut, edits
from .messages import Shape, get, has

Mine = Callable[[Breach], bool]

# Edits that mend a message, one after the other, and messages looked at before the search is given up.
MOST_EDITS = 5
MOST_TRIES = 4000


@dataclass(frozen=True)
class Rules:
    """The named rules of one message, and how to edit a message along them."""

    shape: Shape
    bound: tuple[Binding, ...]
    broken: Callable[[Json], Iterable[Breach]]
    _reaches: dict[Binding, Reach] = field(default_factory=dict, repr=False)

    def reach(self, binding: Binding) -> Reach:
        """Return what a rule names."""
        if binding not in self._reaches:
            self._reaches[binding] = reach(self.shape, binding)
        return self._reaches[binding]

    def owners(self, breaches: Iterable[Breach]) -> list[Binding]:
        """Return the bindings that breaches may come from."""
        breaches = list(breaches)
        return [binding for binding in self.bound if any(binding.owns(breach) for breach in breaches)]

    def edits(self, binding: Binding, message: Json, steps: Iterable[Any] = (), locked: Path = ()) -> Iterator[Json]:
        """Yield messages that differ at one place a rule names; a locked place and what holds it stay."""
        reached = self.reach(binding)
        values = [get(message, actual) for place in reached.places for actual in _existing(message, place)]
        scalars = [value for value in values if not isinstance(value, list | dict)]
        cuts = [text for value in scalars for start, stop in reached.slices for text in cut(value, start, stop)]
        numbers = {abs(value) for value in values if type(value) in {int, Decimal} and value}
        for place in reached.places:
            if names(locked)[: len(names(place))] != names(place):
                yield from edits(self.shape, message, place, (*scalars, *cuts, *reached.values), (*steps, *numbers))


@dataclass
class Search:
    """One search: `mine` tells the breaches that are wanted, `locked` is a place that stays, `steps` are amounts."""

    rules: Rules
    mine: Mine
    goal: Callable[[Json], bool]
    locked: Path = ()
    steps: tuple[Any, ...] = ()
    wanted: bool = True

    def run(self, starts: Iterable[Json]) -> Json | None:
        """Return the first message that has no foreign breach and reaches the goal; None when none is found."""
        order, heap = count(), list[tuple[int, int, int, Json]]()
        for start in starts:
            self._push(heap, start, 0, 99, order)
        while heap and next(order) < MOST_TRIES:
            foreign, depth, _, message = heapq.heappop(heap)
            if not foreign and self.goal(message):
                return message
            if foreign and depth < MOST_EDITS:
                for edited in self._mended(message):
                    self._push(heap, edited, depth + 1, foreign, order)
        return None

    def _mended(self, message: Json) -> Iterator[Json]:
        for binding in self.rules.owners(breach for breach in self.rules.broken(message) if not self.mine(breach)):
            yield from self.rules.edits(binding, message, self.steps, self.locked)

    def _push(self, heap: list[tuple[int, int, int, Json]], message: Json, depth: int, most: int, order: count[int]) -> None:
        breaches = list(self.rules.broken(message))
        foreign = len({breach.rule for breach in breaches if not self.mine(breach)})
        if foreign <= most and any(map(self.mine, breaches)) is self.wanted:
            heapq.heappush(heap, (foreign, depth, next(order), message))


def _existing(message: Json, place: Path) -> Iterator[Path]:
    return (actual for actual in actual_places(message, place) if has(message, actual))
