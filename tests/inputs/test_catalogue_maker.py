"""The large libraries: made anew they are the same bytes, and they are what they say they are."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections import Counter
from importlib.resources import files

import pytest

from simulator.core.catalogue.items import CLASS_A, CLASS_B, CLASS_C, Catalogue
from simulator.inputs import load_catalogue
from simulator.inputs.catalogue_maker import texts

FIRST, SECOND, THIRD = dt.date(2016, 1, 1), dt.date(2017, 7, 1), dt.date(2023, 3, 1)
FORMS = {
    "101": r"[XZ][0-9A-Z]{22}",
    "102": r"T[0-9]{9}",
    "103": r"Y[0-9A-Z]{22}",
    "201": r"00[0-9]{13}",
    "301": r"C[0-9]{20}",
}


@pytest.fixture(scope="module")
def library() -> Catalogue:
    return load_catalogue("jiangsu-2023")


@pytest.fixture(scope="module")
def small() -> Catalogue:
    return load_catalogue("jiangsu-2016")


@pytest.fixture(scope="module")
def elsewhere() -> Catalogue:
    return load_catalogue("other-province")


def test_the_maker_makes_the_files_byte_for_byte() -> None:
    for name, text in texts().items():
        assert (files("scenarios") / "catalogues" / name).read_bytes() == text.encode(), name


def test_it_has_some_three_thousand_items_of_every_list_class_and_charge_type(library: Catalogue) -> None:
    items = library.items.values()
    assert 2_950 <= len(items) <= 3_100
    lists = Counter(item.list_type for item in items)
    assert (lists["101"] > 1_500, lists["102"] > 350, lists["103"] > 50, lists["201"] > 600, lists["301"] > 200) == (
        *(True,) * 5,
    )
    assert {item.charge_type for item in items} == {f"{number:02d}" for number in range(1, 15)}
    classes = Counter(item.level for item in items)
    assert min(classes[CLASS_A], classes[CLASS_B]) > 1_200
    assert 200 < classes[CLASS_C] < 400
    assert sum(item.is_facility for item in items) > 20


def test_codes_have_the_form_of_their_list_and_names_say_that_they_are_invented(library: Catalogue) -> None:
    for item in library.items.values():
        assert re.fullmatch(FORMS[item.list_type], item.code), item
        assert item.zh.startswith("示例")


def test_the_items_of_the_small_library_stay_as_they_are_through_all_versions(
    library: Catalogue, small: Catalogue
) -> None:
    for code, item in small.items.items():
        (kept,) = library.entries(code)
        assert kept._replace(unit="") == item


def test_versions_revise_withdraw_and_bring_items(library: Catalogue) -> None:
    assert [(version.label, version.in_force) for version in library.versions] == [
        ("JS2016.01", FIRST),
        ("JS2017.07", SECOND),
        ("JS2023.03", THIRD),
    ]
    series = [library.entries(code) for code in library.items]
    for day in (SECOND, THIRD):
        eve = day - dt.timedelta(days=1)
        revised = [entries for entries in series if any(each.valid_from == day for each in entries[1:])]
        brought = [entries for entries in series if entries[0].valid_from == day]
        withdrawn = [entries for entries in series if entries[-1].valid_to == eve]
        assert all(60 < len(found) < 160 for found in (revised, brought)), day
        assert 40 < len(withdrawn) < 90
        for entries in revised:
            before, after = (library.find(entries[0].code, each) for each in (eve, day))
            assert before is not None
            assert after is not None
            assert before._replace(valid_from=FIRST, valid_to=None) != after._replace(valid_from=FIRST, valid_to=None)


def test_figures_are_in_their_bounds(library: Catalogue, elsewhere: Catalogue) -> None:
    for item in (*library.all_entries(), *elsewhere.all_entries()):
        assert (500 <= item.first_share <= 2_000) if item.level == CLASS_B else item.first_share == 0, item
        for _, cap in item.level_caps:
            assert item.cap is not None
            assert cap <= item.cap
    made = [item for item in library.all_entries() if item.cap is not None]
    assert len(made) > 300
    assert sum(bool(item.level_caps) for item in made) > 100
    assert all(item.cap is None or item.cap % 1_000_000 == 0 for item in made)  # 1318 has whole yuan only
    limited = [item.limits for item in library.items.values() if item.limits]
    assert {limit.sex for limit in limited} == {"", "1", "2"}
    assert all(any(getattr(limit, name) for limit in limited) for name in limited[0]._fields)


def test_some_names_hold_characters_outside_the_basic_plane(library: Catalogue) -> None:
    rare = {char for item in library.items.values() for char in item.zh if 0x20000 <= ord(char) <= 0x2A6DF}
    assert len(rare) >= 4


def test_another_province_has_classes_and_caps_of_its_own_for_the_same_codes(
    library: Catalogue, elsewhere: Catalogue, small: Catalogue
) -> None:
    assert elsewhere.items.keys() < library.items.keys()
    assert small.items.keys() <= elsewhere.items.keys()
    pairs = [(library.find(code, THIRD), elsewhere.find(code, THIRD)) for code in elsewhere.items]
    both = [(mine, theirs) for mine, theirs in pairs if mine is not None and theirs is not None]
    assert sum(mine.level != theirs.level for mine, theirs in both) > 80
    assert sum(mine.cap != theirs.cap for mine, theirs in both) > 60
    assert len(elsewhere.versions) == 2


def test_it_has_diagnoses_and_operations(library: Catalogue) -> None:
    assert len(library.diagnoses) > 150
    assert len(library.operations) > 25
    assert all(re.fullmatch(r"[A-Z][0-9]{2}\.[0-9x]{3}", term.code) for term in library.diagnoses)
    assert all(re.fullmatch(r"[0-9]{2}\.[0-9]{4}", term.code) for term in library.operations)


def test_three_thousand_items_are_read_in_well_under_a_third_of_a_second(library: Catalogue) -> None:
    began = time.perf_counter()
    load_catalogue("jiangsu-2023")
    assert time.perf_counter() - began < 0.3
