"""A province between its cities and other provinces: what it pays by the sheets of its house and of the ministry.

The areas' shares are pooled before the province transfers (JL-4.2i); what comes from other provinces goes on to the
cities that treated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence

from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.agency import Agency
from simulator.core.clearing.annex import by_area, by_fund
from simulator.core.clearing.house import House, Issue
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
from simulator.core.clearing.rows import Claims
from simulator.core.clearing.source import Paper, Source, paper_of
from simulator.core.network.router import Router
from simulator.core.platform.node import Turn
from simulator.core.platform.refusals import Refused
from simulator.core.values.money import yuan

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
            for member in self._house.members
            for insutype, (_, back) in self._house.due_of(issue, member).items()
            if back
        )

    def expects(self, number: str) -> int:
        """Return what is to be pooled by members."""
        issue = self._house.issue(number)
        return sum(out for member in self._house.members for out, _ in self._house.due_of(issue, member).values())

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
        base = issue.sheet.base
        left = self._agency.received(base) - sum(issue.collected.values()) - self._handed(base)
        if left < amount:
            raise Refused("not_covered", number, yuan(amount - left))

    def all_in(self, issue: Issue) -> None:
        """Raise Refused where a member's share is neither pooled nor covered by its prepaid money."""
        for member in self._house.members:
            covered = self._covered(issue.sheet.base, member)
            missing = sum(
                max(amount - covered.get(insutype, 0), 0)
                for insutype, amount in self._house.missing(issue, member).items()
            )
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
    """A province as a member of the ministry: it applies with what its cities applied for of other provinces."""

    def __init__(self, node: Router, ministry: str, house: House, source: HouseSource) -> None:
        super().__init__(node, ministry)
        self._registry = node.registry
        self._house = house
        self._source = source

    def claims(self, month: str, on: dt.date, again: str) -> Claims:
        """Return the cross-province rows of its cities' applications."""
        found = [
            (event, row)
            for event, row in self._house.applications.of(month)
            if self._registry.cross_province(row.treatment, row.insured)
        ]
        return Claims(tuple(row for _, row in found), tuple(dict.fromkeys(event for event, _ in found)), ())

    def mine(self, city: str) -> bool:
        """Tell whether a city is of this province."""
        return self._registry.province_of(city) == self._node.code

    def book(self, turn: Turn, sheet: PaperSheet, gone: Iterable[Pair], new: Iterable[Pair]) -> None:
        """Send the notice on to the cities it concerns; the house books what they owe and get through the province."""
        self._house.send(turn, sheet)

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
