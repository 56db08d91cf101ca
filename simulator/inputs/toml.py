"""Reads the TOML files people write, exactly, and holds them to their published form.

Think of a clerk at a counter: the clerk says at once which line cannot be read or which entry does not belong, and
passes on only sheets that are complete. Decimals stay exact, nothing is guessed, and whatever is wrong becomes one
InputError. The forms are the JSON Schemas in `schemas/files/`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

import referencing
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]  # ships no types

from simulator.inputs.errors import InputError, dotted, from_schema, suggest

LARGEST_FILE = 5_000_000
"""Bytes; the largest built-in file has some ten thousand."""

_FOLDERS = {
    "scenario": "",
    "network": "networks",
    "catalogue": "catalogues",
    "pack": "policies",
    "audit": "audit",
    "profile": "profiles",
    "administration": "administration",
    "traffic": "traffic",
}
_BASE = "https://yidi.invalid/schemas/files/"
_DEPTH = 12  # no file needs deeper tables, and a deep one must not exhaust the stack
_DIGITS, _PLACES = 15, 12  # before and after the point: every figure stays inside the 28 digits of Decimal
_PLACE = re.compile(r"\(at line ([0-9]+), column ([0-9]+)\)|\(at end of document\)")
_KEY = re.compile(r"([0-9A-Za-z_.-]+)\s*=")
_TWICE = ("Cannot overwrite", "Cannot declare", "Duplicate", "Cannot mutate", "Cannot redefine")


class Source(NamedTuple):
    """A file or folder to read, and the name it goes by in messages and digests."""

    place: Traversable
    name: str

    def entry(self, name: str) -> Source:
        """Return the file or folder ``name`` inside this folder."""
        return Source(self.place / name, f"{self.name}/{name}")


class Document(NamedTuple):
    """A file that was read: its name for messages, its tables, and the SHA-256 of its bytes."""

    name: str
    data: dict[str, Any]
    digest: str


def built_in(kind: str) -> tuple[str, ...]:
    """Return the names of the built-in scenarios, networks, catalogues or packs, sorted."""
    folder = files("scenarios") / _FOLDERS[kind]
    if kind == "pack":
        return tuple(sorted(entry.name for entry in folder.iterdir() if (entry / "pack.toml").is_file()))
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def find(kind: str, wanted: str | Path, *, near: Source | None = None) -> Source:
    """Return the source that a name or path means; ``kind`` is a key of the table of folders, such as scenario or pack.

    A Path, a text with a slash and a text ending in ``.toml`` are paths, relative to the file ``near`` where one is
    given; any other text is a built-in name. Raises InputError, listing the built-in names, when there is none such.
    """
    text = str(wanted)
    known = built_in(kind)
    if not (isinstance(wanted, Path) or "/" in text or "\\" in text or text.endswith(".toml")):
        if text not in known:
            raise InputError(
                text, "", f"there is no built-in {kind} of this name", f"{suggest(text, known)}, or a path"
            )
        inside = "/".join(part for part in (_FOLDERS[kind], text) if part) + ("" if kind == "pack" else ".toml")
        return Source(files("scenarios") / inside, f"scenarios/{inside}")
    path = near.place.parent / text if near is not None and isinstance(near.place, Path) else Path(text)
    if not _there(path):
        raise InputError(text, "", "there is no such file", f"correct the path, or {suggest(path.stem, known)}")
    return Source(path, str(path) if near is not None else text)


def read_bytes(source: Source) -> bytes:
    """Return the bytes of a file; raises InputError for a folder, an unreadable and a too large file."""
    try:
        if source.place.is_dir():
            raise InputError(source.name, "", "is a folder, not a file", "name the file in it")
        if not source.place.is_file():
            raise InputError(source.name, "", "there is no such file", "create it or correct its name")
        with source.place.open("rb") as stream:
            content: bytes = stream.read(LARGEST_FILE + 1)
    except OSError as problem:
        raise InputError(source.name, "", f"cannot be read ({problem.strerror})", "check its permissions") from None
    if len(content) > LARGEST_FILE:
        raise InputError(source.name, "", "has more than 5 MB", "give a TOML file of at most 5 MB")
    return content


def read_toml(source: Source) -> Document:
    """Read a TOML file, decimals as ``Decimal``; raises InputError, with line and column, for what cannot be read."""
    content = read_bytes(source)
    return Document(source.name, parse(_text(content, source.name), source.name), hashlib.sha256(content).hexdigest())


def parse(text: str, name: str) -> dict[str, Any]:
    """Parse TOML text that goes by ``name`` in messages; raises InputError."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as problem:
        raise _syntax(str(problem), text, name) from None
    except (ValueError, ArithmeticError, RecursionError):
        raise InputError(name, "", "has a number or a nesting that is out of range", "shorten it") from None
    _plain(data, name, ())
    return data


def check(data: dict[str, Any], schema: str, name: str) -> None:
    """Hold the tables of a file to the published schema; raises InputError for the first finding.

    An unknown key comes before everything else, because a misspelt key is also a missing one.
    """
    findings = list(_validator(schema).iter_errors(_plain(data, name, ())))
    if findings:
        raise from_schema(min(findings, key=_rank), name)


def fixed(value: int | Decimal, places: int, name: str, key: str) -> int:
    """Return a number as an integer of 10^-``places``, exactly; raises InputError when it has more decimals."""
    scaled = Decimal(value).scaleb(places)
    if scaled != scaled.to_integral_value():
        raise InputError(name, key, f"is {value}, which has more than {places} decimals", f"give at most {places}")
    return int(scaled)


def whole_sum(values: Iterable[int | Decimal], name: str, key: str) -> None:
    """Check that shares sum to exactly 1; raises InputError with the sum."""
    total = sum((Decimal(value) for value in values), Decimal(0))
    if total != 1:
        raise InputError(name, key, f"sums to {total.normalize():f}, not to 1", "correct the shares")


def unique(rows: Sequence[dict[str, Any]], column: str, name: str, key: str) -> None:
    """Check that no two rows have the same value in a column; raises InputError with the second row."""
    seen: set[object] = set()
    for index, row in enumerate(rows):
        if row[column] in seen:
            place = dotted([key, index, column])
            raise InputError(name, place, f"repeats {row[column]}", "give every row its own, or remove the row")
        seen.add(row[column])


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _text(content: bytes, name: str) -> str:
    if content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise InputError(name, "", "begins with a byte order mark", "save it as UTF-8 without a byte order mark")
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise InputError(name, f"line {line}", "is not UTF-8 text", "save the file as UTF-8") from None


def _syntax(problem: str, text: str, name: str) -> InputError:
    place = _PLACE.search(problem)
    lines = text.split("\n")
    line, column = (int(place[1]), int(place[2])) if place and place[1] else (len(lines), len(lines[-1]) + 1)
    reason = problem[: place.start()].strip() if place else problem
    where = f"line {line}, column {column}"
    if reason.startswith(_TWICE):
        keys = _KEY.findall(lines[line - 1][:column])
        written = keys[-1] if keys else lines[line - 1].strip(" []")[:60]
        return InputError(name, where, f'is a duplicate key or table, "{written}"', "keep only one of them")
    return InputError(name, where, f"is not TOML: {reason[:1].lower()}{reason[1:]}", "correct the line")


class _DateText(str):
    """A TOML date as ISO text, which the schemas' format ``date`` tells from a date in quotes."""

    __slots__ = ()


def _plain(value: object, name: str, path: tuple[str | int, ...]) -> Any:
    """Return the JSON view of a TOML value: dates become ISO text here and nowhere else.

    Raises InputError for numbers that are not finite or out of range, and for nesting without end.
    """
    if len(path) > _DEPTH:
        raise InputError(name, dotted(path[:3]), "is nested too deeply", "flatten it")
    if isinstance(value, dict):
        return {key: _plain(each, name, (*path, key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, name, (*path, index)) for index, each in enumerate(value)]
    if isinstance(value, dt.datetime | dt.time):
        return value.isoformat()
    if isinstance(value, dt.date):
        return _DateText(value.isoformat())
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        _in_range(value, name, path)
    return value


def _in_range(value: int | Decimal, name: str, path: tuple[str | int, ...]) -> None:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise InputError(name, dotted(path), f"is {value}", "give a finite number")
        exponent = value.as_tuple().exponent
        fits = value.adjusted() < _DIGITS and isinstance(exponent, int) and exponent >= -_PLACES
    else:
        fits = abs(value) < 2**63
    if not fits:
        cure = f"give one below 10^{_DIGITS} with at most {_PLACES} decimals"
        raise InputError(name, dotted(path), "is a number out of range", cure)


def _rank(finding: Any) -> tuple[bool, bool, str]:
    path = [f"{part:09d}" if isinstance(part, int) else part for part in finding.absolute_path]
    return finding.validator != "additionalProperties", finding.validator != "required", ".".join(path)


@cache
def _validator(schema: str) -> Any:
    formats = FormatChecker(formats=())
    formats.checks("date")(lambda value: isinstance(value, _DateText) or not isinstance(value, str))
    contents = _schemas()
    resources = ((_BASE + file, referencing.Resource.from_contents(each)) for file, each in contents.items())
    registry: referencing.Registry[Any] = referencing.Registry().with_resources(resources)
    return Draft202012Validator(contents[f"{schema}.schema.json"], registry=registry, format_checker=formats)


@cache
def _schemas() -> dict[str, Any]:
    entries = (entry for entry in (files("schemas") / "files").iterdir() if entry.name.endswith(".schema.json"))
    return {entry.name: json.loads(entry.read_text(encoding="utf-8")) for entry in entries}
