"""A stage: the network around a system under test, and a model of that system fed with everything it is fed with.

All parties but one are the core's own platforms. Where a message goes to the one left out, it goes over the wire to
the system under test, and at the same time to the model. What the system then says, to whoever asked or to the
platform above it, is held against what the model says.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import schemas
from conformance import files
from conformance.wire import LOST, Answer
from schemas.values import Finding
from simulator.core.network.relay import Relay
from simulator.core.platform.effects import Effect, Reply, Send
from simulator.core.platform.message import Key, Message, reply_to
from simulator.core.platform.node import Node
from simulator.core.visits.home import Home
from simulator.inputs.matching import Difference, Numbers, changes, differences, passed_down
from simulator.inputs.wire import Wire as Encoding

SCHEMA, DIFFERS, FORWARDED, NOT_FORWARDED, NOT_ASKED, NO_ANSWER, STATUS, SIGNATURE, ACCEPTED = (
    "schema",
    "differs",
    "forwarded",
    "not forwarded",
    "not asked",
    "no answer",
    "status",
    "signature",
    "accepted",
)
_OK = 200


class Fault(NamedTuple):
    """What happens to one leg of the system's own calls: ``infno``, what, and for how many seconds.

    ``denied``: the gateway of whoever is called turns it away.
    """

    infno: str
    what: str  # request_lost, reply_lost, slow, cut, denied
    seconds: float = 0.0


class Wrong(NamedTuple):
    """Something a system said that it should not have: the kind, where, and both sides; ``line`` is in the evidence."""

    kind: str
    infno: str
    place: str
    expected: str
    received: str
    line: int
    zh: str = ""
    en: str = ""


class Exchange(NamedTuple):
    """A call of the system under test and how it went.

    ``reply`` is what it answered, in its own numbers, None where nothing came or it was no message; ``expected`` is
    what the model answered, in the system's numbers where it has given any.
    """

    asked: Message
    reply: Message | None
    expected: Message | None
    answer: Answer
    wrong: tuple[Wrong, ...]


class Stage(Relay):
    """``subject`` is the code of the party left out, ``nodes`` are all platforms, the subject's model among them.

    ``call`` carries a request of a party to the system under test and returns how it was answered. One that ``relays``
    numbers nothing and words nothing of what it passes on, in either direction.
    """

    def __init__(
        self,
        nodes: Mapping[str, Node],
        subject: str,
        registry: schemas.Registry,
        call: Callable[[dt.datetime, str, Message], Answer],
        *,
        relays: bool = False,
    ) -> None:
        super().__init__({code: node for code, node in nodes.items() if code != subject})
        self.model, self.subject = nodes[subject], subject
        self.numbers = Numbers(own=not relays)
        self._relays = relays
        self.faults: list[Fault] = []
        self.exchanges: list[Exchange] = []
        self.losing = False  # what goes to the system under test now
        self.wrong: list[Wrong] = []
        self.passed: list[Message] = []  # requests the system under test made of other platforms
        self.told: list[Message] = []  # what it was answered
        self.uncalled: list[str] = []  # what it should have passed on while it was asked, and has not
        self.calls = 0  # it made, good or bad
        self.called = threading.Event()  # since somebody cleared it
        self.people: set[str] = set()  # psn_no of all that the case is about
        self._late: set[Key] = set()  # answered so late that the system may have given up before
        self._registry, self._encoding, self._call = registry, Encoding(registry), call
        self._expected: dict[tuple[Key, str], Message] = {}  # what the model passes on and nobody has passed on yet
        self._passed_on: dict[tuple[Key, str], Send] = {}  # all that the model has passed on
        self._replies: dict[Key, Message] = {}
        self._lock = threading.RLock()

    # -- towards the system under test ----------------------------------------------------------------------------

    def ask(self, now: dt.datetime, to: str, message: Message, *, by: str = "") -> Message | None:
        """Deliver a request; one to the subject goes over the wire, and to the model."""
        if to != self.subject:
            return super().ask(now, to, message, by=by)
        return self.to_subject(now, by or message.party, message).reply

    def to_subject(self, now: dt.datetime, by: str, message: Message) -> Exchange:
        """Ask the system under test and the model, and compare; neither hears of a request that gets lost."""
        if self.losing:
            lost = Exchange(message, None, None, Answer(0, b"", LOST, 0.0, 0), ())
            self.exchanges.append(lost)
            return lost
        self._replies.pop(message.key, None)
        self._to_model(now, self.numbers.for_model(message))
        answer = self._call(now, by, message)
        with self._lock:
            return self._judged(now, message, answer)

    def _judged(self, now: dt.datetime, asked: Message, answer: Answer) -> Exchange:
        wrong: list[Wrong] = []
        reply = self._read_reply(now, asked, answer, wrong)
        for (key, infno), expected in list(self._expected.items()):
            if key == asked.key and reply is not None and (reply.succeeded or self._made_up(asked)):
                wrong.append(_wrong(NOT_FORWARDED, infno, answer.line, expected.infno))
            if key == asked.key:
                self.uncalled.append(infno)
                del self._expected[key, infno]
        self._let_time_pass(now, asked.key)
        expected_reply = self._replies.get(asked.key)
        gave_up = asked.key in self._late and reply is not None and not reply.succeeded
        self._late.discard(asked.key)
        if reply is not None and expected_reply is not None and not gave_up:
            wrong += self._differences(expected_reply, reply, answer.line)
        exchange = Exchange(asked, reply, expected_reply, answer, tuple(wrong))
        self.exchanges.append(exchange)
        self.wrong += wrong
        return exchange

    def _made_up(self, asked: Message) -> bool:
        """Tell whether a refusal is the system's own invention: it does call upwards, and has not about this message.

        One that is against the interface goes no further than to it.
        """
        if self.calls == 0 or any(each.key == asked.key for each in self.passed):
            return False
        return not self._registry.check_text(asked.infno, "request", self._encoding.encode(asked))

    def _let_time_pass(self, now: dt.datetime, key: Key) -> None:
        """Let the model give up what it waits for in vain, as the system under test has had to."""
        open_ = self.model.forwarded(key)
        if open_ is not None and key not in self._replies:
            self._perform_model(now, self.model.wake(max(open_.until, now), key))

    def _read_reply(self, now: dt.datetime, asked: Message, answer: Answer, wrong: list[Wrong]) -> Message | None:
        if answer.status != _OK:
            kind = STATUS if answer.status else NO_ANSWER
            if answer.why != LOST:
                wrong.append(
                    _wrong(kind, asked.infno, answer.line, f"HTTP {_OK}", answer.why or f"HTTP {answer.status}")
                )
            return None
        if files.is_file(asked, answer.body):
            return self._read_file(now, asked, answer, wrong)
        found = self._registry.check_text(asked.infno, "response", answer.body)
        wrong += [_of_schema(asked.infno, each, answer.line) for each in found]
        if found:
            return None
        body = schemas.parse(answer.body)
        assert isinstance(body, dict)
        reply = self._encoding.decode_reply(asked, body)
        if asked.infno == files.FETCH and reply.succeeded:
            wrong.append(_wrong(DIFFERS, asked.infno, answer.line, "a file", "a message", place="/output"))
        return reply

    def _read_file(self, now: dt.datetime, asked: Message, answer: Answer, wrong: list[Wrong]) -> Message:
        """Return the reply that a file is: its rows stand in a block of their own."""
        assert isinstance(self.model, Home)
        kept = files.kept_by(self.model, self.numbers.for_model(asked), now)
        came = files.fetched(answer.body, kept, self.numbers, self.people)
        wrong += [_different(DIFFERS, asked.infno, each, answer.line) for each in came.wrong]
        return reply_to(asked, {}, {files.BLOCK: came.rows})

    def _differences(self, expected: Message, reply: Message, line: int) -> list[Wrong]:
        if reply.infno == files.FETCH:  # what a file holds has been compared
            reply = reply._replace(blocks=expected.blocks)
        compared = passed_down if self._relays and expected in self.told else differences
        found = compared(self._registry, self.numbers, expected, reply)
        return [_different(DIFFERS, reply.infno, each, line) for each in found]

    # -- from the system under test -------------------------------------------------------------------------------

    def answer(self, now: dt.datetime, to: str, asked: Message, *, heard: bool = True) -> Message | None:
        """Answer a request that the system under test makes of another platform.

        Where the answer gets lost on its way (``heard``), the model does not hear it either.
        """
        with self._lock:
            reply = super().ask(now, to, asked, by=self.subject)
            if reply is not None and heard:
                self.told.append(reply)
                self._to_model(now, self.numbers.for_model(reply))
            return reply

    def of_its_own(self, asked: Message) -> bool:
        """Tell whether a system tells something of its own accord: the national interface says nothing of that."""
        return asked.is_bureau and asked.party == self.model.party

    def give_up(self, now: dt.datetime, key: Key) -> None:
        """Let those on the way give up what they wait for in vain, so that it may be asked again."""
        for node in self.nodes.values():
            open_ = node.forwarded(key)
            if open_ is not None:
                node.wake(max(open_.until, now), key)

    def expect_late(self, key: Key) -> None:
        """Note that an answer to the system under test comes late: it may have given up, and must know it by then."""
        self._late.add(key)

    def judge_asked(self, asked: Message, line: int, to: str) -> None:
        """Hold a request that the system under test made of a platform against what the model passes on."""
        with self._lock:
            self.passed.append(asked)
            place = asked.key, asked.infno
            self._expected.pop(place, None)
            expected = self._passed_on.get(place)  # which may come again
            if self.of_its_own(asked):
                return
            if expected is not None:
                found = changes(self._registry, self.numbers, expected.message, asked)
                if to != expected.to:
                    found = (Difference(("to",), expected.to, to), *found)
                self.wrong += [_different(FORWARDED, asked.infno, each, line) for each in found]
            else:
                self.wrong.append(_wrong(NOT_ASKED, asked.infno, line, "", asked.msgid))

    def judge_malformed(self, infno: str, found: Iterable[Finding], line: int) -> None:
        """Note what is wrong with a request of the system under test that is no message."""
        self.wrong += [_of_schema(infno, each, line) for each in found]

    def judge_denied(self, infno: str, why: str, line: int) -> None:
        """Note that a call of the system under test was not signed as agreed."""
        self.wrong.append(_wrong(SIGNATURE, infno, line, "", why))

    def fault_for(self, infno: str) -> Fault | None:
        """Return what is to happen to a call of the system under test, once."""
        found = next((each for each in self.faults if each.infno == infno), None)
        if found is not None:
            self.faults.remove(found)
        return found

    # -- the model ------------------------------------------------------------------------------------------------

    def _to_model(self, now: dt.datetime, message: Message) -> None:
        with self._lock:
            self._perform_model(now, self.model.handle(now, message))

    def _perform_model(self, now: dt.datetime, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                place = effect.message.key, effect.message.infno
                self._expected[place], self._passed_on[place] = effect.message, effect
            elif isinstance(effect, Reply):
                self._replies[effect.message.key] = effect.message


def _of_schema(infno: str, finding: Finding, line: int) -> Wrong:
    return Wrong(
        SCHEMA, infno, finding.pointer, str(finding.expected), str(finding.received), line, finding.zh, finding.en
    )


def _different(kind: str, infno: str, difference: Difference, line: int) -> Wrong:
    place = "/" + "/".join(map(str, difference.path))
    return _wrong(kind, infno, line, difference.expected, difference.received, place=place)


def _wrong(kind: str, infno: str, line: int, expected: Any = "", received: Any = "", *, place: str = "") -> Wrong:
    return Wrong(kind, infno, place, _said(expected), _said(received), line)


def _said(value: Any) -> str:
    return "" if value is None else str(value)
