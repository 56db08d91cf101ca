"""Who is insured where, who is flagged as poor, and whose stay a filing covers."""

from __future__ import annotations

import datetime as dt

from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.values.people import Person
from simulator.core.visits.insured import Enrolled
from simulator.world.setting import Setting
from simulator.world.stories import Story
from simulator.world.travellers import Travellers, flagged


class Register:
    """What the cities of insurance know of travellers before they are treated."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._travellers = Travellers(setting.scenario, setting.streams)
        self._enrolled: set[str] = set()

    def enrol(self, person: Person) -> None:
        """Have a person insured in the city of the area, once; who is on a list of aid is flagged and listed."""
        if person.psn_no in self._enrolled:
            return
        self._enrolled.add(person.psn_no)
        setting = self._setting
        aid = self._travellers.aid(person) if person.insured_area in setting.scenario.network.registry.areas else None
        if aid is not None:
            today = setting.clock.now().date() if aid.flagged else None
            row = person.insured_area, person.psn_no, person.name, aid.kind, today
            setting.recorder["aid_recipients"].add(setting.replication, *row)
        known = flagged(person) if aid is not None and aid.flagged else person
        setting.cities[setting.city_of(person.insured_area)].fold(Enrolled(known))

    def covered(self, story: Story, day: dt.date) -> bool:
        """Tell whether a filing covers the stay of a story that begins on a day."""
        setting = self._setting
        province = setting.scenario.network.national.province_of(story.hospital.area)
        places = {story.hospital.area, story.city, story.hospital.code, province}
        book = setting.cities[setting.city_of(story.person.insured_area)].filings.book
        return book.covering(story.person.psn_no, day, places) is not None

    def adopt(self, story: Story) -> None:
        """Let everybody know of a filing that was made where nobody looks: before the run, or in another province."""
        setting, person = self._setting, story.person
        admitted = setting.clock.moment(story.admitted_ms).date()
        if self.covered(story, admitted):
            return
        self.enrol(person)
        filing = Filing(person.psn_no, story.filing_type, person.insured_area, story.city, admitted, None)
        city = setting.city_of(person.insured_area)
        setting.cities[city].fold(Filed(filing))
        for router in setting.between(story.city, city):
            router.fold(Filed(filing))
