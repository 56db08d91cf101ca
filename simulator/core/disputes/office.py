"""The disputes desk of a city, in both roles: as insured city it owns its tickets, as treatment city it answers.

A person's doubt about a settlement is the insured city's to explain, and to settle with the treatment city, or it
reimburses on the papers (JL-6.5). Every ticket has an owner, a day it is due and a day it was closed (JS-3.1g).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from simulator.core.benefit.rules import INPATIENT
from simulator.core.claims.lifecycle import REFUSED
from simulator.core.claims.office import Claims
from simulator.core.claims.special import FAULT, LONGEST, OTHER, Special, report, said
from simulator.core.claims.special import FILING as FILING_CASE
from simulator.core.clearing.deadlines import declarable
from simulator.core.clearing.months import expanded
from simulator.core.disputes import lifecycle as life
from simulator.core.disputes.deadlines import Deadlines
from simulator.core.disputes.soundness import doubts_of, sound
from simulator.core.disputes.ticket import (
    BILL_CHECK,
    CORRECTED,
    FILING,
    ISSUES,
    LARGE_BILL,
    OF_A_PERSON,
    OF_A_SHEET,
    REIMBURSED,
    SYSTEM,
    Adjusted,
    AnswerTicket,
    AskBillCheck,
    CloseTicket,
    InDoubt,
    ObjectToAnswer,
    OpenTicket,
    ReviewTickets,
    Ruling,
    Ticket,
    TicketKept,
    changes,
)
from simulator.core.disputes.wording import (
    asked_ticket,
    month_of,
    outcome_of,
    question,
    reply_of,
    rulings_of,
)
from simulator.core.platform.books import insured_legs, posting, treatment_legs
from simulator.core.platform.message import Message
from simulator.core.platform.office import Does, Office, declining
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.values.money import yuan
from simulator.core.visits.home import Home

_SPECIAL_KINDS = {FILING: FILING_CASE, SYSTEM: FAULT}


class Disputes(Office):
    """The disputes desk of one city; ``tickets`` are those it owns and those it is to answer, by number."""

    def __init__(self, city: Home, claims: Claims, province: str) -> None:
        self._city = city
        self._claims = claims
        self._province = province
        self._deadlines = Deadlines(city.pack, city.calendar, city.code)
        self._adjusted: dict[str, dict[tuple[str, str], int]] = {}
        self._corrections: dict[str, int] = {}  # by settlement, over all tickets
        self.stands: Callable[[str, str, bool], bool]  # whether a settlement is in force: the city says
        self.tickets: dict[str, Ticket] = {}
        self.answers = {"C104": self._take_question, "C105": self._take_answer}
        self.hears = {"C104": self._hear, "C105": self._hear}
        actions: Does = {
            OpenTicket: self._open,
            AskBillCheck: self._ask_bill_check,
            AnswerTicket: self._answer,
            ObjectToAnswer: self._object,
            CloseTicket: self._close,
            ReviewTickets: self._review,
        }
        self.does = declining(actions)
        self.folds = {TicketKept: self._fold_ticket, Adjusted: self._fold_adjusted}

    def adjustments(self, month: str) -> Mapping[tuple[str, str], int]:
        """Return what a clearing month (six digits) takes up, in fen, by treatment and insured city."""
        return dict(self._adjusted.get(month, {}))

    def disputed(self, month: str) -> frozenset[str]:
        """Return the settlements of a month (six digits) that are in doubt and not answered yet."""
        waiting = (each for each in self.tickets.values() if each.state in life.WAITING and each.month == month)
        return frozenset(doubt.setl_id for ticket in waiting for doubt in ticket.doubts)

    # -- the insured city asks ----------------------------------------------------------------------------------

    def _open(self, turn: Turn, action: OpenTicket) -> None:
        """Open a ticket; raises Refused for a number that was used, and for settlements that do not go together."""
        if action.kind not in ISSUES:
            raise Refused("case_unclear", action.ticket_id, "kind")
        if action.reason not in OF_A_PERSON | OF_A_SHEET:
            raise Refused("case_unclear", action.ticket_id, "reason")
        if action.reason in OF_A_SHEET and not action.sheet:
            raise Refused("case_unclear", action.ticket_id, "sheet")
        self._start(turn, action)

    def _start(self, turn: Turn, action: OpenTicket) -> None:
        city, now = self._city.code, turn.now
        said(action.ticket_id, action.words)
        doubts = doubts_of(action.ticket_id, city, action.doubts)
        if action.ticket_id in self.tickets:
            raise Refused("case_number_used", action.ticket_id)
        if not 0 < len(action.ticket_id) <= LONGEST:
            raise Refused("case_unclear", action.ticket_id, "number")
        rows = [each.row for each in action.doubts]
        treatment = rows[0].treatment_city if rows else city
        ticket = Ticket(
            ticket_id=action.ticket_id,
            kind=action.kind,
            reason=action.reason,
            owner=city,
            treatment_city=treatment,
            words=action.words,
            sheet=action.sheet,
            month=f"{rows[0].at:%Y%m}" if rows else "",
            doubts=doubts,
            state=life.NEW,
            opened=now,
            due=self._deadlines.answer_by(action.kind, now.date()),
        )
        if action.ask and treatment != city:
            self._ask(turn, self._keep(turn, ticket, life.ASK))
        else:
            self._keep(turn, ticket, life.KEEP)

    def _ask_bill_check(self, turn: Turn, action: AskBillCheck) -> None:
        """Ask for a check of large bills (P75-56); raises Refused for smaller ones, or where the pack has no check."""
        line = self._deadlines.large(turn.now.date())
        if line is None or not action.rows:
            raise Refused("case_unclear", action.ticket_id, BILL_CHECK)
        for row in action.rows:
            if row.inputs is None or row.inputs.where.care != INPATIENT:
                raise Refused("case_unclear", action.ticket_id, row.setl_id)
            if row.shares.medfee_sumamt < line:
                raise Refused("bill_too_small", row.setl_id, yuan(row.shares.medfee_sumamt))
        doubts = tuple(InDoubt(row, row.shares.medfee_sumamt) for row in action.rows)
        self._start(turn, OpenTicket(action.ticket_id, BILL_CHECK, action.words, doubts, LARGE_BILL))

    def _ask(self, turn: Turn, ticket: Ticket) -> None:
        treatment = ticket.treatment_city
        turn.ask(treatment, "C104", question(ticket, turn.now), treatment=treatment, insured=ticket.owner)

    def _take_question(self, turn: Turn, asked: Message) -> Message:
        """C104 at the treatment city: a new ticket, or an objection to an answer."""
        data, registry = asked.block("data"), self._city.registry
        known = self.tickets.get(data["dspt_id"])
        due = self._deadlines.dated(dt.date.fromisoformat(data["rpl_ddln_date"]))
        if known is not None and known.owner != data["insuplc_admdvs"]:
            return turn.refuse(asked, "case_number_used", known.ticket_id)
        if known is not None and known.state != life.ANSWERED:
            return turn.refuse(asked, "case_not_now", known.ticket_id, known.state, life.OBJECT)
        if known is not None:
            self._keep(turn, known._replace(words=data["dspt_dscr"], due=due), life.OBJECT)
        else:
            for row in asked.rows("dsptlist"):
                if row["fixmedins_code"] not in registry.institutions:
                    return turn.refuse(asked, "unknown_institution", row["fixmedins_code"])
            self._keep(turn, asked_ticket(asked, registry, due, turn.now), life.ASK)
        return turn.ok(asked, result={"dspt_id": data["dspt_id"]})

    # -- the answer ---------------------------------------------------------------------------------------------

    def _answer(self, turn: Turn, action: AnswerTicket) -> None:
        """Answer as the city whose turn it is; raises Refused for rulings that do not fit the ticket."""
        ticket = self._ticket(action.ticket_id)
        here = self._city.code
        if (ticket.state == life.ASKED) != (ticket.treatment_city == here and ticket.owner != here):
            raise Refused("case_not_now", ticket.ticket_id, ticket.state, life.ANSWER)
        rulings = action.rulings or tuple(Ruling(doubt.setl_id, action.outcome) for doubt in ticket.doubts)
        corrected = action.outcome == CORRECTED or any(changes(ticket.booked, rulings).values())
        month = (action.month or f"{turn.now:%Y%m}") if corrected else ""
        answer = ticket._replace(outcome=action.outcome, answer=action.words, rulings=rulings, adjust_month=month)
        said(action.ticket_id, action.words)
        sound(ticket, answer, self._elsewhere(ticket))
        if corrected and ticket.treatment_city != here:
            raise Refused("case_unclear", ticket.ticket_id, "treatment city")  # it books the other half: ask it
        self._in_force(answer)
        self._can_take_up(answer, turn.now.date())
        kept = self._keep(turn, self._answered(answer, turn.now.date()), life.ANSWER)
        if ticket.owner == here:
            self._book(turn, kept, rulings, month)
        else:
            blocks = reply_of(kept, turn.now)
            turn.ask(ticket.owner, "C105", blocks, treatment=here, insured=ticket.owner)

    def _take_answer(self, turn: Turn, asked: Message) -> Message:
        """C105 at the insured city: the answer to its ticket, booked as it stands."""
        data = asked.block("data")
        ticket = self.tickets.get(data["dspt_id"])
        if ticket is None or ticket.treatment_city != data["mdtrtarea_admvs"]:
            return turn.refuse(asked, "unknown_case", data["dspt_id"])
        if ticket.state != life.ASKED:
            return turn.refuse(asked, "case_not_now", ticket.ticket_id, ticket.state, life.ANSWER)
        rulings, month = rulings_of(asked), month_of(asked)
        answer = ticket._replace(
            outcome=outcome_of(asked), answer=data["rslt_dscr"], rulings=rulings, adjust_month=month
        )
        try:
            sound(ticket, answer, self._elsewhere(ticket))
            self._in_force(answer)
        except Refused as problem:
            return turn.refuse(asked, problem.name, *problem.found)
        kept = self._keep(turn, self._answered(answer, turn.now.date()), life.ANSWER)
        self._book(turn, kept, rulings, month, asked.msgid)
        return turn.ok(asked, result={"dspt_id": ticket.ticket_id, "cnfm_flag": "0"})

    def _elsewhere(self, ticket: Ticket) -> Callable[[str], int]:
        """Return what tickets other than this one have added to a settlement."""
        mine = dict(ticket.booked)
        return lambda setl_id: self._corrections.get(setl_id, 0) - mine.get(setl_id, 0)

    def _in_force(self, answer: Ticket) -> None:
        """Refuse to correct a settlement that is not in force any more: its cancelling row has taken all of it back."""
        here = self._city.code
        for ruling, doubt in zip(answer.rulings, answer.doubts, strict=True):
            if ruling.adjust and not self.stands(doubt.mdtrt_id, doubt.setl_id, answer.treatment_city == here):
                raise Refused("unknown_settlement", ruling.setl_id)

    def corrected(self, setl_id: str) -> bool:
        """Tell whether corrections have changed what is cleared for a settlement: it cannot be cancelled then."""
        return bool(self._corrections.get(setl_id))

    def _can_take_up(self, answer: Ticket, today: dt.date) -> None:
        """Refuse a clearing month before that of the settlements, or too long past to be declared (P75-49)."""
        month = expanded(answer.adjust_month)
        if not answer.adjust_month:
            return
        if answer.adjust_month < answer.month or not declarable(self._city.pack, self._city.code, month, month, today):
            raise Refused("month_not_open", answer.adjust_month)

    def _answered(self, ticket: Ticket, today: dt.date) -> Ticket:
        deadlines = self._deadlines
        confirm_by = deadlines.confirm_by(ticket.kind, today)
        return ticket._replace(answered=today, confirm_by=confirm_by, silent_by=deadlines.silent_by(today))

    def _hear(self, turn: Turn, asked: Message, reply: Message) -> None:
        """Hear whether the other city took in a question or an answer; a refused one is this city's again."""
        ticket = self.tickets[asked.block("data")["dspt_id"]]
        if reply.succeeded and asked.infno == "C105":
            if asked.msgid > ticket.booked_by:  # an answer heard late does not take back a later one
                self._book(turn, ticket, rulings_of(asked), month_of(asked), asked.msgid)
        elif not reply.succeeded and life.next_state(ticket.state, life.NOT_TAKEN) is not None:
            self._keep(turn, ticket, life.NOT_TAKEN)

    def _book(self, turn: Turn, ticket: Ticket, rulings: tuple[Ruling, ...], month: str, booked_by: str = "") -> None:
        """Book what the answer changes in this city's books; both cities book the same amounts, so that they mirror."""
        here, doubts = self._city.code, {doubt.setl_id: doubt for doubt in ticket.doubts}
        for setl_id, amount in changes(ticket.booked, rulings).items():
            if not amount:
                continue
            doubt, ref = doubts[setl_id], f"{ticket.ticket_id}/{setl_id}"
            if ticket.treatment_city == here:
                legs = treatment_legs(ticket.owner, doubt.hospital, doubt.area, amount)
                turn.post(posting(here, turn.now, ref, legs))
            if ticket.owner == here:
                turn.post(posting(here, turn.now, ref, insured_legs(ticket.treatment_city, doubt.area, amount, 0)))
            pair = (ticket.treatment_city, ticket.owner)
            turn.record(Adjusted(ticket.ticket_id, setl_id, month, *pair, amount))
        booked = tuple((each.setl_id, each.adjust) for each in rulings)
        turn.record(TicketKept(ticket._replace(booked=booked, booked_by=booked_by)))

    # -- the end ------------------------------------------------------------------------------------------------

    def _object(self, turn: Turn, action: ObjectToAnswer) -> None:
        """Refuse an answer at the insured city; whoever gave it answers again, by a new deadline."""
        ticket = self._own(action.ticket_id)
        said(action.ticket_id, action.words)
        due = self._deadlines.answer_by(ticket.kind, turn.now.date())
        again = ticket._replace(words=action.words, due=due, reported=None)
        if ticket.treatment_city == self._city.code:
            self._keep(turn, again, life.REOPEN)
        else:
            self._ask(turn, self._keep(turn, again, life.OBJECT))

    def _close(self, turn: Turn, action: CloseTicket) -> None:
        """Confirm an answer at the insured city; one to be reimbursed by hand opens the claim, with this number in it.

        The ticket stays as it is when the claim is refused: first the settlement has to be cancelled.
        """
        ticket = self._own(action.ticket_id)
        self._next(ticket, life.CONFIRM)
        if ticket.outcome == REIMBURSED:
            claim = action.claim
            if claim is None or claim.dossier.dispute != ticket.ticket_id:
                raise Refused("case_unclear", ticket.ticket_id, "claim")
            self._claims.open(turn, claim)
            if self._claims.cases[claim.dossier.claim_id].state == REFUSED:
                return
        self._keep(turn, ticket._replace(closed=turn.now.date()), life.CONFIRM)

    def _review(self, turn: Turn, action: ReviewTickets) -> None:
        """Report own tickets whose answer is late, once a round, and close in silence what nobody confirmed."""
        today = turn.now.date()
        for ticket in list(self.tickets.values()):
            if ticket.state == life.ANSWERED:
                assert ticket.silent_by is not None
                if today > ticket.silent_by.day:
                    self._keep(turn, ticket._replace(closed=today, silent=True), life.CONFIRM)
            elif self._late(ticket, today):
                self._report(turn, ticket)
                turn.record(TicketKept(ticket._replace(reported=today)))

    def _late(self, ticket: Ticket, today: dt.date) -> bool:
        mine = ticket.owner == self._city.code and ticket.reported is None
        return mine and ticket.state in life.WAITING and today > ticket.due.day

    def _report(self, turn: Turn, ticket: Ticket) -> None:
        """Report a late answer to the province as a special case (JL-4.2g, JS-3.1g)."""
        plan = self._deadlines.answer_by(ticket.kind, turn.now.date())
        special = Special(
            number=ticket.ticket_id,
            kind=_SPECIAL_KINDS.get(ticket.kind, OTHER),
            since=ticket.opened,
            about=ticket.ticket_id,
            amount=ticket.amount,
            words=f"协同问题{ticket.ticket_id}应于{ticket.due.day}前答复，至今未答复",
            cure=f"由参保地经办机构催办{ticket.treatment_city}",
            plan=plan.day,
        )
        report(turn, self._province, special)

    # -- small things -------------------------------------------------------------------------------------------

    def _ticket(self, ticket_id: str) -> Ticket:
        ticket = self.tickets.get(ticket_id)
        if ticket is None:
            raise Refused("unknown_case", ticket_id)
        return ticket

    def _own(self, ticket_id: str) -> Ticket:
        """Return a ticket this city owns: JL-6.5."""
        ticket = self._ticket(ticket_id)
        if ticket.owner != self._city.code:
            raise Refused("unknown_case", ticket_id)
        return ticket

    def _next(self, ticket: Ticket, event: str) -> str:
        state = life.next_state(ticket.state, event)
        if state is None:
            raise Refused("case_not_now", ticket.ticket_id, ticket.state, event)
        return state

    def _keep(self, turn: Turn, ticket: Ticket, event: str) -> Ticket:
        kept = ticket._replace(state=self._next(ticket, event))
        turn.record(TicketKept(kept))
        return kept

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_ticket(self, fact: TicketKept) -> None:
        self.tickets[fact.ticket.ticket_id] = fact.ticket

    def _fold_adjusted(self, fact: Adjusted) -> None:
        self._corrections[fact.setl_id] = self._corrections.get(fact.setl_id, 0) + fact.amount
        if fact.treatment_city != fact.insured_city:
            months = self._adjusted.setdefault(fact.month, {})
            pair = (fact.treatment_city, fact.insured_city)
            months[pair] = months.get(pair, 0) + fact.amount
