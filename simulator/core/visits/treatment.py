"""The treatment role of a city (就医地): the hospital's counterpart.

It checks institution, sign-in and the state of the visit, gives ``mdtrt_id``, prices and classifies each line, puts the
four class totals into 2303 and 2304, and passes the message on. With the answer it checks the amounts, books, and
answers the hospital. What concerns hospital and city alone stays here: 9001 and 9002, and what the offices answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from simulator.core.benefit.bill import TOTAL_FIELDS
from simulator.core.benefit.settlement import DIRECT, Settlement
from simulator.core.benefit.shares import Shares, shares_add_up
from simulator.core.platform.books import Leg, treatment_legs
from simulator.core.platform.message import Block, Message
from simulator.core.platform.node import Turn, Voided
from simulator.core.platform.transactions import FILING, FORWARDED, LOCAL
from simulator.core.values.stamps import written
from simulator.core.visits.home import Home, original_key
from simulator.core.visits.role import Role, line_result
from simulator.core.visits.visits import TREATMENT, Opened, Settled, Visit

_BLOCK_OF = {"2401": "mdtrtinfo", "2402": "dscginfo", "2301": "feedetail", "2302": "data"}
_HOLDS_VISIT = frozenset({"2301", "2302", "2304", "2305", "2402", "2404", "2405"})


class SignedIn(NamedTuple):
    """Fact: an institution signed in (9001), or out again (9002, ``open`` False)."""

    hospital: str
    sign_no: str
    open: bool


class Step(NamedTuple):
    """What the treatment role worked out before it passed a message on."""

    visit_id: str
    value: Any = None


class Treatment(Role):
    """The treatment role; see the module."""

    name = TREATMENT

    def __init__(self, city: Home) -> None:
        super().__init__(city)
        self._signed_in: dict[str, str] = {}
        self._visit_serial = 0
        self._prepare: dict[str, Callable[[Turn, Message], Message | tuple[Message, Step]]] = {
            "2301": self._prepare_lines,
            "2302": self._prepare_lines,
            "2303": self._prepare_bill,
            "2304": self._prepare_bill,
            "2401": self._prepare_admission,
            "2601": self._prepare_reversal,
        }
        self._local: dict[str, Callable[[Turn, Message], Message]] = {
            "9001": self._sign_in,
            "9002": self._sign_out,
        }
        self._complete: dict[str, Callable[[Turn, Message, Step, Message], Message]] = {
            "2301": self._complete_lines,
            "2302": self._complete_lines,
            "2304": self._complete_settlement,
            "2305": self._complete_cancellation,
            "2401": self._complete_admission,
            "2402": self._complete_move,
            "2404": self._complete_move,
            "2405": self._complete_move,
            "2601": self._complete_reversal,
        }

    def prepare(self, turn: Turn, asked: Message) -> Message | tuple[Message, Step]:
        """Check a hospital's request: return the reply to give here, or what to pass on with what is prepared."""
        problem = self._institution_problem(turn, asked)
        if problem is not None:
            return problem
        if asked.infno in LOCAL:
            answer = self._local.get(asked.infno) or self.city.answers.get(asked.infno)
            return answer(turn, asked) if answer else turn.refuse(asked, "unknown_transaction", asked.infno)
        if asked.infno not in FORWARDED:
            return turn.refuse(asked, "unknown_transaction", asked.infno)
        if asked.infno in self._prepare:
            return self._prepare[asked.infno](turn, asked)
        return self._prepare_plain(turn, asked)

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

    def fold_opened(self, fact: Opened) -> None:
        """Apply :class:`Opened`."""
        self._visit_serial += 1
        self.visits.fold_opened(fact)

    def fold_signed_in(self, fact: SignedIn) -> None:
        """Apply :class:`SignedIn`."""
        if fact.open:
            self._signed_in[fact.sign_no] = fact.hospital
        else:
            self._signed_in.pop(fact.sign_no, None)

    def fold_settled(self, fact: Settled) -> None:
        """Apply :class:`Settled`."""
        self.visits.fold_settled(fact)

    def legs(self, row: Settlement) -> tuple[Leg, ...]:
        """Return how the treatment city books a settlement row."""
        return treatment_legs(row.insured_city, row.hospital, row.treatment_area, row.shares.cleared)

    # -- before passing on --------------------------------------------------------------------------------------

    def _institution_problem(self, turn: Turn, asked: Message) -> Message | None:
        known = self.city.registry.institutions.get(asked.party)
        if known is None or self.city.registry.city_of(known.area) != self.city.code:
            return turn.refuse(asked, "unknown_institution", asked.party)
        if asked.infno != "9001" and self._signed_in.get(asked.head.get("sign_no", "")) != asked.party:
            return turn.refuse(asked, "not_signed_in")
        return None

    def _prepare_plain(self, turn: Turn, asked: Message) -> Message | tuple[Message, Step]:
        """1101, 2001, 5203 as they are; 2305, 2402, 2404 and 2405 by the state of the visit."""
        if asked.infno in {"1101", "2001", "5203"} | FILING:
            return asked, Step("")
        data = asked.block(_BLOCK_OF.get(asked.infno, "data"))
        visit = self.allowed(turn, asked, self.visits.find(data["mdtrt_id"]), data)
        if isinstance(visit, Message):
            return visit
        if asked.infno == "2305" and (visit.settlement is None or visit.settlement.setl_id != data["setl_id"]):
            return turn.refuse(asked, "unknown_settlement", data["setl_id"])
        ended = dt.date.fromisoformat(data["endtime"][:10]) if asked.infno == "2402" else None
        return asked, Step(visit.mdtrt_id, ended)

    def _prepare_admission(self, turn: Turn, asked: Message) -> Message | tuple[Message, Step]:
        if not self.city.registry.open_for_visitors(asked.party, turn.now.date()):
            return turn.refuse(asked, "institution_not_open", asked.party)
        return asked, Step("")

    def _prepare_lines(self, turn: Turn, asked: Message) -> Message | tuple[Message, Step]:
        data = asked.rows(_BLOCK_OF[asked.infno])[0]
        visit = self.allowed(turn, asked, self.visits.find(data["mdtrt_id"]), data)
        if isinstance(visit, Message):
            return visit
        value = self.price(turn, asked, visit) if asked.infno == "2301" else self.cancelled_lines(turn, asked, visit)
        return value if isinstance(value, Message) else (asked, Step(visit.mdtrt_id, value))

    def _prepare_bill(self, turn: Turn, asked: Message) -> Message | tuple[Message, Step]:
        data = asked.block("data")
        visit = self.billed(turn, asked, self.visits.find(data["mdtrt_id"]), data)
        if isinstance(visit, Message):
            return visit
        fields = dict(zip(TOTAL_FIELDS, visit.totals(), strict=True))
        return asked.with_fields("data", fields), Step(visit.mdtrt_id)

    def _prepare_reversal(self, turn: Turn, asked: Message) -> Message | tuple[Message, Step]:
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

    def _complete_admission(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        info = asked.block("mdtrtinfo")
        mdtrt_id = f"S{asked.treatment_area}{turn.now:%y%m%d}{self._visit_serial + 1:07d}"
        turn.record(
            Opened(
                self.name,
                mdtrt_id,
                asked.key,
                info["psn_no"],
                info["insutype"],
                asked.party,
                asked.treatment_area,
                asked.insured_area,
                dt.date.fromisoformat(info["begntime"][:10]),
                "",
            )
        )
        return turn.ok(asked, result={"mdtrt_id": mdtrt_id})

    def _complete_lines(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        visit = self._visit(step)
        if asked.infno == "2302":
            self.drop_lines(turn, visit, step.value)
            return reply
        self.keep_lines(turn, visit, step.value)
        return turn.ok(asked, result=[line_result(line) for line in step.value])

    def _complete_move(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        self.move(turn, self._visit(step), asked.infno, ended=step.value)
        return reply

    def _complete_settlement(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        visit = self._visit(step)
        info = reply.block("setlinfo")
        shares = Shares(*(info[field] for field in Shares._fields))
        if not shares_add_up(shares) or shares[:5] != (visit.totals().bill, *visit.totals()):
            return turn.refuse(asked, "shares_do_not_add_up")
        self.append(turn, visit, row := self._row(visit, asked, info, shares), row)
        self.move(turn, visit, asked.infno)
        return reply

    def _row(self, visit: Visit, asked: Message, info: Block, shares: Shares) -> Settlement:
        at = dt.datetime.fromisoformat(info["setl_time"])
        return Settlement(
            setl_id=info["setl_id"],
            init_setl_id="",
            refund=False,
            kind=DIRECT,
            mdtrt_id=visit.mdtrt_id,
            psn_no=visit.psn_no,
            insutype=visit.insutype,
            hospital=visit.hospital,
            treatment_area=visit.treatment_area,
            insured_area=visit.insured_area,
            treatment_city=self.city.code,
            insured_city=self.city.registry.city_of(visit.insured_area) or "",
            begin=visit.admitted,
            end=visit.ended or at.date(),
            at=at,
            settled_by=asked.msgid,
            shares=shares,
            inputs=None,
        )

    def _complete_cancellation(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        visit = self._visit(step)
        info = reply.rows("setlinfo")[0]
        row = self.append_mirror(turn, visit, dt.datetime.fromisoformat(info["setl_time"]), setl_id=info["setl_id"])
        turn.record(Voided(asked.key._replace(msgid=row.settled_by), True))
        self.move(turn, visit, asked.infno)
        return reply

    def _complete_reversal(self, turn: Turn, asked: Message, step: Step, reply: Message) -> Message:
        original = self.city.known_request(original_key(asked))
        if original is not None and original.insured_area != asked.insured_area:
            return turn.refuse(asked, "other_person")  # it came in meanwhile, and another city has answered
        self.reverse(turn, asked, replied_at(reply), void=True)
        return reply

    def _visit(self, step: Step) -> Visit:
        visit = self.visits.find(step.visit_id)
        assert visit is not None
        return visit

    # -- answered here ------------------------------------------------------------------------------------------

    def _sign_in(self, turn: Turn, asked: Message) -> Message:
        sign_no = f"{self.city.code}{turn.now:%Y%m%d}{self.city.next_serial():010d}"
        turn.record(SignedIn(asked.party, sign_no, True))
        return turn.ok(asked, signinoutb={"sign_time": written(turn.now), "sign_no": sign_no})

    def _sign_out(self, turn: Turn, asked: Message) -> Message:
        sign_no = asked.block("signOut")["sign_no"]
        if self._signed_in.get(sign_no) != asked.party:
            return turn.refuse(asked, "not_signed_in")
        turn.record(SignedIn(asked.party, sign_no, False))
        return turn.ok(asked, signoutoutb={"sign_time": written(turn.now)})


def replied_at(reply: Message) -> dt.datetime:
    """Return the time of a reply (``respond_time``, 17 digits)."""
    text = str(reply.head["respond_time"])
    return dt.datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(microsecond=int(text[14:]) * 1000)
