"""What came of judging so far: findings, kept up to a number and all counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from conformance.proxy.findings import Finding
from conformance.proxy.judge import Judge

_MOST_FINDINGS = 2_000
_TEXTS = ("infno", "place", "expected", "received", "zh", "en")


class Tally:
    """Counts what a judge finds; ``seen`` are exchanges, ``reached`` whether any was answered by the upstream."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.findings: list[Finding] = []
        self.counts: Counter[tuple[str, str, str]] = Counter()  # by code, side and level
        self.seen = 0
        self.reached = False

    def note(self, found: Finding, line: int, shown: Callable[[str], str] = str) -> None:
        """Count a finding at a line of the log, and keep it with its texts as they may be shown."""
        self.counts[found.code, found.side, found.level] += 1
        if len(self.findings) < _MOST_FINDINGS:
            texts = {name: shown(str(getattr(found, name))) for name in _TEXTS}
            self.findings.append(found._replace(line=line, **texts))

    def of_level(self, level: str) -> int:
        """Return how many findings there were of a level."""
        return sum(count for (_, _, which), count in self.counts.items() if which == level)
