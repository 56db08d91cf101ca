"""`yidi serve`: the sandbox province over HTTP.

Exit codes: 0 ended by SIGTERM or SIGINT, 2 usage, a port or database that cannot be had, 4 the journal can no longer be
written.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sys
from typing import Annotated, Any, NamedTuple

import orjson
import typer
import uvloop

from simulator.inputs.errors import InputError
from simulator.inputs.platforms import ground_of
from simulator.outputs.console import UsageError, fail, known_language
from simulator.sandbox import garbage
from simulator.sandbox.app import business_app, control_app
from simulator.sandbox.clock import Clock
from simulator.sandbox.journal import CannotWrite, Damaged, Taken, Unfit, Unreachable
from simulator.sandbox.logs import Log
from simulator.sandbox.operating import Operated, operated
from simulator.sandbox.outer import FromHere
from simulator.sandbox.parties import PROVINCE, told_party
from simulator.sandbox.peers import Surroundings, Wanted, placed
from simulator.sandbox.sandbox import Sandbox
from simulator.sandbox.server import Cannot, address_of, end_on_signals, listen, serve_until_told, server_for
from simulator.sandbox.wrong import said_of

USAGE, FAULT = 2, 4

_WORDS = {
    "zh": ("业务地址", "控制地址", "控制台", "密钥", "对端"),
    "en": ("business", "control", "console", "key", "calls"),
}


class Addresses(NamedTuple):
    """Where a sandbox is reached."""

    url: str
    control_url: str
    console_url: str


def serve_command(
    *,
    port: Annotated[int, typer.Option("--port", help="Business port; 0 takes a free one.")] = 8080,
    control_port: Annotated[int, typer.Option("--control-port", help="Control port; 0 takes a free one.")] = 0,
    host: Annotated[str, typer.Option("--host", help="Address to listen on; the control port stays on loopback.")] = (
        "127.0.0.1"
    ),
    db: Annotated[str, typer.Option("--db", help="Path of an SQLite file, or postgresql://…")] = "yidi.db",
    pack: Annotated[str, typer.Option("--pack", help="Policy pack, by name or path.")] = "jiangsu-2023",
    clock: Annotated[str, typer.Option("--clock", help="Start of the clock, 2024-05-06 or 2024-05-06T09:00.")] = "",
    profile: Annotated[str, typer.Option("--profile", help="strict or lenient.")] = "strict",
    seed: Annotated[str, typer.Option("--seed", envvar="YIDI_SEED", help="Seed of the gateway keys.")] = "1",
    unsigned: Annotated[bool, typer.Option("--unsigned", help="Take unsigned calls too; on loopback only.")] = False,
    tls_cert: Annotated[str, typer.Option("--tls-cert", help="Certificate of the business port, PEM.")] = "",
    tls_key: Annotated[str, typer.Option("--tls-key", help="Its key, PEM, without password.")] = "",
    log: Annotated[str, typer.Option("--log", help="File of the log, - for standard error, none for none.")] = "-",
    role: Annotated[str, typer.Option("--role", help="What this process plays: province, city, hospital.")] = PROVINCE,
    admdvs: Annotated[str, typer.Option("--admdvs", help="The city, or the area of the hospital, to play.")] = "",
    fixmedins: Annotated[str, typer.Option("--fixmedins", help="The hospital to play, by its number.")] = "",
    upstream: Annotated[str, typer.Option("--upstream", help="Address of the platform above.")] = "",
    city: Annotated[list[str] | None, typer.Option("--city", help="A city that is elsewhere: CODE=URL.")] = None,
    parties: Annotated[str, typer.Option("--parties", help="TOML file of addresses and keys of the others.")] = "",
    waits: Annotated[str, typer.Option("--waits", help="Seconds that hospital, city, province wait: 60,50,40.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line when ready.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en.")] = "en",
) -> None:
    """Serve the sandbox province until told to stop."""
    say = _Fail(as_json, lang)
    try:
        known_language(lang)
        _known_profile(profile)
        started = Clock(_start(clock))
        how = operated(host=host, tls_cert=tls_cert, tls_key=tls_key, unsigned=unsigned, log=log)
        garbage.begin()
        ground = ground_of(pack)
        wanted = Wanted(role, admdvs, fixmedins, upstream, tuple(city or ()), parties, waits)
        around = placed(wanted, ground, seed, started.now().date())
        sockets = listen(host, port), listen("127.0.0.1", control_port)
        end = _End()
        sandbox = Sandbox(
            ground,
            db,
            clock=started,
            seed=seed,
            profile=profile,
            failed=end.failed,
            elsewhere=around.links(ground, started, profile, how.operation.log or Log()),
            operation=how.operation,
            role=around.role,
            parties=around.parties,
        )
    except (UsageError, InputError, Cannot, Taken, Damaged, Unfit, Unreachable, CannotWrite) as error:
        say(*said_of(error), USAGE)
    uvloop.run(_serve(sandbox, sockets, end.stop, how, around, as_json=as_json, lang=lang))
    if end.problem is not None:
        zh, en = said_of(end.problem)
        say(f"{zh}；已停止，未确认的报文不作数。", f"{en}; stopped, nothing unkept was acknowledged.", FAULT)


class _End:
    """When a process is to end, and what of its own went wrong first, if anything did."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.problem: Exception | None = None

    def failed(self, problem: Exception) -> None:
        self.problem = self.problem or problem
        self.stop.set()


def _known_profile(profile: str) -> None:
    if profile not in {"strict", "lenient"}:
        raise UsageError(
            f"--profile {profile} 无效；应为 strict 或 lenient。",
            f"--profile {profile} is not known; use strict or lenient.",
        )


async def _serve(
    sandbox: Sandbox,
    sockets: Any,
    stop: asyncio.Event,
    how: Operated,
    around: Surroundings,
    *,
    as_json: bool,
    lang: str,
) -> None:
    end_on_signals(stop)
    await sandbox.start()
    sandbox.shut_down = stop.set
    garbage.stay()
    business, control = (address_of(bound) for bound in sockets)
    at = Addresses(f"{how.scheme}://{business}", f"http://{control}", f"{how.scheme}://{business}/")
    _announce(sandbox, at, around, as_json=as_json, lang=lang)
    log = sandbox.log
    log.say("serving", **at._asdict(), entries=sandbox.engine.host.seq, pid=os.getpid())
    calls = business_app(sandbox)
    servers = [
        server_for(FromHere(calls, log) if how.operation.unsigned else calls, sandbox.limits, sandbox.closed, how.tls),
        server_for(FromHere(control_app(sandbox), log, "control"), sandbox.limits, sandbox.closed),
    ]
    await serve_until_told(list(zip(servers, sockets, strict=True)), stop)
    await sandbox.stop()
    log.say("stopped", entries=sandbox.engine.host.seq)
    log.close()


def _announce(sandbox: Sandbox, at: Addresses, around: Surroundings, *, as_json: bool, lang: str) -> None:
    """Say where the sandbox is, with which keys ready-made parties come in, and whom it calls."""
    parties = [told_party(each) for each in sandbox.ready_made(sandbox.role.callers(sandbox.ground.network))]
    if as_json:
        sys.stdout.write(orjson.dumps({**at._asdict(), "parties": parties, **around.told()}).decode() + "\n")
    else:
        words = _WORDS[lang]
        for word, url in zip(words, at, strict=False):
            sys.stdout.write(f"{word}\t{url}\n")
        for peer in around.peers:
            sys.stdout.write(f"{words[4]}\t{peer.code} {peer.url}\n")
        for each in parties:
            sys.stdout.write(f"{words[3]}\t{each['name']} {each['scheme']} {each['key_id']} {each['secret']}\n")
        sys.stdout.write(f"curl -s -X POST {at.control_url}/stays\n")
    sys.stdout.flush()


def _start(text: str) -> dt.datetime | None:
    if not text:
        return None
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--clock {text} 不是时间；例如 2024-05-06 或 2024-05-06T09:00。",
            f"--clock {text} is no time; write 2024-05-06 or 2024-05-06T09:00.",
        ) from None


class _Fail:
    def __init__(self, as_json: bool, lang: str) -> None:
        self._as_json, self._lang = as_json, lang if lang in {"zh", "en"} else "en"

    def __call__(self, zh: str, en: str, code: int) -> Any:
        fail("yidi serve", zh, en, code, as_json=self._as_json, lang=self._lang)
