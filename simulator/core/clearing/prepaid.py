"""Prepaid money (预付金) at the province: quotas, warnings, calls, cover for late payers, the yearly settling.

It is kept apart from clearing money. A quota is a share of last year's net outflow of a fund that paid more than it
got, in whole ten-thousands of yuan (P75-30); what is left of a year lowers the next quota (P75-32). A late payer's
share of a sheet is covered by its prepaid money: the debt stands, and paying it fills the prepaid money up again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.actions import IssueQuota, SettleYear
from simulator.core.clearing.deadlines import (
    NOTICE,
    PREPAID_CALL,
    PREPAID_CROSS_PROVINCE,
    PREPAID_IN_PROVINCE,
    PROVINCE_TRANSFER,
    TRANSFER,
    Deadlines,
)
from simulator.core.clearing.facts import (
    Covered,
    OrderNoted,
    Pooled,
    QuotaIssued,
    QuotaRow,
    SheetMade,
    YearSettled,
)
from simulator.core.clearing.house import House
from simulator.core.clearing.months import month_of
from simulator.core.clearing.orders import TO_TREATMENT_FINANCE
from simulator.core.clearing.papers import (
    CALL_MARK,
    CROSS_PROVINCE_SHEET,
    IN_PROVINCE_SHEET,
    PREPAID_MONEY,
    PREPAID_SHEET,
    Debt,
    Share,
    base_of,
)
from simulator.core.clearing.source import Paper, Source
from simulator.core.clearing.sums import EMPLOYEES, RESIDENTS, basic_fund
from simulator.core.network.router import Router
from simulator.core.platform.office import Office, declining
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.values.money import WHOLE_RATE, half_up, yuan

PREPAID_TABLES = {IN_PROVINCE_SHEET: PREPAID_IN_PROVINCE, CROSS_PROVINCE_SHEET: PREPAID_CROSS_PROVINCE}  # of deadlines
WAN = 1_000_000  # fen in ten thousand yuan
HALF_UP = "half_up"
_QUARTER = 3


class Quota:
    """A prepaid paper: a quota of the year or a call that raises it; what was paid on it, by insurance.

    What was paid back is negative.
    """

    __slots__ = ("fact", "paid")

    def __init__(self, fact: QuotaIssued) -> None:
        self.fact = fact
        self.paid: dict[str, int] = {}


def quota_paper(fact: QuotaIssued) -> Paper:
    """Return what a prepaid paper is as a paper to be paid."""
    table = PREPAID_CALL if fact.number.startswith(CALL_MARK) else PREPAID_TABLES[fact.kind]
    return Paper(PREPAID_SHEET, month_of(fact.on), table, fact.pay_by)


class Prepaid(Office, Source):
    """The prepaid desk of a province; ``kind`` of a quota is that of the sheets it stands behind."""

    def __init__(self, node: Router, house: House) -> None:
        self._node = node
        self._house = house
        self._deadlines = Deadlines(node.pack, node.calendar, node.code)
        self.settle: Callable[[Turn, str], None]  # close a quota of which nothing is due, as one of nothing is at once
        self.quotas: dict[str, Quota] = {}
        self.current: dict[tuple[str, str], str] = {}  # (kind, member) → the quota of the year
        self.money: dict[tuple[str, str, str], int] = {}  # (kind, member, insurance) → fen held
        self.covers: dict[tuple[str, str], dict[str, int]] = {}  # (sheet, member) → fen by insurance
        self.years: dict[tuple[str, int], dict[tuple[str, str], int]] = {}
        self.does = declining({IssueQuota: self._issue, SettleYear: self._settle_year})
        self.folds = {
            QuotaIssued: self._fold_issued,
            Pooled: self._fold_pooled,
            OrderNoted: self._fold_order,
            Covered: self._fold_covered,
            SheetMade: self._fold_made,
            YearSettled: self._fold_year,
        }

    # -- what others ask ----------------------------------------------------------------------------------------

    def knows(self, number: str, member: str) -> bool:
        """Tell whether a prepaid paper is this member's."""
        known = self.quotas.get(number)
        return known is not None and known.fact.member == member

    def due(self, number: str) -> dict[str, int]:
        """Return what is still to be paid on a prepaid paper, by insurance."""
        known = self.quotas[number]
        left = ((row.insutype, row.due - known.paid.get(row.insutype, 0)) for row in known.fact.rows)
        return {insutype: amount for insutype, amount in left if amount > 0}

    def covered(self, base: str, member: str) -> Mapping[str, int]:
        """Return what prepaid money covers of a member's share of a sheet, by insurance."""
        return self.covers.get((base, member), {})

    def free(self, kind: str, member: str) -> dict[str, int]:
        """Return a member's prepaid money that covers nothing yet, by insurance; never below 0 (P75-05).

        What goes back to the member by a quota is not free, whenever it is paid (P75-32).
        """
        found = {key[2]: amount for key, amount in self.money.items() if key[:2] == (kind, member)}
        for quota in self.quotas.values():
            for row in quota.fact.rows if (quota.fact.kind, quota.fact.member) == (kind, member) else ():
                if row.due < 0:
                    back = row.due - quota.paid.get(row.insutype, 0)
                    found[row.insutype] = found.get(row.insutype, 0) + back
        for (base, owner), amounts in self.covers.items():
            if owner == member and self._house.issues[base].sheet.kind == kind:
                for insutype, amount in amounts.items():
                    found[insutype] = found.get(insutype, 0) - amount
        return found

    # -- the quota of a year ------------------------------------------------------------------------------------

    def _issue(self, turn: Turn, action: IssueQuota) -> None:
        """Set the quotas of a year by the year before, and notify every member (P201), also one without a net outflow.

        What a member has with the province on that day is carried over, whatever year it was paid for and whether the
        insurance had an outflow or not (P75-32); but not what an earlier quota is still to give back.
        """
        start, kind = dt.date(action.year, 1, 1), action.kind
        share = self._share(kind, start)
        if not share:
            raise Refused("nothing_due", f"YF{action.year}")
        if any(quota.fact.year == action.year and quota.fact.kind == kind for quota in self.quotas.values()):
            raise Refused("document_not_now", f"YF{action.year}", life.CLOSED, "P201")
        self._over(action.year - 1, turn.now.date())
        held = any(amount for key, amount in self.money.items() if key[0] == kind)
        if held and (kind, action.year - 1) not in self.years:
            raise Refused("document_not_now", f"YF{action.year - 1}", life.COLLECTED, "P201")
        self._uncovered(kind)
        today = turn.now.date()
        for member in self._house.members:
            base = self._base(kind, member, action.year - 1)
            carried = {insutype: amount for insutype, amount in self.free(kind, member).items() if amount}
            rows = tuple(
                QuotaRow(insutype, base.get(insutype, 0), self._whole(base.get(insutype, 0) * share, start), amount)
                for insutype, amount in sorted((dict.fromkeys(base, 0) | carried).items())
            )
            number = f"YF{member}{action.year}{'' if kind == IN_PROVINCE_SHEET else 'K'}"
            quota = QuotaIssued(number, kind, action.year, member, today, self._by(kind, today), rows)
            turn.record(quota)
            turn.ask(member, "P201", self._quota_blocks(quota, share))
            self.settle(turn, number)

    def _over(self, year: int, on: dt.date) -> None:
        """Raise Refused for a year that is not over: neither its outflow nor what is left of it is known."""
        if on.year <= year:
            raise Refused("month_not_open", f"{year}-12")

    def _uncovered(self, kind: str) -> None:
        """Raise Refused while prepaid money stands for a late payer: what is left of it is not known."""
        for (base, member), amounts in self.covers.items():
            if amounts and self._house.issues[base].sheet.kind == kind:
                raise Refused("not_covered", member, yuan(sum(amounts.values())))

    def _share(self, kind: str, on: dt.date) -> int:
        """Return the share of the base in basis points: of a year's net outflow, or a number of average months."""
        if kind == IN_PROVINCE_SHEET:
            record = self._node.pack.find("clearing.prepaid.in_province.share", on)
            return int(record.value) if record is not None else 0  # type: ignore[arg-type]  # unit "ratio"
        record = self._node.pack.find("clearing.prepaid.cross_province.months", on)
        return WHOLE_RATE * int(record.value) if record is not None else 0  # type: ignore[arg-type]  # unit "count"

    def _whole(self, product: int, on: dt.date) -> int:
        """Return a base times its basis points in whole ten-thousands of yuan (P75-30), rounded as the pack says."""
        way = self._node.pack.find("clearing.prepaid.rounding", on)
        if way is None or way.value == HALF_UP:
            return half_up(product, WHOLE_RATE * WAN) * WAN
        return product // (WHOLE_RATE * WAN) * WAN

    def _base(self, kind: str, member: str, year: int) -> dict[str, int]:
        """Return the base by insurance: last year's net outflow, or the last quarter's average month (P75-30, P75-31).

        Each fund stands for itself: one that got more than it paid has a base of 0.
        """
        cross = kind != IN_PROVINCE_SHEET
        found = {EMPLOYEES: 0, RESIDENTS: 0}
        for (month, treatment, insured, insutype), totals in self._node.monthly.under().items():
            far = self._node.registry.cross_province(treatment, insured)
            if month[:4] != f"{year:04d}" or far != cross or (cross and month[5:] < "10"):
                continue
            if self._house.member_of(insured) == member:
                found[insutype] = found.get(insutype, 0) + totals.cleared
            elif self._house.member_of(treatment) == member and not cross:
                found[insutype] = found.get(insutype, 0) - totals.cleared
        whole = {insutype: max(amount, 0) for insutype, amount in found.items()}
        return {insutype: half_up(amount, _QUARTER) for insutype, amount in whole.items()} if cross else whole

    def _by(self, kind: str, on: dt.date) -> dt.date:
        """Return when a quota issued on a day is to be paid: in-province 10 working days, across by end of February."""
        inside = kind == IN_PROVINCE_SHEET
        table, step = (PREPAID_IN_PROVINCE, TRANSFER) if inside else (PREPAID_CROSS_PROVINCE, PROVINCE_TRANSFER)
        found = self._deadlines.due(table, step, month_of(on), {NOTICE: on})
        return max(found.day, on) if found is not None else on

    def _quota_blocks(self, quota: QuotaIssued, share: int) -> dict[str, Any]:
        rows = [
            {
                "seqno": place,
                "insutype": row.insutype,
                "base_amt": row.base,
                "quota_amt": row.quota,
                "last_balc": row.carried,
                "pay_amt": row.due,
            }
            for place, row in enumerate(quota.rows, 1)
        ]
        data = {
            "ppay_no": quota.number,
            "ppay_type": quota.kind,
            "year": f"{quota.year:04d}",
            "admdvs": quota.member,
            "isu_date": quota.on.isoformat(),
            "pay_ddln_date": quota.pay_by.isoformat(),
            "base_sumamt": sum(row.base for row in quota.rows),
            "ppay_prop": share,
            "quota_sumamt": sum(row.quota for row in quota.rows),
            "last_balc_sumamt": sum(row.carried for row in quota.rows),
            "pay_sumamt": sum(row.due for row in quota.rows),
            "totalrow": len(rows),
        }
        return {"data": data, "quotalist": rows}

    def _settle_year(self, turn: Turn, action: SettleYear) -> None:
        """Settle a year's prepaid money once it is over and nothing is covered: what is left counts for the next quota
        (P75-32)."""
        if (action.kind, action.year) in self.years:
            raise Refused("document_not_now", f"YF{action.year}", life.CLOSED, life.SETTLE)
        self._over(action.year, turn.now.date())
        self._uncovered(action.kind)
        left = tuple((key[1], key[2], amount) for key, amount in sorted(self.money.items()) if key[0] == action.kind)
        turn.record(YearSettled(action.year, action.kind, left))

    # -- as a paper to be paid ----------------------------------------------------------------------------------

    def paper(self, number: str) -> Paper | None:
        """Return a prepaid paper."""
        known = self.quotas.get(number)
        return None if known is None else quota_paper(known.fact)

    def owes(self, number: str) -> tuple[Debt, ...]:
        """Return what goes back to the member where more was carried over than the new quota (P75-32)."""
        fact = self.quotas[number].fact
        return tuple(
            Debt(TO_TREATMENT_FINANCE, fact.member, row.insutype, -row.due) for row in fact.rows if row.due < 0
        )

    def expects(self, number: str) -> int:
        """Return what the member is to pay."""
        return sum(max(row.due, 0) for row in self.quotas[number].fact.rows)

    def unready(self, number: str) -> str:
        """A quota needs nobody's confirmation."""
        return ""

    def annex(self, number: str, debts: Sequence[Debt]) -> tuple[Share, ...]:
        """Return the debts as prepaid money of the basic fund."""
        return tuple(
            Share(debt.payee, self._node.code, debt.insutype, basic_fund(debt.insutype, prepaid=True), debt.amount)
            for debt in debts
        )

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_issued(self, fact: QuotaIssued) -> None:
        self.quotas[fact.number] = Quota(fact)
        if not fact.number.startswith(CALL_MARK):
            self.current[fact.kind, fact.member] = fact.number

    def _fold_pooled(self, fact: Pooled) -> None:
        if fact.kind == PREPAID_MONEY:
            known = self.quotas[fact.source_no]
            for insutype, amount in fact.by_insurance().items():
                known.paid[insutype] = known.paid.get(insutype, 0) + amount
                self._add(known.fact, insutype, amount)
        else:
            self._release(fact)

    def _release(self, fact: Pooled) -> None:
        """A late payer has paid: what its prepaid money covered is free again."""
        covered = self.covers.get((base_of(fact.source_no), fact.member), {})
        for insutype, amount in fact.by_insurance().items():
            left = covered.get(insutype, 0) - amount
            if left > 0:
                covered[insutype] = left
            else:
                covered.pop(insutype, None)

    def _fold_made(self, fact: SheetMade) -> None:
        """A sheet was corrected: what a late payer does not owe any more needs no cover."""
        issue = self._house.issues[fact.sheet.base]
        for (base, member), amounts in self.covers.items():
            if base == issue.sheet.base:
                missing = self._house.missing(issue, member)
                left = {insutype: min(amount, missing.get(insutype, 0)) for insutype, amount in amounts.items()}
                self.covers[base, member] = {insutype: amount for insutype, amount in left.items() if amount}

    def _fold_order(self, fact: OrderNoted) -> None:
        order = fact.order
        known = self.quotas.get(order.source_no)
        if known is not None and order.payer == self._node.code:
            for line in order.lines:
                known.paid[line.insutype] = known.paid.get(line.insutype, 0) - line.amount
                self._add(known.fact, line.insutype, -line.amount)

    def _add(self, quota: QuotaIssued, insutype: str, amount: int) -> None:
        key = (quota.kind, quota.member, insutype)
        self.money[key] = self.money.get(key, 0) + amount

    def _fold_covered(self, fact: Covered) -> None:
        covered = self.covers.setdefault((fact.source_no, fact.member), {})
        for insutype, amount in fact.amounts:
            covered[insutype] = covered.get(insutype, 0) + amount

    def _fold_year(self, fact: YearSettled) -> None:
        self.years[fact.kind, fact.year] = {(member, kind): amount for member, kind, amount in fact.balances}
