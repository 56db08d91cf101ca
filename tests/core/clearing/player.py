"""A clearing played at random over a lossy wire: bills, refunds, deductions, doubts, and what there is to do next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import Any

from simulator.core import invariants as inv
from simulator.core.clearing import actions as do
from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.backlog import at_a_member, at_finance, payments
from simulator.core.clearing.months import first_day, later
from simulator.core.clearing.parties import finance_of
from simulator.core.platform.books import BANK, CLEARING, FISCAL, PAYABLE, POOLED, RECEIVABLE
from simulator.core.platform.node import Declined
from simulator.core.reconciliation.rows import clearing_type

from .conftest import HOSPITALS, MINISTRY, PROVINCE, Bench

MONEY = 10**11
_CALM = 40  # rounds in which everybody does all there is to do


class Player:
    """Plays month after month; every choice is drawn from ``rng``, and the wire loses what it is told to lose."""

    def __init__(self, bench: Bench, wire: Any, rng: Random) -> None:
        self.bench, self.wire, self.rng = bench, wire, rng
        wire.facts, wire.postings = bench.relay.facts, bench.relay.postings
        self.cities = list(bench.registry.cities)
        self.provinces = sorted(set(bench.registry.provinces.values())) or [PROVINCE]
        self.areas = self.cities + self.provinces
        self.houses = [*self.provinces, *([MINISTRY] if bench.country else [])]
        self.loss = rng.choice((0.0, 0.05, 0.25))
        self.seen: list[tuple[str, str, Any]] = []
        bench.endow(MONEY)
        self._watch_wire()

    def _watch_wire(self) -> None:
        send = self.wire.send

        def seen(start: str, end: str, message: Any) -> None:
            self.seen.append((start, end, message))
            send(start, end, message)

        self.wire.send = seen

    # -- a month ------------------------------------------------------------------------------------------------

    def month(self, month: str, rounds: int) -> None:
        """Live through a month, clear it at random in the next one, then calmly until nothing is left to do."""
        self.now(month, 28)
        if rounds:
            self.bills(month)
        self.now(later(month, 1), 8)
        for _ in range(rounds):
            self.step(month)
        for day in (12, 28):  # on the latter every answer is overdue
            self.now(later(month, 1), day)
            self.calm(month)
        self.at_rest()

    def now(self, month: str, day: int) -> None:
        self.bench.now = max(self.bench.now, dt.datetime.combine(first_day(month).replace(day=day), dt.time(9)))

    def bills(self, month: str) -> None:
        """Bills of this month and the one before; some are cancelled, from some an audit takes something."""
        rng = self.rng
        for number in range(rng.randint(2, 9)):
            hospital = rng.choice([each for each, area in HOSPITALS.items() if area in self.bench.registry.areas])
            amounts = rng.randint(0, 50_000), rng.choice((0, 0, 777)), rng.randint(0, 900)
            at = f"{rng.choice((month, later(month, -1)))}-{rng.randint(1, 28):02d}"
            area = rng.choice(list(self.bench.registry.areas))
            row = self.bench.settle(hospital, area, *amounts, insutype=rng.choice(("310", "390")), at=at)
            if rng.random() < 0.35:
                self.bench.cancel(row, f"{month}-28")
            elif rng.random() < 0.2:
                self.bench.deduct(row, rng.randint(0, row.shares.fund_pay_sumamt), f"KK{month}{number}")

    def step(self, month: str) -> None:
        """One thing is done, or not; some messages arrive, are lost or come twice; a clock may ring."""
        rng, wire = self.rng, self.wire
        if rng.random() < 0.1:
            self.hospitals(month)
        jobs = list(self.jobs(month)) + list(self.whims(month))
        if jobs and rng.random() < 0.8:
            self.act(*rng.choice(jobs))
        for _ in range(rng.randint(0, 8)):
            if wire.flying:
                index, chance = rng.randrange(len(wire.flying)), rng.random()
                if chance < self.loss:
                    wire.lose(index)
                elif chance < self.loss + 0.07:
                    wire.flying.append(wire.flying[index])
                else:
                    self.deliver(index)
        if rng.random() < 0.15:
            self.ring(rng.choice((20, 60, 300, 4_000)))

    def calm(self, month: str) -> None:
        """Everybody does all there is to do, and nothing is lost, until nothing comes of it any more."""
        for _ in range(_CALM):
            before = self.done()
            self.hospitals(month)
            for code, action in (*self.jobs(month), *self.ends()):
                self.act(code, action)
                while self.wire.flying:
                    self.deliver(0)
            self.ring(9_000)
            while self.wire.flying:
                self.deliver(0)
            if self.done() == before:
                return
        raise AssertionError("there is always something left to do")

    def done(self) -> int:
        return sum(not isinstance(fact, Declined) for _, fact in self.wire.facts)

    def act(self, code: str, action: Any) -> None:
        self.bench.now += dt.timedelta(seconds=self.rng.randint(1, 30))
        self.wire.perform(code, self.bench.nodes[code].act(self.bench.now, action))

    def deliver(self, index: int) -> None:
        self.bench.now += dt.timedelta(seconds=1)
        self.wire.deliver(self.bench.now, index)

    def ring(self, seconds: int) -> None:
        self.bench.now += dt.timedelta(seconds=seconds)
        self.wire.ring(self.bench.now)

    def hospitals(self, month: str) -> None:
        """Every hospital applies for what no application of it covers."""
        for hospital, area in HOSPITALS.items():
            city = self.bench.registry.city_of(area)
            rows = self.bench.city(city).rows if city is not None else None
            for each in (later(month, -1), month):
                items = [item for item in (rows.items(each) if rows else ()) if item.row.hospital == hospital]
                for kind in sorted({clearing_type(item.row) for item in items if not item.application}):
                    assert self.bench.apply_3203(hospital, each, kind).succeeded

    # -- what there is to do ------------------------------------------------------------------------------------

    def jobs(self, month: str) -> Iterator[tuple[str, Any]]:
        """What a diligent staff does next."""
        bench = self.bench
        for city in self.cities:
            if bench.city(city).rows.waiting:
                yield city, do.PayInstitutions(month)
            yield city, do.ApplyClearing(month)
        if bench.country:
            yield from ((province, do.ApplyClearing(month)) for province in self.provinces)
        yield from ((house, do.MakeSheet(month)) for house in self.houses)
        for area in self.areas:
            desks = bench.city(area)
            yield from (job for job in at_a_member(area, desks.member, desks.agency) if self.in_turn(area, job[1]))
            issues = desks.house.issues if area in self.provinces else {}
            for number, issue in issues.items():
                if number not in desks.member.cases and desks.house.final(issue):
                    yield from payments(area, desks.agency, number)
            yield from at_finance(finance_of(area), bench.treasury(area), desks.agency)

    def in_turn(self, area: str, action: Any) -> bool:
        """A city seals a notice from the ministry once its province has confirmed it: till then it may be corrected."""
        above = self.bench.registry.province_of(area) or PROVINCE
        case = self.bench.city(above).member.cases.get(getattr(action, "number", ""))
        sealing = isinstance(action, do.Seal) and area in self.cities and case is not None
        return not sealing or case.state not in {life.ON_SHEET, life.DISPUTED}

    def whims(self, month: str) -> Iterator[tuple[str, Any]]:
        """What staff may do besides: doubt, return, hold back, let go, pay one of several first."""
        for city in self.cities:
            items = [item for item in self.bench.city(city).rows.items() if not item.listed]
            if items:
                item = self.rng.choice(items)
                yield city, (do.Release if item.held else do.Exclude)((item.row.setl_id,))
        for area in self.areas:
            desks = self.bench.city(area)
            for number, case in desks.member.cases.items():
                if case.state in {life.ON_SHEET, life.DISPUTED}:
                    yield area, do.Confirm(number, self.rng.choice(("", "一笔待核")))
            for number, state in self.bench.treasury(area).states.items():
                if state == life.WITH_FINANCE:
                    yield finance_of(area), do.CheckSheet(number, "退回")
            for number in [each for each in desks.member.cases if desks.agency.debts(each)]:
                yield area, do.HandToFinance(number, (self.rng.choice(desks.agency.debts(number)).payee,))

    def ends(self) -> Iterator[tuple[str, Any]]:
        """What brings a month to its end: nothing is held back, disputes are given up, silence confirms."""
        for city in self.cities:
            held = tuple(item.row.setl_id for item in self.bench.city(city).rows.items() if item.held)
            if held:
                yield city, do.Release(held)
        for area in self.areas:
            for number, case in self.bench.city(area).member.cases.items():
                if case.state == life.DISPUTED:
                    yield area, do.Confirm(number)
                if case.state in {life.ON_SHEET, life.DISPUTED}:
                    yield area, do.Lapse(number)
        for house in self.houses:
            for number, issue in self.bench.city(house).house.issues.items():
                if not self.bench.city(house).house.final(issue):
                    yield house, do.CloseAnswers(number)

    # -- what must hold -----------------------------------------------------------------------------------------

    def at_rest(self) -> None:
        """Every sheet is paid, every ledger is the bank's, no money is lost, and nobody owes through the province."""
        bench = self.bench
        for area in self.areas:
            books, treasury = bench.nodes[area].books, bench.treasury(area)
            for number, case in bench.city(area).member.cases.items():
                assert case.state == life.CLOSED, (area, number, case.state)
            ledger = bench.nodes[finance_of(area)].books.balance(BANK, treasury.account.number)
            sides = books.balance(FISCAL, finance_of(area)), ledger, treasury.account.balance
            assert treasury.unreported() == 0
            assert inv.ledgers_agree(*sides, 0), (area, sides)
            assert books.total(CLEARING) == books.total(POOLED) == 0, (area, books.balances())
        assert sum(bench.treasury(area).account.balance for area in self.areas) == MONEY * len(self.areas)
        for one in self.cities:
            for other in self.cities:
                sides = bench.balance(one, PAYABLE, other), bench.balance(other, RECEIVABLE, one)
                assert one == other or inv.books_mirror(*sides), (one, other, sides)

    def at_the_end(self) -> None:
        """What was claimed stands on a sheet, each settlement for no less than nothing; what was not is too late."""
        for city in self.cities:
            rows = self.bench.city(city).rows
            for piece in (*rows.items(), *rows.changes.values()):
                assert piece.listed == bool(piece.claim), piece
            claimed: dict[str, int] = {}
            for item in rows.items():
                claimed[item.root] = claimed.get(item.root, 0) + item.listed * item.cleared
            assert inv.never_negative(claimed.values())
            for other in self.cities:
                open_ = sum(item.cleared for item in rows.items() if item.row.insured_city == other and not item.listed)
                if other != city:
                    assert self.bench.balance(city, RECEIVABLE, other) == open_
