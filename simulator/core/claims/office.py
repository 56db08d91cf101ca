"""The claims desk of the city of insurance (手工报销): it takes in papers, checks, decides and pays.

A bill on paper gets the benefit that direct settlement would have given, from the same books; no city clears it with
another. Care is paid for once: against settled visits, against other claims here, and, through the province, elsewhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from simulator.core.benefit.rules import INPATIENT, NoSuchCare
from simulator.core.benefit.settlement import Settlement
from simulator.core.claims import lifecycle as life
from simulator.core.claims.case import (
    AddPapers,
    Case,
    CaseKept,
    CheckClaim,
    CollectRefund,
    DecideClaim,
    OpenClaim,
    PayClaim,
    RefuseClaim,
    Reimburse,
    ReverseClaim,
    WithdrawClaim,
)
from simulator.core.claims.double import Care
from simulator.core.claims.granted import Granted
from simulator.core.claims.intake import Intake, handed_in
from simulator.core.claims.papers import missing, required
from simulator.core.claims.service import OnTime, on_time, promised
from simulator.core.claims.settling import settle, unsettle
from simulator.core.claims.special import MONEY, Special, report, said
from simulator.core.claims.wording import NOT_PAID, PAID_OUT, SETTLED_AFTER_ALL, outcome, registration
from simulator.core.platform import books
from simulator.core.platform.message import Message
from simulator.core.platform.office import Does, Office, declining
from simulator.core.platform.refusals import REFUSALS, Refused
from simulator.core.platform.turn import Turn
from simulator.core.values.parameters import NotInForce
from simulator.core.visits.insured import Insured
from simulator.core.visits.visits import Billed, Settled

_TAKEN_BACK = "参保人撤回"
_Legs = Callable[[str, str, int], tuple[books.Leg, books.Leg]]


class Claims(Office):
    """The claims desk of one city; ``cases`` are its cases by number."""

    def __init__(self, insured: Insured, province: str) -> None:
        self._insured = insured
        self._province = province
        self._intake = Intake(insured)
        self._granted = Granted()
        self.cases: dict[str, Case] = {}
        actions: Does = {
            OpenClaim: self.open,
            AddPapers: self._add,
            CheckClaim: self._check,
            DecideClaim: self._decide,
            PayClaim: self._pay,
            RefuseClaim: self._refuse,
            WithdrawClaim: lambda turn, action: self._end(turn, self._case(action), life.WITHDRAW, words=_TAKEN_BACK),
            ReverseClaim: self._reverse,
            CollectRefund: self._collect,
            Reimburse: self._reimburse,
        }
        self.does = declining(actions)
        self.hears = {"M101": self._hear_verdict}
        self.folds = {CaseKept: self._fold_case, Settled: self._granted.fold_settled}

    def paid_for(self, row: Settlement, billed: Billed) -> str:
        """Return the settlement of a claim that was granted for the care of a row, empty where there is none.

        Direct settlement of such care, or its return, would pay twice (P75-45).
        """
        return self._granted.by_hand(row, billed)

    def rest_of(self, mdtrt_id: str) -> str:
        """Return the settlement of a claim granted for the rest of a stay settled in parts, empty where there is none.

        It was reckoned with the parts as one bill (P75-44): none of them is undone before it.
        """
        return self._granted.rest_of(mdtrt_id)

    def service(self, first: dt.date, last: dt.date) -> OnTime:
        """Count the claims paid or refused between two days, both inclusive, and how many were so in time (JL-6.6c)."""
        return on_time(
            (case.service, case.ended)
            for case in self.cases.values()
            if case.service is not None
            and case.ended is not None
            and case.state != life.WITHDRAWN
            and first <= case.ended <= last
        )

    # -- taking in ----------------------------------------------------------------------------------------------

    def open(self, turn: Turn, action: OpenClaim) -> None:
        """Take in a claim; care that is paid for or claimed already is refused at once.

        Raises Refused for a number that was used, an unknown person or hospital, a reason the pack does not admit, and
        for what does not fit together.
        """
        dossier, today = action.dossier, turn.now.date()
        known = self.cases.get(dossier.claim_id)
        if known is not None and known.dossier == dossier:
            return
        if known is not None or dossier.claim_id in self._granted.rows:
            raise Refused("case_number_used", dossier.claim_id)
        case = Case(dossier, self._intake.sound(dossier, today), life.NEW, today, ())
        case = case._replace(papers=handed_in(case, action.papers, today))
        already = self._granted.already(case.care)
        if already is None:
            self._take_in(turn, case, life.OPEN)
        else:
            self._end_as_double(turn, case, already)

    def _add(self, turn: Turn, action: AddPapers) -> None:
        case = self._case(action)
        self._allowed(case, life.ADD)
        self._take_in(turn, case._replace(papers=handed_in(case, action.papers, turn.now.date())), life.ADD)

    def _take_in(self, turn: Turn, case: Case, event: str) -> None:
        """Go on with complete papers, or tell once, and all at once, which are missing (JL-6.3b, JL-6.6b)."""
        city, today = self._insured.city, turn.now.date()
        needed = required(city.pack, case.received, city.code, case.dossier)
        lacking = missing(needed, (paper.name for paper in case.papers))
        if lacking:
            self._keep(turn, case._replace(told=case.told or lacking), event)
            return
        service = promised(city.pack, city.calendar, city.code, case.dossier, bill=case.totals.bill, complete=today)
        kept = self._keep(turn, case._replace(complete=today, service=service), life.COMPLETING)
        person, place = self._intake.person(kept.dossier.psn_no), self._intake.place(kept.dossier)
        blocks = registration(kept, person, place, city.code)
        turn.ask(self._province, "M101", blocks, treatment=place.city, insured=city.code)

    # -- from complete papers to payment ------------------------------------------------------------------------

    def _hear_verdict(self, turn: Turn, asked: Message, reply: Message) -> None:
        """Keep the province's answer whether the care was claimed in another city."""
        if reply.succeeded:
            result = reply.block("result")
            turn.record(CaseKept(self.cases[result["manl_reim_no"]]._replace(verdict=result["dup_flag"])))

    def _check(self, turn: Turn, action: CheckClaim) -> None:
        case = self._case(action)
        self._allowed(case, life.CHECK)
        if not case.verdict:
            raise Refused("case_not_now", case.claim_id, "unanswered", life.CHECK)
        already = ("already_claimed", "M101") if case.verdict == "1" else self._granted.already(case.care)
        if already is None:
            self._keep(turn, case, life.CHECK)
        else:
            self._end_as_double(turn, case, already)

    def _decide(self, turn: Turn, action: DecideClaim) -> None:
        case = self._case(action)
        self._allowed(case, life.DECIDE)
        already = self._granted.already(case.care)
        if already is not None:
            self._end_as_double(turn, case, already)
            return
        person = self._intake.person(case.dossier.psn_no)
        row = settle(turn, self._insured, person, self._intake.claim(case.dossier, case.totals))
        self._post(turn, row, books.granted_legs)
        self._keep(turn, case, life.DECIDE)

    def _pay(self, turn: Turn, action: PayClaim) -> None:
        case = self._case(action)
        self._allowed(case, life.PAY)
        already = self._granted.already(case.care)
        if already is not None:
            self._end_as_double(turn, case, already)
            return
        row = self._granted.rows[case.claim_id]
        self._post(turn, row, books.paid_out_legs)
        self._tell(turn, self._keep(turn, case._replace(ended=turn.now.date()), life.PAY), PAID_OUT, row)

    def _reimburse(self, turn: Turn, action: Reimburse) -> None:
        """Pay in one step; raises Refused, also for care that the pack has no rules for."""
        claim = action.claim
        if claim.claim_id in self._granted.rows:
            return
        if claim.claim_id in self.cases:
            raise Refused("case_number_used", claim.claim_id)
        inpatient = claim.care == INPATIENT
        care = Care(claim.claim_id, claim.psn_no, claim.hospital, claim.begin, claim.end, inpatient)
        already = self._granted.already(care)
        if already is not None:
            raise Refused(*already)
        if not claim.totals.sound:
            raise Refused("case_unclear", claim.claim_id, "bill")
        person = self._intake.entitled(claim.psn_no)
        self._intake.covered(claim.psn_no, claim.end)
        try:
            row = settle(turn, self._insured, person, claim)
        except NoSuchCare as missing:
            raise Refused("care_not_open", missing.where.care) from None
        except NotInForce as missing:
            raise Refused("rules_not_in_force", missing.name) from None
        fund = row.shares.fund_pay_sumamt
        legs = books.reimbursement_legs(row.insured_area, fund)
        turn.post(books.posting(turn.node.code, turn.now, row.setl_id, legs))

    # -- not paid after all -------------------------------------------------------------------------------------

    def _end_as_double(self, turn: Turn, case: Case, already: tuple[str, str]) -> None:
        refusal, number = already
        self._end(turn, case._replace(refusal=refusal), life.REFUSE, words=REFUSALS[refusal].zh.format(number))

    def _refuse(self, turn: Turn, action: RefuseClaim) -> None:
        said(action.claim_id, action.words)
        self._end(turn, self._case(action), life.REFUSE, words=action.words)

    def _end(self, turn: Turn, case: Case, event: str, *, words: str) -> None:
        """Refuse a claim or give it back; what was granted and not paid is taken back."""
        self._allowed(case, event)
        row = self._granted.rows.get(case.claim_id)
        if row is not None:
            unsettle(turn, row)
            self._post(turn, row, books.granted_legs, sign=-1)
        kept = self._keep(turn, case._replace(ended=turn.now.date(), words=words), event)
        if kept.complete is not None:
            settled = kept.refusal == "already_settled"
            self._tell(turn, kept, SETTLED_AFTER_ALL if settled else NOT_PAID, None)

    def _reverse(self, turn: Turn, action: ReverseClaim) -> None:
        """Book the mirror of a paid claim, ask the money back, and report the case (JL-4.2g)."""
        case = self._case(action)
        self._allowed(case, life.REVERSE)
        said(case.claim_id, action.words)
        row = self._granted.rows[case.claim_id]
        assert case.service is not None
        unsettle(turn, row)
        self._post(turn, row, books.asked_back_legs)
        fund = row.shares.fund_pay_sumamt
        kept = self._keep(turn, case._replace(words=action.words, owed=fund), life.REVERSE)
        self._tell(turn, kept, NOT_PAID, None)
        plan = self._insured.city.calendar.add_workdays(turn.now.date(), case.service.workdays)
        special = Special(
            number=case.claim_id,
            kind=MONEY,
            since=row.at,
            about=row.setl_id,
            amount=fund,
            words=f"手工报销{row.setl_id}支付有误：{action.words}",
            cure="已冲销并向参保人追回",
            plan=plan.day,
        )
        report(turn, self._province, special)

    def _collect(self, turn: Turn, action: CollectRefund) -> None:
        case = self._case(action)
        self._allowed(case, life.COLLECT)
        if not 0 < action.amount <= case.owed:
            raise Refused("case_unclear", case.claim_id, "amount")
        person = self._intake.person(case.dossier.psn_no)
        legs = books.paid_back_legs(person.insured_area, person.psn_no, action.amount)
        turn.post(books.posting(turn.node.code, turn.now, case.setl_id, legs))
        self._keep(turn, case._replace(owed=case.owed - action.amount), life.COLLECT)

    # -- small things -------------------------------------------------------------------------------------------

    def _case(self, action: Any) -> Case:
        case = self.cases.get(action.claim_id)
        if case is None:
            raise Refused("unknown_case", action.claim_id)
        return case

    def _allowed(self, case: Case, event: str) -> str:
        state = life.next_state(case.state, event)
        if state is None:
            raise Refused("case_not_now", case.claim_id, case.state, event)
        return state

    def _keep(self, turn: Turn, case: Case, event: str) -> Case:
        kept = case._replace(state=self._allowed(case, event))
        turn.record(CaseKept(kept))
        return kept

    def _post(self, turn: Turn, row: Settlement, legs: _Legs, *, sign: int = 1) -> None:
        fund = sign * row.shares.fund_pay_sumamt
        turn.post(books.posting(turn.node.code, turn.now, row.setl_id, legs(row.insured_area, row.psn_no, fund)))

    def _tell(self, turn: Turn, case: Case, result: str, paid: Settlement | None) -> None:
        city, place = self._insured.city.code, self._intake.place(case.dossier)
        blocks = outcome(case, self._intake.person(case.dossier.psn_no), city, result, paid)
        turn.ask(self._province, "M102", blocks, treatment=place.city, insured=city)

    def _fold_case(self, fact: CaseKept) -> None:
        self.cases[fact.case.claim_id] = fact.case
        self._granted.fold_case(fact.case)
