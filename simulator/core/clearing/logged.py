"""What a house has logged of a month, as claims are held against it."""

from __future__ import annotations

from simulator.core.network.router import Passed
from simulator.core.platform.office import Folds
from simulator.core.reconciliation.facts import Corrected
from simulator.core.reconciliation.rows import PLATFORM_SIDE, Row
from simulator.core.reconciliation.totals import Tally

ClaimKey = tuple[str, str, str, str]  # month of the bills, treatment city, insured city, insurance


class Logged:
    """The log of a house by month; a row that a reconciliation enters late counts for the month of what it sets right.

    The cities claim it with that month, whatever day it is dated.
    """

    def __init__(self, log: Tally) -> None:
        self._log = log
        self._moved: dict[ClaimKey, int] = {}
        self._pending: list[Row] = []  # rows of a correction, until it says what they are for
        self._last: Row | None = None
        self.folds: Folds = {Passed: self._fold_passed, Corrected: self._fold_corrected}

    def cleared(self, key: ClaimKey) -> int:
        """Return what the log has for a group of claims, in fen."""
        return self._log.group(key).cleared + self._moved.get(key, 0)

    def _fold_passed(self, fact: Passed) -> None:
        if fact.correction:
            self._pending.append(fact.row)
        else:
            self._last = fact.row

    def _fold_corrected(self, fact: Corrected) -> None:
        if fact.side != PLATFORM_SIDE:
            return
        rows, last = self._pending, self._last
        if not rows and last is not None and last.setl_id == fact.mismatch.setl_id:
            rows = [last]
        for row in rows:
            self._add(row, row.day[:7], -1)
            self._add(row, fact.mismatch.day[:7], 1)
        self._pending, self._last = [], None

    def _add(self, row: Row, month: str, sign: int) -> None:
        key = (month, *row.pair, row.insutype)
        self._moved[key] = self._moved.get(key, 0) + sign * row.totals.cleared
        if not self._moved[key]:
            del self._moved[key]
