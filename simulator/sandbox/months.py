"""A month's clearing (月清算) as the control API has it done: from its last reconciliation to its last voucher."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from simulator.core.clearing.actions import ApplyClearing, MakeSheet, PayInstitutions
from simulator.core.clearing.backlog import at_a_member, at_finance, payments
from simulator.core.clearing.finance import Finance
from simulator.core.clearing.months import compact, first_day, last_day
from simulator.core.network.city import City
from simulator.core.network.hospital import BATCH
from simulator.core.network.ministry import Ministry
from simulator.core.network.province import Province
from simulator.core.reconciliation.facts import CloseMonth
from simulator.core.reconciliation.results import days_of
from simulator.core.reconciliation.rows import clearing_type
from simulator.core.reconciliation.split import OPEN
from simulator.core.reconciliation.totals import Totals, sum_of, totals_of_row
from simulator.core.values.areas import Registry
from simulator.core.values.money import yuan
from simulator.sandbox.counters import Counter, Counters
from simulator.sandbox.days import Days
from simulator.sandbox.staff import Staff
from simulator.sandbox.wrong import Wrong

_MOST_ROUNDS = 40  # of a month's paper work; a dozen are enough


class Months:
    """The clearing of months."""

    def __init__(
        self,
        staff: Staff,
        counters: Counters,
        registry: Registry,
        now: Callable[[], dt.datetime],
        *,
        days: Days,
    ) -> None:
        self._staff, self._counters, self._registry, self._now, self._days = staff, counters, registry, now, days

    async def clear(self, month: str) -> dict[str, Any]:
        """Clear a month from its last reconciliation to its last voucher; return what was done and how it stands.

        Raises Wrong for a month that is not over, or whose days are not level.
        """
        if month >= f"{self._now():%Y-%m}":
            raise Wrong(f"{month}尚未结束，请先推进时钟", f"{month} is not over: advance the clock first")
        await self._reconcile_days(month)
        closing = [*self._staff.cities(), *self._staff.provinces()]
        declined = await self._staff.each([(code, CloseMonth(month)) for code in closing])
        confirmed = await self._confirm_split(month)
        applied = await self._apply(month)
        members = [
            (code, ApplyClearing(month)) for code, each in self._staff.cities().items() if self._may(each, month)
        ]
        waiting = [code for code, each in self._staff.cities().items() if each.clearing.rows.waiting]
        declined += await self._staff.each([(code, PayInstitutions(month)) for code in waiting])
        declined += await self._staff.each(members)
        declined += await self._staff.each(list(self._sheets(month, self._staff.provinces())))
        across = [
            (code, ApplyClearing(month)) for code, each in self._staff.provinces().items() if self._claims(each, month)
        ]
        declined += await self._staff.each(across)
        declined += await self._staff.each(list(self._sheets(month, self._staff.ministries())))
        done, left = await self._work()
        told = {"month": month, "confirmed": confirmed, "applied": applied, "actions": done}
        return {**told, "declined": declined + left, **self.month(month)}

    def month(self, month: str) -> dict[str, Any]:
        """Return how the clearing of a month stands: its sheets by house, with what each member pays and gets."""
        houses: dict[str, Any] = {**self._staff.provinces(), **self._staff.ministries()}
        sheets = [
            _sheet(code, node.clearing.house, issue)
            for code, node in houses.items()
            for issue in node.clearing.house.issues.values()
            if issue.sheet.month == month
        ]
        closed = {code: each.reconciliation.month_closed(month) for code, each in self._staff.cities().items()}
        return {"closed": all(closed.values()), "sheets": sheets}

    async def _reconcile_days(self, month: str) -> None:
        """Reconcile the days of a month that have not been, from the first one with settlements on."""
        days = days_of(month)
        cities = self._staff.cities().values()
        used = [day for day in days if any(city.statements.by_hospital.under(day) for city in cities)]
        first = min(used, default=days[-1])
        for day in days[days.index(first) :]:
            reported = all(city.reconciliation._answered(day) for city in cities)
            level = all(each.good for node in self._staff.provinces().values() for each in _standings(node, day))
            if not (reported and level):
                await self._days.reconcile(dt.date.fromisoformat(day))

    async def _confirm_split(self, month: str) -> list[dict[str, Any]]:
        """Let the institutions fetch the visitors' settlements of a month (3260) and confirm them (3261)."""
        told = []
        for city in self._staff.cities().values():
            rows = [item.row for item in city.clearing.rows.items(month) if item.remote]
            for code in sorted({row.hospital for row in rows if city.split.state(row.setl_id) == OPEN}):
                told += await self._confirm(self._counters.at(code), month)
        return told

    async def _confirm(self, counter: Counter, month: str) -> list[dict[str, Any]]:
        await counter.signed_in()
        desk, now = counter.desk, self._now
        rows: list[Any] = []
        while True:
            exchange, reply = await counter.say(desk.extract_split(now(), month, len(rows) + 1))
            page = reply.rows("data") if reply is not None and reply.succeeded else ()
            rows += page
            if len(page) < BATCH:
                break
        told = [] if rows else [{"hospital": desk.institution.code, "rows": 0, "infcode": exchange.infcode}]
        for first in range(0, len(rows), BATCH):
            part = rows[first : first + BATCH]
            exchange, _ = await counter.say(desk.confirm_split(now(), month, part))
            told.append({"hospital": desk.institution.code, "rows": len(part), "infcode": exchange.infcode})
        return told

    async def _apply(self, month: str) -> list[dict[str, Any]]:
        """Let the institutions apply for a month's money (3203) by the city's list."""
        told = []
        for city in self._staff.cities().values():
            sums: dict[tuple[str, str], list[Totals]] = {}
            for item in city.clearing.rows.items(month):
                if not item.application:
                    sums.setdefault((item.row.hospital, clearing_type(item.row)), []).append(totals_of_row(item.row))
            for (code, clr_type), parts in sorted(sums.items()):
                exchange = await self._application(self._counters.at(code), month, clr_type, sum_of(parts))
                told.append({"hospital": code, "clr_type": clr_type, "infcode": exchange})
        return told

    async def _application(self, counter: Counter, month: str, clr_type: str, totals: Totals) -> int | None:
        await counter.signed_in()
        now = self._now()
        asked = counter.desk.apply_clearing(now, first_day(month), last_day(month), clr_type, totals)
        return (await counter.say(asked))[0].infcode

    def _sheets(self, month: str, houses: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """Yield the sheets to be made: where somebody claims something of the house's kind, and there is none yet."""
        for code, node in houses.items():
            across = isinstance(node, Ministry)
            kinds = {
                self._registry.cross_province(row.treatment, row.insured)
                for _, row in node.clearing.applications.of(month)
            }
            if across in kinds and f"QSD{code}{compact(month)}" not in node.clearing.house.issues:
                yield code, MakeSheet(month)

    def _claims(self, province: Province, month: str) -> bool:
        return (
            bool(self._staff.ministries())
            and bool(list(province.clearing.applications.of(month)))
            and self._may(province, month)
        )

    @staticmethod
    def _may(node: City | Province, month: str) -> bool:
        return month not in node.clearing.member.applications

    async def _work(self) -> tuple[int, list[dict[str, Any]]]:
        """Do what there is to do about papers and payments, round after round, until nothing more comes of it."""
        done, left = 0, list[dict[str, Any]]()
        for _ in range(_MOST_ROUNDS):
            jobs = list(self._backlog())
            left = await self._staff.each(jobs)
            done += len(jobs) - len(left)
            if len(left) == len(jobs):
                break
        return done, left

    def _backlog(self) -> Iterator[tuple[str, Any]]:
        for code, city in self._staff.cities().items():
            yield from at_a_member(code, city.clearing.member, city.clearing.agency)
        for code, province in self._staff.provinces().items():
            desks = province.clearing
            yield from at_a_member(code, desks.member, desks.agency)
            for number, issue in desks.house.issues.items():
                if number not in desks.member.cases and desks.house.final(issue):
                    yield from payments(code, desks.agency, number)
        for party, node in self._staff.nodes.items():
            platform = self._staff.nodes.get(node.code)
            if isinstance(node, Finance) and isinstance(platform, City | Province):
                yield from at_finance(party, node.treasury, platform.clearing.agency)


def _standings(province: Province, day: str) -> Iterator[Any]:
    return (standing for _, _, standing in province.reconciliation.results.under(day))


def _sheet(code: str, house: Any, issue: Any) -> dict[str, Any]:
    """Return a sheet as a house knows it: who has answered, what each member pays and gets by insurance."""
    members = [
        {"member": member, "insutype": insutype, "pays": yuan(out), "gets": yuan(back)}
        for member, dues in house.dues(issue).items()
        for insutype, (out, back) in dues.items()
        if out or back
    ]
    final = house.final(issue)
    return {"house": code, "number": issue.sheet.number, "answers": issue.answers, "final": final, "members": members}
