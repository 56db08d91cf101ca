"""What the fund of a city has paid for, directly or by hand, as its settlement rows say."""

from __future__ import annotations

from simulator.core.benefit.rules import INPATIENT
from simulator.core.benefit.settlement import MANUAL, Settlement
from simulator.core.claims.case import Case
from simulator.core.claims.double import Care, PaidFor
from simulator.core.claims.lifecycle import UNPAID
from simulator.core.visits.visits import INSURED, Billed, Settled


class Granted:
    """The care behind a city's settlement rows and claims; ``rows`` are the claims' rows in force, by claim."""

    def __init__(self) -> None:
        self.rows: dict[str, Settlement] = {}
        self._rests: dict[str, str] = {}  # the stay of which a claim is the rest, by claim
        self._direct = PaidFor()
        self._claims = PaidFor()

    def already(self, care: Care) -> tuple[str, str] | None:
        """Return the refusal of a claim for care that is paid for, or claimed, already, and by which number."""
        settled, claimed = self._direct.find(care), self._claims.find(care)
        if settled:
            return "already_settled", settled[0]
        return ("already_claimed", claimed[0]) if claimed else None

    def by_hand(self, row: Settlement, billed: Billed) -> str:
        """Return the settlement of a claim that was granted for the care of a row, empty where there is none."""
        care = _care(row, "", billed)
        return next((self.rows[number].setl_id for number in self._claims.find(care) if number in self.rows), "")

    def rest_of(self, mdtrt_id: str) -> str:
        """Return the settlement of a claim that is the rest of a stay settled in parts, empty where there is none."""
        return next((self.rows[claim].setl_id for claim, stay in self._rests.items() if stay == mdtrt_id), "")

    def fold_case(self, case: Case) -> None:
        """Apply how a case stands: it holds its care until it has ended unpaid."""
        if case.state in UNPAID:
            self._claims.drop(case.claim_id)
        else:
            self._claims.put(case.care)

    def fold_settled(self, fact: Settled) -> None:
        """Apply a settlement row of the insured role."""
        row = fact.row
        if fact.role != INSURED:
            return
        if row.kind != MANUAL:
            self._direct.drop(row.init_setl_id)
            if fact.active is not None:
                self._direct.put(_care(fact.active, fact.active.setl_id, fact.billed))
        elif fact.active is None:
            del self.rows[row.mdtrt_id]
            self._rests.pop(row.mdtrt_id, None)
            self._claims.drop(row.mdtrt_id)
        else:
            self.rows[row.mdtrt_id] = row
            if fact.billed.rest_of:
                self._rests[row.mdtrt_id] = fact.billed.rest_of
            if row.mdtrt_id not in self._claims:
                self._claims.put(_care(row, row.mdtrt_id, fact.billed))


def _care(row: Settlement, number: str, billed: Billed) -> Care:
    assert row.inputs is not None
    inpatient = row.inputs.where.care == INPATIENT
    return Care(number, row.psn_no, row.hospital, row.begin, row.end, inpatient, billed.invoices)
