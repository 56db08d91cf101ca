"""Invented people: nobody who lives, the same person whenever derived."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.values.people import Person
from simulator.inputs.people import Demography, check_digit, identity_number, make_person
from simulator.inputs.streams import Streams

LIKE = Demography(0.6, 0.5, {"active": 1800.0, "retired": 3000.0}, 0.8, 0.02)
YEAR = 2016
CITIES = [f"32{number:02d}00" for number in range(1, 14)]
COUNT = 20_000


def areas_of(city: str) -> list[tuple[str, float]]:
    return [(f"{city[:4]}99", 0.7), (f"{city[:4]}81", 0.3)]


def person_of(city: str, index: int, seed: int = 1) -> Person:
    return make_person(Streams(seed), city, index, areas=areas_of(city), like=LIKE, year=YEAR)


@pytest.fixture(scope="module")
def crowd() -> list[Person]:
    return [person_of(CITIES[number % 13], number // 13) for number in range(COUNT)]


# --- identity numbers


def remainder(number: str) -> int:
    """GB 11643: the weighted sum of all 18 characters, X for ten, leaves 1 when divided by 11."""
    values = [10 if sign == "X" else int(sign) for sign in number]
    return sum(value * pow(2, 17 - place, 11) for place, value in enumerate(values)) % 11


def test_the_check_digits_of_the_standards_own_examples() -> None:
    assert check_digit("11010519491231002") == "X"
    assert check_digit("44052418800101001") == "4"


@given(body=st.text("0123456789", min_size=17, max_size=17))
def test_a_check_digit_makes_the_sum_leave_one(body: str) -> None:
    assert remainder(body + check_digit(body)) == 1


def test_every_identity_number_is_impossible_right_and_its_own(crowd: list[Person]) -> None:
    numbers = [person.certno for person in crowd]
    assert len(set(numbers)) == COUNT
    for person in crowd:
        number = person.certno
        assert len(number) == 18
        assert number.startswith("99")
        assert remainder(number) == 1
        assert number[6:14] == f"{person.born:%Y%m%d}"
        assert int(number[16]) % 2 == int(person.gender) % 2


def test_people_born_on_one_day_have_different_numbers() -> None:
    born = dt.date(1950, 1, 1)
    numbers = {identity_number(city, index, born, "1") for city in CITIES for index in range(3000)}
    assert len(numbers) == 13 * 3000


def test_men_and_women_of_one_birthday_do_not_share_a_number() -> None:
    born = dt.date(1950, 1, 1)
    men = {identity_number(CITIES[0], index, born, "1") for index in range(3000)}
    assert men.isdisjoint(identity_number(CITIES[0], index, born, "2") for index in range(3000))


# --- people


def test_person_numbers_are_unique_and_begin_with_the_area(crowd: list[Person]) -> None:
    assert len({person.psn_no for person in crowd}) == COUNT
    assert all(person.psn_no.startswith(person.insured_area) for person in crowd)
    assert {len(person.psn_no) for person in crowd} == {18}


def test_a_person_derived_alone_is_the_person_derived_in_a_crowd(crowd: list[Person]) -> None:
    for number in (0, 12, 13, 777, COUNT - 1):
        assert person_of(CITIES[number % 13], number // 13) == crowd[number]


def test_another_seed_gives_another_person_under_the_same_number(crowd: list[Person]) -> None:
    other = person_of(CITIES[0], 5, seed=2)
    assert other != crowd[65]
    assert other.psn_no[6:] == crowd[65].psn_no[6:]


def test_names_are_chinese_and_a_share_of_them_rare(crowd: list[Person]) -> None:
    names = [person.name for person in crowd]
    rare = [name for name in names if any(ord(sign) > 0xFFFF for sign in name)]
    assert len(rare) / COUNT == pytest.approx(LIKE.rare_name_share, rel=0.25)
    assert all(2 <= len(name) <= 4 and all(ord(sign) >= 0x4E00 for sign in name) for name in names)
    assert len(set(names)) > 1000


def test_no_rare_name_when_the_share_is_none() -> None:
    like = LIKE._replace(rare_name_share=0.0)
    people = [
        make_person(Streams(1), CITIES[0], n, areas=areas_of(CITIES[0]), like=like, year=YEAR) for n in range(500)
    ]
    assert not any(ord(sign) > 0xFFFF for person in people for sign in person.name)


def test_schemes_types_and_areas_come_in_their_shares(crowd: list[Person]) -> None:
    kinds = Counter((person.insutype, person.psn_type) for person in crowd)
    assert set(kinds) == {("310", "11"), ("310", "12"), ("390", "15")}
    assert (kinds["310", "11"] + kinds["310", "12"]) / COUNT == pytest.approx(0.6, abs=0.02)
    assert kinds["310", "12"] / (kinds["310", "11"] + kinds["310", "12"]) == pytest.approx(0.5, abs=0.02)
    assert sum(person.insured_area.endswith("99") for person in crowd) / COUNT == pytest.approx(0.7, abs=0.02)
    assert sum(person.gender == "1" for person in crowd) / COUNT == pytest.approx(0.5, abs=0.02)


def test_ages_fit_the_type(crowd: list[Person]) -> None:
    limits = {"11": (22, 59), "12": (60, 92), "15": (1, 90)}
    for person in crowd:
        lowest, highest = limits[person.psn_type]
        assert lowest <= YEAR - person.born.year <= highest


def test_only_employees_have_an_account_and_it_has_its_mean(crowd: list[Person]) -> None:
    assert all(person.balance == 0 for person in crowd if person.insutype == "390")
    for psn_type, mean in (("11", 1800), ("12", 3000)):
        balances = [person.balance for person in crowd if person.psn_type == psn_type]
        assert min(balances) > 0
        assert all(isinstance(balance, int) for balance in balances)
        assert statistics.fmean(balances) / 100 == pytest.approx(mean, rel=0.08)
