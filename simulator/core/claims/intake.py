"""What a claim must have before it is taken in, and how it is reckoned."""

from __future__ import annotations

import datetime as dt

from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.rules import UNFILED, NoSuchCare
from simulator.core.claims.case import Case, Paper
from simulator.core.claims.claim import EMERGENCY_ELSEWHERE, Claim, Dossier, priced
from simulator.core.claims.papers import PAPERS, admitted
from simulator.core.claims.settling import circumstance
from simulator.core.claims.special import LONGEST
from simulator.core.claims.wording import MOST_INVOICES, Place, read_invoices, written_invoices
from simulator.core.platform.refusals import Refused
from simulator.core.values.areas import LEVELS
from simulator.core.values.parameters import NotInForce
from simulator.core.values.people import Person
from simulator.core.visits.insured import Insured


class Intake:
    """The counter where claims are handed in: what it looks them up in is the city's."""

    def __init__(self, insured: Insured) -> None:
        self._insured = insured

    def sound(self, dossier: Dossier, today: dt.date) -> ClassTotals:
        """Return how the bill is priced; raises Refused for a dossier that no claim can be made of."""
        city, claim_id = self._insured.city, dossier.claim_id
        person = self.person(dossier.psn_no)
        if dossier.hospital not in city.registry.institutions and dossier.reason != EMERGENCY_ELSEWHERE:
            raise Refused("unknown_institution", dossier.hospital)
        if not admitted(city.pack, today, city.code, dossier.reason):
            raise Refused("no_manual_case", dossier.reason)
        if not 0 < len(claim_id) <= LONGEST or len(dossier.dispute) > LONGEST:
            raise Refused("case_unclear", claim_id, "number")
        if not dossier.begin <= dossier.end <= today:
            raise Refused("case_unclear", claim_id, "begin, end")
        together = written_invoices(dossier.invoices)
        if not together or len(together) > MOST_INVOICES or read_invoices(together) != dossier.invoices:
            raise Refused("case_unclear", claim_id, "invoices")
        level = self._level(dossier)
        if level not in LEVELS:
            raise Refused("case_unclear", claim_id, "level")
        totals = priced(dossier.bill, city.catalogue, level)
        if totals.bill <= 0:
            raise Refused("case_unclear", claim_id, "bill")
        try:
            city.rules(circumstance(self._insured, person, self.claim(dossier, totals)))
        except (NoSuchCare, NotInForce):
            raise Refused("case_unclear", claim_id, "care") from None
        return totals

    def claim(self, dossier: Dossier, totals: ClassTotals) -> Claim:
        """Return the bill as it is reckoned: level and filing as at direct settlement on the day the care ended.

        Care without a filing is reckoned as unfiled, with the reduction where the pack has one (P75-18).
        """
        standing = self._insured.city.filings.standing(
            dossier.psn_no,
            dossier.begin,
            dossier.treatment_area,
            self.person(dossier.psn_no).insured_area,
            on=dossier.end,
            care=dossier.care,
            emergency=dossier.is_emergency,
            hospital=dossier.hospital,
            settling=True,
        )
        return Claim(
            claim_id=dossier.claim_id,
            psn_no=dossier.psn_no,
            hospital=dossier.hospital,
            level=self._level(dossier),
            treatment_area=dossier.treatment_area,
            filing_type=UNFILED if standing.refusal else standing.filing_type,
            begin=dossier.begin,
            end=dossier.end,
            totals=totals,
            care=dossier.care,
            disease=dossier.disease,
        )

    def _level(self, dossier: Dossier) -> str:
        known = self._insured.city.registry.institutions.get(dossier.hospital)
        return dossier.level if known is None else known.level

    def person(self, psn_no: str) -> Person:
        """Return a person insured here; raises Refused for a number that is not known."""
        person = self._insured.person(psn_no)
        if person is None:
            raise Refused("unknown_person")
        return person

    def place(self, dossier: Dossier) -> Place:
        """Return where the bill comes from."""
        registry = self._insured.city.registry
        known = registry.institutions.get(dossier.hospital)
        city = registry.city_of(dossier.treatment_area) or dossier.treatment_area
        return Place("", dossier.hospital, city) if known is None else Place(known.code, known.zh, city)


def handed_in(case: Case, names: tuple[str, ...], today: dt.date) -> tuple[Paper, ...]:
    """Return the papers of a case with new ones; raises Refused for a paper nobody knows."""
    have = {paper.name for paper in case.papers}
    for name in names:
        if name not in PAPERS:
            raise Refused("case_unclear", case.claim_id, name)
    return case.papers + tuple(Paper(name, today) for name in dict.fromkeys(names) if name not in have)
