"""Prepaid money at the city: the quotas and calls it gets, and what it pays on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.facts import QuotaIssued, QuotaRow, Warned
from simulator.core.clearing.guard import raised
from simulator.core.clearing.orders import UPWARD
from simulator.core.clearing.papers import Debt, Share
from simulator.core.clearing.prepaid import quota_paper
from simulator.core.clearing.source import Paper, Source
from simulator.core.clearing.sums import basic_fund
from simulator.core.platform.message import Message
from simulator.core.platform.node import Node
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn


class Prepayer(Office, Source):
    """The prepaid desk of a city."""

    def __init__(self, node: Node, above: str) -> None:
        self._node = node
        self._above = above
        self.settle: Callable[[Turn, str], None]  # close a quota of which nothing is due, as one of nothing is at once
        self.quotas: dict[str, QuotaIssued] = {}
        self.warnings: dict[str, str] = {}
        self.answers = {"P201": self._take_quota, "P202": self._take_warning, "P203": self._take_call}
        self.folds = {QuotaIssued: self._fold_issued, Warned: self._fold_warned}

    def _take_quota(self, turn: Turn, asked: Message) -> Message:
        """P201: the quota of the year, what was carried over, and what is to be paid by when."""
        data = asked.block("data")
        number = data["ppay_no"]
        if number in self.quotas:
            return turn.refuse(asked, "document_not_now", number, life.ANNOUNCED, "P201")
        rows = tuple(
            QuotaRow(row["insutype"], row["base_amt"], row["quota_amt"], row["last_balc"])
            for row in asked.rows("quotalist")
        )
        by = dt.date.fromisoformat(data["pay_ddln_date"])
        year = int(data["year"])
        turn.record(QuotaIssued(number, data["ppay_type"], year, self._node.code, turn.now.date(), by, rows))
        self.settle(turn, number)
        return turn.ok(asked, result={"ppay_no": number, "cnfm_flag": "1"})

    def _take_warning(self, turn: Turn, asked: Message) -> Message:
        """P202: so much of the prepaid money is used."""
        data = asked.block("data")
        if data["ppay_no"] not in self.quotas:
            return turn.refuse(asked, "unknown_document", data["ppay_no"])
        turn.record(Warned(data["ppay_no"], data["warn_lv"], turn.now.date()))
        return turn.ok(asked, result={"ppay_no": data["ppay_no"]})

    def _take_call(self, turn: Turn, asked: Message) -> Message:
        """P203: more is called for; it is split by insurance as the quota is."""
        data = asked.block("data")
        known = self.quotas.get(data["ppay_no"])
        if known is None:
            return turn.refuse(asked, "unknown_document", data["ppay_no"])
        if data["call_no"] in self.quotas:
            return turn.refuse(asked, "document_not_now", data["call_no"], life.ANNOUNCED, "P203")
        rows = raised(known.rows, data["incr_amt"])
        by = dt.date.fromisoformat(data["fin_ddln_date"])
        turn.record(QuotaIssued(data["call_no"], known.kind, known.year, self._node.code, turn.now.date(), by, rows))
        return turn.ok(asked, result={"call_no": data["call_no"], "cnfm_flag": "1"})

    # -- as a paper to be paid ----------------------------------------------------------------------------------

    def paper(self, number: str) -> Paper | None:
        """Return a prepaid paper."""
        known = self.quotas.get(number)
        return None if known is None else quota_paper(known)

    def owes(self, number: str) -> tuple[Debt, ...]:
        """Return what is to be paid upward; what was not paid of an earlier year is in the later quota (P75-32)."""
        quota = self.quotas[number]
        later = any(each.kind == quota.kind and each.year > quota.year for each in self.quotas.values())
        rows = () if later else quota.rows
        return tuple(Debt(UPWARD, self._above, row.insutype, row.due) for row in rows if row.due > 0)

    def expects(self, number: str) -> int:
        """Return what comes back, where more was carried over than the new quota."""
        return sum(max(-row.due, 0) for row in self.quotas[number].rows)

    def unready(self, number: str) -> str:
        """A quota needs no confirmation of the city's own."""
        return ""

    def annex(self, number: str, debts: Sequence[Debt]) -> tuple[Share, ...]:
        """Return the debts as prepaid money of the basic fund, of the city's own area."""
        return tuple(
            Share(debt.payee, self._node.code, debt.insutype, basic_fund(debt.insutype, prepaid=True), debt.amount)
            for debt in debts
        )

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_issued(self, fact: QuotaIssued) -> None:
        self.quotas[fact.number] = fact

    def _fold_warned(self, fact: Warned) -> None:
        self.warnings[fact.number] = fact.level
