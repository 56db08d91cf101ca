"""The library of people away from home (异地人员信息库): updated by batch, and how stale it is by month."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.filing.actions import CheckFilings
from simulator.core.filing.measures import days_since_update, stale
from simulator.world.clock import DAY_MS, HOUR_MS
from simulator.world.duties import Duties, Owed
from simulator.world.setting import Setting

UPDATES = ("update-library", "filing-check")
_EVENING_MS = 23 * HOUR_MS
_DAY = dt.timedelta(days=1)


class Library:
    """Has cities look their filings over when a duty of theirs says so, and measures what is left stale (JS-3.4e)."""

    def __init__(self, setting: Setting, duties: Duties) -> None:
        self._setting = setting
        for duty in set(UPDATES) & setting.scenario.administration.duties.keys():
            duties.follow(duty, self._updated)

    def months(self) -> Any:
        """Measure on the last evening of every month, and of the run."""
        setting, clock = self._setting, self._setting.clock
        for number in range(setting.days):
            day = setting.scenario.start + number * _DAY
            if (day + _DAY).day == 1 or number == setting.days - 1:
                yield clock.env.timeout(number * DAY_MS + _EVENING_MS - clock.ms())
                self._measure(day)

    def _updated(self, owed: Owed) -> None:
        self._setting.mail.act(self._setting.city_of(owed.owner) if self._is_area(owed) else owed.owner, self._look())

    def _is_area(self, owed: Owed) -> bool:
        return owed.owner not in self._setting.scenario.network.registry.cities

    def _look(self) -> CheckFilings:
        return CheckFilings(self._setting.clock.now().date())

    def _measure(self, day: dt.date) -> None:
        setting = self._setting
        for code in setting.scenario.network.registry.cities:
            filings = setting.cities[code].filings
            ages = [
                days_since_update(each, day)
                for each in filings.book.current()
                if each.in_force(day) and setting.city_of(each.insured_area) == code
            ]
            old = len(stale(filings, code, day))
            setting.recorder["library"].add(setting.replication, day, code, len(ages), old, max(ages, default=0))
