"""A hospital's run as a whole: against the reference, judged again, and told apart from a wrong one."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from conformance import suites_of
from conformance.commands import all_cases, demo_city, run_suites
from conformance.doctor import OK, examined
from conformance.head import suites_digest
from conformance.mutants.commands import role_of
from conformance.mutants.registry import MUTANTS
from conformance.results import read_results
from conformance.verifying import compare, judged_again
from schemas.requirements import load_requirements
from tests.conformance.conftest import results_in

SUITES = suites_of("hospital")
FILES = ("visits", "amounts", "unknown", "refusals", "reconciliation", "replies", "days", "restart", "care", "parts")
CHOSEN = "(visit_is_settled and here-pharmacy) or (settlement_without and cut) or (is_stated_once and 1)"


def _cases() -> Iterator[tuple[str, FunctionType]]:
    for file in FILES:
        module = import_module(f"conformance.suites.hospital.test_{file}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("test_"):
                yield f"hospital/test_{file}.py::{name}", function


CASES = dict(_cases())


def test_every_case_says_what_it_judges_and_none_says_the_same() -> None:
    said = [mark for each in CASES.values() for mark in each.pytestmark if mark.name == "verifies"]  # type: ignore[attr-defined]
    assert len(said) == len(CASES)
    assert {row for mark in said for row in mark.args} <= set(load_requirements().rows)
    assert all(any("一" <= each <= "鿿" for each in mark.kwargs["zh"]) and mark.kwargs["en"].isascii() for mark in said)
    assert len({mark.kwargs["zh"] for mark in said}) == len({mark.kwargs["en"] for mark in said}) == len(said)


def test_each_role_has_suites_of_its_own() -> None:
    found = all_cases("hospital")
    assert {case.partition("[")[0] for case in found} == CASES.keys()
    assert suites_digest("hospital") != suites_digest()
    assert {role_of(f"conformance/suites/{case}") for case in found} == {"hospital"}
    assert role_of("conformance/suites/test_visits.py::test_a_visit_is_settled[here-inpatient]") == "city"
    wrong = [each for each in MUTANTS if each.role == "hospital"]
    assert len(wrong) >= 6
    assert all("hospital/" in pattern for each in wrong for pattern in each.expected)


@pytest.fixture(scope="module")
def house() -> Iterator[Path]:
    """Return the configuration of a reference hospital that is up."""
    with demo_city(role="hospital") as file:
        yield file


def test_a_handful_is_green_on_the_reference_and_comes_out_the_same(house: Path, tmp_path: Path) -> None:
    chosen, evidence = ("-k", CHOSEN), tmp_path / "evidence.ndjson"
    assert run_suites(str(house), evidence, "", *chosen, quiet=True, suites=SUITES) == 0
    results = results_in(tmp_path)
    assert {case["verdict"] for case in results["cases"]} == {"pass"}
    assert (len(results["cases"]), results["subject"]["role"]) == (3, "hospital")
    compare(read_results(tmp_path / "results.json"), judged_again(evidence, *chosen, suites=SUITES))


def test_the_doctor_finds_the_reference_well_and_what_is_wrong(house: Path, tmp_path: Path) -> None:
    assert {check.status for check in examined(house).checks} == {OK}
    for old, new, check, words in (
        ('seed = "1"', 'seed = "2"', "keys", "not signed as agreed"),
        ('code = "H32019900001"', 'code = "H99999900001"', "configuration", "no such institution"),
        ("do = ", "load_people = ", "configuration", "cannot be asked for anything"),
        ("/hooks/do", "/hooks/nothing", "keys", "HTTP 404"),
    ):
        file = tmp_path / "conformance.toml"
        file.write_text(house.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        found = next(each for each in examined(file).checks if each.status != OK)
        assert (found.name, words in found.en) == (check, True), found
        assert found.cure_zh
        assert found.cure_en


@pytest.mark.slow
def test_two_workers_have_it_one_after_another(house: Path, tmp_path: Path) -> None:
    evidence, chosen = tmp_path / "evidence.ndjson", ("-k", "test_amounts", "-n", "2")
    assert run_suites(str(house), evidence, "", *chosen, quiet=True, suites=SUITES) == 0
    assert {case["verdict"] for case in results_in(tmp_path)["cases"]} == {"pass"}
    compare(read_results(tmp_path / "results.json"), judged_again(evidence, *chosen, suites=SUITES))


@pytest.mark.slow
def test_a_wrong_hospital_is_red_and_it_is_the_hospital(tmp_path: Path) -> None:
    chosen = ("-k", "visit_is_settled and here-inpatient")
    with demo_city("hospital-a-fen-off", "hospital") as file:
        assert run_suites(str(file), tmp_path / "evidence.ndjson", "", *chosen, quiet=True, suites=SUITES) == 1
    (case,) = results_in(tmp_path)["cases"]
    assert (case["verdict"], case["label"]) == ("fail", "system under test")
    wrong: dict[str, Any] = json.loads(json.dumps(case["attempts"][0]["wrong"][0]))
    assert (wrong["kind"], wrong["place"]) == ("sent", "/input/data/medfee_sumamt")
