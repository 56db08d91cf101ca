"""The intake of a clearing house: members' applications (C101), page by page, and what they claim.

The house has every settlement in its own log. Rows of NCMS are refused (JL-7.3), and so are rows declared too late
(P75-49) and claims beyond what passed through the house.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.deadlines import declarable
from simulator.core.clearing.facts import PageTaken
from simulator.core.clearing.months import compact, expanded
from simulator.core.clearing.sums import ClaimRow, claim_in
from simulator.core.platform.message import Message
from simulator.core.platform.node import Turn
from simulator.core.platform.office import Office
from simulator.core.reconciliation.rows import NCMS
from simulator.core.reconciliation.totals import Tally
from simulator.core.values.areas import Registry
from simulator.core.values.money import yuan
from simulator.core.values.parameters import PolicyPack

Adjusted = Callable[[str], Mapping[tuple[str, str], int]]
"""What disputes have added to a clearing month (six digits), in fen, by treatment and insured city."""
ClaimKey = tuple[str, str, str, str]  # month of the bills, treatment city, insured city, insurance


class Application(NamedTuple):
    """A member's application as far as it has come in: its rows by page."""

    event: str
    on: dt.date
    pages: int
    rows: dict[int, tuple[ClaimRow, ...]]

    @property
    def whole(self) -> tuple[ClaimRow, ...]:
        """Return the rows of all pages."""
        return tuple(row for page in sorted(self.rows) for row in self.rows[page])


class Applications(Office):
    """The intake of one house; ``state_of`` a member's state on the sheet of a month, empty where there is none yet."""

    def __init__(
        self,
        *,
        registry: Registry,
        pack: PolicyPack,
        log: Tally,
        adjusted: Adjusted,
        member_of: Callable[[str], str],
        state_of: Callable[[str, str], str],
    ) -> None:
        self._registry = registry
        self._pack = pack
        self._log = log
        self._adjusted = adjusted
        self._member_of = member_of
        self._state_of = state_of
        self._coming: dict[tuple[str, str], Application] = {}
        self.in_force: dict[tuple[str, str], Application] = {}  # (month, member)
        self._claimed: dict[ClaimKey, int] = {}
        self.answers = {"C101": self._take}
        self.folds = {PageTaken: self._fold_page}

    def of(self, month: str) -> tuple[tuple[str, ClaimRow], ...]:
        """Return the rows applied for with a month's clearing, each with its application."""
        return tuple(
            (known.event, row)
            for (each, _), known in sorted(self.in_force.items())
            if each == month
            for row in known.whole
        )

    def _take(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        member, month = data["mdtrtarea_admvs"], expanded(data["setlym"])
        rows = tuple(claim_in(row) for row in asked.rows("clrlist"))
        problem = self._problem(turn, asked, member, month, rows)
        if problem is not None:
            return problem
        event, on = data["clr_appy_evt_id"], turn.now.date()
        turn.record(PageTaken(event, member, month, on, data["page_num"], data["pages"], rows))
        result = {"clr_appy_evt_id": event, "clr_stas": "10", "totalrow": len(rows)}
        return turn.ok(asked, result=result)

    def _problem(self, turn: Turn, asked: Message, member: str, month: str, rows: Iterable[ClaimRow]) -> Message | None:
        state = self._state_of(member, month)
        if state and (state, life.APPLY) not in life.CASE:
            return turn.refuse(asked, "document_not_now", month, state, "C101")
        for row in rows:
            if self._member_of(row.treatment) != member or self._registry.city_of(row.insured) is None:
                return turn.refuse(asked, "unknown_area", row.insured)
            if row.insutype == NCMS:
                return turn.refuse(asked, "ncms_apart", row.insutype)
            if not declarable(self._pack, row.treatment, row.month, month, turn.now.date()):
                return turn.refuse(asked, "month_not_open", row.month)
        return self._too_much(turn, asked, member, month, rows)

    def _too_much(
        self, turn: Turn, asked: Message, member: str, month: str, rows: Iterable[ClaimRow]
    ) -> Message | None:
        """Refuse claims that, with all that is claimed already, are more than the log and the disputes have."""
        claimed = dict(self._claimed)
        known = self.in_force.get((month, member))
        _add(claimed, known.whole if known is not None else (), -1)
        coming = self._coming.get((month, member))
        if coming is not None and coming.event == asked.block("data")["clr_appy_evt_id"]:
            _add(claimed, coming.whole, 1)
        _add(claimed, rows, 1)
        for row in rows:
            key = _key(row)
            added = self._adjusted(compact(row.month)).get((row.treatment, row.insured), 0)
            logged = self._log.group(key).cleared + max(added, 0)
            if claimed[key] > logged:
                return turn.refuse(asked, "claim_exceeds_log", yuan(claimed[key]), yuan(logged))
        return None

    def _fold_page(self, fact: PageTaken) -> None:
        place = (fact.month, fact.member)
        coming = self._coming.get(place)
        if coming is None or coming.event != fact.event:
            coming = self._coming[place] = Application(fact.event, fact.on, fact.pages, {})
        coming.rows[fact.page] = fact.rows
        if len(coming.rows) == coming.pages:
            before = self.in_force.get(place)
            _add(self._claimed, before.whole if before is not None else (), -1)
            _add(self._claimed, coming.whole, 1)
            self.in_force[place] = self._coming.pop(place)


def _key(row: ClaimRow) -> ClaimKey:
    return row.month, row.treatment, row.insured, row.insutype


def _add(claimed: dict[ClaimKey, int], rows: Iterable[ClaimRow], sign: int) -> None:
    for row in rows:
        claimed[_key(row)] = claimed.get(_key(row), 0) + sign * row.sums.cleared
