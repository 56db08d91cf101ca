"""Which papers a claim needs: one list for the whole province, by kind of care (JL-6.6a, P75-26)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from simulator.core.benefit.rules import INPATIENT
from simulator.core.claims.claim import EMERGENCY_ELSEWHERE, Dossier
from simulator.core.values.parameters import PolicyPack, Record

IDENTITY, RECEIPT, ITEMISED_BILL = "identity", "receipt", "itemised_bill"
DISCHARGE_SUMMARY, PRESCRIPTION, EMERGENCY_PROOF = "discharge_summary", "prescription", "emergency_proof"
PAPERS = frozenset({IDENTITY, RECEIPT, ITEMISED_BILL, DISCHARGE_SUMMARY, PRESCRIPTION, EMERGENCY_PROOF})


def admitted(pack: PolicyPack, day: dt.date, city: str, reason: str) -> bool:
    """Tell whether a case may be reimbursed by hand for this reason.

    The pack lists the reasons (P75-26: five). An emergency in a hospital that is not designated is paid where the pack
    says what proves it (P75-19).
    """
    if reason == EMERGENCY_ELSEWHERE:
        return pack.find("claims.papers.emergency", day, city) is not None
    return reason in _names(pack.at("claims.papers.reasons", day, city))


def required(pack: PolicyPack, day: dt.date, city: str, dossier: Dossier) -> tuple[str, ...]:
    """Return the papers a case needs, in the list's order, and the proof of an emergency where the pack asks it."""
    care = "inpatient" if dossier.care == INPATIENT else "outpatient"
    needed = _names(pack.at(f"claims.papers.{care}", day, city))
    proof = pack.find("claims.papers.emergency", day, city) if dossier.is_emergency else None
    return needed if proof is None else needed + _names(proof)


def missing(needed: Iterable[str], handed_in: Iterable[str]) -> tuple[str, ...]:
    """Return the papers still missing, in the list's order: all of them, as they are told once (JL-6.3b, JL-6.6b)."""
    have = frozenset(handed_in)
    return tuple(paper for paper in needed if paper not in have)


def _names(record: Record) -> tuple[str, ...]:
    names = record.value
    assert isinstance(names, tuple)
    return names  # type: ignore[return-value]  # the reader of packs makes texts of unit "text"
