"""What every platform does alike: idempotency, unknown outcomes, replies, facts.

The key of a request is (party, ``msgid``). The same body gets the same reply; another body under a used ``msgid`` is
refused; after a reversal or a cancellation the old ``msgid`` is answered with a refusal that names it. A forwarded
request whose answer does not come in time is an *unknown outcome*: it is answered as such, kept open, and may be asked
again under the same ``msgid``; a late answer is kept.

What a platform asks of its own accord it asks until it is answered, under one ``msgid``, waiting twice as long each
time.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from simulator.core.platform.books import Books
from simulator.core.platform.effects import Effect, Reply, Send, WakeAt
from simulator.core.platform.message import Block, Key, Message, party_of, request
from simulator.core.platform.office import Office
from simulator.core.platform.refusals import REFUSALS
from simulator.core.platform.turn import Declined, Turn, carried
from simulator.core.values.stamps import written

_MOST_DOUBLINGS = 6  # of the wait for an answer to a request of one's own
_HOST_ROUNDS = dt.timedelta(seconds=1)  # a host may wake a moment early: its clock may be a float


class Forwarded(NamedTuple):
    """Fact: a request was passed on to ``to``, to be waited for ``until`` then.

    ``prepared`` is what was worked out for the moment it is answered; ``tries`` counts the attempts before this one.
    """

    request: Message
    to: str
    outgoing: Message
    prepared: Any
    until: dt.datetime
    tries: int = 0


class Answered(NamedTuple):
    """Fact: a request has its final reply."""

    request: Message
    reply: Message


class TimedOut(NamedTuple):
    """Fact: a forwarded request is not waited for any more: its answer did not come in time, or told nothing."""

    key: Key


class Voided(NamedTuple):
    """Fact: a request is void from now on (``void``), or valid again; unknown keys get a tombstone."""

    key: Key
    void: bool


class LateReply(NamedTuple):
    """Fact: an answer came after its request had been given up; it is kept and acted on unless the request is void."""

    key: Key
    reply: Message


class _Exchange:
    """A request with its state: what was asked, the final reply if any, and whether it is void or being waited for."""

    __slots__ = ("forwarded", "reply", "request", "waiting")

    def __init__(self, request: Message) -> None:
        self.request = request
        self.reply: Message | None = None
        self.forwarded: Forwarded | None = None
        self.waiting = False


def answered_exchange(fact: Answered) -> _Exchange:
    """Return a request with its final reply, for a host that let go of it and finds it again in its records."""
    exchange = _Exchange(fact.request)
    exchange.reply = fact.reply
    return exchange


class Node(ABC):
    """A platform: ``handle`` a message, ``act`` as told, ``wake`` about a deadline, ``fold`` a recorded fact."""

    title = "经办机构"  # who speaks in its own messages

    def __init__(self, code: str, *, wait_seconds: int) -> None:
        self.code = code
        self.party = party_of(code)
        self.answers: dict[str, Callable[[Turn, Message], Message]] = {}
        self._hears: dict[str, Callable[[Turn, Message, Message], None]] = {}
        self._notes: dict[str, Callable[[Turn, Message, Message], None]] = {}
        self._does: dict[type, Callable[[Turn, Any], Any]] = {}
        self.books = Books()
        self._wait = dt.timedelta(seconds=wait_seconds)
        self._exchanges: dict[Key, _Exchange] = {}
        self._void: set[Key] = set()
        self.serial = 0  # of replies; a host that keeps facts keeps it beside them
        self._own_requests = 0
        self._offices: list[Office] = []
        self._folds: dict[type, tuple[Callable[[Any], None], ...]] = {
            Forwarded: (self._fold_forwarded,),
            Answered: (self._fold_answered,),
            TimedOut: (self._fold_timed_out,),
            Voided: (self._fold_voided,),
            LateReply: (),
            Declined: (),
        }

    def handle(self, now: dt.datetime, message: Message) -> tuple[Effect, ...]:
        """Take in a request or a reply that has passed the schema; return what the host must do. Raises HalfDone."""
        take = self._take_reply if message.is_reply else self._take_request
        return carried(Turn(self, now), take, message)

    def act(self, now: dt.datetime, action: Any) -> tuple[Effect, ...]:
        """Let the platform's staff carry out an action; return what the host must do.

        Raises KeyError for an action no office of this platform knows, and HalfDone.
        """
        return carried(Turn(self, now), self._does[type(action)], action)

    def wake(self, now: dt.datetime, about: Key) -> tuple[Effect, ...]:
        """Give up waiting for an answer that has not come; nothing happens when it has, or was asked for again.

        A request of this platform's own is sent again instead.
        """
        exchange = self._exchanges.get(about)
        if exchange is None or not exchange.waiting:
            return ()
        assert exchange.forwarded is not None
        if now + _HOST_ROUNDS < exchange.forwarded.until:
            return ()  # the alarm of an earlier attempt
        turn = Turn(self, now)
        upstream = exchange.forwarded.to
        if about.party == self.party:
            earlier = exchange.forwarded
            self.forward(turn, earlier.request, upstream, earlier.outgoing, tries=earlier.tries + 1)
            return tuple(turn.effects)
        turn.record(TimedOut(about))
        turn.effects.append(Reply(turn.refuse(exchange.request, "outcome_unknown", upstream)))
        return tuple(turn.effects)

    def fold(self, fact: Any) -> None:
        """Apply a recorded fact without deciding anything."""
        for apply in self._folds[type(fact)]:
            apply(fact)

    def retire(self, keys: Iterable[Key]) -> None:
        """Forget the exchanges of closed visits; the host keeps them and answers for them from its records."""
        for key in keys:
            self._exchanges.pop(key, None)
            self._void.discard(key)

    def next_serial(self) -> int:
        """Return the next serial number of this platform."""
        self.serial += 1
        return self.serial

    def install(self, *offices: Office) -> None:
        """Add offices to the platform; raises ValueError where two answer, hear, note or do the same."""
        for office in offices:
            self._offices.append(office)
            _merge(self.answers, office.answers)
            _merge(self._hears, office.hears)
            _merge(self._notes, office.notes)
            _merge(self._does, office.does)
            self.follow(office.folds)

    def follow(self, folds: Mapping[type, Callable[[Any], None]]) -> None:
        """Let facts be applied by these too, after those that follow them already."""
        for kind, apply in folds.items():
            self._folds[kind] = (*self._folds.get(kind, ()), apply)

    def drop_before(self, day: str) -> None:
        """Forget the days before ``day`` (ISO text) that are done with; the host has kept them."""
        for office in self._offices:
            office.drop_before(day)

    # -- what a kind of platform decides ------------------------------------------------------------------------

    def meant_here(self, asked: Message) -> bool:
        """Tell whether a bureau message is for this platform itself."""
        return asked.recipient == self.code

    def wait_for(self, asked: Message) -> dt.timedelta:
        """Return how long the answer to a request that is passed on is waited for."""
        return self._wait

    def set_wait(self, wait: dt.timedelta) -> None:
        """Wait so long for answers from now on, instead of as long as the rules say."""
        self._wait = wait

    @abstractmethod
    def next_hop(self, area: str) -> str:
        """Return the neighbour through which another platform is reached, by the area it stands for; empty: none."""

    @abstractmethod
    def decide(self, turn: Turn, asked: Message) -> None:
        """Decide on a new request: answer it or forward it."""

    @abstractmethod
    def complete(self, turn: Turn, asked: Message, prepared: Any, reply: Message) -> Message:
        """Act on the answer to a forwarded request; return the reply for whoever asked."""

    # -- for the kinds of platform ------------------------------------------------------------------------------

    def answer(self, turn: Turn, asked: Message, reply: Message) -> None:
        """Give the final reply; a passing refusal is not kept, so that the same message may be sent again."""
        if reply.infcode not in _PASSING:
            turn.record(Answered(asked, reply))
        turn.effects.append(Reply(reply))

    def originate(
        self,
        turn: Turn,
        to: str,
        infno: str,
        blocks: Mapping[str, Block | Sequence[Block]],
        *,
        treatment: str,
        insured: str,
    ) -> Message:
        """Make a request of this platform's own and send it; see :meth:`Turn.ask`."""
        head = {
            "mdtrtarea_admvs": treatment,
            "insuplc_admdvs": insured,
            "recer_sys_code": "MBS_LOCAL",
            "infver": "V1.0",
            "opter_type": "2",
            "opter": "op01",
            "opter_name": self.title,
            "inf_time": written(turn.now),
            "fixmedins_name": self.title,
            "sender_admdvs": self.code,
            "recer_admvs": to,
        }
        msgid = f"{self.party}{turn.stamp[:14]}{(self._own_requests + 1) % 10_000:04d}"
        asked = request(infno, Key(self.party, msgid), head, blocks)
        self.forward(turn, asked, self.next_hop(to), asked)
        return asked

    def bureau(self, turn: Turn, asked: Message) -> None:
        """Answer a bureau message meant for this platform, or pass it on to whom it is for."""
        if not self.meant_here(asked):
            onward = self.next_hop(asked.recipient)
            if onward:
                self.forward(turn, asked, onward, asked)
            else:
                self.answer(turn, asked, turn.refuse(asked, "unknown_area", asked.recipient))
            return
        answer = self.answers.get(asked.infno)
        reply = answer(turn, asked) if answer else turn.refuse(asked, "unknown_transaction", asked.infno)
        self.answer(turn, asked, reply)

    def note(self, turn: Turn, asked: Message, reply: Message) -> None:
        """Let the office concerned keep what passed between two others with success."""
        keep = self._notes.get(asked.infno)
        if keep is not None and reply.succeeded:
            keep(turn, asked, reply)

    def forward(
        self, turn: Turn, asked: Message, to: str, outgoing: Message, prepared: Any = None, *, tries: int = 0
    ) -> None:
        """Pass a request on and wait for its answer."""
        until = turn.now + self.wait_for(asked) * 2 ** min(tries, _MOST_DOUBLINGS)
        turn.record(Forwarded(asked, to, outgoing, prepared, until, tries))
        turn.effects.append(Send(to, outgoing))
        turn.effects.append(WakeAt(until, asked.key))

    def known_request(self, key: Key) -> Message | None:
        """Return the request that came under a key, if any."""
        exchange = self._exchanges.get(key)
        return exchange.request if exchange else None

    def succeeded(self, key: Key) -> bool:
        """Tell whether the request under a key was answered with success, whether it is void since or not."""
        reply = self.reply_under(key)
        return reply is not None and reply.succeeded

    def reply_under(self, key: Key) -> Message | None:
        """Return the final reply given under a key, if any."""
        exchange = self._exchanges.get(key)
        return exchange.reply if exchange else None

    def forwarded(self, key: Key) -> Forwarded | None:
        """Return what was passed on under a key and has no final reply yet."""
        exchange = self._exchanges.get(key)
        return exchange.forwarded if exchange else None

    def void_requests(self) -> tuple[Message, ...]:
        """Return the requests that were reversed or cancelled, of those that are known."""
        known = (self._exchanges.get(key) for key in sorted(self._void))
        return tuple(exchange.request for exchange in known if exchange is not None)

    def waiting(self) -> tuple[Forwarded, ...]:
        """Return what was passed on and is being waited for: a host that starts again sets these deadlines anew."""
        return tuple(each.forwarded for each in self._exchanges.values() if each.waiting and each.forwarded is not None)

    def is_void(self, key: Key) -> bool:
        """Tell whether a key was reversed or cancelled."""
        return key in self._void

    # -- taking in ----------------------------------------------------------------------------------------------

    def _take_request(self, turn: Turn, asked: Message) -> None:
        key = asked.key
        known = self._exchanges.get(key)
        if known is not None and not _same(known.request, asked):
            turn.effects.append(Reply(turn.refuse(asked, "msgid_reused", key.msgid)))
        elif key in self._void:
            turn.effects.append(Reply(turn.refuse(asked, "reversed", key.msgid)))
        elif known is None:
            self.decide(turn, asked)
        elif known.reply is not None:
            turn.effects.append(Reply(known.reply))
        elif known.forwarded is not None and not known.waiting:
            earlier = known.forwarded
            self.forward(turn, asked, earlier.to, earlier.outgoing, earlier.prepared)

    def _take_reply(self, turn: Turn, reply: Message) -> None:
        key = reply.key
        exchange = self._exchanges.get(key)
        if exchange is None or exchange.forwarded is None:
            return  # a repeated answer, or one to a question never asked
        in_time = exchange.waiting
        if not in_time:
            turn.record(LateReply(key, reply))
        if key in self._void:
            if in_time:
                turn.record(TimedOut(key))
                turn.effects.append(Reply(turn.refuse(exchange.request, "reversed", key.msgid)))
            return
        own = key.party == self.party
        if reply.infcode in _PASSING:
            if in_time and not own:  # what is asked of one's own accord is asked again when its alarm rings
                turn.record(TimedOut(key))
                turn.effects.append(Reply(reply))
            return
        if own:
            turn.record(Answered(exchange.request, reply))
            hear = self._hears.get(reply.infno)
            if hear is not None:
                hear(turn, exchange.request, reply)
            return
        final = self.complete(turn, exchange.request, exchange.forwarded.prepared, reply)
        turn.record(Answered(exchange.request, final))
        if in_time:
            turn.effects.append(Reply(final))

    # -- folds --------------------------------------------------------------------------------------------------

    def _fold_forwarded(self, fact: Forwarded) -> None:
        exchange = self._exchanges.setdefault(fact.request.key, _Exchange(fact.request))
        exchange.forwarded, exchange.waiting = fact, True
        self._own_requests += fact.request.key.party == self.party and not fact.tries

    def _fold_answered(self, fact: Answered) -> None:
        exchange = self._exchanges.setdefault(fact.request.key, _Exchange(fact.request))
        exchange.reply, exchange.forwarded, exchange.waiting = fact.reply, None, False

    def _fold_timed_out(self, fact: TimedOut) -> None:
        self._exchanges[fact.key].waiting = False

    def _fold_voided(self, fact: Voided) -> None:
        if fact.void:
            self._void.add(fact.key)
        else:
            self._void.discard(fact.key)


def _merge(mine: dict[Any, Any], theirs: Mapping[Any, Any]) -> None:
    twice = mine.keys() & theirs.keys()
    if twice:
        raise ValueError(f"two offices take {sorted(map(str, twice))}")
    mine.update(theirs)


def _same(one: Message, other: Message) -> bool:
    """Tell whether two requests have the same body: transaction and canonical input, whatever times and signatures."""
    return one.infno == other.infno and one.blocks == other.blocks


_PASSING = frozenset(refusal.code for refusal in REFUSALS.values() if refusal.passing)
