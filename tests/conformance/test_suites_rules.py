"""The suites about rules: each case says what it verifies, and is green on the reference and red where it is wrong."""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from conformance import SUITES
from conformance.client import CaseClient, Nonconformant
from conformance.commands import all_cases, run_suites
from conformance.setting import AWAY, HERE, HOME
from conformance.standing import Standing
from conformance.suites import test_benefit, test_benefit_year, test_care, test_filing, test_life_cycle, test_lines
from schemas.requirements import load_requirements
from simulator.inputs.platforms import ground_of
from simulator.inputs.subjects import Subject
from tests.conformance.conftest import Town, results_in

FILES = ("benefit", "benefit_year", "lines", "filing", "care", "life_cycle", "parts")
FILES += ("files", "split", "catalogue", "registry", "referral", "bureau")
CHOSEN = (
    "(around_the_deductible and away-worker) or (not_in_the_catalogue and here-unknown) or accumulators_of_nobody"
    " or (chronic_care and away-M01600) or parts_are_one_stay or (out_of_order and home-inpatient-settled)"
)
SUBJECT = Subject("dry", "city", "320300", "http://dry.invalid", "jiangsu-2023")


def _functions() -> Iterator[tuple[str, FunctionType]]:
    for file in FILES:
        module = importlib.import_module(f"conformance.suites.test_{file}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("test_"):
                yield f"test_{file}.py::{name}", function


FUNCTIONS = dict(_functions())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_case_says_what_it_judges(name: str) -> None:
    marks = [mark for mark in FUNCTIONS[name].pytestmark if mark.name == "verifies"]  # type: ignore[attr-defined]
    assert len(marks) == 1
    assert set(marks[0].args) <= set(load_requirements().rows)
    assert any("一" <= each <= "鿿" for each in marks[0].kwargs["zh"])
    assert marks[0].kwargs["en"].isascii()


def test_no_two_cases_say_the_same() -> None:
    said = [mark.kwargs for each in FUNCTIONS.values() for mark in each.pytestmark if mark.name == "verifies"]  # type: ignore[attr-defined]
    assert len({each["zh"] for each in said}) == len({each["en"] for each in said}) == len(said)


def test_all_of_them_are_collected() -> None:
    found = {case.partition("[")[0] for case in all_cases()}
    assert FUNCTIONS.keys() <= found


def test_a_handful_is_green_on_the_reference(town: Town, tmp_path: Path) -> None:
    assert run_suites(str(town.file), tmp_path / "evidence.ndjson", "", "-k", CHOSEN, quiet=True, suites=SUITES) == 0
    cases = results_in(tmp_path)["cases"]
    assert {case["verdict"] for case in cases} == {"pass"}
    assert len(cases) == 12


# -- a platform of this process, that can be broken ---------------------------------------------------------------


class _Dry:
    """A bench around a platform of this process; ``change`` alters what that answers to a transaction."""

    def __init__(self, folder: Path) -> None:
        ground, day = ground_of(SUBJECT.pack), dt.date(2026, 11, 23)
        self.standing = Standing(SUBJECT, ground, "1", folder / "evidence.ndjson", dry=day)
        self.city: Any = self.standing.wire._city  # type: ignore[attr-defined]
        self.standing.bench.begin("case", 0, 7)
        self.case = CaseClient(self.standing.bench, "case", 0)

    def change(self, infno: str, alter: Callable[[dict[str, Any]], None]) -> None:
        """Alter the successful answers to a transaction."""
        right = self.city.answer

        def answer(now: dt.datetime, headers: Any, body: bytes) -> tuple[int, bytes, str]:
            status, told, why = right(now, headers, body)
            if json.loads(body)["infno"] == infno and json.loads(told)["infcode"] == 0:
                reply = json.loads(told)
                alter(reply["output"])
                told = json.dumps(reply).encode()
            return status, told, why

        self.city.answer = answer

    def accept(self, infno: str, output: dict[str, Any]) -> None:
        """Let it accept what it refuses of a transaction."""
        right = self.city.answer

        def answer(now: dt.datetime, headers: Any, body: bytes) -> tuple[int, bytes, str]:
            status, told, why = right(now, headers, body)
            reply = json.loads(told)
            if json.loads(body)["infno"] == infno and reply["infcode"] != 0:
                told = json.dumps({**reply, "infcode": 0, "err_msg": "", "output": output}).encode()
            return status, told, why

        self.city.answer = answer


@pytest.fixture
def dry(tmp_path: Path) -> Iterator[_Dry]:
    made = _Dry(tmp_path)
    yield made
    made.standing.close()


def test_a_platform_that_is_right_passes(dry: _Dry) -> None:
    for infno in ("2304", "5206"):
        dry.change(infno, lambda output: None)
    test_benefit_year.test_accumulators_follow_settlements(dry.case, AWAY, "inpatient")
    test_lines.test_refund_lines(dry.case, HERE)
    test_care.test_chronic_care(dry.case, HOME, "M01600")
    test_filing.test_a_filing_made_before_discharge(dry.case, AWAY)


def _a_fen_more(output: dict[str, Any]) -> None:
    info = output["setlinfo"]
    info["hifp_pay"] = round(info["hifp_pay"] + 0.01, 2)
    info["fund_pay_sumamt"] = round(info["fund_pay_sumamt"] + 0.01, 2)
    info["psn_part_amt"] = round(info["psn_part_amt"] - 0.01, 2)
    info["psn_cash_pay"] = round(info["psn_cash_pay"] - 0.01, 2)
    output["setldetail"][0]["fund_payamt"] = info["fund_pay_sumamt"]


def _no_cap(output: dict[str, Any]) -> None:
    for row in output["result"]:
        row["inscp_scp_amt"] = round(row["inscp_scp_amt"] + row["overlmt_amt"], 2)
        row["overlmt_amt"] = 0


def _nothing_used(output: dict[str, Any]) -> None:
    for row in output["cuminfo"]:
        row["cum"] = 0


@pytest.mark.parametrize("where", (AWAY, HOME))
def test_a_fen_too_much_is_seen(dry: _Dry, where: str) -> None:
    dry.change("2304", _a_fen_more)
    with pytest.raises(Nonconformant, match="hifp_pay"):
        test_benefit.test_around_the_deductible(dry.case, where, "worker", 1)


@pytest.mark.parametrize("where", (HERE, HOME))
def test_a_forgotten_price_cap_is_seen(dry: _Dry, where: str) -> None:
    dry.change("2301", _no_cap)
    with pytest.raises(Nonconformant, match="overlmt_amt"):
        test_lines.test_above_the_cap_of_a_price(dry.case, where)


def test_forgotten_accumulators_are_seen(dry: _Dry) -> None:
    dry.change("5206", _nothing_used)
    with pytest.raises(Nonconformant, match="cum"):
        test_benefit_year.test_accumulators_follow_settlements(dry.case, AWAY, "outpatient")


@pytest.mark.parametrize("where", (AWAY, HERE, HOME))
def test_a_step_accepted_out_of_order_is_seen(dry: _Dry, where: str) -> None:
    dry.accept("2404", {})
    with pytest.raises(Nonconformant, match="infcode"):
        test_life_cycle.test_an_admission_undone(dry.case, where)


def test_a_wrong_code_accepted_is_seen(dry: _Dry) -> None:
    dry.accept("2301", {"result": []})
    with pytest.raises(Nonconformant, match="infcode"):
        test_lines.test_codes_that_are_not_in_the_catalogue(dry.case, HOME, "unknown", 3)
