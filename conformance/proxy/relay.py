"""Carries calls to the upstream and answers back, byte for byte, and tells of each when it is over.

Method, address, headers and body pass as they are, in the pieces in which they come; only what belongs to one
connection (RFC 9110, 7.6.1) is made anew on each side. Nothing is answered in the name of the upstream: where it does
not answer, HTTP 502 or 504 says whose that is.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import NamedTuple

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from conformance.proxy.exchange import (
    CALLER_GONE,
    OUR_FAULT,
    UPSTREAM_AWAY,
    UPSTREAM_BROKE,
    UPSTREAM_SLOW,
    WHYS,
    Copy,
    Copying,
    Exchange,
)
from simulator.sandbox.clock import machine

_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"}
    | {"te", "trailer", "transfer-encoding", "upgrade"}
)
_MADE_HERE = _HOP_BY_HOP | {"host", "expect"}  # a caller that waits for a 100 gets it from us
_THEIRS = web.ResponseKey("theirs", frozenset)  # names of the headers of a reply that is passed on
_NOT_ADDED = frozenset({"User-Agent", "Accept", "Accept-Encoding", "Content-Type"})
_CONNECT_SECONDS, _IDLE_SECONDS = 5.0, 2.0
HEAD_BYTES = 1 << 16
"""The longest line of a head that is passed on."""
_STATUS = {UPSTREAM_AWAY: 502, UPSTREAM_BROKE: 502, UPSTREAM_SLOW: 504, OUR_FAULT: 500}


class Link(NamedTuple):
    """Where calls go and with what patience: ``to`` without a slash at its end, ``tls`` to trust it.

    ``most`` are the bytes of a body that are held for judging.
    """

    to: str
    seconds: float = 120.0
    most: int = 4 << 20
    tls: ssl.SSLContext | None = None


class Relay:
    """Passes calls on; ``told`` hears of every exchange and must return at once."""

    def __init__(self, link: Link, told: Callable[[Exchange], None]) -> None:
        self._link, self._told = link, told
        self.reached = False  # the upstream has answered something

    def application(self) -> web.Application:
        """Return the application that takes the calls."""
        app = web.Application()
        app.router.add_route("*", "/{anything:.*}", self._pass)
        app.on_response_prepare.append(_leave_as_it_was)
        app.cleanup_ctx.append(self._session)
        return app

    async def _session(self, app: web.Application) -> AsyncIterator[None]:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_SECONDS, ssl=self._link.tls or True)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=self._link.seconds)
        async with aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            auto_decompress=False,
            skip_auto_headers=_NOT_ADDED,
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=HEAD_BYTES,
            max_field_size=HEAD_BYTES,
        ) as self._client:
            yield

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        one = _Passing(request, self._link.most)
        try:
            return await self._answered(one)
        except (asyncio.CancelledError, ConnectionError):  # the caller has left
            one.why = one.why or CALLER_GONE
            raise
        except Exception as problem:  # ours: the caller is told so, and nothing in the name of the upstream
            logging.getLogger(__name__).error("a call was not passed on: %s", type(problem).__name__)
            one.why = one.why or OUR_FAULT
            if one.status:
                raise
            return _own_answer(OUR_FAULT)
        finally:
            self._told(one.exchange())

    async def _answered(self, one: _Passing) -> web.StreamResponse:
        request = one.request
        try:
            reply = await self._client.request(
                request.method,
                URL(self._link.to + request.raw_path, encoded=True),
                headers=_passed_on(request.raw_headers, _MADE_HERE),
                data=one.asking() if request.body_exists else None,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, OSError, TimeoutError) as problem:
            if one.caller_broke:
                raise ConnectionResetError from problem
            one.why = _why(problem)
            return _own_answer(one.why)
        async with reply:
            self.reached = True
            return await _streamed(one, reply)


async def _streamed(one: _Passing, reply: aiohttp.ClientResponse) -> web.StreamResponse:
    """Pass a reply on; one that breaks off breaks off for the caller too."""
    one.begin(reply)
    answer = web.StreamResponse(
        status=reply.status, reason=reply.reason, headers=_passed_on(reply.raw_headers, _HOP_BY_HOP)
    )
    answer[_THEIRS] = frozenset(name.lower() for name in answer.headers)
    await answer.prepare(one.request)
    parts = reply.content.iter_any().__aiter__()
    while True:
        try:
            part = await anext(parts, None)
        except (aiohttp.ClientError, OSError, TimeoutError) as problem:
            one.why = UPSTREAM_SLOW if isinstance(problem, TimeoutError) else UPSTREAM_BROKE
            if one.request.transport is not None:
                one.request.transport.abort()
            raise ConnectionResetError from problem
        if part is None:
            break
        one.told.add(part)
        await answer.write(part)
    await answer.write_eof()
    return answer


class _Passing:
    """A call that is being passed on, with copies of what goes by."""

    def __init__(self, request: web.Request, most: int) -> None:
        self.request, self._most = request, most
        self.asked = Copying(most, request.headers)
        self.told = Copying(most, {})
        self.status, self.why, self.caller_broke = 0, "", False
        self._at, self._begun = machine(), time.perf_counter()

    async def asking(self) -> AsyncIterator[bytes]:
        """Yield the body of the call as it comes."""
        try:
            async for part in self.request.content.iter_any():
                self.asked.add(part)
                yield part
        except (aiohttp.ClientError, OSError, web.HTTPException):
            self.caller_broke = True
            raise

    def begin(self, reply: aiohttp.ClientResponse) -> None:
        """Note that a reply has begun."""
        self.status = reply.status
        self.told = Copying(self._most, reply.headers)

    def exchange(self) -> Exchange:
        """Return what came of it."""
        told: Copy = self.told.copy()
        return Exchange(
            self._at,
            round(time.perf_counter() - self._begun, 4),
            self.request.method,
            self.request.raw_path,
            self.asked.copy(),
            self.status,
            told,
            self.why,
        )


def _passed_on(headers: Iterable[tuple[bytes, bytes]], left_out: frozenset[str]) -> CIMultiDict[str]:
    """Return headers as they came, without those of one connection and those its ``Connection`` names."""
    pairs = [
        (name.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape")) for name, value in headers
    ]
    named = {each.strip().lower() for name, value in pairs if name.lower() == "connection" for each in value.split(",")}
    return CIMultiDict((name, value) for name, value in pairs if name.lower() not in left_out | named)


async def _leave_as_it_was(request: web.Request, answer: web.StreamResponse) -> None:
    """Take away what the library adds to a reply that is not ours."""
    theirs = answer.get(_THEIRS)
    if theirs is not None:
        for name in ("Server", "Date", "Content-Type"):
            if name.lower() not in theirs:
                answer.headers.popall(name, None)


def _why(problem: BaseException) -> str:
    if isinstance(problem, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return UPSTREAM_AWAY
    return UPSTREAM_SLOW if isinstance(problem, TimeoutError) else UPSTREAM_BROKE


def _own_answer(why: str) -> web.Response:
    """Return what a caller is told in our own name, where the upstream has not answered."""
    zh, en = WHYS[why]
    said = {"code": _STATUS[why], "message": f"yidi proxy：{zh} (yidi proxy: {en})", "from": "yidi proxy"}
    return web.Response(
        status=_STATUS[why], body=json.dumps(said, ensure_ascii=False).encode(), content_type="application/json"
    )
