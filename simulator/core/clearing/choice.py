"""What goes into a claim: paid for first, in time, not in doubt, and never less than nothing of any settlement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import NamedTuple

from simulator.core.benefit.settlement import Settlement
from simulator.core.clearing.items import Change, Claims, Item, Place, place_of
from simulator.core.clearing.sums import NO_SUMS, ClaimRow, Sums, sums_of

_RowKey = tuple[str, str, str, str, str]  # insured city, pooling area, insurance, clearing type, month of the bills


class Doubts(NamedTuple):
    """What keeps settlements out of a claim.

    ``left_out`` tells of one that its institution has declined, or has not confirmed where it has to (3261).
    ``visits`` and ``settlements`` name those of a month about which the sides of a reconciliation, or two cities in a
    dispute, do not agree yet (P75-41, P75-57).
    """

    left_out: Callable[[Settlement], bool]
    visits: Callable[[str], frozenset[str]]
    settlements: Callable[[str], frozenset[str]]


class Choice:
    """What is chosen for the claim of a month; ``again`` is an application that this one would replace.

    ``bound`` names settlements and changes that wait, with all that is about them, for another application's sheet.
    ``in_time`` tells of a month whether its bills may be declared (P75-49), ``barred`` of a settlement whether it is
    held back or in doubt.
    """

    def __init__(
        self,
        month: str,
        again: str,
        bound: frozenset[str],
        *,
        in_time: Callable[[str], bool],
        barred: Callable[[Item], bool],
    ) -> None:
        self._month = month
        self._again = again
        self._bound = bound
        self._in_time = in_time
        self._barred = barred
        self.taken: dict[str, Item] = {}
        self.changes: dict[str, Change] = {}
        self.late: list[str] = []
        self.late_changes: list[str] = []

    def free(self, claim: str) -> bool:
        """Tell whether a claim is none, or the one to be replaced."""
        return claim in {"", self._again}

    def add(self, family: Sequence[Item], before: int) -> None:
        """Choose from a settlement and all that takes it back or restores it; ``before`` fen of it are listed besides.

        What is asked for was paid first (JL-4.1d); what goes back goes at once, but with what it takes back, or when a
        sheet that stands has it (P75-45): otherwise a bill that nobody ever paid for would be refunded. A refund in
        doubt keeps its settlement waiting, and so does what another application has claimed of it, until its sheet
        stands. What was declared in time stays so when its application is corrected (P75-49).
        """
        if any(self._waits(item) for item in family):
            return
        open_ = [item for item in family if item.month <= self._month and self.free(item.claim)]
        done = before + sum(item.cleared for item in family if not self.free(item.claim))
        gives = [item for item in open_ if item.cleared <= 0]
        asks = [item for item in open_ if item.cleared > 0 and item.paid_on and not self._barred(item)]
        if any(map(self._barred, gives)):
            return
        old = [item for item in asks if not (item.claim or self._in_time(item.month))]
        self.late += [item.row.setl_id for item in old if not item.aside]
        chosen = [item for item in (*asks, *gives) if item not in old]
        if done + sum(item.cleared for item in chosen) >= 0:
            self.taken |= {item.row.setl_id: item for item in chosen}

    def _waits(self, item: Item) -> bool:
        return item.row.setl_id in self._bound or not (item.listed or self.free(item.claim))

    def join(self, number: str, change: Change) -> None:
        """Choose a change that may be claimed: it goes with its settlement, or when a sheet that stands has that; not
        before its month.

        What is asked for may be too late (P75-49); what goes back to the insured city never is.
        """
        item = change.item
        with_it = item is None or change.setl_id in self.taken or item.listed
        if not with_it or not self.free(change.claim) or change.month > self._month or number in self._bound:
            return
        if change.sums.claimed <= 0 or change.claim or not change.month or self._in_time(change.month):
            self.changes[number] = change
        elif not change.aside:
            self.late_changes.append(number)

    def claims(self, city: str, on: dt.date) -> Claims:
        """Return what was chosen as the claims of a treatment city on a day."""
        rows: dict[_RowKey, tuple[Sums, dt.date]] = {}
        for item in self.taken.values():
            _join(rows, place_of(item.row), item.month, sums_of(item.row), item.paid_on or on)
        for change in self.changes.values():
            paid_on = change.item.paid_on if change.item is not None else None
            _join(rows, change.place, self._month_of(change), change.sums, paid_on or on)
        listed = tuple(ClaimRow(city, *key, paid_on, sums) for key, (sums, paid_on) in sorted(rows.items()))
        return Claims(listed, tuple(self.taken), tuple(self.changes), tuple(self.late), tuple(self.late_changes))

    def _month_of(self, change: Change) -> str:
        """Return the month a change is claimed with: its own, its settlement's, or the one that is cleared."""
        with_it = change.item is not None and change.setl_id in self.taken and self._in_time(change.item.month)
        own = change.item.month if change.item is not None and with_it else self._month
        return change.month or own


def _join(rows: dict[_RowKey, tuple[Sums, dt.date]], place: Place, month: str, sums: Sums, on: dt.date) -> None:
    """Add to the row of an application; it is paid for when the last of its settlements is."""
    key = (place.insured, place.area, place.insutype, place.clr_type, month)
    known, paid_on = rows.get(key, (NO_SUMS, on))
    rows[key] = known.add(sums), max(paid_on, on)
