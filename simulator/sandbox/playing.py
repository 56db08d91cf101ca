"""Plays a visit as a hospital would: each step a signed call through the business front, one after another.

What a hospital says is worded by the core's own desk; what it is told goes into that desk's books, so that what it
states in the evening is what it was told.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from simulator.core.benefit.bill import Line, totals_of
from simulator.core.benefit.rules import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY
from simulator.core.benefit.shares import Shares
from simulator.core.network.hospital import BATCH, NO_DISEASE, Desk, Disease, Ward
from simulator.core.platform.books import Unbalanced
from simulator.core.platform.message import Message
from simulator.core.platform.refusals import BY_CODE
from simulator.core.values.people import Person
from simulator.core.visits.treatment_bills import replied_at
from simulator.sandbox.counters import Counter, Exchange
from simulator.sandbox.wrong import Wrong

SIGN_IN, IDENTITY, REVERSAL = "9001", "1101", "2601"
PLANS: Mapping[str, tuple[str, ...]] = {
    INPATIENT: (IDENTITY, "2401", "2301", "2402", "2303", "2304"),
    OUTPATIENT: (IDENTITY, "2201", "2203", "2204", "2206", "2207"),
    CHRONIC: (IDENTITY, "2201", "2203", "2204", "2206", "2207"),
    PHARMACY: (IDENTITY, "2101", "2102"),
}
CANCELS: Mapping[str, str] = {INPATIENT: "2305", OUTPATIENT: "2208", CHRONIC: "2208", PHARMACY: "2103"}
NEW, REFUSED, UNKNOWN, SETTLED, REVERSED = "new", "refused", "unknown", "settled", "reversed"
REACHED: Mapping[str, str] = {
    IDENTITY: "identified",
    "2401": "admitted",
    "2201": "registered",
    "2203": "described",
    "2301": "charged",
    "2204": "charged",
    "2402": "discharged",
    **dict.fromkeys(("2303", "2206", "2101"), "priced"),
    **dict.fromkeys(("2304", "2207", "2102"), SETTLED),
    **dict.fromkeys(CANCELS.values(), "cancelled"),
}
MED_TYPES: Mapping[str, str] = {INPATIENT: "21", OUTPATIENT: "11", CHRONIC: "14", PHARMACY: "41"}
WARD = Ward("A03", "内科", "D32000000001", "示例甲", "01", "I10.x00x002", "高血压病")
EMERGENCY_STAY, EMERGENCY_VISIT = '{"IPT_TYPE": "2"}', '{"OTP_ER_REFL_FLAG": "1"}'
_UPLOADS = frozenset({"2301", "2204"})
_BATCH_NO = "B1"
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 2.0  # before a request of unknown outcome is sent again


SIGNED, ASKED, TOLD, GOES_ON = "signed", "asked", "told", "goes_on"
"""What a visit notes of itself: a sign-in before a step, a request before it leaves, its answer, further lines."""
PART = "part"
"""What is played until, where a stay that goes on is settled in part (中途结算)."""


class Wish(NamedTuple):
    """What visit is to be played."""

    person: Person
    care: str
    lines: tuple[Line, ...]
    began: dt.datetime
    disease: Disease = NO_DISEASE
    emergency: bool = False
    use_account: bool = True
    patience: int = 0  # seconds for which a request of unknown outcome is sent again


_Enter = Callable[[Shares, dt.datetime, bool], None]


class Visit:
    """A visit as far as it has been played; ``note`` is told what it does, in the words that :meth:`recall` takes."""

    def __init__(
        self, number: str, counter: Counter, wish: Wish, note: Callable[..., None] = lambda *what: None
    ) -> None:
        self.number, self.wish, self.counter = number, wish, counter
        self.steps: list[Exchange] = []
        self.state = NEW
        self.mdtrt_id = self.setl_id = self.doubt = ""
        self.shares: Shares | None = None
        self._note = note
        self._batches = list(_batches(wish.lines))  # what each upload brings
        uploads = len(self._batches)
        self._plan = [infno for infno in PLANS[wish.care] for _ in range(uploads if infno in _UPLOADS else 1)]
        self._left = list(self._plan)  # a transaction for each message that is still to succeed
        self._places: dict[str, int] = {}  # in the plan, of the messages that did
        self._last: Message | None = None
        self._undone: Message | None = None  # what the last reversal is of
        self._booked: dict[str, tuple[Shares, bool]] = {}  # by the msgid that settled or cancelled: is it a refund
        self._work: Mapping[str, Callable[[], Message]] = {
            IDENTITY: lambda: self._desk.person_info(self._now(), wish.person),
            "2401": self._admit,
            "2301": lambda: self._upload("2301", self._desk.upload),
            "2402": lambda: self._desk.discharge(self._now(), wish.person, self.mdtrt_id, self._now(), WARD),
            "2303": lambda: self._settle("2303"),
            "2304": lambda: self._settle("2304"),
            "2201": lambda: self._desk.register(self._now(), wish.person, wish.began, WARD),
            "2203": self._describe,
            "2204": lambda: self._upload("2204", self._upload_batch),
            "2206": lambda: self._settle_batch("2206"),
            "2207": lambda: self._settle_batch("2207"),
            "2101": lambda: self._purchase("2101"),
            "2102": lambda: self._purchase("2102"),
            CANCELS[wish.care]: self._cancel,
        }

    @property
    def _desk(self) -> Desk:
        return self.counter.desk

    @property
    def last(self) -> Exchange | None:
        """Return the last call."""
        return self.steps[-1] if self.steps else None

    @property
    def bill(self) -> int:
        """Return the whole bill in fen."""
        return sum(line.amount for line in self.wish.lines)

    def goal(self, until: str) -> str:
        """Return the step that is meant by its number or the state it leads to; raises Wrong for one not ahead."""
        plan = (*PLANS[self.wish.care], CANCELS[self.wish.care])
        states = {REACHED[infno]: infno for infno in plan}
        goal = states.get(until, until)
        open_steps = (*self._left, CANCELS[self.wish.care])
        if goal not in plan:
            known = "、".join((*plan, *states))
            raise Wrong(f"until须为{known}之一", f"until is one of {', '.join((*plan, *states))}")
        if goal not in open_steps or self.state == REACHED[CANCELS[self.wish.care]]:
            raise Wrong(f"{until}已经办过", f"{until} is behind already")
        return goal

    def has_behind(self, infno: str) -> bool:
        """Tell whether a step of this kind of visit has been done, and stands, or every part that was wanted."""
        if infno == PART:
            return self._left.count("2304") <= 1
        if infno == CANCELS[self.wish.care]:
            return self.state == REACHED[infno]
        return infno in self._plan and infno not in self._left

    async def play(self, until: str) -> None:
        """Play on until a step (by its number or the state it leads to) has been done, or one does not succeed.

        A step that was refused or not answered is worded anew. ``part``: until the parts that were wanted are settled.
        Raises Wrong for a step this kind of visit does not have or has behind it.
        """
        goal = self.goal(until) if until != PART else PART
        while self._left and not (goal == PART and self.has_behind(PART)) and await self._step(self._left[0]):
            if goal not in self._left and goal in self._plan:
                return
        if goal == CANCELS[self.wish.care] and not self._left:
            await self._step(goal)

    def goes_on(self, lines: tuple[Line, ...], *, part: bool = False) -> None:
        """Let a stay go on with fee lines, all that have arisen so far; ``part``: settle what is not settled of them.

        Nothing is said yet. Raises Wrong after the discharge, where there is something to add.
        """
        new = lines[len(self.wish.lines) :]
        wanted = part and self.has_behind(PART) and (bool(new) or self.bill > self._settled_in_parts)
        if not new and not wanted:
            return
        if "2402" not in self._left:
            raise Wrong(
                "出院之后不再收费，也不能中途结算", "after the discharge nothing is charged, nor settled in part"
            )
        self._note(GOES_ON, new, wanted)
        self._go_on(new, part=wanted)

    def _go_on(self, new: tuple[Line, ...], *, part: bool) -> None:
        """Have further lines charged before the discharge, and then what is not settled of them settled in part."""
        batches = list(_batches(new))
        self._batches += batches
        self.wish = self.wish._replace(lines=(*self.wish.lines, *new))
        for steps in (self._plan, self._left):
            at = steps.index("2402")
            steps[at:at] = ["2301"] * len(batches) + ["2303", "2304"] * part

    async def one(self) -> None:
        """Play the next step; raises Wrong where none is left."""
        if not self._left:
            raise Wrong("就诊已办完", "the visit is over: nothing is left to do")
        infno = self._left[0]
        while self._left and self._left[0] == infno and await self._step(infno):
            pass

    async def again(self, *, reverse: bool = False) -> None:
        """Send the last request again under its ``msgid``, or reverse it (2601). Raises Wrong where there is none."""
        if self._last is None:
            raise Wrong("还没有发过报文", "nothing has been sent yet")
        asked = self._last
        if reverse:
            undone = self._undone if asked.infno == REVERSAL else asked
            assert undone is not None
            await self._sign_in()
            asked = self._desk.reverse(self._now(), self.wish.person, undone)
        await self._say(asked)

    async def _step(self, infno: str) -> bool:
        """Play one message of a step; tell whether it succeeded."""
        await self._sign_in()
        return await self._say(self._work[infno]())

    async def _sign_in(self) -> None:
        signed = await self.counter.signed_in()
        if signed is not None:
            self.steps.append(signed)
            self._note(SIGNED, *signed[:3], _text(signed.request), signed.status, _text(signed.reply))

    async def _say(self, asked: Message) -> bool:
        """Say a message, and again under its ``msgid`` while the outcome is unknown and there is patience left.

        Tell whether it succeeded.
        """
        self._note(ASKED, asked)
        self._asked(asked)
        last, pause = time.monotonic() + self.wish.patience, _PAUSE_SECONDS
        while True:
            exchange, reply = await self.counter.say(asked)
            self._told(asked, exchange, reply, self._enter)
            said = _text(exchange.reply) if reply is None else reply
            self._note(TOLD, asked, exchange.at, exchange.ms, exchange.status, said, self.doubt)
            if is_known(exchange, reply) or time.monotonic() >= last:
                return reply is not None and reply.succeeded
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    # -- what it comes to ---------------------------------------------------------------------------------------

    def recall(self, notes: Iterable[tuple[Any, ...]]) -> None:
        """Bring a new visit to where its notes leave it; what was asked last may have no answer."""
        unanswered = None
        for kind, *what in notes:
            if kind == SIGNED:
                infno, at, ms, said, status, reply = what
                self.steps.append(Exchange(infno, at, ms, _read(said), status, _read(reply)))
            elif kind == ASKED:
                (unanswered,) = what
                self._asked(unanswered)
            elif kind == GOES_ON:
                self._go_on(what[0], part=what[1])
            elif kind == TOLD:
                asked, at, ms, status, told, self.doubt = what
                self._told(asked, self._recalled(asked, at, ms, status, told), _message(told), _enter_nothing)
                unanswered = None
        if unanswered is not None:
            at = dt.datetime.fromisoformat(str(unanswered.head["inf_time"]))
            self._told(unanswered, self._recalled(unanswered, at, 0, 0, ""), None, _enter_nothing)

    def _recalled(self, asked: Message, at: dt.datetime, ms: int, status: int, told: Message | str) -> Exchange:
        reply = self.counter.written(told) if isinstance(told, Message) else _read(told)
        return Exchange(asked.infno, at, ms, self.counter.written(asked), status, reply)

    def _asked(self, asked: Message) -> None:
        if asked.infno == REVERSAL and self._last is not None and self._last.infno != REVERSAL:
            self._undone = self._last
        self._last = asked

    def _told(self, asked: Message, exchange: Exchange, reply: Message | None, enter: _Enter) -> None:
        """Take in an answer, or that there is none; ``enter`` has what is settled entered in the hospital's books."""
        self.steps.append(exchange)
        if reply is None or not reply.succeeded:
            if not is_known(exchange, reply):
                self.state = UNKNOWN
            elif asked.infno != REVERSAL:
                self.state = REFUSED
        elif asked.infno == REVERSAL:
            self._reversed(reply, enter)
        else:
            self._reached(asked, reply, enter)

    def _reversed(self, reply: Message, enter: _Enter) -> None:
        """A request is undone; what it has settled or cancelled is taken back in the hospital's books too."""
        if self._undone is None:
            return
        self.state, undone = REVERSED, self._undone.msgid
        if undone in self._places:
            self._left = [*self._plan[self._places.pop(undone) :]]
        if undone in self._booked:
            shares, refund = self._booked.pop(undone)
            enter(shares.negated(), replied_at(reply), not refund)

    def _reached(self, asked: Message, reply: Message, enter: _Enter) -> None:
        self.state = REACHED[asked.infno]
        if self._left and self._left[0] == asked.infno and asked.msgid not in self._places:
            self._places[asked.msgid] = len(self._plan) - len(self._left)
            del self._left[0]
        if asked.infno in {"2401", "2201"}:
            self.mdtrt_id = str(reply.block("result" if asked.infno == "2401" else "data")["mdtrt_id"])
        if self.state in {"priced", "settled", "cancelled"}:
            info = reply.rows("setlinfo")[0]
            self.shares = Shares(*(int(info.get(field) or 0) for field in Shares._fields))
            if self.state != "priced":
                self.mdtrt_id = str(info["mdtrt_id"])
                self.setl_id = str(info["setl_id"])
                if asked.msgid not in self._booked:  # the same answer may come twice
                    self._booked[asked.msgid] = self.shares, self.state == "cancelled"
                    enter(self.shares, dt.datetime.fromisoformat(info["setl_time"]), self.state == "cancelled")

    def _enter(self, shares: Shares, at: dt.datetime, refund: bool) -> None:
        """Enter into the hospital's books what it was told."""
        about = at.date(), self.wish.person.insutype, shares, at, self.setl_id
        try:
            self.counter.book(*about, refund=refund, care=self.wish.care)
        except Unbalanced as problem:  # it was told amounts that do not add up, and states them all the same
            self.doubt = str(problem)

    # -- messages -----------------------------------------------------------------------------------------------

    def _now(self) -> dt.datetime:
        return self.counter.now()

    def _admit(self) -> Message:
        wish = self.wish
        extension = EMERGENCY_STAY if wish.emergency else ""
        return self._desk.admit(self._now(), wish.person, wish.began, WARD, extension=extension)

    def _describe(self) -> Message:
        wish = self.wish
        extension = EMERGENCY_VISIT if wish.emergency else ""
        return self._desk.describe(
            self._now(),
            wish.person,
            self.mdtrt_id,
            WARD,
            med_type=MED_TYPES[wish.care],
            disease=wish.disease,
            extension=extension,
        )

    def _upload(self, infno: str, word: Callable[..., Message]) -> Message:
        """Word the next batch of lines."""
        batch = self._batches[self._plan.count(infno) - self._left.count(infno)]
        dated = [(line, self.wish.began) for line in batch]
        return word(self._now(), self.wish.person, self.mdtrt_id, dated, WARD)

    def _upload_batch(self, *said: Any) -> Message:
        return self._desk.upload_batch(*said, batch=_BATCH_NO, disease=self.wish.disease)

    def _settle(self, infno: str) -> Message:
        wish, due, part = self.wish, self.bill - self._settled_in_parts, not self.has_behind(PART)
        return self._desk.settle(
            self._now(), infno, wish.person, self.mdtrt_id, due, use_account=wish.use_account, part=part
        )

    @property
    def _settled_in_parts(self) -> int:
        """Return what the parts settled so far come to, in fen."""
        done = self._plan[: len(self._plan) - len(self._left)]
        last = max((place for place, infno in enumerate(done) if infno == "2304"), default=0)
        return sum(line.amount for batch in self._batches[: done[:last].count("2301")] for line in batch)

    def _settle_batch(self, infno: str) -> Message:
        wish = self.wish
        return self._desk.settle_batch(
            self._now(),
            infno,
            wish.person,
            self.mdtrt_id,
            totals_of(wish.lines),
            batch=_BATCH_NO,
            med_type=MED_TYPES[wish.care],
            use_account=wish.use_account,
        )

    def _purchase(self, infno: str) -> Message:
        wish = self.wish
        lines = [(line, wish.began) for line in wish.lines]
        return self._desk.purchase(
            self._now(), infno, wish.person, lines, med_type=MED_TYPES[PHARMACY], use_account=wish.use_account
        )

    def _cancel(self) -> Message:
        infno = CANCELS[self.wish.care]
        return self._desk.about_visit(self._now(), infno, self.wish.person, self.mdtrt_id, setl_id=self.setl_id)


def is_known(exchange: Exchange, reply: Message | None) -> bool:
    """Tell whether it is known how a call ended: not after silence or a passing refusal."""
    refusal = None if reply is None else BY_CODE.get(reply.infcode or 0)
    return exchange.status == 401 or (reply is not None and not (refusal is not None and refusal.passing))


def _enter_nothing(shares: Shares, at: dt.datetime, refund: bool) -> None:
    """Leave the books as they are: what is recalled was entered by a process before this one, into books of its own."""


def _batches(lines: tuple[Line, ...]) -> Iterator[tuple[Line, ...]]:
    return (lines[first : first + BATCH] for first in range(0, len(lines), BATCH))


def _message(told: Message | str) -> Message | None:
    return told if isinstance(told, Message) else None


def _text(body: Mapping[str, Any] | None) -> str:
    return "" if body is None else orjson.dumps(body).decode()


def _read(text: str) -> Any:
    return orjson.loads(text) if text else None
