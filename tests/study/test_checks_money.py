"""Each check of reconciliation, clearing, audit and claims, kept by what is right and broken by what is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from schemas.requirements import load_requirements
from simulator.inputs.workdays import work_calendar
from simulator.study import checks_money  # enters its checks
from simulator.study.checks import CHECKS
from simulator.study.obligations import BROKEN, KEPT, NOT_SEEN, WARNED, Ran, standing

ROWS = load_requirements().rows
NAMES = (
    *("three_sides_agree", "nothing_unmatched", "paid_first", "received_as_sent", "never_negative", "within_prepaid"),
    *("ledgers_agree", "books_mirror", "posting_balances", "filed_where_needed", "apart_from_ncms"),
)
END = dt.date(2019, 12, 31)


def ran(*, wrong: bool, nothing: bool = False) -> Ran:
    """A run in which everything is as it should be, everything is wrong, or nothing happened."""
    bad = int(wrong)
    month = {"month": "2019-07", "orders": 0 if nothing else 3, "first_paid_on": "2019-08-06"}
    summary: Mapping[str, Any] = {
        "checks": {"invariants": {name: {"checked": 0 if nothing else 9, "broken": bad} for name in NAMES}},
        "back_office": {
            "months": [month],
            "reconciliation": {"open": bad},
            "messages": []
            if nothing
            else [{"infno": "P101", "requests": 5}, {"infno": "P102", "requests": 5 * (1 - bad)}],
            "audit": {
                "version": "" if wrong else "1",
                "visitors": 0 if nothing else 8,
                "local": 0,
                "waiting": bad,
                "median_minutes_visitors": None if nothing else 700 + 5_000 * bad,
                "median_minutes_local": 600,
                "findings": [] if nothing else [{"rule": "" if wrong else "G01", "findings": 1, "amount": 100}],
            },
        },
    }
    late = dt.date(2019, 11, 4) if wrong else dt.date(2019, 9, 3)
    tables = {
        "reconciliation": pl.DataFrame({"treatment_city": ["220100"], "level": [not wrong]}),
        "duties": pl.DataFrame(
            {
                "duty": ["clearing-in_place"],
                "owner": ["220100"],
                "subject": ["S1"],
                "kept": [not wrong],
                "due": [END],
                "done": [END],
            }
        ),
        "claims": pl.DataFrame({"visit": ["V2"], "handed_in": [dt.date(2019, 8, 30)]}),
        "stays": pl.DataFrame(
            {
                "visit": ["V1", "V2"],
                "outcome": ["direct", "manual"],
                "setl_id": ["S1", "S2"],
                "insured_city": ["220100", "220200"],
                "paid_at": [None, dt.datetime.combine(late, dt.time(10))],
            }
        ),
        "settlements": pl.DataFrame({"setl_id": ["S9" if wrong else "S1"]}),
        "events": pl.DataFrame(
            {
                "infno": ["2401", "2401"],
                "leg": ["hospital-city", "hospital-city" if wrong else "city-hospital"],
                "msgid": ["M1", "M2" if wrong else "M1"],
                "to": ["220100", "220100"],
            }
        ),
    }
    stays = pl.DataFrame({"reason": ["item_unmapped"], "direct": [wrong]})
    if nothing:
        tables, stays = {name: table.clear() for name, table in tables.items()}, stays.clear()
    frames: Any = SimpleNamespace(scan=lambda name: tables[name].lazy(), stays=stays)
    scenario: Any = SimpleNamespace(calendar=work_calendar(), end=END)
    return Ran(scenario, frames, summary)


OURS = sorted(row for row, check in CHECKS.items() if check.__module__ == checks_money.__name__)
ONLY_TOLD = {"JL-4.1e", "JL-4.3a"}  # soft words without a figure: what there is, is told
ALWAYS = {"JL-6.2b"}


@pytest.mark.parametrize("row", OURS)
def test_a_row_is_kept_where_all_is_right(row: str) -> None:
    assert standing(ROWS[row], [*CHECKS[row](ran(wrong=False))]).verdict == KEPT


@pytest.mark.parametrize("row", [row for row in OURS if row not in ONLY_TOLD])
def test_a_row_is_broken_where_all_is_wrong(row: str) -> None:
    found = standing(ROWS[row], [*CHECKS[row](ran(wrong=True))])
    assert found.verdict == (BROKEN if any(each.binding for each in found.broken) else WARNED)
    assert found.broken


@pytest.mark.parametrize("row", [row for row in OURS if row not in ALWAYS])
def test_a_row_is_not_seen_where_nothing_happened(row: str) -> None:
    assert standing(ROWS[row], [*CHECKS[row](ran(wrong=False, nothing=True))]).verdict == NOT_SEEN
