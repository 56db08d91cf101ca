"""The reference system: ``yidi serve`` in a role, offering every hook, its bench around it."""

from __future__ import annotations

import contextlib
import json
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.inputs.networks import load_network
from simulator.inputs.subjects import Subject
from simulator.sandbox.parties import CITY, HOSPITAL, PROVINCE

WAITS = "1.2,1.0,0.8"
"""Seconds that hospital, city and province of the reference wait, so that time-outs are seen quickly."""
DEMOS: Mapping[str, str] = {CITY: "320300", PROVINCE: "320000", HOSPITAL: "H32019900001"}
"""The roles that there is a reference of, each with the code that a demonstration takes."""
_OF_PLATFORMS = ("load_people", "load_filings", "set_clock")
_HOOKS: Mapping[str, tuple[str, ...]] = {CITY: _OF_PLATFORMS, PROVINCE: _OF_PLATFORMS, HOSPITAL: ("do", "set_clock")}
_END_SECONDS = 20


class NoReference(Exception):
    """The reference system cannot be started."""


class Reference:
    """A reference system over a journal in ``folder``, in a process of its own; the bench listens at ``upstream``."""

    def __init__(
        self,
        folder: Path,
        upstream: str,
        *,
        role: str = CITY,
        code: str,
        pack: str,
        module: tuple[str, ...] = (),
    ) -> None:
        self.role = role
        line = [sys.executable, *(module or (str(Path(__file__).parents[1] / "yidi.py"), "serve"))]
        line += ["--json", "--role", role, *placed(role, code, upstream), "--pack", pack]
        line += ["--port", "0", "--control-port", "0", "--db", str(folder / "reference.db"), "--log", "none"]
        self._process = subprocess.Popen(
            [*line, "--waits", WAITS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if not said.startswith("{"):
            raise NoReference(said + self._process.communicate(timeout=_END_SECONDS)[1])
        self.ready: Mapping[str, Any] = json.loads(said)

    def subject(self, code: str, pack: str) -> Subject:
        """Return the configuration of this system."""
        control, url = self.ready["control_url"], self.ready["url"]
        hooks = {name: f"{control}/hooks/{name}" for name in _HOOKS[self.role]}
        return Subject("yidi reference", self.role, code, url, pack, from_above=url, hooks=hooks, build="reference")

    def end(self) -> None:
        """Stop it."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.communicate(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


def placed(role: str, code: str, upstream: str) -> tuple[str, ...]:
    """Return the options of ``yidi serve`` that say what a reference is and whom it calls."""
    if role == HOSPITAL:
        return "--fixmedins", code, "--upstream", upstream
    if role != PROVINCE:
        return "--admdvs", code, "--upstream", upstream
    network = load_network("jiangsu")
    assert network.beyond is not None
    cities = (each for town in network.registry.cities for each in ("--city", f"{town}={upstream}/{town}"))
    return "--upstream", f"{upstream}/{network.beyond.ministry}", *cities


def free_port() -> int:
    """Return a port that is free now, below those that the machine itself hands out: nobody takes it meanwhile."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
