"""The settlements shown line by line: chosen the same way every time, computed again from the rows kept of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl

from simulator.core.benefit import EMPLOYEE, RESIDENT, RETIRED, SCHEMES, Circumstance, Rules, Step
from simulator.core.bill import Line, classify, totals_of
from simulator.core.catalogue import Catalogue
from simulator.core.parameters import Parameter, PolicyPack, Record
from simulator.core.receipt import Receipt, receipt
from simulator.core.settlement import Inputs
from simulator.inputs.scenarios import Scenario
from simulator.inputs.wire import integer
from simulator.study.summary import Frames
from simulator.world.settlement_table import inputs_of

LINES_SHOWN = 60
"""Fee lines listed at most; a sum stands for the rest."""

_RULES_OF: Mapping[str, tuple[str, ...]] = {
    "deductible": ("deductible", "repeat_factors"),
    "basic": ("tiers", "bonus", "cut"),
    "cap": ("cap",),
    "burden": ("second_counts_first_pay",),
    "second": ("second",),
    "account": ("account_use",),
}
"""Which rules take part in a step, by the fields of :class:`Rules`."""

_NAMES: Mapping[str, str] = {
    "deductible": "deductible.{level}",
    "repeat_factors": "repeat_factors",
    "tiers": "tiers.{level}",
    "bonus": "retired_bonus",
    "cut": "referral_cut",
    "cap": "cap",
    "second": "critical_illness.tiers",
    "second_counts_first_pay": "critical_illness.counts_first_pay",
    "account_use": "account_use",
}
"""The parameter behind each field of :class:`Rules`, under the scheme."""


class Used(NamedTuple):
    """A record that a step used, with the parameter it is a record of; ``rule`` is its field in Rules."""

    rule: str
    parameter: Parameter
    record: Record


class Shown(NamedTuple):
    """One settlement to show: its row, the computation, and its fee lines where the bill was kept."""

    row: Mapping[str, Any]
    inputs: Inputs
    receipt: Receipt
    lines: Sequence[Line]
    agrees: bool

    def used(self, pack: PolicyPack, step: Step) -> Sequence[Used]:
        """Return the records that a step used, each with its parameter."""
        return tuple(_used(pack, self.inputs.where, self.receipt.rules, step.key))


def chosen(frames: Frames, scenario: Scenario) -> Sequence[Shown]:
    """Return the settlement to show, and after it one with critical-illness payment where the first has none.

    A bill whose messages were kept comes first, then a resident with critical-illness payment, then a retired
    employee, then the earliest.
    """
    rows = _candidates(frames)
    if rows.is_empty():
        return ()
    first = _shown(rows.row(0, named=True), frames, scenario)
    second = rows.filter(pl.col("critical")).head(1)
    if first.row["critical"] or second.is_empty():
        return (first,)
    return first, _shown(second.row(0, named=True), frames, scenario)


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
    }
    return (
        settled.join(visits, on=["setl_id", "run"])
        .with_columns(**kinds)
        .sort([*kinds, "at", "setl_id"], descending=[*(True for _ in kinds), False, False])
        .unique(list(kinds), keep="first", maintain_order=True)
        .collect()
    )


def _shown(row: Mapping[str, Any], frames: Frames, scenario: Scenario) -> Shown:
    inputs = inputs_of(row)
    computed = receipt(scenario.pack, inputs)
    lines = tuple(_lines(frames, scenario.catalogue, row["visit"], row["run"])) if row["kept"] else ()
    if lines and totals_of(lines) != inputs.totals:
        lines = ()  # some were cancelled or refunded: the class totals tell the truth
    agrees = all(row[field] == part for field, part in zip(computed.shares._fields, computed.shares, strict=True))
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


def _used(pack: PolicyPack, where: Circumstance, rules: Rules, step: str) -> Iterator[Used]:
    for rule in _RULES_OF.get(step, ()):
        record = getattr(rules, rule)
        if record is not None:
            name = f"benefit.{SCHEMES[where.insutype]}.{_NAMES[rule].format(level=where.level)}"
            yield Used(rule, pack.parameters[name], record)
