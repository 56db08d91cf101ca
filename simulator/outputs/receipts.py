"""A receipt in words: each step of a computation with its amounts, and the records it used with validity and basis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from schemas.requirements import load_requirements
from simulator.core.benefit.receipt import Receipt
from simulator.core.benefit.rules import INPATIENT
from simulator.core.benefit.settlement import Inputs
from simulator.core.benefit.stack import Step
from simulator.core.values.areas import Registry
from simulator.core.values.parameters import Assumption, Basis, Parameter, Record, Tier
from simulator.outputs.masking import mask_number
from simulator.outputs.texts import Say

_BY_CATALOGUE = frozenset({"own_expense", "over_limit", "first_pay"})  # steps that the catalogue decides
_IN_POINTS = frozenset({"bonus", "cut"})  # rules in percentage points


class Used(NamedTuple):
    """A record that a step used, with the parameter it is a record of; ``rule`` is its field in Rules."""

    rule: str
    parameter: Parameter
    record: Record


class Footing(NamedTuple):
    """What a receipt rests on besides the pack's records: the version of the catalogue, and the assumptions by id."""

    catalogue: str
    assumptions: Mapping[str, Assumption]


def worded_head(say: Say, registry: Registry, row: Mapping[str, Any], inputs: Inputs) -> Mapping[str, str]:
    """Return what a receipt is about, the person masked; ``row`` has the fields of a settlement row by name."""
    where = inputs.where
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
        "stay": _care(say, row, inputs),
        "filing": say.name("filing", where.filing_type),
    }


def _care(say: Say, row: Mapping[str, Any], inputs: Inputs) -> str:
    where = inputs.where
    if where.care == INPATIENT:
        return say("receipt.stay_value", row["begin"], row["end"], inputs.year.stays)
    care = " ".join(filter(None, (say.name("care", where.care), where.disease)))
    return say("receipt.visit_value", care, where.day)


def used_in(receipt: Receipt, step: Step) -> Sequence[Used]:
    """Return the records that a step used, each with its parameter."""
    return tuple(Used(rule, *figure) for rule, figure in receipt.used(step).items())


def worded_steps(say: Say, receipt: Receipt, footing: Footing) -> list[Mapping[str, Any]]:
    """Return the steps as the templates print them, amounts in yuan.

    A step has ``name``, ``before``, ``amount``, ``after``, ``rate``, ``catalogue`` (empty where they say nothing) and
    ``used``: records with ``name``, ``value``, ``valid`` and ``basis``.
    """
    return [
        {
            "name": say.name("step", step.key),
            "before": say.yuan(step.before),
            "amount": say.yuan(step.amount),
            "after": say.yuan(step.after),
            "rate": "" if step.rate is None else say("receipt.rate", say.rate(step.rate)),
            "catalogue": say("receipt.catalogue", footing.catalogue) if step.key in _BY_CATALOGUE else "",
            "used": [_worded(say, used, footing) for used in used_in(receipt, step)],
        }
        for step in receipt.steps
    ]


def _worded(say: Say, used: Used, footing: Footing) -> Mapping[str, str]:
    record = used.record
    if record.valid_to is None:
        valid = say("receipt.valid_open", record.valid_from)
    else:
        valid = say("receipt.valid", record.valid_from, record.valid_to)
    basis = worded_basis(say, record.basis, footing)
    return {"name": say.of(used.parameter), "value": worded_value(say, used), "valid": valid, "basis": basis}


def worded_basis(say: Say, basis: Basis, footing: Footing) -> str:
    """Return what a record rests on: the clause with its text, or the assumption with its confidence."""
    if basis.is_assumption:
        assumption = footing.assumptions[basis.assumption]
        return say("receipt.assumption", basis.assumption, assumption.confidence, say.of(assumption))
    clause = load_requirements().rows.get(basis.clause)
    return say("receipt.clause", basis.clause, "" if clause is None else say.of(clause.text))


def worded_value(say: Say, used: Used) -> str:
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
