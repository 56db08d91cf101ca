"""The platform that is loaded: where it is, which rules it claims, who may call it, and what it can be asked to do.

It is described by a ``conformance.toml``, by the line that ``yidi serve --json`` says when it is ready, or by its
address alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from simulator.inputs.callers import (
    CITY,
    HOSPITAL,
    PROVINCE,
    Party,
    city_party,
    hospital_party,
    province_party,
    read_parties,
)
from simulator.inputs.errors import InputError
from simulator.inputs.gateways import NONE
from simulator.inputs.hooks import Hook, hook
from simulator.inputs.platforms import Ground, ground_of
from simulator.inputs.subjects import DATA_HOOKS, Subject, read_subject
from simulator.traffic.address import Address, Credentials

USUAL_PACK = "jiangsu-2023"
_UNSIGNED = Credentials(NONE, "", "")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Target(NamedTuple):
    """A platform under load: ``role`` is province or city, ``code`` its area.

    ``seed`` is what credentials follow from, ``known`` are those of parties with keys of their own, by code; an
    ``unsigned`` target is called without signatures. ``hooks`` tell it of people and filings, unless it was told of
    them ``by_hand``. ``prefix`` begins identity numbers. ``from_above`` is where the platform above calls it, ``host``
    and ``port`` where it calls the platform above. ``seconds`` is how long a single answer is waited for.
    """

    ground: Ground
    address: Address
    from_above: Address
    role: str = PROVINCE
    code: str = ""
    seed: str = "1"
    known: Mapping[tuple[str, str], Mapping[str, Any]] = MappingProxyType({})
    unsigned: bool = False
    hooks: Mapping[str, Hook] = _NOTHING
    by_hand: bool = False
    prefix: str = "99"
    host: str = "127.0.0.1"
    port: int = 0
    seconds: float = 10.0

    @property
    def city(self) -> str:
        """Return the city that is loaded, empty for a whole province."""
        return self.code if self.role == CITY else ""

    @property
    def above(self) -> str:
        """Return the platform above a city."""
        return self.ground.network.national.province_of(self.code) or self.ground.network.province.code

    def party(self, code: str) -> Party:
        """Return a caller by its code: a hospital, a city, or a province."""
        network, seed = self.ground.network, self.seed
        place = network.national.institutions.get(code)
        if place is not None:
            made = hospital_party(code, place.zh, place.area, seed)
        elif code in network.national.cities:
            made = city_party(code, network.national.cities[code][0], seed)
        else:
            made = province_party(code, network.province.zh, seed)
        row = self.known.get((made.role, code), _NOTHING)
        return made._replace(**{name: row[name] for name in ("scheme", "key_id", "secret") if name in row})

    def credentials(self, code: str) -> Credentials:
        """Return what a caller signs with."""
        party = self.party(code)
        return _UNSIGNED if self.unsigned else Credentials(party.scheme, party.key_id, party.secret)


def at_url(url: str, *, pack: str = USUAL_PACK, seed: str = "1", unsigned: bool = False) -> Target:
    """Return the target at an address: a whole province of the seed's credentials, told of people by hand."""
    at = Address.of(url)
    ground = ground_of(pack)
    return Target(ground, at, at, code=ground.network.province.code, seed=seed, unsigned=unsigned, by_hand=True)


def of_ready(ready: Mapping[str, Any], *, pack: str = USUAL_PACK, seed: str = "1", code: str = "") -> Target:
    """Return the target that a line of ``yidi serve --json`` is of; ``code`` is that of the city it plays."""
    ground, at = ground_of(pack), Address.of(str(ready["url"]))
    hooks = {name: hook(name, f"{ready['control_url']}/hooks/{name}") for name in DATA_HOOKS}
    role = CITY if ready.get("role") == CITY else PROVINCE
    return Target(ground, at, at, role, code or ground.network.province.code, seed, hooks=hooks)


def of_file(path: str) -> Target:
    """Return the target that a ``conformance.toml`` describes; raises InputError."""
    return of_subject(read_subject(path))


def of_subject(subject: Subject) -> Target:
    """Return the target that a configuration describes; raises InputError for one that nobody calls."""
    if subject.role == HOSPITAL:
        cure = "name the configuration of a city or a province"
        raise InputError(subject.file, "subject.role", "is hospital, which is called by nobody", cure)
    ground = ground_of(subject.pack)
    there = ground.network.national.cities if subject.role == CITY else {ground.network.province.code: ""}
    if subject.code not in there:
        problem = f'is "{subject.code}", no {subject.role} of the network'
        raise InputError(subject.file, "subject.code", problem, f"write one of {', '.join(there)}")
    rows = read_parties(subject.parties) if subject.parties else ()
    return Target(
        ground,
        Address.of(subject.url, ca=subject.ca),
        Address.of(subject.from_above, ca=subject.ca),
        subject.role,
        subject.code,
        subject.seed,
        known={(row["role"], row["code"]): row for row in rows},
        hooks={name: hook(name, subject.hooks[name]) for name in DATA_HOOKS if name in subject.hooks},
        by_hand=subject.by_hand,
        prefix=subject.prefix,
        host=subject.host,
        port=subject.port,
        seconds=subject.seconds,
    )
