"""Histories: visits played at once with everything that may go wrong, made by Hypothesis and shrunk where they fail.

A history is a list of moves: which visit, what it does next, how far back. What a move comes to depends on how far
the visit has got, so that most moves mean something; the messages that were sent in the end are a
:class:`~conformance.scripts.Script`, from which single messages are then left out as long as it still goes wrong.

Chance comes from the run's seed and the case alone, and every trial has people of its own: judged again from evidence,
the same histories are tried in the same order.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from conformance.client import CaseClient, Nonconformant
from conformance.scripts import HELD, LOST, Done, Player, Row, Script, play
from conformance.setting import HERE, Step
from conformance.visit import CANCELS, PLANS
from simulator.core.benefit.rules import INPATIENT

_MOVES = (
    *("rest", "next", "next", HELD, "on", "on", "on", LOST),
    *("again", "echo", "reverse", "cancel", "undo", "query", "early", "break"),
)
_WHOSE = (0, 1, 2, 0)
_BREAKS = ((HELD, 1), (LOST, 1), ("cut", 1), (LOST, 12))
"""What befalls calls upwards, and how many: the last goes on for longer than any city waits, its outcome is unknown."""
_DOUBTS = {1: HELD, 2: LOST}
_LENGTH = 24  # moves
_SHRINKS, _WITHOUT = 30, 80  # trials at most, to find a shorter history and to leave single messages out of it
_CALLS = 200  # of Hypothesis at most in the meantime: most of them come to a history that was tried
_REVERSIBLE = frozenset({"2401", "2304", "2305", "2207", "2208", "2102", "2103"})
_OPENS = frozenset({"2401", "2201", "2102"})  # what gives a visit its number


class Move(NamedTuple):
    """What one of the visits does next."""

    what: str
    visit: int
    back: int


class Found(NamedTuple):
    """A history that goes wrong, and what came of it."""

    script: Script
    done: tuple[Done, ...]


class HistoryDiffers(Nonconformant):
    """A history after which the system under test was not where it must be."""

    def __init__(self, found: Found) -> None:
        super().__init__(found.done[-1].wrong)
        self.found = found

    def __str__(self) -> str:
        return "\n".join([*told(self.found.done), super().__str__()])


class _Goes(Exception):
    """A history goes wrong."""


class _Enough(BaseException):
    """Nothing more is to be tried; of a kind that Hypothesis lets through."""


def bits(count: int) -> st.SearchStrategy[int]:
    """Return numbers of so many bits, 0 the simplest.

    They are made of booleans, as Hypothesis takes numbers now and then from the code that happens to be loaded.
    """
    return st.tuples(*[st.booleans()] * count).map(lambda each: sum(bit << place for place, bit in enumerate(each)))


_MOVE = st.builds(
    lambda what, visit, back: Move(_MOVES[what], _WHOSE[visit], back) if what else None, bits(4), bits(2), bits(2)
)
_HISTORY = st.tuples(*[_MOVE] * _LENGTH).map(lambda moves: tuple(each for each in moves if each is not None))


def search(case: CaseClient, visits: Sequence[Mapping[str, Any]], examples: int) -> Found | None:
    """Try so many histories of visits; return the shortest one found that goes wrong, None where none does."""
    trial = _Trial(case, visits)

    @seed(case.do("chance"))
    @settings(
        max_examples=examples,
        phases=(Phase.generate, Phase.shrink),
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(_HISTORY)
    def tried(moves: tuple[Move, ...]) -> None:
        if trial.goes_wrong(moves):
            raise _Goes

    with contextlib.suppress(_Goes, _Enough, Flaky):
        tried()
    if trial.problem is not None:
        raise trial.problem
    return trial.best and _without(case, trial.best)


class _Trial:
    """Plays histories, each once, and remembers the shortest that goes wrong."""

    def __init__(self, case: CaseClient, visits: Sequence[Mapping[str, Any]]) -> None:
        self._case, self._visits = case, tuple(visits)
        self.best: Found | None = None
        self.problem: Exception | None = None
        self._known: dict[tuple[Move, ...], bool] = {}
        self._since = self._shrinks = 0

    def goes_wrong(self, moves: tuple[Move, ...]) -> bool:
        """Play a history; what the bench itself cannot do ends the search."""
        self._since += self.best is not None
        if moves not in self._known:
            self._shrinks += self.best is not None
            if self._since > _CALLS or self._shrinks > _SHRINKS:
                raise _Enough
            try:
                self._known[moves] = self._play(moves)
            except Exception as problem:  # of any kind: it is not the history that is wrong
                self.problem = problem
                raise _Enough from problem
        return self._known[moves]

    def _play(self, moves: tuple[Move, ...]) -> bool:
        done = History(self._case, self._visits).play(moves)
        if not done or not done[-1].wrong:
            return False
        if self.best is None or len(done) < len(self.best.done):
            self.best = Found(Script(self._visits, tuple(each.row for each in done)), done)
        return True


class History:
    """Visits on their way: makes the messages of moves."""

    def __init__(self, case: CaseClient, visits: Sequence[Mapping[str, Any]]) -> None:
        self._player = Player(case, visits)
        self._ways = [_Way(each.get("care", INPATIENT), each["where"]) for each in visits]

    def play(self, moves: Sequence[Move]) -> tuple[Done, ...]:
        """Play moves, and ask in the end what the year and the visits have come to; stop at what is wrong."""
        for row in self._rows(moves):
            step = self._player.play(row)
            if self._player.wrong:
                break
            if step is not None:
                self._ways[row.visit - 1].hear(step, copied=row.do == "echo")
        return tuple(self._player.done)

    def _rows(self, moves: Sequence[Move]) -> Iterator[Row]:
        for move in moves:
            way = self._ways[move.visit]
            for row in way.rows(move):
                yield row._replace(visit=move.visit + 1)
        for number, way in enumerate(self._ways, 1):
            for infno in way.asks():
                yield Row(number, "say", infno)


class _Way:
    """How far a visit has got, as its hospital knows."""

    def __init__(self, care: str, where: str) -> None:
        self._plan, self._cancels, self._where = PLANS[care], CANCELS[care], where
        self._at = 0
        self._sent: list[str] = []
        self._last = ""  # that 2601 would be about
        self._named = self._settled = False

    def rows(self, move: Move) -> Iterator[Row]:
        """Make the rows of a move, one after the other was heard of."""
        what, settles = move.what, self._plan[-1]
        if what == "next":
            yield self._next()
        elif what == "on":
            before = -1
            while before < self._at < len(self._plan):
                before = self._at
                yield self._next()
        elif what in {LOST, HELD}:
            yield self._next()._replace(fault=what)
        elif what == "early" and (self._named or settles in _OPENS):
            yield Row(0, "say", settles)
        elif what == "cancel" and self._settled:
            yield Row(0, "say", self._cancels)
        elif what == "query" and self._sent:
            yield Row(0, "say", "5206")
        elif what == "undo" and self._named and "2401" in self._plan:
            yield Row(0, "say", "2405" if move.back else "2404")
        elif what == "break" and self._where == HERE:
            yield from self._broken(*_BREAKS[move.back])
        elif what == "reverse" and move.back in _DOUBTS:
            yield from self._doubted(_DOUBTS[move.back])
        elif (what == "again" and self._sent) or (what == "reverse" and self._last in _REVERSIBLE):
            yield Row(0, what)
        elif what == "echo" and move.back < len(self._sent):
            yield Row(0, what, back=move.back)

    def asks(self) -> Iterator[str]:
        """Say what is asked in the end."""
        if self._sent:
            yield "5206"
        if self._named:
            yield "5202"
        if self._settled:
            yield "5203"

    def hear(self, step: Step, *, copied: bool) -> None:
        """Take in what came of a message; of a belated copy the hospital hears nothing."""
        self._sent.append(step.infno)
        if copied:
            return
        reversed_ = self._last if step.infno == "2601" else ""
        self._last = self._last if reversed_ else step.infno
        if step.infcode != 0:
            return
        if reversed_ in self._plan:
            self._at = self._plan.index(reversed_)
        elif reversed_ == self._cancels:
            self._at = len(self._plan)
        elif step.infno == "2405":
            self._at = self._plan.index("2402")
        self._named |= step.infno in _OPENS
        if step.infno in self._plan:
            self._at = self._plan.index(step.infno) + 1
            self._settled |= self._at == len(self._plan)
        elif step.infno == self._cancels:
            self._at = len(self._plan) - 1

    def _next(self) -> Row:
        return Row(0, "say", self._plan[min(self._at, len(self._plan) - 1)])

    def _doubted(self, fault: str) -> Iterator[Row]:
        """Go on to what a visit begins or ends with; there it goes wrong, is reversed, and then comes after all."""
        before = -1
        while before < self._at < len(self._plan) and self._plan[self._at] not in _REVERSIBLE:
            before = self._at
            yield self._next()
        infno = self._plan[self._at] if self._at < len(self._plan) else self._cancels
        yield Row(0, "say", infno, fault=fault)
        yield Row(0, "reverse")
        yield Row(0, "echo", back=1) if fault == HELD else Row(0, "again")

    def _broken(self, fault: str, times: int) -> Iterator[Row]:
        row = self._next()
        yield Row(0, "break", row.infno, fault=fault, times=times)
        yield row
        yield Row(0, "mend")


def _without(case: CaseClient, found: Found) -> Found:
    """Leave out messages, many at once and then fewer, as long as the same is wrong in the end."""
    trials = 0
    for size in _sizes(len(found.script.rows)):
        end = len(found.script.rows) - 1  # the last is where it shows
        while end > 0 and trials < _WITHOUT:
            rows, begin = found.script.rows, max(0, end - size)
            shorter = found.script._replace(rows=rows[:begin] + rows[end:])
            trials += 1
            done = _played(case, shorter)
            if done and done[-1].wrong and _what(done) == _what(found.done):
                found = Found(shorter._replace(rows=tuple(each.row for each in done)), done)
            end = min(begin, len(found.script.rows) - 1)
    return found


def _sizes(count: int) -> Iterator[int]:
    """Say how many to leave out at once: halves down to one, and what only goes together once more."""
    while count > 1:
        count //= 2
        yield count
    yield from (3, 2, 1)


def _played(case: CaseClient, script: Script) -> tuple[Done, ...]:
    try:
        return play(case, script)
    except (AssertionError, IndexError, KeyError):  # what is sent again was not sent
        return ()


def _what(done: Sequence[Done]) -> tuple[str, str, int | None, int | None]:
    last = done[-1]
    return last.wrong[0].kind, last.wrong[0].infno, last.expected, last.received


def told(done: Sequence[Done]) -> Iterator[str]:
    """Tell a history, a line a step."""
    for number, each in enumerate(done, 1):
        row = each.row
        what = {"again": "again ", "echo": "copy of ", "reverse": "2601 for the last, "}.get(row.do, "")
        fault = f" ({row.fault}{f' × {row.times}' if row.times > 1 else ''})" if row.fault else ""
        if not each.sent:
            yield f"{number:3} visit {row.visit}  {row.do} {row.infno}{fault}"
            continue
        yield f"{number:3} visit {row.visit}  {what}{each.sent}{fault}: {_came(each)}" + ("  ←" if each.wrong else "")


def _came(each: Done) -> str:
    received = "nothing" if each.received is None else str(each.received)
    if each.expected is None:  # it did not come to the system under test, or nothing was to come back
        return f"received {received}"
    return f"expected {each.expected}, received {received}"
