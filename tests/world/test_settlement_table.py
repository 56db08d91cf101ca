"""Settlement rows in the table: any receipt can be worked out again from a row."""

from __future__ import annotations

from typing import Any

import polars as pl

from simulator.core.benefit.receipt import receipt
from simulator.core.benefit.stack import Shares
from simulator.core.invariants import shares_add_up
from simulator.world.settlement_table import COLUMNS, inputs_of


def shares_of(row: dict[str, Any]) -> Shares:
    return Shares(*(row[field] for field in Shares._fields))


def test_every_row_recomputes_from_its_inputs_to_the_same_figures(either: Any) -> None:
    pack, kinds = either.world.scenario.pack, set()
    for row in either.table("settlements").iter_rows(named=True):
        inputs = inputs_of(row)
        again = receipt(pack, inputs).shares
        assert shares_of(row) == (again.negated() if row["refund"] else again), row["setl_id"]
        assert shares_add_up(shares_of(row))
        kinds.add((row["kind"], row["refund"]))
    assert {("direct", False), ("manual", False)} <= kinds


def test_cancelled_rows_are_recomputed_too(stalled: Any) -> None:
    rows = stalled.table("settlements")
    refunds = rows.filter(pl.col("refund"))
    assert refunds.height > 3
    joined = refunds.join(rows, left_on="init_setl_id", right_on="setl_id", suffix="_first", validate="1:1")
    assert joined.height == refunds.height
    for row in joined.iter_rows(named=True):
        first = Shares(*(row[f"{field}_first"] for field in Shares._fields))
        assert shares_of(row) == first.negated()
        assert row["at"] >= row["at_first"]
        assert not row["refund_first"]
        assert inputs_of(row) == inputs_of({name: row[f"{name}_first"] for name in COLUMNS if name.startswith("in_")})


def test_the_last_step_of_a_receipt_is_the_cash_and_each_step_takes_its_amount(whole: Any) -> None:
    pack = whole.world.scenario.pack
    for row in whole.table("settlements").head(100).iter_rows(named=True):
        steps = {step.key: step for step in receipt(pack, inputs_of(row)).steps}
        assert steps["bill"].after == row["medfee_sumamt"]
        assert steps["cash"].amount == row["psn_cash_pay"]
        assert steps["account"].amount == row["acct_pay"]
        assert steps["fund"].amount == row["fund_pay_sumamt"]


def test_the_inputs_follow_from_the_row_itself(either: Any) -> None:
    rows = either.table("settlements")
    settling = rows.filter(~pl.col("refund"))
    assert settling["in_city"].to_list() == settling["insured_city"].to_list()
    assert settling["in_insutype"].to_list() == settling["insutype"].to_list()
    assert settling["in_day"].to_list() == settling["at"].dt.date().to_list()
    manual = settling.filter(pl.col("kind") == "manual")
    assert not manual["in_use_account"].any()
    assert (settling.filter(pl.col("kind") == "direct")["in_filing_type"] != "").all()


def test_a_persons_year_adds_up_from_row_to_row(either: Any) -> None:
    """What a row starts from is what the person's earlier rows of the year left, in the order of the table."""
    fields = ("stays", "basic_paid", "burden", "second_paid")
    so_far: dict[str, list[int]] = {}
    repeated = 0
    for row in either.table("settlements").iter_rows(named=True):
        year = so_far.setdefault(row["psn_no"], [0, 0, 0, 0])
        sign = -1 if row["refund"] else 1
        if not row["refund"]:
            assert [row[f"in_year_{field}"] for field in fields] == year, row["setl_id"]
            repeated += year[0] > 0
        added = (sign, row["hifp_pay"], sign * row["in_burden"], row["hifmi_pay"])
        so_far[row["psn_no"]] = [before + more for before, more in zip(year, added, strict=True)]
    assert repeated > 10


def test_a_persons_account_is_never_overdrawn_and_falls_by_what_is_paid(either: Any) -> None:
    left: dict[str, int] = {}
    for row in either.table("settlements").iter_rows(named=True):
        before = left.setdefault(row["psn_no"], row["in_balance"])
        if not row["refund"]:
            assert row["in_balance"] == before
            assert 0 <= row["acct_pay"] <= before
        left[row["psn_no"]] -= row["acct_pay"]


def test_settlement_numbers_are_unique(either: Any) -> None:
    rows = either.table("settlements")
    assert rows["setl_id"].is_unique().all()
    assert rows.columns == list(COLUMNS)
