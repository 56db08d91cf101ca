"""A member of a clearing house: applying, correcting, the four departments, confirming, disputing, silence."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.core.clearing import actions as do
from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.facts import Judged, SheetTaken
from simulator.core.disputes.ticket import Adjusted
from simulator.core.platform.books import CLEARING, PAYABLE, RECEIVABLE, insured_legs, posting, treatment_legs

NANJING, XUZHOU, SUZHOU, PROVINCE = "320100", "320300", "320500", "320000"
FIRST = "H32019900001"
MONTH = "2023-09"
DIFFERS, UNKNOWN, NOT_NOW, INCOMPLETE = -221, -226, -227, -228


@pytest.fixture
def issued(bench: Any) -> Any:
    """The sheet of September: 徐州 owes 南京 1000 fen."""
    bench.settle(FIRST, "320399", 600, 400)
    bench.on("2023-10-09").sheet(MONTH)
    return bench


@pytest.fixture
def number(bench: Any) -> str:
    return str(bench.number(MONTH))


def member(bench: Any, city: str) -> Any:
    return bench.city(city).member


def test_a_month_is_applied_for_once_it_is_over(bench: Any) -> None:
    bench.settle(FIRST, "320399", 600)
    assert bench.on("2023-09-30").act(NANJING, do.ApplyClearing(MONTH)) == "month_not_open 2023-09"
    assert bench.on("2023-10-09").act(NANJING, do.ApplyClearing(MONTH)) == "nothing_due 2023-09"


def test_the_state_of_a_month_says_how_far_it_has_come(bench: Any, number: str) -> None:
    bench.settle(FIRST, "320399", 600)
    states = [member(bench, NANJING).state(MONTH)]
    bench.on("2023-10-09").apply(MONTH)
    states.append(member(bench, NANJING).state(MONTH))
    bench.act(PROVINCE, do.MakeSheet(MONTH))
    states.append(member(bench, NANJING).state(MONTH))
    assert member(bench, NANJING).state(MONTH, "2") == life.APPLIED  # there is no sheet across provinces
    bench.confirm(NANJING, number)
    states.append(member(bench, NANJING).state(MONTH))
    assert states == [life.COLLECTED, life.APPLIED, life.ON_SHEET, life.CONFIRMED]


def test_a_sheet_turns_debts_between_cities_into_debts_through_the_province(issued: Any) -> None:
    assert issued.balance(NANJING, RECEIVABLE, XUZHOU) == issued.balance(XUZHOU, PAYABLE, NANJING) == 0
    assert issued.balance(NANJING, CLEARING, PROVINCE) == 1_000
    assert issued.balance(XUZHOU, CLEARING, PROVINCE) == -1_000
    assert issued.balance(PROVINCE, CLEARING, XUZHOU) == 1_000
    assert issued.balance(PROVINCE, CLEARING, NANJING) == -1_000


def test_a_sheet_is_answered_with_the_times_of_four_departments(issued: Any, number: str) -> None:
    for hour, department in zip((9, 11, 14), "342", strict=True):
        issued.on("2023-10-10", hour).act(XUZHOU, do.Stamp(number, department, f"经办{department}"))
    assert issued.act(XUZHOU, do.Confirm(number)) == f"incomplete {number} 行政"
    issued.on("2023-10-11", 10).act(XUZHOU, do.Stamp(number, "1"))
    assert not issued.on("2023-10-12").act(XUZHOU, do.Confirm(number))
    (asked,) = issued.requests("C103")
    data = asked.block("data")
    assert (data["cnfm_flag"], data["diff_amt"], data["seal_date"]) == ("1", -1_000, "2023-10-11")
    rows = [(row["seqno"], row["dept_type"], row["opt_time"]) for row in asked.rows("deptlist")]
    assert rows == [
        (1, "3", "2023-10-10 09:00:07"),
        (2, "4", "2023-10-10 11:00:07"),
        (3, "2", "2023-10-10 14:00:07"),
        (4, "1", "2023-10-11 10:00:07"),
    ]
    assert member(issued, XUZHOU).case(number).state == life.CONFIRMED
    assert member(issued, XUZHOU).case(number).complete
    assert not member(issued, SUZHOU).case(number).complete
    (judged,) = issued.facts(Judged, XUZHOU)
    assert judged.on.isoformat() == "2023-10-12"


def test_a_department_deals_with_a_sheet_once_while_it_is_open(issued: Any, number: str) -> None:
    assert not issued.act(XUZHOU, do.Stamp(number, "1"))
    assert issued.act(XUZHOU, do.Stamp(number, "1")).startswith("document_not_now")
    issued.confirm(XUZHOU, number)
    assert issued.act(XUZHOU, do.Stamp(number, "2")).startswith("document_not_now")
    assert issued.act(XUZHOU, do.Confirm(number)).startswith("document_not_now")


def test_an_unknown_sheet_is_nobodys(issued: Any) -> None:
    for action in (do.Stamp("QSD9", "1"), do.Confirm("QSD9"), do.Lapse("QSD9")):
        assert issued.act(XUZHOU, action) == "unknown_document QSD9"


def test_a_sheet_that_claims_something_else_than_was_applied_for_is_not_confirmed(issued: Any, number: str) -> None:
    """The sheet says 南京 is owed 900 fen, its application says 1000."""
    (_, fact) = next(each for each in issued.relay.facts if isinstance(each[1], SheetTaken) and each[0] == NANJING)
    pair = fact.sheet.pairs[0]
    wrong = pair._replace(sums=pair.sums._replace(account=300))
    sheet = fact.sheet._replace(number=f"{number}R1", pairs=(wrong,))
    issued.fold(NANJING, SheetTaken(sheet))
    assert issued.confirm(NANJING, number) == f"amount_differs {number}R1 9.00 10.00"


def test_a_sheet_that_claims_more_than_is_booked_is_not_confirmed(issued: Any, number: str) -> None:
    (asked,) = [each for each in issued.requests("C102") if each.recipient == XUZHOU]
    pair = asked.rows("pairlist")[0]
    more = {"acct_pay": 401, "clr_sumamt": 1_001, "fund_appy_sum": 1_001}
    reply = issued.again(asked.with_fields("data", {"clr_sht_no": f"{number}R1"}), XUZHOU, "pairlist", **more)
    assert reply.succeeded
    assert issued.confirm(XUZHOU, number) == f"amount_differs {number}R1 10.01 10.00"
    assert not issued.act(XUZHOU, do.Confirm(number, "与本地账不符"))  # it can still be disputed
    assert pair["acct_pay"] == 400


def test_an_older_sheet_that_comes_late_changes_nothing(issued: Any, number: str) -> None:
    (asked,) = [each for each in issued.requests("C102") if each.recipient == XUZHOU]
    second = asked.with_fields("data", {"clr_sht_no": f"{number}R1"})
    assert issued.again(second, XUZHOU).succeeded
    before = len(issued.relay.postings)
    assert issued.again(asked, XUZHOU).succeeded
    assert member(issued, XUZHOU).case(number).sheet.revision == 1
    assert len(issued.relay.postings) == before


def test_a_sheet_in_parts_is_booked_part_by_part_and_once(issued: Any, number: str) -> None:
    (asked,) = [each for each in issued.requests("C102") if each.recipient == XUZHOU]
    reply = issued.again(asked, XUZHOU, "pairlist", clr_appy_evt_id="QS3201002023099999")
    assert reply.succeeded
    assert issued.balance(XUZHOU, CLEARING, PROVINCE) == -2_000
    assert issued.again(asked, XUZHOU).succeeded  # a part that it has
    assert issued.balance(XUZHOU, CLEARING, PROVINCE) == -2_000
    assert len(member(issued, XUZHOU).case(number).sheet.pairs) == 2


def test_a_confirmed_sheet_takes_no_correction(issued: Any, number: str) -> None:
    issued.confirm(XUZHOU, number)
    (asked,) = [each for each in issued.requests("C102") if each.recipient == XUZHOU]
    reply = issued.again(asked.with_fields("data", {"clr_sht_no": f"{number}R1"}), XUZHOU)
    assert reply.infcode == NOT_NOW


def test_an_answer_counts_when_the_house_has_taken_it(issued: Any, number: str) -> None:
    issued.fold(PROVINCE, Judged(number, XUZHOU, life.CONFIRM, issued.now.date()))
    issued.confirm(XUZHOU, number)
    assert issued.replies("C103")[-1].infcode == NOT_NOW
    assert member(issued, XUZHOU).case(number).state == life.ON_SHEET


def test_a_disputed_sheet_may_be_confirmed_after_all(issued: Any, number: str) -> None:
    for department in "1234":
        issued.act(XUZHOU, do.Stamp(number, department))
    assert not issued.act(XUZHOU, do.Confirm(number, "一笔待核"))
    assert member(issued, XUZHOU).case(number).state == life.DISPUTED
    assert issued.province.house.issue(number).answers[XUZHOU] == life.DISPUTED
    assert not issued.act(XUZHOU, do.Confirm(number))
    assert member(issued, XUZHOU).case(number).state == life.CONFIRMED


def test_silence_confirms_after_ten_working_days(issued: Any, number: str) -> None:
    """The sheet is of Monday 9 October 2023: the tenth working day is Monday the 23rd."""
    assert issued.on("2023-10-23").act(XUZHOU, do.Lapse(number)).startswith("document_not_now")
    assert not issued.on("2023-10-24").act(XUZHOU, do.Lapse(number))
    assert member(issued, XUZHOU).case(number).state == life.CONFIRMED
    assert issued.act(XUZHOU, do.Lapse(number)).startswith("document_not_now")


def test_a_member_with_nothing_to_pay_or_get_is_done_when_it_confirms(issued: Any, number: str) -> None:
    issued.confirm(SUZHOU, number)
    issued.confirm(NANJING, number)
    assert member(issued, SUZHOU).case(number).state == life.CLOSED
    assert member(issued, NANJING).case(number).state == life.CONFIRMED


def test_a_correction_lists_what_is_left_out_with_nothing(issued: Any, number: str) -> None:
    row = next(issued.city(NANJING).rows.items(MONTH)).row
    issued.act(NANJING, do.Exclude((row.setl_id,)))
    assert not issued.act(NANJING, do.ApplyClearing(MONTH))
    asked = issued.requests("C101")[-1]
    assert asked.block("data")["clr_appy_evt_id"] == "QS3201002023090002"
    assert [line["clr_sumamt"] for line in asked.rows("clrlist")] == [0]
    assert not issued.act(PROVINCE, do.MakeSheet(MONTH))
    assert issued.balance(XUZHOU, CLEARING, PROVINCE) == issued.balance(PROVINCE, CLEARING, XUZHOU) == 0
    assert issued.balance(XUZHOU, PAYABLE, NANJING) == -1_000
    assert issued.balance(NANJING, RECEIVABLE, XUZHOU) == 1_000


def test_a_correction_that_is_refused_leaves_the_earlier_application_in_force(issued: Any, number: str) -> None:
    issued.fold(PROVINCE, Judged(number, NANJING, life.CONFIRM, issued.now.date()))  # it was counted as silent
    issued.settle(FIRST, "320399", 50)
    issued.pay_institutions(MONTH)
    assert not issued.act(NANJING, do.ApplyClearing(MONTH))
    assert issued.replies("C101")[-1].infcode == NOT_NOW
    assert member(issued, NANJING).applications[MONTH].event == "QS3201002023090001"
    claims = issued.city(NANJING).rows.claims("2023-10", issued.on("2023-11-10").now.date())
    assert [line.sums.claimed for line in claims.rows] == [50]


def test_a_correction_of_a_later_month_does_not_keep_an_earlier_sheet_from_being_confirmed(
    issued: Any, number: str
) -> None:
    """A dispute is answered on 25 October and goes with the clearing of October: September's sheet stands as it is."""
    row = next(issued.city(NANJING).rows.items(MONTH)).row
    issued.on("2023-10-25")
    for city in (NANJING, XUZHOU):
        issued.fold(city, Adjusted("T1", row.setl_id, "202310", NANJING, XUZHOU, -100))
    issued.post(posting(NANJING, issued.now, "T1", treatment_legs(XUZHOU, FIRST, "320199", -100)))
    issued.post(posting(XUZHOU, issued.now, "T1", insured_legs(NANJING, "320399", -100, 0)))
    assert issued.balance(XUZHOU, PAYABLE, NANJING) == 100
    assert not issued.confirm(XUZHOU, number)


def test_a_correction_that_says_nothing_new_is_not_sent(issued: Any) -> None:
    assert issued.act(NANJING, do.ApplyClearing(MONTH)) == f"nothing_due {MONTH}"
