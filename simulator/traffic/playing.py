"""Plays visits in one process: each arrives when it is due, whatever the target does; its calls follow each other."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import Any, NamedTuple, cast

from simulator.traffic.address import Address, Heads
from simulator.traffic.calls import Script
from simulator.traffic.connections import Connection, Pool, Sent
from simulator.traffic.measuring import Progress
from simulator.traffic.pacing import Alarm, now_ns
from simulator.traffic.recording import EXAMPLES, Kept, Recorder
from simulator.traffic.replies import NoReply, infcode_of, learn
from simulator.traffic.seen import MALFORMED, OK, REFUSED, UNKNOWN, UNSENT, Seen
from simulator.traffic.whys import LACKS, NO_REPLY, NO_VALUE, NONE_FREE, RUN_OVER, STATUS, TIMED_OUT

_SECOND, _MICROSECONDS = 10**9, 10**6
_BATCH = 16  # calls sent before the loop is let write them and read what came
_GRAIN_NS = 100_000  # no two wake-ups are nearer than this
_LOOK_SECONDS = 0.05  # how often it is looked whether somebody waits in vain or the run is to stop
_WARM = 16  # connections made before the run
_NEVER = 1 << 62
_GOOD = 200
_SETTLED_OR_UNSENT = frozenset({OK, UNSENT})
_IN_VAIN = frozenset({TIMED_OUT, NONE_FREE})


class Play(NamedTuple):
    """How a run is to be played.

    ``seconds`` is how long it offers at least, ``wait_seconds`` how long a call is waited for, ``keeps`` the
    transactions whose successful replies are kept.
    """

    seconds: float
    connections: int
    wait_seconds: float
    keeps: frozenset[str] = frozenset()


class Visit:
    """A visit that has begun, and its call at present: when it was due and when sent, in ``now_ns``; its body."""

    __slots__ = ("body", "due", "known", "script", "sent", "step")

    def __init__(self, script: Script) -> None:
        self.script, self.known = script, script.known
        self.due = self.sent = self.step = 0
        self.body = b""


class Playing:
    """A run in one process. ``scripts`` come in the order in which they are due."""

    def __init__(
        self,
        scripts: Sequence[Script],
        to: Address,
        heads: Heads,
        play: Play,
        *,
        told: Callable[[Progress], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        self.recorder = Recorder()
        self.stopped = False
        self.offering = max(play.seconds, max((script.due_us for script in scripts), default=0) / _MICROSECONDS)
        self._scripts, self._heads, self._play, self._told, self._stop = scripts, heads, play, told, stop
        self._wait_ns = int(play.wait_seconds * _SECOND)
        self._next = 0
        self._later: list[tuple[int, int, Visit]] = []
        self._numbers = itertools.count()
        self._waiting: deque[Visit] = deque()
        self._in_flight = self._in_play = 0
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(self._fail)
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._alarm, self._alarm_at = Alarm(self._ring), _NEVER
        self._pool = Pool(to, self, play.connections, play.wait_seconds)
        self._free = self._pool.free

    async def warm(self) -> None:
        """Make the first connections."""
        await self._pool.warm(_WARM)

    async def run(self, begin_ns: int) -> int:
        """Play until every visit has ended or nobody is waited for any longer; return how long it took (ns)."""
        self._begin = begin_ns
        planned_us = max(map(_planned_us, self._scripts), default=0)
        self._end = begin_ns + max(int(self.offering * _SECOND), planned_us * 1000) + self._wait_ns
        self.recorder.start()
        looking = self._loop.create_task(self._look())
        self._ring()
        await asyncio.wait({self._over, looking}, return_when=asyncio.FIRST_COMPLETED)
        looking.cancel()
        self._alarm.close()
        for each in (self._over, looking):
            if each.done() and not each.cancelled() and each.exception():
                await self._pool.close()
                each.result()
        self._cut()
        took_ns = now_ns() - begin_ns
        self._close_seconds(took_ns)
        if took_ns > _SECOND * len(self.recorder.line):
            self.recorder.close_second(0, 0)
        await self._pool.close()
        self.recorder.connections = self._pool.made
        return took_ns

    # What is due.

    def _ring(self) -> None:
        """Begin what is due; a few at a time, so that they are written and replies are read in between."""
        if self._over.done():
            return
        self._alarm_at = 0  # awake: nobody else need set it
        for _ in range(_BATCH):
            now, due = now_ns(), self._next_due()
            if due > now:
                self._wake_at(max(due, now + _GRAIN_NS))
                return
            if self._later and self._later[0][0] == due:
                self._offer(heappop(self._later)[2], due, now)
            else:
                self._begin_visit(due, now)
        self._loop.call_soon(self._ring)

    def _next_due(self) -> int:
        later = self._later[0][0] if self._later else _NEVER
        if self._next == len(self._scripts):
            return later
        first = self._begin + self._scripts[self._next].due_us * 1000
        return later if later < first else first

    def _wake_at(self, at_ns: int) -> None:
        self._alarm_at = at_ns
        if at_ns < _NEVER:
            self._alarm.set(at_ns)

    def _begin_visit(self, due: int, now: int) -> None:
        visit = Visit(self._scripts[self._next])
        self._next += 1
        self._in_play += 1
        self.recorder.begun += 1
        self._offer(visit, due, now)

    def _offer(self, visit: Visit, due: int, now: int) -> None:
        """Send the present call of a visit, or let it wait for a connection."""
        visit.due, visit.sent = due, 0
        self._in_flight += 1
        call = visit.script.calls[visit.step]
        try:
            visit.body = call.body(visit.known)
        except KeyError as missing:
            self.recorder.offered(due - self._begin, now - self._begin)
            self._ended(visit, UNSENT, 0, now, f"{NO_VALUE}: {missing.args[0]}")
            return
        if self._free:
            self._send(visit, self._free.pop())
            now = visit.sent
        else:
            self._waiting.append(visit)
            self.recorder.waited += 1
            self._pool.want(len(self._waiting))
        self.recorder.offered(due - self._begin, now - self._begin)

    def _send(self, visit: Visit, line: Connection) -> None:
        call = visit.script.calls[visit.step]
        request = self._heads.request(call.party, call.infno, visit.body)
        visit.sent = now_ns()
        line.send(visit, request)
        self.recorder.sent(visit.sent - self._begin)

    # What the pool tells.

    def wanting(self) -> int:
        """Return how many calls wait for a connection."""
        return len(self._waiting)

    def freed(self, line: Connection) -> None:
        """Send the call that has waited longest, if one does."""
        if self._waiting:
            self._send(self._waiting.popleft(), line)
        else:
            self._free.append(line)

    def answered(self, call: Sent, status: int, body: bytes, at_ns: int) -> None:
        """Read a reply."""
        visit = cast(Visit, call)
        if status != _GOOD:
            self._ended(visit, MALFORMED, status, at_ns, f"{STATUS}: {status}", reply=body)
            return
        try:
            code = infcode_of(body)
            lacks = "" if code else self._learn(visit, body)
        except NoReply as problem:
            self._ended(visit, MALFORMED, status, at_ns, f"{NO_REPLY}: {problem}", reply=body)
            return
        if lacks:
            self._ended(visit, MALFORMED, status, at_ns, f"{LACKS}: {lacks}", reply=body)
        else:
            self._ended(visit, REFUSED if code else OK, code, at_ns, reply=body)

    def broken(self, call: Sent, why: str, at_ns: int, *, answered: bool) -> None:
        """End a call that gets no reply."""
        self._ended(cast(Visit, call), MALFORMED if answered else UNKNOWN, 0, at_ns, why)

    def unreached(self, why: str) -> None:
        """End the calls that wait for a connection: none can be made."""
        for _ in range(len(self._waiting)):
            self._ended(self._waiting.popleft(), UNSENT, 0, now_ns(), why)

    def _learn(self, visit: Visit, body: bytes) -> str:
        """Keep what later calls need of a reply; return the name of what it lacks."""
        learns = visit.script.calls[visit.step].learns
        if learns:
            found = {name: learn(body, name) for name in learns}
            told = {name: value for name, value in found.items() if value is not None}
            if len(told) < len(found):
                return next(name for name in found if name not in told)
            visit.known = {**visit.known, **told}
        return ""

    # How calls and visits end.

    def _ended(self, visit: Visit, outcome: str, code: int, at_ns: int, why: str = "", *, reply: bytes = b"") -> None:
        self._in_flight -= 1
        begin, recorder, script = self._begin, self.recorder, visit.script
        call = script.calls[visit.step]
        in_vain = why in _IN_VAIN
        number = recorder.ended(call.infno, visit.due - begin, at_ns - begin, outcome, code, waited=in_vain)
        if reply and outcome != MALFORMED:
            recorder.served(call.infno, visit.sent, at_ns)
        example = outcome != OK and number <= EXAMPLES
        kept = call.infno in self._play.keeps
        unsettled = kept and outcome not in _SETTLED_OR_UNSENT
        if example or script.sampled or unsettled:
            answered_ns = at_ns - begin if reply or outcome == MALFORMED else 0
            seen = self._seen(visit, answered_ns, outcome, code, why)._replace(reply=reply)
            recorder.keep(seen, example=example, sampled=script.sampled, unsettled=unsettled)
        if outcome == OK and kept:
            recorder.settled.append(Kept(script.number, visit.step, reply))
        if outcome == OK and visit.step + 1 < len(script.calls):
            self._go_on(visit, at_ns)
            return
        if outcome == OK:
            recorder.visited(script.due_us * 1000, at_ns - begin)
        else:
            recorder.not_reached.update(later.infno for later in script.calls[visit.step + 1 :])
        self._leave()

    def _seen(self, visit: Visit, answered_ns: int, outcome: str, code: int, why: str) -> Seen:
        script, begin = visit.script, self._begin
        times = visit.due - begin, visit.sent - begin if visit.sent else 0, answered_ns
        infno = script.calls[visit.step].infno
        return Seen(infno, script.number, visit.step, *times, outcome, code, why, visit.body)

    def _go_on(self, visit: Visit, at_ns: int) -> None:
        visit.step += 1
        gap_us = visit.script.calls[visit.step].gap_us
        if not gap_us:
            self._offer(visit, at_ns, now_ns())
            return
        due = at_ns + gap_us * 1000
        heappush(self._later, (due, next(self._numbers), visit))
        if due < self._alarm_at:
            self._wake_at(due)

    def _leave(self) -> None:
        self._in_play -= 1
        if not self._in_play and self._next == len(self._scripts):
            self._finish()

    def _fail(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """End the run with what went wrong in here; what goes wrong on the wire its connection says itself."""
        problem = context.get("exception")
        if problem is not None and not isinstance(problem, OSError) and not self._over.done():
            self._over.set_exception(problem)

    def _finish(self) -> None:
        if not self._over.done():
            self._over.set_result(None)

    def _cut(self) -> None:
        """End what is still under way: the run is over."""
        at_ns = now_ns()
        for _, _, visit in self._later:
            self.recorder.not_reached.update(later.infno for later in visit.script.calls[visit.step :])
        for call in self._pool.take_calls():
            self._ended(cast(Visit, call), UNKNOWN, 0, at_ns, RUN_OVER)
        while self._waiting:
            self._ended(self._waiting.popleft(), UNSENT, 0, at_ns, RUN_OVER)

    # What time brings.

    async def _look(self) -> None:
        """Give up what was waited for too long, close seconds, and stop when it is time or somebody says so."""
        while True:
            now = now_ns()
            self._pool.give_up_before(now - self._wait_ns)
            while self._waiting and self._waiting[0].due <= now - self._wait_ns:
                self._ended(self._waiting.popleft(), UNSENT, 0, now, NONE_FREE)
            self._close_seconds(now - self._begin)
            self.stopped = bool(self._stop and self._stop())
            if self.stopped or now >= self._end or not (self._in_play or self._next < len(self._scripts)):
                self._finish()
                return
            left = self._begin + _SECOND * (len(self.recorder.line) + 1) - now
            await asyncio.sleep(min(_LOOK_SECONDS, left / _SECOND))

    def _close_seconds(self, passed_ns: int) -> None:
        while passed_ns >= _SECOND * (len(self.recorder.line) + 1):
            second = self.recorder.close_second(self._in_flight, self._in_play)
            if self._told:
                self._told(Progress(second, self.offering, *self.recorder.totals()))


def _planned_us(script: Script) -> int:
    """Return when the last call of a visit would be due if every reply came at once."""
    return script.due_us + sum(call.gap_us for call in script.calls)
