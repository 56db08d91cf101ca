"""What is recorded about filings; folding these facts again gives back what a platform knows of them."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.core.filing.filing import Filing
from simulator.core.filing.types import DIED
from simulator.core.values.people import Person

_DAY = dt.timedelta(days=1)


class Filed(NamedTuple):
    """Fact: a filing was made, or learned of; ``person`` where the one who says so knows the person."""

    filing: Filing
    person: Person | None = None


class FilingChanged(NamedTuple):
    """Fact: a filing has a new version, which counts from its ``since``; the one before counts until then."""

    filing: Filing


class FilingEnded(NamedTuple):
    """Fact: no admission from ``on`` on may use a filing, whose version is ``version`` now.

    ``reason`` is one of the reasons of ``fil_canc_rea``, ``checked_on`` the day of the check that found it invalid.
    """

    psn_no: str
    sn: str
    version: int
    on: dt.date
    reason: str
    at: dt.datetime
    checked_on: dt.date | None = None


class Found(NamedTuple):
    """A filing that a check found invalid: since when, and why."""

    psn_no: str
    sn: str
    since: dt.date
    reason: str


class FilingsChecked(NamedTuple):
    """Fact: the filings of the people of ``areas`` were checked (定期核查); ``invalid`` ones are not used any more."""

    on: dt.date
    areas: frozenset[str]
    invalid: tuple[Found, ...]


class Left(NamedTuple):
    """Fact: a person died, moved the insurance elsewhere, or returned to the place of insurance, on a day."""

    psn_no: str
    on: dt.date
    reason: str

    @property
    def ends(self) -> dt.date:
        """Return the first day on which no admission may use the person's filings.

        The filing of the day of admission covers care to its end (P75-13): who was admitted and died on one day was
        admitted while alive, so that a death ends filings on the day after it.
        """
        return self.on + _DAY if self.reason == DIED else self.on


class FilingSent(NamedTuple):
    """Fact: a version of a filing was sent to platforms; ``late`` where that was after the day it was due."""

    sn: str
    version: int
    to: tuple[str, ...]
    at: dt.datetime
    late: bool = False


class FilingAnswered(NamedTuple):
    """Fact: one of the platforms a filing was sent to has answered.

    ``refusal`` is its ``infcode``, 0 for success; then ``version`` is that of its copy.
    """

    sn: str
    by: str
    refusal: int
    version: int


class CopyCompared(NamedTuple):
    """Fact: rows of the province's copy were compared with what is known here; ``differing`` are filings by number."""

    differing: tuple[str, ...]
    agreeing: tuple[str, ...]
