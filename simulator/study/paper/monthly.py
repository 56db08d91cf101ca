"""Forms about the business of a month: 异地就医统计表 (JS-5.2b) and the ranking circular (督查通报, JS-5.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from simulator.core.values.money import WHOLE_RATE
from simulator.outputs.paper import COUNT, DAY, ORDINAL, RATIO, SHARE, SUM, TEXT, YUAN, Column, Row, Sheet
from simulator.outputs.texts import Say
from simulator.study.paper.source import Source
from simulator.world.progress import REPORT

STATISTICS = (
    Column("city", "参保市", TEXT, 9),
    Column("stays", "合计", COUNT, 8, "出院人次", SUM, ("direct", "manual", "waiting")),
    Column("direct", "直接结算", COUNT, 8, "出院人次"),
    Column("manual", "手工报销", COUNT, 8, "出院人次"),
    Column("waiting", "尚未支付", COUNT, 8, "出院人次"),
    Column("rate", "联网结算率", SHARE, 9, "", RATIO, ("direct", "stays")),
    Column("bill", "合计", YUAN, 15, "医疗总费用", SUM, ("direct_bill", "manual_bill", "waiting_bill")),
    Column("direct_bill", "直接结算", YUAN, 15, "医疗总费用"),
    Column("manual_bill", "手工报销", YUAN, 15, "医疗总费用"),
    Column("waiting_bill", "尚未支付", YUAN, 15, "医疗总费用"),
    Column("direct_fund", "直接结算", YUAN, 15, "基金支付"),
    Column("manual_fund", "手工报销", YUAN, 15, "基金支付"),
    Column("account", "个人账户支付", YUAN, 14),
    Column("told_stays", "出院人次", COUNT, 8, "月报所报"),
    Column("told_direct", "直接结算", COUNT, 8, "月报所报"),
    Column("received", "收到日期", DAY, 12, "月报所报"),
)
RANKING = (
    Column("place", "名次", ORDINAL, 6),
    Column("city", "省辖市", TEXT, 10),
    Column("stays", "出院人次", COUNT, 9, "本月"),
    Column("direct", "直接结算", COUNT, 9, "本月"),
    Column("rate", "联网结算率", SHARE, 10, "本月", RATIO, ("direct", "stays")),
    Column("all_stays", "出院人次", COUNT, 9, "运行以来累计"),
    Column("all_direct", "直接结算", COUNT, 9, "运行以来累计"),
    Column("all_rate", "联网结算率", SHARE, 10, "运行以来累计", RATIO, ("all_direct", "all_stays")),
    Column("received", "收到日期", DAY, 12, "月报"),
    Column("due", "应报日期", DAY, 12, "月报"),
    Column("late", "迟报天数", ORDINAL, 9, "月报"),
    Column("comment", "评语", TEXT, 40),
)
_UNPUBLISHED = "苏人社办〔2016〕7号所附《异地就医统计表》的表式未公开，本表栏目为本项目的建议式样（JS-5.2b）。"
_COUNTED = "出院人次按出院月、参保市统计，不含新农合；手工报销为截至{}已支付的，尚未支付为截至该日未支付的。"


def statistics(source: Source) -> Sequence[Sheet]:
    """Return 异地就医统计表: care in another city of the province, and, where there is any, in another province."""
    inside = source.stays(~pl.col("cross_province"))
    beyond = source.stays(pl.col("cross_province"), source.own("insured_city"))
    reports = {
        row["city"]: {"told_stays": row["discharges"], "told_direct": row["direct"], "received": row["received"]}
        for row in source.rows("reports", pl.col("month") == source.month.text).to_dicts()
    }
    counted = _COUNTED.format(source.window[1])
    without = [city for city in source.listed if city not in reports]
    told = ["运行结束前尚未收到月报：" + "、".join(source.listed[city] for city in without) + "。"] if without else []
    notes = source.notes(_UNPUBLISHED, counted, *told)
    made = [
        Sheet(
            "省内跨市",
            "异地就医统计表（省内跨市住院）",
            source.month.zh,
            source.org,
            "金额单位：元",
            STATISTICS,
            _by_city(source, inside, reports),
            notes,
        )
    ]
    if not beyond.is_empty():
        columns = tuple(column for column in STATISTICS if column.group != "月报所报")
        rows = _by_city(source, beyond, {})
        title = "异地就医统计表（跨省住院）"
        notes = source.notes(_UNPUBLISHED, counted, "月报只报省内跨市住院。")
        made.append(Sheet("跨省", title, source.month.zh, source.org, "金额单位：元", columns, rows, notes))
    return made


def _by_city(source: Source, stays: pl.DataFrame, reports: Mapping[str, Row]) -> list[Row]:
    direct = pl.col("outcome") == "direct"
    manual = (pl.col("outcome") == "manual") & pl.col("paid_at").is_not_null()
    waiting = (pl.col("outcome") == "manual") & pl.col("paid_at").is_null()
    ways = {"direct": direct, "manual": manual, "waiting": waiting}
    summed = stays.group_by("insured_city").agg(
        *(way.sum().cast(pl.Int64).alias(name) for name, way in ways.items()),
        *(pl.col("bill").filter(way).sum().alias(f"{name}_bill") for name, way in ways.items()),
        *(pl.col("fund").filter(ways[name]).sum().alias(f"{name}_fund") for name in ("direct", "manual")),
        pl.col("account").filter(direct).sum(),
    )
    found = {row.pop("insured_city"): row for row in summed.to_dicts()}
    none = {column.key: 0 for column in STATISTICS if column.kind in {COUNT, YUAN} and column.group != "月报所报"}
    return [{"city": zh, **found.get(code, none), **reports.get(code, {})} for code, zh in source.listed.items()]


def circular(source: Source) -> Sequence[Sheet]:
    """Return 督查通报: all cities by rate, with what is said of each by rule; the same whichever city asks."""
    month = source.month
    rows = source.rows("circulars", pl.col("month") == month.text).sort("place").to_dicts()
    notes = ["名次按本月联网结算率排列，通报发出时月报未到的市列在最后；数据取自各市月报，累计为历次通报之和。"]
    notes.append("通知未附通报表式，本表为本项目的建议式样（JS-5.3）；评语由规则生成。")
    if rows:
        notes.append(f"本通报于{rows[0]['day']}发出。")
    else:
        notes.append("运行结束前没有发出本月的通报，本表无数据。")
    marks = "任务标识：省政府人社部门补短板专项（JS-1.3）" if source.under("JS") else ""
    title = f"关于{month.zh}异地就医联网结算情况的通报"
    ranked = list(_ranked(source, rows))
    unit = "单位：人次"
    return [
        Sheet("通报", title, month.zh, source.province, unit, RANKING, ranked, source.notes(*notes), marks),
    ]


def _ranked(source: Source, rows: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    month = source.month.text
    so_far = (
        source.rows("circulars", pl.col("month") <= month).group_by("city").agg(pl.col("discharges", "direct").sum())
    )
    total = {city: (discharges, direct) for city, discharges, direct in so_far.rows()}
    duty = pl.col("duty")
    owed = source.rows("duties", pl.col("period") == month, duty == REPORT)
    reports = {row["owner"]: row for row in owed.to_dicts()}
    told = set(source.rows("duties", pl.col("period") == month, duty == "inform-government")["subject"])
    for row in rows:
        city, report = row["city"], reports.get(row["city"], {})
        received, due = report.get("done"), report.get("due")
        late = (received - due).days if received and due and received > due else None
        yield {
            "place": row["place"],
            "city": source.city_zh(city),
            "stays": row["discharges"],
            "direct": row["direct"],
            "all_stays": total[city][0],
            "all_direct": total[city][1],
            "received": received,
            "due": due,
            "late": late,
            "comment": "；".join(_comments(source, row, late, told=city in told)),
        }


def _comments(source: Source, row: Mapping[str, Any], late: int | None, *, told: bool) -> Iterator[str]:
    """Yield what the rules have to say of a city in a month."""
    target = next((each for each in source.summary["targets"] if each["measure"] == "rate"), None)
    if not row["reported"]:
        yield "通报时月报未到"
    elif not row["discharges"]:
        yield "本月无跨市住院出院"
    elif target is not None:
        rate = int(Decimal(str(target["value"])) * WHOLE_RATE)
        short, line = _short(row["discharges"], row["direct"], rate, target["op"]), Say.rate(rate)
        yield f"结算率低于{line}，尚差{short}人次直接结算" if short > 0 else f"结算率达到{line}的要求"
    if late is not None:
        yield f"月报迟报{late}天"
    if told:
        yield "已列入向市委、市政府通报"


def _short(every: int, direct: int, rate: int, op: str) -> int:
    """Return how many direct settlements are missing to a rate in basis points; 0 or less where none is."""
    needed = every * rate // WHOLE_RATE + 1 if op == ">" else -(-every * rate // WHOLE_RATE)
    return needed - direct
