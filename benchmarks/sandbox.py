"""Durable settlements a second through the sandbox, beside its server with nothing to decide, and beside Prism.

    .venv/bin/python -m benchmarks.sandbox [--rounds 3] [--settlements 2000] [--seconds 6] [--db PLACE]

All in one run: servers are kept to one core, the load generator to the other. Visits are opened beforehand; then 2304
after 2304 is sent, signed, each for another visit, all tiers in one process. Beside it, round by round: (a) the same
server with a fixed reply and a durable write of what was sent; (a+) the same, but each call is checked, read and kept
as a message; (b) Prism 5.14 with our OpenAPI document, which answers without looking at anybody's visit and keeps
nothing. Last, the latency at 70 % of the rate, as people come: open loop. Prism is installed into ``out/prism`` by npm
where it is missing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import schemas
from benchmarks.load import closed, open_loop
from benchmarks.visits import Visit, prepare, sandbox_at
from simulator.inputs.gateways import SCHEMES
from simulator.inputs.wire import Wire
from simulator.sandbox.clock import machine
from simulator.sandbox.parties import Party

ROOT = Path(__file__).parents[1]
PRISM = ROOT / "out" / "prism"
SERVERS_CORE, LOAD_CORE = 0, 1
LINES = 64  # connections that are kept busy
SHARE = 0.7  # of the rate, at which latency is measured
GOOD = b'"infcode":0'
_WIRE = Wire(schemas.load())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--settlements", type=int, default=2000, help="of a round")
    parser.add_argument("--seconds", type=float, default=6, help="of the open loop")
    parser.add_argument("--db", default="", help="where the journal is kept; a file in a temporary folder by default")
    parser.add_argument("--no-prism", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        run(asked, Path(name))


def run(asked: Any, folder: Path) -> None:
    """Open the visits, start the servers, and measure."""
    place = asked.db or str(folder / "yidi.db")
    wanted = asked.rounds * asked.settlements + int(asked.seconds * 2000)
    print(f"{wanted} visits are opened …", flush=True)
    visits, parties = asyncio.run(opened(place, wanted))
    os.sched_setaffinity(0, {LOAD_CORE})
    with contextlib.ExitStack() as servers:
        yidi = servers.enter_context(sandbox(place))
        fixed = servers.enter_context(fixed_reply(folder))
        front = servers.enter_context(fixed_reply(folder, "--front"))
        mocked = None if asked.no_prism else servers.enter_context(prism(folder))
        rates: dict[str, list[float]] = {"yidi": [], "a": [], "a+": [], "b": []}
        print("round  yidi/s     a/s    a+/s     b/s   yidi/a  yidi/a+   yidi/b")
        for number in range(1, asked.rounds + 1):
            some = taken(visits, asked.settlements)
            rates["yidi"].append(rate_of(yidi, signed(some, parties)))
            rates["a"].append(rate_of(fixed, signed(some, parties)))
            rates["a+"].append(rate_of(front, signed(some, parties)))
            if mocked:
                rates["b"].append(rate_of(mocked, signed(some[:500], parties)))
            row = [each[-1] if each else 0.0 for each in rates.values()]
            ratios = [row[0] / each if each else 0.0 for each in row[1:]]
            print(f"{number:5} {' '.join(f'{each:7.0f}' for each in row)} {' '.join(f'{e:8.2f}' for e in ratios)}")
        rate = statistics.median(rates["yidi"])
        some = taken(visits, min(int(SHARE * rate * asked.seconds), len(visits)))
        seen = open_loop(yidi, signed(some, parties), SHARE * rate, lines=4 * LINES, wanted=GOOD)
    print(f"settlements a second: {rate:.0f} (at least 1000)")
    for name, limit in (("a", "at least 0.25, aim 0.5"), ("a+", "no limit"), ("b", "at least 2")):
        if rates[name]:
            ratio = statistics.median(ours / theirs for ours, theirs in zip(rates["yidi"], rates[name], strict=True))
            print(f"beside ({name}): {ratio:.2f} ({limit})")
    print(f"open loop, {SHARE * rate:.0f} a second: p50 {seen.at(0.5):.1f} ms, p99 {seen.at(0.99):.1f} ms (below 100)")


def rate_of(server: tuple[str, int], requests: Sequence[bytes]) -> float:
    """Return how many requests a second a server answers that is kept busy."""
    return closed(server, requests, lines=LINES, wanted=GOOD).rate


async def opened(place: str, visits: int) -> tuple[list[Visit], dict[str, Party]]:
    """Make a journal with open visits; return them, and the parties by code."""
    made = sandbox_at(place, every=10**9)
    await made.start()
    found = await prepare(made, visits)
    parties = {party.code: party for party in made.directory.parties.values()}
    await made.stop()
    return found, parties


def taken(visits: list[Visit], number: int) -> list[Visit]:
    """Take visits nobody has settled."""
    some = visits[:number]
    del visits[:number]
    return some


def signed(visits: Sequence[Visit], parties: dict[str, Party]) -> list[bytes]:
    """Return a signed 2304 for each visit, as it goes over the socket."""
    texts, now = [], machine()
    for visit in visits:
        asked = visit.desk.settle(now, "2304", visit.person, visit.number, visit.bill, use_account=True)
        party, body = parties[asked.party], _WIRE.encode(asked)
        scheme, nonce = SCHEMES[party.scheme], secrets.token_hex(16)
        headers = scheme.headers(party.key_id, party.secret, "2304", time.time(), nonce)
        lines = [f"{name}: {value}" for name, value in headers.items()]
        head = ["POST /2304 HTTP/1.1", "host: sandbox", "content-type: application/json;charset=utf-8", *lines]
        texts.append("\r\n".join([*head, f"content-length: {len(body)}", "", ""]).encode() + body)
    return texts


@contextlib.contextmanager
def process(*line: str) -> Iterator[subprocess.Popen[str]]:
    """Run a server on the servers' core."""
    pinned = ["taskset", "-c", str(SERVERS_CORE), *line]
    server = subprocess.Popen(pinned, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield server
    finally:
        server.terminate()
        server.wait(60)


@contextlib.contextmanager
def sandbox(place: str) -> Iterator[tuple[str, int]]:
    """Run `yidi serve`; it begins with a snapshot, and takes none meanwhile that it would not take otherwise."""
    ports = ("--port", "0", "--control-port", "0")
    with process(sys.executable, "yidi.py", "serve", "--json", *ports, "--db", place, "--log", "none") as server:
        assert server.stdout is not None
        ready = json.loads(server.stdout.readline())
        yield "127.0.0.1", int(ready["url"].rpartition(":")[2])


@contextlib.contextmanager
def fixed_reply(folder: Path, *options: str) -> Iterator[tuple[str, int]]:
    """Run the server with a fixed reply."""
    own = folder / f"fixed{len(options)}"
    own.mkdir()
    with process(sys.executable, "-m", "benchmarks.fixed_reply", str(own), *options) as server:
        assert server.stdout is not None
        yield "127.0.0.1", int(server.stdout.readline())


@contextlib.contextmanager
def prism(folder: Path) -> Iterator[tuple[str, int]]:
    """Run Prism with our OpenAPI document, static examples."""
    if not (PRISM / "node_modules").exists():
        PRISM.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(PRISM)]
        subprocess.run([*install, "@stoplight/prism-cli@5.14"], check=True)
    document = folder / "openapi.json"
    subprocess.run([sys.executable, "yidi.py", "schema", "openapi", "--out", str(document)], cwd=ROOT, check=True)
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    binary = str(PRISM / "node_modules" / ".bin" / "prism")
    with process(binary, "mock", "-v", "silent", "-p", str(port), "-h", "127.0.0.1", str(document)):
        while True:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield "127.0.0.1", port


if __name__ == "__main__":
    main()
