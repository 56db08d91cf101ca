"""`yidi serve`: the sandbox province over HTTP.

Exit codes: 0 ended by SIGTERM or SIGINT, 2 usage, a port or database that cannot be had, 4 the journal can no longer be
written.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from typing import Annotated, Any, NamedTuple

import orjson
import typer
import uvloop

from simulator.inputs.errors import InputError
from simulator.outputs.console import UsageError, fail, known_language
from simulator.sandbox.app import business_app, control_app
from simulator.sandbox.clock import Clock
from simulator.sandbox.journal import CannotWrite, Damaged, Taken, Unfit, Unreachable
from simulator.sandbox.parties import CITY, HOSPITAL, Party
from simulator.sandbox.sandbox import Sandbox, ground_of
from simulator.sandbox.server import Cannot, end_on_signals, listen, serve_until_told, server_for

USAGE, FAULT = 2, 4
_READY_MADE = ((HOSPITAL, "320100"), (CITY, "320300"))  # a hospital in 南京 and the platform of 徐州

_WORDS = {"zh": ("业务地址", "控制地址", "控制台", "密钥"), "en": ("business", "control", "console", "key")}


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
    seed: Annotated[str, typer.Option("--seed", help="Seed of the gateway keys.")] = "1",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line when ready.")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en.")] = "en",
) -> None:
    """Serve the sandbox province until told to stop."""
    say = _Fail(as_json, lang)
    try:
        known_language(lang)
        if profile not in {"strict", "lenient"}:
            raise UsageError(
                f"--profile {profile} 无效；应为 strict 或 lenient。",
                f"--profile {profile} is not known; use strict or lenient.",
            )
        started = Clock(_start(clock))
        ground = ground_of(pack)
        sockets = listen(host, port), listen("127.0.0.1", control_port)
        failures: list[CannotWrite] = []
        stop = asyncio.Event()

        def failed(problem: CannotWrite) -> None:
            failures.append(problem)
            stop.set()

        sandbox = Sandbox(ground, db, clock=started, seed=seed, profile=profile, failed=failed)
    except UsageError as error:
        say(error.zh, error.en, USAGE)
    except (InputError, Cannot, Taken, Damaged, Unfit, Unreachable, CannotWrite) as error:
        say(str(error), str(error), USAGE)
    uvloop.run(_serve(sandbox, sockets, stop, as_json=as_json, lang=lang))
    if failures:
        say(
            f"{failures[0]}；已停止，未确认的报文不作数。",
            f"{failures[0]}; stopped, nothing unkept was acknowledged.",
            FAULT,
        )


async def _serve(sandbox: Sandbox, sockets: Any, stop: asyncio.Event, *, as_json: bool, lang: str) -> None:
    end_on_signals(stop)
    await sandbox.start()
    sandbox.shut_down = stop.set
    business, control = (f"http://{bound.getsockname()[0]}:{bound.getsockname()[1]}" for bound in sockets)
    _announce(sandbox, Addresses(business, control, f"{business}/"), as_json=as_json, lang=lang)
    servers = [server_for(business_app(sandbox)), server_for(control_app(sandbox))]
    await serve_until_told(list(zip(servers, sockets, strict=True)), stop)
    await sandbox.stop()


def _announce(sandbox: Sandbox, at: Addresses, *, as_json: bool, lang: str) -> None:
    """Say where the sandbox is and with which keys two ready-made parties come in."""
    parties = [_row(sandbox, each) for each in sandbox.ready_made(_READY_MADE)]
    if as_json:
        sys.stdout.write(orjson.dumps({**at._asdict(), "parties": parties}).decode() + "\n")
    else:
        words = {"zh": ("业务地址", "控制地址", "控制台", "密钥"), "en": ("business", "control", "console", "key")}[
            lang
        ]
        for word, url in zip(words, at, strict=False):
            sys.stdout.write(f"{word}\t{url}\n")
        for each in parties:
            sys.stdout.write(f"{words[3]}\t{each['name']} {each['scheme']} {each['key_id']} {each['secret']}\n")
        sys.stdout.write(f"curl -s -X POST {at.control_url}/stays\n")
    sys.stdout.flush()


def _row(sandbox: Sandbox, party: Party) -> dict[str, str]:
    code = party.code if party.role == HOSPITAL else ""
    row = {name: getattr(party, name) for name in ("name", "role", "scheme", "key_id", "secret")}
    return {**row, "fixmedins_code": code, "admdvs": party.area}


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
