"""The blocks of a hospital's requests, worded as the published schemas want them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from simulator.core.benefit.bill import TOTAL_FIELDS, ClassTotals, Line
from simulator.core.values.people import Person
from simulator.core.values.stamps import written

Lines = Sequence[tuple[Line, dt.datetime]]
"""Fee lines, each with the time it arose."""

_DAY_BEGINS, _DAY_ENDS = dt.time(), dt.time(23, 59, 59)


class Ward(NamedTuple):
    """Who looks after a patient, and why the patient is there: codes and names as the messages want them."""

    dept_code: str
    dept_name: str
    doctor_code: str
    doctor_name: str
    bed: str
    diagnosis_code: str
    diagnosis_name: str


class Disease(NamedTuple):
    """A disease by the code of a national list, such as that of chronic outpatient diseases, and its name."""

    code: str = ""
    name: str = ""


NO_DISEASE = Disease()


def proof(person: Person) -> dict[str, Any]:
    """Return how a person is identified: by identity card."""
    return {
        "psn_no": person.psn_no,
        "mdtrt_cert_type": "02",
        "mdtrt_cert_no": person.certno,
        "psn_cert_type": "01",
        "certno": person.certno,
    }


def payer(person: Person) -> dict[str, Any]:
    """Return how a person is identified where money is at stake."""
    return proof(person) | {"psn_type": person.psn_type, "psn_name": person.name, "insutype": person.insutype}


def about(mdtrt_id: str, person: Person, **fields: str) -> dict[str, Any]:
    """Return which visit of which person a request is about, and the fields that are not empty."""
    return {"mdtrt_id": mdtrt_id, "psn_no": person.psn_no} | {name: value for name, value in fields.items() if value}


def diagnosis(ward: Ward, at: dt.datetime) -> dict[str, Any]:
    """Return the one diagnosis of a stay."""
    return _diagnosis(ward, at, ward.dept_code) | {"maindiag_flag": "1"}


def outpatient_diagnosis(ward: Ward, at: dt.datetime) -> dict[str, Any]:
    """Return the one diagnosis of an outpatient visit."""
    return _diagnosis(ward, at, ward.dept_name) | {"vali_flag": "1"}


def _diagnosis(ward: Ward, at: dt.datetime, dept: str) -> dict[str, Any]:
    return {
        "diag_type": "1",
        "diag_srt_no": 1,
        "diag_code": ward.diagnosis_code,
        "diag_name": ward.diagnosis_name,
        "diag_dept": dept,
        "dise_dor_no": ward.doctor_code,
        "dise_dor_name": ward.doctor_name,
        "diag_time": written(at),
    }


def fee(line: Line, arose: dt.datetime) -> dict[str, Any]:
    """Return a fee line as every upload words it."""
    return {
        "feedetl_sn": int(line.sn),
        "fee_ocur_time": written(arose),
        "med_list_codg": line.item.code,
        "medins_list_codg": line.item.code,
        "det_item_fee_sumamt": line.amount,
        "cnt": line.quantity,
        "pric": line.price,
    }


def ordered_by(ward: Ward) -> dict[str, Any]:
    """Return who ordered what a line charges."""
    return {
        "bilg_dept_codg": ward.dept_code,
        "bilg_dept_name": ward.dept_name,
        "bilg_dr_codg": ward.doctor_code,
        "bilg_dr_name": ward.doctor_name,
    }


def class_totals(totals: ClassTotals) -> dict[str, Any]:
    """Return the four class totals by their fields."""
    return dict(zip(TOTAL_FIELDS, totals, strict=True))


def span(first: dt.date, last: dt.date) -> dict[str, Any]:
    """Return the days from first to last as a query wants them."""
    return {
        "begntime": written(dt.datetime.combine(first, _DAY_BEGINS)),
        "endtime": written(dt.datetime.combine(last, _DAY_ENDS)),
    }


def extended(text: str) -> dict[str, Any]:
    """Return the field extension, where there is one."""
    return {"exp_content": text} if text else {}
