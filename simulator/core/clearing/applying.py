"""A member's applications to its clearing house (C101), and what becomes of them once a sheet stands.

In-province and cross-province claims are applied for by themselves: each kind has a sheet of its own.
"""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.actions import ApplyClearing
from simulator.core.clearing.facts import Applied, Listed, Replaced, SetAside
from simulator.core.clearing.items import Claims
from simulator.core.clearing.months import compact, first_day, last_day, months_between
from simulator.core.clearing.orders import in_parts
from simulator.core.clearing.papers import Pair, PaperSheet
from simulator.core.clearing.sums import NO_SUMS, ClaimRow, Sums, total
from simulator.core.platform.message import Message
from simulator.core.platform.node import Node
from simulator.core.platform.office import Office, declining
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn

_KEPT_MONTHS = 4


class Draft(NamedTuple):
    """What a member is about to apply for by one kind of sheet, and the application it would correct."""

    kind: str
    rows: tuple[ClaimRow, ...]
    claims: Claims
    earlier: Applied | None


class Applicant(Office):
    """The applying side of a member; ``above`` is its clearing house, ``kinds`` are the sheets it applies for."""

    def __init__(self, node: Node, above: str, kinds: Sequence[str]) -> None:
        self._node = node
        self.above = above
        self._kinds = tuple(kinds)
        self.applied: dict[tuple[str, str], Applied] = {}  # the one in force by month and kind of sheet
        self._known: dict[str, Applied] = {}  # by number, also those that were corrected since
        self._given: dict[str, int] = {}
        self._closed: set[str] = set()  # those whose sheet stands
        self.hears = {"C101": self._hear_application}
        self.does = declining({ApplyClearing: self._apply})
        self.folds = {Applied: self._fold_applied, Replaced: self._fold_replaced, Listed: self._fold_listed}

    @property
    def applications(self) -> Mapping[str, Applied]:
        """Return the applications in force by month, where there is one; that of the first kind before the others."""
        order = sorted(self.applied.items(), key=lambda each: self._kinds.index(each[0][1]), reverse=True)
        return {month: applied for (month, _), applied in order}

    # -- what kinds of members decide ---------------------------------------------------------------------------

    @abstractmethod
    def claims(self, month: str, on: dt.date, again: str, kind: str) -> Claims:
        """Return what can be claimed by a kind of sheet for a month; ``again`` is an application it would replace."""

    def bound(self, month: str, kind: str) -> frozenset[str]:
        """Return what versions of other open applications held, and the last of them does not: their sheet may yet
        list it, so that nothing but a correction of the same application may claim it again."""
        found: set[str] = set()
        for place, applied in self.applied.items():
            if place != (month, kind) and applied.event not in self._closed:
                held = {each for version in applied.versions for each in (*version.items, *version.changes)}
                found |= held - {*applied.items, *applied.changes}
        return frozenset(found)

    @abstractmethod
    def parts(self, applied: Applied, pair: Pair) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the items and changes of an application that a pair is made of."""

    @abstractmethod
    def mine(self, city: str) -> bool:
        """Tell whether a city of a pair is on this member's side."""

    @abstractmethod
    def standing(self, month: str, kind: str) -> str:
        """Return the state of a month's sheet of a kind, empty where there is none."""

    def passed_on(self, kind: str) -> bool:
        """Tell whether the house claims with these applications elsewhere, each with the sheet it comes in time for."""
        return False

    def may_apply(self, month: str) -> None:  # a province may at any time
        """Raise Refused where a month cannot be applied for yet."""

    # -- applying -----------------------------------------------------------------------------------------------

    def _apply(self, turn: Turn, action: ApplyClearing) -> None:
        """Apply for a month's clearing (C101) once it is over; while its sheet is open, correct the application.

        A correction lists every row of the application it replaces, with nothing where nothing is left. What is too
        late to be declared is set aside (P75-49), and the rest goes on.
        """
        month, today = action.month, turn.now.date()
        if today <= last_day(month):
            raise Refused("month_not_open", month)
        self.may_apply(month)
        drafts: list[Draft] = []
        problems: list[Refused] = []
        late: list[Claims] = []
        for kind in self._kinds:
            try:
                draft = self._draft(month, today, kind)
            except Refused as problem:
                problems.append(problem)
                continue
            if draft.claims.late or draft.claims.late_changes:
                late.append(draft.claims)
            if draft.rows and not _same(draft):
                drafts.append(draft)
        if late:
            items = tuple(each for claims in late for each in claims.late)
            turn.record(SetAside(month, today, items, tuple(each for claims in late for each in claims.late_changes)))
        for draft in drafts:
            self._send(turn, month, draft)
        if not drafts:
            first = next(iter(problems), Refused("month_not_open" if late else "nothing_due", month))
            turn.decline(action, first.name, *first.found)

    def _draft(self, month: str, today: dt.date, kind: str) -> Draft:
        earlier, state = self.applied.get((month, kind)), self.standing(month, kind)
        if earlier is not None and earlier.event in self._closed:  # for good; what is left goes with a later month
            state = life.CONFIRMED
        if state and (state, life.APPLY) not in life.CASE:
            raise Refused("document_not_now", month, state, "C101")
        found = self.claims(month, today, earlier.event if earlier else "", kind)
        return Draft(kind, found.rows + (_emptied(earlier.rows, found.rows) if earlier else ()), found, earlier)

    def _send(self, turn: Turn, month: str, draft: Draft) -> None:
        event = f"QS{self._node.code}{compact(month)}{self._given.get(month, 0) + 1:04d}"
        _, rows, claims, earlier = draft
        if earlier is not None:
            turn.record(Replaced(earlier.event))
        today = turn.now.date()
        turn.record(Applied(event, month, today, rows, claims.items, claims.changes, earlier, draft.kind))
        pages = in_parts(rows)
        whole = {"pages": len(pages), "data_cnt": len(rows)}
        for number, page in enumerate(pages, 1):
            data = self._page(event, month, today, page) | {"page_num": number} | whole
            listed = [row.block(place) for place, row in enumerate(page, 1)]
            turn.ask(self.above, "C101", {"data": data, "clrlist": listed})

    def _page(self, event: str, month: str, on: dt.date, rows: tuple[ClaimRow, ...]) -> dict[str, Any]:
        sums = total(row.sums for row in rows)
        return {
            "clr_appy_evt_id": event,
            "setlym": compact(month),
            "mdtrtarea_admvs": self._node.code,
            "begndate": first_day(min(row.month for row in rows)).isoformat(),
            "enddate": last_day(month).isoformat(),
            "clr_appy_date": on.isoformat(),
            "medfee_sumamt": sums.medfee,
            "clr_sumamt": sums.cleared,
            "ded_sumamt": sums.deducted,
            "fund_appy_sum": sums.claimed,
            "totalrow": len(rows),
        }

    def _hear_application(self, turn: Turn, asked: Message, reply: Message) -> None:
        """A refused application is void: what it had replaced is in force again, and what has replaced it since does
        not stand on it."""
        event = asked.block("data")["clr_appy_evt_id"]
        known = next((each for each in self.applied.values() if event in {one.event for one in each.versions}), None)
        if reply.succeeded or known is None or known.event in self._closed:
            return
        if event == known.event:
            turn.record(Replaced(event))
        rest = _without(known, event)
        if rest is not None:
            turn.record(rest)

    # -- once a sheet stands ------------------------------------------------------------------------------------

    def claimed(self, pair: Pair) -> Sums:
        """Return what the application that a pair names says of it."""
        applied = self._known.get(pair.event)
        rows = applied.rows if applied is not None else ()
        return total(row.sums for row in rows if (row.treatment, row.insured, row.insutype) == pair[:3])

    def conclude(self, turn: Turn, sheet: PaperSheet) -> None:
        """Hold the applications to a sheet that stands: what it lists is claimed for good, what it does not is free.

        An application of another month is concerned where the sheet lists it; one that is passed on, only there: a
        later sheet may list it.
        """
        for (month, kind), applied in sorted(self.applied.items()):
            if kind != sheet.kind or applied.event in self._closed:
                continue
            found = (self._listed(version, sheet) for version in reversed(applied.versions))
            listed = [each for each in found if each is not None]
            if not listed and (month != sheet.month or self.passed_on(sheet.kind)):
                continue
            if [each[1:] for each in listed] != [(applied.event, applied.items, applied.changes)]:
                turn.record(Replaced(applied.event))
            for each in listed:
                turn.record(each)

    def _listed(self, applied: Applied, sheet: PaperSheet) -> Listed | None:
        pairs = [pair for pair in sheet.pairs if self.mine(pair.treatment) and pair.event == applied.event]
        found = [self.parts(applied, pair) for pair in pairs]
        items = frozenset(each for items, _ in found for each in items)
        changes = frozenset(each for _, changes in found for each in changes)
        if not pairs:
            return None
        kept = tuple(each for each in applied.items if each in items)
        return Listed(sheet.number, applied.event, kept, tuple(each for each in applied.changes if each in changes))

    def drop_before(self, day: str) -> None:
        """Forget what the applications of months long past were made of; the host has kept it."""
        open_ = {each.event for applied in self.applied.values() for each in applied.versions} - self._closed
        old = [each for each in self._known.values() if months_between(each.month, day[:7]) > _KEPT_MONTHS]
        for each in old:
            if each.event not in open_:
                del self._known[each.event]
        for place, applied in self.applied.items():
            if applied.event not in self._known:
                self.applied[place] = applied._replace(items=(), changes=(), earlier=None)

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_applied(self, fact: Applied) -> None:
        self.applied[fact.month, fact.kind] = self._known[fact.event] = fact
        self._given[fact.month] = self._given.get(fact.month, 0) + 1

    def _fold_replaced(self, fact: Replaced) -> None:
        for place in [place for place, each in self.applied.items() if each.event == fact.event]:
            del self.applied[place]

    def _fold_listed(self, fact: Listed) -> None:
        applied = self._known[fact.event]
        self.applied[applied.month, applied.kind] = applied
        self._closed.add(fact.event)


def _without(applied: Applied, event: str) -> Applied | None:
    """Return an application without one of its versions; where that is the last one, what it has corrected."""
    if applied.event == event:
        return applied.earlier
    assert applied.earlier is not None  # the version is one of those before
    return applied._replace(earlier=_without(applied.earlier, event))


def _same(draft: Draft) -> bool:
    """Tell whether a correction would say what is said already."""
    before = draft.earlier
    return before is not None and (before.items, before.changes) == (draft.claims.items, draft.claims.changes)


def _emptied(earlier: Iterable[ClaimRow], rows: Iterable[ClaimRow]) -> tuple[ClaimRow, ...]:
    """Return the rows that an earlier application had and the new one has not, with nothing in them."""
    kept = {row[:6] for row in rows}
    return tuple(row._replace(sums=NO_SUMS) for row in earlier if row[:6] not in kept)
