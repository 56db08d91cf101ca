"""Plays one schedule in several processes: each takes every n-th visit, all begin at the same moment.

The processes are forked, as the bodies of a schedule are prepared already and would be long in copying. What each has
seen comes back whole and is merged exactly.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from simulator.traffic.address import Address, Credentials
from simulator.traffic.calls import Script
from simulator.traffic.measuring import Measured, Progress
from simulator.traffic.pacing import now_ns
from simulator.traffic.player import Stop, Told, play_here
from simulator.traffic.playing import Play
from simulator.traffic.seconds import Second

_LOOK_SECONDS = 0.05
_START_NS = 50_000_000  # from the moment all are ready to the beginning
_END_SECONDS = 10.0


class WorkerLost(RuntimeError):
    """A worker ended before it said what it had seen: nothing can be said of the run. The fault is the tool's."""


class _Team:
    """The workers as the parent sees them."""

    def __init__(self, pipes: Sequence[Connection], told: Told | None) -> None:
        self._pipes = pipes
        self.seen: dict[int, Measured] = {}
        self._told = told
        self._seconds: defaultdict[int, list[Progress]] = defaultdict(list)

    def say(self, word: Any) -> None:
        for pipe in self._pipes:
            try:
                pipe.send(word)
            except OSError:  # it has ended: what it said is read all the same
                continue

    def hear(self, seconds: float) -> int:
        """Read what workers say; return how many messages there were. Raises WorkerLost."""
        open_pipes = [pipe for number, pipe in enumerate(self._pipes) if number not in self.seen]
        ready = wait(open_pipes, seconds)
        for pipe in ready:
            number = self._pipes.index(pipe)
            try:
                said = self._pipes[number].recv()
            except (EOFError, OSError):
                raise WorkerLost(f"worker {number + 1} of the load run ended without a word") from None
            if isinstance(said, Measured):
                self.seen[number] = said
            elif isinstance(said, Progress):
                self._tell(said)
        return len(ready)

    def _tell(self, progress: Progress) -> None:
        """Tell of a second when all have told of it; at the end some have no more to tell."""
        told = self._seconds[progress.second.number]
        told.append(progress)
        if len(told) == len(self._pipes) and self._told:
            self._told(_together(self._seconds.pop(progress.second.number)))


def play_apart(
    scripts: Sequence[Script],
    to: Address,
    parties: Mapping[str, Credentials],
    how: Play,
    *,
    workers: int,
    told: Told | None,
    stop: Stop,
) -> Measured:
    """Play in several processes. Raises WorkerLost where one of them ends before its time."""
    forking = multiprocessing.get_context("fork")
    pipes, made = [], []
    for number in range(workers):
        ours, theirs = forking.Pipe()
        share = how._replace(connections=how.connections // workers + (number < how.connections % workers))
        work = (scripts[number::workers], to, parties, share, theirs)
        process = forking.Process(target=_work, args=work, daemon=True)
        process.start()
        theirs.close()
        pipes.append(ours)
        made.append(process)
    try:
        return _played(_Team(pipes, told), workers, stop)
    finally:
        for pipe in pipes:
            pipe.close()
        for process in made:
            _end(process)


def _played(team: _Team, workers: int, stop: Stop) -> Measured:
    ready = 0
    while ready < workers:
        ready += team.hear(_LOOK_SECONDS)
    team.say(now_ns() + _START_NS)
    stopping = False
    while len(team.seen) < workers:
        team.hear(_LOOK_SECONDS)
        if not stopping and stop():
            stopping = True
            team.say("stop")
    first, *others = (team.seen[number] for number in range(workers))
    for each in others:
        first = first.merge(each)
    return first


def _work(
    scripts: Sequence[Script], to: Address, parties: Mapping[str, Credentials], how: Play, pipe: Connection
) -> None:
    """Play a share in a process of its own; Ctrl-C is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def begin() -> int:
        pipe.send("ready")
        at_ns: int = pipe.recv()
        return at_ns

    def tell(progress: Progress) -> None:
        with suppress(OSError):  # the parent is gone: that ends the run, by what is polled
            pipe.send(progress)

    with suppress(EOFError, OSError):
        pipe.send(play_here(scripts, to, parties, how, begin=begin, told=tell, stop=pipe.poll))


def _together(told: Sequence[Progress]) -> Progress:
    second: Second = told[0].second
    for each in told[1:]:
        second = second.merged(each.second)
    seconds = max(each.seconds for each in told)
    return Progress(second, seconds, sum(each.offered for each in told), sum(each.ended for each in told))


def _end(process: BaseProcess) -> None:
    process.join(_END_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
