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


def hospital_legs(treatment_city: str, area: str, cleared: int, cash: int, bill: int) -> tuple[Leg, Leg, Leg]:
    """Hospital: the bill is revenue, part owed by its city and part paid by the patient."""
    return (
        Leg(RECEIVABLE, treatment_city, area, cleared),
        Leg(CASH, area, area, cash),
        Leg(REVENUE, area, area, -bill),
    )
