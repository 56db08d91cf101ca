"""How daily reconciliation is worded: the blocks of R101, R102, R103 and S301, made and read.

A list has at most 100 rows a message; what is longer goes in pages.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from simulator.core.platform.message import Block, Message
from simulator.core.reconciliation.compare import Mismatch
from simulator.core.reconciliation.facts import GOOD, MISSING
from simulator.core.reconciliation.rows import (
    INSURED_SIDE,
    SIDES,
    TREATMENT_SIDE,
    Figures,
    Group,
    Pair,
    Row,
    figures_in,
)
from simulator.core.reconciliation.totals import Totals
from simulator.core.values.money import yuan
from simulator.core.values.stamps import written

PAGE = 100
_SIDE_NAMES = {INSURED_SIDE: "参保地", TREATMENT_SIDE: "就医地", "3": "平台"}
_LONGEST_REASON = 200
_LONGEST_TEXT = 2000
_MISSING_REASON = "对账总额或明细未按时报到"

Part = TypeVar("Part")


class Span(NamedTuple):
    """The days a run is about, ISO text, both inclusive: one day, or a month for its close."""

    begin: str
    end: str


class Run(NamedTuple):
    """One sending of a city about one of its roles: number, days, city, ``stmt_side``."""

    batch: str
    span: Span
    city: str
    side: str


class Page(NamedTuple):
    """Where a message stands among those of its run: number from 1, how many there are, and the rows of all of them."""

    number: int
    pages: int
    rows: int


def paged(parts: Sequence[Part]) -> list[tuple[Page, Sequence[Part]]]:
    """Cut a list into pages of at most 100; an empty list is one empty page, so that nothing is reported too."""
    pages = max(1, -(-len(parts) // PAGE))
    return [
        (Page(number, pages, len(parts)), parts[(number - 1) * PAGE : number * PAGE]) for number in range(1, pages + 1)
    ]


# -- R101: totals -------------------------------------------------------------------------------------------------


def totals_blocks(run: Run, page: Page, groups: Sequence[tuple[Group, Figures]]) -> dict[str, Any]:
    """Return the blocks of an R101; the totals in ``data`` are of the rows of this message."""
    rows = [
        {"seqno": number, **group._asdict(), **figures._asdict(), "clr_sumamt": figures.totals.cleared}
        for number, (group, figures) in enumerate(groups, 1)
    ]
    data = {
        **_run_fields(run, page, len(rows)),
        **{field: sum(row[field] for row in rows) for field in ("setl_totlnum", "medfee_sumamt", "clr_sumamt")},
    }
    return {"data": data, "stmtlist": rows}


def read_groups(asked: Message) -> tuple[tuple[Group, Figures], ...]:
    """Return the rows of an R101."""
    return tuple(
        (Group(*(row[field] for field in Group._fields)), figures_in(row["setl_totlnum"], row))
        for row in asked.rows("stmtlist")
    )


# -- R102: rows ---------------------------------------------------------------------------------------------------


def rows_blocks(run: Run, pair: Pair, page: Page, rows: Sequence[Row]) -> dict[str, Any]:
    """Return the blocks of an R102."""
    listed = [
        {
            "seqno": number,
            "setl_id": row.setl_id,
            "mdtrt_id": row.mdtrt_id,
            "psn_no": row.psn_no,
            "msgid": row.msgid,
            "setl_time": written(row.at),
            "insutype": row.insutype,
            "clr_type": row.clr_type,
            "medfee_sumamt": row.totals.medfee,
            "fund_pay_sumamt": row.totals.fund,
            "acct_pay": row.totals.account,
            "clr_sumamt": row.totals.cleared,
            "refd_setl_flag": flag_of(row.refund),
            "init_setl_id": row.init_setl_id,
        }
        for number, row in enumerate(rows, 1)
    ]
    data = {**_run_fields(run, page, len(listed)), **_pair_fields(pair)}
    return {"data": data, "setllist": listed}


def read_rows(asked: Message) -> tuple[Row, ...]:
    """Return the rows of an R102."""
    pair = pair_in(asked.block("data"))
    return tuple(
        Row(
            row["setl_id"],
            row["refd_setl_flag"] == "1",
            row.get("init_setl_id", ""),
            row["mdtrt_id"],
            row["psn_no"],
            row["msgid"],
            dt.datetime.fromisoformat(row["setl_time"]),
            *pair,
            row["insutype"],
            row["clr_type"],
            Totals(
                -1 if row["refd_setl_flag"] == "1" else 1,
                row["medfee_sumamt"],
                row["fund_pay_sumamt"],
                row["acct_pay"],
            ),
        )
        for row in asked.rows("setllist")
    )


# -- R103: the result ---------------------------------------------------------------------------------------------


class Result(NamedTuple):
    """What an R103 tells: whether a pair is level on a day, the totals of the sides, the differences it names.

    ``in_all`` is the number of differences, of which a message names at most 100. A result that is not level and
    names none asks the two cities for their rows.
    """

    number: str
    day: str
    pair: Pair
    at: dt.datetime
    level: bool
    reason: str
    sides: Mapping[str, Totals]
    mismatches: tuple[Mismatch, ...]
    in_all: int


class Found(NamedTuple):
    """What a comparison found of a pair and day: the outcome, the sides' totals, and the rows that differ."""

    day: str
    pair: Pair
    outcome: str
    totals: Mapping[str, Totals]
    rest: tuple[Mismatch, ...] = ()

    @property
    def reason(self) -> str:
        """Return why it is not level, in words."""
        if self.outcome in GOOD:
            return ""
        return _MISSING_REASON if self.outcome == MISSING else reason_for(self.totals)


def result_blocks(result: Result) -> dict[str, Any]:
    """Return the blocks of an R103."""
    data = {
        "stmt_bchno": result.number,
        "stmt_begndate": result.day,
        "stmt_enddate": result.day,
        **_pair_fields(result.pair),
        "stmt_time": written(result.at),
        "stmt_rslt": "0" if result.level else "1",
        "stmt_rslt_dscr": result.reason[:_LONGEST_REASON],
        "diff_cnt": len(result.mismatches),
        "diff_totlnum": result.in_all,
    }
    sides = [
        {
            "stmt_side": side,
            "setl_totlnum": result.sides[side].rows,
            "medfee_sumamt": result.sides[side].medfee,
            "fund_pay_sumamt": result.sides[side].fund,
            "acct_pay": result.sides[side].account,
            "clr_sumamt": result.sides[side].cleared,
        }
        for side in SIDES
    ]
    named = [
        {
            "seqno": number,
            "setl_id": mismatch.setl_id,
            "mdtrt_id": mismatch.mdtrt_id,
            "msgid": mismatch.msgid,
            "refd_setl_flag": flag_of(mismatch.refund),
            "stmt_diff_type": mismatch.kind,
            "mdtrtarea_clr_amt": mismatch.treatment,
            "insuplc_clr_amt": mismatch.insured,
            "plaf_clr_amt": mismatch.platform,
            "stmt_dspo_way": mismatch.way,
        }
        for number, mismatch in enumerate(result.mismatches, 1)
    ]
    return {"data": data, "sidelist": sides, "difflist": named}


def read_result(asked: Message) -> Result:
    """Return what an R103 tells."""
    data = asked.block("data")
    pair, day = pair_in(data), data["stmt_begndate"]
    sides = {
        row["stmt_side"]: Totals(row["setl_totlnum"], row["medfee_sumamt"], row["fund_pay_sumamt"], row["acct_pay"])
        for row in asked.rows("sidelist")
    }
    mismatches = tuple(
        Mismatch(
            day,
            *pair,
            row["setl_id"],
            row["refd_setl_flag"] == "1",
            row["mdtrt_id"],
            row["msgid"],
            row["stmt_diff_type"],
            row["mdtrtarea_clr_amt"],
            row["insuplc_clr_amt"],
            row["plaf_clr_amt"],
            row["stmt_dspo_way"],
        )
        for row in asked.rows("difflist")
    )
    return Result(
        data["stmt_bchno"],
        day,
        pair,
        dt.datetime.fromisoformat(data["stmt_time"]),
        data["stmt_rslt"] == "0",
        data.get("stmt_rslt_dscr", ""),
        sides,
        mismatches,
        data["diff_totlnum"],
    )


def reason_for(sides: Mapping[str, Totals]) -> str:
    """Return which side has how much, in words."""
    return "；".join(f"{_SIDE_NAMES[side]}{sides[side].rows}笔、清算额{yuan(sides[side].cleared)}元" for side in SIDES)


# -- S301: a special case -----------------------------------------------------------------------------------------


class Case(NamedTuple):
    """A special case (特殊情况): the run or sheet it is about (``number``), what happened and what is done about it.

    ``amount`` is in fen; ``done`` is the day it was over, None while it is open.
    """

    excp_id: str
    city: str
    number: str
    since: dt.datetime
    reported: dt.datetime
    text: str
    amount: int
    cure: str
    plan: dt.date
    done: dt.date | None = None


def case_blocks(case: Case) -> dict[str, Any]:
    """Return the block of an S301 about reconciliation."""
    return {
        "data": {
            "excp_id": case.excp_id,
            "admdvs": case.city,
            "excp_type": "1",
            "ocur_time": written(case.since),
            "rpt_time": written(case.reported),
            "rlts_no": case.number,
            "abn_info": case.text[:_LONGEST_TEXT],
            "involv_amt": case.amount,
            "dspo_way": case.cure,
            "plan_date": case.plan.isoformat(),
            "done_date": case.done.isoformat() if case.done else "",
            "opter_name": "经办机构",
            "tel": "12393",
        }
    }


# -- small things -------------------------------------------------------------------------------------------------


def pair_in(data: Block) -> Pair:
    """Return the pair of cities a block names."""
    return data["mdtrtarea_admvs"], data["insuplc_admdvs"]


def span_in(data: Block) -> Span:
    """Return the days a block names."""
    return Span(data["stmt_begndate"], data["stmt_enddate"])


def flag_of(refund: bool) -> str:
    """Return ``refd_setl_flag``."""
    return "1" if refund else "0"


def _pair_fields(pair: Pair) -> dict[str, str]:
    return {"mdtrtarea_admvs": pair[0], "insuplc_admdvs": pair[1]}


def _run_fields(run: Run, page: Page, here: int) -> dict[str, Any]:
    return {
        "stmt_bchno": run.batch,
        "stmt_begndate": run.span.begin,
        "stmt_enddate": run.span.end,
        "setl_optins": run.city,
        "role": run.side,
        "page_num": page.number,
        "pages": page.pages,
        "totalrow": here,
        "data_cnt": page.rows,
    }
