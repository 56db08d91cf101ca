"""Runs the suites against many references at a time, each a fork of a process that has everything imported.

A trial is a fork of its own that forks once more for the reference, so that the bench of a trial is never mutated.
Nothing is shared between trials but what was there before the first fork.
"""

from __future__ import annotations

import contextlib
import fnmatch
import functools
import gc
import json
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest

from conformance import SUITES
from conformance.mutants.mutant import Mutant
from conformance.mutants.watching import BROKEN, KILLED, PASSED, Watcher
from conformance.reference import DEMOS, NoReference, Reference, free_port, served
from conformance.serving import be, keep
from simulator.sandbox.parties import CITY

PACK = "jiangsu-2023"
_MEMORY = Path("/dev/shm")  # what a trial keeps is not kept for long


class Trial(NamedTuple):
    """A run of the suites of a role against a mutant, or against the reference itself (None).

    ``expected`` are patterns of the cases that come first, ``only`` and ``without`` node ids of cases; ``stop``: at the
    first kill; ``smoke``: only cases that are marked so, and the expected ones; ``thin``: of each test function one
    case besides.
    """

    mutant: Mutant | None
    expected: tuple[str, ...] = ()
    stop: bool = True
    smoke: bool = False
    thin: bool = False
    only: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    role: str = CITY
    seconds: int = 900

    @property
    def name(self) -> str:
        """Return the name of what is tried."""
        return self.mutant.name if self.mutant is not None else "reference"


class Outcome(NamedTuple):
    """How a trial ended: killed, passed or broken; by which case and why, and every case with its outcome."""

    name: str
    verdict: str
    by: str
    why: str
    seconds: float
    cases: dict[str, str]


def tried(trials: Sequence[Trial], workers: int, out: Path, told: Callable[[Outcome], None]) -> list[Outcome]:
    """Run trials, so many at a time; ``out`` gets what pytest and the reference said of each. Returns them in order."""
    warm()
    before = signal.signal(signal.SIGTERM, _stopped)
    waiting, running, found = list(reversed(trials)), dict[int, Trial](), dict[str, Outcome]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                trial = waiting.pop()
                running[_forked(lambda trial=trial: _try(trial, out))] = trial  # type: ignore[misc]
            pid, _ = os.wait()
            ended = running.pop(pid, None)
            if ended is not None:
                found[ended.name] = outcome = _read(out, ended)
                told(outcome)
    finally:
        signal.signal(signal.SIGTERM, before)
        for pid in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        for pid in running:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
    return [found[trial.name] for trial in trials]


@functools.cache
def warm() -> None:
    """Import and read, once and before any fork, what every trial needs."""
    import _hypothesis_pytestplugin  # type: ignore[import-untyped]  # noqa: F401, PLC0415
    import aiohttp  # noqa: F401, PLC0415
    import hypothesis  # noqa: F401, PLC0415
    import xdist.plugin  # type: ignore[import-untyped]  # noqa: F401, PLC0415

    import schemas  # noqa: PLC0415
    import simulator.inputs.platforms  # noqa: PLC0415
    import simulator.sandbox.commands  # noqa: PLC0415

    schemas.load()
    once = functools.cache(simulator.inputs.platforms.ground_of)
    once(PACK)
    for module in list(sys.modules.values()):
        if getattr(module, "ground_of", None) is simulator.inputs.platforms.ground_of:
            vars(module)["ground_of"] = once
    gc.collect()
    gc.freeze()


def _forked(do: Callable[[], None]) -> int:
    """Run something in a fork; return its process id."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if not pid:
        be(do)
    return pid


class Forked(Reference):
    """A reference, mutated or not, in a fork of this process."""

    def __init__(self, folder: Path, upstream: str, trial: Trial) -> None:
        mine, its = socket.socketpair()
        self.role, mutant = trial.role, trial.mutant
        options = served(folder, upstream, role=trial.role, code=DEMOS[trial.role], pack=PACK)

        def serve() -> None:
            from simulator.sandbox.commands import serve_command  # noqa: PLC0415

            serve_command(as_json=True, **options)

        def be() -> None:
            mine.close()
            if mutant is not None:
                mutant.apply()
            keep(its, serve)

        self._pid = _forked(be)
        its.close()
        self._begin(mine)

    def _wait(self) -> None:
        os.waitpid(self._pid, 0)


def _try(trial: Trial, out: Path) -> None:
    signal.signal(signal.SIGTERM, _stopped)
    signal.signal(signal.SIGALRM, _stopped)
    signal.alarm(trial.seconds)
    log = os.open(out / f"{trial.name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    thin = trial.name if trial.thin else ""
    watcher = Watcher(trial.expected, stop=trial.stop, leave_out=_leaving_out(trial), thin=thin)
    begun = time.monotonic()
    problem = _run(trial, watcher)
    said = _outcome(trial.name, watcher, problem, time.monotonic() - begun)
    (out / f"{trial.name}.json").write_text(json.dumps(said._asdict(), ensure_ascii=False), encoding="utf-8")


def _leaving_out(trial: Trial) -> Callable[[pytest.Item, bool], bool]:
    """Return what tells whether a trial leaves a case out; it gets the case, and whether any case is of the smoke."""

    def leave_out(item: pytest.Item, some_smoke: bool) -> bool:
        named = any(fnmatch.fnmatch(item.nodeid, pattern) for pattern in trial.expected)
        if trial.smoke and some_smoke and not named and not item.get_closest_marker("smoke"):
            return True
        return item.nodeid in trial.without or bool(trial.only and item.nodeid not in trial.only)

    return leave_out


def _stopped(number: int, frame: Any) -> NoReturn:
    raise KeyboardInterrupt(f"stopped by signal {number}")


def _run(trial: Trial, watcher: Watcher) -> str:
    """Run the suites; return what kept them from running, empty where nothing did."""
    with tempfile.TemporaryDirectory(prefix="yidi-", dir=_MEMORY if _MEMORY.is_dir() else None) as name:
        try:
            with _configured(Path(name), trial) as file:
                line = ["-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(SUITES), "--tb=line"]
                line += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
                line += ["--yidi", str(file), "--yidi-evidence", f"{name}/evidence.ndjson", "--yidi-no-attribution"]
                line += ["--yidi-seed", "1"]
                code = pytest.main([*line, str(SUITES)], plugins=[watcher])
        except NoReference as problem:
            return f"the reference did not start: {problem}"
        except KeyboardInterrupt as problem:
            return str(problem) or "interrupted"
    if code == pytest.ExitCode.INTERRUPTED and not watcher.killed_by:
        return f"stopped after {len(watcher.outcomes)} cases"
    return "" if watcher.outcomes else f"no case was run (pytest: {code})"


@contextlib.contextmanager
def _configured(folder: Path, trial: Trial) -> Iterator[Path]:
    from conformance.commands import written  # noqa: PLC0415

    port = free_port()
    reference, code = Forked(folder, f"http://127.0.0.1:{port}", trial), DEMOS[trial.role]
    try:
        file = folder / "conformance.toml"
        file.write_text(written(reference.subject(code, PACK)._replace(port=port)), encoding="utf-8")
        yield file
    finally:
        reference.end()


def _outcome(name: str, watcher: Watcher, problem: str, seconds: float) -> Outcome:
    by = watcher.killed_by
    broken = next((each for each, outcome in watcher.outcomes.items() if outcome == BROKEN), "")
    why = watcher.why.get(by or broken, "") or problem
    verdict = KILLED if by else BROKEN if problem or broken else PASSED
    return Outcome(name, verdict, by or broken, why, round(seconds, 2), watcher.outcomes)


def _read(out: Path, trial: Trial) -> Outcome:
    file = out / f"{trial.name}.json"
    try:
        return Outcome(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return Outcome(trial.name, BROKEN, "", f"the trial ended early, see {trial.name}.log", 0.0, {})
