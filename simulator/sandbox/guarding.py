"""Connections that are slow, endless or too many: closed before they cost anybody else anything.

uvicorn closes a connection that idles between two calls, and nothing else: a head that trickles in, a body nobody
reads any more and an answer left unread would be kept for ever. This is its protocol with those times added.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulator.sandbox.limits import Limits

Told = Callable[[str, str], None]
"""Hears why a connection was closed, and whose address it was."""


class Guarded(HttpToolsProtocol):
    """A connection within its limits; made by :func:`guarded`, which knows them."""

    limits: Limits
    closed: Told

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._in_head = False
        self._head_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._unread_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, unless there are too many."""
        super().connection_made(transport)
        if self.scheme == "http":  # so that we hear of every byte that is not taken; TLS has a time of its own for that
            transport.set_write_buffer_limits(high=0)
        if len(self.connections) > self.limits.connections:
            self._turn_away(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections")
        else:
            self._set_deadline()

    def data_received(self, data: bytes) -> None:
        """Take bytes; the head of a call must be whole in time and of a size."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > self.limits.head:
                self._turn_away(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head too large")
                return
        if not (self._in_head or self.cycle is None or self.cycle.response_complete):
            self._clear_deadline()
        elif self._deadline is None:  # a head in pieces, or bytes that nobody has asked for
            self._set_deadline()

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """End a head."""
        self._in_head = False
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """Wait for a caller who does not read, but not for ever."""
        super().pause_writing()
        self._unread_deadline = self.loop.call_later(self.limits.reading_seconds, self._unread)

    def resume_writing(self) -> None:
        """Go on: the caller reads again."""
        super().resume_writing()
        self._read()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        self.closed("no HTTP", self._address())
        super().send_400_response(msg)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._clear_deadline()
        self._read()
        super().connection_lost(exc)

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.limits.head_seconds, self._too_slow)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _read(self) -> None:
        if self._unread_deadline is not None:
            self._unread_deadline.cancel()
            self._unread_deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if self._in_head:
            self._turn_away(HTTPStatus.REQUEST_TIMEOUT, "head too slow")
        elif self.cycle is None or self.cycle.response_complete:
            self.transport.close()

    def _unread(self) -> None:
        self.closed("answer unread", self._address())
        self.transport.abort()

    def _turn_away(self, status: HTTPStatus, why: str) -> None:
        self.closed(why, self._address())
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        self.transport.write(head.encode())
        self.transport.close()

    def _address(self) -> str:
        return self.client[0] if self.client else ""


def guarded(limits: Limits, closed: Told) -> type[Guarded]:
    """Return the protocol of connections within ``limits``; ``closed`` hears of those that are turned away."""
    return type("Bound", (Guarded,), {"limits": limits, "closed": staticmethod(closed)})
