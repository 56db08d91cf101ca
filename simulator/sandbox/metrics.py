"""Figures of a sandbox for Prometheus, as ``docs/how-to/operate.md`` lists them.

Labels are transactions, codes and reasons out of fixed tables: no person, visit or message is ever one.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from simulator.core.platform.refusals import BY_CODE

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from simulator.sandbox.front import Answer
    from simulator.sandbox.journal import Entry

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_ENTRIES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class Buckets:
    """How often a value was at most each of some bounds."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def note(self, value: float) -> None:
        """Note a value."""
        index = next((index for index, bound in enumerate(self._bounds) if value <= bound), len(self._bounds))
        self._counts[index] += 1
        self._sum += value

    def told(self) -> tuple[list[tuple[str, float]], float]:
        """Return the counts up to each bound, the last without one, and the sum."""
        rows, total = [], 0
        for bound, count in zip((*map(str, map(float, self._bounds)), "+Inf"), self._counts, strict=True):
            total += count
            rows.append((bound, float(total)))
        return rows, self._sum


class Metrics:
    """Counts what happens; ``gauges`` tell how things stand when somebody asks: name to (help, value)."""

    def __init__(self, gauges: Mapping[str, tuple[str, Callable[[], float]]]) -> None:
        self._gauges = gauges
        self._calls: Counter[tuple[str, str]] = Counter()
        self._refusals: Counter[tuple[str, str]] = Counter()
        self._closed: Counter[str] = Counter()
        self._seconds: dict[str, Buckets] = {}
        self._batches, self._commits = Buckets(_ENTRIES), Buckets(_SECONDS)
        self._writing = threading.Lock()  # the thread of the journal tells of batches

    def call(self, answer: Answer, seconds: float) -> None:
        """Note an answered call."""
        infno, outcome = answer.infno or "none", answer.outcome
        refused = outcome.startswith("-")
        self._calls[infno, "accepted" if outcome == "0" else "refused" if refused else outcome] += 1
        if refused:
            known = BY_CODE.get(int(outcome))
            self._refusals[outcome, known.name if known else ""] += 1
        if infno not in self._seconds:
            self._seconds[infno] = Buckets(_SECONDS)
        self._seconds[infno].note(seconds)

    def committed(self, entries: Sequence[Entry], seconds: float) -> None:
        """Note a batch of the journal that is on disk."""
        with self._writing:
            self._batches.note(len(entries))
            self._commits.note(seconds)

    def closed(self, why: str) -> None:
        """Note a connection that was turned away."""
        self._closed[why] += 1

    def text(self) -> bytes:
        """Return the figures as Prometheus reads them."""
        from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest  # noqa: PLC0415  # late

        registry = CollectorRegistry()
        registry.register(self)
        ProcessCollector(registry=registry)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """Yield the figures."""
        from prometheus_client.core import (  # noqa: PLC0415  # late
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
        )

        calls = CounterMetricFamily("yidi_calls", "Calls by transaction and result.", labels=("infno", "result"))
        for labels, count in sorted(self._calls.items()):
            calls.add_metric(labels, count)
        yield calls
        refusals = CounterMetricFamily("yidi_refusals", "Refused calls by infcode.", labels=("code", "name"))
        for labels, count in sorted(self._refusals.items()):
            refusals.add_metric(labels, count)
        yield refusals
        closed = CounterMetricFamily("yidi_connections_closed", "Connections turned away.", labels=("why",))
        for why, count in sorted(self._closed.items()):
            closed.add_metric((why,), count)
        yield closed
        latency = HistogramMetricFamily("yidi_call_seconds", "From the whole body to the answer.", labels=("infno",))
        for infno, buckets in sorted(self._seconds.items()):
            latency.add_metric((infno,), *buckets.told())
        yield latency
        with self._writing:
            sizes, seconds = self._batches.told(), self._commits.told()
        for name, told, what in (
            ("yidi_commit_entries", sizes, "Entries of the journal written together."),
            ("yidi_commit_seconds", seconds, "How long a batch took to be on disk."),
        ):
            family = HistogramMetricFamily(name, what)
            family.add_metric((), *told)
            yield family
        for name, (what, value) in self._gauges.items():
            yield GaugeMetricFamily(name, what, value=value())
