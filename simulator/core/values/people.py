"""People as a city of insurance knows them."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple


class Person(NamedTuple):
    """An insured person; ``balance`` is the personal account in fen on the day of enrolment.

    ``identities`` are those that bring further funds in (``civil_servant``, ``enterprise``, ``poor``), sorted.
    ``family`` is the ``psn_no`` of the family member whose account may pay too (共济), insured in the same city.
    """

    psn_no: str
    certno: str
    name: str
    gender: str
    born: dt.date
    insutype: str
    psn_type: str
    insured_area: str
    balance: int = 0
    identities: tuple[str, ...] = ()
    family: str = ""
