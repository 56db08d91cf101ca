"""Kinds of rules on amounts and numbers; all arithmetic is exact.

`sum`      a total is the sum of its terms in one row
`product`  an amount is the rounded product of two numbers
`step`     a whole number is one of first, first + step, first + 2 step ...
With the relation "<=" instead of "=" a sum may stay below its total; a negative total (a refund) mirrors this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

from schemas.rules.fields import has_decimals
from schemas.rules.model import Check, Found, Row, Rule
from schemas.rules.numbers import Number, added, multiplied, negated, quoted, unit_of, within
from schemas.rules.sites import Reference, Site, Unfit
from schemas.rules.texts import filled
from schemas.values import Name

Holds = Callable[[Number, Number], bool]


def bind_sum(rule: Rule, site: Site) -> Check:
    """Parameters: `total`, `terms`, and besides them.

    The terms of `minus` are subtracted; `optional` terms count 0 where absent; `may_include` names terms that editions
    count in or leave out; `or` is another list of terms that will do as well. Without the total or a term nothing is
    judged, and with `unless_zero` neither where all terms are 0, which is how an empty number is sent.
    """
    given = rule.parameters
    total, minus, terms = site.field(given["total"]), site.fields(given.get("minus", [])), site.fields(given["terms"])
    optional, loose = site.known(given.get("optional", [])), site.known(given.get("may_include", []))
    others = site.fields(given.get("or", []))
    base, fields = (*minus, *terms, *optional), (*minus, *terms, *optional, *loose, *others)
    if not base:
        raise Unfit("no term")
    needed = [(each, each in minus, 0 if each in optional else None) for each in fields]
    ways = _ways(len(base), len(loose), len(others))
    holds, quote = relation(given), quotable(total, *fields)
    unless_zero = bool(given.get("unless_zero", False))

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        whole = total.number(row, message)
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
        return (Found(total.tail, unequal(whole, sums[0], quote)),) if sums else ()

    return check


def bind_product(rule: Rule, site: Site) -> Check:
    """Parameters: `total`, `factors` (two fields) and `places`, the decimals it is rounded to, half-up."""
    total = site.field(rule.parameters["total"])
    left, right = site.fields(rule.parameters["factors"])
    unit, decimals, quote = unit_of(rule.parameters["places"]), total.field.decimals, quotable(total, left, right)

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        whole, one, two = total.number(row, message), left.number(row, message), right.number(row, message)
        if whole is None or one is None or two is None or (product := multiplied(one, two, unit)) == whole:
            return ()
        if decimals is not None and not has_decimals(whole, at_most=decimals):  # reported as such
            return ()
        return (Found(total.tail, unequal(whole, product, quote)),)

    return check


def bind_step(rule: Rule, site: Site) -> Check:
    """Parameters: `field`, `first` and `step`."""
    field = site.field(rule.parameters["field"])
    first, step = int(rule.parameters["first"]), int(rule.parameters["step"])

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        found = field.number(row, message)
        if found is None or found != int(found) or (found >= first and int(found) % step == first % step):
            return ()
        return (Found(field.tail, Name(f"是{quoted(found)}", f"is {quoted(found)}")),)

    return check


def _numbers(needed: list[tuple[Reference, bool, int | None]], row: Row, message: Row) -> list[Number | None] | None:
    """Return the numbers of some fields; None where one is no number.

    Each field comes with whether it is subtracted, and with what it counts where it is absent.
    """
    numbers: list[Number | None] = []
    for field, subtracted, absent in needed:
        found: Number | None = field.number(row, message)
        if found is None:
            if filled(field.get(row, message)):
                return None
            found = absent
        numbers.append(negated(found) if subtracted and found is not None else found)
    return numbers


def _ways(base: int, loose: int, others: int) -> tuple[tuple[int, ...], ...]:
    """Return the sums that will do, as places in the list of all fields."""
    extras, other = range(base, base + loose), tuple(range(base + loose, base + loose + others))
    some = [(*range(base), *chosen) for size in range(loose + 1) for chosen in combinations(extras, size)]
    return (*some, other) if other else tuple(some)


def relation(given: Mapping[str, Any]) -> Holds:
    """Return what a sum must be to its total: equal, or with "<=" no more."""
    return within if given.get("relation", "=") == "<=" else lambda part, whole: part == whole


def quotable(*fields: Reference) -> bool:
    """Whether the words for a breach may repeat the numbers: not where one may be personal."""
    return not any(each.field.personal for each in fields)


def unequal(whole: Number, other: Number, quote: bool) -> Name:
    """Return the words for a total that the other numbers do not give."""
    if not quote:
        return Name("与算得的数不同", "is not what the other amounts give")
    return Name(
        f"是{quoted(whole)}，而算得{quoted(other)}", f"is {quoted(whole)}, while the others give {quoted(other)}"
    )
