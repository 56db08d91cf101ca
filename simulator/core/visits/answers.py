"""How a city words what it knows: the blocks of its answers about people, visits and settlements."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.benefit.rules import CIVIL_SERVANT, INPATIENT, OUTPATIENT, PHARMACY, POOR, RESIDENT, YearSoFar
from simulator.core.benefit.settlement import Settlement
from simulator.core.platform.message import Message
from simulator.core.values.people import Person
from simulator.core.values.stamps import written
from simulator.core.visits.care import CARE_OF, CLEARING_TYPE
from simulator.core.visits.lifecycle import ADMITTED, BILLED, WITHDRAWN
from simulator.core.visits.lines import line_result
from simulator.core.visits.visits import Bill, Visit

_FUNDS = (  # field, fund_pay_type of employees and of residents
    ("hifp_pay", "310100", "390100"),
    ("hifob_pay", "330100", "330100"),
    ("hifmi_pay", "310300", "390200"),
    ("cvlserv_pay", "320100", "320100"),
    ("hifes_pay", "370100", "370100"),
    ("maf_pay", "610100", "610100"),
    ("oth_pay", "999997", "999997"),
)
_IDENTITY_CODES = {POOR: "2302"}  # psn_idet_type: 建档立卡贫困人员
_OUTPATIENT_FUND = ("310102", "390102")  # 门诊统筹基金
_OF_THE_POOL = frozenset({OUTPATIENT, PHARMACY})
_NOT_IN_5203 = frozenset({"psn_part_amt", "psn_cash_pay", "hosp_part_amt"})
_NOT_IN_2103 = frozenset(
    {"psn_no", "psn_name", "psn_cert_type", "certno", "gend", "insutype", "psn_type", "cvlserv_flag"}
    | {"med_type", "clr_type", "hosp_part_amt"}
)
_ACCUMULATORS = (  # cum_type_code, which no source publishes, and the accumulator
    ("hifp_pay", "basic_paid"),
    ("burden", "burden"),
    ("hifmi_pay", "second_paid"),
    ("hifob_pay", "large_paid"),
    ("maf_pay", "aid_paid"),
    ("otp_dedc", "outpatient_deductible"),
    ("otp_hifp", "outpatient_paid"),
)


def identity(person: Person, today: dt.date) -> dict[str, Any]:
    """Return who a person is, as most answers word it; the age is in tenths of a year, as the field has one decimal."""
    had_birthday = (today.month, today.day) >= (person.born.month, person.born.day)
    return {
        "psn_no": person.psn_no,
        "psn_cert_type": "01",
        "certno": person.certno,
        "psn_name": person.name,
        "gend": person.gender,
        "brdy": person.born.isoformat(),
        "age": 10 * (today.year - person.born.year - (not had_birthday)),
    }


def _civil_servant(person: Person) -> str:
    return "1" if CIVIL_SERVANT in person.identities else "0"


def person_blocks(person: Person, balance: int, today: dt.date) -> dict[str, Any]:
    """Return the output of 1101."""
    return {
        "baseinfo": identity(person, today),
        "insuinfo": [
            {
                "balc": balance,
                "insutype": person.insutype,
                "psn_type": person.psn_type,
                "psn_insu_stas": "1",
                "cvlserv_flag": _civil_servant(person),
                "insuplc_admdvs": person.insured_area,
            }
        ],
        "idetinfo": [
            {"psn_idet_type": _IDENTITY_CODES[name], "begntime": _midnight(person.born)}
            for name in person.identities
            if name in _IDENTITY_CODES
        ],
    }


def eligibility_row(person: Person, begin: str, *, right: bool) -> dict[str, Any]:
    """Return the row of 2001: does the basic fund pay for care that begins on this day."""
    return {
        "psn_no": person.psn_no,
        "trt_chk_type": "01",
        "fund_pay_type": _FUNDS[0][1 + (person.insutype == RESIDENT)],
        "trt_enjymnt_flag": "1" if right else "0",
        "begndate": begin,
        "trt_chk_rslt": "" if right else "未办理异地就医备案、险种不符、已不在本地参保或该类医疗未开通",
    }


def opened_blocks(asked: Message, mdtrt_id: str) -> dict[str, Any]:
    """Return the output of 2201 or 2401: the number of the visit."""
    if asked.infno == "2401":
        return {"result": {"mdtrt_id": mdtrt_id}}
    data = asked.block("data")
    return {"data": {"mdtrt_id": mdtrt_id, "psn_no": data["psn_no"], "ipt_otp_no": data["ipt_otp_no"]}}


# -- settlements ------------------------------------------------------------------------------------------------


def settlement_info(infno: str, row: Settlement, person: Person, balance: int) -> dict[str, Any]:
    """Return ``setlinfo`` of a trial (a row without ``setl_id``), a settlement or a cancellation; amounts in fen."""
    info: dict[str, Any] = {
        "mdtrt_id": row.mdtrt_id,
        "psn_no": row.psn_no,
        "psn_name": person.name,
        "psn_cert_type": "01",
        "certno": person.certno,
        "gend": person.gender,
        "insutype": row.insutype,
        "psn_type": person.psn_type,
        "cvlserv_flag": _civil_servant(person),
        "setl_time": written(row.at),
        "med_type": row.med_type,
        **row.shares._asdict(),
        "balc": balance,
        "medins_setl_id": row.settled_by,
        "clr_optins": row.insured_city,
        "clr_type": CLEARING_TYPE[CARE_OF[row.med_type]],
    }
    if row.setl_id:
        info["setl_id"] = row.setl_id
    if infno in {"2101", "2102"}:
        info |= {"age": identity(person, row.at.date())["age"], "hifdm_pay": 0}
    elif infno == "2103":
        info = {field: value for field, value in info.items() if field not in _NOT_IN_2103} | {"hifdm_pay": 0}
    elif infno == "2208":
        info["pdn_cash_pay"] = info.pop("psn_cash_pay")  # so it is spelt there
    return info


def queried_info(
    row: Settlement, person: Person, balance: int, hospital: str, *, across_provinces: bool
) -> dict[str, Any]:
    """Return ``setlinfo`` of 5203, which names three amounts differently."""
    info = settlement_info("5203", row, person, balance)
    away = "4" if across_provinces else "3"
    return {field: value for field, value in info.items() if field not in _NOT_IN_5203} | {
        "psn_pay": row.shares.psn_part_amt,
        "cash_payamt": row.shares.psn_cash_pay,
        "pay_loc": "2" if row.treatment_city == row.insured_city else away,
        "fixmedins_code": row.hospital,
        "fixmedins_name": hospital,
        "begndate": row.begin.isoformat(),
        "enddate": row.end.isoformat(),
        "refd_setl_flag": "0",
        "year": str(row.at.year),
    }


def fund_rows(row: Settlement) -> list[dict[str, Any]]:
    """Return the split by fund (``setldetail``): a row for each fund that pays."""
    resident = row.insutype == RESIDENT
    rows = []
    pooled = CARE_OF[row.med_type] in _OF_THE_POOL
    for field, *funds in _FUNDS:
        amount = getattr(row.shares, field)
        if not amount:
            continue
        rows.append(
            {
                "fund_pay_type": _OUTPATIENT_FUND[resident] if pooled and field == "hifp_pay" else funds[resident],
                "inscp_scp_amt": row.shares.inscp_scp_amt,
                "crt_payb_lmt_amt": 0,
                "fund_payamt": amount,
            }
        )
    return rows


# -- visits -----------------------------------------------------------------------------------------------------


def last_day(visit: Visit) -> dt.date | None:
    """Return the day a visit ended; None while it goes on, and for one that was withdrawn."""
    if visit.state in {ADMITTED, BILLED, WITHDRAWN}:
        return None
    return visit.ended if visit.kind == INPATIENT else visit.admitted


def in_hospital(visit: Visit) -> bool:
    """Tell whether a visit is a stay that goes on."""
    return visit.state in {ADMITTED, BILLED}


def visit_row(visit: Visit, person: Person, today: dt.date) -> dict[str, Any]:
    """Return a visit that has ended as a row of 5201; of its times only the days are kept."""
    ended = last_day(visit)
    assert ended is not None
    return identity(person, today) | {
        "mdtrt_id": visit.mdtrt_id,
        "insutype": visit.insutype,
        "psn_type": person.psn_type,
        "cvlserv_flag": _civil_servant(person),
        "begntime": _midnight(visit.admitted),
        "endtime": _midnight(ended),
        "med_type": visit.med_type,
        "dise_codg": visit.disease,
        "inhosp_stas": "0",
    }


def in_hospital_row(visit: Visit, person: Person, today: dt.date) -> dict[str, Any]:
    """Return a stay that goes on as a row of 5303."""
    return identity(person, today) | {
        "mdtrt_id": visit.mdtrt_id,
        "insutype": visit.insutype,
        "begndate": visit.admitted.isoformat(),
        "med_type": visit.med_type,
        "out_flag": "1" if visit.insured_area != visit.treatment_area else "0",
    }


def diagnosis_rows(visit: Visit) -> list[dict[str, Any]]:
    """Return the valid diagnoses of a visit as rows of 5202; where none is marked as the main one, the first is."""
    fields = (
        "diag_type",
        "diag_srt_no",
        "diag_code",
        "diag_name",
        "diag_dept",
        "dise_dor_no",
        "dise_dor_name",
        "diag_time",
    )
    return [
        {
            "diag_info_id": f"{visit.mdtrt_id[-24:]}-{inout}-{number}",
            "mdtrt_id": visit.mdtrt_id,
            "psn_no": visit.psn_no,
            "inout_diag_type": inout,
            "maindiag_flag": row.get("maindiag_flag") or ("1" if number == 1 else "0"),
            **{field: row[field] for field in fields},
        }
        for inout, rows in sorted(visit.diagnoses.items())
        for number, row in enumerate(rows, 1)
        if row.get("vali_flag") != "0"
    ]


def fee_rows(visit: Visit, bill: Bill) -> list[dict[str, Any]]:
    """Return the lines of a settlement as rows of 5204."""
    rows = []
    for sn in bill.billed.sns:
        line, sent = visit.lines[sn], visit.rows[sn]
        rows.append(
            line_result(line)
            | {
                "mdtrt_id": visit.mdtrt_id,
                "setl_id": bill.row.setl_id,
                "med_type": visit.med_type,
                "fee_ocur_time": sent["fee_ocur_time"],
                "hilist_code": line.item.code,
                "hilist_name": line.item.zh,
                "list_type": line.item.list_type,
                "med_list_codg": line.item.code,
                "medins_list_codg": sent["medins_list_codg"],
                "medins_list_name": line.item.zh,
                "dosform_name": "无",
            }
        )
    return rows


def accumulator_rows(person: Person, year: YearSoFar, month: str) -> list[dict[str, Any]]:
    """Return what a person has used up in a year as rows of 5206."""
    amounts = [(code, getattr(year, name)) for code, name in _ACCUMULATORS]
    amounts.append(("opsp_hifp", sum(paid for _, paid in year.chronic_paid)))
    return [
        {"insutype": person.insutype, "year": month[:4], "cum_ym": month, "cum_type_code": code, "cum": amount}
        for code, amount in amounts
    ]


def _midnight(day: dt.date) -> str:
    return written(dt.datetime.combine(day, dt.time()))
