"""Group commit: whatever queued while the last batch was being written goes to disk together; no timer."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from simulator.sandbox.journal import CannotWrite, Entry, Store

Release = Callable[[], None]
Later = Callable[[Release], object]


class Committer:
    """Writes entries on a thread of its own; ``later`` carries what was held back to the thread that may act on it.

    ``told`` hears, on that thread of its own, of each batch and how many seconds it took.

    ``failed`` is called, once, with what went wrong: what was held back is never released then, as it is not on disk.
    """

    def __init__(
        self,
        store: Store,
        later: Later,
        failed: Callable[[CannotWrite], None],
        told: Callable[[Sequence[Entry], float], None] = lambda entries, seconds: None,
    ) -> None:
        self._store = store
        self._later = later
        self._failed = failed
        self._told = told
        self._wanted = threading.Condition()
        self._entries: list[Entry] = []
        self._held: list[Release] = []
        self._ending = False
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def submit(self, entries: Sequence[Entry], release: Release) -> None:
        """Write entries, and release what rests on them once they and all before them are on disk."""
        with self._wanted:
            self._entries += entries
            self._held.append(release)
            self._wanted.notify()

    def finish(self) -> None:
        """Write what is left and end."""
        with self._wanted:
            self._ending = True
            self._wanted.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._wanted:
                self._wanted.wait_for(lambda: self._held or self._ending)
                entries, held = self._entries, self._held
                self._entries, self._held = [], []
            if not held:
                return
            begun = time.perf_counter()
            try:
                self._store.write(entries)
            except Exception as problem:  # whatever it was, nothing more is written: what is held back stays so
                known = problem if isinstance(problem, CannotWrite) else CannotWrite(errno.EIO, repr(problem))
                self._later(partial(self._failed, known))
                return
            if entries:
                self._told(entries, time.perf_counter() - begun)
            self._later(partial(_release, held))


def _release(held: Sequence[Release]) -> None:
    for release in held:
        release()
