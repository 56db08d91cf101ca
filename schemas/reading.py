"""Reads the data files of one version and derives from them what the rest of the package asks for.

The schema files hold only what is technical; names come from `dictionary.json`, written once. What a field is (kind,
length, decimals, code table, form) is read from its `$ref` into `common.json` or `codes.json`, or from its own bounds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import Any

from schemas.errors import SchemaError
from schemas.values import BODY, Block, Direction, Field, Name, Transaction

Json = dict[str, Any]

_MARKS = {"x-yidi-sources": "", "x-yidi-note": "", "x-yidi-uncertain": False}


def read_files(version: str) -> dict[str, Json]:
    """Return the parsed data files of a version by file name; raises SchemaError for an unknown version."""
    root = resources.files("schemas")
    known = sorted(entry.name for entry in root.iterdir() if (entry / "transactions.json").is_file())
    if version not in known:
        listed = ", ".join(known)
        raise SchemaError(
            f"没有版本 {version}；现有：{listed}。", f"there is no version {version}; use one of {listed}."
        )
    files = (entry for entry in (root / version).iterdir() if entry.name.endswith(".json"))
    return {entry.name: json.loads(entry.read_text(encoding="utf-8")) for entry in files}


def read_names(files: Mapping[str, Json]) -> Mapping[str, Name]:
    """Return the dictionary: name of a field or block to its names in both languages."""
    return MappingProxyType({key: _name(entry) for key, entry in files["dictionary.json"].items()})


def read_codes(files: Mapping[str, Json]) -> Mapping[str, Mapping[str, str]]:
    """Return the code tables: table to code to Chinese label."""
    tables = files["codes.json"]["$defs"]
    return MappingProxyType(
        {
            name: MappingProxyType(dict(table["x-yidi-labels"]))
            for name, table in tables.items()
            if "x-yidi-labels" in table
        }
    )


def read_transactions(files: Mapping[str, Json]) -> Mapping[str, Transaction]:
    """Return the transactions by number, in the order of the catalogue."""
    rows = files["transactions.json"]["transactions"]
    return MappingProxyType({infno: _transaction(infno, row) for infno, row in rows.items()})


def read_head(files: Mapping[str, Json], direction: Direction) -> Mapping[str, Field]:
    """Return the head fields of a direction, `input` or `output` among them."""
    return _fields(files[f"envelope.{direction}.json"], files)


def read_layout(files: Mapping[str, Json], infno: str, direction: Direction) -> Mapping[str, Block]:
    """Return the blocks of a message by name, in published order."""
    schema = files[f"{infno}.{direction}.json"]
    body = schema["properties"][BODY[direction]]
    required = body.get("required") or schema.get("then", {}).get("properties", {}).get("output", {}).get(
        "required", []
    )
    blocks = (_block(name, block, name in required, files) for name, block in body["properties"].items())
    return MappingProxyType({block.name: block for block in blocks})


def entitled(schema: Json, names: Mapping[str, Name]) -> Json:
    """Return a copy of a schema in which every property bears a title (zh) and a description (en)."""
    copy = dict(schema)
    if "items" in copy:
        copy["items"] = entitled(copy["items"], names)
    if "properties" in copy:
        copy["properties"] = {
            key: {"title": names[key].zh, "description": names[key].en, **entitled(member, names)}
            for key, member in copy["properties"].items()
        }
    return copy


def _name(entry: Json) -> Name:
    return Name(entry["zh"], entry["en"])


def _transaction(infno: str, row: Json) -> Transaction:
    return Transaction(
        infno, _name(row), row["group"], _name(row["sender"]), _name(row["receiver"]), tuple(row["notes"])
    )


def _block(name: str, schema: Json, required: bool, files: Mapping[str, Json]) -> Block:
    names = files["dictionary.json"][name]
    is_list = schema["type"] == "array"
    row = schema["items"] if is_list else schema
    least = schema.get("minItems", 0) if is_list else None
    return Block(name, names["zh"], names["en"], is_list, required, least, schema.get("maxItems"), _fields(row, files))


def _fields(row: Json, files: Mapping[str, Json]) -> Mapping[str, Field]:
    required = row["required"]
    return MappingProxyType(
        {name: _field(name, member, name in required, files) for name, member in row["properties"].items()}
    )


def _field(name: str, member: Json, required: bool, files: Mapping[str, Json]) -> Field:
    names = files["dictionary.json"][name]
    schema, code = _resolved(member, files)
    marks = {mark: member.get(mark, default) for mark, default in _MARKS.items()}
    return Field(
        name=name,
        zh=names["zh"],
        en=names["en"],
        kind=schema.get("x-yidi-kind", schema["type"] if isinstance(schema["type"], str) else "object"),
        decimals=schema.get("x-yidi-decimals", 0 if schema["type"] == "integer" else None),
        length=_length(schema),
        required=required,
        code=code,
        sources=marks["x-yidi-sources"],
        note=marks["x-yidi-note"],
        uncertain=marks["x-yidi-uncertain"],
        form=_form(schema),
        personal=names.get("personal", False),
    )


def _resolved(member: Json, files: Mapping[str, Json]) -> tuple[Json, str | None]:
    """Follow the one `$ref` a field may have; name the code table it leads to."""
    if "$ref" not in member:
        return member, None
    file, definition = member["$ref"].split("#/$defs/")
    schema = files[file]["$defs"][definition]
    code = definition.removesuffix("_or_empty") if file == "codes.json" else schema.get("x-yidi-code")
    return schema, code


def _length(schema: Json) -> int | None:
    if "enum" in schema:
        return max(len(str(code)) for code in schema["enum"])
    if schema["type"] == "integer" and "x-yidi-digits" not in schema:
        return len(str(schema["maximum"]))
    length: int | None = schema.get("x-yidi-digits", schema.get("maxLength"))
    return length


def _form(schema: Json) -> Name:
    if "x-yidi-form" in schema:
        return _name(schema["x-yidi-form"])
    if schema["type"] == "integer":
        return Name(f"0到{schema['maximum']}的整数", f"a whole number from 0 to {schema['maximum']}")
    if schema["type"] == "string":
        return _form_of_text(schema.get("minLength", 0), schema.get("maxLength"))
    return Name("对象", "an object")


def _form_of_text(least: int, most: int | None) -> Name:
    if most is None:
        return Name("文本", "a text")
    if least == 0:
        return Name(f"最多{most}个字符的文本", f"a text of at most {most} characters")
    return Name(f"{least}至{most}个字符的文本", f"a text of {least} to {most} characters")
