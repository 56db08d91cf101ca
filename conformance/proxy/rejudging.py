"""Judges a written log again, without network and key: what pseudonyms leave as it was comes out as it did.

What was withheld cannot be read again: a form without its file, a file, a body that was no message.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import schemas
from conformance.evidence import FIRST, Line, checked
from conformance.proxy.exchange import Copy, Exchange
from conformance.proxy.judge import BEHIND, Judge
from conformance.proxy.reading import read
from conformance.proxy.recorder import MISSED
from conformance.proxy.results import About, results_of
from conformance.proxy.tally import Tally
from simulator.core.visits.lifecycle import Tables
from simulator.inputs.errors import InputError

_JSON, _FILE, _UNKNOWN_ENCODING = "application/json", "application/octet-stream", "withheld"
_UNREADABLE = b"\xff"


def judge_again(path: Path, profile: str, pack: str, tables: Tables) -> Mapping[str, Any]:
    """Return the results of a log, a torn last line left out; raises InputError for one that was changed."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise InputError(str(path), "", f"cannot be read ({problem.strerror})", "name a log of yidi proxy") from None
    registry = schemas.load(profile=profile)
    tally, last = Tally(Judge(registry, tables)), None
    for line in checked(content[: content.rfind(b"\n") + 1], str(path)):
        last = line
        _take(tally, line, registry)
    number, root, now = (last.number, last.digest, last.now) if last else (0, FIRST, "")
    log = {"file": str(path), "lines": number, "root": root, "cannot_write": ""}
    return results_of(About("", str(path), profile, pack, ""), tally, log, ended=now)


def _take(tally: Tally, line: Line, registry: schemas.Registry) -> None:
    if line.kind == MISSED:
        tally.seen += line.said["why"] == BEHIND  # after a fault of ours the exchange has a line of its own
        tally.judge.miss(line.said["why"])
        return
    tally.seen += 1
    exchange = _exchange(line)
    tally.reached = tally.reached or exchange.status > 0
    for found in tally.judge.judge(exchange, read(exchange, registry)):
        tally.note(found, line.number)


def _exchange(line: Line) -> Exchange:
    said = line.said
    at = dt.datetime.fromisoformat(line.now)
    asked, told = _copy(said["request"]), _copy(said["reply"])
    return Exchange(at, said["seconds"], said["method"], said["path"], asked, said["status"], told, said["why"])


def _copy(said: Any) -> Copy:
    if isinstance(said, str):
        return Copy(said.encode(), len(said.encode()), _JSON)
    kind, size = said["withheld"], said["bytes"]
    if kind == "too long":
        return Copy(None, size, "")
    return Copy(_UNREADABLE, size, _FILE if kind == "file" else "", _UNKNOWN_ENCODING if kind == "encoded" else "")
