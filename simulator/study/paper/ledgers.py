"""Ledgers about who takes part: 附件1 and 附件2 of the notice of Jilin (JL-A1, JL-A2), and that of the poor (JL-3.2b).

Each is made from a table of its own (see ``TABLES``); in a folder without it the form says so and stays empty.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from schemas.requirements import load_requirements
from simulator.outputs.masking import mask_name, mask_number
from simulator.outputs.paper import COUNT, DAY, ORDINAL, TEXT, YUAN, Column, Row, Sheet
from simulator.outputs.texts import Say
from simulator.study.paper.source import Source

TABLES: Mapping[str, Mapping[str, pl.DataType]] = {
    "institutions": {
        "run": pl.Int32(),
        "area": pl.String(),
        "code": pl.String(),
        "name": pl.String(),
        "class": pl.String(),
        "level": pl.String(),
        "inpatient": pl.Boolean(),
        "designated_on": pl.Date(),
        "changed_on": pl.Date(),
        "tested_on": pl.Date(),
        "agreed_on": pl.Date(),
        "opened_in": pl.Date(),
        "opened_cross": pl.Date(),
        "reason": pl.String(),
        "planned": pl.Date(),
        "owner": pl.String(),
    },
    "filing_service": {
        "run": pl.Int32(),
        "area": pl.String(),
        "measure": pl.String(),
        "channel": pl.String(),
        "done_on": pl.Date(),
        "owner": pl.String(),
    },
    "aid_recipients": {
        "run": pl.Int32(),
        "area": pl.String(),
        "psn_no": pl.String(),
        "name": pl.String(),
        "kind": pl.String(),
        "flagged_on": pl.Date(),
    },
}
"""The tables these forms are made from: a row is an institution, a measure of an area by a channel, a flagged person.

``class`` is the kind of institution, ``changed_on`` to ``agreed_on`` are the stages of its way in, ``opened_in`` and
``opened_cross`` the days it opened for settlement inside its province and across; ``measure`` is the row it answers.
"""

INSTITUTIONS = (
    Column("number", "序号", ORDINAL, 6),
    Column("area", "统筹区", TEXT, 14),
    Column("code", "机构编码", TEXT, 15),
    Column("name", "机构名称", TEXT, 24),
    Column("class", "类别", TEXT, 9),
    Column("level", "级别", TEXT, 9),
    Column("inpatient", "是否住院", TEXT, 8),
    Column("designated_on", "定点日期", DAY, 12),
    Column("changed_on", "系统改造", DAY, 12, "接入进度"),
    Column("tested_on", "联调测试", DAY, 12, "接入进度"),
    Column("agreed_on", "签订协议", DAY, 12, "接入进度"),
    Column("opened_in", "省内开通", DAY, 12, "接入进度"),
    Column("opened_cross", "跨省开通", DAY, 12, "接入进度"),
    Column("reason", "未接入原因", TEXT, 20),
    Column("planned", "接入时限", DAY, 12),
    Column("owner", "责任人", TEXT, 12),
)
BY_AREA = (
    Column("area", "统筹区", TEXT, 18),
    Column("all", "定点机构", COUNT, 14),
    Column("inpatient", "其中住院", COUNT, 14),
    Column("in", "省内开通", COUNT, 14, "已开通"),
    Column("cross", "跨省开通", COUNT, 14, "已开通"),
    Column("cross_inpatient", "其中住院", COUNT, 14, "已开通"),
    Column("left", "未接入", COUNT, 14),
)
SERVICE = (
    Column("number", "序号", ORDINAL, 6),
    Column("area", "统筹区", TEXT, 16),
    Column("measure", "便捷服务措施", TEXT, 52),
    Column("channel", "办理渠道", TEXT, 14),
    Column("done", "是否落实", TEXT, 9),
    Column("done_on", "落实日期", DAY, 12),
    Column("owner", "责任人", TEXT, 12),
)
POOR = (
    Column("number", "序号", ORDINAL, 6),
    Column("area", "统筹区", TEXT, 14),
    Column("psn_no", "人员编号", TEXT, 22),
    Column("name", "姓名", TEXT, 9),
    Column("kind", "人员类别", TEXT, 20),
    Column("flagged_on", "标识日期", DAY, 12),
    Column("stays", "结算人次", COUNT, 9, "本月结算"),
    Column("medfee_sumamt", "医疗总费用", YUAN, 15, "本月结算"),
    Column("fund_pay_sumamt", "基金支付", YUAN, 15, "本月结算"),
    Column("maf_pay", "其中医疗救助", YUAN, 14, "本月结算"),
    Column("acct_pay", "个人账户", YUAN, 14, "本月结算"),
    Column("psn_cash_pay", "个人现金", YUAN, 14, "本月结算"),
)
_STAGES = ("changed_on", "tested_on", "agreed_on", "opened_in", "opened_cross")
_MONEY = ("medfee_sumamt", "fund_pay_sumamt", "maf_pay", "acct_pay", "psn_cash_pay")
_UNPUBLISHED = "吉医保联〔2019〕9号附件{}的表式未随通知公开，本表栏目为本项目的建议式样（JL-A{}）。"
_CLASSES = {"hospital": "医院", "primary": "基层医疗机构", "pharmacy": "药店", "clinic": "门诊机构"}
_NONE_TO_SHOW = "运行结果中没有表 {}，本表无数据。"


def annex_1(source: Source) -> Sequence[Sheet]:
    """Return 附件1: every designated institution as it stood at the end of the month, those not connected first."""
    notes = [_UNPUBLISHED.format(1, 1), "日期为月末已发生的；跨省开通为空的列为未接入，排在前面，逐一一行（JL-2.6a）。"]
    rows = _listed(source, "institutions", notes, since="designated_on")
    last = source.month.seen_to
    for row in rows:
        row.update({stage: row[stage] if row[stage] and row[stage] <= last else None for stage in _STAGES})
    rows.sort(key=lambda row: (row["opened_cross"] is not None, row["area"], row["code"]))
    title, said = "基本医保定点医药机构接入工作台账", source.notes(*notes)
    head = (source.month.zh, source.org)
    return [
        Sheet("台账", title, *head, "单位：家", INSTITUTIONS, list(_institutions(source, rows)), said, "附件1"),
        Sheet("汇总", f"{title}（汇总）", *head, "单位：家", BY_AREA, list(_areas(source, rows)), said, "附件1"),
    ]


def _listed(source: Source, name: str, notes: list[str], since: str) -> list[dict[str, Any]]:
    """Return the rows of a table that began by the end of the month, of the city asked for; note a missing table."""
    if not source.has(name):
        notes.append(_NONE_TO_SHOW.format(name))
        return []
    begun = pl.col(since).is_null() | (pl.col(since) <= source.month.seen_to) if since else pl.lit(value=True)
    rows = source.rows(name, begun).sort("area").to_dicts()
    return [row for row in rows if not source.city or source.city_of(row["area"]) == source.city]


def _institutions(source: Source, rows: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    say = Say("zh")
    for number, row in enumerate(rows, 1):
        yield {
            **{key: row[key] for key in ("code", "name", "designated_on", *_STAGES, "reason", "planned", "owner")},
            "number": number,
            "area": source.area_zh(row["area"]),
            "class": _CLASSES.get(row["class"], row["class"]),
            "level": say.name("level", row["level"] or ""),
            "inpatient": "是" if row["inpatient"] else "否",
        }


def _areas(source: Source, rows: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    for area in sorted({row["area"] for row in rows}):
        mine = [row for row in rows if row["area"] == area]
        cross = [row for row in mine if row["opened_cross"]]
        yield {
            "area": source.area_zh(area),
            "all": len(mine),
            "inpatient": sum(row["inpatient"] for row in mine),
            "in": sum(row["opened_in"] is not None for row in mine),
            "cross": len(cross),
            "cross_inpatient": sum(row["inpatient"] for row in cross),
            "left": len(mine) - len(cross),
        }


def annex_2(source: Source) -> Sequence[Sheet]:
    """Return 附件2: the measures of each area that make filing easy, done by the end of the month or not."""
    notes = [_UNPUBLISHED.format(2, 2)]
    rows = _listed(source, "filing_service", notes, since="")
    rows.sort(key=lambda row: (row["area"], row["measure"], row["channel"]))
    title = "异地就医备案管理便捷服务工作台账"
    made = list(_measures(source, rows))
    notes = (
        [*notes, f"{len(made)}项措施中，月末已落实{sum(row['done'] == '是' for row in made)}项。"] if made else notes
    )
    return [Sheet("台账", title, source.month.zh, source.org, "单位：项", SERVICE, made, source.notes(*notes), "附件2")]


def _measures(source: Source, rows: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    known = load_requirements().rows
    for number, row in enumerate(rows, 1):
        done: dt.date | None = row["done_on"]
        in_time = done is not None and done <= source.month.seen_to
        asked = known.get(row["measure"])
        yield {
            "number": number,
            "area": source.area_zh(row["area"]),
            "measure": f"{asked.text.zh}（{row['measure']}）" if asked else row["measure"],
            "channel": row["channel"],
            "done": "是" if in_time else "否",
            "done_on": done if in_time else None,
            "owner": row["owner"],
        }


def poverty(source: Source) -> Sequence[Sheet]:
    """Return 贫困人口专项台账: every flagged person, with what was settled in the month; persons are masked."""
    notes = ["通知未附台账式样，本表栏目为本项目的建议式样（JL-3.2b）；人员编号和姓名已脱敏。"]
    rows = _listed(source, "aid_recipients", notes, since="flagged_on")
    rows.sort(key=lambda row: (row["area"], row["psn_no"]))
    title = "贫困人口异地就医专项管理台账"
    people = list(_people(source, rows))
    notes.append("本月结算按结算时间统计，含直接结算和手工报销；撤销的结算以负数冲减。")
    return [Sheet("台账", title, source.month.zh, source.org, "金额单位：元", POOR, people, source.notes(*notes))]


def _people(source: Source, rows: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    say = Say("zh")
    numbers = pl.col("psn_no").is_in([row["psn_no"] for row in rows])
    settled = source.rows("settlements", source.within("at"), numbers)
    sign = pl.when(pl.col("refund")).then(-1).otherwise(1).cast(pl.Int64)
    sums = settled.group_by("psn_no").agg(sign.sum().alias("stays"), pl.col(_MONEY).sum())
    found = {row["psn_no"]: row for row in sums.to_dicts()}
    none = dict.fromkeys(("stays", *_MONEY), 0)
    for number, row in enumerate(rows, 1):
        yield {
            **{key: found.get(row["psn_no"], none)[key] for key in none},
            "number": number,
            "area": source.area_zh(row["area"]),
            "psn_no": mask_number(row["psn_no"]),
            "name": mask_name(row["name"]),
            "kind": say.name("identity", row["kind"]),
            "flagged_on": row["flagged_on"],
        }
