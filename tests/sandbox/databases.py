"""A PostgreSQL server of the tests' own: made in a temporary folder, on a free port, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

BINARIES = Path("/usr/lib/postgresql/15/bin")
MISSING = f"there is no PostgreSQL 15 in {BINARIES}"


class Server:
    """A running server; every database asked of it is new."""

    def __init__(self, port: int, data: Path) -> None:
        self._port, self._data = port, data
        self._made = 0

    def database(self) -> str:
        """Make a database; return its address."""
        self._made += 1
        name = f"yidi{self._made}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as run:
            run.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]  # a number of our own
        return self._url(name)

    def restart(self) -> None:
        """End everybody's connections in the middle of what they do, and begin again with what is on disk."""
        _run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "-l", f"{self._data.parent}/log", "restart")

    def _url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self._port}/{name}"


@contextlib.contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[Server]:
    """Start a server and stop it; not ``durable`` it does not wait for the disk, which only a power cut would show."""
    folder = Path(tempfile.mkdtemp(prefix="yidi-postgres-"))
    folder.chmod(0o777)
    data, port = folder / "data", _free_port()
    try:
        _run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        options += "" if durable else " -c fsync=off"
        _run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield Server(port, data)
        finally:
            _run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(binary: str, *given: str) -> None:
    """Run a command of PostgreSQL, which refuses to be run by root."""
    other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*other, str(BINARIES / binary), *given], check=True, stdout=subprocess.DEVNULL, timeout=60, cwd="/")


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
