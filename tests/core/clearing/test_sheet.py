"""The balance sheet of a month."""

from __future__ import annotations

from simulator.core.clearing.sheet import SheetLine, balance_sheet
from simulator.core.invariants import sheet_is_zero
from simulator.core.reconciliation.totals import Totals


def test_the_sheet_says_what_each_city_collects_and_pays_and_sums_to_zero() -> None:
    cleared = {
        ("320100", "320300", "310"): Totals(2, 900, 600, 100),
        ("320100", "320300", "390"): Totals(1, 500, 300, 0),
        ("320300", "320100", "310"): Totals(1, 200, 150, 0),
    }
    sheet = balance_sheet("2016-10", cleared, ["320300", "320100", "320200"])
    lines = {(line.city, line.insutype): line for line in sheet.lines}
    assert lines["320100", "310"] == SheetLine("320100", "310", 700, 150)
    assert lines["320100", "all"] == SheetLine("320100", "all", 1_000, 150)
    assert lines["320300", "all"].difference == -850
    assert lines["320200", "all"] == SheetLine("320200", "all", 0, 0)
    assert sheet_is_zero(sheet)
    assert [line.city for line in sheet.lines][::3] == ["320100", "320200", "320300"]


def test_a_month_without_settlements_has_a_line_of_nothing_for_each_city() -> None:
    assert balance_sheet("2016-11", {}, ["320100"]).lines == (SheetLine("320100", "all", 0, 0),)
