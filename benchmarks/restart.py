"""Seconds from the start of `yidi serve` to the first settlement: with no journal, and with ever longer ones.

    .venv/bin/python -m benchmarks.restart [--settlements 100000] [--rounds 3] [--folder PLACE]

The settlements are of people who come again and again: their visits are closed, and closed visits are all that grows.
Each length is measured after a clean stop, and after a kill with as much of the journal behind the last snapshot as
there may be. Building 100,000 takes some minutes; ``--folder`` keeps what was built.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.visits import prepare, sandbox_at
from simulator.sandbox.keeper import EVERY

ROOT = Path(__file__).parents[1]
_ENTRIES = 20  # of a settled stay, at least


async def build(place: Path, settlements: int) -> None:
    """Settle as many stays, and end with a snapshot."""
    sandbox = sandbox_at(place)
    await sandbox.start()
    await prepare(sandbox, settlements, settle=True)
    await sandbox.stop()


async def add_tail(place: Path) -> None:
    """Settle on, taking no snapshot, until the next would be due; end as a kill does."""
    sandbox = sandbox_at(place, every=10**9)
    await sandbox.start()
    await prepare(sandbox, EVERY // _ENTRIES, settle=True)
    committer = sandbox.engine._committer
    assert committer is not None
    await asyncio.to_thread(committer.finish)
    sandbox.store.close()


def started(place: Path) -> tuple[float, float]:
    """Start a server and play a stay; return the seconds until it was ready and until the stay was settled."""
    begun = time.perf_counter()
    line = [sys.executable, "yidi.py", "serve", "--json", "--port", "0", "--control-port", "0", "--log", "none"]
    server = subprocess.Popen([*line, "--db", str(place)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        ready = json.loads(server.stdout.readline())
        at = time.perf_counter()
        request = urllib.request.Request(f"{ready['control_url']}/stays", b"{}", method="POST")
        with urllib.request.urlopen(request, timeout=60) as reply:
            settled = json.loads(reply.read())
        assert settled["state"] == "settled", settled
        return at - begun, time.perf_counter() - begun
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()


def measured(what: str, journal: Path | None, rounds: int) -> float:
    """Measure starts on a journal, each of which ends in a kill, or without one; print and return the median.

    The journal stays where it was built: to copy gigabytes before each start would measure the machine's memory.
    """
    times = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            times.append(started((journal or Path(name)) / "yidi.db"))
    ready, settled = (statistics.median(each) for each in zip(*times, strict=True))
    print(f"{what:44} ready {ready:5.2f} s   first settlement {settled:5.2f} s", flush=True)
    return settled


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--settlements", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where journals are built, and found again")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder: Path = asked.folder or Path(name)
        first = measured("no journal (limit 2)", None, asked.rounds)
        lengths = sorted({asked.settlements // 4, asked.settlements})
        before, found = 0, {}
        for length in lengths:
            clean, killed = folder / f"{length}", folder / f"{length}-killed"
            if not clean.exists():
                if before:
                    shutil.copytree(folder / f"{before}", clean)
                else:
                    clean.mkdir(parents=True)
                asyncio.run(build(clean / "yidi.db", length - before))
            if not killed.exists():
                shutil.copytree(clean, killed)
                asyncio.run(add_tail(killed / "yidi.db"))
            before = length
            os.sync()  # what was copied is on disk before anything is measured
            found[length] = measured(f"{length} settlements, stopped (limit 3)", clean, asked.rounds)
            measured(f"{length} settlements, killed (limit 3)", killed, asked.rounds)
    grown = found[lengths[-1]] / found[lengths[0]]
    print(f"a new journal {first:.2f} s; four times as many closed visits take {grown:.2f} times as long (limit 1.2)")


if __name__ == "__main__":
    main()
