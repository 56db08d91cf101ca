"""What stands before a port that nobody outside this machine may use: a look at where a call comes from.

The port listens on loopback only. A page of some other site can still make a browser on this machine call it, under a
name that the site's own name server points here; the names in the call's head give that away.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from simulator.sandbox.logs import Log

if TYPE_CHECKING:
    from simulator.sandbox.business import App, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_REFUSED = {"zh": "只接受本机的请求", "en": "only calls from this machine, under its own name, are taken"}


class FromHere:
    """Lets through what was meant for this machine; ``name`` is what the log calls the port, empty for no lines."""

    def __init__(self, app: App, log: Log, name: str = "") -> None:
        self._app, self._log, self._name = app, log, name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        status = [0]

        async def noted(event: MutableMapping[str, Any]) -> None:
            if event["type"] == "http.response.start":
                status[0] = event["status"]
            await send(event)

        wrong = _stranger(scope)
        if wrong:
            body = orjson.dumps(_REFUSED)
            headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
            await send({"type": "http.response.start", "status": 403, "headers": [*headers, (b"connection", b"close")]})
            await send({"type": "http.response.body", "body": body})
            self._log.say("turned away", level="warning", port=self._name or "business", why=wrong, http=403)
            return
        await self._app(scope, receive, noted)
        if self._name:  # the first part of the address only: what follows may be a person's number
            what = "/" + scope["path"].split("/")[1]
            level = "info" if status[0] < 400 else "warning"
            self._log.say(self._name, level=level, method=scope["method"], path=what[:40], http=status[0])


def _stranger(scope: Scope) -> str:
    """Return what gives away that a call was not meant for this machine, empty for nothing."""
    told: dict[bytes, str] = {
        name: value.decode("latin-1") for name, value in scope["headers"] if name in {b"host", b"origin"}
    }
    for name, value in told.items():
        text = value if name == b"origin" else f"//{value}"
        try:
            host = urlsplit(text).hostname
        except ValueError:
            host = None
        if host not in LOOPBACK:
            return name.decode()
    return "" if b"host" in told else "host"
