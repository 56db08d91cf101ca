"""Official paper: what is written reads back to the fen, and formulas come to the values beside them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.outputs.paper import (
    BALANCE_OF,
    COUNT,
    DAY,
    DIFFERENCE,
    EXCESS,
    NONE,
    RATIO,
    SHARE,
    SUM,
    TEXT,
    WAN,
    YUAN,
    Column,
    Row,
    Sheet,
    paper,
    quota,
    yuan_cell,
)
from tests.study.workbooks import MAIN, read

COLUMNS = (
    Column("who", "市"),
    Column("day", "日期", DAY),
    Column("have", "有", COUNT, 8, "人次"),
    Column("all", "共", COUNT, 8, "人次"),
    Column("rate", "率", SHARE, 8, "", RATIO, ("have", "all")),
    Column("in", "收", YUAN),
    Column("out", "支", YUAN),
    Column("both", "和", YUAN, 10, "", SUM, ("in", "out")),
    Column("less", "差", YUAN, 10, "", DIFFERENCE, ("in", "out")),
    Column("more", "净流出", YUAN, 10, "", EXCESS, ("out", "in")),
    Column("left", "余", YUAN, 10, "", BALANCE_OF, ("in", "in", "out")),
    Column("quota", "额度", WAN, 10, "", quota(2000), ("more",)),
)
FEN = st.integers(-(10**14), 10**14)


def sheet(rows: list[Row], columns: tuple[Column, ...] = COLUMNS) -> Sheet:
    return Sheet("表", "某表", "2016年10月", "某市", "金额单位：元", columns, rows, ["说明。"], "附件9")


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_an_amount_reads_back_to_the_fen_from_what_the_file_says(fen: int) -> None:
    written = f"{yuan_cell(fen):.16G}"  # as the library writes numbers
    assert Decimal(written) * 100 == fen
    assert round(Decimal(float(written)) * 100) == fen  # as a spreadsheet keeps them


@pytest.mark.parametrize("fen", [10**15, -(10**15)])
def test_more_than_a_spreadsheet_keeps_is_refused(fen: int) -> None:
    with pytest.raises(ValueError, match="more than a spreadsheet keeps"):
        yuan_cell(fen)


@pytest.mark.parametrize(
    ("net", "whole"), [(0, 0), (2_499_997, 0), (2_500_000, 1), (7_499_997, 1), (7_500_000, 2), (123_456_789_012, 24691)]
)
def test_a_quota_is_a_fifth_in_whole_ten_thousands_half_up(net: int, whole: int) -> None:
    """25 000 yuan · 20 % = 5 000 yuan, half of 万元, go up; 74 999.97 yuan do not reach 15 000."""
    assert quota(2000).value([net]) == whole


def test_every_formula_comes_to_the_value_beside_it_and_totals_to_the_sum(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"who": "甲", "day": dt.date(2016, 10, 3), "have": 1, "all": 3, "in": 10, "out": 12_345_678_901},
        {"who": "乙", "have": 0, "all": 0, "in": 7_500_001, "out": 2},
        {"who": "丙", "have": 2, "all": 2, "in": -5, "out": 2_499_996},
    ]
    made = sheet(rows)
    (tmp_path / "a.xlsx").write_bytes(paper([made], "来源 A&B"))
    (tab,), names = read(tmp_path / "a.xlsx")
    assert len(tab.formulas) == 3 * 6 + 10
    for place in tab.formulas:
        have, want = tab.cells[place], tab.comes_to(place)
        assert have == want or abs(Decimal(have) - Decimal(want)) < Decimal("1e-12"), place
    total = tab.row(tab.find("合计"))
    assert total["C"] == 3
    assert total["F"] == Decimal("75000.06")
    assert total["H"] == Decimal("123556789.05")
    assert made.totals()["in"] == 7_500_006
    assert (tab.cells["E7"], tab.cells["L6"], tab.cells["B6"]) == (NONE, 2469, Decimal(42646))
    assert names == {"_xlnm.Print_Area/0": "表!$A$1:$L$12", "_xlnm.Print_Titles/0": "表!$1:$5"}
    head, foot = (tab.part("headerFooter").findtext(f"{{*}}{name}") for name in ("oddHeader", "oddFooter"))
    assert (head, foot) == ("&R&8来源 A&&B", "&C第 &P 页，共 &N 页")


@given(st.lists(st.tuples(FEN, FEN), min_size=1, max_size=5))
def test_totals_are_sums_of_whole_fen(amounts: list[tuple[int, int]]) -> None:
    totals = sheet([{"who": "甲", "in": one, "out": other} for one, other in amounts]).totals()
    assert totals["in"] == sum(one for one, _ in amounts)
    assert totals["less"] == sum(one - other for one, other in amounts)
    assert totals["more"] == sum(max(other - one, 0) for one, other in amounts)
    assert totals["rate"] == NONE


def test_a_form_without_rows_says_so_and_one_without_amounts_has_no_total(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(
        paper([sheet([]), sheet([], (Column("who", "市"), Column("b", "乙", TEXT)))._replace(tab="二")], "")
    )
    (tab, other), _ = read(tmp_path / "a.xlsx")
    assert tab.cells["A6"] == "本月无"
    assert tab.row(tab.find("合计"))["F"] == tab.comes_to("F7") == 0
    assert other.cells["A5"] == "本月无"
    assert "合计" not in other.texts()


def test_the_same_form_gives_the_same_bytes() -> None:
    assert paper([sheet([{"who": "甲", "in": 1}])], "x") == paper([sheet([{"who": "甲", "in": 1}])], "x")


def test_a_column_is_as_wide_as_its_largest_amount(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(paper([sheet([{"who": "甲", "in": 99_999_999_999_999, "out": -5}])], ""))
    (tab,), _ = read(tmp_path / "a.xlsx")
    columns = [each.attrib for each in tab.root.iter(f"{MAIN}col")]
    wide = [
        float(each["width"]) for number in (6, 7) for each in columns if int(each["min"]) <= number <= int(each["max"])
    ]
    assert wide[0] > len("999,999,999,999.99")
    assert wide[1] < 11
