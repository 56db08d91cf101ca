"""What a claim must have before it is taken in, and how it is reckoned.

What is handed in is held against what the city knows itself (JL-6.5): where the hospital is, which diseases are filed,
which parts of the stay were settled directly, what the catalogue says of a line.
"""

from __future__ import annotations

import datetime as dt

from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.rules import CHRONIC, INPATIENT, SCHEMES, UNFILED, NoSuchCare
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
from simulator.core.visits.care import NCMS
from simulator.core.visits.insured import UNCOVERED, Insured
from simulator.core.visits.visits import Visit


class Intake:
    """The counter where claims are handed in: what it looks them up in is the city's."""

    def __init__(self, insured: Insured) -> None:
        self._insured = insured

    def sound(self, dossier: Dossier, today: dt.date) -> ClassTotals:
        """Return how the bill is priced; raises Refused for a dossier that no claim can be made of."""
        city, claim_id = self._insured.city, dossier.claim_id
        person = self.entitled(dossier.psn_no)
        self._right_place(dossier)
        if not admitted(city.pack, today, city.code, dossier.reason):
            raise Refused("no_manual_case", dossier.reason)
        if not 0 < len(claim_id) <= LONGEST or len(dossier.dispute) > LONGEST:
            raise Refused("case_unclear", claim_id, "number")
        if not dossier.begin <= dossier.end <= today:
            raise Refused("case_unclear", claim_id, "begin, end")
        self.covered(dossier.psn_no, _last_day(dossier))
        together = written_invoices(dossier.invoices)
        if not together or len(together) > MOST_INVOICES or read_invoices(together) != dossier.invoices:
            raise Refused("case_unclear", claim_id, "invoices")
        level = self._level(dossier)
        if level not in LEVELS:
            raise Refused("case_unclear", claim_id, "level")
        totals = self._priced(dossier, person, level)
        try:
            city.rules(circumstance(self._insured, person, self.claim(dossier, totals)))
        except (NoSuchCare, NotInForce):
            raise Refused("case_unclear", claim_id, "care") from None
        if dossier.care == CHRONIC and not city.filings.chronic(person.psn_no, dossier.disease, dossier.begin):
            raise Refused("no_chronic_filing", dossier.disease)
        return totals

    def covered(self, psn_no: str, last: dt.date) -> None:
        """Raise Refused for care up to a day after the person's death, or on which the insurance had moved."""
        gone = self._insured.city.filings.book.gone(psn_no, last.isoformat())
        if gone is not None:
            raise Refused(UNCOVERED[gone.reason], gone.on.isoformat())

    def _right_place(self, dossier: Dossier) -> None:
        """Refuse a hospital that is not registered, but for an emergency (P75-19), and one that lies elsewhere."""
        known = self._insured.city.registry.institutions.get(dossier.hospital)
        if known is None and dossier.reason != EMERGENCY_ELSEWHERE:
            raise Refused("unknown_institution", dossier.hospital)
        if known is not None and known.area != dossier.treatment_area:
            raise Refused("case_unclear", dossier.claim_id, "treatment_area")

    def _priced(self, dossier: Dossier, person: Person, level: str) -> ClassTotals:
        """Return the class totals of a bill, by the catalogue that holds for it (JS-3.2a, P75-15).

        In the province that is this city's own: it takes lines, of days within the care, and no totals. Across
        provinces it is the treatment place's: this city takes the totals, none of them below nothing, and no lines.
        """
        city, bill = self._insured.city, dossier.bill
        across = city.registry.cross_province(dossier.treatment_area, person.insured_area)
        stated = isinstance(bill, ClassTotals)
        within = isinstance(bill, ClassTotals) or all(dossier.begin <= line.day <= dossier.end for line in bill)
        if stated != across or not within:
            raise Refused("case_unclear", dossier.claim_id, "bill")
        totals = priced(bill, city.catalogue, level)
        if not totals.sound or totals.bill <= 0:
            raise Refused("case_unclear", dossier.claim_id, "bill")
        return totals

    def claim(self, dossier: Dossier, totals: ClassTotals) -> Claim:
        """Return the bill as it is reckoned: level and filing as at direct settlement on the day the care ended.

        Care without a filing is reckoned as unfiled, with the reduction where the pack has one (P75-18). The rest of a
        stay that was settled in part goes by the filing of its admission (P75-13), and is reckoned with the parts.
        """
        stay = self._begun(dossier)
        standing = self._insured.city.filings.standing(
            dossier.psn_no,
            dossier.begin if stay is None else stay.admitted,
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
            stay="" if stay is None else stay.mdtrt_id,
        )

    def _begun(self, dossier: Dossier) -> Visit | None:
        """Return the stay that was settled directly in parts, and of which a claim is the rest; None for all others."""
        if dossier.care != INPATIENT:
            return None
        stays = (each for each in self._insured.visits if each.psn_no == dossier.psn_no)
        return next((each for each in stays if each.hospital == dossier.hospital and _rest_of(each, dossier)), None)

    def _level(self, dossier: Dossier) -> str:
        known = self._insured.city.registry.institutions.get(dossier.hospital)
        return dossier.level if known is None else known.level

    def entitled(self, psn_no: str) -> Person:
        """Return a person whose bills are paid here; raises Refused, also for NCMS, on its own track (JL-7.3)."""
        person = self.person(psn_no)
        if person.insutype == NCMS:
            raise Refused("ncms_track")
        if person.insutype not in SCHEMES:
            raise Refused("scheme_not_supported", person.insutype)
        return person

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


def _last_day(dossier: Dossier) -> dt.date:
    """Return the last day of care that a bill is for: of its lines, or of all the care where it has none."""
    bill = dossier.bill
    return dossier.end if isinstance(bill, ClassTotals) else max((each.day for each in bill), default=dossier.end)


def _rest_of(stay: Visit, dossier: Dossier) -> bool:
    """Tell whether a claim is for what of a stay came after the last part settled, up to its discharge."""
    last = next(reversed(stay.bills.values()), None)
    if last is None or not last.billed.part:
        return False
    return last.row.end <= dossier.begin and (stay.ended is None or dossier.end <= stay.ended)


def handed_in(case: Case, names: tuple[str, ...], today: dt.date) -> tuple[Paper, ...]:
    """Return the papers of a case with new ones; raises Refused for a paper nobody knows."""
    have = {paper.name for paper in case.papers}
    for name in names:
        if name not in PAPERS:
            raise Refused("case_unclear", case.claim_id, name)
    return case.papers + tuple(Paper(name, today) for name in dict.fromkeys(names) if name not in have)
