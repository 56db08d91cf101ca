"""The back office: evening statements, the night's work, clearing on working days, paper claims, closing of visits."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.claims.case import Reimburse
from simulator.core.clearing.sheet import Sheet, balance_sheet
from simulator.core.network.hospital import Desk
from simulator.core.platform.effects import Record
from simulator.core.platform.message import Key
from simulator.core.reconciliation.compare import compare_day
from simulator.core.reconciliation.results import keep_from
from simulator.core.reconciliation.totals import Tally
from simulator.core.visits.visits import INSURED, TREATMENT, Settled
from simulator.world.chronicle import Chronicle
from simulator.world.clearing import Clearing
from simulator.world.clock import DAY_MS, HOUR_MS
from simulator.world.inspector import Inspector
from simulator.world.nights import Nights
from simulator.world.setting import Setting
from simulator.world.stations import Packet
from simulator.world.stays import MANUAL, STAYING, Outcome
from simulator.world.stories import Story

_EVENING_MS = 22 * HOUR_MS + HOUR_MS // 2
_NIGHT_MS = HOUR_MS // 2
_FOLLOW_UP_MS = 4 * HOUR_MS + HOUR_MS // 2  # after the hour by which totals are due
_MORNING_MS = 9 * HOUR_MS
_KEEP_DAYS = 2  # closed visits stay at hand for late messages
_DAYS_OF_A_WEEK = 7
_PAY_HOUR_MS = 10 * HOUR_MS


class Office:
    """What happens at fixed hours, and what happens to paper."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._clock = setting.clock
        self._staying: dict[str, Story] = {}
        self._unpaid: dict[str, Outcome] = {}
        self._closed: dict[int, list[Outcome]] = {}
        self._settled_today: dict[tuple[str, str], None] = {}
        self._stated: dict[int, list[tuple[str, Key]]] = {}  # day → the cities that were sent statements, with the keys
        self.statements = {"level": 0, "not_level": 0, "unanswered": 0}
        self.nights = Nights(setting)
        self.clearing = Clearing(setting)
        self.chronicle = Chronicle(setting)
        self.inspector = Inspector(setting)
        self.sheets: list[Sheet] = []  # what passed between the cities of the province, by month
        self.cross_province: list[Sheet] = []  # of cities and another province, over the ministry

    def open(self) -> None:
        """Set the clockwork going."""
        self.nights.adopt()
        self.clearing.open()
        for work in (self._evenings, self._late_nights, self._mornings):
            self._clock.env.process(work())

    def began(self, story: Story) -> None:
        """Note that a stay began."""
        self._staying[story.visit] = story

    def desk_settled(self, desk: Desk, insutype: str) -> None:
        """Note that a hospital has something to reconcile this evening."""
        self._settled_today[desk.institution.code, insutype] = None

    def ended(self, outcome: Outcome) -> None:
        """Note how a stay ended; send a paper claim on its way."""
        del self._staying[outcome.story.visit]
        self._closed.setdefault(self._clock.ms() // DAY_MS, []).append(outcome)
        if outcome.outcome != MANUAL:
            self._setting.note(outcome)
            return
        self._unpaid[outcome.story.visit] = outcome
        self._clock.call(self._pay_day(outcome) - self._clock.ms(), self._reimburse, outcome)

    def close(self) -> None:
        """Close the books at the end of the run: last day's reconciliation, open stays and claims as they are."""
        self._night(last := self._setting.days - 1)
        self._follow_up(last)
        for month in self._setting.months():
            self._tell_month(month)
        self.inspector.accounts()
        for outcome in self._unpaid.values():
            self._setting.note(outcome)
        for story in self._staying.values():
            self._setting.note(Outcome(story, STAYING, "", 0, None, "", "", (), None))
        self._setting.check_mirrors()

    # -- at fixed hours -----------------------------------------------------------------------------------------

    def _evenings(self) -> Any:
        """Every evening each hospital that settled something sends its totals (3201)."""
        env = self._clock.env
        yield env.timeout(_EVENING_MS)
        while True:
            for code, insutype in sorted(self._settled_today):
                env.process(self._statement(code, insutype))
            self._settled_today.clear()
            yield env.timeout(DAY_MS)

    def _statement(self, code: str, insutype: str) -> Any:
        setting = self._setting
        desk, now = setting.desks[code], self._clock.now()
        name = f"{code}-{now:%Y%m%d}-{insutype}"
        packet = Packet(name, setting.streams.stream("statement", name, "network"), setting.chosen("statement", name))
        asked = desk.statement(now, now.date(), insutype)
        self._stated.setdefault(self._clock.ms() // DAY_MS, []).append((desk.city, asked.key))
        reply = yield setting.counters[code].ask(packet, asked)
        if reply is None or not reply.succeeded:
            self.statements["unanswered"] += 1
        else:
            level = reply.block("stmtinfo")["stmt_rslt"] == "0"
            self.statements["level" if level else "not_level"] += 1

    def _late_nights(self) -> Any:
        """Every night the day before is audited and reconciled, then put right, and closed visits are put away."""
        env = self._clock.env
        yield env.timeout(DAY_MS + _NIGHT_MS)
        while True:
            yesterday = self._clock.ms() // DAY_MS - 1
            self._night(yesterday)
            yield env.timeout(_FOLLOW_UP_MS - _NIGHT_MS)
            self._follow_up(yesterday)
            self._put_away(yesterday - _KEEP_DAYS)
            yield env.timeout(DAY_MS - _FOLLOW_UP_MS + _NIGHT_MS)

    def _night(self, number: int) -> None:
        day = self._day(number)
        self.nights.audit(day)
        self.nights.report(day)

    def _follow_up(self, number: int) -> None:
        day = self._day(number)
        self.nights.follow_up(day)
        for month in self.nights.just_closed():
            self.clearing.closed(month)
        self.nights.check_copies(day)
        self._compare(day)

    def _mornings(self) -> Any:
        """On working days institutions apply for their money, and an hour later the offices begin."""
        env, calendar = self._clock.env, self._setting.scenario.calendar
        yield env.timeout(_MORNING_MS)
        while True:
            today = self._day(self._clock.ms() // DAY_MS)
            if calendar.is_workday(today):
                self.clearing.morning()
            yield env.timeout(HOUR_MS)
            if calendar.is_workday(today) and self.clearing.work(today):
                self.inspector.accounts()
            yield env.timeout(DAY_MS - HOUR_MS)

    def _compare(self, day: dt.date) -> None:
        """Look over the platforms' shoulders: all tallies of a day compared, beside what they have found themselves."""
        setting, text = self._setting, day.isoformat()
        treatment, insured = self._merged(TREATMENT, text), self._merged(INSURED, text)
        province = setting.province.daily.under(text)
        differences = compare_day(text, treatment, setting.province.daily, insured)
        setting.auditor.day(len({*treatment.under(text), *province, *insured.under(text)}), differences)
        results = setting.province.reconciliation.results
        for pair, totals in sorted(province.items()):
            standing = results.of(text, pair)  # type: ignore[arg-type]  # the keys of a daily tally are pairs
            level = standing is not None and standing.good
            setting.recorder["reconciliation"].add(setting.replication, day, *pair, *totals, level)
        crossing = [self._crossing(tally, text) for tally in (treatment, insured)]
        for router in setting.routers.values():
            if router is not setting.province:
                wrong = compare_day(text, crossing[0], router.daily, crossing[1])
                setting.auditor.day(len(router.daily.under(text)), wrong)

    def _crossing(self, tally: Tally, day: str) -> Tally:
        """Return what of a side went over the ministry: what the ministry and the other province hold too."""
        over = Tally()
        for pair, totals in tally.under(day).items():
            if self._setting.crosses(pair[0], pair[1]):
                over.add((day, *pair), totals)
        return over

    def _tell_month(self, month: str) -> None:
        """Write what passed in a month, and the balance it comes to, whether its sheet has been made or not."""
        setting = self._setting
        cleared = setting.province.monthly.under(month)
        inside = {pair: totals for pair, totals in cleared.items() if not setting.crosses(pair[0], pair[1])}
        sheet = balance_sheet(month, inside, setting.scenario.network.registry.cities)
        setting.auditor.sheet(sheet)
        self.sheets.append(sheet)
        if len(inside) < len(cleared):
            outside = {pair: totals for pair, totals in cleared.items() if pair not in inside}
            self.cross_province.append(between := balance_sheet(month, outside, setting.cities))
            setting.auditor.sheet(between)
        for (treatment, insured, insutype), totals in cleared.items():
            setting.recorder["clearing"].add(
                setting.replication, month, treatment, insured, insutype, totals.rows, totals.cleared
            )

    def _put_away(self, number: int) -> None:
        setting = self._setting
        for outcome in self._closed.pop(number, ()):
            insured = setting.cities[setting.city_of(outcome.story.person.insured_area)]
            treatment = setting.cities[outcome.story.city]
            for node in (treatment, *setting.between(treatment.code, insured.code), insured):
                node.retire(outcome.keys)
            treatment.retire_visit(outcome.mdtrt_id)
            insured.retire_visit(outcome.mdtrt_id)
            setting.auditor.forget(outcome.mdtrt_id)
        for code, key in self._stated.pop(number, ()):
            setting.cities[code].retire((key,))
        if number % _DAYS_OF_A_WEEK == 0:  # days are many and looked over one by one
            self._let_go(self._day(number).isoformat())

    def _let_go(self, day: str) -> None:
        """Let the platforms forget the days before ``day`` that are done with, and visits of months long past.

        Nothing is refunded here so late; what a refund would need stands in the tables.
        """
        setting, long_past = self._setting, keep_from(day)
        for city in setting.cities.values():
            city.drop_before(day)
            city.forget_before(long_past)
        for router in setting.routers.values():
            router.drop_before(day)
            router.forget_before(long_past)

    # -- paper --------------------------------------------------------------------------------------------------

    def _pay_day(self, outcome: Outcome) -> int:
        """Return when a claim is paid: papers handed in after some days, then the agency's working days.

        The claim is written down with the day of its papers, unless that lies past the end of the run.
        """
        setting, story = self._setting, outcome.story
        handed_in = self._clock.now() + dt.timedelta(days=story.collect_days)
        in_run = handed_in.date() if handed_in.date() <= setting.scenario.end else None
        setting.recorder["claims"].add(
            setting.replication, story.visit, story.person.psn_no, story.person.name, in_run, story.service_workdays
        )
        due = setting.scenario.calendar.add_workdays(handed_in.date(), story.service_workdays)
        return max(self._clock.at(dt.datetime.combine(due.day, dt.time())) + _PAY_HOUR_MS, self._clock.ms())

    def _reimburse(self, event: Any) -> None:
        outcome: Outcome = event.value
        setting = self._setting
        assert outcome.claim is not None
        city = setting.cities[setting.city_of(outcome.story.person.insured_area)]
        effects = city.act(self._clock.now(), Reimburse(outcome.claim))
        for effect in effects:
            setting.keep(city.code, effect)
        del self._unpaid[outcome.story.visit]
        facts = [each.fact for each in effects if isinstance(each, Record)]
        row = next((fact.row for fact in facts if isinstance(fact, Settled)), None)
        if row is None:  # declined: the same care has been paid for
            setting.note(outcome)
            return
        setting.note(outcome._replace(setl_id=row.setl_id), paid_at=self._clock.ms(), fund=row.shares.fund_pay_sumamt)

    # -- small things -------------------------------------------------------------------------------------------

    def _day(self, number: int) -> dt.date:
        return self._setting.scenario.start + dt.timedelta(days=number)

    def _merged(self, role: str, day: str) -> Tally:
        """Return one side of all cities on a day: each city keeps only the pairs it takes part in."""
        merged = Tally()
        for city in self._setting.cities.values():
            for pair, totals in city.daily[role].under(day).items():
                merged.add((day, *pair), totals)
        return merged
