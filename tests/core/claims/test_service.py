"""How long a claim may take."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.claims.service import NORMAL, SMALL, SPECIAL, OnTime, Service, on_time, promised
from simulator.core.values.calendar import DueDay, WorkCalendar

CITY = "320300"
THREE = {
    "claims__service__small_below": 100_000,
    "claims__service__small_workdays": 5,
    "claims__service__normal_workdays": 10,
    "claims__service__special_workdays": 20,
}
PLAIN = WorkCalendar(dt.date(2016, 1, 1), dt.date(2016, 12, 31), frozenset(), frozenset())


@pytest.fixture
def promise(paper: Any, make_pack: Any) -> Any:
    def made(bill: int = 200_000, complete: dt.date = dt.date(2016, 10, 10), **changes: Any) -> Service:
        return promised(make_pack(**THREE), PLAIN, CITY, paper.dossier(**changes), bill=bill, complete=complete)

    return made


@pytest.mark.parametrize(("bill", "kind"), [(99_999, SMALL), (100_000, NORMAL), (100_001, NORMAL)])
def test_a_small_bill_is_below_the_line(promise: Any, bill: int, kind: str) -> None:
    assert promise(bill, care="outpatient").kind == kind


def test_small_is_a_single_outpatient_bill(promise: Any) -> None:
    assert promise(99_999).kind == NORMAL  # a stay
    assert promise(99_999, care="pharmacy").kind == SMALL
    assert promise(99_999, care="outpatient", invoices=("A", "B")).kind == NORMAL


def test_a_special_case_is_special_whatever_its_bill(promise: Any) -> None:
    assert promise(99_999, care="outpatient", special=True) == Service(SPECIAL, 20, DueDay(dt.date(2016, 11, 7), False))


def test_a_pack_with_one_time_knows_no_kinds(paper: Any, pack: Any) -> None:
    day = dt.date(2016, 10, 10)
    for changes in ({"special": True}, {"care": "outpatient"}, {}):
        found = promised(pack, PLAIN, CITY, paper.dossier(**changes), bill=1, complete=day)
        assert found == Service(NORMAL, 20, DueDay(dt.date(2016, 11, 7), False))


def test_a_deadline_beyond_the_calendar_is_provisional(promise: Any) -> None:
    assert promise(complete=dt.date(2016, 12, 26)).due == DueDay(dt.date(2017, 1, 9), True)


def test_the_share_on_time() -> None:
    due, late = DueDay(dt.date(2016, 10, 24), False), DueDay(dt.date(2016, 10, 24), True)
    cases = [
        (Service(NORMAL, 10, due), dt.date(2016, 10, 24)),
        (Service(NORMAL, 10, late), dt.date(2016, 10, 25)),
    ]
    assert on_time(cases) == OnTime(2, 1, 1)
    assert on_time([]) == OnTime(0, 0, 0)
