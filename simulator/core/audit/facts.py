"""What the audit decides, as facts, and what its staff is told to do, as actions."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.core.audit.rules import Finding, Library

# -- actions -----------------------------------------------------------------------------------------------------


class Adopt(NamedTuple):
    """Action: adopt a rule set with the restrictions and usual bills it works by (JL-6.2b)."""

    library: Library


class ReviewDay(NamedTuple):
    """Action: review every bill settled up to the end of ``day`` and not reviewed yet, local and visitors' alike."""

    day: dt.date


class Plead(NamedTuple):
    """Action: note what an institution answers to a finding (申辩)."""

    find_id: str
    text: str


class Decide(NamedTuple):
    """Action: confirm a finding, or drop it; after the institution's answer, or once its time is over."""

    find_id: str
    confirmed: bool
    reason: str


class Suspect(NamedTuple):
    """Action: note that someone may not be the insured person (冒名嫌疑, P75-24), found at the desk of a hospital."""

    psn_no: str
    mdtrt_id: str
    text: str


class Clear(NamedTuple):
    """Action: end a suspicion: it was an impostor, or it was not."""

    excp_id: str
    impostor: bool
    text: str


# -- facts of the treatment city ---------------------------------------------------------------------------------


class Adopted(NamedTuple):
    """Fact: a rule set was adopted."""

    library: Library


class Reviewed(NamedTuple):
    """Fact: a bill was reviewed; ``cross`` tells a visitor's bill from a local one.

    ``own`` is False for a bill of the city's people from elsewhere, which another city audits.
    """

    setl_id: str
    hospital: str
    own: bool
    cross: bool
    settled_at: dt.datetime
    at: dt.datetime
    version: str
    findings: int


class Found(NamedTuple):
    """Fact: a review found something; the institution may answer until the end of ``due``."""

    find_id: str
    finding: Finding
    at: dt.datetime
    due: dt.date


class Pleaded(NamedTuple):
    """Fact: an institution answered a finding."""

    find_id: str
    text: str
    at: dt.datetime


class Deduction(NamedTuple):
    """A deduction (审核扣款), or with negative fen the giving back of one.

    ``taken`` are (line, fen in scope) that it takes, ``funds`` (fund, fen) that get it back; ``month`` (``yyyymm``) is
    the clearing it lowers (P75-50).
    """

    ded_no: str
    find_id: str
    setl_id: str
    hospital: str
    area: str
    insured_city: str
    insutype: str
    month: str
    taken: tuple[tuple[str, int], ...]
    funds: tuple[tuple[str, int], ...]
    reason: str

    @property
    def amount(self) -> int:
        """Return the fen deducted."""
        return sum(fen for _, fen in self.funds)


class Decided(NamedTuple):
    """Fact: a finding was confirmed or dropped; ``deduction`` is None where nothing is to be deducted."""

    find_id: str
    confirmed: bool
    reason: str
    at: dt.datetime
    deduction: Deduction | None


class Returned(NamedTuple):
    """Fact: a deduction is to be given back, as its bill was cancelled."""

    deduction: Deduction
    at: dt.datetime


class Deducted(NamedTuple):
    """Fact: a deduction is final: the insured city took it in, or insures and treats itself. It is booked with this."""

    deduction: Deduction
    at: dt.datetime


class DeductionDeclined(NamedTuple):
    """Fact: the insured city refused a deduction, with the code of its refusal."""

    deduction: Deduction
    infcode: int
    at: dt.datetime


# -- facts of suspicion ------------------------------------------------------------------------------------------


class Suspected(NamedTuple):
    """Fact: a suspicion was raised and reported (S301): settlements of the person stop until it is settled."""

    excp_id: str
    psn_no: str
    mdtrt_id: str
    setl_id: str
    amount: int
    text: str
    at: dt.datetime
    due: dt.date


class Cleared(NamedTuple):
    """Fact: a suspicion was settled and reported as done."""

    excp_id: str
    impostor: bool
    text: str
    at: dt.datetime


# -- facts of warnings before and during care --------------------------------------------------------------------


class Warned(NamedTuple):
    """Fact: a hospital that asked (3101, 3102) was warned; ``warning`` is the number (``jr_id``)."""

    warning: str
    hospital: str
    stage: str
    finding: Finding
    at: dt.datetime


class Handled(NamedTuple):
    """Fact: a hospital said what it did about a warning (3103): carried on (1), with its reason, or changed it (2)."""

    warning: str
    way: str
    reason: str
    at: dt.datetime


# -- facts of the insured city and of the province ---------------------------------------------------------------


class Told(NamedTuple):
    """Fact: the treatment place told of a finding (A101)."""

    find_id: str
    treatment_city: str
    rule_id: str
    rows: tuple[tuple[str, int], ...]
    at: dt.datetime


class Offset(NamedTuple):
    """Fact: a deduction was offset against what is owed to the treatment place (A102)."""

    ded_no: str
    find_id: str
    treatment_city: str
    month: str
    rows: tuple[tuple[str, str, int], ...]
    at: dt.datetime


class DeductionPassed(NamedTuple):
    """Fact: a deduction passed through the province, taken in by the insured city."""

    ded_no: str
    treatment_city: str
    insured_city: str
    month: str
    insutype: str
    amount: int


class FindingPassed(NamedTuple):
    """Fact: a finding passed through the province, taken in by the insured city."""

    find_id: str
    treatment_city: str
    insured_city: str
    rule_id: str
    severity: int
    amount: int
