"""Makes the platforms of a province and of what lies beyond it, as they start: knowing nobody, owing nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import schemas
from simulator.core.catalogue.dictionary import CodeTables
from simulator.core.catalogue.items import EMPTY, Catalogue
from simulator.core.clearing.finance import Finance
from simulator.core.clearing.parties import finance_of
from simulator.core.network.city import City
from simulator.core.network.ministry import Ministry
from simulator.core.network.province import Province
from simulator.core.network.router import Router
from simulator.core.platform.node import Node
from simulator.core.values.calendar import WorkCalendar
from simulator.core.values.parameters import PolicyPack
from simulator.inputs.catalogues import load_catalogue
from simulator.inputs.networks import Network, load_network
from simulator.inputs.packs import load_pack
from simulator.inputs.workdays import work_calendar


@cache
def code_tables() -> CodeTables:
    """Return the code tables of the interface with the Chinese labels, as an institution may ask for them (1901)."""
    known = schemas.load().tables
    return {name: {code: label.zh for code, label in table.labels.items()} for name, table in known.items()}


@dataclass(frozen=True)
class Ground:
    """What platforms stand on: places, rules, catalogues (own and of the other province) and the calendar."""

    network: Network
    pack: PolicyPack
    catalogue: Catalogue
    beyond_catalogue: Catalogue | None
    calendar: WorkCalendar

    def catalogue_of(self, city: str) -> Catalogue:
        """Return the catalogue a city prices by."""
        own = self.beyond_catalogue is None or self.network.is_own(city)
        return self.catalogue if own or self.beyond_catalogue is None else self.beyond_catalogue

    def cities(self, today: dt.date) -> dict[str, City]:
        """Make the cities' platforms, those of the other province among them."""
        network, codes = self.network, code_tables()
        return {
            code: City(
                code,
                registry=network.national,
                catalogue=self.catalogue_of(code),
                pack=self.pack,
                calendar=self.calendar,
                province=network.national.province_of(code) or network.province.code,
                today=today,
                codes=codes,
            )
            for code in network.national.cities
        }

    def routers(self, today: dt.date) -> dict[str, Router]:
        """Make the province, and the other province and the ministry where the network has them."""
        beyond, own = self.network.beyond, self.network.province.code
        ministry = beyond.ministry if beyond else ""
        common = self._common(today) | {"calendar": self.calendar}
        libraries = {own: self.catalogue}
        if beyond:
            libraries[beyond.province.code] = self.beyond_catalogue or EMPTY
        routers: dict[str, Router] = {
            code: Province(code, ministry=ministry, catalogue=library, **common) for code, library in libraries.items()
        }
        return routers | ({ministry: Ministry(ministry, **common)} if beyond else {})

    def finances(self, today: dt.date, areas: Iterable[str]) -> dict[str, Finance]:
        """Make the finance departments beside platforms, by their own party codes."""
        common = self._common(today)
        return {finance_of(area): Finance(area, platform=area, **common) for area in areas}

    def nodes(self, today: dt.date) -> dict[str, Node]:
        """Make every platform of the province and beyond, and the finance departments."""
        cities, routers = self.cities(today), self.routers(today)
        areas = {**cities, **{code: router for code, router in routers.items() if code.endswith("0000")}}
        nodes: dict[str, Node] = {**cities, **routers, **self.finances(today, areas)}
        return nodes

    def _common(self, today: dt.date) -> dict[str, Any]:
        return {"registry": self.network.national, "pack": self.pack, "today": today}


def ground_of(pack: str, network: str = "jiangsu", catalogue: str = "jiangsu-2023") -> Ground:
    """Read what platforms stand on that a policy pack names. Raises InputError."""
    places = load_network(network)
    beyond = load_catalogue(places.beyond.catalogue) if places.beyond else None
    return Ground(places, load_pack(pack), load_catalogue(catalogue), beyond, work_calendar())
