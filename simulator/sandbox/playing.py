"""Plays a visit as a hospital would: each step a signed call through the business front, one after another.

What a hospital says is worded by the core's own desk; what it is told goes into that desk's books, so that what it
states in the evening is what it was told.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

import schemas
from simulator.core.benefit.bill import Line, totals_of
from simulator.core.benefit.rules import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY
from simulator.core.benefit.shares import Shares
from simulator.core.network.hospital import BATCH, NO_DISEASE, Desk, Disease, Ward
from simulator.core.platform.books import Unbalanced
from simulator.core.platform.message import Message
from simulator.core.platform.refusals import BY_CODE
from simulator.core.values.areas import Registry
from simulator.core.values.people import Person
from simulator.core.visits.treatment_bills import replied_at
from simulator.inputs.gateways import SCHEMES
from simulator.inputs.wire import Wire
from simulator.sandbox.front import Front
from simulator.sandbox.parties import Directory, Party
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
_BATCH_NO = "B1"
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 2.0  # before a request of unknown outcome is sent again


class Exchange(NamedTuple):
    """A call and its answer: bodies as they went over the wire; no ``reply`` where none came."""

    infno: str
    at: dt.datetime
    ms: int
    request: Mapping[str, Any]
    status: int
    reply: Mapping[str, Any] | None

    @property
    def infcode(self) -> int | None:
        """Return the ``infcode`` of the reply."""
        return None if self.reply is None else self.reply.get("infcode")


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


class Counter:
    """The desk of one hospital with its credentials, in front of the business front."""

    def __init__(self, party: Party, desk: Desk, front: Front, wire: Wire, now: Callable[[], dt.datetime]) -> None:
        self.party, self.desk, self.now = party, desk, now
        self._front, self._wire = front, wire

    async def say(self, asked: Message) -> tuple[Exchange, Message | None]:
        """Send a request, signed; return what went to and fro, and the reply, None where none came or can be read."""
        body, party, begun = self._wire.encode(asked), self.party, time.perf_counter()
        scheme, at = SCHEMES.get(party.scheme), self.now()
        nonce = secrets.token_hex(16)
        headers = scheme.headers(party.key_id, party.secret, asked.infno, time.time(), nonce) if scheme else {}
        answer = await self._front.answer(asked.infno, headers, body)
        ms = round((time.perf_counter() - begun) * 1000)
        told = orjson.loads(answer.body) if answer.body else None
        exchange = Exchange(asked.infno, at, ms, orjson.loads(body), answer.status, told)
        if told is None or "infcode" not in told:
            return exchange, None
        parsed = schemas.parse(answer.body)
        assert isinstance(parsed, dict)
        return exchange, self._wire.decode_reply(asked, parsed)

    def book(
        self, day: dt.date, insutype: str, shares: Shares, at: dt.datetime, ref: str, *, refund: bool, care: str
    ) -> None:
        """Enter a row that the hospital was told into its books; raises Unbalanced where it does not add up."""
        self.desk.settled(day, insutype, shares, at, ref, refund=refund, care=care)

    async def signed_in(self) -> Exchange | None:
        """Sign in where the desk has not today; return what went to and fro."""
        today = self.now().date()
        if self.desk.signed_on == today:
            return None
        exchange, reply = await self.say(self.desk.sign_in(self.now()))
        if reply is not None and reply.succeeded:
            self.desk.sign_no, self.desk.signed_on = str(reply.block("signinoutb")["sign_no"]), today
        return exchange


class Visit:
    """A visit as far as it has been played."""

    def __init__(self, number: str, counter: Counter, wish: Wish) -> None:
        self.number, self.wish, self.counter = number, wish, counter
        self.steps: list[Exchange] = []
        self.state = NEW
        self.mdtrt_id = self.setl_id = self.doubt = ""
        self.shares: Shares | None = None
        self._left = list(PLANS[wish.care])
        self._last: Message | None = None
        self._undone: Message | None = None  # what the last reversal is of
        self._booked: dict[str, tuple[Shares, bool]] = {}  # by the msgid that settled or cancelled: is it a refund
        self._work: Mapping[str, Callable[[], Sequence[Message]]] = {
            IDENTITY: lambda: [self._desk.person_info(self._now(), wish.person)],
            "2401": self._admit,
            "2301": lambda: self._upload(self._desk.upload),
            "2402": lambda: [self._desk.discharge(self._now(), wish.person, self.mdtrt_id, self._now(), WARD)],
            "2303": lambda: [self._settle("2303")],
            "2304": lambda: [self._settle("2304")],
            "2201": lambda: [self._desk.register(self._now(), wish.person, wish.began, WARD)],
            "2203": self._describe,
            "2204": lambda: self._upload(self._upload_batch),
            "2206": lambda: [self._settle_batch("2206")],
            "2207": lambda: [self._settle_batch("2207")],
            "2101": lambda: [self._purchase("2101")],
            "2102": lambda: [self._purchase("2102")],
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

    async def play(self, until: str) -> None:
        """Play on until a step (by its number or the state it leads to) has been done, or one does not succeed.

        A step that was refused or not answered is worded anew. Raises Wrong for a step this kind of visit does not
        have or has behind it.
        """
        goal = self.goal(until)
        while self._left and await self._step(self._left[0]):
            if self._left.pop(0) == goal:
                return
        if goal == CANCELS[self.wish.care] and not self._left:
            await self._step(goal)

    async def one(self) -> None:
        """Play the next step; raises Wrong where none is left."""
        if not self._left:
            raise Wrong("就诊已办完", "the visit is over: nothing is left to do")
        if await self._step(self._left[0]):
            self._left.pop(0)

    async def again(self, *, reverse: bool = False) -> None:
        """Send the last request again under its ``msgid``, or reverse it (2601). Raises Wrong where there is none."""
        if self._last is None:
            raise Wrong("还没有发过报文", "nothing has been sent yet")
        if reverse:
            self._undone = self._undone if self._last.infno == REVERSAL else self._last
            assert self._undone is not None
            self._last = self._desk.reverse(self._now(), self.wish.person, self._undone)
        if self._last.infno == REVERSAL:
            await self._reverse(self._last)
        elif await self._said([self._last]) and self._left and self._left[0] == self._last.infno:
            self._left.pop(0)

    async def _reverse(self, asked: Message) -> None:
        """Reverse a request; what it has settled or cancelled is taken back in the hospital's books too."""
        exchange, reply = await self._told(asked)
        if not _is_known(exchange, reply):
            self.state = UNKNOWN
        if reply is None or not reply.succeeded or self._undone is None:
            return
        self.state, plan = REVERSED, PLANS[self.wish.care]
        if self._undone.infno in plan:
            self._left = [*plan[plan.index(self._undone.infno) :]]
        if self._undone.msgid in self._booked:
            shares, refund = self._booked.pop(self._undone.msgid)
            self._enter(shares.negated(), replied_at(reply), not refund)

    # -- steps --------------------------------------------------------------------------------------------------

    async def _step(self, infno: str) -> bool:
        signed = await self.counter.signed_in()
        if signed is not None:
            self.steps.append(signed)
        return await self._said(self._work[infno]())

    async def _said(self, messages: Sequence[Message]) -> bool:
        """Say one message after another; tell whether all succeeded, and take in what was answered."""
        for asked in messages:
            self._last = asked
            exchange, reply = await self._told(asked)
            if reply is None or not reply.succeeded:
                self.state = REFUSED if _is_known(exchange, reply) else UNKNOWN
                return False
            self._note(asked, reply)
        return True

    async def _told(self, asked: Message) -> tuple[Exchange, Message | None]:
        """Say a message, and again under its ``msgid`` while the outcome is unknown and there is patience left."""
        last, pause = time.monotonic() + self.wish.patience, _PAUSE_SECONDS
        while True:
            exchange, reply = await self.counter.say(asked)
            self.steps.append(exchange)
            if _is_known(exchange, reply) or time.monotonic() >= last:
                return exchange, reply
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _note(self, asked: Message, reply: Message) -> None:
        self.state = REACHED[asked.infno]
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
                    self._enter(self.shares, dt.datetime.fromisoformat(info["setl_time"]), self.state == "cancelled")

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

    def _admit(self) -> list[Message]:
        wish = self.wish
        extension = EMERGENCY_STAY if wish.emergency else ""
        return [self._desk.admit(self._now(), wish.person, wish.began, WARD, extension=extension)]

    def _describe(self) -> list[Message]:
        wish = self.wish
        extension = EMERGENCY_VISIT if wish.emergency else ""
        asked = self._desk.describe(
            self._now(),
            wish.person,
            self.mdtrt_id,
            WARD,
            med_type=MED_TYPES[wish.care],
            disease=wish.disease,
            extension=extension,
        )
        return [asked]

    def _upload(self, word: Callable[..., Message]) -> list[Message]:
        dated = [(line, self.wish.began) for line in self.wish.lines]
        batches = (dated[first : first + BATCH] for first in range(0, len(dated), BATCH))
        return [word(self._now(), self.wish.person, self.mdtrt_id, batch, WARD) for batch in batches]

    def _upload_batch(self, *said: Any) -> Message:
        return self._desk.upload_batch(*said, batch=_BATCH_NO, disease=self.wish.disease)

    def _settle(self, infno: str) -> Message:
        wish = self.wish
        return self._desk.settle(
            self._now(), infno, wish.person, self.mdtrt_id, self.bill, use_account=wish.use_account
        )

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

    def _cancel(self) -> list[Message]:
        infno = CANCELS[self.wish.care]
        return [self._desk.about_visit(self._now(), infno, self.wish.person, self.mdtrt_id, setl_id=self.setl_id)]


def _is_known(exchange: Exchange, reply: Message | None) -> bool:
    """Tell whether it is known how a call ended: not after silence or a passing refusal."""
    refusal = None if reply is None else BY_CODE.get(reply.infcode or 0)
    return exchange.status == 401 or (reply is not None and not (refusal is not None and refusal.passing))


class Counters:
    """The counters of all hospitals that have credentials, made when first wanted; ``places`` knows the hospitals."""

    def __init__(
        self,
        directory: Directory,
        places: Registry,
        front: Front,
        wire: Wire,
        *,
        now: Callable[[], dt.datetime],
        first_serial: Callable[[], int],
    ) -> None:
        self._directory, self._places, self._front, self._wire = directory, places, front, wire
        self._now, self._first_serial = now, first_serial
        self._made: dict[str, Counter] = {}

    def made(self) -> Mapping[str, Counter]:
        """Return the counters made so far, by hospital."""
        return self._made

    def at(self, code: str) -> Counter:
        """Return the counter of a hospital; raises KeyError for one that is not known or has no credentials."""
        if code not in self._made:
            party = next((each for each in self._directory.parties.values() if each.code == code), None)
            place = self._places.institutions.get(code)
            if party is None or place is None:
                raise KeyError(code)
            desk = Desk(place, self._places.city_of(place.area) or "")
            desk._serial = self._first_serial()  # no msgid of an earlier process comes again, whatever the clock says
            self._made[code] = Counter(party, desk, self._front, self._wire, self._now)
        return self._made[code]
