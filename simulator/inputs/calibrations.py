"""Reads calibrations: how a platform was measured to work, to be simulated instead of assumed figures.

A message takes a time drawn from what was measured of its transaction. For a share of it it keeps one of the platform's
servers busy; the rest (a disk, a line) keeps nobody else waiting.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from simulator.inputs.errors import InputError
from simulator.inputs.toml import Source, check, read_bytes

FORMAT = "yidi/calibration/1"
_WHOLE = 100.0


class Service(NamedTuple):
    """Measured service times of a transaction: percentiles and the times (microseconds) that go with them."""

    mean_us: int
    percents: tuple[float, ...]
    times_us: tuple[float, ...]

    def at(self, share: float) -> float:
        """Return the time that ``share`` (of 1) of the messages do not exceed, between points in proportion."""
        percent = share * _WHOLE
        place = min(bisect_right(self.percents, percent), len(self.percents) - 1)
        if not place:
            return self.times_us[0]
        low, high = self.percents[place - 1], self.percents[place]
        begin, end = self.times_us[place - 1], self.times_us[place]
        return begin + (end - begin) * min(max((percent - low) / (high - low), 0.0), 1.0) if high > low else end


class Calibration(NamedTuple):
    """A measured platform: of a city, or of a whole ``province`` behind one address; ``name`` and SHA-256 of its file.

    ``usual`` is the service of transactions that were not measured.
    """

    name: str
    digest: str
    province: bool
    servers: int
    busy_share: float
    unknown_share: float
    services: Mapping[str, Service]
    usual: Service

    def draw_us(self, infno: str, share: float) -> float:
        """Return the service time of a message, by a number from 0 up to 1."""
        return self.services.get(infno, self.usual).at(share)


def read_calibration(path: str | Path) -> Calibration:
    """Read a calibration; raises InputError for a file that is none."""
    name = str(path)
    content = read_bytes(Source(Path(path), name))
    try:
        data = json.loads(content)
    except ValueError:
        raise InputError(name, "", "is not JSON", "name a file written by yidi load --calibrate") from None
    if not isinstance(data, dict):
        raise InputError(name, "", "is no calibration", "name a file written by yidi load --calibrate")
    check(data, "calibration", name)
    services = {infno: _service(row, name, f"transactions.{infno}") for infno, row in data["transactions"].items()}
    usual = max(data["transactions"], key=lambda infno: int(data["transactions"][infno]["count"]))
    return Calibration(
        name,
        hashlib.sha256(content).hexdigest(),
        data["target"]["role"] == "province",
        data["servers"],
        float(data["busy_share"]),
        float(data["unknown_share"]),
        services,
        services[usual],
    )


def _service(row: Mapping[str, Any], name: str, key: str) -> Service:
    percents, times = zip(*row["quantiles"], strict=True)
    for column in (percents, times):
        if list(column) != sorted(column):
            raise InputError(name, f"{key}.quantiles", "do not rise", "write them in order")
    return Service(row["mean"], tuple(map(float, percents)), tuple(map(float, times)))
