"""Does the write-ahead log of an SQLite file still hold all that was on disk when its last process ended?

SQLite reads the log up to the first frame that does not add up, and forgets the rest in silence. That is right for an
end which a power cut tore: nobody was told of it. Anything before it was acknowledged, and must not be forgotten.

What was on disk is known from two sides. The index beside the log (``-shm``) says how far it went when it was last
written, which is after the disk had it. And as one transaction is written at a time, all up to the last but one that
the log itself shows was on disk, whatever became of it since. (SQLite's file formats: "The WAL File Format" and "The
WAL-Index File Format" in its documentation.)
"""

from __future__ import annotations

import contextlib
import sqlite3
import struct
from pathlib import Path
from typing import NamedTuple

_HEAD, _FRAME_HEAD = 32, 24
_INDEX_HEAD = 48  # it stands twice
_NO_SALT = bytes(8)


class Reach(NamedTuple):
    """How far a log goes: its salt, which is new whenever it begins anew, and the number of its last whole frame."""

    salt: bytes
    frames: int


def lost_after(path: Path) -> int | None:
    """Return the last entry that is left where the log has lost some that were on disk, None where it has not.

    It opens the journal for reading only, which changes neither file nor log; the evidence stays as it is.
    """
    log, index = path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")
    text, before = _read(log), _read(index)
    promised = [reach for reach in (_by_index(before), _by_log(text)) if reach.frames]
    if not promised or not path.exists():
        return None
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as run:
        begun = run.execute("SELECT 1 FROM sqlite_master WHERE name = 'entries'").fetchone()
        last = run.execute("SELECT max(seq) FROM entries").fetchone()[0] if begun else 0
        left = _by_index(_read(index))
    if not any(reach.frames > left.frames and left.salt in {reach.salt, _NO_SALT} for reach in promised):
        return None
    if before:
        index.write_bytes(before)
    return last or 0


def _by_index(index: bytes) -> Reach:
    """Return how far the index says that the log goes."""
    head = index[:_INDEX_HEAD]
    if len(head) < _INDEX_HEAD or head != index[_INDEX_HEAD : 2 * _INDEX_HEAD]:
        return Reach(_NO_SALT, 0)  # whoever wrote it ended in the middle
    (frames,) = struct.unpack_from("=I", head, 16)
    return Reach(head[32:40], frames)


def _by_log(log: bytes) -> Reach:
    """Return how far the log went before its last transaction, by the marks of those that follow."""
    if len(log) <= _HEAD:
        return Reach(_NO_SALT, 0)
    (page,) = struct.unpack_from(">I", log, 8)
    salt, size = log[16:24], _FRAME_HEAD + page
    starts = range(_HEAD, len(log) - size + 1, size)
    ours = [(number, start) for number, start in enumerate(starts, 1) if log[start + 8 : start + 16] == salt]
    ends = [number for number, start in ours if any(log[start + 4 : start + 8])]  # the last frame of a transaction
    return Reach(salt, ends[-2] if len(ends) > 1 else 0)


def _read(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""
