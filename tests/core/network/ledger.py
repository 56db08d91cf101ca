"""A running account of the settlement rows, kept beside the platforms' own: nothing is paid twice."""

from __future__ import annotations

from typing import Any

from simulator.core.benefit.rules import YearSoFar
from simulator.core.visits.visits import INSURED, Settled


class Ledger:
    """What the rows seen so far come to: a running account of them, independent of the platforms'."""

    def __init__(self) -> None:
        self.cleared = 0  # by the treatment city's rows
        self.years: dict[str, tuple[YearSoFar, int]] = {}  # by person: the year, and what was drawn from the account
        self.in_force: dict[tuple[str, str], int] = {}  # by role and visit: settlements less cancellations
        self._care: dict[tuple[str, str], list[Any]] = {}  # the insured city's rows in force by person and hospital

    def add(self, fact: Settled) -> None:
        """Add a row; no visit may be settled twice, and no care be paid for on paper and at the hospital both."""
        row = fact.row
        visit = fact.role, row.mdtrt_id
        self.in_force[visit] = self.in_force.get(visit, 0) + row.sign
        assert self.in_force[visit] in {0, 1}, f"{row.mdtrt_id}: {self.in_force[visit]} settlements in force"
        if fact.role != INSURED:
            self.cleared += row.shares.cleared
            return
        year, used = self.years.get(row.psn_no, (YearSoFar(), 0))
        year = year.after(row.sign, row.inputs.where, row.shares, row.inputs.burden)
        self.years[row.psn_no] = year, used + row.shares.acct_pay
        care = self._care.setdefault((row.psn_no, row.hospital), [])
        if row.refund:
            care[:] = [other for other in care if other.mdtrt_id != row.mdtrt_id]
        else:
            assert not [other for other in care if paid_twice(row, other)], row.setl_id
            care.append(row)


def paid_twice(one: Any, other: Any) -> bool:
    """Tell whether two settlements pay for the same days of a person in a hospital, at least one of them on paper."""
    if "manual" not in {one.kind, other.kind}:
        return False
    same_day = one.begin == other.begin or one.end == other.end
    return bool(same_day or (one.begin < other.end and other.begin < one.end))
