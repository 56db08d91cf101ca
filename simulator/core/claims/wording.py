"""How a city words its paper claims: M101 (a case with complete papers), M102 (its outcome)."""

from __future__ import annotations

from typing import Any, NamedTuple

from simulator.core.benefit.rules import INPATIENT
from simulator.core.benefit.settlement import Settlement
from simulator.core.claims.case import Case
from simulator.core.claims.claim import (
    EMERGENCY_ELSEWHERE,
    IN_DOUBT,
    MED_TYPES,
    NO_CARD,
    NOT_FILED,
    NOT_OPEN,
    SYSTEM_FAULT,
)
from simulator.core.claims.papers import (
    DISCHARGE_SUMMARY,
    EMERGENCY_PROOF,
    IDENTITY,
    ITEMISED_BILL,
    PRESCRIPTION,
    RECEIPT,
)
from simulator.core.claims.service import NORMAL, SMALL, SPECIAL
from simulator.core.values.people import Person
from simulator.core.values.stamps import written

PAID_OUT, NOT_PAID, SETTLED_AFTER_ALL = "1", "2", "3"  # manl_reim_rslt
MOST_INVOICES = 200  # characters of invono, which is one text for all

_PAPERS = {
    IDENTITY: "1",
    RECEIPT: "2",
    ITEMISED_BILL: "3",
    DISCHARGE_SUMMARY: "4",
    EMERGENCY_PROOF: "5",
    PRESCRIPTION: "9",
}
_REASONS = {NOT_FILED: "1", NOT_OPEN: "2", SYSTEM_FAULT: "3", NO_CARD: "4", IN_DOUBT: "5", EMERGENCY_ELSEWHERE: "9"}
INPATIENT_TYPES = frozenset({MED_TYPES[INPATIENT]})
_KINDS = {SMALL: "1", NORMAL: "2", SPECIAL: "3"}
_AMOUNTS = (
    "hifp_pay",
    "cvlserv_pay",
    "hifes_pay",
    "hifmi_pay",
    "hifob_pay",
    "hifdm_pay",
    "maf_pay",
    "oth_pay",
    "fund_pay_sumamt",
    "acct_pay",
    "hosp_part_amt",
)


class Place(NamedTuple):
    """Where a bill comes from: the institution's code, empty where it is not registered, its name and its city."""

    code: str
    name: str
    city: str


def registration(case: Case, person: Person, place: Place, city: str) -> dict[str, Any]:
    """Return the blocks of M101: the case, and the papers handed in. The papers are complete."""
    dossier, service = case.dossier, case.service
    assert service is not None and case.complete is not None
    papers = [
        {"seqno": number, "matl_type": _PAPERS[paper.name], "matl_cnt": 1, "rcv_date": paper.day.isoformat()}
        for number, paper in enumerate(case.papers, 1)
    ]
    data = {
        "manl_reim_no": dossier.claim_id,
        "psn_no": person.psn_no,
        "psn_cert_type": "01",
        "certno": person.certno,
        "psn_name": person.name,
        "insutype": person.insutype,
        "insuplc_admdvs": city,
        "insu_admdvs": person.insured_area,
        "mdtrtarea_admvs": place.city,
        "fixmedins_code": place.code,
        "fixmedins_name": place.name,
        "med_type": MED_TYPES[dossier.care],
        "begndate": dossier.begin.isoformat(),
        "enddate": dossier.end.isoformat(),
        "invono": written_invoices(dossier.invoices),
        "medfee_sumamt": case.totals.bill,
        "manl_reim_rea": _REASONS[dossier.reason],
        "manl_reim_type": _KINDS[service.kind],
        "dspt_id": dossier.dispute,
        "acp_date": case.received.isoformat(),
        "matl_cmpl_date": case.complete.isoformat(),
        "ddln_date": service.due.day.isoformat(),
        "ntc_cnt": case.notices,
        "totalrow": len(papers),
    }
    return {"data": data, "matllist": papers}


def outcome(case: Case, person: Person, city: str, result: str, paid: Settlement | None) -> dict[str, Any]:
    """Return the blocks of M102; ``paid`` is the settlement row that was paid today, None where nothing was."""
    assert case.complete is not None and case.ended is not None
    amounts = {name: getattr(paid.shares, name, 0) if paid else 0 for name in _AMOUNTS}
    data = {
        "manl_reim_no": case.claim_id,
        "psn_no": person.psn_no,
        "insuplc_admdvs": city,
        "insutype": person.insutype,
        "manl_reim_rslt": result,
        "rslt_dscr": case.words,
        "matl_cmpl_date": case.complete.isoformat(),
        "setl_id": paid.setl_id if paid else "",
        "setl_time": written(paid.at) if paid else "",
        "medfee_sumamt": case.totals.bill,
        **amounts,
        "psn_cash_pay": paid.shares.psn_cash_pay if paid else case.totals.bill,
        "dfr_id": payment_of(paid) if paid else "",
        "dfr_date": case.ended.isoformat() if paid else "",
    }
    return {"data": data}


def payment_of(paid: Settlement) -> str:
    """Return the number of the payment of a settlement (``dfr_id``)."""
    return f"D{paid.setl_id}"


def written_invoices(numbers: tuple[str, ...]) -> str:
    """Return the numbers of invoices as ``invono``."""
    return ",".join(numbers)


def read_invoices(invono: str) -> tuple[str, ...]:
    """Return the numbers of ``invono``, empty ones left out."""
    return tuple(number for number in invono.split(",") if number)
