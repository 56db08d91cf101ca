"""Reads catalogues: the items a bill can have, with class, price, price cap and first self-pay share.

Prices become millionths of a yuan and shares basis points, exactly. Source of the form: the provincial library of the
notice (三个目录, JS-3.2a).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from schemas.requirements import load_requirements
from simulator.core.catalogue.items import CLASS_B, Catalogue, Item
from simulator.core.values.parameters import Assumption, Basis
from simulator.inputs.errors import InputError, dotted
from simulator.inputs.packs import Citable, read_assumptions
from simulator.inputs.toml import Source, check, find, fixed, read_toml, unique

_PRICE_PLACES, _RATE_PLACES = 6, 4


class CatalogueFile(NamedTuple):
    """A catalogue with what its items rest on, its assumptions by id and the digest of its file."""

    id: str
    catalogue: Catalogue
    basis: Basis
    assumptions: Mapping[str, Assumption]
    digest: str


def load_catalogue(name_or_path: str | Path) -> Catalogue:
    """Read a catalogue by built-in name or path.

    Raises InputError for what the schema refuses, a repeated code, too many decimals, a class-B item without
    ``first_share`` or another one with it, and a validity that ends before it begins.
    """
    return read_catalogue(find("catalogue", name_or_path)).catalogue


def read_catalogue(source: Source) -> CatalogueFile:
    """Read a catalogue from a file, with its basis; as `load_catalogue`."""
    document = read_toml(source)
    data, name = document.data, document.name
    check(data, "catalogue", name)
    unique(data["items"], "code", name, "items")
    assumptions = read_assumptions(data)
    citable = Citable(load_requirements().rows, assumptions)
    basis = citable.basis({"assumption": data["basis"]["items"]}, name, "basis.items")
    items = {row["code"]: _item(row, name, dotted(["items", index])) for index, row in enumerate(data["items"])}
    return CatalogueFile(data["id"], Catalogue(data["version"], items), basis, assumptions, document.digest)


def _item(row: Mapping[str, Any], name: str, place: str) -> Item:
    level, share, last = row["level"], row.get("first_share"), row.get("to")
    if (level == CLASS_B) != (share is not None):
        problem = "is missing in a class-B item" if share is None else "stands in an item that is not of class B"
        cure = "add the share the person pays first" if share is None else "remove it, or correct the level"
        raise InputError(name, f"{place}.first_share", problem, cure)
    if last is not None and last < row["from"]:
        raise InputError(name, f"{place}.to", f"is {last}, before from {row['from']}", "correct one of the dates")
    return Item(
        code=row["code"],
        zh=row["zh"],
        level=level,
        charge_type=row["charge_type"],
        price=fixed(row["price"], _PRICE_PLACES, name, f"{place}.price"),
        cap=fixed(row["cap"], _PRICE_PLACES, name, f"{place}.cap") if "cap" in row else None,
        first_share=0 if share is None else fixed(share, _RATE_PLACES, name, f"{place}.first_share"),
        valid_from=row["from"],
        valid_to=last,
    )
