"""Who is still to come into direct settlement, by which day the ledger wants it, and who is newly designated."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from simulator.core.values.areas import LEVELS, PRIMARY, Institution, Registry
from simulator.inputs.institutions import (
    ACROSS,
    ALL,
    CLINIC,
    HOSPITAL,
    INPATIENT,
    OTHER,
    PHARMACY,
    Designated,
)
from simulator.inputs.networks import Network
from simulator.inputs.scenarios import Scenario
from simulator.inputs.streams import Streams

GROUP = "onboarding"
CLASSES = (HOSPITAL, PRIMARY, CLINIC, PHARMACY)
"""The classes of institutions: with beds, of the lowest level with beds, without beds."""
_FIRST_NUMBER = 70_001  # of the newly designated, above those of the file
_YEAR_DAYS = 365
_LATE_DAYS = 60  # how late a day in the ledger is that was set by mistake
_DAY = dt.timedelta(days=1)


@dataclass
class Entrant:
    """A designated institution and its way in.

    ``planned`` is its day in the ledger of those that were not connected, ``invited`` when it is asked to begin;
    both are None where nothing is left to do. ``fresh`` tells that it was designated after the notice. Its way:
    ``changed``, ``tested``, ``agreed``, each the last day of its stage; ``tests`` made and ``failed``; ``local`` is the
    day it opened for its own area, ``opened`` for visitors of the province, ``across`` of other provinces, ``clause``
    is that of an agreement with cross-region care in it. ``stage`` is where it stands.
    """

    place: Designated
    owner: str
    manager: str
    fresh: bool
    planned: dt.date | None = None
    invited: dt.date | None = None
    entries: int = 0
    changed: dt.date | None = None
    tested: dt.date | None = None
    agreed: dt.date | None = None
    clause: dt.date | None = None
    local: dt.date | None = None
    opened: dt.date | None = None
    across: dt.date | None = None
    tests: int = 0
    failed: int = 0
    stage: str = ""

    @property
    def kind(self) -> str:
        """Return its class."""
        return class_of(self.place)

    @property
    def to_do(self) -> bool:
        """Tell whether it is still to open: for everybody if it has beds, in the province if not (JL-2.2)."""
        return self.opened is None or (self.place.inpatient and self.across is None)

    def lived(self) -> Designated:
        """Return the institution with the days on which it really opened."""
        return self.place._replace(opened_on=self.opened, across_on=self.across)


def class_of(place: Designated) -> str:
    """Return the class of an institution: hospital, primary, clinic or pharmacy."""
    return PRIMARY if place.inpatient and place.level == PRIMARY else place.kind


def owner_of(area: str, manager: str, province: str) -> str:
    """Return the code of the agency that opens, settles and manages an institution (JL-2.3).

    The province's own for what it has designated too, the city's for what city and county have, else the county's,
    which bears the code of its area here.
    """
    return {"province": province, "county": f"{area}-county"}.get(manager, area)


def opens_in_run(scenario: Scenario) -> bool:
    """Tell whether a scenario says how institutions come in."""
    return f"{GROUP}.mistakes" in scenario.figures


def enlarged(scenario: Scenario, streams: Streams) -> Scenario:
    """Return the scenario with the institutions designated in its window, its registers being this run's own."""
    network = scenario.network
    fresh = list(_fresh(scenario, streams))
    beds = {
        each.code: Institution(each.code, each.zh, each.area, each.level, None, None, dt.date.max)
        for each in fresh
        if each.inpatient
    }
    changed = dataclasses.replace(
        network,
        institutions={**network.institutions, **{each.code: each for each in fresh}},
        registry=_own(network.registry, beds),
        national=_own(network.national, beds),
    )
    return dataclasses.replace(scenario, network=changed)


def _own(registry: Registry, beds: Mapping[str, Institution]) -> Registry:
    return registry._replace(institutions={**registry.institutions, **beds})


def _fresh(scenario: Scenario, streams: Streams) -> Iterator[Designated]:
    """Yield who is newly designated, class by class, with days between them drawn from the rate."""
    network = scenario.network
    known = list(network.institutions.values())
    vendors = sorted({each.vendor for each in known})
    per_year, private = scenario.table(f"{GROUP}.new_per_year"), scenario.table(f"{GROUP}.new_private_share")
    number = _FIRST_NUMBER
    for kind in CLASSES:
        rng = streams.stream(GROUP, kind, "designations")
        days = 0.0
        while per_year[kind]:
            days += rng.expovariate(per_year[kind] / _YEAR_DAYS)
            on = scenario.start + math.ceil(days) * _DAY
            if on > scenario.end:
                break
            like = rng.choice([each for each in known if class_of(each) == kind])
            owner = "private" if rng.random() < private[kind] else "public"
            code = f"{'P' if kind == PHARMACY else 'H'}{like.area}{number}"
            zh = f"新增示例{'药店' if kind == PHARMACY else '机构'}{number - _FIRST_NUMBER + 1}"
            number += 1
            yield like._replace(
                code=code,
                zh=zh,
                ownership=owner,
                designated_on=on,
                opened_on=None,
                across_on=None,
                vendor=rng.choice(vendors),
            )


def entrants_of(scenario: Scenario, streams: Streams, wrong: Mapping[str, float]) -> Sequence[Entrant]:
    """Return every designated institution with its agency and its day in the ledger; ``wrong`` are the mistakes."""
    network = scenario.network
    made = [_entrant(each, scenario, streams, wrong) for each in network.institutions.values()]
    for area in network.registry.areas:
        _plan([each for each in made if each.place.area == area], scenario, streams, wrong)
    return made


def _entrant(place: Designated, scenario: Scenario, streams: Streams, wrong: Mapping[str, float]) -> Entrant:
    start, network = scenario.start, scenario.network
    manager = place.manager
    if streams.share(GROUP, place.code, "owner") < wrong["wrong_owner"]:
        manager = "county" if manager != "county" else "city"
    opened = place.opened_on if place.open(start) else None
    return Entrant(
        place,
        owner_of(place.area, manager, network.province.code),
        manager,
        fresh=place.designated_on is not None and place.designated_on >= scenario.notice_date,
        clause=_clause(network, place, opened),
        local=place.designated_on if opened else None,
        opened=opened,
        across=place.across_on if place.open_across(start) else None,
    )


def _clause(network: Network, place: Designated, opened: dt.date | None) -> dt.date | None:
    known = network.registry.institutions.get(place.code)
    return known.agreed_on if known is not None else opened


def _plan(area: Sequence[Entrant], scenario: Scenario, streams: Streams, wrong: Mapping[str, float]) -> None:
    """Set the day in the ledger of whoever is left, group by group in the order of the notice, and that of inviting."""
    by = {target.measure: target.by for target in scenario.targets}
    left = [each for each in area if each.to_do and not each.fresh]
    beds = [each for each in left if each.place.inpatient]
    others = [each for each in left if not each.place.inpatient]
    others.sort(key=lambda each: streams.share(GROUP, each.place.code, "place in the ledger"))
    standing = sum(not each.place.inpatient and not each.fresh for each in area)
    first = max(math.ceil(standing * scenario.number(f"{GROUP}.first_share")) - (standing - len(others)), 0)
    groups = (
        ([each for each in beds if each.opened], scenario.start, by.get(ACROSS)),
        ([each for each in beds if not each.opened], scenario.start, by.get(INPATIENT)),
        (others[:first], scenario.start, by.get(OTHER)),
        (others[first:], by.get(OTHER, scenario.start), by.get(ALL)),
    )
    margin = int(scenario.number(f"{GROUP}.plan_margin_days"))
    for group, since, until in groups:
        _spread(group, max(since, scenario.start), until or scenario.horizon, margin)
    lead = scenario.table(f"{GROUP}.lead_days")
    for each in area:
        if each.fresh and each.to_do:
            assert each.place.designated_on is not None
            each.planned = each.place.designated_on + int(lead[each.kind]) * _DAY
            each.invited = max(each.place.designated_on, scenario.start)
        elif each.planned is not None:
            each.invited = max(each.planned - int(lead[each.kind]) * _DAY, scenario.start)
            each.entries = int(streams.share(GROUP, each.place.code, "entry") >= wrong["no_entry"])
            if streams.share(GROUP, each.place.code, "late plan") < wrong["late_plan"]:
                each.planned = (by.get(INPATIENT if each.place.inpatient else ALL) or each.planned) + _LATE_DAYS * _DAY


def _spread(group: Sequence[Entrant], since: dt.date, until: dt.date, margin: int) -> None:
    """Spread days evenly over a time, the higher levels first."""
    levels = {level: place for place, level in enumerate(LEVELS)}
    days = max((until - since).days - margin, 0)
    ordered = sorted(group, key=lambda each: levels.get(each.place.level, len(LEVELS)))  # stable: else as they come
    for place, each in enumerate(ordered, 1):
        each.planned = since + days * place // len(ordered) * _DAY
