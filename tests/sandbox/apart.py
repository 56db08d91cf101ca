"""A province, cities and hospitals as processes of their own, and what their journals say afterwards."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from simulator.core import invariants
from simulator.core.network.router import Passed
from simulator.core.platform.effects import Post, Record
from simulator.core.reconciliation.rows import Row, row_of
from simulator.core.reconciliation.totals import NOTHING, Totals
from simulator.core.visits.facts import Settled
from simulator.sandbox.journal import Reader
from simulator.sandbox.roles import role_of
from simulator.sandbox.stores import open_store
from simulator.sandbox.verifying import recompute, verify
from tests.sandbox.control_client import ground
from tests.sandbox.crashing import ROOT

_CALL_SECONDS = 600


class Process:
    """`yidi serve` with a role, in a process of its own over a journal of its own."""

    def __init__(self, db: Path, *options: str) -> None:
        self.db, self._options = db, options
        self.start()

    def start(self) -> None:
        line = [sys.executable, "yidi.py", "serve", "--json", "--port", "0", "--log", "none", "--db", str(self.db)]
        self._process = subprocess.Popen([*line, *self._options], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if not said.endswith("}\n"):
            raise AssertionError(said + self._process.communicate(timeout=30)[0])
        self.ready: dict[str, Any] = json.loads(said)

    @property
    def port(self) -> int:
        return urlsplit(self.ready["url"]).port or 0

    def kill(self) -> None:
        self._process.kill()
        self._over()

    def end(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._over()

    def _over(self) -> int:
        code = self._process.wait(60)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code

    def do(self, path: str, body: Any = None) -> Any:
        """Call the control port: POST with a body, GET without; return what it tells."""
        text = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.ready['control_url']}{path}", data=text)
        try:
            with urllib.request.urlopen(request, timeout=_CALL_SECONDS) as told:
                return json.load(told)
        except urllib.error.HTTPError as problem:
            raise AssertionError(problem.read().decode()) from problem


def eventually(true: Callable[[], bool], seconds: float = 60) -> bool:
    """Ask until something is true or time is over."""
    last = time.monotonic() + seconds
    while not true():
        if time.monotonic() > last:
            return False
        time.sleep(0.1)
    return True


class Told(NamedTuple):
    """What a journal holds of settlements between two cities, by settlement: how many are left of it, and fen."""

    treatment: dict[str, Totals]
    insured: dict[str, Totals]
    passed: dict[str, Totals]


def told_by(db: Path) -> Told:
    """Check a journal whole, have its platforms decide everything anew, and return what it holds."""
    sums: tuple[dict[str, Totals], ...] = ({}, {}, {})
    with closing(open_store(str(db), read_only=True)) as store:
        verify(store, lambda seq: None)
        meta = store.meta()
        recompute(store, role_of(meta).nodes(ground(), dt.date.fromisoformat(meta["start"])), lambda seq: None)
        reader, settled = Reader(store), list[Any]()
        for entry in store.entries():
            for effect in reader.effects(entry):
                if isinstance(effect, Post):
                    assert invariants.posting_balances(effect.posting)
                elif isinstance(effect, Record):
                    for which, row in _rows(effect.fact):
                        sums[which][row.settled] = sums[which].get(row.settled, NOTHING).add(row.totals)
                    settled += [effect.fact] if isinstance(effect.fact, Settled) and effect.fact.visit_id else []
        for role in ("treatment", "insured"):
            assert invariants.settled_once([fact.row for fact in settled if fact.role == role])
    return Told(*({number: left for number, left in each.items() if left != NOTHING} for each in sums))


def _rows(fact: Any) -> Iterator[tuple[int, Row]]:
    if isinstance(fact, Passed):
        yield 2, fact.row
    elif isinstance(fact, Settled) and fact.visit_id and fact.row.treatment_city != fact.row.insured_city:
        yield int(fact.role != "treatment"), row_of(fact.row)
