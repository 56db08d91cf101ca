"""The whole window with its report: beyond 12 December, when the ministry connects, tables hold a city of another
province, which the charts and the page must do without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from simulator.inputs.scenarios import load_scenario
from simulator.study.run import Options, simulate

OTHER = "990100"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("whole")
    assert simulate(
        load_scenario("jiangsu-2016", overrides=["money.idle=0"]), Options(scale=0.0005, seed=1), made
    ).clean
    return made


def test_the_page_of_a_run_beyond_the_ministrys_opening_is_written(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert OTHER in set(pl.read_parquet(folder / "clearing.parquet")["treatment_city"])
    for lang in ("zh", "en"):
        assert f'id="{lang}-flow"' in page
        assert f'id="{lang}-office"' in page
    assert "2016-11" in page


def test_what_the_run_leaves_open_is_shown_open(folder: Path) -> None:
    office: Any = json.loads((folder / "summary.json").read_bytes())["back_office"]
    assert [month["month"] for month in office["months"]][-2:] == ["2016-11", "2016-12"]
    assert office["months"][-1]["reconciled_on"] is None
    last = office["sheets"][-1]
    assert (last["month"], last["made_on"], last["paid_on"], last["kept"]) == ("2016-11", "2016-12-21", None, None)
    assert all(sheet["kept"] for sheet in office["sheets"][:-1])


def test_every_invariant_was_checked_in_it(folder: Path) -> None:
    checks: Any = json.loads((folder / "summary.json").read_bytes())["checks"]["invariants"]
    assert [name for name, row in checks.items() if row["broken"] or not row["checked"]] == []
