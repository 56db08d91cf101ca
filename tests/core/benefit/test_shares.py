"""The amount identities fail by one fen; ``tests/core/test_invariants.py`` holds them against a settled stay."""

from __future__ import annotations

import pytest

from simulator.core.benefit.shares import IDENTITIES, Shares, no_part_below_nothing, paid_within_bill, shares_add_up

GOOD = Shares(
    medfee_sumamt=1_000,
    fulamt_ownpay_amt=100,
    overlmt_selfpay=50,
    preselfpay_amt=50,
    inscp_scp_amt=800,
    act_pay_dedc=100,
    hifp_pay=300,
    pool_prop_selfpay=9_000,
    cvlserv_pay=10,
    hifes_pay=20,
    hifmi_pay=30,
    hifob_pay=40,
    maf_pay=50,
    oth_pay=0,
    fund_pay_sumamt=450,
    psn_part_amt=525,
    acct_pay=200,
    psn_cash_pay=325,
    hosp_part_amt=25,
    acct_mulaid_pay=80,
)
NOT_IN_AN_IDENTITY = {"act_pay_dedc", "pool_prop_selfpay", "acct_mulaid_pay"}


def test_a_settlement_with_every_fund_adds_up_and_so_does_its_mirror() -> None:
    assert shares_add_up(GOOD)
    assert shares_add_up(GOOD.negated())
    assert GOOD.cleared == 650 == -GOOD.negated().cleared


@pytest.mark.parametrize("field", sorted(set(Shares._fields) - NOT_IN_AN_IDENTITY))
def test_one_fen_more_in_any_part_breaks_an_identity(field: str) -> None:
    assert not shares_add_up(GOOD._replace(**{field: getattr(GOOD, field) + 1}))


@pytest.mark.parametrize(("family", "holds"), [(-1, False), (0, True), (200, True), (201, False)])
def test_family_money_is_part_of_what_the_account_pays(family: int, holds: bool) -> None:
    shares = GOOD._replace(acct_mulaid_pay=family)
    assert shares_add_up(shares) is holds
    assert shares_add_up(shares.negated()) is holds


def overpaid(fen: int) -> Shares:
    """A settlement in which the basic fund pays so much more, and cash so much less."""
    fund, person, cash = GOOD.fund_pay_sumamt + fen, GOOD.psn_part_amt - fen, GOOD.psn_cash_pay - fen
    return GOOD._replace(hifp_pay=GOOD.hifp_pay + fen, fund_pay_sumamt=fund, psn_part_amt=person, psn_cash_pay=cash)


@pytest.mark.parametrize(("fen", "sound", "within"), [(325, True, True), (326, False, True), (351, False, False)])
def test_no_part_is_below_nothing_and_no_more_than_the_bill_is_paid(fen: int, sound: bool, within: bool) -> None:
    for shares in (overpaid(fen), overpaid(fen).negated()):
        assert no_part_below_nothing(shares) is sound
        assert paid_within_bill(shares) is within
        assert shares_add_up(shares) is sound


def test_classes_that_sum_to_the_bill_are_not_below_nothing_either() -> None:
    shares = GOOD._replace(fulamt_ownpay_amt=-100, inscp_scp_amt=1_000)
    assert [identity for identity in IDENTITIES if not identity(shares)] == [no_part_below_nothing]


def test_a_bill_of_nothing_has_no_parts() -> None:
    nothing = Shares(*(0 for _ in Shares._fields))
    assert shares_add_up(nothing)
    assert not shares_add_up(nothing._replace(acct_pay=5, psn_cash_pay=-5))


def test_each_identity_says_what_it_means() -> None:
    assert all(identity.__doc__ for identity in IDENTITIES)
