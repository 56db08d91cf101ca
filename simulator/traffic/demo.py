"""The target of ``--demo``: ``yidi serve`` in a process of its own, with a journal that goes when it goes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from simulator.traffic.schedule import Schedule
from simulator.traffic.target import Target, of_ready

_END_SECONDS = 20


class NoDemo(RuntimeError):
    """The sandbox does not start; the message is what it said."""


@contextmanager
def demo_target(schedule: Schedule, pack: str) -> Iterator[Target]:
    """Start the sandbox province on the day of a schedule, and end it afterwards; raises NoDemo."""
    with tempfile.TemporaryDirectory(prefix="yidi-load-") as folder:
        complaint = Path(folder) / "stderr"
        with complaint.open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                _line(folder, f"{schedule.head.day}T{schedule.head.begin}", pack),
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,  # Ctrl-C ends the run, and the run ends the target
            )
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            if not said.startswith(b"{"):
                process.wait()
                raise NoDemo(complaint.read_text(encoding="utf-8").strip() or said.decode(errors="replace"))
            yield of_ready(orjson.loads(said), pack=pack)
        finally:
            _end(process)


def _line(folder: str, clock: str, pack: str) -> list[str]:
    options = {"port": "0", "control-port": "0", "db": f"{folder}/load.db", "clock": clock, "pack": pack, "log": "none"}
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [sys.executable, "-P", "-m", "yidi", "serve", "--json", *words]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
