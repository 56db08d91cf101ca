"""A province between its cities and other provinces: what it pays by the sheets of its house and of the ministry.

The areas' shares are pooled before the province transfers (JL-4.2i); what comes from other provinces goes on to the
cities that treated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.agency import Agency
from simulator.core.clearing.annex import by_area, by_fund
from simulator.core.clearing.applications import Application
from simulator.core.clearing.deadlines import Deadlines
from simulator.core.clearing.facts import Applied, Judged, Listed, Replaced
from simulator.core.clearing.house import House, Issue
from simulator.core.clearing.items import Claims
from simulator.core.clearing.member import Member
from simulator.core.clearing.orders import TO_TREATMENT_FINANCE
from simulator.core.clearing.papers import (
    CROSS_PROVINCE_SHEET,
    IN_PROVINCE_SHEET,
    Debt,
    Pair,
    PaperSheet,
    Share,
    balances,
    base_of,
    due,
    signed,
)
from simulator.core.clearing.source import Paper, Source, paper_of
from simulator.core.clearing.sums import NO_SUMS, ClaimRow, Sums, total
from simulator.core.network.router import Router
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.values.money import yuan

_FIRM = frozenset({life.CONFIRMED, life.SEALED, life.CLOSED})
Covering = Callable[[str, str], Mapping[str, int]]  # a sheet and a member → fen covered by prepaid money, by insurance


class HouseSource(Source):
    """What a house pays its members by a sheet: the net receivers, or who treated people of other provinces."""

    def __init__(self, code: str, house: House, covered: Covering, agency: Agency) -> None:
        self._code = code
        self._house = house
        self._covered = covered
        self._agency = agency

    def paper(self, number: str) -> Paper | None:
        """Return the kind and month of a sheet."""
        found = self._house.issues.get(base_of(number))
        return None if found is None else paper_of(found.sheet)

    def owes(self, number: str) -> tuple[Debt, ...]:
        """Return what is to be paid to members."""
        issue = self._house.issue(number)
        return tuple(
            Debt(TO_TREATMENT_FINANCE, member, insutype, back)
            for member, dues in self._house.dues(issue).items()
            for insutype, (_, back) in dues.items()
            if back
        )

    def expects(self, number: str) -> int:
        """Return what is to be pooled by members."""
        issue = self._house.issue(number)
        return sum(out for dues in self._house.dues(issue).values() for out, _ in dues.values())

    def unready(self, number: str) -> str:
        """A sheet is paid once every member has confirmed it; what the members of another house say does not matter."""
        issue = self._house.issue(number)
        ready = issue.sheet.kind == CROSS_PROVINCE_SHEET or self._house.final(issue)
        return "" if ready else life.ON_SHEET

    def may_hand(self, number: str, debts: Sequence[Debt]) -> None:
        """Members are paid out of what is in: the areas' shares, or what other provinces sent (JL-4.2i)."""
        issue = self._house.issue(number)
        amount = sum(debt.amount for debt in debts if debt.payee in self._house.members)
        if not amount:
            return
        if issue.sheet.kind == IN_PROVINCE_SHEET:
            self.all_in(issue)
            return
        left = self._left(issue)
        if left < amount:
            raise Refused("not_covered", number, yuan(amount - left))

    def _left(self, issue: Issue) -> int:
        """Return what there is for members by a cross-province sheet: what other provinces sent, and what the areas'
        shares leave beyond what goes to other provinces, where one city pays back what another is owed."""
        base = issue.sheet.base
        others = sum(debt.amount for debt in self._agency.all_debts(base) if debt.payee not in self._house.members)
        pooled = sum(issue.collected.values())
        covered = sum(sum(self._covered(base, member).values()) for member in self._house.members)
        return self._agency.received(base) - pooled + max(pooled + covered - others, 0) - self._handed(base)

    def all_in(self, issue: Issue) -> None:
        """Raise Refused where a member's share is neither pooled nor covered by its prepaid money."""
        for member, amounts in self._house.all_missing(issue).items():
            covered = self._covered(issue.sheet.base, member)
            missing = sum(max(amount - covered.get(insutype, 0), 0) for insutype, amount in amounts.items())
            if missing:
                raise Refused("not_covered", member, yuan(missing))

    def _handed(self, base: str) -> int:
        return sum(
            debt.amount
            for document in self._agency.documents.values()
            if document.source_no == base and self._agency.states[document.number] != life.RETURNED
            for debt in document.debts
            if debt.payee in self._house.members
        )

    def annex(self, number: str, debts: Sequence[Debt]) -> tuple[Share, ...]:
        """Return what members get by fund; the money is the province's, of no single pooling area."""
        sheet = self._house.issue(number).sheet
        return tuple(
            share for debt in debts if debt.payee in self._house.members for share in self._shares(sheet, debt)
        )

    def _shares(self, sheet: PaperSheet, debt: Debt) -> tuple[Share, ...]:
        """Return one member's debt by fund: what it has to pay, turned round."""
        pairs = signed(sheet, lambda city: self._house.member_of(city) == debt.payee, to_pay=False)
        funds = by_fund(pairs)[debt.insutype]
        return by_area(debt.payee, debt.insutype, funds, {}, self._code)


class ProvinceMember(Member):
    """A province as a member of the ministry: it applies with what its cities applied for of other provinces.

    Its items are its cities' applications. One that came in too late for a sheet goes with the next.
    """

    def __init__(self, node: Router, ministry: str, house: House, source: HouseSource, deadlines: Deadlines) -> None:
        super().__init__(node, ministry, (CROSS_PROVINCE_SHEET,), deadlines)
        self._registry = node.registry
        self._house = house
        self._source = source
        self._taken: dict[str, str] = {}  # a city's application → the province's own that took it in
        self._settled: set[tuple[str, str]] = set()  # months of cities that a confirmed sheet has listed
        house.settled = lambda month, city: (month, city) in self._settled
        house.under_way = self._under_way

    def claims(self, month: str, on: dt.date, again: str, kind: str) -> Claims:
        """Return the cross-province rows of its cities' applications, also those of earlier months not taken in yet.

        One that another application has taken in is corrected there. A city that has confirmed the month's notice is
        not asked to again: what it applied for besides goes later.
        """
        issue, holders = self._house.issues.get(self._number(month, kind)), self._holders()
        found = []
        for place, known in sorted(self._house.applications.onward.items()):
            held = holders.get(place, set())
            waits = not held and self._waits(place, known) and not (issue is not None and issue.stands(place[1], on))
            if place[0] <= month and (held == {again} or waits):
                found.append(known)
        events = tuple(event for known in found for event in known.made_of)
        return Claims(_merged(row for known in found for row in known.whole), events, ())

    def _holders(self) -> dict[tuple[str, str], set[str]]:
        """Return by what applications of its own what a city applied for in a month has been taken in."""
        versions, found = self._house.applications.versions, dict[tuple[str, str], set[str]]()
        for event, by in self._taken.items():
            if event in versions:
                found.setdefault((versions[event].month, versions[event].member), set()).add(by)
        return found

    def _number(self, month: str, kind: str) -> str:
        """Return the number of a month's sheet, empty where there is none."""
        found = (number for number, case in self.cases.items() if (case.sheet.month, case.sheet.kind) == (month, kind))
        return next(found, "")

    def _waits(self, place: tuple[str, str], known: Application) -> bool:
        return place not in self._settled and not known.closed

    def parts(self, applied: Applied, pair: Pair) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the cities' applications that a pair is made of."""
        return tuple(event for event, _ in self._made_of(applied, pair)), ()

    def _made_of(self, applied: Applied, pair: Pair) -> list[tuple[str, Sums]]:
        """Return the cities' applications that a pair is made of, with what each adds to it."""
        versions = self._house.applications.versions
        found = []
        for event in applied.items:
            version = versions.get(event)
            rows = version.rows if version is not None else ()
            mine = [row.sums for row in rows if (row.treatment, row.insured, row.insutype) == pair[:3]]
            found += [(event, total(mine))] if mine else []
        return found

    def _under_way(self, city: str, sheet: PaperSheet) -> bool:
        """Tell whether a correction of what a city claims by a notice is with the ministry: it cannot be confirmed."""
        own = [pair for pair in sheet.pairs if pair.treatment == city]
        applied = self.applied.get((sheet.month, sheet.kind))
        if sheet.kind != CROSS_PROVINCE_SHEET or applied is None or self.standing(sheet.month, sheet.kind) in _FIRM:
            return False
        versions = self._house.applications.versions
        taken = {event for event in applied.items if event in versions and versions[event].member == city}
        return taken != {pair.event for pair in own}

    def mine(self, city: str) -> bool:
        """Tell whether a city is of this province."""
        return self._registry.province_of(city) == self._node.code

    def book(self, turn: Turn, sheet: PaperSheet, gone: Iterable[Pair], new: Iterable[Pair]) -> None:
        """Send the notice on to the cities it concerns; the house books what they owe and get through the province.

        What its own cities claim is named by their own applications.
        """
        pairs = [part for pair in sheet.pairs for part in self._own_parts(pair)]
        self._house.send(turn, sheet._replace(pairs=tuple(pairs)))

    def _own_parts(self, pair: Pair) -> list[Pair]:
        applied = self._known.get(pair.event)
        if applied is None or not self.mine(pair.treatment):
            return [pair]
        made_of = self._made_of(applied, pair)
        parts = [pair._replace(event=event, sums=sums._replace(rows=0, cash=0, hospital=0)) for event, sums in made_of]
        return parts if total(part.sums for part in parts) == pair.sums else [pair]

    # -- as a paper to be paid ----------------------------------------------------------------------------------

    def owes(self, number: str) -> tuple[Debt, ...]:
        """Return what goes to the finance of other provinces, in full (JL-4.2d)."""
        return tuple(
            Debt(TO_TREATMENT_FINANCE, other, insutype, out)
            for other, found in self._with_others(number).items()
            for insutype, (out, _) in found.items()
            if out
        )

    def expects(self, number: str) -> int:
        """Return what is to come from other provinces."""
        return sum(back for found in self._with_others(number).values() for _, back in found.values())

    def may_hand(self, number: str, debts: Sequence[Debt]) -> None:
        """The shares of the province's own areas are collected before money goes out (JL-4.2i)."""
        if any(not self._is_member(debt.payee) for debt in debts):
            self._source.all_in(self._house.issue(number))

    def annex(self, number: str, debts: Sequence[Debt]) -> tuple[Share, ...]:
        """Return what other provinces get by fund."""
        sheet = self.case(number).sheet
        shares: list[Share] = []
        for debt in debts:
            if not self._is_member(debt.payee):
                part = sheet.concerning(lambda city, other=debt.payee: self._registry.province_of(city) == other)  # type: ignore[misc]
                funds = by_fund(signed(part, self.mine, to_pay=True))[debt.insutype]
                shares += by_area(debt.payee, debt.insutype, funds, {}, self._node.code)
        return tuple(shares)

    def _is_member(self, payee: str) -> bool:
        return payee in self._house.members

    def _with_others(self, number: str) -> dict[str, dict[str, tuple[int, int]]]:
        """Return what is to be paid and to come, by other province and insurance."""
        sheet = self.case(number).sheet
        others = {self._registry.province_of(city) for pair in sheet.pairs for city in (pair.treatment, pair.insured)}
        found = {}
        for other in sorted(others - {self._node.code}):
            part = sheet.concerning(lambda city, other=other: self._registry.province_of(city) == other)  # type: ignore[misc]
            sums = balances(part.pairs, self.mine).items()
            found[other] = {insutype: due(sheet.kind, *both) for insutype, both in sums}
        return found

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_applied(self, fact: Applied) -> None:
        super()._fold_applied(fact)
        self._taken |= dict.fromkeys(fact.items, fact.event)

    def _fold_replaced(self, fact: Replaced) -> None:
        super()._fold_replaced(fact)
        self._taken = {event: by for event, by in self._taken.items() if by != fact.event}

    def _fold_listed(self, fact: Listed) -> None:
        super()._fold_listed(fact)
        self._taken |= dict.fromkeys(fact.items, fact.event)
        versions, onward = self._house.applications.versions, self._house.applications.onward
        places = {(versions[event].month, versions[event].member) for event in fact.items}
        self._settled |= {place for place in places if not onward[place].closed}

    def _fold_judged(self, fact: Judged) -> None:
        """Let a city apply anew once it is held to a notice that has listed its application."""
        super()._fold_judged(fact)
        onward = self._house.applications.onward
        self._settled = {place for place in self._settled if not onward[place].closed}


def _merged(rows: Iterable[ClaimRow]) -> tuple[ClaimRow, ...]:
    """Return rows of several applications with those of one kind together."""
    found: dict[Any, ClaimRow] = {}
    for row in rows:
        known = found.get(row[:6], row._replace(sums=NO_SUMS))
        found[row[:6]] = row._replace(paid_on=max(known.paid_on, row.paid_on), sums=known.sums.add(row.sums))
    return tuple(row for _, row in sorted(found.items()))
