"""Where the others are, and who signs with what: from the seed, a file of parties, and the command line.

Without a file everything follows from the seed, so that processes with the same seed know each other. One file may
serve all processes of a sandbox: each finds itself in it by its role.
"""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import schemas
from simulator.inputs.callers import Row, read_parties
from simulator.inputs.gateways import NONE
from simulator.inputs.platforms import Ground
from simulator.outputs.console import UsageError
from simulator.sandbox.clock import Clock
from simulator.sandbox.engine import Upstream
from simulator.sandbox.links import Link, NotSent, Peer
from simulator.sandbox.logs import Log
from simulator.sandbox.parties import CITY, HOSPITAL, PROVINCE, Party, told_party
from simulator.sandbox.roles import Role, chosen, read_waits

_TIER = {HOSPITAL: "hospital", CITY: "city", PROVINCE: "province"}
_ROLE_ZH = {HOSPITAL: "医院", CITY: "地市", PROVINCE: "省"}


class Wanted(NamedTuple):
    """What the command line says of roles and addresses; an empty text says nothing."""

    role: str = PROVINCE
    admdvs: str = ""
    fixmedins: str = ""
    upstream: str = ""
    cities: tuple[str, ...] = ()
    parties: str = ""
    waits: str = ""


class Surroundings(NamedTuple):
    """What a process is, who may call it, what it signs with itself, and whom it calls (no address: not reachable)."""

    role: Role
    own: Party
    parties: tuple[Party, ...]
    peers: tuple[Peer, ...]

    def links(self, ground: Ground, clock: Clock, profile: str, log: Log) -> dict[str, Upstream]:
        """Return the ways to the platforms elsewhere, by code."""
        registry, wait = schemas.load(profile=profile), self._wait(ground, clock)
        return {
            peer.code: Link(peer, registry, clock, wait=wait, log=log) if peer.url else NotSent(peer.code, clock)
            for peer in self.peers
        }

    def told(self) -> dict[str, Any]:
        """Return what the others need to know: what this process is, what it signs with, and whom it calls."""
        calls = [{"code": peer.code, "url": peer.url} for peer in self.peers]
        return {"role": self.role.name, "own": told_party(self.own), "calls": calls}

    def _wait(self, ground: Ground, clock: Clock) -> float:
        tier = _TIER[self.role.name]
        if self.role.waits is not None:
            return float(getattr(self.role.waits, tier))
        return float(ground.pack.at(f"process.wait_seconds.{tier}", clock.now().date()).value)  # type: ignore[arg-type]  # unit "count" is an int


def placed(wanted: Wanted, ground: Ground, seed: str, today: dt.date) -> Surroundings:
    """Return who is around a process, by the command line and its file of parties; raises UsageError and InputError."""
    role = chosen(
        wanted.role, ground.network.national, today, admdvs=wanted.admdvs, fixmedins=wanted.fixmedins
    )._replace(waits=read_waits(wanted.waits))
    rows = read_parties(wanted.parties) if wanted.parties else ()
    return surroundings(role, ground, seed, rows=rows, upstream=wanted.upstream, cities=wanted.cities)


def surroundings(
    role: Role, ground: Ground, seed: str, *, rows: Iterable[Row] = (), upstream: str = "", cities: Iterable[str] = ()
) -> Surroundings:
    """Return who is around a process of a role; ``cities`` are those elsewhere, ``CODE`` or ``CODE=URL``.

    Raises UsageError for an address that is none, a party that is not there, an upstream without an address, and a key
    that two parties would share.
    """
    known = {(row["role"], row["code"]): row for row in rows}
    _expect_there(known, ground)
    own = _changed(role.own(ground, seed), known)
    if role.name == PROVINCE:
        urls = {code: row["url"] for (kind, code), row in known.items() if kind == CITY and "url" in row}
        urls |= _said(cities)
        strange = sorted(urls.keys() - ground.network.national.cities.keys())
        if strange:
            raise UsageError(f"没有地市{strange[0]}。", f"there is no city {strange[0]}.")
        beyond = _beyond(ground, known, upstream)
        role = role._replace(away=tuple(sorted({*urls, *beyond})))
        peers = tuple(_peer(CITY, code, url, own, known) for code, url in sorted(urls.items()))
        peers += tuple(_peer(PROVINCE, code, url, own, known) for code, url in beyond.items() if url)
    else:
        if list(cities):
            raise UsageError("--city 只用于 --role province。", "--city is for --role province.")
        above = role.upstream(ground, seed)
        url = upstream or known.get((above.role, above.code), {}).get("url", "")
        if not url:
            raise UsageError(
                f"--role {role.name} 须以 --upstream 或 --parties 给出{above.code}的地址。",
                f"--role {role.name} needs the address of {above.code}: --upstream URL, or url in --parties.",
            )
        peers = (_peer(above.role, above.code, url, own, known),)
    parties = tuple(_changed(each, known) for each in role.parties(ground, seed))
    _expect_own_keys(parties)
    return Surroundings(role, own, parties, peers)


def _beyond(ground: Ground, known: Mapping[tuple[str, str], Row], upstream: str) -> dict[str, str]:
    """Return what is elsewhere with the ministry, each with its address, and nothing where a province plays it too."""
    beyond = ground.network.beyond
    if beyond is None:
        if upstream:
            raise UsageError(
                "本网络没有部级平台，不用 --upstream。", "the network has no ministry: leave out --upstream."
            )
        return {}
    url = upstream or known.get((PROVINCE, beyond.ministry), {}).get("url", "")
    return {beyond.ministry: url, beyond.province.code: "", beyond.city: ""} if url else {}


def _expect_there(known: Iterable[tuple[str, str]], ground: Ground) -> None:
    """Refuse a row about nobody: what it says would be passed over in silence."""
    registry = ground.network.national
    ministry = {ground.network.beyond.ministry} if ground.network.beyond else set()
    provinces = {ground.network.province.code, *registry.provinces.values(), *ministry}
    places = {HOSPITAL: registry.institutions.keys(), CITY: registry.cities.keys(), PROVINCE: provinces}
    for kind, code in known:
        if code not in places[kind]:
            raise UsageError(
                f"--parties 中的{_ROLE_ZH[kind]}{code}不存在；请改正 code 或删去这一行。",
                f"--parties has a row of {kind} {code}, which is not there; correct its code or remove it.",
            )


def _expect_own_keys(parties: Iterable[Party]) -> None:
    """Refuse a key that two have: one of them would be taken for the other."""
    seen: dict[str, Party] = {}
    for party in parties:
        other = seen.setdefault(party.key_id, party)
        if other is not party:
            raise UsageError(
                f"{other.code}和{party.code}的 key_id 都是 {party.key_id}；请在 --parties 中各用各的。",
                f"{other.code} and {party.code} both have key_id {party.key_id}: give each its own in --parties.",
            )


def _peer(kind: str, code: str, url: str, own: Party, known: Mapping[tuple[str, str], Row]) -> Peer:
    if url:
        _address(url)
    row = known.get((kind, code), {})
    sign = row.get("sign") or {}
    signs = own._replace(**{name: sign[name] for name in ("scheme", "key_id", "secret") if name in sign})
    ca = row.get("ca", "")
    if ca:
        _certificates(ca, code)
    return Peer(code, url, signs._replace(secret="") if signs.scheme == NONE else signs, ca)


def _changed(party: Party, known: Mapping[tuple[str, str], Row]) -> Party:
    row = known.get((party.role, party.code), {})
    said = {name: row[name] for name in ("scheme", "key_id", "secret") if name in row}
    return party._replace(**said, given="secret" in row)


def _said(cities: Iterable[str]) -> dict[str, str]:
    parts = (each.partition("=") for each in cities)
    return {code: url for code, _, url in parts}


def _address(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment:
        raise UsageError(
            f"{url} 不是地址；如 http://127.0.0.1:8080。", f"{url} is no address; write http://127.0.0.1:8080."
        )


def _certificates(file: str, code: str) -> None:
    """Refuse a file that holds no certificates to trust; raises UsageError."""
    try:
        ssl.create_default_context(cafile=file)
    except (OSError, ValueError) as problem:
        found = None if isinstance(problem, ssl.SSLError) else getattr(problem, "strerror", str(problem))
        raise UsageError(
            f"{code}的证书文件 {file} 不可用（{found or '其中没有PEM证书'}）；--parties 中的 ca 须为可读的PEM文件。",
            f"the certificates to trust for {code}, {file}, are of no use ({found or 'no certificate in PEM'}):"
            " name a readable PEM file as ca in --parties.",
        ) from problem
