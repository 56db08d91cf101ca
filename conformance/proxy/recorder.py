"""Writes each exchange with pseudonyms, has it judged, and counts what could not be judged."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import schemas
from conformance.evidence import Chain
from conformance.proxy.exchange import Copy, Exchange
from conformance.proxy.judge import BEHIND, FAULT, UNWRITTEN, Judge
from conformance.proxy.reading import Read, Said, read
from conformance.proxy.rewriting import Rewriter
from conformance.proxy.tally import Tally

EXCHANGE, MISSED = "exchange", "missed"
"""Kinds of lines: an exchange, and a place where one was left out."""
LOG = "exchanges.ndjson"


class Recorder(Tally):
    """Writes and judges, one exchange after the other; ``after`` is what to call after each so many."""

    def __init__(
        self,
        log: Path,
        judge: Judge,
        rewriter: Rewriter,
        *,
        registry: schemas.Registry,
        after: tuple[int, Callable[[], object]] = (0, lambda: None),
    ) -> None:
        super().__init__(judge)
        self.chain = Chain(log)
        self.cannot_write = ""
        self._registry, self._rewriter, self._after = registry, rewriter, after
        self._unsynced = False

    def take(self, exchange: Exchange | None) -> None:
        """Write and judge an exchange, None for one that was left out; never fails."""
        self.seen += 1
        if exchange is None:
            self.judge.miss(BEHIND)
            self._write(MISSED, "", "", {"why": BEHIND})
        else:
            self.reached = self.reached or exchange.status > 0
            try:
                self._judged(exchange)
            except Exception as problem:  # a fault of ours: the next one is judged, and it is noted
                self.judge.miss(FAULT)
                self._write(MISSED, "", exchange.at.isoformat(), {"why": FAULT, "fault": type(problem).__name__})
        every, call = self._after
        if every and self.seen % every == 0:
            with contextlib.suppress(Exception):  # a report that cannot be written now: the last one will say why
                call()

    def close(self) -> None:
        """Have the log on disk, and close it."""
        self.sync()
        self.chain.close()

    def sync(self) -> None:
        """Have the log on disk."""
        if self._unsynced and not self.cannot_write:
            self._unsynced = False
            try:
                self.chain.sync()
            except OSError as problem:
                self.cannot_write = problem.strerror or type(problem).__name__

    def _judged(self, exchange: Exchange) -> None:
        said = read(exchange, self._registry)
        known = self._rewriter.known(*(each.text for each in (said.asked, said.told) if each.text))
        line = self._write(EXCHANGE, said.infno, exchange.at.isoformat(), self._line(exchange, said, known))
        for found in self.judge.judge(exchange, said):
            self.note(found, line, lambda text: self._rewriter.words(text, known))

    @property
    def log(self) -> Mapping[str, Any]:
        """Return what the results say of the log."""
        chain = self.chain
        return {"file": LOG, "lines": chain.count, "root": chain.root, "cannot_write": self.cannot_write}

    def _line(self, exchange: Exchange, said: Read, known: Mapping[str, str]) -> dict[str, Any]:
        path, asks, _ = exchange.path.partition("?")
        return {
            "method": exchange.method,
            "path": self._rewriter.words(path, known) + ("?…" if asks else ""),
            "request": self._shown(exchange.asked, said.asked, known),
            "status": exchange.status,
            "reply": self._shown(exchange.told, said.told, known),
            "why": exchange.why,
            "seconds": exchange.seconds,
        }

    def _shown(self, copy: Copy, said: Said, known: Mapping[str, str]) -> str | dict[str, Any]:
        """Return what the log has of a body: a text with pseudonyms, of anything else only how long it was."""
        if said.text is not None:
            return self._rewriter.message(said.text, known)
        if not copy.size:
            return ""
        withheld: dict[str, Any] = {"withheld": said.kind, "bytes": copy.size}
        return withheld if copy.content is None else withheld | {"keyed_digest": self._rewriter.digest(copy.content)}

    # -- the log --------------------------------------------------------------------------------------------------

    def _write(self, kind: str, infno: str, at: str, said: Mapping[str, Any]) -> int:
        """Append a line and return its number, 0 where the log can no longer be written."""
        if not self.cannot_write:
            try:
                line = self.chain.add(infno, 0, kind, at, said, sync=False)
                self._unsynced = True
                return line.number
            except OSError as problem:  # a full disk: a torn line must stay the last one
                self.cannot_write = problem.strerror or type(problem).__name__
        self.judge.not_judged[UNWRITTEN] += 1
        return 0
