"""Is a body a message of the interface? Short ones are judged at once, long ones beside the process that decides.

To say what is wrong with a long text takes seconds where somebody means it to. The event loop has none to spare, so
that is done by a child process: it judges one body at a time, within a time and a memory, and is killed beyond them.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter
from typing import Any, BinaryIO, NamedTuple

import orjson

import schemas
from schemas.checking import examine
from schemas.profiles import relaxed

_FINDINGS_SHOWN = 3
_SECONDS = 3.0
_START_SECONDS = 60.0
_MEMORY = 2 << 30
_MOST_WAITING, _MOST_OF_ONE = 16, 4
_BEHIND = 10  # the process that decides goes first
_LENGTH = 4  # bytes that say how long what follows is


class Verdict(NamedTuple):
    """What a body was found to be: its transaction, empty where it is none, and what is wrong with it, in Chinese."""

    infno: str
    wrong: str


class Judged(NamedTuple):
    """A verdict, and what the body says where it is good."""

    verdict: Verdict
    sent: dict[str, Any]


def judge(registry: schemas.Registry, infno: str, body: bytes) -> Judged:
    """Judge the body of a request; ``infno`` is what its address says, empty where it says nothing."""
    known = infno if infno in registry.transactions else ""
    try:
        sent = relaxed(schemas.parse(body), registry.profile)
    except schemas.BadText as problem:
        return Judged(Verdict(known, problem.zh), {})
    number = str(sent.get("infno", "")) if isinstance(sent, dict) else ""
    if infno and number and infno != number:
        return Judged(Verdict(known, f"地址为{infno}，报文为{number[:10]}"), {})
    if number in registry.transactions and registry.validator(number, "request").is_valid(sent):
        assert isinstance(sent, dict)
        return Judged(Verdict(number, ""), sent)
    told = number if number in registry.transactions else None
    found = examine(registry, body, infno=told, direction="request").findings
    said = [f"{each.pointer} {each.zh}" for each in found[:_FINDINGS_SHOWN]]
    more = f"（共{len(found)}处）" if len(found) > _FINDINGS_SHOWN else ""
    return Judged(Verdict(told or known, "；".join(said) + more), {})


class Busy(Exception):
    """Too much waits to be judged already."""


class Bench:
    """Judges bodies in a child process, started when first needed."""

    def __init__(self, profile: str, *, seconds: float = _SECONDS) -> None:
        self._profile = profile
        self._seconds = seconds
        self._child: Process | None = None
        self._turn = asyncio.Lock()
        self._waiting: Counter[str] = Counter()

    async def judge(self, party: str, infno: str, body: bytes) -> Verdict:
        """Judge a body of a party; raises Busy where the party, or all of them, have too many waiting."""
        if self._waiting.total() >= _MOST_WAITING or self._waiting[party] >= _MOST_OF_ONE:
            raise Busy
        self._waiting[party] += 1
        try:
            async with self._turn:
                return await self._judged(infno, body)
        finally:
            self._waiting[party] -= 1
            self._waiting += Counter()  # forget who has none

    async def _judged(self, infno: str, body: bytes) -> Verdict:
        try:
            child = self._child or await self._begin()
            assert child.stdin and child.stdout
            child.stdin.writelines((_frame(infno.encode()), _frame(body)))
            async with asyncio.timeout(self._seconds):
                infno, wrong = orjson.loads(await _next(child.stdout))
                return Verdict(infno, wrong)
        except BaseException as problem:
            await self.close()  # its answer would be taken for that of the next
            if isinstance(problem, TimeoutError | OSError | asyncio.IncompleteReadError):
                return Verdict("", "报文过于复杂，请分成多个报文发送")
            raise

    async def _begin(self) -> Process:
        path = os.pathsep.join(filter(None, sys.path))
        self._child = child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-c",
            "from simulator.sandbox.judging import main; main()",
            self._profile,
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )
        assert child.stdout
        async with asyncio.timeout(_START_SECONDS):
            await _next(child.stdout)
        return child

    async def close(self) -> None:
        """End the child process."""
        child, self._child = self._child, None
        if child is not None:
            if child.returncode is None:
                child.kill()
            await child.communicate()


def _frame(text: bytes) -> bytes:
    return len(text).to_bytes(_LENGTH) + text


async def _next(stream: asyncio.StreamReader) -> bytes:
    return await stream.readexactly(int.from_bytes(await stream.readexactly(_LENGTH)))


def main() -> None:
    """Judge what comes in on standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when to end
    os.nice(_BEHIND)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    registry = schemas.load(profile=sys.argv[1])
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    _say(answers, b"")
    while (infno := _read(asked)) is not None:
        body = _read(asked)
        if body is None:
            return
        _say(answers, orjson.dumps([*judge(registry, infno.decode(), body).verdict]))


def _say(answers: BinaryIO, text: bytes) -> None:
    answers.write(_frame(text))
    answers.flush()


def _read(asked: BinaryIO) -> bytes | None:
    length = asked.read(_LENGTH)
    return asked.read(int.from_bytes(length)) if len(length) == _LENGTH else None
