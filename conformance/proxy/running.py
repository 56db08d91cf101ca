"""Runs the proxy: listens, passes on until it is told to stop, then writes what came of it."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from conformance.proxy.beside import Beside
from conformance.proxy.relay import HEAD_BYTES, Link, Relay
from conformance.proxy.results import FINDINGS, LOG, PAGE
from simulator.sandbox.server import end_on_signals

_GRACE_SECONDS = 10


def keep_earlier(out: Path) -> None:
    """Move the files of an earlier run out of the way: nothing is overwritten, and a restart needs no hand."""
    number = 1
    while any((out / _numbered(name, number)).exists() for name in (LOG, FINDINGS, PAGE)):
        number += 1
    for name in (LOG, FINDINGS, PAGE):
        if (out / name).exists():
            (out / name).rename(out / _numbered(name, number))


def _numbered(name: str, number: int) -> str:
    stem, _, kind = name.partition(".")
    return f"{stem}-{number}.{kind}"


def watch(
    link: Link, beside: Beside, bound: socket.socket, tls: ssl.SSLContext | None, ready: Callable[[], None]
) -> Mapping[str, Any]:
    """Pass on what comes to a bound socket until SIGTERM or SIGINT; return the results. Raises JudgingDied."""
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # it would write of callers that leave, with their calls
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    asyncio.run(_serve(Relay(link, beside.offer), bound, tls, ready))
    return beside.results()


async def _serve(relay: Relay, bound: socket.socket, tls: ssl.SSLContext | None, ready: Callable[[], None]) -> None:
    stop = asyncio.Event()
    end_on_signals(stop)
    runner = web.AppRunner(
        relay.application(),
        access_log=None,
        auto_decompress=False,
        handler_cancellation=True,
        shutdown_timeout=_GRACE_SECONDS,
        max_line_size=HEAD_BYTES,
        max_field_size=HEAD_BYTES,
    )
    await runner.setup()
    await web.SockSite(runner, bound, ssl_context=tls).start()
    ready()
    await stop.wait()
    await runner.cleanup()
