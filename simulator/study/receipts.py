"""The settlements shown line by line: chosen the same way every time, computed again from the rows kept of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl

from schemas.requirements import load_requirements
from simulator.core.benefit.bill import Line, classify, totals_of
from simulator.core.benefit.receipt import Receipt, receipt
from simulator.core.benefit.rules import EMPLOYEE, INPATIENT, RESIDENT, RETIRED
from simulator.core.benefit.settlement import Inputs
from simulator.core.benefit.stack import Step
from simulator.core.catalogue.items import Catalogue
from simulator.core.values.parameters import Basis, Parameter, Record, Tier
from simulator.inputs.scenarios import Scenario
from simulator.inputs.wire import integer
from simulator.outputs.masking import mask_number
from simulator.outputs.texts import Say
from simulator.study.summary import Frames
from simulator.world.settlement_table import inputs_of

LINES_SHOWN = 60
"""Fee lines listed at most; a sum stands for the rest."""

_BY_CATALOGUE = frozenset({"own_expense", "over_limit", "first_pay"})  # steps that the catalogue decides
_IN_POINTS = frozenset({"bonus", "cut"})  # rules in percentage points


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

    def used(self, step: Step) -> Sequence[Used]:
        """Return the records that a step used, each with its parameter."""
        return tuple(Used(rule, *figure) for rule, figure in self.receipt.used(step).items())


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
    row, where = shown.row, shown.inputs.where
    registry = scenario.network.registry
    cities = {code: names[say.lang == "en"] for code, names in registry.cities.items()}
    hospital = registry.institutions.get(row["hospital"])
    insured = say.of(registry.areas[row["insured_area"]]) if row["insured_area"] in registry.areas else ""
    return {
        "person": say.join(
            [
                mask_number(row["psn_no"]),
                say.name("psn_type", where.psn_type),
                say.name("insutype", where.insutype),
                *(say.name("identity", each) for each in where.identities),
            ]
        ),
        "setl_id": row["setl_id"],
        "hospital": hospital.zh if hospital else row["hospital"],
        "level": say.name("level", where.level),
        "way": say("receipt.way_value", insured, cities.get(row["treatment_city"], row["treatment_city"])),
        "stay": _care(say, shown),
        "filing": say.name("filing", where.filing_type),
        "lines": shown.lines[:LINES_SHOWN],
        "left_out": max(len(shown.lines) - LINES_SHOWN, 0),
        "totals": shown.inputs.totals,
        "agrees": shown.agrees,
        "steps": [_worded_step(say, scenario, shown, step) for step in shown.receipt.steps],
    }


def _care(say: Say, shown: Shown) -> str:
    where, row = shown.inputs.where, shown.row
    if where.care == INPATIENT:
        return say("receipt.stay_value", row["begin"], row["end"], shown.inputs.year.stays)
    care = " ".join(filter(None, (say.name("care", where.care), where.disease)))
    return say("receipt.visit_value", care, where.day)


def _worded_step(say: Say, scenario: Scenario, shown: Shown, step: Step) -> Mapping[str, Any]:
    catalogue = say("receipt.catalogue", scenario.catalogue.version) if step.key in _BY_CATALOGUE else ""
    return {
        "name": say.name("step", step.key),
        "before": say.yuan(step.before),
        "amount": say.yuan(step.amount),
        "after": say.yuan(step.after),
        "rate": "" if step.rate is None else say("receipt.rate", say.rate(step.rate)),
        "catalogue": catalogue,
        "used": [_worded_record(say, scenario, used) for used in shown.used(step)],
    }


def _worded_record(say: Say, scenario: Scenario, used: Used) -> Mapping[str, str]:
    record = used.record
    if record.valid_to is None:
        valid = say("receipt.valid_open", record.valid_from)
    else:
        valid = say("receipt.valid", record.valid_from, record.valid_to)
    return {
        "name": say.of(used.parameter),
        "value": _value(say, used),
        "valid": valid,
        "basis": _basis(say, scenario, record.basis),
    }


def _basis(say: Say, scenario: Scenario, basis: Basis) -> str:
    if basis.is_assumption:
        assumption = scenario.assumptions[basis.assumption]
        return say("receipt.assumption", basis.assumption, assumption.confidence, say.of(assumption))
    clause = load_requirements().rows.get(basis.clause)
    return say("receipt.clause", basis.clause, "" if clause is None else say.of(clause.text))


def _value(say: Say, used: Used) -> str:
    """Return the value of a parameter in words, after its unit."""
    value, unit = used.record.value, used.parameter.unit
    if isinstance(value, bool):
        return say("receipt.yes" if value else "receipt.no")
    if isinstance(value, tuple):
        return say.join([_part(say, part) for part in value])
    if isinstance(value, str) or unit == "count":
        return str(value)
    if unit == "yuan":
        return say("receipt.yuan", say.yuan(value))
    return say("receipt.points", say.rate(value).rstrip("%")) if used.rule in _IN_POINTS else say.rate(value)


def _part(say: Say, part: Tier | int | str) -> str:
    if isinstance(part, Tier):
        key = "receipt.tier_open" if part.ceiling is None else "receipt.tier"
        top = "" if part.ceiling is None else say.yuan(part.ceiling)
        return say(key, say.yuan(part.floor), top, say.rate(part.rate))
    return say.rate(part) if isinstance(part, int) else part
