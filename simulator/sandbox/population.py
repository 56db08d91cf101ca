"""The invented population of a sandbox: in every pooling area the same people, each there for one outcome.

The last three digits of ``psn_no`` say what a person is here for (:mod:`simulator.sandbox.kinds`), so that a test
chooses an outcome by choosing a person. Identity numbers begin with an area code that never existed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from simulator.core.benefit.bill import NO_TOTALS
from simulator.core.benefit.rules import Circumstance, NoSuchCare, rules_for
from simulator.core.claims.case import Reimburse
from simulator.core.claims.claim import Claim
from simulator.core.clearing.actions import Endow
from simulator.core.clearing.parties import finance_of
from simulator.core.filing.actions import CheckFilings, ClearInvalid
from simulator.core.filing.declarations import CHRONIC, Declaration, Declared
from simulator.core.filing.facts import Filed, Left
from simulator.core.filing.filing import Filing
from simulator.core.values.areas import TERTIARY
from simulator.core.values.parameters import NotInForce, PolicyPack
from simulator.core.values.people import Person
from simulator.core.visits.insured import AccountFrozen, Enrolled
from simulator.inputs.networks import Network
from simulator.inputs.people import identity_number
from simulator.sandbox.kinds import KINDS, OTHER_PROVINCE, Kind

OPENING_FEN = 10**12
"""What each city's fund holds at the start (10 billion yuan): no payment waits for it."""
_PER_AREA = 100  # identity numbers set aside for an area
_NEWBORN_DAYS, _GONE_DAYS = 3, 20
_MOVED_AWAY, _MOVED_HERE = 23, 24
_DISEASES = {"M01600": "糖尿病"}


def number_of(psn_no: str) -> int:
    """Return what a person is here for by the number, 0 for one who is not of the invented population."""
    area, number = psn_no[:6], psn_no[6:]
    known = len(psn_no) == 18 and area.isdigit() and number.isdigit() and int(number) <= KINDS[-1].number
    return int(number) if known else 0


def kind_of(number: int) -> Kind | None:
    """Return a kind by its number."""
    return next((kind for kind in KINDS if kind.number == number), None)


def person_of(network: Network, area: str, index: int, kind: Kind, today: dt.date) -> Person:
    """Return the person of a kind in a pooling area, the ``index``-th area of the network."""
    of, at, number = area, index, kind.number
    if number == _MOVED_HERE:  # the same person as the one who left the area before
        at = (index - 1) % len(network.national.areas)
        of, number = list(network.national.areas)[at], _MOVED_AWAY
    city = network.national.city_of(of) or of
    born = dt.date(today.year - kind.age, 1 + number % 12, 1 + number % 28)
    if kind.age == 0:
        born = today - dt.timedelta(days=_NEWBORN_DAYS)
    return Person(
        psn_no=psn_no_of(area, kind.number),
        certno=identity_number(city, at * _PER_AREA + number, born, kind.gender),
        name=kind.name,
        gender=kind.gender,
        born=born,
        insutype=kind.insutype,
        psn_type=kind.psn_type,
        insured_area=area,
        balance=kind.balance,
        identities=kind.identities,
        family=psn_no_of(area, kind.family) if kind.family else "",
    )


def psn_no_of(area: str, number: int) -> str:
    """Return the number of the person of a kind in a pooling area."""
    return f"{area}{number:012d}"


def population(network: Network, today: dt.date) -> Iterator[tuple[str, Any]]:
    """Return the facts that tell platforms of the people: (platform, fact)."""
    registry = network.national
    for index, area in enumerate(registry.areas):
        home = registry.city_of(area) or area
        province = registry.province_of(home) or network.province.code
        for kind in KINDS:
            person = person_of(network, area, index, kind, today)
            yield home, Enrolled(person)
            if kind.filing:
                filing = _filing(network, person, kind, province, today)
                yield home, Filed(filing)
                yield province, Filed(filing, person)
            if kind.chronic:
                yield home, Declared(_declaration(person, kind, today))
            if kind.frozen:
                yield home, AccountFrozen(person.psn_no)
            if kind.left:
                yield home, Left(person.psn_no, today - dt.timedelta(days=_GONE_DAYS), kind.left)


def _paid_before(network: Network, pack: PolicyPack, today: dt.date) -> Iterator[tuple[str, Reimburse]]:
    registry = network.national
    for area in registry.areas:
        for kind in KINDS:
            for number, (in_scope, care) in enumerate(kind.paid, 1):
                if not _pays(pack, registry.city_of(area) or area, kind, care, today):
                    continue
                psn_no = psn_no_of(area, kind.number)
                claim = Claim(
                    claim_id=f"SG{psn_no}{number}",
                    psn_no=psn_no,
                    hospital=f"P{number:011d}",  # not designated, and one for each: care is paid for once
                    level=TERTIARY,
                    treatment_area=area,
                    filing_type="",
                    begin=today,
                    end=today,
                    totals=NO_TOTALS._replace(in_scope=in_scope),
                    care=care,
                )
                yield registry.city_of(area) or area, Reimburse(claim)


def opening(network: Network, pack: PolicyPack, today: dt.date) -> Iterator[tuple[str, Any]]:
    """Return what the staff does before anybody calls: (platform, action).

    It opens the accounts of cities and their finance, ends the filings of those who died or moved away (JL-6.4), and
    pays the bills that people have handed in by hand: of care that the pack pays for.
    """
    for city in network.national.cities:
        yield city, Endow(OPENING_FEN)
        yield finance_of(city), Endow(OPENING_FEN)
        yield city, CheckFilings(today)
        yield city, ClearInvalid(today)
    yield from _paid_before(network, pack, today)


def _pays(pack: PolicyPack, city: str, kind: Kind, care: str, today: dt.date) -> bool:
    """Tell whether a pack pays for a kind of care on a day."""
    try:
        rules_for(pack, Circumstance(city, kind.insutype, kind.psn_type, TERTIARY, "", today, care))
    except (NoSuchCare, NotInForce):
        return False
    return True


def _filing(network: Network, person: Person, kind: Kind, province: str, today: dt.date) -> Filing:
    """Return the filing of a person: for all of the own province, or for the other one only."""
    provinces = [network.province.code, *([network.beyond.province.code] if network.beyond else [])]
    other = next((code for code in provinces if code != province), province)
    target = other if kind.target == OTHER_PROVINCE else province
    begin = today + dt.timedelta(days=kind.first)
    end = None if kind.last is None else today + dt.timedelta(days=kind.last)
    made = Filing(person.psn_no, kind.filing, person.insured_area, target, begin, end, commitment=kind.commitment)
    return made.numbered()


def _declaration(person: Person, kind: Kind, today: dt.date) -> Declaration:
    begin = today - dt.timedelta(days=30)
    sn = f"BD{person.psn_no}"
    name = _DISEASES[kind.chronic]
    return Declaration(sn, CHRONIC, person.psn_no, person.insutype, kind.chronic, name, begin, approved=True)
