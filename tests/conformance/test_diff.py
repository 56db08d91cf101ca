"""`yidi diff` names what changed between two runs, and only that."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from conformance.diffing import Changed, compared, run_at
from conformance.setup_commands import diff_command
from simulator.inputs.errors import InputError

WRONG = {
    "kind": "differs",
    "infno": "2304",
    "place": "/output/setlinfo/acct_pay",
    "expected": "300000",
    "received": "299999",
    "line": 7,
    "zh": "",
    "en": "",
}


@pytest.fixture
def run(bundle: Path) -> dict[str, Any]:
    return run_at(bundle)


def diff(*arguments: str | Path) -> Result:
    app = typer.Typer()
    app.command()(diff_command)
    return CliRunner().invoke(app, [str(each) for each in arguments])


def reddened(run: dict[str, Any], **wrong: str) -> dict[str, Any]:
    changed = copy.deepcopy(run)
    row = changed["cases"][0]
    row |= {"verdict": "fail", "label": "system under test"}
    row["attempts"][0]["wrong"] = [{**WRONG, **wrong}]
    return changed


def test_a_run_is_the_same_as_itself_whenever_it_was(run: dict[str, Any]) -> None:
    later = {**run, "begun": "2030-01-01T00:00:00", "ended": "", "evidence": {"lines": 1, "root": "00"}}
    assert not any(compared(run, later))


def test_a_case_that_turned_red_is_named_with_its_finding(run: dict[str, Any]) -> None:
    (case,) = compared(run, reddened(run)).cases
    assert (case.before, case.after) == ("pass", "fail")
    assert case.en == "2304 /output/setlinfo/acct_pay: differs from what it must be: expected 3000.00, received 2999.99"
    (back,) = compared(reddened(run), run).cases
    assert (back.before, back.after, back.en) == ("fail", "pass", case.en)


def test_other_amounts_in_the_same_place_are_no_difference(run: dict[str, Any]) -> None:
    assert compared(reddened(run), reddened(run, expected="1", received="2")).cases == ()
    assert len(compared(reddened(run), reddened(run, place="/output/setlinfo/hifp_pay")).cases) == 1


def test_new_and_gone_cases_are_named(run: dict[str, Any]) -> None:
    less = {**run, "cases": run["cases"][1:]}
    (gone,) = compared(run, less).cases
    (new,) = compared(less, run).cases
    assert (gone.before, gone.after) == ("pass", "")
    assert (new.before, new.after) == ("", "pass")


def test_what_it_ran_with_is_compared(run: dict[str, Any]) -> None:
    other = {**run, "seed": "2", "pack": {**run["pack"], "digest": "0"}, "hooks": ["restart"]}
    found = compared(run, other).head
    assert [each.name for each in found] == ["seed", "pack.digest", "hooks"]
    assert found[0] == Changed("seed", str(run["seed"]), "2")


def test_the_command_ends_with_one_where_something_differs(bundle: Path, tmp_path: Path, run: dict[str, Any]) -> None:
    same = diff(bundle, bundle / "results.json")
    assert (same.exit_code, same.stdout) == (0, "The two runs are the same.\n")
    other = tmp_path / "other.json"
    other.write_text(json.dumps(reddened(run)), encoding="utf-8")
    found = diff(bundle, other, "--lang", "zh")
    assert found.exit_code == 1
    assert "通过 → 不符合" in found.stdout
    told = json.loads(diff(bundle, other, "--json").stdout)
    assert (told["same"], len(told["cases"])) == (False, 1)


def test_what_is_no_run_is_said(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("[]", encoding="utf-8")
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError):
            run_at(place)
    refused = diff(tmp_path, tmp_path)
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (2, 1)
