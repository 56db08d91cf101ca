"""The table of settlement rows, with every input of the computation, so that any receipt can be recomputed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import polars as pl

from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.rules import Circumstance, YearSoFar
from simulator.core.benefit.settlement import Inputs, Settlement
from simulator.core.benefit.shares import Shares

_SEPARATOR = ","  # between the identities of a person and between the diseases of a year; no code holds one

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
    "in_care": pl.String(),
    "in_disease": pl.String(),
    "in_identities": pl.String(),
}
_TOTALS = tuple(f"in_{field}" for field in ClassTotals._fields)
_EARLIER = tuple(f"in_earlier_{field}" for field in ClassTotals._fields)
_YEAR = tuple(f"in_year_{field}" for field in YearSoFar._fields if field != "chronic_paid")

COLUMNS: Mapping[str, pl.DataType] = {
    **_HEAD,
    **{field: pl.Int64() for field in Shares._fields},
    **_WHERE,
    **{field: pl.Int64() for field in (*_TOTALS, *_YEAR)},
    "in_year_chronic_paid": pl.String(),
    "in_balance": pl.Int64(),
    "in_use_account": pl.Boolean(),
    "in_burden": pl.Int64(),
    "in_family": pl.Int64(),
    **{field: pl.Int64() for field in _EARLIER},
    "in_family_of": pl.String(),
}


def values(run: int, row: Settlement) -> tuple[Any, ...]:
    """Return a settlement row in the order of :data:`COLUMNS`."""
    inputs = row.inputs
    assert inputs is not None
    return (
        run,
        *row[: len(_HEAD) - 1],
        *row.shares,
        *inputs.where[:-1],
        _SEPARATOR.join(inputs.where.identities),
        *inputs.totals,
        *inputs.year[:-1],
        _SEPARATOR.join(f"{disease}:{fen}" for disease, fen in inputs.year.chronic_paid),
        inputs.balance,
        inputs.use_account,
        inputs.burden,
        inputs.family,
        *inputs.earlier,
        inputs.family_of,
    )


def inputs_of(row: Mapping[str, Any]) -> Inputs:
    """Return the inputs of a row read back from the table."""
    where = Circumstance(*(row[name] for name in _WHERE))
    assert isinstance(where.day, dt.date)
    chronic = (pair.split(":") for pair in _listed(row["in_year_chronic_paid"]))
    return Inputs(
        where._replace(identities=_listed(row["in_identities"])),
        ClassTotals(*(row[name] for name in _TOTALS)),
        YearSoFar(*(row[name] for name in _YEAR))._replace(
            chronic_paid=tuple((disease, int(fen)) for disease, fen in chronic)
        ),
        row["in_balance"],
        row["in_use_account"],
        row["in_burden"],
        row["in_family"],
        ClassTotals(*(row[name] for name in _EARLIER)),
        row["in_family_of"],
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split(_SEPARATOR)) if text else ()
