"""Gathers the schemas of a version under `#/components/schemas/`, so that one document holds them all.

A component is named after the file or the definition it comes from:

    common.json#/$defs/amount      amount
    codes.json#/$defs/med_type     code.med_type
    envelope.request.json          envelope.request
    messages/2304.request.json     2304.request

Nothing is changed that decides whether a message is valid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from schemas.values import Name, Table, Transaction

if TYPE_CHECKING:
    from schemas.registry import Registry

Json = dict[str, Any]

SCHEMAS = "#/components/schemas/"

# Files of definitions whose components bear another prefix than the name of the file.
_PREFIXES = {"common": "", "codes": "code."}
_DEFINITIONS = "/$defs/"
_WAYS = {"request": Name("请求", "request"), "response": Name("应答", "reply")}


def component_name(uri: str) -> str:
    """Return the name of the component that stands for a file or for a definition in it."""
    address, _, fragment = uri.partition("#")
    stem = address.rpartition("/")[2].removesuffix(".json")
    if not fragment:
        return stem
    return _PREFIXES.get(stem, f"{stem}.") + fragment.removeprefix(_DEFINITIONS)


def message_schemas(registry: Registry) -> Json:
    """Return all schemas of a version by component name: envelope, definitions, code tables, messages."""
    files = registry.resources
    found = {name: schema for uri in files for name, schema in _parts(uri, files.contents(uri))}
    names = sorted(found, key=_order)
    return {name: _explained(name, found[name], registry.transactions, registry.tables) for name in names}


def _parts(uri: str, content: Json) -> Iterator[tuple[str, Json]]:
    """Take a file apart into its definitions and, where it says something itself, the file."""
    rest = {key: part for key, part in content.items() if key not in {"$id", "$schema", "$defs"}}
    if rest:
        yield component_name(uri), _rewritten(rest, uri)
    for name, definition in content.get("$defs", {}).items():
        yield component_name(f"{uri}#{_DEFINITIONS}{name}"), _rewritten(definition, uri)


def _rewritten(part: Any, base: str) -> Any:
    """Return a copy in which every reference leads to a component."""
    if isinstance(part, list):
        return [_rewritten(each, base) for each in part]
    if not isinstance(part, dict):
        return part
    copy = {key: _rewritten(each, base) for key, each in part.items()}
    if isinstance(part.get("$ref"), str):
        copy["$ref"] = SCHEMAS + component_name(urljoin(base, part["$ref"]))
        return _side_by_side(copy)
    return copy


def _side_by_side(schema: Json) -> Json:
    """Put a reference into `allOf` where more than notes stands beside it.

    The verdict is the same, but Swagger UI lets the properties beside a reference hide those behind it.
    """
    rest = {key: part for key, part in schema.items() if key != "$ref"}
    return schema if all(map(_is_note, rest)) else {"allOf": [{"$ref": schema["$ref"]}], **rest}


def _is_note(key: str) -> bool:
    return key in {"title", "description"} or key.startswith("x-")


def _explained(name: str, schema: Json, transactions: Mapping[str, Transaction], tables: Mapping[str, Table]) -> Json:
    """Return a schema with a title and a description where it has none, and the meaning of its codes."""
    stem, _, way = name.partition(".")
    table = tables.get(way.removesuffix("_or_empty")) if stem == "code" else None
    if table is not None and "enum" in schema:
        return {**_type(schema["enum"]), **schema, "x-enumDescriptions": _meanings(schema["enum"], table)}
    if way in _WAYS:
        return {**_title(stem, _WAYS[way], transactions), **schema}
    form = schema.get("x-yidi-form")
    return {"description": f"{form['en']} {form['zh']}", **schema} if form else schema


def _type(codes: list[Any]) -> Json:
    """Return the type that all codes have, for tools that ask for one; the codes themselves decide."""
    return {"type": "string"} if all(isinstance(code, str) for code in codes) else {}


def _meanings(codes: list[Any], table: Table) -> dict[str, str]:
    """Return the labels of codes, as Redoc shows them beside a list of choices."""
    empty = Name("空", "empty")
    labels = {str(code): table.labels.get(str(code), empty) for code in codes}
    return {code: f"{label.zh} {label.en}" for code, label in labels.items()}


def _title(stem: str, way: Name, transactions: Mapping[str, Transaction]) -> Json:
    name = transactions[stem].name if stem in transactions else Name("报文头", "head of a message")
    number = f"{stem} " if stem in transactions else ""
    return {"title": f"{number}{name.zh}{way.zh}", "description": f"{number}{name.en}: {way.en}"}


def _order(name: str) -> tuple[int, str]:
    """The envelope comes first, then definitions, code tables and messages."""
    stem, _, way = name.partition(".")
    return (0 if stem == "envelope" else 1 if not way else 2 if stem == "code" else 3, name)
