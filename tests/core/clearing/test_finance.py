"""A finance department: it checks, pays, receives by the sheet, returns vouchers; its ledger is the bank's."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.core import invariants as inv
from simulator.core.clearing import actions as do
from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.finance import Finance
from simulator.core.clearing.orders import fiscal_account
from simulator.core.clearing.papers import Share
from simulator.core.clearing.parties import finance_of, for_finance
from simulator.core.platform.books import BANK, FISCAL, FUND

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
FIRST = "H32019900001"
MONTH = "2023-09"
NOT_NOW, UNKNOWN_TRANSACTION = -227, -104


@pytest.fixture
def number(bench: Any) -> str:
    return str(bench.number(MONTH))


@pytest.fixture
def handed(bench: Any, number: str) -> Any:
    """徐州 has handed a sheet of 1000 fen (employees 700, residents 300) to its finance."""
    bench.settle(FIRST, "320399", 700)
    bench.settle(FIRST, "320381", 300, insutype="390")
    bench.endow(10_000, XUZHOU)
    bench.on("2023-10-09").sheet(MONTH)
    bench.confirm(XUZHOU, number)
    bench.seal(XUZHOU, number)
    bench.document = bench.hand(XUZHOU, number)
    return bench


def treasury(bench: Any, area: str = XUZHOU) -> Any:
    return bench.treasury(area)


def test_finance_is_a_party_of_its_own_beside_the_platform(handed: Any) -> None:
    node = handed.nodes[finance_of(XUZHOU)]
    assert isinstance(node, Finance)
    assert (node.code, node.party, node.next_hop("999999")) == (XUZHOU, "C32030000001", XUZHOU)
    handed.finance(XUZHOU, do.CheckSheet(handed.document))
    (asked,) = handed.requests("P102")
    assert (asked.party, asked.head["fixmedins_name"]) == ("C32030000001", "财政部门")


def test_what_is_for_finance_is_known_by_its_kind(handed: Any) -> None:
    (asked,) = handed.requests("P101")
    assert for_finance(asked)
    (copy,) = handed.requests("P103")
    assert not for_finance(copy)  # the copy of what an institution was paid
    assert for_finance(copy.with_fields("data", {"dfr_obj": "3"}))
    assert not for_finance(asked._replace(infno="P102"))


def test_finance_has_no_business_with_patients_or_other_papers(handed: Any) -> None:
    message = handed.desk(FIRST).sign_in(handed.now)
    reply = handed.relay.ask(handed.now, finance_of(XUZHOU), message)
    assert reply.infcode == UNKNOWN_TRANSACTION
    (asked,) = handed.requests("P101")
    reply = handed.relay.ask(
        handed.now, finance_of(XUZHOU), asked._replace(infno="P201", key=message.key._replace(msgid="1"))
    )
    assert reply.infcode == UNKNOWN_TRANSACTION
    assert handed.nodes[finance_of(XUZHOU)].complete(None, asked, None, reply) is reply


def test_a_document_is_taken_once(handed: Any) -> None:
    (asked,) = handed.requests("P101")
    assert handed.again(asked, finance_of(XUZHOU)).infcode == NOT_NOW


def test_a_document_is_checked_before_it_is_paid_and_paid_once(handed: Any, number: str) -> None:
    assert handed.finance(XUZHOU, do.Transfer("TJ9")) == "unknown_document TJ9"
    assert handed.finance(XUZHOU, do.Transfer(handed.document)).startswith("document_not_now")
    handed.finance(XUZHOU, do.CheckSheet(handed.document))
    assert handed.finance(XUZHOU, do.CheckSheet(handed.document)).startswith("document_not_now")
    assert not handed.finance(XUZHOU, do.Transfer(handed.document))
    assert handed.finance(XUZHOU, do.Transfer(handed.document)).startswith("document_not_now")
    assert treasury(handed).states[handed.document] == life.TRANSFERRED


def test_no_more_is_paid_than_is_on_the_account(handed: Any) -> None:
    handed.finance(XUZHOU, do.CheckSheet(handed.document))
    treasury(handed).account.balance -= 9_001
    assert handed.finance(XUZHOU, do.Transfer(handed.document)) == f"not_covered {handed.document} 0.01"
    treasury(handed).account.balance += 1
    assert not handed.finance(XUZHOU, do.Transfer(handed.document))


def test_the_annex_sums_to_the_document(handed: Any) -> None:
    handed.finance(XUZHOU, do.CheckSheet(handed.document))
    wrong = (Share(PROVINCE, XUZHOU, "310", "310100", 700), Share(PROVINCE, XUZHOU, "390", "390100", 299))
    assert handed.finance(XUZHOU, do.Transfer(handed.document, wrong)).startswith("amount_differs")
    moved = (Share(PROVINCE, XUZHOU, "310", "310100", 701), Share(PROVINCE, XUZHOU, "390", "390100", 299))
    assert handed.finance(XUZHOU, do.Transfer(handed.document, moved)).startswith("amount_differs")
    assert treasury(handed).account.balance == 10_000


def test_without_an_annex_the_basic_funds_pay_for_the_whole_city(handed: Any) -> None:
    handed.finance(XUZHOU, do.CheckSheet(handed.document))
    handed.finance(XUZHOU, do.Transfer(handed.document))
    asked = handed.requests("P103")[-1]
    rows = [(row["insu_admdvs"], row["insutype"], row["dfr_amt"]) for row in asked.rows("dfrdetl")]
    assert rows == [(XUZHOU, "310", 700), (XUZHOU, "390", 300)]
    assert [row["fund_pay_type"] for row in asked.rows("fundsbit")] == ["310100", "390100"]


def test_an_order_goes_over_the_platforms_to_the_payees_finance(handed: Any) -> None:
    (order,) = handed.transfer(XUZHOU, handed.document)
    asked = handed.requests("P103")[-1]
    hops = [end for _, end, message in handed.relay.hops if message.key == asked.key and not message.is_reply]
    assert hops == [XUZHOU, PROVINCE, finance_of(PROVINCE)]
    assert (asked.treatment_area, asked.insured_area) == (PROVINCE, XUZHOU)
    data = asked.block("data")
    assert (data["bankacct"], data["dfr_souc"], data["fin_optins"]) == (fiscal_account(PROVINCE), "1", XUZHOU)
    assert treasury(handed, PROVINCE).coming[order] == life.ANNOUNCED
    assert handed.city(PROVINCE).agency.orders[order].amount == 1_000


def test_an_order_is_announced_once(handed: Any) -> None:
    handed.transfer(XUZHOU, handed.document)
    assert handed.again(handed.requests("P103")[-1], finance_of(PROVINCE)).infcode == NOT_NOW


def test_money_is_received_by_the_sheet_and_once(handed: Any) -> None:
    (order,) = handed.transfer(XUZHOU, handed.document)
    assert handed.finance(PROVINCE, do.Receive("BF9", 1_000)) == "unknown_document BF9"
    assert handed.finance(PROVINCE, do.Receive(order, 999)) == f"amount_differs {order} 9.99 10.00"
    assert handed.finance(XUZHOU, do.Receive(order, 1_000)) == f"unknown_document {order}"  # it sent it
    assert not handed.finance(PROVINCE, do.Receive(order, 1_000))
    assert handed.finance(PROVINCE, do.Receive(order, 1_000)).startswith("document_not_now")
    sent, received = (treasury(handed, area).account.vouchers[order].amount for area in (XUZHOU, PROVINCE))
    assert inv.received_as_sent(sent, received, treasury(handed).documents[handed.document].amount)


def test_a_voucher_goes_back_once_and_only_of_what_moved(handed: Any) -> None:
    (order,) = handed.transfer(XUZHOU, handed.document)
    assert handed.finance(PROVINCE, do.ReturnVoucher(order)) == f"unknown_document {order}"  # nothing has come yet
    assert not handed.finance(XUZHOU, do.ReturnVoucher(order))
    assert handed.finance(XUZHOU, do.ReturnVoucher(order)).startswith("document_not_now")
    assert not handed.finance(PROVINCE, do.Receive(order, 1_000))
    assert not handed.finance(PROVINCE, do.ReturnVoucher(order))
    assert treasury(handed, PROVINCE).coming[order] == life.REPORTED
    kinds = [asked.block("data")["vchr_type"] for asked in handed.requests("P104")]
    assert kinds == ["1", "2"]


def test_a_voucher_the_agency_refuses_is_not_reported(handed: Any) -> None:
    (order,) = handed.transfer(XUZHOU, handed.document)
    kept = handed.city(XUZHOU).agency.orders.pop(order)
    handed.finance(XUZHOU, do.ReturnVoucher(order))
    assert order not in treasury(handed).reported
    handed.city(XUZHOU).agency.orders[order] = kept
    assert not handed.finance(XUZHOU, do.ReturnVoucher(order))
    assert order in treasury(handed).reported


def agree(bench: Any, area: str) -> bool:
    desk, finance = treasury(bench, area), finance_of(area)
    ledger = bench.balance(finance, BANK, desk.account.number)
    assert ledger == -bench.balance(finance, FUND, area)
    return inv.ledgers_agree(bench.balance(area, FISCAL, finance), ledger, desk.account.balance, desk.unreported())


def test_ledgers_and_bank_agree_at_every_step_but_for_what_is_not_reported(handed: Any) -> None:
    steps = [lambda: handed.transfer(XUZHOU, handed.document)]
    (order,) = ["BF3203002023090001"]
    steps += [lambda: handed.finance(PROVINCE, do.Receive(order, 1_000))]
    steps += [lambda area=area: handed.finance(area, do.ReturnVoucher(order)) for area in (XUZHOU, PROVINCE)]  # type: ignore[misc]
    open_items = []
    for step in steps:
        step()
        assert agree(handed, XUZHOU)
        assert agree(handed, PROVINCE)
        open_items.append((treasury(handed).unreported(), treasury(handed, PROVINCE).unreported()))
    assert open_items == [(-1_000, 0), (-1_000, 1_000), (0, 1_000), (0, 0)]
