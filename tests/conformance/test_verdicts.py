"""The three tables of precedence: an attempt, a case, a run; and what is said of a finding."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from conformance.client import Instrument, Nonconformant
from conformance.findings import KINDS, said
from conformance.stage import DIFFERS, NO_ANSWER, SCHEMA, SIGNATURE, STATUS, Wrong
from conformance.verdicts import (
    CONFIGURATION,
    ENVIRONMENT,
    FAIL,
    INCONCLUSIVE,
    INSTRUMENT,
    NOT_APPLICABLE,
    PASS,
    SKIPPED,
    SYSTEM,
    TOOL,
    UNCLEAR,
    WAIVED,
    WARN,
    Attempt,
    concluded,
    said_of,
    verdict_of_run,
)
from conformance.wire import UNREACHABLE
from simulator.inputs.errors import InputError
from simulator.inputs.hooks import HookFailed, NotOffered

AMOUNT = Wrong(DIFFERS, "2304", "/output/setlinfo/fund_pay_sumamt", "80000", "80001", 7)
GONE = Wrong(NO_ANSWER, "1101", "", "HTTP 200", f"{UNREACHABLE}: refused", 3)
CUT = Wrong(NO_ANSWER, "1101", "", "HTTP 200", "broken answer: reset", 3)


@pytest.mark.parametrize(
    ("problem", "verdict"),
    [
        (None, PASS),
        (Nonconformant((AMOUNT,)), FAIL),
        (Nonconformant((GONE,)), SKIPPED),
        (Nonconformant((CUT,)), FAIL),
        (Nonconformant((AMOUNT, GONE)), FAIL),
        (NotOffered("set_clock"), NOT_APPLICABLE),
        (HookFailed("hook set_clock: no"), SKIPPED),
        (pytest.skip.Exception("later"), SKIPPED),
        (Instrument("2304: -101"), INSTRUMENT),
        (AssertionError("assert 1 == 2"), FAIL),
        (KeyError("visit"), INSTRUMENT),
        (InputError("evidence", "line 3", "was changed", "restore it"), INSTRUMENT),
        (BaseExceptionGroup("histories", [Nonconformant((AMOUNT,)), KeyError("x")]), FAIL),
    ],
)
def test_what_stopped_a_test_says_what_it_came_to(problem: BaseException | None, verdict: str) -> None:
    assert said_of(problem).verdict == verdict


def test_what_was_not_foreseen_says_its_name() -> None:
    assert said_of(ZeroDivisionError("division by zero")).message == "ZeroDivisionError: division by zero"
    assert said_of(NotOffered("restart")).message == "the hook restart is not offered"


GREEN, RED = Attempt(1, PASS), Attempt(0, FAIL, (AMOUNT,))
RED_TOO = Attempt(2, FAIL, (AMOUNT._replace(line=90),))
OTHERWISE = Attempt(1, FAIL, (AMOUNT._replace(place="/output/setlinfo/psn_cash_pay"),))
LOST, OURS, NONE_ASKED = (
    Attempt(2, SKIPPED, (GONE,)),
    Attempt(2, INSTRUMENT),
    Attempt(0, FAIL, (AMOUNT,), callback=False),
)
UNSIGNED = Attempt(0, FAIL, (Wrong(SIGNATURE, "2304", "", "", "验签失败", 5),))
TURNED_AWAY = Attempt(0, FAIL, (Wrong(STATUS, "9001", "", "HTTP 200", "HTTP 401", 5),))


@pytest.mark.parametrize(
    ("tries", "verdict", "label"),
    [
        ((GREEN, None, None), PASS, ""),
        ((RED, None, None), FAIL, ""),
        ((RED, GREEN, RED_TOO), FAIL, SYSTEM),
        ((RED, GREEN, GREEN), FAIL, SYSTEM),
        ((RED, GREEN, LOST), FAIL, SYSTEM),
        ((RED, GREEN, OURS), INSTRUMENT, TOOL),
        ((RED, RED_TOO, None), INSTRUMENT, UNCLEAR),
        ((RED, OTHERWISE, None), INSTRUMENT, TOOL),
        ((Attempt(0, FAIL), Attempt(1, FAIL), None), INSTRUMENT, TOOL),
        ((RED, OURS, None), INSTRUMENT, TOOL),
        ((RED, LOST, None), INSTRUMENT, TOOL),
        ((RED, Attempt(1, NOT_APPLICABLE), None), INSTRUMENT, TOOL),
        ((NONE_ASKED, GREEN, RED_TOO), FAIL, CONFIGURATION),
        ((UNSIGNED, GREEN, RED_TOO), FAIL, CONFIGURATION),
        ((TURNED_AWAY, GREEN, RED_TOO), FAIL, CONFIGURATION),
        ((LOST, None, None), SKIPPED, ENVIRONMENT),
        ((OURS, None, None), INSTRUMENT, TOOL),
        ((Attempt(0, NOT_APPLICABLE), None, None), NOT_APPLICABLE, ""),
    ],
)
def test_attempts_say_whose_it_is(tries: Any, verdict: str, label: str) -> None:
    found = concluded(*tries, should=False, core=False)
    assert (found.verdict, found.label) == (verdict, label)


def test_what_went_wrong_once_and_right_once_says_so() -> None:
    found = concluded(RED, GREEN, GREEN, should=False, core=False)
    assert "不稳定" in found.zh and "Unsteady" in found.en


def test_a_callback_that_was_not_received_says_so() -> None:
    found = concluded(NONE_ASKED, GREEN, NONE_ASKED, should=False, core=False)
    assert "未收到回调" in found.zh and "Callback not received" in found.en


def test_a_should_warns_and_a_core_case_has_to_apply() -> None:
    assert concluded(RED, GREEN, RED_TOO, should=True, core=False).verdict == WARN
    assert concluded(OURS, None, None, should=True, core=False).verdict == INSTRUMENT
    assert concluded(Attempt(0, NOT_APPLICABLE), None, None, should=False, core=True).verdict == SKIPPED


@pytest.mark.parametrize(
    ("verdicts", "verdict", "code"),
    [
        ([PASS, WARN, NOT_APPLICABLE, WAIVED], PASS, 0),
        ([PASS, SKIPPED], INCONCLUSIVE, 3),
        ([SKIPPED, INSTRUMENT], INSTRUMENT, 4),
        ([SKIPPED, INSTRUMENT, FAIL], FAIL, 1),
        ([], INCONCLUSIVE, 5),
    ],
)
def test_cases_make_a_run(verdicts: list[str], verdict: str, code: int) -> None:
    assert verdict_of_run(verdicts) == (verdict, code)


def test_a_run_that_was_stopped_or_is_broken_never_passes() -> None:
    assert verdict_of_run([PASS], interrupted=True) == (INCONCLUSIVE, 130)
    assert verdict_of_run([FAIL], interrupted=True) == (FAIL, 130)
    assert verdict_of_run([PASS], broken=True) == (INSTRUMENT, 4)
    assert verdict_of_run([], broken=True) == (INSTRUMENT, 4)


def test_a_finding_is_said_in_yuan() -> None:
    zh, en = said(AMOUNT)
    assert en == "2304 /output/setlinfo/fund_pay_sumamt: differs from what it must be: expected 800.00, received 800.01"
    assert "应为800.00，实为800.01" in zh


def test_a_finding_of_the_schema_is_said_in_its_words() -> None:
    wrong = Wrong(SCHEMA, "2304", "/output", "", "", 1, "缺少字段", "a field is missing")
    assert said(wrong) == (
        "2304 /output：报文不合规范：缺少字段",
        "2304 /output: breaks the schema: a field is missing",
    )


def test_every_kind_of_finding_has_words() -> None:
    stage = Path(__file__).parents[2] / "conformance" / "stage.py"
    names = re.search(r"^((?:[A-Z_]+, )+[A-Z_]+) = \(\n((?:    \"[a-z ]+\",\n)+)", stage.read_text(), re.MULTILINE)
    assert names is not None
    assert set(re.findall(r'"([a-z ]+)"', names[2])) <= KINDS.keys()
