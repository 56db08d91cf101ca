"""How a run stands with each row of its notice: kept, broken, warned of, still open, or not seen.

What is held against a row are *cases*: duties that offices owed (table ``duties``), and what checks find in the other
tables. One binding case that is broken breaks the row; one that only soft words or a default speak of warns.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from schemas.requirements import Requirement, load_requirements
from simulator.inputs.scenarios import Scenario
from simulator.study.frames import Frames

KEPT, BROKEN, WARNED, OPEN, NOT_SEEN = "kept", "broken", "warned", "open", "not_seen"
_TOLD = 20  # broken cases that are told one by one


class Ran(NamedTuple):
    """A run to be held against the rows: its scenario, its tables, and its summary so far."""

    scenario: Scenario
    frames: Frames
    summary: Mapping[str, Any]


class Case(NamedTuple):
    """One thing held against a row.

    ``kept`` is None while it is neither done nor due; ``binding`` tells whether the text itself asks for it firmly.
    ``day`` is when it was done or due.
    """

    who: str
    what: str
    kept: bool | None
    day: dt.date | None = None
    binding: bool = True


Check = Callable[[Ran], Iterable[Case]]


class Standing(NamedTuple):
    """How a row stands: its cases counted, and the broken ones told."""

    row: Requirement
    verdict: str
    cases: int
    kept: int
    open: int
    broken: Sequence[Case]

    def told(self) -> Mapping[str, Any]:
        """Return it as the summary has it."""
        return {
            "row": self.row.id,
            "verdict": self.verdict,
            "cases": self.cases,
            "kept": self.kept,
            "open": self.open,
            "broken": len(self.broken),
            "told": [
                {"who": each.who, "what": each.what, "day": each.day.isoformat() if each.day else None}
                for each in self.broken[:_TOLD]
            ],
        }


def obligations(ran: Ran, checks: Mapping[str, Check]) -> Sequence[Standing]:
    """Return how a run stands with every row of the document its scenario is about, in the order of the document."""
    document = notice_of(ran.scenario)
    owed = duties_by_row(ran.frames)
    found = []
    for row in load_requirements().rows.values():
        if row.document == document:
            check = checks.get(row.id)
            found.append(standing(row, [*owed.get(row.id, ()), *(check(ran) if check else ())]))
    return found


def notice_of(scenario: Scenario) -> str:
    """Return the id of the document a scenario is about, empty for one that is no document of the rows."""
    return next((each.id for each in load_requirements().documents.values() if each.number == scenario.notice), "")


def standing(row: Requirement, cases: Sequence[Case]) -> Standing:
    """Return how a row stands by its cases; a soft row is never broken."""
    counted = Counter(case.kept for case in cases)
    broken = [case for case in cases if case.kept is False]
    if any(case.binding for case in broken) and row.strength == "shall":
        verdict = BROKEN
    elif broken:
        verdict = WARNED
    else:
        verdict = KEPT if counted[True] else OPEN if cases else NOT_SEEN
    return Standing(row, verdict, len(cases), counted[True], counted[None], broken)


def duties_by_row(frames: Frames) -> Mapping[str, Sequence[Case]]:
    """Return the duties by the row each comes from; for the other rows it serves being late is no breach of them."""
    found: dict[str, list[Case]] = {}
    for duty in frames.scan("duties").sort("due", "owner", "duty", "subject", "period").collect().to_dicts():
        for case_row, case in _cases(duty):
            found.setdefault(case_row, []).append(case)
    return found


def _cases(duty: Mapping[str, Any]) -> Iterator[tuple[str, Case]]:
    what = " ".join(part for part in (duty["duty"], duty["subject"], duty["period"]) if part)
    day = duty["done"] or duty["due"]
    if duty["clause"]:
        yield duty["clause"], Case(duty["owner"], what, duty["kept"], day, duty["binding"])
    for row in duty["also"].split():
        done = True if duty["done"] is not None else duty["kept"]
        yield row, Case(duty["owner"], what, done, day, duty["binding"])


def share_kept(stays: pl.DataFrame, column: str) -> Iterator[tuple[str, int, int]]:
    """Yield (value of the column, direct stays, all stays) of ended stays, in order."""
    counted = stays.group_by(column).agg(direct=pl.col("direct").sum(), all=pl.len()).sort(column)
    for name, direct, every in counted.rows():
        yield str(name), int(direct), int(every)
