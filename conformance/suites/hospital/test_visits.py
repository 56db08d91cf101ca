"""Whole visits of a hospital, from sign-in to settlement and back."""

from __future__ import annotations

import pytest

from conformance.case import HERE, HOME
from conformance.clauses import core, verifies
from conformance.hospital.client import HospitalClient

PLACES = (HERE, HOME)
CARE = ("inpatient", "outpatient", "pharmacy")


@core
@verifies(
    zh="医院按次序办完一次就医，人员、明细、金额、编号和签名均合规定，结算恰好一笔。",
    en="The hospital brings a visit to its end in order, with the right person, lines, amounts, numbers and signature.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", PLACES)
def test_a_visit_is_settled(hospital: HospitalClient, where: str, care: str) -> None:
    stay = hospital.visit(where, care=care)
    stay.settled()
    stay.stands(1)
