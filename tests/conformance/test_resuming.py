"""A run that was killed goes on where its evidence ends, and every case comes out as in one that was not."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.evidence import BEGIN, END, FIRST, MARK, Line
from conformance.resuming import ONCE_MORE, OTHER, TARGET, Benches, Past
from simulator.inputs.errors import InputError
from tests.conformance.conftest import CHOSEN, SUITE, Town, results_in, verdicts_in

CASE = "test_visits.py::test_a_visit_is_settled[away-inpatient]"


def _line(case: str, attempt: int, kind: str, **said: object) -> Line:
    return Line(1, case, attempt, kind, "2026-01-01T08:00:00", said, FIRST, "")


class _Noted:
    """A bench that notes what it is asked to begin."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int, int, int]] = []

    def begin(self, name: str, attempt: int, number: int, step: int) -> None:
        self.begun.append((name, attempt, number, step))


PAST = (
    _line("", 0, "run"),
    _line(CASE, 0, BEGIN, number=28, step=TARGET),
    _line(CASE, 0, MARK),
    _line(CASE, 0, END, verdict="fail"),
    _line(CASE, 0, "from"),
    _line("reference:" + CASE, 1, BEGIN, number=29, step=OTHER),
    _line("reference:" + CASE, 1, MARK),
)


def test_only_what_is_whole_is_past_and_nothing_after_its_end() -> None:
    past = Past(PAST)
    assert past.done == {(CASE, TARGET): (CASE, 0, 28)}
    assert [line.kind for line in past.lines[CASE, 0]] == [BEGIN, MARK, END]
    assert past.tried == {CASE: 2}


def test_an_attempt_that_is_not_whole_is_made_anew_under_the_next_number() -> None:
    old, live, reference = _Noted(), _Noted(), _Noted()
    benches = Benches(
        Past(PAST),
        again=lambda of_reference: old,  # type: ignore[arg-type, return-value]
        live=lambda: live,  # type: ignore[arg-type, return-value]
        reference=lambda: reference,  # type: ignore[arg-type, return-value]
    )
    assert benches.begin(CASE, TARGET, 7) == (CASE, 0)
    assert benches.begin(CASE, OTHER, 7) == ("reference:" + CASE, 2)
    assert benches.begin(CASE, ONCE_MORE, 7) == (CASE, 3)
    assert benches.begin("other", TARGET, 8) == ("other", 0)
    assert old.begun == [(CASE, 0, 28, TARGET)]
    assert reference.begun == [("reference:" + CASE, 2, 30, OTHER)]
    assert live.begun == [(CASE, 3, 31, ONCE_MORE), ("other", 0, 32, TARGET)]


def test_attempts_never_share_a_number() -> None:
    live = _Noted()
    benches = Benches(Past(), again=lambda of: live, live=lambda: live)  # type: ignore[arg-type, return-value]
    for _ in range(9):
        for number, case in enumerate(("a", "b", "c")):
            benches.begin(case, TARGET, number)
    assert len({begun[2] for begun in live.begun}) == 27


def test_evidence_alone_has_no_further_attempts() -> None:
    benches = Benches(Past(), again=lambda of: _Noted())  # type: ignore[arg-type, return-value]
    with pytest.raises(InputError, match="is not in it"):
        benches.begin(CASE, TARGET, 0)


def test_a_run_cut_off_in_a_case_goes_on_to_the_same_end(town: Town, bundle: Path) -> None:
    whole = verdicts_in(bundle)
    evidence = bundle / "evidence.ndjson"
    content = evidence.read_bytes()
    evidence.write_bytes(content[: len(content) * 19 // 20])  # in the middle of a line of the last case
    (bundle / "results.json").unlink()
    assert town.run(bundle, "--yidi-resume") == 0
    assert verdicts_in(bundle) == whole
    kept = evidence.read_bytes()
    assert kept[: len(content) // 2] == content[: len(content) // 2]
    attempts = [row["attempts"][0]["attempt"] for row in results_in(bundle)["cases"]]
    assert attempts == [0, 0, 0, 1], "the case in the middle, and only that, was begun anew"


def test_a_whole_run_gone_on_with_adds_nothing(town: Town, bundle: Path) -> None:
    before, results = (bundle / "evidence.ndjson").read_bytes(), results_in(bundle)
    assert town.run(bundle, "--yidi-resume") == 0
    assert (bundle / "evidence.ndjson").read_bytes() == before
    assert results_in(bundle)["evidence"] == results["evidence"]


def test_another_run_is_not_gone_on_with(town: Town, bundle: Path) -> None:
    before = (bundle / "evidence.ndjson").read_bytes()
    assert town.run(bundle, "--yidi-resume", seed="2") == 4
    assert town.run(bundle) == 4, "nor is evidence overwritten"
    assert (bundle / "evidence.ndjson").read_bytes() == before


def _killed(
    town: Town, folder: Path, by: signal.Signals = signal.SIGKILL, cases: int = 1, seconds: float = 0.0
) -> bool:
    """Begin a run and end it so many seconds after so many cases ended; tell whether it was still going on."""
    folder.mkdir()
    code = "import sys; from pathlib import Path; from conformance.commands import run_suites\n"
    code += "run_suites(sys.argv[1], Path(sys.argv[2]), '', *sys.argv[4:], quiet=True, suites=Path(sys.argv[3]))"
    paths = str(town.file), str(folder / "evidence.ndjson"), str(SUITE)
    line = [sys.executable, "-P", "-c", code, *paths, *CHOSEN, "-n", "2"]
    with (folder / ".said").open("wb") as said:
        process = subprocess.Popen(line, start_new_session=True, stdout=said, stderr=said)
        evidence, until = folder / "evidence.ndjson", time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until:
            if evidence.exists() and evidence.read_bytes().count(b'"kind":"end"') >= cases:
                break
            time.sleep(0.02)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        going_on = process.poll() is None
        if going_on:
            os.killpg(process.pid, by)
        process.wait()
    return going_on


def test_a_run_that_is_stopped_writes_what_it_has(town: Town, tmp_path: Path) -> None:
    assert _killed(town, tmp_path / "stopped", signal.SIGINT)
    results = results_in(tmp_path / "stopped")
    assert results["exit"] == 130
    assert town.run(tmp_path / "stopped", "--yidi-resume") == 0
    assert results_in(tmp_path / "stopped")["verdict"] == "pass"


@pytest.mark.slow
def test_a_run_killed_at_twenty_points_goes_on_to_the_same_end(town: Town, bundle: Path, tmp_path: Path) -> None:
    whole, chance = verdicts_in(bundle), random.Random(6)
    killed = 0
    for number in range(20):
        folder = tmp_path / str(number)
        killed += _killed(town, folder, cases=0, seconds=chance.uniform(0.0, 2.0))
        assert town.run(folder, "--yidi-resume") == 0
        assert verdicts_in(folder) == whole
        shutil.rmtree(folder)
    assert killed >= 10


def test_a_run_killed_goes_on_to_the_same_end(town: Town, bundle: Path, tmp_path: Path) -> None:
    assert _killed(town, tmp_path / "killed")
    assert town.run(tmp_path / "killed", "--yidi-resume") == 0
    assert verdicts_in(tmp_path / "killed") == verdicts_in(bundle)
