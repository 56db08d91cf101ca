"""The world: a scenario's cities, hospitals and travellers, assembled and run."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import schemas
from simulator.core.benefit import Shares
from simulator.core.books import PAYABLE, RECEIVABLE, Books
from simulator.core.city import City
from simulator.core.effects import Effect, Post, Record
from simulator.core.hospital import Desk
from simulator.core.insured import Enrolled, Filed
from simulator.core.people import Filing
from simulator.core.province import Province
from simulator.core.visits import INSURED, Settled
from simulator.inputs.scenarios import Scenario
from simulator.inputs.streams import Streams
from simulator.inputs.wire import Wire
from simulator.world import settlement_table
from simulator.world.arrivals import Arrivals
from simulator.world.auditor import Auditor
from simulator.world.bills import Pharmacy
from simulator.world.clock import DAY_MS, SECOND_MS, Clock
from simulator.world.office import Office
from simulator.world.recorder import Recorder
from simulator.world.stations import Counter, Network, Pace, Station
from simulator.world.stays import DIRECT, STAYING, Facilities, Outcome, Stay
from simulator.world.stories import Story, Teller

CHECK_SHARE = 0.01  # of visits whose bodies are kept and checked under ``--check sample``


class World:
    """One run of a scenario; ``run`` lives it to its last day and leaves the tables in ``folder``."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        scale: float,
        seed: int,
        folder: Path,
        replication: int = 0,
        check_all: bool = False,
    ) -> None:
        self.scenario = scenario
        self.scale = scale
        self.replication = replication
        self._check_all = check_all
        self.streams = Streams(seed, replication)
        self.clock = Clock(scenario.start)
        registry = schemas.load()
        self.auditor = Auditor(registry)
        self.recorder = Recorder(folder, {"settlements": settlement_table.COLUMNS})
        self._network = Network(
            self.clock,
            _pace(scenario),
            Wire(registry),
            self.auditor,
            events=self.recorder["events"],
            messages=self.recorder["messages"],
            run=replication,
        )
        self.cities, self.province = _platforms(scenario)
        for node in (*self.cities.values(), self.province):
            Station(node, "province" if node is self.province else "city", self._network, self._keep)
        self.desks = {
            code: Desk(institution, scenario.network.registry.areas[institution.area].city)
            for code, institution in scenario.network.registry.institutions.items()
        }
        self._teller = Teller(scenario, self.streams, scale)
        self._days = (scenario.end - scenario.start).days + 1
        self._rates = _Rates(scenario, self._days)
        self._filed: set[tuple[str, str]] = set()
        self._present: set[str] = set()
        self._enrolled: set[str] = set()
        self._facilities = self._equip()
        self.office = Office(self)
        self._arrivals = Arrivals(scenario, self.streams, scale)

    @property
    def days(self) -> int:
        """Return the number of simulated days."""
        return self._days

    def run(self, progress: Callable[[int], None] | None = None) -> None:
        """Run day by day; ``progress`` is told how many days are done."""
        env = self.clock.env
        self.office.open()
        # What a run keeps is kept to its end and what it drops holds no cycles: collecting would only look it over.
        gc.disable()
        try:
            for day in range(self._days):
                self._begin_day(day)
                env.run(until=(day + 1) * DAY_MS)
                if progress is not None:
                    progress(day + 1)
        finally:
            gc.enable()
        self.office.close()

    def note(self, outcome: Outcome, *, paid_at: int | None = None, fund: int | None = None) -> None:
        """Write a stay's row; a manual one when it is paid or when the run ends."""
        story = outcome.story
        shares = outcome.shares if outcome.outcome == DIRECT else None
        ended = outcome.outcome != STAYING
        epoch = self.clock.epoch_ms
        self.recorder["stays"].add(
            self.replication,
            story.visit,
            "ncms" if story.ncms else "employee" if story.person.insutype == "310" else "resident",
            story.person.psn_type,
            story.person.insured_area,
            self.scenario.network.registry.areas[story.person.insured_area].city,
            story.hospital.area,
            story.city,
            story.hospital.code,
            story.hospital.level,
            epoch + story.admitted_ms,
            epoch + story.discharged_ms if ended else None,
            outcome.outcome,
            outcome.reason,
            outcome.bill,
            shares.fund_pay_sumamt if shares else fund,
            shares.acct_pay if shares else None,
            0 if outcome.outcome == DIRECT else outcome.bill,
            None if paid_at is None else epoch + paid_at,
            outcome.setl_id,
        )

    def chosen(self, kind: str, name: str) -> bool:
        """Tell whether the bodies of a visit (or statement) are kept and checked: by hash, or all of them."""
        return self._check_all or self.streams.share(kind, name, "check") < CHECK_SHARE

    @property
    def counters(self) -> Mapping[str, Counter]:
        """Return the hospitals' ends of the network."""
        return self._facilities.counters

    def keep(self, org: str, effects: tuple[Effect, ...]) -> None:
        """Keep the effects of something done at a platform without a message."""
        for effect in effects:
            self._keep(org, effect)

    # -- assembling ---------------------------------------------------------------------------------------------

    def _equip(self) -> Facilities:
        wait = self.scenario.pack.at("process.wait_seconds.hospital", self.scenario.start).value
        assert isinstance(wait, int)
        return Facilities(
            clock=self.clock,
            desks=self.desks,
            counters={code: Counter(code, desk.city, self._network, wait) for code, desk in self.desks.items()},
            pharmacy=Pharmacy(self.scenario.catalogue),
            file=self._file,
            filed=self._is_filed,
            pays_cash=lambda story: story.cash_chance < self._rates.cash,
            unmapped=lambda story: story.unmapped_chance < self._rates.unmapped(self.clock.ms()),
            settled=self._settled,
            paid_cash=self._paid_cash,
            ended=self._ended,
        )

    # -- what happens -------------------------------------------------------------------------------------------

    def _begin_day(self, day: int) -> None:
        for city in self.cities:
            for number, ms in enumerate(self._arrivals.of_day(city, day)):
                visit = f"{city}-{self.scenario.start + dt.timedelta(days=day):%Y%m%d}-{number:04d}"
                self.clock.call(ms - self.clock.ms(), self._arrive, (city, visit, ms))

    def _arrive(self, event: Any) -> None:
        city, visit, ms = event.value
        story = self._teller.tell(city, visit, ms)
        if story.person.psn_no in self._present:
            return  # the drawn traveller is in hospital already: nobody lies in two beds
        self._present.add(story.person.psn_no)
        if not story.ncms and story.person.psn_no not in self._enrolled:
            self._enrolled.add(story.person.psn_no)
            self.cities[city].fold(Enrolled(story.person))
        stay = Stay(
            self._facilities,
            story,
            self.streams.stream("stay", visit, "network"),
            self.chosen("stay", visit),
        )
        self.office.began(story)
        self.clock.env.process(stay.run())

    def _is_filed(self, story: Story) -> bool:
        key = (story.person.psn_no, story.city)
        if key in self._filed:
            return True
        city = self.scenario.network.registry.areas[story.person.insured_area].city
        return story.filing_chance < self._rates.filing(city, story.admitted_ms)

    def _file(self, filing: Filing) -> None:
        key = (filing.psn_no, filing.target)
        if key not in self._filed:
            self._filed.add(key)
            city = self.scenario.network.registry.areas[filing.insured_area].city
            self.cities[city].fold(Filed(filing))
            self.province.fold(Filed(filing))

    def _settled(self, desk: Desk, insutype: str, shares: Shares, at: dt.datetime, setl_id: str) -> None:
        self._keep(desk.institution.code, Post(desk.settled(at.date(), insutype, shares, at, setl_id)))
        self.office.desk_settled(desk, insutype)

    def _paid_cash(self, desk: Desk, visit: str, bill: int) -> None:
        self._keep(desk.institution.code, Post(desk.paid_in_cash(self.clock.now(), visit, bill)))

    def _ended(self, outcome: Outcome) -> None:
        self._present.discard(outcome.story.person.psn_no)
        self.office.ended(outcome)

    def _keep(self, org: str, effect: Effect) -> None:
        if isinstance(effect, Post):
            entry = effect.posting
            self.auditor.posting(entry)
            add = self.recorder["ledger"].add
            at = self.clock.epoch_ms + self.clock.at(entry.at)
            for leg in entry.legs:
                add(self.replication, entry.org, at, entry.ref, leg.account, leg.counterparty, leg.area, leg.amount)
        elif isinstance(effect, Record) and isinstance(effect.fact, Settled) and effect.fact.role == INSURED:
            self.auditor.settlement(effect.fact.row)
            self.recorder["settlements"].add(*settlement_table.values(self.replication, effect.fact.row))

    def books(self) -> Mapping[str, Books]:
        """Return the books of every organisation."""
        nodes: dict[str, Any] = {**self.cities, **self.desks}
        return {code: node.books for code, node in nodes.items()}

    def check_mirrors(self) -> None:
        """Check every payable against the other side's receivable (账账相符)."""
        books = self.books()
        for payer, payee in ((a, b) for a in self.cities for b in self.cities if a != b):
            payable = books[payer].balance(PAYABLE, payee)
            self.auditor.mirror(payer, payee, payable, books[payee].balance(RECEIVABLE, payer))
        for code, desk in self.desks.items():
            payable = books[desk.city].balance(PAYABLE, code)
            self.auditor.mirror(desk.city, code, payable, desk.books.balance(RECEIVABLE, desk.city))


class _Rates:
    """The rates of the day: filing by city, cash, unmapped items."""

    def __init__(self, scenario: Scenario, days: int) -> None:
        self.cash = scenario.number("refusal.cash_share")
        self._filing = scenario.number("filing.rate_start"), scenario.number("filing.rate_end")
        self._unmapped = scenario.number("refusal.unmapped_start"), scenario.number("refusal.unmapped_end")
        self._factor = scenario.table("filing.city_factor")
        self._whole_ms = max(days - 1, 1) * DAY_MS

    def filing(self, city: str, ms: int) -> float:
        return self._between(self._filing, ms) * self._factor.get(city, 1.0)

    def unmapped(self, ms: int) -> float:
        return self._between(self._unmapped, ms)

    def _between(self, ends: tuple[float, float], ms: int) -> float:
        done = min(ms // DAY_MS * DAY_MS / self._whole_ms, 1.0)
        return ends[0] + (ends[1] - ends[0]) * done


def _pace(scenario: Scenario) -> Pace:
    return Pace(
        scenario.number("platform.latency_ms"),
        scenario.table("platform.service_ms"),
        {tier: int(count) for tier, count in scenario.table("platform.servers").items()},
        scenario.number("platform.stall_share"),
        int(scenario.number("platform.stall_seconds")) * SECOND_MS,
    )


def _platforms(scenario: Scenario) -> tuple[dict[str, City], Province]:
    network = scenario.network
    cities = {
        code: City(
            code,
            registry=network.registry,
            catalogue=scenario.catalogue,
            pack=scenario.pack,
            province=network.province.code,
            today=scenario.start,
        )
        for code in network.registry.cities
    }
    return cities, Province(network.province.code, registry=network.registry, pack=scenario.pack, today=scenario.start)
