"""Nothing is let out before it is on disk, in the order it was given, and several go to disk together."""

from __future__ import annotations

import errno
import threading
from typing import Any

from simulator.sandbox.committer import Committer
from simulator.sandbox.journal import CannotWrite


class Slow:
    """A store whose first write waits until it is told to go on."""

    def __init__(self) -> None:
        self.batches: list[list[Any]] = []
        self.entered, self.go_on = threading.Event(), threading.Event()

    def write(self, entries: Any) -> None:
        self.entered.set()
        self.go_on.wait(5)
        self.batches.append(list(entries))


def test_what_queued_meanwhile_goes_together_and_in_order() -> None:
    store, let_out = Slow(), []
    committer = Committer(store, lambda release: release(), lambda problem: None)  # type: ignore[arg-type]
    committer.start()
    committer.submit([1], lambda: let_out.append("a"))  # type: ignore[list-item]
    store.entered.wait(5)
    committer.submit([2, 3], lambda: let_out.append("b"))  # type: ignore[list-item]
    committer.submit([], lambda: let_out.append("c"))
    committer.submit([4], lambda: let_out.append("d"))  # type: ignore[list-item]
    assert let_out == []
    store.go_on.set()
    committer.finish()
    assert store.batches == [[1], [2, 3, 4]]
    assert let_out == ["a", "b", "c", "d"]


def test_what_cannot_be_written_is_never_let_out() -> None:
    class Full:
        def write(self, entries: Any) -> None:
            raise CannotWrite(errno.ENOSPC, "full")

    let_out: list[str] = []
    said: list[CannotWrite] = []
    committer = Committer(Full(), lambda release: release(), said.append)  # type: ignore[arg-type]
    committer.start()
    committer.submit([1], lambda: let_out.append("a"))  # type: ignore[list-item]
    committer.finish()
    committer.submit([2], lambda: let_out.append("b"))  # type: ignore[list-item]
    assert let_out == []
    assert [problem.strerror for problem in said] == ["full"]
