"""A case of manual reimbursement as the city of insurance keeps it, and what its staff can be told to do with it."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.rules import INPATIENT
from simulator.core.claims.claim import Claim, Dossier
from simulator.core.claims.double import Care
from simulator.core.claims.service import Service


class Paper(NamedTuple):
    """A paper and the day it was handed in."""

    name: str
    day: dt.date


class Case(NamedTuple):
    """A case: what was handed in, how the bill is priced, where it stands.

    ``told`` are the papers named in the one notice, empty where none was needed. ``verdict`` is the province's answer
    whether the care was claimed elsewhere (``dup_flag``), empty until it comes. ``ended`` is the day it was paid,
    refused or withdrawn; ``refusal`` and ``words`` say why. ``owed`` is what the person owes the fund, in fen.
    """

    dossier: Dossier
    totals: ClassTotals
    state: str
    received: dt.date
    papers: tuple[Paper, ...]
    told: tuple[str, ...] = ()
    complete: dt.date | None = None
    service: Service | None = None
    verdict: str = ""
    ended: dt.date | None = None
    refusal: str = ""
    words: str = ""
    owed: int = 0

    @property
    def claim_id(self) -> str:
        """Return the number of the case."""
        return self.dossier.claim_id

    @property
    def setl_id(self) -> str:
        """Return the number its settlement has, or will have."""
        return setl_id_of(self.claim_id)

    @property
    def care(self) -> Care:
        """Return the care the case is about."""
        dossier = self.dossier
        inpatient = dossier.care == INPATIENT
        return Care(
            dossier.claim_id,
            dossier.psn_no,
            dossier.hospital,
            dossier.begin,
            dossier.end,
            inpatient,
            dossier.invoices,
        )

    @property
    def notices(self) -> int:
        """Return how often the person was told what is missing: at most once (JL-6.3b, JL-6.6b)."""
        return int(bool(self.told))


def setl_id_of(claim_id: str) -> str:
    """Return the number of the settlement of a paper claim."""
    return f"M{claim_id}"


class CaseKept(NamedTuple):
    """Fact: a case stands as it says."""

    case: Case


class OpenClaim(NamedTuple):
    """Action: take in a claim with the papers handed in."""

    dossier: Dossier
    papers: tuple[str, ...]


class AddPapers(NamedTuple):
    """Action: take in papers that were missing."""

    claim_id: str
    papers: tuple[str, ...]


class CheckClaim(NamedTuple):
    """Action: check (复核) a claim with complete papers; one paid for already is refused here."""

    claim_id: str


class DecideClaim(NamedTuple):
    """Action: reckon the benefit and grant it (审定)."""

    claim_id: str


class PayClaim(NamedTuple):
    """Action: pay what was granted from the bank."""

    claim_id: str


class RefuseClaim(NamedTuple):
    """Action: refuse a claim, with the reason in words."""

    claim_id: str
    words: str


class WithdrawClaim(NamedTuple):
    """Action: the person takes the claim back."""

    claim_id: str


class ReverseClaim(NamedTuple):
    """Action: a paid claim was found wrong; its mirror is booked and the money asked back."""

    claim_id: str
    words: str


class CollectRefund(NamedTuple):
    """Action: the person pays money back, in fen."""

    claim_id: str
    amount: int


class Reimburse(NamedTuple):
    """Action: pay a priced paper claim in one step; one paid already under its number is left alone."""

    claim: Claim
