"""Whatever a server has said stands, however it ends: killed at any moment, or by a disk that is full."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from simulator.sandbox.clock import Clock
from simulator.sandbox.journal import CannotWrite
from simulator.sandbox.sandbox import Sandbox
from simulator.sandbox.stores import open_store
from tests.sandbox.control_client import START, Client, ground
from tests.sandbox.crashing import ROOT, Province, Server
from tests.sandbox.databases import BINARIES, MISSING, postgres_server


def killed(place: str, cycles: int, seed: int) -> None:
    province = Province(place, ground(), seed)
    for _ in range(cycles):
        province.kill_under_load()
    province.end_cleanly()
    with closing(open_store(place, read_only=True)) as store:
        assert province.check(store) > cycles


def test_nothing_acknowledged_is_lost_in_three_kills(place: str) -> None:
    killed(place, 3, seed=3)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_in_fifty_kills(place: str) -> None:
    killed(place, 50, seed=50)


def test_a_full_disk_ends_the_server_with_a_sentence(tmp_path: Path) -> None:
    place = str(tmp_path / "yidi.db")
    province = Province(place, ground(), seed=1)
    code, said = province.run_until_full(most_bytes=6 << 20)
    assert code == 4
    assert f"the journal {place} cannot be written" in said
    assert "nothing unkept was acknowledged" in said
    assert len([line for line in said.splitlines() if not line.startswith("{")]) == 1  # the others are the log
    with closing(open_store(place, read_only=True)) as store:
        assert province.check(store) > 0


def test_a_full_database_acknowledges_nothing_and_is_whole_again_afterwards(tmp_path: Path) -> None:
    """The limit of pages stands for a disk: one call meets it, and from then on nobody is answered."""

    async def story() -> list[CannotWrite]:
        failures: list[CannotWrite] = []
        sandbox = Sandbox(ground(), tmp_path / "yidi.db", clock=Clock(START), failed=failures.append)
        await sandbox.start()
        client = Client(sandbox)
        first = await client.did("/stays", {})
        run: Any = sandbox.store._writer  # type: ignore[attr-defined]
        run.execute(f"PRAGMA max_page_count = {run.execute('PRAGMA page_count').fetchone()[0]}")
        told = [(await client.did("/stays", {"person": number}))["state"] for number in (1, 2, 3)]
        assert first["state"] == "settled"
        assert set(told[1:]) == {"unknown"}  # the first may have found room on a page
        await sandbox.stop()
        return failures

    (failure,) = asyncio.run(story())
    place = tmp_path / "yidi.db"
    assert str(failure) == f"[Errno 5] the journal {place} cannot be written: database or disk is full"
    assert "the journal is whole" in _verified(place)
    server = Server(str(place))
    assert _stay(server, {"person": 8})["state"] == "settled"
    assert server.end()[0] == 0


def test_a_reply_that_was_lost_after_its_commit_is_given_again(place: str) -> None:
    province = Province(place, ground(), seed=7)
    province.lose_a_reply()
    with closing(open_store(place, read_only=True)) as store:
        assert province.check(store) > 0


@pytest.mark.skipif(not BINARIES.exists(), reason=MISSING)
def test_a_database_that_goes_away_ends_the_server_with_a_sentence() -> None:
    with postgres_server() as database:
        place = database.database()
        province = Province(place, ground(), seed=1)
        code, said = province.run_until(database.restart)
        assert code == 4
        assert f"the journal {place} cannot be written" in said
        assert len([line for line in said.splitlines() if not line.startswith("{")]) == 1  # the others are the log
        province.end_cleanly()
        with closing(open_store(place, read_only=True)) as store:
            assert province.check(store) > 0


def _flip(file: Path, share: float) -> None:
    text = bytearray(file.read_bytes())
    text[int(share * len(text))] ^= 1
    file.write_bytes(text)


def _cut(file: Path, share: float) -> None:
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])


@pytest.mark.parametrize("damage", [_flip, _cut])
def test_a_damaged_journal_stops_the_start_with_its_place(
    damage: Callable[[Path, float], None], tmp_path: Path
) -> None:
    place = tmp_path / "yidi.db"
    server = Server(str(place))
    assert _stay(server, {})["state"] == "settled"
    server.end(signal.SIGKILL)
    damage(tmp_path / "yidi.db-wal", 0.9)
    for _ in range(2):
        line = [sys.executable, "yidi.py", "serve", "--port", "0", "--log", "none", "--db", str(place)]
        ended = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 2
        (said,) = ended.stderr.strip().splitlines()
        assert "of the journal and those after it were on disk and are lost" in said
    assert "were on disk and are lost" in _verified(place)


def _stay(server: Server, wish: dict[str, Any]) -> Any:
    request = urllib.request.Request(f"{server.ready['control_url']}/stays", json.dumps(wish).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.loads(reply.read())


def _verified(place: Path) -> str:
    line = [sys.executable, "yidi.py", "journal", "verify", "--db", str(place)]
    ended = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    return ended.stdout + ended.stderr
