"""The visits a city keeps, in either role, and the facts that change them.

The treatment city keys a visit by the ``mdtrt_id`` it gave. The city of insurance learns of the admission before it
learns that id, so its visit is keyed by the admission's ``msgid`` until the first message that names the visit.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.core.benefit.bill import ClassTotals, Line, totals_of
from simulator.core.benefit.settlement import Settlement
from simulator.core.platform.message import Key
from simulator.core.visits.lifecycle import ADMITTED

TREATMENT, INSURED = "treatment", "insured"


class Opened(NamedTuple):
    """Fact: a visit began. ``filing_type`` is empty where the city does not know it or none was needed."""

    role: str
    visit_id: str
    admission: Key
    psn_no: str
    insutype: str
    hospital: str
    treatment_area: str
    insured_area: str
    admitted: dt.date
    filing_type: str


class Bound(NamedTuple):
    """Fact: the city of insurance learned the ``mdtrt_id`` of a visit it knew by its admission."""

    visit_id: str
    mdtrt_id: str


class Moved(NamedTuple):
    """Fact: a visit changed its state; ``ended`` is the day of discharge where one is known."""

    role: str
    visit_id: str
    state: str
    ended: dt.date | None


class LinesAdded(NamedTuple):
    """Fact: priced fee lines were added to a visit."""

    role: str
    visit_id: str
    lines: tuple[Line, ...]


class LinesCancelled(NamedTuple):
    """Fact: fee lines were cancelled, by their numbers."""

    role: str
    visit_id: str
    sns: tuple[str, ...]


class Settled(NamedTuple):
    """Fact: a settlement row was appended; ``active`` is the row in force for the visit afterwards, if any.

    A ``correction`` sets the books right after a reconciliation and is no step of the visit.
    """

    role: str
    visit_id: str
    row: Settlement
    active: Settlement | None
    correction: bool = False


class Visit:
    """A visit as one role of a city knows it."""

    __slots__ = (
        "admission",
        "admitted",
        "cancelled",
        "ended",
        "filing_type",
        "hospital",
        "insured_area",
        "insutype",
        "lines",
        "mdtrt_id",
        "mirrors",
        "open_step",
        "psn_no",
        "reversals",
        "settlement",
        "state",
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
        self.ended: dt.date | None = None
        self.state = ADMITTED
        self.lines: dict[str, Line] = {}
        self.settlement: Settlement | None = None
        self.cancelled: Settlement | None = None
        self.mirrors = 0
        self.open_step: Key | None = None
        self.reversals: dict[Key, Key] = {}  # a 2601 under way, and the key of what it reverses

    def totals(self) -> ClassTotals:
        """Return the class totals of the lines as they stand."""
        return totals_of(self.lines.values())


class VisitBook:
    """The visits of one role, by id and by admission."""

    def __init__(self) -> None:
        self._visits: dict[str, Visit] = {}
        self._by_admission: dict[Key, Visit] = {}
        self._unbound: dict[tuple[str, str], Visit] = {}

    def find(self, visit_id: str) -> Visit | None:
        """Return a visit by its id."""
        return self._visits.get(visit_id)

    def admitted_by(self, key: Key) -> Visit | None:
        """Return the visit that a 2401 opened."""
        return self._by_admission.get(key)

    def unbound(self, psn_no: str, hospital: str) -> Visit | None:
        """Return a person's visit at a hospital whose ``mdtrt_id`` is not known yet."""
        return self._unbound.get((psn_no, hospital))

    def retire(self, visit_id: str) -> None:
        """Forget a closed visit; the host has kept it."""
        visit = self._visits.pop(visit_id, None)
        if visit is not None:
            self._by_admission.pop(visit.admission, None)
            if self.unbound(visit.psn_no, visit.hospital) is visit:
                del self._unbound[visit.psn_no, visit.hospital]

    def fold_opened(self, fact: Opened) -> None:
        """Apply :class:`Opened`."""
        visit = Visit(fact)
        self._visits[fact.visit_id] = visit
        self._by_admission[fact.admission] = visit
        if fact.role == INSURED:
            self._unbound[fact.psn_no, fact.hospital] = visit

    def fold_bound(self, fact: Bound) -> None:
        """Apply :class:`Bound`."""
        visit = self._visits.pop(fact.visit_id)
        del self._unbound[visit.psn_no, visit.hospital]
        visit.mdtrt_id = fact.mdtrt_id
        self._visits[fact.mdtrt_id] = visit

    def fold_moved(self, fact: Moved) -> None:
        """Apply :class:`Moved`."""
        visit = self._visits[fact.visit_id]
        visit.state, visit.ended = fact.state, fact.ended

    def fold_lines_added(self, fact: LinesAdded) -> None:
        """Apply :class:`LinesAdded`."""
        self._visits[fact.visit_id].lines.update((line.sn, line) for line in fact.lines)

    def fold_lines_cancelled(self, fact: LinesCancelled) -> None:
        """Apply :class:`LinesCancelled`."""
        lines = self._visits[fact.visit_id].lines
        for sn in fact.sns:
            del lines[sn]

    def fold_settled(self, fact: Settled) -> None:
        """Apply :class:`Settled`."""
        visit = self._visits[fact.visit_id]
        if fact.row.init_setl_id and not fact.correction:
            visit.mirrors += 1
        if fact.active is None and not fact.correction:
            visit.cancelled = visit.settlement
        visit.settlement = fact.active
