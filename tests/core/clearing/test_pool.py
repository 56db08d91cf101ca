"""What areas pool upward is in, is what the paper asks for, and counts once."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.core import invariants as inv
from simulator.core.clearing import actions as do
from simulator.core.clearing.facts import Pooled
from simulator.core.platform.books import CLEARING, POOLED

XUZHOU, PROVINCE = "320300", "320000"
FIRST = "H32019900001"
MONTH = "2023-09"
DIFFERS, UNKNOWN, NOT_NOW, NOT_COVERED = -221, -226, -227, -229


@pytest.fixture
def pooled(bench: Any) -> Any:
    """徐州 has pooled 900 fen for September and owes 500 for October."""
    bench.settle(FIRST, "320399", 900)
    bench.settle(FIRST, "320399", 500, at="2023-10-20")
    bench.endow(100_000, XUZHOU)
    for day, month in (("2023-10-09", MONTH), ("2023-11-09", "2023-10")):
        number = bench.on(day).sheet(month)
        bench.confirm(XUZHOU, number)
        bench.seal(XUZHOU, number)
    bench.pay(XUZHOU, bench.number(MONTH))
    assert not bench.act(XUZHOU, do.Collect(bench.number(MONTH)))
    return bench


def test_the_answer_says_what_an_area_has_in_the_provincial_account(pooled: Any) -> None:
    (reply,) = pooled.replies("P204")
    assert reply.block("result") == {"colct_no": "GJ3203002023090001", "balc": 0}  # it paid the debt
    assert pooled.balance(PROVINCE, CLEARING, XUZHOU) == 500
    assert inv.never_negative([pooled.province.pool.balance(XUZHOU)])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"souc_sn": "QSD9"}, UNKNOWN),
        ({"souc_sn": "QSD320000202310", "colct_type": "3"}, UNKNOWN),  # no prepaid paper
        ({"colct_type": "1"}, UNKNOWN),  # of no paper at all
        ({}, NOT_NOW),  # the same order again
        ({"souc_sn": "QSD320000202310"}, NOT_NOW),
    ],
)
def test_what_is_pooled_is_of_a_paper_and_of_an_order_that_counts_once(
    pooled: Any, fields: dict[str, str], code: int
) -> None:
    (asked,) = pooled.requests("P204")
    assert pooled.again(asked, PROVINCE, **fields).infcode == code
    assert len(pooled.facts(Pooled, PROVINCE)) == 1


def test_no_more_is_pooled_than_is_due_and_no_more_than_is_in(pooled: Any) -> None:
    (asked,) = pooled.requests("P204")
    fresh = asked.with_fields("data", {"souc_sn": "QSD320000202310"})
    assert pooled.again(fresh, PROVINCE, "colctlist", dfr_id="BF2", colct_amt=501).infcode == DIFFERS
    assert pooled.again(fresh, PROVINCE, "colctlist", dfr_id="BF2", colct_amt=1, insutype="390").infcode == DIFFERS
    reply = pooled.again(fresh, PROVINCE, "colctlist", dfr_id="BF2", colct_amt=500)
    assert reply.infcode == NOT_COVERED
    assert "5.00" in reply.head["err_msg"]


def test_the_report_is_not_booked_where_it_was_refused(pooled: Any) -> None:
    number = pooled.number("2023-10")
    (order,) = pooled.transfer(XUZHOU, pooled.hand(XUZHOU, number))
    pooled.finance(XUZHOU, do.ReturnVoucher(order))
    pooled.act(XUZHOU, do.Collect(number))
    assert pooled.balance(XUZHOU, POOLED, PROVINCE) == 500
    assert pooled.balance(XUZHOU, CLEARING, PROVINCE) == -500


def test_a_copy_of_what_institutions_were_paid_is_kept(pooled: Any) -> None:
    copies = pooled.province.pool.copies
    assert [(order.payee, order.amount) for order in copies.values()] == [(FIRST, 900), (FIRST, 500)]
