"""The worked example of docs/explanation/money-rules.md: a row entered late, and a refund after the clearing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.clearing.facts import InstitutionOffset, InstitutionPaid
from simulator.core.platform.books import PAYABLE, RECEIVABLE
from simulator.core.reconciliation.compare import Mismatch
from simulator.core.reconciliation.facts import Corrected
from simulator.core.reconciliation.rows import TREATMENT_SIDE
from simulator.core.visits.facts import TREATMENT

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
HOSPITAL = "H32019900001"


def lines(bench: Any, month: str) -> dict[str, int]:
    sheet = bench.province.house.issue(bench.number(month)).sheet
    found = {each.city: each.difference for each in sheet.lines if each.insutype == "310" and each.difference}
    assert sum(found.values()) == 0
    return found


def test_a_late_row_and_a_refund_after_the_clearing(bench: Any) -> None:
    bench.endow(1_000_000)
    first = bench.settle(HOSPITAL, "320399", 100_000, at="2023-09-12")
    bench.settle(HOSPITAL, "320399", 40_000, at="2023-09-20")
    late = bench.settle(HOSPITAL, "320399", 20_000, at="2023-09-29", lacking=frozenset({TREATMENT}))
    bench.on("2023-10-09").pay_institutions("2023-09")
    bench.on("2023-10-10").hold(TREATMENT, late._replace(at=dt.datetime(2023, 10, 10, 10)))
    about = ("2023-09-29", NANJING, XUZHOU, late.setl_id, False, late.mdtrt_id, late.settled_by)
    bench.fold(NANJING, Corrected(Mismatch(*about, "2", 0, 20_000, 20_000, "1"), TREATMENT_SIDE, "entered", ()))
    bench.month("2023-09")
    assert [fact.voucher.amount for fact in bench.facts(InstitutionPaid)] == [140_000, 20_000]
    assert lines(bench, "2023-09") == {NANJING: 160_000, XUZHOU: -160_000}
    assert [bench.treasury(city).account.balance for city in (NANJING, XUZHOU)] == [1_160_000, 840_000]

    bench.cancel(first, "2023-10-25")
    bench.settle(HOSPITAL, "320399", 30_000, at="2023-10-30")
    bench.on("2023-11-09").month("2023-10")
    (offset,) = bench.facts(InstitutionOffset)
    assert [line.amount for line in offset.rest] == [-70_000]
    assert lines(bench, "2023-10") == {NANJING: -70_000, XUZHOU: 70_000}
    assert [bench.treasury(city).account.balance for city in (NANJING, XUZHOU)] == [1_090_000, 910_000]

    bench.settle(HOSPITAL, "320399", 120_000, at="2023-11-08")
    bench.on("2023-12-11").month("2023-11")
    assert bench.facts(InstitutionPaid)[-1].voucher.amount == 50_000
    assert lines(bench, "2023-11") == {NANJING: 120_000, XUZHOU: -120_000}
    # 210,000 in all: 40,000 + 20,000 + 30,000 + 120,000, by the hospital, the cities and the bank alike
    assert [bench.treasury(city).account.balance for city in (NANJING, XUZHOU)] == [1_210_000, 790_000]
    assert sum(fact.voucher.amount for fact in bench.facts(InstitutionPaid)) == 210_000
    for city, account, other in (
        (NANJING, PAYABLE, HOSPITAL),
        (NANJING, RECEIVABLE, XUZHOU),
        (XUZHOU, PAYABLE, NANJING),
    ):
        assert bench.balance(city, account, other) == 0
