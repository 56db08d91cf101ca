"""One stay as a SimPy process: the messages a hospital sends for a patient, and what is done when they are refused.

The reason why a stay could not be settled directly is what the platforms answered, not what the simulation knows.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Generator, Iterator
from typing import Any, NamedTuple

from simulator.core.benefit.bill import Line, totals_of
from simulator.core.benefit.rules import UNFILED
from simulator.core.benefit.shares import Shares
from simulator.core.claims.claim import Claim
from simulator.core.network.hospital import BATCH, Desk, Ward
from simulator.core.platform.message import Key, Message
from simulator.core.platform.refusals import REFUSALS
from simulator.core.platform.transactions import REVERSIBLE
from simulator.world.bills import Pharmacy, extension, spread, ward
from simulator.world.clock import SECOND_MS, Clock
from simulator.world.stations import Counter, Packet
from simulator.world.stories import Story

DIRECT, MANUAL, NCMS, STAYING = "direct", "manual", "ncms", "in_hospital"
CASH, TIMEOUT = "patient_paid_cash", "platform_timeout"
_PASSING = frozenset(refusal.code for refusal in REFUSALS.values() if refusal.passing)
_NAME_OF = {refusal.code: name for name, refusal in REFUSALS.items()}
_AGAIN_MS = 5 * SECOND_MS
_TRIES = 5

Steps = Generator[Any, Any, Any]


class Outcome(NamedTuple):
    """How a stay ended: amounts in fen; ``keys`` are the messages it sent."""

    story: Story
    outcome: str
    reason: str
    bill: int
    shares: Shares | None
    setl_id: str
    mdtrt_id: str
    keys: tuple[Key, ...]
    claim: Claim | None


class Facilities(NamedTuple):
    """What a stay uses: desks and counters by hospital, pharmacies by city, and the rates of the day."""

    clock: Clock
    desks: dict[str, Desk]
    counters: dict[str, Counter]
    pharmacy: dict[str, Pharmacy]
    filed: Callable[[Story], bool]
    pays_cash: Callable[[Story], bool]
    unmapped: Callable[[Story], bool]
    settled: Callable[[Desk, str, Shares, dt.datetime, str], None]
    paid_cash: Callable[[Desk, str, int], None]
    ended: Callable[[Outcome], None]


class Stay:
    """A patient's way from admission to the bill."""

    def __init__(self, use: Facilities, story: Story, network_rng: random.Random, whole: bool) -> None:
        self._use = use
        self._story = story
        self._desk = use.desks[story.hospital.code]
        self._counter = use.counters[story.hospital.code]
        self._rng = story.rng
        self._packet = Packet(story.visit, network_rng, whole)
        self._keys: list[Key] = []
        self._mdtrt_id = ""
        self._setl_id = ""
        self._shares: Shares | None = None
        self._lines: list[Line] = []
        self._stands: set[str] = set()  # steps that stand at the platforms, or may

    def run(self) -> Steps:
        """Live the stay; the outcome is reported through the facilities."""
        use, story = self._use, self._story
        clock = use.clock
        carer = ward(self._rng, story.person.gender)
        began = clock.now()
        outcome, reason = NCMS, ""
        if not story.ncms:
            cash = use.pays_cash(story)
            reason = CASH if cash else (yield from self._admit(began, carer))
            outcome = MANUAL
        yield clock.env.timeout(max(story.discharged_ms - clock.ms(), 0))
        self._lines = use.pharmacy[story.city].bill(self._rng, story.wanted)
        bill = totals_of(self._lines).bill
        if not story.ncms and not reason:
            reason = yield from self._settle(began, carer, bill)
            if reason:
                yield from self._withdraw()
        if reason or story.ncms:
            use.paid_cash(self._desk, story.visit, bill)
        else:
            outcome = DIRECT
        claim = self._claim(began.date()) if outcome == MANUAL else None
        use.ended(
            Outcome(story, outcome, reason, bill, self._shares, self._setl_id, self._mdtrt_id, tuple(self._keys), claim)
        )

    # -- the messages -------------------------------------------------------------------------------------------

    def _admit(self, began: dt.datetime, carer: Ward) -> Steps:
        """1101 and 2401; return the reason for going without, or an empty text."""
        desk, person = self._desk, self._story.person
        yield from self._sign_in()
        reply = yield from self._ask(desk.person_info(self._now(), person))
        problem = _problem(reply)
        if problem:
            return problem
        reply = yield from self._ask(desk.admit(self._now(), person, began, carer, extension=extension(carer)))
        problem = _problem(reply)
        if not problem:
            self._mdtrt_id = reply.block("result")["mdtrt_id"]
        return problem

    def _settle(self, began: dt.datetime, carer: Ward, bill: int) -> Steps:
        """2301, 2402, 2303 and 2304; return the reason for going without, or an empty text."""
        yield from self._sign_in()
        reply: Message | None = None
        for message in self._bill_messages(began, carer, bill):
            reply = yield from self._ask(message)
            problem = _problem(reply)
            if problem:
                return problem
        assert reply is not None
        info = reply.block("setlinfo")
        self._shares = Shares(*(info[field] for field in Shares._fields))
        self._setl_id = info["setl_id"]
        at = dt.datetime.fromisoformat(info["setl_time"])
        self._use.settled(self._desk, self._story.person.insutype, self._shares, at, self._setl_id)
        return ""

    def _bill_messages(self, began: dt.datetime, carer: Ward, bill: int) -> Iterator[Message]:
        """Word the messages one by one, each at the moment it is sent."""
        desk, person, mdtrt_id = self._desk, self._story.person, self._mdtrt_id
        ended = self._now()
        lines = spread(self._lines, began, ended)
        if self._use.unmapped(self._story):
            line, arose = lines[-1]
            lines[-1] = (line._replace(item=line.item._replace(code=f"LOCAL{line.item.code[:12]}")), arose)
        for first in range(0, len(lines), BATCH):
            yield desk.upload(self._now(), person, mdtrt_id, lines[first : first + BATCH], carer)
        yield desk.discharge(self._now(), person, mdtrt_id, ended, carer)
        for infno in ("2303", "2304"):
            yield desk.settle(self._now(), infno, person, mdtrt_id, bill, use_account=True)

    def _withdraw(self) -> Steps:
        """Undo what stands, or may stand, at the platforms, so that the patient may claim on paper."""
        desk, person, mdtrt_id = self._desk, self._story.person, self._mdtrt_id
        if "2402" in self._stands:
            yield from self._ask(desk.about_visit(self._now(), "2405", person, mdtrt_id))
        if "2301" in self._stands:
            yield from self._ask(desk.cancel_lines(self._now(), person, mdtrt_id, ["0000"]))
        yield from self._ask(desk.about_visit(self._now(), "2404", person, mdtrt_id))

    def _sign_in(self) -> Steps:
        desk = self._desk
        today = self._now().date()
        if desk.signed_on != today:
            reply = yield from self._ask(desk.sign_in(self._now()))
            if reply is not None and reply.succeeded:
                desk.sign_no, desk.signed_on = reply.block("signinoutb")["sign_no"], today

    def _ask(self, message: Message) -> Steps:
        """Send a message; return the reply, or None when the outcome stays unknown and has been reversed or left.

        What can be reversed is reversed (2601) until the reversal is answered, however long that takes; the rest is
        sent again under its msgid, a few times.
        """
        asked = message.infno
        reply = yield from self._once(message)
        tries = 1
        while (reply is None or reply.infcode in _PASSING) and (tries < _TRIES or message.infno == "2601"):
            yield self._use.clock.env.timeout(_AGAIN_MS)
            if message.infno in REVERSIBLE:
                message = self._desk.reverse(self._now(), self._story.person, message)
            reply = yield from self._once(message)
            tries += 1
        known = reply is not None and reply.infcode not in _PASSING and message.infno != "2601"
        if not known or reply.succeeded:
            self._stands.add(asked)
        return reply if known else None

    def _once(self, message: Message) -> Steps:
        self._keys.append(message.key)
        reply = yield self._counter.ask(self._packet, message)
        return reply

    def _now(self) -> dt.datetime:
        return self._use.clock.now()

    def _claim(self, began: dt.date) -> Claim:
        story = self._story
        return Claim(
            claim_id=story.visit,
            psn_no=story.person.psn_no,
            hospital=story.hospital.code,
            level=story.hospital.level,
            treatment_area=story.hospital.area,
            filing_type=story.filing_type if self._use.filed(story) else UNFILED,
            begin=began,
            end=self._now().date(),
            totals=totals_of(self._lines),
        )


def _problem(reply: Message | None) -> str:
    """Return why a reply is not a success: the name of the refusal, or the time-out."""
    if reply is None:
        return TIMEOUT
    return "" if reply.succeeded else _NAME_OF[reply.infcode or 0]
