"""The findings of one city and how far each has come, as facts tell it; nothing else changes a finding's state.

found → pleaded → confirmed → deducted → returned. A finding may be dropped; it lapses when its bill is cancelled
before anything was deducted; a deduction may be declined by the insured city.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from simulator.core.audit.facts import Decided, Deducted, Deduction, DeductionDeclined, Found, Pleaded, Returned
from simulator.core.audit.rules import Finding

FOUND, PLEADED, CONFIRMED, DROPPED = "found", "pleaded", "confirmed", "dropped"
DEDUCTED, DECLINED, LAPSED, RETURNED = "deducted", "declined", "lapsed", "returned"
OPEN = frozenset({FOUND, PLEADED})


class Entry(NamedTuple):
    """A finding with its state; ``plea`` is the institution's answer, ``deduction`` what it led to."""

    finding: Finding
    at: dt.datetime
    due: dt.date
    state: str = FOUND
    plea: str = ""
    reason: str = ""
    deduction: Deduction | None = None


class Docket:
    """Findings by number; ``deductions`` by number, those asked for and not refused among them."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.deductions: dict[str, Deduction] = {}
        self.final: dict[str, Deduction] = {}
        self.given = 0  # numbers of deductions given so far
        self.sums: dict[tuple[str, str, str], int] = {}  # final deductions by month, insured city, insutype
        self._of_bill: dict[str, list[str]] = {}
        self._cancelled: set[str] = set()
        self.folds: Mapping[type, Callable[[Any], None]] = {
            Found: self._fold_found,
            Pleaded: self._fold_pleaded,
            Decided: self._fold_decided,
            Returned: self._fold_returned,
            Deducted: self._fold_deducted,
            DeductionDeclined: self._fold_declined,
        }

    def of_bill(self, setl_id: str) -> Iterator[Deduction]:
        """Yield the deductions from a bill, those still to be taken in by the insured city among them."""
        return (each for each in self.deductions.values() if each.setl_id == setl_id)

    def to_return(self) -> tuple[Deduction, ...]:
        """Return the final deductions from bills that were cancelled since, and are not being given back."""
        return tuple(
            each
            for each in self.final.values()
            if each.setl_id in self._cancelled and self.entries[each.find_id].state == DEDUCTED
        )

    def open(self) -> Iterator[tuple[str, Entry]]:
        """Yield the findings that wait for an answer or a decision."""
        return ((find_id, entry) for find_id, entry in self.entries.items() if entry.state in OPEN)

    def cancel(self, setl_id: str) -> None:
        """Let the findings about a cancelled bill lapse; what was deducted is given back later."""
        for find_id in self._of_bill.get(setl_id, ()):
            self._cancelled.add(setl_id)
            entry = self.entries[find_id]
            if entry.state in OPEN or (entry.state == CONFIRMED and entry.deduction is None):
                self._move(find_id, LAPSED)

    def drop_before(self, day: str) -> None:
        """Forget findings made before a day that nothing is to be done about any more; their sums stay."""
        waiting = (each for each in self.deductions.values() if each.ded_no not in self.final)
        busy = {each.find_id for each in (*waiting, *self.to_return())}
        for find_id, entry in tuple(self.entries.items()):
            if entry.at.date().isoformat() < day and entry.state not in OPEN and find_id not in busy:
                self._forget(find_id, entry.finding.setl_id)

    def _forget(self, find_id: str, setl_id: str) -> None:
        del self.entries[find_id]
        self._of_bill[setl_id].remove(find_id)
        if not self._of_bill[setl_id]:
            del self._of_bill[setl_id]
            self._cancelled.discard(setl_id)
        for number in [number for number, each in self.deductions.items() if each.find_id == find_id]:
            del self.deductions[number]
            del self.final[number]

    def _move(self, find_id: str, state: str) -> None:
        self.entries[find_id] = self.entries[find_id]._replace(state=state)

    def _fold_found(self, fact: Found) -> None:
        self.entries[fact.find_id] = Entry(fact.finding, fact.at, fact.due)
        self._of_bill.setdefault(fact.finding.setl_id, []).append(fact.find_id)

    def _fold_pleaded(self, fact: Pleaded) -> None:
        self.entries[fact.find_id] = self.entries[fact.find_id]._replace(state=PLEADED, plea=fact.text)

    def _fold_decided(self, fact: Decided) -> None:
        state = CONFIRMED if fact.confirmed else DROPPED
        entry = self.entries[fact.find_id]
        self.entries[fact.find_id] = entry._replace(state=state, reason=fact.reason, deduction=fact.deduction)
        if fact.deduction is not None:
            self._ask(fact.deduction)

    def _fold_returned(self, fact: Returned) -> None:
        self._move(fact.deduction.find_id, RETURNED)
        self._ask(fact.deduction)

    def _ask(self, deduction: Deduction) -> None:
        self.deductions[deduction.ded_no] = deduction
        self.given += 1

    def _fold_deducted(self, fact: Deducted) -> None:
        deduction = fact.deduction
        self.final[deduction.ded_no] = deduction
        key = (deduction.month, deduction.insured_city, deduction.insutype)
        self.sums[key] = self.sums.get(key, 0) + deduction.amount
        if deduction.amount > 0:
            self._move(deduction.find_id, DEDUCTED)

    def _fold_declined(self, fact: DeductionDeclined) -> None:
        del self.deductions[fact.deduction.ded_no]
        self._move(fact.deduction.find_id, DECLINED)
