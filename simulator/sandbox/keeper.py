"""Takes snapshots of a host while it runs, and starts from the newest that is usable.

A snapshot is the work of a child process: a fork holds the state still while the parent goes on deciding, so nobody
waits for it. It is bound to the digest of the entry it stands for and carries its own SHA-256; one that does not fit
is passed over with a sentence in the log.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import logging
import os
import signal
import time
from pathlib import Path
from typing import Any

import orjson

import simulator.core
from simulator.sandbox.archive import Archive
from simulator.sandbox.held import Held
from simulator.sandbox.host import Host
from simulator.sandbox.journal import CannotWrite, Store
from simulator.sandbox.snapshot import Frames, Unusable

EVERY = 5_000  # entries between two snapshots, at least: what a restart after a kill has to fold
_REST, _REST_SECONDS = 5, 4.0  # times as long as the last snapshot took nothing is taken, and at least so long
_BEHIND = 19  # whoever serves goes first
_HEAD = b"yidi snapshot 4\n"
_LOG = logging.getLogger(__name__)


class Keeper:
    """Keeps snapshots of a host in a store; ``every`` entries one is taken."""

    def __init__(self, host: Host, frames: Frames, store: Store, *, every: int = EVERY) -> None:
        self._host = host
        self._frames = frames
        self._store = store
        self._every = every
        self.archive: Archive | None = None
        self.let_go: tuple[tuple[bytes, ...], int] = ((), 0)  # what the snapshot that was used says of the archive
        self._taken = 0
        self._not_before = 0.0
        self._at_work: asyncio.Task[None] | None = None

    def restore(self) -> int:
        """Give the host the state of the newest snapshot that is usable; return its entry, 0 where there is none."""
        for seq, text in self._store.snapshots():
            try:
                self._begin(seq, text)
            except Unusable as problem:
                _LOG.warning("the snapshot of entry %d is not used: %s", seq, problem)
                continue
            self._taken = seq
            return seq
        return 0

    def look(self) -> None:
        """Begin a snapshot if it is time for one; called between two calls of the host."""
        due = self._host.seq - self._taken >= self._every and time.monotonic() >= self._not_before
        if due and (self._at_work is None or self._at_work.done()):
            self._taken = self._host.seq
            file = self._room()
            child = _forked(self, file)
            self._at_work = asyncio.get_running_loop().create_task(self._finish(child, self._taken, file))

    async def stop(self) -> None:
        """Take a last snapshot, so that the next start has nothing to fold."""
        if self._at_work is not None:
            await self._at_work
        if self._host.seq == self._taken:
            return
        file = self._room()
        try:
            self.write(file)
            self._store.keep_snapshot(self._host.seq, file)
        except OSError as problem:
            _not_kept(self._host.seq, problem, file)

    def write(self, file: Path) -> None:
        """Write the state as it is now to a file, durably."""
        let_go = self.archive.let_go_of_all() if self.archive is not None else self.let_go
        held = tuple(each[:] for each in self._host.held.due())
        state = self._frames.dump((dict(self._host.askers), let_go, held))
        with file.open("wb") as out:
            out.write(_HEAD + orjson.dumps(self._about(state)) + b"\n" + state)
            out.flush()
            os.fsync(out.fileno())

    def _about(self, state: bytes) -> dict[str, Any]:
        sha256 = hashlib.sha256(state).hexdigest()
        return {"seq": self._host.seq, "digest": self._host.digest.hex(), "sha256": sha256, "code": code_digest()}

    def _begin(self, seq: int, text: bytes) -> None:
        end = text.find(b"\n", len(_HEAD))
        rest = memoryview(text)[end + 1 :]  # there may be a hundred megabytes of it
        try:
            about, digest = orjson.loads(text[len(_HEAD) : end]), self._store.digest(seq)
        except orjson.JSONDecodeError:
            raise Unusable("it does not say of which entry it is") from None
        except KeyError:
            raise Unusable("the journal has no such entry") from None
        if (about.get("seq"), about.get("digest")) != (seq, digest.hex()):
            raise Unusable("it is of another journal")
        if about["code"] != code_digest():
            raise Unusable("it was made by another version")
        if about["sha256"] != hashlib.sha256(rest).hexdigest():
            raise Unusable("it does not match its SHA-256")
        askers, self.let_go, held = self._frames.load(rest)
        self._host.begin_at(seq, digest, askers, (Held(*each) for each in held))

    def _room(self) -> Path:
        return self._store.scratch / f".yidi-{os.getpid()}-{self._host.seq}.snapshot"

    async def _finish(self, child: int, seq: int, file: Path) -> None:
        begun = time.monotonic()
        _, status = await asyncio.to_thread(os.waitpid, child, 0)
        try:
            if status:
                raise CannotWrite(status, f"the process that takes it ended with {status}")
            await asyncio.to_thread(self._store.keep_snapshot, seq, file)
        except OSError as problem:
            _not_kept(seq, problem, file)
        self._not_before = time.monotonic() + max(_REST * (time.monotonic() - begun), _REST_SECONDS)


def _forked(keeper: Keeper, file: Path) -> int:
    """Write a snapshot in a child process; return its number.

    The child lets go of everything open first: the lock of the database and the ports end with the parent, not with it.
    """
    child = os.fork()
    if child:
        return child
    try:
        os.closerange(0, os.sysconf("SC_OPEN_MAX"))  # first: a parent killed now must not find its ports taken
        os.nice(_BEHIND)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        keeper.write(file)
    except BaseException:  # whatever it was: the parent is told by the exit code, and nothing of the parent's runs here
        os._exit(1)
    os._exit(0)


def _not_kept(seq: int, problem: OSError, file: Path) -> None:
    _LOG.warning("the snapshot of entry %d was not kept: %s", seq, problem)
    file.unlink(missing_ok=True)


@functools.cache
def code_digest() -> str:
    """Return what tells one version of the core, or of snapshots, from another: the state may have another shape."""
    folder = Path(simulator.core.__path__[0])
    digest = hashlib.sha256(_HEAD)
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
