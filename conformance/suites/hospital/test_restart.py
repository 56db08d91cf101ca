"""A hospital killed and started again: it finds out what became of what was under way, and settles nothing twice."""

from __future__ import annotations

import pytest

from conformance.clauses import alone, verifies
from conformance.hospital import faults
from conformance.hospital.client import HospitalClient
from conformance.setting import HERE, HOME

CARE = ("inpatient", "outpatient", "pharmacy")
LOSSES = (faults.HELD, faults.REQUEST_LOST, faults.REPLY_LOST)
HELD = 2.0
"""Seconds that an answer is held back: the hospital is killed long before."""


@alone
@verifies(
    zh="每两步之间医院系统被杀死重启，就医接着办到结算，不重办一步。",
    en="Killed and started again between every two steps, a visit goes on to its end, and no step is done twice.",
)
@pytest.mark.parametrize("care", CARE)
def test_a_restart_between_every_two_steps(hospital: HospitalClient, care: str) -> None:
    stay = hospital.visit(HERE, care=care)
    for step in stay.plan[1:]:
        stay.until(step)
        hospital.case.restart()
    stay.settled()
    stay.stands(1)


@alone
@verifies(
    zh="结算上送后、答复之前医院系统被杀死：重启后重发或冲正查明，最终恰好结算一次。",
    en="Killed while it waits for the answer to a settlement, it asks again or reverses: one stands in the end.",
)
@pytest.mark.parametrize("what", LOSSES)
@pytest.mark.parametrize("care", CARE)
def test_killed_in_the_middle_of_a_settlement(hospital: HospitalClient, care: str, what: str) -> None:
    hospital.states_first()
    stay = hospital.visit(HERE, care=care)
    stay.until(stay.plan[-2])
    hospital.breaks(stay.settles, what, seconds=HELD if what == faults.HELD else 0.0)
    stay.killed(stay.settles)
    stay.brought_to_an_end()
    stay.stands(1)
    hospital.states()


@alone
@verifies(
    zh="入院登记等步骤进行中被杀死：重启后查明，不重复登记。",
    en="Killed in the middle of an earlier step, it clears that up after the restart before it goes on.",
)
@pytest.mark.parametrize(("care", "step"), [("inpatient", "2401"), ("inpatient", "2301"), ("outpatient", "2201")])
def test_killed_in_the_middle_of_a_step(hospital: HospitalClient, care: str, step: str) -> None:
    stay = hospital.visit(HOME, care=care)
    hospital.breaks(step, faults.HELD, seconds=HELD)
    stay.killed(step)
    stay.brought_to_an_end()
    stay.stands(1)


@alone
@verifies(
    zh="撤销进行中被杀死：重启后撤销恰好生效一次，一笔不剩。",
    en="Killed in the middle of a cancellation, it is cancelled once after the restart, and nothing stands.",
)
@pytest.mark.parametrize("care", CARE)
def test_killed_in_the_middle_of_a_cancellation(hospital: HospitalClient, care: str) -> None:
    hospital.states_first()
    stay = hospital.visit(HERE, care=care)
    stay.settled()
    hospital.breaks(stay.cancels, faults.HELD, seconds=HELD)
    stay.killed(stay.cancels)
    stay.cancelled()
    stay.stands(0)
    hospital.states()


@alone
@verifies(
    "P75-41",
    zh="重启之后，当日总账仍含重启之前的结算与撤销。",
    en="After a restart the day is stated with all that was settled and cancelled before it.",
)
@pytest.mark.parametrize("care", CARE)
def test_the_day_is_remembered(hospital: HospitalClient, care: str) -> None:
    hospital.states_first()
    hospital.visit(HERE, care=care).settled()
    gone = hospital.visit(HERE, care=care, yuan=3_000)
    gone.settled()
    gone.cancelled()
    hospital.case.restart()
    hospital.states()
    hospital.visit(HERE, care=care, yuan=5_000).settled()
    hospital.states()


@alone
@verifies(
    zh="重启之后，此前的结算仍可撤销，撤销的正是那一笔。",
    en="After a restart a settlement made before it can be cancelled, the very one that was told.",
)
@pytest.mark.parametrize("care", CARE)
def test_what_was_settled_can_be_cancelled_after_a_restart(hospital: HospitalClient, care: str) -> None:
    stay = hospital.visit(HERE, care=care)
    stay.settled()
    hospital.case.restart()
    stay.cancelled()
    stay.stands(0)
