"""The process of a reference system: it has everything imported, and serves in forks that may be killed and made again.

A fork knows nothing of the one before it but what that has left on disk: the journal. So a restart takes a tenth of a
second and is one nevertheless.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

AGAIN = b"again\n"
"""What is said on the line to the process to have what it serves killed and started again."""
_END_SECONDS = 10.0
_TRIES, _PAUSE_SECONDS = 5, 0.3


def keep(line: socket.socket, serve: Callable[[], None]) -> None:
    """Serve in a fork until the other end of the line is closed, and in another whenever that says so.

    Each fork's first line of output, which says that it takes calls, is passed on; what it says when it ends before
    that is in its standard error. SIGTERM and SIGINT end it, too.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stopped)
    child, heard = 0, line.makefile("rb")
    try:
        child = _begin(line, serve)
        while heard.readline() == AGAIN:
            if child:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            child = _begin(line, serve)
    finally:
        _end(child)


def _begin(line: socket.socket, serve: Callable[[], None]) -> int:
    """Begin to serve in a fork, and pass on what it says first; return its process id.

    What the one before it was about when it was killed may hold its ports for a moment: it is begun again then.
    """
    for _ in range(_TRIES):
        child, first = _forked(line, serve)
        if first:
            break
        os.waitpid(child, 0)
        child = 0
        time.sleep(_PAUSE_SECONDS)
    with contextlib.suppress(OSError):  # nobody may be there any more
        line.sendall(first or b"\n")
    return child


def _forked(line: socket.socket, serve: Callable[[], None]) -> tuple[int, bytes]:
    """Serve in a fork; return its process id and the line that says it takes calls, empty where it ended instead."""
    mine, its = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        line.close()
        os.close(mine)
        _serve(serve, its)
    os.close(its)
    with os.fdopen(mine, "rb") as said:
        first = said.readline()
    return child, first if first.startswith(b'{"') else b""  # what went wrong is told over many lines


def _serve(serve: Callable[[], None], out: int) -> NoReturn:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    os.dup2(out, 1)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    be(serve)


def be(do: Callable[[], None]) -> NoReturn:
    """Be a fork that does one thing and ends: nothing of the process that forked runs in it, whatever comes."""
    code = 1
    try:
        do()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # whatever it was: it is told, and goes no further
        traceback.print_exc()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _end(child: int) -> None:
    """End a fork as it is meant to be ended, and by force where it takes its time."""
    if not child:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM)
    until = time.monotonic() + _END_SECONDS
    with contextlib.suppress(ChildProcessError):
        while not os.waitpid(child, os.WNOHANG)[0]:
            if time.monotonic() > until:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return
            time.sleep(0.01)


def _stopped(number: int, frame: Any) -> NoReturn:
    raise SystemExit(0)


def main() -> None:
    """Serve as the arguments say: the line's file descriptor, a mutant's name or ``-``, options of ``yidi serve``."""
    import aiohttp  # noqa: F401, PLC0415 - so that no fork has to

    import schemas  # noqa: PLC0415
    from simulator.inputs import platforms  # noqa: PLC0415
    from simulator.sandbox import commands  # noqa: PLC0415

    number, mutant, *options = sys.argv[1:]
    schemas.load()
    pairs = list(zip(options[::2], options[1::2], strict=True))
    given = dict(pairs)
    ground = platforms.ground_of(given["--pack"])
    vars(commands)["ground_of"] = lambda pack: ground  # read once
    if mutant != "-":
        from conformance.mutants.registry import named  # noqa: PLC0415

        try:
            named(mutant).apply()
        except KeyError as problem:
            sys.stderr.write(f"{problem.args[0]}\n")
            sys.exit(2)
    names = {"--port": int, "--control-port": int}
    said: dict[str, Any] = {name[2:].replace("-", "_"): names.get(name, str)(each) for name, each in given.items()}
    if "--city" in given:  # the one option that there may be several of
        said["city"] = [each for name, each in pairs if name == "--city"]
    keep(socket.socket(fileno=int(number)), lambda: commands.serve_command(as_json=True, **said))


if __name__ == "__main__":
    main()
