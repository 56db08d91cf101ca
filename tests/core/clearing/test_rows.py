"""Which settlements can be claimed, and with what."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.clearing import actions as do
from simulator.core.clearing.facts import Held, InstitutionPaid, SetAside
from simulator.core.disputes.ticket import Adjusted, AnswerTicket, InDoubt, OpenTicket
from simulator.core.reconciliation.compare import Mismatch
from simulator.core.reconciliation.facts import Corrected, DayCompared, MonthClosed
from simulator.core.reconciliation.split import SplitConfirmed
from simulator.core.visits.facts import TREATMENT, Settled

NANJING, XUZHOU, SUZHOU, PROVINCE = "320100", "320300", "320500", "320000"
FIRST, SECOND = "H32019900001", "H32019900002"
MONTH, TODAY = "2023-09", dt.date(2023, 10, 12)


def adjust(bench: Any, row: Any, amount: int, month: str = "202309") -> None:
    bench.fold(NANJING, Adjusted("T1", row.setl_id, month, NANJING, row.insured_city, amount))


def amounts(found: Any) -> list[tuple[str, str, int]]:
    return [(row.area, row.month, row.sums.claimed) for row in found.rows]


@pytest.fixture
def rows(bench: Any) -> Any:
    return bench.city(NANJING).rows


def test_nothing_is_claimed_before_its_institution_was_paid(bench: Any, rows: Any) -> None:
    bench.settle(FIRST, "320399", 1_000)
    bench.settle(SECOND, "320399", 50)
    bench.settle(FIRST, "320199", 7)
    bench.on("2023-10-09")
    assert rows.claims(MONTH, TODAY).rows == ()
    assert bench.apply_3203(FIRST, MONTH).succeeded
    assert rows.claims(MONTH, TODAY).rows == ()
    bench.act(NANJING, do.PayInstitutions(MONTH))
    (row,) = rows.claims(MONTH, TODAY).rows  # the local bill is claimed of nobody
    assert (row.insured, row.sums.claimed, row.paid_on) == (XUZHOU, 1_000, dt.date(2023, 10, 9))


def test_a_row_of_the_application_is_paid_for_when_its_last_bill_is(bench: Any, rows: Any) -> None:
    bench.settle(FIRST, "320399", 1_000)
    bench.settle(SECOND, "320399", 50)
    for day, hospital in (("2023-10-09", FIRST), ("2023-10-11", SECOND)):
        bench.on(day).apply_3203(hospital, MONTH)
        bench.act(NANJING, do.PayInstitutions(MONTH))
    (row,) = rows.claims(MONTH, TODAY).rows
    assert (row.sums.claimed, row.paid_on) == (1_050, dt.date(2023, 10, 11))


def test_a_refund_goes_back_as_soon_as_the_sheet_of_its_settlement_stands(bench: Any, rows: Any) -> None:
    """Nothing has to be paid first; but what was only applied for may yet be left out of its sheet."""
    row = bench.settle(FIRST, "320399", 1_000, at="2023-08-30")
    bench.on("2023-09-11").sheet("2023-08")
    bench.cancel(row, "2023-09-12")
    assert rows.claims(MONTH, TODAY).items == ()
    for city in bench.registry.cities:
        bench.confirm(city, bench.number("2023-08"))
    found = rows.claims(MONTH, TODAY)
    assert amounts(found) == [("320399", MONTH, -1_000)]
    assert found.rows[0].paid_on == TODAY  # nothing had to be paid first
    assert found.items == (f"{row.setl_id}R",)


def test_what_was_declined_or_held_back_is_left_out(bench: Any, rows: Any) -> None:
    settled = [bench.settle(FIRST, "320399", amount) for amount in (1_000, 200, 30)]
    bench.on("2023-10-09")
    bench.pay_institutions(MONTH)
    flags = ((settled[0].setl_id, True), (settled[1].setl_id, False))
    bench.fold(NANJING, SplitConfirmed("1", FIRST, MONTH, flags))
    assert amounts(rows.claims(MONTH, TODAY)) == [("320399", MONTH, 1_030)]
    bench.act(NANJING, do.Exclude((settled[0].setl_id,)))
    assert amounts(rows.claims(MONTH, TODAY)) == [("320399", MONTH, 30)]


def test_where_the_pack_says_so_only_what_is_confirmed_and_level_is_claimed(make_bench: Any) -> None:
    bench = make_bench({"clearing.rules.reconciled_first": True})
    settled = [bench.settle(FIRST, "320399", amount) for amount in (1_000, 200)]
    bench.on("2023-10-09")
    bench.pay_institutions(MONTH)
    bench.fold(NANJING, SplitConfirmed("1", FIRST, MONTH, ((settled[0].setl_id, True),)))
    assert bench.act(NANJING, do.ApplyClearing(MONTH)).startswith("not_level_yet")
    bench.fold(NANJING, MonthClosed(NANJING, MONTH, dt.date(2023, 10, 9)))
    assert not bench.act(NANJING, do.ApplyClearing(MONTH))
    (asked,) = bench.requests("C101")
    assert asked.block("data")["fund_appy_sum"] == 1_000


def test_a_deduction_lowers_the_claim_of_its_bill(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000)
    bench.deduct(row, 300, "KK1")
    assert rows.claims(MONTH, TODAY).rows == ()  # with its bill, and that is not paid yet
    bench.on("2023-10-09")
    bench.pay_institutions(MONTH)
    (found,) = rows.claims(MONTH, TODAY).rows
    assert (found.sums.cleared, found.sums.deducted, found.sums.claimed) == (1_000, 300, 700)


def test_a_deduction_after_the_claim_goes_with_the_next_month(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000)
    bench.on("2023-10-09").stands(MONTH)
    bench.deduct(row, 300, "KK1")
    assert amounts(rows.claims("2023-10", dt.date(2023, 11, 9))) == [("320399", "2023-10", -300)]
    bench.deduct(row, -300, "KK2")  # given back; it waits until the institution has it
    assert amounts(rows.claims("2023-10", dt.date(2023, 11, 9))) == [("320399", "2023-10", -300)]


def test_a_corrected_application_takes_its_deductions_along(bench: Any, rows: Any) -> None:
    row, other = bench.settle(FIRST, "320399", 1_000), bench.settle(FIRST, "320599", 80)
    bench.deduct(row, 300, "KK1")
    bench.on("2023-10-09").apply(MONTH)
    assert rows.changes["KK1"].claim == "QS3201002023090001"
    bench.act(NANJING, do.Exclude((other.setl_id,)))
    assert not bench.act(NANJING, do.ApplyClearing(MONTH))
    assert rows.changes["KK1"].claim == "QS3201002023090002"
    bench.act(NANJING, do.Exclude((row.setl_id,)))
    bench.act(NANJING, do.Release((other.setl_id,)))
    assert not bench.act(NANJING, do.ApplyClearing(MONTH))
    assert rows.changes["KK1"].claim == ""  # a deduction stays with its bill
    (asked,) = [each for each in bench.requests("C101") if each.block("data")["clr_appy_evt_id"].endswith("3")]
    assert (asked.block("data")["fund_appy_sum"], asked.block("data")["ded_sumamt"]) == (80, 0)


def test_a_correction_frees_only_what_it_replaces(bench: Any, rows: Any) -> None:
    old, new = bench.settle(FIRST, "320399", 1_000, at="2023-08-10"), bench.settle(FIRST, "320399", 80)
    for row, number in ((old, "KK1"), (new, "KK2")):
        bench.deduct(row, 30, number)
    bench.on("2023-09-11").apply("2023-08")
    bench.on("2023-10-09").apply(MONTH)
    bench.act(NANJING, do.Exclude((new.setl_id,)))
    bench.act(NANJING, do.ApplyClearing(MONTH))
    assert (rows.changes["KK1"].claim, rows.changes["KK2"].claim) == ("QS3201002023080001", "")


def test_the_deduction_of_a_local_bill_is_nobodys_claim(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320199", 1_000)
    bench.deduct(row, 300, "KK1")
    bench.on("2023-10-09")
    bench.pay_institutions(MONTH)
    assert rows.claims(MONTH, TODAY).rows == ()


def test_a_correction_is_claimed_as_of_its_month_and_not_before(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000, cash=500)
    bench.on("2023-10-09").stands(MONTH)
    adjust(bench, row, -120, "202310")
    assert rows.claims(MONTH, TODAY).rows == ()
    (found,) = rows.claims("2023-10", dt.date(2023, 11, 9)).rows
    assert (found.month, found.sums.claimed, found.sums.cash, found.sums.medfee) == ("2023-10", -120, 120, 0)


def test_a_correction_upward_waits_until_the_institution_has_it(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000)
    bench.on("2023-10-09").stands(MONTH)
    adjust(bench, row, 120, "202310")
    assert rows.claims("2023-10", dt.date(2023, 11, 9)).rows == ()
    bench.settle(FIRST, "320399", 5, at="2023-10-20")
    bench.on("2023-11-06")
    bench.pay_institutions("2023-10")
    assert amounts(rows.claims("2023-10", dt.date(2023, 11, 9))) == [("320399", "2023-10", 125)]


def test_what_is_about_an_unknown_bill_or_another_city_changes_nothing(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000)
    adjust(bench, row._replace(setl_id="nobody"), 5)
    bench.fold(NANJING, Adjusted("T1", row.setl_id, "202309", XUZHOU, NANJING, 5))
    bench.fold(XUZHOU, Adjusted("T1", row.setl_id, "202309", NANJING, XUZHOU, 5))
    assert not rows.changes
    assert not bench.city(XUZHOU).rows.changes


def test_what_is_done_with_is_put_away_and_what_is_not_stays(bench: Any, rows: Any) -> None:
    """April is cleared but for one bill that was never paid; the bills of May are not old enough."""
    old, unpaid = (bench.settle(FIRST, "320399", fen, at="2023-04-30") for fen in (1_000, 70))
    local = bench.settle(FIRST, "320199", 7, at="2023-04-30")
    new = bench.settle(FIRST, "320399", 50, at="2023-05-01")
    bench.endow(10_000, XUZHOU)
    bench.act(NANJING, do.Exclude((unpaid.setl_id,)))
    bench.deduct(old, 10, "KK1")
    bench.on("2023-05-15").month("2023-04")
    rows.find(unpaid.setl_id).paid_on = None
    rows.drop_before("2023-08-31")
    assert rows.find(old.setl_id) is not None
    rows.drop_before("2023-09-15")
    assert [rows.find(row.setl_id) for row in (old, local)] == [None, None]
    assert [rows.find(row.setl_id).row for row in (unpaid, new)] == [unpaid, new]
    assert not rows.changes
    assert rows.not_applied(FIRST, "2023-05", "21") == (rows.find(new.setl_id),)
    bench.fold(NANJING, Held((old.setl_id,), True))
    rows.drop_before("2023-09-15")  # nothing more to put away
    assert set(rows._months) == {"2023-04", "2023-05"}


def test_a_deduction_on_a_bill_put_away_is_taken_with_the_next_payment_and_claim(bench: Any, rows: Any) -> None:
    """P75-50: what an audit takes off an old bill is not lost; so with a correction, and with a refund."""
    old, cancelled = (bench.settle(FIRST, "320399", fen, at="2023-04-30") for fen in (1_000, 70))
    bench.endow(10_000, XUZHOU)
    bench.on("2023-05-15").month("2023-04")
    rows.drop_before("2023-09-15")
    bench.on("2023-09-20").deduct(old, 100, "KK1")
    adjust(bench, old, -30, "202309")
    bench.cancel(cancelled, "2023-09-21")
    bench.settle(FIRST, "320399", 500, at="2023-09-15")
    bench.on("2023-10-09").pay_institutions(MONTH)
    assert bench.facts(InstitutionPaid)[-1].voucher.amount == 500 - 100 - 30 - 70
    assert amounts(rows.claims(MONTH, TODAY)) == [("320399", MONTH, 300)]
    bench.act(NANJING, do.ApplyClearing(MONTH))
    assert rows.claims("2023-10", dt.date(2023, 11, 9)).rows == ()


def test_an_institutions_application_that_is_not_paid_is_not_forgotten(bench: Any, rows: Any) -> None:
    bench.settle(FIRST, "320399", 1_000, at="2023-04-15")
    assert bench.on("2023-05-05").apply_3203(FIRST, "2023-04").succeeded
    bench.nodes[NANJING].drop_before("2023-09-02")
    assert [known.month for known in rows.waiting.values()] == ["2023-04"]


# -- refunds ----------------------------------------------------------------------------------------------------


def test_a_refund_is_claimed_with_or_after_what_it_takes_back(bench: Any, rows: Any) -> None:
    """P75-45, JL-4.1d: nobody gives back what nobody asked for."""
    row = bench.settle(FIRST, "320399", 1_000, at="2023-08-15")
    bench.cancel(row, "2023-09-28")
    assert rows.claims(MONTH, TODAY).rows == ()  # its institution was not paid: nobody has paid for it
    bench.on("2023-10-09").pay_institutions("2023-08")
    assert amounts(rows.claims("2023-08", TODAY)) == [("320399", "2023-08", 1_000)]
    assert amounts(rows.claims(MONTH, TODAY)) == [("320399", "2023-08", 1_000), ("320399", MONTH, -1_000)]
    assert rows.claims(MONTH, dt.date(2023, 11, 21)).items == ()  # too late to ask for it, and so to give it back


def test_a_bill_settled_and_cancelled_in_a_month_is_nobodys_debt(bench: Any) -> None:
    bench.cancel(bench.settle(FIRST, "320399", 5_000, at="2023-09-07"), "2023-09-28")
    bench.endow(10_000)
    number = bench.on("2023-10-09").month(MONTH)
    pairs = bench.city(NANJING).member.cases[number].sheet.pairs
    assert [(pair.sums.rows, pair.sums.claimed) for pair in pairs] == [(0, 0)]
    assert bench.treasury(NANJING).account.balance == bench.treasury(XUZHOU).account.balance == 10_000


def test_the_refund_of_a_bill_held_back_waits_with_it(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000)
    bench.on("2023-10-09").pay_institutions(MONTH)
    bench.act(NANJING, do.Exclude((row.setl_id,)))
    bench.cancel(row, "2023-10-10")
    assert rows.claims("2023-10", dt.date(2023, 11, 10)).rows == ()
    bench.act(NANJING, do.Release((row.setl_id,)))
    bench.act(NANJING, do.Exclude((f"{row.setl_id}R",)))
    assert rows.claims("2023-10", dt.date(2023, 11, 10)).rows == ()  # nor is it asked for while its refund is in doubt
    assert amounts(rows.claims(MONTH, TODAY)) == [("320399", MONTH, 1_000)]  # as of September nobody took it back


def test_a_bill_that_was_declined_and_cancelled_is_nobodys_debt(make_bench: Any) -> None:
    bench = make_bench({"clearing.rules.reconciled_first": True})
    row = bench.settle(FIRST, "320399", 1_000, at="2023-09-15")
    bench.fold(NANJING, SplitConfirmed("N1", FIRST, MONTH, ((row.setl_id, False),)))
    back = bench.cancel(row, "2023-10-12")
    bench.fold(NANJING, SplitConfirmed("N2", FIRST, "2023-10", ((back.setl_id, True),)))
    bench.on("2023-11-09").pay_institutions(MONTH)
    bench.pay_institutions("2023-10")
    assert bench.city(NANJING).rows.claims("2023-10", dt.date(2023, 11, 9)).rows == ()


def test_a_refund_is_not_claimed_of_a_bill_that_may_yet_be_left_out(bench: Any, rows: Any) -> None:
    """The sheet of September is made before 南京 applies, and is confirmed without its bill of 10.00: were the refund
    claimed in October, 徐州 would be paid 10.00 for a bill it has never paid."""
    row = bench.settle(FIRST, "320399", 1_000)
    bench.settle("H32039900001", "320199", 80)
    bench.on("2023-10-09").pay_institutions(MONTH)
    bench.act(XUZHOU, do.ApplyClearing(MONTH))
    assert not bench.act(PROVINCE, do.MakeSheet(MONTH))
    bench.act(NANJING, do.ApplyClearing(MONTH))
    bench.cancel(row, "2023-10-10")
    bench.on("2023-11-09").apply("2023-10")
    assert (rows.find(row.setl_id).claim, rows.find(f"{row.setl_id}R").claim) == ("QS3201002023090001", "")
    for city in bench.registry.cities:
        assert not bench.confirm(city, bench.number(MONTH))
    assert rows.find(row.setl_id).claim == ""
    bench.apply("2023-10")  # both, which are nothing together
    assert sorted(amounts(rows.claims("2023-10", bench.now.date(), again="QS3201002023100001"))) == [
        ("320399", MONTH, 1_000),
        ("320399", "2023-10", -1_000),
    ]


def test_what_a_correction_drops_is_not_claimed_elsewhere_until_its_sheet_stands(bench: Any, rows: Any) -> None:
    """The sheet lists the first version, with both bills; the second is without one of them, which is in doubt."""
    row, other = bench.settle(FIRST, "320399", 1_000), bench.settle(FIRST, "320399", 200)
    number = bench.on("2023-10-09").sheet(MONTH)
    assert not bench.confirm(XUZHOU, number)
    bench.act(NANJING, do.Exclude((other.setl_id,)))
    assert not bench.act(NANJING, do.ApplyClearing(MONTH))
    bench.act(NANJING, do.Release((other.setl_id,)))
    bench.deduct(other, 50, "KK1")
    assert bench.city(NANJING).member.bound("2023-10", "1") == {other.setl_id}
    bench.on("2023-11-09").apply("2023-10")
    assert rows.find(other.setl_id).claim == ""
    assert not bench.confirm(NANJING, number)
    assert not bench.confirm(SUZHOU, number)
    assert [rows.find(each.setl_id).listed for each in (row, other)] == [True, True]
    bench.apply("2023-10")
    assert rows.changes["KK1"].claim == "QS3201002023100001"
    assert not bench.city(NANJING).member.bound("2023-11", "1")


def test_a_bill_in_force_again_is_claimed_once(bench: Any, rows: Any) -> None:
    """Cancelled by mistake and restored: three rows, and one claim of them in all."""
    row = bench.settle(FIRST, "320399", 1_000, at="2023-09-07")
    back = bench.cancel(row, "2023-09-08")
    again = back.cancelled(f"{back.setl_id}R", back.at)
    rows.folds[Settled](Settled(TREATMENT, again.mdtrt_id, again, again))
    bench.on("2023-10-09").pay_institutions(MONTH)
    assert amounts(rows.claims(MONTH, TODAY)) == [("320399", MONTH, 1_000)]
    assert len(rows.claims(MONTH, TODAY).items) == 3


# -- too late ---------------------------------------------------------------------------------------------------


def test_bills_too_late_to_be_declared_are_set_aside_and_the_rest_goes_on(bench: Any, rows: Any) -> None:
    """P75-49: June is declared by 20 July, or two months later; one of its bills is paid for on 21 September."""
    late = bench.settle(FIRST, "320399", 1_000, at="2023-06-15")
    bench.settle(FIRST, "320399", 50, at="2023-08-15")
    bench.on("2023-09-21").pay_institutions("2023-06")
    bench.pay_institutions("2023-08")
    assert not bench.act(NANJING, do.ApplyClearing("2023-08"))
    assert bench.replies("C101")[-1].succeeded
    assert [line["clr_sumamt"] for line in bench.requests("C101")[-1].rows("clrlist")] == [50]
    (fact,) = bench.facts(SetAside)
    assert (fact.items, fact.changes) == ((late.setl_id,), ())
    assert rows.set_aside == (late.setl_id,)
    assert bench.act(NANJING, do.ApplyClearing("2023-06")) == "nothing_due 2023-06"  # it was said once
    assert len(bench.facts(SetAside)) == 1


def test_a_month_of_nothing_but_late_bills_is_not_applied_for(bench: Any) -> None:
    bench.settle(FIRST, "320399", 5_000, at="2023-02-15")
    bench.on("2023-12-15").pay_institutions("2023-02")
    assert bench.act(NANJING, do.ApplyClearing("2023-02")) == "month_not_open 2023-02"
    assert not bench.requests("C101")


def test_a_correction_upward_that_is_paid_too_late_is_set_aside(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000, cash=500)
    bench.on("2023-10-09").stands(MONTH)
    adjust(bench, row, 120, "202310")
    bench.settle(FIRST, "320399", 30, at="2024-01-15")
    bench.on("2024-02-05").pay_institutions("2024-01")
    assert not bench.act(NANJING, do.ApplyClearing("2024-01"))
    assert bench.replies("C101")[-1].succeeded
    assert rows.set_aside == (f"T1/{row.setl_id}/1",)
    bench.act(NANJING, do.ApplyClearing("2024-01"))
    assert len(bench.facts(SetAside)) == 1


def test_a_correction_downward_is_never_too_late(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000)
    adjust(bench, row, -120, "202301")
    bench.on("2023-10-09").apply(MONTH)
    assert bench.replies("C101")[-1].succeeded
    assert bench.province.applications.in_force[MONTH, NANJING].event == rows.find(row.setl_id).claim


def test_what_was_declared_in_time_stays_so_when_it_is_corrected(bench: Any, rows: Any) -> None:
    """Bills of December are declared in March; the correction of 1 April, when the year is closed, keeps them."""
    bench.settle(FIRST, "320399", 500, at="2023-12-15")
    bench.settle(FIRST, "320399", 200, at="2024-02-15")
    bench.on("2024-03-11").pay_institutions("2023-12")
    bench.pay_institutions("2024-02")
    bench.act(NANJING, do.ApplyClearing("2024-02"))
    bench.settle(FIRST, "320399", 10, at="2024-02-20")
    bench.on("2024-04-01").pay_institutions("2024-02")
    assert not bench.act(NANJING, do.ApplyClearing("2024-02"))
    assert bench.replies("C101")[-1].succeeded
    assert amounts(bench.city(NANJING).member.applications["2024-02"]) == [
        ("320399", "2023-12", 500),
        ("320399", "2024-02", 210),
    ]


# -- doubts -----------------------------------------------------------------------------------------------------


def test_what_is_in_dispute_waits_until_the_ticket_is_answered(bench: Any, rows: Any) -> None:
    """P75-57: it is left off the sheet by itself, and comes on the next one."""
    doubtful, other = (bench.settle(FIRST, "320399", fen) for fen in (1_000, 30))
    bench.on("2023-10-09").pay_institutions(MONTH)
    bench.relay.act(bench.tick(), XUZHOU, OpenTicket("T1", "other", "重复收取", (InDoubt(doubtful, 1_000),)))
    assert rows.claims(MONTH, TODAY).items == (other.setl_id,)
    assert not bench.act(NANJING, do.ApplyClearing(MONTH))
    bench.relay.act(bench.tick(), NANJING, AnswerTicket("T1", "explained", "经核查无误"))
    assert rows.claims("2023-10", dt.date(2023, 11, 9)).items == (doubtful.setl_id,)


# -- rows that a reconciliation corrects ------------------------------------------------------------------------


def mismatch(row: Any, day: str = "") -> Mismatch:
    about = (day or row.at.date().isoformat(), row.treatment_city, row.insured_city, row.setl_id, row.refund)
    return Mismatch(*about, row.mdtrt_id, row.settled_by, "7", 0, 0, 0, "1")


def correct(bench: Any, row: Any, placed: Any = None, *, number: str = "C1") -> Any:
    """Take a row back on the treatment city's side, or put another in its place."""
    strike = row.cancelled(f"{row.setl_id}{number}", row.at)
    rows = bench.city(row.treatment_city).rows
    for each in (strike, *((placed,) if placed else ())):
        rows.folds[Settled](Settled(TREATMENT, each.mdtrt_id, each, None, True))
    how = "replaced" if placed else "struck"
    rows.folds[Corrected](Corrected(mismatch(row), "2", how, (strike.setl_id,)))
    return strike


def test_a_refund_that_is_struck_leaves_its_settlement(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000)
    back = bench.cancel(row, "2023-09-28")
    correct(bench, back)
    bench.on("2023-10-09").pay_institutions(MONTH)
    assert amounts(rows.claims(MONTH, TODAY)) == [("320399", MONTH, 1_000)]
    correct(bench, back)  # it is not there any more: what is put away is made good by a change
    assert [(each.sums.claimed, each.item) for each in rows.changes.values()] == [(1_000, None)]


def test_a_row_of_another_insurance_in_its_place_is_two_changes(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000)
    bench.on("2023-10-09").pay_institutions(MONTH)
    correct(bench, row, row._replace(insutype="390"))
    changed = [(each.place.insutype, each.sums.claimed, each.month) for each in rows.changes.values()]
    assert sorted(changed) == [("310", -1_000, MONTH), ("390", 1_000, MONTH)]


def test_a_number_that_is_booked_again_reads_as_it_was_booked_last(bench: Any, rows: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000)
    rows.folds[Settled](Settled(TREATMENT, row.mdtrt_id, row._replace(insutype="390"), None))
    assert [item.row.insutype for item in rows.items(MONTH)] == ["390"]


def test_what_the_insured_city_corrects_counts_for_the_month_it_sets_right(bench: Any) -> None:
    """A row of October that makes September good is September's debt, whether entered or put in another's place."""
    owed = bench.city(XUZHOU).rows.owed
    row = bench.settle(FIRST, "320399", 1_000, at="2023-10-05")
    assert owed.later(MONTH, NANJING) == 1_000
    owed.corrected(MONTH, "another")
    assert owed.later(MONTH, NANJING) == 1_000
    owed.settled(row, correction=False)
    owed.corrected(MONTH, row.setl_id)
    assert (owed.to[MONTH, NANJING], owed.later(MONTH, NANJING)) == (1_000, 1_000)
    owed.settled(row, correction=True)
    owed.corrected(MONTH, row.setl_id)
    assert (owed.to[MONTH, NANJING], owed.later(MONTH, NANJING)) == (2_000, 1_000)
    bench.settle(FIRST, "320199", 5)  # at home it is owed to nobody
    assert set(owed.to) == {(MONTH, NANJING), ("2023-10", NANJING)}


def test_a_city_looks_only_at_the_days_of_its_own_institutions(bench: Any) -> None:
    row = bench.settle(FIRST, "320399", 1_000)
    found = mismatch(row)._replace(treatment=1_000)
    compared = DayCompared("N1", found.day, (NANJING, XUZHOU), bench.now, "not_level", (found,), 1)
    unlike = {code: bench.city(code).unlike for code in (NANJING, XUZHOU)}
    for each in unlike.values():
        each.folds[DayCompared](compared)
    assert [each.visits(MONTH) for each in unlike.values()] == [frozenset({row.mdtrt_id}), frozenset()]
    for side, how, left in (("1", "struck", 1), ("2", "asked", 1), ("2", "struck", 0)):
        unlike[NANJING].folds[Corrected](Corrected(found, side, how, ()))
        assert len(unlike[NANJING].visits(MONTH)) == left
    unlike[NANJING].folds[DayCompared](compared)  # the next part of the same run
    unlike[NANJING].folds[DayCompared](compared._replace(number="N2", mismatches=()))
    unlike[NANJING].drop_before("2023-10-01")
    assert not unlike[NANJING].visits(MONTH)
