"""What is handed in for manual reimbursement (手工报销), and the bill as it is reckoned."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.core.benefit.bill import ClassTotals, classify, totals_of
from simulator.core.benefit.rules import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY
from simulator.core.catalogue.items import Catalogue
from simulator.core.platform.refusals import Refused

NOT_FILED, NOT_OPEN, SYSTEM_FAULT, NO_CARD, IN_DOUBT = "not_filed", "not_open", "system_fault", "no_card", "in_doubt"
EMERGENCY_ELSEWHERE = "emergency_elsewhere"  # 非定点机构急诊

MED_TYPES = {INPATIENT: "21", OUTPATIENT: "11", CHRONIC: "14", PHARMACY: "41"}


class BillLine(NamedTuple):
    """A line of the itemised bill: price in millionths of a yuan, quantity in ten-thousandths."""

    code: str
    price: int
    quantity: int
    day: dt.date


class Dossier(NamedTuple):
    """What a person hands in: whose care, where and when, the numbers of the invoices, the bill, and why on paper.

    ``bill`` is the lines of the itemised bill, or the four class totals in fen where the treatment place's own
    catalogue holds (cross-province). A hospital that is not registered is named in ``hospital``, and ``level`` says
    how it counts. An ``emergency`` needs proof, a ``special`` case enquiries elsewhere; ``dispute`` is the ticket it
    comes from.
    """

    claim_id: str
    psn_no: str
    hospital: str
    treatment_area: str
    begin: dt.date
    end: dt.date
    invoices: tuple[str, ...]
    bill: tuple[BillLine, ...] | ClassTotals
    reason: str
    care: str = INPATIENT
    disease: str = ""
    level: str = ""
    emergency: bool = False
    special: bool = False
    dispute: str = ""

    @property
    def is_emergency(self) -> bool:
        """Tell whether it was an emergency; in a hospital that is not designated only one is paid (P75-19)."""
        return self.emergency or self.reason == EMERGENCY_ELSEWHERE


class Claim(NamedTuple):
    """A bill handed in on paper for manual reimbursement (手工报销), priced by the catalogue.

    ``stay`` is the ``mdtrt_id`` of a stay whose earlier parts were settled directly, where the bill is the rest of it.
    """

    claim_id: str
    psn_no: str
    hospital: str
    level: str
    treatment_area: str
    filing_type: str
    begin: dt.date
    end: dt.date
    totals: ClassTotals
    care: str = INPATIENT
    disease: str = ""
    stay: str = ""


def priced(bill: tuple[BillLine, ...] | ClassTotals, catalogue: Catalogue, level: str) -> ClassTotals:
    """Price the lines of a bill by the catalogue as the lines of a visit are priced, and sum them by class.

    ``level`` is the hospital's. Raises Refused for a line whose item is not in the catalogue on its day.
    """
    if isinstance(bill, ClassTotals):
        return bill
    lines = []
    for number, line in enumerate(bill, 1):
        item = catalogue.find(line.code, line.day, level)
        if item is None:
            raise Refused(catalogue.problem(line.code, line.day), number, line.code)
        lines.append(classify(str(number), item, line.price, line.quantity))
    return totals_of(lines)
