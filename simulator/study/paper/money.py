"""Forms about money between cities: daily reconciliation, 清算平衡总表 (P75-A10), and prepaid money (P75-30)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from simulator.core.clearing.sums import EMPLOYEES
from simulator.outputs.paper import (
    BALANCE_OF,
    COUNT,
    DAY,
    DIFFERENCE,
    EXCESS,
    RATIO,
    SHARE,
    SUM,
    TEXT,
    WAN,
    YUAN,
    Column,
    Row,
    Sheet,
    Value,
    quota,
)
from simulator.study.checks import number
from simulator.study.paper.source import Source

DAILY = (
    Column("day", "对账日期", DAY, 12),
    Column("treatment", "就医地", TEXT, 12),
    Column("insured", "参保地", TEXT, 12),
    Column("rows", "笔数", COUNT, 9),
    Column("medfee", "医疗总费用", YUAN, 17),
    Column("fund", "基金支付", YUAN, 17),
    Column("account", "个人账户支付", YUAN, 17),
    Column("level", "三方对账结果", TEXT, 13),
)


def _by_insurance(key: str, title: str) -> tuple[Column, ...]:
    parts = (f"{key}_employee", f"{key}_resident")
    return (
        Column(key, "小计", YUAN, 16, title, SUM, parts),
        Column(parts[0], "职工", YUAN, 16, title),
        Column(parts[1], "城居", YUAN, 16, title),
    )


def _differences(title: str) -> tuple[Column, ...]:
    kinds = {"": "小计", "_employee": "职工", "_resident": "城居"}
    return tuple(
        Column(f"difference{kind}", name, YUAN, 16, title, DIFFERENCE, (f"collects{kind}", f"pays{kind}"))
        for kind, name in kinds.items()
    )


BALANCE = (
    Column("city", "地区", TEXT, 12),
    *_by_insurance("collects", "应回收"),
    *_by_insurance("pays", "应支付"),
    *_differences("差额"),
)
_SHARE = number("P75-30", "prepaid_share")


def _outflow(kind: str, title: str) -> tuple[Column, ...]:
    keys = f"pays_{kind}", f"collects_{kind}", f"base_{kind}"
    return (
        Column(keys[0], "应支付（元）", YUAN, 16, title),
        Column(keys[1], "应回收（元）", YUAN, 16, title),
        Column(keys[2], "净流出（元）", YUAN, 16, title, EXCESS, keys[:2]),
        Column(f"quota_{kind}", "额度（万元）", WAN, 11, title, quota(_SHARE), (keys[2],)),
    )


QUOTA = (
    Column("city", "参保市", TEXT, 11),
    *_outflow("employee", "职工"),
    *_outflow("resident", "城居"),
    Column("quota", "额度合计（万元）", WAN, 12, "", SUM, ("quota_employee", "quota_resident")),
)
USE = (
    Column("city", "参保市", TEXT, 12),
    Column("opening", "月初余额", YUAN, 17),
    Column("paid", "本月上解", YUAN, 17),
    Column("returned", "本月退回", YUAN, 17),
    Column("closing", "月末余额", YUAN, 17, "", BALANCE_OF, ("opening", "paid", "returned")),
    Column("covered", "月末垫付占用", YUAN, 17),
    Column("rate", "使用率", SHARE, 10, "", RATIO, ("covered", "closing")),
)
PREPAID: Mapping[str, pl.DataType] = {
    "run": pl.Int32(),
    "on": pl.Date(),
    "city": pl.String(),
    "insutype": pl.String(),
    "what": pl.String(),
    "amount": pl.Int64(),
}
"""The table ``prepaid``: a row moves in-province prepaid money of a city on a day, in fen.

``what`` is ``paid`` (upward), ``returned``, ``covered`` (it stands for a late payer) or ``released``.
"""
_YUAN = "金额单位：元"


def reconciliation(source: Source) -> Sequence[Sheet]:
    """Return 日对账结果: each day and pair of cities, as the province holds it and found it."""
    pairs = source.rows("reconciliation", source.within("day")).sort("day", "treatment_city", "insured_city")
    if source.city:
        pairs = pairs.filter((pl.col("treatment_city") == source.city) | (pl.col("insured_city") == source.city))
    rows: list[Row] = [
        {
            **{key: row[key] for key in ("day", "rows", "medfee", "fund", "account")},
            "treatment": source.city_zh(row["treatment_city"]),
            "insured": source.city_zh(row["insured_city"]),
            "level": "相平" if row["level"] else "不平",
        }
        for row in pairs.to_dicts()
    ]
    wrong = len(rows) - int(pairs["level"].sum())
    notes = source.notes(
        "三方为就医地、参保地和省平台（含经部级平台的业务）；撤销一笔，笔数和金额都计负数。表式为本项目的建议式样。",
        f"共{len(rows)}个日结对，相平{len(rows) - wrong}个，不平{wrong}个。",
    )
    return [Sheet("日对账", "异地就医日对账结果表", source.month.zh, source.org, _YUAN, DAILY, rows, notes)]


# -- clearing --------------------------------------------------------------------------------------------------------


def balance(source: Source) -> Sequence[Sheet]:
    """Return 清算平衡总表 of all cities, or what one city clears with each other; across provinces apart."""
    pairs = source.rows("clearing", pl.col("month") == source.month.text)
    inside = source.own("treatment_city", "insured_city")
    notes = source.notes(
        "栏目按苏医保发〔2022〕75号附件10；金额为基金和个人账户支付之和，按经省平台结算的月份统计，差额合计为零。",
        _issued(source),
    )
    title = "清算分户表" if source.city else "清算平衡总表"
    head = source.month.zh, source.org, _YUAN, BALANCE
    made = [Sheet("省内", f"省内异地就医{title}", *head, _cleared(source, pairs.filter(inside), source.cities), notes)]
    across = pairs.filter(~inside)
    if not across.is_empty():
        others = {code: source.city_zh(code) for code in sorted({*across["treatment_city"], *across["insured_city"]})}
        rows = _cleared(source, across, others if source.city else {**source.cities, **others})
        notes = source.notes("经部级平台与外省之间的业务，单独统计；表式同附件10。")
        made.append(Sheet("跨省", f"跨省异地就医{title}", *head, rows, notes))
    return made


def _cleared(source: Source, pairs: pl.DataFrame, cities: Mapping[str, str]) -> list[Row]:
    """Return a row for each city: the money of all its pairs, or of those with the city asked for, as that one sees."""
    rows: list[Row] = []
    for code, zh in cities.items():
        if source.city == code:
            continue
        collects, pays = pl.col("treatment_city") == code, pl.col("insured_city") == code
        if source.city:
            collects, pays = (
                (pl.col("treatment_city") == source.city) & pays,
                collects & (pl.col("insured_city") == source.city),
            )
        rows.append({"city": zh, **_both(pairs, "collects", collects), **_both(pairs, "pays", pays)})
    return rows


def _both(pairs: pl.DataFrame, key: str, which: pl.Expr) -> dict[str, Value]:
    """Return what pairs cleared for employees and for residents, in fen."""
    chosen = pairs.filter(which)
    employee = int(chosen.filter(pl.col("insutype") == EMPLOYEES)["cleared"].sum())
    return {f"{key}_employee": employee, f"{key}_resident": int(chosen["cleared"].sum()) - employee}


def _issued(source: Source) -> str:
    """Return when the sheet of the month was made and paid; known of the first run only."""
    month = source.month.text
    sheets: Iterable[Mapping[str, Any]] = source.summary["back_office"]["sheets"] if source.run == 0 else ()
    for sheet in sheets:
        if (sheet["month"], sheet["kind"]) == (month, "in_province"):
            paid = f"{sheet['paid_on']}付清" if sheet["paid_on"] else "运行结束时尚未付清"
            return f"本月清算单{sheet['number']}于{sheet['made_on']}制作，{paid}。"
    return "本月清算单在运行结束前尚未制作。" if source.run == 0 else "清算单的制作日期只记载首次运行的。"


# -- prepaid money ---------------------------------------------------------------------------------------------------


def prepaid(source: Source) -> Sequence[Sheet]:
    """Return the sheets of in-province prepaid money: this year's quotas, the next year's as they stand, the use."""
    year = source.month.first.year
    made = []
    if source.window[0].year < year:
        told = f"{year}年额度按{year - 1}年净流出核定。"
        made.append(_quotas(source, year, f"{year - 1}-12", ("本年额度", "核定表"), told))
    told = f"{year + 1}年额度按{year}年1月至{source.month.first.month}月的净流出测算，全年结束后核定。"
    made.append(_quotas(source, year + 1, source.month.text, ("下年测算", "测算表"), told))
    return [*made, _use(source)]


def _quotas(source: Source, year: int, until: str, titles: tuple[str, str], told: str) -> Sheet:
    """Return the quotas of a year by the net outflow of the year before, up to a month of it (P75-30)."""
    tab, what = titles
    own = source.own("treatment_city", "insured_city")
    pairs = source.rows("clearing", pl.col("month").is_between(pl.lit(f"{year - 1}-01"), pl.lit(until)), own)
    rows: list[Row] = [
        {
            "city": zh,
            **_both(pairs, "pays", pl.col("insured_city") == code),
            **_both(pairs, "collects", pl.col("treatment_city") == code),
        }
        for code, zh in source.listed.items()
    ]
    begin = source.window[0]
    part = [f"{year - 1}年只有{begin}以后的数据。"] if begin > begin.replace(year=year - 1, month=1, day=1) else []
    notes = source.notes(
        f"苏医保发〔2022〕75号第30条：额度为上年净流出的{_SHARE // 100}%，以万元计、不留小数"
        "（四舍五入），各险种分别计算。",
        told,
        *part,
        "表式为本项目的建议式样。",
    )
    title = f"{year}年度省内异地就医预付金{what}"
    return Sheet(tab, title, source.month.zh, source.org, "金额单位：元、万元", QUOTA, rows, notes)


def _use(source: Source) -> Sheet:
    """Return what there was of prepaid money in the month, and how much of it stood for late payers."""
    notes = ["使用率为垫付占用占月末余额的比例；表式为本项目的建议式样。"]
    rows: list[Row] = []
    if source.has("prepaid"):
        moved = source.rows("prepaid", pl.col("on") <= source.month.last)
        rows = [{"city": zh, **_moved(source, moved.filter(city=code))} for code, zh in source.listed.items()]
    else:
        notes.append("运行结果中没有表 prepaid（没有模拟预付金的上解和使用），本表无数据。")
    title = "省内异地就医预付金使用情况表"
    return Sheet("使用情况", title, source.month.zh, source.org, _YUAN, USE, rows, source.notes(*notes))


def _moved(source: Source, moves: pl.DataFrame) -> dict[str, Value]:
    now = pl.col("on") >= source.month.first

    def total(what: str, *when: pl.Expr) -> int:
        return int(moves.filter(pl.col("what") == what, *when)["amount"].sum())

    return {
        "opening": total("paid", ~now) - total("returned", ~now),
        "paid": total("paid", now),
        "returned": total("returned", now),
        "covered": total("covered") - total("released"),
    }
