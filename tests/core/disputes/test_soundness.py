"""What a dispute and its answer must be."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.disputes.soundness import MOST_ROWS, doubts_of, sound
from simulator.core.disputes.ticket import InDoubt, Ruling
from simulator.core.platform.refusals import Refused

XUZHOU = "320300"


def nothing_else(setl_id: str) -> int:
    """No other ticket has corrected the settlement."""
    return 0


def refused(given: tuple[InDoubt, ...]) -> tuple[object, ...]:
    with pytest.raises(Refused) as caught:
        doubts_of("T1", XUZHOU, given)
    assert caught.value.name == "case_unclear"
    return caught.value.found[1:]


def test_a_doubt_keeps_what_the_treatment_city_must_know(matter: Any) -> None:
    (doubt,) = doubts_of("T1", XUZHOU, (InDoubt(matter.row, 60_000),))
    assert (doubt.setl_id, doubt.hospital, doubt.area) == (matter.row.setl_id, "H32019900001", "320399")
    assert (doubt.bill, doubt.cleared, doubt.amount) == (1_854_575, 1_646_010, 60_000)
    assert doubts_of("T1", XUZHOU, ()) == ()


def test_one_ticket_is_about_one_place_and_one_month(matter: Any) -> None:
    row = matter.row
    elsewhere = row._replace(treatment_city="320500")
    later = row._replace(at=row.at + dt.timedelta(days=30))
    for other in (elsewhere, later):
        assert refused((InDoubt(row, 1), InDoubt(other, 1))) == ("settlements",)
    assert refused((InDoubt(row, 1),) * (MOST_ROWS + 1)) == ("settlements",)
    assert len(doubts_of("T1", XUZHOU, (InDoubt(row, 1),) * MOST_ROWS)) == MOST_ROWS


@pytest.mark.parametrize("change", [{"insured_city": "320500"}, {"kind": "manual"}, {"refund": True}])
def test_only_a_direct_settlement_of_the_city_is_in_doubt(matter: Any, change: dict[str, Any]) -> None:
    assert refused((InDoubt(matter.row._replace(**change), 1),)) == (matter.row.setl_id,)


@pytest.mark.parametrize("amount", [-1, 1_854_576])
def test_no_more_is_in_doubt_than_the_bill(matter: Any, amount: int) -> None:
    assert refused((InDoubt(matter.row, amount),)) == ("amount",)


def test_what_changes_the_books_names_a_month(matter: Any) -> None:
    ticket = matter.opened()
    setl_id = matter.row.setl_id
    answer = ticket._replace(outcome="corrected", rulings=(Ruling(setl_id, "corrected", 5_000),))
    with pytest.raises(Refused, match="month"):
        sound(ticket, answer, nothing_else)
    for month in ("201613", "201600", "16-11", "2016111"):
        with pytest.raises(Refused, match="month"):
            sound(ticket, answer._replace(adjust_month=month), nothing_else)
    sound(ticket, answer._replace(adjust_month="201611"), nothing_else)
    booked = ticket._replace(booked=((setl_id, -60_000),))
    explained = booked._replace(outcome="explained", rulings=(Ruling(setl_id, "explained"),))
    with pytest.raises(Refused, match="month"):
        sound(booked, explained, nothing_else)


@pytest.mark.parametrize(
    ("adjust", "elsewhere", "sound_one"),
    [
        (-1_646_010, 0, True),
        (-1_646_011, 0, False),
        (208_565, 0, True),  # the whole bill of 18,545.75
        (208_566, 0, False),
        (-1_600_000, -60_000, False),  # what another ticket took off is gone already
        (-1_586_010, -60_000, True),
        (268_565, -60_000, True),
    ],
)
def test_what_is_cleared_in_the_end_lies_between_nothing_and_the_bill(
    matter: Any, adjust: int, elsewhere: int, sound_one: bool
) -> None:
    ticket = matter.opened()
    rulings = (Ruling(matter.row.setl_id, "corrected", adjust),)
    answer = ticket._replace(outcome="corrected", rulings=rulings, adjust_month="201610")
    if sound_one:
        sound(ticket, answer, lambda setl_id: elsewhere)
    else:
        with pytest.raises(Refused, match="adjustment_too_large"):
            sound(ticket, answer, lambda setl_id: elsewhere)
