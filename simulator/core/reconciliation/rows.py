"""A settlement row as every side can compare it, and the figures a city reports of a group of rows.

Three sides hold a settlement between two cities: the treatment city, the insured city, and the platform between them,
which logs what passes. A row is known by its ``setl_id`` and whether it cancels; all three can say who, when, what
kind and how much. The two cities know more, the split of the fund by kind and the pooling area, and report it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any, NamedTuple, TypeVar

from simulator.core.benefit.settlement import Settlement
from simulator.core.platform.message import Block, Key
from simulator.core.reconciliation.totals import Totals, totals_of_row
from simulator.core.visits.care import CARE_OF, CLEARING_TYPE

INSURED_SIDE, TREATMENT_SIDE, PLATFORM_SIDE = "1", "2", "3"  # stmt_side; the first two are also outmed_role
CITY_SIDES = (INSURED_SIDE, TREATMENT_SIDE)
SIDES = (*CITY_SIDES, PLATFORM_SIDE)
NCMS = "380"  # 新农合: reconciles and clears on its own track (JL-7.3)
_PARTY_LENGTH = 12  # a msgid begins with the party that sent it

Pair = tuple[str, str]
"""A treatment city and an insured city."""


class Row(NamedTuple):
    """One settlement row. ``refund`` rows (``refd_setl_flag`` 1) carry negative totals.

    ``init_setl_id`` is the number of the row it cancels or restores, ``msgid`` that of the settling request.
    """

    setl_id: str
    refund: bool
    init_setl_id: str
    mdtrt_id: str
    psn_no: str
    msgid: str
    at: dt.datetime
    treatment_city: str
    insured_city: str
    insutype: str
    clr_type: str
    totals: Totals

    @property
    def key(self) -> tuple[str, bool]:
        """Return what makes the row the same row on every side."""
        return self.setl_id, self.refund

    @property
    def settled(self) -> str:
        """Return the number of the settlement it is about: its own, or that of the one it cancels or restores."""
        return self.init_setl_id or self.setl_id

    @property
    def day(self) -> str:
        """Return the day it counts for, as ISO text: that of the settlement time."""
        return self.at.date().isoformat()

    @property
    def pair(self) -> Pair:
        """Return the pair of cities it stands between."""
        return self.treatment_city, self.insured_city

    @property
    def told(self) -> Row:
        """Return the row as messages can tell it: its time to the second."""
        return self._replace(at=self.at.replace(microsecond=0))

    def mirrored(self, setl_id: str, at: dt.datetime) -> Row:
        """Return the row that takes this one back."""
        return self._replace(
            setl_id=setl_id, refund=not self.refund, init_setl_id=self.setl_id, at=at, totals=self.totals.negated()
        )


Held = TypeVar("Held", Settlement, Row)


def row_of(settlement: Settlement) -> Row:
    """Return a city's settlement row as all sides can compare it."""
    return Row(
        settlement.setl_id,
        settlement.refund,
        settlement.init_setl_id,
        settlement.mdtrt_id,
        settlement.psn_no,
        settlement.settled_by,
        settlement.at,
        settlement.treatment_city,
        settlement.insured_city,
        settlement.insutype,
        clearing_type(settlement),
        totals_of_row(settlement),
    )


def request_of(msgid: str) -> Key:
    """Return the key of the request that bears a ``msgid``: its party is the first part of it."""
    return Key(msgid[:_PARTY_LENGTH], msgid)


def clearing_type(settlement: Settlement) -> str:
    """Return the clearing type (清算类别, ``clr_type``) of a settlement row, by its kind of care."""
    return CLEARING_TYPE[CARE_OF[settlement.med_type]]


def between_cities(settlement: Settlement) -> bool:
    """Tell whether a row is reconciled between cities: not inside one, and not NCMS (JL-7.3)."""
    return settlement.treatment_city != settlement.insured_city and settlement.insutype != NCMS


def in_effect(rows: Sequence[Held], totals: Callable[[Held], Totals], strikes: Set[str]) -> tuple[Held, ...]:
    """Leave out each row that only takes another back (its number is in ``strikes``), and the row it takes back.

    A strike of a row of another day stands for itself.
    """
    if not strikes:
        return tuple(rows)
    places: dict[tuple[str, Totals], list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault((row.setl_id, totals(row)), []).append(place)
    out: set[int] = set()
    for place, row in enumerate(rows):
        struck = places.get((row.init_setl_id, totals(row).negated())) if row.setl_id in strikes else None
        if struck:
            out |= {place, struck.pop(0)}
    return tuple(row for place, row in enumerate(rows) if place not in out)


def taken_back_by(row: Held, rows: Iterable[Held], totals: Callable[[Held], Totals]) -> Held | None:
    """Return the next row of the same settlement where that takes this one back to the fen, None where it does not.

    ``rows`` are those in effect on one side in their order, of whatever days: an answer that was lost before midnight
    and a reversal after it leave a row and the one that takes it back on two days.
    """
    settled = row.init_setl_id or row.setl_id
    family = [each for each in rows if (each.init_setl_id or each.setl_id) == settled]
    later = family[family.index(row) + 1 :]
    return later[0] if later and totals(later[0]) == totals(row).negated() else None


class Figures(NamedTuple):
    """A group of rows in numbers and fen, by the interface's field names; a cancelling row counts -1."""

    setl_totlnum: int = 0
    medfee_sumamt: int = 0
    hifp_pay: int = 0
    cvlserv_pay: int = 0
    hifes_pay: int = 0
    hifmi_pay: int = 0
    hifob_pay: int = 0
    hifdm_pay: int = 0
    maf_pay: int = 0
    oth_pay: int = 0
    fund_pay_sumamt: int = 0
    acct_pay: int = 0
    psn_cash_pay: int = 0
    hosp_part_amt: int = 0

    def add(self, other: Figures) -> Figures:
        """Return the sum of both."""
        return Figures(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    @property
    def totals(self) -> Totals:
        """Return what the platform between the cities can compare."""
        return Totals(self.setl_totlnum, self.medfee_sumamt, self.fund_pay_sumamt, self.acct_pay)


class Group(NamedTuple):
    """What a city's totals are reported by: pair of cities, pooling area of insurance, insurance and clearing type."""

    mdtrtarea_admvs: str
    insuplc_admdvs: str
    insu_admdvs: str
    insutype: str
    clr_type: str

    @property
    def pair(self) -> Pair:
        """Return the pair of cities."""
        return self.mdtrtarea_admvs, self.insuplc_admdvs


def figures_of(settlement: Settlement) -> Figures:
    """Return what one row adds to its group."""
    return figures_in(settlement.sign, settlement.shares._asdict())


def figures_in(count: int, amounts: Mapping[str, Any] | Block) -> Figures:
    """Return the figures that a block names, ``count`` rows of them; a part it does not name is nothing."""
    return Figures(count, *(amounts.get(field, 0) for field in Figures._fields[1:]))


def grouped(settlements: Iterable[Settlement]) -> dict[Group, Figures]:
    """Sum rows by their groups, in order; groups that come to nothing vanish, as if there had been no row."""
    sums: dict[Group, Figures] = {}
    for row in settlements:
        group = Group(row.treatment_city, row.insured_city, row.insured_area, row.insutype, clearing_type(row))
        sums[group] = sums.get(group, Figures()).add(figures_of(row))
    return {group: sums[group] for group in sorted(sums) if any(sums[group])}
