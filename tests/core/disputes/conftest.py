"""Disputes on the small network: a settled stay of 徐州 in 南京, and the two desks that talk about it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from simulator.core.benefit.settlement import Settlement
from simulator.core.disputes.ticket import InDoubt, OpenTicket, Ticket, TicketKept
from simulator.core.platform.turn import Declined
from simulator.core.visits.insured import Enrolled
from simulator.inputs.people import identity_number

NANJING, XUZHOU = "320100", "320300"


class Matter:
    """Settled stays and what is said about them."""

    def __init__(self, play: Any) -> None:
        self.play = play
        certno = identity_number("9900", 1, dt.date(1950, 10, 11), "1")
        person = play.net.people["retired"]._replace(certno=certno)
        play.insured.fold(Enrolled(person))
        play.relay.facts.append((XUZHOU, Enrolled(person)))
        play.net.people["retired"] = person
        self.stay = play.stay().settled()
        self.row = self.settled(self.stay)

    def settled(self, stay: Any) -> Settlement:
        """The insured city's row of a stay."""
        row: Settlement = self.play.insured.insured.visits.find(stay.mdtrt_id).settlement
        return row

    def ticket(self, at: str = XUZHOU, ticket_id: str = "T1") -> Ticket:
        found: Ticket = self.play.net.nodes[at].disputes.tickets[ticket_id]
        return found

    def states(self) -> tuple[str, str]:
        """The ticket's state at the insured and at the treatment city."""
        return self.ticket().state, self.ticket(NANJING).state

    def act(self, action: Any, *, at: str = XUZHOU) -> Any:
        """Carry an action out; return the ticket as it stands there then, or how it was declined."""
        facts = self.play.act(action, at=at)
        declined = [fact for fact in facts if isinstance(fact, Declined)]
        if declined:
            assert len(facts) == 1
            return declined[0].name, *declined[0].found
        kept = [fact.ticket for code, fact in self.play.relay.facts if isinstance(fact, TicketKept) and code == at]
        return kept[-1] if kept else None

    def opened(self, ticket_id: str = "T1", **changes: Any) -> Any:
        """Open a ticket of a person's doubt about the stay's bed fees, 600.00 yuan of them."""
        action = OpenTicket(ticket_id, "other", "床位费重复收取", (InDoubt(self.row, 60_000),))
        return self.act(action._replace(**changes))

    def sent(self, infno: str) -> list[Any]:
        """The requests of one kind, each once."""
        asked = {hop[2].key: hop[2] for hop in self.play.relay.hops if hop[2].infno == infno and not hop[2].is_reply}
        return [message.block("data") for message in asked.values()]


@pytest.fixture
def matter(play: Any) -> Matter:
    return Matter(play)


@pytest.fixture
def matter_of() -> Any:
    """Make the same on a play of one's own."""
    return Matter
