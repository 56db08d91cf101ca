"""One bill as the audit sees it: lines, visit, person, and what else is known of the person.

A case is a plain value. It is filled from the messages of a visit, from an analysis a hospital asks for, or by a maker
of invented bills; the rules see no difference. What is not known is empty, and no rule speaks on what it cannot know.
Amounts are fen, prices millionths of a yuan, quantities ten-thousandths, courses of medicine hundredths of a day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

INPATIENT, OUTPATIENT, PHARMACY = "inpatient", "outpatient", "pharmacy"  # 住院, 门诊, 购药
MALE, FEMALE = "1", "2"  # gend
DIED = "5"  # dscg_way

BED, CONSULTATION, EXAMINATION, LABORATORY, TREATMENT, OPERATION, NURSING, MATERIAL, WESTERN, HERBS, PATENT = (
    f"{number:02d}" for number in range(1, 12)
)  # med_chrgitm_type
DRUGS = frozenset({WESTERN, HERBS, PATENT})
TESTS = frozenset({EXAMINATION, LABORATORY})

UNIT = 10_000  # one of a quantity
A_DAY = 100  # of a course of medicine


class Entry(NamedTuple):
    """What the catalogue says of an item: its class, price cap (None: none) and validity, both ends inclusive."""

    level: str
    cap: int | None
    first_day: dt.date
    last_day: dt.date | None


class Restriction(NamedTuple):
    """What an item is restricted to (限定支付范围); every field has a value that says *not restricted*.

    ``per_day`` and ``per_stay`` are the most units, ``daily`` the units of a usual day (0 unknown). ``diagnoses`` are
    ICD-10 prefixes of which one must fit. ``group`` holds what may not be given twice at once (``drug:``, ``nursing:``,
    ``bed:`` before its name), ``clashes`` the groups and codes it may not meet, ``parts`` the codes it includes.
    ``first_line`` and ``second_line`` name the line of therapy it opens, and the one that must have been tried.
    ``recognised`` results are mutually recognised between institutions (JS-3.3f).
    """

    gender: str = ""
    youngest: int | None = None
    oldest: int | None = None
    pregnancy: bool = False
    per_day: int = 0
    per_stay: int = 0
    daily: int = 0
    diagnoses: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    group: str = ""
    clashes: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    first_line: str = ""
    second_line: str = ""
    recognised: bool = False


class Charge(NamedTuple):
    """A fee line (费用明细) as it was charged: ``covered`` is what is inside the list and below the cap.

    ``days`` is the course prescribed (0: unknown), ``take_home`` marks medicine for discharge, ``approved`` a use that
    needs approval and has it. ``entry`` is None for a code the catalogue does not have.
    """

    sn: str
    code: str
    kind: str
    price: int
    quantity: int
    amount: int
    covered: int
    in_scope: int
    at: dt.datetime
    entry: Entry | None
    refund_of: str = ""
    days: int = 0
    take_home: bool = False
    approved: bool = False

    @property
    def day(self) -> dt.date:
        """Return the day the fee arose."""
        return self.at.date()


class Patient(NamedTuple):
    """The insured person: sex (``gend``, empty: unknown), birth and death, None where not known."""

    psn_no: str
    gender: str = ""
    born: dt.date | None = None
    died: dt.date | None = None


class Visit(NamedTuple):
    """The visit of a bill; the first diagnosis is the main one. ``end`` is None while a stay goes on.

    ``injury`` and ``third_party`` are the two flags of an injury (外伤标志, 涉及第三方标志), empty where not given.
    """

    mdtrt_id: str
    kind: str
    hospital: str
    city: str
    level: str
    begin: dt.datetime
    end: dt.datetime | None
    diagnoses: tuple[str, ...] = ()
    med_type: str = ""
    way: str = ""
    injury: str = ""
    third_party: str = ""

    @property
    def disease(self) -> str:
        """Return the main diagnosis as its three-character category; empty where there is none."""
        return self.diagnoses[0][:3] if self.diagnoses else ""


class Episode(NamedTuple):
    """Another visit of the same person: the visit, its bill if it has one, the items used, and the tests with days."""

    visit: Visit
    setl_id: str = ""
    settled_at: dt.datetime | None = None
    deductible: int = 0
    in_scope: int = 0
    codes: frozenset[str] = frozenset()
    tests: tuple[tuple[str, dt.date], ...] = ()


class Bill(NamedTuple):
    """The settlement of a case, in fen; ``part`` counts the part settlements (中途结算) of the visit up to this one."""

    setl_id: str
    settled_at: dt.datetime
    insutype: str
    insured_city: str
    amount: int
    fund: int
    in_scope: int
    deductible: int
    part: int = 0


class Case(NamedTuple):
    """A bill with all that the rules may look at.

    ``filed`` tells whether a filing covered the admission, ``opened`` whether the institution was open for such care;
    None is not known. ``others`` are the person's earlier bills and open stays.
    """

    bill: Bill
    visit: Visit
    patient: Patient
    charges: tuple[Charge, ...]
    filed: bool | None = None
    opened: bool | None = None
    others: tuple[Episode, ...] = ()

    @property
    def crosses(self) -> bool:
        """Tell whether treatment and insurance are in different cities."""
        return self.visit.city != self.bill.insured_city


NO_RESTRICTIONS: Mapping[str, Restriction] = MappingProxyType({})


def number(value: int, scale: int) -> str:
    """Return a scaled integer as the shortest decimal text: ``number(15_000, UNIT)`` is 1.5."""
    whole, rest = divmod(abs(value), scale)
    places = f"{rest + scale}"[1:].rstrip("0") if rest else ""
    return f"{'-' if value < 0 else ''}{whole}{'.' if places else ''}{places}"
