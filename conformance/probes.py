"""What the doctor tries a system of each role with: who calls it, with what that does no harm, how it calls back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from conformance.setting import AWAY, BETWEEN, HERE
from conformance.standing import addresses_of, below_of
from simulator.core.benefit.rules import EMPLOYEE
from simulator.core.network.hospital import Desk
from simulator.core.platform.message import Message
from simulator.core.values.people import Person
from simulator.inputs.platforms import Ground
from simulator.inputs.subjects import Subject
from simulator.sandbox.parties import CITY, HOSPITAL, PROVINCE, Party

_NOWHERE = "329999"  # an area that no registry has
_NOBODY = Person("0", "990000199001010010", "无此人", "1", dt.date(1990, 1, 1), EMPLOYEE, "11", _NOWHERE)
Words = tuple[str, str]


class Probe(NamedTuple):
    """How a role is tried: ``codes`` are those it may have, ``caller`` the role of who makes the harmless call.

    The call is of transaction ``infno``, named ``zh`` and ``en``, and ``succeeds`` or is refused. ``loads`` is where a
    visit stands whose person the hooks load and 1101 then finds, empty where only the hooks are tried; ``calls`` one
    that makes the system call us, and ``listens`` says as whom.
    """

    codes: Callable[[Ground], Collection[str]]
    caller: str
    infno: str
    zh: str
    en: str
    word: Callable[[Ground, str, dt.datetime], Message]
    succeeds: bool
    loads: str
    calls: str
    listens: Callable[[Subject, Ground, str], Words]


def _signed_in(ground: Ground, code: str, now: dt.datetime) -> Message:
    institution = ground.network.national.institutions[code]
    return Desk(institution, ground.network.national.city_of(institution.area) or "").sign_in(now)


def _about_nobody(ground: Ground, code: str, now: dt.datetime) -> Message:
    registry = ground.network.national
    institution = next(each for each in registry.institutions.values() if registry.city_of(each.area) == code)
    return Desk(institution, code).person_info(now, _NOBODY).with_head(sender_admdvs=code)


def _above(subject: Subject, ground: Ground, at: str) -> Words:
    return f"把上级平台的地址设为 {at}", f"configure {at} as the platform above"


def _around(subject: Subject, ground: Ground, at: str) -> Words:
    first, *_, last = addresses_of(subject, ground, at).items()
    return (
        f"把各市和部平台的地址设为 {at}/代码（如 {first[0]} 为 {first[1]}，{last[0]} 为 {last[1]}）",
        f"configure {at}/CODE for each city and the ministry ({first[1]} for {first[0]}, {last[1]} for {last[0]})",
    )


PROBES: Mapping[str, Probe] = {
    CITY: Probe(
        lambda ground: ground.network.national.cities,
        HOSPITAL,
        "9001",
        "签到（9001）",
        "9001",
        _signed_in,
        succeeds=True,
        loads=AWAY,
        calls=HERE,
        listens=_above,
    ),
    PROVINCE: Probe(
        lambda ground: {ground.network.province.code},
        CITY,
        "1101",
        "参保地不存在的查询（1101）",
        "1101 about an area that there is not",
        _about_nobody,
        succeeds=False,
        loads="",
        calls=BETWEEN,
        listens=_around,
    ),
}


def caller_of(probe: Probe, subject: Subject, ground: Ground, parties: Mapping[str, Party]) -> Party:
    """Return who makes the harmless call: a hospital of a city, a city of a province."""
    below = below_of(subject, ground)
    return next(each for each in parties.values() if each.role == probe.caller and (not below or each.code in below))
