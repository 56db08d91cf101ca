"""The world: a scenario's cities, hospitals and travellers, assembled and run."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulator.core.benefit.shares import Shares
from simulator.core.network.hospital import Desk
from simulator.core.platform.effects import Post
from simulator.inputs.calibrations import Calibration
from simulator.inputs.certifications import Certification
from simulator.inputs.scenarios import Scenario
from simulator.inputs.streams import Streams
from simulator.world.arrivals import OUTWARD, Arrivals
from simulator.world.bills import Pharmacy
from simulator.world.clock import DAY_MS
from simulator.world.duties import Duties
from simulator.world.office import Office
from simulator.world.onboarding.entrants import enlarged, opens_in_run
from simulator.world.onboarding.process import Onboarding, lived_in
from simulator.world.progress import Progress
from simulator.world.service.service import Service
from simulator.world.setting import Setting
from simulator.world.stays import Facilities, Outcome, Stay
from simulator.world.stories import Story, Teller


class World(Setting):
    """A setting with travellers in it; ``run`` lives it to its last day and leaves the tables in ``folder``."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        scale: float,
        seed: int,
        folder: Path,
        replication: int = 0,
        check_all: bool = False,
        calibration: Calibration | None = None,
        certification: Certification | None = None,
    ) -> None:
        opens = opens_in_run(scenario)
        super().__init__(
            enlarged(scenario, Streams(seed, replication)) if opens else scenario,
            seed=seed,
            folder=folder,
            replication=replication,
            check_all=check_all,
            calibration=calibration,
        )
        self._teller = Teller(scenario, self.streams, scale)  # the newly designated draw no travellers
        self._rates = _Rates(scenario)
        self._present: set[str] = set()
        self._planned: dict[int, list[Story]] = {}
        self.office = Office(self)
        self.duties = Duties(self, scenario.administration)
        self.service = Service(self, self.duties, scale, self._rates.filing)
        self._facilities = self._equip()
        self.onboarding = Onboarding(self, self.duties, certification) if opens else None
        self._progress = Progress(self, self.duties)
        self._arrivals = Arrivals(scenario, self.streams, scale)

    def run(self, progress: Callable[[int], None] | None = None) -> None:
        """Run day by day; ``progress`` is told how many days are done."""
        env = self.clock.env
        self.office.open()
        self.duties.open()
        self.service.open()
        if self.onboarding is not None:
            self.onboarding.open()
        # What a run keeps is kept to its end and what it drops holds no cycles: collecting would only look it over.
        gc.disable()
        try:
            for day in range(self.days):
                self._begin_day(day)
                env.run(until=(day + 1) * DAY_MS)
                if progress is not None:
                    progress(day + 1)
            self.office.close()
            self.service.close()
            self.duties.close(self.office.chronicle.steps())
            if self.onboarding is not None:
                self.onboarding.close()
        finally:
            gc.enable()

    def lived(self) -> Scenario:
        """Return the scenario as it was lived: with the institutions as they opened."""
        return lived_in(self.scenario, self.onboarding)

    # -- assembling ---------------------------------------------------------------------------------------------

    def _equip(self) -> Facilities:
        return Facilities(
            clock=self.clock,
            desks=self.desks,
            counters=self.counters,
            pharmacy={city: Pharmacy(self.scenario.catalogue_of(city)) for city in self.cities},
            filed=self.service.covered,
            pays_cash=lambda story: story.cash_chance < self._rates.cash,
            unmapped=lambda story: story.unmapped_chance < self._rates.unmapped(self.clock.ms()),
            settled=self._settled,
            paid_cash=self._paid_cash,
            ended=self._ended,
        )

    # -- what happens -------------------------------------------------------------------------------------------

    def _begin_day(self, day: int) -> None:
        """Let the travellers of today come, and those of some days ahead prepare (on the first day, all until then)."""
        ahead = self.service.lead_days
        for number in range(day if day == 0 else day + ahead, day + ahead + 1):
            self._plan(number)
        for story in self._planned.pop(day):
            self.clock.call(story.admitted_ms - self.clock.ms(), self._arrive, story)

    def _plan(self, day: int) -> None:
        today = self.scenario.start + dt.timedelta(days=day)
        stories = self._planned[day] = []
        for origin in self._origins(today):
            for number, ms in enumerate(self._arrivals.of_day(origin, day)):
                visit = f"{origin}-{today:%Y%m%d}-{number:04d}"
                tell = self._teller
                story = tell.tell_outward(visit, ms) if origin == OUTWARD else tell.tell(origin, visit, ms)
                self.service.plan(story)
                stories.append(story)

    def _origins(self, today: dt.date) -> tuple[str, ...]:
        """Return where travellers come from: the province's cities, and both ways over the ministry once it is open."""
        network = self.scenario.network
        own = tuple(network.registry.cities)
        beyond = network.beyond
        return own if beyond is None or today < beyond.opens_on else (*own, beyond.city, OUTWARD)

    def _arrive(self, event: Any) -> None:
        story: Story = event.value
        if story.person.psn_no in self._present:
            return  # the drawn traveller is in hospital already: nobody lies in two beds
        self._present.add(story.person.psn_no)
        if not story.ncms:
            self.service.register.enrol(story.person)
        stay = Stay(
            self._facilities,
            story,
            story.rng if story.ncms else self.streams.stream("stay", story.visit, "network"),  # NCMS sends no message
            self.chosen("stay", story.visit),
        )
        self.office.began(story)
        self.clock.env.process(stay.run())

    def _settled(self, desk: Desk, insutype: str, shares: Shares, at: dt.datetime, setl_id: str) -> None:
        self.keep(desk.institution.code, Post(desk.settled(at.date(), insutype, shares, at, setl_id)))
        self.office.desk_settled(desk, insutype)

    def _paid_cash(self, desk: Desk, visit: str, bill: int) -> None:
        self.keep(desk.institution.code, Post(desk.paid_in_cash(self.clock.now(), visit, bill)))

    def _ended(self, outcome: Outcome) -> None:
        self._present.discard(outcome.story.person.psn_no)
        self.office.ended(outcome)
        self._progress.ended(outcome)
        self.service.ended(outcome)


class _Rates:
    """The rates of the day: filing by city, cash, unmapped items."""

    def __init__(self, scenario: Scenario) -> None:
        self.cash = scenario.number("refusal.cash_share")
        self._filing = scenario.number("filing.rate_start"), scenario.number("filing.rate_end")
        self._unmapped = scenario.number("refusal.unmapped_start"), scenario.number("refusal.unmapped_end")
        self._factor = scenario.table("filing.city_factor")
        self._whole_ms = max((scenario.horizon - scenario.start).days, 1) * DAY_MS

    def filing(self, city: str, ms: int) -> float:
        return self._between(self._filing, ms) * self._factor.get(city, 1.0)

    def unmapped(self, ms: int) -> float:
        return self._between(self._unmapped, ms)

    def _between(self, ends: tuple[float, float], ms: int) -> float:
        done = min(ms // DAY_MS * DAY_MS / self._whole_ms, 1.0)
        return ends[0] + (ends[1] - ends[0]) * done
