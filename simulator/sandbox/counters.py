"""The counters of hospitals that the sandbox plays: a desk with its credentials, before the business front."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

import schemas
from simulator.core.benefit.shares import Shares
from simulator.core.network.hospital import Desk
from simulator.core.platform.message import Message
from simulator.core.values.areas import Registry
from simulator.inputs.gateways import SCHEMES
from simulator.inputs.wire import Wire
from simulator.sandbox.front import Front
from simulator.sandbox.parties import Directory, Party


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

    def written(self, message: Message) -> Mapping[str, Any]:
        """Return a message as it goes over the wire."""
        body: Mapping[str, Any] = orjson.loads(self._wire.encode(message))
        return body

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
