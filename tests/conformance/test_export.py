"""`yidi data export` knows beforehand whom a run will make."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from conformance import SUITES
from conformance.evidence import HOOK, checked
from conformance.export import DryRunFailed, Exported, exported, written
from simulator.inputs.people import check_digit
from simulator.inputs.platforms import ground_of
from simulator.inputs.subjects import read_subject
from simulator.sandbox.clock import machine

if TYPE_CHECKING:
    from tests.conformance.conftest import Town

SUITE = SUITES / "test_visits.py"
CHOSEN = ("-k", "is_settled and (away or home) and not outpatient")


@pytest.fixture(scope="module")
def found(town: Town) -> Exported:
    subject = read_subject(town.file)
    return exported(subject, ground_of(subject.pack), "a seed of its own", machine().date(), *CHOSEN, suites=SUITE)


def test_it_is_what_the_run_tells_its_hooks(town: Town, found: Exported, tmp_path: Path) -> None:
    assert town.run(tmp_path, chosen=CHOSEN, seed="a seed of its own") == 0
    evidence = tmp_path / "evidence.ndjson"
    lines = list(checked(evidence.read_bytes(), ""))
    loaded = [row for line in lines if line.kind == HOOK for row in line.said["asked"].get("people", ())]
    assert len(loaded) == 4
    known = [{name: each for name, each in row.items() if name not in {"case", "attempt"}} for row in found.people]
    assert all(row in known for row in loaded)


def test_those_for_another_try_are_there_too_and_nobody_twice(found: Exported) -> None:
    assert sorted({row["attempt"] for row in found.people}) == [0, 2]
    assert len({row["psn_no"] for row in found.people}) == len({row["certno"] for row in found.people}) == 8
    assert {row["psn_no"] for row in found.filings} == {row["psn_no"] for row in found.people}


def test_numbers_begin_with_the_prefix_and_are_right(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "conformance.toml"
    file.write_text(town.file.read_text(encoding="utf-8") + '\n[data]\nprefix = "992125"\n', encoding="utf-8")
    subject = read_subject(file)
    found = exported(subject, ground_of(subject.pack), "1", dt.date(2026, 12, 1), *CHOSEN, suites=SUITE)
    numbers = [row["certno"] for row in found.people]
    assert len(set(numbers)) == 8
    assert all(each.startswith("992125") and check_digit(each[:17]) == each[17] for each in numbers)
    assert {row["begin"] for row in found.filings} == {"2026-11-01"}  # thirty days before the day of the run


def test_the_files_hold_every_row(found: Exported, tmp_path: Path) -> None:
    assert written(found, tmp_path) == ("data.xlsx", "filings.ndjson", "institutions.ndjson", "people.ndjson")
    for kind, rows in found._asdict().items():
        lines = (tmp_path / f"{kind}.ndjson").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line) for line in lines] == [dict(row) for row in rows]
        assert len(cells(tmp_path / "data.xlsx", kind)) == len(rows) + 1
    names, first = cells(tmp_path / "data.xlsx", "people")[:2]
    assert dict(zip(names, first, strict=True))["psn_no"] == found.people[0]["psn_no"]  # whole: it is text
    assert dict(zip(names, first, strict=True))["name"] == found.people[0]["name"]


def cells(file: Path, sheet: str) -> list[list[str]]:
    """Read the texts of a sheet, as a spreadsheet would."""
    kinds = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(file) as parts:
        names = [
            each.get("name")
            for each in ElementTree.fromstring(parts.read("xl/workbook.xml")).iterfind(".//x:sheet", kinds)
        ]
        texts = ["".join(each.itertext()) for each in ElementTree.fromstring(parts.read("xl/sharedStrings.xml"))]
        table = ElementTree.fromstring(parts.read(f"xl/worksheets/sheet{names.index(sheet) + 1}.xml"))
    found = []
    for row in table.iterfind(".//x:row", kinds):
        assert {cell.get("t") for cell in row} == {"s"}
        found.append([texts[int(cell.findtext("x:v", "", kinds))] for cell in row])
    return found


def test_a_selection_of_nothing_is_said(town: Town) -> None:
    subject = read_subject(town.file)
    with pytest.raises(DryRunFailed):
        exported(subject, ground_of(subject.pack), "1", dt.date(2026, 12, 1), "-k", "no_such_case", suites=SUITE)
