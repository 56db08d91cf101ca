"""The constraints of a set of schemas: where each stands, and how to take it away or loosen it for a moment.

A constraint is one keyword of one schema object that can reject a message; every entry of `required` is one of its
own. Notes (`title`, `x-yidi-...`) reject nothing, and the condition of an `if` only says when its `then` holds.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Json = Any
Files = dict[str, dict[str, Any]]
Path = tuple[str | int, ...]

NOTES = {"$schema", "$id", "title", "description"}
STRUCTURE = {"$defs", "properties", "items", "if", "then"}
KEYWORDS = {
    *("$ref", "type", "enum", "const", "pattern", "minLength", "maxLength", "required", "additionalProperties"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "maxProperties"),
}


class UnknownKeyword(LookupError):
    """A schema uses a keyword for which this tool has no mutants."""


@dataclass(frozen=True, slots=True)
class Node:
    """A schema object: its file and the way to it."""

    file: str
    path: Path = ()

    def __truediv__(self, part: str) -> Node:
        return Node(self.file, (*self.path, *part.split("/")))

    def __str__(self) -> str:
        return f"{self.file}#/{'/'.join(map(str, self.path))}"


@dataclass(frozen=True, slots=True)
class Constraint:
    """One keyword of a schema object; `entry` is the name in `required` it stands for."""

    node: Node
    keyword: str
    entry: str | None = None

    def __str__(self) -> str:
        tail = f"/{self.entry}" if self.entry else ""
        return f"{self.node}{'/' if self.node.path else ''}{self.keyword}{tail}"


@dataclass(frozen=True, slots=True)
class Use:
    """A schema object applied to a place of a message; 0 stands for any row of a list."""

    node: Node
    place: Path


def schema_at(files: Files, node: Node) -> dict[str, Any]:
    """Return the schema object itself, for reading or for changing in place."""
    schema: Json = files[node.file]
    for part in node.path:
        schema = schema[part]
    return schema  # type: ignore[no-any-return]


def target(files: Files, node: Node) -> Node | None:
    """Return the schema object that the `$ref` of another leads to."""
    reference = schema_at(files, node).get("$ref")
    if reference is None:
        return None
    file, _, pointer = reference.partition("#/")
    name = posixpath.normpath(posixpath.join(posixpath.dirname(node.file), file)) if file else node.file
    return Node(name, tuple(pointer.split("/")) if pointer else ())


def uses(files: Files, node: Node, place: Path = ()) -> Iterator[Use]:
    """Yield every schema object that applies to some place of a message, those behind a `$ref` included."""
    schema = schema_at(files, node)
    for keyword in schema:
        if keyword not in KEYWORDS | NOTES | STRUCTURE and not keyword.startswith("x-"):
            raise UnknownKeyword(f"{node}: the mutation tool has no mutants for {keyword}")
    yield Use(node, place)
    led = target(files, node)
    if led is not None:
        yield from uses(files, led, place)
    for name in schema.get("properties", ()):
        yield from uses(files, Node(node.file, (*node.path, "properties", name)), (*place, name))
    if "items" in schema:
        yield from uses(files, node / "items", (*place, 0))
    if "then" in schema:
        yield from uses(files, node / "then", place)


def constraints(files: Files, node: Node) -> Iterator[Constraint]:
    """Yield the constraints of one schema object, not those of the objects within."""
    for keyword, argument in schema_at(files, node).items():
        if keyword == "required":
            for entry in argument:
                yield Constraint(node, keyword, entry)
        elif keyword in KEYWORDS:
            yield Constraint(node, keyword)


def mutants(files: Files, constraint: Constraint, value: Json) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what a schema object becomes without a constraint, and with one so much looser that it accepts a value."""
    schema = schema_at(files, constraint.node)
    without = dict(schema)
    if constraint.entry is None:
        del without[constraint.keyword]
    else:
        without["required"] = [name for name in schema["required"] if name != constraint.entry]
    yield "deletion", without
    step = looser(constraint.keyword, schema[constraint.keyword], value)
    if step:
        yield "loosening", {**schema, **step}


@contextmanager
def replaced(schema: dict[str, Any], mutant: dict[str, Any]) -> Iterator[None]:
    """Change a schema object in place, and back afterwards."""
    before = dict(schema)
    _refill(schema, mutant)
    try:
        yield
    finally:
        _refill(schema, before)


def looser(keyword: str, argument: Json, value: Json) -> dict[str, Json]:
    """Return the members that loosen a keyword just so far that it accepts a value; none where that is deletion."""
    if keyword in {"minLength", "maxLength", "minItems", "maxItems", "maxProperties"}:
        return {keyword: len(value)}
    if keyword == "type":
        return {keyword: [*([argument] if isinstance(argument, str) else argument), type_of(value)]}
    if keyword == "enum":
        return {keyword: [*argument, value]}
    if keyword == "pattern":
        return {keyword: f"{argument}|^{re.escape(value)}$"}
    if keyword.startswith("exclusive"):
        step = 1 if keyword == "exclusiveMaximum" else -1
        return {keyword: argument + step, keyword.removeprefix("exclusive").lower(): value}
    return {keyword: value} if keyword in {"minimum", "maximum", "const"} else {}


def type_of(value: Json) -> str:
    """Return the JSON type of a value."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, int):
        return "integer"
    return {str: "string", list: "array", dict: "object"}.get(type(value), "number")


def _refill(schema: dict[str, Any], members: dict[str, Any]) -> None:
    schema.clear()
    schema.update(members)
