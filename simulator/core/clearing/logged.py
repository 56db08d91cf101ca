"""What has passed through a house in a month, as claims are held against it."""

from __future__ import annotations

from simulator.core.network.router import Passed
from simulator.core.platform.office import Folds
from simulator.core.reconciliation.facts import Corrected
from simulator.core.reconciliation.rows import PLATFORM_SIDE, Row

ClaimKey = tuple[str, str, str, str]  # month of the bills, treatment city, insured city, insurance


class Logged:
    """The settlements of a house's log by month, in fen: no more can be claimed of them.

    Refunds are left out, as they go back with or after what they take back, which may be in another month (P75-45). A
    row that a reconciliation enters late counts for the month of what it sets right: the cities claim it with that
    month, whatever day it is dated.
    """

    def __init__(self) -> None:
        self._passed: dict[ClaimKey, int] = {}
        self._pending: list[Row] = []  # rows of a correction, until it says what they are for
        self._last: Row | None = None
        self.folds: Folds = {Passed: self._fold_passed, Corrected: self._fold_corrected}

    def cleared(self, key: ClaimKey) -> int:
        """Return what the settlements of a group of claims are cleared for, in fen."""
        return self._passed.get(key, 0)

    def _fold_passed(self, fact: Passed) -> None:
        if fact.correction:
            self._pending.append(fact.row)
        else:
            self._last = fact.row
            self._add(fact.row, fact.row.day[:7], max(fact.row.totals.cleared, 0))

    def _fold_corrected(self, fact: Corrected) -> None:
        """Take off the settlements a correction struck, add those it put in; move one that it entered late."""
        if fact.side != PLATFORM_SIDE:
            return
        month, last = fact.mismatch.day[:7], self._last
        for row in self._pending:
            if row.refund == (row.setl_id in fact.strikes):
                self._add(row, month, row.totals.cleared)
        if not self._pending and last is not None and last.setl_id == fact.mismatch.setl_id and not last.refund:
            self._add(last, last.day[:7], -last.totals.cleared)
            self._add(last, month, last.totals.cleared)
        self._pending, self._last = [], None

    def _add(self, row: Row, month: str, fen: int) -> None:
        key = (month, *row.pair, row.insutype)
        self._passed[key] = self._passed.get(key, 0) + fen
