"""The official paper of a month: its totals are the transactions' to the fen and the person."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

import simulator.study.run
import yidi
from simulator.inputs.scenarios import load_scenario
from simulator.outputs.paper import SEALED, SIGNED
from simulator.study.paper.forms import FORMS
from simulator.study.paper.ledgers import TABLES
from simulator.study.paper.money import PREPAID
from simulator.study.run import Options, simulate
from tests.study.workbooks import MAIN, Tab, read

RUN = CliRunner()
DAYS, SCALE = 85, 0.001  # to 2016-08-16: June and July are whole, and the circular of July is out
MONTH = "2016-07"
UNITS = {
    "statistics": "金额单位：元",
    "circular": "单位：人次",
    "annex-1-institutions": "单位：家",
    "annex-2-filing": "单位：项",
    "poverty": "金额单位：元",
    "reconciliation": "金额单位：元",
    "clearing": "金额单位：元",
    "prepaid": "金额单位：元",
    "claims": "金额单位：元",
}
A, B = "320321", "320581"  # pooling areas of Xuzhou and of Suzhou


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run of jiangsu-2016, without its page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulator.study.run, "build_report", lambda *_, **__: "")
        scenario = load_scenario("jiangsu-2016").shortened(DAYS)
        yield simulate(scenario, Options(SCALE, 1), tmp_path_factory.mktemp("run")).folder


@pytest.fixture(scope="module")
def filled(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the tables that this run has not: ledgers, prepaid money."""
    place = Path(shutil.copytree(folder, tmp_path_factory.mktemp("more") / "run"))
    day = dt.date
    flagged = rows(folder, "settlements")[:3]
    old, soon, planned, none = day(2015, 1, 1), day(2016, 8, 1), day(2016, 12, 1), [None] * 5
    made: dict[str, list[tuple[Any, ...]]] = {
        "institutions": [
            (0, A, "H1", "甲医院", "hospital", "tertiary", True, old, *[day(2016, 6, 1)] * 5, "", None, "李"),
            (0, A, "H2", "乙药店", "pharmacy", "", False, old, day(2016, 7, 2), *none[1:], "改造", planned, "李"),
            (0, B, "H3", "丙医院", "hospital", "primary", True, old, *[day(2016, 7, 5)] * 4, soon, "待开", soon, "王"),
            (0, B, "H4", "新医院", "hospital", "primary", True, soon, *none, "", None, "王"),
            (1, A, "H5", "他次", "hospital", "primary", True, old, *none, "", None, "王"),
        ],
        "filing_service": [
            (0, A, "JL-3.1a", "窗口", day(2016, 7, 3), "李"),
            (0, A, "JL-3.1b", "电话", day(2016, 8, 2), "李"),
            (0, B, "JL-3.1a", "网上", None, "王"),
        ],
        "aid_recipients": [
            *((0, row["insured_area"], row["psn_no"], "张三丰", "poor", day(2016, 6, 1)) for row in flagged),
            (0, A, "NOBODY-0001", "李四", "poor", day(2016, 6, 1)),
            (0, A, "LATER-00001", "王五", "poor", day(2016, 8, 1)),
        ],
    }  # fmt: skip
    moves = [
        (0, day(2016, 6, 20), "320300", "310", "paid", 5_000_000),
        (0, day(2016, 6, 21), "320300", "390", "paid", 3_000_000),
        (0, day(2016, 7, 4), "320300", "310", "paid", 1_000_001),
        (0, day(2016, 7, 5), "320300", "310", "returned", 500_000),
        (0, day(2016, 6, 25), "320300", "310", "covered", 2_000_000),
        (0, day(2016, 7, 30), "320300", "310", "released", 1_500_000),
        (0, day(2016, 8, 1), "320300", "310", "paid", 9_000_000),
    ]
    for name, schema, table in [*((name, TABLES[name], made[name]) for name in TABLES), ("prepaid", PREPAID, moves)]:
        pl.DataFrame(table, schema=dict(schema), orient="row").write_parquet(place / f"{name}.parquet")
    return place


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    return pl.read_parquet(folder / f"{table}.parquet").to_dicts()


def forms(folder: Path, out: Path, month: str = MONTH, *more: str) -> dict[str, list[Tab]]:
    """The sheets of every form, made by the command."""
    told = RUN.invoke(yidi.app, ["forms", str(folder), "--month", month, "--out", str(out), "--json", *more])
    assert told.exit_code == 0, told.stderr
    said = json.loads(told.stdout)
    assert [form["id"] for form in said["forms"]] == [form.id for form in FORMS]
    assert {entry.name for entry in out.iterdir()} == {form["file"] for form in said["forms"]}
    return {form["id"]: read(out / form["file"])[0] for form in said["forms"]}


@pytest.fixture(scope="module")
def july(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Tab]]:
    return forms(folder, tmp_path_factory.mktemp("july"))


@pytest.fixture(scope="module")
def more(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Tab]]:
    return forms(filled, tmp_path_factory.mktemp("filled"))


def body(tab: Tab) -> list[dict[str, str | Decimal]]:
    """The rows between the names of the columns and the total."""
    freeze = tab.part("pane").attrib["topLeftCell"]
    first = int(freeze[1:])
    totals = [place for place, value in tab.cells.items() if value == "合计" and place.startswith("A")]
    last = int(totals[-1][1:]) if totals else tab.find(next(text for text in tab.texts() if text.startswith("注：")))
    return [tab.row(number) for number in range(first, last)]


def total(tab: Tab) -> dict[str, str | Decimal]:
    return tab.row(tab.find("合计"))


def yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100


def month_of(day: dt.date | None) -> str:
    return day.isoformat()[:7] if day else ""


def ended(folder: Path, outcome: str) -> list[dict[str, Any]]:
    return [
        row
        for row in rows(folder, "stays")
        if row["outcome"] == outcome and row["scheme"] != "ncms" and month_of(row["discharged_at"]) == MONTH
    ]


# --- every form


def test_every_sheet_has_title_unit_month_and_places_to_sign_and_seal(more: dict[str, list[Tab]]) -> None:
    for form, tabs in more.items():
        for tab in tabs:
            texts, unit = tab.texts(), UNITS[form]
            assert tab.cells["A2"], tab.name
            assert tab.cells["A3"] == "填报单位：江苏省医疗保险经办机构"
            assert "2016年7月" in tab.row(3).values()
            assert any(str(text).startswith(unit) for text in tab.row(3).values())
            assert texts[-2:] == [SIGNED, SEALED]
            assert all(word in SIGNED for word in ("负责人", "审核人", "填表人", "填报日期"))
            assert any("模拟" in text for text in texts)
            widths = {each.attrib["min"]: float(each.attrib["width"]) for each in tab.root.iter(f"{MAIN}col")}
            spans = {each.attrib["min"]: int(each.attrib["max"]) for each in tab.root.iter(f"{MAIN}col")}
            wide = sum(width * (spans[first] - int(first) + 1) for first, width in widths.items())
            assert wide >= cell_len(SIGNED), (form, tab.name)  # nothing of it is cut off


def test_every_sheet_prints_on_a4_one_page_wide_with_its_head_on_every_page(folder: Path, tmp_path: Path) -> None:
    forms(folder, tmp_path)
    for path in tmp_path.iterdir():
        tabs, names = read(path)
        for number, tab in enumerate(tabs):
            assert (tab.part("pageSetup").attrib["paperSize"], tab.part("pageSetup").attrib["fitToHeight"]) == (
                "9",
                "0",
            )
            assert tab.part("pageSetUpPr").attrib["fitToPage"] == "1"
            assert tab.part("printOptions").attrib["horizontalCentered"] == "1"
            first = int(tab.part("pane").attrib["topLeftCell"][1:])
            assert names[f"_xlnm.Print_Titles/{number}"] == f"{tab.name}!$1:${first - 1}"
            assert names[f"_xlnm.Print_Area/{number}"].startswith(f"{tab.name}!$A$1:")
            assert "&P" in str(tab.part("headerFooter").findtext("{*}oddFooter"))
            assert "jiangsu-2016，种子 1，规模 0.001，第 0 次" in str(tab.part("headerFooter").findtext("{*}oddHeader"))


def test_every_live_formula_comes_to_the_value_written_beside_it(more: dict[str, list[Tab]]) -> None:
    found = Counter[str]()
    for form, tabs in more.items():
        for tab in tabs:
            for place in tab.formulas:
                have, want = tab.cells[place], tab.comes_to(place)
                same = have == want or abs(Decimal(have) - Decimal(want)) < Decimal("1e-12")
                assert same, (form, tab.name, place, have, want)
                found[form] += 1
    assert found.keys() == UNITS.keys() - {"annex-2-filing"}


def test_amounts_are_whole_fen_with_the_official_format(more: dict[str, list[Tab]]) -> None:
    seen = 0
    for tabs in more.values():
        for tab in tabs:
            for place, code in tab.codes.items():
                value = tab.cells.get(place)
                if code == "#,##0.00" and value is not None:
                    assert isinstance(value, Decimal)
                    assert value * 100 % 1 == 0
                    seen += 1
    assert seen > 300


def test_nobody_is_named_whole(more: dict[str, list[Tab]], filled: Path) -> None:
    people = {row["psn_no"] for row in rows(filled, "claims") + rows(filled, "settlements")}
    people |= {row["psn_name"] for row in rows(filled, "claims") if len(row["psn_name"]) > 1} | {
        "张三丰",
        "NOBODY-0001",
    }
    texts = {text for tabs in more.values() for tab in tabs for text in tab.texts()}
    assert not people & texts
    assert {"张**", "NOB******01"} <= texts


# --- statistics and circular


def test_the_statistics_are_what_the_stays_come_to(july: dict[str, list[Tab]], folder: Path) -> None:
    (tab,) = july["statistics"]
    summary = json.loads((folder / "summary.json").read_bytes())
    direct, manual = ([row for row in ended(folder, how) if not row["cross_province"]] for how in ("direct", "manual"))
    paid = [row for row in manual if row["paid_at"]]
    waiting = [row for row in manual if not row["paid_at"]]
    have = total(tab)
    assert [have[column] for column in "BCDE"] == [len(direct + manual), len(direct), len(paid), len(waiting)]
    of_month = next(row for row in summary["by_month"] if row["month"] == MONTH)
    assert [have[column] for column in "BCDE"] == [
        of_month[name] for name in ("discharges", "direct", "manual", "not_yet_paid")
    ]
    assert round(Decimal(have["F"]), 4) == Decimal(str(of_month["rate"]))
    sums = [sum(row["bill"] for row in each) for each in (direct + manual, direct, paid, waiting)]
    sums += [
        sum(row["fund"] for row in direct),
        sum(row["fund"] for row in paid),
        sum(row["account"] for row in direct),
    ]
    assert [have[column] for column in "GHIJKLM"] == [yuan(fen) for fen in sums]
    cities = {row["zh"]: row["city"] for row in summary["by_city"]}
    by_city = Counter(row["insured_city"] for row in direct + manual)
    assert [(row["A"], row["B"]) for row in body(tab)] == [(zh, by_city[code]) for zh, code in cities.items()]
    reports = {row["city"]: row for row in rows(folder, "reports") if row["month"] == MONTH}
    for row in body(tab):
        report = reports[cities[str(row["A"])]]
        assert (row["N"], row["O"]) == (report["discharges"], report["direct"]) == (row["B"], row["C"])
        assert row["P"] == (report["received"] - dt.date(1899, 12, 30)).days


def test_direct_stays_of_the_statistics_are_settlement_rows(july: dict[str, list[Tab]], folder: Path) -> None:
    """The same money from the other table: settlements in force of stays that ended in the month."""
    chosen = {row["setl_id"] for row in ended(folder, "direct") if not row["cross_province"]}
    settled = [row for row in rows(folder, "settlements") if row["setl_id"] in chosen]
    have = total(july["statistics"][0])
    assert have["C"] == len(settled) == len(chosen) > 5
    assert have["H"] == yuan(sum(row["medfee_sumamt"] for row in settled))
    assert have["K"] == yuan(sum(row["fund_pay_sumamt"] for row in settled))


def test_the_circular_ranks_the_cities_as_it_was_sent(july: dict[str, list[Tab]], folder: Path) -> None:
    (tab,) = july["circular"]
    assert tab.cells["A1"] == "任务标识：省政府人社部门补短板专项（JS-1.3）"
    assert tab.cells["A2"] == "关于2016年7月异地就医联网结算情况的通报"
    sent = sorted((row for row in rows(folder, "circulars") if row["month"] == MONTH), key=lambda row: row["place"])
    names = {row["city"]: row["zh"] for row in json.loads((folder / "summary.json").read_bytes())["by_city"]}
    listed = body(tab)
    assert [(row["A"], row["B"], row["C"], row["D"]) for row in listed] == [
        (row["place"], names[row["city"]], row["discharges"], row["direct"]) for row in sent
    ]
    assert len(listed) == 13
    so_far = [row for row in rows(folder, "circulars") if row["month"] <= MONTH]
    assert total(tab)["F"] == sum(row["discharges"] for row in so_far)
    in_order = [row for row, told in zip(listed, sent, strict=True) if told["reported"] and row["C"]]
    assert all(one["E"] >= other["E"] for one, other in pairwise(in_order))  # type: ignore[operator]
    for row in in_order:
        have, every = int(row["D"]), int(row["C"])
        short = next(more for more in range(every + 1) if 2 * (have + more) >= every)
        said = f"结算率低于50%，尚差{short}人次直接结算" if short else "结算率达到50%的要求"
        assert str(row["L"]).startswith(said)


def test_a_late_report_is_told_with_its_days_and_its_consequence(folder: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(folder, tmp_path / "run"))
    city = {"owner": "320300", "period": MONTH}
    mine = pl.all_horizontal(pl.col(name) == value for name, value in city.items()) & (
        pl.col("duty") == "monthly-report"
    )
    duties = pl.read_parquet(place / "duties.parquet")
    late = duties.with_columns(done=pl.when(mine).then(pl.lit(dt.date(2016, 8, 9))).otherwise("done"))
    told = late.head(1).with_columns(duty=pl.lit("inform-government"), subject=pl.lit("320300"), period=pl.lit(MONTH))
    pl.concat([late, told]).write_parquet(place / "duties.parquet")
    chosen = (pl.col("city") == "320300") & (pl.col("month") == MONTH)
    circulars = pl.read_parquet(place / "circulars.parquet")
    circulars.with_columns(reported=pl.col("reported") & ~chosen).write_parquet(place / "circulars.parquet")
    (tab,) = forms(place, tmp_path / "out")["circular"]
    (row,) = (each for each in body(tab) if each["B"] == "徐州市")
    assert row["L"] == "通报时月报未到；月报迟报4天；已列入向市委、市政府通报"
    assert row["K"] == 4


def test_a_rate_that_is_to_be_passed_is_not_reached_by_half(folder: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(folder, tmp_path / "run"))
    summary = json.loads((place / "summary.json").read_bytes())
    for target in summary["targets"]:
        target["op"] = ">"
    (place / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    circulars = pl.read_parquet(place / "circulars.parquet")
    numbers = {"reported": pl.lit(value=True), "discharges": pl.col("place").cast(pl.Int64), "direct": pl.lit(3)}
    circulars.with_columns(**numbers).with_columns(pl.col("direct").cast(pl.Int64)).write_parquet(
        place / "circulars.parquet"
    )
    (tab,) = forms(place, tmp_path / "out")["circular"]
    said = [str(row["L"]).partition("；")[0] for row in body(tab)]
    reached = "结算率达到50%的要求"
    assert said[:8] == [*[reached] * 5, *[f"结算率低于50%，尚差{short}人次直接结算" for short in (1, 1, 2)]]


# --- money


def test_the_daily_results_are_the_settlements_between_cities(july: dict[str, list[Tab]], folder: Path) -> None:
    (tab,) = july["reconciliation"]
    between = [
        row
        for row in rows(folder, "settlements")
        if row["kind"] == "direct" and month_of(row["at"]) == MONTH and row["treatment_city"] != row["insured_city"]
    ]
    have = total(tab)
    assert have["D"] == sum(-1 if row["refund"] else 1 for row in between) > 5
    for column, field in zip("EFG", ("medfee_sumamt", "fund_pay_sumamt", "acct_pay"), strict=True):
        assert have[column] == yuan(sum(row[field] for row in between))
    pairs = {(row["at"].date(), row["treatment_city"], row["insured_city"]) for row in between}
    assert len(body(tab)) == len(pairs)
    assert {row["H"] for row in body(tab)} == {"相平"}


def test_the_balance_sheet_is_the_settlements_of_the_month_and_sums_to_zero(
    july: dict[str, list[Tab]], folder: Path
) -> None:
    (tab,) = july["clearing"]
    codes = {row["zh"]: row["city"] for row in json.loads((folder / "summary.json").read_bytes())["by_city"]}
    between = [
        row
        for row in rows(folder, "settlements")
        if row["kind"] == "direct" and month_of(row["at"]) == MONTH and row["treatment_city"] != row["insured_city"]
    ]

    def cleared(side: str, city: str, insutype: str) -> Decimal:
        mine = [row for row in between if row[side] == city and row["insutype"] == insutype]
        return yuan(sum(row["fund_pay_sumamt"] + row["acct_pay"] for row in mine))

    assert [row["A"] for row in body(tab)] == list(codes)
    for row in body(tab):
        city = codes[str(row["A"])]
        for columns, side in (("BCD", "treatment_city"), ("EFG", "insured_city")):
            employee, resident = (cleared(side, city, kind) for kind in ("310", "390"))
            assert [row[column] for column in columns] == [employee + resident, employee, resident]
        assert [row[column] for column in "HIJ"] == [
            Decimal(row[one]) - Decimal(row[other]) for one, other in zip("BCD", "EFG", strict=True)
        ]
    have = total(tab)
    assert [have[column] for column in "HIJ"] == [0, 0, 0]
    assert have["B"] == have["E"] == yuan(sum(row["fund_pay_sumamt"] + row["acct_pay"] for row in between)) > 0


def test_a_city_sees_what_it_clears_with_each_other(july: dict[str, list[Tab]], folder: Path, tmp_path: Path) -> None:
    made = forms(folder, tmp_path, MONTH, "--city", "320500")
    (tab,), (whole,) = made["clearing"], july["clearing"]
    assert tab.cells["A2"] == "省内异地就医清算分户表"
    assert tab.cells["A3"] == "填报单位：苏州市医疗保险经办机构"
    (own,) = (row for row in body(whole) if row["A"] == "苏州市")
    assert len(body(tab)) == 12
    assert {column: total(tab)[column] for column in "BCDEFGHIJ"} == {column: own[column] for column in "BCDEFGHIJ"}
    assert [row["A"] for row in body(made["statistics"][0])] == ["苏州市"]
    assert all("苏州市" in (row["B"], row["C"]) for row in body(made["reconciliation"][0]))
    assert {row["B"] for row in body(made["claims"][0])} == {"苏州市"}
    assert len(body(made["circular"][0])) == 13


def test_the_quota_of_the_next_year_is_a_fifth_of_each_funds_net_outflow(
    july: dict[str, list[Tab]], folder: Path
) -> None:
    forecast, _ = july["prepaid"]
    assert forecast.cells["A2"] == "2017年度省内异地就医预付金测算表"
    codes = {row["zh"]: row["city"] for row in json.loads((folder / "summary.json").read_bytes())["by_city"]}
    known = [row for row in rows(folder, "clearing") if row["month"] <= MONTH]
    for row in body(forecast):
        quotas = []
        for columns, resident in (("BCDE", False), ("FGHI", True)):
            mine = [each for each in known if (each["insutype"] == "390") == resident]
            city = codes[str(row["A"])]
            pays = sum(each["cleared"] for each in mine if each["insured_city"] == city)
            collects = sum(each["cleared"] for each in mine if each["treatment_city"] == city)
            net = max(pays - collects, 0)
            quotas.append((net // 5 + 500_000) // 1_000_000)
            want = [yuan(pays), yuan(collects), yuan(net), quotas[-1]]
            assert [row[column] for column in columns] == want
        assert row["J"] == sum(quotas)


def test_the_use_of_prepaid_money_is_what_moved(more: dict[str, list[Tab]], july: dict[str, list[Tab]]) -> None:
    _, use = more["prepaid"]
    (row,) = (each for each in body(use) if each["A"] == "徐州市")
    # 50 000 + 30 000; then + 10 000.01 - 5 000 = 85 000.01; 20 000 covered, 15 000 of it free again
    assert [row[column] for column in "BCDEF"] == [
        80_000, Decimal("10000.01"), 5_000, Decimal("85000.01"), 5_000,
    ]  # fmt: skip
    assert round(Decimal(row["G"]), 6) == round(Decimal(5_000) / Decimal("85000.01"), 6)
    assert total(use)["E"] == Decimal("85000.01")
    assert any("没有表 prepaid" in text for text in july["prepaid"][1].texts())


def test_a_quota_of_this_year_rests_on_a_year_of_the_run(folder: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(folder, tmp_path / "run"))
    summary = json.loads((place / "summary.json").read_bytes())
    summary["window"] = {"from": "2015-05-24", "to": "2016-08-16"}
    (place / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    clearing = pl.read_parquet(place / "clearing.parquet")
    last = clearing.head(1).with_columns(
        month=pl.lit("2015-12"), cleared=pl.lit(1_250_000_000, pl.Int64()), insutype=pl.lit("310")
    )
    pl.concat([clearing, last]).write_parquet(place / "clearing.parquet")
    this, following, _ = forms(place, tmp_path / "out")["prepaid"]
    assert (this.name, this.cells["A2"]) == ("本年额度", "2016年度省内异地就医预付金核定表")
    assert total(this)["J"] == 250  # 12.5 million yuan · 20 % = 2.5 million = 250 万元
    assert total(following)["B"] != total(this)["B"] == 12_500_000


# --- claims and ledgers


def test_the_ledger_of_claims_is_every_stay_that_was_not_settled_directly(
    july: dict[str, list[Tab]], folder: Path
) -> None:
    ledger, payments = july["claims"]
    stays = ended(folder, "manual")
    assert len(body(ledger)) == len(stays) > 10
    assert total(ledger)["O"] == yuan(sum(row["bill"] for row in stays))
    assert total(ledger)["P"] == yuan(sum(row["fund"] or 0 for row in stays))
    handed = {row["visit"]: row["handed_in"] for row in rows(folder, "claims")}
    states = Counter("已支付" if row["paid_at"] else "已受理" if handed[row["visit"]] else "未交单" for row in stays)
    assert Counter(row["N"] for row in body(ledger)) == states
    settled = [row for row in rows(folder, "settlements") if row["kind"] == "manual" and month_of(row["at"]) == MONTH]
    assert len(body(payments)) == len(settled) > 0
    assert {row["N"] for row in body(payments)} == {row["setl_id"] for row in settled}
    for column, field in zip("OPQ", ("medfee_sumamt", "fund_pay_sumamt", "psn_cash_pay"), strict=True):
        assert total(payments)[column] == yuan(sum(row[field] for row in settled))


def test_a_claim_knows_when_its_papers_came_unless_that_is_past_the_run(folder: Path) -> None:
    stays = {row["visit"]: row for row in rows(folder, "stays")}
    claims = rows(folder, "claims")
    assert {row["visit"] for row in claims} == {visit for visit, row in stays.items() if row["outcome"] == "manual"}
    open_, last = 0, dt.date(2016, 8, 16)
    for claim in claims:
        stay = stays[claim["visit"]]
        if claim["handed_in"] is None:
            assert stay["paid_at"] is None
            open_ += 1
            continue
        assert stay["discharged_at"].date() <= claim["handed_in"] <= last
        if stay["paid_at"]:
            assert stay["paid_at"].date() > claim["handed_in"]
    assert 0 < open_ < len(claims)


def test_annex_1_has_every_designated_institution_once_as_it_stood_at_the_end_of_the_month(
    more: dict[str, list[Tab]],
) -> None:
    ledger, summed = more["annex-1-institutions"]
    assert ledger.cells["A1"] == summed.cells["A1"] == "附件1"
    assert [(row["C"], row.get("L"), row.get("M")) for row in body(ledger)] == [
        ("H2", None, None),
        ("H3", Decimal(42556), None),  # opened inside on 5 July; across only in August
        ("H1", Decimal(42522), Decimal(42522)),
    ]
    assert [row["G"] for row in body(ledger)] == ["否", "是", "是"]
    assert (body(ledger)[1]["F"], body(ledger)[0]["E"]) == ("一级及以下", "药店")
    assert [[row[column] for column in "BCDEFG"] for row in body(summed)] == [[2, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 1]]
    assert [total(summed)[column] for column in "BCDEFG"] == [3, 2, 2, 1, 1, 2]
    assert any("建议式样" in text for text in ledger.texts())


def test_annex_2_lists_the_measures_by_area_and_whether_they_were_done(more: dict[str, list[Tab]]) -> None:
    (tab,) = more["annex-2-filing"]
    assert tab.cells["A1"] == "附件2"
    assert [(row["D"], row["E"]) for row in body(tab)] == [("窗口", "是"), ("电话", "否"), ("网上", "否")]
    assert str(body(tab)[0]["C"]).endswith("（JL-3.1a）")
    assert any("3项措施中，月末已落实1项" in text for text in tab.texts())


def test_the_ledger_of_the_poor_has_every_flagged_person_and_their_settlements(
    more: dict[str, list[Tab]], filled: Path
) -> None:
    (tab,) = more["poverty"]
    flagged = {row["psn_no"] for row in rows(filled, "aid_recipients") if row["flagged_on"] < dt.date(2016, 8, 1)}
    settled = [row for row in rows(filled, "settlements") if row["psn_no"] in flagged and month_of(row["at"]) == MONTH]
    assert len(body(tab)) == len(flagged) == 4
    assert total(tab)["G"] == sum(-1 if row["refund"] else 1 for row in settled)
    for column, field in zip(
        "HIJKL", ("medfee_sumamt", "fund_pay_sumamt", "maf_pay", "acct_pay", "psn_cash_pay"), strict=True
    ):
        assert total(tab)[column] == yuan(sum(row[field] for row in settled))
    assert {row["E"] for row in body(tab)} == {"建档立卡或重点救助对象"}


def test_a_form_without_its_table_says_so_and_is_made_all_the_same(folder: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(folder, tmp_path / "run"))
    for table in ("institutions", "filing_service", "aid_recipients"):
        (place / f"{table}.parquet").unlink(missing_ok=True)
    told = RUN.invoke(yidi.app, ["forms", str(place), "--month", MONTH, "--out", str(tmp_path / "out"), "--lang", "zh"])
    assert told.exit_code == 0
    assert "附件1 接入工作台账：annex-1-institutions-2016-07.xlsx，0 行（没有表 institutions）" in told.stdout
    for form, table in (
        ("annex-1-institutions", "institutions"),
        ("annex-2-filing", "filing_service"),
        ("poverty", "aid_recipients"),
    ):
        for tab in read(tmp_path / "out" / f"{form}-2016-07.xlsx")[0]:
            assert sum(f"没有表 {table}" in text for text in tab.texts()) == 1
            assert "本月无" in tab.texts()


# --- months, runs, cities, folders


def test_a_month_that_is_not_finished_is_made_with_a_note(folder: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(folder, tmp_path / "run"))
    told = RUN.invoke(yidi.app, ["forms", str(place), "--month", "2016-08"])
    assert told.exit_code == 0
    assert "The month was not finished" in told.stdout
    for path in (place / "forms" / "2016-08").iterdir():
        for tab in read(path)[0]:
            assert any("本月未结束：运行到2016-08-16为止" in text for text in tab.texts())
    (circular,) = read(place / "forms/2016-08/circular-2016-08.xlsx")[0]
    assert any("没有发出本月的通报" in text for text in circular.texts())
    (statistics,) = read(place / "forms/2016-08/statistics-2016-08.xlsx")[0]
    assert any("尚未收到月报：南京市、" in text for text in statistics.texts())


def test_the_first_month_says_from_which_day_it_counts(folder: Path, tmp_path: Path) -> None:
    (tab,) = forms(folder, tmp_path, "2016-05")["statistics"]
    assert any("运行自2016-05-24开始" in text for text in tab.texts())
    assert not any("本月未结束" in text for text in tab.texts())


def test_another_run_of_the_folder_is_chosen_by_its_number(folder: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(folder, tmp_path / "run"))
    for path in place.glob("*.parquet"):
        table = pl.read_parquet(path)
        again = table.with_columns(run=pl.lit(1, pl.Int32()))
        if path.stem == "stays":
            again = again.with_columns(bill=pl.col("bill") * 2)
        pl.concat([table, again]).write_parquet(path)
    first, second = (forms(place, tmp_path / run, MONTH, "--run", run) for run in ("0", "1"))
    assert (tmp_path / "1" / "clearing-2016-07-run1.xlsx").exists()
    assert Decimal(total(second["statistics"][0])["G"]) == 2 * Decimal(total(first["statistics"][0])["G"])
    assert total(second["clearing"][0]) == total(first["clearing"][0])
    assert any("清算单的制作日期只记载首次运行的" in text for text in second["clearing"][0].texts())
    told = RUN.invoke(yidi.app, ["forms", str(place), "--month", MONTH, "--run", "2"])
    assert (told.exit_code, told.stdout) == (2, "")
    assert "has no run 2; it has 0 to 1." in told.stderr


def test_care_in_another_province_stands_on_a_sheet_of_its_own(
    july: dict[str, list[Tab]], folder: Path, tmp_path: Path
) -> None:
    place = Path(shutil.copytree(folder, tmp_path / "run"))
    stays = pl.read_parquet(place / "stays.parquet")
    one = stays.filter((pl.col("outcome") == "direct") & (pl.col("discharged_at").dt.strftime("%Y-%m") == MONTH)).head(
        1
    )
    far = one.with_columns(cross_province=pl.lit(value=True), treatment_city=pl.lit("990100"), visit=pl.lit("far"))
    pl.concat([stays, far]).write_parquet(place / "stays.parquet")
    clearing = pl.read_parquet(place / "clearing.parquet")
    pair = clearing.filter(pl.col("month") == MONTH).head(1).with_columns(treatment_city=pl.lit("990100"))
    pl.concat([clearing, pair]).write_parquet(place / "clearing.parquet")
    made = forms(place, tmp_path / "out")
    inside, beyond = made["statistics"]
    assert (inside.name, beyond.name) == ("省内跨市", "跨省")
    assert total(inside) == total(july["statistics"][0])
    assert total(beyond)["B"] == 1
    assert total(beyond)["G"] == yuan(one["bill"][0])
    inside, across = made["clearing"]
    assert total(inside) == total(july["clearing"][0])
    assert [row["A"] for row in body(across)][-1] == "外省"
    assert total(across)["B"] == total(across)["E"] == yuan(pair["cleared"][0])
    assert total(across)["H"] == 0


def test_names_of_a_network_of_ones_own_are_its_codes(folder: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(folder, tmp_path / "run"))
    provenance = json.loads((place / "provenance.json").read_bytes())
    (place / "provenance.json").write_text(json.dumps({**provenance, "scenario": "mine"}), encoding="utf-8")
    ledger, _ = forms(place, tmp_path / "out")["claims"]
    assert str(body(ledger)[0]["H"]).startswith("H32")
    assert ledger.cells["A3"] == "填报单位：省医疗保险经办机构"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--month", "2016-13"], "2016-13 is no month; write it as 2016-10."),
        (["--month", "July"], "July is no month"),
        (["--month", "201610"], "201610 is no month"),
        (["--month", "2016-W10"], "2016-W10 is no month"),
        (["--month", "2016-09"], "2016-09 lies outside of the run, which is from 2016-05 to 2016-08."),
        (["--month", "2016-04"], "2016-04 lies outside"),
        (["--month", MONTH, "--city", "990100"], "has no city 990100; it has 320100, 320200"),
        (["--month", MONTH, "--lang", "fr"], "zh or en"),
        ([], "--month"),
    ],
)
def test_what_cannot_be_made_is_one_sentence(folder: Path, arguments: list[str], hint: str) -> None:
    told = RUN.invoke(yidi.app, ["forms", str(folder), *arguments])
    assert (told.exit_code, told.stdout) == (2, "")
    assert hint in told.stderr
    assert told.stderr.count("\n") == 1
    assert not (folder / "forms").exists()


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("summary.json", "other"),
        ("provenance.json", "gone"),
        ("provenance.json", "half"),
        ("stays.parquet", "gone"),
        ("stays.parquet", "other"),
        ("clearing.parquet", "gone"),
        ("clearing.parquet", "half"),
    ],
)
def test_a_folder_that_is_not_whole_is_one_sentence(folder: Path, tmp_path: Path, name: str, how: str) -> None:
    place, out = Path(shutil.copytree(folder, tmp_path / "run")), tmp_path / "out"
    content = (place / name).read_bytes()
    (place / name).unlink()
    if how != "gone":
        (place / name).write_bytes(content[: len(content) // 2] if how == "half" else b"[]")
    told = RUN.invoke(yidi.app, ["forms", str(place), "--month", MONTH, "--out", str(out)])
    assert (told.exit_code, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert "is no whole result of a run" in told.stderr
    assert not out.exists()


def test_a_place_that_cannot_be_written_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    told = RUN.invoke(yidi.app, ["forms", str(folder), "--month", MONTH, "--out", str(tmp_path / "file" / "out")])
    assert (told.exit_code, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert "cannot be written" in told.stderr
    assert (tmp_path / "file").read_text() == "mine"


def test_the_same_run_gives_the_same_workbooks(folder: Path, tmp_path: Path) -> None:
    forms(folder, tmp_path / "a")
    forms(folder, tmp_path / "b")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
