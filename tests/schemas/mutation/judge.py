"""Judges constraints: each must have a message that it alone rejects, and that passes once it is gone or looser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import itemgetter
from typing import Any

from jsonschema import ValidationError

from .constraints import Constraint, Json, Path, mutants, replaced, schema_at
from .edits import actual_places
from .messages import get, has, put
from .search import MOST_EDITS, Search
from .suite import Suite
from .values import wrong

# How many messages that use a shared constraint are tried before it is given up.
MOST_HOSTS = 12

# How many messages that break named rules are mended for one constraint, those with the fewest breaches first.
MOST_MENDED = 16

REDUNDANT = "redundant: no message is rejected by it alone"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message with a wrong value at a place, the value, and by what amounts it differs from the old one."""

    name: str
    place: Path
    message: Json
    value: Json
    steps: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Survivor:
    """A constraint whose mutants no message kills, and why."""

    constraint: Constraint
    why: str

    def __str__(self) -> str:
        return f"{self.constraint}: {self.why}"


def survivors(suite: Suite, file: str) -> list[Survivor]:
    """Return the constraints of a file that are redundant or untested."""
    found = (judged(suite, constraint) for constraint in suite.constraints(file))
    return [survivor for survivor in found if survivor is not None]


def judged(suite: Suite, constraint: Constraint) -> Survivor | None:
    """Look for a message that only this constraint rejects; return None when there is one that kills its mutants.

    A message that breaks named rules as well is mended by further edits, where that is possible.
    """
    why = REDUNDANT
    for bases in (suite.bases_with, suite.grown_with):
        unmended: list[tuple[int, Attempt]] = []
        for attempt in attempts(suite, constraint, bases):
            breaches = len(list(suite.rules(attempt.name).broken(attempt.message)))
            if breaches:
                unmended.append((breaches, attempt))
            elif rejected_alone(suite, constraint, attempt):
                alive = surviving(suite, constraint, attempt)
                if alive is None:
                    return None
                why = f"survives {alive}"
        nearest = sorted(unmended, key=itemgetter(0))[:MOST_MENDED]
        if any(killed_mended(suite, constraint, attempt) for breaches, attempt in nearest if breaches <= MOST_EDITS):
            return None
    return Survivor(constraint, why)


def attempts(suite: Suite, constraint: Constraint, bases: Callable[[str, Path], Iterator[Json]]) -> Iterator[Attempt]:
    """Yield messages with one wrong value, in the first row of each list on the way and in the last."""
    for name, place in suite.hosts(constraint.node)[:MOST_HOSTS]:
        for base in bases(name, place):
            donors = suite.bases(name) if constraint.keyword == "maxProperties" else [base]
            for actual in actual_places(base, place):
                for old in (get(donor, actual) for donor in donors if has(donor, actual)):
                    for value in wrong(suite.files, constraint, old):
                        yield Attempt(name, place, put(base, actual, value), value, changed(old, value))


def killed_mended(suite: Suite, constraint: Constraint, attempt: Attempt) -> bool:
    """Whether a message kills the mutants of a constraint once the named rules it breaks are mended."""

    def goal(mended: Json) -> bool:
        again = replace(attempt, message=mended)
        return rejected_alone(suite, constraint, again) and surviving(suite, constraint, again) is None

    if not rejected_alone(suite, constraint, attempt):
        return False
    search = Search(suite.rules(attempt.name), never, goal, attempt.place, attempt.steps, wanted=False)
    return search.first([attempt.message]) is not None


def never(breach: object) -> bool:
    """No breach of a named rule is wanted."""
    return False


def rejected_alone(suite: Suite, constraint: Constraint, attempt: Attempt) -> bool:
    """Whether a message has one error, and this constraint caused it."""
    errors = suite.errors(attempt.name, attempt.message)
    return len(errors) == 1 and caused(suite, constraint, errors[0])


def caused(suite: Suite, constraint: Constraint, error: ValidationError) -> bool:
    """Whether an error comes from a constraint; of a `$ref`, deletion will tell."""
    if constraint.keyword == "$ref":
        return True
    same = error.schema is schema_at(suite.files, constraint.node) and error.validator == constraint.keyword
    return same and (constraint.entry is None or constraint.entry not in error.instance)


def surviving(suite: Suite, constraint: Constraint, attempt: Attempt) -> str | None:
    """Return the mutant of a constraint under which a message still fails, None when it passes under all."""
    schema = schema_at(suite.files, constraint.node)
    for kind, mutant in mutants(suite.files, constraint, attempt.value):
        with replaced(schema, mutant):
            if not suite.accepts(attempt.name, attempt.message):
                return kind
    return None


def changed(old: Json, new: Json) -> tuple[Any, ...]:
    """Return the amounts by which a value or the members that it lost differ, so that totals can follow."""
    if isinstance(old, dict):
        lost = (member for name, member in old.items() if not isinstance(new, dict) or name not in new)
        return tuple(member for member in lost if type(member) in {int, Decimal})
    if isinstance(old, list) and isinstance(new, list):
        return (len(new) - len(old),)
    return (old - new,) if type(old) in {int, Decimal} and type(new) in {int, Decimal} else ()
