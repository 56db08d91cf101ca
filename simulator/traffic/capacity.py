"""``--find-capacity``: climbs until a limit breaks, and reports the highest rate that held, with repeats.

A climb doubles the rate as long as every limit holds, then halves the gap between the highest that held and the lowest
that did not, until they are 5 % apart. Each step is of fresh people, and the next begins when the target is idle again.
A step in which the generator fell behind says nothing of the target: it is tried once more, and where that is no better
the climb stops below it and says who stopped it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from math import sqrt
from statistics import median
from typing import Any, NamedTuple

from simulator.traffic.asking import Asking, Unanswered
from simulator.traffic.limits import Figures, Profile
from simulator.traffic.preparing import Prepared
from simulator.traffic.run import How, Ran, run
from simulator.traffic.target import Target
from simulator.traffic.verdict import GOOD, INTERRUPTED, VOID
from simulator.traffic.wanted import Wanted, at_rate

HELD, BROKEN, VOIDED = "held", "broken", "void"
FIRST_RATE, STEP_SECONDS = 5.0, 20.0
NEAR = 1.05
"""How near the lowest rate that did not hold is to the highest that did, when a climb ends."""

_LOWEST, _HIGHEST = 0.2, 50_000.0  # visits a second
_QUICK_SECONDS = 0.1  # an answer of an idle target
_IN_A_ROW = 3
_REST_SECONDS = 120.0  # a target that is not idle by then is loaded again all the same


class Step(NamedTuple):
    """One rate that was tried (visits a second), how it went, and why not better; times in microseconds."""

    rate: float
    repeat: int
    state: str
    requests: float = 0.0
    completed: float = 0.0
    p50: int = 0
    p99: int = 0
    why: Mapping[str, str] | None = None


class Climbed(NamedTuple):
    """What climbs came to: every step, and the highest rate that held in each of them (0: none did)."""

    steps: tuple[Step, ...]
    tops: tuple[float, ...]
    by_generator: bool

    def told(self) -> dict[str, Any]:
        """Return it as ``load.json`` has it."""
        good = [top for top in self.tops if top]
        held = median(good) if len(good) == len(self.tops) and good else None
        near = [step for step in self.steps if step.state == HELD and held and step.rate <= held]
        at = max(near, key=lambda step: step.rate, default=None)
        return {
            "held": held,
            "requests": round(at.requests, 1) if at else 0.0,
            "spread": round((max(good) - min(good)) / held, 4) if held else 0.0,
            "repeats": list(self.tops),
            "by_generator": self.by_generator,
            "steps": [step._asdict() for step in self.steps],
        }


class Interrupted(Exception):
    """Somebody stopped a step; ``args`` holds nothing."""


Try = Callable[[float, int], Step]


def climb(attempt: Try, first: float, repeats: int) -> Climbed:
    """Climb ``repeats`` times, the first from the rate ``first``, the others from half of what the first came to.

    ``attempt(rate, repeat)`` tries a rate; Interrupted out of it ends the climb with what was seen.
    """
    steps: list[Step] = []
    tops: list[float] = []
    by_generator = False
    begin = first
    for repeat in range(1, repeats + 1):
        held, over = 0.0, 0.0
        try:
            for step in _one(attempt, begin, repeat):
                steps.append(step)
                if step.state == HELD:
                    held = max(held, step.rate)
                elif not over or step.rate < over:
                    over = step.rate
                    by_generator = step.state == VOIDED
        except Interrupted:
            tops.append(held)
            break
        tops.append(held)
        if not held:
            break
        begin = held / 2
    return Climbed(tuple(steps), tuple(tops), by_generator)


def _one(attempt: Try, first: float, repeat: int) -> Iterator[Step]:
    rate, held, over = first, 0.0, 0.0
    while _LOWEST <= rate <= _HIGHEST and not (held and over and over <= held * NEAR):
        step = attempt(rate, repeat)
        if step.state == VOIDED:
            yield step
            step = attempt(rate, repeat)
        yield step
        if step.state == HELD:
            held = rate
        else:
            over = rate
        rate = _rounded(rate * 2 if not over else rate / 2 if not held else sqrt(held * over))
        if rate in {held, over}:
            return


def _rounded(rate: float) -> float:
    """Return a rate that can be read and typed: three figures."""
    return float(f"{rate:.3g}")


class Climber:
    """Tries rates at a target.

    ``quiet`` are the figures of the lowest rate that held, ``knee`` the most requests a second that ended in any step
    in which the target, not the generator, was at its limit (None where there was none).
    """

    def __init__(
        self, wanted: Wanted, target: Target, how: How, profile: Profile, told: Callable[[Step], None]
    ) -> None:
        self._wanted, self._target, self._how, self._profile, self._told = wanted, target, how, profile, told
        self._takes = 0
        self._best_rate = -1.0
        self._best: tuple[Ran, How] | None = None
        self._quiet_rate = float("inf")
        self.quiet: Figures | None = None
        self.knee: float | None = None

    @property
    def best(self) -> tuple[Ran, How]:
        """The run of the highest rate that held, else the last that was tried, and how it was played."""
        assert self._best is not None  # a climb tries at least one rate
        return self._best

    def attempt(self, rate: float, repeat: int) -> Step:
        """Play one step, and wait until the target is idle again; raises Interrupted."""
        how = self._how._replace(take=self._how.take + self._takes)
        self._takes += 1
        plan = at_rate(self._wanted, rate, self._wanted.seconds or STEP_SECONDS, repeat, self._target.city)
        ran = run(plan, self._target, how)
        _, verdict = ran.judged(self._profile)
        state = {GOOD: HELD, VOID: VOIDED}.get(verdict.name, BROKEN)
        self._keep(ran, how, rate, state)
        if verdict.name == INTERRUPTED:
            raise Interrupted
        cause = verdict.causes[0] if verdict.causes else None
        step = _step(rate, repeat, state, ran, None if cause is None else {"zh": cause.zh, "en": cause.en})
        self._told(step)
        rest(ran.prepared)
        return step

    def _keep(self, ran: Ran, how: How, rate: float, state: str) -> None:
        """Keep what the climb is told by afterwards; a run that is worse than one before is let go."""
        if self._best_rate < 0 or (state == HELD and rate > self._best_rate):
            self._best, self._best_rate = (ran, how), rate if state == HELD else -1.0
        if state == HELD and rate < self._quiet_rate:
            self.quiet, self._quiet_rate = ran.figures, rate
        if state == BROKEN:
            self.knee = max(self.knee or 0.0, float(ran.figures["rates"]["completed"]))


def _step(rate: float, repeat: int, state: str, ran: Ran, why: Mapping[str, str] | None) -> Step:
    rates, latency = ran.figures["rates"], ran.figures["overall"]["latency"]
    return Step(rate, repeat, state, rates["requests"], rates["completed"], latency["p50"], latency["p99"], why)


def rest(prepared: Prepared, *, most_seconds: float = _REST_SECONDS) -> bool:
    """Wait until the target answers three sign-ins in a row as quickly as an idle one; tell whether it came to that."""
    desk = next(iter(prepared.wording.desks.values()))
    until, quick = time.monotonic() + most_seconds, 0
    with Asking(prepared.address, prepared.parties, seconds=prepared.target.seconds) as asking:
        while quick < _IN_A_ROW and time.monotonic() < until:
            begun = time.monotonic()
            holed, desk.sign_no = desk.sign_no, ""
            try:
                asking.ask(desk.sign_in(prepared.take.begin))
                took = time.monotonic() - begun
            except Unanswered:
                took = prepared.target.seconds
            finally:
                desk.sign_no = holed
            quick = quick + 1 if took <= _QUICK_SECONDS else 0
            if not quick:
                time.sleep(min(took, 1.0))
    return quick == _IN_A_ROW
