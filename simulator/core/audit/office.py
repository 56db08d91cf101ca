"""The audit of the treatment city (智能监控): all bills in one queue, findings, answers, decisions, deductions.

The place of treatment audits (JL-6.1d). Bills of visitors and local bills wait in the same queue and are reviewed on
the same day (JL-6.2e), all of them (JL-6.2d). A finding is told to the insured place at once (A101). Once it is
confirmed, what is deducted lowers what the institution is owed and what is claimed of the insured place (A102, P75-50).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from simulator.core.audit.deductions import newly_taken, split, taken_by
from simulator.core.audit.docket import OPEN, PLEADED, Docket, Entry
from simulator.core.audit.facts import (
    Decide,
    Decided,
    Deducted,
    Deduction,
    DeductionDeclined,
    Found,
    Plead,
    Pleaded,
    Returned,
    ReviewDay,
    Reviewed,
)
from simulator.core.audit.history import History
from simulator.core.audit.rulebook import Rulebook
from simulator.core.audit.rules import AFTER, FLAG, STOP, Finding
from simulator.core.audit.suspicion import Suspicions
from simulator.core.audit.words import deduction_blocks, finding_blocks
from simulator.core.benefit.settlement import DIRECT, Settlement
from simulator.core.platform.books import deducted_legs, posting
from simulator.core.platform.message import Message
from simulator.core.platform.node import Answered
from simulator.core.platform.office import Office, declining
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.values.areas import Registry
from simulator.core.values.calendar import WorkCalendar
from simulator.core.values.parameters import PolicyPack
from simulator.core.visits.visits import TREATMENT, Settled

Book = Callable[[Turn, Deduction], None]


class Audit(Office):
    """The audit of one city.

    ``book`` books a final deduction (fen; negative: given back), ``month_closed`` tells whether the clearing of a month
    (``yyyymm``) takes no more deductions: whoever does the clearing may put its own in their place.
    """

    def __init__(
        self,
        code: str,
        *,
        registry: Registry,
        pack: PolicyPack,
        calendar: WorkCalendar,
        rulebook: Rulebook,
        history: History,
        suspicions: Suspicions,
    ) -> None:
        self._code = code
        self.registry = registry
        self.pack = pack
        self._calendar = calendar
        self._rulebook = rulebook
        self._history = history
        self._suspicions = suspicions
        self.docket = Docket()
        self.pending: dict[str, None] = {}  # bills not reviewed yet, and bills of this city's people from elsewhere
        self.reviewed: dict[str, Reviewed] = {}
        self._numbers: dict[str, int] = {}  # findings numbered so far, by head of the number
        self.book: Book = self._book
        self.month_closed: Callable[[str], bool] = _never
        self.does = declining({ReviewDay: self._review_day, Plead: self._plead, Decide: self._decide})
        self.hears = {"A102": self._taken_in}
        self.folds: Mapping[type, Callable[[Any], None]] = {
            **self.docket.folds,
            Found: self._fold_found,
            Answered: self._fold_answered,
            Settled: self._fold_settled,
            Reviewed: self._fold_reviewed,
        }

    @property
    def waiting(self) -> int:
        """Return how many bills of this city's institutions have not been reviewed yet."""
        return sum(each in self._history.bills for each in self.pending)

    def deducted(self, month: str) -> Mapping[tuple[str, str], int]:
        """Return the final deductions of a month (``yyyymm``) in fen, by insured city and insurance type."""
        return {key[1:]: fen for key, fen in self.docket.sums.items() if key[0] == month}

    def drop_before(self, day: str) -> None:
        """Keep of bills reviewed and settled before a day only what later bills of the person are compared with."""
        self.docket.drop_before(day)
        busy = {entry.finding.setl_id for entry in self.docket.entries.values()} | self.pending.keys()
        today = dt.date.fromisoformat(day)
        known = (*self._history.bills.values(), *self._history.elsewhere.values())
        for row in [row for row in known if row.at.date() < today and row.setl_id not in busy]:
            self._history.forget(row.setl_id, today)
            self.reviewed.pop(row.setl_id, None)
        self._history.forget_episodes(today)

    # -- review -------------------------------------------------------------------------------------------------

    def _review_day(self, turn: Turn, action: ReviewDay) -> None:
        """Review what is due in the order it was settled, and give back what was deducted from cancelled bills."""
        rows = (self._history.bills.get(each) or self._history.elsewhere[each] for each in self.pending)
        due = [row for row in rows if row.at.date() <= action.day]
        for row in sorted(due, key=lambda row: (row.at, row.setl_id)):
            self._review(turn, row)
        for deduction in self.docket.to_return():
            self._give_back(turn, deduction)

    def _review(self, turn: Turn, row: Settlement) -> None:
        own = row.treatment_city == self._code
        case = self._history.case(row)
        if own:
            found = self._rulebook.review(case, AFTER)
        else:  # another place audits it; here only whether it is the insured person
            found = self._rulebook.review(case, AFTER, self._rulebook.stopping(row.at.date()))
        cross = row.treatment_city != row.insured_city
        turn.record(
            Reviewed(row.setl_id, row.hospital, own, cross, row.at, turn.now, self._rulebook.version, len(found))
        )
        for finding in found:
            if own:
                self._find(turn, row, finding)
            if finding.effect == STOP:
                self._suspicions.suspect(
                    turn, row.psn_no, row.mdtrt_id, finding.zh, setl_id=row.setl_id, amount=finding.amount
                )

    def _find(self, turn: Turn, row: Settlement, finding: Finding) -> None:
        head = f"SH{self._code}{turn.now:%Y%m}"
        find_id = f"{head}{self._numbers.get(head, 0) + 1:06d}"
        days = self.pack.at("audit.times.answer", turn.now.date(), self._code).value
        due = self._calendar.add_workdays(turn.now.date(), int(days)).day  # type: ignore[arg-type]  # unit "count"
        turn.record(Found(find_id, finding, turn.now, due))
        if row.insured_city not in {self._code, ""}:
            parts = finding_blocks(
                find_id,
                finding,
                row,
                version=self._rulebook.version,
                hospital=self._name(row.hospital),
                day=turn.now.date(),
            )
            for blocks in parts:
                turn.ask(row.insured_city, "A101", blocks, treatment=row.treatment_area, insured=row.insured_area)

    # -- answers and decisions ----------------------------------------------------------------------------------

    def _plead(self, turn: Turn, action: Plead) -> None:
        """Note an institution's answer. Declined for a finding that is not open."""
        self._open(action.find_id)
        turn.record(Pleaded(action.find_id, action.text, turn.now))

    def _decide(self, turn: Turn, action: Decide) -> None:
        """Confirm or drop a finding. Declined for one that is not open, or may still be answered."""
        entry = self._open(action.find_id)
        if entry.state != PLEADED and turn.now.date() <= entry.due:
            raise Refused("answer_time_left", action.find_id, entry.due)
        deduction = self._deduction(turn, action, entry) if action.confirmed else None
        turn.record(Decided(action.find_id, action.confirmed, action.reason, turn.now, deduction))
        if deduction is not None:
            self._pass_on(turn, deduction)

    def _open(self, find_id: str) -> Entry:
        entry = self.docket.entries.get(find_id)
        if entry is None:
            raise Refused("unknown_finding", find_id)
        if entry.state not in OPEN:
            raise Refused("finding_not_open", find_id, entry.state)
        return entry

    def _deduction(self, turn: Turn, action: Decide, entry: Entry) -> Deduction | None:
        """Return what a confirmed finding costs; None for a rule that only flags, and where no fund paid for it."""
        finding = entry.finding
        row = self._history.bills[finding.setl_id]
        before = taken_by(self.docket.of_bill(row.setl_id))
        taken = newly_taken(finding.rows, row.shares.inscp_scp_amt, before)
        more = sum(fen for _, fen in taken)
        funds = split(row, self._history.funds(row), before, more)
        if finding.effect == FLAG or not funds:
            return None
        return Deduction(
            self._next_number(turn),
            action.find_id,
            row.setl_id,
            row.hospital,
            row.treatment_area,
            row.insured_city,
            row.insutype,
            self._month(row.at.date()),
            taken,
            funds,
            f"{finding.name}：{action.reason}",
        )

    def _give_back(self, turn: Turn, deduction: Deduction) -> None:
        back = deduction._replace(
            ded_no=self._next_number(turn),
            month=self._month(turn.now.date()),
            taken=tuple((sn, -fen) for sn, fen in deduction.taken),
            funds=tuple((fund, -fen) for fund, fen in deduction.funds),
            reason="结算已撤销，退回扣款",
        )
        turn.record(Returned(back, turn.now))
        self._pass_on(turn, back)

    def _pass_on(self, turn: Turn, deduction: Deduction) -> None:
        """Tell the insured city of a deduction; in-city it is final at once."""
        if deduction.insured_city in {self._code, ""}:
            self._final(turn, deduction)
            return
        blocks = deduction_blocks(deduction, self._code, self._name(deduction.hospital), turn.now.date())
        turn.ask(deduction.insured_city, "A102", blocks, treatment=deduction.area, insured=deduction.insured_city)

    def _taken_in(self, turn: Turn, asked: Message, reply: Message) -> None:
        """Book what the insured city took in; what it refuses is not deducted."""
        deduction = self.docket.deductions[asked.block("data")["ded_no"]]
        if reply.succeeded:
            self._final(turn, deduction)
        else:
            turn.record(DeductionDeclined(deduction, reply.infcode or 0, turn.now))

    def _final(self, turn: Turn, deduction: Deduction) -> None:
        turn.record(Deducted(deduction, turn.now))
        self.book(turn, deduction)

    def _book(self, turn: Turn, deduction: Deduction) -> None:
        """Book a deduction: less is owed to the institution, and less will be claimed of the insured city (P75-50)."""
        other = "" if deduction.insured_city == self._code else deduction.insured_city
        legs = deducted_legs(deduction.hospital, deduction.area, other, deduction.amount)
        turn.post(posting(self._code, turn.now, deduction.ded_no, legs))

    def _next_number(self, turn: Turn) -> str:
        return f"KK{self._code}{turn.now:%Y%m}{self.docket.given + 1:06d}"

    def _month(self, day: dt.date) -> str:
        """Return the first month from this day's on whose clearing still takes deductions."""
        while self.month_closed(f"{day:%Y%m}"):
            day = (day.replace(day=1) + dt.timedelta(days=31)).replace(day=1)
        return f"{day:%Y%m}"

    def _name(self, hospital: str) -> str:
        return self.registry.institutions[hospital].zh

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_answered(self, fact: Answered) -> None:
        if fact.request.infno in self._history.dossiers.reads and self._rulebook.library is not None:
            self._history.take(fact.request, fact.reply)

    def _fold_settled(self, fact: Settled) -> None:
        row = fact.row
        here = row.treatment_city == self._code
        if self._rulebook.library is None or row.kind != DIRECT or here != (fact.role == TREATMENT):
            return
        if row.refund:
            self._history.cancel(row.init_setl_id)
            self.pending.pop(row.init_setl_id, None)
            self.docket.cancel(row.init_setl_id)
        else:
            self._history.settle(row)
            self.pending[row.setl_id] = None

    def _fold_reviewed(self, fact: Reviewed) -> None:
        del self.pending[fact.setl_id]
        self.reviewed[fact.setl_id] = fact

    def _fold_found(self, fact: Found) -> None:
        head = fact.find_id[:-6]
        self._numbers[head] = self._numbers.get(head, 0) + 1
        self.docket.folds[Found](fact)


def _never(month: str) -> bool:
    return False
