"""Routing: every step of care between two cities goes on to the one that it is for, once, and to nobody else."""

from __future__ import annotations

import pytest

from conformance.case import BETWEEN, IN, OUT
from conformance.clauses import core, verifies
from conformance.client import CaseClient

PLACES = (BETWEEN, OUT, IN)
CARE = ("inpatient", "outpatient", "pharmacy")


@core
@verifies(
    "JS-3.1a",
    "JS-3.1b",
    "JS-3.1d",
    zh="异地就医的每一步都转到参保地（外省的经部平台），恰好一次，次序不变，msgid不变。",
    en="Every step of care away from home goes on to the place of insurance, exactly once, in order, under its msgid.",
)
@pytest.mark.parametrize("care", CARE)
@pytest.mark.parametrize("where", PLACES)
def test_each_step_goes_on_once(case: CaseClient, where: str, care: str) -> None:
    visit = case.visit(where, care=care)
    visit.succeeds("9001")
    sent = []
    for infno in (*visit.plan[1:], visit.cancels, visit.settles):
        step = visit.succeeds(infno)
        sent.append((infno, step.msgid))
    reversal = visit.reverse()
    sent.append(("2601", reversal.msgid))
    case.expect("", "/forwarded", sent, list(case.passed()), reversal.line)
