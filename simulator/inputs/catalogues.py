"""Reads catalogues: the items a bill can have, with class, price, price caps, first self-pay share and restrictions.

Prices become millionths of a yuan, quantities ten-thousandths and shares basis points, exactly. A small library lists
its items in the TOML file, a large one in a CSV beside it. Source of the form: the provincial library of the notice
(三个目录, JS-3.2a).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from schemas.requirements import load_requirements
from simulator.core.catalogue.items import (
    CLASS_B,
    CONSUMABLES,
    DRUGS,
    HERBS,
    PREPARATIONS,
    SERVICES,
    Catalogue,
    Item,
    Version,
)
from simulator.core.values.parameters import Assumption, Basis
from simulator.inputs.catalogue_rows import DIAGNOSIS, OPERATION, read_items, read_terms
from simulator.inputs.errors import InputError, dotted
from simulator.inputs.packs import Citable, read_assumptions
from simulator.inputs.toml import Source, check, find, fixed, read_bytes, read_toml

_PRICE_PLACES, _RATE_PLACES = 6, 4
# The first character of a code tells its list: X western and Z patent drugs, T herbs, Y preparations, C consumables.
_LIST_OF = {"X": DRUGS, "Z": DRUGS, "T": HERBS, "Y": PREPARATIONS, "C": CONSUMABLES}


class _Entry(NamedTuple):
    """An entry as it was read: from which file, and how the place of its cells begins in messages."""

    item: Item
    file: str
    at: str


class CatalogueFile(NamedTuple):
    """A catalogue with what its items rest on, its assumptions by id and the digest of its files."""

    id: str
    catalogue: Catalogue
    basis: Basis
    assumptions: Mapping[str, Assumption]
    digest: str


def load_catalogue(name_or_path: str | Path) -> Catalogue:
    """Read a catalogue by built-in name or path.

    Raises InputError for what the schema refuses, a wrong cell, entries of one code that overlap or stand out of order,
    too many decimals, a class-B item without ``first_share`` or another one with it, a level cap without a common one,
    a validity that ends before it begins, and versions out of order.
    """
    return read_catalogue(find("catalogue", name_or_path)).catalogue


def read_catalogue(source: Source) -> CatalogueFile:
    """Read a catalogue from a file and those beside it, with its basis; as `load_catalogue`."""
    document = read_toml(source)
    data, name = document.data, document.name
    check(data, "catalogue", name)
    if ("items" in data) == ("items_file" in data):
        raise InputError(name, "items", "stands beside items_file, or neither does", "give one of the two")
    assumptions = read_assumptions(data)
    citable = Citable(load_requirements().rows, assumptions)
    basis = citable.basis({"assumption": data["basis"]["items"]}, name, "basis.items")
    digest = hashlib.sha256(document.digest.encode())
    entries: Iterable[_Entry]
    if "items" in data:
        entries = _listed(data["items"], name)
    else:
        text, file = _beside(source, data["items_file"], digest)
        entries = (_Entry(item, file, f"{place}, ") for item, place in read_items(text, file))
    items, revised = _series(entries)
    terms = read_terms(*_beside(source, data["terms_file"], digest)) if "terms_file" in data else {}
    catalogue = Catalogue(
        data["version"],
        items,
        revised,
        _versions(data, name),
        terms.get(DIAGNOSIS, ()),
        terms.get(OPERATION, ()),
    )
    plain = "items" in data and "terms_file" not in data
    return CatalogueFile(data["id"], catalogue, basis, assumptions, document.digest if plain else digest.hexdigest())


def _beside(source: Source, name: str, digest: Any) -> tuple[str, str]:
    """Return the text and the name of a file that stands beside another, and add it to the digest."""
    place: Any = source.place
    folder, slash, _ = source.name.rpartition("/")
    beside = Source(place.parent / name, f"{folder}{slash}{name}")
    content = read_bytes(beside)
    digest.update(hashlib.sha256(content).digest())
    try:
        return content.decode("utf-8"), beside.name
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise InputError(beside.name, f"line {line}", "is not UTF-8 text", "save the file as UTF-8") from None


def _versions(data: Mapping[str, Any], name: str) -> tuple[Version, ...]:
    versions: list[Version] = []
    for index, row in enumerate(data.get("versions", ())):
        version, place = Version(**row), dotted(["versions", index])
        if any(version.label == earlier.label for earlier in versions):
            raise InputError(name, f"{place}.label", f"repeats {version.label}", "give every version its own")
        if version.announced > version.in_force:
            problem = f"is {version.announced}, after in_force {version.in_force}"
            raise InputError(name, f"{place}.announced", problem, "announce a version before it is in force")
        if versions and version.in_force <= versions[-1].in_force:
            problem = f"is {version.in_force}, not after the version before it"
            raise InputError(name, f"{place}.in_force", problem, "put the versions in order")
        versions.append(version)
    if versions and versions[-1].label != data["version"]:
        problem = f"is {data['version']}, not the last version"
        raise InputError(name, "version", problem, f'write "{versions[-1].label}"')
    return tuple(versions)


def _listed(rows: Sequence[Mapping[str, Any]], name: str) -> Iterator[_Entry]:
    for index, row in enumerate(rows):
        place = dotted(["items", index])
        yield _Entry(_item(row, name, place), name, f"{place}.")


def _series(entries: Iterable[_Entry]) -> tuple[dict[str, Item], dict[str, tuple[Item, ...]]]:
    """Return the first entry of each code and those that follow it; raises InputError for a wrong or misplaced one."""
    items: dict[str, Item] = {}
    revised: dict[str, tuple[Item, ...]] = {}
    for entry in entries:
        _checked(*entry)
        item = entry.item
        if item.code not in items:
            items[item.code] = item
            continue
        before = (items[item.code], *revised.get(item.code, ()))[-1]
        if before.valid_to is None or item.valid_from <= before.valid_to:
            problem = f"repeats {item.code} from {item.valid_from} on, while the entry before it still holds"
            cure = "end the earlier entry before, or give the item its own code"
            raise InputError(entry.file, f"{entry.at}code", problem, cure)
        revised[item.code] = (*revised.get(item.code, ()), item)
    return items, revised


def _checked(item: Item, file: str, at: str) -> None:
    if item.valid_to is not None and item.valid_to < item.valid_from:
        problem = f"is {item.valid_to}, before from {item.valid_from}"
        raise InputError(file, f"{at}to", problem, "correct one of the dates")
    if item.level_caps and item.cap is None:
        raise InputError(file, f"{at}cap", "is missing beside a cap for a hospital level", "give the common cap")
    if item.list_type != list_type_of(item.code):
        problem = f"is {item.list_type}, but {item.code} is a code of list {list_type_of(item.code)}"
        raise InputError(file, f"{at}list_type", problem, "correct the list or the code")


def list_type_of(code: str) -> str:
    """Return the list (``list_type``) a code belongs to by its first character."""
    return _LIST_OF.get(code[0], SERVICES)


def _item(row: Mapping[str, Any], name: str, place: str) -> Item:
    level, share, last = row["level"], row.get("first_share"), row.get("to")
    if (level == CLASS_B) != (share is not None):
        problem = "is missing in a class-B item" if share is None else "stands in an item that is not of class B"
        cure = "add the share the person pays first" if share is None else "remove it, or correct the level"
        raise InputError(name, f"{place}.first_share", problem, cure)
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
        list_type=list_type_of(row["code"]),
    )
