"""A clearing house: the sheet, corrections, answers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core import invariants as inv
from simulator.core.clearing import actions as do
from simulator.core.clearing import house as houses
from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.facts import Closed, Judged
from simulator.core.platform.books import CLEARING

NANJING, XUZHOU, SUZHOU, PROVINCE = "320100", "320300", "320500", "320000"
FIRST, OTHER = "H32019900001", "H32039900001"
MONTH = "2023-09"
DIFFERS, UNKNOWN, NOT_NOW, INCOMPLETE = -221, -226, -227, -228


@pytest.fixture
def number(bench: Any) -> str:
    return str(bench.number(MONTH))


@pytest.fixture
def issued(bench: Any) -> Any:
    bench.settle(FIRST, "320399", 1_000)
    bench.settle(FIRST, "320381", 300, insutype="390")
    bench.settle(OTHER, "320599", 400)
    bench.settle(OTHER, "320199", 250)
    bench.on("2023-10-09").sheet(MONTH)
    return bench


def lines(bench: Any, number: str) -> dict[tuple[str, str], int]:
    return {(x.city, x.insutype): x.difference for x in bench.province.house.issue(number).sheet.lines if x.difference}


def test_the_sheet_lists_all_cities_by_insurance_and_sums_to_zero(issued: Any, number: str) -> None:
    house = issued.province.house
    assert lines(issued, number) == {
        (NANJING, "310"): 750,
        (NANJING, "390"): 300,
        (XUZHOU, "310"): -350,  # 400 + 250 - 1,000
        (XUZHOU, "390"): -300,
        (SUZHOU, "310"): -400,
    }
    assert inv.lines_are_zero(house.issue(number).sheet.lines)
    assert [each.recipient for each in issued.requests("C102")] == [NANJING, XUZHOU, SUZHOU]
    pairs = {each.recipient: len(each.rows("pairlist")) for each in issued.requests("C102")}
    assert pairs == {NANJING: 3, XUZHOU: 4, SUZHOU: 1}
    assert sum(issued.balance(PROVINCE, CLEARING, city) for city in (NANJING, XUZHOU, SUZHOU)) == 0


def test_the_days_to_answer_and_to_pay_stand_on_the_sheet(issued: Any) -> None:
    data = issued.requests("C102")[0].block("data")
    assert (data["sht_date"], data["cnfm_ddln_date"], data["pay_ddln_date"]) == ("2023-10-09", *["2023-10-23"] * 2)


def test_a_pack_without_these_days_puts_the_sheets_own(make_bench: Any, number: str) -> None:
    left_out = {f"clearing.in_province.{name}_workdays": None for name in ("confirm", "pay")}
    bench = make_bench(left_out)
    bench.on("2023-10-09").act(PROVINCE, do.MakeSheet(MONTH))
    data = bench.requests("C102")[0].block("data")
    assert data["cnfm_ddln_date"] == data["pay_ddln_date"] == "2023-10-09"


def test_a_month_of_nothing_has_a_sheet_of_nothing(bench: Any, number: str) -> None:
    assert not bench.on("2023-10-09").act(PROVINCE, do.MakeSheet(MONTH))
    assert len(bench.province.house.issue(number).sheet.lines) == 6
    assert not bench.relay.postings


@pytest.mark.parametrize("silent", [False, True])
def test_a_sheet_of_nothing_is_closed_once_all_have_confirmed(bench: Any, number: str, silent: bool) -> None:
    bench.on("2023-10-09").act(PROVINCE, do.MakeSheet(MONTH))
    for city in (NANJING, XUZHOU):
        assert not bench.confirm(city, number)
    assert [code for code, fact in bench.relay.facts if isinstance(fact, Closed)] == [NANJING, XUZHOU]
    if silent:
        assert not bench.on("2023-10-24").act(PROVINCE, do.CloseAnswers(number))
    else:
        assert not bench.confirm(SUZHOU, number)
    assert [fact.number for fact in bench.facts(Closed, PROVINCE)] == [number]
    assert bench.city(XUZHOU).member.case(number).state == life.CLOSED


def test_what_each_member_has_to_pay_goes_by_insurance(issued: Any, number: str) -> None:
    house = issued.province.house
    issue = house.issue(number)
    assert house.due_of(issue, XUZHOU) == {"310": (350, 0), "390": (300, 0)}
    assert house.due_of(issue, NANJING) == {"310": (0, 750), "390": (0, 300)}
    assert house.missing(issue, XUZHOU) == {"310": 350, "390": 300}
    assert house.missing(issue, NANJING) == {}


def test_an_answer_names_the_members_own_difference(issued: Any, number: str) -> None:
    issued.confirm(XUZHOU, number)
    (asked,) = issued.requests("C103")
    issued.fold(PROVINCE, Judged(number, SUZHOU, life.CONFIRM, issued.now.date()))
    (fresh,) = [asked.with_fields("data", {"admdvs": NANJING})]
    assert issued.again(fresh, PROVINCE, diff_amt=1_049).infcode == DIFFERS
    assert issued.again(fresh, PROVINCE, diff_amt=1_050).succeeded
    assert issued.province.house.final(issued.province.house.issue(number))


def test_an_answer_needs_four_different_departments(issued: Any, number: str) -> None:
    issued.confirm(XUZHOU, number)
    (asked,) = issued.requests("C103")
    fresh = asked.with_fields("data", {"admdvs": NANJING, "diff_amt": 1_050})
    reply = issued.again(fresh, PROVINCE, "deptlist", dept_type="2")
    assert reply.infcode == INCOMPLETE
    assert "行政、信息中心、规划财务" in reply.head["err_msg"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"clr_sht_no": "QSD9"}, UNKNOWN), ({"admdvs": "320700"}, UNKNOWN), ({"admdvs": XUZHOU}, NOT_NOW)],
)
def test_an_answer_is_about_an_open_sheet_of_the_member(
    issued: Any, number: str, fields: dict[str, str], code: int
) -> None:
    issued.confirm(XUZHOU, number)
    (asked,) = issued.requests("C103")
    assert issued.again(asked, PROVINCE, **fields).infcode == code


def test_silent_members_are_counted_after_the_last_day(issued: Any, number: str) -> None:
    issued.confirm(XUZHOU, number)
    assert issued.on("2023-10-23").act(PROVINCE, do.CloseAnswers(number)).startswith("document_not_now")
    assert not issued.on("2023-10-24").act(PROVINCE, do.CloseAnswers(number))
    judged = [(fact.member, fact.answer) for fact in issued.facts(Judged, PROVINCE)]
    assert judged == [(XUZHOU, life.CONFIRM), (NANJING, life.LAPSE), (SUZHOU, life.LAPSE)]
    assert issued.act(PROVINCE, do.CloseAnswers("QSD9")) == "unknown_document QSD9"


def test_a_dispute_is_no_silence(issued: Any, number: str) -> None:
    for department in "1234":
        issued.act(XUZHOU, do.Stamp(number, department))
    issued.on("2023-10-20").act(XUZHOU, do.Confirm(number, "一笔待核"))
    issued.on("2023-10-24").act(PROVINCE, do.CloseAnswers(number))
    assert issued.province.house.issue(number).answers[XUZHOU] == life.DISPUTED
    assert not issued.province.house.final(issued.province.house.issue(number))


def test_a_dispute_that_no_correction_has_met_in_time_stands_no_more(issued: Any, number: str) -> None:
    """Of Friday 20 October 2023 the tenth working day is Friday 3 November; by then everybody else has confirmed."""
    for department in "1234":
        issued.act(XUZHOU, do.Stamp(number, department))
    issued.on("2023-10-20").act(XUZHOU, do.Confirm(number, "一笔待核"))
    issued.on("2023-10-24").act(PROVINCE, do.CloseAnswers(number))
    for code, action in ((PROVINCE, do.CloseAnswers(number)), (XUZHOU, do.Lapse(number))):
        assert issued.on("2023-11-03").act(code, action).startswith("document_not_now")
        assert not issued.on("2023-11-06").act(code, action)
    assert issued.province.house.final(issued.province.house.issue(number))
    assert issued.city(XUZHOU).member.case(number).state == life.CONFIRMED


def test_a_sheet_is_corrected_only_when_something_has_changed(issued: Any, number: str) -> None:
    assert issued.act(PROVINCE, do.MakeSheet(MONTH)) == f"nothing_due {number}"


def test_a_correction_goes_to_those_it_concerns_and_rebooks_the_difference(issued: Any, number: str) -> None:
    row = next(issued.city(NANJING).rows.items(MONTH)).row
    issued.act(NANJING, do.Exclude((row.setl_id,)))
    issued.act(NANJING, do.ApplyClearing(MONTH))
    issued.confirm(SUZHOU, number)
    assert not issued.on("2023-10-12").act(PROVINCE, do.MakeSheet(MONTH))
    sheet = issued.province.house.issue(number).sheet
    assert (sheet.number, sheet.on, sheet.confirm_by) == (f"{number}R1", dt.date(2023, 10, 12), dt.date(2023, 10, 26))
    assert [each.recipient for each in issued.requests("C102")[3:]] == [NANJING, XUZHOU]
    assert lines(issued, number)[XUZHOU, "310"] == 650
    assert issued.balance(PROVINCE, CLEARING, XUZHOU) == -350  # 300 residents - 650
    assert issued.balance(XUZHOU, CLEARING, PROVINCE) == 350
    assert issued.province.house.issue(number).answers[SUZHOU] == life.CONFIRMED


def test_what_somebody_affected_has_confirmed_is_corrected_in_a_later_month(issued: Any, number: str) -> None:
    row = next(issued.city(NANJING).rows.items(MONTH)).row
    issued.act(NANJING, do.Exclude((row.setl_id,)))
    issued.act(NANJING, do.ApplyClearing(MONTH))
    issued.confirm(XUZHOU, number)
    assert issued.act(PROVINCE, do.MakeSheet(MONTH)) == f"document_not_now {number} {XUZHOU} confirmed C102"
    assert issued.province.house.issue(number).sheet.revision == 0


def test_many_pairs_are_sent_in_parts(bench: Any, number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(houses, "in_parts", lambda pairs: tuple((pair,) for pair in pairs))
    bench.settle(FIRST, "320399", 1_000)
    bench.settle(FIRST, "320381", 300, insutype="390")
    bench.on("2023-10-09").sheet(MONTH)
    assert [each.recipient for each in bench.requests("C102")] == [NANJING, NANJING, XUZHOU, XUZHOU, SUZHOU]
    assert bench.balance(XUZHOU, CLEARING, PROVINCE) == -1_300
    assert not bench.confirm(XUZHOU, number)
    assert bench.city(XUZHOU).member.case(number).state == life.CONFIRMED
