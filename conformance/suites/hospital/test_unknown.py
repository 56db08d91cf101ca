"""Calls of a hospital without an answer: asked again under the same number, or reversed, and never done twice."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.hospital import faults
from conformance.hospital.client import HospitalClient, Stay, infnos
from conformance.setting import HERE, HOME

LOSSES = (faults.REQUEST_LOST, faults.REPLY_LOST, faults.CUT, faults.PAGE, faults.HOLLOW, faults.DOWN)
STEPS = (
    ("inpatient", "2401"),
    ("inpatient", "2301"),
    ("inpatient", "2402"),
    ("outpatient", "2201"),
    ("outpatient", "2203"),
    ("outpatient", "2204"),
)
MANY = 60
"""As many calls as no hospital makes while it waits."""


def never_answered(hospital: HospitalClient, stay: Stay) -> None:
    """Have a visit settled while no settlement is ever answered; the way is clear afterwards."""
    hospital.breaks(stay.settles, faults.REPLY_LOST, times=MANY)
    stay.stops(stay.settles)
    hospital.mended()


def stands_once(stay: Stay) -> None:
    """Have what has no answer cleared up and brought to its end: one settlement stands."""
    stay.brought_to_an_end()
    stay.stands(1)


@core
@verifies(
    zh="结算没有得到可用的答复，医院以原报文ID重发或冲正，最终恰好结算一次。",
    en="A settlement without an answer that is one is asked again under its number or reversed: one stands in the end.",
)
@pytest.mark.parametrize("what", LOSSES)
def test_a_settlement_without_an_answer(hospital: HospitalClient, what: str) -> None:
    stay = hospital.visit(HERE)
    hospital.breaks(stay.settles, what)
    stands_once(stay)


@core
@verifies(
    zh="门诊结算和购药的答复丢失，同样只结算一次。",
    en="A lost answer to an outpatient bill or a purchase is cleared up in the same way: it is settled once.",
)
@pytest.mark.parametrize("care", ("outpatient", "pharmacy"))
def test_a_bill_or_purchase_without_an_answer(hospital: HospitalClient, care: str) -> None:
    stay = hospital.visit(HOME, care=care)
    hospital.breaks(stay.settles, faults.REPLY_LOST)
    stands_once(stay)


@verifies(
    zh="登记、明细、出院等步骤的答复丢失，查明之前不办下一步。",
    en="Where the answer to another step is lost, the next one is not taken before that is cleared up.",
)
@pytest.mark.parametrize(("care", "step"), STEPS)
def test_a_step_without_an_answer(hospital: HospitalClient, care: str, step: str) -> None:
    stay = hospital.visit(HERE, care=care)
    hospital.breaks(step, faults.REPLY_LOST)
    stands_once(stay)


@verifies(
    zh="答复来得很晚，医院已不再等候，仍只结算一次。",
    en="An answer that comes after the hospital has stopped waiting does not make it settle twice.",
)
@pytest.mark.parametrize("care", ("inpatient", "pharmacy"))
def test_a_late_answer(hospital: HospitalClient, care: str) -> None:
    stay = hospital.visit(HERE, care=care)
    hospital.breaks(stay.settles, faults.SLOW, seconds=1.6)
    stands_once(stay)


@core
@verifies(
    zh="结算的答复一再丢失，医院冲正（2601）写明原报文ID，线路恢复后重新结算，恰好一笔。",
    en="Where every answer to a settlement is lost it is reversed by its own number, and settled once when that works.",
)
@pytest.mark.parametrize("care", ("inpatient", "outpatient", "pharmacy"))
def test_no_settlement_is_ever_answered(hospital: HospitalClient, care: str) -> None:
    stay = hospital.visit(HERE, care=care)
    never_answered(hospital, stay)
    stands_once(stay)


@verifies(
    zh="冲正的答复也丢失，再冲正同一笔，不会多冲、漏冲。",
    en="Where the answer to the reversal is lost as well, the same request is reversed again, and nothing else.",
)
def test_a_reversal_without_an_answer(hospital: HospitalClient) -> None:
    stay = hospital.visit(HOME)
    hospital.breaks("2601", faults.REPLY_LOST)
    never_answered(hospital, stay)
    stands_once(stay)


@verifies(
    zh="撤销结算的答复丢失，撤销只生效一次，一笔不剩。",
    en="Where the answer to a cancellation is lost, it is cancelled once, and nothing stands.",
)
@pytest.mark.parametrize("care", ("inpatient", "outpatient", "pharmacy"))
def test_a_cancellation_without_an_answer(hospital: HospitalClient, care: str) -> None:
    stay = hospital.visit(HERE, care=care)
    stay.settled()
    hospital.breaks(stay.cancels, faults.REPLY_LOST)
    stay.cancelled()
    stay.stands(0)


@verifies(
    zh="签到的答复丢失，医院重新签到，再办业务。",
    en="Where the answer to the sign-in is lost, the hospital signs in again before it does anything else.",
)
def test_a_sign_in_without_an_answer(hospital: HospitalClient) -> None:
    hospital.breaks("9001", faults.REPLY_LOST)
    errand = hospital.signs_in()
    hospital.case.expect("9001", "", "9001", infnos(errand)[-1], errand.line)
    hospital.visit(HERE).settled()
