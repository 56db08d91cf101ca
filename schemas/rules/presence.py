"""Kinds of rules on whether fields are filled and whether codes go together.

`needs`  fields are filled, or at least one of them    `same`  two fields are equal, or are not
`among`  a code is one of a list                       `pair`  conditions hold if and only if others do
Most of these are judged only under the conditions of `when`.
"""

from __future__ import annotations

from schemas.rules.conditions import all_of
from schemas.rules.model import Check, Found, Row, Rule
from schemas.rules.sites import Reference, Site, Unfit
from schemas.rules.texts import MISSING, filled, found_code
from schemas.values import Name


def bind_needs(rule: Rule, site: Site) -> Check:
    """Parameters: `all`, fields that must be filled, or `any`, fields of which one must be.

    What the schema requires is not asked for again.
    """
    if "any" in rule.parameters:
        return _any(site.fields(rule.parameters["any"]))
    fields = tuple(each for each in site.fields(rule.parameters["all"]) if not each.field.required)
    if not fields:
        raise Unfit("every field is required")

    def check(row: Row, message: Row) -> list[Found]:
        return [Found(each.tail, MISSING) for each in fields if not filled(each.get(row, message))]

    return check


def bind_among(rule: Rule, site: Site) -> Check:
    """Parameters: `field` and its codes `in`; an empty field is passed over."""
    field, codes = site.field(rule.parameters["field"]), frozenset(rule.parameters["in"])

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        code = field.code(row, message)
        if code is None or code in codes:
            return ()
        return (Found(field.tail, found_code(code, quote=not field.field.personal)),)

    return check


def bind_same(rule: Rule, site: Site) -> Check:
    """Parameters: `field` and `as`, the field it equals; with `differs` true it must not. Empty ones pass."""
    field, other = site.field(rule.parameters["field"]), site.field(rule.parameters["as"])
    differs = bool(rule.parameters.get("differs", False))
    whose = Name("报文头的 ", " of the head") if str(rule.parameters["as"]).startswith("head.") else Name("", "")
    words = (
        Name(f"与{whose.zh or ' '}{other.name} 相同", f"is the same as {other.name}{whose.en}")
        if differs
        else Name(f"与{whose.zh or ' '}{other.name} 不同", f"differs from {other.name}{whose.en}")
    )

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        left, right = field.code(row, message), other.code(row, message)
        if left is None or right is None or (left.upper() == right.upper()) is not differs:
            return ()
        return (Found(field.tail, words),)

    return check


def bind_pair(rule: Rule, site: Site) -> Check:
    """Parameters: `one` and `other`, conditions that hold together or not at all, and `at`, the field named."""
    field = site.field(rule.parameters["at"])
    one, other = (all_of(tuple(rule.parameters[each]), site) for each in ("one", "other"))

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        return () if one(row, message) is other(row, message) else (_wrong(field, row, message),)

    return check


def _any(fields: tuple[Reference, ...]) -> Check:
    if any(each.field.required for each in fields):
        raise Unfit("one of the fields is required")
    names = "、".join(each.name for each in fields)
    words = Name(f"没有填写，{names} 也都没有填写", f"is missing, and so is every one of {names.replace('、', ', ')}")

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        return () if any(filled(each.get(row, message)) for each in fields) else (Found(fields[0].tail, words),)

    return check


def _wrong(field: Reference, row: Row, message: Row) -> Found:
    return Found(field.tail, found_code(field.get(row, message), quote=not field.field.personal))
