"""The options of a served sandbox that say how it is operated, read into what the rest is made with."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NamedTuple

from simulator.outputs.console import UsageError
from simulator.sandbox.limits import Limits, for_this_process
from simulator.sandbox.logs import listen_to_libraries, open_log
from simulator.sandbox.operation import Operation
from simulator.sandbox.server import is_loopback, tls_context


class Operated(NamedTuple):
    """How a sandbox is operated, and what TLS is spoken with on the business port (None: plain HTTP)."""

    operation: Operation
    tls: ssl.SSLContext | None

    @property
    def scheme(self) -> str:
        """Return how addresses of the business port begin."""
        return "https" if self.tls else "http"


def operated(*, host: str, tls_cert: str, tls_key: str, unsigned: bool, log: str) -> Operated:
    """Read the options; raises UsageError and Cannot."""
    if bool(tls_cert) != bool(tls_key):
        raise UsageError("--tls-cert 和 --tls-key 须一起使用。", "--tls-cert and --tls-key go together.")
    if unsigned and not is_loopback(host):
        raise UsageError(
            f"--unsigned 仅限本机，不能与 --host {host} 同用。",
            f"--unsigned is for loopback only and does not go with --host {host}.",
        )
    tls = tls_context(Path(tls_cert), Path(tls_key)) if tls_cert else None
    try:
        opened = open_log(log)
    except OSError as problem:
        raise UsageError(
            f"日志 {log} 无法写入（{problem.strerror}）。", f"the log {log} cannot be written ({problem.strerror})."
        ) from problem
    listen_to_libraries(opened)
    return Operated(Operation(for_this_process(Limits()), opened, unsigned), tls)
