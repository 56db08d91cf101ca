"""The table of settlement rows, with every input of the computation, so that any receipt can be recomputed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import polars as pl

from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.settlement import Inputs, Settlement
from simulator.core.benefit.stack import Circumstance, Shares, YearSoFar

_HEAD: Mapping[str, pl.DataType] = {
    "run": pl.Int32(),
    "setl_id": pl.String(),
    "init_setl_id": pl.String(),
    "refund": pl.Boolean(),
    "kind": pl.String(),
    "mdtrt_id": pl.String(),
    "psn_no": pl.String(),
    "insutype": pl.String(),
    "hospital": pl.String(),
    "treatment_area": pl.String(),
    "insured_area": pl.String(),
    "treatment_city": pl.String(),
    "insured_city": pl.String(),
    "begin": pl.Date(),
    "end": pl.Date(),
    "at": pl.Datetime("ms"),
    "settled_by": pl.String(),
}
_WHERE: Mapping[str, pl.DataType] = {
    "in_city": pl.String(),
    "in_insutype": pl.String(),
    "in_psn_type": pl.String(),
    "in_level": pl.String(),
    "in_filing_type": pl.String(),
    "in_day": pl.Date(),
}
_TOTALS = tuple(f"in_{field}" for field in ClassTotals._fields)
_YEAR = tuple(f"in_year_{field}" for field in YearSoFar._fields)

COLUMNS: Mapping[str, pl.DataType] = {
    **_HEAD,
    **{field: pl.Int64() for field in Shares._fields},
    **_WHERE,
    **{field: pl.Int64() for field in (*_TOTALS, *_YEAR)},
    "in_balance": pl.Int64(),
    "in_use_account": pl.Boolean(),
    "in_burden": pl.Int64(),
}


def values(run: int, row: Settlement) -> tuple[Any, ...]:
    """Return a settlement row in the order of :data:`COLUMNS`."""
    inputs = row.inputs
    assert inputs is not None
    return (
        run,
        *row[: len(_HEAD) - 1],
        *row.shares,
        *inputs.where,
        *inputs.totals,
        *inputs.year,
        inputs.balance,
        inputs.use_account,
        inputs.burden,
    )


def inputs_of(row: Mapping[str, Any]) -> Inputs:
    """Return the inputs of a row read back from the table."""
    where = [row[name] for name in _WHERE]
    assert isinstance(where[-1], dt.date)
    return Inputs(
        Circumstance(*where),
        ClassTotals(*(row[name] for name in _TOTALS)),
        YearSoFar(*(row[name] for name in _YEAR)),
        row["in_balance"],
        row["in_use_account"],
        row["in_burden"],
    )
