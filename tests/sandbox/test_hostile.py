"""Hostile bodies, frames and slow connections: no server error, no hang, bounded memory, and nobody else notices."""

from __future__ import annotations

import http.client
import json
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.inputs.gateways import SCHEMES
from simulator.sandbox.clock import machine
from tests.sandbox.serving import ROOT, WIRE, Caller, Server, invented, serving

_MOST_GROWTH = 300 << 20  # bytes
_SEED = 20240506


def _attacking(server: Server, **how: Any) -> subprocess.Popen[str]:
    """Attack a server from a process of its own, as a party whose key has been stolen."""
    thief = Caller(server, 1).party
    host, _, port = server.at.partition(":")
    given = {"target": [host, int(port), thief.key_id, thief.secret], "seed": _SEED, **how}
    line = [sys.executable, "-m", "tests.sandbox.hostile", json.dumps(given)]
    return subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True)


class _Memory:
    """How much memory a server has at most while this is watched."""

    def __init__(self, server: Server) -> None:
        self.before = self.most = server.resident()
        self._server, self._over = server, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self.most = max(self.most, self._server.resident())

    def __enter__(self) -> _Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def _still_well(server: Server, caller: Caller) -> None:
    """The server takes an honest message, and nothing of the attack is in its journal."""
    assert caller.say(caller.desk.person_info(machine(), invented())).succeeded
    assert server.get("/readyz").body == b"ready\n"


@pytest.mark.parametrize("most", [400, pytest.param(10_000, marks=pytest.mark.slow)])
def test_hostile_bodies_end_in_a_refusal(tmp_path: Path, most: int) -> None:
    with serving(tmp_path) as server:
        caller = Caller(server)
        caller.sign_in()
        _still_well(server, caller)
        with _Memory(server) as memory:
            attack = _attacking(server, most=most, rate=1000, slow=0)
            told, _ = attack.communicate(timeout=60 + most)
        came = json.loads(told)
        grown = memory.most - memory.before
        print(f"\n{came['sent']} in {came['seconds']} s: {came['outcomes']}; {grown >> 20} MB more")
        assert came["bad"] == []
        assert sum(came["outcomes"].values()) == most
        assert grown < _MOST_GROWTH
        _still_well(server, caller)
        assert not server.count(event="fault")
        thief = Caller(server, 1).party.code
        assert not server.count(event="call", party=thief, infcode=0)
    assert (tmp_path / "yidi.err").read_text() == ""


@pytest.mark.parametrize(
    ("seconds", "slow", "p99"),
    [(4, 60, None), pytest.param(60, 500, 0.25, marks=pytest.mark.slow)],
)
def test_honest_callers_notice_nothing(tmp_path: Path, seconds: int, slow: int, p99: float | None) -> None:
    """50 hostile requests a second and slow connections: each honest message is answered, and soon."""
    with serving(tmp_path) as server:
        caller = Caller(server)
        caller.sign_in()
        with _Memory(server) as memory:
            attack = _attacking(server, most=50 * seconds, rate=50, slow=slow)
            took = sorted(_honest(caller, attack))
            told, _ = attack.communicate(timeout=120)
        came = json.loads(told)
        late = took[int(0.99 * len(took))]
        print(f"\n{len(took)} honest, p50 {1000 * took[len(took) // 2]:.0f} ms, p99 {1000 * late:.0f} ms, {came}")
        assert came["bad"] == []
        assert memory.most - memory.before < _MOST_GROWTH
        assert len(took) > 5 * seconds
        if p99 is not None:
            assert late < p99


def _honest(caller: Caller, attack: subprocess.Popen[str]) -> Iterator[float]:
    """Ask about people, one after another on one connection, while the attack lasts; yield how long each took."""
    line = http.client.HTTPConnection(caller.server.at, timeout=30)
    people, number = [invented(1, area=0), invented(2, "320500"), invented(3, "321000")], 0
    while attack.poll() is None:
        number += 1
        asked = caller.desk.person_info(machine(), people[number % len(people)])
        party = caller.party
        headers = SCHEMES["x-tif"].headers(party.key_id, party.secret, "1101", time.time(), secrets.token_hex(16))
        begun = time.perf_counter()
        line.request("POST", "/1101", WIRE.encode(asked), headers)
        answer = line.getresponse()
        said = json.loads(answer.read())
        yield time.perf_counter() - begun
        assert (answer.status, said["infcode"]) == (200, 0), said
        time.sleep(0.01)
    line.close()
