"""A catalogue item is found as it stood on the day of the fee, with the cap of the hospital's level."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.catalogue.items import EMPTY, Catalogue

D = dt.date
BETTER, HERB, BED, NEW = "XB01ACA002A052010000002", "T100000001", "000100010000001", "000300020000002"


@pytest.mark.parametrize(
    ("day", "found"),
    [(D(2015, 12, 31), False), (D(2016, 1, 1), True), (D(2016, 12, 31), True), (D(2017, 1, 1), False)],
)
def test_an_item_is_found_on_the_days_of_its_validity(catalogue: Any, day: dt.date, found: bool) -> None:
    assert (catalogue.find("drug-a", day) is not None) is found


def test_an_item_may_have_no_end(catalogue: Any) -> None:
    endless = catalogue._replace(items={"x": catalogue.items["drug-a"]._replace(valid_to=None)})
    assert endless.find("x", D(2099, 1, 1)) is endless.items["x"]


@pytest.mark.parametrize(
    ("day", "level", "share"),
    [(D(2016, 1, 1), "02", 1000), (D(2016, 10, 31), "02", 1000), (D(2016, 11, 1), "01", 0), (D(2030, 1, 1), "01", 0)],
)
def test_a_version_revises_an_item_from_its_day_on(library: Any, day: dt.date, level: str, share: int) -> None:
    found = library.find(BETTER, day)
    assert (found.level, found.first_share) == (level, share)


@pytest.mark.parametrize(
    ("code", "day", "problem"),
    [
        ("nothing", D(2016, 5, 1), "item_unmapped"),
        (BETTER, D(2015, 12, 31), "item_not_yet_valid"),
        (NEW, D(2016, 10, 31), "item_not_yet_valid"),
        (NEW, D(2016, 11, 1), ""),
        (HERB, D(2016, 10, 31), ""),
        (HERB, D(2016, 11, 1), "item_expired"),
        (BETTER, D(2016, 11, 1), ""),
    ],
)
def test_why_a_code_is_not_found_is_told_apart(library: Any, code: str, day: dt.date, problem: str) -> None:
    assert library.problem(code, day) == problem
    assert (library.find(code, day) is None) is bool(problem)


@pytest.mark.parametrize(
    ("level", "cap"), [("tertiary", 60), ("secondary", 50), ("primary", 40), ("", 60), ("unheard of", 60)]
)
def test_a_cap_may_depend_on_the_level_of_the_hospital(library: Any, level: str, cap: int) -> None:
    assert library.find(BED, D(2016, 5, 1), level).cap == cap * 1_000_000
    assert library.items[BED].cap == 60_000_000


def test_beds_are_facilities_and_drugs_and_examinations_are_not(library: Any) -> None:
    assert {code for code, item in library.items.items() if item.is_facility} == {BED}


def test_the_version_in_force_goes_by_the_day(library: Any) -> None:
    days = (D(2015, 12, 31), D(2016, 1, 1), D(2016, 10, 31), D(2016, 11, 1))
    labels = [version.label if (version := library.in_force(day)) else None for day in days]
    assert labels == [None, "V1", "V1", "V2"]


def test_a_library_that_names_no_version_is_one_as_old_as_its_oldest_entry(catalogue: Any) -> None:
    (only,) = catalogue.history
    assert (only.label, only.in_force, only.announced) == ("1", D(2016, 1, 1), D(2016, 1, 1))
    assert EMPTY.history == ()
    assert EMPTY.in_force(D(2016, 1, 1)) is None


def test_entries_may_be_put_in_the_place_of_others(library: Catalogue) -> None:
    entry = library.items[HERB]
    changed = library.with_entries(HERB, (entry, entry._replace(valid_from=D(2016, 12, 1), valid_to=None)))
    assert [each.valid_from for each in changed.entries(HERB)] == [D(2016, 1, 1), D(2016, 12, 1)]
    assert (changed.problem(HERB, D(2016, 11, 15)), changed.problem(HERB, D(2016, 12, 1))) == ("item_expired", "")
    assert library.problem(HERB, D(2016, 12, 1)) == "item_expired"
    assert len(list(changed.all_entries())) == len(list(library.all_entries())) + 1 == 10
