"""A paper claim becomes a settlement row: the same computation as a visit's, at the rules of the day of discharge."""

from __future__ import annotations

from simulator.core.benefit.bill import NO_TOTALS
from simulator.core.benefit.rules import Circumstance
from simulator.core.benefit.settlement import MANUAL, Settlement
from simulator.core.claims.case import setl_id_of
from simulator.core.claims.claim import MED_TYPES, Claim
from simulator.core.platform.turn import Turn
from simulator.core.values.people import Person
from simulator.core.visits.insured import Insured
from simulator.core.visits.visits import INSURED, Billed, Settled


def circumstance(insured: Insured, person: Person, claim: Claim) -> Circumstance:
    """Return what selects the rules: as at direct settlement, which would have been on the day the care ended."""
    where = insured.circumstance(person, claim.level, claim.filing_type, claim.end)
    return where._replace(care=claim.care, disease=claim.disease)


def settle(turn: Turn, insured: Insured, person: Person, claim: Claim) -> Settlement:
    """Record the settlement of a claim with the benefit that direct settlement would have given, and return its row.

    The personal account is not used: the person has paid the hospital in cash. The hospital's part stands in the row as
    it would have, and is the person's to ask back from the hospital: the fund does not advance it. The rest of a stay
    settled in part is reckoned with its parts as one bill (P75-44): one deductible, one stay.
    """
    stay = insured.visits.find(claim.stay)
    parts = () if stay is None else tuple(stay.bills.values())
    where = circumstance(insured, person, claim)
    shares, inputs = insured.computed(person, where, claim.totals, use_account=False, parts=parts)
    row = Settlement(
        setl_id=setl_id_of(claim.claim_id),
        init_setl_id="",
        refund=False,
        kind=MANUAL,
        mdtrt_id=claim.claim_id,
        psn_no=person.psn_no,
        insutype=person.insutype,
        hospital=claim.hospital,
        treatment_area=claim.treatment_area,
        insured_area=person.insured_area,
        treatment_city=insured.city.registry.city_of(claim.treatment_area) or "",
        insured_city=insured.city.code,
        begin=claim.begin,
        end=claim.end,
        at=turn.now.replace(microsecond=0),
        settled_by="",
        shares=shares,
        inputs=inputs,
        med_type=MED_TYPES[claim.care],
    )
    turn.record(Settled(INSURED, "", row, row, billed=_billed(row)._replace(rest_of=claim.stay)))
    return row


def unsettle(turn: Turn, row: Settlement) -> None:
    """Record the mirror of a claim's settlement row."""
    mirror = row.cancelled(f"{row.setl_id}R1", turn.now.replace(microsecond=0))
    turn.record(Settled(INSURED, "", mirror, None, billed=_billed(row)))


def _billed(row: Settlement) -> Billed:
    """Return what a claim's row is about: a stay that was counted when its first part was settled is counted once."""
    assert row.inputs is not None
    return Billed(later=row.inputs.earlier != NO_TOTALS)
