"""The treatment role of a city (就医地): the hospital's counterpart.

It checks institution, sign-in and the state of the visit, gives ``mdtrt_id``, prices and classifies each line, puts the
four class totals into trial and settlement, and passes the message on. With the answer it checks the amounts, books,
and answers the hospital. What concerns hospital and city alone stays here: 9001 and 9002, 5204, and what the offices
answer. Bills are in ``treatment_bills``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from simulator.core.benefit.rules import CHRONIC, OUTPATIENT
from simulator.core.benefit.settlement import Settlement
from simulator.core.platform.books import Leg, treatment_legs
from simulator.core.platform.message import Message
from simulator.core.platform.transactions import FILING, FORWARDED, LOCAL, QUERIES
from simulator.core.platform.turn import Turn
from simulator.core.values.stamps import written
from simulator.core.visits import answers, lines
from simulator.core.visits.extension import flags_of
from simulator.core.visits.facts import TREATMENT, Described, Opened, Settled
from simulator.core.visits.home import Home, original_key
from simulator.core.visits.lifecycle import KIND_OF, OPENS, TRIES
from simulator.core.visits.requests import data_of, day_of, opened
from simulator.core.visits.role import Role
from simulator.core.visits.treatment_bills import Bills, Prepared, Step, replied_at
from simulator.core.visits.visits import Visit

_AS_IT_IS = frozenset({"1101", "2001"}) | FILING | QUERIES
_HOLDS_VISIT = frozenset(KIND_OF) - OPENS - TRIES

__all__ = ["SignedIn", "Step", "Treatment", "replied_at"]


class SignedIn(NamedTuple):
    """Fact: an institution signed in (9001), or out again (9002, ``open`` False)."""

    hospital: str
    sign_no: str
    open: bool


class Treatment(Role):
    """The treatment role; see the module."""

    name = TREATMENT

    def __init__(self, city: Home) -> None:
        super().__init__(city)
        self._signed_in: dict[str, str] = {}
        self._sign_ins = 0
        self._visit_serial = 0
        bills = Bills(self)
        self._prepare: dict[str, Callable[[Turn, Message], Prepared]] = {
            "2101": bills.prepare_purchase,
            "2102": bills.prepare_purchase,
            "2103": bills.prepare_cancellation,
            "2201": self._prepare_opening,
            "2203": self._prepare_description,
            "2204": self._prepare_lines,
            "2205": self._prepare_cancelled_lines,
            "2206": bills.prepare_bill,
            "2207": bills.prepare_bill,
            "2208": bills.prepare_cancellation,
            "2301": self._prepare_lines,
            "2302": self._prepare_cancelled_lines,
            "2303": bills.prepare_bill,
            "2304": bills.prepare_bill,
            "2305": bills.prepare_cancellation,
            "2401": self._prepare_opening,
            "2601": self._prepare_reversal,
        }
        self._local: dict[str, Callable[[Turn, Message], Message]] = {
            "9001": self._sign_in,
            "9002": self._sign_out,
            "5204": self._fee_lines,
        }
        self._complete: dict[str, Callable[[Turn, Message, Step, Message], Message]] = {
            "2101": bills.complete_trial_purchase,
            "2102": bills.complete_purchase,
            "2103": bills.complete_cancellation,
            "2201": self._complete_opening,
            "2202": self._complete_move,
            "2203": self._complete_description,
            "2204": self._complete_lines,
            "2205": self._complete_cancelled_lines,
            "2207": bills.complete_settlement,
            "2208": bills.complete_cancellation,
            "2301": self._complete_lines,
            "2302": self._complete_cancelled_lines,
            "2304": bills.complete_settlement,
            "2305": bills.complete_cancellation,
            "2401": self._complete_opening,
            "2402": self._complete_move,
            "2404": self._complete_move,
            "2405": self._complete_move,
            "2601": self._complete_reversal,
        }

    def number_after(self, last: int) -> None:
        """Number visits after ``last``."""
        self._visit_serial = last

    def prepare(self, turn: Turn, asked: Message) -> Prepared:
        """Check a hospital's request: return the reply to give here, or what to pass on with what is prepared."""
        problem = self._institution_problem(turn, asked)
        if problem is not None:
            return problem
        if asked.infno in LOCAL:
            answer = self._local.get(asked.infno) or self.city.answers.get(asked.infno)
            return answer(turn, asked) if answer else turn.refuse(asked, "unknown_transaction", asked.infno)
        if asked.infno not in FORWARDED:
            return turn.refuse(asked, "unknown_transaction", asked.infno)
        if asked.infno in _AS_IT_IS:
            return asked, Step("")
        return self._prepare.get(asked.infno, self._prepare_move)(turn, asked)

    def complete(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        """Act on the insured city's answer; return what the hospital gets."""
        finish = self._complete.get(asked.infno)
        return finish(turn, asked, step, reply) if finish and reply.succeeded else reply

    def hold(self, asked: Message, step: Step) -> None:
        """Keep the visit to one open step or reversal: others must wait until its outcome is known."""
        visit = self.visits.find(step.visit_id)
        if visit is None:
            return
        if asked.infno in _HOLDS_VISIT:
            visit.open_step = asked.key
        elif asked.infno == "2601":
            visit.reversals[asked.key] = original_key(asked)

    def release(self, asked: Message, step: Step) -> None:
        """Let the visit go on: the outcome of its open step is known, or the step is void."""
        visit = self.visits.find(step.visit_id)
        if visit is None:
            return
        visit.reversals.pop(asked.key, None)
        if visit.open_step == asked.key:
            visit.open_step = None

    def signed_in(self) -> frozenset[str]:
        """Return the institutions that are signed in."""
        return frozenset(self._signed_in.values())

    def fold_opened(self, fact: Opened) -> None:
        """Apply :class:`Opened`."""
        self._visit_serial += 1
        self.visits.fold_opened(fact)

    def fold_signed_in(self, fact: SignedIn) -> None:
        """Apply :class:`SignedIn`."""
        if fact.open:
            self._sign_ins += 1
            self._signed_in[fact.sign_no] = fact.hospital
        else:
            self._signed_in.pop(fact.sign_no, None)

    def fold_settled(self, fact: Settled) -> None:
        """Apply :class:`Settled`."""
        self.visits.fold_settled(fact)

    def legs(self, row: Settlement) -> tuple[Leg, ...]:
        """Return how the treatment city books a settlement row."""
        return treatment_legs(row.insured_city, row.hospital, row.treatment_area, row.shares.cleared)

    def visit_at(self, step: Step) -> Visit:
        """Return the visit of a step that was prepared."""
        visit = self.visits.find(step.visit_id)
        assert visit is not None
        return visit

    def opening_problem(self, turn: Turn, asked: Message) -> Message | None:
        """Refuse a visit at an institution, or of a kind of care, that is not open to this person, or not yet begun.

        An institution opens for the people of its own city by being designated, for visitors apart (JL-2.1a), and
        for those of other provinces apart from these (JL-2.2).
        """
        today = turn.now.date()
        city, across = self.city, self.city.across_provinces(asked)
        if city.visiting(asked) and not city.registry.open_for_visitors(asked.party, today, across=across):
            return turn.refuse(asked, "institution_not_open", asked.party)
        problem = self.opening_day_problem(turn, asked)
        if problem is not None:
            return problem
        if asked.infno == "2201":  # what it is about comes with its description
            open_here = any(self.city.care_open(asked, care, today) for care in (OUTPATIENT, CHRONIC))
            return None if open_here else turn.refuse(asked, "care_not_open", OUTPATIENT)
        med_type = data_of(asked)["med_type"]
        return self.care_problem(turn, asked, med_type) or self.injury_problem(turn, asked, med_type)

    # -- before passing on --------------------------------------------------------------------------------------

    def _institution_problem(self, turn: Turn, asked: Message) -> Message | None:
        known = self.city.registry.institutions.get(asked.party)
        if known is None or self.city.registry.city_of(known.area) != self.city.code:
            return turn.refuse(asked, "unknown_institution", asked.party)
        if known.area != asked.treatment_area:
            return turn.refuse(asked, "other_area", asked.treatment_area)
        if asked.infno != "9001" and self._signed_in.get(asked.head.get("sign_no", "")) != asked.party:
            return turn.refuse(asked, "not_signed_in")
        return None

    def _prepare_opening(self, turn: Turn, asked: Message) -> Prepared:
        """2201 and 2401."""
        return self.opening_problem(turn, asked) or (asked, Step(""))

    def _prepare_move(self, turn: Turn, asked: Message) -> Prepared:
        """2202, 2402, 2404 and 2405, by the state of the visit."""
        data = data_of(asked)
        visit = self.allowed(turn, asked, self.visits.find(data["mdtrt_id"]), data)
        if isinstance(visit, Message):
            return visit
        ended = day_of(data["endtime"]) if asked.infno == "2402" else None
        return self.discharge_problem(turn, asked, visit) or (asked, Step(visit.mdtrt_id, ended))

    def _prepare_description(self, turn: Turn, asked: Message) -> Prepared:
        info = asked.block("mdtrtinfo")
        visit = self.allowed(turn, asked, self.visits.find(info["mdtrt_id"]), info)
        if isinstance(visit, Message):
            return visit
        return self.description_problem(turn, asked, visit) or (asked, Step(visit.mdtrt_id))

    def _prepare_lines(self, turn: Turn, asked: Message) -> Prepared:
        visit = self._visit_of_lines(turn, asked)
        if isinstance(visit, Message):
            return visit
        batches = lines.uploaded(self.city, turn, asked, visit, amounts_only=False)
        return batches if isinstance(batches, Message) else (asked, Step(visit.mdtrt_id, batches))

    def _prepare_cancelled_lines(self, turn: Turn, asked: Message) -> Prepared:
        visit = self._visit_of_lines(turn, asked)
        if isinstance(visit, Message):
            return visit
        sns = lines.cancelled(turn, asked, visit)
        return sns if isinstance(sns, Message) else (asked, Step(visit.mdtrt_id, sns))

    def _visit_of_lines(self, turn: Turn, asked: Message) -> Visit | Message:
        data = data_of(asked)
        return self.allowed(turn, asked, self.visits.find(data["mdtrt_id"]), data)

    def _prepare_reversal(self, turn: Turn, asked: Message) -> Prepared:
        problem = self.reversal_problem(turn, asked)
        if problem is not None:
            return problem
        key = original_key(asked)
        if self.city.is_void(key):
            return self.city.reversed_again(turn, asked)
        original = self.city.known_request(key)
        visit = self.visit_of(original) if original is not None else None
        return asked, Step(visit.mdtrt_id if visit is not None else "")

    # -- with the answer ----------------------------------------------------------------------------------------

    def _complete_opening(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        number = f"S{asked.treatment_area}{turn.now:%y%m%d}{self._visit_serial + 1:07d}"
        turn.record(opened(self.name, number, asked, asked.insured_area))
        return turn.ok(asked, **answers.opened_blocks(asked, number))

    def _complete_description(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        info = asked.block("mdtrtinfo")
        turn.record(Described(self.name, step.visit_id, info["med_type"], info["dise_codg"], flags_of(info)))
        self.move(turn, self.visit_at(step), asked.infno)
        return reply

    def _complete_lines(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        self.keep_lines(turn, self.visit_at(step), step.value, with_rows=True)
        return turn.ok(asked, result=[lines.line_result(line) for batch in step.value for line in batch.lines])

    def _complete_cancelled_lines(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        self.drop_lines(turn, self.visit_at(step), step.value)
        return reply

    def _complete_move(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        self.move(turn, self.visit_at(step), asked.infno, ended=step.value)
        return reply

    def _complete_reversal(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        original = self.city.known_request(original_key(asked))
        if original is not None and original.insured_area != asked.insured_area:
            return turn.refuse(asked, "other_person")  # it came in meanwhile, and another city has answered
        self.reverse(turn, asked, replied_at(reply), void=True)
        return reply

    # -- answered here ------------------------------------------------------------------------------------------

    def _sign_in(self, turn: Turn, asked: Message) -> Message:
        sign_no = f"{self.city.code}{turn.now:%Y%m%d}{self._sign_ins + 1:010d}"
        turn.record(SignedIn(asked.party, sign_no, True))
        return turn.ok(asked, signinoutb={"sign_time": written(turn.now), "sign_no": sign_no})

    def _sign_out(self, turn: Turn, asked: Message) -> Message:
        sign_no = asked.block("signOut")["sign_no"]
        if self._signed_in.get(sign_no) != asked.party:
            return turn.refuse(asked, "not_signed_in")
        turn.record(SignedIn(asked.party, sign_no, False))
        return turn.ok(asked, signoutoutb={"sign_time": written(turn.now)})

    def _fee_lines(self, turn: Turn, asked: Message) -> Message:
        """5204: the lines of a settlement as the treatment city classified them, in both kinds of network."""
        data = asked.block("data")
        visit = self.visits.find(data["mdtrt_id"])
        bill = visit.bills.get(data["setl_id"]) if visit is not None else None
        if visit is None or bill is None or visit.psn_no != data["psn_no"]:
            return turn.refuse(asked, "unknown_settlement", data["setl_id"])
        if visit.put_away and not bill.billed.sns:
            return turn.refuse(asked, "unknown_settlement", data["setl_id"])  # the host has kept its lines
        return turn.ok(asked, data=answers.fee_rows(visit, bill))
