"""What must hold at any moment, and what more at rest: each fen once, and every side with the same story."""

from __future__ import annotations

from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant

from simulator.core import invariants as inv
from simulator.core.benefit.shares import shares_add_up
from simulator.core.clearing.sheet import balance_sheet
from simulator.core.platform.message import Key
from simulator.core.reconciliation.compare import compare_day
from simulator.core.reconciliation.totals import Tally
from simulator.core.visits.visits import INSURED, TREATMENT, Settled

from .cases import CITIES, NANJING, PEOPLE, PROVINCE, TIERS, TREATED_IN, XUZHOU, Case
from .ledger import Ledger


class Agreement(RuleBasedStateMachine):
    """The platforms of the network, and a ledger of their settlements kept beside theirs."""

    def __init__(self, play: Any, wire: Any, picture: Any) -> None:
        super().__init__()
        self.play, self.wire, self.picture = play, wire, picture
        self.nodes = play.net.nodes
        self.cases: list[Case] = []
        self.people = list(PEOPLE)  # those whose care is played
        self.steps = -1  # invariants are looked at once before the first step
        self.ledger = Ledger()
        self._read = self._booked = self._legs = 0

    def home(self, person: Any) -> Any:
        """The city where a person is insured."""
        return self.nodes[self.play.net.registry.city_of(person.insured_area)]

    # -- at any moment ----------------------------------------------------------------------------------------------

    @invariant()
    def at_any_moment(self) -> None:
        self.steps += 1
        self.look()

    def look(self) -> None:
        """Look at what is new since the last time."""
        for entry in self.wire.postings[self._booked :]:
            assert inv.posting_balances(entry)
        self._booked = len(self.wire.postings)
        persons = set()
        for _, fact in self.wire.facts[self._read :]:
            self.ledger.read(fact)
            if isinstance(fact, Settled):
                self.row_is_sound(fact)
                persons.add(fact.row.psn_no)
        self._read = len(self.wire.facts)
        if len(self.wire.legs) > self._legs:
            assert inv.no_tier_skipped(self.wire.legs, TIERS)
            self._legs = len(self.wire.legs)
        self.accumulators_are_the_rows(persons)

    def row_is_sound(self, fact: Settled) -> None:
        row = fact.row
        assert shares_add_up(row.shares)
        assert row.sign * row.shares.acct_pay >= 0
        assert row.sign * row.shares.act_pay_dedc >= 0
        if fact.role == INSURED:
            assert row.inputs is not None
            assert not fact.visit_id or inv.filed_where_needed(row)
            shares = row.shares.negated() if row.refund else row.shares
            assert inv.lines_sum_to_bill(row.inputs.totals, shares)

    def accumulators_are_the_rows(self, persons: set[str]) -> None:
        """The years and accounts of those with a new row are what all their rows come to."""
        for who in self.people:
            person = self.play.net.people[who]
            if person.psn_no in persons:
                insured = self.home(person).insured
                year, used = self.ledger.years[person.psn_no]
                assert insured.year_of(person.psn_no, 2016) == year
                assert insured.balance_of(person.psn_no) == person.balance - used >= 0

    # -- at rest ----------------------------------------------------------------------------------------------------

    def agree(self) -> None:
        """Every side tells the same story."""
        self.look()
        self.books_agree()
        self.days_agree()
        for case in self.cases:
            mine = self.nodes[case.city].treatment.visits.admitted_by(case.opening.key)
            theirs = self.home(case.person).insured.visits.admitted_by(case.opening.key)
            self.same_visit(mine, theirs)

    def books_agree(self) -> None:
        """What one city owes is due to the other; each fen a city has to pay to hospitals is paid, or owed still."""
        for treatment, insured in ((NANJING, XUZHOU), (XUZHOU, NANJING)):
            owed = self.nodes[insured].books.balance("payable", treatment)
            due = self.nodes[treatment].books.balance("receivable", insured)
            assert inv.books_mirror(owed, due)
            books, bank = self.nodes[treatment].books, self.nodes[treatment].clearing.institutions.bank
            mine = [hospital for hospital, city in TREATED_IN.items() if city == treatment]
            owed = sum(books.balance("payable", hospital) for hospital in mine)
            assert self.ledger.cleared.get(treatment, 0) == -bank.balance - owed

    def days_agree(self) -> None:
        province = self.nodes[PROVINCE]
        treatment, insured = self.both(TREATMENT), self.both(INSURED)
        days = {key[0] for tally in (treatment, province.daily, insured) for key in tally.under()}
        for day in days:
            assert not compare_day(day, treatment, province.daily, insured)
            for pair in ((NANJING, XUZHOU), (XUZHOU, NANJING)):
                assert inv.three_sides_agree(
                    [each.group((day, *pair)) for each in (treatment, province.daily, insured)]
                )
        sheet = balance_sheet("2016-10", province.monthly.under("2016-10"), self.play.net.registry.cities)
        assert inv.sheet_is_zero(sheet)

    def both(self, role: str) -> Tally:
        """The daily totals of a role in both cities."""
        found = Tally()
        for city in CITIES:
            for key, totals in self.nodes[city].daily[role].under().items():
                found.add(key, totals)
        return found

    def same_visit(self, mine: Any, theirs: Any) -> None:
        if mine is None:
            assert theirs is None or theirs.state == "withdrawn"
            return
        assert (mine.state, mine.lines, mine.ended) == (theirs.state, theirs.lines, theirs.ended)
        assert mine.batches == theirs.batches
        bills = [{each.row.setl_id: each.row.shares for each in visit.bills.values()} for visit in (mine, theirs)]
        assert bills[0] == bills[1]
        settled = [sn for bill in mine.bills.values() for sn in bill.billed.sns]
        assert len(settled) == len(set(settled))
        city = self.nodes[self.play.net.registry.city_of(mine.treatment_area)]
        for row, billed in mine.bills.values():
            assert sum(mine.lines[sn].amount for sn in billed.sns) == row.shares.medfee_sumamt
            assert not city.is_void(Key(mine.hospital, row.settled_by))
        assert mine.open_step is None
        assert all(city.is_void(original) for original in mine.reversals.values())
