"""People as a city of insurance knows them."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple


class Person(NamedTuple):
    """An insured person; ``balance`` is the personal account in fen on the day of enrolment."""

    psn_no: str
    certno: str
    name: str
    gender: str
    born: dt.date
    insutype: str
    psn_type: str
    insured_area: str
    balance: int = 0
