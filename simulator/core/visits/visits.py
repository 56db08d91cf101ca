"""The visits a role of a city keeps, changed by facts only.

The facts are in ``facts``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from simulator.core.benefit.bill import ClassTotals, Line, totals_of
from simulator.core.benefit.rules import PHARMACY
from simulator.core.benefit.settlement import Settlement
from simulator.core.platform.message import Block, Key
from simulator.core.visits.facts import (
    INSURED,
    NOTHING_BILLED,
    TREATMENT,
    Billed,
    Bound,
    Described,
    Diagnosed,
    LinesAdded,
    LinesCancelled,
    Moved,
    Opened,
    Settled,
)
from simulator.core.visits.lifecycle import BORN

__all__ = [
    "INSURED",
    "TREATMENT",
    "Bill",
    "Billed",
    "Bound",
    "Described",
    "Diagnosed",
    "LinesAdded",
    "LinesCancelled",
    "Moved",
    "Opened",
    "Settled",
    "Visit",
    "VisitBook",
]


class Bill(NamedTuple):
    """A settlement of a visit, and what of the visit it is about."""

    row: Settlement
    billed: Billed


class Visit:
    """A visit as one role of a city knows it.

    ``bills`` are the settlements in force in their order, by ``setl_id``; ``taken_back`` the cancelled ones, in theirs.
    """

    __slots__ = (
        "admission",
        "admitted",
        "batches",
        "bills",
        "days",
        "diagnoses",
        "disease",
        "diseases",
        "ended",
        "filing_type",
        "flags",
        "hospital",
        "insured_area",
        "insutype",
        "kind",
        "lines",
        "mdtrt_id",
        "med_type",
        "mirrors",
        "open_step",
        "pending",
        "psn_no",
        "put_away",
        "reversals",
        "rows",
        "state",
        "taken_back",
        "treatment_area",
    )

    def __init__(self, fact: Opened) -> None:
        self.mdtrt_id = fact.visit_id
        self.admission = fact.admission
        self.psn_no = fact.psn_no
        self.insutype = fact.insutype
        self.hospital = fact.hospital
        self.treatment_area = fact.treatment_area
        self.insured_area = fact.insured_area
        self.admitted = fact.admitted
        self.filing_type = fact.filing_type
        self.kind = fact.kind
        self.med_type = fact.med_type
        self.pending = fact.pending
        self.flags = fact.flags
        self.disease = fact.disease
        self.ended: dt.date | None = None
        self.state = BORN[fact.kind]
        self.bills: dict[str, Bill] = {}
        self.taken_back: list[Bill] = []
        self.mirrors = 0
        self.open_step: Key | None = None
        self.reversals: dict[Key, Key] = {}  # a 2601 under way, and the key of what it reverses
        self.put_away = False
        self._empty()

    def _empty(self) -> None:
        self.lines: dict[str, Line] = {}
        self.rows: dict[str, Block] = {}  # the lines as they were sent
        self.days: dict[str, str] = {}  # the day of a line, where the lines as they were sent are not kept
        self.batches: dict[str, str] = {}  # the charge batch of a line
        self.diseases: dict[str, str] = {}  # the disease of a charge batch
        self.diagnoses: dict[str, tuple[Block, ...]] = {}

    @property
    def settlement(self) -> Settlement | None:
        """Return the settlement in force, the last one where there are several; None where there is none."""
        return next(reversed(self.bills.values())).row if self.bills else None

    @property
    def cancelled(self) -> Settlement | None:
        """Return the settlement that was cancelled last, None where none was."""
        return self.taken_back[-1].row if self.taken_back else None

    def totals(self) -> ClassTotals:
        """Return the class totals of all lines as they stand."""
        return totals_of(self.lines.values())

    def settled_lines(self) -> frozenset[str]:
        """Return the numbers of the lines that a settlement in force is about."""
        return frozenset(sn for bill in self.bills.values() for sn in bill.billed.sns)

    def open_lines(self, batch: str = "") -> tuple[Line, ...]:
        """Return the lines that no settlement in force is about, of outpatient care those of one charge batch."""
        settled = self.settled_lines()
        return tuple(line for sn, line in self.lines.items() if sn not in settled and self.batches.get(sn, "") == batch)

    def settled_by(self, msgid: str) -> Bill | None:
        """Return the settlement in force that a request made."""
        return next((bill for bill in self.bills.values() if bill.row.settled_by == msgid), None)

    def cancelled_bill(self, setl_id: str) -> Bill | None:
        """Return a cancelled settlement that may return: the last one cancelled of the stay or of its charge batch."""
        batches = {bill.billed.batch: bill for bill in self.taken_back}
        return next((bill for bill in batches.values() if bill.row.setl_id == setl_id), None)

    def take_back(self, setl_id: str) -> None:
        """Take a settlement out of force; one that is not in force stays as it is."""
        bill = self.bills.pop(setl_id, None)
        if bill is not None:
            self.taken_back.append(bill)

    def put_back(self, setl_id: str) -> None:
        """Put a cancelled settlement in force again."""
        again = next(bill for bill in reversed(self.taken_back) if bill.row.setl_id == setl_id)
        self.taken_back.remove(again)
        self.bills[setl_id] = again

    def keep(self, row: Settlement, billed: Billed) -> None:
        """Put a settlement in force; one that is already may have another row, and is about what it was about."""
        known = self.bills.get(row.setl_id)
        self.bills[row.setl_id] = Bill(row, billed if known is None else known.billed)

    def put_by(self) -> None:
        """Keep only what a later refund needs: who, where, and the settlements in force (P75-45)."""
        self.put_away = True
        self.bills = {number: bill._replace(billed=bill.billed._replace(sns=())) for number, bill in self.bills.items()}
        self.taken_back = []
        self._empty()


class VisitBook:
    """The visits of one role, by id and by admission."""

    def __init__(self) -> None:
        self._visits: dict[str, Visit] = {}
        self._by_admission: dict[Key, Visit] = {}
        self._unbound: dict[tuple[str, str, str], Visit] = {}
        self._put_away: dict[Key, str] = {}  # the request that made a settlement of a visit put away

    def __iter__(self) -> Iterator[Visit]:
        """Return all visits, in the order in which they became known by their number."""
        return iter(self._visits.values())

    def find(self, visit_id: str) -> Visit | None:
        """Return a visit by its id."""
        return self._visits.get(visit_id)

    def admitted_by(self, key: Key) -> Visit | None:
        """Return the visit that a 2401, 2201 or 2102 opened."""
        return self._by_admission.get(key)

    def unbound(self, psn_no: str, hospital: str, kind: str) -> Visit | None:
        """Return a person's visit of a kind at a hospital whose ``mdtrt_id`` is not known yet."""
        return self._unbound.get((psn_no, hospital, kind))

    def put_away(self, key: Key) -> bool:
        """Tell whether a request made a settlement in force whose visit was put away: its outcome is long known."""
        visit = self._visits.get(self._put_away.get(key, ""))
        return visit is not None and visit.settled_by(key.msgid) is not None

    def retire(self, visit_id: str) -> None:
        """Put a closed visit away, so that its settlements can still be cancelled; without any it is forgotten.

        The host has kept the rest.
        """
        visit = self._visits.get(visit_id)
        if visit is None:
            return
        self._by_admission.pop(visit.admission, None)
        key = (visit.psn_no, visit.hospital, visit.kind)
        if self._unbound.get(key) is visit:
            del self._unbound[key]
        if visit.bills:
            visit.put_by()
            self._put_away.update((Key(visit.hospital, bill.row.settled_by), visit_id) for bill in visit.bills.values())
        else:
            del self._visits[visit_id]

    def forget_before(self, day: str) -> None:
        """Forget the visits put away whose last settlement is of a day before ``day`` (ISO text)."""
        for visit_id, visit in list(self._visits.items()):
            last = visit.settlement
            if visit.put_away and (last is None or last.at.date().isoformat() < day):
                del self._visits[visit_id]
        self._put_away = {key: kept for key, kept in self._put_away.items() if kept in self._visits}

    # -- folds --------------------------------------------------------------------------------------------------

    def fold_opened(self, fact: Opened) -> None:
        """Apply :class:`Opened`."""
        visit = Visit(fact)
        self._visits[fact.visit_id] = visit
        self._by_admission[fact.admission] = visit
        if fact.role == INSURED and fact.kind != PHARMACY:
            self._unbound[fact.psn_no, fact.hospital, fact.kind] = visit

    def fold_bound(self, fact: Bound) -> None:
        """Apply :class:`Bound`."""
        visit = self._visits.pop(fact.visit_id)
        del self._unbound[visit.psn_no, visit.hospital, visit.kind]
        visit.mdtrt_id = fact.mdtrt_id
        self._visits[fact.mdtrt_id] = visit

    def fold_described(self, fact: Described) -> None:
        """Apply :class:`Described`."""
        visit = self._visits[fact.visit_id]
        visit.med_type, visit.disease, visit.flags = fact.med_type, fact.disease, fact.flags
        visit.filing_type, visit.pending = fact.filing_type, fact.pending

    def fold_diagnosed(self, fact: Diagnosed) -> None:
        """Apply :class:`Diagnosed`."""
        self._visits[fact.visit_id].diagnoses[fact.inout] = fact.rows

    def fold_moved(self, fact: Moved) -> None:
        """Apply :class:`Moved`."""
        visit = self._visits[fact.visit_id]
        visit.state, visit.ended = fact.state, fact.ended

    def fold_lines_added(self, fact: LinesAdded) -> None:
        """Apply :class:`LinesAdded`."""
        visit = self._visits[fact.visit_id]
        visit.lines.update((line.sn, line) for line in fact.lines)
        visit.rows.update((str(row["feedetl_sn"]), row) for row in fact.rows)
        visit.days.update(zip((line.sn for line in fact.lines), fact.days, strict=False))
        if fact.batch:
            visit.batches.update((line.sn, fact.batch) for line in fact.lines)
            visit.diseases[fact.batch] = fact.disease

    def fold_lines_cancelled(self, fact: LinesCancelled) -> None:
        """Apply :class:`LinesCancelled`."""
        visit = self._visits[fact.visit_id]
        for sn in fact.sns:
            del visit.lines[sn]
            visit.rows.pop(sn, None)
            visit.days.pop(sn, None)
            visit.batches.pop(sn, None)

    def fold_settled(self, fact: Settled) -> None:
        """Apply :class:`Settled`."""
        visit = self._visits[fact.visit_id]
        row, active = fact.row, fact.active
        if fact.correction:
            _correct(visit, row, active)
        elif active is None:
            visit.mirrors += 1
            visit.take_back(row.init_setl_id)
        elif row.init_setl_id:
            visit.mirrors += 1
            visit.put_back(active.setl_id)
        else:
            visit.keep(active, fact.billed)


def _correct(visit: Visit, row: Settlement, active: Settlement | None) -> None:
    """Take a row out of force, or put another in its place, without a step of the visit."""
    if active is None:
        visit.bills.pop(row.init_setl_id, None)
    elif active.setl_id in visit.bills:
        visit.keep(active, NOTHING_BILLED)
