"""Waivers: read, found, and held to be needed and in time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from conformance.waivers import EXPIRED, UNUSED, Waiver, read_waivers, used, waiver_for, waivers_again
from simulator.inputs.errors import InputError

TODAY = dt.date(2026, 3, 1)
ROW = 'reason = "known since spring"\nowner = "示例甲"\nexpires = 2026-12-31\n'
BY_ROW = Waiver(1, "known", "示例甲", dt.date(2026, 12, 31), clause="P75-45")
BY_CASE = Waiver(2, "known", "示例甲", TODAY, case="test_visits.py::*[away-*]")
AWAY = "test_visits.py::test_a_visit_is_settled[away-inpatient]"


def test_a_file_is_read_and_told_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "waivers.toml"
    file.write_text(f'[[waiver]]\nclause = "P75-45"\n{ROW}[[waiver]]\ncase = "test_x.py::*"\n{ROW}', encoding="utf-8")
    found = read_waivers(file)
    assert [(each.number, each.clause, each.case) for each in found] == [(1, "P75-45", ""), (2, "", "test_x.py::*")]
    assert waivers_again([each.told() for each in found]) == found


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"[[waiver]]\n{ROW}", "needs either a clause or a case"),
        (f'[[waiver]]\nclause = "A"\ncase = "b"\n{ROW}', "needs either a clause or a case"),
        ('[[waiver]]\nclause = "A"\nreason = "x"\nowner = "y"\n', "is missing"),
        (f'[[waiver]]\nclause = "A"\nuntil = 1\n{ROW}', "is an unknown key"),
        (f'[[waiver]]\nclause = "A"\n{ROW}'.replace("2026-12-31", '"soon"'), "soon"),
    ],
)
def test_a_file_that_is_wrong_says_where(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "waivers.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=problem):
        read_waivers(file)


def test_a_waiver_covers_its_row_or_its_cases() -> None:
    both = (BY_ROW, BY_CASE)
    assert waiver_for(both, "test_other.py::test_x", ("P75-44", "P75-45")) == BY_ROW
    assert waiver_for(both, AWAY, ("P75-44",)) is None  # brackets are a pattern's own
    assert waiver_for((BY_CASE._replace(case="*away*"),), AWAY, ()) is not None
    assert waiver_for(both, "test_other.py::test_x", ()) is None


def test_a_waiver_is_needed_and_in_time() -> None:
    cases = [{"id": AWAY, "waiver": 1}, {"id": "test_x.py::test_y", "waiver": None}]
    problems = [row["problem"] for row in used((BY_ROW, BY_CASE), TODAY, cases, ())]
    assert problems == ["", UNUSED]
    assert [row["used"] for row in used((BY_ROW,), TODAY, cases, ())] == [[AWAY]]
    assert used((BY_CASE,), TODAY + dt.timedelta(days=1), cases, ())[0]["problem"] == EXPIRED


def test_a_waiver_of_what_was_not_run_is_left_alone() -> None:
    wide = BY_CASE._replace(case="test_visits.py::*")
    assert used((wide,), TODAY, (), (AWAY,))[0]["problem"] == ""
    assert used((BY_ROW,), TODAY, (), (AWAY,))[0]["problem"] == ""
    assert used((wide,), TODAY, (), ("test_x.py::test_y",))[0]["problem"] == UNUSED
