"""What can be wrong with an input file, as one sentence that names the place, the mistake and the cure.

InputError              any file, key or value that a loader refuses
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

_QUOTED_LENGTH = 60
_LISTED_NAMES = 12
_IS = (
    (bool, "true or false"),
    (str, "a text"),
    (int | float | Decimal, "a number"),
    (dt.date | dt.time, "a date or time"),
    (Mapping, "a table"),
    (list | tuple, "a list"),
)


class InputError(ValueError):
    """A bad input: ``file`` and ``key`` say where, ``problem`` what and why, ``cure`` what to do.

    ``key`` is a dotted path with rows counted from 1, such as ``cap.record[2].from``; or ``line 3, column 5`` where the
    text cannot be read at all; or empty where the file as a whole is meant. ``str()`` is one sentence.
    """

    def __init__(self, file: str, key: str, problem: str, cure: str) -> None:
        super().__init__(file, key, problem, cure)
        self.file, self.key, self.problem, self.cure = file, key, problem, cure

    def __str__(self) -> str:
        where = f"{self.file}, {self.key}" if self.key else self.file
        return f"{where}: {self.problem}; {self.cure}."


class SchemaFinding(Protocol):
    """What this module reads of a ``jsonschema`` error."""

    validator: Any
    validator_value: Any
    instance: Any
    schema: Any
    absolute_path: Any


def suggest(name: str, known: Iterable[str]) -> str:
    """Return the cure for an unknown name: the nearest known one, else a list of what there is."""
    names = sorted(known)
    near = names if len(names) == 1 else difflib.get_close_matches(name, names, 1, 0.5)
    if near:
        return f'write "{near[0]}"'
    if not names:
        return "remove it"
    more = ", …" if len(names) > _LISTED_NAMES else ""
    return f"use one of {', '.join(names[:_LISTED_NAMES])}{more}"


def dotted(path: Sequence[str | int]) -> str:
    """Return a key path as text, rows counted from 1: ``("record", 0, "from")`` is ``record[1].from``."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def quoted(value: object) -> str:
    """Return a value for a message, cut to a readable length."""
    if isinstance(value, Mapping | list | tuple):
        return _kind(value)
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _QUOTED_LENGTH else text[: _QUOTED_LENGTH - 1] + "…"


def from_schema(finding: SchemaFinding, file: str) -> InputError:
    """Turn a ``jsonschema`` error into an InputError with the key path and a cure."""
    path = list(finding.absolute_path)
    word = _WORDS.get(str(finding.validator), _other)
    last, problem, cure = word(finding)
    return InputError(file, dotted([*path, *last]), problem, cure)


_Worded = tuple[list[str], str, str]


def _kind(value: object) -> str:
    return next((name for kind, name in _IS if isinstance(value, kind)), "nothing")


def _wanted(schema: Any) -> str:
    """Return the cure that the description of the schema gives."""
    return f"give {schema['description']}" if isinstance(schema, Mapping) and "description" in schema else "correct it"


def _unknown(finding: SchemaFinding) -> _Worded:
    known = finding.schema["properties"]
    name = next(each for each in finding.instance if each not in known)
    return [name], "is an unknown key", f"{suggest(name, known.keys() - finding.instance.keys())}, or remove it"


def _missing(finding: SchemaFinding) -> _Worded:
    name = next(each for each in finding.validator_value if each not in finding.instance)
    properties: Mapping[str, Any] = finding.schema.get("properties", {})
    described = properties.get(name, {}).get("description")
    return [name], "is missing", f"add it: {described}" if described else "add it"


def _type(finding: SchemaFinding) -> _Worded:
    kind, shown = _kind(finding.instance), quoted(finding.instance)
    return [], f"is {kind}" if kind == shown else f"is {kind}, {shown}", _wanted(finding.schema)


def _bound(finding: SchemaFinding) -> _Worded:
    side = {"minimum": "below", "exclusiveMinimum": "not above", "maximum": "above"}[finding.validator]
    return [], f"is {quoted(finding.instance)}, {side} {finding.validator_value}", _wanted(finding.schema)


def _choice(finding: SchemaFinding) -> _Worded:
    known = [str(each) for each in finding.validator_value]
    return [], f"is {quoted(finding.instance)}, which is not known here", suggest(str(finding.instance), known)


def _constant(finding: SchemaFinding) -> _Worded:
    return [], f"is {quoted(finding.instance)}", f"write {quoted(finding.validator_value)}"


def _count(finding: SchemaFinding) -> _Worded:
    entries = len(finding.instance)
    return [], f"has {entries} {'entry' if entries == 1 else 'entries'}", _wanted(finding.schema)


def _basis(finding: SchemaFinding) -> _Worded:
    both = "clause" in finding.instance and "assumption" in finding.instance
    problem = "gives both a clause and an assumption" if both else "gives neither a clause nor an assumption"
    return [], problem, "name exactly one of them as the basis of the value"


def _forbidden(_finding: SchemaFinding) -> _Worded:
    return [], "does not belong here", "remove it"


def _other(finding: SchemaFinding) -> _Worded:
    return [], f"is {quoted(finding.instance)}", _wanted(finding.schema)


_WORDS = {
    "additionalProperties": _unknown,
    "required": _missing,
    "type": _type,
    "minimum": _bound,
    "exclusiveMinimum": _bound,
    "maximum": _bound,
    "enum": _choice,
    "const": _constant,
    "minItems": _count,
    "maxItems": _count,
    "oneOf": _basis,
    "not": _forbidden,
}
