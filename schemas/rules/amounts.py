"""Kinds of rules on amounts and numbers; all arithmetic is exact.

`sum`      a total is the sum of its terms in one row        `rows`  a total is the sum over the rows of a list
`product`  an amount is the rounded product of two numbers   `step`  a whole number is one of first, first + step, ...
With the relation "<=" instead of "=" a sum may stay below its total; a negative total (a refund) mirrors this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

from schemas.rules.model import Check, Found, Row, Rule
from schemas.rules.numbers import Number, added, multiplied, number, quoted, unit_of, within
from schemas.rules.sites import Get, Reference, Site
from schemas.rules.texts import code_of, filled
from schemas.values import Name

Holds = Callable[[Number, Number], bool]


def bind_sum(rule: Rule, site: Site) -> Check:
    """Parameters: `total`, `terms`, and besides them.

    `optional` terms count 0 where absent; `may_include` names terms that editions count in or leave out; `or` is
    another list of terms that will do as well. Without the total or a term nothing is judged, and with `unless_zero`
    neither where all terms are 0, which is how an empty number is sent.
    """
    given = rule.parameters
    total, terms = site.field(given["total"]), site.fields(given["terms"])
    optional, loose = site.known(given.get("optional", [])), site.known(given.get("may_include", []))
    others = site.fields(given.get("or", []))
    absent: tuple[int | None, ...] = (*[None] * len(terms), *[0] * len(optional), *[None] * (len(loose) + len(others)))
    fields = (*terms, *optional, *loose, *others)
    needed = [(each.get, value) for each, value in zip(fields, absent, strict=True)]
    ways = _ways(len(terms) + len(optional), len(loose), len(others))
    holds, quote = _relation(given), _quotable(total, *fields)
    unless_zero = bool(given.get("unless_zero", False))

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        whole = number(total.get(row, message))
        numbers = None if whole is None else _numbers(needed, row, message)
        if whole is None or numbers is None or (unless_zero and not any(numbers)):
            return ()
        sums = []
        for way in ways:
            parts = [part for place in way if (part := numbers[place]) is not None]
            if len(parts) == len(way):
                sums.append(added(parts))
                if holds(sums[-1], whole):
                    return ()
        return (Found(total.tail, _unequal(whole, sums[0], quote)),) if sums else ()

    return check


def bind_rows(rule: Rule, site: Site) -> Check:
    """Parameters: `total`, `list` and `field`, the amount of a row.

    `by` names the code of a row: only rows with a code `in` a list count, or with one not in `except`; where a row
    has a code of `unless`, nothing is judged, because editions differ on it.
    """
    given = rule.parameters
    total, rows = site.field(given["total"]), site.rows(given["list"])
    amount = replace(site, block=rows).field(given["field"])
    counts, doubtful = _filter(given), frozenset(given.get("unless", ()))
    by = replace(site, block=rows).field(given["by"]).name if "by" in given else ""
    holds, quote = _relation(given), _quotable(total, amount)

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        whole, found = number(total.get(row, message)), row.get(rows.name)
        if whole is None or not isinstance(found, list):
            return ()
        parts = []
        for each in found:
            if not isinstance(each, dict):
                return ()
            code = code_of(each.get(by)) if by else None
            part = number(each.get(amount.name))
            if part is None or code in doubtful:
                return ()
            if counts(code):
                parts.append(part)
        if holds(summed := added(parts), whole):
            return ()
        return (Found(total.tail, _unequal(whole, summed, quote)),)

    return check


def bind_product(rule: Rule, site: Site) -> Check:
    """Parameters: `total`, `factors` (two fields) and `places`, the decimals it is rounded to, half-up."""
    total = site.field(rule.parameters["total"])
    left, right = site.fields(rule.parameters["factors"])
    unit, quote = unit_of(rule.parameters["places"]), _quotable(total, left, right)

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        whole = number(total.get(row, message))
        one, two = number(left.get(row, message)), number(right.get(row, message))
        if whole is None or one is None or two is None or (product := multiplied(one, two, unit)) == whole:
            return ()
        return (Found(total.tail, _unequal(whole, product, quote)),)

    return check


def bind_step(rule: Rule, site: Site) -> Check:
    """Parameters: `field`, `first` and `step`."""
    field = site.field(rule.parameters["field"])
    first, step = int(rule.parameters["first"]), int(rule.parameters["step"])

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        found = number(field.get(row, message))
        if found is None or found != int(found) or (found >= first and int(found) % step == first % step):
            return ()
        return (Found(field.tail, Name(f"是{quoted(found)}", f"is {quoted(found)}")),)

    return check


def _numbers(needed: list[tuple[Get, int | None]], row: Row, message: Row) -> list[Number | None] | None:
    """Return the numbers of some fields, each with what an absent one counts; None where one is no number."""
    numbers: list[Number | None] = []
    for get, absent in needed:
        value = get(row, message)
        found = number(value)
        if found is None:
            if filled(value):
                return None
            found = absent
        numbers.append(found)
    return numbers


def _ways(base: int, loose: int, others: int) -> tuple[tuple[int, ...], ...]:
    """Return the sums that will do, as places in the list of all fields."""
    extras, other = range(base, base + loose), tuple(range(base + loose, base + loose + others))
    some = [(*range(base), *chosen) for size in range(loose + 1) for chosen in combinations(extras, size)]
    return (*some, other) if other else tuple(some)


def _relation(given: Mapping[str, Any]) -> Holds:
    return within if given.get("relation", "=") == "<=" else lambda part, whole: part == whole


def _filter(given: Mapping[str, Any]) -> Callable[[str | None], bool]:
    if "in" in given:
        codes = frozenset(given["in"])
        return lambda code: code in codes
    others = frozenset(given.get("except", ()))
    return lambda code: code not in others


def _quotable(*fields: Reference) -> bool:
    return not any(each.field.personal for each in fields)


def _unequal(whole: Number, other: Number, quote: bool) -> Name:
    if not quote:
        return Name("与算得的数不同", "is not what the other amounts give")
    return Name(
        f"是{quoted(whole)}，而算得{quoted(other)}", f"is {quoted(whole)}, while the others give {quoted(other)}"
    )
