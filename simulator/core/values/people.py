"""People and their filings as a city of insurance knows them."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

RETIRED_RESETTLEMENT = "retired_resettlement"  # 异地安置退休
LONG_TERM_RESIDENCE = "long_term_residence"  # 异地长期居住
LONG_TERM_WORK = "long_term_work"  # 常驻异地工作


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


class Filing(NamedTuple):
    """A filing (备案) to one treatment city or area; both dates are inclusive, ``end`` None means until changed."""

    psn_no: str
    filing_type: str
    insured_area: str
    target: str
    begin: dt.date
    end: dt.date | None

    def covers(self, admitted: dt.date, treatment_area: str, treatment_city: str) -> bool:
        """Tell whether an admission on this day in this area or city is covered.

        The day of admission decides: a filing that runs out during the stay still covers it (P75-13).
        """
        if self.target not in {treatment_area, treatment_city}:
            return False
        return self.begin <= admitted and (self.end is None or admitted <= self.end)


def covering(filings: tuple[Filing, ...], admitted: dt.date, treatment_area: str, treatment_city: str) -> Filing | None:
    """Return the first filing that covers an admission, or None."""
    for filing in filings:
        if filing.covers(admitted, treatment_area, treatment_city):
            return filing
    return None
