"""Histories of several visits at once, made by Hypothesis: repeated, lost, belated, cancelled and reversed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from conformance.clauses import verifies
from conformance.client import CaseClient
from conformance.histories import HistoryDiffers, search
from conformance.keeping import keep_beside
from conformance.setting import AWAY, HERE, HOME

PEOPLE: tuple[Mapping[str, Any], ...] = (
    {},
    {"care": "outpatient", "shape": "retired", "yuan": 2_000},
    {"like": 1, "yuan": 4_000},
)
"""A stay, somebody else's outpatient visit, and another stay of the first person."""
EXAMPLES = {AWAY: 14, HERE: 12, HOME: 10}


@verifies(
    zh="多次就医交错办理，期间重发、丢失应答、迟到、撤销、冲正，每一步及最终累计均与模型一致。",
    en="Visits in between each other, with repeats, lost replies, late copies, cancellations and reversals: "
    "every step, and what the year comes to in the end, is as the model says.",
)
@pytest.mark.parametrize("where", (AWAY, HERE, HOME))
def test_histories_end_where_they_must(case: CaseClient, where: str, request: pytest.FixtureRequest) -> None:
    found = search(case, [{"where": where, **each} for each in PEOPLE], EXAMPLES[where])
    if found is not None:
        keep_beside(request, found)
        raise HistoryDiffers(found)
