"""A running account of the settlement rows, kept beside the platforms' own: nothing is paid or claimed twice."""

from __future__ import annotations

from typing import Any

from simulator.core.benefit.rules import INPATIENT, YearSoFar
from simulator.core.clearing.facts import Applied, Held, Listed, Replaced
from simulator.core.visits.visits import INSURED, Settled


class Ledger:
    """What the rows seen so far come to: a running account of them, independent of the platforms'."""

    def __init__(self) -> None:
        self.cleared: dict[str, int] = {}  # by treatment city, after its own rows
        self.years: dict[str, tuple[YearSoFar, int]] = {}  # by person: the year, and what was drawn from the account
        self.in_force: dict[tuple[str, str, str], int] = {}  # by role, visit, charge batch: settled less cancelled
        self._care: dict[tuple[str, str], list[Any]] = {}  # the insured city's rows in force by person and hospital
        self._fen: dict[str, int] = {}  # what each row of a treatment city is to be cleared for
        self._claims: dict[str, tuple[str, ...]] = {}  # the rows of each application in force
        self._held: set[str] = set()

    def read(self, fact: Any) -> None:
        """Take in a fact, where it is about settlements or claims of them."""
        if isinstance(fact, Settled):
            self.add(fact)
        elif isinstance(fact, Held):
            self._held = self._held | set(fact.setl_ids) if fact.held else self._held - set(fact.setl_ids)
        elif isinstance(fact, Replaced):
            del self._claims[fact.event]
        elif isinstance(fact, Listed):
            others = {number for event, items in self._claims.items() if event != fact.event for number in items}
            assert not others.intersection(fact.items), fact.event
            self._claims[fact.event] = fact.items
        elif isinstance(fact, Applied):
            self.claim(fact)

    def claim(self, fact: Applied) -> None:
        """Add an application: of rows that no other in force claims and nobody holds back, for what they come to."""
        assert not self._held.intersection(fact.items), fact.event
        assert not {number for claimed in self._claims.values() for number in claimed}.intersection(fact.items)
        assert sum(row.sums.cleared for row in fact.rows) == sum(self._fen[number] for number in fact.items)
        self._claims[fact.event] = fact.items

    def add(self, fact: Settled) -> None:
        """Add a row; nothing may be settled twice, and no care be paid for on paper and at the hospital both."""
        row = fact.row
        visit = fact.role, row.mdtrt_id, row.batch
        self.in_force[visit] = self.in_force.get(visit, 0) + row.sign
        assert self.in_force[visit] in {0, 1}, f"{row.mdtrt_id}: {self.in_force[visit]} settlements in force"
        if fact.role != INSURED:
            city = row.treatment_city
            self.cleared[city] = self.cleared.get(city, 0) + row.shares.cleared
            self._fen[row.setl_id] = row.shares.cleared
            return
        year, used = self.years.get(row.psn_no, (YearSoFar(), 0))
        year = year.after(row.sign, row.inputs.where, row.shares, row.inputs.burden)
        self.years[row.psn_no] = year, used + row.shares.acct_pay
        care = self._care.setdefault((row.psn_no, row.hospital), [])
        if row.refund:
            care[:] = [other for other in care if (other.mdtrt_id, other.batch) != (row.mdtrt_id, row.batch)]
        else:
            assert not [other for other in care if paid_twice(row, other)], row.setl_id
            care.append(row)


def paid_twice(one: Any, other: Any) -> bool:
    """Tell whether two settlements pay for the same stay of a person in a hospital, at least one of them on paper."""
    stays = {one.inputs.where.care, other.inputs.where.care} == {INPATIENT}
    if not stays or "manual" not in {one.kind, other.kind}:
        return False
    same_day = one.begin == other.begin or one.end == other.end
    return bool(same_day or (one.begin < other.end and other.begin < one.end))
