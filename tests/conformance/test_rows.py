"""Which requirement rows the suites verify: enough, softly where the text is soft, and a reason for each other."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from conformance import SUITES
from conformance.certificate import clause_table
from conformance.verdicts import PASS
from schemas.requirements import load_requirements

ROWS = load_requirements().rows
BUREAU = "test_bureau"
"""The suites of messages between bureaus; all others are in national transactions."""


class Said(NamedTuple):
    """What a case of the suites says it verifies."""

    name: str
    rows: tuple[str, ...]
    should: bool


def _cases() -> Iterator[Said]:
    for file in sorted(SUITES.glob("test_*.py")):
        module = importlib.import_module(f"conformance.suites.{file.stem}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("test_") and function.__module__ == module.__name__:
                (mark,) = (each for each in function.pytestmark if each.name == "verifies")  # type: ignore[attr-defined]
                yield Said(f"{file.name}::{name}", mark.args, mark.kwargs.get("should", False))


CASES = tuple(_cases())
VERIFIED = {row for each in CASES for row in each.rows}
NATIONAL = {row for each in CASES if not each.name.startswith(BUREAU) for row in each.rows}


def test_enough_rows_are_verified_and_most_of_them_in_national_transactions() -> None:
    assert len(ROWS) == 171
    assert len(VERIFIED) >= 60
    assert len(NATIONAL) >= 35


def test_a_row_is_verified_or_says_why_not_and_never_both() -> None:
    assert not VERIFIED - ROWS.keys()
    assert {row.id for row in ROWS.values() if row.links.reason is None} == VERIFIED


@pytest.mark.parametrize("case", [each for each in CASES if each.rows], ids=lambda case: case.name)
def test_a_soft_row_is_but_a_warning_and_a_binding_one_never(case: Said) -> None:
    assert {ROWS[row].strength == "should" for row in case.rows} == {case.should}


def test_the_clause_table_says_of_each_row_what_was_tested_or_why_not() -> None:
    passed = [{"id": each.name, "verdict": PASS, "verifies": list(each.rows)} for each in CASES]
    table = clause_table(passed)
    assert len(table) == 171
    assert sum(row["tested"] for row in table) == len(VERIFIED)
    for row in table:
        assert row["tested"] is (row["reason"] is None)
        assert row["tested"] or row["reason"]["zh"] != row["reason"]["en"]


@pytest.mark.parametrize(("file", "lang"), [("verdicts.md", "en"), ("verdicts.zh-CN.md", "zh")])
def test_the_page_of_verdicts_says_how_many_and_why_not(file: str, lang: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / file).read_text(encoding="utf-8")
    assert str(len(VERIFIED)) in page
    assert str(len(NATIONAL)) in page
    told = {
        line.split(" | ")[0].removeprefix("| "): line.split(" | ")[1] for line in page.splitlines() if " | " in line
    }
    for row in ROWS.values():
        if row.links.reason is not None:
            assert row.id in re.findall(r"[A-Z0-9]+-[A-Z0-9.a-z]+", told[getattr(row.links.reason, lang)])
