"""Plays the province behind a city under load: the platform above it, all other cities, and what lies beyond.

Think of a switchboard with a colleague in every town: whoever the city rings is there at once and answers by the book,
and notes how long the city has been on the line. It runs in a process of its own, so that answering takes nothing from
the generator; the time the city waited is told apart, so that its own time can be.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import multiprocessing
import socket
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import schemas
from simulator.core.benefit.shares import Shares
from simulator.core.platform.message import Message
from simulator.inputs.errors import InputError
from simulator.traffic.findings import FORWARDED, Finding
from simulator.traffic.judging import read_reply, request_of, shares_of
from simulator.traffic.measuring import Measured
from simulator.traffic.oracle import Oracle
from simulator.traffic.people import Take, take_of, traveller
from simulator.traffic.preparing import Prepared
from simulator.traffic.resolving import msgid_of
from simulator.traffic.schedule import Schedule
from simulator.traffic.seen import OK
from simulator.traffic.target import Target

SETTLING = frozenset({"2304", "2305", "2207", "2208", "2102", "2103"})
_BEIJING = dt.timezone(dt.timedelta(hours=8))
_LARGEST = 8 << 20
_US = 1_000_000
_START_SECONDS, _END_SECONDS = 60.0, 15.0
_JSON = (b"content-type", b"application/json;charset=utf-8")


class Answered(NamedTuple):
    """A call of the city: how long it waited for us, in microseconds, and the amounts we told where it settled."""

    waited_us: int
    shares: tuple[int, ...] = ()


class Heard(NamedTuple):
    """All calls of the city, by transaction and msgid; ``unread`` counts those that were no messages."""

    calls: Mapping[tuple[str, str], Answered]
    unread: int = 0


class Own(NamedTuple):
    """A call as the hospital saw it: how long it took, and how long of that the city waited for us; microseconds."""

    infno: str
    took_us: int
    waited_us: int

    @property
    def own_us(self) -> int:
        """Return the city's own time."""
        return max(self.took_us - self.waited_us, 0)


class Listening:
    """The province while it listens; ``url`` is where the city calls it."""

    def __init__(self, pipe: Connection, process: Any, url: str) -> None:
        self._pipe, self._process, self.url = pipe, process, url
        self._heard: Heard | None = None

    def heard(self) -> Heard:
        """Stop listening and return what was heard."""
        if self._heard is None:
            self._pipe.send(None)
            self._heard = self._pipe.recv() if self._pipe.poll(_END_SECONDS) else Heard({})
        return self._heard


@contextmanager
def listening(
    schedule: Schedule, target: Target, *, take: int = 1, day: dt.date | None = None, delay_ms: float = 0.0
) -> Iterator[Listening]:
    """Listen as the province, knowing the people of a take; each answer is given ``delay_ms`` after the call came.

    Raises InputError where the address cannot be listened at.
    """
    taken = take_of(schedule, take, day, target.prefix)
    bound = _bound(target.host, target.port)
    mine, its = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=_serve, args=(partial(_Province, schedule, target, taken, delay_ms / 1000), bound, its), daemon=True
    )
    process.start()
    its.close()
    try:
        port = bound.getsockname()[1]
        bound.close()
        if not mine.poll(_START_SECONDS) or mine.recv() != "ready":
            raise InputError("upstream", "", "could not be begun", "look for what the child process has said")
        yield Listening(mine, process, f"http://{target.host}:{port}")
    finally:
        process.terminate()
        process.join(_END_SECONDS)
        mine.close()


def own_times(prepared: Prepared, measured: Measured, heard: Heard) -> list[Own]:
    """Return the calls of sampled visits that the city passed on, with its own time and the time it waited."""
    found = []
    for seen in measured.samples:
        msgid = msgid_of(prepared.scripts[seen.visit].calls[seen.step])
        passed = heard.calls.get((seen.infno, msgid))
        if seen.outcome == OK and passed is not None:
            found.append(Own(seen.infno, (seen.answered_ns - seen.sent_ns) // 1000, passed.waited_us))
    return found


def mirror(prepared: Prepared, measured: Measured, heard: Heard) -> list[Finding]:
    """Return where hospitals were told otherwise than the city of insurance has decided, or it was never asked."""
    wire, found = Oracle.reader(), []
    for kept in measured.settled:
        call = prepared.scripts[kept.visit].calls[kept.step]
        passed = heard.calls.get((call.infno, msgid_of(call)))
        asked = request_of(prepared, kept.visit, kept.step)
        told = shares_of(read_reply(wire, asked, kept.reply))
        if passed is None or not passed.shares:
            zh = f"就诊{kept.visit}的{call.infno}已答医院，参保地却没有办理"
            en = f"visit {kept.visit}: the hospital was answered {call.infno}, which the city of insurance has not done"
            found.append(Finding(FORWARDED, call.infno, kept.visit, "", "passed on", "not", zh, en, b"", kept.reply))
        elif told is not None and tuple(told) != passed.shares:
            found.append(_otherwise(kept.visit, call.infno, Shares(*passed.shares), told))
    return found


def _otherwise(visit: int, infno: str, decided: Shares, told: Shares) -> Finding:
    name = next(each for each in Shares._fields if getattr(told, each) != getattr(decided, each))
    left, right = f"{getattr(decided, name)}", f"{getattr(told, name)}"
    zh = f"就诊{visit}的{infno}：参保地的{name}为{left}分，医院得知{right}分"
    en = f"visit {visit}: {infno}: {name} is {left} fen at the city of insurance and {right} at the hospital"
    return Finding(FORWARDED, infno, visit, f"/output/setlinfo/{name}", left, right, zh, en)


# -- the process ----------------------------------------------------------------------------------------------------


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except (OSError, OverflowError) as problem:
        bound.close()
        reason = getattr(problem, "strerror", None) or str(problem)
        cure = "choose another port, or end the process that has it"
        raise InputError("upstream", "", f"{host}:{port} cannot be listened at ({reason})", cure) from None
    bound.listen(1024)
    return bound


def _serve(make: Callable[[], _Province], bound: socket.socket, pipe: Connection) -> None:
    """Serve until told to stop, then say what was heard."""
    import uvicorn  # noqa: PLC0415 (late: only who listens needs it)
    import uvloop  # noqa: PLC0415 (late, as above)

    province = make()
    config = uvicorn.Config(
        province, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False, date_header=False
    )
    server = uvicorn.Server(config)

    async def whole() -> None:
        asyncio.get_running_loop().add_reader(pipe.fileno(), setattr, server, "should_exit", True)
        pipe.send("ready")
        await server.serve(sockets=[bound])

    uvloop.run(whole())
    pipe.send(Heard(province.calls, province.unread))
    pipe.close()


class _Province:
    """Answers what a city asks of the platform above, by the core's platforms; an ASGI application."""

    def __init__(self, schedule: Schedule, target: Target, take: Take, delay: float) -> None:
        self._oracle = Oracle(target.ground, take.day)
        self._city, self._above, self._delay = target.code, target.above, delay
        registry = target.ground.network.national
        for visit in schedule.visits:
            if registry.city_of(visit.insured) != target.code:
                self._oracle.know(traveller(take, visit, registry))
        self.calls: dict[tuple[str, str], Answered] = {}
        self.unread = 0

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        """Answer one call."""
        begun = time.perf_counter()
        body = await _read(receive)
        status, answer, key, shares = self._answer(body)
        if self._delay:
            await asyncio.sleep(max(self._delay - (time.perf_counter() - begun), 0.0))
        if key is not None:
            before = self.calls.get(key, Answered(0))
            waited = before.waited_us + round((time.perf_counter() - begun) * _US)
            self.calls[key] = Answered(waited, shares or before.shares)
        head = [_JSON, (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": answer})

    def _answer(self, body: bytes) -> tuple[int, bytes, tuple[str, str] | None, tuple[int, ...]]:
        asked = self._read(body)
        if asked is None:
            self.unread += 1
            return 400, b"{}", None, ()
        reply = self._oracle.relayed(dt.datetime.now(_BEIJING).replace(tzinfo=None), self._above, asked, self._city)
        key = asked.infno, asked.msgid
        if reply is None:
            return 503, b"{}", key, ()
        shares = shares_of(reply) if reply.succeeded and asked.infno in SETTLING else None
        return 200, self._oracle.wire.encode(reply), key, tuple(shares or ())

    def _read(self, body: bytes) -> Message | None:
        try:
            parsed = schemas.parse(body)
            return self._oracle.wire.decode_request(parsed) if isinstance(parsed, dict) else None
        except (ValueError, KeyError, TypeError, schemas.BadText):
            return None


async def _read(receive: Any) -> bytes:
    pieces: list[bytes] = []
    while True:
        event: MutableMapping[str, Any] = await receive()
        pieces.append(event.get("body", b""))
        if not event.get("more_body") or sum(map(len, pieces)) > _LARGEST:
            return b"".join(pieces)


def worst(found: Sequence[Own], share: float) -> dict[str, int]:
    """Return a quantile of the city's own time in microseconds, by transaction."""
    by_infno: dict[str, list[int]] = {}
    for own in found:
        by_infno.setdefault(own.infno, []).append(own.own_us)
    return {infno: sorted(each)[min(int(share * len(each)), len(each) - 1)] for infno, each in sorted(by_infno.items())}
