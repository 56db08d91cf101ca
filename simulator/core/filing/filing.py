"""The filing (备案): who may be treated away from home, where, from when to when, and how it was filed."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Collection, Iterable
from typing import NamedTuple

from simulator.core.filing.types import LONG_TERM, TYPE_CODES, WINDOW

_MONTHS = 12
_PERSON_DIGITS = 9  # of psn_no, in the number of a filing that was told without one


class Referral(NamedTuple):
    """What a referral (转诊) says besides: the hospital the patient comes from, the one meant, and why."""

    from_hospital: str
    from_name: str
    day: dt.date
    to_hospital: str = ""
    to_name: str = ""
    diag_code: str = ""
    diag_name: str = ""
    reason: str = "转诊"
    agreed: bool = True


class Filing(NamedTuple):
    """A filing; the first six fields are enough where one is told as a fact.

    ``insured_area`` is the pooling area whose fund pays, ``target`` the area, city, province or (a referral, where the
    pack allows it) the hospital it is for. ``begin`` and ``end`` are inclusive, ``end`` None means until changed.
    ``sn`` is ``trt_dcla_detl_sn``: a change keeps it and adds one to ``version``. ``filed_at`` is when it was applied
    for, ``approved_at`` when it was approved, ``effective_at`` from when it may be used. ``since`` is the day from
    which a changed version counts, ``ended`` the first day on which an admission may no longer use this version.
    """

    psn_no: str
    filing_type: str
    insured_area: str
    target: str
    begin: dt.date
    end: dt.date | None
    sn: str = ""
    channel: str = WINDOW
    commitment: bool = False
    proofs: int = 0
    trips: int = 0
    filed_at: dt.datetime | None = None
    approved_at: dt.datetime | None = None
    effective_at: dt.datetime | None = None
    version: int = 1
    since: dt.date | None = None
    ended: dt.date | None = None
    checked_on: dt.date | None = None
    updated_at: dt.datetime | None = None
    referral: Referral | None = None
    reason: str = ""
    closing: bool = False

    @property
    def long_term(self) -> bool:
        """Tell whether this is a long-term filing (P75-07)."""
        return self.filing_type in LONG_TERM

    @property
    def proven(self) -> bool:
        """Tell whether real proof stands behind it and no mere commitment (P75-11); a referral is one: a hospital's."""
        return not self.commitment and (bool(self.proofs) or self.referral is not None)

    @property
    def valid(self) -> bool:
        """Tell whether the filing stands (``vali_flag``): it has not been changed, cancelled or found invalid."""
        return self.ended is None

    @property
    def made_on(self) -> dt.date:
        """Return the day on which it was applied for; of one told as a fact alone, its first day."""
        return self.begin if self.filed_at is None else self.filed_at.date()

    @property
    def first_day(self) -> dt.date:
        """Return the first day on which an admission may use this version."""
        return max(self.begin, self.since or self.begin)

    @property
    def last_day(self) -> dt.date | None:
        """Return the last day on which an admission may use this version, None where that is open."""
        if self.ended is None:
            return self.end
        before = self.ended - dt.timedelta(days=1)
        return before if self.end is None else min(self.end, before)

    def in_force(self, day: dt.date) -> bool:
        """Tell whether an admission on this day may use this version."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)

    def covers(self, admitted: dt.date, places: Collection[str]) -> bool:
        """Tell whether an admission on this day is covered at the hospital, area, city and province in ``places``.

        The day of admission decides: a filing that runs out or is cancelled during the stay still covers it (P75-13).
        """
        return self.target in places and self.in_force(admitted)

    def overlaps(self, begin: dt.date, end: dt.date | None) -> bool:
        """Tell whether some day from ``begin`` to ``end`` (None: open) is in force here."""
        first = max(begin, self.first_day)
        return self.in_force(first) and (end is None or first <= end)

    def numbered(self) -> Filing:
        """Return the filing with a number: its own, or one made of what it says, the same wherever it is told."""
        if self.sn:
            return self
        kind = TYPE_CODES.get(self.filing_type, "00")
        number = f"B{self.insured_area}{self.target[-6:]}{self.begin:%y%m%d}{kind}{self.psn_no[-_PERSON_DIGITS:]}"
        return self._replace(sn=number)


def covering(filings: Iterable[Filing], admitted: dt.date, places: Collection[str]) -> Filing | None:
    """Return the filing that covers an admission, or None; a long-term one, which costs nothing, before a temporary."""
    found = [filing for filing in filings if filing.covers(admitted, places)]
    return min(found, key=lambda filing: not filing.long_term, default=None)


def months_later(day: dt.date, months: int) -> dt.date:
    """Return the day on which so many months from a day are complete: the same day of the later month, or its last.

    The one way months are counted here, as P75-10b checks them (end - start >= 6 months) and as civil law does: the
    first day is not counted, the day of the same number is the last. From 4 May six months are complete on 4 November:
    that is the last day of a filing of six months, and the first on which a lock of six months is over (P75-10c).
    """
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
