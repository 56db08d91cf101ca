"""The reference is killed and started again at the same place, with what it knew; it ends with who started it."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from conformance import SUITES
from conformance.commands import run_suites
from conformance.evidence import HOOK, checked
from conformance.reference import NoReference, Reference
from conformance.verifying import compare, judged_again
from simulator.inputs.hooks import Hook, hook
from simulator.inputs.subjects import read_subject
from simulator.sandbox.clock import machine
from tests.conformance.conftest import Town, results_in, verdicts_in

NEARLY = dt.timedelta(minutes=2)
CLOCK = SUITES / "test_clock.py"
CHOSEN = "cancelled_after_midnight and home or totals_belong or killed_while and 2304-slow"


@pytest.fixture(scope="module")
def hooks(town: Town) -> dict[str, Hook]:
    return {name: hook(name, how) for name, how in read_subject(str(town.file)).hooks.items()}


@pytest.fixture(scope="module")
def control(town: Town) -> str:
    return str(read_subject(str(town.file)).hooks["set_clock"]).removesuffix("/hooks/set_clock")


def told(control: str, what: str) -> Any:
    return requests.get(f"{control}{what}", timeout=10).json()


def now(control: str) -> dt.datetime:
    return dt.datetime.fromisoformat(told(control, "/clock")["now"])


def test_it_comes_again_at_the_same_place(hooks: dict[str, Hook], control: str) -> None:
    before = told(control, "/parties")
    hooks["restart"]({})
    assert told(control, "/parties") == before


def test_its_clock_is_set_back_and_stays_so_after_a_restart(hooks: dict[str, Hook], control: str) -> None:
    hooks["set_clock"]({"now": "2031-05-06T09:00:00"})
    assert now(control) >= dt.datetime(2031, 5, 6, 9)
    hooks["set_clock"]({"now": None})
    assert abs(now(control) - machine()) < NEARLY
    hooks["restart"]({})
    assert abs(now(control) - machine()) < NEARLY


def test_cases_come_out_the_same_from_evidence_and_when_the_run_goes_on(
    town: Town, tmp_path: Path, hooks: dict[str, Hook], control: str
) -> None:
    evidence, chosen = tmp_path / "evidence.ndjson", ("-k", CHOSEN, str(SUITES / "test_restart.py"))
    assert run_suites(str(town.file), evidence, "", *chosen, quiet=True, suites=CLOCK) == 0
    results, whole = results_in(tmp_path), verdicts_in(tmp_path)
    assert len(whole) == 3
    compare(results, judged_again(evidence, *chosen, suites=CLOCK))
    lines = list(checked(evidence.read_bytes(), ""))
    cut = max(line.number for line in lines if line.kind == HOOK and line.said["asked"] == {"now": None})
    evidence.write_bytes(b"".join(evidence.read_bytes().splitlines(keepends=True)[: cut - 1]))
    hooks["set_clock"]({"now": "2031-05-06T09:00:00"})  # as a tester that is killed leaves it
    assert run_suites(str(town.file), evidence, "", "--yidi-resume", *chosen, quiet=True, suites=CLOCK) == 0
    assert verdicts_in(tmp_path) == whole
    assert abs(now(control) - machine()) < NEARLY


def test_a_mutant_that_there_is_none_of_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NoReference, match="there is no mutant nothing"):
        Reference(tmp_path, "http://127.0.0.1:9", code="320300", pack="jiangsu-2023", mutant="nothing")


def test_it_ends_with_who_started_it(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom conformance.reference import Reference\n"
        "made = Reference(Path(sys.argv[1]), 'http://127.0.0.1:9', code='320300', pack='jiangsu-2023')\n"
        "print(made.ready['control_url'], made._process.pid, flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    line = [sys.executable, "-P", "-c", code, str(tmp_path)]
    said = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60).stdout
    control, number = said.split()
    for _ in _until_gone(int(number)):
        pass
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{control}/clock", timeout=5)


def _until_gone(number: int) -> Iterator[None]:
    """Yield while a process is there, at most as long as it may take to end."""
    until = machine() + dt.timedelta(seconds=20)
    with contextlib.suppress(ProcessLookupError):
        while machine() < until:
            os.kill(number, 0)
            yield
