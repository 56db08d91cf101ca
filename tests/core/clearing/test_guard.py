"""The watch over prepaid money: what is used, warnings, calls, cover."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.core import invariants as inv
from simulator.core.clearing import actions as do
from simulator.core.clearing.facts import Covered, Pooled, QuotaRow, SheetMade, Warned
from simulator.core.clearing.guard import raised
from simulator.core.platform.books import CLEARING, PREPAID

NANJING, XUZHOU, SUZHOU, PROVINCE = "320100", "320300", "320500", "320000"
FIRST, OTHER = "H32019900001", "H32039900001"
WAN = 1_000_000
UNKNOWN, NOT_NOW = -226, -227


@pytest.fixture
def prepaid(bench: Any) -> Any:
    """徐州 has prepaid 10 ten-thousands for 2023, 8 for employees and 2 for residents."""
    bench.settle(FIRST, "320399", 40 * WAN, at="2022-03-10")
    bench.settle(FIRST, "320399", 10 * WAN, insutype="390", at="2022-03-10")
    bench.endow(1_000 * WAN, NANJING, XUZHOU)
    bench.on("2023-02-01").act(PROVINCE, do.IssueQuota(2023))
    bench.seal(XUZHOU, "YF3203002023")
    bench.pay(XUZHOU, "YF3203002023")
    bench.act(XUZHOU, do.Collect("YF3203002023"))
    return bench


def warned(bench: Any) -> list[str]:
    return [str(each.block("data")["warn_lv"]) for each in bench.requests("P202")]


def used(bench: Any) -> int:
    return int(bench.province.guard.used(XUZHOU, bench.now.date()))


def late_sheet(bench: Any, fen: int) -> str:
    """A sheet of March by which 徐州 owes; everybody has confirmed, and the day to pay is over.

    From Monday 10 April 2023 the tenth working day is Sunday the 23rd, worked for the May holiday.
    """
    bench.settle(FIRST, "320399", fen, at="2023-03-10")
    number = str(bench.on("2023-04-10").sheet("2023-03"))
    for city in bench.registry.cities:
        assert not bench.confirm(city, number)
    bench.on("2023-04-25")
    return number


def test_used_is_what_was_paid_and_not_cleared_yet_net_by_fund(prepaid: Any) -> None:
    prepaid.settle(FIRST, "320399", 3 * WAN, at="2023-02-10")
    prepaid.settle(OTHER, "320199", 1 * WAN, at="2023-03-10")
    prepaid.settle(OTHER, "320199", 9 * WAN, insutype="390", at="2023-03-10")  # the other fund owes nothing
    prepaid.settle(OTHER, "320599", 5 * WAN, at="2023-03-10")  # not between these two alone: 苏州 owes 徐州
    assert used(prepaid.on("2023-03-20")) == 0
    prepaid.settle(FIRST, "320399", 8 * WAN, at="2023-03-11")
    assert used(prepaid) == 5 * WAN  # 3 - 1 - 5 + 8
    assert used(prepaid.on("2023-06-01")) == 2 * WAN  # February is too long past to be declared
    assert prepaid.province.guard.share(XUZHOU, prepaid.now.date()) == 2_000
    assert prepaid.province.guard.share(SUZHOU, prepaid.now.date()) == 0  # without a quota


def test_what_is_on_a_sheet_is_used_until_it_is_pooled(prepaid: Any) -> None:
    number = late_sheet(prepaid, 4 * WAN)
    assert used(prepaid) == 4 * WAN
    prepaid.pay_upward(number)
    assert used(prepaid) == 0


def test_a_pack_without_a_limit_counts_every_month(make_bench: Any) -> None:
    bench = make_bench({"clearing.rules.max_delay_months": None, "clearing.rules.year_close_month": None})
    bench.settle(FIRST, "320399", 40 * WAN, at="2022-03-10")
    assert bench.on("2023-10-09").province.guard.used(XUZHOU, bench.now.date()) == 40 * WAN


def test_care_across_provinces_has_its_own_money(make_bench: Any) -> None:
    bench = make_bench(country=True)
    bench.settle("H22019900001", "320399", 40 * WAN, at="2023-09-10")
    assert bench.on("2023-10-09").province.guard.used(XUZHOU, bench.now.date()) == 0


def test_a_warning_is_given_when_a_line_is_crossed_and_again_after_falling_below(prepaid: Any) -> None:
    prepaid.on("2023-04-03")
    steps = [(6_999_999, []), (1, ["1"]), (1_999_999, ["1"]), (1, ["1", "2"])]  # of 10 ten-thousands
    for fen, levels in steps:
        prepaid.settle(FIRST, "320399", fen, at="2023-03-10")
        prepaid.act(PROVINCE, do.Watch())
        assert warned(prepaid) == levels
    prepaid.act(PROVINCE, do.Watch())
    assert warned(prepaid) == ["1", "2"]
    data = prepaid.requests("P202")[-1].block("data")
    assert (data["quota_amt"], data["used_amt"], data["balc"], data["used_prop"]) == (10 * WAN, 9 * WAN, WAN, 9_000)
    prepaid.cancel(prepaid.settle(OTHER, "320199", 5 * WAN, at="2023-03-11"), "2023-04-02")
    prepaid.act(PROVINCE, do.Watch())  # in March 徐州 got 5 back, which it gave again in April: 4 and 5 are used
    assert warned(prepaid) == ["1", "2"]
    prepaid.settle(OTHER, "320199", 3 * WAN, at="2023-03-12")
    prepaid.act(PROVINCE, do.Watch())
    assert warned(prepaid) == ["1", "2"]  # 6 of 10: below both lines, and nothing to say
    prepaid.settle(FIRST, "320399", 3 * WAN, at="2023-03-13")
    prepaid.act(PROVINCE, do.Watch())
    assert warned(prepaid) == ["1", "2", "2"]
    assert [fact.level for fact in prepaid.facts(Warned, PROVINCE)] == ["1", "2", "", "2"]
    assert prepaid.city(XUZHOU).prepayer.warnings == {"YF3203002023": "2"}


def test_a_pack_without_lines_gives_no_warning(make_bench: Any) -> None:
    bench = make_bench({f"clearing.prepaid.in_province.{line}_line": None for line in ("red", "yellow")})
    bench.settle(FIRST, "320399", 40 * WAN, at="2022-03-10")
    bench.on("2023-02-01").act(PROVINCE, do.IssueQuota(2023))
    bench.settle(FIRST, "320399", 90 * WAN, at="2023-02-10")
    bench.act(PROVINCE, do.Watch())
    assert warned(bench) == []


def test_a_share_used_is_written_with_one_digit_before_the_point(prepaid: Any) -> None:
    prepaid.settle(FIRST, "320399", 150 * WAN, at="2023-03-10")
    prepaid.on("2023-03-20").act(PROVINCE, do.Watch())
    assert prepaid.requests("P202")[0].block("data")["used_prop"] == 99_999


def test_a_warning_about_an_unknown_quota_is_refused(prepaid: Any) -> None:
    prepaid.settle(FIRST, "320399", 9 * WAN, at="2023-03-10")
    prepaid.on("2023-03-20").act(PROVINCE, do.Watch())
    (asked,) = prepaid.requests("P202")
    assert prepaid.again(asked, XUZHOU, ppay_no="YF9").infcode == UNKNOWN


def test_a_call_is_allowed_from_the_red_line_on_and_raises_the_quota(prepaid: Any) -> None:
    prepaid.settle(FIRST, "320399", 8_999_999, at="2023-03-10")
    prepaid.on("2023-03-20")
    assert prepaid.act(PROVINCE, do.CallPrepaid(XUZHOU, WAN, "1")) == f"nothing_due TZ{XUZHOU}"  # a fen below 90 %
    prepaid.settle(FIRST, "320399", 1, at="2023-03-10")
    assert prepaid.act(PROVINCE, do.CallPrepaid(XUZHOU, 0, "1")) == f"nothing_due TZ{XUZHOU}"
    assert prepaid.act(PROVINCE, do.CallPrepaid(SUZHOU, WAN, "1")) == f"nothing_due TZ{SUZHOU}"
    assert not prepaid.act(PROVINCE, do.CallPrepaid(XUZHOU, 5 * WAN, "1"))
    (asked,) = prepaid.requests("P203")
    data = asked.block("data")
    assert (data["bfr_quota_amt"], data["incr_amt"], data["aftr_quota_amt"]) == (10 * WAN, 5 * WAN, 15 * WAN)
    assert (data["agcy_ddln_date"], data["fin_ddln_date"]) == ("2023-03-27", "2023-04-03")
    assert prepaid.province.guard.quota(XUZHOU) == 15 * WAN
    number = data["call_no"]
    assert number == "TZ3203002023030001"
    prepaid.seal(XUZHOU, number)
    prepaid.pay(XUZHOU, number)
    assert not prepaid.act(XUZHOU, do.Collect(number))
    assert prepaid.province.prepaid.free("1", XUZHOU) == {"310": 12 * WAN, "390": 3 * WAN}
    assert prepaid.requests("P103")[-1].block("data")["dfr_souc"] == "3"
    assert prepaid.again(asked, XUZHOU).infcode == NOT_NOW
    assert prepaid.again(asked, XUZHOU, ppay_no="YF9").infcode == UNKNOWN


def test_a_pack_without_days_for_a_call_asks_at_once(make_bench: Any) -> None:
    bench = make_bench({f"clearing.prepaid.call.{step}_workdays": None for step in ("hand", "transfer")})
    bench.settle(FIRST, "320399", 40 * WAN, at="2022-03-10")
    bench.on("2023-02-01").act(PROVINCE, do.IssueQuota(2023))
    bench.settle(FIRST, "320399", 90 * WAN, at="2023-02-10")
    assert not bench.on("2023-03-20").act(PROVINCE, do.CallPrepaid(XUZHOU, WAN, "1"))
    data = bench.requests("P203")[0].block("data")
    assert data["agcy_ddln_date"] == data["fin_ddln_date"] == "2023-03-20"


def test_a_rise_is_split_as_the_quota_is() -> None:
    rows = (QuotaRow("310", 0, 8, 0), QuotaRow("390", 0, 2, 5))
    assert [(row.quota, row.due) for row in raised(rows, 11)] == [(9, 9), (2, 2)]


def test_a_late_payer_is_covered_and_the_others_get_their_money(prepaid: Any) -> None:
    number = late_sheet(prepaid, 5 * WAN)
    prepaid.seal(PROVINCE, number)
    assert prepaid.act(PROVINCE, do.HandToFinance(number)) == f"not_covered {XUZHOU} 50000.00"
    assert not prepaid.act(PROVINCE, do.Cover(number, XUZHOU))
    assert prepaid.act(PROVINCE, do.Cover(number, XUZHOU)) == f"nothing_due {XUZHOU}"
    assert prepaid.province.prepaid.free("1", XUZHOU) == {"310": 3 * WAN, "390": 2 * WAN}
    assert prepaid.province.prepaid.free("1", NANJING) == prepaid.province.prepaid.free("2", XUZHOU) == {}
    prepaid.pay(PROVINCE, number)
    assert prepaid.balance(NANJING, CLEARING, PROVINCE) == 0
    # the debt stands, and so does the prepaid money in the books: paying fills it up again
    assert prepaid.balance(XUZHOU, CLEARING, PROVINCE) == -5 * WAN
    assert prepaid.balance(PROVINCE, PREPAID, XUZHOU) == -10 * WAN
    advanced = 10 * WAN - prepaid.treasury(PROVINCE).account.balance
    assert inv.within_prepaid(advanced, 10 * WAN, 0)
    prepaid.pay_upward(number)
    assert prepaid.province.prepaid.free("1", XUZHOU) == {"310": 8 * WAN, "390": 2 * WAN}
    assert prepaid.treasury(PROVINCE).account.balance == 10 * WAN
    assert prepaid.balance(XUZHOU, CLEARING, PROVINCE) == 0


def test_cover_comes_after_the_last_day_to_pay_and_from_the_right_fund(prepaid: Any) -> None:
    number = late_sheet(prepaid, 9 * WAN)
    assert prepaid.on("2023-04-23").act(PROVINCE, do.Cover(number, XUZHOU)).startswith("document_not_now")
    prepaid.on("2023-04-25")
    assert prepaid.act(PROVINCE, do.Cover("QSD9", XUZHOU)) == "unknown_document QSD9"
    assert prepaid.act(PROVINCE, do.Cover(number, XUZHOU)) == f"not_covered {XUZHOU} 10000.00"  # 8 of 9
    assert prepaid.act(PROVINCE, do.Cover(number, NANJING)) == f"nothing_due {NANJING}"
    assert not prepaid.facts(Covered)


def test_what_a_member_disputes_is_not_covered(prepaid: Any) -> None:
    """徐州 doubts one of two bills on the last day; the corrected sheet asks for 10,000.00 instead of 60,000.00."""
    doubtful = prepaid.settle(FIRST, "320399", 5 * WAN, at="2023-03-10")
    prepaid.settle("H32019900002", "320399", 1 * WAN, at="2023-03-10")
    number = prepaid.on("2023-04-10").sheet("2023-03")
    assert not prepaid.confirm(SUZHOU, number)
    prepaid.on("2023-04-23")
    for city in (XUZHOU, NANJING):
        for department in "1234":
            prepaid.act(city, do.Stamp(number, department))
        assert not prepaid.act(city, do.Confirm(number, "一笔待核"))
    assert prepaid.on("2023-04-25").act(PROVINCE, do.Cover(number, XUZHOU)).startswith("document_not_now")
    prepaid.act(NANJING, do.Exclude((doubtful.setl_id,)))
    assert not prepaid.act(NANJING, do.ApplyClearing("2023-03"))
    assert not prepaid.act(PROVINCE, do.MakeSheet("2023-03"))
    for city in (XUZHOU, NANJING):
        assert not prepaid.confirm(city, number)
    assert not prepaid.on("2023-06-01").act(PROVINCE, do.Cover(number, XUZHOU))
    assert prepaid.province.prepaid.covered(number, XUZHOU) == {"310": 1 * WAN}


def test_cover_shrinks_with_the_debt(prepaid: Any) -> None:
    """A sheet may be corrected after its payer was covered: the ministry's notices are, until they are sealed."""
    number = late_sheet(prepaid, 5 * WAN)
    prepaid.act(PROVINCE, do.Cover(number, XUZHOU))
    sheet = prepaid.province.house.issue(number).sheet
    for revision, (fen, left) in enumerate(((2 * WAN, {"310": 2 * WAN}), (0, {})), 1):
        (pair,) = sheet.pairs
        pairs = (pair._replace(sums=pair.sums._replace(funds=(fen, *pair.sums.funds[1:]))),)
        prepaid.fold(PROVINCE, SheetMade(sheet._replace(number=f"{number}R{revision}", pairs=pairs), ()))
        assert prepaid.province.prepaid.covered(number, XUZHOU) == left
        assert prepaid.province.prepaid.free("1", XUZHOU)["310"] == 8 * WAN - fen
    prepaid.fold(PROVINCE, SheetMade(sheet._replace(number="QSD1"), ()))  # another sheet
    assert prepaid.province.prepaid.free("1", XUZHOU)["310"] == 8 * WAN


def test_without_a_quota_nothing_is_watched(bench: Any) -> None:
    bench.settle(FIRST, "320399", 9 * WAN, at="2023-03-10")
    bench.on("2023-03-20").act(PROVINCE, do.Watch())
    assert warned(bench) == []
    assert bench.province.guard.share(XUZHOU, bench.now.date()) == 0


def test_a_part_payment_frees_a_part_of_the_cover(prepaid: Any) -> None:
    number = late_sheet(prepaid, 5 * WAN)
    prepaid.act(PROVINCE, do.Cover(number, XUZHOU))
    part = Pooled("GJ1", "2", number, XUZHOU, "BF1", prepaid.now.date(), ((XUZHOU, "310", 2 * WAN),))
    prepaid.fold(PROVINCE, part)
    assert prepaid.province.prepaid.covered(number, XUZHOU) == {"310": 3 * WAN}
    assert prepaid.province.prepaid.free("1", XUZHOU)["310"] == 5 * WAN


# -- across provinces -------------------------------------------------------------------------------------------

OVER = "H22019900001"


@pytest.fixture
def across(make_bench: Any) -> Any:
    """徐州 has prepaid 10 ten-thousands for care in other provinces in 2023, and nothing at home."""
    bench = make_bench(
        {f"clearing.prepaid.in_province.{name}": None for name in ("share", "pay_workdays")}, country=True
    )
    bench.settle(OVER, "320399", 15 * WAN, at="2022-11-10")
    bench.endow(1_000 * WAN)
    assert not bench.on("2023-02-06").act(PROVINCE, do.IssueQuota(2023, "2"))
    bench.seal(XUZHOU, "YF3203002023K")
    bench.pay(XUZHOU, "YF3203002023K")
    bench.act(XUZHOU, do.Collect("YF3203002023K"))
    return bench


def test_the_emergency_rise_is_a_rule_of_cross_province_money(across: Any) -> None:
    """P75-31: from 90 % on; care at home, and care of others here, use none of it."""
    across.settle(FIRST, "320399", 90 * WAN, at="2023-03-10")
    across.settle("H32039900001", "220199", 90 * WAN, at="2023-03-10")
    across.settle(OVER, "320399", 9 * WAN - 1, at="2023-03-10")
    across.on("2023-03-20").act(PROVINCE, do.Watch())
    assert [(ask.block("data")["ppay_no"], ask.block("data")["warn_lv"]) for ask in across.requests("P202")] == [
        ("YF3203002023K", "1")
    ]
    assert across.act(PROVINCE, do.CallPrepaid(XUZHOU, WAN)) == f"nothing_due TZ{XUZHOU}"
    across.settle(OVER, "320399", 1, at="2023-03-11")
    assert across.act(PROVINCE, do.CallPrepaid(XUZHOU, WAN, "1")) == f"nothing_due TZ{XUZHOU}"
    assert not across.act(PROVINCE, do.CallPrepaid(XUZHOU, 5 * WAN))
    data = across.requests("P203")[-1].block("data")
    assert (data["ppay_type"], data["bfr_quota_amt"], data["aftr_quota_amt"]) == ("2", 10 * WAN, 15 * WAN)
    assert across.province.guard.quota(XUZHOU, "2") == 15 * WAN
    assert across.province.guard.share(XUZHOU, across.now.date(), "2") == 6_000


def test_a_late_payer_across_provinces_is_covered_by_its_own_money(across: Any) -> None:
    across.settle(OVER, "320399", 5 * WAN, at="2023-03-10")
    across.on("2023-04-10").apply("2023-03")
    for province in (PROVINCE, "220000"):
        across.act(province, do.ApplyClearing("2023-03"))
    across.act("100000", do.MakeSheet("2023-03"))
    number = across.number("2023-03", "100000")
    for member in (XUZHOU, "220100", PROVINCE, "220000"):
        assert not across.confirm(member, number)
    across.on("2023-09-25").seal(PROVINCE, number)
    assert across.act(PROVINCE, do.HandToFinance(number)) == f"not_covered {XUZHOU} 50000.00"
    assert not across.act(PROVINCE, do.Cover(number, XUZHOU))
    across.pay(PROVINCE, number)
    assert across.treasury("220000").account.balance == 1_000 * WAN + 5 * WAN
    assert across.province.prepaid.free("2", XUZHOU)["310"] == 5 * WAN


@pytest.mark.parametrize(("day", "used_then"), [("2023-05-20", 3 * WAN), ("2023-05-21", 0)])
def test_bills_that_cannot_be_declared_any_more_use_nothing(prepaid: Any, day: str, used_then: int) -> None:
    """February is declared by 20 March, or two months later (P75-49)."""
    prepaid.settle(FIRST, "320399", 3 * WAN, at="2023-02-10")
    assert used(prepaid.on(day)) == used_then
