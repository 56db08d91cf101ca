"""Serves one fixed reply on the sandbox's own server, after a durable write of what was sent: what it could do at best.

    .venv/bin/python benchmarks/fixed_reply.py FOLDER [--front]

The sockets, limits, journal and group commit are the sandbox's; a body becomes an entry as it is. With ``--front`` each
call is checked and read, and its reply written, as the sandbox does; only what platforms decide is left out.
"""

from __future__ import annotations

import argparse
import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.visits import sandbox_at
from simulator.core.platform.message import Message, reply_to
from simulator.sandbox.app import business_app
from simulator.sandbox.business import Business
from simulator.sandbox.clock import Clock
from simulator.sandbox.front import Answer
from simulator.sandbox.journal import HANDLE, Call, Entry
from simulator.sandbox.sandbox import Sandbox
from simulator.sandbox.server import listen, serve_until_told, server_for

_HEAD = {"inf_refmsgid": "0" * 30, "refmsg_time": "0" * 17, "respond_time": "0" * 17, "err_msg": ""}
_BODY = b'{"infcode":0,"output":"' + b"x" * 900 + b'"}'  # as long as the reply to a settlement


class Fixed:
    """Keeps what it is sent, and answers the same to everybody."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._engine = sandbox.engine
        self._clock: Clock = sandbox.clock

    async def answer(self, infno: str, headers: Any, body: bytes, *more: Any) -> Answer:
        """Keep a body as it came."""
        await self._kept(infno, body)
        return Answer(200, _BODY, infno)

    async def ask(self, at: str, sender: str, message: Message) -> Message:
        """Keep a message that was read."""
        await self._kept(message, b"[]")
        return reply_to(message, _HEAD, {"setlinfo": {}})

    async def _kept(self, what: Any, effects: bytes) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        host = self._engine.host
        entry: Entry = host._scribe.entry(Call(self._clock.now(), "320100", HANDLE, "", what), (), 0)
        self._engine._submit([entry._replace(effects=effects)], partial(done.set_result, None))
        await done


async def serve(folder: Path, *, front: bool) -> None:
    """Serve until told to stop."""
    sandbox = sandbox_at(folder / "fixed.db", every=10**9)
    await sandbox.start()
    fixed = Fixed(sandbox)
    app: Any = business_app(sandbox)
    if front:
        sandbox.engine.ask = fixed.ask  # type: ignore[method-assign]
    else:
        sandbox.front.admit = lambda infno, headers: None  # type: ignore[method-assign,return-value,assignment]
        sandbox.front.answer_to = lambda party, *call: fixed.answer(call[0], None, call[1])  # type: ignore[method-assign,misc]
    assert isinstance(app, Business)
    bound = listen("127.0.0.1", 0)
    print(bound.getsockname()[1], flush=True)
    await serve_until_told([(server_for(app, sandbox.limits, sandbox.closed), bound)], asyncio.Event())
    await sandbox.stop()


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--front", action="store_true")
    asked = parser.parse_args()
    uvloop.run(serve(asked.folder, front=asked.front))


if __name__ == "__main__":
    main()
