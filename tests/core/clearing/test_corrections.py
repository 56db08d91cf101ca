"""What a reconciliation sets right after money has moved: applied for, paid, claimed, or in a month that is closed."""

from __future__ import annotations

import datetime as dt
from typing import Any
from unittest.mock import patch

import pytest

from simulator.core.clearing import actions as do
from simulator.core.clearing.facts import InstitutionPaid
from simulator.core.clearing.months import first_day, last_day
from simulator.core.reconciliation.results import days_of
from simulator.core.reconciliation.totals import Totals, sum_of, totals_of_row

from ..reconciliation.conftest import Bench

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
HOSPITAL = "H32019900001"
SEPTEMBER, OCTOBER = "2016-09", "2016-10"
BILL = 1_646_010  # of the retired person, cleared
WORKER = 1_336_188


class Month:
    """The last days of September 2016, reconciled day by day but for the 29th, on which something goes wrong."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.play = bench, bench.play
        self.rows = self.play.treatment.clearing.rows
        bench.at("2016-09-28")
        self.resident = self.play.stay("resident").settled()
        for day in ("2016-09-28", "2016-09-30"):
            bench.at(day, 22).report()
        bench.at("2016-09-29")

    def settled_wrong(self, fen: int) -> Any:
        """A stay whose settlement the treatment city alone books higher by so much (account for cash)."""
        role, stay = self.play.treatment.treatment, self.play.stay("retired")
        for step in (stay.admit, stay.upload_bill, stay.discharge):
            assert step().succeeded
        right = role.append

        def append(turn: Any, visit: Any, row: Any, active: Any, *rest: Any) -> Any:
            shares = row.shares._replace(acct_pay=row.shares.acct_pay + fen, psn_cash_pay=row.shares.psn_cash_pay - fen)
            wrong = row._replace(shares=shares)
            return right(turn, visit, wrong, wrong if active is row else active, *rest)

        with patch.object(role, "append", append):
            assert stay.settle().succeeded
        self.bench.at("2016-09-29", 22).report()
        return stay

    def applies(self, month: str) -> str:
        """The hospital applies for what the city has of it and no application covers."""
        items = self.rows.not_applied(HOSPITAL, month, "21")
        sums: Totals = sum_of(totals_of_row(item.row) for item in items)
        asked = self.play.desk.apply_clearing(self.play.tick(), first_day(month), last_day(month), "21", sums)
        reply = self.play.ask(asked)
        assert reply.succeeded, reply.head["err_msg"]
        return str(reply.block("result")["clr_appy_evt_id"])

    def pays(self, month: str) -> None:
        self.applies(month)
        self.bench.act(NANJING, do.PayInstitutions(month))

    def claims(self, month: str) -> int:
        """The city applies for a month; return what it claims."""
        assert not self.bench.act(NANJING, do.ApplyClearing(month))
        reply = [each for *_, each in self.play.relay.hops if each.infno == "C101" and each.is_reply][-1]
        assert reply.succeeded, reply.head["err_msg"]
        return sum(row.sums.claimed for row in self.play.treatment.clearing.member.applications[month].rows)

    def confirmed(self, city: str) -> None:
        """September's sheet is made, and a city confirms it."""
        number = f"QSD{PROVINCE}201609"
        self.bench.act(PROVINCE, do.MakeSheet(SEPTEMBER))
        for department in "1234":
            self.bench.act(city, do.Stamp(number, department))
        assert self.bench.act(city, do.Confirm(number)) == ""

    def closed(self, month: str = SEPTEMBER) -> None:
        assert self.bench.close(month) == ("", "", "")

    def owed(self) -> int:
        """What the city has booked as owed to the hospital."""
        return -int(self.play.treatment.books.balance("payable", HOSPITAL))


@pytest.fixture
def month(make_play: Any) -> Month:
    return Month(Bench(make_play(clearing__rules__max_delay_months=2, clearing__rules__seals=("经办机构",))))


# -- in the open month ------------------------------------------------------------------------------------------


def test_a_bill_struck_after_its_hospital_applied_is_not_paid(month: Month) -> None:
    month.bench.lose(XUZHOU, PROVINCE)
    month.bench.at("2016-09-29", 22).report()
    month.bench.at("2016-10-01")
    event = month.applies(SEPTEMBER)
    assert month.bench.at("2016-10-02").correct(NANJING) == [""]
    assert [item.row.setl_id for item in month.rows.covered(event)] == [month.resident.setl_id]
    assert month.play.ask(month.play.desk.withdraw_application(month.play.tick(), event)).succeeded
    month.pays(SEPTEMBER)
    assert month.owed() == 0


def test_a_bill_struck_after_it_was_paid_comes_off_the_next_payment(month: Month) -> None:
    month.bench.lose(XUZHOU, PROVINCE)
    month.bench.at("2016-09-29", 22).report()
    month.bench.at("2016-10-01")
    month.pays(SEPTEMBER)
    assert month.bench.at("2016-10-02").correct(NANJING) == [""]
    assert month.owed() == -BILL
    month.bench.at("2016-10-10")
    month.play.stay("worker").settled()
    month.bench.at("2016-11-02")
    month.pays(OCTOBER)
    assert month.owed() == WORKER - BILL  # nothing to transfer: the rest comes off the payment after
    assert sum(line.amount for line in month.rows.rest[HOSPITAL]) == WORKER - BILL
    assert month.claims(SEPTEMBER) == month.rows.find(month.resident.setl_id).cleared


@pytest.mark.parametrize("fen", [500, -500])
def test_a_bill_set_right_after_it_was_paid_is_paid_once(month: Month, fen: int) -> None:
    stay = month.settled_wrong(fen)
    month.bench.at("2016-10-01")
    month.pays(SEPTEMBER)
    assert month.bench.at("2016-10-02").correct(NANJING) == [""]
    assert month.rows.not_applied(HOSPITAL, SEPTEMBER, "21") == ()
    assert month.owed() == -fen
    assert month.rows.find(stay.setl_id).cleared == BILL + fen  # as it was paid; the difference is a change
    month.bench.at("2016-10-10")
    month.play.stay("worker").settled()
    month.bench.at("2016-11-02")
    month.pays(OCTOBER)
    assert month.owed() == 0
    assert month.bench.facts(InstitutionPaid)[-1].voucher.amount == WORKER - fen


def test_a_bill_set_right_before_it_was_paid_takes_its_place(month: Month) -> None:
    stay = month.settled_wrong(500)
    month.bench.at("2016-10-01")
    event = month.applies(SEPTEMBER)
    assert month.bench.at("2016-10-02").correct(NANJING) == [""]
    assert [item.cleared for item in month.rows.covered(event) if item.row.setl_id == stay.setl_id] == [BILL]
    month.bench.act(NANJING, do.PayInstitutions(SEPTEMBER))
    assert month.owed() == 0
    assert not month.rows.changes


# -- in a month that is closed ----------------------------------------------------------------------------------


@pytest.mark.parametrize("fen", [500, -500])
def test_a_bill_set_right_late_is_claimed_with_the_month_it_is_of(month: Month, fen: int) -> None:
    """The row is of October by its date; the other side, and the province's log, have had it right since September."""
    month.settled_wrong(fen)
    month.bench.at("2016-10-09", 22).report()
    month.closed()
    assert month.bench.at("2016-10-10").correct(NANJING) == [""]
    month.bench.report()
    month.bench.at("2016-10-12")
    month.pays(SEPTEMBER)
    assert month.owed() == 0
    assert month.claims(SEPTEMBER) == month.play.treatment.books.balance("receivable", XUZHOU)


def test_a_bill_set_right_after_it_was_claimed_is_made_good_with_the_next_month(month: Month) -> None:
    month.settled_wrong(-500)
    month.bench.at("2016-10-09", 22).report()
    month.closed()
    month.bench.at("2016-10-10")
    month.pays(SEPTEMBER)
    first = month.claims(SEPTEMBER)
    month.confirmed(NANJING)
    assert month.bench.correct(NANJING) == [""]
    month.bench.report()
    month.play.stay("worker").settled()
    month.bench.at("2016-11-03")
    month.pays(OCTOBER)
    assert month.claims(OCTOBER) == WORKER + 500
    assert first == BILL - 500 + month.rows.find(month.resident.setl_id).cleared
    assert month.play.treatment.books.balance("receivable", XUZHOU) == WORKER + 500


def test_a_bill_held_too_high_does_not_stop_the_others(month: Month) -> None:
    """Nobody has set it right yet: a claim of it would be more than the province has logged, and be refused."""
    month.settled_wrong(500)
    month.bench.at("2016-10-09", 22).report()
    month.closed()
    month.bench.at("2016-10-10")
    month.pays(SEPTEMBER)
    assert month.claims(SEPTEMBER) == month.rows.find(month.resident.setl_id).cleared


def test_a_row_set_right_late_can_be_confirmed_in_its_new_month(month: Month) -> None:
    """September is confirmed (3261), wrong row and all; October's list has the row that sets it right."""
    stay, desk = month.settled_wrong(500), month.play.desk
    month.bench.at("2016-10-09", 22).report()
    month.closed()
    listed = month.play.ask(desk.extract_split(month.play.tick(), SEPTEMBER)).rows("data")
    assert month.play.ask(desk.confirm_split(month.play.tick(), SEPTEMBER, listed)).succeeded
    month.bench.at("2016-10-10").correct(NANJING)
    for day in days_of(OCTOBER):
        month.bench.at(max(day, "2016-10-10"), 23).report(dt.date.fromisoformat(day))
    month.bench.at("2016-11-03")
    month.closed(OCTOBER)
    listed = month.play.ask(desk.extract_split(month.play.tick(), OCTOBER)).rows("data")
    split = month.play.treatment.split
    assert (split.state(stay.setl_id), split.state(stay.setl_id, OCTOBER)) == ("confirmed", "open")
    assert month.play.ask(desk.confirm_split(month.play.tick(), OCTOBER, listed)).succeeded
    assert split.state(stay.setl_id, OCTOBER) == "confirmed"


@pytest.mark.parametrize("late", [XUZHOU, NANJING, PROVINCE])
def test_a_bill_one_side_enters_late_is_cleared_with_the_month_it_is_of(month: Month, late: str) -> None:
    """Whoever has forgotten it books it in October; September's sheet holds it, and 徐州 confirms it."""
    month.bench.lose(late)
    month.bench.at("2016-09-29", 22).report()
    month.bench.at("2016-10-09", 22).report()
    for code in (NANJING, XUZHOU):
        node = month.play.treatment if code == NANJING else month.play.insured
        node.reconciliation._closed.add(SEPTEMBER)
    month.play.province.reconciliation._closing._closed |= {(NANJING, SEPTEMBER), (XUZHOU, SEPTEMBER)}
    assert month.bench.at("2016-10-10").correct(late) == [""]
    month.pays(SEPTEMBER)
    assert month.claims(SEPTEMBER) == BILL + month.rows.find(month.resident.setl_id).cleared
    month.confirmed(XUZHOU)
    assert month.play.insured.clearing.member.case(f"QSD{PROVINCE}201609").state == "confirmed"
