"""What one process plays: the whole province, one city, or one hospital; the others are elsewhere.

Whoever is elsewhere may be a system under test. A city plays its finance department too, and a province everything
but what is elsewhere: the other cities, and the ministry with what lies beyond it unless that has an address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from simulator.core.clearing.finance import Finance
from simulator.core.clearing.parties import finance_of
from simulator.core.network.city import City
from simulator.core.network.hospital_system import HospitalSystem
from simulator.core.platform.node import Node
from simulator.core.values.areas import Institution, Registry
from simulator.inputs.networks import Network
from simulator.inputs.platforms import Ground
from simulator.outputs.console import UsageError
from simulator.sandbox.parties import CITY, HOSPITAL, PROVINCE, Party, city_party, hospital_party, province_party

ROLES = (PROVINCE, CITY, HOSPITAL)
_USUAL = ("320100", "320300")  # where the default visit takes place, and the city it is of
_USUAL_AREA = "320399"


class Waits(NamedTuple):
    """How many seconds each tier waits for an answer; they shrink inward."""

    hospital: float
    city: float
    province: float


class Role(NamedTuple):
    """What a process plays.

    ``code`` is the area of a city or the number of a hospital, ``away`` the platforms that a province does not play
    (cities, or the ministry with what lies beyond it), and ``waits`` what stands instead of the time-outs of the policy
    pack.
    """

    name: str = PROVINCE
    code: str = ""
    away: tuple[str, ...] = ()
    waits: Waits | None = None

    def nodes(self, ground: Ground, today: dt.date) -> dict[str, Node]:
        """Make the platforms of this process as they start."""
        nodes = self._hospital(ground, today) if self.name == HOSPITAL else self._platforms(ground, today)
        if self.waits is not None:
            for node in nodes.values():
                node.set_wait(dt.timedelta(seconds=_tier(self.waits, node, ground.network.national)))
        return nodes

    def parties(self, ground: Ground, seed: str) -> tuple[Party, ...]:
        """Return the credentials of those who may call this process, the same for the same seed."""
        registry = ground.network.national
        here = self.cities(registry)
        houses = (each for each in registry.institutions.values() if registry.city_of(each.area) in here)
        hospitals = [hospital_party(each.code, each.zh, each.area, seed) for each in houses]
        cities = [city_party(code, zh, seed) for code, (zh, _) in registry.cities.items()]
        if self.name == PROVINCE and self.below(ground.network):
            near = (each for each in cities if ground.network.is_own(each.code))
            return (*hospitals, *near, self.upstream(ground, seed))
        if self.name == PROVINCE:
            return (*hospitals, *cities)
        return () if self.name == HOSPITAL else (*hospitals, self.upstream(ground, seed))

    def own(self, ground: Ground, seed: str) -> Party:
        """Return what this process calls others with."""
        registry = ground.network.national
        if self.name == HOSPITAL:
            at = registry.institutions[self.code]
            return hospital_party(at.code, at.zh, at.area, seed)
        if self.name == CITY:
            return city_party(self.code, registry.cities[self.code][0], seed)
        return province_party(ground.network.province.code, ground.network.province.zh, seed)

    def upstream(self, ground: Ground, seed: str) -> Party:
        """Return the platform above this one: a hospital's city, a city's province, a province's ministry."""
        registry, beyond = ground.network.national, ground.network.beyond
        if self.name == PROVINCE:
            assert beyond is not None  # whoever asks has its address
            return province_party(beyond.ministry, "部级平台", seed)
        if self.name == HOSPITAL:
            city = registry.city_of(registry.institutions[self.code].area) or ""
            return city_party(city, registry.cities[city][0], seed)
        own = ground.network.province
        code = registry.province_of(self.code) or own.code
        return province_party(code, own.zh if code == own.code else "省平台", seed)

    def below(self, network: Network) -> str:
        """Return the one platform here that a platform elsewhere calls from above, empty where none does."""
        if self.name == PROVINCE:
            return network.province.code if network.beyond and network.beyond.ministry in self.away else ""
        return self.code if self.name == CITY else ""

    def cities(self, registry: Registry) -> tuple[str, ...]:
        """Return the cities that this process plays."""
        if self.name == PROVINCE:
            return tuple(code for code in registry.cities if code not in self.away)
        return (self.code,) if self.name == CITY else ()

    def callers(self, network: Network) -> tuple[tuple[str, str], ...]:
        """Return whose keys are told when the process is ready, as (role, city or province): the first of each."""
        if self.name == CITY:
            above = network.national.province_of(self.code) or network.province.code
            return (HOSPITAL, self.code), (PROVINCE, above)
        if self.name == HOSPITAL:
            return ()
        ministry = ((PROVINCE, network.beyond.ministry),) if network.beyond and self.below(network) else ()
        cities = ((CITY, code) for code in self.away or _USUAL[1:])
        return (HOSPITAL, self.usual(network.national)[0]), *cities, *ministry

    def usual(self, registry: Registry) -> tuple[str, str]:
        """Return where the default visit takes place, a hospital or city, and the area it is of."""
        if self.name == HOSPITAL:
            home = registry.city_of(registry.institutions[self.code].area) or ""
            return self.code, _other(home)
        here = self.cities(registry)
        at = next((code for code in (*_USUAL, *here) if code in here), _USUAL[0])
        return at, _other(at)

    def said(self) -> dict[str, str]:
        """Return the role as the texts a journal is described with; :func:`role_of` reads them."""
        waits = "" if self.waits is None else ",".join(f"{each:g}" for each in self.waits)
        return {"role": " ".join(filter(None, (self.name, self.code, *self.away))), "waits": waits}

    def _platforms(self, ground: Ground, today: dt.date) -> dict[str, Node]:
        nodes = all_nodes(ground, today)
        if self.name == CITY:
            return {code: nodes[code] for code in (self.code, finance_of(self.code))}
        gone = {name for code in self.away for name in (code, finance_of(code))}
        return {code: node for code, node in nodes.items() if code not in gone}

    def _hospital(self, ground: Ground, today: dt.date) -> dict[str, Node]:
        registry = ground.network.national
        system = HospitalSystem(
            registry.institutions[self.code],
            registry=registry,
            pack=ground.pack,
            calendar=ground.calendar,
            today=today,
        )
        return {self.code: system}


EVERYTHING = Role()


def all_nodes(ground: Ground, today: dt.date) -> dict[str, Node]:
    """Make every platform of the province and beyond, and the finance departments."""
    return ground.nodes(today)


def role_of(known: Mapping[str, str]) -> Role:
    """Return the role that a journal was made in, by the texts it is described with."""
    name, *codes = known.get("role", PROVINCE).split()
    waits = known.get("waits", "")
    code = codes.pop(0) if name != PROVINCE else ""
    return Role(name, code, tuple(codes), Waits(*map(float, waits.split(","))) if waits else None)


def chosen(name: str, registry: Registry, today: dt.date, *, admdvs: str, fixmedins: str) -> Role:
    """Return the role that options mean: a city by its area, a hospital by its number or as the first of an area.

    Raises UsageError.
    """
    if name not in ROLES:
        raise UsageError(
            f"--role {name} 无效；应为{'、'.join(ROLES)}。", f"--role {name} is not known: {', '.join(ROLES)}."
        )
    if name == PROVINCE:
        _unwanted(name, admdvs, fixmedins)
        return EVERYTHING
    if name == CITY:
        _unwanted(name, fixmedins)
        return Role(CITY, _city(admdvs, registry))
    if not fixmedins and not admdvs:
        raise UsageError(
            "--role hospital 须以 --fixmedins 指明机构，或以 --admdvs 指明地区。",
            "--role hospital needs --fixmedins, or --admdvs for the first hospital of an area.",
        )
    return Role(HOSPITAL, _hospital(fixmedins, admdvs, registry, today).code)


def read_waits(text: str) -> Waits | None:
    """Return the waits of a text such as ``60,50,40``, None for an empty one; raises UsageError."""
    if not text:
        return None
    try:
        waits = Waits(*map(float, text.split(",")))
    except (TypeError, ValueError):
        waits = Waits(0, 0, 0)
    if not 3600 >= waits.hospital > waits.city > waits.province > 0:
        raise UsageError(
            f"--waits {text} 无效；依次为医院、地市、省等待的秒数，逐级递减，如 60,50,40。",
            f"--waits {text} does not fit: seconds of hospital, city and province, each less, such as 60,50,40.",
        )
    return waits


def _tier(waits: Waits, node: Node, registry: Registry) -> float:
    if isinstance(node, HospitalSystem):
        return waits.hospital
    of_city = isinstance(node, City) or (isinstance(node, Finance) and node.code in registry.cities)
    return waits.city if of_city else waits.province


def _other(city: str) -> str:
    return _USUAL[0] if city == _USUAL[1] else _USUAL_AREA


def _unwanted(name: str, *said: str) -> None:
    if any(said):
        raise UsageError(
            f"--role {name} 不用{'、'.join(filter(None, said))}。",
            f"--role {name} has no use for {', '.join(filter(None, said))}.",
        )


def _city(admdvs: str, registry: Registry) -> str:
    if admdvs not in registry.cities:
        known = ", ".join(registry.cities)
        raise UsageError(
            f"--admdvs {admdvs or '（空）'} 不是地市；应为{known}之一。",
            f"--admdvs {admdvs or '(empty)'} is no city; it is one of {known}.",
        )
    return admdvs


def _hospital(fixmedins: str, admdvs: str, registry: Registry, today: dt.date) -> Institution:
    for code, each in registry.institutions.items():
        near = admdvs in {each.area, registry.city_of(each.area)} and registry.open_for_visitors(code, today)
        if fixmedins == code or (not fixmedins and near):
            return each
    raise UsageError(
        f"没有定点机构{fixmedins or admdvs}；yidi serve 的控制接口 /institutions 列出全部。",
        f"there is no institution {fixmedins or admdvs}; the control API of yidi serve lists them at /institutions.",
    )
