"""Whose fault a red case is: tried again, at once, on the reference system and then on the system under test.

The reference is started when the first case is red, has a listener of its own above it, and its exchanges stand in the
same evidence as all others.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from conformance.bench import Bench
from conformance.evidence import Chain
from conformance.reference import DEMOS, NoReference, Reference, free_port
from conformance.resuming import ONCE_MORE, OTHER, TARGET
from conformance.standing import Standing
from conformance.verdicts import FAIL, PASS, Attempt, Conclusion, concluded
from simulator.inputs.platforms import Ground
from simulator.inputs.subjects import Subject


class Tries(NamedTuple):
    """The attempts at a case: the first, on the reference system, and once more; None where none was made."""

    first: Attempt
    reference: Attempt | None = None
    again: Attempt | None = None

    def conclusion(self, *, should: bool, core: bool) -> Conclusion:
        """Return what they make of the case."""
        return concluded(*self, should=should, core=core)


def tried(play: Callable[[int], Attempt], *, attribute: bool) -> Tries:
    """Try a case; ``play`` makes the attempt of a step."""
    first = play(TARGET)
    if first.verdict != FAIL or not attribute:
        return Tries(first)
    reference = play(OTHER)
    if reference.verdict != PASS:
        return Tries(first, reference)
    return Tries(first, reference, play(ONCE_MORE))


def beside(subject: Subject) -> Subject:
    """Return the reference system as a subject: of the same place and rules, at no address yet."""
    nowhere = "http://offline.invalid"
    return Subject("yidi reference", subject.role, subject.code, nowhere, subject.pack, nowhere, "reference")._replace(
        prefix=subject.prefix, answer_seconds=subject.answer_seconds, profile=subject.profile
    )


class ReferenceBench:
    """The bench around the reference system, started when it is first asked for; raises NoReference where it fails."""

    def __init__(self, subject: Subject, ground: Ground, seed: str, chain: Chain) -> None:
        self._subject, self._ground, self._seed, self._chain = subject, ground, seed, chain
        self._lock = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._reference: Reference | None = None
        self._standing: Standing | None = None

    def __call__(self) -> Bench:
        """Return the bench."""
        with self._lock:
            if self._standing is None:
                self._standing = self._start()
            return self._standing.bench

    def close(self) -> None:
        """Stop listening, and the reference."""
        if self._standing is not None and self._standing.upstream is not None:
            self._standing.upstream.close()
        if self._reference is not None:
            self._reference.end()
        if self._folder is not None:
            self._folder.cleanup()

    def _start(self) -> Standing:
        subject = self._subject
        if subject.role not in DEMOS:
            raise NoReference(f"there is no reference for a {subject.role} yet")
        self._folder = tempfile.TemporaryDirectory(prefix="yidi-reference-")
        port = free_port()
        upstream = f"http://127.0.0.1:{port}"
        self._reference = Reference(
            Path(self._folder.name), upstream, role=subject.role, code=subject.code, pack=subject.pack
        )
        there = self._reference.subject(subject.code, subject.pack)
        placed = beside(subject)._replace(url=there.url, from_above=there.from_above, hooks=there.hooks, port=port)
        return Standing(placed, self._ground, self._seed, self._chain)
