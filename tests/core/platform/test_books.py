"""Double entry: what does not balance is refused, balances are derived."""

from __future__ import annotations

import datetime as dt

import pytest

from simulator.core.platform.books import (
    Books,
    Leg,
    Unbalanced,
    asked_back_legs,
    granted_legs,
    hospital_legs,
    insured_legs,
    paid_back_legs,
    paid_out_legs,
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
    ],
)
def test_every_kind_of_posting_balances(legs: tuple[Leg, ...]) -> None:
    assert sum(leg.amount for leg in posting("x", AT, "ref", legs).legs) == 0


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
