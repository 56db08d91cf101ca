"""The bench as a process of its own, and the way workers reach it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import Any

from conformance.bench import Bench


class _Manager(BaseManager):
    """Serves a bench to the workers of a run, each on a thread of its own."""


class Served:
    """A bench that the processes of this machine may call while it lives."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.address, self.key = str(folder / "bench"), secrets.token_hex(16)

        class Manager(_Manager):
            pass

        Manager.register("bench", callable=lambda: bench, exposed=("begin", "do", "end"))
        self._server = Manager(self.address, self.key.encode()).get_server()

    def serve(self) -> None:
        """Serve until the process ends."""
        self._server.serve_forever()


def reached(address: str, key: str) -> Any:
    """Return the bench at an address, to be called like one at hand; raises OSError."""

    class Manager(_Manager):
        pass

    Manager.register("bench")
    manager = Manager(address, key.encode())
    manager.connect()
    bench: Callable[[], Any] = manager.bench  # type: ignore[attr-defined]
    return bench()
