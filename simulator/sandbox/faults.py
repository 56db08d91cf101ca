"""Faults by rule: what goes wrong on the way between platforms, and to outer callers.

Without rules nothing is asked here and a leg is immediate. A rule says which messages it is about and what happens to
them; chance comes from a stream of the rule's own, so that the same seed and the same messages give the same faults.
The rules of a process end with it; what they did is in the journal, and what they kept back outlives them
(:mod:`~simulator.sandbox.held`).
"""

from __future__ import annotations

import datetime as dt
import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from simulator.core.platform.message import Block, Key, Message, reply_to
from simulator.core.platform.refusals import REFUSALS
from simulator.core.values.stamps import digits
from simulator.inputs.streams import Streams
from simulator.sandbox.fault_rules import (
    DELAY,
    DROP_REPLY,
    DROP_REQUEST,
    DUPLICATE,
    REFUSE,
    REORDER,
    SLOW_BODY,
    WRONG_AMOUNT,
    Rule,
)

OVERTAKE = "overtake"  # what the next message does to one that is held back
_REMEMBERED = 1 << 14  # whose a request was, for the replies to it
_NOBODY: frozenset[str] = frozenset()
_WHO = ("psn_no", "certno", "mdtrt_cert_no")


class Passing(NamedTuple):
    """A message as it goes on, ``after`` so many milliseconds; ``pace`` (bytes/s) slows its body, 0 does not.

    A ``lost`` reply is one an outer caller waits for in vain. One that is ``held`` goes on after that time only where
    nothing on its leg has overtaken it before (:meth:`Faults.let_go`).
    """

    after: int
    at: str
    to: str
    message: Message
    pace: int = 0
    lost: bool = False
    held: bool = False


class Fate(NamedTuple):
    """What a rule did to a message ``at`` … ``to``, as it was, and what goes on in its place."""

    rule: str
    do: str
    at: str
    to: str
    message: Message
    passing: tuple[Passing, ...]


class Counted(NamedTuple):
    """A rule with how often it matched and how often it acted."""

    rule: Rule
    matched: int
    done: int


class _State:
    """A rule at work: its chance, its counters and the message it holds back."""

    __slots__ = ("done", "held", "matched", "rng", "rule")

    def __init__(self, rule: Rule, rng: random.Random) -> None:
        self.rule, self.rng = rule, rng
        self.matched = self.done = 0
        self.held: dict[tuple[str, str], Passing] = {}


class Faults:
    """The rules in force, in order; the first that takes a message decides its fate."""

    def __init__(self, seed: str = "1") -> None:
        self._streams = Streams(int.from_bytes(seed.encode(), "big"))
        self._states: dict[str, _State] = {}
        self._whose: dict[Key, frozenset[str]] = {}
        self._order: deque[Key] = deque()
        self._refused = 0

    def __bool__(self) -> bool:
        """Tell whether there is any rule."""
        return bool(self._states)

    def add(self, rule: Rule) -> None:
        """Add a rule; raises KeyError for a name that is taken."""
        if rule.name in self._states:
            raise KeyError(rule.name)
        self._states[rule.name] = _State(rule, self._streams.stream("fault", rule.name, "chance"))

    def remove(self, name: str = "") -> tuple[Passing, ...]:
        """Remove a rule, or all; return the messages that were held back. Raises KeyError."""
        names = [name] if name else list(self._states)
        gone = [self._states.pop(each) for each in names]
        held = (each for state in gone for each in state.held.values())
        return tuple(each._replace(after=0, held=False) for each in held)

    def rules(self) -> Iterator[Counted]:
        """Yield the rules with their counters."""
        return (Counted(state.rule, state.matched, state.done) for state in self._states.values())

    def fate(self, now: dt.datetime, at: str, to: str, message: Message, *, outer: bool) -> Fate | None:
        """Return what becomes of a message from ``at`` to ``to``, None where it goes on as it is.

        ``outer`` tells that whoever gets it is an outer caller.
        """
        people = self._people(message)
        for state in self._states.values():
            freed = state.held.pop((at, to), None) if state.held else None
            if freed is not None:  # what was held back follows what has overtaken it
                both = Passing(0, at, to, message), freed._replace(after=0, held=False)
                return Fate(state.rule.name, OVERTAKE, at, to, message, both)
            if self._takes(state, at, to, message, people, outer=outer):
                state.done += 1
                passing = _DO[state.rule.do](self, state, now, Passing(0, at, to, message), outer)
                return Fate(state.rule.name, state.rule.do, at, to, message, passing)
        return None

    def let_go(self, passing: Passing) -> bool:
        """Tell whether a message that was held back is to go on now; not where it has gone on already."""
        for state in self._states.values():
            if state.held.get((passing.at, passing.to)) is passing:
                del state.held[passing.at, passing.to]
                return True
        return False

    # -- which messages -----------------------------------------------------------------------------------------

    def _takes(self, state: _State, at: str, to: str, message: Message, people: frozenset[str], *, outer: bool) -> bool:
        rule = state.rule
        fits = (
            rule.sender in {"", at}
            and rule.receiver in {"", to}
            and rule.infno in {"", message.infno}
            and (not rule.person or rule.person in people)
            and rule.fits(is_reply=message.is_reply, outer=outer)
            and (rule.do != WRONG_AMOUNT or _amount_in(message, rule.field))
        )
        if not fits or (rule.most is not None and state.done >= rule.most):
            return False
        state.matched += 1
        return rule.ppm is None or state.rng.randrange(1_000_000) < rule.ppm

    def _people(self, message: Message) -> frozenset[str]:
        """Return who a message is about; of a reply, who its request was about."""
        if message.is_reply:
            return self._whose.get(message.key, _NOBODY)
        rows = (row for block in message.blocks.values() for row in (block if isinstance(block, tuple) else (block,)))
        found = frozenset(str(row[name]) for row in rows if isinstance(row, Mapping) for name in _WHO if name in row)
        if message.key not in self._whose:
            self._whose[message.key] = found
            self._order.append(message.key)
            if len(self._order) > _REMEMBERED:
                del self._whose[self._order.popleft()]
        return found

    # -- what happens -------------------------------------------------------------------------------------------

    def _delay(self, state: _State, now: dt.datetime, leg: Passing, outer: bool) -> tuple[Passing, ...]:
        return (leg._replace(after=state.rng.randint(*state.rule.ms)),)

    def _drop(self, state: _State, now: dt.datetime, leg: Passing, outer: bool) -> tuple[Passing, ...]:
        return (leg._replace(lost=True),) if outer else ()

    def _duplicate(self, state: _State, now: dt.datetime, leg: Passing, outer: bool) -> tuple[Passing, ...]:
        return leg, leg._replace(after=state.rng.randint(*state.rule.ms))

    def _hold(self, state: _State, now: dt.datetime, leg: Passing, outer: bool) -> tuple[Passing, ...]:
        """Hold a message until the next one on its leg; the host lets it go at last after the rule's time."""
        held = leg._replace(after=state.rule.ms[1], held=True)
        state.held[leg.at, leg.to] = held
        return (held,)

    def _refuse(self, state: _State, now: dt.datetime, leg: Passing, outer: bool) -> tuple[Passing, ...]:
        """Answer in the place of whoever the request was for."""
        refusal, stamp = REFUSALS[state.rule.refusal], digits(now)
        self._refused += 1
        head = {
            "inf_refmsgid": f"{leg.to[:6]:0<6}{stamp[:14]}{9_000_000_000 + self._refused:010d}",
            "refmsg_time": stamp,
            "respond_time": stamp,
            "err_msg": refusal.zh.format(*["-"] * 3),
        }
        return (Passing(0, leg.to, leg.at, reply_to(leg.message, head, {}, infcode=refusal.code)),)

    def _wrong(self, state: _State, now: dt.datetime, leg: Passing, outer: bool) -> tuple[Passing, ...]:
        return (leg._replace(message=_off_by(leg.message, state.rule.field, state.rule.fen)),)

    def _slow(self, state: _State, now: dt.datetime, leg: Passing, outer: bool) -> tuple[Passing, ...]:
        return (leg._replace(pace=state.rule.pace),)


_Do = Callable[[Faults, _State, dt.datetime, Passing, bool], tuple[Passing, ...]]
_DO: Mapping[str, _Do] = {
    DELAY: Faults._delay,
    DROP_REQUEST: Faults._drop,
    DROP_REPLY: Faults._drop,
    DUPLICATE: Faults._duplicate,
    REORDER: Faults._hold,
    REFUSE: Faults._refuse,
    WRONG_AMOUNT: Faults._wrong,
    SLOW_BODY: Faults._slow,
}


def _amount_in(message: Message, field: str) -> bool:
    """Tell whether a reply has an amount of this name."""
    return message.succeeded and any(_has(block, field) for block in message.blocks.values())


def _has(block: Any, field: str) -> bool:
    rows = block if isinstance(block, tuple) else (block,)
    return any(isinstance(row, Mapping) and type(row.get(field)) is int for row in rows)


def _off_by(message: Message, field: str, fen: int) -> Message:
    """Return the message with the first amount of this name off by so many fen."""
    blocks: dict[str, Any] = dict(message.blocks)
    name = next(name for name, block in blocks.items() if _has(block, field))
    block = blocks[name]
    if isinstance(block, tuple):
        at = next(number for number, row in enumerate(block) if _has(row, field))
        blocks[name] = (*block[:at], _changed(block[at], field, fen), *block[at + 1 :])
    else:
        blocks[name] = _changed(block, field, fen)
    return message._replace(blocks=MappingProxyType(blocks))


def _changed(row: Block, field: str, fen: int) -> Block:
    return MappingProxyType({**row, field: row[field] + fen})
