"""Plays a schedule against a target, in this process or in several, and returns all that was seen.

Ctrl-C, a target that dies, one that never answers and one that was never there all end with the same: a whole
:class:`Measured` of what was seen, at the latest ``wait_seconds`` after the last call that was planned.
"""

from __future__ import annotations

import datetime as dt
import gc
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

import uvloop

from simulator.traffic.address import Address, Credentials, Heads
from simulator.traffic.calls import Script
from simulator.traffic.measuring import Measured, Progress
from simulator.traffic.pacing import now_ns
from simulator.traffic.playing import Play, Playing
from simulator.traffic.seconds import Second

KEEPS = frozenset({"2102", "2103", "2207", "2208", "2304", "2305"})
"""Transactions that settle or cancel: totals need their replies."""

Told = Callable[[Progress], None]
Stop = Callable[[], bool]


def play(
    scripts: Sequence[Script],
    to: Address,
    parties: Mapping[str, Credentials],
    *,
    seconds: float,
    connections: int,
    wait_seconds: float,
    workers: int = 1,
    told: Told | None = None,
    stop: Stop | None = None,
    keeps: frozenset[str] = KEEPS,
) -> Measured:
    """Play visits when they are due, over at most ``connections`` connections.

    A call is given up ``wait_seconds`` after it was sent (or was due, where no connection was free). ``told`` hears of
    every second that is over; ``stop`` is asked twenty times a second whether to end at once, and so does Ctrl-C.
    ``keeps`` are the transactions whose successful replies come back in ``settled``, the other calls in ``unsettled``.
    Raises ValueError for visits that cannot be played: without calls, or by a party without credentials; InputError for
    a ``ca`` that cannot be read.
    """
    scripts = sorted(scripts, key=lambda script: script.due_us)
    _expect_playable(scripts, parties, connections, workers)
    to.trusted()
    how = Play(seconds, connections, wait_seconds, keeps)
    with interruptible(stop) as stopping:
        if workers == 1:
            return play_here(scripts, to, parties, how, told=told, stop=stopping)
        from simulator.traffic.workers import play_apart  # noqa: PLC0415 - it plays with this module

        return play_apart(scripts, to, parties, how, workers=workers, told=told, stop=stopping)


def play_here(
    scripts: Sequence[Script],
    to: Address,
    parties: Mapping[str, Credentials],
    how: Play,
    *,
    begin: Callable[[], int] = now_ns,
    told: Told | None = None,
    stop: Stop | None = None,
) -> Measured:
    """Play in this process; ``begin`` is asked when connections are made, and tells the moment (``now_ns``)."""

    async def whole() -> Measured:
        playing = Playing(scripts, to, Heads(to, parties), how, told=told, stop=stop)
        await playing.warm()
        begin_ns = begin()
        begun = dt.datetime.now(dt.UTC) + dt.timedelta(microseconds=(begin_ns - now_ns()) / 1000)
        took_ns = await playing.run(begin_ns)
        return _measured(playing, begun, took_ns)

    with undisturbed():
        return uvloop.run(whole())


def _measured(playing: Playing, begun: dt.datetime, took_ns: int) -> Measured:
    seen = playing.recorder
    line = seen.whole_line()
    return Measured(
        begun=begun,
        seconds=took_ns / 10**9,
        offering=playing.offering,
        line=line,
        service_counts=dict(sorted(seen.service.items())),
        visit_counts=seen.visits,
        lag_counts=seen.lag,
        ends=seen.ends,
        not_reached=seen.not_reached,
        visits_begun=seen.begun,
        visits_finished=seen.finished,
        waited=seen.waited,
        given_up=seen.given_up,
        connections=seen.connections,
        examples=tuple(seen.examples),
        samples=tuple(sorted(seen.samples, key=lambda each: (each.visit, each.step))),
        settled=tuple(sorted(seen.settled)),
        unsettled=tuple(sorted(seen.unsettled, key=lambda each: (each.visit, each.step))),
        cpu=(_share(line, min(playing.offering, took_ns / 10**9)),),
        stopped=playing.stopped,
    )


def _share(line: Sequence[Second], seconds: float) -> float:
    """Return the share of a core that was taken while calls were offered."""
    used = [second.cpu[0] for second in line if second.number < seconds]
    return sum(used) / max(seconds, 0.001)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the garbage collector still: it would stop all calls for as long as it looks through all bodies."""
    was_on = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()


@contextmanager
def interruptible(stop: Stop | None) -> Iterator[Stop]:
    """Let Ctrl-C end a run as ``stop`` does, with all that was seen; elsewhere than in the main thread it cannot."""
    interrupted = threading.Event()

    def interrupt(number: int, frame: FrameType | None) -> None:
        interrupted.set()

    def stopping() -> bool:
        return interrupted.is_set() or bool(stop and stop())

    if threading.current_thread() is not threading.main_thread():
        yield stopping
        return
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield stopping
    finally:
        signal.signal(signal.SIGINT, before)


def _expect_playable(
    scripts: Sequence[Script], parties: Mapping[str, Credentials], connections: int, workers: int
) -> None:
    if connections < workers or workers < 1:
        raise ValueError(f"{workers} workers with {connections} connections: each needs at least one")
    for script in scripts:
        if not script.calls:
            raise ValueError(f"visit {script.number} has no calls")
        for call in script.calls:
            if call.party not in parties:
                raise ValueError(f"visit {script.number}: no credentials for {call.party}")
