"""The clearing desk of a city: a member of its province, claiming what its institutions were paid for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.annex import by_area, by_fund
from simulator.core.clearing.deadlines import Deadlines
from simulator.core.clearing.facts import Applied
from simulator.core.clearing.items import Claims
from simulator.core.clearing.member import Case, Member
from simulator.core.clearing.months import later
from simulator.core.clearing.orders import UPWARD
from simulator.core.clearing.papers import (
    CROSS_PROVINCE_SHEET,
    IN_PROVINCE_SHEET,
    Debt,
    Pair,
    PaperSheet,
    Share,
    balances,
    due,
    signed,
)
from simulator.core.clearing.rows import Rows
from simulator.core.platform.books import PAYABLE, Leg, collects_legs, pays_legs, posting
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.values.money import yuan
from simulator.core.visits.home import Home

_MONTHS = 3  # a bill is declared at most two months late (P75-49), and its refund may wait for that
_AGREED = frozenset({life.CONFIRMED, life.CLOSED})


class CityMember(Member):
    """The clearing desk of one city; ``level`` tells whether a month may be applied for, its rows being level."""

    def __init__(
        self, node: Home, province: str, rows: Rows, deadlines: Deadlines, level: Callable[[str], bool]
    ) -> None:
        super().__init__(node, province, (IN_PROVINCE_SHEET, CROSS_PROVINCE_SHEET), deadlines)
        self._registry = node.registry
        self._rows = rows
        self._level = level
        self.sealed: Callable[[str], bool] = lambda number: False

    def may_apply(self, month: str) -> None:
        """Refuse a month that has to be closed to reconciliation first (P75-41)."""
        if not self._level(month):
            raise Refused("not_level_yet", month, "月对账未结束")

    def passed_on(self, kind: str) -> bool:
        """The province claims of other provinces with what its cities applied for, of this month or earlier."""
        return kind == CROSS_PROVINCE_SHEET

    def claims(self, month: str, on: dt.date, again: str, kind: str) -> Claims:
        """Return what its institutions have been paid for and nobody was asked for yet."""
        far = kind == CROSS_PROVINCE_SHEET
        crosses = self._registry.cross_province
        return self._rows.claims(
            month,
            on,
            again=again,
            bound=self.bound(month, kind),
            asked=lambda city: crosses(self._node.code, city) == far,
        )

    def parts(self, applied: Applied, pair: Pair) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the settlements and changes of an application that a pair is made of."""
        return self._rows.in_pair(applied, pair.insured, pair.insutype)

    def may_correct(self, known: Case, sheet: PaperSheet) -> bool:
        """Tell whether a correction may be taken in: of a notice from the ministry also after confirming it.

        The provinces may still correct it among themselves then. What this city claims stays as it confirmed it, and
        once it has sealed the notice all of it does.
        """
        if sheet.kind != CROSS_PROVINCE_SHEET or known.state not in _AGREED or self.sealed(sheet.base):
            return super().may_correct(known, sheet)
        own = [tuple(pair for pair in each.pairs if self.mine(pair.treatment)) for each in (known.sheet, sheet)]
        return own[0] == own[1]

    def mine(self, city: str) -> bool:
        """Tell whether a city of a pair is this one."""
        return city == self._node.code

    def book(self, turn: Turn, sheet: PaperSheet, gone: Iterable[Pair], new: Iterable[Pair]) -> None:
        """Turn the debts between the cities into debts through the province, less deductions (P75-47, P75-50)."""
        legs = [leg._replace(amount=-leg.amount) for pair in gone for leg in self._legs(pair)]
        legs += [leg for pair in new for leg in self._legs(pair)]
        if legs:
            turn.post(posting(self._node.code, turn.now, sheet.number, legs))

    def _legs(self, pair: Pair) -> tuple[Leg, ...]:
        cleared, deducted = pair.sums.cleared, pair.sums.deducted
        if self.mine(pair.treatment):
            return collects_legs(self.above, pair.insured, cleared, deducted)
        return pays_legs(self.above, self._node.code, pair.treatment, cleared, deducted)

    def check(self, case: Case) -> None:
        """Refuse a sheet that differs from what was applied for, or claims more than this city has booked as owed.

        What was taken back of late may come by a later sheet: it waits for the one of its settlement (P75-45).
        """
        super().check(case)
        month = case.sheet.month
        for pair in case.sheet.pairs:
            over = self._node.books.balance(PAYABLE, pair.treatment) + self._later(month, pair.treatment)
            over -= self._rows.owed.taken_back(later(month, -_MONTHS), month, pair.treatment)
            if over > 0 and self.mine(pair.insured):
                raise Refused(
                    "amount_differs", case.sheet.number, yuan(pair.sums.cleared), yuan(pair.sums.cleared - over)
                )

    def _later(self, month: str, treatment: str) -> int:
        """Return what later months add to the debt to a treatment city, less later sheets: a bill of this month that
        was cancelled or corrected in the next one is owed by this month's sheet, and comes back by the next one's."""
        sheets = (case.sheet for case in self.cases.values() if case.sheet.month > month)
        pairs = (pair for sheet in sheets for pair in sheet.pairs if pair.treatment == treatment)
        return self._rows.owed.later(month, treatment) - sum(
            pair.sums.cleared for pair in pairs if self.mine(pair.insured)
        )

    # -- as a paper to be paid ----------------------------------------------------------------------------------

    def owes(self, number: str) -> tuple[Debt, ...]:
        """Return what the city pays upward: its net in-province, in full what it owes other provinces."""
        found = self._dues(number).items()
        return tuple(Debt(UPWARD, self.above, insutype, out) for insutype, (out, _) in found if out)

    def expects(self, number: str) -> int:
        """Return what is to come from the province."""
        return sum(back for _, back in self._dues(number).values())

    def annex(self, number: str, debts: Sequence[Debt]) -> tuple[Share, ...]:
        """Return the debts by pooling area, in proportion to the bills of the month, and by fund."""
        sheet = self.case(number).sheet
        funds = by_fund(signed(sheet, self.mine, to_pay=True))
        shares: list[Share] = []
        for debt in debts:
            weights = self._rows.owed.by_area.get((sheet.month, debt.insutype), {})
            shares += by_area(debt.payee, debt.insutype, funds[debt.insutype], weights, self._node.code)
        return tuple(shares)

    def _dues(self, number: str) -> dict[str, tuple[int, int]]:
        """Return what is to be paid and what is to come, by insurance."""
        sheet = self.case(number).sheet
        return {insutype: due(sheet.kind, *both) for insutype, both in balances(sheet.pairs, self.mine).items()}
