"""Every way a single settlement can go: a search over all orders of delivery, repetition, loss and reversal.

Two cities, the province between them, one hospital, two people: one has settled, the other's 2304 is on its way. A
state is what the platforms keep, what is in flight and what the hospital has heard. For each step the platforms are
put together again from the recorded facts, so that nothing leaks from one path into another. The clock stands still
between steps; that deadlines pass is a step of its own. States that differ in reply numbers only are one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from simulator.core.catalogue.items import Catalogue
from simulator.core.platform.books import Posting
from simulator.core.platform.effects import Post, Record, Reply, Send, WakeAt
from simulator.core.platform.message import Key, Message
from simulator.core.platform.node import Node
from simulator.core.values.areas import Registry
from simulator.core.values.calendar import WorkCalendar
from simulator.core.values.parameters import PolicyPack

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
PLATFORMS = (NANJING, PROVINCE, XUZHOU)
UNKNOWN, BUSY = -191, -135
LATER = dt.timedelta(minutes=3)  # when every deadline has passed
_MOST_ROUNDS = 12  # of asking again until all outcomes are known
_GIVEN = (Node, Registry, PolicyPack, Catalogue, WorkCalendar)
_PLAIN = (str, int, dt.date, dt.timedelta)
_WITHOUT_NUMBER = frozenset({"inf_refmsgid"})

Leg = tuple[str, str, Message]


class State(NamedTuple):
    """A state of the small world: facts and postings by platform, a mark of each, and the hospital's side.

    ``asked`` are the hospital's own requests, ``heard`` the code of the last answer to each.
    """

    facts: Mapping[str, tuple[Any, ...]]
    marks: Mapping[str, int]
    flying: tuple[Leg, ...]
    alarms: frozenset[tuple[str, Key]]
    asked: tuple[Message, ...]
    heard: Mapping[Key, int]
    path: tuple[str, ...] = ()


class World:
    """The search; ``fresh`` makes the platform of a code, knowing nobody; ``still`` are names that never change."""

    def __init__(self, fresh: Callable[[str], Any], still: frozenset[str], reversal: Message, now: dt.datetime) -> None:
        self._fresh, self._still = fresh, still
        self._reversal = reversal
        self._texts: dict[int, tuple[Message, Any]] = {}
        self._inside: set[int] = set()  # offices that know each other are looked into once
        self.now = now

    def node(self, state: State, code: str) -> Any:
        """Put a platform together from its facts."""
        node = self._fresh(code)
        for kept in state.facts[code]:
            node.books.post(kept) if isinstance(kept, Posting) else node.fold(kept)
        return node

    def start(self, facts: Iterable[tuple[str, Any]], postings: Iterable[Posting], settle: Message) -> State:
        """Return the state in which a settling request is on its way and all before has happened."""
        by_code: dict[str, tuple[Any, ...]] = dict.fromkeys(PLATFORMS, ())
        for code, fact in facts:
            by_code[code] = (*by_code[code], fact)
        for entry in postings:
            by_code[entry.org] = (*by_code[entry.org], entry)
        leg = (settle.party, NANJING, settle)
        state = State(by_code, {}, (leg,), frozenset(), (settle,), {})
        return state._replace(marks={code: self._mark_of(self.node(state, code)) for code in PLATFORMS})

    def key(self, state: State) -> Hashable:
        """Return what makes two states the same."""
        flying = tuple(sorted(hash((start, end, self._mark(message))) for start, end, message in state.flying))
        heard = frozenset(state.heard.items())
        return hash((tuple(state.marks[code] for code in PLATFORMS), flying, state.alarms, heard, len(state.asked)))

    def steps(self, state: State) -> Iterator[State]:
        """Return every state one step away."""
        seen: set[Hashable] = set()
        for index, leg in enumerate(state.flying):
            start, end, message = leg
            same = (start, end, self._mark(message))
            if same in seen:
                continue
            seen.add(same)
            name = f"{message.infno} {'reply' if message.is_reply else 'request'} {start}→{end}"
            rest = state.flying[:index] + state.flying[index + 1 :]
            yield self._delivered(state._replace(flying=rest), leg, f"deliver {name}")
            yield self._delivered(state, leg, f"deliver and repeat {name}")
            yield state._replace(flying=rest, path=(*state.path, f"lose {name}"))
        if self._reversal not in state.asked:
            yield self.send(state, self._reversal, "reverse")
        if state.alarms:
            yield self.expired(state)

    def send(self, state: State, message: Message, name: str) -> State:
        """Let the hospital send a request, for the first time or again."""
        asked = state.asked if message in state.asked else (*state.asked, message)
        flying = (*state.flying, (message.party, NANJING, message))
        return state._replace(asked=asked, flying=flying, path=(*state.path, name))

    def expired(self, state: State) -> State:
        """Let every deadline pass."""
        after = state._replace(alarms=frozenset(), path=(*state.path, "deadlines pass"))
        for code, key in sorted(state.alarms):
            after = self._turned(after, code, lambda node, key=key: node.wake(self.now + LATER, key))
        return after

    def healed(self, state: State) -> tuple[Mapping[str, Any], Mapping[Key, int]]:
        """Deliver everything, let deadlines pass, and ask again until every outcome is known.

        Returns the platforms at rest and what the hospital has heard. Raises AssertionError when they find no rest.
        """
        nodes = {code: self.node(state, code) for code in PLATFORMS}
        flying, alarms, heard = list(state.flying), sorted(state.alarms), dict(state.heard)

        def perform(at: str, effects: Any) -> None:
            legs, rung, _ = outcome(at, effects)
            flying.extend(legs)
            alarms.extend(rung)

        for _ in range(_MOST_ROUNDS):
            while flying:
                _, end, message = flying.pop(0)
                if end in nodes:
                    perform(end, nodes[end].handle(self.now, message))
                else:
                    heard[message.key] = message.infcode or 0
            due, alarms[:] = list(alarms), []
            for code, key in due:
                perform(code, nodes[code].wake(self.now + LATER, key))
            if flying:
                continue
            open_ones = [each for each in state.asked if heard.get(each.key, UNKNOWN) in {UNKNOWN, BUSY}]
            if not open_ones:
                return nodes, heard
            again = open_ones[-1]
            flying.append((again.party, NANJING, again))
        raise AssertionError(f"not at rest after {_MOST_ROUNDS} rounds: {state.path}")

    def _delivered(self, state: State, leg: Leg, name: str) -> State:
        _, end, message = leg
        state = state._replace(path=(*state.path, name))
        if end not in PLATFORMS:
            return state._replace(heard={**state.heard, message.key: message.infcode or 0})
        return self._turned(state, end, lambda node: node.handle(self.now, message))

    def _turned(self, state: State, at: str, turn: Callable[[Any], Any]) -> State:
        node = self.node(state, at)
        legs, alarms, facts = outcome(at, turn(node))
        return state._replace(
            facts={**state.facts, at: (*state.facts[at], *facts)},
            marks={**state.marks, at: self._mark_of(node)} if facts else state.marks,
            flying=(*state.flying, *legs),
            alarms=state.alarms | frozenset(alarms),
        )

    def _mark_of(self, node: Node) -> int:
        return hash(tuple(self._mark(value) for name, value in vars(node).items() if name not in self._still))

    def _mark(self, thing: Any) -> Any:  # noqa: PLR0911  # one line a kind of thing
        """Return hashable values that are equal where two things are, reply numbers apart."""
        if isinstance(thing, _GIVEN) or callable(thing):
            return None  # what a platform is given, what an office is told to call, the platform it belongs to
        if isinstance(thing, Message):
            known = self._texts.get(id(thing))
            if known is None:
                body = (thing.infno, thing.key, self._mark(thing.head), self._mark(thing.blocks), thing.infcode)
                known = self._texts[id(thing)] = (thing, hash(body))
            return known[1]
        if isinstance(thing, Mapping):
            return frozenset((k, self._mark(v)) for k, v in thing.items() if k not in _WITHOUT_NUMBER)
        if isinstance(thing, (list, tuple)):
            plain = all(part is None or isinstance(part, _PLAIN) for part in thing)
            return hash(tuple(thing)) if plain else tuple(self._mark(part) for part in thing)
        if isinstance(thing, (set, frozenset)):
            return frozenset(thing)
        if thing is None or isinstance(thing, _PLAIN):
            return thing
        if id(thing) in self._inside:
            return None
        self._inside.add(id(thing))
        names = getattr(type(thing), "__slots__", None) or vars(thing)
        kept = tuple(self._mark(getattr(thing, name)) for name in names if name not in self._still)
        self._inside.discard(id(thing))
        return kept


def outcome(at: str, effects: Any) -> tuple[list[Leg], list[tuple[str, Key]], list[Any]]:
    """Sort effects into messages on their way, alarms, and what is kept: facts and postings."""
    legs: list[Leg] = []
    alarms: list[tuple[str, Key]] = []
    facts: list[Any] = []
    for effect in effects:
        if isinstance(effect, Record):
            facts.append(effect.fact)
        elif isinstance(effect, Post):
            facts.append(effect.posting)
        elif isinstance(effect, Send):
            legs.append((at, effect.to, effect.message))
        elif isinstance(effect, Reply):
            # There is one way through this world, so it is known who asked.
            legs.append((at, {XUZHOU: PROVINCE, PROVINCE: NANJING}.get(at, effect.message.party), effect.message))
        elif isinstance(effect, WakeAt):
            alarms.append((at, effect.about))
    return legs, alarms, facts


class Found(NamedTuple):
    """What a search came to."""

    depth: int
    states: int
    paths: int


Check = Callable[[State, Mapping[str, Any], Mapping[Key, int]], None]


def search(world: World, start: State, depth: int, check: Check) -> Found:
    """Visit every state up to a depth once; ``check`` gets each new state, and what it heals to.

    ``paths`` counts the ways there are to walk, each merged state with the number of ways that lead to it.
    """
    front: dict[Hashable, tuple[State, int]] = {world.key(start): (start, 1)}
    known = set(front)
    check(start, *world.healed(start))
    paths = 0
    for _ in range(depth):
        following: dict[Hashable, tuple[State, int]] = {}
        for state, ways in front.values():
            for after in world.steps(state):
                paths += ways
                key = world.key(after)
                if key in following:
                    following[key] = (following[key][0], following[key][1] + ways)
                    continue
                following[key] = (after, ways)
                if key not in known:
                    known.add(key)
                    check(after, *world.healed(after))
        front = following
    return Found(depth, len(known), paths)
