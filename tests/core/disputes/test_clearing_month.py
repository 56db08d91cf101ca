"""The clearing month that takes up a correction is one that can still be cleared (P75-45, P75-49)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.core.disputes.ticket import AnswerTicket, Ruling, Ticket

NANJING = "320100"


@pytest.mark.parametrize(
    ("rules", "month", "taken"),
    [
        ({}, "201609", False),  # the bill is of October
        ({}, "201610", True),
        ({}, "", True),  # the present month
        ({"clearing__rules__max_delay_months": 2}, "201610", True),
        ({"clearing__rules__year_close_month": 3}, "201610", True),
    ],
)
def test_an_answer_names_a_month_that_takes_it_up(
    matter_of: Any, make_play: Any, rules: dict[str, int], month: str, taken: bool
) -> None:
    matter = matter_of(make_play(**rules))
    matter.opened()
    ruling = Ruling(matter.row.setl_id, "corrected", -6_000)
    found = matter.act(AnswerTicket("T1", "corrected", "经核查属实", (ruling,), month), at=NANJING)
    assert isinstance(found, Ticket) is taken
    assert taken or found == ("month_not_open", month)
