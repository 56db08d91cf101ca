"""Small runs that were never played: what a target would have been seen to do, second by second."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from simulator.traffic.counts import Counts, bucket, packed
from simulator.traffic.measuring import Measured
from simulator.traffic.seconds import Second
from simulator.traffic.seen import OK, OUTCOMES, Seen

MS = 1000
INFNO = "2304"


def counts_of(*times_us: int) -> Counts:
    made: Counts = {}
    for each in times_us:
        made[bucket(each)] = made.get(bucket(each), 0) + 1
    return made


def second(number: int, *times_us: int, offered: int | None = None, in_flight: int = 0, infno: str = INFNO) -> Second:
    done = dict.fromkeys(OUTCOMES, 0) | {OK: len(times_us)}
    counts = {infno: packed(counts_of(*times_us))} if times_us else {}
    due = len(times_us) if offered is None else offered
    return Second(number, due, due, done, in_flight, 0, counts, 100, (0.1,))


def measured(line: Sequence[Second], **changed: Any) -> Measured:
    """Return what was measured of a run of one transaction, all of it answered with success."""
    ended = sum(each.ended for each in line)
    given: dict[str, Any] = {
        "begun": dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC),
        "seconds": float(len(line)),
        "offering": float(len(line)),
        "line": tuple(line),
        "service_counts": {INFNO: counts_of(*[2 * MS] * ended)},
        "visit_counts": counts_of(*[900 * MS] * ended),
        "lag_counts": counts_of(*[50] * max(ended, 1)),
        "ends": Counter({(INFNO, OK, 0): ended}),
        "not_reached": Counter(),
        "visits_begun": ended,
        "visits_finished": ended,
        "waited": 0,
        "given_up": 0,
        "connections": 4,
        "examples": (),
        "samples": (),
        "settled": (),
        "cpu": (0.1,),
    }
    return Measured(**{**given, **changed})


def steady(seconds: int = 20, ms: int = 5, a_second: int = 10) -> Measured:
    return measured([second(number, *[ms * MS] * a_second) for number in range(seconds)])


def seen(outcome: str, why: str = "", request: bytes = b"", reply: bytes = b"") -> Seen:
    return Seen(INFNO, 3, 1, 10**9, 10**9, 0, outcome, 0, why, request, reply)


def money(**changed: Any) -> dict[str, Any]:
    row = {"hospital": "H32019900003", "day": "2017-02-03", "insutype": "310", "clr_type": "21"}
    totals = {"count": 3, "medfee": 123_456, "fund": 100_23, "account": 0}
    whole: dict[str, Any] = {
        "agrees": True,
        "stopped": None,
        "sum": totals,
        "others": 0,
        "rows": [{**row, **totals, "level": True, "said": ""}],
        "found": [],
        "resolved": [],
    }
    return {**whole, **changed}
