"""Double entry: what does not balance is refused, balances are derived."""

from __future__ import annotations

import datetime as dt

import pytest

from simulator.core.platform.books import (
    CLEARING,
    POOLED,
    PREPAID,
    Books,
    Leg,
    Unbalanced,
    asked_back_legs,
    bank_legs,
    between_legs,
    charge_legs,
    collects_legs,
    deducted_legs,
    granted_legs,
    hospital_legs,
    in_city_legs,
    institution_legs,
    insured_legs,
    moved_legs,
    paid_back_legs,
    paid_out_legs,
    pays_legs,
    posting,
    reimbursement_legs,
    treatment_legs,
)

AT = dt.datetime(2016, 10, 10)


@pytest.mark.parametrize(
    "legs",
    [
        treatment_legs("320300", "H1", "320199", 1_646_010),
        insured_legs("320100", "320399", 1_346_010, 300_000),
        reimbursement_legs("320399", 1_346_010),
        granted_legs("320399", "P1", 1_346_010),
        paid_out_legs("320399", "P1", 1_346_010),
        asked_back_legs("320399", "P1", 1_346_010),
        paid_back_legs("320399", "P1", 5_000),
        hospital_legs("320100", "320199", 1_646_010, 208_565, 1_854_575),
        institution_legs("320100", "H1", "320199", "9999", 1_646_010),
        in_city_legs("320100", 40_000),
        deducted_legs("H1", "320199", "320300", 20_000),
        deducted_legs("H1", "320199", "", 20_000),
        collects_legs("320000", "320300", 1_646_010, 20_000),
        pays_legs("320000", "320300", "320100", 1_646_010, 20_000),
        charge_legs("320300", "320100", 1_626_010),
        moved_legs(CLEARING, "320000", "320300", "C32030000001", 1_626_010),
        between_legs(PREPAID, POOLED, "320000", "320300", 1_626_010),
        bank_legs("9999", "320300", "320300", -1_626_010),
    ],
)
def test_every_kind_of_posting_balances(legs: tuple[Leg, ...]) -> None:
    assert sum(leg.amount for leg in posting("x", AT, "ref", legs).legs) == 0


def test_a_sheet_is_booked_alike_by_who_pays_who_gets_and_who_is_between() -> None:
    collects = {leg.account: leg.amount for leg in collects_legs("320000", "320300", 1_000, 90)}
    pays = {leg.account: leg.amount for leg in pays_legs("320000", "320300", "320100", 1_000, 90)}
    payer, payee = charge_legs("320300", "320100", 910)
    assert collects == {CLEARING: 910, "deduction": 90, "receivable": -1_000}
    assert pays == {CLEARING: -910, "payable": 1_000, "benefit_expense": -90}
    assert (payer.amount, payee.amount) == (-pays[CLEARING], -collects[CLEARING])


def test_what_an_audit_refuses_in_the_city_lowers_its_own_expense() -> None:
    accounts = [(leg.account, leg.counterparty, leg.amount) for leg in deducted_legs("H1", "320199", "", 90)]
    assert accounts == [("payable", "H1", 90), ("benefit_expense", "320199", -90)]
    accounts = [(leg.account, leg.counterparty, leg.amount) for leg in deducted_legs("H1", "320199", "320300", 90)]
    assert accounts == [("payable", "H1", 90), ("deduction", "320300", -90)]


def test_money_moved_by_finance_leaves_or_comes_onto_its_account() -> None:
    sent = {leg.account: leg.amount for leg in moved_legs(POOLED, "320000", "320300", "F", 5)}
    came = {leg.account: leg.amount for leg in moved_legs(POOLED, "320300", "320000", "F", -5)}
    assert sent == {POOLED: 5, "fiscal": -5}
    assert came == {POOLED: -5, "fiscal": 5}


def test_an_account_is_summed_over_all_counterparties() -> None:
    books = Books()
    for number, fen in (("9999", 7), ("8888", -2)):
        books.post(posting("x", AT, "1", bank_legs(number, "x", "x", fen)))
    assert (books.total("bank"), books.total("fund"), books.total("cash")) == (5, -5, 0)


def test_legs_of_nothing_are_left_out() -> None:
    assert len(posting("x", AT, "ref", insured_legs("320100", "320399", 5, 0)).legs) == 2


def test_a_posting_out_of_balance_is_refused_with_the_difference() -> None:
    with pytest.raises(Unbalanced, match="ref is out of balance by 1 fen"):
        posting("x", AT, "ref", hospital_legs("320100", "320199", 10, 10, 19))


def test_balances_are_the_sums_of_the_postings() -> None:
    books = Books()
    entry = posting("320100", AT, "1", treatment_legs("320300", "H1", "320199", 100))
    books.post(entry)
    books.post(entry)
    assert books.balance("receivable", "320300") == 200
    assert books.balance("payable", "H1") == -200
    assert books.balance("bank", "H1") == 0
    taken = books.balances()
    books.post(entry)
    assert taken == {("receivable", "320300"): 200, ("payable", "H1"): -200}
