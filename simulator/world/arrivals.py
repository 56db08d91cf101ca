"""Admissions of travellers, drawn a day at a time: a Poisson process whose rate follows season, weekday, holidays, the
hour, and what befell the country in a month of its own (2020)."""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
from collections.abc import Sequence

from simulator.inputs.scenarios import Scenario
from simulator.inputs.streams import Streams
from simulator.world.clock import DAY_MS, HOUR_MS
from simulator.world.steps import Steps

_DAYS_A_YEAR = 365
OUTWARD = "outward"


class Arrivals:
    """The moments of admission, by city of insurance and day; :data:`OUTWARD` are stays in another province."""

    def __init__(self, scenario: Scenario, streams: Streams, scale: float) -> None:
        insured = scenario.network.insured
        a_day = scenario.number("demand.stays_per_year") * scale / _DAYS_A_YEAR
        self._per_day = {city: a_day * count / sum(insured.values()) for city, count in insured.items()}
        beyond = scenario.network.beyond
        if beyond is not None:
            self._per_day[OUTWARD] = scenario.number("demand.cross_province_out") * scale / _DAYS_A_YEAR
            self._per_day[beyond.city] = scenario.number("demand.cross_province_in") * scale / _DAYS_A_YEAR
        self._streams = streams
        self._calendar = scenario.calendar
        self._start = scenario.start
        self._months = scenario.numbers("demand.month_factor")
        self._weekdays = scenario.numbers("demand.weekday_factor")
        self._holiday = scenario.number("demand.holiday_factor")
        sums = tuple(itertools.accumulate(scenario.numbers("demand.hour_weights")))
        self._hours = tuple(done / sums[-1] for done in sums)
        self._further = Steps(scenario, "demand.factor_from", before=1.0)
        self._even = _mean_factor(self._months) * _mean_factor(self._weekdays)

    def of_day(self, city: str, day: int) -> list[int]:
        """Return the admissions of a day (counted from the start) in milliseconds since the start, in order."""
        mean = self.expected(city, self._start + dt.timedelta(days=day))
        rng = self._streams.stream("arrivals", f"{city}/{day}", "times")
        moments = []
        passed = rng.expovariate(1.0)
        while passed < mean:
            moments.append(day * DAY_MS + self._time_of_day(passed / mean))
            passed += rng.expovariate(1.0)
        return moments

    def expected(self, city: str, day: dt.date) -> float:
        """Return how many admissions a day has on average."""
        return self._per_day[city] * self.factor(day)

    def factor(self, day: dt.date) -> float:
        """Return how a day stands to an average one, by month, weekday and holidays."""
        if self._calendar.is_holiday(day):
            on_day = self._holiday
        elif self._calendar.is_workday(day):
            on_day = self._weekdays[min(day.weekday(), 4)]
        else:
            on_day = self._weekdays[day.weekday()]
        return self._months[day.month - 1] * on_day / self._even * self._further.at(day)

    def _time_of_day(self, share: float) -> int:
        """Return the time by which ``share`` of a day's admissions have come, evenly within the hour."""
        hour = bisect.bisect_right(self._hours, share)
        before = self._hours[hour - 1] if hour else 0.0
        return int((hour + (share - before) / (self._hours[hour] - before)) * HOUR_MS)


def _mean_factor(factors: Sequence[float]) -> float:
    return sum(factors) / len(factors)
