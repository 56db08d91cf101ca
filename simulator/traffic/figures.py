"""What was measured as plain figures: the part of ``load.json`` that limits, verdict, page and console read.

Times are whole microseconds, from *due* to answered unless it is said that they are service times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from math import floor, log10, sqrt
from typing import Any

from simulator.traffic.counts import Counts, added, highest, histogram, mean, percentile
from simulator.traffic.measuring import Measured
from simulator.traffic.seconds import Second
from simulator.traffic.seen import OUTCOMES

SHOWN = {"p50": 50, "p90": 90, "p95": 95, "p99": 99, "p99_9": 99.9}
SETTLEMENTS = frozenset({"2102", "2207", "2304"})
"""The transactions that settle: a purchase, an outpatient visit, a stay."""

_MINUTE = 60
_A_DECADE = 10  # bands of latency in the heat map, each a quarter wider than the one below
_TAILS = (0.0, 25.0, 50.0, 75.0, 90.0, 95.0, 97.5, 99.0, 99.5, 99.75, 99.9, 99.95, 99.99, 99.995, 99.999, 99.9999)


def figures_of(measured: Measured) -> dict[str, Any]:
    """Return all that was measured."""
    void, saturated = measured.void_reason(), measured.saturated()
    ended = measured.outcomes()
    infnos = sorted({infno for infno, _, _ in measured.ends} | measured.counts.keys())
    all_served = added(measured.service_counts.values())
    return {
        "begun": measured.begun.isoformat(timespec="seconds"),
        "seconds": round(measured.seconds, 3),
        "offering": round(measured.offering, 3),
        "counts": {
            "visits": measured.visits_begun,
            "visits_finished": measured.visits_finished,
            "offered": measured.offered,
            "started": sum(second.started for second in measured.line),
            "completed": measured.ended,
            **{outcome: ended[outcome] for outcome in OUTCOMES},
            "not_reached": sum(measured.not_reached.values()),
            "settlements": _settled(measured),
            "waited_for_connection": measured.waited,
            "given_up": measured.given_up,
        },
        "rates": _rates(measured),
        "overall": {"latency": times(added(measured.counts.values())), "service": times(all_served)},
        "visits": times(measured.visit_counts),
        "lag": times(measured.lag_counts),
        "cpu": [round(share, 4) for share in measured.cpu],
        "connections": measured.connections,
        "by_infno": [_transaction(measured, infno) for infno in infnos],
        "line": [_second(second) for second in measured.line],
        "minutes": list(_minutes(measured.line)),
        "void": None if void is None else {"zh": void.zh, "en": void.en},
        "behind": None,
        "saturated": None if saturated is None else {"zh": saturated.zh, "en": saturated.en},
    }


def times(counts: Counts) -> dict[str, Any]:
    """Return what is told of times: their number, mean, spread, percentiles, the curve, and the histogram itself.

    ``curve`` has pairs of a percentile and the time that so many of 100 are not above, as far as there are times to
    tell them apart; ``hdr`` is the histogram in the text form of HdrHistogram (V2), empty where there is nothing.
    """
    total = sum(counts.values())
    middle = mean(counts)
    spread = sqrt(sum(count * ((low + highest(low)) / 2 - middle) ** 2 for low, count in counts.items()) / (total or 1))
    return {
        "count": total,
        "mean": round(middle),
        "deviation": round(spread),
        "min": min(counts, default=0),
        **{name: percentile(counts, percent) for name, percent in SHOWN.items()},
        "max": percentile(counts, 100),
        "curve": _curve(counts, total),
        "hdr": histogram(counts).encode().decode("ascii") if total else "",
    }


def _curve(counts: Counts, total: int) -> list[list[float]]:
    """Walk the sorted values once; a tail thinner than one time is left out."""
    lows = sorted(counts)
    sums = list(accumulate(counts[low] for low in lows))
    curve, place = [], 0
    for percent in _TAILS:
        if total * (100 - percent) < 100 or not lows:
            break
        wanted = max(int(percent * total / 100 + 0.5), 1)
        while sums[place] < wanted:
            place += 1
        curve.append([percent, highest(lows[place])])
    if total:
        curve.append([round(100 - 100 / total, 6), highest(lows[-1])])
    return curve


def _settled(measured: Measured) -> int:
    return sum(count for end, count in measured.ends.items() if end[0] in SETTLEMENTS and end[1] == "ok")


def _rates(measured: Measured) -> dict[str, float]:
    """Return visits begun, requests due and settlements had, each a second of the offering."""
    over = min(measured.offering, measured.seconds) or 1.0
    return {
        "visits": round(measured.visits_begun / over, 3),
        "requests": round(measured.offered / over, 3),
        "completed": round(measured.ended / (measured.seconds or 1.0), 3),
        "settlements": round(_settled(measured) / (measured.seconds or 1.0), 3),
    }


def _transaction(measured: Measured, infno: str) -> dict[str, Any]:
    outcomes = measured.outcomes(infno)
    codes: Counter[tuple[str, int]] = Counter()
    for (each, outcome, code), count in measured.ends.items():
        if each == infno and outcome != "ok":
            codes[outcome, code] += count
    return {
        "infno": infno,
        "counts": {
            "offered": sum(outcomes.values()),
            **{outcome: outcomes[outcome] for outcome in OUTCOMES},
            "not_reached": measured.not_reached[infno],
        },
        "codes": [{"outcome": end[0], "code": end[1], "count": count} for end, count in codes.most_common()],
        "latency": times(measured.counts.get(infno, {})),
        "service": times(measured.service_counts.get(infno, {})),
    }


def _second(second: Second) -> dict[str, Any]:
    counts = second.counts()
    return {
        "second": second.number,
        "offered": second.offered,
        "started": second.started,
        **{outcome: second.completed.get(outcome, 0) for outcome in OUTCOMES},
        "in_flight": second.in_flight,
        "in_play": second.in_play,
        "lag": second.lag_us,
        "count": sum(counts.values()),
        "p50": percentile(counts, 50),
        "p99": percentile(counts, 99),
        "max": percentile(counts, 100),
        "bands": [[band, count] for band, count in sorted(_bands(counts).items())],
    }


def _bands(counts: Counts) -> Counter[int]:
    """Return how many times lie in each band; see :func:`band_us`."""
    made: Counter[int] = Counter()
    for low, count in counts.items():
        made[floor(log10(max(low, 1)) * _A_DECADE)] += count
    return made


def band_us(band: int) -> tuple[float, float]:
    """Return where a band of latency begins and ends, in microseconds: ten bands make a factor of ten."""
    return 10 ** (band / _A_DECADE), 10 ** ((band + 1) / _A_DECADE)


def _minutes(line: Sequence[Second]) -> Iterator[dict[str, Any]]:
    for begin in range(0, len(line), _MINUTE):
        seconds = line[begin : begin + _MINUTE]
        yield {"minute": begin // _MINUTE, **_of_several(seconds)}


def _of_several(seconds: Iterable[Second]) -> Mapping[str, int]:
    counts = added(second.counts() for second in seconds)
    named = {name: percentile(counts, percent) for name, percent in SHOWN.items()}
    return {"count": sum(counts.values()), **named, "max": percentile(counts, 100)}
