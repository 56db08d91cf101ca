"""The way in, lived: change, test, agreement, open flag, with the staff of agencies and the teams of vendors.

Think of a few inspectors and many shops being refitted: whoever's day in the ledger comes first is served first. A flag
is set on the province's register, which every platform asks, so that it takes effect from that day on.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from typing import Any

import simpy

from simulator.core.values.areas import Institution
from simulator.inputs.certifications import Certification
from simulator.inputs.institutions import Designated
from simulator.inputs.scenarios import Scenario
from simulator.world.clock import DAY_MS, HOUR_MS
from simulator.world.duties import Duties, Owed
from simulator.world.onboarding.entrants import GROUP, Entrant, entrants_of
from simulator.world.onboarding.uploads import Uploads
from simulator.world.setting import Setting

SET_FLAG, UPLOAD, CHANGE, TRAIN, SELF_CHECK = (
    "set-flag",
    "upload-institutions",
    "upload-change",
    "train-institution",
    "self-check",
)
"""Duties that the way in calls for or waits for."""
CHANGING, TESTING, AGREEING, FLAGGING, WAITING = "changing", "testing", "agreeing", "flagging", "waiting"
_REASONS = {
    "": "尚未启动",
    WAITING: "等待供应商",
    CHANGING: "系统改造中",
    TESTING: "测试未通过",
    AGREEING: "待签协议",
    FLAGGING: "待调整标识",
}
_HUNDRED = 100
_APART_DAYS = 30  # between flags that are opened apart by mistake
_AT_WORK_MS = 9 * HOUR_MS
_WORKDAY = dt.timedelta(hours=8)
_DAY = dt.timedelta(days=1)
_Way = Generator[simpy.Event, Any, None]


class Onboarding:
    """All institutions of a run on their way in; nothing happens where the scenario has no figures for it."""

    def __init__(self, setting: Setting, duties: Duties, certification: Certification | None = None) -> None:
        self._setting = setting
        self._duties = duties
        self._certification = certification
        self._env = setting.clock.env
        scenario = setting.scenario
        self._wrong = scenario.table(f"{GROUP}.mistakes")
        self.entrants = {each.place.code: each for each in entrants_of(scenario, setting.streams, self._wrong)}
        self.uploads = Uploads(setting.streams, self._wrong, scenario.number(f"{GROUP}.found_share"))
        self._switch = scenario.start + int(scenario.number(f"{GROUP}.switch_days")) * _DAY
        self._staff = self._resources("area", scenario.number(f"{GROUP}.staff_per_100"))
        self._teams = self._resources("vendor", scenario.number(f"{GROUP}.teams_per_100"))
        for duty, hear in (
            (SET_FLAG, self._flagged),
            (UPLOAD, self._uploaded),
            (CHANGE, self._changed),
            (SELF_CHECK, self._checked),
        ):
            duties.follow(duty, hear)

    def open(self) -> None:
        """Send everybody on their way who has one."""
        for each in self.entrants.values():
            if each.invited is not None:
                self._env.process(self._way_in(each))
            if each.opened and not each.place.inpatient and self._across_early(each):
                self._env.process(self._across_later(each))

    def lived(self) -> Mapping[str, Designated]:
        """Return every designated institution with the days on which it really opened, by code."""
        return {code: each.lived() for code, each in self.entrants.items()}

    def close(self) -> None:
        """Write both tables."""
        run, recorder = self._setting.replication, self._setting.recorder
        for each in self.entrants.values():
            recorder["institutions"].add(run, *self._row(each))
        for row in self.uploads.all:
            recorder["uploads"].add(run, *dataclasses.astuple(row))

    # -- the way ------------------------------------------------------------------------------------------------

    def _way_in(self, each: Entrant) -> _Way:
        assert each.invited is not None
        yield self._until(each.invited)
        if each.fresh:
            self._duties.call(CHANGE, each.place.area, each.place.code)
        yield from self._change(each, 1.0)
        if not self._mistaken(each, "skipped_test"):
            while not (yield from self._test(each)):
                yield from self._change(each, self._setting.scenario.number(f"{GROUP}.mending_factor"))
        yield from self._agree(each)
        each.stage = FLAGGING
        if SET_FLAG in self._setting.scenario.administration.duties:
            self._duties.call(SET_FLAG, each.place.area, each.place.code)
        else:
            self._open(each)

    def _change(self, each: Entrant, factor: float) -> _Way:
        """Have the system changed by a team of its vendor, or once more after a failed test."""
        scenario = self._setting.scenario
        mean = scenario.table(f"{GROUP}.change_workdays")[each.kind] * factor
        if each.opened is not None:
            mean *= scenario.number(f"{GROUP}.across_factor")
        each.stage = WAITING
        with self._teams[each.place.vendor].request(priority=self._turn(each)) as team:
            yield team
            each.stage = CHANGING
            yield self._work(each, f"change {each.tests}", mean)
        each.changed = self._today()

    def _test(self, each: Entrant) -> Generator[simpy.Event, Any, bool]:
        """Have the agency test it; return whether it passed."""
        each.stage = TESTING
        with self._staff[each.place.area].request(priority=self._turn(each)) as turn:
            yield turn
            yield self._work(each, f"test {each.tests}", self._test_workdays(each))
        chance = self._setting.streams.share(GROUP, each.place.code, f"test {each.tests} passed")
        each.tests += 1
        if chance >= self._chance(each):
            each.failed += 1
            return False
        each.tested = self._today()
        return True

    def _agree(self, each: Entrant) -> _Way:
        each.stage = AGREEING
        with self._staff[each.place.area].request(priority=self._turn(each)) as turn:
            yield turn
            mean = self._setting.scenario.table(f"{GROUP}.agreement_workdays")[each.kind]
            yield self._work(each, "agreement", mean)
        each.agreed = self._today()
        if not self._mistaken(each, "no_clause"):
            each.clause = each.clause or each.agreed

    def _across_later(self, each: Entrant) -> _Way:
        """Open an institution without beds across provinces, too early by mistake or from the switch on (JL-2.2d)."""
        early = self._mistaken(each, "early_across")
        yield self._until(self._today() + _DAY if early else max(self._switch, self._today()))
        each.across = self._today()

    def _across_early(self, each: Entrant) -> bool:
        return self._mistaken(each, "early_across") or self._switch <= self._setting.scenario.end

    # -- flags --------------------------------------------------------------------------------------------------

    def _flagged(self, owed: Owed) -> None:
        self._open(self.entrants[owed.subject])

    def _open(self, each: Entrant) -> None:
        today = self._today()
        if each.opened is not None:
            self._open_across(each)
        elif each.fresh and self._mistaken(each, "apart"):
            each.local = today
            self._env.process(self._apart(each))
        else:
            each.local = each.local or today
            self._open_inside(each)
            if each.place.inpatient:
                self._open_across(each)
        if each.fresh and not self._mistaken(each, "untrained"):
            self._duties.call(TRAIN, each.place.area, each.place.code)
        self._duties.call(CHANGE, each.place.area, each.place.code)

    def _apart(self, each: Entrant) -> _Way:
        """Open one flag after the other, as JL-2.1a and JL-2.2a forbid."""
        yield self._until(self._today() + _APART_DAYS * _DAY)
        self._open_inside(each)
        if each.place.inpatient:
            yield self._until(self._today() + _APART_DAYS * _DAY)
            self._open_across(each)

    def _open_inside(self, each: Entrant) -> None:
        each.opened = self._today()
        opened, clause = each.opened, each.clause
        self._register(each, lambda known: known._replace(opened_on=opened, agreed_on=clause))
        if not each.place.inpatient and self._across_early(each):
            self._env.process(self._across_later(each))

    def _open_across(self, each: Entrant) -> None:
        each.across = today = self._today()
        self._register(each, lambda known: known._replace(across_from=today))

    def _register(self, each: Entrant, change: Callable[[Institution], Institution]) -> None:
        """Put the days of a hospital on the registers that the platforms ask; they are this run's own."""
        network = self._setting.scenario.network
        for registry in (network.registry, network.national):
            known = registry.institutions
            assert isinstance(known, dict)
            if each.place.code in known:
                known[each.place.code] = change(known[each.place.code])

    # -- uploads ------------------------------------------------------------------------------------------------

    def _uploaded(self, owed: Owed) -> None:
        """Upload all institutions an area has by then."""
        for each in self._of(owed.owner):
            self.uploads.upload(each, self._today())

    def _changed(self, owed: Owed) -> None:
        self.uploads.upload(self.entrants[owed.subject], self._today())

    def _checked(self, owed: Owed) -> None:
        self.uploads.self_check(self._of(owed.owner), self._today())

    def _of(self, area: str) -> list[Entrant]:
        today = self._today()
        return [each for each in self.entrants.values() if each.place.area == area and each.place.designated(today)]

    # -- figures ------------------------------------------------------------------------------------------------

    def _resources(self, column: str, per_100: float) -> Mapping[str, simpy.PriorityResource]:
        """Return staff by area or teams by vendor, for the institutions each has."""
        counted = Counter(str(getattr(each.place, column)) for each in self.entrants.values())
        made: Mapping[str, simpy.PriorityResource] = {
            name: simpy.PriorityResource(self._env, max(math.floor(count * per_100 / _HUNDRED), 1))
            for name, count in counted.items()
        }
        return made

    def _turn(self, each: Entrant) -> int:
        """Return who comes first: the newly designated, who are to open at once, then by the day in the ledger."""
        return 0 if each.fresh or each.planned is None else each.planned.toordinal()

    def _test_workdays(self, each: Entrant) -> float:
        """Return the mean working days of a test: as long as the certification took, where there is one."""
        if self._certification is not None:
            return self._certification.took / _WORKDAY
        return self._setting.scenario.table(f"{GROUP}.test_workdays")[each.kind]

    def _chance(self, each: Entrant) -> float:
        scenario = self._setting.scenario
        chance = scenario.number(f"{GROUP}.test_pass") if self._certification is None else self._certification.chance
        return chance / self._factor(each)

    def _factor(self, each: Entrant) -> float:
        return self._setting.scenario.number(f"{GROUP}.private_factor") if each.place.ownership == "private" else 1.0

    def _mistaken(self, each: Entrant, mistake: str) -> bool:
        return self._setting.streams.share(GROUP, each.place.code, mistake) < self._wrong[mistake]

    # -- time ---------------------------------------------------------------------------------------------------

    def _work(self, each: Entrant, what: str, mean: float) -> simpy.Event:
        """Return the end of some work: at least a working day, lognormal about its mean."""
        sigma = self._setting.scenario.number(f"{GROUP}.spread")
        rng = self._setting.streams.stream(GROUP, each.place.code, what)
        days = mean * self._factor(each) * math.exp(rng.gauss(0.0, sigma) - sigma * sigma / 2)
        return self._until(self._setting.scenario.calendar.add_workdays(self._today(), max(round(days), 1)).day)

    def _until(self, day: dt.date) -> simpy.Event:
        ms = (day - self._setting.scenario.start).days * DAY_MS + _AT_WORK_MS
        return self._env.timeout(max(ms - self._setting.clock.ms(), 0))

    def _today(self) -> dt.date:
        return self._setting.clock.now().date()

    def _row(self, each: Entrant) -> tuple[Any, ...]:
        place, network = each.place, self._setting.scenario.network
        area = network.registry.areas[place.area].zh
        agency = {"province": "省社会医疗保险管理局", "county": f"{area}所辖县（市、区）医保经办机构"}
        return (
            place.area,
            place.code,
            place.zh,
            each.kind,
            place.level,
            place.inpatient,
            place.designated_on,
            each.changed,
            each.tested,
            each.agreed,
            each.opened,
            each.across,
            _REASONS[each.stage] if each.to_do else "",
            each.planned,
            agency.get(each.manager, f"{area}医保经办机构"),
            place.ownership,
            each.manager,
            each.owner,
            place.vendor,
            each.entries,
            each.invited,
            each.tests,
            each.failed,
            each.clause,
            each.local,
        )


def lived_in(scenario: Scenario, onboarding: Onboarding | None) -> Scenario:
    """Return a scenario with the institutions as a run has opened them."""
    if onboarding is None:
        return scenario
    network = dataclasses.replace(scenario.network, institutions=onboarding.lived())
    return dataclasses.replace(scenario, network=network)
