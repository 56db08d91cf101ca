"""Scripts: what a history has a bench do, step by step, as plain values that can be kept in a file and done again.

A script says nothing of a configuration or of people: those are made afresh whenever it is played.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from conformance.client import CaseClient
from conformance.setting import Step
from conformance.stage import Wrong
from simulator.inputs.errors import InputError

FORMAT = "yidi/replay/1"
LOST, HELD = "reply_lost", "request_lost"
"""What goes wrong on the way of a message: its answer gets lost, or it does not arrive (a copy may, later)."""
_VERBS = frozenset({"say", "again", "echo", "reverse", "break", "mend"})


class Row(NamedTuple):
    """A step: the visit (1, 2 …), the verb, the transaction, how many messages back, and what goes wrong on the way.

    ``times`` is how many calls upwards break. ``infno`` is of the verbs ``say`` and ``break``, ``back`` of ``echo``.
    """

    visit: int
    do: str
    infno: str = ""
    back: int = 0
    fault: str = ""
    times: int = 1


class Done(NamedTuple):
    """A row and what came of it: what was sent, the infcodes expected and received, and what was wrong."""

    row: Row
    sent: str = ""
    expected: int | None = None
    received: int | None = None
    wrong: tuple[Wrong, ...] = ()


class Script(NamedTuple):
    """Visits to begin, each by the arguments of :meth:`~conformance.case.Case.visit`, and rows."""

    visits: tuple[Mapping[str, Any], ...]
    rows: tuple[Row, ...]


class Player:
    """Plays rows on a case; ``done`` is what came of them."""

    def __init__(self, case: CaseClient, visits: Sequence[Mapping[str, Any]]) -> None:
        self._case = case
        case.do("afresh")
        for wish in visits:
            case.do("visit", **wish)
        self.done: list[Done] = []

    def play(self, row: Row) -> Step | None:
        """Play a row; return what a message of it came to, None where it sends none."""
        if row.do == "mend":
            self._case.do("mend")
        for _ in range(row.times if row.do == "break" else 0):
            self._case.break_upwards(row.infno, row.fault)
        step: Step | None = None
        if row.do == "say":
            step = self._case.do("say", row.visit, row.infno, {}, row.fault)
        elif row.do == "again":
            step = self._case.do("again", row.visit, {}, row.fault)
        elif row.do == "reverse":
            step = self._case.do("reverse", row.visit, row.fault)
        elif row.do == "echo":
            step = self._case.do("echo", row.visit, row.back)
        if step is None:
            self.done.append(Done(row))
        else:
            self.done.append(Done(row, step.infno, step.expected, step.infcode, step.wrong))
        return step

    @property
    def wrong(self) -> tuple[Wrong, ...]:
        """Return what was wrong with the last row."""
        return self.done[-1].wrong if self.done else ()


def play(case: CaseClient, script: Script) -> tuple[Done, ...]:
    """Play a script with new people up to the first row that something is wrong with."""
    player = Player(case, script.visits)
    for row in script.rows:
        player.play(row)
        if player.wrong:
            break
    return tuple(player.done)


def keep(path: Path, script: Script, done: Sequence[Done], about: Mapping[str, str]) -> None:
    """Write a script with what came of it; ``about`` is whose it is: case, seed, pack."""
    rows = [
        {**_short(each.row), "sent": each.sent, "expected": each.expected, "received": each.received}
        | ({"wrong": [wrong._asdict() for wrong in each.wrong]} if each.wrong else {})
        for each in done
    ]
    said = {"format": FORMAT, **about, "visits": list(script.visits), "steps": rows}
    path.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> tuple[Script, tuple[Done, ...], Mapping[str, str]]:
    """Return a script, what came of it, and whose it is; raises InputError."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise InputError(str(path), "", f"cannot be read ({problem})", "name a file that a history left") from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise InputError(str(path), "format", f"is not {FORMAT}", "name a file that a history left")
    done = []
    for number, written in enumerate(said.get("steps", ()), 1):
        try:
            row = dict(written)
            wrong = tuple(Wrong(**each) for each in row.pop("wrong", ()))
            told = Done(Row(**{name: row[name] for name in row if name in Row._fields}), row["sent"], row["expected"])
            done.append(told._replace(received=row["received"], wrong=wrong))
        except (KeyError, TypeError) as problem:
            raise InputError(str(path), f"step {number}", f"is no step ({problem})", "restore the file") from None
        if told.row.do not in _VERBS:
            raise InputError(str(path), f"step {number}", f"does {told.row.do!r}", f"it may be {sorted(_VERBS)}")
    script = Script(tuple(said["visits"]), tuple(each.row for each in done))
    return script, tuple(done), {name: value for name, value in said.items() if isinstance(value, str)}


def _short(row: Row) -> dict[str, Any]:
    usual = Row._field_defaults
    return {name: value for name, value in row._asdict().items() if name not in usual or value != usual[name]}
