"""The tables that onboarding leaves: every designated institution with its way in, and every upload about one."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

_DAY, _TEXT, _YES = pl.Date(), pl.String(), pl.Boolean()

COLUMNS: Mapping[str, Mapping[str, pl.DataType]] = {
    "institutions": {
        "run": pl.Int32(),
        "area": _TEXT,
        "code": _TEXT,
        "name": _TEXT,
        "class": _TEXT,
        "level": _TEXT,
        "inpatient": _YES,
        "designated_on": _DAY,
        "changed_on": _DAY,
        "tested_on": _DAY,
        "agreed_on": _DAY,
        "opened_in": _DAY,
        "opened_cross": _DAY,
        "reason": _TEXT,
        "planned": _DAY,
        "owner": _TEXT,
        "ownership": _TEXT,
        "manager": _TEXT,
        "agency": _TEXT,
        "vendor": _TEXT,
        "entries": pl.Int32(),
        "invited_on": _DAY,
        "tests": pl.Int32(),
        "failed": pl.Int32(),
        "clause_on": _DAY,
        "local_on": _DAY,
    },
    "uploads": {
        "run": pl.Int32(),
        "area": _TEXT,
        "code": _TEXT,
        "uploaded_on": _DAY,
        "arrived": _YES,
        "level": _TEXT,
        "class": _TEXT,
        "inpatient_flag": _YES,
        "status": _TEXT,
        "fault": _TEXT,
        "checked_on": _DAY,
        "found_on": _DAY,
    },
}
"""Columns by table, in the order of the rows' values."""
