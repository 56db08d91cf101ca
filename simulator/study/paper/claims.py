"""手工报销台账: the bills that were not settled directly, by month of discharge, and those paid in the month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from simulator.outputs.masking import mask_name, mask_number
from simulator.outputs.paper import DAY, ORDINAL, TEXT, YUAN, Column, Row, Sheet
from simulator.outputs.texts import Say
from simulator.study.paper.source import Source

WHO = (
    Column("number", "序号", ORDINAL, 6),
    Column("city", "参保市", TEXT, 9),
    Column("area", "统筹区", TEXT, 13),
    Column("psn_no", "人员编号", TEXT, 22),
    Column("name", "姓名", TEXT, 9),
    Column("scheme", "险种", TEXT, 6),
)
CARE = (
    Column("treatment", "就医市", TEXT, 9),
    Column("hospital", "医疗机构", TEXT, 22),
    Column("admitted", "入院日期", DAY, 12),
    Column("discharged", "出院日期", DAY, 12),
    Column("reason", "未直接结算原因", TEXT, 16),
    Column("handed_in", "交单日期", DAY, 12),
    Column("paid_on", "支付日期", DAY, 12),
)
LEDGER = (
    *WHO,
    *CARE,
    Column("state", "状态", TEXT, 9),
    Column("bill", "医疗总费用", YUAN, 15),
    Column("fund", "基金支付", YUAN, 15),
)
PAID = (
    *WHO,
    *CARE,
    Column("setl_id", "结算编号", TEXT, 24),
    Column("bill", "医疗总费用", YUAN, 15),
    Column("fund", "基金支付", YUAN, 15),
    Column("cash", "个人负担", YUAN, 15),
)
_SCHEMES = {"employee": "职工", "resident": "城居"}


def claims(source: Source) -> Sequence[Sheet]:
    """Return the ledger of the month's discharges and of its payments; persons are masked."""
    mine = pl.col("insured_city") == source.city if source.city else source.own("insured_city")
    manual = pl.col("outcome") == "manual"
    order = ("insured_city", "insured_area", "discharged_at", "visit")
    ended = _with_claims(source, source.stays(manual, mine)).sort(order)
    paid = _with_claims(source, source.stays(manual, mine, pl.col("setl_id") != "", column="paid_at"))
    amounts = source.rows("settlements", (pl.col("kind") == "manual") & ~pl.col("refund"))
    amounts = amounts.select("setl_id", "medfee_sumamt", "fund_pay_sumamt", "psn_cash_pay")
    paid = paid.join(amounts, on="setl_id", how="left").sort(order)
    end = source.window[1]
    head = source.month.zh, source.org, "金额单位：元"
    sample = "表式为本项目的建议式样；人员编号和姓名已脱敏，不含新农合。"
    by_discharge = source.notes(sample, f"按出院月统计；状态、交单和支付日期为截至{end}的。")
    by_payment = source.notes(sample, "按支付月统计，与基金支付的结算行逐笔对应。")
    return [
        Sheet("受理", "异地就医手工报销台账", *head, LEDGER, list(_ledger(source, ended)), by_discharge),
        Sheet("支付", "异地就医手工报销台账（本月支付）", *head, PAID, list(_payments(source, paid)), by_payment),
    ]


def _with_claims(source: Source, stays: pl.DataFrame) -> pl.DataFrame:
    """Return stays with whose claim it is and when its papers were handed in."""
    known = source.rows("claims").select("visit", "psn_no", "psn_name", "handed_in")
    return stays.join(known, on="visit", how="left")


def _ledger(source: Source, stays: pl.DataFrame) -> Iterator[Row]:
    for number, row in enumerate(stays.to_dicts(), 1):
        state = "已支付" if row["paid_at"] else "已受理" if row["handed_in"] else "未交单"
        yield {**_told(source, number, row), "state": state, "bill": row["bill"], "fund": row["fund"] or 0}


def _payments(source: Source, stays: pl.DataFrame) -> Iterator[Row]:
    for number, row in enumerate(stays.to_dicts(), 1):
        yield {
            **_told(source, number, row),
            "setl_id": row["setl_id"],
            "bill": row["medfee_sumamt"],
            "fund": row["fund_pay_sumamt"],
            "cash": row["psn_cash_pay"],
        }


def _told(source: Source, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": number,
        "city": source.city_zh(row["insured_city"]),
        "area": source.area_zh(row["insured_area"]),
        "psn_no": mask_number(row["psn_no"]),
        "name": mask_name(row["psn_name"]),
        "scheme": _SCHEMES[row["scheme"]],
        "treatment": source.city_zh(row["treatment_city"]),
        "hospital": source.hospital_zh(row["hospital"]),
        "admitted": row["admitted_at"].date(),
        "discharged": row["discharged_at"].date(),
        "reason": Say("zh").name("reason", row["reason"]),
        "handed_in": row["handed_in"],
        "paid_on": row["paid_at"].date() if row["paid_at"] else None,
    }
