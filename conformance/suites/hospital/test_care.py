"""Chronic diseases treated as an outpatient (门诊慢特病): the disease goes along, and they are stated apart."""

from __future__ import annotations

import pytest

from conformance.clauses import alone, verifies
from conformance.hospital import faults
from conformance.hospital.client import HospitalClient
from conformance.setting import HERE, HOME

DIABETES, CANCER = "M01600", "M00500"
PLACES = (HERE, HOME)


@verifies(
    "P75-06",
    zh="门诊慢特病按所给病种上传、结算，医疗类别和病种逐条写明。",
    en="Care for a chronic disease is settled as such: its kind and the disease stand in every message that has them.",
)
@pytest.mark.parametrize("disease", (DIABETES, CANCER))
@pytest.mark.parametrize("where", PLACES)
def test_a_chronic_disease_is_settled(hospital: HospitalClient, where: str, disease: str) -> None:
    stay = hospital.visit(where, "retired", care="chronic", disease=disease, yuan=3_000)
    stay.settled()
    stay.stands(1)


@verifies(
    "P75-41",
    zh="门诊慢特病与普通门诊在当日总账中分清算类别，撤销的不留。",
    en="Chronic and ordinary outpatient care are stated by clearing types of their own, without what was cancelled.",
)
@pytest.mark.parametrize("where", PLACES)
def test_chronic_care_is_stated_apart(hospital: HospitalClient, where: str) -> None:
    hospital.states_first()
    hospital.visit(where, care="outpatient", yuan=2_000).settled()
    hospital.visit(where, care="chronic", disease=DIABETES, yuan=3_000).settled()
    gone = hospital.visit(where, "retired", care="chronic", disease=CANCER, yuan=1_000)
    gone.settled()
    gone.cancelled()
    hospital.states()


@verifies(
    zh="未备案的慢特病被拒，医院停下，不改按普通门诊结算。",
    en="A chronic disease that is not filed is refused; the hospital stops there, and settles it as nothing else.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_disease_that_is_not_filed(hospital: HospitalClient, where: str) -> None:
    stay = hospital.visit(where, care="chronic", disease=DIABETES, declared=False)
    hospital.may_be_refused()
    errand = stay.stops(stay.settles)
    hospital.case.expect("2203", "/outcome", "refused", errand.outcome, errand.line)
    stay.stands(0)


@verifies(
    zh="慢特病各步的答复丢失，查明后只结算一次。",
    en="Where the answer to a step of chronic care is lost it is cleared up, and settled once.",
)
@pytest.mark.parametrize("step", ("2203", "2204", "2207"))
def test_chronic_care_without_an_answer(hospital: HospitalClient, step: str) -> None:
    stay = hospital.visit(HERE, care="chronic", disease=CANCER)
    hospital.breaks(step, faults.REPLY_LOST)
    stay.brought_to_an_end()
    stay.stands(1)


@alone
@verifies(
    zh="慢特病就医途中重启，重启后仍按原病种办完。",
    en="Restarted in the middle of chronic care, a hospital goes on with the same disease.",
)
def test_a_restart_in_chronic_care(hospital: HospitalClient) -> None:
    stay = hospital.visit(HERE, care="chronic", disease=DIABETES)
    stay.until("2203")
    hospital.case.restart()
    stay.settled()
    stay.stands(1)
