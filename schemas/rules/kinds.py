"""The kinds of rules by name. A new kind is one function that binds a rule to a block, and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from schemas.rules import amounts, extension, identity, lists, moments, presence, totals
from schemas.rules.model import Check, Rule
from schemas.rules.sites import Site


class Kind(NamedTuple):
    """How a kind binds (it raises Unfit where it does not fit), and the names of its parameters."""

    bind: Callable[[Rule, Site], Check]
    required: frozenset[str]
    optional: frozenset[str]


def _kind(bind: Callable[[Rule, Site], Check], required: str, optional: str = "") -> Kind:
    return Kind(bind, frozenset(required.split()), frozenset(optional.split()))


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "needs": _kind(presence.bind_needs, "", "all any"),
        "among": _kind(presence.bind_among, "field in"),
        "same": _kind(presence.bind_same, "field as", "differs"),
        "pair": _kind(presence.bind_pair, "one other at"),
        "order": _kind(moments.bind_order, "first last", "list"),
        "moment": _kind(moments.bind_moment, "field"),
        "identity": _kind(identity.bind_identity, "number", "birth gender"),
        "sum": _kind(amounts.bind_sum, "total terms", "minus optional may_include or relation unless_zero"),
        "rows": _kind(totals.bind_rows, "total list field", "by in except unless relation"),
        "totals": _kind(totals.bind_totals, "block list fields"),
        "product": _kind(amounts.bind_product, "total factors places"),
        "step": _kind(amounts.bind_step, "field first step"),
        "distinct": _kind(lists.bind_distinct, "list key"),
        "one": _kind(lists.bind_one, "list field in", "least most per"),
        "count": _kind(lists.bind_count, "number list", "by in"),
        "refers": _kind(lists.bind_refers, "list field to"),
        "json": _kind(extension.bind_json, "field keys"),
        "inside": _kind(extension.bind_inside, "field either"),
    }
)
