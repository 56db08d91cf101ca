"""Writes down what is seen while a run goes on, cheaply: counts by second, and a few calls whole."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import NamedTuple

from simulator.traffic.counts import Counts, bucket, packed
from simulator.traffic.seconds import Second
from simulator.traffic.seen import OK, OUTCOMES, REFUSED, Seen

EXAMPLES = 5
"""How many calls of one end are kept whole."""

_SECOND = 10**9
_ANSWERED = frozenset({OK, REFUSED})


class Kept(NamedTuple):
    """Replies that totals need, whole: visit, step and body."""

    visit: int
    step: int
    reply: bytes


class _Row:
    """A second while it lasts."""

    __slots__ = ("by_infno", "completed", "lag_us", "offered", "started")

    def __init__(self) -> None:
        self.offered = self.started = self.lag_us = 0
        self.completed: dict[str, int] = dict.fromkeys(OUTCOMES, 0)
        self.by_infno: defaultdict[str, Counts] = defaultdict(dict)


class Recorder:
    """Counts of one process. Times are ``now_ns`` less the beginning of the run."""

    def __init__(self, cpu_seconds: Callable[[], float] = time.process_time) -> None:
        self.line: list[Second] = []
        self.service: defaultdict[str, Counts] = defaultdict(dict)
        self.visits: Counts = {}
        self.lag: Counts = {}
        self.ends: Counter[tuple[str, str, int]] = Counter()
        self.not_reached: Counter[str] = Counter()
        self.begun = self.finished = self.waited = self.given_up = self.connections = 0
        self.examples: list[Seen] = []
        self.samples: list[Seen] = []
        self.settled: list[Kept] = []
        self.unsettled: list[Seen] = []
        self._rows: defaultdict[int, _Row] = defaultdict(_Row)
        self._cpu_seconds, self._cpu = cpu_seconds, cpu_seconds()

    def start(self) -> None:
        """Count processor time from now on."""
        self._cpu = self._cpu_seconds()

    def totals(self) -> tuple[int, int]:
        """Return how many calls were offered and how many have ended."""
        return sum(row.offered for row in self._rows.values()), sum(self.ends.values())

    def offered(self, due_ns: int, taken_ns: int) -> None:
        """Count a call that is due, and how late it was taken up; that is the generator's own doing."""
        row = self._rows[due_ns // _SECOND]
        row.offered += 1
        lag_us = (taken_ns - due_ns) // 1000
        row.lag_us = max(row.lag_us, lag_us)
        value = bucket(lag_us)
        self.lag[value] = self.lag.get(value, 0) + 1

    def sent(self, at_ns: int) -> None:
        """Count a call that is sent."""
        self._rows[at_ns // _SECOND].started += 1

    def ended(self, infno: str, due_ns: int, ended_ns: int, outcome: str, code: int, *, waited: bool = False) -> int:
        """Count a call that has ended; return how many have ended so.

        The time of a call that was ``waited`` for in vain counts too: giving up makes nobody faster.
        """
        row = self._rows[ended_ns // _SECOND]
        row.completed[outcome] += 1
        self.given_up += waited
        if waited or outcome in _ANSWERED:
            counts = row.by_infno[infno]
            value = bucket((ended_ns - due_ns) // 1000)
            counts[value] = counts.get(value, 0) + 1
        end = (infno, outcome, code)
        number = self.ends[end] = self.ends[end] + 1
        return number

    def keep(self, seen: Seen, *, example: bool, sampled: bool, unsettled: bool = False) -> None:
        """Keep a call whole."""
        if unsettled:
            self.unsettled.append(seen)
        if example:
            self.examples.append(seen)
        if sampled:
            self.samples.append(seen)

    def served(self, infno: str, sent_ns: int, answered_ns: int) -> None:
        """Count how long an answer took."""
        counts = self.service[infno]
        value = bucket((answered_ns - sent_ns) // 1000)
        counts[value] = counts.get(value, 0) + 1

    def visited(self, due_ns: int, answered_ns: int) -> None:
        """Count a visit all of whose calls were answered with success."""
        self.finished += 1
        value = bucket((answered_ns - due_ns) // 1000)
        self.visits[value] = self.visits.get(value, 0) + 1

    def close_second(self, in_flight: int, in_play: int) -> Second:
        """End a second: calls due and not ended, visits begun and not ended. Return what was seen of it."""
        number, cpu = len(self.line), self._cpu_seconds()
        row = self._rows[number]
        made = Second(
            number,
            row.offered,
            row.started,
            row.completed,
            in_flight,
            in_play,
            {infno: packed(counts) for infno, counts in row.by_infno.items()},
            row.lag_us,
            (cpu - self._cpu,),
        )
        row.by_infno.clear()
        self._cpu = cpu
        self.line.append(made)
        return made

    def whole_line(self) -> tuple[Second, ...]:
        """Return the seconds, with what was counted of one after its end; the last may be short."""
        late = {number: row for number, row in self._rows.items() if number < len(self.line)}
        return tuple(
            second._replace(offered=late[second.number].offered, lag_us=late[second.number].lag_us)
            if second.number in late
            else second
            for second in self.line
        )
