"""Settlement rows: their years and days."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.invariants import settled_once
from simulator.core.visits.facts import Billed
from simulator.core.visits.rows import days_by_year, portions

from .playing import Clinic, Pharmacy


@pytest.mark.parametrize(
    ("begin", "end", "days"),
    [
        (dt.date(2016, 1, 1), dt.date(2016, 12, 31), ()),
        (dt.date(2016, 12, 31), dt.date(2017, 1, 1), ((2016, 1), (2017, 1))),
        (dt.date(2016, 12, 30), dt.date(2017, 1, 1), ((2016, 2), (2017, 1))),
        (dt.date(2015, 12, 31), dt.date(2017, 1, 2), ((2015, 1), (2016, 366), (2017, 2))),
        (dt.date(2017, 1, 1), dt.date(2016, 1, 1), ()),
    ],
)
def test_the_days_of_a_stay_by_year(begin: dt.date, end: dt.date, days: tuple[tuple[int, int], ...]) -> None:
    assert days_by_year(begin, end) == days


@pytest.fixture
def row(play: Any) -> Any:
    stay = play.stay().settled()
    return play.insured.insured.visits.find(stay.mdtrt_id).settlement


def test_a_row_belongs_to_the_year_of_its_day(row: Any) -> None:
    (only,) = portions(row, Billed())
    assert (only.year, only.shares, only.burden, only.counts) == (2016, row.shares, row.inputs.burden, True)
    (later,) = portions(row, Billed(later=True))
    assert not later.counts


@pytest.mark.parametrize("days", [(1, 1), (2, 1), (1, 365, 7), (200, 3, 90, 11)])
@pytest.mark.parametrize("amount", [0, 1, 2, 100, 25_886, 999_999_999])
def test_the_parts_of_a_split_row_sum_to_the_whole_and_mirror(row: Any, days: tuple[int, ...], amount: int) -> None:
    inputs = row.inputs._replace(burden=amount)
    row = row._replace(shares=row.shares._replace(hifp_pay=amount), inputs=inputs)
    billed = Billed(years=tuple(enumerate(days, 2016)))
    parts, mirrored = list(portions(row, billed)), list(portions(row.cancelled("R1", row.at), billed))
    assert sum(part.shares.hifp_pay for part in parts) == sum(part.burden for part in parts) == amount
    assert [part.counts for part in parts] == [False] * (len(days) - 1) + [True]
    assert [part.shares.hifp_pay for part in mirrored] == [-part.shares.hifp_pay for part in parts]
    assert [part.year for part in parts] == list(range(2016, 2016 + len(days)))


def test_rows_say_which_part_or_batch_they_are_about(make_town: Any) -> None:
    play = make_town()
    stay = play.stay("worker")
    stay.admit(), stay.upload_bill()
    request = stay.desk.settle
    for number in (1, 2):
        bill = stay.bill if number == 1 else 0
        reply = play.ask(request(play.tick(), "2304", stay.person, stay.mdtrt_id, bill, use_account=False, part=True))
        assert reply.succeeded
    stay.discharge()
    assert play.ask(request(play.tick(), "2304", stay.person, stay.mdtrt_id, 0, use_account=False)).succeeded
    visit = Clinic(play).seen()
    visit.settle()
    shop = Pharmacy(play)
    shop.buy()
    for role in (play.treatment.treatment, play.insured.insured):
        rows = [[bill.row for bill in role.visits.find(each.mdtrt_id).bills.values()] for each in (stay, visit, shop)]
        assert [[row.batch for row in mine] for mine in rows] == [["+1", "+2", ""], ["B1"], [""]]
        every = [row for mine in rows for row in mine]
        assert settled_once(every)
        assert not settled_once([*every, every[1]])
