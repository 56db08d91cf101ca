"""What offices owe besides money, lived: each duty begins, is done in time or late, and is told to who waits for it.

A duty is drawn from a stream of its own, by its name, owner, subject and period: a changed chance shifts no other draw.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from schemas.requirements import load_requirements
from simulator.core.clearing.deadlines import Kept
from simulator.core.clearing.parties import finance_of
from simulator.inputs.administration import (
    CALENDAR_DAY,
    DATE,
    DAY_OF_MONTH,
    INTERVAL,
    ISSUE,
    MONTH,
    MONTHS,
    Administration,
    Duty,
)
from simulator.world.clock import DAY_MS, HOUR_MS
from simulator.world.setting import Setting

CLEARING = "clearing"
"""How the steps of clearing begin in the table, each named by its step."""
_AT_WORK_MS = 10 * HOUR_MS
_DAY = dt.timedelta(days=1)
_FEBRUARY_DAYS = 28


@dataclass
class Owed:
    """One thing owed: by whom, for what and which period, since when and until when; when it was done.

    ``city`` answers for it (JS-3.1f), empty for offices above cities. ``escalated`` is the day on which being late was
    told upwards.
    """

    duty: Duty
    owner: str
    city: str
    subject: str
    period: str
    since: dt.date
    due: dt.date
    provisional: bool
    does: dt.date  # the day on which it is done, or would be
    done: dt.date | None = None
    escalated: dt.date | None = None

    def kept(self, today: dt.date) -> bool | None:
        """Tell whether it was done in time; None while it is neither done nor due."""
        if self.done is not None:
            return self.done <= self.due
        return False if self.due < today else None


class Duties:
    """All duties of a run. ``populations`` say what an owner owes a duty for, by name."""

    def __init__(self, setting: Setting, administration: Administration) -> None:
        self._setting = setting
        self._administration = administration
        self._calendar = setting.scenario.calendar
        self._clock = setting.clock
        self._followers: dict[str, list[Callable[[Owed], None]]] = {}
        self._late: dict[tuple[str, str], int] = {}  # by duty and owner
        self.all: list[Owed] = []
        registry = setting.scenario.network.registry
        self._owners: Mapping[str, Sequence[tuple[str, str]]] = {
            "province": [(setting.province.code, "")],
            "province_finance": [(finance_of(setting.province.code), "")],
            "ministry": [(setting.ministry.code, "")] if setting.ministry is not None else [],
            "city": [(code, code) for code in registry.cities],
            "area": [(area.code, area.city) for area in registry.areas.values()],
            "area_finance": [(finance_of(area.code), area.city) for area in registry.areas.values()],
        }
        self.populations: dict[str, Callable[[str, str], Sequence[str]]] = {
            "cities": lambda owner, city: list(registry.cities),
            "areas": lambda owner, city: [area.code for area in registry.areas.values() if area.city == city],
            "unconnected_areas": lambda owner, city: [
                area.code
                for area in registry.areas.values()
                if area.city == city and (area.connected_on is None or area.connected_on > setting.scenario.start)
            ],
            "institutions": lambda owner, city: [
                each.code for each in registry.institutions.values() if owner in {each.area, city}
            ],
        }

    def open(self) -> None:
        """Let begin what begins with the notice, and set going what begins again and again."""
        start = self._setting.scenario.start
        for duty in self._administration.duties.values():
            if duty.begins in {ISSUE, INTERVAL}:
                self._begin_all(duty, "", max(duty.begin or start, start))
            elif duty.begins == MONTH:
                self._clock.env.process(self._months(duty))

    def follow(self, duty: str, hear: Callable[[Owed], None]) -> None:
        """Have ``hear`` called whenever a duty has been done."""
        self._followers.setdefault(duty, []).append(hear)

    def call(self, name: str, owner: str, subject: str = "", period: str = "") -> None:
        """Let a duty begin today; nothing begins where the administration has no such duty."""
        duty = self._administration.duties.get(name)
        if duty is not None:
            city = next((city for code, city in self._owners[duty.owner] if code == owner), "")
            self._begin(duty, (owner, city), subject, period, self._today())

    def close(self, steps: Iterable[tuple[str, str, Kept]]) -> None:
        """Write what was owed, and what became of it; ``steps`` are those of clearing, which the core keeps itself."""
        last = self._setting.scenario.end + _DAY
        add = self._setting.recorder["duties"].add
        cities = self._setting.scenario.network.registry.cities
        for code, number, kept in steps:
            due, done = kept.due, kept.done
            held = False if kept.late or (done is None and due.day < last) else None if done is None else True
            add(
                self._setting.replication,
                f"{CLEARING}-{due.step}",
                due.basis.clause,
                "",
                code,
                code if code in cities else "",
                number,
                "",
                None,
                due.day,
                due.provisional,
                done,
                held,
                load_requirements().rows[due.basis.clause].strength == "shall" if due.basis.clause else False,
                None,
            )
        for each in self.all:
            duty = each.duty
            add(
                self._setting.replication,
                duty.id,
                duty.clause,
                " ".join(duty.also),
                each.owner,
                each.city,
                each.subject,
                each.period,
                each.since,
                each.due,
                each.provisional,
                each.done,
                each.kept(last),
                duty.due.binding,
                each.escalated,
            )

    # -- beginning ----------------------------------------------------------------------------------------------

    def _months(self, duty: Duty) -> Any:
        """Let a duty about a month begin in the next one."""
        scenario = self._setting.scenario
        for first, month in _first_days(scenario.start, scenario.end):
            since = first.replace(day=duty.day)
            if since > scenario.end:
                return
            yield self._clock.env.timeout((since - scenario.start).days * DAY_MS - self._clock.ms())
            if duty.begin is None or duty.begin <= since:
                self._begin_all(duty, month, since)

    def _begin_all(self, duty: Duty, period: str, since: dt.date) -> None:
        for owner, city in self._owners[duty.owner]:
            for subject in self._subjects(duty, owner, city):
                self._begin(duty, (owner, city), subject, period, since)

    def _subjects(self, duty: Duty, owner: str, city: str) -> Iterator[str]:
        if duty.population:
            yield from self.populations[duty.population](owner, city)
        else:
            yield from (item.id for item in duty.items)
            if not duty.items:
                yield ""

    def _begin(self, duty: Duty, whose: tuple[str, str], subject: str, period: str, since: dt.date) -> None:
        due, provisional = self._due(duty, since)
        owed = Owed(duty, *whose, subject, period, since, due, provisional, due)
        owed.does = self._does(owed)
        self.all.append(owed)
        self._at(owed.does, self._done, owed)
        if owed.does > due:
            self._at(due + _DAY, self._missed, owed)

    def _due(self, duty: Duty, since: dt.date) -> tuple[dt.date, bool]:
        value, unit = duty.due.value, duty.due.unit
        if unit == DATE:
            assert isinstance(value, dt.date)
            return value, False
        assert isinstance(value, int)
        if unit == DAY_OF_MONTH:
            return since.replace(day=value), False  # a calendar day: a holiday does not move it (decision 3)
        if unit == CALENDAR_DAY:
            return since + value * _DAY, False
        if unit == MONTHS:
            return _months_after(since, value), False
        due = self._calendar.add_workdays(since, value)
        return due.day, due.provisional

    def _does(self, owed: Owed) -> dt.date:
        """Draw the day on which a thing is done: some days after it began, or some working days late."""
        duty, streams = owed.duty, self._setting.streams
        name = f"{duty.id}/{owed.owner}/{owed.subject}/{owed.period or owed.since}"
        days = -log(1.0 - streams.share("duty", name, "days"))
        if streams.share("duty", name, "late") < duty.pace.late:
            return self._calendar.add_workdays(owed.due, max(round(days * duty.pace.late_days), 1)).day
        least = 1 if duty.begins == INTERVAL else 0  # what comes again and again does not come again on the same day
        day = min(owed.since + max(round(days * duty.pace.days), least) * _DAY, owed.due)
        back = day
        while not self._calendar.is_workday(back) and back > owed.since + least * _DAY:
            back -= _DAY
        return back if self._calendar.is_workday(back) else day

    # -- what comes of it ---------------------------------------------------------------------------------------

    def _done(self, event: Any) -> None:
        owed: Owed = event.value
        owed.done = self._today()
        for hear in self._followers.get(owed.duty.id, ()):
            hear(owed)
        if owed.duty.begins == INTERVAL:
            self._begin(owed.duty, (owed.owner, owed.city), owed.subject, owed.period, owed.done)

    def _missed(self, event: Any) -> None:
        """Count what is late, and tell it upwards where that is owed."""
        owed: Owed = event.value
        rule, place = owed.duty.escalation, (owed.duty.id, owed.owner)
        self._late[place] = late = self._late.get(place, 0) + 1
        if rule is not None and late >= rule.after:
            owed.escalated = self._today()
            self.call(rule.to, self._setting.province.code, owed.owner, owed.period)

    def _at(self, day: dt.date, act: Callable[[Any], None], owed: Owed) -> None:
        """Have something happen at work on a day of the run; what would come later does not happen."""
        if day <= self._setting.scenario.end:
            ms = (day - self._setting.scenario.start).days * DAY_MS + _AT_WORK_MS
            self._clock.call(max(ms - self._clock.ms(), 0), act, owed)

    def _today(self) -> dt.date:
        return self._clock.now().date()


def _first_days(start: dt.date, end: dt.date) -> Iterator[tuple[dt.date, str]]:
    """Yield the first day of each month in a window after its first, with the month before (ISO text)."""
    month, first = start.isoformat()[:7], _months_after(start.replace(day=1), 1)
    while first <= end:
        yield first, month
        month, first = first.isoformat()[:7], _months_after(first, 1)


def _months_after(day: dt.date, months: int) -> dt.date:
    """Return the same day so many months later; a day past the 28th counts as the 28th."""
    years, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + years, month=month + 1, day=min(day.day, _FEBRUARY_DAYS))
