"""Care in another province: the chain between the finance bureaus of two provinces (JL-4.2)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.core import invariants as inv
from simulator.core.clearing import actions as do
from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.facts import Closed, Listed
from simulator.core.clearing.parties import finance_of
from simulator.core.platform.books import CLEARING

NANJING, XUZHOU, SUZHOU, JIANGSU = "320100", "320300", "320500", "320000"
CHANGCHUN, JILIN, MINISTRY = "220100", "220000", "100000"
FIRST, OVER = "H32019900001", "H22019900001"
MONTH = "2023-09"


@pytest.fixture
def number(country: Any) -> str:
    return str(country.number(MONTH, MINISTRY))


@pytest.fixture
def country(make_bench: Any) -> Any:
    """徐州 owes 长春 1050 fen; 长春 owes 南京 300 and 苏州 40 for residents; 徐州 owes 南京 100 at home."""
    bench = make_bench(country=True)
    bench.settle(OVER, "320399", 1_000, 50, 200)
    bench.settle(FIRST, "220199", 300, insutype="390")
    bench.settle("H32059900001", "220199", 40, insutype="390")
    bench.settle(FIRST, "320399", 100)
    bench.endow(100_000, NANJING, XUZHOU, SUZHOU, CHANGCHUN)
    bench.on("2023-10-09").apply(MONTH)
    return bench


def noticed(bench: Any) -> Any:
    """Up to the notice in every city."""
    for province in (JIANGSU, JILIN):
        assert not bench.act(province, do.ApplyClearing(MONTH))
    assert not bench.act(MINISTRY, do.MakeSheet(MONTH))
    return bench


def confirmed(bench: Any, number: str) -> Any:
    noticed(bench)
    for member in (NANJING, XUZHOU, SUZHOU, CHANGCHUN, JIANGSU, JILIN):
        assert not bench.confirm(member, number)
    return bench


def test_a_province_applies_with_what_its_cities_claim_of_others(country: Any) -> None:
    noticed(country)
    sent = {each.head["sender_admdvs"]: each for each in country.requests("C101") if each.recipient == MINISTRY}
    assert set(sent) == {JIANGSU, JILIN}
    rows = [(row["mdtrtarea_admvs"], row["insuplc_admdvs"], row["clr_sumamt"]) for row in sent[JIANGSU].rows("clrlist")]
    assert rows == [(NANJING, CHANGCHUN, 300), (SUZHOU, CHANGCHUN, 40)]
    assert sent[JILIN].block("data")["fund_appy_sum"] == 1_050


def test_the_ministrys_sheet_has_provinces_for_lines_and_reaches_the_cities_it_concerns(
    country: Any, number: str
) -> None:
    noticed(country)
    issue = country.city(MINISTRY).house.issue(number)
    lines = {(line.city, line.insutype): (line.collects, line.pays) for line in issue.sheet.lines}
    assert lines == {
        (JILIN, "310"): (1_050, 0),
        (JILIN, "390"): (0, 340),
        (JIANGSU, "310"): (0, 1_050),
        (JIANGSU, "390"): (340, 0),
    }
    assert inv.lines_are_zero(issue.sheet.lines)
    receivers = [each.recipient for each in country.requests("C102")]
    assert sorted(receivers) == sorted([JILIN, CHANGCHUN, JIANGSU, NANJING, XUZHOU, SUZHOU])
    assert [line.city for line in country.city(XUZHOU).member.case(number).sheet.lines] == [
        JILIN,
        JILIN,
        *[JIANGSU] * 2,
    ]
    assert country.city(MINISTRY).house.members == (JILIN, JIANGSU)


def test_everybody_books_the_notice_and_all_books_mirror(country: Any, number: str) -> None:
    noticed(country)
    assert country.balance(XUZHOU, CLEARING, JIANGSU) == -1_050
    assert country.balance(JIANGSU, CLEARING, XUZHOU) == 1_050
    assert country.balance(JIANGSU, CLEARING, JILIN) == -1_050 + 340
    assert country.balance(JILIN, CLEARING, JIANGSU) == 1_050 - 340
    assert country.balance(JILIN, CLEARING, CHANGCHUN) == 340 - 1_050
    assert country.balance(CHANGCHUN, CLEARING, JILIN) == 1_050 - 340
    assert not country.nodes[MINISTRY].books.balances()


def test_home_and_away_are_cleared_on_two_sheets(country: Any, number: str) -> None:
    noticed(country)
    assert not country.act(JIANGSU, do.MakeSheet(MONTH))
    home = country.number(MONTH)
    member = country.city(XUZHOU).member
    assert [debt.amount for debt in member.owes(home)] == [100]
    assert [debt.amount for debt in member.owes(number)] == [1_050]
    assert {case.sheet.kind for case in member.cases.values()} == {"1", "2"}
    assert (member.state(MONTH), member.state(MONTH, "2")) == (life.ON_SHEET, life.ON_SHEET)
    assert member.paper(number).table == "cross_province"


def test_each_province_pays_the_other_in_full_once_its_areas_have_paid(country: Any, number: str) -> None:
    confirmed(country, number)
    for province in (JIANGSU, JILIN):
        country.seal(province, number)
    jiangsu = country.city(JIANGSU).agency
    assert {(debt.payee, debt.amount) for debt in jiangsu.debts(number)} == {
        (NANJING, 300),
        (SUZHOU, 40),
        (JILIN, 1_050),
    }
    assert country.act(JIANGSU, do.HandToFinance(number, (JILIN,))) == f"not_covered {XUZHOU} 10.50"
    assert country.act(JIANGSU, do.HandToFinance(number, (NANJING,))) == f"not_covered {number} 3.00"
    country.pay_upward(number)
    (order,) = country.transfer(JIANGSU, country.hand(JIANGSU, number, JILIN))
    asked = country.requests("P103")[-1]
    hops = [end for _, end, message in country.relay.hops if message.key == asked.key and not message.is_reply]
    assert hops == [JIANGSU, MINISTRY, JILIN, finance_of(JILIN)]
    assert asked.block("data")["dfr_obj"] == "1"
    funds = {row["fund_pay_type"]: row["fund_payamt"] for row in asked.rows("fundsbit")}
    assert funds == {"310100": 1_000, "310200": 50}
    country.arrive(JIANGSU, order)
    assert country.balance(JIANGSU, CLEARING, JILIN) == 340
    assert country.balance(JILIN, CLEARING, JIANGSU) == -340


def test_what_comes_from_the_other_province_goes_on_to_those_who_treated(country: Any, number: str) -> None:
    confirmed(country, number)
    for province in (JIANGSU, JILIN):
        country.seal(province, number)
    country.pay_upward(number)
    country.pay(JILIN, number, JIANGSU)
    country.pay(JIANGSU, number, NANJING)
    assert country.act(JIANGSU, do.HandToFinance(number, (NANJING,))) == f"nothing_due {number}"
    country.pay(JIANGSU, number)  # the rest: 苏州 and 吉林
    country.pay(JILIN, number)
    assert {node for node, fact in country.relay.facts if isinstance(fact, Closed)} == {
        *(NANJING, XUZHOU, SUZHOU, JIANGSU),
        *(CHANGCHUN, JILIN),
    }
    for org in (NANJING, XUZHOU, SUZHOU, CHANGCHUN, JIANGSU, JILIN):
        cleared = {key: fen for key, fen in country.nodes[org].books.balances().items() if key[0] == CLEARING and fen}
        assert set(cleared) <= {(CLEARING, JIANGSU), (CLEARING, NANJING), (CLEARING, XUZHOU)}  # at home, not sheeted
        assert country.act(org, do.HandToFinance(number)).startswith("nothing_due")
    assert country.treasury(JIANGSU).account.balance == country.treasury(JILIN).account.balance == 0


def test_money_for_one_city_is_not_spent_twice(country: Any, number: str) -> None:
    """340 fen have come; 300 are with finance for 南京: 苏州 gets its 40 and no more would be there."""
    confirmed(country, number)
    for province in (JIANGSU, JILIN):
        country.seal(province, number)
    country.pay_upward(number)
    country.pay(JILIN, number, JIANGSU)
    first = country.hand(JIANGSU, number, NANJING)
    assert not country.act(JIANGSU, do.HandToFinance(number, (SUZHOU,)))
    country.finance(JIANGSU, do.CheckSheet(first, "退回"))
    assert not country.act(JIANGSU, do.HandToFinance(number, (NANJING,)))


def cleared(bench: Any, month: str, *payers: str) -> str:
    """A month across provinces: applied for, confirmed, paid upward, and paid by the provinces in this order."""
    bench.apply(month)
    for province in (JIANGSU, JILIN):
        bench.act(province, do.ApplyClearing(month))
    assert not bench.act(MINISTRY, do.MakeSheet(month))
    number = str(bench.number(month, MINISTRY))
    for member in (JIANGSU, JILIN, *bench.registry.cities):
        if bench.city(member).member.paper(number) is not None:
            assert not bench.confirm(member, number), member
    bench.pay_upward(number)
    for province in payers:
        bench.seal(province, number)
        bench.pay(province, number)
    return number


def test_a_month_of_refunds_is_paid_back_the_other_way(make_bench: Any, number: str) -> None:
    bench = make_bench(country=True)
    row = bench.settle(OVER, "320399", 1_000, at="2023-08-10")
    bench.endow(100_000, XUZHOU, CHANGCHUN)
    cleared(bench.on("2023-09-11"), "2023-08", JIANGSU, JILIN)
    bench.cancel(row, "2023-09-12")
    cleared(bench.on("2023-10-09"), MONTH, JILIN, JIANGSU)
    assert bench.treasury(XUZHOU).account.balance == bench.treasury(CHANGCHUN).account.balance == 100_000
    assert len([fact for fact in bench.facts(Closed) if fact.number == number]) == 4


def test_what_one_city_gives_back_is_what_another_is_owed(make_bench: Any) -> None:
    """南京 gives 400 fen back to 长春 for a bill of last month, 徐州 is owed 300 by it: 300 stay in Jiangsu, 100 go."""
    bench = make_bench(country=True)
    old = bench.settle(FIRST, "220199", 400, at="2023-08-10")
    bench.endow(100_000, NANJING, XUZHOU, CHANGCHUN)
    cleared(bench.on("2023-09-11"), "2023-08", JILIN, JIANGSU)
    bench.cancel(old, "2023-09-12")
    bench.settle("H32039900001", "220199", 300, at="2023-09-15")
    cleared(bench.on("2023-10-11"), MONTH, JIANGSU, JILIN)
    assert [bench.treasury(city).account.balance for city in (NANJING, XUZHOU, CHANGCHUN)] == [100_000, 100_300, 99_700]


def test_a_city_that_applies_after_its_province_is_cleared_with_the_next_month(make_bench: Any) -> None:
    """The province takes its application in, and takes it along."""
    bench = make_bench(country=True)
    bench.settle("H32039900001", "220199", 100)
    bench.settle(FIRST, "220199", 500)
    bench.endow(10_000, CHANGCHUN)
    bench.on("2023-10-09").pay_institutions(MONTH)
    bench.act(XUZHOU, do.ApplyClearing(MONTH))
    bench.act(JIANGSU, do.ApplyClearing(MONTH))
    assert not bench.act(MINISTRY, do.MakeSheet(MONTH))
    for who in (XUZHOU, CHANGCHUN, JIANGSU, JILIN):
        assert not bench.confirm(who, bench.number(MONTH, MINISTRY))
    assert not bench.act(NANJING, do.ApplyClearing(MONTH))
    assert bench.replies("C101")[-1].succeeded
    assert bench.act(JIANGSU, do.ApplyClearing(MONTH)).startswith("document_not_now")
    bench.settle(FIRST, "220199", 30, at="2023-10-02")
    number = cleared(bench.on("2023-11-09"), "2023-10", JILIN, JIANGSU)
    pairs = [(pair.event, pair.sums.claimed) for pair in bench.city(NANJING).member.case(number).sheet.pairs]
    assert pairs == [("QS3201002023090001", 500), ("QS3201002023100001", 30)]
    assert bench.treasury(NANJING).account.balance == 530
    assert {fact.event for fact in bench.facts(Listed, NANJING)} == {event for event, _ in pairs}
    bench.settle(FIRST, "220199", 7, at="2023-09-28")
    bench.on("2023-12-11").pay_institutions(MONTH)
    assert bench.act(NANJING, do.ApplyClearing(MONTH)).startswith("document_not_now")  # it has been listed
    assert not bench.act(NANJING, do.ApplyClearing("2023-11"))
    assert bench.replies("C101")[-1].succeeded
    assert not bench.act(JIANGSU, do.ApplyClearing("2023-11"))
    assert [row.sums.claimed for row in bench.city(JIANGSU).member.applications["2023-11"].rows] == [7]


def test_what_a_later_notice_lists_is_not_freed_by_an_earlier_one(make_bench: Any) -> None:
    """南京's bills of September go with its province's application of October. It takes part in September's notice only
    as the one that pays: confirming that leaves its own application alone."""
    bench = make_bench(country=True)
    bench.settle(OVER, "320199", 90)
    bench.settle(FIRST, "220199", 500)
    bench.endow(10_000, NANJING, CHANGCHUN)
    bench.on("2023-10-09").apply(MONTH)
    assert not bench.act(JILIN, do.ApplyClearing(MONTH))  # 江苏 does not
    assert not bench.act(MINISTRY, do.MakeSheet(MONTH))
    assert not bench.on("2023-11-09").act(JIANGSU, do.ApplyClearing("2023-10"))
    for member in (NANJING, CHANGCHUN, JIANGSU, JILIN):
        assert not bench.confirm(member, bench.number(MONTH, MINISTRY))
    item = next(bench.city(NANJING).rows.items(MONTH))
    assert (item.claim, item.listed) == ("QS3201002023090001", False)
    assert bench.act(NANJING, do.ApplyClearing("2023-10")).startswith("nothing_due")
    number = cleared(bench, "2023-10", JILIN, JIANGSU)
    assert (item.claim, item.listed) == ("QS3201002023090001", True)
    assert bench.city(NANJING).member.case(number).state == life.CLOSED
    assert bench.treasury(NANJING).account.balance == 10_000 + 500


def test_a_bill_whose_refund_comes_by_a_later_notice_is_confirmed(make_bench: Any) -> None:
    """长春 owes nothing for a bill of September cancelled on 20 October; October's notice has the bill only."""
    bench = make_bench(country=True)
    row = bench.settle(FIRST, "220199", 500)
    bench.settle(FIRST, "220199", 30)
    bench.endow(10_000, NANJING, CHANGCHUN)
    bench.on("2023-10-09").apply(MONTH)
    bench.cancel(row, "2023-10-20")
    number = cleared(bench.on("2023-11-09"), "2023-10", JILIN, JIANGSU)
    assert [pair.sums.claimed for pair in bench.city(CHANGCHUN).member.case(number).sheet.pairs] == [530]
    number = cleared(bench.on("2023-12-11"), "2023-11", JIANGSU, JILIN)
    assert [pair.sums.claimed for pair in bench.city(CHANGCHUN).member.case(number).sheet.pairs] == [-500]
    assert bench.treasury(NANJING).account.balance == 10_000 + 30
    owed = bench.city(CHANGCHUN).rows.owed
    assert [owed.taken_back(first, "2023-11", NANJING) for first in (MONTH, "2023-11")] == [500, 0]


def test_what_a_city_applied_for_is_with_one_application_of_its_province_at_a_time(make_bench: Any) -> None:
    """The notice of October may list the first version: the second, without the bill, does not go with November's."""
    bench = make_bench(country=True)
    row = bench.settle(FIRST, "220199", 500, at="2023-10-09")
    bench.endow(10_000, CHANGCHUN)
    bench.on("2023-11-09").apply("2023-10")
    assert not bench.act(JIANGSU, do.ApplyClearing("2023-10"))
    assert not bench.on("2023-12-04").act(MINISTRY, do.MakeSheet("2023-10"))
    bench.act(NANJING, do.Exclude((row.setl_id,)))
    assert bench.act(NANJING, do.ApplyClearing("2023-10")) == ""
    assert bench.on("2023-12-11").act(JIANGSU, do.ApplyClearing("2023-11")).startswith("nothing_due")
    assert not bench.act(JIANGSU, do.ApplyClearing("2023-10"))  # it is corrected where it is
    assert [row.sums.claimed for row in bench.city(JIANGSU).member.applications["2023-10"].rows] == [0]
    assert not bench.act(JIANGSU, do.MakeSheet("2023-10"))
    province = bench.city(JIANGSU).applications
    province.versions.clear()  # as when they are put away
    assert bench.city(JIANGSU).member._holders() == {}


def test_what_stands_on_a_notice_stays_while_the_rest_of_it_is_corrected(country: Any, number: str) -> None:
    """徐州 has confirmed its claim of 70; the correction is about what it owes. A deduction from its bill waits."""
    row = country.settle("H32039900001", "220199", 70)
    country.pay_institutions(MONTH)
    assert not country.act(XUZHOU, do.ApplyClearing(MONTH))
    noticed(country)
    assert not country.confirm(XUZHOU, number)
    country.deduct(row, 20, "KK1")
    country.settle(OVER, "320399", 6)
    country.pay_institutions(MONTH)
    assert not country.act(CHANGCHUN, do.ApplyClearing(MONTH))
    assert not country.act(JILIN, do.ApplyClearing(MONTH))
    assert not country.act(MINISTRY, do.MakeSheet(MONTH))
    assert country.city(XUZHOU).member.case(number).state == life.ON_SHEET  # open again
    assert country.act(XUZHOU, do.ApplyClearing(MONTH)).startswith("document_not_now")
    asked = next(each for each in country.requests("C101") if each.head["sender_admdvs"] == XUZHOU)
    assert country.again(asked, JIANGSU, clr_appy_evt_id="QS3203002023090009").infcode == -227
    for member in (XUZHOU, NANJING, SUZHOU, CHANGCHUN, JIANGSU, JILIN):
        assert not country.confirm(member, number)
    claimed = {pair.treatment: pair.sums.claimed for pair in country.city(JIANGSU).house.issue(number).sheet.pairs}
    assert claimed == {XUZHOU: 70, NANJING: 300, SUZHOU: 40, CHANGCHUN: 1_056}
    found = country.city(XUZHOU).member.claims("2023-10", country.now.date(), "", "2")
    assert [each.sums.claimed for each in found.rows] == [-20]


def test_who_has_confirmed_a_notice_is_not_asked_to_again(country: Any, number: str) -> None:
    """南京's bill of August, applied for after September's notice was confirmed, goes with October's."""
    bench = country
    old = bench.settle(FIRST, "220199", 9, at="2023-08-10")
    noticed(bench)
    assert not bench.confirm(NANJING, number)
    bench.pay_institutions("2023-08")
    assert not bench.act(NANJING, do.ApplyClearing("2023-08"))
    assert bench.replies("C101")[-1].succeeded
    assert bench.act(JIANGSU, do.ApplyClearing(MONTH)).startswith("nothing_due")
    assert bench.city(NANJING).rows.find(old.setl_id).claim == "QS3201002023080001"
    for member in (XUZHOU, SUZHOU, CHANGCHUN, JIANGSU, JILIN):
        assert not bench.confirm(member, number)
    later = cleared(bench.on("2023-11-09"), "2023-10", JILIN, JIANGSU)
    pairs = bench.city(NANJING).member.case(later).sheet.pairs
    assert [(pair.event, pair.sums.claimed) for pair in pairs] == [("QS3201002023080001", 9)]


def test_an_application_of_a_province_that_comes_after_the_sheet_is_free_once_that_stands(country: Any) -> None:
    assert not country.act(JILIN, do.ApplyClearing(MONTH))
    assert not country.act(MINISTRY, do.MakeSheet(MONTH))
    assert not country.act(JIANGSU, do.ApplyClearing(MONTH))
    for member in (JIANGSU, JILIN):
        assert not country.confirm(member, country.number(MONTH, MINISTRY))
    assert MONTH not in country.city(JIANGSU).member.applications
    assert not country.on("2023-11-09").act(JIANGSU, do.ApplyClearing("2023-10"))
    assert [row.sums.claimed for row in country.city(JIANGSU).member.applications["2023-10"].rows] == [300, 40]


def test_no_sheet_is_made_before_its_month_is_over(country: Any) -> None:
    assert country.on("2023-10-31").act(MINISTRY, do.MakeSheet("2023-10")) == "month_not_open 2023-10"
    assert not country.on("2023-11-01").act(MINISTRY, do.MakeSheet("2023-10"))


def test_at_home_a_month_may_be_confirmed_before_its_bills_of_other_provinces_are_applied_for(country: Any) -> None:
    assert not country.act(JIANGSU, do.MakeSheet(MONTH))
    assert not country.confirm(NANJING, country.number(MONTH))
    country.settle(FIRST, "220199", 60, insutype="390")
    country.pay_institutions(MONTH)
    assert not country.act(NANJING, do.ApplyClearing(MONTH))
    asked, reply = country.requests("C101")[-1], country.replies("C101")[-1]
    assert reply.succeeded
    assert [row["clr_sumamt"] for row in asked.rows("clrlist")] == [360]
    claimed = country.province.applications
    assert {claimed.in_force[MONTH, NANJING].event, claimed.onward[MONTH, NANJING].event} == {
        "QS3201002023090001",
        "QS3201002023090003",
    }


def test_a_notice_is_not_confirmed_while_its_correction_is_with_the_ministry(country: Any, number: str) -> None:
    noticed(country)
    country.settle(FIRST, "220199", 60, insutype="390")
    country.pay_institutions(MONTH)
    assert not country.act(NANJING, do.ApplyClearing(MONTH))
    assert not country.act(JIANGSU, do.ApplyClearing(MONTH))
    assert not country.confirm(NANJING, number)
    assert not country.replies("C103")[-1].succeeded
    assert country.city(NANJING).member.case(number).state == life.ON_SHEET
    assert not country.confirm(CHANGCHUN, number)
    assert not country.act(MINISTRY, do.MakeSheet(MONTH))
    # 长春 had confirmed: it gets the correction all the same, as nothing of it is sealed, and answers again
    assert country.city(CHANGCHUN).member.case(number).state == life.ON_SHEET
    for member in (NANJING, CHANGCHUN, XUZHOU, SUZHOU, JIANGSU, JILIN):
        assert not country.confirm(member, number)
    assert country.balance(CHANGCHUN, CLEARING, JILIN) == 1_050 - 400
    assert {case for each in (NANJING, CHANGCHUN) for case in [country.city(each).member.case(number).state]} == {
        life.CONFIRMED
    }


def test_what_a_city_has_confirmed_stays_in_its_provinces_corrections(country: Any, number: str) -> None:
    """南京 applies anew, and confirms the notice as it is before its province has passed that on."""
    noticed(country)
    country.settle(FIRST, "220199", 60, insutype="390")
    country.pay_institutions(MONTH)
    country.act(NANJING, do.ApplyClearing(MONTH))
    assert not country.confirm(NANJING, number)
    country.settle("H32059900001", "220199", 5, insutype="390")
    country.pay_institutions(MONTH)
    country.act(SUZHOU, do.ApplyClearing(MONTH))
    assert not country.act(JIANGSU, do.ApplyClearing(MONTH))
    assert not country.act(MINISTRY, do.MakeSheet(MONTH))
    pairs = country.city(JIANGSU).house.issue(number).sheet.pairs
    claimed = {pair.treatment: (pair.event, pair.sums.claimed) for pair in pairs}
    assert claimed[NANJING] == ("QS3201002023090002", 300)
    assert claimed[SUZHOU] == ("QS3205002023090002", 45)


def test_a_correction_that_the_ministry_cannot_make_any_more_is_free_for_the_next_month(
    country: Any, number: str
) -> None:
    noticed(country)
    assert not country.confirm(JILIN, number)
    country.settle(FIRST, "220199", 60, insutype="390")
    country.pay_institutions(MONTH)
    country.act(NANJING, do.ApplyClearing(MONTH))
    assert not country.act(JIANGSU, do.ApplyClearing(MONTH))
    assert country.act(MINISTRY, do.MakeSheet(MONTH)).startswith("document_not_now")
    assert not country.confirm(JIANGSU, number)  # of the first version: the second is void
    country.settle(FIRST, "220199", 5, insutype="390")
    country.pay_institutions(MONTH)
    assert not country.act(NANJING, do.ApplyClearing(MONTH))
    assert not country.replies("C101")[-1].succeeded  # it has been listed, and is to be confirmed first
    assert not country.confirm(NANJING, number)
    member = country.city(NANJING).member
    assert sum(row.sums.claimed for row in member.claims("2023-10", country.now.date(), "", "2").rows) == 65


def test_what_a_city_has_declared_in_time_its_province_passes_on_whenever_it_does(make_bench: Any) -> None:
    """P75-49: bills of June, declared on 20 September."""
    bench = make_bench(country=True)
    bench.settle(FIRST, "220199", 500, at="2023-06-15")
    bench.on("2023-09-20").pay_institutions("2023-06")
    bench.apply("2023-08")
    assert not bench.on("2023-12-21").act(JIANGSU, do.ApplyClearing("2023-11"))
    assert bench.replies("C101")[-1].succeeded
    assert [row.sums.claimed for row in bench.city(JIANGSU).member.applications["2023-11"].rows] == [500]


def test_a_pair_that_the_ministry_has_changed_keeps_its_number(country: Any, number: str) -> None:
    """What its cities claim is named by their own applications where the sums are theirs."""
    noticed(country)
    sheet = country.city(JIANGSU).member.case(number).sheet
    member = country.city(JIANGSU).member
    pair = next(each for each in sheet.pairs if each.treatment == NANJING)
    assert [part.event for part in member._own_parts(pair)] == ["QS3201002023090002"]
    wrong = pair._replace(sums=pair.sums._replace(account=1))
    assert member._own_parts(wrong) == [wrong]


def test_a_correction_across_provinces_reaches_those_it_changes(country: Any, number: str) -> None:
    noticed(country)
    row = next(each.row for each in country.city(NANJING).rows.items(MONTH) if each.row.insured_city == CHANGCHUN)
    country.act(NANJING, do.Exclude((row.setl_id,)))
    assert not country.act(NANJING, do.ApplyClearing(MONTH))
    assert not country.act(JIANGSU, do.ApplyClearing(MONTH))
    assert not country.act(MINISTRY, do.MakeSheet(MONTH))
    assert country.balance(CHANGCHUN, CLEARING, JILIN) == 1_050 - 40
    assert country.balance(NANJING, CLEARING, JIANGSU) == 0
    assert country.city(XUZHOU).member.case(number).sheet.revision == 0  # it is not concerned
    assert country.city(CHANGCHUN).member.case(number).sheet.revision == 1
