"""The front of a platform: from the bytes of a call to the bytes of its answer.

A call is signed, strict JSON, as its schema says, and about what its party may speak for, or it is refused here and
leaves no trace in the journal. What the gateway turns away gets HTTP 401; everything after it gets 200 and a negative
``infcode``, as the interface has it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

import schemas
from schemas.profiles import relaxed
from simulator.core.network.province import Province
from simulator.core.platform.message import Message
from simulator.core.platform.refusals import REFUSALS
from simulator.core.values.stamps import digits
from simulator.core.visits.home import Home
from simulator.inputs.packed_files import NotPacked, packed
from simulator.inputs.wire import Wire
from simulator.sandbox.engine import Ending, Engine, Lost
from simulator.sandbox.gate import Denied, Gate
from simulator.sandbox.judging import Bench, Busy, Judged, judge
from simulator.sandbox.limits import Bucket, Limits
from simulator.sandbox.parties import ANYONE, Party

DOWNLOAD = "9102"  # answered with a file
_ERR_MSG = 200  # characters
_SHORT = 16 << 10  # bytes that are judged at once
_TROUBLE, _MOST_TROUBLE = 0.05, 0.25  # seconds a second that a party may have us spend on what is malformed
JSON = "application/json;charset=utf-8"


class Answer(NamedTuple):
    """What goes back: HTTP status (0: nothing), body, and what the log needs to know."""

    status: int
    body: bytes
    infno: str = ""
    party: str = ""
    outcome: str = ""  # "0", a negative infcode, or why the gateway turned it away
    pace: int = 0  # bytes a second, where a fault slows the body
    asked: Message | None = None  # what was answered, where it came to be a message
    reply: Message | None = None
    came_from: str = ""  # address of the caller
    file: str = ""  # the name of the file that the body is, where it is one and no message


LOST = Answer(0, b"", outcome="lost")
"""No answer: a fault took it away, and the caller waits until it gives up."""
ENDING = Answer(503, '{"code":503,"message":"服务即将停止"}'.encode(), outcome="ending")
FAULT = Answer(500, '{"code":500,"message":"平台故障，结果未知"}'.encode(), outcome="fault")

_LOG = logging.getLogger(__name__)


class Front:
    """The front of all platforms of a process.

    ``told`` gets each answer with its seconds, for console, logs and metrics.
    """

    def __init__(
        self,
        engine: Engine,
        gate: Gate,
        registry: schemas.Registry,
        *,
        limits: Limits = Limits(),  # noqa: B008  # a value that nobody changes
        unix_time: Callable[[], float] = time.time,
        told: Callable[[Answer, float], None] = lambda answer, seconds: None,
    ) -> None:
        self._engine = engine
        self._gate = gate
        self._registry = registry
        self._wire = Wire(registry)
        self._bench = Bench(registry.profile.name)
        self._unix_time = unix_time
        self._told = told
        self._rate = limits.rate
        self._buckets: dict[str, Bucket] = {}
        self._troubles: dict[str, Bucket] = {}
        self._room = asyncio.Semaphore(limits.calls)
        self._refused = itertools.count(1)
        self.paused = False

    def pause(self) -> None:
        """Take no calls for a while: they are to be sent again."""
        self.paused = True

    def serve(self, engine: Engine) -> None:
        """Take calls, for the platforms of an engine."""
        self._engine, self.paused = engine, False

    async def close(self) -> None:
        """Let go of what the front has of the machine."""
        await self._bench.close()

    def unreadable(self, party: Party, infno: str, why: str) -> Answer:
        """Return the refusal of a body that is no message, and tell of it."""
        refused = self._refusal(party, infno, "malformed", why)
        self._told(refused, 0.0)
        return refused

    def admit(self, infno: str, headers: Mapping[str, str]) -> Party | Answer:
        """Return who calls, by the headers alone, or what to answer: nobody's body is read before."""
        infno = infno if infno in self._registry.transactions else ""
        party = self._gate.check(headers, self._unix_time())
        if isinstance(party, Denied):
            text = orjson.dumps({"code": 401, "message": party.message})
            return Answer(401, text, infno, party.key_id, party.why)
        return party

    async def answer(self, infno: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a call; ``infno`` is what its address says, empty where it says nothing."""
        admitted = self.admit(infno, headers)
        if isinstance(admitted, Answer):
            self._told(admitted, 0.0)
            return admitted
        return await self.answer_to(admitted, infno, body)

    async def answer_to(self, party: Party, infno: str, body: bytes, came_from: str = "") -> Answer:
        """Answer a call of a party that was admitted."""
        begun = time.perf_counter()
        answer = (await self._answered(party, infno, body))._replace(came_from=came_from)
        self._told(answer, time.perf_counter() - begun)
        return answer

    async def _answered(self, party: Party, infno: str, body: bytes) -> Answer:
        full = self._room.locked() or self.paused
        if full or not self._bucket(self._buckets, party, self._rate).takes(self._unix_time()):
            return self._refusal(party, "", "too_many")
        async with self._room:
            judged = await self._judged(party, infno, body)
            if isinstance(judged, Answer):
                return judged
            try:
                asked = self._wire.decode_request(judged.sent)
            except NotPacked as problem:
                return self._refusal(party, judged.verdict.infno, "malformed", problem.zh)
            speaker = self._gate.directory.speaker(asked) if party is ANYONE else party
            beyond = self._gate.directory.oversteps(speaker, asked)
            if beyond:
                return self._refusal(speaker, asked.infno, "not_yours", beyond)
            return await self._asked(speaker, asked)

    async def _asked(self, party: Party, asked: Message) -> Answer:
        at = self._gate.directory.platform_of(party)
        here = party.code in self._engine.host.nodes  # it is played too: the reply is for the one that called
        sender = party.key_id if here else party.code
        try:
            reply = await self._engine.ask(at, sender, asked)
        except Ending:
            return ENDING._replace(infno=asked.infno, party=party.key_id)
        except Lost:
            return LOST._replace(infno=asked.infno, party=party.key_id)
        except Exception:  # a fault of ours: the caller is told that the outcome is unknown, and the log where it was
            _LOG.exception("a platform failed")
            return FAULT._replace(infno=asked.infno, party=party.key_id)
        pace = self._engine.pace(at, sender, asked)
        answer = Answer(200, b"", asked.infno, party.key_id, str(reply.infcode), pace, asked, reply)
        if asked.infno == DOWNLOAD and reply.succeeded:
            return self._fetched(answer, party, at, asked)
        return answer._replace(body=self._wire.encode(reply))

    def _fetched(self, answer: Answer, party: Party, at: str, asked: Message) -> Answer:
        """Return the file that was asked for; one asked for again after its time is gone."""
        platform = self._engine.host.nodes[at]
        assert isinstance(platform, Home | Province)  # whoever else keeps no files has refused
        kept = platform.files.fetched(asked, self._engine.clock.now())
        if kept is None:
            return self._refusal(party, asked.infno, "unknown_file", asked.block("fsDownloadIn")["file_qury_no"])
        return answer._replace(body=packed(kept.text, kept.name), file=kept.name)

    async def _judged(self, party: Party, infno: str, body: bytes) -> Judged | Answer:
        """Return what a body says, or the refusal of one that is not as it must be.

        Long bodies, and those of parties that have sent much that was malformed, are judged beside.
        """
        begun = time.perf_counter()
        trouble = self._bucket(self._troubles, party, _TROUBLE, _MOST_TROUBLE)
        if len(body) > _SHORT or trouble.left(begun) < 0:
            try:
                verdict = await self._bench.judge(party.key_id, infno, body)
            except Busy:
                return self._refusal(party, "", "too_many")
            judged = Judged(verdict, {} if verdict.wrong else self._parsed(body))
        else:
            judged = judge(self._registry, infno, body)
            if judged.verdict.wrong:
                trouble.spend(begun, time.perf_counter() - begun)
        number, wrong = judged.verdict
        return self._refusal(party, number, "malformed", wrong) if wrong else judged

    def _parsed(self, body: bytes) -> dict[str, Any]:
        sent = relaxed(schemas.parse(body), self._registry.profile)
        assert isinstance(sent, dict)
        return sent

    @staticmethod
    def _bucket(buckets: dict[str, Bucket], party: Party, rate: float, most: float | None = None) -> Bucket:
        found = buckets.get(party.key_id)
        if found is None:
            found = buckets[party.key_id] = Bucket(rate, most)
        return found

    def _refusal(self, party: Party, infno: str, name: str, *found: object) -> Answer:
        refusal, stamp = REFUSALS[name], digits(self._engine.clock.now())
        body: dict[str, Any] = {
            "infcode": refusal.code,
            "inf_refmsgid": f"{party.area[:6]:0<6}{stamp[:14]}{next(self._refused) % 10**10:010d}",
            "refmsg_time": stamp,
            "respond_time": stamp,
            "err_msg": refusal.zh.format(*found)[:_ERR_MSG],
        }
        return Answer(200, orjson.dumps(body), infno, party.key_id, str(refusal.code))
