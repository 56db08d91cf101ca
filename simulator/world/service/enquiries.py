"""What people ask the offices (咨询): before a stay how to file, after one why it was not settled directly.

Whoever is asked first answers (首问负责); untrained staff sometimes passes people on.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Any

from simulator.world.clock import DAY_MS
from simulator.world.service.agencies import MINUTE_MS, Agency, Steps
from simulator.world.service.openings import Openings
from simulator.world.setting import Setting
from simulator.world.stays import MANUAL, Outcome
from simulator.world.stories import Story

FILING, SETTLEMENT = "filing", "settlement"


@dataclass
class Asked:
    """An enquiry: ``passed`` is how often the person was sent on, ``answered_ms`` is None while nobody has answered."""

    name: str
    story: Story
    city: str
    about: str
    asked_ms: int
    waited: int = 0
    worked: int = 0
    passed: int = 0
    answered_ms: int | None = None


class Enquiries:
    """The enquiries of a run; ``waiting`` are those nobody has answered yet, in order."""

    def __init__(self, setting: Setting, openings: Openings, agencies: dict[str, Agency]) -> None:
        scenario = setting.scenario
        self._setting = setting
        self._clock = setting.clock
        self._openings = openings
        self._agencies = agencies
        self._share = scenario.table("service.enquiry_share")
        self._minutes = scenario.number("service.answer_minutes")
        self.waiting: dict[str, Asked] = {}

    def before(self, story: Story, ms: int) -> None:
        """Let a traveller ask how to file, some time on a day before the stay."""
        if self._chance(story, FILING) < self._share["before"]:
            self._ask(story, FILING, ms)

    def after(self, outcome: Outcome) -> None:
        """Let a patient ask why the stay was not settled directly, within a day."""
        story = outcome.story
        if outcome.outcome == MANUAL and self._chance(story, SETTLEMENT) < self._share["refused"]:
            wait = self._setting.streams.share("enquiry", f"{story.visit}/{SETTLEMENT}", "when")
            self._ask(story, SETTLEMENT, self._clock.ms() + int(wait * DAY_MS))

    def close(self) -> None:
        """Write the enquiries that were not answered when the run ended."""
        for asked in self.waiting.values():
            self._write(asked)

    def _chance(self, story: Story, about: str) -> float:
        return self._setting.streams.share("enquiry", f"{story.visit}/{about}", "asks")

    def _ask(self, story: Story, about: str, ms: int) -> None:
        city = self._setting.city_of(story.person.insured_area)
        asked = Asked(f"{story.visit}/{about}", story, city, about, ms)
        self._clock.call(max(ms - self._clock.ms(), 0), self._begin, asked)

    def _begin(self, event: Any) -> None:
        self._clock.env.process(self._process(event.value))

    def _process(self, asked: Asked) -> Steps:
        """Call in opening hours and be answered, by the first or by somebody else."""
        self.waiting[asked.name] = asked
        rng = self._setting.streams.stream("enquiry", asked.name, "call")
        chances = [rng.random() for _ in range(4)]
        agency, clock = self._agencies[asked.city], self._clock
        yield clock.env.timeout(agency.open_at(clock.ms(), chances[0]) - clock.ms())
        yield from self._call(asked, agency, chances[1])
        if chances[2] < self._openings.error_share(asked.story.person.insured_area):
            asked.passed = 1
            yield from self._call(asked, agency, chances[3])
        asked.answered_ms = clock.ms()
        del self.waiting[asked.name]
        self._write(asked)

    def _call(self, asked: Asked, agency: Agency, chance: float) -> Steps:
        served = yield from agency.serve(-log(1.0 - chance) * self._minutes)
        asked.waited += served.waited
        asked.worked += served.worked

    def _write(self, asked: Asked) -> None:
        epoch, person = self._clock.epoch_ms, asked.story.person
        self._setting.recorder["enquiries"].add(
            self._setting.replication,
            asked.name,
            person.psn_no,
            person.insured_area,
            asked.city,
            asked.about,
            epoch + asked.asked_ms,
            None if asked.answered_ms is None else epoch + asked.answered_ms,
            round(asked.worked / MINUTE_MS),
            round(asked.waited / MINUTE_MS),
            asked.passed,
        )
