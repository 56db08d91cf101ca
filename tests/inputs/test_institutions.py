"""Designated institutions: who manages them, what of them is open on a day, and what a file may not say of them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from simulator.inputs import InputError, Network, load_network
from simulator.inputs.institutions import (
    ACROSS,
    ALL,
    HOSPITAL,
    INPATIENT,
    OTHER,
    PHARMACY,
    Counted,
    Designated,
    covered,
)

NOTICE = dt.date(2019, 6, 26)
PROVINCIAL = "229900"
TEXT = (files("scenarios") / "networks" / "jilin.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def network() -> Network:
    return load_network("jilin")


def made(code: str, *, inpatient: bool = True, since: int = 0, opened: int | None, across: int | None) -> Designated:
    """An institution with days counted from the notice."""

    def day(number: int | None) -> dt.date | None:
        return None if number is None else NOTICE + dt.timedelta(number)

    kind = HOSPITAL if inpatient else PHARMACY
    return Designated(code, code, "A", kind, "", inpatient, "", day(since), ("city",), day(opened), day(across), "")


FEW = (
    made("1", opened=0, across=0),
    made("2", opened=0, across=9),
    made("3", opened=5, across=None),
    made("4", opened=None, across=None),
    made("5", since=7, opened=None, across=None),
    made("6", inpatient=False, opened=1, across=None),
    made("7", inpatient=False, opened=None, across=None),
)


@pytest.mark.parametrize(
    ("day", "measure", "counted"),
    [
        (0, INPATIENT, (2, 4)),
        (4, INPATIENT, (2, 4)),
        (5, INPATIENT, (3, 4)),
        (7, INPATIENT, (3, 5)),
        (0, OTHER, (0, 2)),
        (1, OTHER, (1, 2)),
        (7, ALL, (4, 7)),
        (0, ACROSS, (1, 2)),
        (5, ACROSS, (1, 3)),
        (9, ACROSS, (2, 3)),
    ],
)
def test_a_coverage_counts_what_is_designated_and_open_on_the_day(
    day: int, measure: str, counted: tuple[int, int]
) -> None:
    assert covered(FEW, measure, NOTICE + dt.timedelta(day)) == Counted(*counted)


@pytest.mark.parametrize(
    ("tiers", "manager"),
    [
        (("province", "city"), "province"),
        (("city", "province"), "province"),
        (("city",), "city"),
        (("city", "county"), "city"),
        (("county",), "county"),
        ((), ""),
    ],
)
def test_the_highest_tier_that_designated_an_institution_manages_it(tiers: tuple[str, ...], manager: str) -> None:
    assert FEW[0]._replace(designated_by=tiers).manager == manager


# --- Jilin


def test_jilin_has_the_twelve_addressees_and_the_provincial_pool(network: Network) -> None:
    assert len(network.registry.cities) == len(network.registry.areas) == 13
    assert {"220381", "220581", "229800", PROVINCIAL} < network.registry.cities.keys()
    assert all(network.registry.city_of(code) == code for code in network.registry.areas)
    assert [code for code in network.registry.cities if network.employees_only(code)] == [PROVINCIAL]
    assert sum(network.insured.values()) == 25_399_999


def test_the_province_manages_exactly_what_it_and_changchun_designated(network: Network) -> None:
    managed = {each.area for each in network.institutions.values() if each.manager == "province"}
    assert managed == {PROVINCIAL}
    assert all(each.manager == "province" for each in network.institutions_of(PROVINCIAL))
    assert all(each.manager in {"city", "county"} for each in network.institutions_of("220100"))
    assert "229900" not in network.outflow["220100"]
    assert "220100" not in network.outflow["229900"]


def test_each_institution_has_all_that_onboarding_will_ask(network: Network) -> None:
    assert network.one_in == 20
    for each in network.institutions.values():
        assert "示例" in each.zh
        assert each.ownership in {"public", "private"}
        assert each.designated_on
        assert each.designated_by
        assert each.vendor.startswith("vendor-")
        assert each.code[0] == ("P" if each.kind == PHARMACY else "H")
        assert each.code[1:7] == each.area
        assert each.inpatient is (each.kind == HOSPITAL)


def test_what_is_open_at_the_notice_leaves_every_target_of_the_notice_to_be_reached(network: Network) -> None:
    everybody = list(network.institutions.values())
    for measure, line in ((INPATIENT, 1.0), (OTHER, 0.5), (ALL, 1.0), (ACROSS, 1.0)):
        counted = covered(everybody, measure, NOTICE)
        assert 0 < counted.open / counted.all < line, measure
    stock = [each for each in everybody if each.opened_on is not None]
    assert all(each.opened_on <= NOTICE for each in stock)  # type: ignore[operator]
    assert not any(each.across_on for each in everybody if not each.inpatient)  # JL-2.2c
    fresh = [each for each in everybody if not each.designated(NOTICE)]
    assert {each.inpatient for each in fresh} == {True, False}
    assert not any(each.opened_on for each in fresh)


def test_every_area_can_treat_a_visitor_at_the_notice(network: Network) -> None:
    for city in network.registry.cities:
        hospitals = network.hospitals_of(city)
        assert any(network.registry.open_for_visitors(each.code, NOTICE, across=True) for each in hospitals)


def test_the_core_knows_the_hospitals_and_their_two_days_but_neither_owners_nor_pharmacies(network: Network) -> None:
    known = network.registry.institutions
    assert known.keys() == {code for code, each in network.institutions.items() if each.inpatient}
    for code, each in known.items():
        wanted = network.institutions[code]
        assert network.registry.open_for_visitors(code, NOTICE) is wanted.open(NOTICE)
        assert network.registry.open_for_visitors(code, NOTICE, across=True) is wanted.open_across(NOTICE)
        assert not {"ownership", "vendor"} & set(each._fields)


def test_levels_of_the_stock_are_as_a_province_has_them(network: Network) -> None:
    levels = Counter(each.level for each in network.institutions.values() if each.inpatient)
    assert levels["primary"] > levels["secondary"] > levels["tertiary"] > 0


@pytest.mark.parametrize("name", ["jiangsu", "jiangsu-2023"])
def test_where_a_file_does_not_tell_a_hospital_opens_both_ways_together(name: str) -> None:
    network = load_network(name)
    assert network.one_in == 1
    for each in network.institutions.values():
        assert each.inpatient
        assert each.across_on == each.opened_on


def test_jiangsu_of_2023_has_everybody_connected_and_open() -> None:
    network, day = load_network("jiangsu-2023"), dt.date(2023, 1, 1)
    assert len(network.registry.areas) == 53
    assert network.registry.areas["320685"].zh == "海安市"
    assert not {"320621", "320684", "320829"} & network.registry.areas.keys()
    assert all(network.registry.connected(code, day) for code in network.registry.areas)
    assert all(network.registry.open_for_visitors(code, day) for code in network.registry.institutions)
    assert sum(network.insured.values()) == pytest.approx(79_670_000, abs=20)


# --- what is refused


FIRST_OPEN = next(line for line in TEXT.splitlines() if "cross_province_on = " in line)
FIRST_PHARMACY = next(line for line in TEXT.splitlines() if 'kind = "pharmacy"' in line)


def refused(folder: Path, text: str) -> InputError:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_network(path)
    return caught.value


@pytest.mark.parametrize(
    "column", ["cross_province_on", "ownership", "designated_on", "designated_by", "vendor", "others", "one_in"]
)
def test_a_column_in_use_says_what_it_rests_on(tmp_path: Path, column: str) -> None:
    basis = next(line for line in TEXT.splitlines() if line.startswith(f'{column} = "A-'))
    problem = refused(tmp_path, TEXT.replace(basis + "\n", "", 1))
    assert problem.key == f"basis.{column}"
    assert "is missing" in problem.problem


WRONG = {
    "across before inside": (
        "cross_province_on = 20",
        "cross_province_on = 19",
        "cross_province_on",
        "before opened_on",
    ),
    "opened before it was designated": (
        "designated_on = 20",
        "designated_on = 21",
        "opened_on",
        "before designated_on",
    ),
    "an unknown tier": ('designated_by = ["', 'designated_by = ["village", "', "designated_by", "not known here"),
    "an unknown owner": ('ownership = "p', 'ownership = "shared-p', "ownership", "not known here"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_hospital_is_refused_and_named(tmp_path: Path, case: str) -> None:
    old, new, key, words = WRONG[case]
    assert old in FIRST_OPEN
    problem = refused(tmp_path, TEXT.replace(FIRST_OPEN, FIRST_OPEN.replace(old, new, 1), 1))
    assert problem.key.startswith("hospitals[")
    assert key in problem.key
    assert words in str(problem)


def test_a_hospital_open_across_provinces_only_is_refused(tmp_path: Path) -> None:
    inside = FIRST_OPEN.partition("opened_on = ")[2][:12]
    problem = refused(tmp_path, TEXT.replace(FIRST_OPEN, FIRST_OPEN.replace(f"opened_on = {inside}", "", 1), 1))
    assert problem.key.endswith(".opened_on")
    assert "a hospital opens inside first" in problem.cure


def test_a_pharmacy_of_no_area_and_a_repeated_one_are_refused(tmp_path: Path) -> None:
    lost = FIRST_PHARMACY.replace('area = "220100"', 'area = "220199"')
    assert refused(tmp_path, TEXT.replace(FIRST_PHARMACY, lost, 1)).key.startswith("others[")
    twice = refused(tmp_path, TEXT.replace(FIRST_PHARMACY, f"{FIRST_PHARMACY}\n{FIRST_PHARMACY}", 1))
    assert "repeats P22010000" in twice.problem
