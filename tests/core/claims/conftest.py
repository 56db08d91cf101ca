"""Claims on paper on the small network: dossiers, whole cases, and every bureau message held to its schema."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest

from simulator.core.claims.case import CaseKept, CheckClaim, DecideClaim, OpenClaim, PayClaim
from simulator.core.claims.claim import NO_CARD, BillLine, Dossier
from simulator.core.platform.turn import Declined
from simulator.core.values.people import Person
from simulator.core.visits.insured import Enrolled
from simulator.inputs.people import identity_number

XUZHOU, PROVINCE, HOSPITAL = "320300", "320000", "H32019900001"
INPATIENT_PAPERS = ("identity", "receipt", "itemised_bill", "discharge_summary")


class Paper:
    """A claims counter: makes dossiers of the worked example's bill and plays cases."""

    def __init__(self, play: Any, bill: Iterable[tuple[str, int, int]]) -> None:
        self.play, self.bill = play, tuple(bill)
        certno = identity_number("9900", 1, dt.date(1950, 10, 11), "1")
        person = play.net.people["retired"]._replace(certno=certno)
        self.tell(XUZHOU, Enrolled(person))
        play.net.people["retired"] = person

    @property
    def office(self) -> Any:
        return self.play.insured.claims

    def tell(self, code: str, fact: Any) -> None:
        self.play.net.nodes[code].fold(fact)
        self.play.relay.facts.append((code, fact))

    def enrol(self, person: Person, code: str = XUZHOU) -> None:
        self.tell(code, Enrolled(person))

    def dossier(self, claim_id: str = "SG1", **changes: Any) -> Dossier:
        """A dossier of the worked example; its lines are of the first day."""
        days = dt.date(2016, 10, 1), dt.date(2016, 10, 9)
        made = Dossier(claim_id, "P1", HOSPITAL, "320199", *days, (f"INV-{claim_id}",), (), NO_CARD)
        day = changes.get("begin", made.begin)
        lines = tuple(BillLine(code, price, quantity, day) for code, price, quantity in self.bill)
        return made._replace(**{"bill": lines, **changes})

    def open(self, dossier: Dossier | None = None, papers: tuple[str, ...] = INPATIENT_PAPERS) -> Any:
        """Open a case; return it, or how it was declined."""
        return self.act(OpenClaim(dossier or self.dossier(), papers))

    def act(self, action: Any) -> Any:
        """Carry an action out; return the case as it stands then, or how it was declined."""
        facts = self.play.act(action)
        declined = [fact for fact in facts if isinstance(fact, Declined)]
        if declined:
            assert len(facts) == 1  # nothing of it was done
            return declined[0].name, *declined[0].found
        cases = [fact.case for fact in facts if isinstance(fact, CaseKept)]
        return cases[-1] if cases else None

    def paid(self, dossier: Dossier | None = None) -> Any:
        """Play a case with complete papers to its payment."""
        case = self.open(dossier)
        for step in (CheckClaim, DecideClaim, PayClaim):
            case = self.act(step(case.claim_id))
        return case

    def balances(self) -> dict[tuple[str, str], int]:
        """What the insured city's accounts hold, those at nothing left out."""
        return {key: value for key, value in self.play.insured.books.balances().items() if value}


@pytest.fixture
def paper(play: Any, example_bill: Any) -> Paper:
    return Paper(play, example_bill)


@pytest.fixture
def paper_of(example_bill: Any) -> Any:
    """Make a counter on a play of one's own."""
    return lambda play: Paper(play, example_bill)
