"""Loads the insured side of a city: what the province passes on about its people who are treated elsewhere.

The hospitals, the cities of treatment and the province are platforms of the core in this process. A visit is lived
through once beforehand, with a model of the city in its place, and what reaches the model is what the city will be
sent: numbered, priced and classified as it should be by then. Only the number that the city gives a settlement is left
open, for the cancellation that follows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import NamedTuple

from simulator.core.network.relay import Relay
from simulator.core.platform.message import Message
from simulator.inputs.errors import InputError
from simulator.inputs.matching import Numbers
from simulator.traffic.calls import Call, Script
from simulator.traffic.oracle import Oracle
from simulator.traffic.people import person_of, take_of, traveller
from simulator.traffic.preparing import Prepared, expect_fits, is_sampled, load
from simulator.traffic.schedule import AWAY, Planned, Schedule
from simulator.traffic.target import Target
from simulator.traffic.wording import CANCELS, MDTRT_ID, SETL_ID, SETTLES, Worded, Wording

_SETTLES, _CANCELS = frozenset(SETTLES.values()), frozenset(CANCELS.values())


class _Passed(NamedTuple):
    """A request that reached the city, and what its model answered."""

    asked: Message
    reply: Message


def prepare_away(
    schedule: Schedule,
    target: Target,
    *,
    take: int = 1,
    day: dt.date | None = None,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> Prepared:
    """Return a take of a schedule of people whom a city insures, as the platform above sends it to the city.

    Raises InputError where schedule and target do not fit, and HookFailed.
    """
    if (schedule.head.city, schedule.head.side) != (target.city, AWAY) or not target.city:
        problem = f"is not of people insured in {target.city or 'one city'}"
        raise InputError(schedule.head.scenario, "", problem, "compile it for the city, side away")
    on = day or dt.date.fromisoformat(schedule.head.day)
    expect_fits(schedule, target._replace(role="province"), on)
    taken = take_of(schedule, take, on, target.prefix)
    load(schedule, target, taken)
    wording = Wording(schedule, taken, target.ground)
    living = _Living(target, on)
    registry = target.ground.network.national
    scripts = []
    for done, visit in enumerate(schedule.visits, 1):
        living.oracle.know(traveller(taken, visit, registry))
        calls = tuple(living.calls(visit, wording.words(visit, person_of(taken, visit))))
        scripts.append(Script(visit.number, visit.due_us, calls, {}, is_sampled(schedule, visit)))
        told(done, len(schedule.visits))
    parties = {target.above: target.credentials(target.above)}
    return Prepared(tuple(scripts), parties, target.from_above, schedule, target, taken, wording)


class _Living:
    """Lives visits through, and keeps what reaches the model of the city."""

    def __init__(self, target: Target, day: dt.date) -> None:
        self.oracle = Oracle(target.ground, day)
        self._target = target

    def calls(self, visit: Planned, words: Iterator[Worded]) -> Iterator[Call]:
        """Yield what the city is sent of a visit. Raises InputError where the core itself would refuse it."""
        numbers, given, relay = Numbers(), "", self.oracle.relay
        for worded in words:
            relay.hops.clear()
            now = dt.datetime.fromisoformat(str(worded.message.head["inf_time"]))
            reply = self.oracle.ask(now, numbers.for_model(worded.message))
            if reply is None or not reply.succeeded:
                said = reply.head.get("err_msg", "") if reply is not None else ""
                problem = f"has a visit ({visit.name}) that is refused: {said}"
                raise InputError(self._target.code, worded.message.infno, problem, "compile it anew for this target")
            _learn(numbers, reply)
            passed = _reaching(relay, self._target.code)
            if passed is not None:
                yield self._cut(passed.asked, worded.gap_us, given)
                if passed.asked.infno in _SETTLES:
                    given = str(passed.reply.rows("setlinfo")[0][SETL_ID])

    def _cut(self, asked: Message, gap_us: int, given: str) -> Call:
        """Return the call, with a hole where it names the settlement that the city has given a number."""
        body = self.oracle.wire.encode(asked)
        parts = tuple(body.split(given.encode())) if given and asked.infno in _CANCELS else (body,)
        learns = (SETL_ID,) if asked.infno in _SETTLES else ()
        return Call(asked.infno, self._target.above, gap_us, parts, (SETL_ID,) * (len(parts) - 1), learns)


def _learn(numbers: Numbers, reply: Message) -> None:
    """Take the numbers of a visit that a hospital is told, for the holes of its later messages."""
    for name, block in (("result", MDTRT_ID), ("data", MDTRT_ID), ("setlinfo", MDTRT_ID), ("setlinfo", SETL_ID)):
        found = reply.rows(name) if name in reply.blocks else ()
        if found and block in found[0]:
            numbers.pair(str(found[0][block]), f"<{block}>")


def _reaching(relay: Relay, city: str) -> _Passed | None:
    """Return the request that has just reached a city, with its answer."""
    asked = next((message for _, to, message in relay.hops if to == city and not message.is_reply), None)
    reply = next((message for by, _, message in relay.hops if by == city and message.is_reply), None)
    return _Passed(asked, reply) if asked is not None and reply is not None else None
