"""Reads the data files of one version and derives from them what the rest of the package asks for.

The schema files hold only what is technical; names come from `dictionary.json` and the Chinese of the notes from
`notes.json`, each written once. What a field is (kind, length, decimals, code table, form) is read from its `$ref`
into `common.json` or `codes.json`, or from its own bounds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schemas.errors import SchemaError
from schemas.values import BODY, Block, Direction, Field, Name, Table, Transaction

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

Json = dict[str, Any]

# The folder of the message schemas; the files it shares stand above it.
MESSAGES = "messages/"


def read_files(version: str) -> dict[str, Json]:
    """Return the parsed data files of a version by name; raises SchemaError for an unknown version.

    The name of a message schema is that of its file behind `messages/`.
    """
    root = resources.files("schemas")
    known = sorted(entry.name for entry in root.iterdir() if (entry / "transactions.json").is_file())
    if version not in known:
        listed = ", ".join(known)
        raise SchemaError(
            f"没有版本 {version}；现有：{listed}。", f"there is no version {version}; use one of {listed}."
        )
    folder = root / version
    return {**_parsed(folder, ""), **_parsed(folder / "messages", MESSAGES)}


def read_examples(version: str) -> Mapping[tuple[str, str], str]:
    """Return the text of the example of each message by number and direction."""
    folder = resources.files("schemas") / version / "examples"
    texts = {}
    for entry in folder.iterdir():
        infno, _, rest = entry.name.partition(".")
        if rest.endswith(".json"):
            texts[infno, rest.removesuffix(".json")] = entry.read_text(encoding="utf-8")
    return MappingProxyType(texts)


def read_names(files: Mapping[str, Json]) -> Mapping[str, Name]:
    """Return the dictionary: name of a field or block to its names in both languages."""
    return MappingProxyType({key: _name(entry) for key, entry in files["dictionary.json"].items()})


def read_tables(files: Mapping[str, Json]) -> Mapping[str, Table]:
    """Return the code tables by name."""
    chinese = files["notes.json"]
    tables = {}
    for name, schema in files["codes.json"]["$defs"].items():
        if "x-yidi-labels" in schema:
            labels = {code: _name(label) for code, label in schema["x-yidi-labels"].items()}
            tables[name] = Table(
                name=name,
                zh=schema["title"],
                en=schema["description"],
                labels=MappingProxyType(labels),
                sources=schema["x-yidi-sources"],
                note=_note(schema, chinese),
                uncertain=schema.get("x-yidi-uncertain", False),
            )
    return MappingProxyType(tables)


def read_transactions(files: Mapping[str, Json]) -> Mapping[str, Transaction]:
    """Return the transactions by number, in the order of the catalogue."""
    rows = files["transactions.json"]["transactions"]
    return MappingProxyType({infno: _transaction(infno, row) for infno, row in rows.items()})


def read_groups(files: Mapping[str, Json]) -> Mapping[str, Name]:
    """Return the groups of the catalogue in order, with their names."""
    return MappingProxyType({key: _name(entry) for key, entry in files["transactions.json"]["groups"].items()})


def read_head(files: Mapping[str, Json], direction: Direction) -> Mapping[str, Field]:
    """Return the head fields of a direction, `input` or `output` among them."""
    return _members(files[f"envelope.{direction}.json"], files)[0]


def read_body(files: Mapping[str, Json], infno: str, direction: Direction) -> Block:
    """Return the body of a message as a block: `input` or `output`, with its fields and blocks in published order."""
    schema = files[f"{MESSAGES}{infno}.{direction}.json"]
    body = dict(schema["properties"][BODY[direction]])
    wanted = schema.get("then", {}).get("properties", {}).get("output", {}).get("required", [])
    body["required"] = [*body.get("required", []), *wanted]
    return _block(BODY[direction], body, direction == "request" or bool(wanted), files)


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


def _parsed(folder: Traversable, prefix: str) -> dict[str, Json]:
    files = (entry for entry in folder.iterdir() if entry.name.endswith(".json"))
    return {prefix + entry.name: json.loads(entry.read_text(encoding="utf-8")) for entry in files}


def _name(entry: Json) -> Name:
    return Name(entry["zh"], entry["en"])


def _names(entries: Iterable[Json]) -> tuple[Name, ...]:
    return tuple(_name(entry) for entry in entries)


def _note(schema: Json, chinese: Mapping[str, str]) -> Name:
    """Return the note of a schema; its parts are joined by semicolons and have their Chinese in `notes.json`."""
    note = schema.get("x-yidi-note", "")
    return Name("；".join(chinese[part] for part in note.split("; ")) if note else "", note)


def _transaction(infno: str, row: Json) -> Transaction:
    return Transaction(
        infno=infno,
        name=_name(row),
        group=row["group"],
        sender=_name(row["sender"]),
        receiver=_name(row["receiver"]),
        purpose=_name(row["purpose"]),
        when=_name(row["when"]),
        notes=_names(row["notes"]),
        sources=row["sources"],
        proposal=row["sources"] == "yidi",
        forwarded=row["forwarded"],
        undone_by=tuple(row["undone_by"]),
        refusals=tuple(row["refusals"]),
        basis=tuple(row["basis"]),
        columns=_names(row["columns"]),
    )


def _block(name: str, schema: Json, required: bool, files: Mapping[str, Json]) -> Block:
    names = files["dictionary.json"][name]
    is_list = schema.get("type") == "array"
    fields, blocks = _members(schema["items"] if is_list else schema, files)
    return Block(
        name=name,
        zh=names["zh"],
        en=names["en"],
        list=is_list,
        required=required,
        least=schema.get("minItems", 0) if is_list else None,
        most=schema.get("maxItems"),
        fields=fields,
        blocks=blocks,
        note=_note(schema, files["notes.json"]),
    )


def _members(row: Json, files: Mapping[str, Json]) -> tuple[Mapping[str, Field], Mapping[str, Block]]:
    """Divide the members of an object into fields and blocks, both in published order."""
    required = row.get("required", [])
    fields: dict[str, Field] = {}
    blocks: dict[str, Block] = {}
    for name, member in row["properties"].items():
        if "properties" in member.get("items", member):
            blocks[name] = _block(name, member, name in required, files)
        else:
            fields[name] = _field(name, member, name in required, files)
    return MappingProxyType(fields), MappingProxyType(blocks)


def _field(name: str, member: Json, required: bool, files: Mapping[str, Json]) -> Field:
    names = files["dictionary.json"][name]
    schema, code = _resolved(member, files)
    return Field(
        name=name,
        zh=names["zh"],
        en=names["en"],
        kind=_kind(schema),
        decimals=schema.get("x-yidi-decimals", 0 if schema.get("type") == "integer" else None),
        length=_length(schema),
        required=required,
        code=code,
        sources=member.get("x-yidi-sources", ""),
        basis=member.get("x-yidi-basis", ""),
        note=_note(member, files["notes.json"]),
        uncertain=member.get("x-yidi-uncertain", False),
        form=_form(schema),
        personal=names.get("personal", False),
    )


def _resolved(member: Json, files: Mapping[str, Json]) -> tuple[Json, str | None]:
    """Follow the one `$ref` a field may have; name the code table it leads to."""
    if "$ref" not in member:
        return member, None
    file, definition = member["$ref"].removeprefix("../").split("#/$defs/")
    schema = files[file]["$defs"][definition]
    code = definition.removesuffix("_or_empty") if file == "codes.json" else schema.get("x-yidi-code")
    return schema, code


def _kind(schema: Json) -> Any:
    written = schema.get("type")
    return schema.get("x-yidi-kind", written if isinstance(written, str) else "object")


def _length(schema: Json) -> int | None:
    if "enum" in schema:
        return max(len(str(code)) for code in schema["enum"])
    if schema.get("type") == "integer" and "x-yidi-digits" not in schema:
        return len(str(schema["maximum"]))
    length: int | None = schema.get("x-yidi-digits", schema.get("x-yidi-length", schema.get("maxLength")))
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
        return Name("文本", "a text") if least == 0 else Name("非空文本", "a text that is not empty")
    if least == 0:
        return Name(f"最多{most}个字符的文本", f"a text of at most {most} characters")
    return Name(f"{least}至{most}个字符的文本", f"a text of {least} to {most} characters")
