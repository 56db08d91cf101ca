"""Payment orders: worded, split into parts, read back."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.clearing.orders import (
    Line,
    Order,
    agency_account,
    fiscal_account,
    fiscal_name,
    in_parts,
    institution_account,
    lines_of,
    order_in,
    parts,
)
from simulator.core.platform.message import Key, request


def order(lines: tuple[Line, ...], **changes: Any) -> Order:
    made = Order(
        dfr_id="BF3203002023090001",
        document="TJ1",
        source="1",
        source_no="QSD1",
        month="2023-09",
        payee_kind="3",
        payee="320000",
        payee_name="江苏财政专户",
        account=fiscal_account("320000"),
        payer="320300",
        on=dt.date(2023, 10, 9),
        lines=lines,
    )
    return made._replace(**changes)


def line(number: int = 0, *amounts: int) -> Line:
    funds = tuple((f"31{place}100", amount) for place, amount in enumerate(amounts or (5,)))
    return Line(f"3203{number:02d}", "320300", "310", "21", True, funds)


def test_an_order_can_be_read_back_from_its_message() -> None:
    made = order((line(1, 700, 40), line(2, -5)))
    assert made.amount == 735
    asked = request("P103", Key("C32030000001", "1"), {}, made.blocks())
    assert order_in(asked) == made


def test_prepaid_money_and_money_pooled_upward_are_named_by_the_notice() -> None:
    kinds = {(kind, source): order((), payee_kind=kind, source=source) for kind in "123" for source in "124"}
    notices = {key: made.blocks()["data"]["dfr_notc_type"] for key, made in kinds.items()}
    assert notices == {
        **{(kind, "2"): "2" for kind in "123"},
        **{("1", source): "1" for source in "14"},
        **{("2", source): "3" for source in "14"},
        **{("3", source): "4" for source in "14"},
    }


def test_a_long_order_goes_out_in_parts_that_fit() -> None:
    made = order(tuple(line(number, 1, 2) for number in range(70)))  # 70 lines, 140 rows by fund
    pieces = list(parts(made))
    assert [len(piece.lines) for piece in pieces] == [50, 20]
    assert [piece.dfr_id for piece in pieces] == [f"{made.dfr_id}P01", f"{made.dfr_id}P02"]
    assert sum(piece.amount for piece in pieces) == made.amount
    assert {piece.document for piece in pieces} == {"TJ1"}
    many = list(parts(order(tuple(line(number) for number in range(101)))))
    assert [len(piece.lines) for piece in many] == [100, 1]
    assert list(parts(order((line(),)))) == [order((line(),))]


def test_numbers_of_lines_and_fund_rows_are_unique() -> None:
    blocks = order((line(1, 1, 2), line(2, 3))).blocks()
    assert len({row["dfr_detl_id"] for row in blocks["dfrdetl"]}) == 2
    assert len({row["fund_sbit_seq"] for row in blocks["fundsbit"]}) == 3
    assert [row["dfr_detl_id"][-4:] for row in blocks["fundsbit"]] == ["0001", "0001", "0002"]


def test_lines_sum_funds_and_leave_out_what_is_nothing() -> None:
    key, other = ("320381", "320300", "310", "21", True), ("320399", "320300", "310", "21", False)
    found = lines_of({key: [("310100", 5), ("310200", 0), ("310100", 2)], other: [("310100", 1), ("310100", -1)]})
    assert found == (Line(*key, (("310100", 7),)),)


def test_accounts_are_invented_and_differ(registry: Any) -> None:
    accounts = {fiscal_account("320100"), agency_account("320100"), institution_account("H32019900001")}
    assert len(accounts) == 3
    assert all(len(each) == 20 and each.startswith("9999") for each in accounts)
    assert fiscal_name(registry, "320100") == "南京财政专户"
    assert fiscal_name(registry, "320000") == "320000财政专户"


def test_rows_come_in_pages() -> None:
    assert in_parts(range(5), 2) == ((0, 1), (2, 3), (4,))
    assert in_parts([]) == ()
