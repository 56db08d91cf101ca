"""Whole visits of a hospital, from sign-in to settlement and back."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.hospital.client import HospitalClient, infnos
from conformance.setting import HERE, HOME

PLACES = (HERE, HOME)
CARE = ("inpatient", "outpatient", "pharmacy")


@core
@verifies(
    "P75-A9",
    zh="医院按次序办完一次就医，人员、明细、金额、编号和签名均合规定，结算恰好一笔。",
    en="The hospital brings a visit to its end in order, with the right person, lines, amounts, numbers and signature.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", PLACES)
def test_a_visit_is_settled(hospital: HospitalClient, where: str, care: str) -> None:
    stay = hospital.visit(where, care=care)
    stay.settled()
    stay.stands(1)


@core
@verifies(
    zh="结算可以撤销，撤销的正是医院被告知的那一笔，此后一笔不剩。",
    en="A settlement can be cancelled, the very one the hospital was told of, and nothing of it stands afterwards.",
)
@pytest.mark.parametrize("care", CARE)
def test_a_settlement_is_cancelled(hospital: HospitalClient, care: str) -> None:
    stay = hospital.visit(HERE, care=care)
    stay.settled()
    stay.cancelled()
    stay.stands(0)


@verifies(
    zh="医院只办到要求的一步，不多办一步，下次接着办。",
    en="The hospital goes as far as it is asked to and no further, and goes on from there when asked again.",
)
@pytest.mark.parametrize("care", CARE)
def test_a_visit_is_played_step_by_step(hospital: HospitalClient, care: str) -> None:
    stay = hospital.visit(HOME, care=care)
    for step in stay.plan[1:]:
        errand = stay.until(step)
        hospital.case.expect(step, "", step, infnos(errand)[-1], errand.line)
    stay.stands(1)


@verifies(
    zh="两名病人交错就医，各有各的就诊号、明细和结算。",
    en="Two patients at the same time have numbers, lines and settlements of their own.",
)
def test_two_patients_are_kept_apart(hospital: HospitalClient) -> None:
    one, other = hospital.visit(HERE), hospital.visit(HOME, yuan=7_000)
    for step in one.plan[1:]:
        one.until(step)
        other.until(step)
    one.cancelled()
    one.stands(0)
    other.stands(1)


@verifies(
    zh="病人不用个人账户时，结算如实写明。",
    en="Where the patient does not use the personal account, the settlement says so.",
)
@pytest.mark.parametrize("care", CARE)
def test_the_account_is_left_alone(hospital: HospitalClient, care: str) -> None:
    stay = hospital.visit(HOME, care=care, use_account=False)
    stay.settled()
    account = stay.standing()["acct_pay"]
    hospital.case.expect(stay.settles, "/output/setlinfo/acct_pay", 0, account)


@verifies(
    zh="居民、老人和儿童的险种与人员类别如实上传。",
    en="Insurance and kind of person are sent as they are, of residents, the old and children.",
)
@pytest.mark.parametrize("shape", ("resident", "retired", "child"))
def test_people_of_every_kind(hospital: HospitalClient, shape: str) -> None:
    stay = hospital.visit(HERE, shape)
    stay.settled()
    stay.stands(1)


@verifies(
    zh="生僻字、单字和长姓名逐字上传，不截断、不替换。",
    en="Names with rare characters, of one character and long ones are sent character by character.",
)
@pytest.mark.parametrize("shape", ("rare_name", "one_character", "long_name"))
def test_names_of_every_kind(hospital: HospitalClient, shape: str) -> None:
    hospital.visit(HERE, shape).settled()
