"""Compares two runs: what they ran with, which cases came to another verdict and why, what is new, what is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from conformance.findings import said
from conformance.results import NAME, read_results
from conformance.sections import NATIONAL, section_of
from conformance.stage import Wrong

_HEAD = ("subject", "profile", "seed", "pack", "schema", "suites", "hooks", "yidi", "verdict", "sections")


class Changed(NamedTuple):
    """What a run was made with that the other was not: its name, before and after."""

    name: str
    before: str
    after: str


class Case(NamedTuple):
    """A case that is not as it was; ``before`` or ``after`` is empty where the run does not have it.

    ``section``: see :mod:`conformance.sections`.
    """

    id: str
    before: str
    after: str
    zh: str
    en: str
    section: str = NATIONAL


class Differences(NamedTuple):
    """Everything two runs differ in."""

    head: tuple[Changed, ...]
    cases: tuple[Case, ...]

    def told(self) -> dict[str, Any]:
        """Return the differences as JSON says them."""
        return {
            "same": not any(self),
            "head": [each._asdict() for each in self.head],
            "cases": [each._asdict() for each in self.cases],
        }


def run_at(place: Path) -> dict[str, Any]:
    """Return the results at a path: a folder of a run, or the file itself. Raises InputError."""
    return read_results(place / NAME if place.is_dir() else place)


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> Differences:
    """Return what differs between two runs; times and evidence always do, and are left out."""
    return Differences(tuple(_heads(before, after)), tuple(_cases(before, after)))


def _heads(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Changed]:
    left, right = dict(_flat(before)), dict(_flat(after))
    for name in {**left, **right}:
        if left.get(name, "") != right.get(name, ""):
            yield Changed(name, left.get(name, ""), right.get(name, ""))


def _flat(run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in _HEAD:
        value = run.get(name, "")
        if isinstance(value, Mapping):
            yield from ((f"{name}.{key}", str(each)) for key, each in value.items())
        else:
            yield name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _cases(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Case]:
    left = {row["id"]: row for row in before["cases"]}
    right = {row["id"]: row for row in after["cases"]}
    for case in sorted(left.keys() | right.keys()):
        old, new = left.get(case), right.get(case)
        if old is None or new is None:
            row = old or new or {}
            was, is_now = ("" if each is None else row["verdict"] for each in (old, new))
            yield Case(case, was, is_now, "", "", section_of(row))
        elif _seen(old) != _seen(new):
            yield Case(case, old["verdict"], new["verdict"], *_why(old, new), section_of(new))


def _seen(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what makes a case the same case as before: its verdict, whose it is, and where it was wrong first.

    Amounts are left out: another seed makes other people.
    """
    wrong = _wrong(row)
    return row["verdict"], row["label"], None if wrong is None else (wrong.kind, wrong.infno, wrong.place)


def _wrong(row: Mapping[str, Any]) -> Wrong | None:
    return next((Wrong(**each) for attempt in row["attempts"] for each in attempt["wrong"]), None)


def _why(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, str]:
    """Return what the case says now, or where it says nothing what it said before."""
    for row in (new, old):
        wrong = _wrong(row)
        if wrong is not None:
            return said(wrong)
        if row["why"]["en"]:
            return row["why"]["zh"], row["why"]["en"]
    return "", ""
