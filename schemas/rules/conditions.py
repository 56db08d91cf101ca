"""The conditions under which a rule is judged, and those that the kind `pair` is made of.

{"field": F, "in": [codes]}       the code is one of these        {"field": F, "not_in": [codes]}  is another
{"field": F, "filled": true}      present and not empty           {"field": F, "filled": false}    absent or empty
{"field": F, "negative": true}    a number below 0
{"head": "cross_region"}          both areas of the head are filled and differ
{"inside": F, "key": K, "in": …}  the same of a member of the JSON object in a text
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from schemas.rules.extension import members
from schemas.rules.model import Row
from schemas.rules.numbers import number
from schemas.rules.sites import Get, Site
from schemas.rules.texts import code_of, filled

Condition = Callable[[Row, Row], bool]


def all_of(conditions: tuple[Mapping[str, Any], ...], site: Site) -> Condition:
    """Return one condition that holds when all do; raises Unfit where one names a field the block lacks."""
    made = tuple(condition(each, site) for each in conditions)
    if len(made) == 1:
        return made[0]
    return lambda row, message: all(holds(row, message) for holds in made)


def condition(given: Mapping[str, Any], site: Site) -> Condition:
    """Return a condition as a function; raises Unfit where it names a field the block lacks."""
    if "head" in given:
        return _cross_region(site)
    if "inside" in given:
        return _tested(members(site.field(given["inside"]).get, given["key"]), given)
    return _tested(site.field(given["field"]).get, given)


def _tested(get: Get, given: Mapping[str, Any]) -> Condition:
    if "negative" in given:
        return lambda row, message: (found := number(get(row, message))) is not None and found < 0
    if "filled" in given:
        wanted = given["filled"]
        return lambda row, message: filled(get(row, message)) is wanted
    if "not_in" in given:
        others = frozenset(given["not_in"])
        return lambda row, message: (code := code_of(get(row, message))) is not None and code not in others
    codes = frozenset(given["in"])
    return lambda row, message: code_of(get(row, message)) in codes


def _cross_region(site: Site) -> Condition:
    insured = site.field("head.insuplc_admdvs").get
    treatment = site.field("head.mdtrtarea_admvs").get

    def holds(row: Row, message: Row) -> bool:
        here, there = treatment(row, message), insured(row, message)
        return filled(here) and filled(there) and here != there

    return holds
