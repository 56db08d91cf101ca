"""The business port: both address styles seen in the field, over ASGI, with limits of size and patience."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from simulator.sandbox.front import JSON, Answer, Front

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CALL_SERVICE = "/fsi/api/rsfComIfsService/callService"
_BY_NUMBER = re.compile(r"/(?:[A-Za-z0-9_]+/)*([A-Z]?[0-9]{3,4})")
LARGEST_BODY = 2 << 20
PATIENCE_SECONDS = 10.0
_PIECES_A_SECOND = 10  # of a body that a fault slows


class Business:
    """Takes calls at ``POST {base}/{infno}`` and ``POST …/callService``; everything else goes to ``others``.

    A body over ``largest`` bytes gets HTTP 413, one that is not whole after ``patience`` seconds 408; ``told`` hears
    of these, as the front tells of what it answers.
    """

    def __init__(
        self,
        front: Front,
        others: App,
        told: Callable[[Answer, float], None],
        *,
        largest: int = LARGEST_BODY,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._front = front
        self._others = others
        self._told = told
        self._largest = largest
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        infno = _infno(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if infno is None:
            await self._others(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        body = await self._body(headers, receive)
        if isinstance(body, Answer):
            answer = body
            self._told(answer, 0.0)
        else:
            answer = await self._front.answer(infno, headers, body)
        if answer.status:
            await _reply(send, answer, close=isinstance(body, Answer))
        else:  # a fault took the reply away: the caller waits until it gives up
            while (await receive())["type"] != "http.disconnect":
                pass

    async def _body(self, headers: dict[str, str], receive: Receive) -> bytes | Answer:
        declared = headers.get("content-length", "0")
        if not declared.isdigit() or int(declared) > self._largest:
            return _TOO_LARGE
        parts, size = [], 0
        try:
            async with asyncio.timeout(self._patience):
                while True:
                    event = await receive()
                    if event["type"] == "http.disconnect":
                        return _TOO_SLOW
                    parts.append(event.get("body", b""))
                    size += len(parts[-1])
                    if size > self._largest:
                        return _TOO_LARGE
                    if not event.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            return _TOO_SLOW


_TOO_LARGE = Answer(413, '{"code":413,"message":"报文过大"}'.encode(), outcome="too large")
_TOO_SLOW = Answer(408, '{"code":408,"message":"报文未按时到齐"}'.encode(), outcome="too slow")


def _infno(path: str) -> str | None:
    """Return the transaction an address names, empty where the message does, None for what is no business call."""
    if path.endswith(CALL_SERVICE):
        return ""
    found = _BY_NUMBER.fullmatch(path)
    return found[1] if found else None


async def _reply(send: Send, answer: Answer, *, close: bool) -> None:
    headers = [
        (b"content-type", JSON.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    step = max(answer.pace // _PIECES_A_SECOND, 1)
    for first in range(0, len(answer.body), step) if answer.pace else ():
        part = answer.body[first : first + step]
        await asyncio.sleep(len(part) / answer.pace)
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"" if answer.pace else answer.body})
