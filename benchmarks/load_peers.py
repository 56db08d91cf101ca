"""Our player beside Locust (FastHttpUser), wrk and hey, against the same trivial server, in one run.

    .venv/bin/python -m benchmarks.load_peers [--rounds 3] [--seconds 6] [--offered 5000] [--only NAME…]

The server (C, epoll) is kept to one core, the generator to the other; rounds are interleaved. First as fast as they go
over 64 connections: requests a second and the share of the core it took. Then paced: how many requests of those
planned never came, and how late they came, against a line through the best of them. All is counted by the server, so
that one measure holds for all; processor time is the kernel's. Locust is installed into ``out/locust`` by pip, the
server compiled into ``out``; wrk and hey are Debian's (``apt-get install wrk hey``). What is not there is left out, and
said. wrk cannot pace.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from simulator.traffic.address import Address, Credentials
from simulator.traffic.calls import Call, Script
from simulator.traffic.player import play

ROOT = Path(__file__).parents[1]
OUT = ROOT / "out"
LOCUST = OUT / "locust"
SERVER_CORE, LOAD_CORE = "0", "1"
LINES = 64
LEAD_SECONDS = 4.0  # from the start of a generator to the window in which it is measured
TAIL_SECONDS = 1.0
BODY = b'{"infno":"2304","msgid":"H32010000001203105060900000001","input":{"data":"' + b"x" * 700 + b'"}}'

_LOCUST_FILE = """
from locust import FastHttpUser, constant_throughput, task
class Caller(FastHttpUser):
    {pace}
    @task
    def settle(self):
        self.client.post("/2304", data={body!r}, headers={{"Content-Type": "application/json"}})
"""
_WRK_FILE = """
wrk.method = "POST"
wrk.path = "/2304"
wrk.body = '{body}'
wrk.headers["Content-Type"] = "application/json"
"""

Line = Callable[[int, float, float, Path], list[str]]
"""The command of a generator for a port, seconds, calls a second (0: as many as go) and a folder for its files."""


class Window(NamedTuple):
    """What was seen of a generator in a window: arrivals (seconds), share of a core."""

    seconds: float
    arrivals: Sequence[float]
    cpu: float

    @property
    def rate(self) -> float:
        """Return requests a second."""
        return len(self.arrivals) / self.seconds

    def late(self, offered: float) -> list[float]:
        """Return how late each request was (milliseconds, sorted), if one was due every 1/offered seconds."""
        off = [at - number / offered for number, at in enumerate(self.arrivals)]
        return sorted(1000 * (each - min(off)) for each in off)


def ours(port: int, seconds: float, rate: float, folder: Path) -> list[str]:
    """Return the command of our own player."""
    return [sys.executable, "-m", "benchmarks.load_peers", "--play", str(port), str(seconds), str(rate)]


def locust(port: int, seconds: float, rate: float, folder: Path) -> list[str]:
    """Return the command of Locust."""
    file = folder / "locustfile.py"
    pace = f"wait_time = constant_throughput({rate / LINES})" if rate else ""
    file.write_text(_LOCUST_FILE.format(pace=pace, body=BODY))
    how = ["--headless", "--only-summary", "-u", str(LINES), "-r", str(LINES), "-t", f"{seconds:.0f}s"]
    return [str(LOCUST / "bin" / "locust"), "-f", str(file), *how, "--host", f"http://127.0.0.1:{port}"]


def wrk(port: int, seconds: float, rate: float, folder: Path) -> list[str]:
    """Return the command of wrk; it knows no pace."""
    file = folder / "post.lua"
    file.write_text(_WRK_FILE.format(body=BODY.decode()))
    return ["wrk", "-t1", f"-c{LINES}", f"-d{seconds:.0f}s", "-s", str(file), f"http://127.0.0.1:{port}"]


def hey(port: int, seconds: float, rate: float, folder: Path) -> list[str]:
    """Return the command of hey; its pace is one for each connection."""
    file = folder / "body.json"
    file.write_bytes(BODY)
    pace = ["-q", f"{rate / LINES:g}"] if rate else []
    how = ["-cpus", "1", "-c", str(LINES), "-z", f"{seconds:.0f}s", "-m", "POST", "-T", "application/json"]
    return ["hey", *how, *pace, "-D", str(file), f"http://127.0.0.1:{port}/2304"]


TOOLS: dict[str, Line] = {"yidi": ours, "Locust": locust, "wrk": wrk, "hey": hey}


def main() -> None:
    """Measure and print; or play, where this is the generator."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--offered", type=float, nargs="+", default=[5000.0, 20_000.0])
    parser.add_argument("--only", nargs="+", choices=TOOLS, default=list(TOOLS))
    parser.add_argument("--play", nargs=3, type=float, metavar=("PORT", "SECONDS", "RATE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.play:
        generate(int(asked.play[0]), *asked.play[1:])
        return
    with tempfile.TemporaryDirectory() as name:
        run(asked.rounds, asked.seconds, asked.offered, there(asked.only), Path(name))


def generate(port: int, seconds: float, rate: float) -> None:
    """Play at a rate, or with as many visits as connections, each of which asks as soon as it is answered."""
    call = Call("2304", "H", 0, (BODY,))
    if rate:
        scripts = [Script(each, round(each * 1e6 / rate), (call,), {}) for each in range(round(seconds * rate))]
    else:
        scripts = [Script(each, 0, (call,) * 50_000, {}) for each in range(LINES)]
    address, parties = Address.of(f"http://127.0.0.1:{port}"), {"H": Credentials("none", "", "")}
    end = time.monotonic() + seconds
    seen = play(
        scripts,
        address,
        parties,
        seconds=seconds,
        connections=256 if rate else LINES,
        wait_seconds=5,
        stop=lambda: time.monotonic() > end + (TAIL_SECONDS if rate else 0),
    )
    lag = [seen.lag.get_value_at_percentile(percent) / 1000 for percent in (50, 99, 100)]
    print(f"     yidi says: {dict(seen.outcomes())}, lag ms p50 {lag[0]:.2f}, p99 {lag[1]:.2f}, max {lag[2]:.2f}")


def run(rounds: int, seconds: float, offered: Sequence[float], tools: Sequence[str], folder: Path) -> None:
    """Measure round by round."""
    server = compiled()
    rates: dict[str, list[Window]] = {name: [] for name in tools}
    print(f"as fast as they go, {LINES} connections; requests/s (share of a core)")
    for number in range(1, rounds + 1):
        for name in tools:
            rates[name].append(measured(server, name, seconds, 0, folder))
        row = (f"{name} {rates[name][-1].rate:,.0f} ({rates[name][-1].cpu:.0%})" for name in tools)
        print(f"{number:5}  {'   '.join(row)}", flush=True)
    for name in tools if "yidi" in tools else ():
        ratio = statistics.median(ours.rate / peer.rate for ours, peer in zip(rates["yidi"], rates[name], strict=True))
        work = statistics.median(ours.rate / ours.cpu for ours in rates["yidi"]) / statistics.median(
            peer.rate / peer.cpu for peer in rates[name]
        )
        if name != "yidi":
            print(f"yidi / {name}: {ratio:.2f}; for the same processor time {work:.2f}")
    for rate in offered:
        print(f"{rate:,.0f}/s offered: came, dropped, late ms p50 / p99 / max (share of a core)")
        for number in range(1, rounds + 1):
            for name in (each for each in tools if each != "wrk"):
                print(f"{number:5}  {name:7}{paced(measured(server, name, seconds, rate, folder), rate)}", flush=True)


def paced(seen: Window, rate: float) -> str:
    """Return how a generator kept a pace, in words."""
    late, planned = seen.late(rate) or [0.0], rate * seen.seconds
    dropped = max(1 - len(seen.arrivals) / planned, 0)
    at = [late[min(int(share * len(late)), len(late) - 1)] for share in (0.5, 0.99, 1)]
    return f"{seen.rate:8,.0f}/s {dropped:7.2%}  {at[0]:8.2f} {at[1]:8.2f} {at[2]:8.2f}  ({seen.cpu:.0%})"


def measured(server: Path, name: str, seconds: float, rate: float, folder: Path) -> Window:
    """Run a generator against a server of its own and measure it in the middle."""
    file = folder / "times"
    with serving(server, file) as port:
        line = TOOLS[name](port, LEAD_SECONDS + seconds + TAIL_SECONDS, rate, folder)
        with (folder / "said").open("w") as said:
            tool = subprocess.Popen(["taskset", "-c", LOAD_CORE, *line], cwd=ROOT, stdout=said, stderr=said)
            time.sleep(LEAD_SECONDS)
            begun, before = time.monotonic(), cpu_seconds(tool.pid)
            time.sleep(seconds)
            ended, after = time.monotonic(), cpu_seconds(tool.pid)
            status = tool.wait(60)
    text = (folder / "said").read_text()
    if status and name != "Locust":  # which says by its status that calls failed: the server has counted
        raise SystemExit(f"{name} ended with status {status}: {text[-1000:]}")
    if name == "yidi":
        print(text.rstrip())
    times = array("Q")
    times.frombytes(file.read_bytes())
    inside = [at / 1e9 - begun for at in times if begun <= at / 1e9 < ended]
    return Window(ended - begun, inside, (after - before) / (ended - begun))


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and those of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(each) for each in fields[11:15]) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def serving(server: Path, file: Path) -> Iterator[int]:
    """Run the server on its core; when it has ended, ``file`` holds when each request came."""
    line = ["taskset", "-c", SERVER_CORE, str(server), str(file)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield int(running.stdout.readline())
        finally:
            running.terminate()


def compiled() -> Path:
    """Compile the server; end where there is no compiler."""
    if not (compiler := shutil.which("cc")):
        raise SystemExit("the server is written in C and there is no compiler: apt-get install gcc")
    OUT.mkdir(exist_ok=True)
    made = OUT / "trivial_server"
    subprocess.run([compiler, "-O2", "-o", str(made), str(Path(__file__).with_name("trivial_server.c"))], check=True)
    return made


def there(wanted: Sequence[str]) -> list[str]:
    """Return the generators that can be run; say what is missing."""
    found = []
    for name in wanted:
        if name in {"wrk", "hey"} and not shutil.which(name):
            print(f"{name} is left out: it is not installed (apt-get install {name})")
        elif name == "Locust" and not installed_locust():
            print("Locust is left out: pip could not install it into out/locust")
        else:
            found.append(name)
    return found


def installed_locust() -> bool:
    """Install Locust into an environment of its own where it is missing; tell whether it is there."""
    if not (LOCUST / "bin" / "locust").exists():
        quiet = subprocess.DEVNULL
        subprocess.run([sys.executable, "-m", "venv", str(LOCUST)], check=True)
        subprocess.run([str(LOCUST / "bin" / "pip"), "install", "--quiet", "locust==2.*"], check=False, stderr=quiet)
    return (LOCUST / "bin" / "locust").exists()


if __name__ == "__main__":
    main()
