"""What a hospital states of a day (3201): what its city holds, to the fen, whatever has happened on the way."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.hospital import faults
from conformance.hospital.client import HospitalClient
from conformance.setting import HERE, HOME
from conformance.suites.hospital.test_unknown import MANY, stands_once


@core
@verifies(
    "P75-41",
    zh="医院当日总账与经办机构的账相符，分险种、分清算类别，一分不差。",
    en="The hospital states a day as its city holds it, by insurance and clearing type, to the fen.",
)
@pytest.mark.parametrize("where", (HERE, HOME))
def test_a_day_is_stated_as_the_city_holds_it(hospital: HospitalClient, where: str) -> None:
    hospital.states_first()
    for care in ("inpatient", "outpatient", "pharmacy"):
        hospital.visit(where, care=care).settled()
    hospital.visit(where, "resident").settled()
    hospital.states()


@core
@verifies(
    "P75-41",
    zh="已撤销的结算不留在当日总账中。",
    en="What was cancelled does not stay in the statement of the day.",
)
@pytest.mark.parametrize("care", ("inpatient", "outpatient", "pharmacy"))
def test_what_was_cancelled_is_not_stated(hospital: HospitalClient, care: str) -> None:
    hospital.states_first()
    hospital.visit(HERE, care=care).settled()
    gone = hospital.visit(HERE, care=care, yuan=3_000)
    gone.settled()
    gone.cancelled()
    hospital.states()


@core
@verifies(
    "P75-41",
    zh="答复丢失后查明的结算，在当日总账中恰好一笔。",
    en="A settlement that was cleared up after its answer was lost stands once in the statement of the day.",
)
@pytest.mark.parametrize("times", (1, MANY))
def test_what_was_cleared_up_is_stated_once(hospital: HospitalClient, times: int) -> None:
    hospital.states_first()
    stay = hospital.visit(HERE)
    hospital.breaks(stay.settles, faults.REPLY_LOST, times=times)
    stay.asked(stay.settles)
    hospital.mended()
    stands_once(stay)
    hospital.states()


@verifies(
    zh="对账的答复丢失，医院重发，不会改变总账。",
    en="A statement whose answer was lost is sent again, and says the same.",
)
def test_a_statement_without_an_answer(hospital: HospitalClient) -> None:
    hospital.states_first()
    hospital.visit(HERE).settled()
    hospital.breaks("3201", faults.REPLY_LOST)
    hospital.states()
