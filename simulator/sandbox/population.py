"""The invented population of a sandbox: in every pooling area the same people, each there for one outcome.

The last three digits of ``psn_no`` say what a person is here for, so that a test chooses an outcome by choosing a
person. Identity numbers begin with an area code that never existed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

from simulator.core.benefit.rules import CIVIL_SERVANT, EMPLOYEE, POOR, RESIDENT, RETIRED
from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.filing.types import LONG_TERM_RESIDENCE, LONG_TERM_WORK, REFERRAL, RETIRED_RESETTLEMENT
from simulator.core.values.people import Person
from simulator.core.visits.insured import Enrolled
from simulator.inputs.networks import Network
from simulator.inputs.people import identity_number

ACTIVE, ADULT = "11", "15"
_YEAR = 366


class Kind(NamedTuple):
    """What a person is here for; ``number`` ends the ``psn_no``. Days of the filing count from the sandbox's start."""

    number: int
    name: str
    zh: str
    en: str
    insutype: str = EMPLOYEE
    psn_type: str = ACTIVE
    age: int = 40
    gender: str = "1"
    balance: int = 0
    filing: str = LONG_TERM_WORK
    first: int = -30
    last: int | None = None
    identities: tuple[str, ...] = ()


KINDS = (
    Kind(
        1,
        "王建国",
        "在职职工，已备案，个人账户有余额",
        "employee with a filing and money on the account",
        balance=300_000,
    ),
    Kind(
        2,
        "李秀英",
        "退休人员，异地安置备案",
        "retired, resettled",
        psn_type=RETIRED,
        age=70,
        gender="2",
        balance=120_000,
        filing=RETIRED_RESETTLEMENT,
    ),
    Kind(3, "张伟", "居民，异地长期居住备案", "resident with a filing", RESIDENT, ADULT, filing=LONG_TERM_RESIDENCE),
    Kind(4, "刘洋", "未备案", "employee without a filing", filing="", balance=50_000),
    Kind(5, "陈静", "备案已过期", "filing expired", gender="2", first=-200, last=-10),
    Kind(6, "杨帆", "备案尚未生效", "filing not yet in force", first=30),
    Kind(7, "赵敏", "个人账户无余额", "nothing on the account", gender="2"),
    Kind(8, "黄河", "困难人员，享受医疗救助", "registered poor", RESIDENT, ADULT, identities=(POOR,)),
    Kind(9, "周正", "公务员补助", "civil servant", balance=80_000, identities=(CIVIL_SERVANT,)),
    Kind(10, "吴𠮷", "姓名含扩展B区汉字", "a rare character (CJK Extension B) in the name", balance=10_000),
    Kind(11, "徐行", "转诊备案", "filed by referral", filing=REFERRAL, first=-5, last=_YEAR),
    Kind(12, "孙悦", "新农合，不走基本医保直接结算", "NCMS: not settled directly", "380", ADULT, gender="2", filing=""),
)


def person_of(network: Network, area: str, index: int, kind: Kind, today: dt.date) -> Person:
    """Return the person of a kind in a pooling area, the ``index``-th area of the network."""
    city = network.national.city_of(area) or area
    born = dt.date(today.year - kind.age, 1 + kind.number % 12, 1 + kind.number)
    return Person(
        psn_no=f"{area}{kind.number:012d}",
        certno=identity_number(city, index * 20 + kind.number, born, kind.gender),
        name=kind.name,
        gender=kind.gender,
        born=born,
        insutype=kind.insutype,
        psn_type=kind.psn_type,
        insured_area=area,
        balance=kind.balance,
        identities=kind.identities,
    )


def population(network: Network, today: dt.date) -> Iterator[tuple[str, Any]]:
    """Return the facts that tell platforms of the people: (platform, fact). Everybody files for every other city."""
    registry = network.national
    for index, area in enumerate(registry.areas):
        home = registry.city_of(area) or area
        province = registry.province_of(home) or network.province.code
        for kind in KINDS:
            person = person_of(network, area, index, kind, today)
            yield home, Enrolled(person)
            if not kind.filing:
                continue
            begin = today + dt.timedelta(days=kind.first)
            end = None if kind.last is None else today + dt.timedelta(days=kind.last)
            filed = Filed(Filing(person.psn_no, kind.filing, area, province, begin, end))
            yield home, filed
            yield province, filed
