"""Kinds of rules on sums over the rows of a list.

`rows`  a total is the sum of an amount over the rows    `totals`  the same of every total that a block has
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from schemas.rules.amounts import quotable, relation, unequal
from schemas.rules.model import Check, Found, Row, Rule
from schemas.rules.numbers import added
from schemas.rules.sites import Reference, Site, Unfit, listed
from schemas.rules.texts import code_of


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
    holds, quote = relation(given), quotable(total, amount)

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        whole, found = total.number(row, message), listed(row, rows)
        if whole is None or found is None:
            return ()
        parts = []
        for each in found:
            if not isinstance(each, dict):
                return ()
            code = code_of(each.get(by)) if by else None
            part = amount.number(each, message)
            if part is None or code in doubtful:
                return ()
            if counts(code):
                parts.append(part)
        if holds(summed := added(parts), whole):
            return ()
        return (Found(total.tail, unequal(whole, summed, quote)),)

    return check


def bind_totals(rule: Rule, site: Site) -> Check:
    """Parameters: `block`, `list`, and `fields`: names that both have, or pairs [name in the block, name in a row].

    Those of them that the message has are judged. A list that is left out sums to 0.
    """
    rows = site.rows(rule.parameters["list"])
    pairs = tuple(_pairs(rule, site, replace(site, block=rows)))
    if not pairs:
        raise Unfit("no total")

    def check(row: Row, message: Row) -> Iterator[Found]:
        found = listed(row, rows, left_out=True)
        if found is None or not all(isinstance(each, dict) for each in found):
            return
        for total, amount, quote in pairs:
            whole = total.number(row, message)
            parts = [part for each in found if (part := amount.number(each, message)) is not None]
            if whole is not None and len(parts) == len(found) and (summed := added(parts)) != whole:
                yield Found(total.tail, unequal(whole, summed, quote))

    return check


def _pairs(rule: Rule, site: Site, inner: Site) -> Iterator[tuple[Reference, Reference, bool]]:
    for each in rule.parameters["fields"]:
        name, of_row = (each, each) if isinstance(each, str) else each
        try:
            total, amount = site.field(f"{rule.parameters['block']}.{name}"), inner.field(of_row)
        except Unfit:
            continue
        yield total, amount, quotable(total, amount)


def _filter(given: Mapping[str, Any]) -> Callable[[str | None], bool]:
    if "in" in given:
        codes = frozenset(given["in"])
        return lambda code: code in codes
    others = frozenset(given.get("except", ()))
    return lambda code: code not in others
