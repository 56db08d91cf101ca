"""Special cases: what is not corrected by the end of the next working day is reported once, and when it is over."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.reconciliation.facts import CaseReported, Correct, ReconcileDay
from simulator.core.reconciliation.results import days_between

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"


def reports(bench: Any, code: str = "") -> list[tuple[str, str, str]]:
    """Who reported which case, and the day it was done."""
    found = [(m.recipient, m.head["sender_admdvs"], m.block("data")) for m in bench.sent("S301")]
    assert all(recipient == PROVINCE for recipient, _, _ in found)
    return [(sender, d["excp_id"], d["done_date"]) for _, sender, d in found if code in {"", sender}]


@pytest.mark.parametrize(
    ("found_on", "in_time", "late"),
    [
        ("2016-10-10", "2016-10-11", "2016-10-12"),
        ("2016-10-14", "2016-10-17", "2016-10-18"),  # a weekend between
        ("2016-09-30", "2016-10-08", "2016-10-09"),  # the holiday between; the 8th is a Saturday that is worked
    ],
)
def test_a_difference_is_reported_once_the_next_working_day_is_over(
    bench: Any, found_on: str, in_time: str, late: str
) -> None:
    bench.at(found_on)
    stay = bench.lose(NANJING)
    bench.at(found_on, 22).report()
    bench.at(in_time, 23).report()
    assert [case for case in bench.sent("S301") if "三方不符" in case.block("data")["abn_info"]] == []
    bench.at(late, 1).report(dt.date.fromisoformat(late))
    cases = [case for case in bench.sent("S301") if "三方不符" in case.block("data")["abn_info"]]
    (data,) = [case.block("data") for case in cases]
    assert data["admdvs"] == NANJING  # it is the treatment city that must enter the row
    assert (data["excp_type"], data["involv_amt"], data["done_date"]) == ("1", 1_646_010, "")
    assert stay.setl_id in data["abn_info"]
    assert data["ocur_time"].startswith(found_on)
    told = bench.play.treatment.reconciliation.results.of(found_on, (NANJING, XUZHOU))
    assert data["rlts_no"] == told.number
    bench.report(dt.date.fromisoformat(late))
    assert len([case for case in bench.sent("S301") if "三方不符" in case.block("data")["abn_info"]]) == 1
    bench.check_messages()


def test_a_case_that_is_over_is_reported_under_its_number(bench: Any) -> None:
    bench.lose(NANJING)
    bench.at("2016-10-10", 22).report()
    bench.at("2016-10-11", 22).report()
    bench.at("2016-10-12", 22).report()
    assert reports(bench) == [(NANJING, "YC3201002016100001", "")]
    assert bench.correct(NANJING) == [""]
    bench.at("2016-10-13", 22).report()
    assert reports(bench) == [(NANJING, "YC3201002016100001", ""), (NANJING, "YC3201002016100001", "2016-10-13")]
    bench.at("2016-10-14", 22).report()
    assert len(reports(bench)) == 2
    cases = bench.play.province.reconciliation.cases
    assert {key: case.done for key, case in cases.items()} == {"YC3201002016100001": True}
    assert bench.play.treatment.reconciliation.cases.explains("2016-10-10/run") is False
    bench.check_messages()


def test_each_difference_is_reported_by_the_city_that_must_correct_it(bench: Any) -> None:
    bench.lose(PROVINCE, who="worker")  # the province must enter it: the treatment city reports it
    bench.lose(NANJING, PROVINCE, who="resident")  # the city of insurance must take it back
    bench.lose(XUZHOU)  # the city of insurance must enter it
    for day in ("2016-10-10", "2016-10-11", "2016-10-12"):
        bench.at(day, 22).report()
    data = [m.block("data") for m in bench.sent("S301")]
    assert [(row["admdvs"], row["abn_info"].count("三方不符")) for row in data] == [(XUZHOU, 2), (NANJING, 1)]
    assert data[0]["involv_amt"] == sum(
        m.held("1") or m.held("2")
        for m in bench.play.province.reconciliation.results.mismatches()
        if m.kind in {"1", "4"}
    )


def test_a_difference_that_comes_later_is_a_case_of_its_own(bench: Any) -> None:
    bench.lose(NANJING)
    for day in ("2016-10-10", "2016-10-11", "2016-10-12"):
        bench.at(day, 22).report()
    row = bench.row_of_day(XUZHOU, "2016-10-10")
    bench.at("2016-10-10", 8).plant(row, 1, on=(XUZHOU, PROVINCE), at=dt.datetime(2016, 10, 10, 8))
    bench.at("2016-10-13", 22).report()
    assert [excp_id for _, excp_id, _ in reports(bench, NANJING)] == ["YC3201002016100001", "YC3201002016100002"]
    (first, second) = bench.facts(CaseReported, NANJING)
    assert set(first.about).isdisjoint(second.about)


def test_totals_that_no_row_explains_are_a_case_of_the_treatment_city(bench: Any) -> None:
    row = bench.row(XUZHOU, bench.play.stay("resident").settled().setl_id)
    bench.plant(row, 1, on=(XUZHOU, PROVINCE))
    bench.plant(row, 1, on=(NANJING,), insured_area="320382")
    for day in ("2016-10-10", "2016-10-11", "2016-10-12"):
        bench.at(day, 22).report()
    (data,) = [m.block("data") for m in bench.sent("S301")]
    assert data["abn_info"] == "2016-10-10 320100与320300总额不符，无逐笔差异"
    assert data["admdvs"] == NANJING
    assert bench.play.treatment.reconciliation.cases.explains("2016-10-10/320100/320300/totals")


def test_a_missed_day_is_a_case_until_it_is_made_up_for(bench: Any) -> None:
    bench.at("2016-10-10", 22).report()
    bench.at("2016-10-12", 22).report()
    assert reports(bench) == []
    bench.at("2016-10-13", 22).report()
    assert reports(bench) == [(XUZHOU, "YC3203002016100001", ""), (NANJING, "YC3201002016100001", "")]
    data = bench.sent("S301")[0].block("data")
    assert (data["rlts_no"], data["abn_info"]) == ("DZ32030020161011", "2016-10-11对账总额未报或未被接收")
    bench.report(dt.date(2016, 10, 11), XUZHOU)
    bench.at("2016-10-14", 22).report()  # now the province is known to have taken it in
    assert reports(bench, XUZHOU)[-1] == (XUZHOU, "YC3203002016100001", "2016-10-14")
    bench.check_messages()


def test_a_missed_day_that_is_reported_is_explained_when_the_month_is_closed(bench: Any) -> None:
    for day in days_between("2016-10-10", "2016-11-01"):
        codes = (NANJING,) if day == "2016-10-20" else (XUZHOU, NANJING)
        bench.at(day, 22).report(None, *codes)
        if day == "2016-10-20":
            bench.play.stay("resident").settled()
            bench.report(None, NANJING)
    bench.at("2016-11-02", 4).act(PROVINCE, ReconcileDay(dt.date(2016, 10, 20)))
    assert bench.result("2016-10-20")[2] == "missing"
    assert bench.at("2016-11-03").close()[0] == "not_level_yet"  # the city itself knows what it owes
    assert bench.play.province.reconciliation.month_closed("2016-10", NANJING)
    assert not bench.play.province.reconciliation.month_closed("2016-10", XUZHOU)


def test_totals_that_are_refused_are_sent_again_and_are_a_case(bench: Any) -> None:
    bench.report(None, NANJING)
    answers = bench.play.province.answers
    kept = answers["R101"]
    answers["R101"] = lambda turn, asked: turn.refuse(asked, "month_closed", "2016-10")
    bench.report(None, XUZHOU)
    answers["R101"] = kept
    bench.at("2016-10-12", 1)
    assert bench.act(XUZHOU, ReconcileDay(dt.date(2016, 10, 12))) == ""
    days = [m.block("data")["stmt_begndate"] for m in bench.sent("R101") if m.party == "C32030000000"]
    assert days == ["2016-10-10"] * 4 + ["2016-10-12"] * 2
    (data,) = [m.block("data") for m in bench.sent("S301")]
    assert data["rlts_no"] == "DZ32030020161010"  # the 11th may still be reported today


def test_a_month_not_closed_in_time_is_a_case(bench: Any) -> None:
    for day in days_between("2016-09-28", "2016-10-04"):
        bench.at(day, 22).report()
    assert reports(bench) == []  # the 3rd is the last day
    bench.at("2016-10-04", 22).report()
    data = [m.block("data") for m in bench.sent("S301")]
    assert {(row["admdvs"], row["rlts_no"], row["abn_info"]) for row in data} == {
        (city, f"DZ{city}20160901", "2016-09月对账未按期结束") for city in (XUZHOU, NANJING)
    }
    bench.close("2016-09")
    bench.at("2016-10-05", 22).report()
    assert [done for _, _, done in reports(bench)] == ["", "", "2016-10-05", "2016-10-05"]


def test_what_people_must_look_into_is_reported_by_the_treatment_city(bench: Any) -> None:
    stay = bench.lose(PROVINCE)
    bench.report()
    (mismatch,) = bench.play.treatment.reconciliation.results.mismatches()
    assert bench.act(NANJING, Correct(mismatch)) == "cannot_correct"
    for day in ("2016-10-11", "2016-10-12"):
        bench.at(day, 22).report()
    assert [sender for sender, _, _ in reports(bench)] == [NANJING]
    assert stay.setl_id
