"""Judges constraints: each must have a message that it alone rejects, and that passes once it is gone or looser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jsonschema import ValidationError

from .constraints import Constraint, Json, Path, mutants, replaced, schema_at
from .edits import actual_places
from .messages import get, put
from .search import Search
from .suite import Suite
from .values import wrong

# How many messages that use a shared constraint are tried before it is given up.
MOST_HOSTS = 12

REDUNDANT = "redundant: no message is rejected by it alone"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message with a wrong value, the value, and by what amounts it differs from the old one."""

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
    hosts = suite.hosts[constraint.node][:MOST_HOSTS]
    for name, place in hosts:
        for attempt in attempts(suite, constraint, name, place):
            if suite.keeps_rules(name, attempt.message) and rejected_alone(suite, constraint, name, attempt.message):
                alive = surviving(suite, constraint, name, attempt.message, attempt.value)
                if alive is None:
                    return None
                why = f"survives {alive}"
    mended = why == REDUNDANT and any(killed_mended(suite, constraint, name, place) for name, place in hosts)
    return None if mended else Survivor(constraint, why)


def killed_mended(suite: Suite, constraint: Constraint, name: str, place: Path) -> bool:
    """Whether a message kills the mutants of a constraint once the named rules it breaks are mended."""
    for attempt in attempts(suite, constraint, name, place):
        if suite.keeps_rules(name, attempt.message) or not rejected_alone(suite, constraint, name, attempt.message):
            continue

        def goal(mended: Json, value: Json = attempt.value) -> bool:
            alone = rejected_alone(suite, constraint, name, mended)
            return alone and surviving(suite, constraint, name, mended, value) is None

        search = Search(suite.rules(name), lambda breach: False, goal, place, attempt.steps, wanted=False)
        if search.run([attempt.message]) is not None:
            return True
    return False


def attempts(suite: Suite, constraint: Constraint, name: str, place: Path) -> Iterator[Attempt]:
    """Yield messages with one wrong value, in the first row of each list on the way and in the last."""
    for base in suite.bases_with(name, place):
        donors = suite.bases(name) if constraint.keyword == "maxProperties" else [base]
        for actual in actual_places(base, place):
            for donor in donors:
                old = get(donor, actual)
                for value in wrong(suite.files, constraint, old):
                    yield Attempt(put(base, actual, value), value, changed(old, value))


def changed(old: Json, new: Json) -> tuple[Any, ...]:
    """Return the amounts by which a value or the members that it lost differ, so that totals can follow."""
    if isinstance(old, dict):
        lost = (member for name, member in old.items() if not isinstance(new, dict) or name not in new)
        return tuple(member for member in lost if type(member) in {int, Decimal})
    return (old - new,) if type(old) in {int, Decimal} and type(new) in {int, Decimal} else ()


def rejected_alone(suite: Suite, constraint: Constraint, name: str, message: Json) -> bool:
    """Whether a message has one error, and this constraint caused it."""
    errors = suite.errors(name, message)
    return len(errors) == 1 and caused(suite, constraint, errors[0])


def caused(suite: Suite, constraint: Constraint, error: ValidationError) -> bool:
    """Whether an error comes from a constraint; of a `$ref`, deletion will tell."""
    if constraint.keyword == "$ref":
        return True
    same = error.schema is schema_at(suite.files, constraint.node) and error.validator == constraint.keyword
    return same and (constraint.entry is None or constraint.entry not in error.instance)


def surviving(suite: Suite, constraint: Constraint, name: str, message: Json, value: Json) -> str | None:
    """Return the mutant of a constraint under which a message still fails, None when it passes under all."""
    schema = schema_at(suite.files, constraint.node)
    for kind, mutant in mutants(suite.files, constraint, value):
        with replaced(schema, mutant):
            if not suite.accepts(name, message):
                return kind
    return None
