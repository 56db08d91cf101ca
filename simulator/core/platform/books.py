"""Double-entry books, one set per organisation.

A posting moves fen between accounts of one organisation: positive legs are debits, negative legs credits, and they sum
to zero. A's payable to B mirrors B's receivable from A. Balances are derived from the postings, never set.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple

CASH = "cash"
BANK = "bank"
REVENUE = "revenue"
RECEIVABLE = "receivable"
PAYABLE = "payable"
BENEFIT_EXPENSE = "benefit_expense"
ACCOUNT_LIABILITY = "account_liability"
CLEARING = "clearing"  # 清算在途: what a sheet says is owed through the province
FISCAL = "fiscal"  # 财政专户存款, as the agency keeps it
POOLED = "pooled"  # 归集资金
PREPAID = "prepaid"  # 预付金
DEDUCTION = "deduction"  # 审核扣款, not yet passed on to the insured place
FUND = "fund"  # 基金: whose money it is


class Unbalanced(ValueError):
    """A posting whose debits and credits differ."""


class Leg(NamedTuple):
    """One side of a posting: account, the organisation on the other side, the pooling area, and fen (credit < 0)."""

    account: str
    counterparty: str
    area: str
    amount: int


class Posting(NamedTuple):
    """A balanced entry in one organisation's books, about one settlement row (``ref``)."""

    org: str
    at: dt.datetime
    ref: str
    legs: tuple[Leg, ...]


def posting(org: str, at: dt.datetime, ref: str, legs: Iterable[Leg]) -> Posting:
    """Make a posting of the legs that are not zero; raises Unbalanced when they do not sum to zero."""
    kept = tuple(leg for leg in legs if leg.amount)
    if sum(leg.amount for leg in kept):
        raise Unbalanced(f"{org}: posting {ref} is out of balance by {sum(leg.amount for leg in kept)} fen")
    return Posting(org, at, ref, kept)


class Books:
    """The derived balances of one organisation, by account and counterparty, in fen."""

    def __init__(self) -> None:
        self._balances: dict[tuple[str, str], int] = {}

    def post(self, entry: Posting) -> None:
        """Add a posting to the balances."""
        for leg in entry.legs:
            key = (leg.account, leg.counterparty)
            self._balances[key] = self._balances.get(key, 0) + leg.amount

    def balance(self, account: str, counterparty: str) -> int:
        """Return a balance in fen, debit positive; 0 for an account never posted to."""
        return self._balances.get((account, counterparty), 0)

    def total(self, account: str) -> int:
        """Return the balance of an account over all counterparties, in fen."""
        return sum(amount for (name, _), amount in self._balances.items() if name == account)

    def balances(self) -> Mapping[tuple[str, str], int]:
        """Return a copy of all balances."""
        return dict(self._balances)


def treatment_legs(insured_city: str, hospital: str, area: str, cleared: int) -> tuple[Leg, Leg]:
    """Treatment city: what the insured city owes it, it owes the hospital."""
    return Leg(RECEIVABLE, insured_city, area, cleared), Leg(PAYABLE, hospital, area, -cleared)


def insured_legs(treatment_city: str, area: str, fund: int, account: int) -> tuple[Leg, Leg, Leg]:
    """Insured city: the fund's expense and the person's account become a debt to the treatment city."""
    return (
        Leg(BENEFIT_EXPENSE, area, area, fund),
        Leg(ACCOUNT_LIABILITY, area, area, account),
        Leg(PAYABLE, treatment_city, area, -(fund + account)),
    )


def reimbursement_legs(area: str, fund: int) -> tuple[Leg, Leg]:
    """Insured city: a manual reimbursement is paid to the person from the bank."""
    return Leg(BENEFIT_EXPENSE, area, area, fund), Leg(BANK, area, area, -fund)


def granted_legs(area: str, psn_no: str, fund: int) -> tuple[Leg, Leg]:
    """Insured city: a manual reimbursement is granted, and owed to the person (negative: taken back before payment)."""
    return Leg(BENEFIT_EXPENSE, area, area, fund), Leg(PAYABLE, psn_no, area, -fund)


def paid_out_legs(area: str, psn_no: str, fund: int) -> tuple[Leg, Leg]:
    """Insured city: what is owed to a person is paid from the bank."""
    return Leg(PAYABLE, psn_no, area, fund), Leg(BANK, area, area, -fund)


def asked_back_legs(area: str, psn_no: str, fund: int) -> tuple[Leg, Leg]:
    """Insured city: a paid reimbursement was wrong; the person owes the fund what it paid."""
    return Leg(RECEIVABLE, psn_no, area, fund), Leg(BENEFIT_EXPENSE, area, area, -fund)


def paid_back_legs(area: str, psn_no: str, amount: int) -> tuple[Leg, Leg]:
    """Insured city: the person pays back into the bank."""
    return Leg(BANK, area, area, amount), Leg(RECEIVABLE, psn_no, area, -amount)


def hospital_legs(treatment_city: str, area: str, cleared: int, cash: int, bill: int) -> tuple[Leg, Leg, Leg]:
    """Hospital: the bill is revenue, part owed by its city and part paid by the patient."""
    return (
        Leg(RECEIVABLE, treatment_city, area, cleared),
        Leg(CASH, area, area, cash),
        Leg(REVENUE, area, area, -bill),
    )


def institution_legs(city: str, hospital: str, area: str, account: str, amount: int) -> tuple[Leg, Leg]:
    """Treatment city: an institution is paid from the bank."""
    return Leg(PAYABLE, hospital, area, amount), Leg(BANK, account, city, -amount)


def in_city_legs(city: str, amount: int) -> tuple[Leg, Leg]:
    """City: what it owes itself for in-city bills is settled with their payment."""
    return Leg(PAYABLE, city, city, amount), Leg(RECEIVABLE, city, city, -amount)


def deducted_legs(hospital: str, area: str, insured_city: str, amount: int) -> tuple[Leg, Leg]:
    """Treatment city: an audit's deduction is not owed to the institution, and will not be claimed of the insured city.

    In-city (``insured_city`` empty) it lowers the city's own expense.
    """
    gains = Leg(DEDUCTION, insured_city, insured_city, -amount) if insured_city else _expense(area, -amount)
    return Leg(PAYABLE, hospital, area, amount), gains


def collects_legs(above: str, insured_city: str, cleared: int, deducted: int) -> tuple[Leg, Leg, Leg]:
    """Treatment city: a sheet turns what an insured city owes, less deductions, into what comes from above."""
    return (
        Leg(CLEARING, above, above, cleared - deducted),
        Leg(DEDUCTION, insured_city, insured_city, deducted),
        Leg(RECEIVABLE, insured_city, insured_city, -cleared),
    )


def pays_legs(above: str, city: str, treatment_city: str, cleared: int, deducted: int) -> tuple[Leg, Leg, Leg]:
    """Insured city: a sheet turns its debt to a treatment city into one upward; deductions lower its expense."""
    return (
        Leg(PAYABLE, treatment_city, city, cleared),
        Leg(CLEARING, above, city, deducted - cleared),
        _expense(city, -deducted),
    )


def moved_legs(account: str, party: str, area: str, finance: str, amount: int) -> tuple[Leg, Leg]:
    """Agency: its finance has paid a party (``amount`` > 0) or received from it (``amount`` < 0)."""
    return Leg(account, party, area, amount), Leg(FISCAL, finance, area, -amount)


def between_legs(debit: str, credit: str, party: str, area: str, amount: int) -> tuple[Leg, Leg]:
    """Move an amount between two accounts with the same party: from ``credit`` to ``debit``."""
    return Leg(debit, party, area, amount), Leg(credit, party, area, -amount)


def charge_legs(payer: str, payee: str, claimed: int) -> tuple[Leg, Leg]:
    """Maker of a sheet: the payer owes through it what the payee is owed through it."""
    return Leg(CLEARING, payer, payer, claimed), Leg(CLEARING, payee, payee, -claimed)


def bank_legs(account: str, owner: str, area: str, amount: int) -> tuple[Leg, Leg]:
    """Finance: money comes onto the account (``amount`` > 0) or leaves it, for the fund whose it is."""
    return Leg(BANK, account, area, amount), Leg(FUND, owner, area, -amount)


def _expense(area: str, amount: int) -> Leg:
    return Leg(BENEFIT_EXPENSE, area, area, amount)
