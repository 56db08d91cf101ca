"""What a city refuses: the hospital stops there, says so, and does not go on as if it had been done."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.hospital import faults
from conformance.hospital.client import HospitalClient
from conformance.setting import HERE, HOME

STEPS = (
    ("inpatient", "1101"),
    ("inpatient", "2401"),
    ("inpatient", "2301"),
    ("inpatient", "2402"),
    ("inpatient", "2303"),
    ("inpatient", "2304"),
    ("outpatient", "2203"),
    ("outpatient", "2206"),
    ("pharmacy", "2101"),
)


@core
@verifies(
    zh="任何一步被拒，医院即停下，不办后面的步骤；再办时重做被拒的一步。",
    en="Whichever step is refused, the hospital stops there; asked again, it takes that step anew and goes on.",
)
@pytest.mark.parametrize(("care", "step"), STEPS)
def test_a_refused_step_is_not_passed_over(hospital: HospitalClient, care: str, step: str) -> None:
    stay = hospital.visit(HERE, care=care)
    hospital.breaks(step, faults.REFUSED)
    errand = stay.stops(stay.settles)
    hospital.case.expect(step, "/outcome", "refused", errand.outcome, errand.line)
    stay.stands(0)
    stay.settled()
    stay.stands(1)


@verifies(
    zh="参保地不予直接结算的病人，医院得知被拒，不再上送。",
    en="A patient whose scheme is not settled directly is turned down, and the hospital leaves it at that.",
)
def test_a_patient_who_cannot_be_settled(hospital: HospitalClient) -> None:
    stay = hospital.visit(HERE, "ncms")
    hospital.may_be_refused()
    errand = stay.stops(stay.settles)
    hospital.case.expect(stay.settles, "/outcome", "refused", errand.outcome, errand.line)
    stay.stands(0)


@core
@verifies(
    zh="就医地已无签到记录时业务被拒，医院重新签到后继续办理，用新的签到编号。",
    en="Where the city knows of no sign-in any more, the hospital signs in anew and goes on under the new number.",
)
@pytest.mark.parametrize("care", ("inpatient", "pharmacy"))
def test_signed_out_behind_its_back(hospital: HospitalClient, care: str) -> None:
    stay = hospital.visit(HOME, care=care)
    stay.until("1101")
    hospital.signed_out_behind()
    hospital.may_be_refused()
    stay.asked(stay.plan[2])
    hospital.signs_in()
    stay.settled()
    stay.stands(1)


@verifies(
    zh="签到被拒，医院如实说明，不办业务。",
    en="Where the sign-in is refused the hospital says so, and does nothing for anybody.",
)
def test_a_refused_sign_in(hospital: HospitalClient) -> None:
    stay = hospital.visit(HERE)
    hospital.breaks("9001", faults.REFUSED)
    errand = hospital.case.do("sign_in")
    hospital.case.expect("9001", "/outcome", "refused", errand.outcome, errand.line)
    stay.stands(0)
    hospital.signs_in()
    stay.settled()
