"""Networks: 13 cities, 55 pooling areas, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from simulator.core.values.areas import LEVELS, TERTIARY
from simulator.inputs import InputError, Network, load_network

NOTICE = dt.date(2016, 5, 24)
TEXT = (files("scenarios") / "networks" / "jiangsu.toml").read_text(encoding="utf-8")
NANJING_FLOW = next(line for line in TEXT.splitlines() if line.startswith("320100 = "))
NANJING_CITY = next(line for line in TEXT.splitlines() if line.startswith('  { code = "320100"'))


@pytest.fixture(scope="module")
def network() -> Network:
    return load_network("jiangsu")


def test_jiangsu_has_13_cities_and_55_pooling_areas(network: Network) -> None:
    assert len(network.registry.cities) == 13
    assert len(network.registry.areas) == 55
    assert Counter(code.endswith("99") for code in network.registry.areas) == {True: 13, False: 42}
    assert network.province.code == "320000"


@pytest.mark.parametrize(("code", "zh", "city"), [("320829", "洪泽县", "320800"), ("320684", "海门市", "320600")])
def test_counties_bear_the_names_of_may_2016(network: Network, code: str, zh: str, city: str) -> None:
    assert network.registry.areas[code].zh == zh
    assert network.registry.city_of(code) == city


def test_a_city_district_belongs_to_its_city(network: Network) -> None:
    assert network.registry.areas["320199"].zh == "南京市市区"
    assert network.registry.city_of("320199") == "320100"


def test_all_districts_and_most_counties_are_connected_before_the_notice_and_all_by_the_target(
    network: Network,
) -> None:
    areas = network.registry.areas.values()
    days = {area.code: area.connected_on for area in areas if area.connected_on}
    assert len(days) == 55
    early = {code for code, day in days.items() if day < NOTICE}
    assert {code for code in days if code.endswith("99")} <= early
    assert len(early) == 13 + 25
    assert max(days.values()) <= dt.date(2016, 10, 31)


def test_shares_and_flows_sum_to_one(network: Network) -> None:
    for city in network.registry.cities:
        assert sum(network.area_share[area.code] for area in network.areas_of(city)) == pytest.approx(1, abs=1e-12)
        assert sum(network.outflow[city].values()) == pytest.approx(1, abs=1e-12)
        assert network.outflow[city].keys() == network.registry.cities.keys() - {city}


def test_hospitals_are_invented_by_name_and_coded_by_area(network: Network) -> None:
    for hospital in network.registry.institutions.values():
        assert "示例" in hospital.zh
        assert hospital.code[:7] == f"H{hospital.area}"


def test_every_city_has_all_levels_and_an_open_tertiary_hospital_at_the_notice(network: Network) -> None:
    for city in network.registry.cities:
        hospitals = network.hospitals_of(city)
        assert {each.level for each in hospitals} == set(LEVELS)
        assert any(
            each.level == TERTIARY
            and network.registry.open_for_visitors(each.code, NOTICE)
            and network.registry.connected(each.area, NOTICE)
            for each in hospitals
        )


def test_some_hospitals_open_during_2016_and_some_never(network: Network) -> None:
    opened = [each.opened_on for each in network.registry.institutions.values()]
    assert sum(day is not None and day < NOTICE for day in opened) > len(opened) / 2
    assert any(day is not None and day > NOTICE for day in opened)
    assert None in opened


def test_who_opened_has_the_clause_in_its_agreement_unless_the_file_says_otherwise(network: Network) -> None:
    assert all(each.agreed_on == each.opened_on for each in network.registry.institutions.values())
    assert network.registry.without_clause(NOTICE) == ()


def test_every_column_has_a_basis_that_resolves_and_every_assumption_is_used(network: Network) -> None:
    assert {basis.assumption for basis in network.basis.values()} == set(network.assumptions)
    assert {"insured", "areas", "connected_on", "outflow", "hospitals", "opened_on"} <= network.basis.keys()


def test_people_are_whole_numbers_and_shares_floats(network: Network) -> None:
    assert network.insured["320500"] == 11_733_188
    assert isinstance(network.area_share["320281"], float)


WRONG = {
    "unknown key": ('zh = "江苏省"', 'zh = "江苏省", nane = "x"', "province.nane", "unknown key"),
    "missing city": (NANJING_CITY, "", "areas[1].city", "which the file does not have"),
    "missing row of the matrix": (NANJING_FLOW, "", "outflow.320100", "add a row for every city"),
    "shares of a flow": ("320200 = 0.1227", "320200 = 0.1228", "outflow.320100", "sums to 1.0001, not to 1"),
    "a city flows to itself": ("320200 = 0.1227", "320100 = 0.1227", "outflow.320100.320100", "to itself"),
    "a flow to nowhere": ("320200 = 0.1227", "320201 = 0.1227", "outflow.320100.320201", 'write "320200"'),
    "a row of no city": (NANJING_FLOW, f"{NANJING_FLOW}\n329900 = {{ 320100 = 1 }}", "outflow.329900", "no city"),
    "area shares": (
        "insured_share = 0.252",
        "insured_share = 0.253",
        "areas of city 320200, insured_share",
        "sums to 1.001",
    ),
    "repeated area": ('code = "320282"', 'code = "320281"', "areas[4].code", "repeats 320281"),
    "area of no city": ('"Jiangyin", city = "320200"', '"Jiangyin", city = "320201"', "areas[3].city", "320200"),
    "hospital of no area": ('area = "320281"', 'area = "320299x"', "hospitals[", "six digits"),
    "hospital of an unknown area": ('area = "320281"', 'area = "320280"', "hospitals[", "does not have"),
    "negative insured": ("insured = 8573008", "insured = -8573008", "cities[1].insured", "below 1"),
    "insured as a decimal": ("insured = 8573008", "insured = 8573008.5", "cities[1].insured", "whole number|persons"),
    "more employees than insured": (
        "insured_employee = 2657633",
        "insured_employee = 9657633",
        "cities[1].insured_employee",
        "more than insured",
    ),
    "date in quotes": ("connected_on = 2013-11-01", 'connected_on = "2013-11-01"', "areas[3].connected_on", "quotes"),
    "impossible date": ("connected_on = 2013-11-01", "connected_on = 2013-11-31", "line ", "not TOML"),
    "unknown assumption": ('outflow = "A-OUTFLOW"', 'outflow = "A-OUTFLOWS"', "basis.outflow", "not declared"),
    "missing basis": ('outflow = "A-OUTFLOW"', "", "basis.outflow", "is missing"),
    "unknown level": ('level = "tertiary"', 'level = "tertiery"', "hospitals[1].level", 'write "tertiary"'),
}


@pytest.mark.parametrize(("old", "new", "key", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_network_is_refused_with_file_key_and_cure(
    tmp_path: Path, old: str, new: str, key: str, words: str
) -> None:
    assert old in TEXT
    path = tmp_path / "net.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=words) as caught:
        load_network(path)
    assert caught.value.file == str(path)
    assert caught.value.key.startswith(key)


def test_a_city_without_hospitals_is_refused(tmp_path: Path) -> None:
    lines = [line for line in TEXT.splitlines() if not line.startswith('  { code = "H3213')]
    (tmp_path / "net.toml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError, match="has none in city 321300"):
        load_network(tmp_path / "net.toml")


def test_a_city_without_areas_is_refused(tmp_path: Path) -> None:
    lines = [line for line in TEXT.splitlines() if not ('"3201' in line and "{ code" in line and 'city = "' in line)]
    lines = [line for line in lines if not line.startswith('  { code = "H3201')]
    (tmp_path / "net.toml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError, match="has none of city 320100"):
        load_network(tmp_path / "net.toml")


def test_a_network_needs_at_least_one_city(tmp_path: Path) -> None:
    start, end = TEXT.index("cities = ["), TEXT.index("areas = [")
    (tmp_path / "net.toml").write_text(TEXT[:start] + "cities = []\n" + TEXT[end:], encoding="utf-8")
    with pytest.raises(InputError, match="cities: has 0 entries; give the cities, at least one"):
        load_network(tmp_path / "net.toml")
