"""Serves ASGI applications on sockets of this process until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn

_BACKLOG = 2048
_GRACE_SECONDS = 5


class Cannot(Exception):
    """A port that cannot be had."""


class Quiet(uvicorn.Server):
    """A server that leaves signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signal."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket; port 0 takes a free one. Raises Cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except (OSError, OverflowError) as problem:
        bound.close()
        reason = getattr(problem, "strerror", None) or str(problem)
        raise Cannot(f"{host}:{port} cannot be listened on: {reason}; choose another port or address") from problem
    bound.listen(_BACKLOG)  # whoever calls before the server runs waits, and is not turned away
    bound.set_inheritable(True)
    return bound


def server_for(app: Any, **tls: Any) -> Quiet:
    """Return a server of an application; ``tls`` may give ``ssl_certfile`` and ``ssl_keyfile``."""
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        **tls,
    )
    return Quiet(config)


def end_on_signals(stop: asyncio.Event) -> None:
    """Set ``stop`` when the process gets SIGTERM or SIGINT; called before anybody is told that it serves."""
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)


async def serve_until_told(servers: list[tuple[Quiet, socket.socket]], stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set or the process gets SIGTERM or SIGINT; open calls are answered first."""
    end_on_signals(stop)
    running = [asyncio.create_task(server.serve(sockets=[bound])) for server, bound in servers]
    told = asyncio.create_task(stop.wait())
    await asyncio.wait([told, *running], return_when=asyncio.FIRST_COMPLETED)
    for server, _ in servers:
        server.should_exit = True
    await asyncio.gather(*running)
    told.cancel()
