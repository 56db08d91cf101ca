"""One second of a run, as it stands in the time line."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import NamedTuple

from simulator.traffic.counts import Counts, added, packed, percentile, unpacked
from simulator.traffic.seen import OUTCOMES


class Second(NamedTuple):
    """What was seen in a second of a run, counted from 0.

    ``offered``: calls that were due in it; ``started``: sent in it; ``completed``: ended in it, by outcome.
    ``in_flight``: calls due and not ended at its end, whether sent or waiting for a connection; ``in_play``: visits
    begun and not ended. ``by_infno``: times from due to answered of the calls that ended in it, packed. ``lag_us``: the
    latest a call was taken up. ``cpu``: seconds of processor time, by worker.
    """

    number: int
    offered: int = 0
    started: int = 0
    completed: Mapping[str, int] = {}
    in_flight: int = 0
    in_play: int = 0
    by_infno: Mapping[str, array[int]] = {}
    lag_us: int = 0
    cpu: tuple[float, ...] = ()

    def counts(self, infno: str = "") -> Counts:
        """Return the times of a transaction, or of all."""
        if infno:
            return unpacked(self.by_infno[infno]) if infno in self.by_infno else {}
        return added(unpacked(numbers) for numbers in self.by_infno.values())

    def at(self, percent: float) -> int:
        """Return a percentile of all times, in microseconds; 100 is the longest."""
        return percentile(self.counts(), percent)

    @property
    def ended(self) -> int:
        """Return how many calls ended, whatever the outcome."""
        return sum(self.completed.values())

    def merged(self, other: Second) -> Second:
        """Return what two workers saw of the same second, as one would have seen it."""
        infnos = sorted(self.by_infno.keys() | other.by_infno.keys())
        return Second(
            self.number,
            self.offered + other.offered,
            self.started + other.started,
            {key: self.completed.get(key, 0) + other.completed.get(key, 0) for key in OUTCOMES},
            self.in_flight + other.in_flight,
            self.in_play + other.in_play,
            {infno: packed(added([self.counts(infno), other.counts(infno)])) for infno in infnos},
            max(self.lag_us, other.lag_us),
            self.cpu + other.cpu,
        )
