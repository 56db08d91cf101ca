"""Places whose values are listed: whether another shape allows each of them, found by trying."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # ships no types

from schemas.versions.shapes import Shape

# Keywords that can be said again in one small schema.
_SIMPLE = frozenset({"type", "enum", "maxLength", "minLength", "maximum", "minimum", "pattern"})


def all_pass(a: Shape, b: Shape) -> bool:
    """Whether the values of one shape are listed, and the other allows each of them.

    Only what is said at this very place counts; the places below are judged by themselves.
    """
    if a.codes is None or any(each.keyword not in _SIMPLE for each in b.statements):
        return False
    here, there = Draft202012Validator(_schema(a)), Draft202012Validator(_schema(b))
    values = [json.loads(code) for code in a.codes]
    return all(there.is_valid(value) for value in values if here.is_valid(value))


def _schema(shape: Shape) -> dict[str, Any]:
    """Return a schema that says what a shape says in simple keywords."""
    names = {("maximum", False): "exclusiveMaximum", ("minimum", False): "exclusiveMinimum"}
    parts: list[dict[str, Any]] = [{"type": sorted(shape.types)}] if shape.types else [{"not": {}}]
    for each in shape.statements:
        if each.keyword == "pattern":
            parts.append({"pattern": json.loads(str(each.value))})
        elif isinstance(each.value, tuple):
            bound, inclusive = each.value
            parts.append({names.get((each.keyword, inclusive), each.keyword): bound})
    if shape.codes is not None:
        parts.append({"enum": [json.loads(code) for code in shape.codes]})
    return {"allOf": parts}
