"""Who watches over the prepaid money: warnings at the lines, calls for more, cover for a late payer.

What is *used* of a member's prepaid money is what was paid for its people and not cleared yet: the months without a
sheet that may still be declared, and what is still to be pooled for sheets. Cross-province money, whose emergency rise
at the red line is a rule of the procedure (P75-31), and in-province money are watched each by itself; the lines are
parameters of each, and money without a line is not watched.
"""

from __future__ import annotations

import datetime as dt

from simulator.core.clearing import lifecycle as life
from simulator.core.clearing.actions import CallPrepaid, Cover, Watch
from simulator.core.clearing.deadlines import HAND, NOTICE, PREPAID_CALL, TRANSFER, Deadlines, last_declaration
from simulator.core.clearing.facts import Covered, QuotaIssued, QuotaRow, Warned
from simulator.core.clearing.house import House
from simulator.core.clearing.months import compact, later, month_of
from simulator.core.clearing.papers import CALL_MARK, CROSS_PROVINCE_SHEET, IN_PROVINCE_SHEET, base_of
from simulator.core.clearing.prepaid import PREPAID_TABLES, Prepaid
from simulator.core.network.router import Router
from simulator.core.platform.office import Office, declining
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.values.money import WHOLE_RATE, half_up, spread, yuan
from simulator.core.values.stamps import written

RED, YELLOW, BELOW = "2", "1", ""  # warn_lv
KINDS = (CROSS_PROVINCE_SHEET, IN_PROVINCE_SHEET)
_LINES = ((RED, "red_line"), (YELLOW, "yellow_line"))
_MOST = 99_999  # used_prop holds one digit before the point: 9.9999


class Guard(Office):
    """The watch over a province's prepaid money; ``kind`` is that of the sheets it stands behind."""

    def __init__(self, node: Router, house: House, prepaid: Prepaid) -> None:
        self._node = node
        self._house = house
        self._prepaid = prepaid
        self._deadlines = Deadlines(node.pack, node.calendar, node.code)
        self.warned: dict[str, str] = {}  # quota → the level last warned of
        self._calls = 0
        self.does = declining({Watch: self._watch, CallPrepaid: self._call, Cover: self._cover})
        self.folds = {Warned: self._fold_warned, QuotaIssued: self._fold_issued}

    def used(self, member: str, on: dt.date, kind: str = IN_PROVINCE_SHEET) -> int:
        """Return what is used of a member's prepaid money: its dues that are not cleared yet, in fen.

        In-province they are net of what is due to it; across provinces each side pays in full.
        """
        issues = [issue for issue in self._house.issues.values() if issue.sheet.kind == kind]
        cleared = {issue.sheet.month for issue in issues}
        running: dict[str, int] = {}
        first = self._first(on)
        for (month, treatment, insured, insutype), totals in self._node.monthly.under().items():
            far = self._node.registry.cross_province(treatment, insured)
            if month < first or month in cleared or far != (kind == CROSS_PROVINCE_SHEET):
                continue
            if insured == member:
                running[insutype] = running.get(insutype, 0) + totals.cleared
            elif treatment == member and not far:
                running[insutype] = running.get(insutype, 0) - totals.cleared
        missing = sum(sum(self._house.missing(issue, member).values()) for issue in issues)
        return missing + sum(max(amount, 0) for amount in running.values())

    def _first(self, on: dt.date) -> str:
        """Return the earliest month whose bills may still be declared (P75-49); empty where no figure limits it."""
        delay = self._node.pack.find("clearing.rules.max_delay_months", on)
        if delay is None:
            return ""
        first = later(month_of(on), -1 - int(delay.value))  # type: ignore[arg-type]  # unit "count"
        return first if on <= last_declaration(self._node.pack, self._node.code, first, on) else later(first, 1)

    def quota(self, member: str, kind: str = IN_PROVINCE_SHEET) -> int:
        """Return a member's quota of the year with what calls have added, in fen."""
        number = self._prepaid.current.get((kind, member))
        if number is None:
            return 0
        year = self._prepaid.quotas[number].fact.year
        return sum(
            sum(row.quota for row in quota.fact.rows)
            for quota in self._prepaid.quotas.values()
            if (quota.fact.kind, quota.fact.member, quota.fact.year) == (kind, member, year)
        )

    def share(self, member: str, on: dt.date, kind: str = IN_PROVINCE_SHEET) -> int:
        """Return the share used, in basis points; a member without a quota has used nothing of it."""
        quota = self.quota(member, kind)
        return half_up(self.used(member, on, kind) * WHOLE_RATE, quota) if quota else 0

    def _watch(self, turn: Turn, action: Watch) -> None:
        for member in self._house.members:
            for kind in KINDS:
                self._warn(turn, member, kind)

    def _warn(self, turn: Turn, member: str, kind: str) -> None:
        """Warn when a line is crossed upward (P202); falling below it again arms the warning anew."""
        number = self._prepaid.current.get((kind, member), "")
        level, last = self._level(turn, member, kind), self.warned.get(number, BELOW)
        if level == last:
            return
        today = turn.now.date()
        turn.record(Warned(number, level, today))
        if level < last:
            return
        fact = self._prepaid.quotas[number].fact
        quota, used = self.quota(member, kind), self.used(member, today, kind)
        data = {
            "ppay_no": number,
            "ppay_type": kind,
            "year": f"{fact.year:04d}",
            "admdvs": member,
            "warn_lv": level,
            "stt_time": written(turn.now),
            "quota_amt": quota,
            "used_amt": used,
            "balc": quota - used,
            "used_prop": min(self.share(member, today, kind), _MOST),
        }
        turn.ask(member, "P202", {"data": data})

    def _level(self, turn: Turn, member: str, kind: str) -> str:
        """Return the highest line reached; compared exactly, not as the rounded share says."""
        today, quota = turn.now.date(), self.quota(member, kind)
        used = self.used(member, today, kind) * WHOLE_RATE if quota else 0
        for level, name in _LINES:
            line = self._node.pack.find(f"clearing.{PREPAID_TABLES[kind]}.{name}", today)
            if quota and line is not None and used >= int(line.value) * quota:  # type: ignore[arg-type]  # unit "ratio"
                return level
        return BELOW

    def _call(self, turn: Turn, action: CallPrepaid) -> None:
        """Call a member for more (P203), allowed from the red line on: 5 working days each for agency and finance."""
        today, member, kind = turn.now.date(), action.member, action.kind
        number = self._prepaid.current.get((kind, member))
        if number is None or self._level(turn, member, kind) != RED or action.rise <= 0:
            raise Refused("nothing_due", f"{CALL_MARK}{member}")
        month, known = month_of(today), self._prepaid.quotas[number].fact
        before = self.quota(member, kind)
        call_no = f"{CALL_MARK}{member}{compact(month)}{self._calls + 1:04d}"
        hand = self._deadlines.due(PREPAID_CALL, HAND, month, {NOTICE: today})
        pay = self._deadlines.due(PREPAID_CALL, TRANSFER, month, {NOTICE: today})
        by = pay.day if pay is not None else today
        turn.record(QuotaIssued(call_no, kind, known.year, member, today, by, raised(known.rows, action.rise)))
        data = {
            "ppay_no": number,
            "ppay_type": kind,
            "year": f"{known.year:04d}",
            "admdvs": member,
            "call_no": call_no,
            "isu_date": today.isoformat(),
            "used_prop": min(self.share(member, today, kind), _MOST),
            "bfr_quota_amt": before,
            "incr_amt": action.rise,
            "aftr_quota_amt": before + action.rise,
            "agcy_ddln_date": (hand.day if hand is not None else today).isoformat(),
            "fin_ddln_date": by.isoformat(),
        }
        turn.ask(member, "P203", {"data": data})

    def _cover(self, turn: Turn, action: Cover) -> None:
        """Let a late payer's prepaid money stand for its share of a sheet, so that the others get theirs (P75-05).

        A member is late once the sheet stands for it: what it disputes it does not owe yet.
        """
        issue, member = self._house.issue(action.number), action.member
        base, state = issue.sheet.base, issue.answers.get(member, life.ON_SHEET)
        if turn.now.date() <= issue.sheet.pay_by or state != life.CONFIRMED:
            raise Refused("document_not_now", action.number, state, "cover")
        covered = self._prepaid.covered(base, member)
        missing = {
            insutype: amount - covered.get(insutype, 0)
            for insutype, amount in self._house.missing(issue, member).items()
            if amount > covered.get(insutype, 0)
        }
        if not missing:
            raise Refused("nothing_due", member)
        free = self._prepaid.free(issue.sheet.kind, member)
        lacking = sum(max(amount - free.get(insutype, 0), 0) for insutype, amount in missing.items())
        if lacking:
            raise Refused("not_covered", member, yuan(lacking))
        turn.record(Covered(base_of(action.number), member, tuple(missing.items()), turn.now.date()))
        self._warn(turn, member, issue.sheet.kind)

    def _fold_warned(self, fact: Warned) -> None:
        self.warned[fact.number] = fact.level

    def _fold_issued(self, fact: QuotaIssued) -> None:
        self._calls += fact.number.startswith(CALL_MARK)


def raised(rows: tuple[QuotaRow, ...], rise: int) -> tuple[QuotaRow, ...]:
    """Return a rise by insurance, in proportion to the quotas it raises."""
    parts = spread(rise, tuple(row.quota for row in rows))
    return tuple(QuotaRow(row.insutype, 0, part, 0) for row, part in zip(rows, parts, strict=True))
