"""The facts that change the visits a city keeps, in either role.

The treatment city keys a visit by the ``mdtrt_id`` it gave. The city of insurance learns of the admission before it
learns that id, so its visit is keyed by the admission's ``msgid`` until the first message that names the visit. A
purchase at a pharmacy, whose one message bears no id, keeps the ``msgid`` on both sides.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.core.benefit.bill import Line
from simulator.core.benefit.rules import INPATIENT
from simulator.core.benefit.settlement import Settlement
from simulator.core.platform.message import Block, Key
from simulator.core.visits.care import ORDINARY_STAY
from simulator.core.visits.extension import NO_FLAGS, Flags

TREATMENT, INSURED = "treatment", "insured"


class Opened(NamedTuple):
    """Fact: a visit began. ``filing_type`` is empty where the city does not know it or none was needed.

    ``kind`` is the life cycle it follows; ``med_type`` is empty until an outpatient visit has said it (2203).
    ``pending``: a filing is needed and was not made yet (P75-25).
    """

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
    kind: str = INPATIENT
    med_type: str = ORDINARY_STAY
    pending: bool = False
    flags: Flags = NO_FLAGS
    disease: str = ""


class Described(NamedTuple):
    """Fact: an outpatient visit was described (2203): what kind of care, for which disease, under which filing."""

    role: str
    visit_id: str
    med_type: str
    disease: str
    flags: Flags
    filing_type: str = ""
    pending: bool = False


class Diagnosed(NamedTuple):
    """Fact: diagnoses came in, in place of earlier ones: at the beginning (``inout`` 1) or on discharge (2)."""

    role: str
    visit_id: str
    inout: str
    rows: tuple[Block, ...]


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
    """Fact: priced fee lines were added to a visit, of outpatient care to one charge batch with its disease.

    ``rows`` are the lines as they were sent where the role keeps them, ``days`` the day of each (ISO) where not.
    """

    role: str
    visit_id: str
    lines: tuple[Line, ...]
    batch: str = ""
    disease: str = ""
    rows: tuple[Block, ...] = ()
    days: tuple[str, ...] = ()


class LinesCancelled(NamedTuple):
    """Fact: fee lines were cancelled, by their numbers."""

    role: str
    visit_id: str
    sns: tuple[str, ...]


class Billed(NamedTuple):
    """What of a visit a settlement row is about: the numbers of its lines, and the charge batch of outpatient care.

    ``part``: a part of a stay (中途结算); ``later``: the stay has an earlier part, which was counted as the stay.
    ``years`` are the days of a stay in each year, where the pack attributes it to the years by days (P75-44).
    ``invoices`` are the numbers of its invoices (发票号) where the hospital has told them. ``rest_of`` is the stay of
    which a claim on paper is the rest, where its earlier parts were settled directly.
    """

    sns: tuple[str, ...] = ()
    batch: str = ""
    part: bool = False
    later: bool = False
    years: tuple[tuple[int, int], ...] = ()
    invoices: tuple[str, ...] = ()
    rest_of: str = ""


NOTHING_BILLED = Billed()


class Settled(NamedTuple):
    """Fact: a settlement row was appended: a settlement, the mirror of one, or one put in force again.

    ``active`` is what is in force afterwards of what the row is about, if anything. ``visit_id`` is empty where there
    was no visit. A ``correction`` sets the books right after a reconciliation and is no step of the visit.
    """

    role: str
    visit_id: str
    row: Settlement
    active: Settlement | None
    correction: bool = False
    billed: Billed = NOTHING_BILLED
