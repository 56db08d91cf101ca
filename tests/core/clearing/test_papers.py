"""Sheets, pairs and what follows from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from simulator.core.clearing.annex import by_area, by_fund
from simulator.core.clearing.papers import (
    Pair,
    PaperSheet,
    Share,
    Voucher,
    balances,
    base_of,
    due,
    lines_of_pairs,
    pairs_of,
    sheet_in,
    signed,
)
from simulator.core.clearing.sheet import SheetLine
from simulator.core.clearing.sums import NO_SUMS, ClaimRow, Sums
from simulator.core.platform.message import Key, request

DAY = dt.date(2023, 10, 27)


def claimed(amount: int, account: int = 0) -> Sums:
    return NO_SUMS._replace(funds=(amount, *NO_SUMS.funds[1:]), account=account)


def pair(treatment: str, insured: str, amount: int, insutype: str = "310") -> Pair:
    return Pair(treatment, insured, insutype, "QS1", claimed(amount))


def sheet(*pairs: Pair, kind: str = "1") -> PaperSheet:
    lines = lines_of_pairs(pairs, str, sorted({c for p in pairs for c in p[:2]}))
    return PaperSheet("QSD320000202309", kind, "2023-09", DAY, DAY, DAY, lines, pairs)


def is_city(code: str) -> Callable[[str], bool]:
    return lambda city: city == code


def test_pairs_join_areas_types_and_months_of_one_application() -> None:
    row = ClaimRow("A", "B", "B1", "310", "21", "2023-09", DAY, claimed(5))
    rows = [("1", row), ("1", row._replace(area="B2")), ("1", row._replace(month="2023-08")), ("2", row)]
    assert pairs_of(rows) == (
        Pair("A", "B", "310", "1", claimed(15)),
        Pair("A", "B", "310", "2", claimed(5)),
    )


def test_the_sheet_has_a_line_for_employees_and_residents_of_every_member() -> None:
    lines = lines_of_pairs([pair("A", "B", 9), pair("A", "B", 4, "391")], str, ["A", "B", "C"])
    assert [(line.city, line.insutype, line.difference) for line in lines] == [
        *(("A", "310", 9), ("A", "390", 0), ("A", "391", 4)),
        *(("B", "310", -9), ("B", "390", 0), ("B", "391", -4)),
        *(("C", "310", 0), ("C", "390", 0), ("C", "391", 0)),
    ]


def test_a_sheet_can_be_read_back_from_its_message() -> None:
    made = sheet(pair("320100", "320300", 900), pair("320300", "320100", 200, "390"))
    asked = request("C102", Key("C", "1"), {}, made.blocks("320300"))
    assert sheet_in(asked) == made
    assert asked.block("data")["recv_sumamt"] == asked.block("data")["pay_sumamt"] == 1_100


def test_a_correction_keeps_the_number_it_is_known_by() -> None:
    first = sheet()
    second = first._replace(number=first.corrected())
    assert (first.revision, second.number, second.revision) == (0, "QSD320000202309R1", 1)
    assert second.base == first.base == base_of("QSD320000202309R7") == "QSD320000202309"
    assert second.corrected() == "QSD320000202309R2"


def test_only_the_pairs_that_concern_a_city_are_its_own() -> None:
    made = sheet(pair("A", "B", 1), pair("B", "C", 2), pair("A", "C", 3))
    assert [p.sums.claimed for p in made.concerning(is_city("B")).pairs] == [1, 2]


def test_what_a_city_collects_and_pays_goes_by_insurance() -> None:
    pairs = [pair("A", "B", 9), pair("B", "A", 4), pair("B", "A", 5, "390")]
    assert balances(pairs, is_city("A")) == {"310": (9, 4), "390": (0, 5)}


@pytest.mark.parametrize(
    ("kind", "collects", "pays", "found"),
    [
        ("1", 9, 4, (0, 5)),
        ("1", 4, 9, (5, 0)),
        ("1", -4, 9, (13, 0)),
        ("2", 4, 9, (9, 4)),  # across provinces each side in full (JL-4.2d)
        ("2", -4, 9, (13, 0)),  # a month of refunds is turned round
        ("2", 4, -9, (0, 13)),
    ],
)
def test_what_is_due_is_net_in_the_province_and_in_full_across(
    kind: str, collects: int, pays: int, found: tuple[int, int]
) -> None:
    assert due(kind, collects, pays) == found


@pytest.mark.parametrize("kind", ["1", "2"])
@pytest.mark.parametrize(("one", "other"), [(9, 4), (4, 9), (-3, 5), (5, -3)])
def test_the_pairs_of_a_debt_sum_to_it(kind: str, one: int, other: int) -> None:
    made = sheet(pair("A", "B", one), pair("B", "A", other), kind=kind)
    out, back = due(kind, one, other)
    sums = {
        to_pay: sum(sign * p.sums.claimed for p, sign in signed(made, is_city("A"), to_pay=to_pay))
        for to_pay in (True, False)
    }
    assert not out or sums[True] == out
    assert not back or sums[False] == back


def test_debts_are_split_by_fund_and_area_to_the_fen() -> None:
    one = Pair("A", "B", "310", "1", claimed(100, account=50))
    funds = by_fund([(one, 1), (Pair("B", "A", "310", "2", claimed(0, account=60)), -1)])
    assert {fund: amount for fund, amount in funds["310"].items() if amount} == {"310100": 100, "310200": -10}
    shares = by_area("P", "310", {"310100": 100, "310200": -10}, {"B2": 2, "B1": 1, "B0": 0, "B3": -5}, "B")
    assert shares == (
        Share("P", "B1", "310", "310100", 33),
        Share("P", "B2", "310", "310100", 67),
        Share("P", "B1", "310", "310200", -3),
        Share("P", "B2", "310", "310200", -7),
    )
    assert by_area("P", "310", {"310100": 7, "310200": 0}, {}, "B") == (Share("P", "B", "310", "310100", 7),)


def test_a_voucher_adds_to_an_account_or_takes_from_it() -> None:
    voucher = Voucher("1", "QSD", "2", "V", 5, DAY)
    assert (voucher.signed, voucher._replace(kind="1").signed) == (5, -5)


def test_the_lines_of_a_sheet_are_lines_of_the_balance_sheet() -> None:
    assert sheet(pair("A", "B", 9)).lines[0] == SheetLine("A", "310", 9, 0)
