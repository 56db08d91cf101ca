"""Random outpatient visits and purchases at a pharmacy, beside the stays."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from simulator.core.benefit.bill import totals_of
from simulator.core.network.hospital import NO_DISEASE
from simulator.core.visits.lifecycle import REGISTERED, SEEN, SETTLED

from ..visits.playing import HYPERTENSION
from .cases import HOSPITALS, TREATED_IN, WARD, Case, Clinic, Purchase, bills, some
from .visit_days import Visits

_ANYTHING = ("2202", "2203", "2204", "2205", "2206", "2207", "2208", "5202")


class Clinics(Visits):
    """The hospitals' systems with their outpatient departments and pharmacies."""

    def advance(self, case: Case, rows: Any, *, pick: int = 1, use_account: bool = True) -> None:
        """Take the next step of any case."""
        if isinstance(case, Clinic):
            self.advance_clinic(case, rows, pick, use_account=use_account)
        elif not isinstance(case, Purchase):
            super().advance(case, rows, pick=pick, use_account=use_account)
        elif self.visit(case).state == SETTLED:
            self.cancel(case)

    # -- outpatient visits ------------------------------------------------------------------------------------------

    @initialize(stage=st.integers(0, 6), rows=bills)
    def a_clinic_at_some_stage(self, stage: int, rows: Any) -> None:
        """Begin with an outpatient visit too, calmly brought up to a cancelled settlement or a second batch."""
        self.register("retired", HOSPITALS[0], calm=True)
        for count in range(stage):
            self.advance(self.cases[-1], rows, pick=1 + count // 3)
            self.calm(True)

    @rule(pick=some, where=st.sampled_from(tuple(TREATED_IN)), calm=st.booleans())
    @precondition(lambda self: self.of_kind(Clinic) < 5)
    def somebody_registers(self, pick: int, where: str, calm: bool) -> None:
        self.register(self.people[pick % len(self.people)], where, calm=calm)

    def register(self, who: str, where: str, *, calm: bool) -> None:
        desk, person = self.play.net.desks[where], self.play.net.people[who]
        now = self.play.tick()
        self.begin(Clinic(desk, person, desk.register(now, person, now, WARD)))
        self.calm(calm)

    def advance_clinic(self, clinic: Clinic, rows: Any, pick: int, *, use_account: bool) -> None:
        """What it is about, a charge batch, its settlement, then a cancellation or another batch."""
        visit = self.visit(clinic)
        if visit.state == REGISTERED:
            self.describe(clinic, chronic=pick % 2 == 0)
        elif visit.state == SEEN and visit.open_lines(clinic.batch):
            infno = "2207" if pick % 5 else "2206"
            self.settle_batch(clinic, infno, visit.open_lines(clinic.batch), use_account=use_account)
        elif visit.state == SEEN and visit.bills and pick % 2:
            self.cancel(clinic, pick)
        elif visit.state == SEEN:
            clinic.number += clinic.batch in {bill.billed.batch for bill in visit.bills.values()}
            self.upload_batch(clinic, rows)

    def describe(self, clinic: Clinic, *, chronic: bool) -> None:
        about = {"med_type": "14", "disease": HYPERTENSION} if chronic else {"med_type": "11"}
        self.send(clinic, clinic.desk.describe(self.play.tick(), clinic.person, clinic.mdtrt_id, WARD, **about))

    def upload_batch(self, clinic: Clinic, rows: Any, disease: Any = NO_DISEASE) -> None:
        now, lines = self.play.tick(), self.lines(clinic, rows)
        about = clinic.person, clinic.mdtrt_id
        self.send(clinic, clinic.desk.upload_batch(now, *about, lines, WARD, batch=clinic.batch, disease=disease))

    def settle_batch(self, clinic: Clinic, infno: str, lines: Any, *, use_account: bool) -> None:
        asked = clinic.desk.settle_batch(
            self.play.tick(),
            infno,
            clinic.person,
            clinic.mdtrt_id,
            totals_of(lines),
            batch=clinic.batch,
            med_type=self.visit(clinic).med_type or "11",
            use_account=use_account,
        )
        self.send(clinic, asked)

    @rule(pick=some, infno=st.sampled_from(_ANYTHING), calm=st.booleans())
    @precondition(lambda self: self.known(Clinic))
    def any_clinic_step(self, pick: int, infno: str, calm: bool) -> None:
        """Anything at any time, allowed or not."""
        clinics = self.known(Clinic)
        clinic = clinics[pick % len(clinics)]
        now, desk, person, number = self.play.tick(), clinic.desk, clinic.person, clinic.mdtrt_id
        if infno == "2202":
            self.send(clinic, desk.unregister(now, person, number, clinic.opening))
        elif infno == "2203":
            self.describe(clinic, chronic=pick % 3 == 0)
        elif infno == "2204":
            self.upload_batch(clinic, [("drug-b", 10_000)], HYPERTENSION if pick % 2 else NO_DISEASE)
        elif infno == "2205":
            self.send(clinic, desk.cancel_batch(now, person, number, "0000" if pick % 3 else clinic.batch))
        elif infno in {"2206", "2207"}:
            self.settle_batch(clinic, infno, self.visit(clinic).lines.values(), use_account=True)
        elif infno == "2208":
            self.cancel(clinic, pick)
        else:
            self.send(clinic, desk.about_visit(now, infno, person, number))
        self.calm(calm)

    # -- purchases --------------------------------------------------------------------------------------------------

    @rule(
        pick=some,
        where=st.sampled_from(tuple(TREATED_IN)),
        rows=bills,
        hops=st.integers(-1, 7),
        lost=st.booleans(),
    )
    @precondition(lambda self: self.of_kind(Purchase) < 6)
    def somebody_buys(self, pick: int, where: str, rows: Any, hops: int, lost: bool) -> None:
        """A purchase, every third one tried first; it comes through at once, or gets into trouble after some hops."""
        desk, person = self.play.net.desks[where], self.play.net.people[self.people[pick % len(self.people)]]
        purchase = Purchase(desk, person, None)
        lines, use_account = self.lines(purchase, rows), pick % 2 == 0
        for infno in ("2102",) if pick % 3 else ("2101", "2102"):
            others = len(self.wire.flying)
            asked = desk.purchase(self.play.tick(), infno, person, lines, med_type="41", use_account=use_account)
            self.send(purchase, asked)
            if infno == "2102":
                purchase.opening = asked
                self.cases.append(purchase)
            self.calm(hops < 0)
        if hops >= 0:
            self.trouble(others, hops, lost=lost)
