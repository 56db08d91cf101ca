"""What a confirmed finding costs: the fund's share, never twice for one line, in whole fen."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.audit.deductions import NOTHING_TAKEN, Taken, newly_taken, split, taken_by
from simulator.core.audit.facts import Deduction
from simulator.core.audit.rules import Questioned
from simulator.core.benefit.settlement import DIRECT, Settlement
from simulator.core.benefit.shares import Shares

NO_SHARES = Shares(*(0 for _ in Shares._fields))


def bill(in_scope: int = 10_000, fund: int = 8_000, insutype: str = "310") -> Settlement:
    day = dt.date(2016, 10, 1)
    shares = NO_SHARES._replace(medfee_sumamt=in_scope, inscp_scp_amt=in_scope, fund_pay_sumamt=fund)
    at = dt.datetime(2016, 10, 2, 9, 0)
    areas = ("320199", "320399", "320100", "320300")
    return Settlement("S1", "", False, DIRECT, "V1", "P1", insutype, "H1", *areas, day, day, at, "m1", shares, None)


def deduction(taken: tuple[tuple[str, int], ...], fund: int) -> Deduction:
    return Deduction("K", "F", "S1", "H1", "320199", "320300", "310", "201610", taken, (("310100", fund),), "x")


def question(*rows: tuple[str, int]) -> list[Questioned]:
    return [Questioned(sn, "item", 2 * in_scope, in_scope) for sn, in_scope in rows]


def test_no_line_is_taken_twice() -> None:
    before = taken_by([deduction((("1", 300),), 240)])
    assert before == Taken({"1": 300}, 240)
    assert newly_taken(question(("1", 500), ("2", 100)), 10_000, before) == (("1", 200), ("2", 100))
    assert newly_taken(question(("1", 300)), 10_000, before) == ()


def test_the_visit_as_a_whole_takes_what_its_lines_left() -> None:
    before = taken_by([deduction((("1", 300),), 240), deduction((("2", 700),), 560)])
    assert newly_taken(question(("", 10_000)), 10_000, before) == (("", 9_000),)


def test_lines_take_no_more_than_the_bill_has_left() -> None:
    before = taken_by([deduction((("", 9_900),), 7_920)])
    assert newly_taken(question(("1", 80), ("2", 80)), 10_000, before) == (("1", 80), ("2", 20))


def test_the_fund_gets_back_its_share_and_of_everything_all() -> None:
    """100.00 in scope, 80.01 paid, taken in three: 26.67 of 33.33, 53.33 of 66.66, all of 100.00."""
    row = bill(10_000, 8_001)
    before, parts = NOTHING_TAKEN, []
    for sn, more in (("1", 3_333), ("2", 3_333), ("3", 3_334)):
        funds = split(row, (("310100", 8_001),), before, more)
        parts.append(funds[0][1])
        before = taken_by([deduction(((sn, before.in_scope + more),), sum(parts))])
    assert parts == [2_667, 2_666, 2_668]
    assert sum(parts) == 8_001


def test_funds_give_back_in_order_each_up_to_what_it_paid() -> None:
    """50.00 of the basic fund and 30.00 of the second insurance: 60.00 take all of the one and 10.00 of the other."""
    row = bill(10_000, 8_000)
    funds = (("310100", 5_000), ("330100", 3_000))
    assert split(row, funds, NOTHING_TAKEN, 2_500) == (("310100", 2_000),)
    assert split(row, funds, NOTHING_TAKEN, 7_500) == (("310100", 5_000), ("330100", 1_000))
    before = Taken({"1": 5_000}, 4_000)
    assert split(row, funds, before, 2_500) == (("310100", 1_000), ("330100", 1_000))
    before = Taken({"1": 7_500}, 6_000)
    assert split(row, funds, before, 2_500) == (("330100", 2_000),)


@pytest.mark.parametrize(("insutype", "fund"), [("310", "310100"), ("390", "390100")])
def test_funds_that_are_not_known_are_the_basic_one(insutype: str, fund: str) -> None:
    assert split(bill(insutype=insutype), (), NOTHING_TAKEN, 10_000) == ((fund, 8_000),)


def test_a_bill_without_anything_in_scope_gives_nothing_back() -> None:
    assert split(bill(0, 0), (), NOTHING_TAKEN, 0) == ()


@pytest.mark.parametrize("steps", [[10_000], [1, 9_999], [3_333, 3_333, 3_334], [1] * 100 + [9_900]])
@pytest.mark.parametrize("fund", [0, 1, 7_777, 10_000])
def test_taking_a_bill_apart_gives_back_exactly_what_was_paid(steps: list[int], fund: int) -> None:
    row, taken, back = bill(10_000, fund), 0, 0
    for step in steps:
        more = sum(fen for _, fen in split(row, (("310100", fund),), Taken({"1": taken}, back), step))
        assert more >= 0
        taken, back = taken + step, back + more
    assert back == fund


def test_an_amount_is_the_sum_over_its_funds() -> None:
    cut: Any = deduction((("1", 300),), 240)
    assert cut._replace(funds=(("a", 1), ("b", 2))).amount == 3
