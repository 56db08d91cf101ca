"""What befalls one traveller: drawn in a fixed order from the streams of the stay, so that no answer of a platform and
no changed rate shifts another draw."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from simulator.core.values.areas import LEVELS, Area, Institution
from simulator.core.values.people import Person
from simulator.inputs.people import Demography, make_person
from simulator.inputs.scenarios import Scenario
from simulator.inputs.streams import Streams
from simulator.world.bills import Wanted
from simulator.world.clock import HOUR_MS
from simulator.world.steps import Steps
from simulator.world.travellers import FILES, Travellers
from simulator.world.weights import Weights

_DISCHARGE_SHIFT_DAYS = 6


class Story(NamedTuple):
    """One stay as it would go. ``kind`` is why the person travels; chances in [0, 1) are to be held against a rate;
    ``rng`` goes on with the bill.
    """

    visit: str
    person: Person
    kind: str
    ncms: bool
    hospital: Institution
    city: str
    admitted_ms: int
    discharged_ms: int
    wanted: Wanted
    filing_type: str
    filing_chance: float
    cash_chance: float
    unmapped_chance: float
    collect_days: float
    service_workdays: int
    rng: random.Random


class Teller:
    """Tells stories of the travellers of a scenario."""

    def __init__(self, scenario: Scenario, streams: Streams, scale: float) -> None:
        self._scenario = scenario
        self._streams = streams
        self._ncms_share = Steps(scenario, "demand.ncms_share_from", before=scenario.number("demand.ncms_share"))
        like = Demography(
            scenario.number("demand.employee_share"),
            scenario.number("demand.retired_share"),
            scenario.table("people.account_yuan"),
            scenario.number("people.account_sigma"),
            scenario.number("people.rare_name_share"),
        )
        network = scenario.network
        pools = {city for city in network.insured if network.employees_only(city)}
        self._like = {
            city: like._replace(employee_share=1.0) if city in pools else like for city in network.national.cities
        }
        self._employees_only = pools
        self._outflow = {city: Weights(row) for city, row in network.outflow.items()}
        self._insured = Weights(network.insured)
        self._beyond = network.beyond.city if network.beyond else ""
        if self._beyond:
            self._outflow[self._beyond] = Weights(network.tertiary_pull)
        self._levels = Weights({level: scenario.table("demand.level_mix")[level] for level in LEVELS})
        self._hospitals = _by_city_and_level(scenario)
        self._areas = {
            city: [(area.code, network.area_share.get(area.code, 1.0)) for area in areas]
            for city, areas in _areas_by_city(scenario).items()
        }
        self._length, self._length_sigma = scenario.table("stay.length_days"), scenario.number("stay.length_sigma")
        self._cost, self._cost_sigma = scenario.table("stay.cost_yuan"), scenario.number("stay.cost_sigma")
        self._lines = scenario.table("stay.lines")
        self._class_shares = scenario.number("stay.class_c_share"), scenario.number("stay.class_b_share")
        self._discharge_hours = Weights(dict(enumerate(scenario.numbers("stay.discharge_hour_weights"))))
        self._discharge_weekday = scenario.numbers("stay.discharge_weekday_factor")
        self._shape = Travellers(scenario, streams)
        self._filing_types = Weights(scenario.table("filing.type_mix"))
        self._collect_days = scenario.number("manual.collect_days")
        self._service = scenario.number("manual.service_workdays"), scenario.number("manual.service_spread")
        self._first_day = dt.datetime.combine(scenario.start, dt.time())
        self._travellers = {city: _pool(scenario, city, scale) for city in network.national.cities}
        self._outward = {city: _outward_pool(scenario, city, scale, self._travellers[city]) for city in network.insured}

    def share(self, city: str, treatment: str) -> float:
        """Return which share of the travellers of a city is treated in another."""
        flow = self._outflow[city].choices
        return self._outflow[city].weight(treatment) if treatment in flow else 0.0

    def tell_outward(self, visit: str, admitted_ms: int) -> Story:
        """Tell a stay in another province, of a traveller of one of the province's cities."""
        city = self._insured.pick(self._streams.stream("stay", visit, "home").random())
        return self._told(city, visit, admitted_ms, self._outward[city], self._beyond)

    def tell(self, city: str, visit: str, admitted_ms: int, treatment: str = "") -> Story:
        """Tell the stay that begins at ``admitted_ms`` for a traveller of ``city``, in a city that may be given."""
        return self._told(city, visit, admitted_ms, range(self._travellers[city]), treatment)

    def _told(self, city: str, visit: str, admitted_ms: int, people: range, treatment: str = "") -> Story:
        """Tell a stay of one of ``people`` of a city, by index; ``treatment`` fixes the city of the hospital."""
        rng = self._streams.stream("stay", visit, "story")
        chances = [rng.random() for _ in range(9)]
        index = people[int(chances[0] * len(people))]
        person = make_person(
            self._streams, city, index, areas=self._areas[city], like=self._like[city], year=self._scenario.start.year
        )
        person, kind = self._shape.shaped(person, city, index)
        treatment = treatment or self._outflow[city].pick(chances[1])
        level = self._levels.pick(chances[2])
        hospital = self._hospital(treatment, level, chances[3])
        days = _lognormal(rng, self._length[hospital.level], self._length_sigma)
        discharged_ms = self._discharge(admitted_ms, max(round(days), 1), rng)
        cost = round(100 * _lognormal(rng, self._cost[hospital.level], self._cost_sigma))
        nights = max((discharged_ms - admitted_ms) // (24 * HOUR_MS), 1)
        wanted = Wanted(cost, nights, int(self._lines["least"]), int(self._lines["most"]), *self._class_shares)
        return Story(
            visit=visit,
            person=person,
            kind=kind,
            ncms=city not in self._employees_only and chances[4] < self._ncms_share.at(self._day(admitted_ms)),
            hospital=hospital,
            city=treatment,
            admitted_ms=admitted_ms,
            discharged_ms=discharged_ms,
            wanted=wanted,
            filing_type=FILES.get(kind) or self._filing_types.pick(chances[5]),
            filing_chance=chances[6],
            cash_chance=chances[7],
            unmapped_chance=chances[8],
            collect_days=rng.expovariate(1.0) * self._collect_days,
            service_workdays=max(round(_lognormal(rng, *self._service)), 1),
            rng=rng,
        )

    def _day(self, ms: int) -> dt.date:
        return (self._first_day + dt.timedelta(milliseconds=ms)).date()

    def _hospital(self, city: str, level: str, chance: float) -> Institution:
        """Pick a hospital of the level, or of the next level the city has."""
        pools = self._hospitals[city]
        for candidate in (level, *LEVELS):
            pool = pools.get(candidate)
            if pool:
                return pool[int(chance * len(pool))]
        raise AssertionError(f"the network gives {city} no hospital")

    def _discharge(self, admitted_ms: int, days: int, rng: random.Random) -> int:
        """Return the moment of discharge: about ``days`` later, shifted to a likely weekday, at a likely hour."""
        admitted = self._first_day + dt.timedelta(milliseconds=admitted_ms)
        day = (admitted + dt.timedelta(days=days)).date()
        highest = max(self._discharge_weekday)
        for _ in range(_DISCHARGE_SHIFT_DAYS):
            if rng.random() * highest < self._discharge_weekday[day.weekday()]:
                break
            day += dt.timedelta(days=1)
        hour = self._discharge_hours.pick(rng.random())
        midnight = (dt.datetime.combine(day, dt.time()) - self._first_day) // dt.timedelta(milliseconds=1)
        return midnight + hour * HOUR_MS + rng.randrange(HOUR_MS)


def _pool(scenario: Scenario, city: str, scale: float) -> int:
    """Return how many different people of a city travel within a year, at least one."""
    insured = scenario.network.insured
    if city in insured:
        stays = scenario.number("demand.stays_per_year") * scale * insured[city] / sum(insured.values())
    else:
        stays = scenario.number("demand.cross_province_in") * scale
    return max(math.ceil(stays / scenario.number("demand.stays_per_traveller")), 1)


def _outward_pool(scenario: Scenario, city: str, scale: float, first: int) -> range:
    """Return who of a city travels to another province: other people, so that no bed inside is empty for them."""
    if scenario.network.beyond is None:
        return range(0)
    insured = scenario.network.insured
    stays = scenario.number("demand.cross_province_out") * scale * insured[city] / sum(insured.values())
    return range(first, first + max(math.ceil(stays / scenario.number("demand.stays_per_traveller")), 1))


def _areas_by_city(scenario: Scenario) -> Mapping[str, Sequence[Area]]:
    found: dict[str, list[Area]] = {city: [] for city in scenario.network.national.cities}
    for area in scenario.network.national.areas.values():
        found[area.city].append(area)
    return found


def _by_city_and_level(scenario: Scenario) -> Mapping[str, Mapping[str, Sequence[Institution]]]:
    registry = scenario.network.national
    pools: dict[str, dict[str, list[Institution]]] = {city: {} for city in registry.cities}
    for institution in registry.institutions.values():
        pools[registry.areas[institution.area].city].setdefault(institution.level, []).append(institution)
    return pools


def _lognormal(rng: random.Random, mean: float, sigma: float) -> float:
    return mean * math.exp(rng.gauss(0.0, sigma) - sigma * sigma / 2)
