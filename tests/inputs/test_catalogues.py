"""Catalogues: exact prices, dated items, and what is refused."""

from __future__ import annotations

import datetime as dt
import re
from importlib.resources import files
from pathlib import Path

import pytest

from simulator.core.catalogue.items import CLASS_B, CLASS_C, Catalogue
from simulator.inputs import InputError, load_catalogue
from simulator.inputs.catalogues import read_catalogue
from simulator.inputs.toml import find

DAY = dt.date(2016, 10, 10)
TEXT = (files("scenarios") / "catalogues" / "jiangsu-2016.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue("jiangsu-2016")


def test_prices_become_millionths_of_a_yuan_exactly(catalogue: Catalogue) -> None:
    prices = {item.zh: item.price for item in catalogue.items.values()}
    assert prices["示例当归饮片（克）"] == 123_456
    assert prices["示例泮托拉唑注射剂"] == 86_400_000


def test_the_bed_of_the_worked_example_is_there(catalogue: Catalogue) -> None:
    beds = [item for item in catalogue.items.values() if item.charge_type == "01"]
    assert len(beds) >= 3
    assert (60_000_000, 45_000_000) in {(bed.price, bed.cap) for bed in beds}


def test_class_b_alone_has_a_first_share_between_5_and_20_percent(catalogue: Catalogue) -> None:
    for item in catalogue.items.values():
        assert (500 <= item.first_share <= 2_000) if item.level == CLASS_B else item.first_share == 0


def test_there_are_items_of_every_class_and_of_every_charge_type(catalogue: Catalogue) -> None:
    items = catalogue.items.values()
    assert len(items) >= 120
    assert {item.level for item in items} == {"01", CLASS_B, CLASS_C}
    assert {item.charge_type for item in items} == {f"{number:02d}" for number in range(1, 15)}


@pytest.mark.parametrize(
    ("charge_type", "form"),
    [("09", r"X[0-9A-Z]{22}"), ("11", r"Z[0-9A-Z]{22}"), ("10", r"T[0-9]{9}"), ("08", r"C[0-9]{20}")],
)
def test_codes_have_the_length_of_the_real_ones(catalogue: Catalogue, charge_type: str, form: str) -> None:
    codes = [item.code for item in catalogue.items.values() if item.charge_type == charge_type]
    assert codes
    assert [code for code in codes if not re.fullmatch(form, code)] == []


def test_every_name_is_marked_as_an_example(catalogue: Catalogue) -> None:
    assert all(item.zh.startswith("示例") for item in catalogue.items.values())


def test_an_item_is_found_only_inside_its_validity(catalogue: Catalogue) -> None:
    assert catalogue.find("XJ01DBA991A001010199001", dt.date(2016, 8, 31)) is not None
    assert catalogue.find("XJ01DBA991A001010199001", dt.date(2016, 9, 1)) is None
    assert catalogue.find("XJ01DBA991A001010199002", dt.date(2016, 9, 1)) is not None


def test_the_items_have_a_basis_that_resolves() -> None:
    read = read_catalogue(find("catalogue", "jiangsu-2016"))
    assert {read.basis.assumption} == set(read.assumptions)


WRONG = {
    "seven decimals": ("price = 0.123456", "price = 0.1234567", "].price", "more than 6 decimals"),
    "price of 0": ("price = 12.50", "price = 0", "items[1].price", "not above 0"),
    "price as a text": ("price = 12.50", 'price = "12.50"', "items[1].price", "give a unit price"),
    "class B without its share": (", first_share = 0.10", "", "items[2].first_share", "missing in a class-B item"),
    "share of class A": ("price = 12.50", "price = 12.50, first_share = 0.1", "items[1].first_share", "not of class B"),
    "share with five decimals": ("first_share = 0.10", "first_share = 0.10001", "items[2].first_share", "4 decimals"),
    "unknown class": ('level = "01"', 'level = "04"', "items[1].level", "not known here"),
    "unknown charge type": ('charge_type = "09"', 'charge_type = "15"', "items[1].charge_type", "not known here"),
    "ends before it begins": ("to = 2016-08-31", "to = 2015-08-31", "].to", "before from 2016-01-01"),
    "repeated code": ("XJ01DBA991A001010199002", "XJ01DBA991A001010199001", "].code", "repeats XJ01"),
    "unknown key": ("price = 12.50", "price = 12.50, cpa = 3", "items[1].cpa", 'write "cap"'),
    "code in small letters": ('code = "X', 'code = "x', "items[1].code", "capital letters"),
}


@pytest.mark.parametrize(("old", "new", "key", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_catalogue_is_refused_with_file_key_and_cure(
    tmp_path: Path, old: str, new: str, key: str, words: str
) -> None:
    assert old in TEXT
    path = tmp_path / "cat.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=words) as caught:
        load_catalogue(path)
    assert caught.value.file == str(path)
    assert caught.value.key.endswith(key)
