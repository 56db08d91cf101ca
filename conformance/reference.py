"""The reference system: ``yidi serve`` in a role, offering every hook, its bench around it."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from conformance.serving import AGAIN
from simulator.inputs.networks import load_network
from simulator.inputs.subjects import Subject
from simulator.sandbox.parties import CITY, HOSPITAL, PROVINCE

WAITS = "1.2,1.0,0.8"
"""Seconds that hospital, city and province of the reference wait, so that time-outs are seen quickly."""
DEMOS: Mapping[str, str] = {CITY: "320300", PROVINCE: "320000", HOSPITAL: "H32019900001"}
"""The roles that there is a reference of, each with the code that a demonstration takes."""
_OF_PLATFORMS = ("load_people", "load_filings", "set_clock")
_HOOKS: Mapping[str, tuple[str, ...]] = {CITY: _OF_PLATFORMS, PROVINCE: _OF_PLATFORMS, HOSPITAL: ("do", "set_clock")}
_LONGER: Mapping[str, str] = {PROVINCE: "3.0,2.4,1.6"}  # whom it calls have work to do, all of them in one process
_END_SECONDS = 20


class NoReference(Exception):
    """The reference system cannot be started."""


class Reference:
    """A reference system over a journal in ``folder``, in a process of its own; the bench listens at ``upstream``.

    ``mutant`` names one that is wrong. It may be killed and started again: journal, addresses and keys stay.
    """

    _complaint = ""

    def __init__(
        self, folder: Path, upstream: str, *, role: str = CITY, code: str, pack: str, mutant: str = ""
    ) -> None:
        self.role = role
        mine, its = socket.socketpair()
        line = [sys.executable, "-P", "-m", "conformance.serving", str(its.fileno()), mutant or "-"]
        line += options_of(served(folder, upstream, role=role, code=code, pack=pack))
        self._process = subprocess.Popen(line, stderr=subprocess.PIPE, text=True, pass_fds=(its.fileno(),))
        its.close()
        self._begin(mine)

    def _begin(self, line: socket.socket) -> None:
        """Wait until it takes calls, and take calls to restart it; raises NoReference."""
        self._line, self._heard = line, line.makefile("r", encoding="utf-8")
        self._turn = threading.Lock()
        self._restarts: _Restarts | None = None
        try:
            self.ready: Mapping[str, Any] = self._read()
        except NoReference as problem:
            self.end()
            raise NoReference(f"{problem}{self._complaint}") from None
        self._restarts = _Restarts(self)

    def _read(self) -> Mapping[str, Any]:
        try:
            said = self._heard.readline()
        except OSError as problem:
            said = str(problem)
        if not said.startswith("{"):
            raise NoReference(said.strip())
        ready: Mapping[str, Any] = json.loads(said)
        return ready

    def restart(self) -> None:
        """Kill it (-9), start it again and wait until it takes calls; raises NoReference where it does not."""
        with self._turn:
            try:
                self._line.sendall(AGAIN)
            except OSError as problem:
                raise NoReference(str(problem)) from None
            self._read()

    def subject(self, code: str, pack: str) -> Subject:
        """Return the configuration of this system."""
        control, url = self.ready["control_url"], self.ready["url"]
        hooks = {name: f"{control}/hooks/{name}" for name in _HOOKS[self.role]}
        assert self._restarts is not None
        hooks["restart"] = self._restarts.url
        return Subject("yidi reference", self.role, code, url, pack, from_above=url, hooks=hooks, build="reference")

    def end(self) -> None:
        """Stop it."""
        if self._restarts is not None:
            self._restarts.close()
        self._heard.close()
        self._line.close()
        self._wait()

    def _wait(self) -> None:
        try:
            _, self._complaint = self._process.communicate(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


def served(folder: Path, upstream: str, *, role: str = CITY, code: str, pack: str) -> dict[str, Any]:
    """Return what ``yidi serve`` is told for a reference; its ports are its own, also while it is not there."""
    at: dict[str, Any] = {"port": free_port(), "control_port": free_port(), "db": str(folder / "reference.db")}
    at |= {"role": role, "pack": pack, **placed(role, code, upstream)}
    return at | {"log": "none", "waits": _LONGER.get(role, WAITS)}


def placed(role: str, code: str, upstream: str) -> dict[str, Any]:
    """Return the options of ``yidi serve`` that say what a reference is and whom it calls."""
    if role == HOSPITAL:
        return {"fixmedins": code, "upstream": upstream}
    if role != PROVINCE:
        return {"admdvs": code, "upstream": upstream}
    network = load_network("jiangsu")
    assert network.beyond is not None
    cities = [f"{town}={upstream}/{town}" for town in network.registry.cities]
    return {"upstream": f"{upstream}/{network.beyond.ministry}", "city": cities}


def options_of(given: Mapping[str, Any]) -> Iterator[str]:
    """Yield options as a command line has them."""
    for name, each in given.items():
        for value in each if isinstance(each, list) else [each]:
            yield from (f"--{name.replace('_', '-')}", str(value))


class _Restarts:
    """Listens for the hook ``restart``, beside the system that it kills."""

    def __init__(self, reference: Reference) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # named by the library
                try:
                    reference.restart()
                    code, said = 200, b"{}"
                except NoReference as problem:
                    code, said = 500, str(problem).encode()
                self.send_response_only(code)
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, format: str, *arguments: Any) -> None:  # named by the library
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/restart"
        threading.Thread(target=self._server.serve_forever, name="restarts", daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def free_port() -> int:
    """Return a port that is free now, below those that the machine itself hands out: nobody takes it meanwhile."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
