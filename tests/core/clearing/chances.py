"""What happens next, drawn at random: bills and what becomes of them, what staff does, what the wire does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import Any

from simulator.core.clearing import actions as do
from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.deadlines import declarable
from simulator.core.clearing.months import compact, first_day, later
from simulator.core.clearing.parties import finance_of

from . import steps as st
from .conftest import HOSPITALS
from .player import KINDS, TOO_HIGH, Player, flight_of

_WRONG = (st.TREATMENT_LACKS, st.INSURED_LACKS, st.PLATFORM_LACKS, st.TREATMENT_ALONE, st.HIGHER)


class Chances:
    """Draws the steps of a player's months from ``rng``; ``loss`` is how much of what is sent is lost."""

    def __init__(self, player: Player, rng: Random) -> None:
        self.player, self.bench, self.rng = player, player.bench, rng
        self.loss = rng.choice((0.0, 0.05, 0.25))
        self._bills = 0

    def month(self, month: str, rounds: int) -> Iterator[Any]:
        """Bills of a month, and its clearing at random in the next one; most months become calm at their end."""
        yield st.Day(first_day(month).replace(day=28))
        for _ in range(self.rng.randint(2, 9)):
            yield self.bill(month)
        yield st.Day(first_day(later(month, 1)).replace(day=8))
        yield st.Hospitals()
        for _ in range(rounds):
            yield self.step()
        if self.rng.random() < 0.6:
            for day in (12, 28):  # on the latter every answer is overdue
                yield st.Day(first_day(later(month, 1)).replace(day=day))
                yield st.Calm()

    def healed(self, month: str) -> Iterator[Any]:
        """Three quiet months: all is set right, and every institution applies once more, for what it is still due."""
        yield st.Healed()
        for hospital, area in HOSPITALS.items():
            if area in self.bench.registry.areas:
                self._bills += 1
                yield st.Bill(self._bills, hospital, area, 10**9, 0, 0, "310", f"{month}-10")
        for each in (month, later(month, 1), later(month, 2)):
            for day in (12, 28):
                yield st.Day(first_day(later(each, 1)).replace(day=day))
                yield st.Calm()

    # -- bills --------------------------------------------------------------------------------------------------

    def bill(self, month: str) -> st.Bill:
        rng, self._bills = self.rng, self._bills + 1
        areas = self.bench.registry.areas
        hospital = rng.choice([each for each, area in HOSPITALS.items() if area in areas])
        area = rng.choice(list(areas))
        amounts = rng.randint(0, 5_000_000), rng.choice((0, 0, 777)), rng.randint(TOO_HIGH, 9_000)
        at = f"{later(month, -rng.choice((0, 0, 0, 1, 1, 2, 3)))}-{rng.randint(1, 28):02d}"
        elsewhere = self.bench.registry.city_of(area) != self.bench.registry.city_of(HOSPITALS[hospital])
        wrong = rng.choice(_WRONG) if elsewhere and rng.random() < 0.25 else st.EVERYBODY
        return st.Bill(self._bills, hospital, area, *amounts, rng.choice(("310", "390")), at, wrong)

    def fate(self) -> Any:
        """What becomes of a bill."""
        rng, today = self.rng, self.bench.now.date()
        number, known = rng.choice(list(self.player.bills.items()))
        row, month = known.row, self.player.month
        choices: list[Any] = [
            st.Turned(number, today.isoformat()),
            st.Turned(number, today.isoformat()),
            st.Deducted(number, rng.randint(0, row.shares.fund_pay_sumamt)),
            st.GivenBack(number),
            st.Said(number, rng.random() < 0.4),
            st.TakenBack(number),
        ]
        if known.wrong:
            choices += [st.Found(number), *[st.SetRight(number, rng.choice(("", today.isoformat())))] * 3]
        if declarable(self.bench.pack, row.treatment_city, month, month, today):
            amount = rng.randint(-row.shares.cleared, row.shares.cleared)
            choices.append(st.Disputed(number, amount, compact(month)))
        return rng.choice(choices)

    # -- one step -----------------------------------------------------------------------------------------------

    def step(self) -> Any:
        """Something becomes of a bill, a message arrives, is lost or comes twice, time passes, or somebody acts."""
        rng, flying, chance = self.rng, self.player.wire.flying, self.rng.random()
        if chance < 0.1:
            return self.news(chance)
        if chance < (0.13 if flying else 0.3):
            return st.Rings(rng.choice((20, 60, 300, 4_000)))
        return self.message(flying) if flying and chance < 0.75 else self.work()

    def news(self, chance: float) -> Any:
        """What comes from outside: the fate of a bill, another bill, applications of institutions, another day."""
        if chance < 0.05:
            return self.fate()
        if chance < 0.07:
            return self.bill(self.player.month)
        later_day = self.bench.now.date() + dt.timedelta(days=self.rng.randint(1, 5))
        return st.Hospitals() if chance < 0.09 else st.Day(later_day)

    def message(self, flying: list[Any]) -> Any:
        flight, luck = flight_of(self.rng.choice(flying)), self.rng.random()
        if luck < self.loss:
            return st.Lost(flight)
        return st.Doubled(flight) if luck < self.loss + 0.07 else st.Arrives(flight)

    def work(self) -> Any:
        """What staff does: mostly what there is to do, sometimes something else."""
        kinds = (self.player.jobs(self.player.months()[-2:]), self.whims(), self.prepaid())
        jobs = list(self.rng.choice(kinds[:1] * 6 + kinds[1:])) or list(kinds[0])
        return st.Do(*self.rng.choice(jobs)) if jobs else st.Rings(60)

    def whims(self) -> Iterator[tuple[str, Any]]:
        """What staff may do besides: doubt, return, hold back, let go, pay one of several first, close answers."""
        rng = self.rng
        for city in self.player.cities:
            items = [item for item in self.bench.city(city).rows.items() if not item.listed]
            if items:
                item = rng.choice(items)
                yield city, (do.Release if item.held else do.Exclude)((item.row.setl_id,))
        for area in self.player.areas:
            desks = self.bench.city(area)
            for number, case in desks.member.cases.items():
                if case.state in {life.ON_SHEET, life.DISPUTED}:
                    yield area, do.Confirm(number, rng.choice(("", "一笔待核")))
            for number, state in self.bench.treasury(area).states.items():
                if state == life.WITH_FINANCE:
                    yield finance_of(area), do.CheckSheet(number, "退回")
            for number in [each for each in desks.member.cases if desks.agency.debts(each)]:
                yield area, do.HandToFinance(number, (rng.choice(desks.agency.debts(number)).payee,))
        yield from (job for job in self.player.ends() if not isinstance(job[1], do.Release))

    def prepaid(self) -> Iterator[tuple[str, Any]]:
        """What a province does about prepaid money, and about those who pay late."""
        yield from self.player.years()
        for province in self.player.provinces:
            desks = self.bench.city(province)
            yield province, do.Watch()
            for member in desks.house.members:
                yield province, do.CallPrepaid(member, 10**6, self.rng.choice(KINDS))
            for number, issue in desks.house.issues.items():
                for member, missing in desks.house.all_missing(issue).items():
                    if missing:
                        yield province, do.Cover(number, member)
