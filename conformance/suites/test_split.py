"""The monthly split (3260 to 3262) and the application for a month's money (3203, 3204), of a running month.

What is asked of a month that is over and level needs the hooks ``set_clock`` and ``do``; no case does that so far.
"""

from __future__ import annotations

import pytest

from conformance.clauses import verifies
from conformance.client import CaseClient
from conformance.setting import HERE

NOTHING = "9" * 20


@verifies(
    "P75-41",
    zh="当月尚未对清，不能提取清分明细。",
    en="Of a month that is not reconciled yet nothing is split.",
)
@pytest.mark.parametrize("startrow", (1, 101))
def test_a_month_that_is_not_level_is_not_split(case: CaseClient, startrow: int) -> None:
    visit = case.visit(HERE)
    visit.settled()
    visit.refused("3260", {"data/startrow": startrow})
    visit.succeeds("5203")


@verifies(
    "P75-41",
    zh="当月尚未对清，不能确认清分，真实的明细也不能。",
    en="Nothing of a month that is not reconciled yet can be confirmed, not even a row as it is.",
)
@pytest.mark.parametrize("flag", ("0", "1"))
def test_a_month_that_is_not_level_is_not_confirmed(case: CaseClient, flag: str) -> None:
    visit = case.visit(HERE)
    visit.settled()
    (row,) = visit.stated()
    amounts = {
        "detail/medfee_sumamt": row["medfee_sumamt"],
        "detail/optins_pay_sumamt": row["fund_pay_sumamt"] + row["acct_pay"],
    }
    visit.refused("3261", {**amounts, "detail/cnfm_flag": flag})
    visit.succeeds(visit.cancels)


@verifies(
    zh="没有的清分确认不能回退；当月没有确认时全部回退为空操作。",
    en="A confirmation that there is not cannot be taken back, and taking back all of none changes nothing.",
)
def test_a_confirmation_that_there_is_not(case: CaseClient) -> None:
    visit = case.visit(HERE)
    visit.settled()
    visit.refused("3262", {"data/otransid": NOTHING})
    visit.succeeds("3262")
    visit.succeeds("5203")


@verifies(
    "JS-3.2b",
    zh="未结束的月份不能申请清算，没有的申请不能撤销。",
    en="The money of a month that is not over cannot be applied for, and no application that there is not withdrawn.",
)
def test_a_month_that_is_not_over_is_not_applied_for(case: CaseClient) -> None:
    visit = case.visit(HERE)
    visit.settled()
    (row,) = visit.stated()
    month = case.day(0)[:7]
    fund, account, total = row["fund_pay_sumamt"], row["acct_pay"], row["medfee_sumamt"]
    data = {"setlym": month.replace("-", ""), "psntime": 1, "medfee_sumamt": total, "med_sumfee": total}
    data |= {"fund_appy_sum": fund, "acct_pay": account, "cash_payamt": total - fund - account}
    data |= {"begndate": f"{month}-01", "enddate": case.day(0)}
    visit.refused("3203", {f"data/{name}": value for name, value in data.items()})
    visit.refused("3204", {"data/clr_appy_evt_id": NOTHING})
    visit.succeeds("5203")
