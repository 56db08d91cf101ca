"""The front of a platform: from the bytes of a call to the bytes of its answer.

A call is signed, strict JSON, as its schema says, and about what its party may speak for, or it is refused here and
leaves no trace in the journal. What the gateway turns away gets HTTP 401; everything after it gets 200 and a negative
``infcode``, as the interface has it.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

import schemas
from schemas.checking import examine
from schemas.profiles import relaxed
from simulator.core.platform.message import Message
from simulator.core.platform.refusals import REFUSALS
from simulator.core.values.stamps import digits
from simulator.inputs.wire import Wire
from simulator.sandbox.engine import Ending, Engine, Lost
from simulator.sandbox.gate import Denied, Gate
from simulator.sandbox.parties import Party

_FINDINGS_SHOWN = 3
_ERR_MSG = 200  # characters
JSON = "application/json;charset=utf-8"


class Answer(NamedTuple):
    """What goes back: HTTP status, body, and what the log needs to know."""

    status: int
    body: bytes
    infno: str = ""
    party: str = ""
    outcome: str = ""  # "0", a negative infcode, or why the gateway turned it away
    pace: int = 0  # bytes a second, where a fault slows the body
    asked: Message | None = None  # what was answered, where it came to be a message
    reply: Message | None = None


LOST = Answer(0, b"", outcome="lost")
"""No answer: a fault took it away, and the caller waits until it gives up."""
ENDING = Answer(503, '{"code":503,"message":"服务即将停止"}'.encode(), outcome="ending")


class Bucket:
    """Lets ``rate`` calls a second through, and ``rate`` at once after a pause."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._left, self._at = rate, 0.0

    def takes(self, now: float) -> bool:
        """Tell whether one more call may pass at ``now`` (seconds)."""
        self._left = min(self._rate, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Front:
    """The front of all platforms of a process.

    ``most`` is how many calls are worked on at a time, ``rate`` how many a second each party may make; ``told`` gets
    each answer with its seconds, for console, logs and metrics.
    """

    def __init__(
        self,
        engine: Engine,
        gate: Gate,
        registry: schemas.Registry,
        *,
        most: int = 2000,
        rate: float = 5000,
        unix_time: Callable[[], float] = time.time,
        told: Callable[[Answer, float], None] = lambda answer, seconds: None,
    ) -> None:
        self._engine = engine
        self._gate = gate
        self._registry = registry
        self._wire = Wire(registry)
        self._unix_time = unix_time
        self._told = told
        self._rate = rate
        self._buckets: dict[str, Bucket] = {}
        self._room = asyncio.Semaphore(most)
        self._refused = itertools.count(1)
        self._paused = False

    def pause(self) -> None:
        """Take no calls for a while: they are to be sent again."""
        self._paused = True

    def serve(self, engine: Engine) -> None:
        """Take calls, for the platforms of an engine."""
        self._engine, self._paused = engine, False

    async def answer(self, infno: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a call; ``infno`` is what its address says, empty where it says nothing."""
        begun = time.perf_counter()
        answer = await self._answered(infno, headers, body)
        self._told(answer, time.perf_counter() - begun)
        return answer

    async def _answered(self, infno: str, headers: Mapping[str, str], body: bytes) -> Answer:
        now = self._unix_time()
        party = self._gate.check(headers, now)
        if isinstance(party, Denied):
            text = orjson.dumps({"code": 401, "message": party.message})
            return Answer(401, text, infno, party.key_id, party.why)
        full = self._room.locked() or self._paused
        if full or not self._buckets.setdefault(party.key_id, Bucket(self._rate)).takes(now):
            return self._refusal(party, infno, "too_many")
        async with self._room:
            asked = self._read(party, infno, body)
            if isinstance(asked, Answer):
                return asked
            at = self._gate.directory.platform_of(party)
            try:
                reply = await self._engine.ask(at, party.code, asked)
            except Ending:
                return ENDING._replace(infno=asked.infno, party=party.key_id)
            except Lost:
                return LOST._replace(infno=asked.infno, party=party.key_id)
            pace = self._engine.pace(at, party.code, asked)
        body = self._wire.encode(reply)
        return Answer(200, body, asked.infno, party.key_id, str(reply.infcode), pace, asked, reply)

    def _read(self, party: Party, infno: str, body: bytes) -> Message | Answer:
        """Return the message of a body, or the refusal of one that is not as it must be."""
        registry = self._registry
        try:
            sent = relaxed(schemas.parse(body), registry.profile)
        except schemas.BadText as problem:
            return self._refusal(party, infno, "malformed", problem.zh)
        number = str(sent.get("infno", "")) if isinstance(sent, dict) else ""
        if infno and number and infno != number:
            return self._refusal(party, infno, "malformed", f"地址为{infno}，报文为{number}")
        known = number in registry.transactions
        if not known or not registry.validator(number, "request").is_valid(sent):
            found = examine(registry, body, infno=number if known else None, direction="request").findings
            said = [f"{each.pointer} {each.zh}" for each in found[:_FINDINGS_SHOWN]]
            more = f"（共{len(found)}处）" if len(found) > _FINDINGS_SHOWN else ""
            return self._refusal(party, number or infno, "malformed", "；".join(said) + more)
        assert isinstance(sent, dict)
        asked = self._wire.decode_request(sent)
        beyond = self._gate.directory.oversteps(party, asked)
        return self._refusal(party, number, "not_yours", beyond) if beyond else asked

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
