"""Reads networks: the cities, their pooling areas and hospitals, and where patients go.

Everything a network says is checked against itself: an area without its city, a flow to nowhere or shares that do not
sum to exactly 1 are refused. The table ``[basis]`` of the file says for each column which assumption it rests on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.requirements import load_requirements
from simulator.core.values.areas import Area, Institution, Registry
from simulator.core.values.parameters import Assumption, Basis
from simulator.inputs.errors import InputError, dotted, suggest
from simulator.inputs.institutions import (
    Designated,
    check_institutions,
    has_across,
    hospital_of,
    read_institutions,
)
from simulator.inputs.packs import Citable, read_assumptions
from simulator.inputs.toml import Source, check, find, read_toml, unique, whole_sum


@dataclass(frozen=True, slots=True)
class Province:
    """The province whose platform the cities meet on."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Beyond:
    """One generic other province behind the ministry: its platform, its one city and the catalogue it prices by."""

    ministry: str
    province: Province
    city: str
    catalogue: str
    opens_on: dt.date


@dataclass(frozen=True, slots=True)
class Network:
    """Cities and what lies between them; read it, never change its tables.

    ``registry`` holds the province's own places, ``national`` also those of the other province, ``beyond``, where the
    file has one.
    ``insured`` and ``insured_employee`` are persons by city, ``tertiary_pull`` a relative number by city.
    ``area_share`` is an area's share of the insured of its city (sums to 1 by city), ``outflow`` the shares of a
    city's cross-city stays by city of treatment (each row sums to 1). ``basis`` names what each column rests on.
    ``institutions`` are all that are designated, those without beds among them, which are not in ``registry``; there is
    one for every ``one_in`` real ones.
    """

    id: str
    province: Province
    registry: Registry
    insured: Mapping[str, int]
    insured_employee: Mapping[str, int]
    tertiary_pull: Mapping[str, float]
    area_share: Mapping[str, float]
    outflow: Mapping[str, Mapping[str, float]]
    institutions: Mapping[str, Designated]
    one_in: int
    national: Registry
    beyond: Beyond | None
    basis: Mapping[str, Basis]
    assumptions: Mapping[str, Assumption]
    digest: str

    def is_own(self, city: str) -> bool:
        """Tell whether a city belongs to the province the network is about."""
        return city in self.registry.cities

    def areas_of(self, city: str) -> tuple[Area, ...]:
        """Return the pooling areas of a city, in the order of the file."""
        return tuple(area for area in self.registry.areas.values() if area.city == city)

    def hospitals_of(self, city: str) -> tuple[Institution, ...]:
        """Return the hospitals of a city, in the order of the file."""
        areas = self.registry.areas
        return tuple(each for each in self.registry.institutions.values() if areas[each.area].city == city)

    def institutions_of(self, area: str) -> tuple[Designated, ...]:
        """Return the designated institutions of a pooling area, in the order of the file."""
        return tuple(each for each in self.institutions.values() if each.area == area)

    def employees_only(self, city: str) -> bool:
        """Tell whether a city's pool insures employees alone, as that of a province's own offices does (省直)."""
        return self.insured_employee.get(city) == self.insured.get(city, 0)


def load_network(name_or_path: str | Path) -> Network:
    """Read a network by built-in name or path.

    Raises InputError for what the schema refuses, repeated codes, an area of no city, a city without area or hospital,
    a hospital of no area, a flow from, to or inside a wrong city, shares that do not sum to exactly 1, and another
    province without a basis or with codes of this one.
    """
    return read_network(find("network", name_or_path))


def read_network(source: Source) -> Network:
    """Read a network from a file; as `load_network`."""
    document = read_toml(source)
    data, name = document.data, document.name
    check(data, "network", name)
    _consistent(data, name)
    assumptions = read_assumptions(data)
    citable = Citable(load_requirements().rows, assumptions)
    cities = data["cities"]
    return Network(
        id=data["id"],
        province=Province(**data["province"]),
        registry=_registry(data),
        insured={city["code"]: city["insured"] for city in cities},
        insured_employee={city["code"]: city["insured_employee"] for city in cities},
        tertiary_pull={city["code"]: float(city["tertiary_pull"]) for city in cities},
        area_share={area["code"]: float(area["insured_share"]) for area in data["areas"]},
        institutions=read_institutions(data),
        one_in=data.get("one_in", 1),
        national=_national(data),
        beyond=_beyond(data["beyond"]) if "beyond" in data else None,
        outflow={home: {city: float(part) for city, part in row.items()} for home, row in data["outflow"].items()},
        basis={
            column: citable.basis({"assumption": each}, name, f"basis.{column}")
            for column, each in data["basis"].items()
        },
        assumptions=assumptions,
        digest=document.digest,
    )


def _beyond(row: Mapping[str, Any]) -> Beyond:
    opens_on = row["area"]["connected_on"]
    return Beyond(row["ministry"], Province(**row["province"]), row["city"]["code"], row["catalogue"], opens_on)


def _national(data: Mapping[str, Any]) -> Registry:
    """Return the registry of both provinces; that of the one where there is no other."""
    own = _registry(data)
    row = data.get("beyond")
    if row is None:
        return own
    city = row["city"]
    other = _registry(
        {
            "basis": {},
            "cities": [city],
            "areas": [{**row["area"], "city": city["code"]}],
            "hospitals": [{**each, "area": row["area"]["code"]} for each in row["hospitals"]],
        }
    )
    return Registry(
        cities={**own.cities, **other.cities},
        areas={**own.areas, **other.areas},
        institutions={**own.institutions, **other.institutions},
        provinces={**dict.fromkeys(own.cities, data["province"]["code"]), city["code"]: row["province"]["code"]},
    )


def _registry(data: Mapping[str, Any]) -> Registry:
    return Registry(
        cities={city["code"]: (city["zh"], city["en"]) for city in data["cities"]},
        areas={
            row["code"]: Area(row["code"], row["zh"], row["en"], row["city"], row.get("connected_on"))
            for row in data["areas"]
        },
        institutions={row["code"]: hospital_of(row, apart=has_across(data)) for row in data["hospitals"]},
        provinces={},
    )


def _consistent(data: Mapping[str, Any], name: str) -> None:
    """Check what a schema cannot say; raises InputError."""
    cities = {city["code"] for city in data["cities"]}
    areas = {area["code"]: area["city"] for area in data["areas"]}
    for table in ("cities", "areas", "hospitals", "others"):
        unique(data.get(table, []), "code", name, table)
    _refers(data["areas"], "city", cities, name, "areas")
    for table in ("hospitals", "others"):
        _refers(data.get(table, []), "area", areas.keys(), name, table)
    _employees(data["cities"], name)
    _area_shares(data["areas"], cities, name)
    treated = {areas[row["area"]] for row in data["hospitals"]}
    for city in sorted(cities - treated):
        raise InputError(name, "hospitals", f"has none in city {city}", "add a hospital there, or remove the city")
    _flows(data["outflow"], cities, name)
    check_institutions(data, name)
    if "beyond" in data:
        _apart(data, cities | areas.keys(), name)


def _apart(data: Mapping[str, Any], known: set[str], name: str) -> None:
    """Check that the other province is another one, and says what it rests on."""
    beyond = data["beyond"]
    unique(beyond["hospitals"], "code", name, "beyond.hospitals")
    if "beyond" not in data["basis"]:
        raise InputError(name, "basis.beyond", "is missing", "name the assumption behind the other province")
    known = known | {data["province"]["code"]} | {row["code"] for row in data["hospitals"]}
    codes = {"ministry": beyond["ministry"]} | {part: beyond[part]["code"] for part in ("province", "city", "area")}
    codes |= {dotted(["hospitals", index]): row["code"] for index, row in enumerate(beyond["hospitals"])}
    for place, code in codes.items():
        if code in known:
            raise InputError(name, f"beyond.{place}", f'is "{code}", a code of this province', "give it another code")


def _refers(rows: list[Mapping[str, Any]], column: str, known: Any, name: str, table: str) -> None:
    for index, row in enumerate(rows):
        if row[column] not in known:
            place = dotted([table, index, column])
            raise InputError(
                name, place, f'is "{row[column]}", which the file does not have', suggest(row[column], known)
            )


def _employees(rows: list[Mapping[str, Any]], name: str) -> None:
    for index, row in enumerate(rows):
        if row["insured_employee"] > row["insured"]:
            place = dotted(["cities", index, "insured_employee"])
            raise InputError(name, place, f"is more than insured ({row['insured']})", "correct one of them")


def _area_shares(rows: list[Mapping[str, Any]], cities: set[str], name: str) -> None:
    for city in sorted(cities):
        shares = [row["insured_share"] for row in rows if row["city"] == city]
        if not shares:
            raise InputError(name, "areas", f"has none of city {city}", "add its pooling areas, or remove the city")
        whole_sum(shares, name, f"areas of city {city}, insured_share")


def _flows(outflow: Mapping[str, Mapping[str, Any]], cities: set[str], name: str) -> None:
    for home in sorted(cities):
        if home not in outflow:
            raise InputError(name, f"outflow.{home}", "is missing", "add a row for every city")
    for home, row in outflow.items():
        place = f"outflow.{home}"
        if home not in cities:
            raise InputError(name, place, "is a row of no city of the file", suggest(home, cities))
        if home in row:
            raise InputError(name, f"{place}.{home}", "leads a city to itself", "remove it: only cross-city stays flow")
        for city in row:
            if city not in cities:
                raise InputError(name, f"{place}.{city}", "leads to no city of the file", suggest(city, cities))
        whole_sum(row.values(), name, place)
