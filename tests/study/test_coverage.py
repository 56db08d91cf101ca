"""Where each row is simulated and checked, and the command that lists it."""

from __future__ import annotations

import json
from pathlib import Path
from pydoc import locate
from typing import Any

import pytest
from typer.testing import CliRunner

from schemas.requirements import load_requirements
from simulator.study.coverage import coverage_of, notices
from simulator.study.requirements import counts, is_covered
from yidi import app

ROWS = load_requirements().rows
FOUND = coverage_of(notices())


def told(*line: str) -> tuple[int, Any]:
    done = CliRunner().invoke(app, ["requirements", *line, "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_every_row_of_both_notices_is_listed() -> None:
    code, document = told()
    assert [row["row"] for row in document["rows"]] == [row.id for row in load_requirements().notices]
    assert document["counts"] == counts(FOUND) | {"rows": 136}
    assert code == (0 if all(is_covered(each) for each in FOUND) else 1)


@pytest.mark.parametrize("name", sorted({name for row in ROWS.values() for name in row.links.simulated}))
def test_a_process_that_simulates_a_row_is_there(name: str) -> None:
    assert locate(name) is not None, name


def test_a_scenario_keeps_to_the_rows_of_its_notice() -> None:
    _, document = told("--scenario", "jiangsu-2016")
    assert {row["document"] for row in document["rows"]} == {"JS"}


def test_a_run_says_how_it_stands(tmp_path: Path) -> None:
    standing = {"row": "JS-2.4", "verdict": "broken", "cases": 13, "kept": 4, "open": 0, "broken": 9, "told": []}
    (tmp_path / "summary.json").write_text(json.dumps({"obligations": [standing]}), "utf-8")
    code, document = told("--result", str(tmp_path))
    assert code == 1
    assert [(row["row"], row["standing"]["verdict"]) for row in document["rows"]] == [("JS-2.4", "broken")]


def test_a_folder_without_a_result_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["requirements", "--result", str(tmp_path)])
    assert done.exit_code == 2
    assert "no whole result" in done.stderr
