"""Each named invariant holds for the worked example, and each can fail."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core import invariants as inv
from simulator.core.benefit.shares import shares_add_up
from simulator.core.clearing.sheet import Sheet, SheetLine
from simulator.core.platform.books import Leg, Posting
from simulator.core.reconciliation.totals import Totals

TIERS = {"H1": 0, "320100": 1, "320300": 1, "320000": 2}


@pytest.fixture
def row(play: Any) -> Any:
    stay = play.stay().settled()
    return play.insured.insured.visits.find(stay.mdtrt_id).settlement


AMOUNTS = {
    inv.bill_adds_up: "hosp_part_amt",
    inv.funds_add_up: "hifob_pay",
    inv.person_adds_up: "psn_cash_pay",
    inv.classes_add_up: "overlmt_selfpay",
    inv.cleared_both_ways: "acct_pay",
}


@pytest.mark.parametrize("name", [check.__name__ for check in AMOUNTS])
def test_an_amount_identity_fails_by_one_fen(row: Any, name: str) -> None:
    check = getattr(inv, name)
    field = AMOUNTS[check]
    wrong = row.shares._replace(**{field: getattr(row.shares, field) + 1})
    assert check(row.shares)
    assert not check(wrong)
    assert shares_add_up(row.shares)
    assert not shares_add_up(wrong)


def test_family_money_is_part_of_what_the_account_pays(row: Any) -> None:
    account = row.shares.acct_pay
    for family, holds in ((-1, False), (0, True), (account, True), (account + 1, False)):
        shares = row.shares._replace(acct_mulaid_pay=family)
        assert inv.family_within_account(shares) is holds
        assert inv.family_within_account(shares.negated()) is holds
        assert shares_add_up(shares) is holds


def test_no_part_of_a_bill_is_below_nothing_and_no_more_than_it_is_paid(row: Any) -> None:
    shares = row.shares
    cash = shares.psn_cash_pay
    for more, sound, within in ((0, True, True), (cash, True, True), (cash + 1, False, False)):
        funds = {"hifp_pay": shares.hifp_pay + more, "fund_pay_sumamt": shares.fund_pay_sumamt + more}
        parts = {"psn_part_amt": shares.psn_part_amt - more, "psn_cash_pay": cash - more}
        moved = shares._replace(**funds, **parts)
        assert inv.no_part_below_nothing(moved) is inv.no_part_below_nothing(moved.negated()) is sound
        assert inv.paid_within_bill(moved) is inv.paid_within_bill(moved.negated()) is within


def test_the_lines_are_the_bill(row: Any) -> None:
    totals = row.inputs.totals
    assert inv.lines_sum_to_bill(totals, row.shares)
    assert not inv.lines_sum_to_bill(totals._replace(first_pay=totals.first_pay + 1), row.shares)


def test_a_visit_is_settled_once_at_any_moment(row: Any) -> None:
    mirror = row.cancelled("R1", row.at)
    other = row._replace(mdtrt_id="other")
    assert inv.settled_once([row, mirror, row, other])
    assert not inv.settled_once([row, row, mirror])
    assert not inv.settled_once([mirror, row])


def test_a_cross_city_settlement_needs_a_filing(row: Any) -> None:
    assert inv.filed_where_needed(row)
    assert inv.filed_where_needed(row._replace(treatment_city=row.insured_city, inputs=None))
    assert not inv.filed_where_needed(row._replace(inputs=None))
    where = row.inputs.where._replace(filing_type="")
    assert not inv.filed_where_needed(row._replace(inputs=row.inputs._replace(where=where)))


def test_no_leg_skips_a_tier_or_stays_in_one() -> None:
    assert inv.no_tier_skipped([("H1", "320100"), ("320100", "320000"), ("320000", "320300")], TIERS)
    assert not inv.no_tier_skipped([("H1", "320000")], TIERS)
    assert not inv.no_tier_skipped([("320100", "320300")], TIERS)


def test_a_posting_balances() -> None:
    legs = (Leg("cash", "x", "x", 5), Leg("revenue", "x", "x", -5))
    assert inv.posting_balances(Posting("x", dt.datetime(2016, 1, 1), "", legs))
    assert not inv.posting_balances(Posting("x", dt.datetime(2016, 1, 1), "", legs[:1]))


def test_books_mirror() -> None:
    assert inv.books_mirror(-5, 5)
    assert not inv.books_mirror(-5, 4)


def test_a_sheet_sums_to_zero_for_each_kind_of_insurance() -> None:
    both = (SheetLine("a", "310", 5, 0), SheetLine("b", "310", 0, 5))
    assert inv.sheet_is_zero(Sheet("2016-10", both))
    assert not inv.sheet_is_zero(Sheet("2016-10", (both[0], SheetLine("b", "390", 0, 5))))


def test_three_sides_agree() -> None:
    one = Totals(1, 2, 3, 4)
    assert inv.three_sides_agree([one, one, one])
    assert not inv.three_sides_agree([one, one, one._replace(account=5)])


def test_institutions_are_paid_before_their_bills_are_claimed() -> None:
    one, other = dt.date(2023, 10, 9), dt.date(2023, 10, 10)
    assert inv.paid_first(one, 5, other)
    assert inv.paid_first(one, 5, one)
    assert not inv.paid_first(other, 5, one)
    assert not inv.paid_first(None, 5, one)
    assert inv.paid_first(None, -5, one)


def test_sent_received_and_sheet_are_the_same() -> None:
    assert inv.received_as_sent(5, 5, 5)
    assert not inv.received_as_sent(5, 5, 4)
    assert not inv.received_as_sent(5, 4, 5)


def test_ledger_agrees_with_ledger_and_with_the_bank_but_for_what_is_not_reported() -> None:
    assert inv.ledgers_agree(100, 100, 100, 0)
    assert inv.ledgers_agree(100, 70, 70, -30)
    assert not inv.ledgers_agree(100, 70, 70, 0)
    assert not inv.ledgers_agree(100, 100, 99, 0)


def test_no_areas_money_is_below_nothing() -> None:
    assert inv.never_negative([0, 5])
    assert not inv.never_negative([5, -1])


def test_no_more_is_paid_for_a_payer_than_it_has_prepaid_and_cleared() -> None:
    assert inv.within_prepaid(5, 3, 2)
    assert not inv.within_prepaid(6, 3, 2)


def test_ncms_stands_on_no_sheet() -> None:
    assert inv.apart_from_ncms(["310", "390"])
    assert not inv.apart_from_ncms(["310", "380"])


def test_the_invariants_of_clearing_say_what_they_mean() -> None:
    assert len(set(inv.CLEARING_INVARIANTS)) == 7
    assert all(check.__doc__ for check in inv.CLEARING_INVARIANTS)


def test_every_invariant_is_listed_and_says_what_it_means() -> None:
    assert len(inv.INVARIANTS) == len(set(inv.INVARIANTS)) == 25
    assert {*inv.CLEARING_INVARIANTS, *inv.RECONCILIATION_INVARIANTS} < set(inv.INVARIANTS)
    assert all(check.__doc__ for check in inv.INVARIANTS)
