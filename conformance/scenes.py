"""What a test may have done to a visit besides playing it: other fee lines, later filings, what goes past a city."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from conformance.bills import Rows, When, charged
from conformance.case import Case, _changed
from conformance.people import OF_DISEASE, filed_fact
from conformance.setting import Step
from conformance.visit import Visit
from simulator.core.benefit.bill import TOTAL_FIELDS, totals_of
from simulator.core.benefit.rules import CHRONIC, Circumstance
from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.network.city import City
from simulator.core.platform.message import Message
from simulator.core.visits.extension import with_totals
from simulator.core.visits.requests import TOTALS_IN_EXTENSION, block_of, data_of
from simulator.inputs.hooks import told_filing

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_BILLS = frozenset({"2101", "2102", "2206", "2207", "2303", "2304"})


class Scenes(Case):
    """A case with the verbs of the suites about rules."""

    def charge(self, number: int, rows: Rows) -> int:
        """Give a visit the fee lines of rows for those not uploaded yet; return what the new ones come to (fen).

        Rows are as :mod:`conformance.bills` says.
        """
        visit = self._visits[number]
        known = tuple(line for line in visit.wish.lines if line.sn in visit.uploaded)
        new = charged(self._when(visit), rows, known)
        visit.wish = visit.wish._replace(lines=(*known, *new))
        return sum(line.amount for line in new)

    def figures(self, number: int) -> dict[str, Any]:
        """Return what a visit's bill is settled by today: ``deductibles`` by stay and ``cap`` in fen, ``None``: none.

        Raises NotInForce and NoSuchCare.
        """
        visit = self._visits[number]
        city, person, wish = self._insuring(visit), visit.wish.person, visit.wish
        level, disease = visit.desk.institution.level, wish.disease.code if wish.care == CHRONIC else ""
        where = Circumstance(city.code, person.insutype, person.psn_type, level, "", self.today, wish.care, disease)
        plan = city.rules(where._replace(identities=person.identities)).plan
        return {"deductibles": list(plan.deductibles), "cap": plan.cap}

    def about(self, number: int) -> dict[str, str]:
        """Return by what a visit and its person are known, by the names of the fields that say so."""
        visit = self._visits[number]
        person, house = visit.wish.person, visit.desk.institution
        return {
            "psn_no": person.psn_no,
            "certno": person.certno,
            "psn_name": person.name,
            "gend": person.gender,
            "brdy": person.born.isoformat(),
            "insutype": person.insutype,
            "psn_type": person.psn_type,
            "mdtrt_id": visit.mdtrt_id,
            "setl_id": visit.setl_id,
            "fixmedins_code": house.code,
            "mdtrtarea_admvs": house.area,
            "insuplc_admdvs": person.insured_area,
            "treating": visit.desk.city,
            "insuring": self._insuring(visit).code,
        }

    def answer_seconds(self) -> float:
        """Return how many seconds an answer may take."""
        return self._setting.answer_seconds

    def day(self, days: int) -> str:
        """Return the day so many days from today, as messages write it."""
        return (self.today + dt.timedelta(days=days)).isoformat()

    def file(self, number: int, filing_type: str, first: int, last: int | None = None) -> None:
        """File care of the person of a visit in the province it is in, from day to day counted from today."""
        visit = self._visits[number]
        person, registry = visit.wish.person, self._setting.ground.network.national
        begin = self.today + dt.timedelta(days=first)
        end = None if last is None else self.today + dt.timedelta(days=last)
        target = registry.province_of(visit.desk.institution.area)
        filing = Filing(person.psn_no, filing_type, person.insured_area, target, begin, end).numbered()
        self._insuring(visit).fold(Filed(filing))
        self._nodes[registry.province_of(person.insured_area)].fold(Filed(filing, person))
        self._load_filings(visit, {"filings": [told_filing(filing)]})

    def declare(self, number: int, disease: str, first: int = -30) -> None:
        """File a chronic disease of the person of a visit, approved and in force from a day counted from today."""
        visit = self._visits[number]
        person, begin = visit.wish.person, self.today + dt.timedelta(days=first)
        filing = Filing(person.psn_no, OF_DISEASE, person.insured_area, disease, begin, None).numbered()
        self._insuring(visit).fold(filed_fact(filing))
        self._load_filings(visit, {"filings": [told_filing(filing)]})

    def direct(self, number: int, infno: str, changed: Mapping[str, Any] = _NOTHING) -> Step:
        """Send a step as the platform before the system under test does, past all that would not let it through."""
        visit, now = self._visits[number], self._now()
        visit.desk._serial = self._line
        visit.last = asked = _changed(_passed_on(visit, visit.word(now, infno)), changed)
        visit.keys.add(asked.key)
        before = len(self.stage.wrong)
        seen = self.stage.to_subject(now, self._sender(visit), asked)
        if seen.reply is not None and seen.reply.succeeded:
            visit.hear(asked, seen.reply)
        return self._step(asked, seen.reply, seen, tuple(self.stage.wrong[before:]))

    def _when(self, visit: Visit) -> When:
        catalogue = self._setting.ground.catalogue_of(visit.desk.city)
        return When(catalogue, visit.wish.began.date(), visit.desk.institution.level)

    def _insuring(self, visit: Visit) -> City:
        registry = self._setting.ground.network.national
        city = self._nodes[registry.city_of(visit.wish.person.insured_area) or ""]
        assert isinstance(city, City)
        return city

    def _load_filings(self, visit: Visit, said: Mapping[str, Any]) -> None:
        if self._setting.keeps(self._insuring(visit).code):
            self._wire.hook(self.name, self.attempt, "load_filings", said)


def _passed_on(visit: Visit, asked: Message) -> Message:
    """Return a request as the treatment city passes it on: with its own code, and the class totals of a bill."""
    asked = asked.with_head(sender_admdvs=visit.desk.city)
    if asked.infno not in _BILLS:
        return asked
    totals = totals_of(visit.due)
    if asked.infno in TOTALS_IN_EXTENSION:
        text = with_totals(data_of(asked).get("exp_content", ""), totals)
        return asked.with_fields(block_of(asked), {"exp_content": text})
    return asked.with_fields("data", dict(zip(TOTAL_FIELDS, totals, strict=True)))
