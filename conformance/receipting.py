"""Receipts of a case from its evidence: what the place of insurance had to decide, computed again by the core.

The people of a case are its own, so the messages of one attempt are all there is to know. They are told to a fresh
platform of the city under test, its own numbers put for the system's; the settlements it decides on are the receipts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import schemas
from conformance.evidence import FROM, HOOK, TO, Line, as_bytes
from conformance.people import filed_fact, filing_told, person_told
from schemas.profiles import relaxed
from simulator.core.benefit.settlement import Settlement
from simulator.core.network.city import City
from simulator.core.platform.effects import Effect, Record, Reply
from simulator.core.platform.message import Message
from simulator.core.visits.insured import Enrolled
from simulator.inputs.matching import Numbers, differences
from simulator.inputs.platforms import Ground
from simulator.inputs.wire import Wire as Encoding
from simulator.sandbox.bills import rows_of

_OK = 200
_TRIALS = {"2303": "2304", "2206": "2207", "2101": "2102"}


def settlements(lines: Iterable[Line], ground: Ground, code: str) -> list[Settlement]:
    """Return the settlement rows that the city had to decide in an attempt, none where the messages do not tell.

    Where it came to a trial and no further, the row is what the trial would have become.
    """
    lines = list(lines)
    if not lines:
        return []
    city = ground.cities(dt.datetime.fromisoformat(lines[0].now).date()).get(code)
    if city is None:  # whoever passes on decides on no settlement
        return []
    again = _Again(city)
    try:
        for line in lines:
            again.take(line)
        again.settle()
    except Exception:  # a system under test may say anything; a receipt is a help, and no verdict
        return []
    return list(rows_of(again.facts))


class _Again:
    """A city's platform that is told what the system under test was told."""

    def __init__(self, city: City) -> None:
        self.facts: list[object] = []
        self._trial: tuple[dt.datetime, Message] | None = None
        self._city, self._registry = city, schemas.load()
        self._encoding, self._numbers = Encoding(self._registry), Numbers()

    def take(self, line: Line) -> None:
        """Take in one line."""
        if line.kind == HOOK:
            self._load(line)
        elif line.kind in {TO, FROM} and line.said["status"] in {0, _OK}:
            self._hear(line)

    def settle(self) -> None:
        """Carry out a trial that nothing was settled after."""
        if self._trial is None or any(rows_of(self.facts)):
            return
        now, asked = self._trial
        key = asked.key._replace(msgid=f"{asked.msgid[:-4]}9999")
        self._perform(self._city.handle(now, asked._replace(infno=_TRIALS[asked.infno], key=key)))

    def _load(self, line: Line) -> None:
        for row in line.said["asked"].get("people", ()):
            self._city.fold(Enrolled(person_told(row)))
        for row in line.said["asked"].get("filings", ()):
            self._city.fold(filed_fact(filing_told(row)))

    def _hear(self, line: Line) -> None:
        asked = self._request(as_bytes(line.said["body"]))
        now = dt.datetime.fromisoformat(line.now)
        if asked is None:
            return
        reply = self._reply(asked, as_bytes(line.said["reply"]))
        if line.kind == FROM:
            if reply is not None:
                self._perform(self._city.handle(now, self._numbers.for_model(reply)))
            return
        asked = self._numbers.for_model(asked)
        if asked.infno in _TRIALS:
            self._trial = now, asked
        own = next(iter(self._perform(self._city.handle(now, asked))), None)
        if own is not None and reply is not None:
            differences(self._registry, self._numbers, own, reply)  # which pairs the numbers on the way

    def _perform(self, effects: Iterable[Effect]) -> list[Message]:
        replies: list[Message] = []
        for effect in effects:
            if isinstance(effect, Record):
                self.facts.append(effect.fact)
            elif isinstance(effect, Reply):
                replies.append(effect.message)
        return replies

    def _request(self, body: bytes) -> Message | None:
        if self._registry.check_text(None, "request", body):
            return None
        sent = relaxed(schemas.parse(body), self._registry.profile)
        assert isinstance(sent, dict)
        return self._encoding.decode_request(sent)

    def _reply(self, asked: Message, body: bytes) -> Message | None:
        if self._registry.check_text(asked.infno, "response", body):
            return None
        told = schemas.parse(body)
        assert isinstance(told, dict)
        return self._encoding.decode_reply(asked, told)
