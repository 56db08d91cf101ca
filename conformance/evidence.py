"""Evidence: what went over the wire, whole, one line an exchange, each line chained to the one before it.

A line is written before anything is judged, so that a verdict can be reached again from the lines alone. People in it
are invented, so nothing is masked.
"""

from __future__ import annotations

import base64
import hashlib
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from simulator.inputs.errors import InputError

FIRST = "0" * 64
TO, FROM, HOOK, MARK = "to", "from", "hook", "mark"
RUN, BEGIN, END = "run", "begin", "end"
"""Kinds of lines: a call of the system under test, a call it made, a hook, a time a case was told; what is run, and
where an attempt at a case begins and ends."""
_SORTED = orjson.OPT_SORT_KEYS


class Line(NamedTuple):
    """One line: its number, whose it is (case and attempt), what kind, when (bench time, ISO), and what was said."""

    number: int
    case: str
    attempt: int
    kind: str
    now: str
    said: Mapping[str, Any]
    before: str
    digest: str


class Chain:
    """Appends lines to a file; every line is on disk when :meth:`add` returns, unless it is told otherwise.

    An unfinished last line, as a kill leaves one, is cut off; ``lines`` are those found.
    """

    def __init__(self, path: Path) -> None:
        self.lines: list[Line] = []
        whole = 0
        if path.exists():
            content = path.read_bytes()
            whole = content.rfind(b"\n") + 1
            self.lines = list(checked(content[:whole], str(path)))
        self._file = path.open("ab")
        self._file.truncate(whole)
        self._number = len(self.lines)
        self._digest = self.lines[-1].digest if self.lines else FIRST
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """Return how many lines there are."""
        return self._number

    @property
    def root(self) -> str:
        """Return the digest of the last line."""
        return self._digest

    def add(self, case: str, attempt: int, kind: str, now: str, said: Mapping[str, Any], *, sync: bool = True) -> Line:
        """Append a line and return it; without ``sync`` it outlives this process, the machine only after a sync."""
        with self._lock:
            self._number += 1
            line = Line(self._number, case, attempt, kind, now, said, self._digest, "")
            line = line._replace(digest=_digest(line))
            self._file.write(orjson.dumps(line._asdict(), option=_SORTED) + b"\n")
            self._file.flush()
            if sync:
                os.fsync(self._file.fileno())
            self._digest = line.digest
            return line

    def sync(self) -> None:
        """Have every line on disk."""
        with self._lock:
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def checked(content: bytes, name: str) -> Iterator[Line]:
    """Read lines and check their chain; raises InputError at the first that is not what was written."""
    before = FIRST
    for number, text in enumerate(content.split(b"\n")[:-1], 1):
        try:
            row = orjson.loads(text)
            line = Line(**row)
            right = orjson.dumps(row, option=_SORTED) == text
        except (orjson.JSONDecodeError, TypeError) as problem:
            raise InputError(
                name, f"line {number}", f"is no line of evidence ({problem})", "restore the file"
            ) from None
        if not right or line.number != number or line.before != before or line.digest != _digest(line):
            raise InputError(name, f"line {number}", "was changed after it was written", "restore the file")
        before = line.digest
        yield line
    if content and not content.endswith(b"\n"):
        raise InputError(name, "", "ends in the middle of a line", "restore the file")


def as_text(content: bytes) -> str | dict[str, str]:
    """Return bytes as they stand in a line: text where they are UTF-8, else base64."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def as_bytes(said: Any) -> bytes:
    """Return the bytes that stand in a line."""
    return base64.b64decode(said["base64"]) if isinstance(said, dict) else str(said).encode()


def _digest(line: Line) -> str:
    text = orjson.dumps(line[:-1], option=_SORTED)
    return hashlib.sha256(text).hexdigest()
