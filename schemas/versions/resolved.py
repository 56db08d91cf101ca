"""Reads the schemas of one version into shapes and statements: every `$ref` followed, every part merged."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import reduce
from typing import Any

from schemas.errors import SchemaError
from schemas.versions.shapes import ANYTHING, Shape, Spot, Statement, merge

Json = dict[str, Any]
Said = Iterator[tuple[str, Hashable]]

# Keywords that decide nothing about a message; `x-yidi-` ones do not either, but for these two.
_TEXTS = frozenset({"title", "description", "$comment", "default", "examples", "deprecated", "format"})
_RULES = frozenset({"x-yidi-decimals", "x-yidi-kind"})
_DATED = ("date", "datetime")
_IDENTITY = frozenset({"$schema", "$id"})

# Keywords under which named schemas, lists of schemas, or one schema stand.
NAMED = frozenset({"properties", "$defs", "patternProperties", "dependentSchemas"})
_LISTED = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SINGLE = frozenset({"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"})
_STRUCTURE = frozenset({"$ref", "$defs", "allOf", "properties", "additionalProperties", "items", "if", "then", "else"})


class Resolved:
    """The schemas of one version. Raises SchemaError for a `$ref` that leads nowhere or back to itself."""

    def __init__(self, files: Mapping[str, Any]) -> None:
        self._files = files
        self._ids = {content["$id"]: name for name, content in files.items() if "$id" in content}
        self._made: dict[Spot, Shape | None] = {}

    def shape(self, spot: Spot) -> Shape:
        """Return the shape of a schema, made once."""
        if spot not in self._made:
            self._made[spot] = None
            self._made[spot] = self._shape(self._found(spot), spot)
        shape = self._made[spot]
        if shape is None:
            raise SchemaError(
                f"{spot.file} 的定义引用了自身；请去掉循环引用。",
                f"a definition of {spot.file} refers to itself; take the loop out.",
            )
        return shape

    def raw(self, spot: Spot) -> Any:
        """Return what is written at a spot, None where nothing is."""
        here = self._files.get(spot.file)
        for part in spot.pointer:
            if isinstance(here, list):
                here = here[int(part)] if part.isdecimal() and int(part) < len(here) else None
            else:
                here = here.get(part) if isinstance(here, dict) else None
        return here

    def own(self, spot: Spot, keyword: str) -> frozenset[Hashable]:
        """Return what the schema at a spot itself says under a keyword, without what it refers to."""
        return frozenset(each.value for each in self._statements(self.raw(spot), spot) if each.keyword == keyword)

    def plain(self, schema: Any, file: str, *, follow: bool) -> Any:
        """Return a schema without its texts; `$ref` gives way to what it leads to, or to the spot if not followed."""
        if not isinstance(schema, dict):
            return schema
        return {
            key: self._plain(key, value, file, follow=follow)
            for key, value in schema.items()
            if not is_text(key, value) and key not in _IDENTITY and not (follow and key == "$defs")
        }

    def _plain(self, key: str, value: Any, file: str, *, follow: bool) -> Any:
        if key == "$ref":
            spot = self._target(value, file)
            return self.plain(self._found(spot), spot.file, follow=True) if follow else spot
        if key in NAMED:
            return {name: self.plain(each, file, follow=follow) for name, each in value.items()}
        if key in _LISTED:
            return [self.plain(each, file, follow=follow) for each in value]
        return self.plain(value, file, follow=follow) if key in _SINGLE else value

    def _shape(self, schema: Any, spot: Spot) -> Shape:
        parts = [self._own_shape(schema if isinstance(schema, dict) else {}, spot)]
        if schema is False:
            parts.append(Shape(statements=frozenset({Statement("type", frozenset(), spot)})))
        elif isinstance(schema, dict):
            if "$ref" in schema:
                parts.append(self.shape(self._target(schema["$ref"], spot.file)))
            every = enumerate(schema.get("allOf", ()))
            parts += [self._shape(each, spot.down("allOf", str(number))) for number, each in every]
        return reduce(merge, parts)

    def _own_shape(self, schema: Json, spot: Spot) -> Shape:
        def below(key: str) -> Shape | None:
            return self._shape(schema[key], spot.down(key)) if key in schema else None

        cases = {}
        if "if" in schema:
            condition = canonical(self.plain(schema["if"], spot.file, follow=True))
            cases[condition] = (below("then") or ANYTHING, below("else") or ANYTHING)
        members = schema.get("properties", {}).items()
        return Shape(
            spots=(spot,),
            statements=frozenset(self._statements(schema, spot)),
            members={name: self._shape(each, spot.down("properties", name)) for name, each in members},
            others=below("additionalProperties"),
            rows=below("items"),
            cases=cases,
        )

    def _statements(self, schema: Any, spot: Spot) -> Iterator[Statement]:
        if not isinstance(schema, dict):
            return
        odd = False
        for key, value in schema.items():
            if key in _READERS:
                yield from (Statement(keyword, said, spot) for keyword, said in _READERS[key](value))
            elif key in _CONDITIONS:
                yield Statement(key, canonical(self._plain(key, value, spot.file, follow=True)), spot)
            else:
                odd = odd or not (key in _STRUCTURE | _IDENTITY or is_text(key, value))
        if odd:
            yield Statement("odd", canonical(self.plain(schema, spot.file, follow=True)), spot)

    def _found(self, spot: Spot) -> Any:
        found = self.raw(spot)
        if found is None:
            pointer = "/".join(spot.pointer)
            raise SchemaError(
                f"引用 {spot.file}#/{pointer} 没有目标；请改正引用。",
                f"the reference {spot.file}#/{pointer} leads nowhere; correct it.",
            )
        return found

    def _target(self, ref: str, file: str) -> Spot:
        path, _, fragment = ref.partition("#")
        named = self._ids.get(path) or posixpath.normpath(posixpath.join(posixpath.dirname(file), path))
        parts = fragment.split("/")[1:] if fragment else []
        return Spot(named if path else file, tuple(part.replace("~1", "/").replace("~0", "~") for part in parts))


def canonical(value: Any) -> str:
    """Return one text for one JSON value, whatever the order of its members."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def is_text(key: str, value: Any) -> bool:
    """Whether a keyword decides nothing about a message; a kind decides only that a day must exist."""
    if key == "x-yidi-kind":
        return value not in _DATED
    return key in _TEXTS or (key.startswith("x-yidi-") and key not in _RULES)


def _bound(keyword: str, *, inclusive: bool = True, nothing: object = None) -> Callable[[Any], Said]:
    return lambda value: iter([] if value == nothing else [(keyword, (value, inclusive))])


def _types(value: Any) -> Said:
    named = {value} if isinstance(value, str) else set(value)
    yield "type", frozenset(named | ({"integer"} if "number" in named else set()))


# Keyword → what it says, in pairs of the keyword it is compared under and a value. A bound says whether it is allowed
# itself; a least length of 0 says nothing.
_READERS: Mapping[str, Callable[[Any], Said]] = {
    "type": _types,
    "enum": lambda value: iter([("enum", frozenset(map(canonical, value)))]),
    "const": lambda value: iter([("enum", frozenset({canonical(value)}))]),
    "required": lambda value: (("required", name) for name in value),
    "x-yidi-kind": lambda value: iter([("date", True)] if value in _DATED else []),
    **{key: _bound(key) for key in ("maxLength", "maxItems", "maxProperties", "maximum", "minimum", "x-yidi-decimals")},
    **{key: _bound(key, nothing=0) for key in ("minLength", "minItems", "minProperties")},
    "exclusiveMaximum": _bound("maximum", inclusive=False),
    "exclusiveMinimum": _bound("minimum", inclusive=False),
}

# Keywords compared by their whole text: each is one more condition, and conditions only add up.
_CONDITIONS = frozenset(
    {"pattern", "not", "anyOf", "oneOf", "multipleOf", "uniqueItems", "dependentRequired", "propertyNames"}
)
