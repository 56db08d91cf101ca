"""A run of suites as the process that holds the bench sees it: live, gone on with, dry, or judged again."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.attribution import ReferenceBench, beside
from conformance.bench import Bench
from conformance.evidence import FIRST, RUN, Chain, checked
from conformance.head import expect_same_run, head_of, read_head, subject_again
from conformance.protocol import TOLD
from conformance.results import NAME, Ending, results_of, write_results
from conformance.resuming import Benches, Past
from conformance.sections import tag
from conformance.standing import Standing, again
from conformance.verdicts import INSTRUMENT, NOT_APPLICABLE, PASS, WORDS
from conformance.waivers import Waiver, read_waivers, waivers_again
from conformance.wire import SET_CLOCK, Recorded
from simulator.inputs.errors import InputError
from simulator.inputs.platforms import Ground, ground_of
from simulator.inputs.subjects import Subject, read_subject
from simulator.sandbox.clock import machine

EVIDENCE = "evidence.ndjson"


class Run:
    """``benches`` is what cases stand on, ``known`` the names of all cases; a plugin that hears of reports."""

    def __init__(
        self,
        head: Mapping[str, Any],
        benches: Benches,
        results: Path | None,
        close: Callable[[], tuple[int, str]],
    ) -> None:
        self.head, self.benches, self._results, self._close = head, benches, results, close
        self.known: set[str] = set()
        self._rows: dict[str, Mapping[str, Any]] = {}
        self._interrupted = self._broken = False
        self._end: tuple[int, str] | None = None
        today = dt.datetime.fromisoformat(head["begun"]).date()
        self.waivers: tuple[Waiver, ...] = tuple(
            each for each in waivers_again(head["waivers"]) if each.expires >= today
        )

    @classmethod
    def of(cls, config: pytest.Config) -> Run:
        """Return the run that the options ask for; raises InputError and UsageError."""
        option = config.getoption
        if option("yidi_offline"):
            return judged_again(Path(option("yidi_offline")), Path(option("yidi_results")))
        subject, day = read_subject(option("yidi")), option("yidi_dry")
        if day:
            day, _, first = day.partition("/")
            kept = Path(option("yidi_evidence")) if option("yidi_evidence") else None
            return dry(subject, option("yidi_seed"), dt.date.fromisoformat(day), int(first or 0), kept)
        evidence = _evidence(option("yidi_evidence"))
        waivers = read_waivers(Path(option("yidi_waivers"))) if option("yidi_waivers") else ()
        if evidence.exists() and not option("yidi_resume"):
            raise InputError(str(evidence), "", "is there already", "go on with --resume, or name another folder")
        return live(subject, option("yidi_seed"), evidence, waivers)

    # -- what pytest tells ----------------------------------------------------------------------------------------

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what became of a case."""
        row = getattr(report, TOLD, None)
        if row is not None:
            self._rows[row["id"]] = row
        elif report.failed:  # a worker has died
            self._broken = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a suite that cannot be read."""
        self._broken = self._broken or report.failed

    def pytest_keyboard_interrupt(self) -> None:
        """Note that somebody has stopped it."""
        self._interrupted = True

    def pytest_testnodedown(self, node: Any) -> None:
        """Take in from a worker of xdist which cases there are, and let go of what it has left open."""
        self.known.update(getattr(node, "workeroutput", {}).get("yidi_known", ()))
        self.benches.left(node.gateway.id)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the results, also of a run that was stopped; a run that does not pass has not succeeded."""
        lines, root = self.close()
        ending = Ending(machine().isoformat(), lines, root, self._interrupted, self._broken)
        results = results_of(self.head, list(self._rows.values()), self.known, ending)
        if self._results is not None:
            write_results(self._results, results)
        if session.exitstatus == pytest.ExitCode.OK and results["exit"]:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say one line of every case that has not passed."""
        for line in told(self._rows.values()):
            terminalreporter.write_line(line)

    def stop(self) -> None:
        """Stop everything that listens."""
        self.close()

    def close(self) -> tuple[int, str]:
        """Stop everything that listens; return lines and root of the evidence."""
        if self._end is None:
            self._end = self._close()
        return self._end


def told(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Return a line for each case that neither passed nor is not applicable."""
    for row in sorted(rows, key=lambda row: str(row["id"])):
        if row["verdict"] not in {PASS, NOT_APPLICABLE}:
            whose = f" [{row['label']}]" if row["label"] not in {"", INSTRUMENT} else ""
            yield f"{WORDS[row['verdict']][1]}{whose}  {tag(row, 'en')}{row['id']}\n    {row['why']['en']}"


# -- the kinds of run -------------------------------------------------------------------------------------------------


def live(subject: Subject, seed: str, evidence: Path, waivers: tuple[Waiver, ...]) -> Run:
    """Return a run on the network, which goes on with evidence that is there."""
    ground, now = ground_of(subject.pack), machine()
    chain = Chain(evidence)
    lines = chain.lines
    seed = seed or str(lines[0].said.get("seed", "") if lines else "") or f"{now:%Y%m%d-%H%M%S-%f}"
    wanted = head_of(subject, ground, seed, now.isoformat(), waivers=[each.told() for each in waivers])
    try:
        head: Mapping[str, Any] = wanted
        if lines:
            head = read_head(lines, str(evidence))
            expect_same_run(head, wanted, str(evidence))
        else:
            chain.add("", 0, RUN, now.isoformat(), wanted)
        standing = Standing(subject, ground, seed, chain)
    except (InputError, OSError):
        chain.close()
        raise
    if SET_CLOCK in subject.hooks:
        standing.bench.doubt_clock()
    reference = ReferenceBench(subject, ground, seed, chain)
    past = Past(lines)
    benches = Benches(
        past, again=_standing_on(past, subject, ground, head), live=lambda: standing.bench, reference=reference
    )

    def close() -> tuple[int, str]:
        reference.close()
        standing.close()
        return chain.count, chain.root

    return Run(head, benches, evidence.with_name(NAME), close)


def dry(subject: Subject, seed: str, day: dt.date, first: int = 0, evidence: Path | None = None) -> Run:
    """Return a run that calls nobody; cases begin with attempt ``first``, and nothing but ``evidence`` is kept."""
    ground = ground_of(subject.pack)
    folder = tempfile.TemporaryDirectory(prefix="yidi-")
    standing = Standing(subject, ground, seed, evidence or Path(folder.name) / EVIDENCE, dry=day)
    head = head_of(subject, ground, seed, machine().isoformat())
    benches = Benches(Past(), again=lambda of_reference: standing.bench, live=lambda: standing.bench, first=first)

    def close() -> tuple[int, str]:
        standing.close()
        folder.cleanup()
        return 0, FIRST

    return Run(head, benches, None, close)


def judged_again(evidence: Path, results: Path) -> Run:
    """Return a run that stands on evidence alone; raises InputError for evidence that was changed."""
    name = str(evidence)
    try:
        lines = list(checked(evidence.read_bytes(), name))
    except OSError as problem:
        raise InputError(name, "", f"cannot be read ({problem.strerror})", "restore the file") from None
    head = read_head(lines, name)
    subject = subject_again(head)
    ground = ground_of(subject.pack)
    if ground.pack.digest != head["pack"]:
        raise InputError(subject.pack, "", "is not the policy pack of the run", "use the pack of the run")
    past = Past(lines)
    benches = Benches(past, again=_standing_on(past, subject, ground, head))
    return Run(head, benches, results, lambda: (len(lines), lines[-1].digest))


def _standing_on(past: Past, subject: Subject, ground: Ground, head: Mapping[str, Any]) -> Callable[[bool], Bench]:
    def stood(of_reference: bool) -> Bench:
        recorded = Recorded(past.lines, EVIDENCE)
        if of_reference:
            return again(beside(subject), ground, head["seed"], recorded)
        return again(subject._replace(seed="1", parties=""), ground, head["seed"], recorded, head["keys"])

    return stood


def _evidence(wanted: str) -> Path:
    return Path(wanted) if wanted else Path(tempfile.mkdtemp(prefix="yidi-")) / EVIDENCE
