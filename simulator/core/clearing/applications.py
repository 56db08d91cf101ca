"""The intake of a clearing house: members' applications (C101), page by page, and what they claim.

The house has every settlement in its own log. Rows of NCMS are refused (JL-7.3), and so are rows declared too late
(P75-49) and claims beyond what passed through the house. What its own sheets clear and what it has to apply for itself
elsewhere are two ledgers: a member may correct its application by the one when the other is closed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.deadlines import declarable
from simulator.core.clearing.facts import PageTaken
from simulator.core.clearing.logged import ClaimKey, Logged
from simulator.core.clearing.months import compact, expanded, months_between
from simulator.core.clearing.papers import PaperSheet
from simulator.core.clearing.sums import ClaimRow, claim_in
from simulator.core.platform.message import Message
from simulator.core.platform.office import Office
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.rows import NCMS
from simulator.core.values.areas import Registry
from simulator.core.values.money import yuan
from simulator.core.values.parameters import PolicyPack

Adjusted = Callable[[str], Mapping[tuple[str, str], int]]
"""What disputes have raised bills by in a clearing month (six digits), in fen, by treatment and insured city."""
_KEPT_MONTHS = 4
Ledger = dict[tuple[str, str], "Application"]
"""The applications in force, by month and member."""


class Application(NamedTuple):
    """A member's application as far as it has come in: its rows by page; ``closed`` once its sheet stands.

    Its rows are then those of the versions that the sheet ``listed``, by number.
    """

    event: str
    on: dt.date
    pages: int
    rows: dict[int, tuple[ClaimRow, ...]]
    closed: bool = False
    listed: tuple[str, ...] = ()

    @property
    def made_of(self) -> tuple[str, ...]:
        """Return the numbers of the versions its rows are of."""
        return self.listed if self.closed else (self.event,)

    @property
    def whole(self) -> tuple[ClaimRow, ...]:
        """Return the rows of all pages."""
        return tuple(row for page in sorted(self.rows) for row in self.rows[page])

    def with_rows(self, rows: Iterable[ClaimRow]) -> Application:
        """Return the application with these rows, on one page."""
        return Application(self.event, self.on, 1, {1: tuple(rows)})


class Version(NamedTuple):
    """What an application said when all of it had come in; the member may have corrected it since."""

    month: str
    member: str
    rows: tuple[ClaimRow, ...]


class Standings(NamedTuple):
    """What a house knows of its members.

    ``member_of`` is whose line a city stands on, ``inside`` tells whether a pair of cities is cleared by the house's
    own sheets, and ``closed`` is the state that keeps a member's month from being applied for in a ledger (own or
    not) on a day, empty where nothing does.
    """

    member_of: Callable[[str], str]
    inside: Callable[[str, str], bool]
    closed: Callable[[str, str, bool, dt.date], str]


class Applications(Office):
    """The intake of one house; a lower number never replaces a higher one, in whatever order they come."""

    def __init__(
        self, *, registry: Registry, pack: PolicyPack, logged: Logged, adjusted: Adjusted, standings: Standings
    ) -> None:
        self._registry = registry
        self._pack = pack
        self._logged = logged
        self._adjusted = adjusted
        self._standings = standings
        self._coming: Ledger = {}
        self.in_force: Ledger = {}  # what the house's own sheets clear
        self.onward: Ledger = {}  # what the house itself applies for elsewhere
        self.versions: dict[str, Version] = {}  # by application
        self._claimed: dict[ClaimKey, int] = {}
        self.answers = {"C101": self._take}
        self.folds = {PageTaken: self._fold_page, **logged.folds}

    def of(self, month: str) -> tuple[tuple[str, ClaimRow], ...]:
        """Return the rows applied for with a month's clearing, each with its application."""
        return tuple(
            (known.event, row)
            for ledger in (self.in_force, self.onward)
            for (each, _), known in sorted(ledger.items())
            if each == month
            for row in known.whole
        )

    def close(self, member: str, sheet: PaperSheet, *, own: bool) -> None:
        """Hold a member to a sheet that stands: of what it applied for, only what the sheet lists is claimed.

        What came too late for one of the house's own sheets the member applies for with a later month; what the house
        applies for itself goes with its next application. An application of another month is concerned where the sheet
        lists it.
        """
        ledger = self.in_force if own else self.onward
        member_of = self._standings.member_of
        listed = {(*pair[:3], pair.event) for pair in sheet.pairs if member_of(pair.treatment) == member}
        for (month, each), known in list(ledger.items()):
            if each != member or known.closed:
                continue
            found = [
                (event, row)
                for event, version in sorted(self.versions.items())
                if (version.month, version.member) == (month, member)
                for row in version.rows
                if (row.treatment, row.insured, row.insutype, event) in listed
            ]
            if found or (own and month == sheet.month):
                rows = [row for _, row in found]
                _add(self._claimed, known.whole, -1)
                _add(self._claimed, rows, 1)
                events = tuple(dict.fromkeys(event for event, _ in found))
                ledger[month, each] = known.with_rows(rows)._replace(closed=True, listed=events)

    def drop_before(self, day: str) -> None:
        """Forget what was said by applications of months long past that stand on their sheets."""
        old = {place for ledger in (self.in_force, self.onward) for place, known in ledger.items() if not known.closed}
        self.versions = {
            event: version
            for event, version in self.versions.items()
            if (version.month, version.member) in old or months_between(version.month, day[:7]) <= _KEPT_MONTHS
        }

    # -- taking in ----------------------------------------------------------------------------------------------

    def _take(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        member, month = data["mdtrtarea_admvs"], expanded(data["setlym"])
        rows = tuple(claim_in(row) for row in asked.rows("clrlist"))
        event, on = data["clr_appy_evt_id"], turn.now.date()
        try:
            self._open(event, member, month, rows, on)
            for row in rows:
                self._sound(row, member, month, on)
            self._within_log(event, member, month, rows)
        except Refused as problem:
            return turn.refuse(asked, problem.name, *problem.found)
        turn.record(PageTaken(event, member, month, on, data["page_num"], data["pages"], rows))
        result = {"clr_appy_evt_id": event, "clr_stas": "10", "totalrow": len(rows)}
        return turn.ok(asked, result=result)

    def _open(self, event: str, member: str, month: str, rows: Iterable[ClaimRow], on: dt.date) -> None:
        """Refuse a correction of what a sheet has settled, and an application that a later one has replaced."""
        used = self.versions.get(event)
        if used is not None and (used.month, used.member) != (month, member):
            raise Refused("document_not_now", event, life.APPLIED, "C101")
        coming = self._coming.get((month, member))
        for own in sorted({self._own(row) for row in rows}):
            known = (self.in_force if own else self.onward).get((month, member))
            state = self._standings.closed(member, month, own, on)
            if state:
                raise Refused("document_not_now", month, state, "C101")
            last = max((each.event for each in (known, coming) if each is not None), key=_order, default="")
            if _order(event) < _order(last) or (known is not None and known.closed and event == last):
                raise Refused("document_not_now", event, last, "C101")

    def _sound(self, row: ClaimRow, member: str, month: str, on: dt.date) -> None:
        """Refuse a row of another member, of NCMS (JL-7.3), or declared before its month is cleared or too late.

        What was declared in time stays so when the application is corrected, and nothing is too late to be given back;
        whether it was in time is judged where the city itself declares (P75-49).
        """
        if self._standings.member_of(row.treatment) != member or self._registry.city_of(row.insured) is None:
            raise Refused("unknown_area", row.insured)
        if row.insutype == NCMS:
            raise Refused("ncms_apart", row.insutype)
        known = (self.in_force if self._own(row) else self.onward).get((month, member))
        before = {each[:6]: each.sums.claimed for each in known.whole} if known is not None else {}
        late = row.treatment == member and row.sums.claimed > max(before.get(row[:6], 0), 0)
        if row.month > month or (late and not declarable(self._pack, row.treatment, row.month, month, on)):
            raise Refused("month_not_open", row.month)

    def _within_log(self, event: str, member: str, month: str, rows: Iterable[ClaimRow]) -> None:
        """Refuse claims that, with all that is claimed already, are more than the log and the disputes have."""
        claimed = dict(self._claimed)
        for ledger in (self.in_force, self.onward):
            known = ledger.get((month, member))
            _add(claimed, known.whole if known is not None and not known.closed else (), -1)
        coming = self._coming.get((month, member))
        if coming is not None and coming.event == event:
            _add(claimed, coming.whole, 1)
        _add(claimed, rows, 1)
        for row in rows:
            key = _key(row)
            added = self._adjusted(compact(row.month)).get((row.treatment, row.insured), 0)
            logged = self._logged.cleared(key) + added
            if claimed[key] > logged:
                raise Refused("claim_exceeds_log", yuan(claimed[key]), yuan(logged))

    def _own(self, row: ClaimRow) -> bool:
        return self._standings.inside(row.treatment, row.insured)

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_page(self, fact: PageTaken) -> None:
        place = (fact.month, fact.member)
        coming = self._coming.get(place)
        if coming is None or coming.event != fact.event:
            coming = self._coming[place] = Application(fact.event, fact.on, fact.pages, {})
        coming.rows[fact.page] = fact.rows
        if len(coming.rows) < coming.pages:
            return
        del self._coming[place]
        self.versions[fact.event] = Version(*place, coming.whole)
        for ledger, own in ((self.in_force, True), (self.onward, False)):
            rows = [row for row in coming.whole if self._own(row) == own]
            before = ledger.get(place)
            if rows:
                _add(self._claimed, before.whole if before is not None and not before.closed else (), -1)
                _add(self._claimed, rows, 1)
                ledger[place] = coming.with_rows(rows)


def _order(event: str) -> tuple[int, str]:
    """Return by what the numbers of a member's applications are compared: a lower one was sent before."""
    return len(event), event


def _key(row: ClaimRow) -> ClaimKey:
    return row.month, row.treatment, row.insured, row.insutype


def _add(claimed: dict[ClaimKey, int], rows: Iterable[ClaimRow], sign: int) -> None:
    for row in rows:
        claimed[_key(row)] = claimed.get(_key(row), 0) + sign * row.sums.cleared
