"""What a run of the suites tells about a mutant: which case went how, and whether that kills it."""

from __future__ import annotations

import fnmatch
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

PASSED, KILLED, SKIPPED, BROKEN = "passed", "killed", "skipped", "broken"
_OUTCOMES: Mapping[str, str] = {
    "pass": PASSED,
    "warn": PASSED,
    "fail": KILLED,
    "instrument": BROKEN,
    "skipped": SKIPPED,
    "not_applicable": SKIPPED,
}
"""What a verdict on a case means for a mutant."""
_SAID = 300  # characters of why


class Watcher:
    """A pytest plugin: puts expected cases first, notes outcomes, and stops at the first kill where wanted.

    ``outcomes`` are by node id, ``why`` has the first words of what was wrong. ``leave_out`` gets each case and whether
    any case is marked ``smoke``. With a name to ``thin`` by, a test function is run once besides what is expected, with
    parameters that the name chooses: another name, other parameters.
    """

    def __init__(
        self, expected: Sequence[str], *, stop: bool, leave_out: Callable[[pytest.Item, bool], bool], thin: str = ""
    ) -> None:
        self._expected, self._stop, self._leave_out, self._thin = expected, stop, leave_out, thin
        self._session: pytest.Session | None = None
        self.outcomes: dict[str, str] = {}
        self.why: dict[str, str] = {}

    @property
    def killed_by(self) -> str:
        """Return the first case that killed, empty where none did."""
        return next((name for name, outcome in self.outcomes.items() if outcome == KILLED), "")

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keep the session, to stop it."""
        self._session = session

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Put the expected cases first, in the order of their patterns."""
        some_smoke = any(item.get_closest_marker("smoke") for item in items)
        out = {item.nodeid for item in items if self._leave_out(item, some_smoke)}
        if self._thin:
            out |= self._spare([item.nodeid for item in items if item.nodeid not in out])
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid in out])
        items[:] = sorted((item for item in items if item.nodeid not in out), key=lambda item: self._rank(item.nodeid))

    def _spare(self, names: Sequence[str]) -> set[str]:
        """Return the cases that are not expected and not the one of their function that is run."""
        of_function: dict[str, list[str]] = defaultdict(list)
        for name in names:
            of_function[name.partition("[")[0]].append(name)
        kept = {each[zlib.crc32(f"{self._thin} {name}".encode()) % len(each)] for name, each in of_function.items()}
        return {name for name in names if name not in kept and self._rank(name) == len(self._expected)}

    def _rank(self, name: str) -> int:
        ranks = (rank for rank, pattern in enumerate(self._expected) if fnmatch.fnmatchcase(name, _literal(pattern)))
        return next(ranks, len(self._expected))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a case went: its verdict stands on one of its reports."""
        row: Mapping[str, Any] | None = getattr(report, "yidi", None)
        if row is None:
            return
        outcome = self.outcomes[report.nodeid] = _OUTCOMES[row["verdict"]]
        if outcome in {KILLED, BROKEN}:
            self.why[report.nodeid] = row["why"]["en"][:_SAID]
        if outcome == KILLED and self._stop and self._session is not None:
            self._session.shouldstop = "killed"


def _literal(pattern: str) -> str:
    """Return a pattern in which the brackets of a case's parameters mean themselves."""
    return pattern.replace("[", "[[]")
