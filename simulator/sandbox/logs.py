"""The log: JSON lines, written by a thread of its own, so that nobody waits for whoever reads them.

A line has ``time`` (the machine's), ``level``, ``event`` and what belongs to it. Persons appear masked only; secrets,
bodies and addresses of pages, which may name a person, never. Where lines come faster than they are taken, some are
left out and a line says how many.
"""

from __future__ import annotations

import collections
import contextlib
import datetime as dt
import logging
import os
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import orjson

from simulator.core.platform.refusals import BY_CODE
from simulator.outputs.masking import mask_number
from simulator.sandbox.front import Answer
from simulator.sandbox.observer import first_of

_MOST_LINES = 10_000
_FLUSH_SECONDS = 2.0
_REOPEN_SECONDS = 1.0
_STANDARD_ERROR = 2
_TO_STANDARD_ERROR, _NOWHERE = "-", "none"


class Sink(Protocol):
    """Takes bytes."""

    def __call__(self, text: bytes) -> None:
        """Write; raises OSError."""


class Log:
    """A log; without a sink it says nothing."""

    def __init__(self, sink: Sink | None = None, *, now: Callable[[], float] = time.time) -> None:
        self._sink = sink
        self._now = now
        self._lines: collections.deque[bytes] = collections.deque()
        self.dropped = 0
        self._told_dropped = 0
        self._wanted = threading.Event()
        self._written = threading.Event()
        self._ending = False
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        if sink:
            self._thread.start()

    def say(self, event: str, *, level: str = "info", **more: Any) -> None:
        """Write a line; what is None is left out."""
        if self._sink is None or self._ending:
            return
        if len(self._lines) >= _MOST_LINES:
            self.dropped += 1
            return
        at = dt.datetime.fromtimestamp(self._now(), dt.UTC).isoformat(timespec="milliseconds")
        told = {name: value for name, value in more.items() if value is not None}
        self._lines.append(orjson.dumps({"time": at, "level": level, "event": event, **told}) + b"\n")
        self._wanted.set()

    def call(self, answer: Answer, seconds: float) -> None:
        """Write the line of an answered call."""
        if self._sink is None:
            return
        asked, outcome = answer.asked, answer.outcome
        infcode = int(outcome) if outcome.lstrip("-").isdigit() else None
        person = first_of(asked, "psn_no") or first_of(answer.reply, "psn_no")
        self.say(
            "call",
            level="info" if infcode == 0 else "warning",
            msgid=asked.msgid if asked else None,
            infno=answer.infno or None,
            party=answer.party or None,
            infcode=infcode,
            refusal=(BY_CODE[infcode].name if infcode in BY_CODE else None) if infcode else None,
            turned_away=outcome if infcode is None else None,
            http=answer.status or None,
            ms=round(1000 * seconds, 2),
            person=mask_number(person) if person else None,
            visit=first_of(asked, "mdtrt_id") or first_of(answer.reply, "mdtrt_id") or None,
            came_from=answer.came_from or None,
        )

    def close(self) -> None:
        """Write what is left, within a time: the reader may have gone to sleep."""
        self._ending = True
        if self._sink is not None:
            self._wanted.set()
            self._written.wait(_FLUSH_SECONDS)

    def _write(self) -> None:
        assert self._sink
        while not (self._ending and not self._lines):
            self._wanted.wait()
            self._wanted.clear()
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            if self.dropped > self._told_dropped:
                lost, self._told_dropped = self.dropped - self._told_dropped, self.dropped
                lines.append(orjson.dumps({"level": "warning", "event": "lines left out", "lines": lost}) + b"\n")
            with contextlib.suppress(OSError):  # a full disk or a closed pipe is no reason to stop serving
                self._sink(b"".join(lines))
        self._written.set()


class File:
    """A file that is opened anew when somebody has moved it away, so that logs can be rotated."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looked = time.monotonic()
        self._open()

    def _open(self) -> None:
        self._number = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __call__(self, text: bytes) -> None:
        """Write at the end of the file."""
        if time.monotonic() - self._looked > _REOPEN_SECONDS:
            self._looked = time.monotonic()
            if not self._path.exists() or not os.path.samestat(self._path.stat(), os.fstat(self._number)):
                os.close(self._number)
                self._open()
        _all(self._number, text)


def _all(number: int, text: bytes) -> None:
    left = memoryview(text)
    while left:
        left = left[os.write(number, left) :]


def open_log(where: str) -> Log:
    """Return a log to a file, ``-`` for standard error, ``none`` for none; raises OSError."""
    if where == _NOWHERE:
        return Log()
    return Log((lambda text: _all(_STANDARD_ERROR, text)) if where == _TO_STANDARD_ERROR else File(Path(where)))


class Handler(logging.Handler):
    """Hears what libraries log: of an exception only its type and place, as its words may hold personal data."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        more: dict[str, Any] = {}
        if record.exc_info and record.exc_info[1] is not None:
            frames = traceback.extract_tb(record.exc_info[2])
            more["exception"] = type(record.exc_info[1]).__name__
            more["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        ours = record.name.startswith("simulator")  # and knows what it may say
        text = (record.getMessage() if ours else str(record.msg)).partition("\n")[0]
        self._log.say("fault", level=record.levelname.lower(), source=record.name, text=text, **more)


def listen_to_libraries(log: Log) -> None:
    """Write what uvicorn, asyncio and our own modules complain of into the log, and nowhere else."""
    for name, level in (("uvicorn.error", logging.ERROR), ("asyncio", logging.ERROR), ("simulator", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers[:] = [Handler(log)]
        logger.propagate = False
        logger.setLevel(level)
