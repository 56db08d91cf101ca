"""Compiles a schedule from a scenario: the world's own arrivals and stories, told as visits of a load run.

Whoever sends no message in the world sends none here: NCMS stays, those who pay cash, and those who are turned away
because their area or hospital is not connected yet. Everybody here is filed. A stay's admission and discharge are one
visit: the counter sends them one after another, and the nights between them stand in the dates of the messages, so that
a run of a minute settles stays of weeks as a platform would be asked to on one day.

Every visit is told from streams of its own name: more seconds add visits and change none.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from typing import NamedTuple

from simulator.core.benefit.rules import (
    CHRONIC,
    INPATIENT,
    OUTPATIENT,
    PHARMACY,
    Circumstance,
    NoSuchCare,
    rules_for,
)
from simulator.inputs.errors import InputError
from simulator.inputs.scenarios import Scenario
from simulator.inputs.streams import Streams
from simulator.inputs.usual_traffic import with_traffic
from simulator.traffic.people import DISEASE
from simulator.traffic.schedule import (
    ARRIVALS,
    AWAY,
    DAY,
    HERE,
    POISSON,
    UNIFORM,
    Head,
    Planned,
    Schedule,
    Step,
    make_schedule,
)
from simulator.world.arrivals import Arrivals
from simulator.world.clock import DAY_MS, HOUR_MS
from simulator.world.stories import Story, Teller
from simulator.world.weights import Weights

PLANS = {
    INPATIENT: ("1101", "2401", "2301", "2402", "2303", "2304", "2305"),
    OUTPATIENT: ("1101", "2201", "2203", "2204", "2206", "2207", "2208"),
    CHRONIC: ("1101", "2201", "2203", "2204", "2206", "2207", "2208"),
    PHARMACY: ("1101", "2101", "2102", "2103"),
}
TRIALS, CANCELS = frozenset({"2303", "2206", "2101"}), frozenset({"2305", "2208", "2103"})
_GAP = {
    **dict.fromkeys(("2401", "2201", "2203"), "opening"),
    **dict.fromkeys(("2301", "2204"), "lines"),
    "2402": "discharge",
    **dict.fromkeys(TRIALS, "trial"),
    **dict.fromkeys(("2304", "2207", "2102"), "settlement"),
    **dict.fromkeys(CANCELS, "cancellation"),
}
_US = 1_000_000
_US_PER_MS = 1000
_FASTEST = 100_000  # visits a second
_TELLINGS = 1000  # of one visit, before the scenario is taken to have none such


class _Asked(NamedTuple):
    """What is to be compiled; see :func:`compile_schedule`."""

    scenario: Scenario
    seed: int
    arrivals: str
    rate: float | None
    seconds: float | None
    compress: float
    scale: float
    day: dt.date
    city: str
    side: str


class _Moment(NamedTuple):
    """When a visit arrives, from the beginning of the run and in the world, and what it is told by: name and origin."""

    due_us: int
    ms: int
    name: str
    origin: str


def compile_schedule(
    scenario: Scenario,
    *,
    rate: float | None,
    seconds: float | None,
    compress: float = 1.0,
    seed: int | None = None,
    day: dt.date | None = None,
    arrivals: str = "",
    scale: float = 1.0,
    city: str = "",
    side: str = HERE,
) -> Schedule:
    """Make the schedule of a scenario's visits.

    With a ``rate`` (visits a second) they arrive as a Poisson process or evenly (``arrivals``), for ``seconds``.
    Without one they arrive as on the ``day`` (by default the scenario's busiest), ``scale`` times as many, its curve
    compressed ``compress`` times; ``seconds`` then end the run, which begins at the busy hour instead of midnight. Gaps
    between messages are divided by ``compress`` either way. ``city`` takes the visits that a city treats (``here``) or
    insures (``away``). Raises InputError for what cannot be.
    """
    scenario = with_traffic(scenario)
    asked = _Asked(
        scenario,
        scenario.seed if seed is None else seed,
        arrivals or (DAY if rate is None else POISSON),
        rate,
        seconds,
        compress,
        scale,
        day or busiest_day(scenario),
        city,
        side,
    )
    _expect(asked)
    compiler = _Compiler(asked)
    visits = tuple(compiler.planned(number, *each) for number, each in enumerate(compiler.told()))
    if not visits:
        problem = f"has no visit on {asked.day} that would be sent"
        raise InputError(scenario.id, "", problem, "give more seconds, a higher rate or scale, or another city")
    return make_schedule(compiler.head(), visits)


def busiest_day(scenario: Scenario) -> dt.date:
    """Return the first of the days that most visits are expected on: for a holiday, the first working day after it."""
    days = [scenario.start + dt.timedelta(each) for each in range((scenario.end - scenario.start).days + 1)]
    expected = Arrivals(scenario, Streams(0), 1.0)
    after = [
        day for day in days if scenario.calendar.is_workday(day) and scenario.calendar.is_holiday(day - dt.timedelta(1))
    ]
    return max(after or days, key=lambda day: (expected.factor(day), -day.toordinal()))


class _Compiler:
    """Tells the visits of one day of a scenario."""

    def __init__(self, asked: _Asked) -> None:
        scenario = asked.scenario
        self._asked, self._scenario, self._day = asked, scenario, asked.day
        self._streams = Streams(asked.seed)
        self._first_ms = (asked.day - scenario.start).days * DAY_MS
        self._arrivals = Arrivals(scenario, self._streams, asked.scale)
        self._teller = Teller(scenario, self._streams, asked.scale)
        self._mix = {care: share for care, share in scenario.table("traffic.care_mix").items() if share}
        self._cares: dict[tuple[str, str, str], Weights[str]] = {}
        self._gaps, self._sigma = scenario.table("traffic.gap_seconds"), scenario.number("traffic.gap_sigma")
        self._trial = scenario.number("traffic.trial_share")
        self._cancelled = scenario.number("traffic.cancelled_share")
        self._costs, self._cost_sigma = scenario.table("traffic.visit_cost_yuan"), scenario.number("stay.cost_sigma")
        self._lines = scenario.table("traffic.visit_lines")
        self._cash = scenario.number("refusal.cash_share")
        self._busy_hour = int(scenario.number("traffic.busy_hour"))

    def head(self) -> Head:
        """Return what the schedule is of."""
        asked, scenario = self._asked, self._scenario
        whole_day = asked.seconds is None
        return Head(
            scenario.id,
            scenario.settings,
            dict(sorted(scenario.digests.items())),
            asked.seed,
            asked.arrivals,
            float(asked.rate or 0),
            float(asked.seconds or 24 * 3600 / asked.compress),
            float(asked.compress),
            float(asked.scale),
            asked.day.isoformat(),
            dt.time(0 if whole_day else self._busy_hour).isoformat(),
            scenario.number("stay.class_b_share"),
            scenario.number("stay.class_c_share"),
            asked.city,
            asked.side if asked.city else "",
        )

    # -- arrivals -------------------------------------------------------------------------------------------------

    def _of_day(self) -> Iterator[_Moment]:
        """Yield the day's own arrivals in their order, compressed."""
        seconds, compress = self._asked.seconds, self._asked.compress
        day = (self._day - self._scenario.start).days
        begin = self._first_ms + (0 if seconds is None else self._busy_hour * HOUR_MS)
        end = self._first_ms + DAY_MS if seconds is None else begin + round(seconds * compress * 1000)
        found = sorted(
            (ms, f"{origin}-{self._day:%Y%m%d}-{number:04d}", origin)
            for origin in self._origins()
            for number, ms in enumerate(self._arrivals.of_day(origin, day))
        )
        for ms, name, origin in found:
            if begin <= ms < end:
                yield _Moment(round((ms - begin) * _US_PER_MS / compress), ms, name, origin)

    def _at_rate(self, rate: float) -> Iterator[_Moment]:
        """Yield arrivals at a constant rate, each from a place of origin as that has arrivals on the day."""
        origins, seconds = Weights(self._origins()), self._asked.seconds or 0.0
        begin, due = self._first_ms + self._busy_hour * HOUR_MS, 0.0
        for number in itertools.count():
            rng = self._streams.stream("traffic", number, "arrival")
            gap = rng.expovariate(rate)
            due = number / rate if self._asked.arrivals == UNIFORM else due + gap
            if due >= seconds:
                return
            name = f"{self._day:%Y%m%d}-load-{number:06d}"
            yield _Moment(int(due * _US), begin + int(due * 1000), name, origins.pick(rng.random()))

    def _origins(self) -> dict[str, float]:
        """Return the places of origin of the visits that are wanted, with how many are expected of each."""
        network, city = self._scenario.network, self._asked.city
        beyond = network.beyond
        opened = beyond is not None and self._day >= beyond.opens_on
        places = [*network.registry.cities, *([beyond.city] if beyond is not None and opened else [])]
        expected = {each: self._arrivals.expected(each, self._day) for each in places}
        if city and self._asked.side == AWAY:
            return {city: expected[city]}
        if city:
            expected = {each: mean * self._teller.share(each, city) for each, mean in expected.items()}
        return {each: mean for each, mean in expected.items() if mean > 0}

    # -- stories --------------------------------------------------------------------------------------------------

    def told(self) -> Iterator[tuple[_Moment, Story]]:
        """Yield when visits arrive and what befalls them.

        As on the day, one who would send nothing is left out. At a constant rate one is told until it is of somebody
        who does, of those treated in the city that is wanted.
        """
        rate = self._asked.rate
        if rate is None:
            of_day = ((each, self._teller.tell(each.origin, each.name, each.ms)) for each in self._of_day())
            yield from ((moment, story) for moment, story in of_day if self._is_sent(story))
            return
        treatment = self._asked.city if self._asked.side == HERE else ""
        for moment in self._at_rate(rate):
            names = (f"{moment.name}.{telling}" for telling in range(_TELLINGS))
            tellings = ((name, self._teller.tell(moment.origin, name, moment.ms, treatment)) for name in names)
            for name, story in tellings:
                if self._is_sent(story):
                    yield moment._replace(name=name), story
                    break

    def _is_sent(self, story: Story) -> bool:
        """Tell whether a visit reaches the platforms and is not turned away by the calendar."""
        registry = self._scenario.network.national
        there = story.city if self._asked.side == HERE else registry.city_of(story.person.insured_area)
        return (
            not story.ncms
            and story.cash_chance >= self._cash
            and self._scenario.network.is_own(story.city)
            and self._asked.city in {"", there}
            and registry.open_for_visitors(story.hospital.code, self._day)
            and registry.connected(story.hospital.area, self._day)
            and registry.connected(story.person.insured_area, self._day)
        )

    def planned(self, number: int, moment: _Moment, story: Story) -> Planned:
        """Return a visit as the schedule has it."""
        rng = self._streams.stream("traffic", moment.name, "visit")
        care = self._care_of(story).pick(rng.random())
        trial, cancelled = rng.random() < self._trial, rng.random() < self._cancelled
        least, most = story.wanted.least, story.wanted.most
        cost, nights = story.wanted.cost, story.wanted.days
        lognormal = rng.lognormvariate(-(self._cost_sigma**2) / 2, self._cost_sigma)
        if care != INPATIENT:
            cost, nights = round(100 * self._costs[care] * lognormal), 0
            least, most = int(self._lines["least"]), int(self._lines["most"])
        person = story.person
        return Planned(
            number,
            moment.name,
            moment.due_us,
            care,
            story.hospital.code,
            person.insured_area,
            person.insutype,
            person.psn_type,
            person.gender,
            person.born.isoformat(),
            person.name,
            person.balance,
            story.filing_type,
            cost,
            nights,
            rng.randint(least, most),
            tuple(self._steps(PLANS[care], trial=trial, cancelled=cancelled, rng=rng)),
        )

    def _care_of(self, story: Story) -> Weights[str]:
        """Return the kinds of care that the rules pay for such a person, by their shares: not every one for each."""
        kind = story.person.insutype, story.person.psn_type, story.hospital.level
        if kind not in self._cares:
            where = Circumstance("*", *kind, story.filing_type, self._day)
            paid = {care: share for care, share in self._mix.items() if self._is_paid(where._replace(care=care))}
            self._cares[kind] = Weights(paid or {INPATIENT: 1.0})
        return self._cares[kind]

    def _is_paid(self, where: Circumstance) -> bool:
        try:
            rules_for(self._scenario.pack, where._replace(disease=DISEASE[0] if where.care == CHRONIC else ""))
        except NoSuchCare:
            return False
        return True

    def _steps(self, plan: tuple[str, ...], *, trial: bool, cancelled: bool, rng: random.Random) -> Iterator[Step]:
        for place, infno in enumerate(plan):
            factor = rng.lognormvariate(-(self._sigma**2) / 2, self._sigma)
            if (infno in TRIALS and not trial) or (infno in CANCELS and not cancelled):
                continue
            gap = _US * self._gaps[_GAP[infno]] * factor / self._asked.compress if place else 0.0
            yield Step(infno, round(gap))


def _expect(asked: _Asked) -> None:
    """Refuse what cannot be compiled; raises InputError."""
    scenario, rate, name = asked.scenario, asked.rate, asked.scenario.id
    if asked.arrivals not in ARRIVALS or (asked.arrivals == DAY) != (rate is None):
        problem = f'is "{asked.arrivals}"' + ("" if rate is None else " beside a rate")
        raise InputError(name, "arrivals", problem, "give poisson or uniform with a rate, or day without one")
    if rate is not None and not (0 < rate <= _FASTEST and asked.seconds is not None):
        problem = f"is {rate:g}" if asked.seconds is not None else "stands without seconds"
        raise InputError(name, "rate", problem, f"give up to {_FASTEST} visits a second, and for how many seconds")
    for key, value in (("seconds", asked.seconds), ("compress", asked.compress), ("scale", asked.scale)):
        if value is not None and not 0 < value < 1e9:
            raise InputError(name, key, f"is {value:g}", "give a number above 0")
    if not scenario.start <= asked.day <= scenario.end:
        raise InputError(name, "day", f"is {asked.day}", f"give a day from {scenario.start} to {scenario.end}")
    if asked.city and not scenario.network.is_own(asked.city):
        raise InputError(name, "city", f'is "{asked.city}", no city of the province', "give one of the network")
    _expect_open(scenario, asked.day)


def _expect_open(scenario: Scenario, day: dt.date) -> None:
    """Refuse a kind of care that the pack does not open to visitors; raises InputError."""
    record = scenario.pack.find("process.open_care", day, "*")
    opened = record.value if record is not None else (INPATIENT,)
    assert isinstance(opened, tuple)
    for care, share in scenario.table("traffic.care_mix").items():
        if share and care not in opened:
            problem = f"is {share:g}, but {scenario.pack.id} does not open this care to visitors on {day}"
            raise InputError(scenario.id, f"traffic.care_mix.{care}", problem, "set it to 0, or take another pack")
