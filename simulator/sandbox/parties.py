"""Who may call: the parties of a sandbox with their credentials and what each may act for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simulator.core.platform.message import Message
from simulator.core.values.areas import Registry
from simulator.inputs.callers import (
    CITY,
    HOSPITAL,
    PROVINCE,
    Party,
    city_party,
    hospital_party,
    province_party,
    secret_of,
)

__all__ = [
    "ANYONE",
    "CITY",
    "HOSPITAL",
    "PROVINCE",
    "Directory",
    "Party",
    "city_party",
    "hospital_party",
    "province_party",
    "secret_of",
    "told_party",
]

ANYONE = Party("", "", "", "", "none", "", "")
"""Whoever calls without a signature, where that is allowed, until the message says who it is."""


class Directory:
    """Parties by key; ``registry`` says which city an institution's area belongs to.

    ``below`` is the one platform of a process that is called from above: a city by its province, a province by the
    ministry.
    """

    def __init__(self, parties: Iterable[Party], registry: Registry, below: str = "") -> None:
        self.parties: Mapping[str, Party] = {party.key_id: party for party in parties}
        self._registry = registry
        self._below = below

    def find(self, key_id: str) -> Party | None:
        """Return the party of a key."""
        return self.parties.get(key_id)

    def speaker(self, asked: Message) -> Party:
        """Return who an unsigned request says it is from, ``ANYONE`` where nobody is of that name."""
        code = str(asked.head.get("sender_admdvs", "")) if asked.is_bureau else asked.party
        return next((party for party in self.parties.values() if party.code == code), ANYONE)

    def platform_of(self, party: Party) -> str:
        """Return the platform a party calls: a hospital its city, a city its province, who is above the one here."""
        registry = self._registry
        if party.role == HOSPITAL:
            return registry.city_of(party.area) or ""
        if party.role == CITY:
            return registry.province_of(party.code)
        return self._below

    def oversteps(self, party: Party, asked: Message) -> str:
        """Return what a request claims that is not its party's to claim, empty where it keeps to its own.

        A hospital speaks for itself and from its own area; a platform passes on what comes from institutions of its
        own areas, and speaks for itself; one above passes on what comes from anywhere but the platform it calls.
        """
        if party.role == HOSPITAL:
            if asked.party != party.code:
                return asked.party
            return "" if asked.treatment_area == party.area or asked.is_bureau else asked.treatment_area
        if party.role == PROVINCE:
            own = not asked.is_bureau and self._stands(self._below, asked.treatment_area)
            return asked.treatment_area if own else ""
        if asked.is_bureau:
            sender = str(asked.head.get("sender_admdvs", ""))
            return "" if self._within(party, sender) else sender
        return "" if self._within(party, asked.treatment_area) else asked.treatment_area

    def _within(self, party: Party, area: str) -> bool:
        return area == party.code or self._stands(party.code, area)

    def _stands(self, platform: str, area: str) -> bool:
        return platform in {self._registry.city_of(area), self._registry.province_of(area)}


def told_party(party: Party) -> dict[str, str]:
    """Return what an integrator is told of a party, as ``yidi serve --json`` names it."""
    row = {name: getattr(party, name) for name in ("name", "role", "scheme", "key_id")}
    row["secret"] = "" if party.given else party.secret
    return {**row, "fixmedins_code": party.code if party.role == HOSPITAL else "", "admdvs": party.area}
