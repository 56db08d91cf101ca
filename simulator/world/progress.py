"""What cities report every month about care away from home, and what the province makes of it: the ranking circular.

A report holds what the city knew when the month was over; the circular holds the reports that had come in.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.world.duties import Duties, Owed
from simulator.world.setting import Setting
from simulator.world.stays import DIRECT, Outcome

REPORT, CIRCULAR = "monthly-report", "circular"


class Counted(NamedTuple):
    """The stays of a city's insured away from home that ended in a month, and those settled directly."""

    discharges: int = 0
    direct: int = 0

    def with_stay(self, direct: bool) -> Counted:
        """Return it with one stay more."""
        return Counted(self.discharges + 1, self.direct + direct)


class Progress:
    """Counts stays by month and city of insurance, and writes reports and circulars as they are made."""

    def __init__(self, setting: Setting, duties: Duties) -> None:
        self._setting = setting
        self._counted: dict[tuple[str, str], Counted] = {}
        self._reports: dict[tuple[str, str], Counted] = {}
        duties.follow(REPORT, self._reported)
        duties.follow(CIRCULAR, self._circulated)

    def ended(self, outcome: Outcome) -> None:
        """Count a stay inside the province of somebody in basic insurance."""
        setting, story = self._setting, outcome.story
        city = setting.city_of(story.person.insured_area)
        if not story.ncms and not setting.crosses(story.city, city):
            place = setting.clock.now().isoformat()[:7], city
            self._counted[place] = self._counted.get(place, Counted()).with_stay(outcome.outcome == DIRECT)

    def _reported(self, owed: Owed) -> None:
        """Write the report of a city about a month (JS-5.2)."""
        place = owed.period, owed.owner
        counted = self._reports[place] = self._counted.get(place, Counted())
        self._setting.recorder["reports"].add(self._setting.replication, *place, _day(owed), *counted)

    def _circulated(self, owed: Owed) -> None:
        """Write the circular about a month: every city by its rate, those that have not reported last (JS-5.3)."""
        known = [
            (city, self._reports.get((owed.period, city))) for city in self._setting.scenario.network.registry.cities
        ]
        order = sorted(known, key=lambda each: (each[1] is None, _rank(each[1]), each[0]))
        for place, (city, counted) in enumerate(order, 1):
            row = counted or Counted()
            self._setting.recorder["circulars"].add(
                self._setting.replication, owed.period, _day(owed), place, city, counted is not None, *row
            )


def _rank(counted: Counted | None) -> float:
    return -counted.direct / counted.discharges if counted and counted.discharges else 0.0


def _day(owed: Owed) -> dt.date:
    assert owed.done is not None
    return owed.done
