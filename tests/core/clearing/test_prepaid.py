"""Prepaid money: quotas of a year, paying them, settling the year, money back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core import invariants as inv
from simulator.core.clearing import actions as do
from simulator.core.clearing.facts import Closed, Covered, QuotaIssued, SheetMade, YearSettled
from simulator.core.clearing.papers import PaperSheet
from simulator.core.platform.books import PREPAID
from simulator.inputs.packs import load_pack

NANJING, XUZHOU, SUZHOU, PROVINCE = "320100", "320300", "320500", "320000"
FIRST, OTHER = "H32019900001", "H32039900001"
WAN = 1_000_000
UNKNOWN, NOT_NOW, DIFFERS = -226, -227, -221


@pytest.fixture
def year(bench: Any) -> Any:
    """2022: 徐州 paid 南京 600,000.00 more than it got for employees; residents go the other way."""
    bench.settle(FIRST, "320399", 70 * WAN, at="2022-03-10")
    bench.settle(OTHER, "320199", 10 * WAN, at="2022-04-10")
    bench.settle(OTHER, "320199", 30 * WAN, insutype="390", at="2022-05-10")
    bench.settle(FIRST, "320399", 900 * WAN, at="2023-01-10")  # another year
    bench.endow(1_000 * WAN, NANJING, XUZHOU)
    return bench.on("2023-02-01")


def quota(bench: Any, member: str, year: int) -> dict[str, tuple[int, int, int]]:
    number = f"YF{member}{year}"
    return {row.insutype: row[1:] for row in bench.province.prepaid.quotas[number].fact.rows}


def paid_in(bench: Any, number: str) -> None:
    bench.seal(XUZHOU, number)
    bench.pay(XUZHOU, number)
    assert not bench.act(XUZHOU, do.Collect(number))


def test_a_quota_is_a_fifth_of_the_net_outflow_of_each_fund_in_whole_ten_thousands(year: Any) -> None:
    assert not year.act(PROVINCE, do.IssueQuota(2023))
    assert quota(year, XUZHOU, 2023) == {"310": (60 * WAN, 12 * WAN, 0), "390": (0, 0, 0)}
    assert quota(year, NANJING, 2023) == {"310": (0, 0, 0), "390": (30 * WAN, 6 * WAN, 0)}
    assert quota(year, SUZHOU, 2023) == {"310": (0, 0, 0), "390": (0, 0, 0)}
    (asked,) = [each for each in year.requests("P201") if each.recipient == XUZHOU]
    data = asked.block("data")
    assert (data["ppay_no"], data["ppay_prop"], data["pay_sumamt"]) == ("YF3203002023", 2_000, 12 * WAN)
    assert data["pay_ddln_date"] == "2023-02-15"  # ten working days after 1 February 2023
    assert year.replies("P201")[0].block("result")["cnfm_flag"] == "1"


@pytest.mark.parametrize(
    ("way", "fen", "quota_of"),
    [
        ("half_up", 12_500_000, 3 * WAN),  # 2.5 ten-thousands
        ("half_up", 12_499_999, 2 * WAN),
        ("down", 14_999_999, 2 * WAN),  # 2.9999998
        (None, 12_500_000, 3 * WAN),
    ],
)
def test_ten_thousands_are_rounded_as_the_pack_says(make_bench: Any, way: str | None, fen: int, quota_of: int) -> None:
    bench = make_bench({"clearing.prepaid.rounding": way})
    bench.settle(FIRST, "320399", fen, at="2022-03-10")
    bench.on("2023-02-01").act(PROVINCE, do.IssueQuota(2023))
    assert quota(bench, XUZHOU, 2023)["310"][1] == quota_of


def test_a_pack_without_prepaid_money_issues_no_quota(make_bench: Any) -> None:
    names = ("in_province.share", "cross_province.months", "in_province.pay_workdays")
    bench = make_bench({f"clearing.prepaid.{name}": None for name in names})
    assert bench.act(PROVINCE, do.IssueQuota(2023)) == "nothing_due YF2023"
    assert bench.act(PROVINCE, do.IssueQuota(2023, "2")) == "nothing_due YF2023"


def test_a_pack_without_days_for_it_lets_it_be_paid_at_once(make_bench: Any) -> None:
    bench = make_bench({"clearing.prepaid.in_province.pay_workdays": None})
    bench.on("2023-02-01").act(PROVINCE, do.IssueQuota(2023))
    assert bench.requests("P201")[0].block("data")["pay_ddln_date"] == "2023-02-01"


def test_a_quota_of_nothing_is_closed_at_once_on_both_sides(year: Any) -> None:
    assert not year.act(PROVINCE, do.IssueQuota(2023))

    def closed(code: str) -> list[str]:
        return [fact.number for fact in year.facts(Closed, code)]

    assert (closed(SUZHOU), closed(XUZHOU), closed(PROVINCE)) == ([f"YF{SUZHOU}2023"], [], [f"YF{SUZHOU}2023"])
    paid_in(year, f"YF{XUZHOU}2023")  # one with something due is closed when it is paid
    assert closed(XUZHOU) == [f"YF{XUZHOU}2023"]
    assert closed(PROVINCE) == [f"YF{SUZHOU}2023", f"YF{XUZHOU}2023"]


def test_a_year_has_one_quota(year: Any) -> None:
    year.act(PROVINCE, do.IssueQuota(2023))
    assert year.act(PROVINCE, do.IssueQuota(2023)).startswith("document_not_now YF2023")
    assert not year.act(PROVINCE, do.IssueQuota(2023, "2"))  # across provinces it is another


def test_the_quota_is_paid_through_finance_and_kept_apart_from_clearing(year: Any) -> None:
    year.act(PROVINCE, do.IssueQuota(2023))
    paid_in(year, "YF3203002023")
    assert year.balance(XUZHOU, PREPAID, PROVINCE) == 12 * WAN
    assert year.balance(PROVINCE, PREPAID, XUZHOU) == -12 * WAN
    assert year.province.prepaid.free("1", XUZHOU) == {"310": 12 * WAN}
    assert year.province.prepaid.due("YF3203002023") == {}
    (report,) = year.requests("P204")
    assert (report.block("data")["colct_type"], report.block("data")["colct_ddln_date"]) == ("3", "2023-02-15")
    assert year.replies("P204")[0].block("result")["balc"] == 12 * WAN
    order = next(each for each in year.requests("P103") if each.block("data")["dfr_souc"] == "2")
    assert order.block("data")["dfr_notc_type"] == "2"
    assert [row["fund_pay_type"] for row in order.rows("fundsbit")] == ["310101"]
    assert year.city(XUZHOU).agency.received("YF3203002023") == 0
    assert year.province.agency.received("YF3203002023") == 12 * WAN


def test_a_prepaid_paper_is_paid_by_its_member_and_up_to_what_is_due(year: Any) -> None:
    year.act(PROVINCE, do.IssueQuota(2023))
    paid_in(year, "YF3203002023")
    (report,) = year.requests("P204")
    assert year.again(report, PROVINCE, souc_sn="YF3201002023").infcode == UNKNOWN
    assert year.again(report, PROVINCE, "colctlist", dfr_id="BF9").infcode == DIFFERS  # nothing is due any more


def test_what_is_left_of_a_year_lowers_the_next_quota(year: Any) -> None:
    year.act(PROVINCE, do.IssueQuota(2023))
    paid_in(year, "YF3203002023")
    assert year.on("2024-01-08").act(PROVINCE, do.IssueQuota(2024)).startswith("document_not_now YF2023")
    assert not year.act(PROVINCE, do.SettleYear(2023))
    assert year.act(PROVINCE, do.SettleYear(2023)).startswith("document_not_now YF2023")
    (settled,) = year.facts(YearSettled)
    assert settled.balances == ((XUZHOU, "310", 12 * WAN),)
    assert not year.act(PROVINCE, do.IssueQuota(2024))
    assert quota(year, XUZHOU, 2024)["310"] == (900 * WAN, 180 * WAN, 12 * WAN)
    (asked,) = [each for each in year.requests("P201") if each.block("data")["ppay_no"] == "YF3203002024"]
    assert asked.block("data")["pay_sumamt"] == 168 * WAN


def test_what_is_more_than_the_new_quota_comes_back(bench: Any) -> None:
    """徐州 prepaid 12 ten-thousands for 2023; nothing left the city in 2023, so that 2024 needs none."""
    bench.settle(FIRST, "320399", 60 * WAN, at="2022-03-10")
    bench.endow(1_000 * WAN, XUZHOU)
    bench.on("2023-02-01").act(PROVINCE, do.IssueQuota(2023))
    paid_in(bench, "YF3203002023")
    bench.on("2024-01-08").act(PROVINCE, do.SettleYear(2023))
    bench.act(PROVINCE, do.IssueQuota(2024))
    assert quota(bench, XUZHOU, 2024)["310"] == (0, 0, 12 * WAN)
    assert bench.city(XUZHOU).agency.debts("YF3203002024") == ()
    bench.seal(PROVINCE, "YF3203002024")
    bench.pay(PROVINCE, "YF3203002024")
    assert bench.balance(XUZHOU, PREPAID, PROVINCE) == bench.balance(PROVINCE, PREPAID, XUZHOU) == 0
    assert bench.treasury(PROVINCE).account.balance == 0
    assert bench.treasury(XUZHOU).account.balance == 1_000 * WAN
    assert inv.never_negative(bench.province.prepaid.free("1", XUZHOU).values())
    assert bench.province.prepaid.free("1", XUZHOU) == {"310": 0}


def test_what_is_to_go_back_covers_nobody_and_is_carried_over_once(bench: Any) -> None:
    """徐州 prepaid 12 ten-thousands; 2024 needs 3 of them: 9 go back, and only 3 stand for it while they do."""
    bench.settle(FIRST, "320399", 60 * WAN, at="2022-03-10")
    bench.settle(FIRST, "320399", 15 * WAN, at="2023-03-10")
    bench.endow(1_000 * WAN, XUZHOU, NANJING)
    bench.on("2023-02-01").act(PROVINCE, do.IssueQuota(2023))
    paid_in(bench, "YF3203002023")
    bench.on("2024-01-08").act(PROVINCE, do.SettleYear(2023))
    assert not bench.act(PROVINCE, do.IssueQuota(2024))
    assert quota(bench, XUZHOU, 2024)["310"] == (15 * WAN, 3 * WAN, 12 * WAN)
    bench.settle(FIRST, "320399", 5 * WAN, at="2024-01-10")
    number = bench.on("2024-02-20").sheet("2024-01")
    for city in bench.registry.cities:
        assert not bench.confirm(city, number)
    assert bench.on("2024-03-25").act(PROVINCE, do.Cover(number, XUZHOU)) == f"not_covered {XUZHOU} 20000.00"
    bench.pay_upward(number)
    assert not bench.on("2025-01-08").act(PROVINCE, do.SettleYear(2024))
    assert not bench.act(PROVINCE, do.IssueQuota(2025))
    assert quota(bench, XUZHOU, 2025)["310"] == (5 * WAN, 1 * WAN, 3 * WAN)  # 2 more go back by this one
    for year in (2024, 2025):
        bench.seal(PROVINCE, f"YF{XUZHOU}{year}")
        bench.pay(PROVINCE, f"YF{XUZHOU}{year}")
    assert bench.province.prepaid.free("1", XUZHOU) == {"310": 1 * WAN}
    assert bench.balance(PROVINCE, PREPAID, XUZHOU) == -1 * WAN


def test_across_provinces_it_is_two_months_of_the_last_quarter(make_bench: Any) -> None:
    bench = make_bench(country=True)
    for day, fen in (("2022-09-30", 900 * WAN), ("2022-10-01", 4 * WAN), ("2022-12-31", 5 * WAN)):
        bench.settle("H22019900001", "320399", fen, at=day)
    bench.settle(FIRST, "220199", 7 * WAN, at="2022-11-11")  # what comes in is another matter
    bench.settle(FIRST, "320399", 800 * WAN, at="2022-11-11")  # and so is the province's own
    bench.on("2023-02-01")
    assert not bench.act(PROVINCE, do.IssueQuota(2023, "2"))
    rows = {row.insutype: row[1:] for row in bench.province.prepaid.quotas["YF3203002023K"].fact.rows}
    assert rows["310"] == (3 * WAN, 6 * WAN, 0)  # (4 + 5) / 3 a month, twice
    (asked,) = [each for each in bench.requests("P201") if each.recipient == XUZHOU]
    data = asked.block("data")
    assert (data["ppay_type"], data["ppay_prop"], data["pay_ddln_date"]) == ("2", 20_000, "2023-02-28")


def test_a_city_takes_a_quota_once(year: Any) -> None:
    year.act(PROVINCE, do.IssueQuota(2023))
    (asked,) = [each for each in year.requests("P201") if each.recipient == XUZHOU]
    assert year.again(asked, XUZHOU).infcode == NOT_NOW
    assert len(year.facts(QuotaIssued, XUZHOU)) == 1


def test_a_years_settling_waits_for_those_who_still_owe(year: Any) -> None:
    """徐州 is covered for a sheet: its year is settled when it has paid."""
    year.act(PROVINCE, do.IssueQuota(2023))
    paid_in(year, "YF3203002023")
    year.settle(FIRST, "320399", 3 * WAN, at="2023-03-10")
    number = year.on("2023-04-10").sheet("2023-03")
    for city in year.registry.cities:
        year.confirm(city, number)
    assert not year.on("2023-06-01").act(PROVINCE, do.Cover(number, XUZHOU))
    year.on("2024-01-08")
    assert year.act(PROVINCE, do.SettleYear(2023)) == f"not_covered {XUZHOU} 30000.00"
    assert not year.act(PROVINCE, do.SettleYear(2023, "2"))  # that of care across provinces is another
    year.pay_upward(number)
    assert not year.act(PROVINCE, do.SettleYear(2023))


# -- from year to year ------------------------------------------------------------------------------------------


def test_a_year_is_settled_and_followed_when_it_is_over(year: Any) -> None:
    assert not year.act(PROVINCE, do.IssueQuota(2023))
    assert year.on("2023-12-31").act(PROVINCE, do.SettleYear(2023)) == "month_not_open 2023-12"
    assert year.act(PROVINCE, do.IssueQuota(2024)) == "month_not_open 2023-12"
    assert not year.on("2024-01-01").act(PROVINCE, do.SettleYear(2023))
    assert not year.act(PROVINCE, do.IssueQuota(2024))


def test_money_that_comes_after_its_year_was_settled_is_carried_over_too(year: Any) -> None:
    year.act(PROVINCE, do.IssueQuota(2023))
    assert not year.on("2024-01-03").act(PROVINCE, do.SettleYear(2023))
    paid_in(year, "YF3203002023")
    assert not year.on("2024-02-01").act(PROVINCE, do.IssueQuota(2024))
    assert quota(year, XUZHOU, 2024)["310"] == (900 * WAN, 180 * WAN, 12 * WAN)


def test_what_was_not_paid_of_a_year_is_in_the_quota_of_the_next(year: Any) -> None:
    year.act(PROVINCE, do.IssueQuota(2023))
    year.on("2024-01-03").act(PROVINCE, do.SettleYear(2023))
    year.on("2024-02-01").act(PROVINCE, do.IssueQuota(2024))
    agency = year.city(XUZHOU).agency
    assert agency.debts("YF3203002023") == ()
    assert [debt.amount for debt in agency.debts("YF3203002024")] == [180 * WAN]


def test_money_of_an_insurance_without_an_outflow_comes_back(bench: Any) -> None:
    """P75-32: 8 ten-thousands were prepaid for an insurance that has had no care in other cities since."""
    bench.settle(FIRST, "320399", 40 * WAN, insutype="340", at="2022-03-10")
    bench.endow(1_000 * WAN, XUZHOU)
    bench.on("2023-02-01").act(PROVINCE, do.IssueQuota(2023))
    paid_in(bench, "YF3203002023")
    bench.on("2024-01-03").act(PROVINCE, do.SettleYear(2023))
    assert not bench.on("2024-02-01").act(PROVINCE, do.IssueQuota(2024))
    assert quota(bench, XUZHOU, 2024)["340"] == (0, 0, 8 * WAN)
    bench.seal(PROVINCE, "YF3203002024")
    bench.pay(PROVINCE, "YF3203002024")
    assert bench.treasury(XUZHOU).account.balance == 1_000 * WAN


def test_no_quota_is_set_while_prepaid_money_covers_somebody(year: Any) -> None:
    year.act(PROVINCE, do.IssueQuota(2023))
    paid_in(year, "YF3203002023")
    year.on("2024-01-03").act(PROVINCE, do.SettleYear(2023))
    year.fold(PROVINCE, SheetMade(PaperSheet("QSD1", "1", "2023-12", *[year.now.date()] * 3, (), ()), ()))
    year.fold(PROVINCE, Covered("QSD1", XUZHOU, (("310", WAN),), year.now.date()))
    assert year.on("2024-02-01").act(PROVINCE, do.IssueQuota(2024)) == f"not_covered {XUZHOU} 10000.00"


def test_a_cross_province_quota_is_due_by_the_end_of_february_whenever_it_is_set(make_bench: Any) -> None:
    """P75-31."""
    bench = make_bench({"clearing.prepaid.cross_province.province_pay_month": 2}, country=True)
    bench.settle("H22019900001", "320399", 15 * WAN, at="2023-10-10")
    assert not bench.on("2024-01-25").act(PROVINCE, do.IssueQuota(2024, "2"))
    number = "YF3203002024K"
    assert bench.province.prepaid.quotas[number].fact.pay_by.isoformat() == "2024-02-29"
    steps = {each.due.step: each.due.day.isoformat() for each in bench.province.diary.timetable(number)}
    assert steps == {"province_transfer": "2024-02-29"}


def test_a_prepaid_paper_of_jilin_goes_3_7_and_5_working_days(make_bench_with: Any) -> None:
    """JL-4.2b, JL-4.2d, JL-4.2f: sealed on Monday 11 February 2019, as clearing sheets are."""
    bench = make_bench_with(load_pack("jilin-2019"), dt.date(2019, 1, 2), True)
    bench.settle(FIRST, "220199", 300 * WAN, at="2018-11-10")
    bench.on("2019-02-11").act("220000", do.IssueQuota(2019, "2"))
    bench.seal("220100", "YF2201002019K")
    table = bench.city("220100").diary.timetable("YF2201002019K")
    assert [(each.due.step, each.due.day.isoformat(), each.due.basis.clause) for each in table] == [
        ("hand", "2019-02-14", "JL-4.2b"),
        ("transfer", "2019-02-25", "JL-4.2d"),
        ("voucher", "2019-03-04", "JL-4.2f"),
    ]
