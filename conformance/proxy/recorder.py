"""Beside the traffic: writes each exchange with pseudonyms, has it judged, and counts what it could not judge.

The relay hands exchanges over and goes on; a thread takes them in the order in which they ended. Where more come than
it takes in, the latest are left out, which is noted in the log and counted: what follows from them is not known then.
"""

from __future__ import annotations

import collections
import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from conformance.evidence import Chain
from conformance.proxy.exchange import Copy, Exchange
from conformance.proxy.findings import Finding
from conformance.proxy.judge import BEHIND, FAULT, UNWRITTEN, Judge
from conformance.proxy.pseudonyms import Pseudonyms
from conformance.proxy.reading import Read, Said, read
from conformance.proxy.rewriting import Rewriter

EXCHANGE, MISSED = "exchange", "missed"
"""Kinds of lines: an exchange, and a place where one was left out."""
_MOST_BYTES, _MOST_WAITING = 64 << 20, 5_000
_MOST_FINDINGS = 2_000
_SYNC_LINES = 200


class Recorder:
    """Writes and judges; ``every`` is called after each so many exchanges, on the thread that judges."""

    def __init__(
        self,
        log: Path,
        judge: Judge,
        rewriter: Rewriter,
        pseudonyms: Pseudonyms,
        *,
        registry: Any,
        after: tuple[int, Callable[[], object]] = (0, lambda: None),
    ) -> None:
        self.judge = judge
        self.chain = Chain(log)
        self.findings: list[Finding] = []
        self.counts: Counter[tuple[str, str, str]] = Counter()  # by code, side and level
        self.seen = 0
        self.cannot_write = ""
        self._registry, self._rewriter, self._pseudonyms, self._after = registry, rewriter, pseudonyms, after
        self._waiting: collections.deque[Exchange | None] = collections.deque()
        self._bytes = 0
        self._there_is, self._ending = threading.Condition(), False
        self._unsynced = 0
        self._thread = threading.Thread(target=self._run, name="judge", daemon=True)
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
        """Judge what is left and close the log."""
        with self._there_is:
            self._ending = True
            self._there_is.notify()
        self._thread.join()
        self.chain.close()

    def _run(self) -> None:
        while True:
            with self._there_is:
                if not self._waiting:
                    self._sync()
                self._there_is.wait_for(lambda: self._waiting or self._ending)
                if not self._waiting:
                    return
                exchange = self._waiting.popleft()
                self._bytes -= _size(exchange) if exchange else 0
            self._take(exchange)

    def _take(self, exchange: Exchange | None) -> None:
        self.seen += 1
        if exchange is None:
            self.judge.miss(BEHIND)
            self._write(MISSED, "", "", {"why": BEHIND})
        else:
            try:
                self._judged(exchange)
            except Exception as problem:  # a fault of ours: the traffic flows on, and it is noted
                self.judge.miss(FAULT)
                self._write(MISSED, "", exchange.at.isoformat(), {"why": FAULT, "fault": type(problem).__name__})
        every, call = self._after
        if every and self.seen % every == 0:
            self._sync()
            with contextlib.suppress(Exception):  # a report that cannot be written now: the last one will say why
                call()

    def _judged(self, exchange: Exchange) -> None:
        said = read(exchange, self._registry)
        known = self._rewriter.known(*(each.text for each in (said.asked, said.told) if each.text))
        line = self._write(EXCHANGE, said.infno, exchange.at.isoformat(), self._line(exchange, said, known))
        for found in self.judge.judge(exchange, said):
            self.counts[found.code, found.side, found.level] += 1
            if len(self.findings) < _MOST_FINDINGS:
                texts = {
                    name: self._rewriter.words(str(getattr(found, name)), known)
                    for name in ("infno", "place", "expected", "received", "zh", "en")
                }
                self.findings.append(found._replace(line=line, **texts))

    def _line(self, exchange: Exchange, said: Read, known: Mapping[str, str]) -> dict[str, Any]:
        path, asks, _ = exchange.path.partition("?")
        return {
            "method": exchange.method,
            "path": self._rewriter.words(path, known) + ("?…" if asks else ""),
            "request": self._shown(exchange.asked, said.asked, known),
            "status": exchange.status,
            "reply": self._shown(exchange.told, said.told, known),
            "why": exchange.why,
            "seconds": round(exchange.seconds, 4),
        }

    def _shown(self, copy: Copy, said: Said, known: Mapping[str, str]) -> str | dict[str, Any]:
        """Return what the log has of a body: a text with pseudonyms, of anything else only how long it was."""
        if said.text is not None:
            return self._rewriter.message(said.text, known)
        if not copy.size:
            return ""
        withheld: dict[str, Any] = {"withheld": said.kind, "bytes": copy.size}
        return withheld if copy.content is None else withheld | {"keyed_digest": self._pseudonyms.digest(copy.content)}

    # -- the log --------------------------------------------------------------------------------------------------

    def _write(self, kind: str, infno: str, at: str, said: Mapping[str, Any]) -> int:
        """Append a line and return its number, 0 where the log can no longer be written."""
        if not self.cannot_write:
            try:
                line = self.chain.add(infno, 0, kind, at, said, sync=False)
                self._unsynced += 1
                if self._unsynced >= _SYNC_LINES:
                    self._sync()
                return line.number
            except OSError as problem:  # a full disk: a torn line must stay the last one
                self.cannot_write = problem.strerror or type(problem).__name__
        self.judge.not_judged[UNWRITTEN] += 1
        return 0

    def _sync(self) -> None:
        if self._unsynced and not self.cannot_write:
            self._unsynced = 0
            try:
                self.chain.sync()
            except OSError as problem:
                self.cannot_write = problem.strerror or type(problem).__name__


def _size(exchange: Exchange) -> int:
    return sum(len(each.content or b"") for each in (exchange.asked, exchange.told))
