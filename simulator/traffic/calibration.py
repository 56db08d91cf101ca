"""Fits how a platform works to what a load run has seen of it.

Service times are those of the quietest rate that was played, where nobody waits for anybody. How many messages it works
on at once follows from the rate at which it stopped keeping up: by the utilisation law, as many as come in one service
time. A whole number of servers is taken, and where that makes more of them than the throughput shows, each message is
taken to keep one busy for only a share of its time. Without such a rate one server is assumed, busy all the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from typing import Any

import orjson

from simulator.inputs.calibrations import FORMAT
from simulator.traffic.limits import Figures

_FAILURES = ("refused", "malformed", "unknown", "unsent")


def fitted(made: Figures, *, quiet: Figures | None = None, capacity: float | None = None) -> dict[str, Any]:
    """Return the calibration of a run (its document).

    ``quiet`` are the figures of the quietest run of a climb, where there was one; ``capacity`` the requests a second at
    which the target stopped keeping up. Raises ValueError where nothing was answered.
    """
    of = quiet or made
    rows = [row for row in of["by_infno"] if row["service"]["count"]]
    if not rows:
        raise ValueError("nothing was answered")
    mean_seconds = _mean(rows) / 1_000_000
    at_once = capacity * mean_seconds if capacity else 1.0
    servers = max(int(at_once), 1)
    counts = of["counts"]
    provenance = made["provenance"]
    return {
        "format": FORMAT,
        "target": {key: made["target"][key] for key in ("url", "role", "code")},
        "servers": servers,
        "busy_share": round(min(servers / at_once, 1.0), 4) if capacity else 1.0,
        "capacity": None if capacity is None else round(capacity, 1),
        "unknown_share": round((counts["unknown"] + counts["unsent"]) / (counts["offered"] or 1), 6),
        "transactions": {row["infno"]: _transaction(row) for row in rows},
        "rests_on": {
            "yidi": metadata.version("yidi"),
            **{key: provenance[key] for key in ("scenario", "schedule", "seed", "take")},
            "begun": made["begun"],
            "requests": of["rates"]["requests"],
        },
    }


def dumps(calibration: Mapping[str, Any]) -> bytes:
    """Return the text of the file."""
    return orjson.dumps(calibration, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _mean(rows: list[Any]) -> float:
    total = sum(row["service"]["count"] for row in rows)
    return float(sum(row["service"]["mean"] * row["service"]["count"] for row in rows) / total)


def _transaction(row: Figures) -> dict[str, Any]:
    service, counts = row["service"], row["counts"]
    failed = sum(counts[each] for each in _FAILURES)
    curve, last = service["curve"], [100.0, service["max"]]
    return {
        "count": service["count"],
        "floor": service["min"],
        "mean": service["mean"],
        "deviation": service["deviation"],
        "quantiles": [*([[0.0, service["min"]], *curve[1:-1]] if len(curve) > 1 else [[0.0, service["min"]]]), last],
        "failures": round(failed / (counts["offered"] or 1), 6),
    }
