"""The agency's side of the chain with finance."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from simulator.core.clearing import actions as do
from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.facts import Closed, Pooled
from simulator.core.clearing.papers import Debt
from simulator.core.clearing.parties import finance_of
from simulator.core.platform.books import CLEARING, FISCAL, FUND, POOLED

NANJING, XUZHOU, SUZHOU, PROVINCE = "320100", "320300", "320500", "320000"
FIRST = "H32019900001"
MONTH = "2023-09"
AGENCY, BUREAU = "经办机构", "行政部门"
DIFFERS, UNKNOWN, NOT_NOW = -221, -226, -227


@pytest.fixture
def number(bench: Any) -> str:
    return str(bench.number(MONTH))


@pytest.fixture
def confirmed(bench: Any, number: str) -> Any:
    """徐州 owes 1000 fen for employees and 300 for residents, of two pooling areas, and has confirmed."""
    bench.settle(FIRST, "320399", 600)
    bench.settle(FIRST, "320381", 400, funds={"cvlserv_pay": 100})
    bench.settle(FIRST, "320381", 300, insutype="390")
    bench.endow(100_000, NANJING, XUZHOU)
    bench.on("2023-10-09").sheet(MONTH)
    assert not bench.confirm(XUZHOU, number)
    return bench


def agency(bench: Any, area: str = XUZHOU) -> Any:
    return bench.city(area).agency


def test_a_paper_is_sealed_by_those_who_have_to_each_once(confirmed: Any, number: str) -> None:
    assert confirmed.act(XUZHOU, do.Seal(number, "档案馆")).startswith("document_not_now")
    assert not confirmed.act(XUZHOU, do.Seal(number, BUREAU))
    assert confirmed.act(XUZHOU, do.Seal(number, BUREAU)).startswith("document_not_now")
    assert agency(confirmed).sealed_on(number) is None
    assert not confirmed.on("2023-10-11").act(XUZHOU, do.Seal(number, AGENCY))
    assert agency(confirmed).sealed_on(number).isoformat() == "2023-10-11"  # 签章之日: the last seal
    assert confirmed.city(XUZHOU).member.case(number).state == life.SEALED


def test_what_is_not_confirmed_or_not_known_is_not_sealed(confirmed: Any, number: str) -> None:
    assert confirmed.act(NANJING, do.Seal(number, AGENCY)) == f"document_not_now {number} on the sheet seal"
    assert confirmed.act(XUZHOU, do.Seal("QSD9", AGENCY)) == "unknown_document QSD9"


def test_a_single_seal_may_do(make_bench: Any, number: str) -> None:
    bench = make_bench({"clearing.rules.seals": AGENCY})
    bench.settle(FIRST, "320399", 600)
    bench.on("2023-10-09").sheet(MONTH)
    bench.confirm(XUZHOU, number)
    assert not bench.act(XUZHOU, do.Seal(number, AGENCY))
    assert agency(bench).sealed_on(number) is not None


def test_a_sealed_paper_goes_to_finance_with_all_that_is_due(confirmed: Any, number: str) -> None:
    assert confirmed.act(XUZHOU, do.HandToFinance(number)).startswith(f"incomplete {number} 经办机构")
    confirmed.seal(XUZHOU, number)
    document = confirmed.hand(XUZHOU, number)
    (asked,) = confirmed.requests("P101")
    data = asked.block("data")
    assert (data["docno"], data["dfr_sumamt"], data["clr_sht_type"]) == ("TJ3203002023090001", 1_300, "1")
    assert (data["seal_date"], data["sbm_date"], data["next_seal_date"]) == ("2023-10-09", "2023-10-09", "2023-11-30")
    assert agency(confirmed).states[document] == life.WITH_FINANCE
    assert asked.party == "C32030000000"
    hops = [(start, end) for start, end, message in confirmed.relay.hops if message.key == asked.key]
    assert hops == [(XUZHOU, finance_of(XUZHOU)), (finance_of(XUZHOU), XUZHOU)]  # it does not leave the area


def test_what_is_with_finance_is_not_handed_over_twice(confirmed: Any, number: str) -> None:
    confirmed.seal(XUZHOU, number)
    confirmed.hand(XUZHOU, number)
    assert agency(confirmed).debts(number) == ()
    assert confirmed.act(XUZHOU, do.HandToFinance(number)) == f"nothing_due {number}"


def test_who_owes_nothing_has_nothing_to_hand_over(confirmed: Any, number: str) -> None:
    confirmed.confirm(NANJING, number)
    confirmed.seal(NANJING, number)
    assert confirmed.act(NANJING, do.HandToFinance(number)) == f"nothing_due {number}"


def test_what_finance_returns_is_handed_over_under_a_new_number(confirmed: Any, number: str) -> None:
    confirmed.seal(XUZHOU, number)
    first = confirmed.hand(XUZHOU, number)
    assert not confirmed.finance(XUZHOU, do.CheckSheet(first, "金额大写有误"))
    assert agency(confirmed).states[first] == life.RETURNED
    second = confirmed.hand(XUZHOU, number)
    assert second == "TJ3203002023090002"
    assert agency(confirmed).documents[second].debts == agency(confirmed).documents[first].debts
    assert agency(confirmed).debts(number) == ()


def test_what_finance_refuses_to_take_is_as_good_as_returned(confirmed: Any, number: str) -> None:
    confirmed.seal(XUZHOU, number)
    (taken,) = [confirmed.hand(XUZHOU, number)]
    confirmed.finance(XUZHOU, do.CheckSheet(taken, "退回"))
    treasury = confirmed.treasury(XUZHOU)
    treasury.documents["TJ3203002023090002"] = treasury.documents[taken]  # finance already has such a number
    treasury.states["TJ3203002023090002"] = life.CHECKED
    confirmed.hand(XUZHOU, number)
    assert agency(confirmed).states["TJ3203002023090002"] == life.RETURNED
    assert agency(confirmed).debts(number)


def test_the_annex_splits_the_debt_by_area_and_fund(confirmed: Any, number: str) -> None:
    confirmed.seal(XUZHOU, number)
    shares = agency(confirmed).annex(confirmed.hand(XUZHOU, number))
    # employees: basic 900 and civil servants' 100, by 600 and 400 fen of bills; residents 300, all of 新沂
    assert [(share.area, share.insutype, share.fund, share.amount) for share in shares] == [
        ("320381", "310", "310100", 360),
        ("320399", "310", "310100", 540),
        ("320381", "310", "320100", 40),
        ("320399", "310", "320100", 60),
        ("320381", "390", "390100", 300),
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"docno": "TJ9"}, UNKNOWN), ({"dfr_sumamt": 1_299}, DIFFERS)],
)
def test_finances_check_is_of_a_document_that_was_handed_over(
    confirmed: Any, number: str, fields: dict[str, Any], code: int
) -> None:
    confirmed.seal(XUZHOU, number)
    document = confirmed.hand(XUZHOU, number)
    confirmed.finance(XUZHOU, do.CheckSheet(document, "退回"))
    second = confirmed.hand(XUZHOU, number)
    (asked,) = confirmed.requests("P102")
    reply = confirmed.again(asked.with_fields("data", {"docno": second}), XUZHOU, **fields)
    assert reply.infcode == code
    assert agency(confirmed).states[second] == life.WITH_FINANCE


def test_a_document_is_checked_once(confirmed: Any, number: str) -> None:
    confirmed.seal(XUZHOU, number)
    confirmed.finance(XUZHOU, do.CheckSheet(confirmed.hand(XUZHOU, number)))
    (asked,) = confirmed.requests("P102")
    assert confirmed.again(asked, XUZHOU).succeeded  # it says what is known
    assert confirmed.again(asked, XUZHOU, fin_chk_rslt="2", retn_rea="退回").infcode == NOT_NOW


def test_an_order_says_that_finance_has_accepted_its_document(confirmed: Any, number: str) -> None:
    """JL-4.2c: word of the check is lost on the way, and the money has left."""
    confirmed.seal(XUZHOU, number)
    document = confirmed.hand(XUZHOU, number)
    with patch.dict(
        confirmed.nodes[XUZHOU].answers,
        {"P102": lambda turn, asked: turn.refuse(asked, "outcome_unknown", asked.infno)},
    ):
        assert not confirmed.finance(XUZHOU, do.CheckSheet(document))
    assert agency(confirmed).states[document] == life.WITH_FINANCE
    assert not confirmed.finance(XUZHOU, do.Transfer(document, agency(confirmed).annex(document)))
    assert agency(confirmed).states[document] == life.TRANSFERRED
    (asked,) = confirmed.requests("P102")
    assert confirmed.again(asked, XUZHOU).succeeded  # it comes at last
    assert agency(confirmed).states[document] == life.TRANSFERRED


def paid(bench: Any, number: str) -> str:
    """徐州 has paid upward; the province has received, no voucher is back."""
    bench.seal(XUZHOU, number)
    (order,) = bench.transfer(XUZHOU, bench.hand(XUZHOU, number))
    assert not bench.finance(PROVINCE, do.Receive(order, 1_300))
    return str(order)


def test_a_voucher_is_booked_and_not_before(confirmed: Any, number: str) -> None:
    order = paid(confirmed, number)
    finance = finance_of(XUZHOU)
    assert confirmed.balance(XUZHOU, FISCAL, finance) == 100_000
    assert agency(confirmed).states["TJ3203002023090001"] == life.TRANSFERRED
    assert confirmed.act(XUZHOU, do.Collect(number)) == f"nothing_due {number}"  # the voucher proves it
    assert not confirmed.finance(XUZHOU, do.ReturnVoucher(order))
    assert confirmed.balance(XUZHOU, FISCAL, finance) == 98_700
    assert confirmed.balance(XUZHOU, POOLED, PROVINCE) == 1_300
    assert agency(confirmed).states["TJ3203002023090001"] == life.REPORTED
    (reply,) = confirmed.replies("P104")
    assert reply.block("result")["fin_dspo_flag"] == "1"


@pytest.mark.parametrize(
    ("fields", "code"), [({"dfr_id": "BF9"}, UNKNOWN), ({"vchr_amt": 1_301}, DIFFERS), ({}, NOT_NOW)]
)
def test_a_voucher_is_of_an_order_for_its_amount_and_comes_once(
    confirmed: Any, number: str, fields: dict[str, Any], code: int
) -> None:
    order = paid(confirmed, number)
    confirmed.finance(XUZHOU, do.ReturnVoucher(order))
    (asked,) = confirmed.requests("P104")
    if fields.get("vchr_amt"):  # the province's agency has no voucher of it yet
        assert confirmed.again(asked.with_head(recer_admvs=PROVINCE), PROVINCE, **fields).infcode == code
    else:
        assert confirmed.again(asked, XUZHOU, **fields).infcode == code


def test_money_pooled_upward_pays_the_debt_and_closes_the_case(confirmed: Any, number: str) -> None:
    order = paid(confirmed, number)
    for area in (XUZHOU, PROVINCE):
        confirmed.finance(area, do.ReturnVoucher(order))
    assert confirmed.balance(PROVINCE, POOLED, XUZHOU) == -1_300
    assert not confirmed.act(XUZHOU, do.Collect(number))
    (asked,) = confirmed.requests("P204")
    data = asked.block("data")
    assert (data["colct_no"], data["colct_type"], data["colct_sumamt"]) == ("GJ3203002023090001", "2", 1_300)
    assert data["colct_ddln_date"] == "2023-10-23"
    rows = {(row["insu_admdvs"], row["insutype"]): row["colct_amt"] for row in asked.rows("colctlist")}
    assert rows == {("320381", "310"): 400, ("320381", "390"): 300, ("320399", "310"): 600}
    for org, other in ((XUZHOU, PROVINCE), (PROVINCE, XUZHOU)):
        assert confirmed.balance(org, POOLED, other) == confirmed.balance(org, CLEARING, other) == 0
    assert confirmed.act(XUZHOU, do.Collect(number)) == f"nothing_due {number}"
    assert [fact.number for fact in confirmed.facts(Closed, XUZHOU)] == [number]
    assert confirmed.city(XUZHOU).member.case(number).state == life.CLOSED


def test_money_that_is_not_in_yet_cannot_be_reported(confirmed: Any, number: str) -> None:
    order = paid(confirmed, number)
    confirmed.finance(XUZHOU, do.ReturnVoucher(order))
    assert not confirmed.act(XUZHOU, do.Collect(number))
    assert confirmed.replies("P204")[-1].infcode == -229
    assert not confirmed.facts(Pooled)
    confirmed.finance(PROVINCE, do.ReturnVoucher(order))
    assert not confirmed.act(XUZHOU, do.Collect(number))
    assert len(confirmed.facts(Pooled, XUZHOU)) == 1


def test_without_days_of_its_own_a_paper_names_the_day_it_was_made(make_bench: Any, number: str) -> None:
    bench = make_bench({"clearing.in_province.pay_workdays": None, "clearing.in_province.seal_day": None})
    bench.settle(FIRST, "320399", 600)
    bench.endow(10_000, XUZHOU)
    bench.on("2023-10-09").sheet(MONTH)
    bench.confirm(XUZHOU, number)
    bench.seal(XUZHOU, number)
    bench.pay(XUZHOU, number)
    bench.on("2023-10-12").act(XUZHOU, do.Collect(number))
    assert bench.requests("P204")[0].block("data")["colct_ddln_date"] == "2023-10-09"
    assert "next_seal_date" not in bench.requests("P101")[0].block("data")


def test_the_funds_money_is_opened_on_both_ledgers(bench: Any) -> None:
    bench.endow(5_000, XUZHOU)
    finance = finance_of(XUZHOU)
    assert bench.balance(XUZHOU, FISCAL, finance) == 5_000
    assert bench.balance(XUZHOU, FUND, XUZHOU) == -5_000
    assert bench.treasury(XUZHOU).account.balance == 5_000


def test_orders_between_others_are_not_kept(confirmed: Any, number: str) -> None:
    """The province's agency keeps what its own finance gets; the cities' agencies only theirs."""
    paid(confirmed, number)
    assert set(agency(confirmed, PROVINCE).orders) == set(agency(confirmed).orders) == {"BF3203002023090001"}
    (asked,) = confirmed.requests("P103")[-1:]
    agency(confirmed, NANJING)._note_order(None, asked, None)
    assert not agency(confirmed, NANJING).orders


def test_debts_are_those_of_the_sheet(confirmed: Any, number: str) -> None:
    expected = (Debt("3", PROVINCE, "310", 1_000), Debt("3", PROVINCE, "390", 300))
    assert agency(confirmed).debts(number) == expected
    assert confirmed.city(SUZHOU).member.owes(number) == ()
