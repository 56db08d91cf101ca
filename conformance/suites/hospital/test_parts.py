"""Long stays settled in parts (中途结算): each part is of what is not settled yet, and settled once."""

from __future__ import annotations

import pytest

from conformance.clauses import alone, verifies
from conformance.hospital import faults
from conformance.hospital.client import HospitalClient, Stay
from conformance.setting import HERE, HOME

PLACES = (HERE, HOME)
FIRST = ({"item": "a", "price": "9000"}, {"item": "b", "price": "800.005"})
MORE = ({"item": "a", "price": "45.005"}, {"item": "b", "price": "7000"})
REST = ({"item": "a", "price": "12345.67"}, {"item": "c", "price": "99.995"})
MANY = 60
"""As many calls as no hospital makes while it waits."""


def part_and_rest(stay: Stay) -> None:
    """Settle a part, and what arises afterwards with the discharge: two settlements stand."""
    stay.settled_in_part()
    stay.charged(*REST)
    stay.brought_to_an_end()
    stay.stands(2)


@verifies(
    "P75-A9",
    zh="长期住院分次结算：每次只结未结的明细，写明中途结算，出院时结清其余。",
    en="A long stay is settled in parts: each of what is not settled yet and marked as one, the rest at the discharge.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_stay_is_settled_in_parts(hospital: HospitalClient, where: str) -> None:
    stay = hospital.visit(where, rows=FIRST)
    stay.settled_in_part()
    stay.stands(1)
    stay.charged(*MORE)
    stay.settled_in_part()
    stay.stands(2)
    stay.charged(*REST)
    stay.settled()
    stay.stands(3)


@verifies(
    "P75-41",
    zh="每次中途结算各计一笔，与最后一次一起列入当日总账。",
    en="Every part is stated as a settlement of its own, with the last one.",
)
@pytest.mark.parametrize("where", PLACES)
def test_parts_are_stated(hospital: HospitalClient, where: str) -> None:
    hospital.states_first()
    part_and_rest(hospital.visit(where, rows=FIRST))
    hospital.states()


@verifies(
    zh="中途结算的答复丢失，重发或冲正，同一部分不会结两次。",
    en="Where the answer to a part is lost it is asked again or reversed, and no part is settled twice.",
)
@pytest.mark.parametrize(
    ("what", "times"), [(faults.REPLY_LOST, 1), (faults.REQUEST_LOST, 1), (faults.REPLY_LOST, MANY)]
)
def test_a_part_without_an_answer(hospital: HospitalClient, what: str, times: int) -> None:
    hospital.states_first()
    stay = hospital.visit(HERE, rows=FIRST)
    stay.until("2401")
    hospital.breaks("2304", what, times=times)
    stay.asked_in_part()
    hospital.mended()
    part_and_rest(stay)
    hospital.states()


@verifies(
    "P75-A9",
    zh="中途结算答复的总额差一分，同样不予采信。",
    en="A part that comes back a fen off its bill is not taken either.",
)
@pytest.mark.parametrize("what", (faults.ANOTHER_BILL, faults.NOT_ADDING))
def test_a_part_of_another_bill(hospital: HospitalClient, what: str) -> None:
    stay = hospital.visit(HERE, rows=FIRST)
    hospital.breaks("2304", what)
    part_and_rest(stay)


@alone
@verifies(
    zh="两次结算之间重启，医院仍知道哪些已结，其余只结一次。",
    en="Restarted between two parts, a hospital knows what is settled: the rest is settled once.",
)
@pytest.mark.parametrize("where", PLACES)
def test_a_restart_between_two_parts(hospital: HospitalClient, where: str) -> None:
    stay = hospital.visit(where, rows=FIRST)
    stay.settled_in_part()
    hospital.case.restart()
    stay.charged(*MORE)
    stay.settled_in_part()
    hospital.case.restart()
    stay.charged(*REST)
    stay.settled()
    stay.stands(3)
