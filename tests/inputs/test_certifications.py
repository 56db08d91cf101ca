"""What a certification says about the test that institutions have to pass."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from simulator.inputs.certifications import read_certification
from simulator.inputs.errors import InputError


def results(**changed: Any) -> dict[str, Any]:
    return {
        "format": "yidi/results/1",
        "subject": {"role": "hospital"},
        "begun": "2026-01-05T09:00:00",
        "ended": "2026-01-05T09:30:00",
        "cases": [{"verdict": each} for each in ("pass", "pass", "pass", "fail", "skipped")],
        **changed,
    }


def test_the_chance_is_the_share_of_judged_cases_that_passed(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(json.dumps(results()), "utf-8")
    found = read_certification(tmp_path)
    assert (found.passed, found.judged, found.chance) == (3, 4, 0.75)
    assert found.took == dt.timedelta(minutes=30)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": "x"}, "yidi/results/1"),
        ({"subject": {"role": "city"}}, "not hospital"),
        ({"cases": [{"verdict": "fail"}]}, "none that passed"),
        ({"ended": None}, "lacks"),
    ],
)
def test_a_file_that_says_nothing_about_a_hospital_is_refused(tmp_path: Path, changed: Any, said: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results(**changed)), "utf-8")
    with pytest.raises(InputError, match=said):
        read_certification(path)
