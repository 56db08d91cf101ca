"""The monthly split (3260 to 3262) of a running month, and the application for a month's money (3203, 3204).

What is asked of a month that is over needs the hook ``set_clock``. That a month is level between all cities takes what
staff do in each of them; what is split then no case asks.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from conformance.clauses import alone, verifies
from conformance.client import CaseClient, VisitClient
from conformance.setting import HERE, HOME

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


# -- a month that is over ---------------------------------------------------------------------------------------------

PLACES = (HOME, HERE)
AMOUNTS = ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")
FEN = ("psntime", "medfee_sumamt", "med_sumfee", "fund_appy_sum", "acct_pay", "cash_payamt")
"""What an application states, and may be one off in."""


def a_visit(case: CaseClient, where: str, **wish: Any) -> VisitClient:
    """Begin a visit at the institution that all visits of a case go to, where hardly anybody else goes."""
    return case.visit(where, at="closed" if where == HOME else "", days_ago=3, **wish)


def a_month_over(case: CaseClient, where: str) -> tuple[VisitClient, dict[str, Any], list[dict[str, Any]]]:
    """Settle two visits on days of a month, cancel a third, and settle a fourth after it; return a visit of its house.

    With it come the days of the month as an application has them, and the rows of the month and then the one after. A
    case applies for all of the month in the end and cancels the visit, so that it leaves nothing to apply for.
    """
    first = case.own_month()
    last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    case.set_clock(str(first.replace(day=10)))
    one, cancelled = a_visit(case, where), a_visit(case, where, yuan=5_000)
    one.settled()
    cancelled.settled()
    cancelled.succeeds(cancelled.cancels)
    case.set_clock(str(last), "23:30:00")
    two = a_visit(case, where, shape="retired", yuan=30_000)
    two.settled()
    case.set_clock(str(last + dt.timedelta(days=2)))
    late = a_visit(case, where, yuan=7_000)
    late.settled()
    days = {"setlym": f"{first:%Y%m}", "begndate": str(first), "enddate": str(last)}
    return late, days, [*one.stated(), *cancelled.stated(), *two.stated(), *late.stated()]


def totals(days: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what an application for rows of a month states, as fields of a 3203."""
    bill, fund, account = (sum(row[name] for row in rows) for name in AMOUNTS)
    count = sum(-1 if row["refd_setl_flag"] == "1" else 1 for row in rows)
    sums = {"psntime": count, "medfee_sumamt": bill, "med_sumfee": bill, "fund_appy_sum": fund}
    sums |= {"acct_pay": account, "cash_payamt": bill - fund - account}
    return {f"data/{name}": value for name, value in (days | sums).items()}


@alone
@verifies(
    "JL-4.1a",
    zh="月结束后，医院按经办机构的合计申请清算：差一分、少一笔、多他月一笔的均拒绝，撤销的结算不计。",
    en="A month's money is applied for as the city has it: a fen, a row, and a row of another month are refused.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_month_is_applied_for_to_the_fen(case: CaseClient, where: str) -> None:
    visit, days, rows = a_month_over(case, where)
    *month, late = rows
    right = totals(days, month)
    for name in FEN:
        for off in (1, -1):
            visit.refused("3203", {**right, f"data/{name}": right[f"data/{name}"] + off})
    visit.refused("3203", totals(days, month[1:]))
    visit.refused("3203", totals(days, month[:-1]))
    visit.refused("3203", totals(days, [*month, late]))
    visit.refused("3203", totals(days, [row for row in month if row["refd_setl_flag"] == "0"]))
    visit.refused("3203", {**right, "data/begndate": days["enddate"]})
    visit.succeeds("3203", right)
    visit.succeeds(visit.cancels)


@alone
@verifies(
    "JL-4.1a",
    zh="同一申请重发得同一回执；已申请的不能再申请，撤销后可重新申请；没有的申请不能撤销。",
    en="An application sent again gets its answer; nothing is applied for twice, but anew once it was withdrawn.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_month_is_applied_for_once(case: CaseClient, where: str) -> None:
    visit, days, (*month, _) = a_month_over(case, where)
    right = totals(days, month)
    event = visit.succeeds("3203", right).output["result"]["clr_appy_evt_id"]
    copy = visit.again()
    case.expect("3203", "/output/result", event, copy.output["result"]["clr_appy_evt_id"], copy.line)
    visit.refused("3203", right)
    visit.refused("3204", {"data/clr_appy_evt_id": NOTHING})
    visit.succeeds("3204", {"data/clr_appy_evt_id": event})
    visit.refused("3204", {"data/clr_appy_evt_id": event})
    visit.succeeds("3203", right)
    visit.refused("3203", right)
    visit.succeeds(visit.cancels)
