"""Settlement rows of visits, and the years they count in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from simulator.core.benefit.rules import Circumstance, YearSoFar
from simulator.core.benefit.settlement import DIRECT, Inputs, Settlement
from simulator.core.benefit.shares import Shares
from simulator.core.values.areas import Registry
from simulator.core.values.money import half_up
from simulator.core.visits.facts import NOTHING_BILLED, Billed
from simulator.core.visits.lifecycle import PART
from simulator.core.visits.visits import Visit

_DAY = dt.timedelta(days=1)


class Mark(NamedTuple):
    """The number of a settlement row, its time, the ``msgid`` of the request that made it, and what it is about."""

    setl_id: str
    at: dt.datetime
    settled_by: str
    billed: Billed = NOTHING_BILLED


class Portion(NamedTuple):
    """What a row adds to one year of a person: amounts in fen, and whether the stay is counted in it."""

    year: int
    shares: Shares
    burden: int
    counts: bool

    def added(self, before: YearSoFar, where: Circumstance, sign: int) -> YearSoFar:
        """Return a year's accumulators with this portion; ``sign`` is -1 for that of a cancelling row."""
        after = before.after(sign, where, self.shares, self.burden)
        return after if self.counts else after._replace(stays=before.stays)

    def mirrored(self) -> Portion:
        """Return what takes this portion out again: a cancelling row has negative shares and the same burden."""
        return self._replace(shares=self.shares.negated())


def settlement_row(
    registry: Registry, visit: Visit, mark: Mark, shares: Shares, inputs: Inputs | None = None
) -> Settlement:
    """Return the row of a visit's settlement: of a whole stay, or of what came since its last part."""
    return Settlement(
        setl_id=mark.setl_id,
        init_setl_id="",
        refund=False,
        kind=DIRECT,
        mdtrt_id=visit.mdtrt_id,
        psn_no=visit.psn_no,
        insutype=visit.insutype,
        hospital=visit.hospital,
        treatment_area=visit.treatment_area,
        insured_area=visit.insured_area,
        treatment_city=registry.city_of(visit.treatment_area) or "",
        insured_city=registry.city_of(visit.insured_area) or "",
        begin=began(visit),
        end=visit.ended or mark.at.date(),
        at=mark.at,
        settled_by=mark.settled_by,
        shares=shares,
        inputs=inputs,
        med_type=visit.med_type,
        batch=f"{PART}{len(visit.bills) + 1}" if mark.billed.part else mark.billed.batch,
    )


def began(visit: Visit) -> dt.date:
    """Return the day from which the next settlement of a visit counts: a stay's later parts follow on the earlier."""
    parts = [bill.row.end for bill in visit.bills.values() if bill.billed.part]
    return parts[-1] if parts else visit.admitted


def days_by_year(begin: dt.date, end: dt.date) -> tuple[tuple[int, int], ...]:
    """Return the days of a stay in each of its years, first and last day included; nothing for one within a year."""
    if begin.year >= end.year:
        return ()
    days = []
    while begin.year < end.year:
        next_year = dt.date(begin.year + 1, 1, 1)
        days.append((begin.year, (next_year - begin).days))
        begin = next_year
    return (*days, (end.year, (end - begin + _DAY).days))


def portions(row: Settlement, billed: Billed) -> Iterator[Portion]:
    """Yield what a row adds to each year: all to the year of the settlement day, or by the days of a cross-year stay.

    P75-44: one bill at discharge, of which the pack may attribute the shares to the years by days. The parts sum to the
    whole to the fen, and those of a mirror are the mirror's. The stay is counted once, in the last of its years.
    """
    assert row.inputs is not None
    if not billed.years:
        yield Portion(row.inputs.where.day.year, row.shares, row.inputs.burden, not billed.later)
        return
    total, done = sum(days for _, days in billed.years), 0
    for year, days in billed.years:
        before, done = done, done + days
        amounts = (half_up(each * done, total) - half_up(each * before, total) for each in row.shares)
        burden = half_up(row.inputs.burden * done, total) - half_up(row.inputs.burden * before, total)
        yield Portion(year, Shares(*amounts), burden, done == total and not billed.later)
