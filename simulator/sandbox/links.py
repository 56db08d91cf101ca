"""The way to a platform elsewhere: signed calls over HTTP, over connections that are kept.

How a call ends is one of three things, and never guessed: a reply (a refusal is one), *not sent* (nobody listens at the
address, or its gateway turns us away: told as the passing refusal ``upstream_down``), or *unknown*: it may have been
carried out. What broke off on the way is sent again under the same ``msgid``, signed anew, while the platform that asks
still waits; after that the call is only kept open, so that a late reply comes in when it comes.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
import time
from collections.abc import AsyncIterator, Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import schemas
from schemas.profiles import relaxed
from simulator.core.platform.message import Key, Message, reply_to
from simulator.core.platform.refusals import REFUSALS
from simulator.core.values.stamps import digits
from simulator.core.visits.lifecycle import CANCELS, SETTLES
from simulator.inputs.gateways import SCHEMES
from simulator.inputs.wire import Wire
from simulator.sandbox.clock import Clock
from simulator.sandbox.front import JSON
from simulator.sandbox.logs import Log
from simulator.sandbox.parties import Party
from simulator.sandbox.unreached import why_not_sent
from simulator.sandbox.wrong import Said

if TYPE_CHECKING:
    import aiohttp

LINGER = 5
"""How many times as long as the platform waits a call is kept open for a late reply."""
_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds before what broke off is sent again
_CONNECT_SECONDS = 5.0
_CONNECTIONS, _KEPT_SECONDS = 256, 8.0  # a server closes what idles for ten seconds or more
_LARGEST_REPLY = 8 << 20
_PIECE = 1 << 16
_MAY_COME_AGAIN = frozenset({408, 409, 425, 429})  # of the 4xx, those that are no judgement of the call
_SERVICE = "/callService"


class Peer(NamedTuple):
    """A platform elsewhere: its code, the address it is called at, and what it is called with.

    An address that ends in ``/callService`` is called as it stands, any other with the transaction's number after it.
    ``ca`` is a file of certificates to trust instead of the machine's.
    """

    code: str
    url: str
    sign: Party
    ca: str = ""

    @property
    def host(self) -> str:
        """Return host and port of the address, without anything secret that may stand before them."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def address(self, infno: str) -> str:
        """Return the address of a transaction."""
        return self.url if self.url.endswith(_SERVICE) else f"{self.url.rstrip('/')}/{infno}"


class _Ended(Enum):
    """How an attempt ended without a reply: nothing was sent, it was turned away at the door, or nobody knows."""

    NOT_SENT = "not sent"
    TURNED_AWAY = "turned away"
    UNKNOWN = "unknown"


class _Attempt(NamedTuple):
    ended: _Ended
    why: Said


def _ended(how: _Ended, why: str) -> _Attempt:
    return _Attempt(how, Said(why, why))


class NotSent:
    """The way to a platform that only calls and is not called; and how any link says that it sent nothing."""

    def __init__(self, code: str, clock: Clock) -> None:
        self._code, self._clock = code, clock
        self._said = 0

    async def ask(self, at: str, message: Message) -> Message:
        """Say that nothing was sent: there is no address."""
        return self.reply(message, "未给出地址")

    def reply(self, asked: Message, why: str) -> Message:
        """Return the refusal ``upstream_down``, in the place of the platform that cannot be reached."""
        refusal, stamp = REFUSALS["upstream_down"], digits(self._clock.now())
        self._said += 1
        head = {
            "inf_refmsgid": f"{self._code[:6]:0<6}{stamp[:14]}{8_000_000_000 + self._said:010d}",
            "refmsg_time": stamp,
            "respond_time": stamp,
            "err_msg": refusal.zh.format(f"{self._code}（{why}）"),
        }
        return reply_to(asked, head, {}, infcode=refusal.code)

    async def close(self) -> None:
        """Close nothing."""


class Link:
    """The way to one platform elsewhere; ``wait`` (seconds) is how long the platform here waits for an answer.

    ``log`` hears of every attempt that ended without a reply. Raises OSError where the peer's ``ca`` cannot be read.
    """

    def __init__(
        self,
        peer: Peer,
        registry: schemas.Registry,
        clock: Clock,
        *,
        wait: float,
        log: Log,
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        self.peer = peer
        self._registry, self._wire, self._clock = registry, Wire(registry), clock
        self._wait, self._log, self._unix_time = wait, log, unix_time
        self._asking: dict[Key, asyncio.Task[Any]] = {}
        self._open: aiohttp.ClientSession | None = None
        self._not_sent = NotSent(peer.code, clock)
        self._trusted = ssl.create_default_context(cafile=peer.ca) if peer.ca else True

    async def ask(self, at: str, message: Message) -> Message | None:
        """Send a request of platform ``at``; return its reply, None where the outcome is unknown.

        An earlier call under the same key is let go: both would be answered alike.
        """
        task = asyncio.current_task()
        assert task is not None
        earlier = self._asking.get(message.key)
        if earlier is not None:
            earlier.cancel()
        self._asking[message.key] = task
        try:
            async with asyncio.timeout(LINGER * self._wait):
                return await self._answered(message)
        except TimeoutError:
            return None
        finally:
            if self._asking.get(message.key) is task:
                del self._asking[message.key]

    async def close(self) -> None:
        """Close all connections."""
        if self._open is not None:
            await self._open.close()

    async def _answered(self, message: Message) -> Message | None:
        """Try until there is a reply or the time to try is over; return None for an unknown outcome."""
        body, unknown, turned_away = self._wire.encode(message), False, 0
        async for _ in _tries(self._wait):
            told = await self._attempt(message, body)
            if isinstance(told, Message):
                return told
            ended, why = told
            about = {"infno": message.infno, "msgid": message.msgid, "to": self.peer.code, "at": self.peer.host}
            self._log.say("no reply", level="warning", **about, ended=ended.value, why=why.en)
            unknown = unknown or ended is _Ended.UNKNOWN
            turned_away += ended is _Ended.TURNED_AWAY
            # The first 401 may be about a copy that the network made: the request itself has been taken in then.
            if not unknown and (ended is _Ended.NOT_SENT or turned_away > 1):
                return self._not_sent.reply(message, why.zh)
        return None

    async def _attempt(self, message: Message, body: bytes) -> Message | _Attempt:
        """Send a request once, signed for this once."""
        import aiohttp  # noqa: PLC0415 (late: a process without links starts without it)

        try:
            async with self._session().post(
                self.peer.address(message.infno), data=body, headers=self._signed(message.infno), allow_redirects=False
            ) as answer:
                text = bytearray()
                async for piece in answer.content.iter_chunked(_PIECE):
                    text += piece
                    if len(text) > _LARGEST_REPLY:
                        return _ended(_Ended.UNKNOWN, "reply too large")
                return self._read(message, answer.status, bytes(text))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as problem:
            return _Attempt(_Ended.NOT_SENT, why_not_sent(problem))
        except (aiohttp.ClientError, OSError) as problem:
            return _ended(_Ended.UNKNOWN, type(problem).__name__)

    def _read(self, asked: Message, status: int, text: bytes) -> Message | _Attempt:
        if status != 200:
            judged = 300 <= status < 500 and status not in _MAY_COME_AGAIN
            return _ended(_Ended.TURNED_AWAY if judged else _Ended.UNKNOWN, f"HTTP {status}")
        try:
            body = relaxed(schemas.parse(text), self._registry.profile)
            if not isinstance(body, dict) or not self._registry.validator(asked.infno, "response").is_valid(body):
                return _ended(_Ended.UNKNOWN, "the reply is not as its schema says")
            reply = self._wire.decode_reply(asked, body)
        except (ValueError, schemas.BadText):  # no JSON, or a number with more decimals than its field
            return _ended(_Ended.UNKNOWN, "the reply cannot be read")
        missing = _missing(reply)
        return _ended(_Ended.UNKNOWN, f"the reply has no {missing}") if missing else reply

    def _signed(self, infno: str) -> dict[str, str]:
        sign = self.peer.sign
        scheme = SCHEMES.get(sign.scheme)
        nonce = secrets.token_hex(16)
        signed = scheme.headers(sign.key_id, sign.secret, infno, self._unix_time(), nonce) if scheme else {}
        return {"content-type": JSON, **signed}

    def _session(self) -> aiohttp.ClientSession:
        if self._open is None:
            import aiohttp  # noqa: PLC0415 (late, see above)

            self._open = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEPT_SECONDS, ssl=self._trusted),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(_CONNECT_SECONDS, self._wait / 2)),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._open


async def _tries(seconds: float) -> AsyncIterator[int]:
    """Yield the numbers of attempts, with growing pauses between them, until so many seconds are over."""
    last, number = time.monotonic() + seconds, 0
    while True:
        yield number
        pause = _PAUSES[min(number, len(_PAUSES) - 1)]
        if time.monotonic() + pause >= last:
            return
        await asyncio.sleep(pause)
        number += 1


def _missing(reply: Message) -> str:
    """Return what platforms cannot do without and the schema leaves out: when a settlement was made."""
    if not reply.succeeded or reply.infno not in {*SETTLES, *CANCELS}:
        return ""
    rows = reply.rows("setlinfo")
    return "" if rows and all(row.get("setl_time") for row in rows) else "setl_time"
