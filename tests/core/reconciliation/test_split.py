"""The monthly split (异地清分): 3260 extracts, 3261 confirms, 3262 rolls back, until clearing is applied for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.platform.node import Answered
from simulator.core.reconciliation.split import SplitConfirmed

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
MONTH = "2016-10"


class Counter:
    """The hospital at its counter, after the close of October."""

    def __init__(self, bench: Any) -> None:
        self.bench, self.play, self.desk = bench, bench.play, bench.play.desk
        self.split = bench.play.treatment.split

    def ask(self, message: Any) -> Any:
        reply = self.play.ask(message)
        self.bench.check_messages()
        return reply

    def extract(self, startrow: int = 1, month: str = MONTH) -> Any:
        return self.ask(self.desk.extract_split(self.play.tick(), month, startrow))

    def rows(self) -> list[Any]:
        """All rows, page after page until one is short."""
        found: list[Any] = []
        while len(found) % 100 == 0:
            page = self.extract(len(found) + 1).rows("data")
            found += page
            if not page:
                break
        return found

    def confirm(self, rows: list[Any], left_out: tuple[str, ...] = ()) -> Any:
        return self.ask(self.desk.confirm_split(self.play.tick(), MONTH, rows, left_out=left_out))

    def roll_back(self, number: str = "0") -> Any:
        return self.ask(self.desk.roll_back_split(self.play.tick(), MONTH, number))

    def states(self, rows: list[Any]) -> list[str]:
        return [self.split.state(row["setl_sn"]) for row in rows]


@pytest.fixture
def october(bench: Any) -> Any:
    """October with visitors' settlements, closed on the 3rd of November; make more with ``plant`` before ``close``."""
    bench.play.stay("local").settled()
    bench.play.stay().settled()
    cancelled = bench.play.stay("worker").settled()
    cancelled.about("2305")
    return bench


def closed(bench: Any) -> Counter:
    day = dt.date(2016, 10, 10)
    while day < dt.date(2016, 11, 1):
        bench.at(day.isoformat(), 23).report()
        day += dt.timedelta(days=1)
    assert bench.at("2016-11-03").close() == ("", "", "")
    assert bench.play.treatment.reconciliation.month_closed(MONTH)
    return Counter(bench)


def test_the_visitors_settlements_of_a_closed_month_are_extracted(october: Any) -> None:
    assert Counter(october).extract().infcode == -214
    counter = closed(october)
    rows = counter.rows()
    assert [row["seqno"] for row in rows] == [1, 2, 3]
    assert [row["optins_pay_sumamt"] for row in rows] == [1_646_010, 1_336_188, -1_336_188]
    first = rows[0]
    assert (first["certno"], first["fulamt_advpay_flag"], first["mdtrtarea"]) == ("CERT1", "0", NANJING)
    assert first["setl_sn"].startswith("A320399161010")
    assert first["mdtrt_id"].startswith("S320199161010")
    assert first["mdtrt_setl_time"].startswith("2016-10-10 09:00")
    other = october.play.net.desks["H32019900002"]
    assert october.play.ask(other.extract_split(october.play.tick(), MONTH)).rows("data") == ()
    assert counter.extract(month="2016-09").infcode == -214


@pytest.mark.parametrize(("count", "pages"), [(99, [99, 0]), (100, [100, 0]), (101, [100, 1])])
def test_pages_have_a_hundred_rows_and_a_short_one_ends_them(october: Any, count: int, pages: list[int]) -> None:
    row = october.row_of_day(XUZHOU, "2016-10-10")
    for number in range(1, count - 2):
        october.plant(row, number)
    counter = closed(october)
    assert [len(counter.extract(start).rows("data")) for start in (1, 101)] == pages
    rows = counter.rows()
    assert [row["seqno"] for row in rows] == list(range(1, count + 1))
    assert len({row["setl_sn"] for row in rows}) == count


def test_rows_are_confirmed_or_declined_and_then_not_extracted_again(october: Any) -> None:
    counter = closed(october)
    rows = counter.rows()
    assert counter.states(rows) == ["open"] * 3
    assert counter.confirm(rows, left_out=(rows[0]["setl_sn"],)).succeeded
    assert counter.states(rows) == ["declined", "confirmed", "confirmed"]
    assert counter.extract().infcode == -216
    assert counter.confirm(rows[:1]).succeeded  # a declined row may still be taken in
    assert counter.states(rows) == ["confirmed"] * 3
    assert counter.confirm(rows[:1]).infcode == -217
    assert [row.setl_id for row in counter.split.confirmed_rows(MONTH)] == [row["setl_sn"] for row in rows]
    totals = counter.split.confirmed_totals(MONTH)
    assert totals == {((NANJING, XUZHOU), "310", "21"): (1, 1_854_575, 1_346_010, 300_000)}
    assert counter.split.confirmed_rows("2016-09") == ()


@pytest.mark.parametrize(
    "field", ["certno", "mdtrt_id", "mdtrt_setl_time", "medfee_sumamt", "optins_pay_sumamt", "setl_sn"]
)
def test_one_row_that_is_another_refuses_all(october: Any, field: str) -> None:
    counter = closed(october)
    rows = counter.rows()
    wrong = {**rows[0], field: rows[0][field] - 1 if isinstance(rows[0][field], int) else "2016-10-10 09:00:00"}
    before = len(october.facts(SplitConfirmed))
    assert counter.confirm([rows[1], wrong]).infcode == -217
    assert counter.states(rows) == ["open"] * 3
    assert len(october.facts(SplitConfirmed)) == before


def test_the_same_confirmation_twice_is_one(october: Any) -> None:
    counter = closed(october)
    asked = counter.desk.confirm_split(counter.play.tick(), MONTH, counter.rows())
    first = counter.ask(asked)
    assert counter.ask(asked) == first
    assert len(october.facts(SplitConfirmed)) == 1


def test_a_confirmation_is_taken_back_by_the_number_of_its_answer(october: Any) -> None:
    counter = closed(october)
    rows = counter.rows()
    first, second = counter.confirm(rows[:1]), counter.confirm(rows[1:])
    assert counter.roll_back("320100").infcode == -218
    assert counter.roll_back(first.head["inf_refmsgid"]).succeeded
    assert counter.states(rows) == ["rolled_back", "confirmed", "confirmed"]
    assert counter.extract().infcode == -216
    assert counter.roll_back(first.head["inf_refmsgid"]).succeeded  # a second time is harmless
    assert counter.roll_back(second.head["inf_refmsgid"]).succeeded
    assert counter.states(rows) == ["rolled_back"] * 3
    assert len(counter.rows()) == 3
    assert counter.confirm(rows).succeeded
    assert counter.states(rows) == ["confirmed"] * 3


def test_taking_back_a_refusal_leaves_a_later_confirmation(october: Any) -> None:
    counter = closed(october)
    rows = counter.rows()
    declined = counter.confirm(rows, left_out=(rows[0]["setl_sn"],))
    left = [row for row in rows if counter.split.state(row["setl_sn"]) != "confirmed"]
    later = counter.confirm(left)
    assert later.succeeded
    assert counter.roll_back(declined.head["inf_refmsgid"]).succeeded
    assert counter.split.state(rows[0]["setl_sn"]) == "confirmed"
    assert counter.states(rows[1:]) == ["rolled_back"] * 2
    assert counter.roll_back(later.head["inf_refmsgid"]).succeeded
    assert counter.split.state(rows[0]["setl_sn"]) == "rolled_back"


def test_taking_back_a_confirmation_leaves_an_earlier_refusal(october: Any) -> None:
    counter = closed(october)
    rows = counter.rows()
    counter.confirm(rows, left_out=(rows[0]["setl_sn"],))
    later = counter.confirm(rows[:1])
    assert counter.roll_back(later.head["inf_refmsgid"]).succeeded
    assert counter.split.state(rows[0]["setl_sn"]) == "declined"


def test_a_row_is_confirmed_once_in_a_message(october: Any) -> None:
    counter = closed(october)
    rows = counter.rows()
    unknown = counter.confirm([{**rows[0], "setl_sn": "A1"}]).infcode
    twice = counter.desk.confirm_split(counter.play.tick(), MONTH, [rows[0], rows[0]])  # the schema refuses it too
    assert counter.play.ask(twice).infcode == unknown < 0


def test_nought_takes_back_every_confirmation_of_ones_own_month(october: Any) -> None:
    row = october.row_of_day(XUZHOU, "2016-10-10")
    october.plant(row._replace(hospital="H32019900002"), 1)
    counter = closed(october)
    rows = counter.rows()
    other = october.play.net.desks["H32019900002"]
    theirs = october.play.ask(other.extract_split(october.play.tick(), MONTH)).rows("data")
    assert october.play.ask(other.confirm_split(october.play.tick(), MONTH, theirs)).succeeded
    counter.confirm(rows[:1])
    counter.confirm(rows[1:])
    assert counter.roll_back().succeeded
    assert counter.states(rows) == ["rolled_back"] * 3
    assert counter.states(theirs) == ["confirmed"]
    assert counter.roll_back().succeeded


@pytest.mark.parametrize("side", [NANJING, XUZHOU])
def test_a_row_that_was_set_right_is_extracted_once_as_it_is_right(october: Any, side: str) -> None:
    stay = october.play.stay("resident").settled()
    right = october.row(XUZHOU, stay.setl_id)
    shares = right.shares._replace(acct_pay=1, psn_cash_pay=right.shares.psn_cash_pay - 1)
    october.spoil(side, right, right._replace(shares=shares))
    october.report()
    assert october.correct(side) == [""]
    counter = closed(october)
    rows = counter.rows()
    assert [row["setl_sn"] for row in rows].count(stay.setl_id) == 1
    assert len(rows) == 4
    assert counter.confirm(rows).succeeded
    assert counter.split.confirmed_totals(MONTH)[(NANJING, XUZHOU), "390", "21"].cleared == right.shares.cleared


def test_nothing_changes_once_clearing_is_applied_for(october: Any) -> None:
    counter = closed(october)
    rows = counter.rows()
    confirmed = counter.confirm(rows[:1])
    counter.split._applied = lambda month: month == MONTH
    assert counter.confirm(rows[1:]).infcode == -219
    assert counter.roll_back(confirmed.head["inf_refmsgid"]).infcode == -219
    assert counter.states(rows) == ["confirmed", "open", "open"]


def test_an_open_month_is_not_confirmed(october: Any) -> None:
    counter = Counter(october)
    row = {"certno": "C", "mdtrt_id": "S", "mdtrt_setl_time": "2016-10-10 09:00:00", "setl_sn": "A"}
    assert counter.confirm([{**row, "medfee_sumamt": 1, "optins_pay_sumamt": 1}]).infcode == -214


def test_months_are_kept_as_long_as_clearing_can_wait(october: Any) -> None:
    counter = closed(october)
    rows = counter.rows()
    counter.confirm(rows)
    counter.split.drop_before("2016-12-31")
    assert counter.states(rows) == ["confirmed"] * 3
    assert len(counter.split.confirmed_rows(MONTH)) == 3
    counter.split.drop_before("2017-01-01")
    assert counter.states(rows) == ["open"] * 3
    assert counter.split.confirmed_rows(MONTH) == ()
    assert counter.rows() == []
    assert not counter.split._certificates


def test_a_row_whose_certificate_was_never_said_bears_the_persons_number(october: Any) -> None:
    row = october.row_of_day(XUZHOU, "2016-10-10")
    counter = Counter(october)
    counter.split._certificates.clear()
    counter = closed(october)
    assert counter.rows()[0]["certno"] == row.psn_no
    assert october.facts(Answered)
