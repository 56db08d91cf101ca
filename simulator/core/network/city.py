"""A city: one platform with two roles over one set of books.

Which role answers is read from the registry: is the treatment area mine, is the area of insurance mine. Both mine is
in-city: the message stays inside and reaches neither the province nor a clearing sheet.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.audit.desk import AuditDesk
from simulator.core.benefit.rules import NoSuchCare
from simulator.core.catalogue.dictionary import NO_CODES, CodeTables, Dictionary
from simulator.core.catalogue.items import Catalogue
from simulator.core.catalogue.own_items import OwnItems
from simulator.core.claims.office import Claims
from simulator.core.clearing.desks import city_desks
from simulator.core.clearing.months import compact, expanded
from simulator.core.clearing.parties import finance_of, for_finance
from simulator.core.disputes.office import Disputes
from simulator.core.filing.offices import filing_offices
from simulator.core.platform.message import Message
from simulator.core.platform.node import Answered, Forwarded, Voided
from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.city import Reconciliation
from simulator.core.reconciliation.office import Statements
from simulator.core.reconciliation.split import Split
from simulator.core.reconciliation.totals import Tally, totals_of_row
from simulator.core.values.areas import Registry
from simulator.core.values.calendar import WorkCalendar
from simulator.core.values.parameters import NotInForce, PolicyPack
from simulator.core.visits.facts import (
    INSURED,
    TREATMENT,
    Bound,
    Described,
    Diagnosed,
    LinesAdded,
    LinesCancelled,
    Moved,
    Opened,
    Settled,
)
from simulator.core.visits.home import Home
from simulator.core.visits.insured import AccountFrozen, Enrolled, Insured
from simulator.core.visits.treatment import SignedIn, Step, Treatment


class City(Home):
    """The platform of one city; ``province`` is where messages for other cities go."""

    def __init__(
        self,
        code: str,
        *,
        registry: Registry,
        catalogue: Catalogue,
        pack: PolicyPack,
        calendar: WorkCalendar,
        province: str,
        today: dt.date,
        codes: CodeTables = NO_CODES,
    ) -> None:
        super().__init__(code, registry=registry, catalogue=catalogue, pack=pack, calendar=calendar, today=today)
        self.province = province
        self.daily = {TREATMENT: Tally(), INSURED: Tally()}  # day, treatment city, insured city
        self.monthly = {TREATMENT: Tally(), INSURED: Tally()}  # month, treatment city, insured city, insutype
        self.treatment = Treatment(self)
        self.insured = Insured(self)
        self._mine = {code, *(area.code for area in registry.areas.values() if area.city == code)}
        self.statements = Statements(self.files)
        roles = {TREATMENT: self.treatment, INSURED: self.insured}
        self.follow(
            {
                SignedIn: self.treatment.fold_signed_in,
                Enrolled: self.insured.fold_enrolled,
                AccountFrozen: self.insured.fold_frozen,
                Opened: lambda fact: (
                    self.treatment.fold_opened(fact)
                    if fact.role == TREATMENT
                    else self.insured.visits.fold_opened(fact)
                ),
                Bound: self.insured.visits.fold_bound,
                Described: lambda fact: roles[fact.role].visits.fold_described(fact),
                Diagnosed: lambda fact: roles[fact.role].visits.fold_diagnosed(fact),
                Moved: lambda fact: roles[fact.role].visits.fold_moved(fact),
                LinesAdded: lambda fact: roles[fact.role].visits.fold_lines_added(fact),
                LinesCancelled: lambda fact: roles[fact.role].visits.fold_lines_cancelled(fact),
                Settled: self._fold_settled,
            }
        )
        self.reconciliation = Reconciliation(
            self, self.statements, {TREATMENT: self.treatment, INSURED: self.insured}, province
        )
        self.split = Split(self.reconciliation.month_closed, lambda month: month in self.clearing.member.applications)
        self.install(self.reconciliation, self.split)
        self.claims = Claims(self.insured, province)
        self.insured.paid_by_hand = self.claims.paid_for
        self.insured.rest_by_hand = self.claims.rest_of
        self.own_items = OwnItems(self, self.mappings, self.catalogue_desk.log)
        self.disputes = Disputes(self, self.claims, province)
        self.disputes.stands = self._stands
        self.treatment.corrected = self.insured.corrected = self.disputes.corrected
        self.install(self.statements, self.claims, self.disputes, self.own_items, Dictionary(codes))
        self.install(*filing_offices(self.filings, code, calendar, province))
        self.audit = AuditDesk(self, province)
        self.install(*self.audit.offices)
        self.follow({Enrolled: lambda fact: self.filings.book.know(fact.person)})
        level, disputed = self.reconciliation.month_closed, lambda month: self.disputes.disputed(compact(month))
        self.clearing = city_desks(self, province, self.split, level, disputed)
        self.audit.audit.month_closed = lambda month: expanded(month) in self.clearing.member.applications

    def number_after(self, last: int) -> None:
        """Number visits, settlements and replies after ``last``: several hosts may play this city to one other."""
        self.serial = last
        self.treatment.number_after(last)
        self.insured.number_after(last)

    def next_hop(self, area: str) -> str:
        """Return the province: a city reaches everyone through it but its own finance."""
        return finance_of(self.code) if area == self.code else self.province

    def meant_here(self, asked: Message) -> bool:
        """Tell whether a bureau message is answered here and not by the city's finance."""
        return super().meant_here(asked) and not for_finance(asked)

    def decide(self, turn: Turn, asked: Message) -> None:
        """Answer in the treatment role, the insured role, or both; or pass on to the province."""
        if asked.is_bureau:
            self.bureau(turn, asked)
            return
        try:
            reply = self._decided(turn, asked)
        except NotInForce as missing:
            reply = turn.refuse(asked, "rules_not_in_force", missing.name)
        except NoSuchCare as missing:
            reply = turn.refuse(asked, "care_not_open", missing.where.care)
        if reply is not None:
            self.answer(turn, asked, reply)

    def _decided(self, turn: Turn, asked: Message) -> Message | None:
        """Return the reply to a request about a person; None when it was passed on, and the answer is waited for."""
        insures = asked.insured_area in self._mine
        if asked.treatment_area not in self._mine:
            return self._insured_alone(turn, asked, insures=insures)
        prepared = self.audit.stop(turn, asked) or self.treatment.prepare(turn, asked)
        if isinstance(prepared, Message):
            return prepared
        outgoing, step = prepared
        if insures:
            return self.treatment.complete(turn, asked, step, self.insured.decide(turn, outgoing))
        self.forward(turn, asked, self.province, outgoing.with_head(sender_admdvs=self.code), step)
        return None

    def _insured_alone(self, turn: Turn, asked: Message, *, insures: bool) -> Message:
        """Answer in the insured role what came through the province; an institution of this city has its own area."""
        at = self.registry.institutions.get(asked.party)
        if at is not None and at.area in self._mine:
            return turn.refuse(asked, "other_area", asked.treatment_area)
        if not insures or not asked.head.get("sender_admdvs"):
            return turn.refuse(asked, "not_for_this_platform", asked.treatment_area)
        return self.insured.decide(turn, asked)

    def complete(self, turn: Turn, asked: Message, prepared: Any, reply: Message) -> Message:
        """Hand the province's answer to the treatment role; keep what passed from or to the city's finance."""
        if asked.is_bureau:
            self.note(turn, asked, reply)
            return reply
        return self.treatment.complete(turn, asked, prepared, reply)

    def _stands(self, mdtrt_id: str, setl_id: str, treatment: bool) -> bool:
        """Tell whether a settlement is in force, in the role of treatment or insurance; of an unknown visit it is."""
        visit = (self.treatment if treatment else self.insured).visits.find(mdtrt_id)
        return visit is None or setl_id in visit.bills

    def retire_visit(self, mdtrt_id: str) -> None:
        """Put a closed visit away in both roles: what a later refund needs stays, the host has kept the rest."""
        self.treatment.visits.retire(mdtrt_id)
        self.insured.visits.retire(mdtrt_id)

    def forget_before(self, day: str) -> None:
        """Forget the visits put away whose last settlement is of a day before ``day`` (ISO text)."""
        self.treatment.visits.forget_before(day)
        self.insured.visits.forget_before(day)

    def drop_before(self, day: str) -> None:
        """Forget the days before ``day`` (ISO text) that are done with; the host has kept them."""
        super().drop_before(day)
        for tally in self.daily.values():
            tally.drop_before(day)

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_settled(self, fact: Settled) -> None:
        (self.treatment if fact.role == TREATMENT else self.insured).fold_settled(fact)
        row = fact.row
        if fact.visit_id and row.treatment_city != row.insured_city:
            totals = totals_of_row(row)
            day = row.at.date().isoformat()
            self.daily[fact.role].add((day, row.treatment_city, row.insured_city), totals)
            self.monthly[fact.role].add((day[:7], row.treatment_city, row.insured_city, row.insutype), totals)

    def _fold_forwarded(self, fact: Forwarded) -> None:
        super()._fold_forwarded(fact)
        if fact.prepared is not None:  # not a request of this platform's own
            self.treatment.hold(fact.request, fact.prepared)

    def _fold_answered(self, fact: Answered) -> None:
        self._release(fact.request.key)
        super()._fold_answered(fact)

    def _fold_voided(self, fact: Voided) -> None:
        self._release(fact.key)
        super()._fold_voided(fact)

    def _release(self, key: Any) -> None:
        forwarded = self.forwarded(key)
        if forwarded is not None and forwarded.prepared is not None:
            step: Step = forwarded.prepared
            self.treatment.release(forwarded.request, step)
