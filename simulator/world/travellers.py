"""Why people travel, what they file then, and who of them is on a list of aid.

A kind is drawn from a stream of its own by the person, so that it shifts no other draw. It decides the type of filing
and, for students and the new-born, the age.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from simulator.core.benefit.rules import EMPLOYEE, POOR, RETIRED
from simulator.core.filing.types import LONG_TERM_RESIDENCE, LONG_TERM_WORK, REFERRAL, RETIRED_RESETTLEMENT
from simulator.core.values.people import Person
from simulator.inputs.people import identity_number
from simulator.inputs.scenarios import Scenario
from simulator.inputs.streams import Streams
from simulator.world.weights import Weights

RESETTLED, MIGRANT_WORKER, STUDENT, NEWBORN = "resettled", "migrant_worker", "student", "newborn"
FAMILY, CHRONIC, PATIENT = "family", "chronic", "patient"
FILES: Mapping[str, str] = {
    RESETTLED: RETIRED_RESETTLEMENT,  # 异地安置退休人员
    MIGRANT_WORKER: LONG_TERM_WORK,  # 农民工、常驻异地工作人员
    STUDENT: LONG_TERM_RESIDENCE,  # 在外就读的学生
    NEWBORN: LONG_TERM_RESIDENCE,  # 随父母在外的新生儿
    FAMILY: LONG_TERM_RESIDENCE,  # 随家属长期居住
    CHRONIC: REFERRAL,  # 慢性病患者
    PATIENT: REFERRAL,  # 一般转诊患者
}
ELDERLY_AGE = 60
_DAY = dt.timedelta(days=1)
_SCHOOL_AGES = range(7, 24)
_YOUNGEST_DAYS = 120  # the new-born are born in the last days before the start


class Aid(NamedTuple):
    """What a list of aid says of somebody: the list, and whether the person has been flagged (JL-3.2a)."""

    kind: str
    flagged: bool


class Travellers:
    """Shapes the travellers of a scenario; a scenario without kinds leaves them as they are."""

    def __init__(self, scenario: Scenario, streams: Streams) -> None:
        self._streams = streams
        self._start = scenario.start
        self._kinds: Mapping[str, Weights[str]] = {}
        if scenario.has("people.kinds_retired"):
            groups = ("retired", "active", "resident")
            self._kinds = {each: Weights(scenario.table(f"people.kinds_{each}")) for each in groups}
        self._aid: Mapping[str, float] = {}
        if scenario.has("people.aid_share"):
            self._aid = scenario.table("people.aid_share")
            self._unflagged = scenario.number("people.unflagged_share")

    def shaped(self, person: Person, city: str, index: int) -> tuple[Person, str]:
        """Return a person with the age of the kind, and the kind; empty where the scenario has none."""
        if not self._kinds:
            return person, ""
        kind = self._kinds[_group(person)].pick(self._share(person, "kind"))
        if kind == NEWBORN:
            return self._born(person, self._start - _YOUNGEST_DAYS * _DAY, _YOUNGEST_DAYS, city, index), kind
        if kind == STUDENT:
            age = _SCHOOL_AGES[int(self._share(person, "school") * len(_SCHOOL_AGES))]
            return self._born(person, dt.date(self._start.year - age, 1, 1), 365, city, index), kind
        return person, kind

    def aid(self, person: Person) -> Aid | None:
        """Return what the lists of aid say of a person, None for one who is on none."""
        chance = self._share(person, "aid") if self._aid else 1.0
        for kind, share in self._aid.items():
            if chance < share:
                return Aid(kind, self._share(person, "flag") >= self._unflagged)
            chance -= share
        return None

    def _born(self, person: Person, first: dt.date, days: int, city: str, index: int) -> Person:
        born = first + dt.timedelta(days=int(self._share(person, "birthday") * days))
        return person._replace(born=born, certno=identity_number(city, index, born, person.gender))

    def _share(self, person: Person, purpose: str) -> float:
        return self._streams.share("traveller", person.psn_no, purpose)


def flagged(person: Person) -> Person:
    """Return a person who bears the mark of the poor (JL-3.2a), by which aid pays."""
    return person._replace(identities=tuple(sorted({*person.identities, POOR})))


def age_on(person: Person, day: dt.date) -> int:
    """Return somebody's age in whole years on a day."""
    before = (day.month, day.day) < (person.born.month, person.born.day)
    return day.year - person.born.year - before


def _group(person: Person) -> str:
    if person.insutype != EMPLOYEE:
        return "resident"
    return "retired" if person.psn_type == RETIRED else "active"
