"""The files of 1301 to 1308: the columns of the interface, what a version brought, and the whole library again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

import schemas
from simulator.core.catalogue.changes import Change, Row, amended
from simulator.core.catalogue.forms import CATALOGUE_FILES, FORMS, LIST_OF, known_on, limits_text, text_of
from simulator.core.catalogue.items import EMPTY, Limits, Version

D = dt.date
STEADY, BETTER, HERB = "XA02BCA001A057010000001", "XB01ACA002A052010000002", "T100000001"
TODAY, AFTER = D(2016, 10, 10), D(2016, 12, 1)

# What may stand in the columns of the published lists, by what we put there.
NAMES = {
    "code": {"national catalogue code", "diagnosis code", "operation code"},
    "name": {
        *("medicine generic name", "registered name", "single herb name", "medicine trade name"),
        *("medical service item name", "consumable name", "diagnosis name", "operation name"),
    },
    "patent": {"Chinese patent medicine flag"},
    "begin": {"start date", "start time", "effective time"},
    "end": {"end date", "end time", "expiry time"},
    "unit": {"smallest pricing unit", "pricing unit", "pricing unit name", "package unit"},
    "limits": {"restricted range of use", "range of use restricted by the insurance"},
    "limited": {"restricted use flag"},
    "valid": {"validity flag"},
    "rid": {"unique record number", "Western medicine diagnosis number", "standard operation catalogue number"},
    "made": {"data creation time", "data update time"},
    "updated": {"data update time"},
    "version": {"version number", "version name"},
    "class": {"class A or B mark in the national insurance medicine list", "provincial insurance payment policy"},
    "charge_type": {"service item category"},
    "category": {"category code"},
}


def rows(library: Any, infno: str, held: str = "", day: dt.date = TODAY) -> list[list[str]]:
    text, count = text_of(library, infno, held, day)
    found = [line.split("\t") for line in text.splitlines()]
    assert len(found) == count
    return found


@pytest.mark.parametrize("infno", CATALOGUE_FILES)
def test_every_value_stands_in_a_column_that_the_interface_names_so(infno: str, library: Any) -> None:
    columns = schemas.load().transactions[infno].columns
    form = FORMS[infno]
    assert form.columns == len(columns)
    for number, what in form.cells.items():
        assert columns[number - 1].en in NAMES[what], (infno, number)
    assert all(len(row) == form.columns for row in rows(library, infno))


def test_a_drug_is_written_out_as_the_interface_has_it(library: Any) -> None:
    first = rows(library, "1301")[0]
    filled = {number: cell for number, cell in enumerate(first, start=1) if cell != "null"}
    assert filled == {
        1: STEADY,
        4: "示例XA02",
        8: "示例XA02",
        24: "0",
        37: "2016-01-01",
        49: "盒",
        57: "限女性；限18岁及以上；限60岁及以下；限二线用药",
        58: "1",
        79: "1",
        80: f"{STEADY}20160101",
        81: "2015-12-01",
        82: "2015-12-01",
        83: "V1",
        84: "V1",
        92: "甲",
        96: "2016-01-01",
    }


def test_only_what_is_newer_than_the_version_held_is_in_a_file(library: Any) -> None:
    assert [row[0] for row in rows(library, "1301", "V1", TODAY)] == []
    later = rows(library, "1301", "V1", AFTER)
    assert [(row[0], row[36], row[37], row[78], row[82], row[91]) for row in later] == [
        (BETTER, "2016-01-01", "2016-10-31", "0", "V2", "乙"),
        (BETTER, "2016-11-01", "null", "1", "V2", "甲"),
    ]
    assert [(row[0], row[12], row[13], row[17]) for row in rows(library, "1302", "V1", AFTER)] == [
        (HERB, "2016-10-31", "0", "V2")
    ]
    assert rows(library, "1301", "V2", AFTER) == []
    assert len(rows(library, "1301", "unheard of", AFTER)) == 3


def test_what_is_not_announced_yet_is_not_known(library: Any) -> None:
    before, announced = known_on(library, D(2016, 10, 19)), known_on(library, D(2016, 10, 20))
    assert [known.item.valid_to for known in before if known.item.code == BETTER] == [None]
    assert [known.item.valid_to for known in announced if known.item.code == BETTER] == [D(2016, 10, 31), None]
    assert (len(before), len(announced)) == (7, 9)
    assert known_on(library, D(2015, 11, 30)) == []
    passing = next(known for known in before if known.item.valid_to is not None)
    assert (passing.item.valid_to, passing.touched_by.label) == (D(2016, 6, 30), "V1")


def test_an_entry_older_than_the_first_version_came_with_it(library: Any) -> None:
    young = library._replace(versions=(Version("V9", D(2016, 3, 1), D(2016, 4, 1), "", ""),))
    assert {known.came_with.label for known in known_on(young, TODAY)} == {"V9"}


def test_the_files_of_all_versions_are_the_library(library: Any) -> None:
    held: dict[str, list[str]] = {}
    for version, day in (("", TODAY), ("V1", AFTER)):
        for infno in LIST_OF:
            rid = next(number for number, what in FORMS[infno].cells.items() if what == "rid")
            held |= {row[rid - 1]: [infno, *row] for row in rows(library, infno, version, day)}
    found = set()
    for infno, *row in held.values():
        cells = {what: row[number - 1] for number, what in FORMS[infno].cells.items()}
        found.add((cells["code"], cells["name"], cells["begin"], cells["end"], LIST_OF[infno]))
    assert found == {
        (
            item.code,
            item.zh,
            item.valid_from.isoformat(),
            item.valid_to.isoformat() if item.valid_to else "null",
            item.list_type,
        )
        for item in library.all_entries()
    }


def revised(code: str) -> Row:
    return Row("101", code, "示例", "2", "03", None, None, "示例原因")


def changed(library: Any, label: str, code: str, in_force: dt.date, on: dt.date) -> Any:
    return amended(
        library, Change(f"P{in_force}", "示例省厅", D(2016, 9, 1), "", label, in_force, (revised(code),)), on
    )


def told(library: Any, held: str, day: dt.date) -> set[str]:
    return {row[0] for row in rows(library, "1301", held, day)}


def test_a_second_change_under_one_label_reaches_who_holds_it_and_who_does_not(library: Any) -> None:
    once = changed(library, "V1a", STEADY, D(2016, 10, 1), D(2016, 9, 5))
    twice = changed(once, "V1a", BETTER, D(2016, 10, 15), D(2016, 10, 5))
    assert told(once, "V1a", TODAY) == set()
    assert told(twice, "V1a", TODAY) == {BETTER}
    assert told(twice, "V1", TODAY) == {STEADY, BETTER}


@pytest.mark.parametrize("in_force", [D(2016, 10, 28), D(2016, 11, 1), D(2016, 11, 10)])
def test_a_change_handed_down_after_a_version_reaches_who_holds_that_version(library: Any, in_force: dt.date) -> None:
    late = changed(library, "V1a", STEADY, in_force, D(2016, 10, 25))
    assert STEADY in told(late, "V2", AFTER)
    assert told(late, "V1a", AFTER) == set()  # of an earlier one who holds this has heard


def test_a_version_announced_after_a_change_reaches_who_holds_the_change(library: Any) -> None:
    early = changed(library, "V1a", STEADY, D(2016, 11, 5), D(2016, 10, 8))
    assert told(early, "V1a", TODAY) == set()
    assert told(early, "V1a", AFTER) == {BETTER}


def test_who_holds_an_entry_that_never_came_into_force_hears_of_its_end(library: Any) -> None:
    gone = Change("P1", "示例省厅", D(2016, 10, 25), "", "V2", D(2016, 11, 1), (revised(BETTER)._replace(kind="3"),))
    ended = rows(amended(library, gone), "1301", "V2", AFTER)
    assert [(row[36], row[37], row[78]) for row in ended if row[0] == BETTER] == [
        ("2016-01-01", "2016-10-31", "0"),
        ("2016-11-01", "2016-10-31", "0"),
    ]


def test_diagnoses_and_operations_come_once(library: Any) -> None:
    assert [(row[6], row[10], row[11], row[22]) for row in rows(library, "1307")] == [
        ("I10", "I10.900", "原发性高血压", "V1"),
        ("I20", "I20.900", "心绞痛", "V1"),
    ]
    assert [(row[4], row[10], row[11]) for row in rows(library, "1308")] == [("47", "47.0000", "阑尾切除术")]
    assert rows(library, "1307", "V1") == []
    assert text_of(EMPTY, "1308", "", TODAY) == ("", 0)


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (Limits(), ""),
        (Limits(sex="1", per_day=20_000), "限男性；每日限2"),
        (Limits(per_stay=10_000, diagnoses=("C34", "D0")), "每次住院限1；限诊断C34、D0"),
        (Limits(age_from=0), "限0岁及以上"),
    ],
)
def test_restrictions_are_worded(limits: Limits, text: str) -> None:
    assert limits_text(limits) == text
