"""What offices have set up so far, heard from their duties: channels, windows, shorter ways, campaigns, training."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from math import inf

from simulator.core.filing.types import APP, HOSPITAL_END, PHONE, WEB, WINDOW
from simulator.inputs.administration import Administration
from simulator.world.duties import Duties, Owed
from simulator.world.service.fading import Fading
from simulator.world.setting import Setting

AREA_FILING, AT_HOSPITAL, CHANNEL, NO_TRIP = "area-filing", "hospital-end-filing", "filing-channel", "no-trip-filing"
DESK, FEWER_STEPS = "window", "fewer-steps"
OPENED_BY: Mapping[str, Sequence[str]] = {
    WINDOW: (),
    PHONE: (DESK, CHANNEL),
    WEB: (CHANNEL,),
    APP: (CHANNEL,),
    HOSPITAL_END: (AT_HOSPITAL,),
}
"""The duties that open a channel, any of them; one that no duty of the administration opens has been open always."""
MADE_EASY: Mapping[str, Sequence[str]] = {
    AREA_FILING: (WINDOW,),
    AT_HOSPITAL: (HOSPITAL_END,),
    CHANNEL: (PHONE, WEB, APP),
    NO_TRIP: (PHONE, WEB, APP),
}
"""The measures of annex 2 (JL-A2), with the channels each is about."""
PUBLICITY = ("publicity", "posters", "media", "five-places")
TRAINING = ("training", "train-staff")
_MEASURES, _PROMOTION = "measures", "promote-filing"


class Openings:
    """What has been set up, by pooling area. ``awareness`` and ``skill`` are levels that efforts raise."""

    def __init__(self, setting: Setting, duties: Duties) -> None:
        scenario, registry = setting.scenario, setting.scenario.network.registry
        known, trained = scenario.table("service.awareness"), scenario.table("service.training")
        steps = scenario.table("service.steps")
        self._setting = setting
        self._owed: Administration = scenario.administration
        self._first: dict[tuple[str, str], dt.date] = {}  # by duty and area
        self._times: dict[tuple[str, str], int] = {}
        self._areas = {
            code: tuple(a.code for a in registry.areas.values() if a.city == code) for code in registry.cities
        }
        self._start, self._power = known["start"], known["power"]
        self._errors, self._cut = scenario.number("service.error_share"), trained["cut"]
        self._most_steps, self._least_steps = int(steps["start"]), int(steps["least"])
        told = any(duty in self._owed.duties for duty in PUBLICITY)  # where nobody owes it, it is as it always was
        self.awareness = Fading(self._start, known["gain"], known["half_days"] if told else inf)
        self.skill = Fading(0.0, 1.0, trained["half_days"])
        for duty in {*PUBLICITY, *TRAINING, *MADE_EASY, DESK, FEWER_STEPS, _MEASURES} & self._owed.duties.keys():
            duties.follow(duty, self._hear)

    def areas(self, owner: str) -> Sequence[str]:
        """Return the areas that an office looks after: its own, or all of its city."""
        return (owner,) if owner in self._setting.scenario.network.registry.areas else self._areas.get(owner, ())

    def owed(self, duty: str) -> bool:
        """Tell whether the administration has a duty."""
        return duty in self._owed.duties

    def done(self, duty: str, area: str) -> bool:
        """Tell whether a duty has been done for an area; one that nobody owes has been."""
        return not self.owed(duty) or (duty, area) in self._first

    def day(self, duty: str, area: str) -> dt.date | None:
        """Return the day on which a duty was first done for an area."""
        return self._first.get((duty, area))

    def is_open(self, channel: str, area: str) -> bool:
        """Tell whether people of an area can file by a channel."""
        opened_by = [duty for duty in OPENED_BY[channel] if self.owed(duty)]
        return not opened_by or any((duty, area) in self._first for duty in opened_by)

    def steps(self, area: str) -> int:
        """Return the steps a filing takes: one fewer each time the office has streamlined it (JS-3.3c)."""
        return max(self._most_steps - self._times.get((FEWER_STEPS, area), 0), self._least_steps)

    def pace(self, area: str) -> float:
        """Return by how much shorter steps make a filing, in (0, 1]."""
        return self.steps(area) / self._most_steps

    def filing_factor(self, area: str) -> float:
        """Return by what awareness raises or lowers the filing rate (JS-3.4a): 1 at the level of the start."""
        return float((self.awareness.at(area, self._setting.clock.ms()) / self._start) ** self._power)

    def error_share(self, area: str) -> float:
        """Return the chance that staff errs now: training lowers it, and is forgotten (JS-3.4d, JL-6.3a)."""
        return self._errors * (1.0 - self._cut * self.skill.at(area, self._setting.clock.ms()))

    def trained(self, area: str) -> bool:
        """Tell whether the staff has been trained at all: from then on it names all papers at once (JL-6.3b)."""
        return self.skill.at(area, self._setting.clock.ms()) > 0

    def _hear(self, owed: Owed) -> None:
        now = self._setting.clock.ms()
        for area in self.areas(owed.owner):
            place = owed.duty.id, area
            self._times[place] = self._times.get(place, 0) + 1
            self._first.setdefault(place, self._setting.clock.now().date())
            if owed.duty.id in PUBLICITY or owed.subject == _PROMOTION:
                self.awareness.lift(area, now)
            if owed.duty.id in TRAINING:
                self.skill.lift(area, now)
