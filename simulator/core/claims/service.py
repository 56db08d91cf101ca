"""How long a paper claim may take, counted in working days from complete papers (JL-6.6c, P75-26)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from simulator.core.benefit.rules import INPATIENT
from simulator.core.claims.claim import Dossier
from simulator.core.values.calendar import DueDay, WorkCalendar
from simulator.core.values.parameters import PolicyPack

SMALL, NORMAL, SPECIAL = "small", "normal", "special"  # 小额门诊, 一般, 特殊


class Service(NamedTuple):
    """What a case is promised: its kind, its working days, and the last day, provisional beyond the calendar."""

    kind: str
    workdays: int
    due: DueDay


class OnTime(NamedTuple):
    """How many cases were ended, how many of them in time, and how many are judged by a provisional calendar."""

    ended: int
    on_time: int
    provisional: int


def promised(
    pack: PolicyPack, calendar: WorkCalendar, city: str, dossier: Dossier, *, bill: int, complete: dt.date
) -> Service:
    """Return the kind and last day of a case whose papers were complete on a day; ``bill`` in fen."""
    kind = _kind(pack, city, dossier, bill, complete)
    workdays = pack.at(f"claims.service.{kind}_workdays", complete, city).value
    assert isinstance(workdays, int)
    return Service(kind, workdays, calendar.add_workdays(complete, workdays))


def _kind(pack: PolicyPack, city: str, dossier: Dossier, bill: int, day: dt.date) -> str:
    """Return special, small or normal; a pack without the first two has one time for all (JL-6.6c).

    Small is a single outpatient bill *below* the line: a bill of exactly the line is normal (P75-26).
    """
    if dossier.special and pack.find("claims.service.special_workdays", day, city):
        return SPECIAL
    line = pack.find("claims.service.small_below", day, city)
    single = dossier.care != INPATIENT and len(frozenset(dossier.invoices)) == 1
    if line is not None and single:
        below = line.value
        assert isinstance(below, int)
        return SMALL if bill < below else NORMAL
    return NORMAL


def on_time(ended: Iterable[tuple[Service, dt.date]]) -> OnTime:
    """Count the cases that were ended by their last day, for the monthly report."""
    cases = list(ended)
    return OnTime(
        len(cases),
        sum(day <= service.due.day for service, day in cases),
        sum(service.due.provisional for service, _ in cases),
    )
