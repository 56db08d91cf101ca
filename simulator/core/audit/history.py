"""The bills one city audits and what else it knows of the same people: the cases that rules look at.

A treatment city knows every visit it hosts. As a city of insurance it also has the bills of its people from elsewhere,
without their lines.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from simulator.core.audit.case import (
    OUTPATIENT,
    TESTS,
    Bill,
    Case,
    Charge,
    Entry,
    Episode,
    Patient,
    Visit,
)
from simulator.core.audit.dossiers import Dossier, Dossiers
from simulator.core.benefit.settlement import Settlement
from simulator.core.platform.message import Message
from simulator.core.values.areas import Registry
from simulator.core.visits.care import CARE_OF, KIND_OF_CARE

_REMEMBERED = dt.timedelta(days=366)  # longer than any window of a rule
_MIDNIGHT = dt.time()

Filed = Callable[[Settlement], bool | None]
"""Whether a filing covered the admission of a bill; None where the platform cannot know."""


class History:
    """Bills by ``setl_id`` with the papers of their visits, and what is remembered of each person."""

    def __init__(
        self,
        code: str,
        registry: Registry,
        entry: Callable[[str, dt.date, str], Entry | None],
        filed: Filed,
    ) -> None:
        self._code = code
        self.registry = registry
        self._filed = filed
        self.dossiers = Dossiers(registry, entry)
        self.bills: dict[str, Settlement] = {}
        self.elsewhere: dict[str, Settlement] = {}
        self._of_person: dict[str, dict[str, None]] = {}
        self._past: dict[str, tuple[Episode, ...]] = {}
        self._kept: list[tuple[dt.date, str]] = []  # since when, whose: of each episode, in order

    def take(self, asked: Message, reply: Message) -> None:
        """Read an exchange between a hospital of this city and the city, where it was answered with success."""
        if reply.succeeded and self.registry.city_of(asked.treatment_area) == self._code:
            self.dossiers.take(asked, reply)

    def settle(self, row: Settlement) -> None:
        """Take in a bill settled here, or one of this city's people settled elsewhere."""
        own = row.treatment_city == self._code
        (self.bills if own else self.elsewhere)[row.setl_id] = row
        self._of_person.setdefault(row.psn_no, {})[row.setl_id] = None
        dossier = self.dossiers.find(row.mdtrt_id)
        if own and row.init_setl_id and dossier is not None:  # a cancelled bill is in force again, without a message
            dossier.bill(row.setl_id)
            dossier.funds[row.setl_id] = dossier.funds.get(row.init_setl_id, ())

    def cancel(self, setl_id: str) -> None:
        """Take out a bill that was cancelled; its lines can be billed again."""
        row = self.bills.pop(setl_id, None) or self.elsewhere.pop(setl_id, None)
        if row is not None:
            del self._of_person[row.psn_no][setl_id]
            dossier = self.dossiers.find(row.mdtrt_id)
            if dossier is not None:
                dossier.bills.pop(setl_id, None)

    def case(self, row: Settlement) -> Case:
        """Return the case of a bill with all that is known when it is reviewed."""
        dossier = self.dossiers.find(row.mdtrt_id)
        cross = row.treatment_city != row.insured_city
        day = row.begin
        return case_of(
            row,
            dossier,
            self._visit(row, dossier),
            self.dossiers.patient(row.psn_no),
            filed=self._filed(row) if cross else None,
            opened=self._opened(row, day) if cross else None,
            others=tuple(self._others(row)),
        )

    def _opened(self, row: Settlement, day: dt.date) -> bool:
        across = self.registry.cross_province(row.treatment_city, row.insured_city)
        return self.registry.open_for_visitors(row.hospital, day, across=across)

    def funds(self, row: Settlement) -> tuple[tuple[str, int], ...]:
        """Return which funds paid a bill, in the order of the reply; empty where the reply is not known."""
        dossier = self.dossiers.find(row.mdtrt_id)
        return () if dossier is None else dossier.funds.get(row.setl_id, ())

    def forget(self, setl_id: str, today: dt.date) -> None:
        """Keep only an episode of a bill that is done with, and that for a year."""
        row = self.bills.get(setl_id) or self.elsewhere[setl_id]
        self._past[row.psn_no] = (*self._past.get(row.psn_no, ()), self._episode(row))
        self._kept.append((today, row.psn_no))
        del (self.bills if setl_id in self.bills else self.elsewhere)[setl_id]
        del self._of_person[row.psn_no][setl_id]
        left = (self.bills.get(other) for other in self._of_person[row.psn_no])
        if all(other is None or other.mdtrt_id != row.mdtrt_id for other in left):
            self.dossiers.forget(row.mdtrt_id)

    def forget_episodes(self, today: dt.date) -> None:
        """Forget the episodes that were kept for a year."""
        first = today - _REMEMBERED
        gone = next((place for place, (since, _) in enumerate(self._kept) if since >= first), len(self._kept))
        for _, psn_no in self._kept[:gone]:
            left = self._past.pop(psn_no)[1:]
            if left:
                self._past[psn_no] = left
        del self._kept[:gone]

    def _others(self, row: Settlement) -> Iterator[Episode]:
        """Yield the person's earlier bills, and the stays that go on beside this visit."""
        for setl_id in self._of_person.get(row.psn_no, ()):
            other = self.bills.get(setl_id) or self.elsewhere[setl_id]
            if other.mdtrt_id != row.mdtrt_id and (other.at, other.setl_id) < (row.at, row.setl_id):
                yield self._episode(other)
        unbilled = (Episode(visit) for visit in self.dossiers.going_on(row.psn_no))
        for each in (*self._past.get(row.psn_no, ()), *unbilled):
            if each.visit.mdtrt_id != row.mdtrt_id:
                yield each

    def _episode(self, row: Settlement) -> Episode:
        dossier = self.dossiers.find(row.mdtrt_id)
        charges = dossier.billed(row.setl_id) if dossier is not None else ()
        return episode_of(row, self._visit(row, dossier), charges)

    def _visit(self, row: Settlement, dossier: Dossier | None) -> Visit:
        """Return the visit of a bill; what its row tells where the messages were not seen."""
        if dossier is not None:
            return dossier.visit
        hospital = self.registry.institutions.get(row.hospital)
        return Visit(
            row.mdtrt_id,
            kind_of(row.med_type),
            row.hospital,
            row.treatment_city,
            hospital.level if hospital is not None else "",
            dt.datetime.combine(row.begin, _MIDNIGHT),
            dt.datetime.combine(row.end, _MIDNIGHT),
            med_type=row.med_type,
        )


def case_of(
    row: Settlement,
    dossier: Dossier | None,
    visit: Visit,
    patient: Patient,
    *,
    filed: bool | None,
    opened: bool | None,
    others: tuple[Episode, ...],
) -> Case:
    """Return the case of a settlement row: the one place that turns what a city keeps into what rules look at."""
    shares = row.shares
    part = dossier.parts.index(row.setl_id) + 1 if dossier is not None and row.setl_id in dossier.parts else 0
    bill = Bill(
        row.setl_id,
        row.at,
        row.insutype,
        row.insured_city,
        shares.medfee_sumamt,
        shares.fund_pay_sumamt,
        shares.inscp_scp_amt,
        shares.act_pay_dedc,
        part,
    )
    charges = dossier.billed(row.setl_id) if dossier is not None else ()
    return Case(bill, visit, patient, charges, filed, opened, others)


def kind_of(med_type: str) -> str:
    """Return the kind of care of a ``med_type`` as the visits know it: a stay, a purchase, or outpatient care.

    A code that no visit is settled under counts as outpatient care.
    """
    return KIND_OF_CARE.get(CARE_OF.get(med_type, ""), OUTPATIENT)


def episode_of(row: Settlement, visit: Visit, charges: tuple[Charge, ...]) -> Episode:
    """Return a bill as another bill of the same person sees it; a test that was given back was not made."""
    returned = {charge.refund_of for charge in charges}
    tests = (charge for charge in charges if charge.kind in TESTS and charge.quantity > 0 and charge.sn not in returned)
    return Episode(
        visit,
        row.setl_id,
        row.at,
        row.shares.act_pay_dedc,
        row.shares.inscp_scp_amt,
        frozenset(charge.code for charge in charges),
        tuple((charge.code, charge.day) for charge in tests),
    )
