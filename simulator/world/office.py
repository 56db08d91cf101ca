"""The back office: evening statements, daily reconciliation, monthly clearing, paper claims, closing of visits."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.claims.case import Reimburse
from simulator.core.clearing.sheet import Sheet, balance_sheet
from simulator.core.network.hospital import Desk
from simulator.core.platform.effects import Record
from simulator.core.reconciliation.compare import compare_day
from simulator.core.reconciliation.totals import Tally
from simulator.core.visits.visits import INSURED, TREATMENT, Settled
from simulator.world.clock import DAY_MS, HOUR_MS
from simulator.world.setting import Setting
from simulator.world.stations import Packet
from simulator.world.stays import MANUAL, STAYING, Outcome
from simulator.world.stories import Story

_EVENING_MS = 22 * HOUR_MS + HOUR_MS // 2
_NIGHT_MS = HOUR_MS // 2
_KEEP_DAYS = 2  # closed visits stay at hand for late messages
_CLOSE_ON = 3  # of the next month (P75-41): the last day to reconcile the month that is cleared
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
        self.statements = {"level": 0, "not_level": 0, "unanswered": 0}
        self.sheets: list[Sheet] = []  # of the cities of the province
        self.cross_province: list[Sheet] = []  # of cities and another province, over the ministry

    def open(self) -> None:
        """Set the clockwork going."""
        self._clock.env.process(self._evenings())
        self._clock.env.process(self._nights())

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
        last = self._setting.days - 1
        self._reconcile(last)
        end = self._day(last)
        before = end.replace(day=1) - dt.timedelta(days=1)
        if end.day < _CLOSE_ON and before >= self._setting.scenario.start:
            self._clear(before)
        self._clear(end)
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
        reply = yield setting.counters[code].ask(packet, desk.statement(now, now.date(), insutype))
        if reply is None or not reply.succeeded:
            self.statements["unanswered"] += 1
        else:
            level = reply.block("stmtinfo")["stmt_rslt"] == "0"
            self.statements["level" if level else "not_level"] += 1

    def _nights(self) -> Any:
        """Every night the day before is reconciled three ways, closed visits are put away, and months are cleared."""
        env = self._clock.env
        yield env.timeout(DAY_MS + _NIGHT_MS)
        while True:
            yesterday = self._clock.ms() // DAY_MS - 1
            self._reconcile(yesterday)
            today = self._day(yesterday + 1)
            if today.day == _CLOSE_ON:
                self._clear(today.replace(day=1) - dt.timedelta(days=1))
            self._put_away(yesterday - _KEEP_DAYS)
            yield env.timeout(DAY_MS)

    def _reconcile(self, number: int) -> None:
        setting, day = self._setting, self._day(number)
        text = day.isoformat()
        treatment, insured = self._merged(TREATMENT, text), self._merged(INSURED, text)
        province = setting.province.daily.under(text)
        differences = compare_day(text, treatment, setting.province.daily, insured)
        off = {(difference.treatment_city, difference.insured_city) for difference in differences}
        setting.auditor.day(len({*treatment.under(text), *province, *insured.under(text)}), differences)
        for pair, totals in sorted(province.items()):
            setting.recorder["reconciliation"].add(setting.replication, day, *pair, *totals, pair not in off)
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

    def _clear(self, last_day: dt.date) -> None:
        setting, month = self._setting, f"{last_day:%Y-%m}"
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
        text = self._day(number).isoformat()
        for city in setting.cities.values():
            city.drop_before(text)
        for router in setting.routers.values():
            router.drop_before(text)

    # -- paper --------------------------------------------------------------------------------------------------

    def _pay_day(self, outcome: Outcome) -> int:
        """Return when a claim is paid: papers handed in after some days, then the agency's working days."""
        handed_in = self._clock.now() + dt.timedelta(days=outcome.story.collect_days)
        due = self._setting.scenario.calendar.add_workdays(handed_in.date(), outcome.story.service_workdays)
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
