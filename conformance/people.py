"""The people of a case: invented afresh for every run from its seed, the case and the attempt."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from simulator.core.benefit.rules import CIVIL_SERVANT, EMPLOYEE, ENTERPRISE, POOR, RESIDENT, RETIRED
from simulator.core.filing.filing import Filing
from simulator.core.filing.types import LONG_TERM_RESIDENCE, LONG_TERM_WORK, REFERRAL, RETIRED_RESETTLEMENT
from simulator.core.values.money import yuan
from simulator.core.values.people import Person
from simulator.inputs.people import identity_number

_INDICES = 499 * 700  # of identity numbers in a city, on each birthday
_SURNAMES, _GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "安平宁和康健明华文清远志"
_RARE = "𠮷𡈽𢀖𣘺𤭢𥄎𦍌𧘇𨐌𩸽𪚥"
_AREA_WIDE = "province"


class Shape(NamedTuple):
    """What matters of a person: insurance, age, account in fen, and the filing from day to day counted from today."""

    insutype: str = EMPLOYEE
    psn_type: str = "11"
    age: int = 40
    gender: str = "1"
    balance: int = 300_000
    identities: tuple[str, ...] = ()
    filing: str = LONG_TERM_WORK
    first: int = -30
    last: int | None = None
    name: str = ""


SHAPES: Mapping[str, Shape] = {
    "worker": Shape(),
    "woman": Shape(gender="2", age=33),
    "retired": Shape(psn_type=RETIRED, age=68, filing=RETIRED_RESETTLEMENT),
    "resident": Shape(RESIDENT, "15", 45, balance=0, filing=LONG_TERM_RESIDENCE),
    "child": Shape(RESIDENT, "15", 8, balance=0, filing=LONG_TERM_RESIDENCE),
    "poor": Shape(RESIDENT, "15", 52, balance=0, identities=(POOR,), filing=LONG_TERM_RESIDENCE),
    "civil_servant": Shape(identities=(CIVIL_SERVANT,)),
    "enterprise": Shape(identities=(ENTERPRISE,)),
    "no_account": Shape(balance=0),
    "one_fen": Shape(balance=1),
    "referred": Shape(filing=REFERRAL, last=150),
    "unfiled": Shape(filing=""),
    "expired": Shape(filing=REFERRAL, first=-200, last=-10),
    "to_come": Shape(filing=LONG_TERM_WORK, first=5),
    "last_day": Shape(filing=REFERRAL, first=-100, last=0),
    "first_day": Shape(filing=LONG_TERM_WORK, first=0),
    "rare_name": Shape(name="𠮷𡈽𢀖"),
    "one_character": Shape(name="李"),
    "long_name": Shape(name="阿卜杜热合曼·阿卜杜拉·买买提依明·努尔艾合买提"),
}


class Made(NamedTuple):
    """A person with the filing made for them, None where there is none."""

    person: Person
    filing: Filing | None


def make(whose: str, shape: Shape, *, city: str, area: str, province: str, today: dt.date) -> Made:
    """Make a person of a shape, insured in an area of a city; ``whose`` says for which run, case and attempt."""
    number = int.from_bytes(hashlib.sha256(whose.encode()).digest()[:12])
    born = dt.date(today.year - shape.age, 1, 1) + dt.timedelta(days=number % 28)
    name = shape.name or _SURNAMES[number % 16] + _GIVEN[number // 16 % 12] + _RARE[number // 192 % 11]
    psn_no = f"{area}{10**11 + number % (9 * 10**11):012d}"
    certno = identity_number(city, number % _INDICES, born, shape.gender)
    person = Person(
        psn_no=psn_no,
        certno=certno,
        name=name,
        gender=shape.gender,
        born=born,
        insutype=shape.insutype,
        psn_type=shape.psn_type,
        insured_area=area,
        balance=shape.balance,
        identities=shape.identities,
    )
    if not shape.filing:
        return Made(person, None)
    begin = today + dt.timedelta(days=shape.first)
    end = None if shape.last is None else today + dt.timedelta(days=shape.last)
    return Made(person, Filing(psn_no, shape.filing, area, province, begin, end).numbered())


def told_person(person: Person) -> dict[str, Any]:
    """Return a person as the hook ``load_people`` tells of one; amounts in yuan as text."""
    row = {**person._asdict(), "born": person.born.isoformat(), "balance": yuan(person.balance)}
    return row | {"identities": list(person.identities)}


def told_filing(filing: Filing) -> dict[str, Any]:
    """Return a filing as the hook ``load_filings`` tells of one."""
    row = {name: getattr(filing, name) for name in ("sn", "psn_no", "filing_type", "insured_area", "target")}
    end = None if filing.end is None else filing.end.isoformat()
    return {**row, "begin": filing.begin.isoformat(), "end": end}
