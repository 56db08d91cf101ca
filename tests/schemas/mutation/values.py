"""Wrong values for a place of a message, keyword by keyword."""

from __future__ import annotations

from collections.abc import Iterator

from .constraints import Constraint, Files, Json, Node, constraints, schema_at, target
from .rows import too_many

UNKNOWN_MEMBER = "yidi_unknown_member"

OF_ANOTHER_TYPE: tuple[Json, ...] = (1, "yidi", True, None, [], {})


def wrong(files: Files, constraint: Constraint, value: Json) -> Iterator[Json]:
    """Yield values for a place that break one constraint and perhaps nothing else, the likeliest first.

    `value` is a valid one. Bounds are broken by one step first, by more only where a named rule wants that.
    """
    schema = schema_at(files, constraint.node)
    if constraint.keyword == "$ref":
        yield from wrong_for_any(files, target(files, constraint.node), value)
    elif constraint.keyword == "required":
        if isinstance(value, dict):
            yield {name: member for name, member in value.items() if name != constraint.entry}
    elif constraint.keyword == "maxItems":
        yield from too_many(files, constraint.node, value)
    else:
        yield from WRONG[constraint.keyword](schema[constraint.keyword], value, schema)


def wrong_for_any(files: Files, node: Node | None, value: Json) -> Iterator[Json]:
    """Yield values that break some keyword of a schema object or of those behind its `$ref`."""
    if node is not None:
        for constraint in constraints(files, node):
            yield from wrong(files, constraint, value)


def _wrong_type(argument: Json, value: Json, schema: Json) -> Iterator[Json]:
    yield from OF_ANOTHER_TYPE


def _wrong_code(argument: Json, value: Json, schema: Json) -> Iterator[Json]:
    yield from ("~", "~" * 4, 98765)


def _wrong_text(argument: str, value: Json, schema: Json) -> Iterator[Json]:
    old = str(value)
    yield from ("", f"{old[:-1]}~", f"~{old[1:]}", f"{old}~", f"{old} ", "~" * len(old), "20260201")


def _too_short(argument: int, value: Json, schema: Json) -> Iterator[Json]:
    yield str(value)[: argument - 1].ljust(argument - 1, "例")


def _too_long(argument: int, value: Json, schema: Json) -> Iterator[Json]:
    old = str(value)
    yield f"{old}\n".rjust(argument + 1, "0") if "pattern" in schema else old.ljust(argument + 1, "例")
    yield "例" * (argument + 1)


def _too_small(argument: int, value: Json, schema: Json) -> Iterator[Json]:
    yield argument - 1


def _too_large(argument: int, value: Json, schema: Json) -> Iterator[Json]:
    yield from (argument + 1, argument + 2)


def _at_the_bound(argument: int, value: Json, schema: Json) -> Iterator[Json]:
    yield argument


def _too_few(argument: int, value: Json, schema: Json) -> Iterator[Json]:
    yield value[: argument - 1]


def _too_full(argument: int, value: Json, schema: Json) -> Iterator[Json]:
    if isinstance(value, dict):
        yield dict(list(value.items())[: argument + 1])


def _another_member(argument: bool, value: Json, schema: Json) -> Iterator[Json]:
    yield {**value, UNKNOWN_MEMBER: 1} if isinstance(value, dict) else value


WRONG = {
    "type": _wrong_type,
    "enum": _wrong_code,
    "const": _wrong_code,
    "pattern": _wrong_text,
    "minLength": _too_short,
    "maxLength": _too_long,
    "minimum": _too_small,
    "maximum": _too_large,
    "exclusiveMinimum": _at_the_bound,
    "exclusiveMaximum": _at_the_bound,
    "minItems": _too_few,
    "maxProperties": _too_full,
    "additionalProperties": _another_member,
}
