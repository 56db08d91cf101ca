"""What settlement rows add up to, by fund."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.clearing.sums import NO_SUMS, ClaimRow, Sums, basic_fund, claim_in, sums_in, sums_of, total

BILL = Sums(1, 1_300, (700, 0, 0, 50, 0, 0, 30, 20), 200, 300, 0, 90)


def test_what_is_claimed_is_what_is_cleared_less_deductions() -> None:
    assert (BILL.fund, BILL.cleared, BILL.claimed) == (800, 1_000, 910)


def test_groups_add_up_part_by_part() -> None:
    assert total([BILL, BILL, NO_SUMS]) == Sums(2, 2_600, (1_400, 0, 0, 100, 0, 0, 60, 40), 400, 600, 0, 180)
    assert total([]) == NO_SUMS


def test_a_claim_is_split_by_fund_with_deductions_off_the_basic_fund() -> None:
    split = dict(BILL.split("390"))
    assert split["390100"] == 610  # 700 - 90
    assert (split["390200"], split["610100"], split["999997"], split["390500"]) == (50, 30, 20, 200)
    assert sum(split.values()) == BILL.claimed
    assert dict(BILL.split("310"))["310200"] == 200
    assert BILL.split("391") == BILL.split("390")


def test_the_basic_fund_and_its_prepaid_money_go_by_insurance() -> None:
    assert [basic_fund(kind, prepaid=False) for kind in ("310", "390", "391")] == ["310100", "390100", "390100"]
    assert [basic_fund(kind, prepaid=True) for kind in ("310", "390", "391")] == ["310101", "390101", "390101"]


def test_a_row_of_the_application_can_be_read_back(bench: Any) -> None:
    settled = bench.settle("H32019900001", "320381", 9_000, 500, 700, funds={"hifob_pay": 400, "maf_pay": 100})
    sums = sums_of(settled)
    assert sums == Sums(1, 10_200, (8_500, 0, 0, 0, 400, 0, 100, 0), 500, 700, 0, 0)
    row = ClaimRow("320100", "320300", "320381", "310", "21", "2023-09", dt.date(2023, 10, 9), sums)
    assert claim_in(row.block(1)) == row


def test_a_month_of_cancellations_counts_below_nothing_but_has_no_visit() -> None:
    row = ClaimRow("320100", "320300", "320381", "310", "21", "2023-09", dt.date(2023, 10, 9), Sums(-1, -10))
    block = row.block(3)
    assert (block["setl_totlnum"], block["psntime"], block["seqno"], block["cashym"]) == (-1, 0, 3, "202309")


def test_the_sheets_rows_lack_what_only_applications_have() -> None:
    fields = BILL.fields()
    assert fields["fund_appy_sum"] == 910
    assert sums_in(fields) == BILL._replace(rows=0, cash=0)
