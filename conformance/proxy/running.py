"""Runs the proxy: listens, passes on until it is told to stop, then writes what came of it."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import web

import schemas
from conformance.proxy.judge import Judge
from conformance.proxy.pseudonyms import Pseudonyms
from conformance.proxy.recorder import Recorder
from conformance.proxy.relay import HEAD_BYTES, Link, Relay
from conformance.proxy.results import FINDINGS, LOG, PAGE, About, results_of, write_results
from conformance.proxy.rewriting import Rewriter
from simulator.core.visits.lifecycle import Tables
from simulator.sandbox.clock import machine
from simulator.sandbox.server import end_on_signals

_GRACE_SECONDS = 10
_SWITCH_SECONDS = 0.0005  # between the threads: traffic waits no longer than this for a judgement under way


class Watch(NamedTuple):
    """What is watched and how: the link, the pack's order of steps, the profile, the key, and the folder."""

    link: Link
    tables: Tables
    about: About
    key: bytes
    out: Path
    every: int = 0
    lang: str = "en"


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
    wanted: Watch, bound: socket.socket, tls: ssl.SSLContext | None, ready: Callable[[], None]
) -> Mapping[str, Any]:
    """Pass on what comes to a bound socket until SIGTERM or SIGINT; return the results, which are written then."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # it would write of callers that leave, with their calls
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    registry = schemas.load(profile=wanted.about.profile)
    pseudonyms = Pseudonyms(wanted.key)
    rewriter = Rewriter(pseudonyms, registry)

    def report() -> Mapping[str, Any]:
        results = results_of(wanted.about, recorder, ended=_now(), reached=relay.reached)
        write_results(wanted.out, results, wanted.lang)
        return results

    recorder = Recorder(
        wanted.out / LOG,
        Judge(registry, wanted.tables),
        rewriter,
        pseudonyms,
        registry=registry,
        after=(wanted.every, report),
    )
    relay = Relay(wanted.link, recorder.offer)
    asyncio.run(_serve(relay, bound, tls, ready))
    recorder.close()
    return report()


def _now() -> str:
    return machine().isoformat(timespec="seconds")


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
