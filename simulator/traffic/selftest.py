"""Shows that the player tells the truth: a server is stopped for half of a run, and the exact figures are known.

Calls are due uniformly over T seconds, and the server is stopped for S of them. A call due x seconds into the stop is
answered S - x later, every other one at once. So the mean is S²/2T, the longest S, and the 99th percentile S - T/100.
Beside it runs what most tools are, a closed loop: a few users, each of whom waits for an answer before the next call.
They ask next to nothing while the server is stopped, and report times that nobody who arrived then has seen.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from simulator.traffic.address import Address, Credentials
from simulator.traffic.calls import Call, Script
from simulator.traffic.counts import Counts, add, added, bucket, mean, percentile
from simulator.traffic.plain_server import REPLY
from simulator.traffic.player import play
from simulator.traffic.seen import OK
from simulator.traffic.whys import Words

TOLERANCE = 0.05
_USERS = 4  # of the closed loop
_REQUEST = b"POST /2304 HTTP/1.1\r\nhost: plain\r\ncontent-length: 2\r\n\r\n{}"
_MICROSECONDS = 10**6


class Figures(NamedTuple):
    """Mean, 99th percentile and longest of times, in seconds."""

    mean: float
    p99: float
    longest: float

    def off(self, exact: Figures) -> float:
        """Return by how much the worst of the three is off, as a share of the exact one."""
        return max(abs(ours - theirs) / theirs for ours, theirs in zip(self, exact, strict=True))


class SelfTested(NamedTuple):
    """What the self-test found; ``passed`` where ours are within 5 % of the exact figures and the control's are not."""

    seconds: float
    stopped_seconds: float
    rate: float
    exact: Figures
    measured: Figures
    control: Figures
    calls: int
    passed: bool
    void: Words | None

    def data(self) -> dict[str, Any]:
        """Return it as data for JSON; times in seconds."""
        figures = {name: getattr(self, name)._asdict() for name in ("exact", "measured", "control")}
        void = self.void._asdict() if self.void else None
        return {**self._asdict(), **figures, "void": void, "off": self.measured.off(self.exact)}

    def words(self) -> Words:
        """Return it in a few lines for people."""
        zh = [
            f"服务器在{self.seconds:g}秒内停顿{self.stopped_seconds:g}秒，每秒应发{self.rate:g}个请求，共{self.calls}个"
        ]
        en = [
            f"the server was stopped for {self.stopped_seconds:g} of {self.seconds:g} s;"
            f" {self.rate:g} calls a second were due, {self.calls} in all"
        ]
        rows = (
            ("准确值", "exact", self.exact),
            ("本工具", "ours", self.measured),
            ("闭环对照", "closed loop", self.control),
        )
        for chinese, english, each in rows:
            zh.append(f"{chinese}：平均{each.mean:.3f}秒，P99 {each.p99:.3f}秒，最长{each.longest:.3f}秒")
            en.append(f"{english}: mean {each.mean:.3f} s, p99 {each.p99:.3f} s, max {each.longest:.3f} s")
        zh.append("通过：与准确值相差不超过5%，闭环对照则相差很远" if self.passed else "未通过")
        en.append("passed: within 5 % of the exact values, the closed loop is far off" if self.passed else "failed")
        if self.void:
            zh.append(self.void.zh)
            en.append(self.void.en)
        return Words("\n".join(zh), "\n".join(en))


def exact(seconds: float, stopped_seconds: float) -> Figures:
    """Return the exact figures."""
    return Figures(
        stopped_seconds**2 / (2 * seconds),
        stopped_seconds - seconds / 100,
        stopped_seconds,
    )


def self_test(*, seconds: float = 30.0, stopped_seconds: float = 15.0, rate: float = 200.0) -> SelfTested:
    """Run the test; it takes as long as it says. The stop is in the middle of the run."""
    gap_us = _MICROSECONDS / rate
    calls = (Call("2304", "plain", 0, (b"{}",)),)
    scripts = [Script(number, round((number + 0.5) * gap_us), calls, {}) for number in range(round(seconds * rate))]
    control: Counts = {}
    with plain_server() as (server, address), _stopping(server, (seconds - stopped_seconds) / 2, stopped_seconds):
        users = [threading.Thread(target=_use, args=(address, seconds, rate / _USERS, control)) for _ in range(_USERS)]
        for user in users:
            user.start()
        parties = {"plain": Credentials("none", "", "")}
        measured = play(
            scripts, address, parties, seconds=seconds, connections=256, wait_seconds=2 * stopped_seconds + 5
        )
        for user in users:
            user.join()
    ours, theirs, wanted = _of(added(measured.counts.values())), _of(control), exact(seconds, stopped_seconds)
    answered = measured.outcomes() == {OK: len(scripts)}
    passed = answered and ours.off(wanted) <= TOLERANCE < theirs.off(wanted)
    return SelfTested(
        seconds, stopped_seconds, rate, wanted, ours, theirs, len(scripts), passed, measured.void_reason()
    )


@contextmanager
def plain_server(wait_seconds: float = 0.0) -> Iterator[tuple[subprocess.Popen[str], Address]]:
    """Run the plain server in a process of its own."""
    line = [sys.executable, "-m", "simulator.traffic.plain_server", "--seconds", str(wait_seconds)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server, Address.of(f"http://127.0.0.1:{int(server.stdout.readline())}")
        finally:
            server.kill()


@contextmanager
def _stopping(server: subprocess.Popen[str], after: float, seconds: float) -> Iterator[None]:
    """Stop a process some time from now, and let it go on later; it goes on at the latest when the block ends."""
    timers = [
        threading.Timer(delay, os.kill, (server.pid, number))
        for delay, number in ((after, signal.SIGSTOP), (after + seconds, signal.SIGCONT))
    ]
    for timer in timers:
        timer.start()
    try:
        yield
    finally:
        for timer in timers:
            timer.cancel()
            timer.join()
        server.send_signal(signal.SIGCONT)


def _use(address: Address, seconds: float, rate: float, seen: Counts) -> None:
    """Be a user of a closed loop: ask, wait for the answer, ask again when it is time."""
    end, due = time.monotonic() + seconds, time.monotonic()
    with socket.create_connection((address.host, address.port)) as line:
        while time.monotonic() < end:
            asked = time.monotonic()
            line.sendall(_REQUEST)
            left = len(REPLY)
            while left:
                left -= len(line.recv(left))
            add(seen, {bucket(int((time.monotonic() - asked) * _MICROSECONDS)): 1})
            due = max(due + 1 / rate, time.monotonic() - 1 / rate)
            time.sleep(max(due - time.monotonic(), 0))


def _of(counts: Counts) -> Figures:
    return Figures(*(each / _MICROSECONDS for each in (mean(counts), percentile(counts, 99), percentile(counts, 100))))
