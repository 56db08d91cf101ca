"""Prints the mutation score at the end of a run of this folder."""

from __future__ import annotations

from collections import Counter

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write how many constraints and rules were judged, and how many survived."""
    counts: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            counts.update({name: value for name, value in report.user_properties if isinstance(value, int)})
    for kind in ("constraints", "rules"):
        total, alive = counts[kind], counts[f"surviving {kind}"]
        if total:
            score = 100 * (total - alive) / total
            terminalreporter.write_line(f"schema mutation score, {kind}: {score:.2f} % ({alive} of {total} survive)")
