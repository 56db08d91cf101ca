"""The insured role of a city (参保地): it knows the people, their filings and what they have used up this year.

It checks person, filing and state, keeps its own copy of the visit, computes the shares, gives ``setl_id`` and books.
In a province with one catalogue it prices the lines again and refuses class totals that differ; across provinces it
keeps the amounts and takes the class totals as they come (P75-15). Visits are in ``insured_visits``, bills in
``insured_bills``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from simulator.core.benefit.bill import NO_TOTALS, ClassTotals
from simulator.core.benefit.rules import CHRONIC, SCHEMES, Circumstance, YearSoFar
from simulator.core.benefit.settlement import Inputs, Settlement
from simulator.core.benefit.shares import Shares
from simulator.core.benefit.stack import compute
from simulator.core.filing.office import Standing
from simulator.core.filing.types import DIED, MOVED
from simulator.core.platform.books import Leg, insured_legs
from simulator.core.platform.message import Message
from simulator.core.platform.turn import Turn
from simulator.core.values.people import Person
from simulator.core.values.stamps import digits
from simulator.core.visits import answers
from simulator.core.visits.care import CARE_OF, NCMS
from simulator.core.visits.extension import Flags
from simulator.core.visits.facts import INSURED, Billed, Bound, Opened, Settled
from simulator.core.visits.home import Home, original_key
from simulator.core.visits.insured_bills import Bills
from simulator.core.visits.insured_queries import Queries
from simulator.core.visits.insured_visits import Visits
from simulator.core.visits.lifecycle import CANCELS, KIND_OF, SETTLES
from simulator.core.visits.requests import data_of, day_of
from simulator.core.visits.role import Role
from simulator.core.visits.rows import portions
from simulator.core.visits.visits import Bill, Visit

UNCOVERED = {DIED: "person_died", MOVED: "cover_moved"}
"""The refusal of care after a person died, or moved the insurance elsewhere."""


class Enrolled(NamedTuple):
    """Fact: a person is insured here."""

    person: Person


class AccountFrozen(NamedTuple):
    """Fact: the personal account of a person insured here was frozen (账户冻结), or is free again (``frozen`` False).

    A frozen account pays nothing, for its owner or for the family; what is settled goes on without it. It takes money.
    """

    psn_no: str
    frozen: bool = True


class Insured(Role):
    """The insured role; see the module."""

    name = INSURED

    def __init__(self, city: Home) -> None:
        super().__init__(city)
        self._people: dict[str, Person] = {}
        self._by_certno: dict[str, Person] = {}
        self._years: dict[tuple[str, int], YearSoFar] = {}
        self._balances: dict[str, int] = {}
        self._frozen: set[str] = set()
        self._settled = 0
        self.paid_by_hand: Callable[[Settlement, Billed], str] = _never  # the claim that paid for the care of a row
        self.rest_by_hand: Callable[[str], str] = _never  # the claim that is the rest of a stay settled in parts
        visits, bills, queries = Visits(self), Bills(self), Queries(self)
        self._answers: dict[str, Callable[[Turn, Message], Message]] = {
            "1101": self._person_info,
            "2001": self._eligibility,
            "2101": bills.purchase,
            "2102": bills.purchase,
            "2103": bills.cancel,
            "2201": visits.register,
            "2202": visits.step,
            "2203": visits.describe,
            "2204": visits.add_lines,
            "2205": visits.drop_lines,
            "2206": bills.bill,
            "2207": bills.bill,
            "2208": bills.cancel,
            "2301": visits.add_lines,
            "2302": visits.drop_lines,
            "2303": bills.bill,
            "2304": bills.bill,
            "2305": bills.cancel,
            "2401": visits.admit,
            "2402": visits.step,
            "2404": visits.step,
            "2405": visits.step,
            "2601": self._reversal,
            "5201": queries.visits,
            "5202": queries.diagnoses,
            "5203": queries.settlement,
            "5206": queries.accumulators,
            "5303": queries.in_hospital,
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

    def spendable(self, psn_no: str) -> int:
        """Return what a person's account can pay in fen: its balance, nothing of one that is frozen."""
        return 0 if psn_no in self._frozen else self._balances.get(psn_no, 0)

    def number_after(self, last: int) -> None:
        """Number settlements after ``last``."""
        self._settled = last

    def next_setl_id(self, area: str, at: dt.datetime) -> str:
        """Return the number of the next settlement."""
        return f"A{area}{digits(at)[2:8]}{self._settled + 1:07d}"

    def fold_enrolled(self, fact: Enrolled) -> None:
        """Apply :class:`Enrolled`."""
        person = fact.person
        self._people[person.psn_no] = person
        self._by_certno[person.certno] = person
        self._balances[person.psn_no] = person.balance

    def fold_frozen(self, fact: AccountFrozen) -> None:
        """Apply :class:`AccountFrozen`."""
        if fact.frozen:
            self._frozen.add(fact.psn_no)
        else:
            self._frozen.discard(fact.psn_no)

    def fold_settled(self, fact: Settled) -> None:
        """Apply :class:`Settled`: the years' accumulators and the account move with every row, either way."""
        row = fact.row
        assert row.inputs is not None
        if fact.visit_id:
            self.visits.fold_settled(fact)
        if not row.init_setl_id:
            self._settled += 1
        for portion in portions(row, fact.billed):
            before = self.year_of(row.psn_no, portion.year)
            self._years[row.psn_no, portion.year] = portion.added(before, row.inputs.where, row.sign)
        self._balances[row.psn_no] -= row.shares.acct_pay - row.shares.acct_mulaid_pay
        if row.inputs.family_of:
            self._balances[row.inputs.family_of] -= row.shares.acct_mulaid_pay

    def legs(self, row: Settlement) -> tuple[Leg, ...]:
        """Return how the city of insurance books a settlement row."""
        return insured_legs(row.treatment_city, row.insured_area, row.shares.fund_pay_sumamt, row.shares.acct_pay)

    def visit(self, turn: Turn, asked: Message) -> Visit | None:
        """Find a visit by its number, or learn the number from the first message that bears it."""
        data = data_of(asked)
        visit = self.visits.find(data["mdtrt_id"])
        if visit is None:
            visit = self.visits.unbound(data["psn_no"], asked.party, KIND_OF[asked.infno])
            if visit is not None:
                turn.record(Bound(visit.mdtrt_id, data["mdtrt_id"]))
        return visit

    # -- what a person is entitled to -----------------------------------------------------------------------------

    def entitled(self, turn: Turn, asked: Message) -> Person | Message:
        """Return the person a visit that begins is for, or refuse whoever is not covered here.

        That is who is unknown, under another insurance or one not settled here, has died, or is insured elsewhere.
        NCMS has a track of its own until it is merged (JL-7.3): its agencies reckon and clear it by their own rules, so
        that nothing of it is settled here, in the city, away from it or on paper, and no pack gives it a figure.
        """
        info = data_of(asked)
        person = self._people.get(info["psn_no"])
        if person is None:
            return turn.refuse(asked, "unknown_person")
        if person.insutype != info["insutype"]:
            return turn.refuse(asked, "wrong_insutype", info["insutype"])
        if person.insutype == NCMS:
            return turn.refuse(asked, "ncms_track")
        if person.insutype not in SCHEMES:
            return turn.refuse(asked, "scheme_not_supported", person.insutype)
        return self.cover_problem(turn, asked, person.psn_no, [info["begntime"][:10]]) or person

    def cover_problem(self, turn: Turn, asked: Message, psn_no: str, days: Iterable[str]) -> Message | None:
        """Refuse care of days (ISO text) on which the person was dead or insured elsewhere: no fund here pays for it.

        It is the day of each service that counts: what came before stays covered, whenever it is settled.
        """
        book = self.city.filings.book
        gone = book.gone(psn_no, max(days, default="")) if psn_no in book.left else None  # of hardly anybody
        return None if gone is None else turn.refuse(asked, UNCOVERED[gone.reason], gone.on.isoformat())

    def standing(
        self,
        turn: Turn,
        asked: Message,
        visit: Opened | Visit,
        *,
        med_type: str,
        flags: Flags,
        settling: bool = False,
    ) -> Standing:
        """Return where a visit stands with its filing today, and once it has ended, where it stood on that day.

        An emergency counts as filed (P75-08). A filing helps a stay that is under way only when it is made before the
        discharge (P75-25), whenever the settlement comes; days are what counts, so that one of the day itself does.
        """
        ended = visit.ended if isinstance(visit, Visit) else None
        return self.city.filings.standing(
            visit.psn_no,
            visit.admitted,
            visit.treatment_area,
            visit.insured_area,
            on=ended or turn.now.date(),
            care=CARE_OF[med_type],
            emergency=flags.emergency,
            hospital=asked.party,
            settling=settling,
        )

    def chronic_problem(self, turn: Turn, asked: Message, visit: Visit, med_type: str, disease: str) -> Message | None:
        """Refuse chronic care of a disease that was not filed when the visit began."""
        filed = CARE_OF[med_type] != CHRONIC or self.city.filings.chronic(visit.psn_no, disease, visit.admitted)
        return None if filed else turn.refuse(asked, "no_chronic_filing", disease)

    def circumstance(self, person: Person, level: str, filing_type: str, day: dt.date) -> Circumstance:
        """Return what selects the rules for a person's bill of inpatient care settled on a day."""
        where = Circumstance(self.city.code, person.insutype, person.psn_type, level, filing_type, day)
        return where._replace(identities=person.identities)

    def covered(self, turn: Turn, person: Person, hospital: str, care: str, disease: str = "") -> None:
        """Look up today's rules, so that care nobody pays for is refused at once; raises NotInForce and NoSuchCare."""
        level = self.city.registry.institutions[hospital].level
        where = self.circumstance(person, level, "", turn.now.date())
        self.city.rules(where._replace(care=care, disease=disease))

    def computed(
        self,
        person: Person,
        where: Circumstance,
        totals: ClassTotals,
        *,
        use_account: bool,
        parts: Sequence[Bill] = (),
    ) -> tuple[Shares, Inputs]:
        """Compute the shares of a person's bill as things stand now.

        ``parts`` are the settlements in force of earlier parts of the same stay, in order: it is reckoned with them as
        one bill (P75-44), on the year without them and as the stay that the first of them was. Raises NotInForce and
        NoSuchCare as the rules do.
        """
        balance, rules = self.spendable(person.psn_no), self.city.rules(where)
        year, earlier = self._without(parts, self.year_of(person.psn_no, where.day.year), where.day.year)
        of = person.family if person.family in self._people else ""
        family = self.spendable(of)
        shares, burden = compute(totals, rules, year, balance, use_account=use_account, family=family, earlier=earlier)
        inputs = Inputs(where, totals, year, balance, use_account, burden, family, earlier, of)
        if self._frozen:
            inputs = inputs._replace(frozen=self._withheld(person.psn_no), family_frozen=self._withheld(of))
        return shares, inputs

    def _withheld(self, psn_no: str) -> int:
        return self.balance_of(psn_no) - self.spendable(psn_no)

    def _without(self, parts: Sequence[Bill], year: YearSoFar, of: int) -> tuple[YearSoFar, ClassTotals]:
        """Return the accumulators of a year without the parts of a stay, and the class totals of these together."""
        earlier, stays = NO_TOTALS, year.stays
        for number, (row, billed) in enumerate(parts):
            assert row.inputs is not None
            for portion in portions(row, billed):
                if portion.year == of:
                    year = portion.mirrored().added(year, row.inputs.where, -1)
            earlier = earlier.plus(row.inputs.totals)
            stays = stays if number else row.inputs.year.stays
        return year._replace(stays=stays), earlier

    # -- person -------------------------------------------------------------------------------------------------

    def _person_info(self, turn: Turn, asked: Message) -> Message:
        """1101: the sources differ on whether number and name are required; a name that is given must be right."""
        data = asked.block("data")
        person = self._by_certno.get(data.get("certno") or data["mdtrt_cert_no"])
        if person is None or person.name != (data.get("psn_name") or person.name):
            return turn.refuse(asked, "unknown_person")
        return turn.ok(asked, **answers.person_blocks(person, self.balance_of(person.psn_no), turn.now.date()))

    def _eligibility(self, turn: Turn, asked: Message) -> Message:
        """2001: does the basic fund pay for care of this kind that begins on this day."""
        data = asked.block("data")
        person = self._people.get(data["psn_no"])
        if person is None:
            return turn.refuse(asked, "unknown_person")
        begin, care = day_of(data["begntime"]), CARE_OF.get(data["med_type"], "")
        areas, disease = (asked.treatment_area, person.insured_area), data.get("dise_codg", "")
        standing = self.city.filings.standing(
            person.psn_no, begin, *areas, on=turn.now.date(), care=care, hospital=asked.party, settling=False
        )
        right = (
            bool(care)
            and not standing.refusal
            and person.insutype == data["insutype"]
            and person.insutype in SCHEMES
            and self.city.filings.book.gone(person.psn_no, begin.isoformat()) is None
            and self.city.care_open(asked, care, begin)
            and (care != CHRONIC or self.city.filings.chronic(person.psn_no, disease, begin))
        )
        return turn.ok(asked, trtinfo=[answers.eligibility_row(person, begin.isoformat(), right=right)])

    # -- undoing ------------------------------------------------------------------------------------------------

    def _reversal(self, turn: Turn, asked: Message) -> Message:
        problem = self.reversal_problem(turn, asked)
        if problem is not None:
            return problem
        if self.city.is_void(original_key(asked)):
            return self.city.reversed_again(turn, asked)
        in_city = self.city.registry.city_of(asked.treatment_area) == self.city.code
        self.reverse(turn, asked, turn.now, void=not in_city)
        return turn.ok(asked)

    def cancellable(self, turn: Turn, asked: Message, visit: Visit | None) -> tuple[Visit, Bill] | Message:
        """Find the same as every role, but refuse a part of a stay whose rest was claimed on paper."""
        found = super().cancellable(turn, asked, visit)
        return found if isinstance(found, Message) else self._rest_problem(turn, asked, *found) or found

    def _undo_problem(self, turn: Turn, asked: Message, original: Message) -> Message | None:
        problem = super()._undo_problem(turn, asked, original)
        visit = self.visit_of(original)
        bill = self.bill_of(original, visit) if visit is not None and original.infno in SETTLES else None
        if problem is not None or visit is None or bill is None:
            return problem
        return self._rest_problem(turn, asked, visit, bill)

    def _rest_problem(self, turn: Turn, asked: Message, visit: Visit, bill: Bill) -> Message | None:
        """Refuse to undo a part of a stay with which the rest, on paper, was reckoned as one bill (P75-44)."""
        by_hand = self.rest_by_hand(visit.mdtrt_id) if bill.billed.part else ""
        return turn.refuse(asked, "rest_by_hand", by_hand) if by_hand else None

    def undoable(self, original: Message, visit: Visit) -> bool:
        """Tell the same as every role, and whether a settlement may be restored.

        The account must still hold what it takes, not be frozen, and its care not have been reimbursed by hand since.
        """
        if not super().undoable(original, visit):
            return False
        bill = self.bill_of(original, visit) if original.infno in CANCELS else None
        if bill is None:
            return True
        row, shares = bill.row, bill.row.shares
        if self.paid_by_hand(row, bill.billed):
            return False
        assert row.inputs is not None
        own, family = shares.acct_pay - shares.acct_mulaid_pay, shares.acct_mulaid_pay
        return own <= self.spendable(visit.psn_no) and family <= self.spendable(row.inputs.family_of)

    def knows_classes(self, visit: Visit) -> bool:
        """Tell whether this city has the catalogue of the treatment place: within the province (P75-15)."""
        return not self.city.registry.cross_province(visit.treatment_area, visit.insured_area)


def _never(*about: object) -> str:
    """Stand in for a claims desk: nothing was reimbursed by hand."""
    return ""
