"""A case as the kinds of rule look at it: refunds taken off, lines in one order, indexes made once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cached_property

from simulator.core.audit.case import INPATIENT, Case, Charge, Patient, Restriction, Visit


class View:
    """What the rules ask of a case; the order in which its lines came makes no difference."""

    def __init__(self, case: Case, restrictions: Mapping[str, Restriction], norms: Mapping[str, int]) -> None:
        self.case = case
        self._restrictions = restrictions
        self.norm = norms.get(case.visit.disease, 0)  # what a bill of this disease usually comes to, 0 unknown

    @property
    def visit(self) -> Visit:
        """Return the visit of the bill."""
        return self.case.visit

    @property
    def patient(self) -> Patient:
        """Return the person."""
        return self.case.patient

    @property
    def inpatient(self) -> bool:
        """Tell whether this is a stay."""
        return self.case.visit.kind == INPATIENT

    @cached_property
    def end(self) -> dt.date:
        """Return the last day: of discharge, or of the settlement where there is none yet."""
        visit = self.case.visit
        return (visit.end or self.case.bill.settled_at).date()

    @cached_property
    def days(self) -> int:
        """Return the days of a stay: the day of admission counts, that of discharge does not; at least one."""
        return max((self.end - self.case.visit.begin.date()).days, 1)

    @cached_property
    def charges(self) -> tuple[Charge, ...]:
        """Return the lines as they were charged, refunds among them, in order of time and number."""
        return tuple(sorted(self.case.charges, key=_order))

    @cached_property
    def lines(self) -> tuple[Charge, ...]:
        """Return what is left of each line after its refunds, without those given back whole."""
        if all(charge.quantity > 0 for charge in self.case.charges):
            return self.charges
        refunds: dict[str, list[Charge]] = {}
        for charge in self.charges:
            if charge.quantity < 0:
                refunds.setdefault(charge.refund_of, []).append(charge)
        kept = (_less(charge, refunds.get(charge.sn, ())) for charge in self.charges if charge.quantity > 0)
        return tuple(line for line in kept if line.quantity > 0)

    @cached_property
    def by_item(self) -> Mapping[str, list[Charge]]:
        """Return the lines by item."""
        found: dict[str, list[Charge]] = {}
        for line in self.lines:
            found.setdefault(line.code, []).append(line)
        return found

    @cached_property
    def restricted(self) -> tuple[tuple[Charge, Restriction], ...]:
        """Return the lines of restricted items with their restrictions."""
        known = self._restrictions
        if not known:
            return ()
        return tuple((line, known[line.code]) for line in self.lines if line.code in known)

    def restriction(self, code: str) -> Restriction | None:
        """Return the restriction of an item, None where it has none."""
        return self._restrictions.get(code)


def by_day(lines: Iterable[Charge]) -> Mapping[dt.date, list[Charge]]:
    """Return lines by the day their fee arose."""
    found: dict[dt.date, list[Charge]] = {}
    for line in lines:
        found.setdefault(line.day, []).append(line)
    return found


def _order(charge: Charge) -> tuple[dt.datetime, int, str]:
    return charge.at, len(charge.sn), charge.sn


def _less(charge: Charge, refunds: Iterable[Charge]) -> Charge:
    """Return a line less what was refunded of it."""
    for refund in refunds:
        charge = charge._replace(
            quantity=charge.quantity + refund.quantity,
            amount=charge.amount + refund.amount,
            covered=charge.covered + refund.covered,
            in_scope=charge.in_scope + refund.in_scope,
        )
    return charge
