"""Plays a schedule at a calibrated platform that is simulated, and says how far the prediction is from a live run.

The simulated platform is a queue: servers, first come first served, with the service times that were measured. Visits
arrive when the schedule says, and the steps of a visit follow each other as they do live.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

import simpy

from simulator.inputs.calibrations import Calibration
from simulator.traffic.calls import Script
from simulator.traffic.counts import Counts, bucket, percentile
from simulator.traffic.limits import Figures
from simulator.traffic.schedule import Schedule

AIMS = {"throughput": 0.10, "p50": 0.20, "p95": 0.35, "p99": None}
"""The largest error that is aimed at, at half of the capacity, as a share of what was measured; none for p99."""


class Predicted(NamedTuple):
    """What the simulation says: calls answered a second, and percentiles in microseconds."""

    throughput: float
    p50: int
    p95: int
    p99: int


class Error(NamedTuple):
    """One figure: predicted, measured, how far apart as a share of what was measured, and what is aimed at."""

    name: str
    predicted: float
    measured: float
    error: float
    aim: float | None

    @property
    def kept(self) -> bool:
        """Whether the aim is reached; a figure without one always reaches it."""
        return self.aim is None or abs(self.error) <= self.aim


class _Platform:
    """The queue; times are whole microseconds, those of the simulation."""

    def __init__(self, calibration: Calibration, seed: int) -> None:
        self.env = simpy.Environment(initial_time=0)
        self.times: Counts = {}
        self.ended = 0
        self.last_us = 0
        self._calibration = calibration
        self._free = [0] * calibration.servers
        self._seed = seed

    def visit(self, script: Script) -> Generator[simpy.Event, Any, None]:
        """Live through a visit."""
        env, rng = self.env, random.Random(f"backtest/{self._seed}/{script.number}")
        yield env.timeout(script.due_us)
        for call in script.calls:
            yield env.timeout(call.gap_us)
            took = self.take(call.infno, rng.random())
            yield env.timeout(took)
            low = bucket(took)
            self.times[low] = self.times.get(low, 0) + 1
            self.ended += 1
            self.last_us = int(env.now)

    def take(self, infno: str, share: float) -> int:
        """Take a message up when a server is free; return how long it waits and is served in all."""
        now = int(self.env.now)
        service = int(self._calibration.draw_us(infno, share))
        begin = max(now, self._free[0])
        heapq.heapreplace(self._free, begin + round(service * self._calibration.busy_share))
        return begin - now + service


def predict(scripts: Sequence[Script], calibration: Calibration, schedule: Schedule) -> Predicted:
    """Simulate the visits of a schedule at a calibrated platform; the same inputs give the same figures."""
    platform = _Platform(calibration, schedule.head.seed)
    for script in scripts:
        platform.env.process(platform.visit(script))
    platform.env.run()
    seconds = platform.last_us / 1_000_000 or 1.0
    points = (percentile(platform.times, percent) for percent in (50, 95, 99))
    return Predicted(round(platform.ended / seconds, 3), *points)


def errors(predicted: Predicted, figures: Figures) -> tuple[Error, ...]:
    """Return how far the prediction is from what was measured."""
    latency = figures["overall"]["latency"]
    measured = {"throughput": figures["rates"]["completed"], **{name: latency[name] for name in ("p50", "p95", "p99")}}
    return tuple(
        Error(name, getattr(predicted, name), value, _off(getattr(predicted, name), value), AIMS[name])
        for name, value in measured.items()
    )


def _off(predicted: float, measured: float) -> float:
    return round((predicted - measured) / measured, 4) if measured else 0.0
