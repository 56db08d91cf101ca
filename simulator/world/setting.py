"""The setting of a run: platforms, hospitals, network, clock, tables and auditor of a scenario, before anyone moves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import schemas
from simulator.core.benefit.settlement import Settlement
from simulator.core.network.hospital import Desk
from simulator.core.network.ministry import Ministry
from simulator.core.network.province import Province
from simulator.core.network.router import Router
from simulator.core.platform.books import PAYABLE, RECEIVABLE, Books
from simulator.core.platform.effects import Effect, Post, Record
from simulator.core.platform.node import Node
from simulator.core.visits.visits import INSURED, Settled
from simulator.inputs.calibrations import Calibration
from simulator.inputs.scenarios import Scenario
from simulator.inputs.streams import Streams
from simulator.inputs.wire import Wire
from simulator.world import settlement_table
from simulator.world.auditor import Auditor
from simulator.world.clock import SECOND_MS, Clock
from simulator.world.mail import Mail
from simulator.world.onboarding import tables
from simulator.world.onboarding.entrants import opens_in_run
from simulator.world.recorder import Recorder
from simulator.world.stations import Counter, Network, Pace, Station, pace_of
from simulator.world.stays import DIRECT, STAYING, Outcome
from simulator.world.travellers import age_on

CHECK_SHARE = 0.01  # of visits whose bodies are kept and checked under ``--check sample``


class Setting:
    """Everything that stands still: who there is and what keeps count of them."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int,
        folder: Path,
        replication: int = 0,
        check_all: bool = False,
        calibration: Calibration | None = None,
    ) -> None:
        self.scenario = scenario
        self.replication = replication
        self._check_all = check_all
        self.streams = Streams(seed, replication)
        self.clock = Clock(scenario.start)
        self.on_settled: list[Callable[[Settlement], None]] = []  # told of every settlement row of a city of insurance
        registry = schemas.load()
        self.auditor = Auditor(registry)
        more = tables.COLUMNS if opens_in_run(scenario) else {}
        self.recorder = Recorder(folder, {"settlements": settlement_table.COLUMNS, **more})
        wire = Wire(registry)
        wait = scenario.pack.at("process.wait_seconds.hospital", scenario.start).value
        assert isinstance(wait, int)
        network = Network(
            self.clock,
            _pace(scenario) if calibration is None else pace_of(calibration, wait * SECOND_MS),
            wire,
            self.auditor,
            events=self.recorder["events"],
            messages=self.recorder["messages"],
            run=replication,
        )
        ground = scenario.ground
        self.cities = ground.cities(scenario.start)
        self.routers = ground.routers(scenario.start)
        self.provinces = {code: each for code, each in self.routers.items() if isinstance(each, Province)}
        self.ministry = next((each for each in self.routers.values() if isinstance(each, Ministry)), None)
        self.province = self.provinces[scenario.network.province.code]
        self.finances = ground.finances(scenario.start, (*self.cities, *self.provinces))
        self.nodes: Mapping[str, Node] = {**self.cities, **self.routers, **self.finances}
        self.mail = Mail(self.clock, self.nodes, wire, self.auditor, self.keep, check_all=check_all)
        for city in self.cities.values():
            Station(city, "city", network, self.keep)
        for router in self.routers.values():
            Station(router, "ministry" if isinstance(router, Ministry) else "province", network, self.keep)
        self.desks = {
            code: Desk(institution, self.city_of(institution.area))
            for code, institution in scenario.network.national.institutions.items()
        }
        self.counters = {code: Counter(code, desk.city, network, wait) for code, desk in self.desks.items()}

    @property
    def days(self) -> int:
        """Return the number of simulated days."""
        return (self.scenario.end - self.scenario.start).days + 1

    def months(self) -> tuple[str, ...]:
        """Return the months of the run (ISO text), in order."""
        days = (self.scenario.start + dt.timedelta(days=number) for number in range(self.days))
        return tuple(dict.fromkeys(day.isoformat()[:7] for day in days))

    def city_of(self, area: str) -> str:
        """Return the city of a registered pooling area."""
        return self.scenario.network.national.areas[area].city

    def between(self, treatment: str, insured: str) -> tuple[Router, ...]:
        """Return the platforms between two cities: the province, or everything up to the ministry and down again."""
        return tuple(self.routers.values()) if self.crosses(treatment, insured) else (self.province,)

    def crosses(self, treatment: str, insured: str) -> bool:
        """Tell whether one of two cities lies in another province."""
        own = self.scenario.network.is_own
        return own(treatment) != own(insured)

    def chosen(self, kind: str, name: str) -> bool:
        """Tell whether the bodies of a visit (or statement) are kept and checked: by hash, or all of them."""
        return self._check_all or self.streams.share(kind, name, "check") < CHECK_SHARE

    def keep(self, org: str, effect: Effect) -> None:
        """Keep what a platform or hospital asked to be kept: postings, and the rows of the city of insurance."""
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
            for hear in self.on_settled:
                hear(effect.fact.row)

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
            self.city_of(story.person.insured_area),
            story.hospital.area,
            story.city,
            self.crosses(story.city, self.city_of(story.person.insured_area)),
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
            story.kind,
            age_on(story.person, self.clock.moment(story.admitted_ms).date()),
        )

    def books(self) -> Mapping[str, Books]:
        """Return the books of every city and hospital."""
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


def _pace(scenario: Scenario) -> Pace:
    return Pace(
        scenario.number("platform.latency_ms"),
        scenario.table("platform.service_ms"),
        {tier: int(count) for tier, count in scenario.table("platform.servers").items()},
        scenario.number("platform.stall_share"),
        int(scenario.number("platform.stall_seconds")) * SECOND_MS,
    )
