"""The clearing offices of a city, a province and the ministry, put together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from simulator.core.benefit.settlement import Settlement
from simulator.core.clearing.agency import Agency
from simulator.core.clearing.applications import Adjusted, Applications
from simulator.core.clearing.choice import Doubts
from simulator.core.clearing.city import CityMember
from simulator.core.clearing.deadlines import CITY, PROVINCE, Deadlines
from simulator.core.clearing.diary import Diary
from simulator.core.clearing.guard import Guard
from simulator.core.clearing.house import House
from simulator.core.clearing.institutions import Institutions
from simulator.core.clearing.months import last_day, month_of
from simulator.core.clearing.papers import CROSS_PROVINCE_SHEET, IN_PROVINCE_SHEET
from simulator.core.clearing.pool import Pool
from simulator.core.clearing.prepaid import Prepaid
from simulator.core.clearing.prepayer import Prepayer
from simulator.core.clearing.province import HouseSource, ProvinceMember
from simulator.core.clearing.rows import Rows
from simulator.core.clearing.unlike import Unlike
from simulator.core.network.router import Router
from simulator.core.reconciliation.split import CONFIRMED, DECLINED, ROLLED_BACK, Split
from simulator.core.visits.home import Home


class CityDesks(NamedTuple):
    """The clearing offices of a city."""

    rows: Rows
    institutions: Institutions
    member: CityMember
    prepayer: Prepayer
    agency: Agency
    diary: Diary
    unlike: Unlike


class ProvinceDesks(NamedTuple):
    """The clearing offices of a province."""

    house: House
    applications: Applications
    prepaid: Prepaid
    guard: Guard
    pool: Pool
    agency: Agency
    diary: Diary
    member: ProvinceMember


class MinistryDesks(NamedTuple):
    """The clearing offices of the ministry."""

    house: House
    applications: Applications


def city_desks(
    city: Home, province: str, split: Split, level: Callable[[str], bool], disputed: Callable[[str], frozenset[str]]
) -> CityDesks:
    """Put a city's offices together and install them.

    ``split`` knows what institutions confirmed, ``level`` whether a month is closed to reconciliation: where the pack
    says so (``clearing.rules.reconciled_first``), only what is both is claimed. What was declined never is, and the
    settlements of a month (``2016-10``) that are ``disputed`` wait for the answer.
    """

    def first(day: dt.date) -> bool:
        record = city.pack.find("clearing.rules.reconciled_first", day, city.code)
        return record is not None and bool(record.value)

    def left_out(row: Settlement) -> bool:
        state = split.state(row.setl_id, month_of(row.at))
        return state != CONFIRMED if first(row.at.date()) else state in {DECLINED, ROLLED_BACK}

    deadlines = Deadlines(city.pack, city.calendar, city.code)
    unlike = Unlike(city.code)
    rows = Rows(city.code, city.pack, Doubts(left_out, unlike.visits, disputed))
    institutions = Institutions(city.code, city.registry, rows, province)
    member = CityMember(city, province, rows, deadlines, lambda month: level(month) or not first(last_day(month)))
    prepayer = Prepayer(city, province)
    agency = Agency(city, city.registry, city.pack, deadlines, province)
    agency.sources = (member, prepayer)
    member.settle = prepayer.settle = agency.settle
    member.sealed = lambda number: number in agency.seals
    desks = CityDesks(rows, institutions, member, prepayer, agency, Diary(city.code, agency, deadlines, CITY), unlike)
    city.install(*desks)
    return desks


def province_desks(province: Router, ministry: str, adjusted: Adjusted) -> ProvinceDesks:
    """Put a province's offices together and install them; its members are the cities that are its own.

    ``adjusted`` knows what disputes have raised bills by in a month (six digits), by treatment and insured city.
    """
    registry = province.registry
    members = sorted(city for city in registry.cities if registry.province_of(city) in {"", province.code})
    deadlines = Deadlines(province.pack, province.calendar, province.code)
    house = House(province, IN_PROVINCE_SHEET, members, adjusted, books=True)
    prepaid = Prepaid(province, house)
    agency = Agency(province, registry, province.pack, deadlines, ministry)
    source = HouseSource(province.code, house, prepaid.covered, agency)
    member = ProvinceMember(province, ministry, house, source, deadlines)
    agency.sources = (source, member, prepaid)
    member.settle = house.settle = prepaid.settle = agency.settle
    desks = ProvinceDesks(
        house,
        house.applications,
        prepaid,
        Guard(province, house, prepaid),
        Pool(province, house, prepaid, agency),
        agency,
        Diary(province.code, agency, deadlines, PROVINCE),
        member,
    )
    province.install(*desks)
    return desks


def ministry_desks(ministry: Router, adjusted: Adjusted) -> MinistryDesks:
    """Put the ministry's offices together and install them; its members are the provinces.

    ``adjusted`` is as for a province.
    """
    members = sorted(set(ministry.registry.provinces.values()))
    house = House(ministry, CROSS_PROVINCE_SHEET, members, adjusted, books=False)
    desks = MinistryDesks(house, house.applications)
    ministry.install(*desks)
    return desks
