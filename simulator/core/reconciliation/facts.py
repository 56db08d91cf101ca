"""What reconciliation can be told to do, and the facts it leaves. Cities and the province share them."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.core.reconciliation.compare import Mismatch
from simulator.core.reconciliation.rows import Figures, Group, Pair, Row

LEVEL, NOT_LEVEL, CORRECTED = "level", "not_level", "corrected"
MISSING, ROWS_WANTED = "missing", "rows_wanted"  # a side has not reported; a city has been asked for its rows
GOOD = frozenset({LEVEL, CORRECTED})
BAD = frozenset({NOT_LEVEL, CORRECTED})  # once not level, a pair is corrected at best


# -- actions ------------------------------------------------------------------------------------------------------


class ReconcileDay(NamedTuple):
    """Action: a city reports a day's totals; the province compares what is in, and notes who has not sent in time."""

    day: dt.date


class Correct(NamedTuple):
    """Action: correct, on one's own side, a row that the sides do not hold alike."""

    mismatch: Mismatch


class CloseMonth(NamedTuple):
    """Action: close a month (``yyyy-MM``) to reconciliation."""

    month: str


# -- facts of both ------------------------------------------------------------------------------------------------


class DayCompared(NamedTuple):
    """Fact: a pair of cities was compared for a day; ``number`` names the run of the pair and day.

    ``mismatches`` are those this fact brings, ``in_all`` is how many the comparison found.
    """

    number: str
    day: str
    pair: Pair
    at: dt.datetime
    result: str
    mismatches: tuple[Mismatch, ...]
    in_all: int


class Corrected(NamedTuple):
    """Fact: a side set right what a mismatch names; ``strikes`` are the numbers of rows that only take others back.

    ``how`` is "struck", "entered", "replaced", "reversed", or "asked" where the outcome is being asked for again.
    """

    mismatch: Mismatch
    side: str
    how: str
    strikes: tuple[str, ...]


class MonthClosed(NamedTuple):
    """Fact: a month is closed to reconciliation, for one city or, on the province's side, for each of them."""

    city: str
    month: str
    on: dt.date


class CaseReported(NamedTuple):
    """Fact: a special case was reported (S301), or reported as ``done``; each of its parts (``about``) is so once."""

    city: str
    excp_id: str
    number: str
    about: tuple[str, ...]
    done: bool


# -- facts of a city ----------------------------------------------------------------------------------------------


class TotalsSent(NamedTuple):
    """Fact: the totals of a role for a span of days were sent, in so many pages."""

    batch: str
    begin: str
    end: str
    side: str
    pages: int


class TotalsAnswered(NamedTuple):
    """Fact: the province answered a page of totals; ``level`` None where it refused it."""

    batch: str
    page: int
    level: bool | None


class RowsSent(NamedTuple):
    """Fact: the rows of a pair and day were sent with the number of the totals they belong to."""

    batch: str
    day: str
    pair: Pair


# -- facts of the province ----------------------------------------------------------------------------------------


class TotalsReceived(NamedTuple):
    """Fact: a page of a city's totals came in, made at the time ``sent`` (as messages write it)."""

    city: str
    side: str
    batch: str
    begin: str
    end: str
    page: int
    pages: int
    groups: tuple[tuple[Group, Figures], ...]
    sent: str


class RowsAsked(NamedTuple):
    """Fact: a pair is not level on a day, and its cities were asked for their rows, under a number of its own."""

    number: str
    day: str
    pair: Pair


class RowsReceived(NamedTuple):
    """Fact: a page of a city's rows of a pair and day came in."""

    side: str
    batch: str
    day: str
    pair: Pair
    page: int
    pages: int
    rows: tuple[Row, ...]


class RunMissed(NamedTuple):
    """Fact: a city had not sent a day's totals in one of its roles when they were due."""

    city: str
    side: str
    day: str


class MadeGood(NamedTuple):
    """Fact: a row of this day sets right a mismatch of a month that was closed already, and so is none itself."""

    day: str
    pair: Pair
    side: str
    row: tuple[str, bool]
    mismatch: Mismatch
