"""The service as a whole: what a traveller does about a stay before it begins, and about one that went wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from simulator.core.filing.types import LONG_TERM
from simulator.core.reconciliation.facts import RunMissed
from simulator.world.clock import DAY_MS, HOUR_MS
from simulator.world.duties import Duties
from simulator.world.service.agencies import Agency
from simulator.world.service.doubts import Doubts
from simulator.world.service.enquiries import Enquiries
from simulator.world.service.filings import Filings
from simulator.world.service.library import Library
from simulator.world.service.openings import MADE_EASY, Openings
from simulator.world.service.register import Register
from simulator.world.setting import Setting
from simulator.world.stays import Outcome
from simulator.world.stories import Story

HOTLINE, REPORT_CASE = "hotline", "report-case"
_DAYS_A_YEAR = 365
_WORDS_HOUR_MS = 10 * HOUR_MS


class Service:
    """The filing service of a scenario. ``rate`` gives the base of the filing rate by city and moment of admission.

    A scenario without the figures of a service has none: filings are simply there, and nobody is served.
    """

    def __init__(self, setting: Setting, duties: Duties, scale: float, rate: Callable[[str, int], float]) -> None:
        scenario = setting.scenario
        self._setting = setting
        self._clock = setting.clock
        self._duties = duties
        self._rate = rate
        self.register = Register(setting)
        self.lives = scenario.has("service.open_hours")
        self.lead_days = 0
        if not self.lives:
            return
        self._lead = scenario.table("service.lead_days")
        self.lead_days = int(max(self._lead.values()))
        self.openings = Openings(setting, duties)
        cities = scenario.network.registry.cities
        self.agencies = {code: Agency(scenario, setting.clock, code, scale) for code in cities}
        self.filings = Filings(setting, self.openings, self.agencies, self.register)
        self.enquiries = Enquiries(setting, self.openings, self.agencies)
        self.doubts = Doubts(setting, duties)
        self._library = Library(setting, duties)
        setting.mail.follow(RunMissed, self._missed)

    def open(self) -> None:
        """Set the library's clock going, and let hotlines change."""
        if self.lives:
            self._clock.env.process(self._library.months())
            for area in self._setting.scenario.network.registry.areas:
                self._change_hotlines(area)

    def close(self) -> None:
        """Write what is still under way, and what made filing easy."""
        if self.lives:
            for part in (self.filings, self.enquiries, self.doubts):
                part.close()
            self._annex_2()
            self._staff()

    def plan(self, story: Story) -> None:
        """Let a traveller prepare for a stay to come: file, and ask how to."""
        if story.ncms:
            return
        setting = self._setting
        city = setting.city_of(story.person.insured_area)
        own = self.lives and city in self.agencies
        asks_ms = story.admitted_ms - self._days_before(story) * DAY_MS if own else story.admitted_ms
        if own and asks_ms >= 0:
            self.enquiries.before(story, asks_ms)
        rate = self._rate(city, story.admitted_ms)
        if story.filing_chance >= (rate * self.openings.filing_factor(story.person.insured_area) if own else rate):
            return
        if own and asks_ms >= self._clock.ms():
            self._clock.call(asks_ms - self._clock.ms(), self.filings.apply, story)
        else:
            self.register.adopt(story)

    def ended(self, outcome: Outcome) -> None:
        """Let a patient ask why a stay was not settled directly."""
        if self.lives and self._setting.city_of(outcome.story.person.insured_area) in self.agencies:
            self.enquiries.after(outcome)

    def covered(self, story: Story) -> bool:
        """Tell whether a filing covers a stay."""
        return self.register.covered(story, self._clock.moment(story.admitted_ms).date())

    # -- what else offices live through -------------------------------------------------------------------------

    def _days_before(self, story: Story) -> int:
        least, most = (int(self._lead[each]) for each in ("least", _lead_of(story.filing_type)))
        return least + int(self._setting.streams.share("filing", story.visit, "lead") * (most - least + 1))

    def _change_hotlines(self, area: str) -> None:
        """Draw the days on which an office's hotline changes; each is to be reported (JL-6.3d)."""
        rng = self._setting.streams.stream("hotline", area, "changes")
        a_day = self._setting.scenario.number("service.hotline_changes") / _DAYS_A_YEAR
        day = rng.expovariate(a_day) if a_day else self._setting.days
        while day < self._setting.days:
            self._clock.call(int(day) * DAY_MS + _WORDS_HOUR_MS, self._changed, area)
            day += rng.expovariate(a_day)

    def _changed(self, event: Any) -> None:
        self._duties.call(HOTLINE, event.value, self._today())

    def _missed(self, code: str, fact: RunMissed) -> None:
        """Let the first area of a city report a run of the reconciliation that failed (JL-4.1c)."""
        own = self._setting.scenario.network.registry
        if code in self._setting.provinces and fact.city in own.cities:
            area = next(each.code for each in own.areas.values() if each.city == fact.city)
            self._duties.call(REPORT_CASE, area, f"{fact.day} {fact.side}")

    def _annex_2(self) -> None:
        """Write what each area has done to make filing easy, as annex 2 wants it (JL-A2)."""
        setting, owed = self._setting, self._setting.scenario.administration.duties
        add = setting.recorder["filing_service"].add
        for area in setting.scenario.network.registry.areas:
            for duty, channels in MADE_EASY.items():
                if duty in owed:
                    day: dt.date | None = self.openings.day(duty, area)
                    for channel in channels:
                        add(setting.replication, area, owed[duty].clause, channel, day, area)

    def _staff(self) -> None:
        """Write how busy the staff of each city was: minutes worked and minutes there were at this scale."""
        setting = self._setting
        for city, agency in self.agencies.items():
            there = agency.staff * agency.open_ms(setting.days) / 60_000
            awareness = [self.openings.awareness.at(area, self._clock.ms()) for area in self.openings.areas(city)]
            setting.recorder["staff"].add(
                setting.replication,
                city,
                agency.staff,
                round(agency.busy_ms / 60_000),
                round(there),
                sum(awareness) / len(awareness),
            )

    def _today(self) -> str:
        return self._clock.now().date().isoformat()


def _lead_of(filing_type: str) -> str:
    return "long_term" if filing_type in LONG_TERM else "referral"
