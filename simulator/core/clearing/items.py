"""What a treatment city has to pay and to claim, piece by piece: settlement rows, and what changes them afterwards."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from simulator.core.benefit.settlement import Settlement
from simulator.core.clearing.sums import ClaimRow, Sums
from simulator.core.reconciliation.rows import clearing_type


class Place(NamedTuple):
    """Where a settlement belongs, in a payment to its institution and in a claim of its insured city."""

    hospital: str
    insured: str
    area: str
    insutype: str
    clr_type: str


def place_of(row: Settlement) -> Place:
    """Return where a settlement row belongs."""
    return Place(row.hospital, row.insured_city, row.insured_area, row.insutype, clearing_type(row))


class Item:
    """A settlement row on its way: the institution's application, the day it was paid, the claim it went into.

    ``month`` is the month of the bills it counts with, ``root`` the number of the settlement it is about. ``listed``
    tells that a confirmed sheet holds it, ``aside`` that it is too late to be declared (P75-49).
    """

    __slots__ = ("application", "aside", "claim", "held", "listed", "month", "paid_on", "root", "row")

    def __init__(self, row: Settlement, month: str, root: str) -> None:
        self.row = row
        self.month = month
        self.root = root
        self.application = ""
        self.paid_on: dt.date | None = None
        self.claim = ""
        self.held = False
        self.listed = False
        self.aside = False

    @property
    def remote(self) -> bool:
        """Tell whether another city has to pay for it."""
        return self.row.treatment_city != self.row.insured_city

    @property
    def cleared(self) -> int:
        """Return the fen that are cleared for it; a row that takes another back has them negative."""
        return self.row.shares.cleared

    @property
    def untouched(self) -> bool:
        """Tell whether no money of it has moved: neither paid nor claimed."""
        return self.paid_on is None and not self.claim

    @property
    def finished(self) -> bool:
        """Tell whether nothing is to be done about it any more: it was paid, and stands on a sheet if it has to."""
        return self.paid_on is not None and (self.listed or not self.remote)


class Change:
    """What changes a settlement afterwards: an audit's deduction, or a correction.

    It goes into a payment to the institution and into a claim, each once. A correction is claimed as of ``month``, and
    not with an earlier one; a deduction, whose ``month`` is empty, with its settlement, or as of the month that is
    cleared next. ``item`` is None for a settlement that was put away.
    """

    __slots__ = ("aside", "claim", "item", "listed", "month", "paid", "place", "setl_id", "sums")

    def __init__(self, setl_id: str, place: Place, item: Item | None, sums: Sums, month: str) -> None:
        self.setl_id = setl_id
        self.place = place
        self.item = item
        self.sums = sums
        self.month = month
        self.paid = False
        self.claim = ""
        self.listed = False
        self.aside = False

    def remote(self, city: str) -> bool:
        """Tell whether another city than the treatment city has to pay for it."""
        return self.place.insured != city

    def claimable(self, city: str) -> bool:
        """Tell whether it may be claimed: what an institution gets more is paid first, what it loses need not be."""
        return self.remote(city) and (self.paid or self.sums.claimed <= 0)

    def finished(self, city: str) -> bool:
        """Tell whether nothing is to be done about it any more."""
        return self.paid and (self.listed or not self.remote(city))


class Claims(NamedTuple):
    """What can be claimed for a month: the rows of the application, and the settlements and changes they cover.

    ``late`` and ``late_changes`` are what would be claimed but for its age (P75-49), and was not set aside before.
    """

    rows: tuple[ClaimRow, ...]
    items: tuple[str, ...]
    changes: tuple[str, ...]
    late: tuple[str, ...] = ()
    late_changes: tuple[str, ...] = ()
