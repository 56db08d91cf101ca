"""The settlements shown line by line: chosen the same way every time, computed again from the rows kept of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl

from simulator.core.benefit.bill import Line, classify, totals_of
from simulator.core.benefit.receipt import Receipt, receipt
from simulator.core.benefit.rules import EMPLOYEE, RESIDENT, RETIRED
from simulator.core.benefit.settlement import Inputs
from simulator.core.benefit.stack import Step
from simulator.core.catalogue.items import Catalogue
from simulator.inputs.scenarios import Scenario
from simulator.inputs.wire import integer
from simulator.outputs.receipts import Footing, Used, used_in, worded_head, worded_steps
from simulator.outputs.texts import Say
from simulator.study.frames import Frames
from simulator.world.settlement_table import inputs_of

LINES_SHOWN = 60
"""Fee lines listed at most; a sum stands for the rest."""


class Shown(NamedTuple):
    """One settlement to show: its row, the computation, and its fee lines where the bill was kept."""

    row: Mapping[str, Any]
    inputs: Inputs
    receipt: Receipt
    lines: Sequence[Line]
    agrees: bool

    def used(self, step: Step) -> Sequence[Used]:
        """Return the records that a step used, each with its parameter."""
        return used_in(self.receipt, step)


def chosen(frames: Frames, scenario: Scenario) -> Sequence[Shown]:
    """Return the settlement to show, and after it one with critical-illness payment where the first has none.

    A bill whose messages were kept comes first, then a resident with critical-illness payment, then a retired
    employee, then the earliest.
    """
    rows = _candidates(frames)
    if rows.is_empty():
        return ()
    first = _candidate(rows.row(0, named=True), frames, scenario)
    second = rows.filter(pl.col("critical")).head(1)
    if first.row["critical"] or second.is_empty():
        return (first,)
    return first, _candidate(second.row(0, named=True), frames, scenario)


def _candidate(row: Mapping[str, Any], frames: Frames, scenario: Scenario) -> Shown:
    return _shown(row, [row["visit"]] if row["kept"] else [], frames, scenario)


def _candidates(frames: Frames) -> pl.DataFrame:
    """Return the first of each kind among the direct settlements in force, most instructive first."""
    kept = frames.scan("messages").filter(pl.col("infno") == "2304").select(pl.col("visit").unique())
    visits = frames.scan("stays").filter(pl.col("outcome") == "direct").select("setl_id", "visit", "run")
    settled = frames.scan("settlements").filter((pl.col("kind") == "direct") & ~pl.col("refund"))
    kinds = {
        "kept": pl.col("visit").is_in(kept.collect()["visit"].to_list()),
        "critical": (pl.col("insutype") == RESIDENT) & (pl.col("hifmi_pay") > 0),
        "retired": (pl.col("insutype") == EMPLOYEE) & (pl.col("in_psn_type") == RETIRED),
        "split": (pl.col("in_over_limit") > 0) & (pl.col("in_first_pay") > 0),
        "cash": pl.col("psn_cash_pay") > 0,
    }
    return (
        settled.join(visits, on=["setl_id", "run"])
        .with_columns(**kinds)
        .sort([*kinds, "at", "setl_id"], descending=[*(True for _ in kinds), False, False])
        .unique(list(kinds), keep="first", maintain_order=True)
        .collect()
    )


def recomputed(row: Mapping[str, Any], frames: Frames, scenario: Scenario) -> Shown:
    """Return a row of the table of settlements, computed again; it has fee lines where its messages were kept."""
    visits = frames.scan("stays").filter((pl.col("setl_id") == row["setl_id"]) & (pl.col("run") == row["run"]))
    return _shown(row, visits.select("visit").collect()["visit"].to_list(), frames, scenario)


def _shown(row: Mapping[str, Any], visits: Sequence[str], frames: Frames, scenario: Scenario) -> Shown:
    inputs = inputs_of(row)
    computed = receipt(scenario.pack, inputs)
    lines = tuple(line for visit in visits for line in _lines(frames, scenario.catalogue, visit, row["run"]))
    if lines and totals_of(lines) != inputs.totals:
        lines = ()  # some were cancelled or refunded: the class totals tell the truth
    shares = computed.shares.negated() if row["refund"] else computed.shares
    agrees = all(row[field] == part for field, part in zip(shares._fields, shares, strict=True))
    return Shown(row, inputs, computed, lines, agrees)


def _lines(frames: Frames, catalogue: Catalogue, visit: str, run: int) -> Iterator[Line]:
    """Yield the fee lines that a hospital uploaded for a visit, classified as the platforms did."""
    bodies = (
        frames.scan("messages")
        .filter(
            (pl.col("visit") == visit)
            & (pl.col("run") == run)
            & (pl.col("infno") == "2301")
            & (pl.col("direction") == "request")
        )
        .sort("seq")
        .unique("msgid", keep="first", maintain_order=True)
        .collect()["body"]
    )
    for body in bodies:
        for row in json.loads(body, parse_float=Decimal)["input"]["feedetail"]:
            item = catalogue.find(row["med_list_codg"], dt.date.fromisoformat(row["fee_ocur_time"][:10]))
            if item is not None:
                yield classify(str(row["feedetl_sn"]), item, integer(row["pric"], 6), integer(row["cnt"], 4))


# -- in words ------------------------------------------------------------------------------------------------------


def worded(say: Say, scenario: Scenario, shown: Shown) -> Mapping[str, Any]:
    """Return a receipt as the templates print it: the person masked, amounts in yuan."""
    return {
        **worded_head(say, scenario.network.registry, shown.row, shown.inputs),
        "lines": shown.lines[:LINES_SHOWN],
        "left_out": max(len(shown.lines) - LINES_SHOWN, 0),
        "totals": shown.inputs.totals,
        "agrees": shown.agrees,
        "steps": worded_steps(say, shown.receipt, Footing(scenario.catalogue.version, scenario.assumptions)),
    }
