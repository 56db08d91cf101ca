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
Heap = list[tuple[int, int, int, Json]]
"""Messages by their foreign breaches, then by their edits, then in the order they were found."""

# Kinds of rules that no copied value mends: there numbers follow one another by the same step.
ARITHMETIC = {"sum", "rows", "totals", "product", "count", "step"}

# Numbers that a rule names from which steps are taken.
MOST_STEPS = 8

# Edits that mend a message, each mostly one breach, and messages looked at before the search is given up.
MOST_EDITS = 5
MOST_TRIES = 4000


@dataclass(frozen=True)
class Rules:
    """The named rules of one message, and how to edit a message along them."""

    shape: Shape
    bound: tuple[Binding, ...]
    broken: Callable[[Json], Iterable[Breach]]
    _reaches: dict[Binding, Reach] = field(default_factory=dict, repr=False)

    def hold(self, message: Json) -> bool:
        """Whether a message keeps them all."""
        return next(iter(self.broken(message)), None) is None

    def reach(self, binding: Binding) -> Reach:
        """Return what a rule names."""
        if binding not in self._reaches:
            self._reaches[binding] = reach(self.shape, binding)
        return self._reaches[binding]

    def owners(self, breaches: Iterable[Breach]) -> list[Binding]:
        """Return the bindings that breaches may come from."""
        breaches = list(breaches)
        return [binding for binding in self.bound if any(binding.owns(breach) for breach in breaches)]

    def values(self, binding: Binding, message: Json) -> list[Json]:
        """Return the values of a message at the places a rule names."""
        places = (actual for place in self.reach(binding).places for actual in actual_places(message, place))
        return [get(message, actual) for actual in places if has(message, actual)]

    def steps(self, binding: Binding, message: Json) -> list[Any]:
        """Return amounts by which a number may pass another: each number that a rule names, and a little more."""
        numbers = {abs(value) for value in self.values(binding, message) if type(value) in {int, Decimal} and value}
        return [step for number in sorted(numbers)[:MOST_STEPS] for step in (number, number + Decimal("0.01"))]

    def edits(self, binding: Binding, message: Json, steps: Iterable[Any] = (), locked: Path = ()) -> Iterator[Json]:
        """Yield messages that differ at one place a rule names; a locked place and what holds it stay."""
        reached = self.reach(binding)
        values = self.values(binding, message)
        cuts = [text for value in values for start, stop in reached.slices for text in cut(value, start, stop)]
        copies = (
            [] if binding.rule.kind in ARITHMETIC else [each for each in values if not isinstance(each, list | dict)]
        )
        hints = (*copies, *cuts, *reached.values)
        for place in reached.places:
            if names(locked)[: len(names(place))] != names(place):
                yield from edits(self.shape, message, place, hints, steps)


@dataclass
class Search:
    """One search: `mine` tells the breaches that are wanted, `locked` is a place that stays, `steps` are amounts."""

    rules: Rules
    mine: Mine
    goal: Callable[[Json], bool]
    locked: Path = ()
    steps: tuple[Any, ...] = ()
    wanted: bool = True

    def first(self, starts: Iterable[Json]) -> Json | None:
        """Return the first message that has no foreign breach and reaches the goal; None when none is found."""
        return next(self.run(starts), None)

    def run(self, starts: Iterable[Json]) -> Iterator[Json]:
        """Yield the messages that have no foreign breach and reach the goal, those of fewer edits first."""
        order, heap = count(), Heap()
        for start in starts:
            self._push(heap, start, 0, MOST_EDITS, order)
        while heap and next(order) < MOST_TRIES:
            foreign, depth, _, message = heapq.heappop(heap)
            if not foreign and self.goal(message):
                yield message
            elif foreign and depth < MOST_EDITS:
                for edited in self._mended(message):
                    self._push(heap, edited, depth + 1, foreign, order)

    def _mended(self, message: Json) -> Iterator[Json]:
        for binding in self.rules.owners(breach for breach in self.rules.broken(message) if not self.mine(breach)):
            yield from self.rules.edits(binding, message, self.steps, self.locked)

    def _push(self, heap: Heap, message: Json, depth: int, most: int, order: count[int]) -> None:
        breaches = list(self.rules.broken(message))
        foreign = sum(not self.mine(breach) for breach in breaches)
        if foreign <= most and any(map(self.mine, breaches)) is self.wanted:
            heapq.heappush(heap, (foreign, depth, next(order), message))
