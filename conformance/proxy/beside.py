"""The process that judges, beside the one that carries: whatever it takes or suffers, the traffic does not wait.

The carrier hands exchanges over and goes on; they go through a pipe in the order in which they ended. Where more come
than are taken, the latest are left out, which is noted in the log and counted. When the carrier ends, even killed, the
judging process judges what it still got and writes its results.
"""

from __future__ import annotations

import collections
import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson

import schemas
from conformance.proxy.exchange import Exchange
from conformance.proxy.judge import Judge
from conformance.proxy.pseudonyms import Pseudonyms
from conformance.proxy.recorder import Recorder
from conformance.proxy.results import LOG, About, results_of, write_results
from conformance.proxy.rewriting import Rewriter
from simulator.core.visits.lifecycle import Tables
from simulator.sandbox.clock import machine

_MOST_BYTES, _MOST_WAITING = 64 << 20, 5_000
_NICE = 5
_SYNC_SECONDS = 0.5


class Judging(NamedTuple):
    """What the judging process is told: what is watched, the order of steps, the key, the folder, how to report."""

    about: About
    tables: Tables
    key: bytes
    out: Path
    every: int = 0
    lang: str = "en"


class JudgingDied(Exception):
    """The judging process has ended without results; the text is its exit code."""


class Pump:
    """Hands exchanges to ``sink`` on a thread of its own; of those beyond a bound only None, in their place."""

    def __init__(self, sink: Callable[[Exchange | None], None]) -> None:
        self._sink = sink
        self._waiting: collections.deque[Exchange | None] = collections.deque()
        self._bytes = 0
        self._there_is, self._ending = threading.Condition(), False
        self._thread = threading.Thread(target=self._run, name="pump", daemon=True)
        self._thread.start()

    def offer(self, exchange: Exchange) -> None:
        """Take an exchange, or note that it is one too many; returns at once."""
        size = _size(exchange)
        with self._there_is:
            full = self._bytes + size > _MOST_BYTES or len(self._waiting) >= _MOST_WAITING
            self._waiting.append(None if full else exchange)
            self._bytes += 0 if full else size
            self._there_is.notify()

    def close(self) -> None:
        """Hand over what is left."""
        with self._there_is:
            self._ending = True
            self._there_is.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._there_is:
                self._there_is.wait_for(lambda: self._waiting or self._ending)
                if not self._waiting:
                    return
                exchange = self._waiting.popleft()
                self._bytes -= _size(exchange) if exchange else 0
            self._sink(exchange)


class Beside:
    """The judging process, as the carrier sees it; ``died`` is called once where it ends before it should."""

    def __init__(self, judging: Judging, died: Callable[[], None]) -> None:
        line = [sys.executable, "-P", "-m", "conformance.proxy.beside"]
        self._process = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )  # Ctrl-C on a terminal is for the carrier
        self._died, self._dead = died, False
        self._pump = Pump(self._send)
        self._send(judging)

    def offer(self, exchange: Exchange) -> None:
        """Take an exchange; returns at once."""
        self._pump.offer(exchange)

    def results(self) -> Mapping[str, Any]:
        """Let it judge what is left; return its results, which it has written. Raises JudgingDied."""
        self._pump.close()
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        assert self._process.stdout is not None
        told = self._process.stdout.read()
        self._process.stdout.close()
        if self._process.wait() != 0:
            raise JudgingDied(str(self._process.returncode))
        results: Mapping[str, Any] = orjson.loads(told)
        return results

    def _send(self, what: Judging | Exchange | None) -> None:
        assert self._process.stdin is not None
        if self._dead:
            return
        try:
            pickle.dump(what, self._process.stdin)
            self._process.stdin.flush()
        except OSError:
            self._dead = True
            self._died()


class _Source(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...

    def readline(self) -> bytes: ...


def judge_all(source: _Source) -> Mapping[str, Any]:
    """Judge what comes out of a pipe until it ends; return the results, which are written then."""
    judging: Judging = pickle.load(source)
    registry = schemas.load(profile=judging.about.profile)
    pseudonyms = Pseudonyms(judging.key)

    def report() -> Mapping[str, Any]:
        results = results_of(judging.about, recorder, recorder.log, ended=machine().isoformat(timespec="seconds"))
        write_results(judging.out, results, judging.lang)
        return results

    recorder = Recorder(
        judging.out / LOG,
        Judge(registry, judging.tables),
        Rewriter(pseudonyms, registry),
        registry=registry,
        after=(judging.every, report),
    )
    over = threading.Event()
    threading.Thread(target=_keep_synced, args=(recorder, over), daemon=True).start()
    with contextlib.suppress(EOFError, pickle.UnpicklingError):  # the carrier has ended, perhaps in the middle of one
        while True:
            recorder.take(pickle.load(source))
    over.set()
    recorder.close()
    return report()


def _keep_synced(recorder: Recorder, over: threading.Event) -> None:
    while not over.wait(_SYNC_SECONDS):
        recorder.sync()


def _size(exchange: Exchange) -> int:
    return sum(len(each.content or b"") for each in (exchange.asked, exchange.told))


def main() -> None:
    """Judge what comes in on standard input; say the results on standard output."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it ends when the carrier has
    os.nice(_NICE)
    try:
        results = judge_all(sys.stdin.buffer)
    except Exception as problem:  # said without its words, which may hold personal data
        why = problem.strerror if isinstance(problem, OSError) else type(problem).__name__
        sys.exit(f"yidi proxy: {why}")
    with contextlib.suppress(BrokenPipeError):  # the carrier was killed: the results are in the folder
        sys.stdout.buffer.write(orjson.dumps(results))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
