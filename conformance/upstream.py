"""The platform above the system under test, as far as the wire goes: takes its calls and answers them from the stage.

One listener serves every case: whose a call is, its ``msgid`` says, or the person it is about.
"""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

from conformance.wire import Told

Heard = Callable[[str, Mapping[str, str], bytes], Told]
"""Answers a call: (path, headers with lower-case names, body)."""
_LARGEST = 8 << 20
_JSON = "application/json;charset=utf-8"


class Upstream:
    """Listens at ``host`` and ``port`` (0: a free one) until closed; ``heard`` is called on a thread of each call."""

    def __init__(self, host: str, port: int, heard: Heard, tls: ssl.SSLContext | None = None) -> None:
        self._server = _Server((host, port), _Handler)
        self._server.heard = heard
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="upstream", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.heard = lambda path, headers, body: Told(0, b"")  # what still comes is not heard
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    heard: Heard

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a caller that has hung up: it may give up waiting, and the evidence says it."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 75
    disable_nagle_algorithm = True  # head and body go in two pieces: the second must not wait for word of the first

    def do_POST(self) -> None:  # named by the library
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > _LARGEST:
            self._send(Told(411, b""))
            self.close_connection = True
            return
        body = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.server.heard(self.path, headers, body))

    def do_GET(self) -> None:
        known = self.path == "/healthz"
        self._send(Told(200 if known else 404, orjson.dumps({"bench": True}) if known else b""))

    def _send(self, told: Told) -> None:
        if told.seconds:
            time.sleep(told.seconds)
        if not told.status:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response_only(told.status)
        self.send_header("content-type", _JSON)
        self.send_header("content-length", str(len(told.body)))
        self.end_headers()
        if told.fault == "cut":
            self.wfile.write(told.body[: len(told.body) // 2])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.wfile.write(told.body)

    def log_message(self, format: str, *arguments: Any) -> None:  # named by the library
        """Say nothing: the evidence says it."""


def moment(text: str) -> dt.datetime:
    """Return a noted time."""
    return dt.datetime.fromisoformat(text)
