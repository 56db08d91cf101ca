"""Writes what was measured as an HdrHistogram log, which the standard tools read: a line for each second.

Untagged lines hold all transactions together, lines with a tag (``Tag=2304``) one of them: a reader takes the one or
the other. Values are microseconds from due to answered, interval maxima milliseconds, times seconds from the beginning.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from simulator.outputs.files import write_whole
from simulator.traffic.counts import Counts, histogram, percentile
from simulator.traffic.measuring import Measured

_LEGEND = '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"'


def hlog(measured: Measured) -> str:
    """Return the log of a run."""
    return "".join(f"{line}\n" for line in _lines(measured))


def write_hlog(measured: Measured, path: Path) -> None:
    """Write the log of a run."""
    write_whole(path, hlog(measured).encode("ascii"))


def _lines(measured: Measured) -> Iterator[str]:
    begun = measured.begun
    yield "#[Histogram log format version 1.3]"
    yield f"#[StartTime: {begun.timestamp():.3f} (seconds since epoch), {begun.isoformat(timespec='milliseconds')}]"
    yield f"#[BaseTime: {begun.timestamp():.3f} (seconds since epoch)]"
    yield "#[Values: microseconds from due to answered]"
    yield _LEGEND
    for second in measured.line:
        length = min(1.0, measured.seconds - second.number)
        if counts := second.counts():
            yield _line(second.number, length, counts)
        for infno in sorted(second.by_infno):
            yield f"Tag={infno},{_line(second.number, length, second.counts(infno))}"


def _line(start: int, length: float, counts: Counts) -> str:
    return f"{start:.3f},{length:.3f},{percentile(counts, 100) / 1000:.3f},{histogram(counts).encode().decode()}"
