"""A fresh network of the core that is asked what the target was asked: what should have been answered."""

from __future__ import annotations

import datetime as dt

import schemas
from simulator.core.filing.declarations import CHRONIC, Declaration, Declared
from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.network.hospital import Desk
from simulator.core.network.relay import Relay
from simulator.core.platform.message import Message
from simulator.core.visits.insured import Enrolled
from simulator.inputs.platforms import Ground
from simulator.inputs.wire import Wire
from simulator.traffic.people import Traveller

_STAMP = "%Y%m%d%H%M%S"


class Oracle:
    """Every platform of the ground, knowing nobody until told; asked as hospitals ask, in the core's own numbers."""

    def __init__(self, ground: Ground, today: dt.date) -> None:
        self._ground, self._registry = ground, ground.network.national
        self.relay = Relay(ground.nodes(today))
        self.wire = Wire(schemas.load())
        self._signed: dict[str, str] = {}

    def know(self, comer: Traveller) -> None:
        """Let the city of insurance know a person, and everybody on the way the filings."""
        city = self._registry.city_of(comer.person.insured_area)
        assert city is not None
        node = self.relay.nodes[city]
        node.fold(Enrolled(comer.person))
        for filing in comer.filings:
            fact = filed(filing)
            node.fold(fact)
            if isinstance(fact, Filed):
                for code in {self._registry.province_of(city), self._ground.network.province.code} - {""}:
                    self.relay.nodes[code].fold(fact._replace(person=comer.person))

    @staticmethod
    def reader() -> Wire:
        """Return what reads and writes messages."""
        return Wire(schemas.load())

    def relayed(self, now: dt.datetime, to: str, asked: Message, by: str) -> Message | None:
        """Return what a platform answers another's request with; nothing of it is kept beside the platforms."""
        reply = self.relay.ask(now, to, asked, by=by)
        for kept in (self.relay.hops, self.relay.facts, self.relay.postings):
            kept.clear()
        return reply

    def ask(self, now: dt.datetime, asked: Message) -> Message | None:
        """Return what the network answers a hospital's request with; the hospital is signed in first."""
        place = self._registry.institutions[asked.party]
        city = self._registry.city_of(place.area) or ""
        if asked.party not in self._signed:
            reply = self.relay.ask(now, city, Desk(place, city).sign_in(now))
            assert reply is not None
            self._signed[asked.party] = str(reply.block("signinoutb")["sign_no"])
        signed = asked._replace(head={**asked.head, "sign_no": self._signed[asked.party]})
        return self.relay.ask(now, city, signed)


def filed(filing: Filing) -> Filed | Declared:
    """Return the fact that a filing is; one of type ``chronic`` is that a disease, its target, was approved."""
    if filing.filing_type != CHRONIC:
        return Filed(filing)
    found = Declaration(filing.sn, CHRONIC, filing.psn_no, "", filing.target, "", filing.begin, filing.end)
    return Declared(found._replace(approved=True))


def moment(reply: Message, otherwise: dt.datetime) -> dt.datetime:
    """Return when a platform answered, by its own clock; another time where it does not say."""
    text = str(reply.head.get("respond_time", ""))[:14]
    try:
        return dt.datetime.strptime(text, _STAMP)
    except ValueError:
        return otherwise
