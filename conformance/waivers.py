"""Waivers: breaches that somebody answers for, until a day. One that nothing needs, or that has run out, fails."""

from __future__ import annotations

import datetime as dt
import fnmatch
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from simulator.inputs.errors import InputError
from simulator.inputs.toml import Source, check, read_toml

UNUSED, EXPIRED = "unused", "expired"


class Waiver(NamedTuple):
    """A waiver: of a requirement row (``clause``) or of cases (``case``, a pattern of names); the last day it holds."""

    number: int
    reason: str
    owner: str
    expires: dt.date
    clause: str = ""
    case: str = ""

    def covers(self, case: str, rows: Collection[str]) -> bool:
        """Tell whether a case, verifying some rows, is meant."""
        return self.clause in rows if self.clause else fnmatch.fnmatchcase(case, self.case)

    def told(self) -> dict[str, Any]:
        """Return the waiver as documents tell it."""
        return {**self._asdict(), "expires": self.expires.isoformat()}


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """Return the waivers of a file; raises InputError."""
    data = read_toml(Source(path, str(path))).data
    check(data, "waivers", str(path))
    for number, row in enumerate(data["waiver"], 1):
        if ("clause" in row) == ("case" in row):
            raise InputError(str(path), f"waiver[{number}]", "needs either a clause or a case", "name exactly one")
    return tuple(Waiver(number, **row) for number, row in enumerate(data["waiver"], 1))


def waivers_again(rows: Iterable[Mapping[str, Any]]) -> tuple[Waiver, ...]:
    """Return waivers that a document tells."""
    return tuple(Waiver(**{**row, "expires": dt.date.fromisoformat(row["expires"])}) for row in rows)


def waiver_for(waivers: Iterable[Waiver], case: str, rows: Collection[str]) -> Waiver | None:
    """Return the waiver that covers a case, None where none does."""
    return next((each for each in waivers if each.covers(case, rows)), None)


def used(
    waivers: Sequence[Waiver], today: dt.date, cases: Sequence[Mapping[str, Any]], not_run: Collection[str]
) -> list[dict[str, Any]]:
    """Return the waivers with the cases each was used for and what is wrong with it, if anything.

    One that nothing needs is left alone where cases it names were not run.
    """
    rows = []
    for waiver in waivers:
        ids = [each["id"] for each in cases if each["waiver"] == waiver.number]
        open_ = bool(not_run) if waiver.clause else any(waiver.covers(each, ()) for each in not_run)
        problem = EXPIRED if waiver.expires < today else UNUSED if not ids and not open_ else ""
        rows.append({**waiver.told(), "used": ids, "problem": problem})
    return rows
