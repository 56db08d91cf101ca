"""How the audit words its messages: the blocks of A101 (finding), A102 (deduction) and S301 (suspicion)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from simulator.core.audit.facts import Deduction, Suspected
from simulator.core.audit.rules import VISIT, Finding, Questioned
from simulator.core.benefit.settlement import Settlement
from simulator.core.values.stamps import written

ROWS = 100  # of a list in one message
CONCERNS = {VISIT: "1"}  # vola_bhvr_type; 2 for an item
ITEM_CODE = "2"
_BY_MONITORING = "1"  # chk_souc
_FRAUD = "5"  # excp_type
_HOTLINE = "12393"  # 医保服务热线
_LONGEST_REASON, _LONGEST_TEXT, _LONGEST_CURE = 200, 2000, 500
_SUSPECTED = "疑似冒名就医"

Blocks = dict[str, Any]


def finding_blocks(
    find_id: str, finding: Finding, row: Settlement, *, version: str, hospital: str, day: dt.date
) -> Iterator[Blocks]:
    """Yield the blocks of an A101 for each hundred lines; a further part has the number with its own ending."""
    for part, first in enumerate(range(0, len(finding.rows), ROWS), start=1):
        rows = finding.rows[first : first + ROWS]
        data = {
            "chk_find_id": part_id(find_id, part),
            "chk_souc": _BY_MONITORING,
            "chk_admdvs": row.treatment_city,
            "insuplc_admdvs": row.insured_city,
            "fixmedins_code": row.hospital,
            "fixmedins_name": hospital,
            "rule_id": finding.rule_id,
            "rule_name": finding.name,
            "rule_ver": version,
            "vola_bhvr_type": CONCERNS.get(finding.concerns, ITEM_CODE),
            "sev_deg": str(finding.severity),
            "vola_cont": finding.zh,
            "vola_evid": evidence_text(finding),
            "vola_sumamt": sum(each.amount for each in rows),
            "fnd_date": day.isoformat(),
            "totalrow": len(rows),
        }
        listed = [_found_row(number, each, row) for number, each in enumerate(rows, start=1)]
        yield {"data": data, "findlist": listed}


def part_id(find_id: str, part: int) -> str:
    """Return the number of a part of a finding; the first has the finding's own."""
    return find_id if part == 1 else f"{find_id}-{part}"


def evidence_text(finding: Finding, longest: int = 500) -> str:
    """Return the values that led to a finding as ``name=value`` text, cut to the length of the field."""
    text = "；".join("，".join(f"{name}={value}" for name, value in place) for place in finding.evidence)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _found_row(number: int, each: Questioned, row: Settlement) -> Blocks:
    listed: Blocks = {
        "seqno": number,
        "setl_id": row.setl_id,
        "mdtrt_id": row.mdtrt_id,
        "psn_no": row.psn_no,
        "setl_time": written(row.at),
        "vola_amt": each.amount,
    }
    if each.sn:
        listed |= {"feedetl_sn": each.sn, "med_list_codg": each.code}
    return listed


def deduction_blocks(deduction: Deduction, treatment_city: str, hospital: str, day: dt.date) -> Blocks:
    """Return the blocks of an A102; giving back is worded with negative amounts."""
    data = {
        "ded_no": deduction.ded_no,
        "chk_find_id": deduction.find_id,
        "chk_admdvs": treatment_city,
        "insuplc_admdvs": deduction.insured_city,
        "fixmedins_code": deduction.hospital,
        "fixmedins_name": hospital,
        "setlym": deduction.month,
        "ded_date": day.isoformat(),
        "ded_sumamt": deduction.amount,
        "totalrow": len(deduction.funds),
    }
    listed = [
        {
            "seqno": number,
            "setl_id": deduction.setl_id,
            "insutype": deduction.insutype,
            "fund_pay_type": fund,
            "ded_amt": fen,
            "ded_rea": deduction.reason[:_LONGEST_REASON],
        }
        for number, (fund, fen) in enumerate(deduction.funds, start=1)
    ]
    return {"data": data, "dedlist": listed}


def suspicion_blocks(suspected: Suspected, city: str, now: dt.datetime, outcome: str | None = None) -> Blocks:
    """Return the block of an S301 about a suspicion, nothing personal in it; ``outcome`` once it is settled."""
    data = {
        "excp_id": suspected.excp_id,
        "admdvs": city,
        "excp_type": _FRAUD,
        "ocur_time": written(suspected.at),
        "rpt_time": written(now),
        "rlts_no": suspected.setl_id or suspected.mdtrt_id,
        "abn_info": suspected.text[:_LONGEST_TEXT] or _SUSPECTED,
        "involv_amt": suspected.amount,
        "dspo_way": "暂停该参保人员结算，核实身份" if outcome is None else outcome[:_LONGEST_CURE] or "已核实",
        "plan_date": suspected.due.isoformat(),
        "done_date": "" if outcome is None else now.date().isoformat(),
        "opter_name": "经办机构",
        "tel": _HOTLINE,
    }
    return {"data": data}
