"""The auditor: it finds what is wrong, not only nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

import schemas
from simulator.core import invariants
from simulator.core.benefit.bill import ClassTotals
from simulator.core.benefit.rules import Circumstance, YearSoFar
from simulator.core.benefit.settlement import Inputs, Settlement
from simulator.core.benefit.shares import Shares
from simulator.core.clearing.sheet import Sheet, SheetLine
from simulator.core.platform.books import Leg, Posting
from simulator.core.platform.message import Key, request
from simulator.core.reconciliation.compare import Difference
from simulator.core.reconciliation.totals import NOTHING, Totals
from simulator.world.auditor import Auditor

NOON = dt.datetime(2016, 6, 1, 12)
GOOD = dict.fromkeys(Shares._fields, 0) | {
    "medfee_sumamt": 1000,
    "fulamt_ownpay_amt": 100,
    "inscp_scp_amt": 900,
    "hifp_pay": 600,
    "fund_pay_sumamt": 600,
    "psn_part_amt": 400,
    "acct_pay": 150,
    "psn_cash_pay": 250,
}


def settlement(kind: str = "direct", filing: str = "referral", **shares: int) -> Settlement:
    where = Circumstance("320300", "310", "11", "tertiary", filing, NOON.date())
    inputs = Inputs(where, ClassTotals(100, 0, 0, 900), YearSoFar(), 150, True, 300)
    row = ("S1", "", False, kind, "V1", "P1", "310", "H1", "320199", "320399", "320100", "320300")
    return Settlement(*row, NOON.date(), NOON.date(), NOON, "M1", Shares(**GOOD | shares), inputs)  # type: ignore[arg-type]


@pytest.fixture
def auditor() -> Auditor:
    return Auditor(schemas.load())


def broken(auditor: Auditor) -> set[str]:
    return {name for name, count in auditor.broken.items() if count}


def test_a_right_settlement_is_checked_eleven_ways_and_breaks_nothing(auditor: Auditor) -> None:
    auditor.settlement(settlement())
    assert auditor.clean
    assert sum(auditor.checked.values()) == 11


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"psn_part_amt": 401, "psn_cash_pay": 251}, "bill_adds_up"),
        ({"hifmi_pay": 1}, "funds_add_up"),
        ({"acct_pay": 151}, "person_adds_up"),
        ({"preselfpay_amt": 1}, "classes_add_up"),
        ({"acct_mulaid_pay": 151}, "family_within_account"),
        ({"psn_cash_pay": 251}, "cleared_both_ways"),
        ({"fulamt_ownpay_amt": 101, "inscp_scp_amt": 899}, "lines_sum_to_bill"),
    ],
)
def test_a_wrong_figure_breaks_the_invariant_that_names_it(
    auditor: Auditor, changed: dict[str, int], name: str
) -> None:
    auditor.settlement(settlement(**changed))
    assert name in broken(auditor)
    assert not auditor.clean
    assert any(case.startswith(f"{name}: S1") for case in auditor.cases)


def test_a_second_settlement_of_a_visit_is_found_and_one_after_a_cancellation_is_not(auditor: Auditor) -> None:
    first = settlement()
    auditor.settlement(first)
    auditor.settlement(first.cancelled("S2", NOON))
    auditor.settlement(first._replace(setl_id="S3"))
    assert auditor.clean
    auditor.settlement(first._replace(setl_id="S4"))
    assert broken(auditor) == {"settled_once"}


def test_a_closed_visit_is_forgotten(auditor: Auditor) -> None:
    auditor.settlement(settlement())
    auditor.forget("V1")
    auditor.settlement(settlement())
    assert auditor.clean


def test_a_direct_settlement_without_filing_is_found_and_a_manual_one_is_not(auditor: Auditor) -> None:
    auditor.settlement(settlement(kind="manual", filing=""))
    assert auditor.clean
    auditor.settlement(settlement(filing=""))
    assert broken(auditor) == {"filed_where_needed"}


@pytest.mark.parametrize(
    ("start", "end", "skips"),
    [
        ("hospital", "city", False),
        ("province", "city", False),
        ("province", "ministry", False),
        ("hospital", "province", True),
        ("city", "city", True),
        ("city", "ministry", True),
    ],
)
def test_a_leg_that_skips_a_tier_is_found(auditor: Auditor, start: str, end: str, skips: bool) -> None:
    auditor.leg(start, end)
    assert (broken(auditor) == {"no_tier_skipped"}) == skips


def test_books_sheets_and_days_that_do_not_agree_are_found(auditor: Auditor) -> None:
    auditor.posting(Posting("320100", NOON, "S1", (Leg("cash", "x", "x", 5), Leg("revenue", "x", "x", -5))))
    auditor.mirror("320300", "320100", -7, 7)
    auditor.sheet(Sheet("2016-06", (SheetLine("320100", "all", 7, 0), SheetLine("320300", "all", 0, 7))))
    auditor.day(3, [])
    assert auditor.clean
    auditor.posting(Posting("320100", NOON, "S1", (Leg("cash", "x", "x", 5),)))
    auditor.mirror("320300", "320100", -7, 6)
    auditor.sheet(Sheet("2016-06", (SheetLine("320100", "all", 7, 0),)))
    auditor.day(2, [Difference("2016-06-01", "320100", "320300", Totals(1, 5, 3, 1), NOTHING, NOTHING)])
    assert broken(auditor) == {"posting_balances", "books_mirror", "sheet_is_zero", "three_sides_agree"}
    assert auditor.checked["three_sides_agree"] == 5
    assert any("2016-06-01 320100-320300" in case for case in auditor.cases)


def test_a_body_against_its_schema_is_a_finding_with_its_place(auditor: Auditor) -> None:
    message = request("9001", Key("H1", "M1"), {}, {"signIn": {}})
    auditor.check_body(message, b'{"infno": "9001"}')
    assert auditor.messages == 1
    assert auditor.findings > 3
    assert auditor.cases[0].startswith("9001 M1 /")


def test_twenty_cases_are_kept_word_for_word_and_the_rest_counted(auditor: Auditor) -> None:
    for _ in range(30):
        auditor.mirror("320300", "320100", 1, 1)
    assert auditor.broken["books_mirror"] == 30
    assert len(auditor.cases) == 20


def test_every_named_invariant_is_checked_in_a_run_and_none_is_broken(either: Any) -> None:
    checks = either.world.auditor.summary()
    assert set(checks["invariants"]) == {check.__name__ for check in invariants.INVARIANTS}
    assert all(counts["checked"] > 0 and counts["broken"] == 0 for counts in checks["invariants"].values())
    assert checks["messages_checked"] > 4000
    assert (checks["findings"], checks["cases"]) == (0, [])
    assert either.world.auditor.clean


def test_every_row_posting_and_pair_of_a_day_was_checked(whole: Any) -> None:
    checked = whole.world.auditor.checked
    rows, ledger = whole.table("settlements"), whole.table("ledger")
    assert checked["bill_adds_up"] == checked["lines_sum_to_bill"] == rows.height
    assert checked["settled_once"] == (rows["kind"] == "direct").sum()
    assert checked["posting_balances"] >= ledger.select("org", "ref").n_unique()
    assert checked["three_sides_agree"] >= whole.table("reconciliation").height
    assert checked["sheet_is_zero"] == 8
    assert checked["books_mirror"] == 14 * 13 + len(whole.world.desks)
