"""Reads the audit's claim rules and formulary, and puts them together as the library an audit works by.

A rule that names a kind of code there is none of, options or figures the kind does not read, evidence it does not give,
or a sentence that speaks of other evidence, is refused with file, key and cure.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from schemas.requirements import load_requirements
from simulator.core.audit.case import UNIT, Restriction
from simulator.core.audit.kinds import KINDS
from simulator.core.audit.rules import Library, Rule
from simulator.core.catalogue.items import Item
from simulator.inputs.errors import InputError, dotted, quoted, suggest
from simulator.inputs.packs import Citable, read_assumptions
from simulator.inputs.toml import check, find, fixed, read_toml, unique
from simulator.inputs.units import UNITS

_FEN_PLACES, _RATE_PLACES, _PRICE_PLACES, _UNIT_PLACES = 2, 4, 6, len(str(UNIT)) - 1
_LISTS = ("diagnoses", "levels", "clashes", "parts")
_UNITS = ("per_day", "per_stay", "daily")
_A: Mapping[type, str] = {str: "a text", int: "a whole number", tuple: "a list of texts"}


class Disease(NamedTuple):
    """A disease as invented bills have it: its usual bill (fen), days, ages, items of each day and items given once."""

    code: str
    zh: str
    usual: int
    days: tuple[int, int]
    ages: tuple[int, int]
    gender: str
    weight: int
    daily: tuple[str, ...]
    once: tuple[str, ...]


class Formulary(NamedTuple):
    """Invented items with their restrictions, and diseases by code."""

    items: Mapping[str, Item]
    restrictions: Mapping[str, Restriction]
    diseases: tuple[Disease, ...]

    @property
    def norms(self) -> Mapping[str, int]:
        """Return the usual bill by disease category (three characters), in fen."""
        return MappingProxyType({disease.code[:3]: disease.usual for disease in self.diseases})


def load_rules(name_or_path: str | Path = "rules") -> tuple[str, tuple[Rule, ...]]:
    """Read a rule set by built-in name or path; return its version and its rules. Raises InputError."""
    document = read_toml(find("audit", name_or_path))
    data, name = document.data, document.name
    check(data, "audit_rules", name)
    unique(data["rules"], "id", name, "rules")
    citable = Citable(load_requirements().rows, {})
    for index, row in enumerate(data["rules"]):
        place = dotted(["rules", index])
        citable.basis({"clause": row["basis"]}, name, place)
        _fits(row, name, place)
    return data["version"], tuple(_rule(row) for row in data["rules"])


def load_formulary(name_or_path: str | Path = "formulary") -> Formulary:
    """Read a formulary by built-in name or path. Raises InputError."""
    document = read_toml(find("audit", name_or_path))
    data, name = document.data, document.name
    check(data, "audit_formulary", name)
    unique(data["items"], "code", name, "items")
    unique(data["diseases"], "code", name, "diseases")
    citable = Citable((), read_assumptions(data))
    for part, assumption in data["basis"].items():
        citable.basis({"assumption": assumption}, name, f"basis.{part}")
    items = {row["code"]: _item(row, name, dotted(["items", index])) for index, row in enumerate(data["items"])}
    restrictions = {
        row["code"]: restriction_of(row, name, dotted(["items", index])) for index, row in enumerate(data["items"])
    }
    for index, row in enumerate(data["diseases"]):
        for code in (*row["daily"], *row["once"]):
            if code not in items:
                place = dotted(["diseases", index])
                raise InputError(name, place, f"names the item {code}, which is not listed", suggest(code, items))
    diseases = tuple(_disease(row, name, dotted(["diseases", index])) for index, row in enumerate(data["diseases"]))
    return Formulary(MappingProxyType(items), MappingProxyType(restrictions), diseases)


def load_library(
    rules: str | Path = "rules",
    *,
    restrictions: Mapping[str, Restriction] | None = None,
    norms: Mapping[str, int] | None = None,
) -> Library:
    """Return what an audit works by: rules by name or path, with restrictions by item code and usual bills by disease.

    Where they are not given, those of the built-in formulary are taken. Raises InputError.
    """
    version, read = load_rules(rules)
    formulary = load_formulary() if restrictions is None or norms is None else None
    if restrictions is None:
        assert formulary is not None
        restrictions = formulary.restrictions
    if norms is None:
        assert formulary is not None
        norms = formulary.norms
    return Library(version, read, restrictions, norms)


def restriction_of(row: Mapping[str, Any], name: str, place: str) -> Restriction:
    """Return the restriction that a row of a file describes; a key that is not there restricts nothing."""
    fields = {key: row[key] for key in Restriction._fields if key in row}
    fields |= {key: tuple(row[key]) for key in _LISTS if key in row}
    fields |= {key: fixed(row[key], _UNIT_PLACES, name, f"{place}.{key}") for key in _UNITS if key in row}
    return Restriction(**fields)


def _fits(row: Mapping[str, Any], name: str, place: str) -> None:
    """Hold a rule to its kind: options, figures, evidence, and what its sentences speak of."""
    kind = KINDS.get(row["kind"])
    if kind is None:
        raise InputError(name, f"{place}.kind", f'is "{row["kind"]}", which is no kind', suggest(row["kind"], KINDS))
    figures = row.get("figures", {})
    for key, wanted, given in (
        ("options", set(kind.options), set(row["options"])),
        ("figures", set(kind.figures), set(figures)),
        ("evidence", set(kind.evidence), set(row["evidence"])),
    ):
        if given != wanted:
            problem = f"has {', '.join(sorted(given)) or 'nothing'}"
            cure = f"kind {row['kind']} wants {', '.join(sorted(wanted)) or 'nothing'}"
            raise InputError(name, f"{place}.{key}", problem, cure)
    for option, value in _options(row).items():
        allowed = kind.options[option]
        if value not in allowed if isinstance(allowed, tuple) else not isinstance(value, allowed):
            choices = ", ".join(f'"{each}"' for each in allowed) if isinstance(allowed, tuple) else _A[allowed]
            raise InputError(name, f"{place}.options.{option}", f"is {quoted(value)}", f"give {choices}")
    for option, parameter in figures.items():
        if parameter not in UNITS:
            raise InputError(
                name, f"{place}.figures.{option}", f'is "{parameter}", no parameter', suggest(parameter, UNITS)
            )
    for key in ("zh_says", "en_says"):
        spoken = {field for _, field, _, _ in string.Formatter().parse(row[key]) if field is not None}
        if not spoken <= kind.evidence:
            unknown = ", ".join(sorted(spoken - kind.evidence))
            cure = f"use {', '.join(sorted(kind.evidence))}"
            raise InputError(name, f"{place}.{key}", f"speaks of {unknown}, which is no evidence of the kind", cure)


def _options(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row["options"].items()}


def _rule(row: Mapping[str, Any]) -> Rule:
    fixed_here = {
        "stages": frozenset(row["stages"]),
        "cross": row.get("cross", False),
        "options": MappingProxyType(_options(row)),
        "figures": MappingProxyType(dict(row.get("figures", {}))),
        "evidence": tuple(row["evidence"]),
    }
    return Rule(**{field: row[field] for field in Rule._fields if field not in fixed_here}, **fixed_here)


def _item(row: Mapping[str, Any], name: str, place: str) -> Item:
    share = row.get("first_share", 0)
    return Item(
        code=row["code"],
        zh=row["zh"],
        level=row["level"],
        charge_type=row["charge_type"],
        price=fixed(row["price"], _PRICE_PLACES, name, f"{place}.price"),
        cap=fixed(row["cap"], _PRICE_PLACES, name, f"{place}.cap") if "cap" in row else None,
        first_share=fixed(share, _RATE_PLACES, name, f"{place}.first_share"),
        valid_from=row["from"],
        valid_to=row.get("to"),
    )


def _disease(row: Mapping[str, Any], name: str, place: str) -> Disease:
    for key in ("days", "ages"):
        least, most = row[key]
        if least > most:
            raise InputError(name, f"{place}.{key}", f"is {least} to {most}", "put the smaller number first")
    return Disease(
        row["code"],
        row["zh"],
        fixed(row["usual"], _FEN_PLACES, name, f"{place}.usual"),
        (row["days"][0], row["days"][1]),
        (row["ages"][0], row["ages"][1]),
        row["gender"],
        row["weight"],
        tuple(row["daily"]),
        tuple(row["once"]),
    )
