"""One day after another: what a hospital states of each is what its city holds of that day, and of no other."""

from __future__ import annotations

import pytest

from conformance.clauses import alone, verifies
from conformance.hospital import faults
from conformance.hospital.client import HospitalClient
from conformance.setting import HERE

CARE = ("inpatient", "outpatient", "pharmacy")
LATE = 1.6
"""Seconds: longer than the reference waits for an answer."""
EVE = "23:59:59"


@alone
@verifies(
    "P75-41",
    zh="过了零点，前后两天的总账各归各的，前一天仍可再对。",
    en="Past midnight each of the two days is stated by itself, and the day before may be stated once more.",
)
@pytest.mark.parametrize("care", CARE)
def test_each_day_is_stated_by_itself(hospital: HospitalClient, care: str) -> None:
    hospital.states_first()
    hospital.visit(HERE, care=care).settled()
    day = hospital.today()
    hospital.next_day()
    hospital.visit(HERE, care=care, yuan=3_000).settled()
    hospital.states()
    hospital.states(day)


@alone
@verifies(
    "P75-41",
    zh="前一天的结算次日撤销，负数记在次日，前一天的总账不变。",
    en="A settlement that is cancelled the next day is taken off that day; the day before stays as it was.",
)
@pytest.mark.parametrize("care", CARE)
def test_cancelled_the_next_day(hospital: HospitalClient, care: str) -> None:
    hospital.states_first()
    stay = hospital.visit(HERE, care=care)
    stay.settled()
    day = hospital.today()
    hospital.next_day()
    stay.cancelled()
    stay.stands(0)
    hospital.states()
    hospital.states(day)


@alone
@verifies(
    "P75-41",
    zh="零点前上送、零点后才得到答复的结算，按就地结算时间归入一天，不重不漏。",
    en="A settlement sent before midnight and answered after it is stated of the day it was made on, once.",
)
@pytest.mark.parametrize("care", CARE)
def test_settled_around_midnight(hospital: HospitalClient, care: str) -> None:
    hospital.states_first()
    stay = hospital.visit(HERE, care=care)
    stay.until(stay.plan[-2])
    day = hospital.today()
    hospital.case.set_clock(day, EVE)
    hospital.breaks(stay.settles, faults.SLOW, seconds=LATE)
    stay.brought_to_an_end()
    stay.stands(1)
    hospital.states(day)


@alone
@verifies(
    zh="住院跨过零点：前一天登记、上传，次日出院、结算，各步照常。",
    en="A stay that goes on past midnight is brought to its end the next day, with the numbers of the day before.",
)
def test_a_stay_past_midnight(hospital: HospitalClient) -> None:
    stay = hospital.visit(HERE)
    stay.until("2301")
    hospital.next_day()
    stay.settled()
    stay.stands(1)
    hospital.states()
