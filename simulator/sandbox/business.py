"""The business port: both address styles seen in the field, over ASGI, with limits of size and patience."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

from simulator.inputs.packed_files import NotPacked, from_form
from simulator.sandbox.front import ENDING, JSON, Answer, Front
from simulator.sandbox.limits import Limits
from simulator.sandbox.parties import Party

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_PAGES = ("/docs/", "/messages/", "/visits/")  # of the console, whose last part may look like a transaction
CALL_SERVICE = "/fsi/api/rsfComIfsService/callService"
_BY_NUMBER = re.compile(r"/(?:[A-Za-z0-9_]+/)*([A-Z]?[0-9]{3,4})")
_FORM, _FILE = "multipart/form-data", "application/octet-stream"
_PIECES_A_SECOND = 10  # of a body that a fault slows
_LINGER_SECONDS, _LINGER_BYTES = 1.0, 8 << 20


class Business:
    """Takes calls at ``POST {base}/{infno}`` and ``POST …/callService``; everything else goes to ``others``.

    Who calls is asked before the body is read. A body beyond its limit gets HTTP 413, one that is not whole in time
    408, and 429 where all that are on their way are too much together; ``told`` hears of these, as the front tells of
    what it answers.
    """

    def __init__(
        self,
        front: Front,
        others: App,
        told: Callable[[Answer, float], None],
        *,
        limits: Limits = Limits(),  # noqa: B008  # a value that nobody changes
    ) -> None:
        self._front = front
        self._others = others
        self._told = told
        self._limits = limits
        self._held = 0  # bytes of bodies on their way in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        infno = _infno(scope["path"]) if scope["type"] == "http" else None
        if infno is None:
            await self._others(scope, receive, send)
            return
        if scope["method"] in {"GET", "HEAD"} and scope["path"].startswith(_PAGES):
            await self._others(scope, receive, send)
            return
        if scope["method"] != "POST":
            await _turn_away(receive, send, NOT_POST)
            return
        try:
            await self._serve(infno, scope, receive, send)
        except asyncio.CancelledError:  # the process ends, and will not wait any longer
            with contextlib.suppress(RuntimeError):  # half an answer is out already: the connection is closed on it
                await _reply(send, ENDING, close=True)

    async def _serve(self, infno: str, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        came_from = str(client[0]) if client else ""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        party = self._front.admit(infno, headers)
        body = party if isinstance(party, Answer) else await self._body(headers, receive)
        if isinstance(body, Answer) or isinstance(party, Answer):
            assert isinstance(body, Answer)
            name = "" if isinstance(party, Answer) else party.key_id
            turned_away = body._replace(party=body.party or name, came_from=came_from)
            self._told(turned_away, 0.0)
            await _turn_away(receive, send, turned_away)
            return
        answer = await self._answer(party, infno, headers, body, came_from)
        if answer.status:
            await _reply(send, answer, close=False)
        else:  # a fault took the reply away: the caller waits until it gives up
            while (await receive())["type"] != "http.disconnect":
                pass

    async def _answer(self, party: Party, infno: str, headers: dict[str, str], body: bytes, came_from: str) -> Answer:
        kind = headers.get("content-type", "")
        if kind.lower().startswith(_FORM):
            try:
                body = await asyncio.to_thread(from_form, kind, body)  # a long one takes its time
            except NotPacked as problem:
                return self._front.unreadable(party, infno, problem.zh)
        return await self._front.answer_to(party, infno, body, came_from)

    async def _body(self, headers: dict[str, str], receive: Receive) -> bytes | Answer:
        declared = headers.get("content-length", "0")
        if not (declared.isascii() and declared.isdigit()) or int(declared[:19]) > self._limits.body:
            return TOO_LARGE
        parts, size = [], 0
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                while True:
                    event = await receive()
                    if event["type"] == "http.disconnect":
                        return GONE
                    parts.append(event.get("body", b""))
                    size += len(parts[-1])
                    self._held += len(parts[-1])
                    if size > self._limits.body:
                        return TOO_LARGE
                    if self._held > self._limits.bodies:
                        return TOO_MUCH
                    if not event.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            return TOO_SLOW
        finally:
            self._held -= size


TOO_LARGE = Answer(413, '{"code":413,"message":"报文过大"}'.encode(), outcome="too large")
TOO_SLOW = Answer(408, '{"code":408,"message":"报文未按时到齐"}'.encode(), outcome="too slow")
TOO_MUCH = Answer(429, '{"code":429,"message":"请求过多，请稍后重发"}'.encode(), outcome="too much")
NOT_POST = Answer(405, '{"code":405,"message":"请用POST"}'.encode(), outcome="not POST")
GONE = Answer(0, b"", outcome="hung up")


def _infno(path: str) -> str | None:
    """Return the transaction an address names, empty where the message does, None for what is no business call."""
    if path.endswith(CALL_SERVICE):
        return ""
    found = _BY_NUMBER.fullmatch(path)
    return found[1] if found else None


async def _turn_away(receive: Receive, send: Send, answer: Answer) -> None:
    """Answer somebody who may still be sending: a connection closed on them would take the answer away."""
    if not answer.status:
        return
    await _reply(send, answer, close=True, more=True)
    size = 0
    try:
        async with asyncio.timeout(_LINGER_SECONDS):
            while size < _LINGER_BYTES:
                event = await receive()
                size += len(event.get("body", b""))
                if not event.get("more_body", False):
                    break
    except TimeoutError:
        pass
    await send({"type": "http.response.body", "body": b""})


async def _reply(send: Send, answer: Answer, *, close: bool, more: bool = False) -> None:
    headers = [
        (b"content-type", (_FILE if answer.file else JSON).encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if answer.file:
        headers.append((b"content-disposition", f"attachment; filename*=UTF-8''{quote(answer.file, safe='')}".encode()))
    if answer is NOT_POST:
        headers.append((b"allow", b"POST"))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    step = max(answer.pace // _PIECES_A_SECOND, 1)
    for first in range(0, len(answer.body), step) if answer.pace else ():
        part = answer.body[first : first + step]
        await asyncio.sleep(len(part) / answer.pace)
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"" if answer.pace else answer.body, "more_body": more})
