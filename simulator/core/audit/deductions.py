"""What a confirmed finding costs the institution: the fund's share of what was questioned, never twice for one line.

The place of treatment knows what a line had in scope and what the fund paid of the whole bill, and not how the insured
place would have computed without the line. So the fund gets back its share of the amount in scope:
in scope questioned × fund paid ÷ in scope of the bill, half-up over all deductions of the bill together, so that
questioning everything gives back exactly what was paid. Own expense and personal shares are between institution and
person. The institution bears the deduction (P75-50); clearing books it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from simulator.core.audit.facts import Deduction
from simulator.core.audit.rules import Questioned
from simulator.core.benefit.rules import EMPLOYEE
from simulator.core.benefit.settlement import Settlement
from simulator.core.values.money import half_up

_BASIC = ("310100", "390100")  # fund_pay_type of the basic fund: employees, residents


class Taken(NamedTuple):
    """What was deducted of a bill so far: fen in scope by line (empty: the visit as a whole), and fen of the funds."""

    lines: Mapping[str, int]
    fund: int

    @property
    def in_scope(self) -> int:
        """Return the fen in scope that were deducted."""
        return sum(self.lines.values())


NOTHING_TAKEN = Taken({}, 0)


def taken_by(deductions: Iterable[Deduction]) -> Taken:
    """Return what deductions of one bill took together."""
    lines: dict[str, int] = {}
    fund = 0
    for deduction in deductions:
        fund += deduction.amount
        for sn, in_scope in deduction.taken:
            lines[sn] = lines.get(sn, 0) + in_scope
    return Taken(lines, fund)


def newly_taken(rows: Iterable[Questioned], bill_in_scope: int, before: Taken) -> tuple[tuple[str, int], ...]:
    """Return (line, fen in scope) that a finding adds to what was taken: no line twice, no more than the bill."""
    left = bill_in_scope - before.in_scope
    found = []
    for row in rows:
        already = before.lines.get(row.sn, 0) if row.sn else before.in_scope
        more = min(max(row.in_scope - already, 0), left)
        if more > 0:
            found.append((row.sn, more))
            left -= more
    return tuple(found)


def split(row: Settlement, funds: tuple[tuple[str, int], ...], before: Taken, more: int) -> tuple[tuple[str, int], ...]:
    """Return (fund, fen) that get back ``more`` fen in scope of a bill: the funds in order, each up to what it paid."""
    shares = row.shares
    if not shares.inscp_scp_amt:
        return ()
    owed = half_up((before.in_scope + more) * shares.fund_pay_sumamt, shares.inscp_scp_amt) - before.fund
    funds = funds or ((_BASIC[row.insutype != EMPLOYEE], shares.fund_pay_sumamt),)
    found, passed = [], before.fund
    for fund, paid in funds:
        back = min(max(paid - passed, 0), owed)
        passed = max(passed - paid, 0)
        if back > 0:
            found.append((fund, back))
            owed -= back
    return tuple(found)
