"""Time: how long a city takes to answer."""

from __future__ import annotations

import pytest

from conformance.clauses import verifies
from conformance.client import CaseClient
from conformance.setting import AWAY, HERE, HOME

PLACES = (AWAY, HERE, HOME)
ROUNDS = 4


@verifies(
    "JS-3.3g",
    should=True,
    zh="九成五的交易在约定时间（未约定为3秒）之内答复。",
    en="Ninety-five calls in a hundred are answered within the time agreed, or three seconds.",
)
@pytest.mark.parametrize("where", PLACES)
def test_calls_are_answered_in_time(case: CaseClient, where: str) -> None:
    visit = case.visit(where, care="outpatient")
    visit.settled()
    taken = []
    for _ in range(ROUNDS):
        for infno in ("1101", "2001", "5201", "5203", "5206"):
            step = visit.succeeds(infno)
            taken.append(step.seconds)
    slow, limit = sorted(taken)[int(len(taken) * 0.95)], case.do("answer_seconds")
    case.expect("", "/seconds", f"at most {limit}", f"at most {limit}" if slow <= limit else f"{slow:.2f}")
