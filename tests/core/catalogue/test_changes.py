"""An approved change adds, revises or withdraws from its day on and leaves what was before as it was."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.catalogue.changes import Change, ChangeLog, Entry, Row, amended, entries_of

D = dt.date
STEADY, BETTER, HERB = "XA02BCA001A057010000001", "XB01ACA002A052010000002", "T100000001"
BED, NEW, STENT = "000100010000001", "000300020000002", "C01000000000000000001"


def row(code: str, kind: str, level: str = "01", **more: Any) -> Row:
    return Row(more.get("list_type", "101"), code, "示例", kind, level, more.get("share"), more.get("cap"), "示例原因")


def change(day: dt.date, *rows: Row, version: str = "V1a") -> Change:
    return Change("MLBG-1", "示例省厅", D(2016, 9, 1), "320300", version, day, rows)


def test_a_revised_item_is_as_approved_from_the_day_and_as_before_until_then(library: Any) -> None:
    made = amended(library, change(D(2016, 10, 1), row(STEADY, "2", "02", share=1500, cap=900)))
    before, after = made.find(STEADY, D(2016, 9, 30)), made.find(STEADY, D(2016, 10, 1))
    assert (before.level, before.first_share, before.cap) == ("01", 0, None)
    assert (after.level, after.first_share, after.cap, after.price) == ("02", 1500, 9_000_000, 10_000_000)
    assert after.limits == before.limits


def test_what_a_row_leaves_open_stays_as_it_was(library: Any) -> None:
    made = amended(library, change(D(2016, 10, 1), row(STENT, "2", "02", list_type="301")))
    after = made.find(STENT, D(2016, 10, 1))
    assert (after.first_share, after.cap) == (500, 7_500_500_000)
    out_of_b = amended(library, change(D(2016, 10, 1), row(STENT, "2", "03", list_type="301")))
    assert out_of_b.find(STENT, D(2016, 10, 1)).first_share == 0


def test_a_new_cap_holds_for_every_level(library: Any) -> None:
    made = amended(library, change(D(2016, 10, 1), row(BED, "2", cap=4500, list_type="201")))
    assert made.find(BED, D(2016, 9, 30), "primary").cap == 40_000_000
    assert made.find(BED, D(2016, 10, 1), "primary").cap == 45_000_000


def test_a_revision_holds_until_the_next_version_has_an_entry_of_its_own(library: Any) -> None:
    made = amended(library, change(D(2016, 10, 1), row(BETTER, "2", "02", share=2000)))
    shares = [made.find(BETTER, day).first_share for day in (D(2016, 9, 30), D(2016, 10, 1), D(2016, 10, 31))]
    assert shares == [1000, 2000, 2000]
    assert made.find(BETTER, D(2016, 11, 1)).level == "01"


def test_an_added_item_gets_the_usual_charge_type_of_its_list(library: Any) -> None:
    rows = [
        row("XNEW0000000000000000001", "1", "02", share=1000),
        row("TNEW000001", "1", list_type="102"),
        row("YNEW0000000000000000001", "1", list_type="103"),
        row("000900000000001", "1", list_type="201", cap=18_000),
        row("CNEW00000000000000001", "1", list_type="301"),
    ]
    made = amended(library, change(D(2016, 10, 1), *rows))
    found = [made.find(each.code, D(2016, 10, 1)) for each in rows]
    assert [item.charge_type for item in found] == ["09", "10", "11", "05", "08"]
    assert [item.list_type for item in found] == ["101", "102", "103", "201", "301"]
    assert (found[0].first_share, found[3].cap, found[3].price) == (1000, 180_000_000, 180_000_000)
    assert made.problem(rows[0].code, D(2016, 9, 30)) == "item_not_yet_valid"


def test_a_withdrawn_item_ends_the_day_before(library: Any) -> None:
    made = amended(library, change(D(2016, 10, 1), row(STEADY, "3", ""), row("unheard of", "3", "")))
    assert made.problem(STEADY, D(2016, 9, 30)) == ""
    assert made.problem(STEADY, D(2016, 10, 1)) == "item_expired"
    assert "unheard of" not in made.items


def test_an_item_withdrawn_on_its_first_day_never_held(library: Any) -> None:
    made = amended(library, change(D(2016, 11, 1), row(NEW, "3", "", list_type="201")))
    assert made.problem(NEW, D(2016, 10, 31)) == "item_not_yet_valid"
    assert made.problem(NEW, D(2016, 11, 1)) == "item_expired"


def test_an_item_that_had_ended_may_come_back(library: Any) -> None:
    made = amended(library, change(D(2016, 12, 1), row(HERB, "1", list_type="102")))
    assert [made.problem(HERB, day) for day in (D(2016, 10, 31), D(2016, 11, 30), D(2016, 12, 1))] == [
        "",
        "item_expired",
        "",
    ]
    early = amended(library, change(D(2016, 5, 1), row(NEW, "1", list_type="201")))
    assert [entry.valid_to for entry in early.entries(NEW)] == [D(2016, 10, 31), None]


def test_a_change_brings_its_version_unless_the_library_has_it(library: Any) -> None:
    made = amended(library, change(D(2016, 10, 1), row(STEADY, "2")))
    assert [version.label for version in made.history] == ["V1", "V1a", "V2"]
    assert made.version == "V2"
    again = amended(made, change(D(2016, 10, 1), row(BED, "2", list_type="201")))
    assert again.history == made.history
    last = amended(library, change(D(2016, 12, 1), row(STEADY, "2"), version="V3"))
    assert last.version == "V3"


@pytest.mark.parametrize("again", [{"day": D(2016, 10, 15)}, {"on": D(2016, 9, 20)}])
def test_a_later_change_under_a_label_is_a_version_of_its_own(library: Any, again: dict[str, dt.date]) -> None:
    day, on = again.get("day", D(2016, 10, 1)), again.get("on", D(2016, 9, 1))
    once = amended(library, change(D(2016, 10, 1), row(STEADY, "2")), D(2016, 9, 1))
    twice = amended(once, change(day, row(BED, "2", list_type="201")), on)
    versions = [(each.announced, each.in_force) for each in twice.history if each.label == "V1a"]
    assert versions == [(D(2016, 9, 1), D(2016, 10, 1)), (on, day)]


def test_an_entry_withdrawn_on_its_first_day_keeps_its_place_beside_those_that_hold(library: Any) -> None:
    made = amended(library, change(D(2016, 11, 1), row(BETTER, "3", "")))
    assert [(entry.valid_from, entry.valid_to) for entry in made.entries(BETTER)] == [
        (D(2016, 1, 1), D(2016, 10, 31)),
        (D(2016, 11, 1), D(2016, 10, 31)),
    ]
    assert [made.problem(BETTER, day) for day in (D(2016, 10, 31), D(2016, 11, 1))] == ["", "item_expired"]
    back = amended(made, change(D(2016, 11, 1), row(BETTER, "1", "03")))
    assert [entry.level for entry in back.entries(BETTER)] == ["02", "03"]


def test_the_log_names_the_approval_of_every_row_and_finds_the_lines_without(library: Any) -> None:
    log = ChangeLog()
    log.add(*entries_of(change(D(2016, 10, 1), row(STEADY, "2"), row(HERB, "3", list_type="102"))))
    assert [entry.what[:2] for entry in log.entries] == ["变更", "停用"]
    assert {entry.approval for entry in log.entries} == log.approvals == {"MLBG-1"}
    log.add(Entry("", "某市", D(2016, 9, 1), "新增"))
    assert [entry.authority for entry in log.unapproved()] == ["某市"]
    assert log.approvals == {"MLBG-1"}
