"""A network that loses, repeats and reorders what it carries, and the hospitals that live with it.

At rest, when the hospitals have asked again about, or reversed, everything whose outcome they did not know, all sides
must agree to the fen.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from simulator.core.platform.effects import Reply
from simulator.core.platform.message import Key, Message
from simulator.core.platform.transactions import REVERSIBLE

from .agreement import Agreement
from .cases import NANJING, PROVINCE, TREATED_IN, XUZHOU, Case, some

UNKNOWN, BUSY, REUSED, REVERSED = -191, -135, -161, -162


class Wires(Agreement):
    """The network between the platforms, and what hospitals do to know how things ended."""

    def __init__(self, play: Any, wire: Any, picture: Any) -> None:
        super().__init__(play, wire, picture)
        self.sent: list[Message] = []
        self.about: dict[Key, Case] = {}
        self._heard: Counter[Key] = Counter()

    # -- a hospital and its messages --------------------------------------------------------------------------------

    def send(self, case: Case, message: Message) -> None:
        if message.key not in self.about:
            self.sent.append(message)
            self.about[message.key] = case
            case.last[message.infno] = message
        self.wire.send(message.party, TREATED_IN[message.party], message)

    def hear(self) -> None:
        """Let the hospitals read what has come in."""
        for key, replies in self.wire.answers.items():
            for reply in replies[self._heard[key] :] if key in self.about else ():
                self.about[key].hear(reply)
            self._heard[key] = len(replies)

    def look(self) -> None:
        self.hear()
        super().look()

    def calm(self, wanted: bool) -> None:
        """Deliver everything in flight, when wanted."""
        if wanted:
            self.wire.deliver_all(self.play.tick(1))
            self.hear()

    def trouble(self, others: int, hops: int, *, lost: bool) -> None:
        """Carry what was sent after ``others`` so many hops; it is lost or held up there, and the deadlines pass."""
        for _ in range(hops):
            if len(self.wire.flying) > others:
                self.wire.deliver(self.play.tick(1), others)
        if lost and len(self.wire.flying) > others:
            self.wire.lose(others)
        self.wire.ring(self.play.tick(60))

    @rule(pick=some)
    @precondition(lambda self: self.sent)
    def repeat(self, pick: int) -> None:
        """Send a request again as it was, or with another time."""
        message = self.sent[-1 - pick % len(self.sent)]
        self.send(self.about[message.key], message if pick % 2 else message.with_head(inf_time="2016-12-31 00:00:00"))

    # -- the network ------------------------------------------------------------------------------------------------

    @rule(pick=some)
    @precondition(lambda self: self.wire.flying)
    def deliver_any(self, pick: int) -> None:
        self.wire.deliver(self.play.tick(1), pick % len(self.wire.flying))

    @rule()
    @precondition(lambda self: self.wire.flying)
    def deliver_everything(self) -> None:
        self.wire.deliver_all(self.play.tick(1))

    @rule(pick=some)
    @precondition(lambda self: len(self.wire.flying) > 1)
    def deliver_everything_in_some_order(self, pick: int) -> None:
        while self.wire.flying:
            pick = pick * 1_103_515_245 + 12_345 & 0x7FFF_FFFF
            self.wire.deliver(self.play.tick(1), (pick >> 8) % len(self.wire.flying))

    @rule(pick=some)
    @precondition(lambda self: any(flight.message.is_reply for flight in self.wire.flying))
    def lose_an_answer(self, pick: int) -> None:
        replies = [i for i, flight in enumerate(self.wire.flying) if flight.message.is_reply]
        self.wire.lose(replies[pick % len(replies)])

    @rule(pick=some)
    @precondition(lambda self: self.wire.flying)
    def lose(self, pick: int) -> None:
        self.wire.lose(pick % len(self.wire.flying))

    @rule(seconds=st.sampled_from((20, 45, 60)))
    @precondition(lambda self: self.wire.alarms)
    def deadline(self, seconds: int) -> None:
        self.wire.ring(self.play.tick(seconds))

    # -- the same message twice, another body under its msgid -------------------------------------------------------

    @rule(pick=some)
    @precondition(lambda self: self.wire.facts)
    def taken_twice_changes_nothing(self, pick: int) -> None:
        """Hand a platform a request it has answered: the same reply or the refusal of a void one, and no change."""
        node = self.nodes[(NANJING, PROVINCE, XUZHOU)[pick % 3]]
        answered = [known for known in node._exchanges.values() if known.reply is not None]
        if not answered:
            return
        known = answered[pick % len(answered)]
        before = self.kept(node)
        (effect,) = node.handle(self.play.tick(), known.request.with_head(inf_time="2016-12-31 00:00:00"))
        assert isinstance(effect, Reply)  # and no fact: state changes by facts alone
        if node.is_void(known.request.key):
            assert effect.message.infcode == REVERSED
            assert known.request.msgid in effect.message.head["err_msg"]
        else:
            assert effect.message == known.reply
        assert self.kept(node) == before

    @rule(pick=some)
    @precondition(lambda self: self.sent)
    def another_body_is_refused(self, pick: int) -> None:
        node = self.nodes[(NANJING, PROVINCE, XUZHOU)[pick % 3]]
        message = self.sent[pick % len(self.sent)]
        if node.known_request(message.key) is None:
            return
        before = self.kept(node)
        other = message._replace(blocks=MappingProxyType({**message.blocks, "other": ()}))
        (effect,) = node.handle(self.play.tick(), other)
        assert isinstance(effect, Reply)
        assert effect.message.infcode == REUSED
        assert self.kept(node) == before

    def kept(self, node: Any) -> Any:
        """What a platform keeps: all of it now and then, as that is much; its books and their like at any time."""
        return (
            self.picture(node)
            if self.steps % 30 == 29
            else (len(node._exchanges), set(node._void), node.books.balances())
        )

    # -- coming to rest ---------------------------------------------------------------------------------------------

    def quiet(self) -> None:
        """Deliver what flies and let every deadline pass."""
        self.wire.deliver_all(self.play.tick())
        self.wire.ring(self.play.tick(120))
        self.wire.deliver_all(self.play.tick())
        self.hear()

    def outcome(self, message: Message) -> int | None:
        answers = self.wire.answers.get(message.key)
        return answers[-1].infcode if answers else None

    def unknown(self) -> list[Message]:
        return [message for message in self.sent if self.outcome(message) in {None, UNKNOWN}]

    @rule(pick=some)
    @precondition(lambda self: self.sent)
    def come_to_rest(self, pick: int) -> None:
        """Ask again about every unknown outcome, or reverse it first; then all sides agree."""
        self.quiet()
        for attempt in range(20):
            left = self.unknown()
            if not left:
                break
            for message in left:
                case = self.about[message.key]
                if message.infno in REVERSIBLE and (pick >> attempt) % 2:
                    self.send(case, case.desk.reverse(self.play.tick(), case.person, message))
                self.send(case, message)
                self.quiet()
        assert not self.unknown()
        self.agree()

    @rule(pick=some, days=st.integers(1, 3))
    @precondition(lambda self: self.sent and self.play.now.day < 28)
    def another_day(self, pick: int, days: int) -> None:
        self.come_to_rest(pick)
        self.play.now += dt.timedelta(days=days)

    def teardown(self) -> None:
        if self.sent:
            self.come_to_rest(0)
            self.look()
