"""What a run has measured: histograms, the time line, how every call ended, and whether the figures may be used.

The times of a transaction (``by_infno``) run from the moment a call was *due* to its answer, so that calls which a
stalled target kept from being sent on time count with all the time they waited. They hold the calls that the interface
answered (with success or a refusal), and those waited for in vain, with the time waited: giving up makes no percentile
better. Quick failures (nothing listens, a broken reply) are counted among ``ends`` and in no histogram.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import NamedTuple

from hdrh.histogram import HdrHistogram

from simulator.traffic.counts import Counts, added, histogram, percentile
from simulator.traffic.recording import EXAMPLES, Kept
from simulator.traffic.seconds import Second
from simulator.traffic.seen import OK, Seen
from simulator.traffic.whys import Words

LAG_LIMIT_US = 5_000
CPU_LIMIT = 0.85
WAITED_LIMIT = 0.01
"""Share of the calls that may be waited for in vain before a run counts as saturated."""
GROWTH_LIMIT = 0.02
"""Calls that may be left over for each call offered in the second half of the offering."""

_STEADY = 4.0  # standard deviations by which what is in flight may differ between two moments by chance


class Progress(NamedTuple):
    """A second that is over, of a run that offers for ``seconds``; calls offered and ended since it began."""

    second: Second
    seconds: float
    offered: int
    ended: int


@dataclass(frozen=True)
class Measured:
    """All that was seen of a run, by one worker or several.

    ``seconds`` is how long it took, ``offering`` for how long visits were planned to arrive. ``ends`` counts calls by
    (infno, outcome, code); ``not_reached`` those of visits that had ended before. Of the visits that had ``begun``,
    ``finished`` ended with every call answered with success. ``waited``: calls that found no free connection;
    ``given_up``: calls waited for in vain. ``cpu`` is the share of a core that each worker took while it offered.
    ``stopped``: ended before its time, by whoever ran it. Of the transactions to be kept, ``settled`` has every
    successful reply, ``unsettled`` every other call that was sent, with its request.
    """

    begun: dt.datetime
    seconds: float
    offering: float
    line: tuple[Second, ...]
    service_counts: Mapping[str, Counts]
    visit_counts: Counts
    lag_counts: Counts
    ends: Counter[tuple[str, str, int]]
    not_reached: Counter[str]
    visits_begun: int
    visits_finished: int
    waited: int
    given_up: int
    connections: int
    examples: tuple[Seen, ...]
    samples: tuple[Seen, ...]
    settled: tuple[Kept, ...]
    cpu: tuple[float, ...]
    stopped: bool = False
    unsettled: tuple[Seen, ...] = ()

    @cached_property
    def counts(self) -> Mapping[str, Counts]:
        """Times from due to answered, by transaction, as counts."""
        infnos = sorted({infno for second in self.line for infno in second.by_infno})
        return {infno: added(second.counts(infno) for second in self.line) for infno in infnos}

    @cached_property
    def by_infno(self) -> Mapping[str, HdrHistogram]:
        """Microseconds from due to answered, by transaction."""
        return {infno: histogram(counts) for infno, counts in self.counts.items()}

    @cached_property
    def overall(self) -> HdrHistogram:
        """Microseconds from due to answered, of all transactions."""
        return histogram(added(self.counts.values()))

    @cached_property
    def service(self) -> Mapping[str, HdrHistogram]:
        """Microseconds from sent to answered, of what was answered, by transaction."""
        return {infno: histogram(counts) for infno, counts in self.service_counts.items()}

    @cached_property
    def visits(self) -> HdrHistogram:
        """Microseconds from the arrival to the last answer, of visits that finished."""
        return histogram(self.visit_counts)

    @cached_property
    def lag(self) -> HdrHistogram:
        """Microseconds from due to taken up by the generator: its own lateness, whatever the target does."""
        return histogram(self.lag_counts)

    @property
    def offered(self) -> int:
        """Calls that were due."""
        return sum(second.offered for second in self.line)

    @property
    def ended(self) -> int:
        """Calls that ended, in whatever way; in the end all that were offered."""
        return sum(self.ends.values())

    def outcomes(self, infno: str = "") -> Counter[str]:
        """Return how many calls of a transaction, or of all, ended in which way."""
        made: Counter[str] = Counter()
        for (each, outcome, _), count in self.ends.items():
            if infno in {"", each}:
                made[outcome] += count
        return made

    def void_reason(self) -> Words | None:
        """Return why nothing may be concluded from the run: the generator itself fell behind. None if it did not."""
        lag_us = percentile(self.lag_counts, 99)
        if lag_us > LAG_LIMIT_US:
            ms = lag_us / 1000
            return Words(
                f"压测端自身滞后：99%的请求发出延迟达{ms:.1f}毫秒（上限{LAG_LIMIT_US // 1000}毫秒）",
                f"the generator itself fell behind: 99 % of calls were up to {ms:.1f} ms late"
                f" (limit {LAG_LIMIT_US // 1000} ms)",
            )
        if max(self.cpu, default=0.0) > CPU_LIMIT:
            share = 100 * max(self.cpu)
            return Words(
                f"压测端自身占用一个核的{share:.0f}%（上限{100 * CPU_LIMIT:.0f}%）",
                f"the generator itself took {share:.0f} % of a core (limit {100 * CPU_LIMIT:.0f} %)",
            )
        return None

    def saturated(self) -> Words | None:
        """Return how the target fell behind what was offered; None if it kept up.

        It did where more than 1 % of the calls were waited for in vain; or where, from the middle of the offering to
        its end, more than 2 % of the calls offered meanwhile were left over, beyond what chance explains (four standard
        deviations of a Poisson count at either moment). A stall that is made good again is not saturation.
        """
        if self.given_up > WAITED_LIMIT * max(self.ended, 1):
            share = 100 * self.given_up / self.ended
            return Words(f"{share:.1f}%的请求等不到应答", f"{share:.1f} % of the calls were waited for in vain")
        middle, end = int(self.offering / 2), int(self.offering)
        if middle < 1 or end > len(self.line):
            return None
        before, after = self.line[middle - 1].in_flight, self.line[end - 1].in_flight
        offered = sum(second.offered for second in self.line[middle:end])
        chance = _STEADY * (2 * before + 1) ** 0.5
        if after - before <= max(GROWTH_LIMIT * offered, chance):
            return None
        return Words(
            f"未完成的请求从{before}个增到{after}个，其间应发{offered}个",
            f"the calls not yet ended grew from {before} to {after} while {offered} were offered",
        )

    def merge(self, other: Measured) -> Measured:
        """Return what two workers of one run have seen, exactly as one would have."""
        return Measured(
            begun=min(self.begun, other.begun),
            seconds=max(self.seconds, other.seconds),
            offering=max(self.offering, other.offering),
            line=_merged_lines(self, other),
            service_counts=_merged(self.service_counts, other.service_counts),
            visit_counts=added([self.visit_counts, other.visit_counts]),
            lag_counts=added([self.lag_counts, other.lag_counts]),
            ends=self.ends + other.ends,
            not_reached=self.not_reached + other.not_reached,
            visits_begun=self.visits_begun + other.visits_begun,
            visits_finished=self.visits_finished + other.visits_finished,
            waited=self.waited + other.waited,
            given_up=self.given_up + other.given_up,
            connections=self.connections + other.connections,
            examples=_few([*self.examples, *other.examples]),
            samples=_in_order([*self.samples, *other.samples]),
            settled=tuple(sorted([*self.settled, *other.settled])),
            cpu=self.cpu + other.cpu,
            stopped=self.stopped or other.stopped,
            unsettled=_in_order([*self.unsettled, *other.unsettled]),
        )


def _merged(one: Mapping[str, Counts], other: Mapping[str, Counts]) -> Mapping[str, Counts]:
    infnos = sorted(one.keys() | other.keys())
    return {infno: added([one.get(infno, {}), other.get(infno, {})]) for infno in infnos}


def _merged_lines(one: Measured, other: Measured) -> tuple[Second, ...]:
    """Merge second by second; a worker that ended earlier had nothing more to do."""
    idle = Second(0, cpu=(0.0,) * len(one.cpu)), Second(0, cpu=(0.0,) * len(other.cpu))
    pairs = zip_longest(one.line, other.line)
    return tuple(
        (mine or idle[0]._replace(number=number)).merged(theirs or idle[1])
        for number, (mine, theirs) in enumerate(pairs)
    )


def _in_order(seen: Sequence[Seen]) -> tuple[Seen, ...]:
    return tuple(sorted(seen, key=lambda each: (each.visit, each.step)))


def _few(seen: Sequence[Seen]) -> tuple[Seen, ...]:
    """Keep as many of each end as one worker would, the earliest."""
    kept: Counter[tuple[str, str, int]] = Counter()
    made = []
    for each in sorted(seen, key=lambda each: (each.due_ns, each.visit, each.step)):
        end = (each.infno, each.outcome, each.code)
        kept[end] += 1
        if kept[end] <= EXAMPLES and each.outcome != OK:
            made.append(each)
    return tuple(made)
