"""A schedule: the visits of a load run before anybody has been called, kept as one file.

It says who is treated where, of what kind, for how much, when they arrive and how long the counter takes; it names no
person, no message and no target. A preparation makes these of it, so that one schedule may be played on another day, on
another machine, or at a target that remembers the run before. The file is NDJSON in gzip: a head, a line for each
visit, and a last line with their number and digest.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from simulator.inputs.errors import InputError
from simulator.outputs.files import write_whole

FORMAT, VERSION = "yidi-schedule", 1
POISSON, UNIFORM, DAY = "poisson", "uniform", "day"
ARRIVALS = (POISSON, UNIFORM, DAY)
HERE, AWAY = "here", "away"
"""Where the visits of one city stand to it: it treats them, or it insures them and they are treated elsewhere."""

_NO_SCHEDULE = "is no schedule"
_CURE = "name a file that yidi has written as a schedule"


class Step(NamedTuple):
    """A message of a visit: the transaction, and how long the counter takes for it after the reply before."""

    infno: str
    gap_us: int


class Planned(NamedTuple):
    """A visit; ``name`` is that of its random streams, ``due_us`` counts from the beginning of the run.

    ``insured`` is the pooling area of insurance. The bill is wished for: ``cost`` in fen over ``nights`` nights in
    about ``lines`` lines beside bed and nursing. ``balance`` is the personal account in fen. Lines that do not fit one
    message are uploaded in more of the same kind, one after another with the gap of the first.
    """

    number: int
    name: str
    due_us: int
    care: str
    hospital: str
    insured: str
    insutype: str
    psn_type: str
    gender: str
    born: str
    person: str
    balance: int
    filing: str
    cost: int
    nights: int
    lines: int
    steps: tuple[Step, ...]


class Head(NamedTuple):
    """What a schedule is of: scenario, its day and time of day, and how visits arrive.

    ``rate`` is visits a second, 0 where the day's own curve was taken; ``seconds`` is how long visits arrive for.
    ``class_b`` and ``class_c`` are shares of a bill's money. ``digests`` are SHA-256 of what it was made from.
    ``city`` and ``side`` say whose visits they are, empty for the whole province's.
    """

    scenario: str
    settings: tuple[str, ...]
    digests: Mapping[str, str]
    seed: int
    arrivals: str
    rate: float
    seconds: float
    compress: float
    scale: float
    day: str
    begin: str
    class_b: float
    class_c: float
    city: str = ""
    side: str = ""


class Schedule(NamedTuple):
    """A head, the visits in the order they arrive, and the SHA-256 of both as the file's last line has it."""

    head: Head
    visits: tuple[Planned, ...]
    digest: str

    @property
    def calls(self) -> int:
        """Return how many messages the visits have at least, sign-ins and further batches of lines not counted."""
        return sum(len(visit.steps) for visit in self.visits)


def make_schedule(head: Head, visits: tuple[Planned, ...]) -> Schedule:
    """Return a schedule with its digest."""
    hashed = hashlib.sha256()
    for line in _lines(head, visits):
        hashed.update(line)
    return Schedule(head, visits, hashed.hexdigest())


def write_schedule(schedule: Schedule, path: str | Path) -> None:
    """Write a schedule whole; the same schedule gives the same bytes. Raises InputError where it cannot be written."""
    end = {"end": len(schedule.visits), "sha256": schedule.digest}
    text = b"".join([*_lines(schedule.head, schedule.visits), orjson.dumps(end, option=orjson.OPT_APPEND_NEWLINE)])
    try:
        write_whole(Path(path), gzip.compress(text, 6, mtime=0))
    except OSError as problem:
        raise InputError(str(path), "", f"cannot be written ({problem.strerror})", "choose another place") from None


def read_schedule(path: str | Path) -> Schedule:
    """Read a schedule; raises InputError for a file that is none, is damaged, or was made by a newer yidi."""
    name = str(path)
    try:
        text = gzip.decompress(Path(path).read_bytes())
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise InputError(name, "", f"{_NO_SCHEDULE}, or is damaged: it cannot be unpacked", _CURE) from None
    except OSError as problem:
        raise InputError(name, "", f"cannot be read ({problem.strerror})", "correct the path") from None
    first, *rows = text.splitlines()[:-1] or [b"{}"]
    _expect_known(name, _read(name, 1, first))
    last = _read(name, len(rows) + 2, text.splitlines()[-1])
    try:
        head = _head(_read(name, 1, first))
        visits = tuple(_planned(_read(name, number, row)) for number, row in enumerate(rows, 2))
    except (KeyError, TypeError, ValueError) as problem:
        raise InputError(name, "", f"is damaged: {problem!r} does not fit", _CURE) from None
    schedule = make_schedule(head, visits)
    if (last.get("end"), last.get("sha256")) != (len(visits), schedule.digest):
        raise InputError(name, f"line {len(rows) + 2}", "does not fit the lines before it: the file is damaged", _CURE)
    return schedule


def _expect_known(name: str, first: Mapping[str, Any]) -> None:
    if first.get("format") != FORMAT:
        raise InputError(name, "line 1", f"{_NO_SCHEDULE}: it does not begin with one's head", _CURE)
    if first.get("version") != VERSION:
        problem = f"is of version {first.get('version')}, and this yidi reads version {VERSION}"
        raise InputError(name, "version", problem, "make the schedule anew, or use the yidi that made it")


def _lines(head: Head, visits: tuple[Planned, ...]) -> Iterator[bytes]:
    first = {"format": FORMAT, "version": VERSION, **head._asdict()}
    yield orjson.dumps(first, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS)
    for visit in visits:
        row = visit._asdict()
        row["steps"] = [list(step) for step in visit.steps]
        yield orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def _read(name: str, number: int, line: bytes) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise InputError(name, f"line {number}", "is no JSON object: the file is damaged", _CURE)
    return row


def _head(row: Mapping[str, Any]) -> Head:
    fields = {key: each for key, each in row.items() if key not in {"format", "version"}}
    return Head(**{**fields, "settings": tuple(row["settings"])})


def _planned(row: Mapping[str, Any]) -> Planned:
    return Planned(**{**row, "steps": tuple(Step(str(infno), int(gap)) for infno, gap in row["steps"])})
