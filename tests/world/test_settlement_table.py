"""Settlement rows in the table: any receipt can be worked out again from a row."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.receipt import receipt
from simulator.core.benefit.rules import Circumstance, YearSoFar
from simulator.core.benefit.settlement import Inputs, Settlement
from simulator.core.benefit.shares import Shares, shares_add_up
from simulator.world.settlement_table import COLUMNS, inputs_of, values

DAY = dt.date(2023, 5, 4)


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
    direct, manual = (settling.filter(pl.col("kind") == kind) for kind in ("direct", "manual"))
    assert direct["in_day"].to_list() == direct["at"].dt.date().to_list()
    assert (manual["in_day"] <= manual["at"].dt.date()).all()  # the benefit of the day, paid later
    assert not manual["in_use_account"].any()
    assert (direct["in_filing_type"] != "").all()


def test_a_persons_year_adds_up_from_row_to_row(either: Any) -> None:
    """What a row starts from is what the person's earlier rows of the year left, in the order of the table."""
    so_far: dict[str, YearSoFar] = {}
    repeated = 0
    for row in either.table("settlements").iter_rows(named=True):
        year, inputs = so_far.get(row["psn_no"], YearSoFar()), inputs_of(row)
        if not row["refund"]:
            assert inputs.year == year, row["setl_id"]
            repeated += year.stays > 0
        so_far[row["psn_no"]] = year.after(-1 if row["refund"] else 1, inputs.where, shares_of(row), inputs.burden)
    assert repeated > 10


def test_care_identities_and_chronic_diseases_are_read_back_as_they_were() -> None:
    where = Circumstance("320300", "390", "15", "", "emergency", DAY, "chronic", "M03900", ("enterprise", "poor"))
    year = YearSoFar(1, 2, 3, 4, 5, 6, 7, 8, (("M01600", 9), ("M03900", 10)))
    shares = Shares(*range(len(Shares._fields)))
    for inputs in (
        Inputs(where, ClassTotals(1, 2, 3, 4), year, 11, True, 12, 13, ClassTotals(14, 15, 16, 17)),
        Inputs(where._replace(identities=()), ClassTotals(1, 2, 3, 4), YearSoFar(), 0, False, 0),
    ):
        row = Settlement("S1", "", False, *"dmpihtanc", DAY, DAY, dt.datetime(2023, 5, 4), "M", shares, inputs)
        told = dict(zip(COLUMNS, values(1, row), strict=True))
        assert inputs_of(told) == inputs
        assert shares_of(told) == shares
        assert pl.DataFrame([told], schema=dict(COLUMNS)).height == 1


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
