"""Runs one pytest item as a case: its attempts, what they come to, and one report that says so."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pytest
from _pytest.runner import runtestprotocol

from conformance import SUITES
from conformance.attribution import Tries, tried
from conformance.client import CaseClient
from conformance.findings import said
from conformance.sections import BUREAU, NATIONAL
from conformance.verdicts import (
    FAIL,
    INSTRUMENT,
    NOT_APPLICABLE,
    PASS,
    SKIPPED,
    WAIVED,
    WARN,
    Attempt,
    Conclusion,
    said_of,
)
from conformance.waivers import Waiver, waiver_for
from simulator.inputs.hooks import HookFailed

OUTCOMES: Mapping[str, str] = {
    PASS: "passed",
    WARN: "passed",
    WAIVED: "passed",
    NOT_APPLICABLE: "skipped",
    SKIPPED: "skipped",
    FAIL: "failed",
    INSTRUMENT: "failed",
}
"""What pytest calls a verdict."""
TOLD = "yidi"
"""The attribute of a report that holds the row of ``results.json``."""

BENCH = pytest.StashKey[Any]()
NUMBERS = pytest.StashKey[Mapping[str, int]]()
WAIVERS = pytest.StashKey[Sequence[Waiver]]()
_STEP = pytest.StashKey[int]()
_OPEN = pytest.StashKey[tuple[str, int]]()
_PROBLEM = pytest.StashKey[BaseException]()


class Marks(NamedTuple):
    """What a case says of itself; ``section``: see :mod:`conformance.sections`."""

    verifies: tuple[str, ...]
    should: bool
    core: bool
    zh: str
    en: str
    section: str = NATIONAL


def id_of(item: pytest.Item) -> str:
    """Return the name of a case: for one of ours the same from wherever it is run."""
    rest = item.nodeid.partition("::")[2]
    return f"{item.path.relative_to(SUITES).as_posix()}::{rest}" if is_ours(item) else item.nodeid


def is_ours(item: pytest.Item) -> bool:
    """Tell whether a case is of our suites: any other never counts towards a certificate."""
    return item.path.is_relative_to(SUITES)


def marks_of(item: pytest.Item) -> Marks:
    """Return what a case says of itself."""
    mark, core = item.get_closest_marker("verifies"), item.get_closest_marker("core") is not None
    section = BUREAU if item.get_closest_marker("bureau") is not None else NATIONAL
    if mark is None:
        return Marks((), False, core, item.name, item.name, section)
    words = mark.kwargs
    return Marks(mark.args, words.get("should", False), core, words.get("zh", ""), words.get("en", ""), section)


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Iterator[CaseClient]:
    """Return the case of a test on the bench."""
    item: pytest.Item = request.node
    bench, case_id = request.config.stash[BENCH], id_of(item)
    number = request.config.stash[NUMBERS][case_id]
    alone, worker = item.get_closest_marker("alone") is not None, os.environ.get("PYTEST_XDIST_WORKER", "")
    step = item.stash.get(_STEP, 0)
    item.stash[_OPEN] = name, attempt = bench.begin(case_id, step, number, alone=alone, worker=worker)
    client = CaseClient(bench, name, attempt, alone=alone)
    if item.get_closest_marker("bureau") is not None:
        client.needs(BUREAU)
    yield client


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Keep what stopped a test."""
    if call.excinfo is not None:
        item.stash.setdefault(_PROBLEM, call.excinfo.value)
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Try a case, as often as it takes to say whose fault it is, and report once."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    begun, reports = time.monotonic(), list[list[pytest.TestReport]]()

    def play(step: int) -> Attempt:
        item.stash[_STEP] = step
        forgotten: tuple[pytest.StashKey[Any], ...] = (_PROBLEM, _OPEN)
        for key in forgotten:
            if key in item.stash:
                del item.stash[key]
        reports.append(runtestprotocol(item, log=False, nextitem=nextitem))
        return _ended(item)

    attribute = not item.config.getoption("yidi_no_attribution") and "case" in getattr(item, "fixturenames", ())
    tries, marks = tried(play, attribute=attribute), marks_of(item)
    row = _row(item, marks, tries, round(time.monotonic() - begun, 3))
    for report in _reported(item, reports[0], row):
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _ended(item: pytest.Item) -> Attempt:
    """End the attempt that was made, and return it."""
    came = said_of(item.stash.get(_PROBLEM, None))
    if _OPEN not in item.stash:
        return Attempt(0, came.verdict, came.wrong, came.message)
    name, attempt = item.stash[_OPEN]
    try:
        ended = item.config.stash[BENCH].end(name, attempt, came.verdict)
    except HookFailed as failed:
        return Attempt(attempt, SKIPPED, (), str(failed))
    except Exception as problem:  # the evidence does not hold it: the tool's fault, or somebody's
        return Attempt(attempt, INSTRUMENT, came.wrong, f"{type(problem).__name__}: {problem}")
    verdict = FAIL if ended.late and came.verdict == PASS else came.verdict
    callback = not ended.uncalled or ended.calls > 0
    return Attempt(attempt, verdict, (*came.wrong, *ended.late), came.message, ended.lines, callback)


def _row(item: pytest.Item, marks: Marks, tries: Tries, seconds: float) -> dict[str, Any]:
    """Return the row of ``results.json``."""
    concluded = tries.conclusion(should=marks.should, core=marks.core)
    case_id, reference = id_of(item), tries.reference
    waiver = None
    if concluded.verdict in {FAIL, WARN}:
        waivers = item.config.stash.get(WAIVERS, ())
        waiver = waiver_for(waivers, case_id, marks.verifies)
    return {
        "id": case_id,
        "own": not is_ours(item),
        **marks._replace(verifies=list(marks.verifies))._asdict(),  # type: ignore[arg-type]  # as JSON has it
        "verdict": concluded.verdict if waiver is None else WAIVED,
        "label": concluded.label,
        "why": _why(concluded, tries.first),
        "seconds": seconds,
        "attempts": [each.told() for each in (tries.first, tries.again) if each is not None],
        "reference": None if reference is None else reference.told(),
        "waiver": None if waiver is None else waiver.number,
    }


def _why(concluded: Conclusion, first: Attempt) -> dict[str, str]:
    if concluded.verdict == PASS:
        return {"zh": "", "en": ""}
    zh, en = said(first.wrong[0]) if first.wrong else (first.message, first.message)
    return {"zh": f"{concluded.zh}{zh}", "en": f"{concluded.en} {en}".strip()}


def _reported(
    item: pytest.Item, reports: list[pytest.TestReport], row: Mapping[str, Any]
) -> Iterator[pytest.TestReport]:
    """Give the reports of the first attempt, the main one with the verdict and all others passed."""
    main = next((each for each in reports if each.when == "call"), reports[0])
    verdict, why = row["verdict"], row["why"]["en"]
    for report in reports:
        if report is not main:
            report.outcome, report.longrepr = "passed", None
            yield report
            continue
        report.outcome = OUTCOMES[verdict]  # type: ignore[assignment]  # one of pytest's words
        if report.outcome == "skipped":
            report.longrepr = (str(item.path), (item.location[1] or 0) + 1, f"{verdict}: {why}")
        elif report.outcome == "passed":
            report.longrepr = None
        elif item.config.stash.get(PLAIN, True) or report.longrepr is None:
            report.longrepr = f"{verdict}: {why}"
        setattr(report, TOLD, dict(row))
        yield report


PLAIN = pytest.StashKey[bool]()
"""Whether a red case is one line, not a traceback."""
