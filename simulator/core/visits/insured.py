"""The insured role of a city (参保地): it knows the people, their filings and what they have used up this year.

It checks person, filing and state, keeps its own copy of the visit, computes the shares, gives ``setl_id`` and books.
In a province with one catalogue it prices the lines again and refuses class totals that differ.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from simulator.core.benefit.bill import TOTAL_FIELDS, ClassTotals
from simulator.core.benefit.rules import Circumstance, YearSoFar
from simulator.core.benefit.settlement import DIRECT, Inputs, Settlement
from simulator.core.benefit.shares import Shares
from simulator.core.benefit.stack import compute
from simulator.core.filing.office import Standing
from simulator.core.platform.books import Leg, insured_legs
from simulator.core.platform.message import Block, Message
from simulator.core.platform.node import Turn, Voided
from simulator.core.values.people import Person
from simulator.core.values.stamps import digits
from simulator.core.visits.answers import eligibility_row, fund_rows, person_blocks, queried_info, settlement_info
from simulator.core.visits.home import Home, original_key
from simulator.core.visits.lifecycle import ADMITTED
from simulator.core.visits.role import Role, line_result
from simulator.core.visits.visits import INSURED, Bound, Opened, Settled, Visit


class Enrolled(NamedTuple):
    """Fact: a person is insured here."""

    person: Person


class Insured(Role):
    """The insured role; see the module."""

    name = INSURED

    def __init__(self, city: Home) -> None:
        super().__init__(city)
        self._people: dict[str, Person] = {}
        self._by_certno: dict[str, Person] = {}
        self._years: dict[tuple[str, int], YearSoFar] = {}
        self._balances: dict[str, int] = {}
        self._settled = 0
        self.paid_by_hand: Callable[[str, str, dt.date, dt.date], str] = _never  # person, hospital, first and last day
        self._answers: dict[str, Callable[[Turn, Message], Message]] = {
            "1101": self._person_info,
            "2001": self._eligibility,
            "2301": self._lines,
            "2302": self._lines,
            "2303": self._bill,
            "2304": self._bill,
            "2305": self._cancel,
            "2401": self._admit,
            "2402": self._step,
            "2404": self._step,
            "2405": self._step,
            "2601": self._reversal,
            "5203": self._query,
        }

    def decide(self, turn: Turn, asked: Message) -> Message:
        """Answer a forwarded request."""
        answer = self._answers.get(asked.infno) or self.city.answers.get(asked.infno)
        return answer(turn, asked) if answer else turn.refuse(asked, "unknown_transaction", asked.infno)

    def person(self, psn_no: str) -> Person | None:
        """Return a person insured here, None for a number that is not known."""
        return self._people.get(psn_no)

    def year_of(self, psn_no: str, year: int) -> YearSoFar:
        """Return a person's accumulators of a year."""
        return self._years.get((psn_no, year), YearSoFar())

    def balance_of(self, psn_no: str) -> int:
        """Return a person's account balance in fen."""
        return self._balances.get(psn_no, 0)

    def fold_enrolled(self, fact: Enrolled) -> None:
        """Apply :class:`Enrolled`."""
        person = fact.person
        self._people[person.psn_no] = person
        self._by_certno[person.certno] = person
        self._balances[person.psn_no] = person.balance

    def fold_settled(self, fact: Settled) -> None:
        """Apply :class:`Settled`: the year's accumulators and the account move with every row, either way."""
        row = fact.row
        assert row.inputs is not None
        if fact.visit_id:
            self.visits.fold_settled(fact)
        if not row.init_setl_id:
            self._settled += 1
        year = (row.psn_no, row.inputs.where.day.year)
        shares = row.shares
        before = self._years.get(year, YearSoFar())
        self._years[year] = before.after(row.sign, row.inputs.where, shares, row.inputs.burden)
        self._balances[row.psn_no] -= shares.acct_pay - shares.acct_mulaid_pay

    def legs(self, row: Settlement) -> tuple[Leg, ...]:
        """Return how the city of insurance books a settlement row."""
        return insured_legs(row.treatment_city, row.insured_area, row.shares.fund_pay_sumamt, row.shares.acct_pay)

    # -- person -------------------------------------------------------------------------------------------------

    def _person_info(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        person = self._by_certno.get(data["certno"])
        if person is None or person.name != data["psn_name"]:
            return turn.refuse(asked, "unknown_person")
        return turn.ok(asked, **person_blocks(person, self.balance_of(person.psn_no), turn.now.date()))

    def _eligibility(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        person = self._people.get(data["psn_no"])
        if person is None:
            return turn.refuse(asked, "unknown_person")
        begin = data["begntime"][:10]
        standing = self._standing(turn, asked, person, dt.date.fromisoformat(begin))
        right = not standing.refusal and person.insutype == data["insutype"]
        return turn.ok(asked, trtinfo=[eligibility_row(person, begin, right=right)])

    def _standing(self, turn: Turn, asked: Message, person: Person, admitted: dt.date) -> Standing:
        areas, on = (asked.treatment_area, person.insured_area), turn.now.date()
        return self.city.filings.standing(person.psn_no, admitted, *areas, on=on, hospital=asked.party, settling=False)

    # -- visit --------------------------------------------------------------------------------------------------

    def _admit(self, turn: Turn, asked: Message) -> Message:
        info = asked.block("mdtrtinfo")
        person = self._people.get(info["psn_no"])
        if person is None:
            return turn.refuse(asked, "unknown_person")
        if person.insutype != info["insutype"]:
            return turn.refuse(asked, "wrong_insutype", info["insutype"])
        admitted = dt.date.fromisoformat(info["begntime"][:10])
        standing = self._standing(turn, asked, person, admitted)
        if standing.refusal:
            return turn.refuse(asked, standing.refusal, *standing.found)
        earlier = self.visits.unbound(person.psn_no, asked.party)
        if earlier is not None and earlier.state == ADMITTED:
            return turn.refuse(asked, "busy")  # no message could tell the two admissions apart
        turn.record(
            Opened(
                self.name,
                asked.msgid,
                asked.key,
                person.psn_no,
                person.insutype,
                asked.party,
                asked.treatment_area,
                person.insured_area,
                admitted,
                standing.filing_type,
            )
        )
        # The treatment city gives the visit its number; until a message bears it, this city names the admission.
        return turn.ok(asked, result={"mdtrt_id": asked.msgid})

    def _visit(self, turn: Turn, asked: Message, data: Block) -> Visit | None:
        """Find a visit by its number, or learn the number from the first message that bears it."""
        visit = self.visits.find(data["mdtrt_id"])
        if visit is None:
            visit = self.visits.unbound(data["psn_no"], asked.party)
            if visit is not None:
                turn.record(Bound(visit.mdtrt_id, data["mdtrt_id"]))
        return visit

    def _lines(self, turn: Turn, asked: Message) -> Message:
        data = asked.rows("feedetail" if asked.infno == "2301" else "data")[0]
        visit = self.allowed(turn, asked, self._visit(turn, asked, data), data)
        if isinstance(visit, Message):
            return visit
        if asked.infno == "2302":
            sns = self.cancelled_lines(turn, asked, visit)
            if isinstance(sns, Message):
                return sns
            self.drop_lines(turn, visit, sns)
            return turn.ok(asked)
        lines = self.price(turn, asked, visit)
        if isinstance(lines, Message):
            return lines
        self.keep_lines(turn, visit, lines)
        return turn.ok(asked, result=[line_result(line) for line in lines])

    def _step(self, turn: Turn, asked: Message) -> Message:
        """Discharge and the undoing of admission and discharge."""
        data = asked.block("dscginfo" if asked.infno == "2402" else "data")
        visit = self.allowed(turn, asked, self._visit(turn, asked, data), data)
        if isinstance(visit, Message):
            return visit
        ended = dt.date.fromisoformat(data["endtime"][:10]) if asked.infno == "2402" else None
        self.move(turn, visit, asked.infno, ended=ended)
        return turn.ok(asked)

    # -- settlement ---------------------------------------------------------------------------------------------

    def _bill(self, turn: Turn, asked: Message) -> Message:
        """2303 computes, 2304 also settles."""
        data = asked.block("data")
        visit = self.billed(turn, asked, self._visit(turn, asked, data), data)
        if isinstance(visit, Message):
            return visit
        totals = visit.totals()
        if tuple(data.get(field) for field in TOTAL_FIELDS) != totals:
            return turn.refuse(asked, "class_totals_differ")
        granted = self.paid_by_hand(visit.psn_no, visit.hospital, visit.admitted, visit.ended or turn.now.date())
        if granted:
            return turn.refuse(asked, "already_claimed", granted)
        row = self._row(turn, asked, visit, totals)
        if asked.infno == "2303":
            balance = self.balance_of(row.psn_no) - row.shares.acct_pay
            info = settlement_info(row._replace(setl_id=""), self._people[row.psn_no], balance)
            return turn.ok(asked, setlinfo=info, setldetail=fund_rows(row))
        self.append(turn, visit, row, row)
        self.move(turn, visit, asked.infno)
        return turn.ok(asked, setlinfo=self._info(row), setldetail=fund_rows(row))

    def _info(self, row: Settlement) -> dict[str, Any]:
        return settlement_info(row, self._people[row.psn_no], self.balance_of(row.psn_no))

    def _row(self, turn: Turn, asked: Message, visit: Visit, totals: ClassTotals) -> Settlement:
        person = self._people[visit.psn_no]
        level = self.city.registry.institutions[visit.hospital].level
        where = self.circumstance(person, level, visit.filing_type, turn.now.date())
        use = asked.block("data").get("acct_used_flag") == "1"
        shares, inputs = self.computed(person, where, totals, use_account=use)
        return Settlement(
            setl_id=f"A{visit.insured_area}{digits(turn.now)[2:8]}{self._settled + 1:07d}",
            init_setl_id="",
            refund=False,
            kind=DIRECT,
            mdtrt_id=visit.mdtrt_id,
            psn_no=person.psn_no,
            insutype=person.insutype,
            hospital=visit.hospital,
            treatment_area=visit.treatment_area,
            insured_area=person.insured_area,
            treatment_city=self.city.registry.city_of(visit.treatment_area) or "",
            insured_city=self.city.code,
            begin=visit.admitted,
            end=visit.ended or turn.now.date(),
            at=turn.now.replace(microsecond=0),
            settled_by=asked.msgid,
            shares=shares,
            inputs=inputs,
        )

    def circumstance(self, person: Person, level: str, filing_type: str, day: dt.date) -> Circumstance:
        """Return what selects the rules for a person's bill settled on a day."""
        return Circumstance(self.city.code, person.insutype, person.psn_type, level, filing_type, day)

    def computed(
        self, person: Person, where: Circumstance, totals: ClassTotals, *, use_account: bool
    ) -> tuple[Shares, Inputs]:
        """Compute the shares of a person's bill as things stand now."""
        year = self.year_of(person.psn_no, where.day.year)
        balance = self.balance_of(person.psn_no)
        shares, burden = compute(totals, self.city.rules(where), year, balance, use_account=use_account)
        return shares, Inputs(where, totals, year, balance, use_account, burden)

    def _cancel(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        visit = self.allowed(turn, asked, self._visit(turn, asked, data), data)
        if isinstance(visit, Message):
            return visit
        if visit.settlement is None or visit.settlement.setl_id != data["setl_id"]:
            return turn.refuse(asked, "unknown_settlement", data["setl_id"])
        row = self.append_mirror(turn, visit, turn.now.replace(microsecond=0))
        turn.record(Voided(asked.key._replace(msgid=row.settled_by), True))
        self.move(turn, visit, asked.infno)
        return turn.ok(asked, setlinfo=[self._info(row)], setldetail=fund_rows(row))

    def _reversal(self, turn: Turn, asked: Message) -> Message:
        problem = self.reversal_problem(turn, asked)
        if problem is not None:
            return problem
        if self.city.is_void(original_key(asked)):
            return self.city.reversed_again(turn, asked)
        in_city = self.city.registry.city_of(asked.treatment_area) == self.city.code
        self.reverse(turn, asked, turn.now, void=not in_city)
        return turn.ok(asked)

    def undoable(self, original: Message, visit: Visit) -> bool:
        """Tell the same as every role, and whether a settlement may be restored.

        The account must still hold what it takes, and its care must not have been reimbursed by hand meanwhile.
        """
        if not super().undoable(original, visit):
            return False
        restored = visit.cancelled if original.infno == "2305" else None
        if restored is None:
            return True
        by_hand = self.paid_by_hand(visit.psn_no, visit.hospital, restored.begin, restored.end)
        return not by_hand and restored.shares.acct_pay <= self.balance_of(visit.psn_no)

    def _query(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("data")
        visit = self.visits.find(data["mdtrt_id"])
        row = visit.settlement if visit is not None else None
        if row is None or row.setl_id != data["setl_id"] or row.psn_no != data["psn_no"]:
            return turn.refuse(asked, "unknown_settlement", data["setl_id"])
        person, hospital = self._people[row.psn_no], self.city.registry.institutions[row.hospital]
        info = queried_info(row, person, self.balance_of(row.psn_no), hospital.zh)
        return turn.ok(asked, setlinfo=info, setldetail=fund_rows(row))


def _never(psn_no: str, hospital: str, begin: dt.date, end: dt.date) -> str:
    """Stand in for a claims desk: nothing was reimbursed by hand."""
    return ""
