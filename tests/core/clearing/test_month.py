"""Whole months on the real platforms: to the fen, complete by schema, the same when replayed, whatever the bills."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.core import invariants as inv
from simulator.core.clearing import actions as do
from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.facts import Applied, InstitutionPaid
from simulator.core.clearing.parties import finance_of
from simulator.core.platform.books import (
    BANK,
    CLEARING,
    DEDUCTION,
    FISCAL,
    PAYABLE,
    POOLED,
    PREPAID,
    RECEIVABLE,
)

NANJING, XUZHOU, SUZHOU, PROVINCE = "320100", "320300", "320500", "320000"
CITIES = (NANJING, XUZHOU, SUZHOU)
HOSPITALS = ("H32019900001", "H32019900002", "H32039900001", "H32059900001")
AREAS = ("320199", "320399", "320381", "320599")
MONTH = "2023-09"


def three_cities(bench: Any) -> Any:
    """南京 is owed for employees, 徐州 owes, 苏州 is between; residents go another way."""
    bench.settle("H32019900001", "320399", 100_000, 5_000, 20_000)
    bench.settle("H32019900002", "320381", 30_000, insutype="390", funds={"hifmi_pay": 7_000})
    bench.settle("H32019900001", "320199", 10_000)
    bench.settle("H32039900001", "320599", 40_000)
    bench.settle("H32059900001", "320199", 8_000)
    bench.settle("H32039900001", "320599", 55_000, insutype="390")
    bench.endow(1_000_000, *CITIES)
    return bench.on("2023-10-09")


def nothing_left(bench: Any) -> None:
    """Nothing is owed by anybody, and everybody's ledger is the bank's."""
    for code in (*CITIES, PROVINCE):
        books = bench.nodes[code].books
        for account in (PAYABLE, RECEIVABLE, CLEARING, POOLED, DEDUCTION):
            open_ = {key: fen for key, fen in books.balances().items() if key[0] == account and fen}
            assert not open_, (code, open_)
        agree(bench, code)


def agree(bench: Any, code: str) -> None:
    treasury, finance = bench.treasury(code), finance_of(code)
    ledger = bench.nodes[finance].books.total(BANK)
    assert inv.ledgers_agree(
        bench.balance(code, FISCAL, finance), ledger, treasury.account.balance, treasury.unreported()
    )
    if code in CITIES:
        assert bench.nodes[code].books.total(BANK) == bench.city(code).institutions.bank.balance


def test_a_month_of_three_cities_leaves_nothing_owed(bench: Any) -> None:
    number = three_cities(bench).month(MONTH)
    nothing_left(bench)
    # employees: 南京 105,000 - 8,000, 徐州 40,000 - 105,000, 苏州 8,000 - 40,000; residents: 30,000, 25,000, -55,000
    net = {NANJING: 97_000 + 30_000, XUZHOU: -65_000 + 25_000, SUZHOU: -32_000 - 55_000}
    for city, fen in net.items():
        assert bench.treasury(city).account.balance == 1_000_000 + fen
    assert sum(net.values()) == 0
    assert bench.treasury(PROVINCE).account.balance == 0
    for city in CITIES:
        assert bench.city(city).member.case(number).state == life.CLOSED


def test_a_city_can_pay_by_one_fund_and_get_by_another(bench: Any) -> None:
    three_cities(bench).month(MONTH)
    orders = [(o.payer, o.payee, o.amount) for o in bench.treasury(PROVINCE).orders.values()]
    assert sorted(orders) == [
        (PROVINCE, NANJING, 127_000),
        (PROVINCE, XUZHOU, 25_000),
        (XUZHOU, PROVINCE, 65_000),
        (SUZHOU, PROVINCE, 87_000),
    ]


def test_all_messages_of_a_month_are_complete(bench: Any, wrong_messages: Any) -> None:
    three_cities(bench).month(MONTH)
    kinds = {message.infno for *_, message in bench.relay.hops if message.is_bureau}
    assert kinds == {"C101", "C102", "C103", "P101", "P102", "P103", "P104", "P204"}
    assert wrong_messages(bench.relay.hops) == []


def test_a_month_is_complete_under_every_message_of_prepaid_money_too(bench: Any, wrong_messages: Any) -> None:
    bench.settle("H32019900001", "320399", 60_000_000, at="2022-05-10")
    bench.settle("H32019900001", "320399", 12_000_000, at="2023-01-10")
    bench.endow(100_000_000, *CITIES)
    bench.on("2023-02-01").act(PROVINCE, do.IssueQuota(2023))
    bench.act(PROVINCE, do.Watch())
    bench.act(PROVINCE, do.CallPrepaid(XUZHOU, 1_000_000, "1"))
    for number in list(bench.city(XUZHOU).prepayer.quotas):
        bench.seal(XUZHOU, number)
        bench.pay(XUZHOU, number)
        bench.act(XUZHOU, do.Collect(number))
    kinds = {message.infno for *_, message in bench.relay.hops if message.is_bureau}
    assert {"P201", "P202", "P203", "P204"} <= kinds
    assert wrong_messages(bench.relay.hops) == []


def replayed(bench: Any) -> dict[str, Any]:
    nodes = bench.fresh()
    for code, fact in bench.relay.facts:
        nodes[code].fold(fact)
    for entry in bench.relay.postings:
        nodes[entry.org].books.post(entry)
    return nodes


def test_folding_the_facts_of_months_into_fresh_platforms_gives_the_same_state(bench: Any, picture_of: Any) -> None:
    three_cities(bench)
    bench.month(MONTH)
    bench.settle("H32019900001", "320399", 900, at="2023-10-20")
    doubtful = bench.settle("H32019900001", "320399", 70, at="2023-10-21")
    number = bench.on("2023-11-13").sheet("2023-10")
    for department in "1234":
        bench.act(XUZHOU, do.Stamp(number, department))
    bench.act(XUZHOU, do.Confirm(number, "一笔待核"))
    bench.act(NANJING, do.Exclude((doubtful.setl_id,)))
    bench.act(NANJING, do.ApplyClearing("2023-10"))
    bench.act(PROVINCE, do.MakeSheet("2023-10"))
    bench.act(PROVINCE, do.IssueQuota(2024))
    bench.on("2023-12-29").act(PROVINCE, do.CloseAnswers(number))
    bench.act(XUZHOU, do.Lapse(number))
    bench.seal(XUZHOU, number)
    bench.finance(XUZHOU, do.CheckSheet(bench.hand(XUZHOU, number), "退回"))
    bench.hand(XUZHOU, number)
    nodes = replayed(bench)
    for code in bench.nodes:
        assert picture_of(nodes[code]) == picture_of(bench.nodes[code]), code


def test_facts_of_both_provinces_replay_too(make_bench: Any, picture_of: Any) -> None:
    bench = make_bench(country=True)
    bench.settle("H22019900001", "320399", 1_000)
    bench.endow(10_000, XUZHOU)
    bench.on("2023-10-09").apply(MONTH)
    for code in ("220000", "100000"):
        bench.act(code, do.ApplyClearing(MONTH) if code == "220000" else do.MakeSheet(MONTH))
    number = bench.number(MONTH, "100000")
    for member in (XUZHOU, PROVINCE):
        bench.confirm(member, number)
    bench.pay_upward(number)
    nodes = replayed(bench)
    for code in bench.nodes:
        assert picture_of(nodes[code]) == picture_of(bench.nodes[code]), code


def test_what_is_handed_to_finance_goes_on_when_a_message_is_lost(bench: Any) -> None:
    """A request of one's own is asked until it is answered: the second C101 has the same number and one effect."""
    three_cities(bench).apply(MONTH)
    (asked,) = [each for each in bench.requests("C101") if each.party == "C32010000000"]
    reply = bench.relay.ask(bench.now, PROVINCE, asked)
    assert reply.succeeded
    assert len(bench.province.applications.in_force) == 3


bills = st.lists(
    st.tuples(
        st.sampled_from(HOSPITALS),
        st.sampled_from(AREAS),
        st.sampled_from(("310", "390")),
        st.integers(0, 10**7),  # funds
        st.integers(0, 10**5),  # account
        st.sampled_from(("2023-08-20", "2023-09-03", "2023-09-28")),
        st.sampled_from((None, None, "2023-09-29", "2023-10-05")),  # cancelled
        st.integers(0, 3),  # what an audit takes of the funds: a half, or nothing
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bills=bills, silent=st.sampled_from(CITIES))
def test_whatever_the_bills_sheets_are_zero_books_mirror_and_the_bank_agrees(
    make_bench: Any, bills: list[Any], silent: str
) -> None:
    bench = make_bench()
    for number, (hospital, area, insutype, fund, account, at, cancelled, cut) in enumerate(bills):
        row = bench.settle(hospital, area, fund, account, insutype=insutype, at=at)
        if cancelled:
            bench.cancel(row, cancelled)
        elif cut == 1 and fund > 1:
            bench.deduct(row, fund // 2, f"KK{number}")
    bench.endow(10**10, *CITIES)
    for day, month in (("2023-09-15", "2023-08"), ("2023-10-16", "2023-09"), ("2023-11-15", "2023-10")):
        number = bench.on(day).sheet(month)
        issue = bench.province.house.issue(number)
        assert inv.lines_are_zero(issue.sheet.lines)
        for city in CITIES:
            assert city == silent or not bench.confirm(city, number)
        bench.now += dt.timedelta(days=25)
        bench.act(PROVINCE, do.CloseAnswers(number))
        bench.act(silent, do.Lapse(number))
        bench.pay_upward(number)
        books = bench.nodes[PROVINCE].books
        assert inv.never_negative(-books.balance(account, city) for account in (POOLED, PREPAID) for city in CITIES)
        if bench.province.agency.debts(number):
            bench.seal(PROVINCE, number)
            bench.pay(PROVINCE, number)
        for one in CITIES:
            agree(bench, one)
            for other in CITIES:
                mirrors = bench.balance(one, PAYABLE, other), bench.balance(other, RECEIVABLE, one)
                assert one == other or inv.books_mirror(*mirrors)
            assert inv.books_mirror(bench.balance(one, CLEARING, PROVINCE), bench.balance(PROVINCE, CLEARING, one))
            assert bench.balance(one, CLEARING, PROVINCE) == 0
            assert bench.city(one).member.case(number).state == life.CLOSED
    claimed(bench)
    assert bench.treasury(PROVINCE).account.balance == 0


def claimed(bench: Any) -> None:
    """Every claim was paid for first; what an institution owes is what refunds outweigh."""
    for code in CITIES:
        unpaid = dict.fromkeys(HOSPITALS, 0)
        for hospital, lines in bench.city(code).rows.rest.items():
            unpaid[hospital] += sum(line.amount for line in lines)
        for change in bench.city(code).rows.changes.values():
            unpaid[change.place.hospital] += 0 if change.paid else change.sums.claimed
        for item in bench.city(code).rows.items():
            cleared = item.row.shares.cleared
            unpaid[item.row.hospital] += 0 if item.paid_on else cleared
            if item.claim:
                applied = next(fact for fact in bench.facts(Applied, code) if fact.event == item.claim)
                assert inv.paid_first(item.paid_on, cleared, applied.on)
        for hospital, fen in unpaid.items():
            assert bench.balance(code, PAYABLE, hospital) == -fen
            assert fen <= 0
    assert all(fact.voucher.amount > 0 for fact in bench.facts(InstitutionPaid))


@pytest.mark.parametrize("city", CITIES)
def test_an_area_is_known_by_its_code_and_its_finance_by_its_party(bench: Any, city: str) -> None:
    assert finance_of(city) in bench.nodes
    assert bench.nodes[city].next_hop(city) == finance_of(city)
    assert bench.nodes[city].next_hop(PROVINCE) == PROVINCE
    assert bench.nodes[PROVINCE].next_hop(PROVINCE) == finance_of(PROVINCE)
