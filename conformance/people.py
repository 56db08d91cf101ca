"""The people of a case: invented afresh for every run from its seed, the case and the attempt."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from simulator.core.benefit.rules import CIVIL_SERVANT, EMPLOYEE, ENTERPRISE, POOR, RESIDENT, RETIRED
from simulator.core.filing.declarations import CHRONIC, Declaration, Declared
from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.filing.types import (
    EMERGENCY,
    LONG_TERM_RESIDENCE,
    LONG_TERM_WORK,
    OTHER_TEMPORARY,
    REFERRAL,
    RETIRED_RESETTLEMENT,
)
from simulator.core.values.people import Person
from simulator.inputs.people import check_digit, spotted_number

_BIRTHDAYS = 365  # that make identity numbers differ, beside sequences and what is free of their area
_SURNAMES, _GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "安平宁和康健明华文清远志"
_RARE = "𠮷𡈽𢀖𣘺𤭢𥄎𦍌𧘇𨐌𩸽𪚥"
AREA, CITY, PROVINCE, ELSEWHERE = "area", "city", "province", "elsewhere"
"""What a filing is for."""
NCMS = "380"
OF_DISEASE = CHRONIC  # the type of a filing of a chronic disease
CARD, OLD_CARD = "01", "01 old"
_LETTERS: Mapping[str, str] = {"04": "H", "05": "M", "06": "", "07": "DEU", "08": "E"}
"""What the number of a certificate begins with: permits of Hong Kong, Macau and Taiwan, green card, passport."""


class Shape(NamedTuple):
    """What matters of a person: insurance, age, account in fen, and the filing from day to day counted from today.

    ``target`` is what the filing is for: the area, city or province of the hospital, or another city (``elsewhere``).
    """

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
    target: str = PROVINCE
    certificate: str = CARD


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
    "long_ago": Shape(first=-2000),
    "last_day": Shape(filing=REFERRAL, first=-100, last=0),
    "first_day": Shape(filing=LONG_TERM_WORK, first=0),
    "area_only": Shape(filing=REFERRAL, last=150, target=AREA),
    "city_only": Shape(filing=OTHER_TEMPORARY, last=150, target=CITY),
    "elsewhere": Shape(target=ELSEWHERE),
    "emergency_filed": Shape(filing=EMERGENCY, last=150),
    "other_temporary": Shape(filing=OTHER_TEMPORARY, last=150),
    "resident_referred": Shape(RESIDENT, "15", 45, balance=0, filing=REFERRAL, last=150),
    "resident_unfiled": Shape(RESIDENT, "15", 45, balance=0, filing=""),
    "ncms": Shape(NCMS, "15", 45, balance=0, filing=LONG_TERM_RESIDENCE),
    "old_card": Shape(psn_type=RETIRED, age=71, filing=RETIRED_RESETTLEMENT, certificate=OLD_CARD),
    "hong_kong_permit": Shape(certificate="04"),
    "macau_permit": Shape(certificate="05"),
    "taiwan_permit": Shape(certificate="06"),
    "residence_permit": Shape(certificate="17"),
    "green_card": Shape(certificate="07"),
    "passport": Shape(certificate="08"),
    "rare_name": Shape(name="𠮷𡈽𢀖"),
    "one_character": Shape(name="李"),
    "long_name": Shape(name="阿卜杜热合曼·阿卜杜拉·买买提依明·艾力"),
}


class Made(NamedTuple):
    """A person with the filing made for them, None where there is none."""

    person: Person
    filing: Filing | None


def make(
    whose: str, shape: Shape, *, area: str, target: str, today: dt.date, prefix: str = "99", spot: int = 0
) -> Made:
    """Make a person of a shape, insured in an area, with a filing for ``target``.

    ``whose`` says for which run, case and attempt.

    The identity number begins with ``prefix``; numbers of one year of birth are not the same for two ``spot`` that
    are less than 182,135 apart, and with a shorter prefix than six digits ten times that for each.
    """
    number = int.from_bytes(hashlib.sha256(whose.encode()).digest()[:12])
    spot, day = divmod(spot, _BIRTHDAYS)
    born = dt.date(today.year - shape.age, 1, 1) + dt.timedelta(days=day)
    name = shape.name or _SURNAMES[number % 16] + _GIVEN[number // 16 % 12] + _RARE[number // 192 % 11]
    psn_no = f"{area}{10**11 + number % (9 * 10**11):012d}"
    certno = _certificate_number(shape.certificate, spotted_number(prefix, spot, born, shape.gender), spot)
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
    return Made(person, Filing(psn_no, shape.filing, area, target, begin, end).numbered())


def _certificate_number(certificate: str, card: str, spot: int) -> str:
    """Return the number on a person's certificate, in the form that its kind has, made of that of a card.

    Until 1999 cards had 15 digits: a year of two and no check character. That of a residence permit begins with one of
    the areas 81, 82 and 83.
    """
    if certificate == OLD_CARD:
        return card[:6] + card[8:17]
    if certificate == "17":
        body = f"8{spot % 3 + 1}0000{card[6:17]}"
        return body + check_digit(body)
    return f"{_LETTERS[certificate]}{int(card[:17]) % 99_999_989:08d}" if certificate in _LETTERS else card


def person_told(row: Mapping[str, Any]) -> Person:
    """Return the person that :func:`told_person` tells of."""
    balance = int(str(row["balance"]).replace(".", ""))
    born, identities = dt.date.fromisoformat(row["born"]), tuple(row["identities"])
    return Person(**{**row, "born": born, "balance": balance, "identities": identities})


def filed_fact(filing: Filing) -> Filed | Declared:
    """Return the fact that a filing is; one of type ``chronic`` is that a disease, its target, was approved."""
    if filing.filing_type != OF_DISEASE:
        return Filed(filing)
    found = Declaration(filing.sn, OF_DISEASE, filing.psn_no, "", filing.target, "", filing.begin, filing.end)
    return Declared(found._replace(approved=True))


def filing_told(row: Mapping[str, Any]) -> Filing:
    """Return the filing that :func:`told_filing` tells of."""
    end = dt.date.fromisoformat(row["end"]) if row["end"] else None
    return Filing(**{**row, "begin": dt.date.fromisoformat(row["begin"]), "end": end})
