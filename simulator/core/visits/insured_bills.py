"""Bills at the city of insurance: who pays what of a stay, an outpatient visit or a purchase; and cancellations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.core.benefit.bill import ClassTotals, Line, totals_of
from simulator.core.benefit.rules import CHRONIC, INPATIENT
from simulator.core.benefit.settlement import Settlement
from simulator.core.platform.message import Message
from simulator.core.platform.turn import Turn
from simulator.core.visits import answers
from simulator.core.visits.care import CARE_OF
from simulator.core.visits.facts import NOTHING_BILLED, Billed, LinesAdded, Opened
from simulator.core.visits.lifecycle import PART, TRIES
from simulator.core.visits.lines import priced, purchase_result, unclassified_result
from simulator.core.visits.requests import bill_problem, data_of, invoices_of, opened, stated_totals
from simulator.core.visits.rows import Mark, days_by_year, settlement_row
from simulator.core.visits.visits import Visit

if TYPE_CHECKING:
    from simulator.core.visits.insured import Insured


class _Claim(NamedTuple):
    """What a bill is computed from: the visit with its filing, the disease and the part it is for, the class totals."""

    visit: Visit
    filing_type: str
    disease: str
    totals: ClassTotals
    billed: Billed = NOTHING_BILLED


class Bills:
    """What the insured role does about bills."""

    def __init__(self, role: Insured) -> None:
        self._role = role

    def bill(self, turn: Turn, asked: Message) -> Message:
        """2206 and 2303 compute, 2207 and 2304 also settle."""
        role = self._role
        due = role.due(turn, asked, role.visit(turn, asked))
        if isinstance(due, Message):
            return due
        visit, lines, billed = due
        disease = visit.diseases.get(billed.batch, visit.disease)
        problem = role.chronic_problem(turn, asked, visit, visit.med_type, disease)
        claim = problem or self._claim(turn, asked, visit, disease, lines)
        if isinstance(claim, Message):
            return claim
        row = self._row(turn, asked, claim._replace(billed=billed))
        if isinstance(row, Message):
            return row
        if asked.infno in TRIES:
            return self._answer(turn, asked, row)
        if visit.kind == INPATIENT and role.city.flag("process.cross_year_split", turn.now.date()):
            billed = billed._replace(years=days_by_year(row.begin, row.end))
        role.append(turn, visit, row, row, billed)
        role.move(turn, visit, asked.infno + PART * billed.part)
        return self._answer(turn, asked, row)

    def purchase(self, turn: Turn, asked: Message) -> Message:
        """2101 computes a purchase at a pharmacy, 2102 also opens its visit and settles it."""
        role = self._role
        fact = self._buyer(turn, asked)
        if isinstance(fact, Message):
            return fact
        visit = Visit(fact)
        rows = asked.rows("drugdetail")
        split = purchase_result if role.knows_classes(visit) else unclassified_result
        lines = priced(role.city, turn, asked, rows, None, amounts_only=not role.knows_classes(visit))
        if isinstance(lines, Message):
            return lines
        claim = bill_problem(turn, asked, lines) or self._claim(turn, asked, visit, visit.disease, lines)
        if isinstance(claim, Message):
            return claim
        billed = Billed(tuple(line.sn for line in lines), invoices=invoices_of(asked))
        row = self._row(turn, asked, claim._replace(billed=billed))
        if isinstance(row, Message):
            return row
        if asked.infno not in TRIES:
            turn.record(fact)
            turn.record(LinesAdded(role.name, fact.visit_id, lines))
            kept = role.visits.find(fact.visit_id)
            assert kept is not None
            role.append(turn, kept, row, row, billed)
        return self._answer(turn, asked, row, detlcutinfo=[split(line) for line in lines])

    def cancel(self, turn: Turn, asked: Message) -> Message:
        """2103, 2208 and 2305."""
        role = self._role
        found = role.cancellable(turn, asked, role.visit(turn, asked))
        if isinstance(found, Message):
            return found
        visit, bill = found
        row = role.cancel(turn, visit, bill, turn.now.replace(microsecond=0))
        role.close(turn, asked, visit, bill)
        return self._answer(turn, asked, row)

    def _buyer(self, turn: Turn, asked: Message) -> Opened | Message:
        """Return the visit that a purchase would open, or refuse whoever is not entitled to it."""
        role = self._role
        person = role.entitled(turn, asked)
        if isinstance(person, Message):
            return person
        fact = opened(role.name, asked.msgid, asked, person.insured_area)
        problem = (
            role.opening_day_problem(turn, asked)
            or role.care_problem(turn, asked, fact.med_type)
            or role.injury_problem(turn, asked, fact.med_type)
        )
        if problem is not None:
            return problem
        standing = role.standing(turn, asked, fact, med_type=fact.med_type, flags=fact.flags, settling=True)
        if standing.refusal:
            return turn.refuse(asked, standing.refusal, *standing.found)
        return fact._replace(filing_type=standing.filing_type)

    def _claim(self, turn: Turn, asked: Message, visit: Visit, disease: str, lines: Iterable[Line]) -> _Claim | Message:
        """Return what a bill is computed from, or refuse its class totals or its filing.

        In the province the class totals are worked out again from the lines. Across provinces, where the treatment
        place's catalogue is not known, they need only sum to the bill, as the lines do (P75-15), and none be below
        nothing, as none of sound lines is. The filing is that of the admission (P75-13), or one made since (P75-25);
        none that was found invalid since (JL-6.4b).
        """
        role, lines, stated = self._role, tuple(lines), stated_totals(asked)
        problem = role.cover_problem(turn, asked, visit.psn_no, (visit.days.get(line.sn, "") for line in lines))
        if problem is not None:
            return problem
        totals = totals_of(lines) if role.knows_classes(visit) else stated
        if totals is None or stated != totals or not totals.sound or totals.bill != sum(line.amount for line in lines):
            return turn.refuse(asked, "class_totals_differ")
        standing = role.standing(turn, asked, visit, med_type=visit.med_type, flags=visit.flags, settling=True)
        if standing.refusal:
            return turn.refuse(asked, standing.refusal, *standing.found)
        return _Claim(visit, standing.filing_type, disease, totals)

    def _row(self, turn: Turn, asked: Message, claim: _Claim) -> Settlement | Message:
        """Compute the row of a bill, or refuse care that was reimbursed by hand: no care is paid for twice (P75-45).

        The later part of a stay is reckoned with the parts before it as one bill.
        """
        role, visit = self._role, claim.visit
        person = role.person(visit.psn_no)
        assert person is not None
        at = turn.now.replace(microsecond=0)
        level = role.city.registry.institutions[visit.hospital].level
        where = role.circumstance(person, level, claim.filing_type, at.date())
        care = CARE_OF[visit.med_type]
        where = where._replace(care=care, disease=claim.disease if care == CHRONIC else "")
        parts = [bill for bill in visit.bills.values() if bill.billed.part]
        use_account = data_of(asked).get("acct_used_flag") == "1"
        shares, inputs = role.computed(person, where, claim.totals, use_account=use_account, parts=parts)
        number = "" if asked.infno in TRIES else role.next_setl_id(visit.insured_area, at)
        mark = Mark(number, at, asked.msgid, claim.billed)
        row = settlement_row(role.city.registry, visit, mark, shares, inputs)
        by_hand = role.paid_by_hand(row, claim.billed)
        return turn.refuse(asked, "already_claimed", by_hand) if by_hand else row

    def _answer(self, turn: Turn, asked: Message, row: Settlement, **more: list[dict[str, Any]]) -> Message:
        """Return the reply that tells a row, with ``more`` blocks; after a trial the account is what it would be."""
        role = self._role
        person = role.person(row.psn_no)
        assert person is not None
        balance = role.balance_of(row.psn_no)
        if asked.infno in TRIES:
            balance -= row.shares.acct_pay - row.shares.acct_mulaid_pay
        info = answers.settlement_info(asked.infno, row, person, balance)
        setlinfo: Any = [info] if asked.infno == "2305" else info  # the interface has a list there
        return turn.ok(asked, setlinfo=setlinfo, setldetail=answers.fund_rows(row), **more)
