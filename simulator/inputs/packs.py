"""Reads dated policy packs: value, validity and basis in one record.

A pack is a folder whose tree is the parameter tree: table ``[cap]`` of ``benefit/employee.toml`` is the parameter
``benefit.employee.cap``. ``pack.toml`` names the pack; every ``assumptions.toml``, in the folder or in one inside it,
holds what records rest on. Think of
a loose-leaf law book: each sheet says from when to when it holds and who decided it; a sheet that does not is refused.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from schemas.requirements import load_requirements
from simulator.core.values.parameters import (
    EVERY_CITY,
    Assumption,
    Basis,
    Parameter,
    PolicyPack,
    Record,
    Tier,
    Value,
)
from simulator.inputs.errors import InputError, dotted, suggest
from simulator.inputs.toml import Document, Source, check, find, fixed, read_bytes, read_toml
from simulator.inputs.units import LIMITS, OPTIONAL, UNITS

HEAD, ASSUMPTIONS = "pack.toml", "assumptions.toml"

_FOLDERS_DEEP = 5
_FEN_PLACES, _RATE_PLACES = 2, 4


class Citable(NamedTuple):
    """What a record may rest on: the ids of official clauses, and the assumptions declared in the same file or pack."""

    clauses: Collection[str]
    assumptions: Mapping[str, Assumption]

    def basis(self, row: Mapping[str, Any], name: str, key: str) -> Basis:
        """Return the basis a row names; raises InputError for an id that is not declared."""
        basis = Basis(row.get("clause", ""), row.get("assumption", ""))
        if basis.clause and basis.clause not in self.clauses:
            cure = suggest(basis.clause, self.clauses)
            raise InputError(name, f"{key}.clause", f'is "{basis.clause}", which is no requirement row', cure)
        if basis.assumption and basis.assumption not in self.assumptions:
            cure = f"{suggest(basis.assumption, self.assumptions)}, or declare the assumption"
            raise InputError(name, f"{key}.assumption", f'is "{basis.assumption}", which is not declared', cure)
        return basis


def load_pack(name_or_path: str | Path, *, clauses: Collection[str] | None = None) -> PolicyPack:
    """Read a policy pack by built-in name or by the path of its folder.

    Yuan become fen and ratios basis points, exactly; ``clauses`` are the ids a record may cite, by default those of
    the requirement rows. A day no record holds stays *not in force*. Raises InputError for an unknown or repeated
    key, a value in the wrong unit or with too many decimals, a record with no basis or two, for records that
    overlap or stand out of order, and for a ratio above the limit that the pack's own document sets (P75-18).
    """
    return read_pack(find("pack", name_or_path), clauses=clauses)


def read_pack(source: Source, *, clauses: Collection[str] | None = None) -> PolicyPack:
    """Read a policy pack from a folder; as `load_pack`."""
    head = _checked(source.entry(HEAD), "pack").data
    allowed = load_requirements().rows if clauses is None else clauses
    files = _listed(source)
    citable = Citable(allowed, _assumptions(file for path, file in files if _is_assumptions(path)))
    if "validity_assumption" in head:
        citable.basis({"assumption": head["validity_assumption"]}, source.entry(HEAD).name, "validity_assumption")
    parameters: dict[str, Parameter] = {}
    hashed = hashlib.sha256()
    for path, file in files:
        hashed.update(f"{path}\n{hashlib.sha256(read_bytes(file)).hexdigest()}\n".encode("utf-8", "surrogateescape"))
        if path == HEAD or _is_assumptions(path):
            continue
        for parameter, key in _parameters(_checked(file, "pack_parameters"), path, citable):
            if parameter.name in parameters:
                raise InputError(file.name, key, f"repeats {parameter.name} of another file", "keep only one of them")
            _bounded(parameter, head.get("notice", ""), file.name, key)
            parameters[parameter.name] = parameter
    return PolicyPack(head["id"], head["zh"], head["en"], parameters, citable.assumptions, hashed.hexdigest())


def _is_assumptions(path: str) -> bool:
    return path.rpartition("/")[2] == ASSUMPTIONS


def _assumptions(files: Iterable[Source]) -> dict[str, Assumption]:
    """Return the assumptions of all the files of a pack; raises InputError where two files give one id."""
    merged: dict[str, Assumption] = {}
    for file in files:
        found = read_assumptions(_checked(file, "assumptions").data)
        for key in sorted(found.keys() & merged.keys()):
            raise InputError(file.name, f"assumptions.{key}", "is declared in two files of the pack", "rename one")
        merged |= found
    return merged


def read_assumptions(data: Mapping[str, Any]) -> dict[str, Assumption]:
    """Return the assumptions of checked tables by id."""
    return {each: Assumption(each, **row) for each, row in data["assumptions"].items()}


def covers(pack: PolicyPack, first: dt.date, last: dt.date, cities: Collection[str], *, source: Source) -> None:
    """Check that a pack has all that the core must find, for known cities, on every day from ``first`` to ``last``.

    ``source`` is the folder the pack was read from. Raises InputError, which names the first day without a value.
    """
    for key in sorted(UNITS.keys() - pack.parameters.keys()):
        if key not in OPTIONAL:
            raise InputError(source.name, key, "is missing", "add the parameter to the pack")
    for parameter in pack.parameters.values():
        for city in parameter.records:
            if city != EVERY_CITY and city not in cities:
                problem = f"has a record for {city}, no city of the network"
                raise InputError(*_place(source, parameter), problem, suggest(city, cities))
        for city in sorted({*parameter.records, *cities}):
            day = _first_gap(parameter, city, first, last)
            if day is not None:
                whom = "all cities" if city == EVERY_CITY else f"city {city}"
                problem = f"has no record in force on {day} for {whom}, inside the window or the month after it"
                raise InputError(*_place(source, parameter), problem, "add a record or move the window")


def _first_gap(parameter: Parameter, city: str, first: dt.date, last: dt.date) -> dt.date | None:
    """Return the first day of a span on which no record holds for a city; None where every day has one."""
    day = first
    for record in parameter.records.get(city, parameter.records.get(EVERY_CITY, ())):
        if not record.holds_on(day):
            continue  # done with before the span, or after a gap: records stand in order and do not overlap
        if record.valid_to is None or record.valid_to >= last:
            return None
        day = record.valid_to + dt.timedelta(days=1)
    return day


def _place(source: Source, parameter: Parameter) -> tuple[str, str]:
    """Return the name of the file of a pack that a parameter stands in, and its key there."""
    for path, file in _listed(source):
        prefix = f"{path.removesuffix('.toml').replace('/', '.')}."
        key = parameter.name.removeprefix(prefix)
        if key != parameter.name and any(key == found for found, _ in _leaves(read_toml(file).data, ())):
            return file.name, key
    return source.name, parameter.name  # not of this folder


def _checked(source: Source, schema: str) -> Document:
    document = read_toml(source)
    check(document.data, schema, document.name)
    return document


def _listed(source: Source) -> list[tuple[str, Source]]:
    try:
        return sorted(_files(source))
    except OSError as problem:
        raise InputError(source.name, "", f"cannot be read ({problem.strerror})", "check its permissions") from None


def _files(folder: Source, inside: str = "") -> Iterator[tuple[str, Source]]:
    """Yield path inside the pack and source of every parameter file; hidden files and notes (.md) are passed over."""
    for entry in folder.place.iterdir():
        path, source = f"{inside}{entry.name}", folder.entry(entry.name)
        if entry.name.startswith((".", "_")) or entry.name.endswith(".md"):
            continue
        if entry.is_dir():
            if path.count("/") >= _FOLDERS_DEEP:
                raise InputError(source.name, "", "is a folder too deep", "move it up")
            yield from _files(source, f"{path}/")
        elif entry.name.endswith(".toml"):
            yield path, source
        else:
            raise InputError(source.name, "", "is not a parameter file", "end its name in .toml or remove it")


def _parameters(document: Document, path: str, citable: Citable) -> Iterator[tuple[Parameter, str]]:
    """Yield the parameters of one file with their keys in it."""
    prefix = path.removesuffix(".toml").replace("/", ".")
    for key, table in _leaves(document.data, ()):
        name = f"{prefix}.{key}"
        if name not in UNITS:
            known = (each.removeprefix(f"{prefix}.") for each in UNITS if each.startswith(f"{prefix}."))
            raise InputError(document.name, key, "is a parameter nobody reads", suggest(key, known))
        if table["unit"] != UNITS[name]:
            problem = f'is "{table["unit"]}", but {name} is read as {UNITS[name]}'
            raise InputError(document.name, f"{key}.unit", problem, f'write "{UNITS[name]}"')
        records = _series(table, document.name, key, citable)
        yield Parameter(name, table["unit"], table["zh"], table["en"], records), key


def _bounded(parameter: Parameter, notice: str, name: str, key: str) -> None:
    """Refuse a ratio above the limit of the row that bounds it, in a pack of the document it is a row of."""
    if parameter.name not in LIMITS:
        return
    row, limit = LIMITS[parameter.name]
    requirements = load_requirements()
    most = requirements.rows[row].limit(limit).value
    assert isinstance(most, int)
    if notice != requirements.documents[requirements.rows[row].document].number:
        return
    for record in (each for series in parameter.records.values() for each in series):
        assert isinstance(record.value, int)
        if record.value > most:
            problem = f"is {record.value / 100:g} percentage points, more than the {most / 100:g} that {row} allows"
            raise InputError(name, f"{key}.record", problem, f"write at most {most / 10_000:g}")


def _leaves(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, each in table.items():
        if "record" in each:
            yield dotted([*path, key]), each
        else:
            yield from _leaves(each, (*path, key))


def _series(table: Mapping[str, Any], name: str, key: str, citable: Citable) -> dict[str, tuple[Record, ...]]:
    """Return the records by city, or ``*``; raises InputError where they are out of order or overlap."""
    series: dict[str, tuple[Record, ...]] = {}
    for index, row in enumerate(table["record"]):
        place = dotted([key, "record", index])
        record = _record(row, table["unit"], name, place, citable)
        city = row.get("city", EVERY_CITY)
        before = series.get(city, ())
        if before:
            _follows(before[-1], record, name, place)
        series[city] = (*before, record)
    return series


def _record(row: Mapping[str, Any], unit: str, name: str, place: str, citable: Citable) -> Record:
    first: dt.date = row["from"]
    last: dt.date | None = row.get("to")
    if last is not None and last < first:
        raise InputError(name, f"{place}.to", f"is {last}, before from {first}", "exchange the dates or correct one")
    value = _value(row["value"], unit, name, f"{place}.value")
    return Record(value, first, last, citable.basis(row, name, place))


def _follows(before: Record, record: Record, name: str, place: str) -> None:
    start = record.valid_from
    if start < before.valid_from:
        problem = f"is {start}, earlier than the record before it ({before.valid_from})"
        raise InputError(name, f"{place}.from", problem, "put the records in order of their dates")
    if before.valid_to is None or start <= before.valid_to:
        until = "open" if before.valid_to is None else f"{before.valid_to}"
        problem = f"is {start}, which overlaps the record before it ({before.valid_from} to {until})"
        raise InputError(name, f"{place}.from", problem, "end the earlier record on the day before")


def _value(raw: Any, unit: str, name: str, place: str) -> Value:
    """Return a value in the core's integers."""
    if unit == "yuan":
        return fixed(raw, _FEN_PLACES, name, place)
    if unit == "ratio":
        return fixed(raw, _RATE_PLACES, name, place)
    if unit == "ratios":
        return tuple(fixed(each, _RATE_PLACES, name, dotted([place, index])) for index, each in enumerate(raw))
    if unit == "tiers":
        return _tiers(raw, name, place)
    if isinstance(raw, list):
        return tuple(raw)
    value: int | bool | str = raw
    return value


def _tiers(rows: list[Mapping[str, Any]], name: str, place: str) -> tuple[Tier, ...]:
    """Return tiers that follow each other without gap or overlap; only the last may be open."""
    tiers: list[Tier] = []
    for index, row in enumerate(rows):
        key = dotted([place, index])
        floor = fixed(row["from"], _FEN_PLACES, name, f"{key}.from")
        ceiling = fixed(row["to"], _FEN_PLACES, name, f"{key}.to") if "to" in row else None
        if tiers and floor != tiers[-1].ceiling:
            problem = f"is {row['from']}, but the tier before it does not end there"
            raise InputError(name, f"{key}.from", problem, "let every tier begin where the one before it ends")
        if ceiling is not None and ceiling <= floor:
            raise InputError(name, f"{key}.to", f"is {row['to']}, not above from {row['from']}", "give a higher end")
        tiers.append(Tier(floor, ceiling, fixed(row["ratio"], _RATE_PLACES, name, f"{key}.ratio")))
    return tuple(tiers)
