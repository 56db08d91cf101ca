"""What pages show of a sandbox's state: parties, money, health. Read from the platforms, never changing them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from simulator.core.network.city import City
from simulator.core.network.province import Province
from simulator.core.platform.node import Node
from simulator.core.reconciliation.totals import Totals
from simulator.core.values.areas import Registry
from simulator.sandbox.parties import Directory, Party

_DAYS_SHOWN = 31


class PartyState(NamedTuple):
    """A party and whether it is signed in (None: its role does not sign in)."""

    party: Party
    signed_in: bool | None
    calls: int


class DayOf(NamedTuple):
    """A pair of cities on a day: what the province logged and how the three sides compared (empty: not yet)."""

    day: str
    treatment: str
    insured: str
    totals: Totals
    result: str


class MonthOf(NamedTuple):
    """A pair of cities in a month, by insurance type: what is to be cleared."""

    month: str
    treatment: str
    insured: str
    insutype: str
    totals: Totals


def party_states(directory: Directory, nodes: Mapping[str, Node], calls: Mapping[str, int]) -> list[PartyState]:
    """Return all parties, those that have called first."""
    signed = signed_in(nodes)
    states = [
        PartyState(party.masked, party.code in signed if party.role == "hospital" else None, calls.get(key_id, 0))
        for key_id, party in directory.parties.items()
    ]
    return sorted(states, key=lambda state: (-state.calls, state.party.code))


def signed_in(nodes: Mapping[str, Node]) -> set[str]:
    """Return the hospitals that are signed in."""
    return {each for node in nodes.values() if isinstance(node, City) for each in node.treatment.signed_in()}


def days_of(province: Province) -> list[DayOf]:
    """Return the latest days of the province's log with the result of their reconciliation, newest first."""
    results = {(day, pair): standing.result for day, pair, standing in province.reconciliation.results.under("")}
    return [
        DayOf(day, pair[0], pair[1], totals, results.get((day, (pair[0], pair[1])), ""))
        for day in province.daily.spans()[::-1][:_DAYS_SHOWN]
        for pair, totals in sorted(province.daily.under(day).items())
    ]


def months_of(province: Province) -> Iterator[MonthOf]:
    """Yield what is to be cleared by month and pair, newest month first."""
    for month in province.monthly.spans()[::-1]:
        for (treatment, insured, insutype), totals in sorted(province.monthly.under(month).items()):
            yield MonthOf(month, treatment, insured, insutype, totals)


def sheets_of(province: Province) -> list[Any]:
    """Return the sheets the province has made, newest first."""
    return [issue.sheet for issue in reversed(province.clearing.house.issues.values())]


def name_of(registry: Registry, party: str, lang: str) -> str:
    """Return the name of a hospital, city, province or ministry."""
    known = registry.institutions.get(party)
    if known is not None:
        return known.zh
    city = registry.cities.get(party)
    if city is not None:
        return city[0] if lang == "zh" else city[1]
    if party in registry.provinces.values():
        return "省平台" if lang == "zh" else "province"
    return {"100000": ("部平台", "ministry")}.get(party, ("", ""))[lang != "zh"]
