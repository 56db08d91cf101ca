"""Replies that cannot be to what was asked, or come twice or too late: none of them is taken, none booked twice."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.hospital import faults
from conformance.hospital.client import HospitalClient, Stay
from conformance.setting import HERE, HOME

CARE = ("inpatient", "outpatient", "pharmacy")
AMOUNTS = (faults.NOT_ADDING, faults.ANOTHER_BILL)
OTHERS = (
    *((care, what) for care in CARE for what in (faults.ANOTHER_PERSON, faults.ANOTHER_REQUEST)),
    *((care, faults.ANOTHER_VISIT) for care in CARE[:2]),  # a purchase has no number before it is settled
)
MANY = 60
"""As many calls as no hospital makes while it waits."""
LATE, HELD = 1.6, 3.0
"""Seconds: longer than the reference waits for an answer, and longer than it asks again before it reverses."""


def settled_once(hospital: HospitalClient, stay: Stay) -> None:
    """Bring a visit to its end; one settlement of it stands, and one is stated."""
    stay.brought_to_an_end()
    stay.stands(1)
    hospital.states()


@core
@verifies(
    "P75-A9",
    zh="结算答复的各项金额不平衡，或与上送的总额差一分，医院不予采信，重发或冲正。",
    en="A settlement whose amounts do not add up, or are a fen off the bill, is not taken: asked again, or reversed.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("what", AMOUNTS)
def test_amounts_that_cannot_be(hospital: HospitalClient, what: str, care: str) -> None:
    hospital.states_first()
    stay = hospital.visit(HERE, care=care)
    hospital.breaks(stay.settles, what)
    settled_once(hospital, stay)


@core
@verifies(
    "P75-A9",
    zh="答复的金额一再不平衡，医院不作已结算，冲正后重新结算，恰好一笔。",
    en="Where the amounts are wrong each time, it is not taken for settled: reversed, then settled once when they are.",
)
@pytest.mark.parametrize("what", AMOUNTS)
def test_amounts_that_are_never_right(hospital: HospitalClient, what: str) -> None:
    hospital.states_first()
    stay = hospital.visit(HOME)
    hospital.breaks(stay.settles, what, times=MANY)
    stay.stops(stay.settles)
    hospital.mended()
    settled_once(hospital, stay)


@verifies(
    "P75-A9",
    zh="预结算答复的金额不平衡或差一分，同样不予采信。",
    en="The amounts of a trial that do not add up, or are a fen off the bill, are not taken either.",
)
@pytest.mark.parametrize("what", AMOUNTS)
@pytest.mark.parametrize(("care", "trial"), [("inpatient", "2303"), ("outpatient", "2206"), ("pharmacy", "2101")])
def test_a_trial_whose_amounts_cannot_be(hospital: HospitalClient, care: str, trial: str, what: str) -> None:
    stay = hospital.visit(HERE, care=care)
    hospital.breaks(trial, what)
    stay.asked(trial)
    stay.settled()
    stay.stands(1)


@core
@verifies(
    zh="答复是另一个人、另一次就诊或另一报文的，医院不予采信，重发或冲正。",
    en="The answer of another person, another visit or another msgid is not taken: asked again, or reversed.",
)
@pytest.mark.parametrize(("care", "what"), OTHERS)
def test_an_answer_to_somebody_else(hospital: HospitalClient, care: str, what: str) -> None:
    hospital.states_first()
    stay = hospital.visit(HERE, care=care)
    hospital.breaks(stay.settles, what)
    settled_once(hospital, stay)


@verifies(
    "P75-41",
    zh="同一结算的答复来了两次，医院只记一次账。",
    en="Where the answer to a settlement comes twice, it is booked once.",
)
@pytest.mark.parametrize("care", CARE)
def test_an_answer_that_comes_twice(hospital: HospitalClient, care: str) -> None:
    hospital.states_first()
    stay = hospital.visit(HERE, care=care)
    hospital.breaks(stay.settles, faults.SLOW, seconds=LATE)
    stay.brought_to_an_end()
    hospital.waits(LATE)
    settled_once(hospital, stay)


@verifies(
    "P75-41",
    zh="结算冲正之后才到的答复不作数，不入账。",
    en="An answer that comes when the settlement has been reversed is not taken, and not booked.",
)
@pytest.mark.parametrize("care", ("inpatient", "pharmacy"))
def test_an_answer_after_the_reversal(hospital: HospitalClient, care: str) -> None:
    hospital.states_first()
    stay = hospital.visit(HERE, care=care)
    hospital.breaks(stay.settles, faults.SLOW, seconds=HELD, times=MANY)
    stay.asked(stay.settles)
    hospital.mended()
    hospital.waits(HELD)
    settled_once(hospital, stay)
