"""Serves ASGI applications on sockets of this process until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import signal
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn

from simulator.sandbox.guarding import Told, guarded
from simulator.sandbox.limits import Limits
from simulator.sandbox.wrong import InBoth

_BACKLOG = 2048


class Cannot(InBoth):
    """A port or a certificate that cannot be had."""


class Quiet(uvicorn.Server):
    """A server that leaves signals to whoever runs it, and handshakes that never end to nobody."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signal."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; TLS is to be agreed upon in the time that a head may take."""
        config = self.config
        if config.ssl is None:
            await super().startup(sockets)
            return
        await self.lifespan.startup()
        loop, make = asyncio.get_running_loop(), config.http_protocol_class
        seconds: float = getattr(make, "limits", Limits()).head_seconds

        def protocol() -> asyncio.Protocol:
            return make(config=config, server_state=self.server_state, app_state=self.lifespan.state, _loop=loop)  # type: ignore[call-arg]

        self.servers = [
            await loop.create_server(
                protocol,
                sock=bound,
                ssl=config.ssl,
                backlog=config.backlog,
                ssl_handshake_timeout=seconds,
                ssl_shutdown_timeout=seconds,
            )
            for bound in sockets or ()
        ]
        self.started = True


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can call an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def address_of(bound: socket.socket) -> str:
    """Return host and port of a bound socket, as they stand in an address."""
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


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
        raise Cannot(
            f"{host}:{port} 无法监听：{reason}；请换一个端口或地址",
            f"{host}:{port} cannot be listened on: {reason}; choose another port or address",
        ) from problem
    bound.listen(_BACKLOG)  # whoever calls before the server runs waits, and is not turned away
    bound.set_inheritable(True)
    return bound


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return what TLS 1.2 and newer is spoken with; raises Cannot."""
    for file in (certificate, key):
        if not file.is_file():
            raise Cannot(
                f"没有文件 {file}：请用 --tls-cert 指明证书，用 --tls-key 指明其密钥",
                f"there is no file {file}: name a certificate with --tls-cert and its key with --tls-key",
            )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")  # nobody is there to be asked for one
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "reason", None) or problem
        raise Cannot(
            f"{certificate} 和 {key} 不是PEM证书及其无口令的密钥：{reason}",
            f"{certificate} and {key} are no certificate in PEM and its key without password: {reason}",
        ) from problem
    return context


def server_for(app: Any, limits: Limits, closed: Told, tls: ssl.SSLContext | None = None) -> Quiet:
    """Return a server of an application; ``closed`` hears of connections that are turned away."""
    config = uvicorn.Config(
        app,
        http=guarded(limits, closed),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,  # nobody stands before it: whose call it is, the connection says
        backlog=_BACKLOG,
        timeout_keep_alive=int(limits.idle_seconds),
        timeout_graceful_shutdown=limits.grace_seconds,
        ssl_context_factory=(lambda config, default: tls) if tls else None,
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
