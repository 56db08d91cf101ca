"""Reconciliation of a hospital with its city: totals (3201) and details (3202)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from simulator.core.benefit.settlement import Settlement
from simulator.core.platform.files import STATEMENT, tabbed
from simulator.core.platform.message import Block
from simulator.core.reconciliation.totals import Tally, Totals, sum_of
from simulator.core.values.money import yuan

LEVEL, NOT_LEVEL = "0", "1"  # stmt_rslt: 平, 不平
_FILE_AMOUNTS = ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")


def total_difference(data: Block, tally: Tally, hospital: str) -> tuple[str, str]:
    """Compare a 3201 with the city's totals; return ``stmt_rslt`` and its reason.

    The totals are keyed by day, hospital, insurance type and clearing type; the dates are of the settlement times.
    """
    days = tally.days(data["stmt_begndate"], data["stmt_enddate"])
    held = sum_of(tally.group((day, hospital, data["insutype"], data["clr_type"])) for day in days)
    sent = Totals(data["fixmedins_setl_cnt"], data["medfee_sumamt"], data["fund_pay_sumamt"], data["acct_pay"])
    if sent == held:
        return LEVEL, ""
    return NOT_LEVEL, f"医疗机构：{_worded(sent)}；经办机构：{_worded(held)}"


def detail_differences(sent: Iterable[Block], held: Iterable[Settlement]) -> list[Mapping[str, Any]]:
    """Compare the rows a hospital sent (3202 file) with the city's rows; return one result row for each difference.

    A row is known by ``setl_id`` and ``refd_setl_flag``. Rows held only at the centre come back without ``setl_id`` and
    ``mdtrt_id``, with the ``msgid`` that 2601 needs; rows held only by the hospital come back as they were sent.
    """
    centre = {(row.setl_id, "1" if row.refund else "0"): row for row in held}
    results: list[Mapping[str, Any]] = []
    for row in sent:
        found = centre.pop((row["setl_id"], row["refd_setl_flag"]), None)
        if found is None:
            results.append({**row, "msgid": "", "stmt_rslt": NOT_LEVEL, "memo": "中心端无此记录"})
        elif any(row[field] != getattr(found.shares, field) for field in _FILE_AMOUNTS):
            results.append({**row, "msgid": found.settled_by, "stmt_rslt": NOT_LEVEL, "memo": "金额不一致"})
    for (_, flag), found in centre.items():
        results.append(
            {
                "psn_no": found.psn_no,
                "mdtrt_id": "",
                "setl_id": "",
                "msgid": found.settled_by,
                "stmt_rslt": NOT_LEVEL,
                "refd_setl_flag": flag,
                "memo": "医疗机构无此记录",
                **{field: getattr(found.shares, field) for field in _FILE_AMOUNTS},
            }
        )
    return results


def statement_text(rows: Iterable[Block]) -> str:
    """Return the text a hospital uploads (9101) for 3202: a row a settlement, two for one that was cancelled."""
    return tabbed([row[column] for column in STATEMENT] for row in rows)


def statement_row(row: Settlement) -> Block:
    """Return a settlement row as a hospital sends it; the numbers are those the settlement returned."""
    return {
        "setl_id": row.setl_id,
        "mdtrt_id": row.mdtrt_id,
        "psn_no": row.psn_no,
        "refd_setl_flag": "1" if row.refund else "0",
        **{field: getattr(row.shares, field) for field in _FILE_AMOUNTS},
    }


def _worded(totals: Totals) -> str:
    return f"{totals.rows}笔，总额{yuan(totals.medfee)}元，基金{yuan(totals.fund)}元，个人账户{yuan(totals.account)}元"
