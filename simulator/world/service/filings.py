"""How people file (备案): through which channel, with how many trips and minutes, and from when the filing counts.

What is filed is decided by the core of the city of insurance, which tells the place of treatment (F101) or, at the
hospital's end, answers the hospital that refers (2501).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from simulator.core.filing import words
from simulator.core.filing.actions import File
from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing, Referral
from simulator.core.filing.types import APP, HOSPITAL_END, LONG_TERM, PHONE, REFERRAL, WEB, WINDOW
from simulator.core.network.forms import Ward
from simulator.core.platform.refusals import REFUSALS
from simulator.core.platform.turn import Declined
from simulator.core.values.areas import LEVELS, Institution
from simulator.world.bills import ward
from simulator.world.service.agencies import MINUTE_MS, Agency, Steps
from simulator.world.service.openings import AREA_FILING, DESK, NO_TRIP, Openings
from simulator.world.service.register import Register
from simulator.world.setting import Setting
from simulator.world.stories import Story
from simulator.world.weights import Weights

_NAME_OF = {refusal.code: name for name, refusal in REFUSALS.items()}
_MINUTE = dt.timedelta(minutes=1)
_DRAWS = 10
_ELSEWHERE = (PHONE, WEB, APP)


@dataclass
class Case:
    """One application for a filing: times in milliseconds, ``worked`` and ``waited`` those of the person with staff.

    ``trips`` are ways to an office, ``requests`` how often papers were asked for, ``refusal`` why nothing was filed.
    """

    story: Story
    city: str
    channel: str
    target: str
    asked_ms: int
    steps: int
    worked: int = 0
    waited: int = 0
    trips: int = 0
    requests: int = 0
    error: bool = False
    done_ms: int | None = None
    filing: Filing | None = None
    refusal: str = ""


class Filings:
    """The applications of a run; ``waiting`` are those not decided yet, in order."""

    def __init__(
        self, setting: Setting, openings: Openings, agencies: Mapping[str, Agency], register: Register
    ) -> None:
        scenario = setting.scenario
        self._setting = setting
        self._clock = setting.clock
        self._openings = openings
        self._agencies = agencies
        self._register = register
        self._liking = scenario.table("service.channel_weights")
        self._minutes = scenario.table("service.minutes")
        self._slower = scenario.number("service.counter_factor")
        self._at_hospital_share = scenario.number("service.hospital_end_share")
        self._missing = scenario.number("service.missing_share")
        self._referring = _hospitals(scenario.network.national.institutions.values(), setting.city_of)
        self.waiting: dict[str, Case] = {}
        self._answer: Filing | str = ""
        setting.mail.follow(Filed, self._filed)
        setting.mail.follow(Declined, self._declined)

    def apply(self, event: Any) -> None:
        """Have the traveller of a story (the event's value) ask for a filing now."""
        story: Story = event.value
        if not self._register.covered(story, self._clock.moment(story.admitted_ms).date()):
            self._register.enrol(story.person)
            self._clock.env.process(self._process(story))

    def close(self) -> None:
        """Write the applications that were not decided when the run ended."""
        for case in self.waiting.values():
            self._write(case)

    # -- an application -----------------------------------------------------------------------------------------

    def _process(self, story: Story) -> Steps:
        rng = self._setting.streams.stream("filing", story.visit, "case")
        chances = [rng.random() for _ in range(_DRAWS)]
        area = story.person.insured_area
        city = self._setting.city_of(area)
        channel = self._channel(story, city, chances[0], chances[1])
        case = Case(story, city, channel, self._target(story), self._clock.ms(), self._openings.steps(area))
        referring = self._referring[city]
        hospital = referring[int(chances[9] * len(referring))]
        sick = ward(rng, story.person.gender)
        self.waiting[story.visit] = case
        if channel == HOSPITAL_END:
            self._refer(case, hospital, sick)
        else:
            yield from self._serve(case, chances)
            self._file(case, hospital, sick)
        case.done_ms = self._clock.ms()
        del self.waiting[story.visit]
        self._write(case)

    def _serve(self, case: Case, chances: Sequence[float]) -> Steps:
        """Be served as often as it takes: papers that are missing and what staff got wrong each take another day."""
        clock, area, agency = self._clock, case.story.person.insured_area, self._agencies[case.city]
        yield clock.env.timeout(agency.open_at(clock.ms(), chances[2]) - clock.ms())
        yield from self._visit(case, chances[3], came=True)
        errors = self._openings.error_share(area)
        if chances[4] < self._missing:
            case.requests = 1
            yield from self._again(case, chances[5], chances[6])
            if chances[7] < errors and not self._openings.trained(area):  # told of one paper only, then of the next
                case.requests = 2
                yield from self._again(case, chances[6], chances[5])
        if chances[8] < errors:
            case.error = True
            yield from self._again(case, chances[7], chances[3], came=False)

    def _again(self, case: Case, when: float, long: float, *, came: bool = True) -> Steps:
        now = self._clock.ms()
        yield self._clock.env.timeout(self._agencies[case.city].next_day(now, when) - now)
        yield from self._visit(case, long, came=came and case.channel == WINDOW)

    def _visit(self, case: Case, chance: float, *, came: bool) -> Steps:
        """Be served once; a trip where the person ``came`` and has to (JL-3.1e)."""
        area = case.story.person.insured_area
        minutes = -log(1.0 - chance) * self._minutes[case.channel] * self._openings.pace(area)
        if case.channel == WINDOW and not self._openings.done(DESK, area):
            minutes *= self._slower
        served = yield from self._agencies[case.city].serve(minutes)
        case.waited += served.waited
        case.worked += served.worked
        case.trips += came and self._needs_trip(case)

    def _needs_trip(self, case: Case) -> bool:
        if case.story.filing_type not in LONG_TERM:
            return case.channel == WINDOW
        easy = self._openings.owed(NO_TRIP) or case.channel != WINDOW
        return not (easy and self._openings.done(NO_TRIP, case.story.person.insured_area))

    def _file(self, case: Case, referring: Institution, sick: Ward) -> None:
        """Let the city decide; it uploads what it has filed. For a referral a hospital's paper is brought."""
        story, self._answer = case.story, ""
        person = story.person
        paper: Referral | None = None
        if story.filing_type == REFERRAL:
            diagnosis = sick.diagnosis_code, sick.diagnosis_name
            to = story.hospital.code, story.hospital.zh
            paper = Referral(referring.code, referring.zh, self._clock.now().date(), *to, *diagnosis)
        asked = File(person.psn_no, story.filing_type, case.target, channel=case.channel, trips=case.trips, proofs=1)
        self._setting.mail.act(case.city, asked._replace(referral=paper))
        self._answered(case)

    def _refer(self, case: Case, referring: Institution, sick: Ward) -> None:
        """File a referral at the hospital that refers (2501): no trip, nobody at a desk."""
        setting, story = self._setting, case.story
        desk = setting.desks[referring.code]
        way = words.referral_type(setting.scenario.network.national, case.city, story.hospital.area)
        asked = desk.refer(self._clock.now(), story.person, story.hospital, sick, way)
        reply = setting.mail.ask(case.city, asked)
        if not reply.succeeded:
            case.refusal = _NAME_OF[reply.infcode or 0]
            return
        book = setting.cities[case.city].filings.book
        case.filing = book.latest(reply.block("result")["trt_dcla_detl_sn"])

    # -- where and how ------------------------------------------------------------------------------------------

    def _channel(self, story: Story, city: str, at_hospital: float, liked: float) -> str:
        """Return how a traveller files: by what the area has opened and the pack of the city allows."""
        area = story.person.insured_area
        offered = self._setting.cities[city].filings.rules(city, self._clock.now().date()).offered
        choices = [each for each in offered if self._openings.is_open(each, area)]
        referred = story.filing_type == REFERRAL
        if referred and HOSPITAL_END in choices and at_hospital < self._at_hospital_share:
            return HOSPITAL_END
        likings = {each: self._liking[each] for each in choices if each != HOSPITAL_END}
        if story.filing_type in LONG_TERM and self._openings.owed(NO_TRIP) and self._openings.done(NO_TRIP, area):
            likings = {each: likings[each] for each in _ELSEWHERE if each in likings} or likings
        return Weights(likings).pick(liked)

    def _target(self, story: Story) -> str:
        """Return what a filing is for: the city; a referral names a hospital until the area files for areas."""
        if story.filing_type != REFERRAL or not self._openings.owed(AREA_FILING):
            return story.city
        for_area = self._openings.done(AREA_FILING, story.person.insured_area)
        return story.hospital.area if for_area else story.hospital.code

    # -- what came of it ----------------------------------------------------------------------------------------

    def _filed(self, code: str, fact: Filed) -> None:
        if code == self._setting.city_of(fact.filing.insured_area):  # others keep copies
            self._answer = fact.filing

    def _declined(self, code: str, fact: Declined) -> None:
        if isinstance(fact.action, File):
            self._answer = fact.name

    def _answered(self, case: Case) -> None:
        if isinstance(self._answer, Filing):
            case.filing = self._answer
        else:
            case.refusal = self._answer

    def _write(self, case: Case) -> None:
        setting, story, filing = self._setting, case.story, case.filing
        epoch = self._clock.epoch_ms
        effect = filing.effective_at - filing.filed_at if filing and filing.effective_at and filing.filed_at else None
        admitted = self._clock.moment(story.admitted_ms).date()
        setting.recorder["filings"].add(
            setting.replication,
            filing.sn if filing else "",
            story.person.psn_no,
            story.kind,
            story.person.insured_area,
            case.city,
            story.filing_type,
            case.target,
            case.channel,
            epoch + case.asked_ms,
            None if case.done_ms is None else epoch + case.done_ms,
            case.refusal,
            case.steps,
            round(case.worked / MINUTE_MS),
            round(case.waited / MINUTE_MS),
            case.trips,
            case.requests,
            case.error,
            None if effect is None else effect // _MINUTE,
            None if filing is None else filing.first_day <= admitted,
        )


def _hospitals(institutions: Any, city_of: Any) -> Mapping[str, Sequence[Institution]]:
    """Return the hospitals of the highest level of each city."""
    found: dict[str, dict[str, list[Institution]]] = {}
    for each in institutions:
        found.setdefault(city_of(each.area), {}).setdefault(each.level, []).append(each)
    return {
        city: next(levels[level] for level in LEVELS if level in levels)
        for city, levels in found.items()
        if levels.keys() & set(LEVELS)
    }
