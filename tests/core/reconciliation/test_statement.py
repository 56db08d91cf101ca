"""Reconciliation of a hospital with its city: 3201 and the comparison of 3202."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.core.reconciliation.statement import LEVEL, NOT_LEVEL, detail_differences, total_difference
from simulator.core.reconciliation.totals import Tally, Totals

HOSPITAL = "H32019900001"


@pytest.fixture
def rows(play: Any) -> list[Any]:
    """A settlement of the hospital, its cancelling, and another settlement."""
    stay = play.stay().settled()
    stay.about("2305")
    play.stay("worker").settled()
    found: list[Any] = play.treatment.statements.rows_by_day["2016-10-10"]
    return found


def sent(row: Any, **changes: Any) -> dict[str, Any]:
    shares = row.shares
    return {
        "psn_no": row.psn_no,
        "mdtrt_id": row.mdtrt_id,
        "setl_id": row.setl_id,
        "refd_setl_flag": "1" if row.refund else "0",
        "medfee_sumamt": shares.medfee_sumamt,
        "fund_pay_sumamt": shares.fund_pay_sumamt,
        "acct_pay": shares.acct_pay,
    } | changes


def total(begin: str, end: str, totals: Totals, insutype: str = "310", clr_type: str = "21") -> dict[str, Any]:
    return {
        "insutype": insutype,
        "clr_type": clr_type,
        "stmt_begndate": begin,
        "stmt_enddate": end,
        "medfee_sumamt": totals.medfee,
        "fund_pay_sumamt": totals.fund,
        "acct_pay": totals.account,
        "fixmedins_setl_cnt": totals.rows,
    }


def test_totals_of_several_days_are_level_when_they_are_the_citys() -> None:
    tally, one = Tally(), Totals(1, 100, 60, 10)
    for day in ("2016-10-10", "2016-10-12"):
        tally.add((day, HOSPITAL, "310", "21"), one)
    assert total_difference(total("2016-10-10", "2016-10-12", one.add(one)), tally, HOSPITAL) == (LEVEL, "")
    assert total_difference(total("2016-10-11", "2016-10-11", Totals()), tally, HOSPITAL) == (LEVEL, "")
    assert total_difference(total("2016-10-10", "2016-10-12", Totals(), "390"), tally, HOSPITAL) == (LEVEL, "")
    assert total_difference(total("2016-10-10", "2016-10-12", Totals(), "310", "41"), tally, HOSPITAL) == (LEVEL, "")
    assert total_difference(total("0001-01-01", "9999-12-31", one.add(one)), tally, HOSPITAL) == (LEVEL, "")


def test_one_fen_is_not_level_and_the_reason_names_both_sides() -> None:
    tally = Tally()
    tally.add(("2016-10-10", HOSPITAL, "310", "21"), Totals(1, 100, 60, 10))
    result, reason = total_difference(total("2016-10-10", "2016-10-10", Totals(1, 100, 61, 10)), tally, HOSPITAL)
    assert result == NOT_LEVEL
    assert "基金0.61元" in reason
    assert "基金0.60元" in reason


def test_equal_rows_have_no_difference(rows: list[Any]) -> None:
    assert detail_differences([sent(row) for row in rows], rows) == []


@pytest.mark.parametrize("field", ["medfee_sumamt", "fund_pay_sumamt", "acct_pay"])
def test_a_row_that_differs_by_one_fen_comes_back(rows: list[Any], field: str) -> None:
    wrong = sent(rows[2], **{field: sent(rows[2])[field] + 1})
    (difference,) = detail_differences([sent(rows[0]), sent(rows[1]), wrong], rows)
    assert difference["memo"] == "金额不一致"
    assert (difference["setl_id"], difference["msgid"]) == (rows[2].setl_id, rows[2].settled_by)


def test_a_row_of_the_hospital_alone_comes_back_as_sent(rows: list[Any]) -> None:
    stray = sent(rows[0], setl_id="stray")
    (difference,) = detail_differences([*(sent(row) for row in rows), stray], rows)
    assert difference == {**stray, "msgid": "", "stmt_rslt": NOT_LEVEL, "memo": "中心端无此记录"}


def test_a_row_of_the_centre_alone_comes_back_with_the_msgid_that_2601_needs(rows: list[Any]) -> None:
    (difference,) = detail_differences([sent(rows[1]), sent(rows[2])], rows)
    assert (difference["setl_id"], difference["mdtrt_id"], difference["refd_setl_flag"]) == ("", "", "0")
    assert difference["msgid"] == rows[0].settled_by
    assert difference["medfee_sumamt"] == rows[0].shares.medfee_sumamt
    assert difference["memo"] == "医疗机构无此记录"
