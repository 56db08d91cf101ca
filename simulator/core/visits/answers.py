"""How the city of insurance words what it knows: the blocks of 1101, 2001, 2303, 2304, 2305 and 5203."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.benefit.rules import RESIDENT
from simulator.core.benefit.settlement import Settlement
from simulator.core.values.people import Person
from simulator.core.values.stamps import written

_FUNDS = (  # field, fund_pay_type of employees and of residents
    ("hifp_pay", "310100", "390100"),
    ("hifob_pay", "330100", "330100"),
    ("hifmi_pay", "310300", "390200"),
    ("cvlserv_pay", "320100", "320100"),
    ("hifes_pay", "370100", "370100"),
    ("maf_pay", "610100", "610100"),
)
_NOT_IN_5203 = frozenset({"psn_part_amt", "psn_cash_pay", "hosp_part_amt"})


def person_blocks(person: Person, balance: int, today: dt.date) -> dict[str, Any]:
    """Return the output of 1101; the age is in tenths of a year, as the field has one decimal."""
    had_birthday = (today.month, today.day) >= (person.born.month, person.born.day)
    return {
        "baseinfo": {
            "psn_no": person.psn_no,
            "psn_cert_type": "01",
            "certno": person.certno,
            "psn_name": person.name,
            "gend": person.gender,
            "brdy": person.born.isoformat(),
            "age": 10 * (today.year - person.born.year - (not had_birthday)),
        },
        "insuinfo": [
            {
                "balc": balance,
                "insutype": person.insutype,
                "psn_type": person.psn_type,
                "psn_insu_stas": "1",
                "cvlserv_flag": "0",
                "insuplc_admdvs": person.insured_area,
            }
        ],
        "idetinfo": [],
    }


def eligibility_row(person: Person, begin: str, *, right: bool) -> dict[str, Any]:
    """Return the row of 2001: does the basic fund pay for a stay that begins on this day."""
    return {
        "psn_no": person.psn_no,
        "trt_chk_type": "01",
        "fund_pay_type": _FUNDS[0][1 + (person.insutype == RESIDENT)],
        "trt_enjymnt_flag": "1" if right else "0",
        "begndate": begin,
        "trt_chk_rslt": "" if right else "未办理异地就医备案或险种不符",
    }


def settlement_info(row: Settlement, person: Person, balance: int) -> dict[str, Any]:
    """Return ``setlinfo`` of 2303 (a row without ``setl_id``), 2304 and 2305; amounts in fen."""
    info: dict[str, Any] = {
        "mdtrt_id": row.mdtrt_id,
        "psn_no": row.psn_no,
        "psn_name": person.name,
        "psn_cert_type": "01",
        "certno": person.certno,
        "gend": person.gender,
        "insutype": row.insutype,
        "psn_type": person.psn_type,
        "cvlserv_flag": "0",
        "setl_time": written(row.at),
        "med_type": "21",
        **row.shares._asdict(),
        "balc": balance,
        "medins_setl_id": row.settled_by,
        "clr_optins": row.insured_city,
        "clr_type": "21",
    }
    if row.setl_id:
        info["setl_id"] = row.setl_id
    return info


def queried_info(row: Settlement, person: Person, balance: int, hospital: str) -> dict[str, Any]:
    """Return ``setlinfo`` of 5203, which names three amounts differently."""
    info = settlement_info(row, person, balance)
    return {field: value for field, value in info.items() if field not in _NOT_IN_5203} | {
        "psn_pay": row.shares.psn_part_amt,
        "cash_payamt": row.shares.psn_cash_pay,
        "pay_loc": "3",
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
    return [
        {
            "fund_pay_type": codes[resident],
            "inscp_scp_amt": row.shares.inscp_scp_amt,
            "crt_payb_lmt_amt": 0,
            "fund_payamt": getattr(row.shares, field),
        }
        for field, *codes in _FUNDS
        if getattr(row.shares, field)
    ]
