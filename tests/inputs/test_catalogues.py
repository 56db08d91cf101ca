"""Catalogues: exact prices, dated items, and what is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import pytest

from simulator.core.catalogue.items import CLASS_B, CLASS_C, UNLIMITED, Catalogue, Limits
from simulator.inputs import InputError, load_catalogue
from simulator.inputs.catalogue_rows import COLUMNS, write_items, write_terms
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
    "repeated code": ("XA02BCA002A020013230048", "XA02BCA001A057010734725", "items[2].code", "repeats XA02"),
    "version out of nothing": ("items = [", 'items_file = "x.csv"\nitems = [', "items", "stands beside items_file"),
    "path to a file": ('id = "jiangsu-2016"', 'id = "x"\nterms_file = "../x.csv"', "terms_file", "a CSV beside"),
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


# -- a large library in a CSV beside its head ---------------------------------------------------------------------

HEAD = """
id = "small"
version = "V2"
zh = "示例"
en = "example"
items_file = "small.csv"
terms_file = "terms.csv"
versions = [
  { label = "V1", announced = 2015-12-01, in_force = 2016-01-01, approval = "示例1号", authority = "示例省厅" },
  { label = "V2", announced = 2016-10-20, in_force = 2016-11-01, approval = "示例2号", authority = "示例省厅" },
]
basis = { items = "A-X" }
assumptions = { A-X = { zh = "示例", en = "example", source = "invented", confidence = "D" } }
"""
ROWS = (
    ",".join(COLUMNS),
    "XA02BCA001A057010000001,示例药,101,02,09,盒,12.5,10,,,0.1,2,18,60,2,14,C34 I2,1,2016-01-01,2016-10-31",
    "XA02BCA001A057010000001,示例药,101,01,09,盒,12.5,,,,,,,,,,,,2016-11-01,",
    "000100010000001,示例床位,201,01,01,日,80,60,50,40,,,,,1,,,,2016-01-01,",
)
TERMS = ("kind,code,zh", "diagnosis,I10.900,高血压", "operation,47.0000,阑尾切除术")


def written(folder: Path, head: str = HEAD, rows: Sequence[str] = ROWS, terms: Sequence[str] = TERMS) -> Path:
    for name, text in (("small.toml", head), ("small.csv", "\n".join(rows)), ("terms.csv", "\n".join(terms))):
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "small.toml"


def test_a_library_in_a_csv_has_series_versions_caps_and_restrictions(tmp_path: Path) -> None:
    library = load_catalogue(written(tmp_path))
    first, second = library.entries("XA02BCA001A057010000001")
    assert (first.price, first.cap, first.first_share, first.valid_to) == (
        12_500_000,
        10_000_000,
        1000,
        dt.date(2016, 10, 31),
    )
    assert first.limits == Limits("2", 18, 60, 20_000, 140_000, ("C34", "I2"), True)
    assert (second.level, second.cap, second.limits, second.valid_to) == ("01", None, UNLIMITED, None)
    bed = library.items["000100010000001"]
    assert [bed.at(level).cap for level in ("tertiary", "secondary", "primary")] == [60_000_000, 50_000_000, 40_000_000]
    assert [(version.label, version.approval) for version in library.versions] == [("V1", "示例1号"), ("V2", "示例2号")]
    assert (library.diagnoses, library.operations) == ((("I10.900", "高血压"),), (("47.0000", "阑尾切除术"),))


def test_reading_and_writing_are_each_others_inverse(tmp_path: Path) -> None:
    library = load_catalogue(written(tmp_path))
    assert write_items(library.all_entries()) == "\n".join(ROWS) + "\n"
    terms = {"diagnosis": library.diagnoses, "operation": library.operations}
    assert write_terms(terms) == "\n".join(TERMS) + "\n"


def test_the_digest_is_that_of_all_files(tmp_path: Path) -> None:
    digests = set()
    for rows, terms in ((ROWS, TERMS), (ROWS[:-1], TERMS), (ROWS, TERMS[:-1])):
        digests.add(read_catalogue(find("catalogue", written(tmp_path, rows=rows, terms=terms))).digest)
    assert len(digests) == 3


def changed(number: int, old: str, new: str) -> list[str]:
    assert old in ROWS[number]
    return [row.replace(old, new, 1) if index == number else row for index, row in enumerate(ROWS)]


WRONG_ROWS = {
    "another header": (changed(0, "code,zh", "zh,code"), "line 1", "not the line of column names"),
    "a cell too many": (changed(3, "日", "日,日"), "line 4", "has 21 cells"),
    "an open quote": (changed(3, "日", '"日'), "line 4", "is not CSV"),
    "seven decimals": (changed(1, "12.5", "12.5000001"), "line 2, price", "not a number with at most 6 decimals"),
    "full-width digits": (changed(1, "12.5", "１２"), "line 2, price", "not a number"),
    "price of 0": (changed(1, "12.5", "0.00"), "line 2, price", "not above 0"),
    "half a year": (changed(1, ",18,", ",18.5,"), "line 2, age_from", "at most 0 decimals"),
    "no such sex": (changed(1, ",2,18", ",3,18"), "line 2, sex", "not one of 1, 2"),
    "no such list": (changed(3, ",201,", ",202,"), "line 4, list_type", "not one of 101"),
    "the list of another code": (changed(3, ",201,", ",101,"), "line 4, list_type", "is a code of list 201"),
    "small letters": (changed(3, "000100010000001", "oo0100010000001"), "line 4, code", "no code of 10 to 30"),
    "no name": (changed(3, "示例床位", " "), "line 4, zh", "not 1 to 100 characters"),
    "no day": (changed(3, "2016-01-01", "2016-02-30"), "line 4, from", "correct the cell"),
    "half a day": (changed(3, "2016-01-01", "20160101"), "line 4, from", "no date such as 2016-01-01"),
    "class B without share": (changed(1, ",0.1,", ",,"), "line 2, first_share", "missing in a class-B item"),
    "class A with share": (changed(3, ",40,,", ",40,0.1,"), "line 4, first_share", "not of class B"),
    "a level cap alone": (changed(3, ",60,50,", ",,50,"), "line 4, cap", "is missing beside a cap"),
    "an overlap": (changed(2, "2016-11-01", "2016-10-31"), "line 3, code", "while the entry before it still holds"),
    "ends before it begins": (changed(1, "2016-10-31", "2015-10-31"), "line 2, to", "before from 2016-01-01"),
}


@pytest.mark.parametrize(("rows", "key", "words"), WRONG_ROWS.values(), ids=WRONG_ROWS)
def test_a_wrong_cell_is_refused_with_its_line_and_column(
    tmp_path: Path, rows: list[str], key: str, words: str
) -> None:
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        load_catalogue(written(tmp_path, rows=rows))
    assert caught.value.file == str(tmp_path / "small.csv")
    assert caught.value.key == key


WRONG_HEADS = {
    "announced late": ("announced = 2016-10-20", "announced = 2016-11-02", "versions[2].announced", "after in_force"),
    "out of order": ("in_force = 2016-11-01", "in_force = 2016-01-01", "versions[2].announced", "after in_force"),
    "not later": (
        "announced = 2016-10-20, in_force = 2016-11-01",
        "announced = 2015-10-20, in_force = 2016-01-01",
        "versions[2].in_force",
        "not after the version before",
    ),
    "one label twice": ('label = "V2"', 'label = "V1"', "versions[2].label", "repeats V1"),
    "not the last": ('version = "V2"', 'version = "V1"', "version", "not the last version"),
    "no approval": ('approval = "示例2号"', 'approval = ""', "versions[2].approval", "approval id"),
    "no file": ('"small.csv"', '"none.csv"', "", "no such file"),
}


@pytest.mark.parametrize(("old", "new", "key", "words"), WRONG_HEADS.values(), ids=WRONG_HEADS)
def test_a_wrong_head_is_refused(tmp_path: Path, old: str, new: str, key: str, words: str) -> None:
    assert old in HEAD
    with pytest.raises(InputError, match=words) as caught:
        load_catalogue(written(tmp_path, head=HEAD.replace(old, new, 1)))
    assert caught.value.key == key


def test_wrong_terms_and_bytes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='line 2, kind: is "drug"'):
        load_catalogue(written(tmp_path, terms=("kind,code,zh", "drug,X,药")))
    path = written(tmp_path)
    (tmp_path / "terms.csv").write_bytes(b"kind,code,zh\ndiagnosis,I10,\xff\n")
    with pytest.raises(InputError, match="line 2: is not UTF-8"):
        load_catalogue(path)
