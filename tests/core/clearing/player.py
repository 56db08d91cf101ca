"""A clearing played over a lossy wire, step by step: what each step does to the platforms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from simulator.core.benefit.settlement import Settlement
from simulator.core.clearing import actions as do
from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.backlog import at_a_member, at_finance, payments
from simulator.core.clearing.facts import Applied, Replaced
from simulator.core.clearing.months import expanded, later, month_of
from simulator.core.clearing.parties import finance_of
from simulator.core.disputes.copies import AnswerCopied
from simulator.core.disputes.ticket import Adjusted, Ruling
from simulator.core.platform.books import insured_legs, posting, treatment_legs
from simulator.core.platform.node import Answered, Forwarded
from simulator.core.platform.turn import Declined
from simulator.core.reconciliation.compare import Mismatch
from simulator.core.reconciliation.facts import Corrected, DayCompared
from simulator.core.reconciliation.rows import INSURED_SIDE, PLATFORM_SIDE, TREATMENT_SIDE, clearing_type
from simulator.core.reconciliation.split import OPEN, SplitConfirmed, SplitRolledBack
from simulator.core.visits.visits import INSURED, TREATMENT

from . import steps as st
from .conftest import HOSPITALS, MINISTRY, PLATFORM, PROVINCE, Bench

MONEY = 10**13
KINDS = ("1", "2")
TOO_HIGH = 500
_CALM = 60  # rounds in which everybody does all there is to do
_NOTHING = {Declined, Forwarded, Answered, Applied, Replaced}
_LACKING = {
    st.TREATMENT_LACKS: frozenset({TREATMENT}),
    st.INSURED_LACKS: frozenset({INSURED}),
    st.PLATFORM_LACKS: frozenset({PLATFORM}),
    st.TREATMENT_ALONE: frozenset({INSURED, PLATFORM}),
}


class Known:
    """A bill as the player knows it: its rows, the last one first to be turned round, and what is wrong with it."""

    def __init__(self, row: Settlement, wrong: str) -> None:
        self.row = self.last = row
        self.wrong = wrong
        self.turned = 0
        self.adjusted = self.deducted = 0
        self.said = ""
        self.gone = False

    @property
    def uncertain(self) -> bool:
        """Tell whether the sides do not hold the bill alike, or none does any more."""
        return bool(self.wrong) or self.gone

    @property
    def left(self) -> int:
        """Fen of the funds that nothing has taken yet."""
        return self.row.shares.fund_pay_sumamt + min(self.adjusted, 0) - self.deducted


class Player:
    """Plays steps; ``seen`` are the messages, ``played`` the steps so far."""

    def __init__(self, bench: Bench, wire: Any) -> None:
        self.bench, self.wire = bench, wire
        wire.facts, wire.postings = bench.relay.facts, bench.relay.postings
        self.cities = list(bench.registry.cities)
        self.provinces = sorted(set(bench.registry.provinces.values())) or [PROVINCE]
        self.areas = self.cities + self.provinces
        self.houses = [*self.provinces, *([MINISTRY] if bench.country else [])]
        self.bills: dict[int, Known] = {}
        self.played: list[Any] = []
        self.seen: list[tuple[str, str, Any]] = []
        self._serial = 0
        bench.endow(MONEY)
        self._watch_wire()

    def _watch_wire(self) -> None:
        send = self.wire.send

        def seen(start: str, end: str, message: Any) -> None:
            self.seen.append((start, end, message))
            send(start, end, message)

        self.wire.send = seen

    def play(self, step: Any) -> None:
        self.played.append(step)
        number = getattr(step, "number", None)
        if isinstance(step, st.Bill) or number is None or number in self.bills:
            getattr(self, f"_{type(step).__name__.lower()}")(step)

    @property
    def month(self) -> str:
        """The last month that is over."""
        return later(month_of(self.bench.now.date()), -1)

    # -- bills --------------------------------------------------------------------------------------------------

    def _bill(self, step: st.Bill) -> None:
        self.bench._serial = step.number - 1
        row = self.bench.settle(
            step.hospital,
            step.area,
            step.fund,
            step.account,
            step.cash,
            insutype=step.insutype,
            at=step.at,
            lacking=_LACKING.get(step.wrong, frozenset()) | ({TREATMENT} if step.wrong == st.HIGHER else frozenset()),
        )
        known = self.bills[step.number] = Known(row, step.wrong)
        if step.wrong == st.HIGHER:
            shares = row.shares._replace(
                acct_pay=row.shares.acct_pay + TOO_HIGH, psn_cash_pay=row.shares.psn_cash_pay - TOO_HIGH
            )
            known.last = row._replace(shares=shares)
            self.bench.hold(TREATMENT, known.last)

    def _turned(self, step: st.Turned) -> None:
        known = self.bills[step.number]
        if known.uncertain or known.adjusted or step.at < known.last.at.date().isoformat():
            return
        known.turned += 1
        number, before = f"{known.row.setl_id}R{known.turned}", known.last if known.last.refund else known.row
        known.last = before.cancelled(number, dt.datetime.fromisoformat(f"{step.at} 10:00:00"))
        for role in (TREATMENT, INSURED):
            self.bench.hold(role, known.last, active=None if known.last.refund else known.row)
        self.bench.log(known.last)

    def _deducted(self, step: st.Deducted) -> None:
        known = self.bills[step.number]
        if not known.uncertain and not known.last.refund and step.amount <= known.left:
            known.deducted += step.amount
            self.bench.deduct(known.row, step.amount, self._new("KK"))

    def _givenback(self, step: st.GivenBack) -> None:
        known = self.bills[step.number]
        if known.deducted and known.last.refund:
            self.bench.deduct(known.row, -known.deducted, self._new("KK"))
            known.deducted = 0

    def _disputed(self, step: st.Disputed) -> None:
        """Both cities book a correction, and those between them note it for the month that takes it up."""
        known, bench = self.bills[step.number], self.bench
        row = known.last
        if known.uncertain or row.refund or known.left + step.amount < 0 or expanded(step.month) < month_of(row.at):
            return
        known.adjusted += step.amount
        ticket = self._new("T")
        pair = (row.treatment_city, row.insured_city)
        for code in dict.fromkeys(pair):
            bench.fold(code, Adjusted(ticket, known.row.setl_id, step.month, *pair, step.amount))
        for code in bench.between(row):
            ruling = Ruling(known.row.setl_id, "corrected", step.amount)
            bench.fold(code, AnswerCopied(ticket, step.month, *pair, (ruling,)))
        legs: Any = treatment_legs(row.insured_city, row.hospital, row.treatment_area, step.amount)
        bench.post(posting(row.treatment_city, bench.now, ticket, legs))
        legs = insured_legs(row.treatment_city, row.insured_area, step.amount, 0)
        bench.post(posting(row.insured_city, bench.now, ticket, legs))

    # -- reconciliation -----------------------------------------------------------------------------------------

    def _mismatch(self, known: Known) -> Mismatch:
        row, fen = known.row, known.row.shares.cleared
        held = [0 if side in _LACKING.get(known.wrong, ()) else fen for side in (TREATMENT, INSURED, PLATFORM)]
        held[0] += TOO_HIGH * (known.wrong == st.HIGHER)
        about = (row.at.date().isoformat(), row.treatment_city, row.insured_city, row.setl_id, False, row.mdtrt_id)
        return Mismatch(*about, row.settled_by, "1", *held, "1")

    def _found(self, step: st.Found) -> None:
        known = self.bills[step.number]
        if known.wrong == st.HIGHER:
            mismatch = self._mismatch(known)
            fact = DayCompared(self._new("N"), mismatch.day, mismatch.pair, self.bench.now, "not_level", (mismatch,), 1)
            self.bench.fold(known.row.treatment_city, fact)

    def _setright(self, step: st.SetRight) -> None:
        known, bench = self.bills[step.number], self.bench
        if not known.wrong:
            return
        mismatch, row = self._mismatch(known), known.row
        at = dt.datetime.fromisoformat(f"{step.dated} 12:00:00") if step.dated else row.at
        if known.wrong == st.PLATFORM_LACKS:
            bench.log(row._replace(at=at))
            for code in bench.between(row):
                bench.fold(code, Corrected(mismatch, PLATFORM_SIDE, "entered", ()))
        elif known.wrong == st.INSURED_LACKS:
            bench.hold(INSURED, row._replace(at=at))
            bench.fold(row.insured_city, Corrected(mismatch, INSURED_SIDE, "entered", ()))
        elif known.wrong == st.TREATMENT_LACKS:
            known.row = known.last = row._replace(at=at)
            bench.hold(TREATMENT, known.row)
            bench.fold(row.treatment_city, Corrected(mismatch, TREATMENT_SIDE, "entered", ()))
        else:
            self._strike(known, mismatch, at)
        known.wrong = st.EVERYBODY

    def _strike(self, known: Known, mismatch: Mismatch, at: dt.datetime) -> None:
        """Take back what the treatment city alone has; what it has too high is replaced."""
        strike, replaced = known.last.cancelled(f"{known.row.setl_id}C1", at), known.wrong == st.HIGHER
        self.bench.hold(TREATMENT, strike, correction=True, active=known.last if replaced else None)
        if replaced:
            known.row = known.last = known.row._replace(at=at)
            self.bench.hold(TREATMENT, known.row, correction=True)
        else:
            known.gone = True
        how = "replaced" if replaced else "struck"
        fact = Corrected(mismatch, TREATMENT_SIDE, how, (strike.setl_id,))
        self.bench.fold(known.row.treatment_city, fact)

    # -- what institutions say ----------------------------------------------------------------------------------

    def _said(self, step: st.Said) -> None:
        """A row is not confirmed twice; nothing changes any more once the month is applied for."""
        known = self.bills[step.number]
        split, month = self._split(known)
        if split.state(known.row.setl_id, month) != "confirmed" and not split._applied(month):
            known.said = self._new("Q")
            rows = ((known.row.setl_id, step.flag),)
            self.bench.fold(known.row.treatment_city, SplitConfirmed(known.said, known.row.hospital, month, rows))

    def _takenback(self, step: st.TakenBack) -> None:
        known = self.bills[step.number]
        split, month = self._split(known)
        if known.said in split._confirmations and not split._applied(month):
            self.bench.fold(known.row.treatment_city, SplitRolledBack(known.row.hospital, month, (known.said,)))

    def _split(self, known: Known) -> tuple[Any, str]:
        return self.bench.nodes[known.row.treatment_city].split, month_of(known.row.at)

    def _new(self, mark: str) -> str:
        self._serial += 1
        return f"{mark}{self._serial}"

    def _healed(self, step: st.Healed) -> None:
        for number, known in self.bills.items():
            self._setright(st.SetRight(number))
            self._givenback(st.GivenBack(number))
            split, month = self._split(known)
            if split.state(known.row.setl_id, month) not in {OPEN, "confirmed"}:
                fact = SplitConfirmed(self._new("Q"), known.row.hospital, month, ((known.row.setl_id, True),))
                self.bench.fold(known.row.treatment_city, fact)
        for city in self.cities:
            held = tuple(item.row.setl_id for item in self.bench.city(city).rows.items() if item.held)
            self._do(st.Do(city, do.Release(held)))

    # -- the platforms and the wire -----------------------------------------------------------------------------

    def _hospitals(self, step: st.Hospitals) -> None:
        for hospital, area in HOSPITALS.items():
            city = self.bench.registry.city_of(area)
            items = [*self.bench.city(city).rows.items()] if city is not None else []
            wanted = {
                (item.month, clearing_type(item.row))
                for item in items
                if item.row.hospital == hospital and not item.application and item.month <= self.month
            }
            for month, kind in sorted(wanted):
                assert self.bench.apply_3203(hospital, month, kind).succeeded

    def _do(self, step: st.Do) -> None:
        self.wire.perform(step.who, self.bench.nodes[step.who].act(self.bench.tick(), step.action))

    def _index(self, flight: st.Flight) -> int | None:
        found = (place for place, each in enumerate(self.wire.flying) if flight_of(each) == flight)
        return next(found, None)

    def _arrives(self, step: st.Arrives) -> None:
        index = self._index(step.flight)
        if index is not None:
            self._deliver(index)

    def _lost(self, step: st.Lost) -> None:
        index = self._index(step.flight)
        if index is not None:
            self.wire.lose(index)

    def _doubled(self, step: st.Doubled) -> None:
        index = self._index(step.flight)
        if index is not None:
            self.wire.flying.append(self.wire.flying[index])

    def _deliver(self, index: int) -> None:
        self.bench.now += dt.timedelta(seconds=1)
        self.wire.deliver(self.bench.now, index)

    def _rings(self, step: st.Rings) -> None:
        self.bench.now += dt.timedelta(seconds=step.seconds)
        self.wire.ring(self.bench.now)

    def _day(self, step: st.Day) -> None:
        """Until the day comes what is on its way arrives, and what was lost is asked for again."""
        for _ in range(3):
            self._quiet()
            self._rings(st.Rings(3_600))
        self._quiet()
        self.bench.now = max(self.bench.now, dt.datetime.combine(step.day, dt.time(9)))

    def _calm(self, step: st.Calm) -> None:
        for number, known in self.bills.items():
            if known.wrong in {st.HIGHER, st.PLATFORM_LACKS, st.TREATMENT_ALONE}:
                self._setright(st.SetRight(number))
        for _ in range(_CALM):
            before = self._done()
            self._hospitals(st.Hospitals())
            for who, action in (*self.jobs(self.months()), *self.ends()):
                self._do(st.Do(who, action))
                self._quiet()
            self._rings(st.Rings(9_000))
            self._quiet()
            if self._done() == before:
                return
        raise AssertionError("there is always something left to do")

    def _quiet(self) -> None:
        while self.wire.flying:
            self._deliver(0)

    def _done(self) -> int:
        """How much has come of anything; an application that is refused, and may be sent again, is nothing."""
        return sum(type(fact) not in _NOTHING for _, fact in self.wire.facts)

    # -- what there is to do ------------------------------------------------------------------------------------

    def months(self) -> tuple[str, ...]:
        """The months that have been applied for and the last one, the earliest first."""
        known = (month for city in self.areas for month in self.bench.city(city).member.applications)
        return tuple(sorted({*known, self.month}))

    def jobs(self, months: Iterable[str]) -> Iterator[tuple[str, Any]]:
        """What a diligent staff does next."""
        bench = self.bench
        for city in self.cities:
            if bench.city(city).rows.waiting:
                yield city, do.PayInstitutions(self.month)
        for month in months:
            yield from ((city, do.ApplyClearing(month)) for city in self.cities)
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
            for number in (desks.prepaid if area in self.provinces else desks.prepayer).quotas:
                yield from payments(area, desks.agency, number)

    def in_turn(self, area: str, action: Any) -> bool:
        """A city seals a notice from the ministry once its province has confirmed it: till then it may be corrected."""
        above = self.bench.registry.province_of(area) or PROVINCE
        case = self.bench.city(above).member.cases.get(getattr(action, "number", ""))
        sealing = isinstance(action, do.Seal) and area in self.cities and case is not None
        return not sealing or case.state not in {life.ON_SHEET, life.DISPUTED}

    def years(self) -> Iterator[tuple[str, Any]]:
        """What a province does about prepaid money: the year that is over, the quotas of the next."""
        year = self.bench.now.year
        for province in self.provinces:
            for kind in KINDS:
                yield province, do.SettleYear(year - 1, kind)
                yield province, do.IssueQuota(year, kind)

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


def flight_of(flight: Any) -> st.Flight:
    """What a message on its way is known by."""
    return st.Flight(flight.start, flight.end, flight.message.infno, flight.message.is_reply)
