"""Invented people, derived on demand from (seed, city, index).

An identity number begins with an area code that never existed (99…) and has a right check digit, so that none can
belong to a living person. Names come from a pool drawn once; a few hold characters of CJK Extension B.
"""

from __future__ import annotations

import datetime as dt
import functools
import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from faker import Faker

from simulator.core.benefit.rules import EMPLOYEE, RESIDENT, RETIRED
from simulator.core.values.people import Person
from simulator.inputs.streams import Streams

_POOL_SIZE = 4096
_POOL_SEED = 20160524
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_NEVER_AN_AREA = "99"
_SEQUENCES = 499  # of a birthday and gender
_RARE = "𠮷𡈽𢀖𣘺𤭢𥄎𦍌𧘇𨐌𩸽𪚥"
_WORKING_AGE, _RETIRED_AGE, _ANY_AGE = (22, 59), (60, 92), (1, 90)


class Demography(NamedTuple):
    """What the people of a city are like; shares are in [0, 1], accounts in yuan on average."""

    employee_share: float
    retired_share: float
    account_yuan: Mapping[str, float]
    account_sigma: float
    rare_name_share: float


def make_person(
    streams: Streams, city: str, index: int, *, areas: Sequence[tuple[str, float]], like: Demography, year: int
) -> Person:
    """Make the traveller ``index`` of a city; ``areas`` are its pooling areas with their shares of the insured."""
    rng = streams.stream("person", f"{city}/{index}", "self")
    area = _weighted(areas, rng.random())
    insutype, psn_type, ages, account = RESIDENT, "15", _ANY_AGE, 0.0
    if rng.random() < like.employee_share:
        retired = rng.random() < like.retired_share
        insutype, psn_type = EMPLOYEE, RETIRED if retired else "11"
        ages = _RETIRED_AGE if retired else _WORKING_AGE
        account = like.account_yuan["retired" if retired else "active"]
    born = dt.date(year - rng.randint(*ages), 1, 1) + dt.timedelta(days=rng.randrange(365))
    gender = rng.choice("12")
    balance = 0
    if account:
        # A log-normal with this mean; the yuan become whole fen here, where money begins.
        balance = round(100 * account * rng.lognormvariate(-(like.account_sigma**2) / 2, like.account_sigma))
    return Person(
        psn_no=f"{area}{index:012d}",
        certno=identity_number(city, index, born, gender),
        name=_name(rng, gender, like.rare_name_share),
        gender=gender,
        born=born,
        insutype=insutype,
        psn_type=psn_type,
        insured_area=area,
        balance=balance,
    )


def identity_number(city: str, index: int, born: dt.date, gender: str) -> str:
    """Return an 18-character identity number that cannot exist: unique by city and index within a birthday.

    The area part is 99 and four digits, the sequence part holds the rest of the index with the gender's parity.
    """
    # The cities share the four free area digits with the index: 10^4 areas times 499 sequences a birthday. A county
    # that is pooled by itself has a place of its own beside the city whose digits it bears.
    block, rest = divmod(index, _SEQUENCES)
    area = ((int(city[2:4]) + int(city[4:6] or 0)) * 700 + block) % 10_000
    sequence = 2 * rest + (1 if gender == "1" else 2)
    body = f"{_NEVER_AN_AREA}{area:04d}{born:%Y%m%d}{sequence:03d}"
    return body + check_digit(body)


def spotted_number(prefix: str, spot: int, born: dt.date, gender: str) -> str:
    """Return an identity number that begins with two to six digits and differs from those of other spots.

    On one birthday there are 499 of them for each area of six digits that begins so.
    """
    free = 6 - len(prefix)
    area, rest = divmod(spot, _SEQUENCES)
    digits = f"{area % 10**free:0{free}d}" if free else ""
    body = f"{prefix}{digits}{born:%Y%m%d}{2 * rest + (1 if gender == '1' else 2):03d}"
    return body + check_digit(body)


def check_digit(body: str) -> str:
    """Return the check character of the first 17 digits (GB 11643, ISO 7064 MOD 11-2)."""
    return _CHECK_DIGITS[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def _weighted(areas: Sequence[tuple[str, float]], chance: float) -> str:
    for area, share in areas:
        chance -= share
        if chance < 0:
            return area
    return areas[-1][0]


def _name(rng: random.Random, gender: str, rare_share: float) -> str:
    name = rng.choice(_pool(gender))
    return name[0] + rng.choice(_RARE) if rng.random() < rare_share else name


@functools.cache
def _pool(gender: str) -> tuple[str, ...]:
    fake = Faker("zh_CN")
    fake.seed_instance(_POOL_SEED)
    make = fake.name_male if gender == "1" else fake.name_female
    return tuple(make() for _ in range(_POOL_SIZE))
