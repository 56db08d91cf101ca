"""Kinds that look into `exp_content`: members that an edition puts into one text as a JSON object.

`json`    a text that looks like an object is strict JSON, and the known members bear codes of their tables
`inside`  at least one of several members is there with one of its codes
A text that does not look like an object is somebody's own form and is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.errors import BadText
from schemas.rules.model import Check, Found, Row, Rule
from schemas.rules.sites import Get, Site
from schemas.rules.texts import code_of
from schemas.text.strict_json import parse
from schemas.values import Name


def members(get: Get, key: str) -> Get:
    """Return how to get one member of the object in a text; None where there is none."""

    def member(row: Row, message: Row) -> object:
        value = _read(get(row, message))
        return value.get(key) if isinstance(value, dict) else None

    return member


def bind_json(rule: Rule, site: Site) -> Check:
    """Parameters: `field`, and `keys`: members, each with its code table; one that does not exist is not checked."""
    field = site.field(rule.parameters["field"])
    keys: Mapping[str, str] = rule.parameters["keys"]
    tables = {key: frozenset([*site.codes[name], None]) for key, name in keys.items() if name in site.codes}

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        value = _read(field.get(row, message))
        if isinstance(value, BadText):
            return (
                Found(field.tail, Name(f"不是严格的JSON：{value.what.zh}", f"is not strict JSON: {value.what.en}")),
            )
        found = value or {}
        for key, table in tables.items():
            if code_of(found.get(key)) not in table:
                return (Found(field.tail, Name(f"中的 {key} 不是已知代码", f"has a {key} that is no known code")),)
        return ()

    return check


def bind_inside(rule: Rule, site: Site) -> Check:
    """Parameters: `field`, and `either`: members, each with `key` and its codes in `in`, or any value without."""
    field = site.field(rule.parameters["field"])
    either: list[Mapping[str, Any]] = rule.parameters["either"]
    keys = [each["key"] for each in either]
    missing = Name(f"中没有所需的 {'、'.join(keys)}", f"does not hold the {' or '.join(keys)} that is needed")
    absent = Name(f"没有填写，缺少 {'、'.join(keys)}", f"is missing, and with it {' or '.join(keys)}")

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        text = field.get(row, message)
        if text is None or text == "":
            return (Found(field.tail, absent),)
        value = _read(text)
        if not isinstance(value, dict) or any(_answers(value, each) for each in either):
            return ()
        return (Found(field.tail, missing),)

    return check


def _answers(value: dict[str, object], wanted: Mapping[str, Any]) -> bool:
    code = code_of(value.get(wanted["key"]))
    return code in wanted["in"] if "in" in wanted else code is not None


def _read(text: object) -> dict[str, Any] | BadText | None:
    """Read a text that looks like an object; None for anything else, and what is wrong where it is not strict JSON."""
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return None
    try:
        value = parse(text)
    except BadText as bad:
        return bad
    return value if isinstance(value, dict) else None
