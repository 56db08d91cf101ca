"""What must not change when a bill is told in another way: order, splitting, mirroring, doubling, the year.

From fee lines through the class totals to the shares, under the three built-in packs.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.benefit.bill import NO_TOTALS, ClassTotals, Line, classify, totals_of
from simulator.core.benefit.rules import CHRONIC, INPATIENT, OUTPATIENT, POOR, Circumstance, YearSoFar, rules_for
from simulator.core.benefit.shares import Shares, shares_add_up
from simulator.core.benefit.stack import compute
from simulator.core.catalogue.items import Item
from simulator.inputs.packs import load_pack

PACKS = {name: load_pack(name) for name in ("jiangsu-2016", "jilin-2019", "jiangsu-2023")}
DAYS = {"jiangsu-2016": dt.date(2016, 10, 10), "jilin-2019": dt.date(2019, 3, 1), "jiangsu-2023": dt.date(2023, 5, 4)}

EMPLOYEE = Circumstance("320100", "310", "12", "tertiary", "referral", DAYS["jiangsu-2016"])
RESIDENT = EMPLOYEE._replace(insutype="390", psn_type="15", identities=(POOR,))
CASES = [
    *[(name, where._replace(day=day)) for name, day in DAYS.items() for where in (EMPLOYEE, RESIDENT)],
    ("jiangsu-2023", EMPLOYEE._replace(day=DAYS["jiangsu-2023"], care=OUTPATIENT)),
    ("jiangsu-2023", RESIDENT._replace(day=DAYS["jiangsu-2023"], care=CHRONIC, disease="M07800")),
]

WHOLE = 10_000  # ten-thousandths of a unit


def item(level: str, cap: int | None, first_share: int) -> Item:
    return Item("x", "x", level, "09", 0, cap, first_share, None, None)


first_shares = st.sampled_from([0, 500, 1_000, 2_000])
items = st.builds(item, st.sampled_from(["01", "02", "03"]), st.none() | st.integers(0, 10**9), first_shares)
lines = st.builds(classify, st.just("1"), items, st.integers(0, 10**10), st.integers(0, 10**7))
bills = st.lists(lines, min_size=1, max_size=8)
cases = st.sampled_from(CASES)
fen = st.integers(0, 30_000_000)
chronic = st.sampled_from([(), (("M01600", 5),), (("M01600", 5), ("M07800", 9_900_000))])
years = st.builds(YearSoFar, st.integers(0, 4), *[fen] * 7, chronic)
accounts = st.tuples(st.integers(0, 10**6), st.integers(0, 10**6))


def settled(
    case: tuple[str, Circumstance], totals: ClassTotals, year: YearSoFar, account: tuple[int, int]
) -> tuple[Shares, int]:
    pack, where = case
    own, family = account
    return compute(totals, rules_for(PACKS[pack], where), year, own, use_account=True, family=family)


@given(bills, st.randoms(use_true_random=False), cases, years, accounts)
def test_the_order_of_lines_changes_nothing(bill: list[Line], chance: Any, case: Any, year: Any, account: Any) -> None:
    other = list(bill)
    chance.shuffle(other)
    shares = settled(case, totals_of(bill), year, account)
    assert settled(case, totals_of(other), year, account) == shares
    assert shares_add_up(shares[0])


amounts = st.integers(0, 1_000_000)
parts_of_stays = st.lists(
    st.builds(ClassTotals, amounts, amounts, amounts, st.integers(100, 30_000_000)), min_size=2, max_size=4
)
stays = st.sampled_from([case for case in CASES if case[1].care == INPATIENT])
everybody = st.sampled_from([(), ("civil_servant", "enterprise"), ("civil_servant", "enterprise", POOR)])


@given(parts_of_stays, stays, everybody, years, accounts)
def test_a_stay_settled_in_parts_comes_to_what_it_would_at_once(
    parts: list[ClassTotals], stay: Any, identities: Any, year: Any, account: tuple[int, int]
) -> None:
    pack, where = stay
    rules = rules_for(PACKS[pack], where._replace(identities=identities))
    own, family = account
    whole, burden = compute(sums(parts), rules, year, own, use_account=True, family=family)
    earlier, added, sum_of_parts = NO_TOTALS, 0, [0] * len(whole)
    for part in parts:
        shares, more = compute(part, rules, year, own, use_account=True, family=family, earlier=earlier)
        assert shares_add_up(shares)
        own, family = own - shares.acct_pay + shares.acct_mulaid_pay, family - shares.acct_mulaid_pay
        sum_of_parts = [so_far + each for so_far, each in zip(sum_of_parts, shares, strict=True)]
        earlier, added = earlier.plus(part), added + more
    assert shares.pool_prop_selfpay == whole.pool_prop_selfpay
    assert Shares(*sum_of_parts)._replace(pool_prop_selfpay=whole.pool_prop_selfpay) == whole
    assert added == burden


def sums(parts: list[ClassTotals]) -> ClassTotals:
    return ClassTotals(*(sum(each) for each in zip(*parts, strict=True)))


@given(bills, cases, years, accounts)
def test_settling_cancelling_and_settling_again_is_settling_once(bill: Any, case: Any, year: Any, account: Any) -> None:
    where, (own, family) = case[1], account
    totals = totals_of(bill)
    shares, burden = settled(case, totals, year, account)
    mirror = shares.negated()
    middle = year.after(1, where, shares, burden).after(-1, where, mirror, burden)
    own_after = own - (shares.acct_pay - shares.acct_mulaid_pay) - (mirror.acct_pay - mirror.acct_mulaid_pay)
    family_after = family - shares.acct_mulaid_pay - mirror.acct_mulaid_pay
    assert middle == year
    assert settled(case, totals, middle, (own_after, family_after)) == (shares, burden)


def differences(line: Line, first: int) -> dict[str, int]:
    """How far the bill and its class totals move when a line is split after ``first`` of its quantity."""
    parts = [classify("1", line.item, line.price, each) for each in (first, line.quantity - first)]
    one, two = totals_of([line]), totals_of(parts)
    return {"bill": abs(one.bill - two.bill)} | {
        name: abs(before - after) for name, before, after in zip(one._fields, one, two, strict=True)
    }


@given(
    items.map(lambda each: each._replace(cap=None if each.cap is None else each.cap // WHOLE * WHOLE)),
    st.integers(0, 10**6),
    st.integers(2, 500),
    st.data(),
)
def test_splitting_a_line_moves_each_class_total_by_a_fen_at_most(
    kind: Item, price: int, count: int, data: st.DataObject
) -> None:
    """Prices in whole fen and whole quantities, as hospitals bill: only the first self-pay is rounded."""
    line = classify("1", kind, price * WHOLE, count * WHOLE)
    first = data.draw(st.integers(1, count - 1)) * WHOLE
    moved = differences(line, first)
    assert moved["bill"] == 0
    assert max(moved.values()) <= 1


@given(lines, st.data())
def test_splitting_a_line_of_a_fractional_quantity_moves_the_bill_by_a_fen_and_a_class_by_two(
    line: Line, data: st.DataObject
) -> None:
    """A class total may be the difference of two rounded amounts, and each of them may move by a fen."""
    moved = differences(line, data.draw(st.integers(0, line.quantity)))
    assert moved["bill"] <= 1
    assert max(moved.values()) <= 2


def test_two_fen_are_reached() -> None:
    line = classify("1", item("01", 316_629, 0), 350_000, 61_505)  # 6.1505 at 0.35, of which 0.316629 are in scope
    assert differences(line, 30_752)["over_limit"] == 2


@given(bills, cases, years, accounts)
def test_doubling_every_quantity_and_halving_it_back_changes_nothing(
    bill: list[Line], case: Any, year: Any, account: Any
) -> None:
    doubled = [classify(line.sn, line.item, line.price, 2 * line.quantity) for line in bill]
    halved = [classify(line.sn, line.item, line.price, line.quantity // 2) for line in doubled]
    assert halved == bill
    assert settled(case, totals_of(halved), year, account) == settled(case, totals_of(bill), year, account)
    whole, twice = totals_of(bill), totals_of(doubled)
    assert all(abs(2 * one - two) <= 3 * len(bill) for one, two in zip(whole, twice, strict=True))


@pytest.mark.parametrize("case", [case for case in CASES if case[1].care == INPATIENT])
def test_a_case_a_year_later_in_the_same_pack_comes_to_the_same(case: tuple[str, Circumstance]) -> None:
    pack, where = case
    later = where._replace(day=where.day.replace(year=where.day.year + 1))
    year, totals = YearSoFar(stays=1, basic_paid=1_000_000, burden=1_900_000), ClassTotals(5_000, 700, 9_000, 4_000_000)
    assert settled((pack, later), totals, year, (100, 0)) == settled(case, totals, year, (100, 0))
