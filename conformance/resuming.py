"""Goes on with a run that was killed, and judges one again: attempts that are whole in the evidence are not made twice.

Every case is tried in steps: the system under test, and where that was red the reference system, and where that was
green the system once more. A step whose attempt is in the evidence from begin to end stands on the evidence; any other
is made on the network, as the next attempt, with people of its own.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from conformance.bench import Bench, Ended
from conformance.door import Door
from conformance.evidence import BEGIN, END, Line
from simulator.inputs.errors import InputError

REFERENCE = "reference:"
"""What the name of a case begins with, in the evidence, where the reference system was asked."""
TARGET, OTHER, ONCE_MORE = 0, 1, 2
"""Steps at a case."""
_STEPS, _FURTHER = 4, 1_000_000


class Done(NamedTuple):
    """An attempt that is whole in the evidence: the name it stands under, and its numbers."""

    name: str
    attempt: int
    number: int


class Past:
    """What evidence holds: whole attempts by case and step, their lines, and how many attempts each case has had."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.lines: dict[tuple[str, int], list[Line]] = defaultdict(list)
        self.done: dict[tuple[str, int], Done] = {}
        self.tried: dict[str, int] = {}
        begun: dict[tuple[str, int], Mapping[str, Any]] = {}
        over: set[tuple[str, int]] = set()
        for line in lines:
            whose = line.case, line.attempt
            if not line.case or whose in over:
                continue
            self.lines[whose].append(line)
            case = line.case.removeprefix(REFERENCE)
            if line.kind == BEGIN:
                begun[whose] = line.said
                self.tried[case] = max(self.tried.get(case, 0), line.attempt + 1)
            elif line.kind == END and whose in begun:
                over.add(whose)
                said = begun[whose]
                self.done[case, said["step"]] = Done(line.case, line.attempt, said["number"])


class Benches:
    """The bench as tests reach it: each step at a case on the network or on evidence.

    ``live`` and ``reference`` return the benches on the network, None where there is none; ``again`` and
    ``again_reference`` those on the evidence of ``past``; ``first`` is the number of first attempts. May be called from
    many threads.
    """

    def __init__(
        self,
        past: Past,
        *,
        again: Callable[[bool], Bench],
        live: Callable[[], Bench] | None = None,
        reference: Callable[[], Bench] | None = None,
        first: int = 0,
    ) -> None:
        self._first = first
        self._past, self._again, self._live, self._reference = past, again, live, reference
        self._tried = dict(past.tried)
        self._lock = threading.Lock()
        self._open: dict[tuple[str, int], Bench] = {}
        self._stood: dict[bool, Bench] = {}
        self._doors = {False: Door(), True: Door()}  # to the system under test, and to the reference

    def begin(self, case: str, step: int, number: int, *, alone: bool = False, worker: str = "") -> tuple[str, int]:
        """Begin a step at a case, the ``number``-th of the run; return the name and attempt it goes by.

        On the network it waits for its turn: ``alone``, until no other case is there. What ``worker`` has begun ends
        with it. Raises InputError where it should be in the evidence and is not, and HookFailed.
        """
        of_reference = step == OTHER
        with self._lock:
            done = self._past.done.get((case, step))
            if done is not None:
                bench, (name, attempt, first) = self._on_evidence(of_reference), done
            else:
                bench = self._on_network(case, of_reference)
                name, attempt = (REFERENCE if of_reference else "") + case, self._tried.get(case, self._first)
                self._tried[case] = attempt + 1
                first = number * _STEPS + attempt % _STEPS + attempt // _STEPS * _FURTHER
        if done is None:
            self._doors[of_reference].enter((name, attempt), worker, alone=alone)
        try:
            bench.begin(name, attempt, first, step)
        except BaseException:
            self._doors[of_reference].leave((name, attempt))
            raise
        self._open[name, attempt] = bench
        return name, attempt

    def do(self, name: str, attempt: int, verb: str, *what: Any, **more: Any) -> Any:
        """Have a case do something."""
        return self._open[name, attempt].do(name, attempt, verb, *what, **more)

    def end(self, name: str, attempt: int, verdict: str) -> Ended:
        """End an attempt with what its test came to."""
        try:
            return self._open.pop((name, attempt)).end(name, attempt, verdict)
        finally:
            self._doors[name.startswith(REFERENCE)].leave((name, attempt))

    def left(self, worker: str) -> None:
        """Let go of what a worker has begun that is no more there."""
        for door in self._doors.values():
            for whose in door.close_to(worker):
                self._open.pop(whose).abandon(*whose)
                door.leave(whose)

    def _on_evidence(self, of_reference: bool) -> Bench:
        if of_reference not in self._stood:
            self._stood[of_reference] = self._again(of_reference)
        return self._stood[of_reference]

    def _on_network(self, case: str, of_reference: bool) -> Bench:
        make = self._reference if of_reference else self._live
        if make is None:
            raise InputError("evidence", case, "is not in it", "restore the file")
        return make()
