"""Figures that change on the first of a month and hold until the next change."""

from __future__ import annotations

import bisect
import datetime as dt

from simulator.inputs.scenarios import Scenario


class Steps:
    """A figure by month (``2020-02``): its value from the first of each month it names on, ``before`` the first."""

    def __init__(self, scenario: Scenario, key: str, *, before: float) -> None:
        steps = sorted(scenario.table(key).items()) if key in scenario.figures else []
        self._months = [month for month, _ in steps]
        self._values = [before, *(value for _, value in steps)]

    def at(self, day: dt.date) -> float:
        """Return the value that holds on a day."""
        return self._values[bisect.bisect_right(self._months, f"{day:%Y-%m}")]
