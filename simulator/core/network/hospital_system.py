"""A hospital's own platform (医院信息系统): it sends its desk's requests to its city, and keeps what it was told.

A desk words requests and forgets them. Where a hospital stands for itself, this stands between desk and city: what is
open is known after any interruption and is asked for again under its ``msgid``, a late answer is kept, one that cannot
be to what was asked is taken for none, and what the hospital states in the evening (3201) is what it was told,
reversals and cancellations with it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.network.hospital import Desk
from simulator.core.network.router import Passed, Router
from simulator.core.network.told import is_answer
from simulator.core.platform.effects import Reply
from simulator.core.platform.message import Message
from simulator.core.platform.node import Answered, Forwarded, TimedOut
from simulator.core.platform.turn import Turn
from simulator.core.values.areas import Institution, Registry
from simulator.core.values.calendar import WorkCalendar
from simulator.core.values.parameters import PolicyPack

_SIGN_IN = "9001"


class HospitalSystem(Router):
    """The platform of one institution; ``desk`` words its requests and holds its totals by day."""

    title = "定点机构"

    def __init__(
        self, institution: Institution, *, registry: Registry, pack: PolicyPack, calendar: WorkCalendar, today: dt.date
    ) -> None:
        wait = pack.at("process.wait_seconds.hospital", today).value
        super().__init__(institution.code, registry=registry, pack=pack, calendar=calendar, wait_seconds=int(wait))  # type: ignore[arg-type]  # unit "count" is an int
        self.city = registry.city_of(institution.area) or ""
        self.desk = Desk(institution, self.city)
        self.follow({Passed: self._fold_told, Answered: self._fold_sign_in})

    def next_hop(self, area: str) -> str:
        """Return the city: a hospital reaches everyone through it."""
        return self.city

    def decide(self, turn: Turn, asked: Message) -> None:
        """Pass a request of the desk on as it is: whether it is right is for the city to say."""
        self.forward(turn, asked, self.city, asked)

    def waiting(self) -> tuple[Forwarded, ...]:
        """Return everything without an answer, waited for or given up: a hospital must know how each ended."""
        found = (self.forwarded(key) for key in self._exchanges if not self.is_void(key))
        return tuple(each for each in found if each is not None)

    def drop_before(self, day: str) -> None:
        """Forget the days before ``day`` (ISO text) that are done with; the host has kept them."""
        super().drop_before(day)
        self.desk.by_day.drop_before(day)

    def _take_reply(self, turn: Turn, reply: Message) -> None:
        """Take in a reply; one of another settlement, or of another bill, tells nothing."""
        asked = self.known_request(reply.key)
        if asked is None or is_answer(asked, reply):
            super()._take_reply(turn, reply)
        elif self._exchanges[reply.key].waiting:
            turn.record(TimedOut(reply.key))
            turn.effects.append(Reply(turn.refuse(asked, "outcome_unknown", self.city)))

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_told(self, fact: Passed) -> None:
        row = fact.row
        self.desk.by_day.add((row.day, row.insutype, row.clr_type), row.totals)

    def _fold_sign_in(self, fact: Any) -> None:
        if fact.request.infno == _SIGN_IN and fact.reply.succeeded:
            self.desk.sign_no = str(fact.reply.block("signinoutb")["sign_no"])
            self.desk.signed_on = dt.date.fromisoformat(str(fact.request.head["inf_time"])[:10])
